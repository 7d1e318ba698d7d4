#!/usr/bin/python3
"""scoped.py - what must be undone is a context manager: it is undone where the block ends.

The pairing of taking and giving back is written once, and each use of it is right. AsyncExitStack does
the same for a number of things that is known only at run time.
"""
import asyncio
import contextlib
import os
import signal

import sigsweep_probe as probe

SLOTS, TASKS = 2, 4
stopped = None  # the signal that asked for it


async def reply():
    """Stands for the answer of a server."""
    await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def part_file(id):
    part = f"{id}.part"
    probe.cleanup_arm("part", id)
    try:
        with open(part, "w") as out:
            yield out
        os.rename(part, f"{id}.txt")
    finally:
        with probe.cleanup("part", id):
            if os.path.exists(part):
                os.unlink(part)


@contextlib.contextmanager
def accounted(id):
    outcome = ["cancelled"]
    try:
        yield outcome
    finally:
        probe.task_end(id, outcome[0])
        probe.task_fini(id)


async def fetch(id, slots):
    with accounted(id) as outcome:
        async with slots:
            probe.task_start(id)
            async with part_file(id) as out:
                out.write("begun")
                await reply()
            outcome[0] = "done"


@contextlib.contextmanager
def stopped_by(*signals):
    """Cancels the tasks in the list that it gives; its handlers are gone after the block."""
    loop = asyncio.get_running_loop()
    tasks = []

    def stop(sig):
        global stopped
        if stopped is None:
            stopped = sig
            probe.cancel()
            for task in tasks:
                task.cancel()

    for sig in signals:
        loop.add_signal_handler(sig, stop, sig)
    try:
        yield tasks
    finally:
        for sig in signals:
            loop.remove_signal_handler(sig)


async def main():
    slots = asyncio.Semaphore(SLOTS)
    with stopped_by(signal.SIGINT, signal.SIGTERM) as tasks:
        probe.ready()
        probe.slots(SLOTS)
        for id in range(1, TASKS + 1):
            probe.task_queue(id)
            tasks.append(asyncio.create_task(fetch(id, slots)))
        await asyncio.wait(tasks)


asyncio.run(main())
if stopped:
    signal.signal(stopped, signal.SIG_DFL)
    os.kill(os.getpid(), stopped)
