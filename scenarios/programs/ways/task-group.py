#!/usr/bin/python3
"""task-group.py - the tasks belong to a block of code: asyncio.TaskGroup (Python 3.11).

The block is left when the last task is over. A signal cancels the main task, once; the group hands it
on, waits, and ends with the cancellation. A task that fails cancels the others, and its error comes out
of the block.
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


async def download(id):
    part = f"{id}.part"
    probe.cleanup_arm("part", id)
    try:
        with open(part, "w"):
            await reply()
        os.rename(part, f"{id}.txt")
    finally:
        with probe.cleanup("part", id):
            if os.path.exists(part):
                os.unlink(part)


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
    main_task = asyncio.current_task()
    slots = asyncio.Semaphore(SLOTS)

    def stop(sig):
        global stopped
        if stopped is None:
            stopped = sig
            main_task.cancel()

    for sig in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sig, stop, sig)
    probe.ready()
    probe.slots(SLOTS)
    try:
        async with asyncio.TaskGroup() as group:
            for id in range(1, TASKS + 1):
                probe.task_queue(id)
                group.create_task(fetch(id, slots))
    except asyncio.CancelledError:
        if stopped is None:  # somebody else's
            raise


asyncio.run(main())
if stopped:
    signal.signal(stopped, signal.SIG_DFL)
    os.kill(os.getpid(), stopped)
