#!/usr/bin/python3
"""tracked.py - the program keeps the list of its tasks, and shields what must be finished.

For tasks that come and go without a block around them, as in a server. Each one is in the list until it
is over; the stop cancels all that are in it, and waits until it is empty. The cleanup has to wait, so it
runs in a task apart, which nobody cancels: asyncio.shield(), and a loop, since shield() alone lets it
go on without us.
"""
import asyncio
import os
import signal

import sigsweep_probe as probe

SLOTS, TASKS = 2, 4
stopped = None  # the signal that asked for it


async def reply():
    """Stands for the answer of a server."""
    await asyncio.sleep(0.2)


async def remove(part, id):
    with probe.cleanup("part", id):
        await asyncio.sleep(0.005)  # the server is told
        if os.path.exists(part):
            os.unlink(part)


async def to_its_end(coroutine):
    inner = asyncio.ensure_future(coroutine)
    cancelled = None
    while not inner.done():
        try:
            await asyncio.shield(inner)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        raise cancelled
    return inner.result()


async def download(id):
    part = f"{id}.part"
    probe.cleanup_arm("part", id)
    try:
        with open(part, "w"):
            await reply()
        os.rename(part, f"{id}.txt")
    finally:
        await to_its_end(remove(part, id))


async def fetch(id, slots):
    outcome = "cancelled"
    try:
        async with slots:
            probe.task_start(id)
            await download(id)
            outcome = "done"
    finally:
        probe.task_end(id, outcome)
        probe.task_fini(id)


async def main():
    slots = asyncio.Semaphore(SLOTS)
    tasks = set()

    def spawn(coroutine):
        task = asyncio.create_task(coroutine)
        tasks.add(task)  # the loop itself keeps only a weak reference
        task.add_done_callback(tasks.discard)

    def stop(sig):
        global stopped
        if stopped is None:
            stopped = sig
            probe.cancel()
            for task in tasks:
                task.cancel()

    for sig in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sig, stop, sig)
    probe.ready()
    probe.slots(SLOTS)
    for id in range(1, TASKS + 1):
        probe.task_queue(id)
        spawn(fetch(id, slots))
    while tasks:
        await asyncio.wait(tasks)


asyncio.run(main())
if stopped:
    signal.signal(stopped, signal.SIG_DFL)
    os.kill(os.getpid(), stopped)
