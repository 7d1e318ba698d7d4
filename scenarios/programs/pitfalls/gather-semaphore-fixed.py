#!/usr/bin/python3
"""gather-semaphore-fixed.py - the try block is entered before the wait for the semaphore.

The cure: what a task holds while it waits is undone outside of `async with slots`. The cleanup then runs
for a task that was cancelled in the queue as for one that ran.
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


def reserve(id):
    """Each task holds a reservation from the moment it is queued."""
    probe.task_queue(id)
    probe.cleanup_arm("reservation", id)
    open(f"{id}.reserved", "w").close()


async def fetch(id, slots):
    outcome = "cancelled"
    try:
        async with slots:
            probe.task_start(id)
            await reply()
            outcome = "done"
    finally:
        with probe.cleanup("reservation", id):
            os.unlink(f"{id}.reserved")
        probe.task_end(id, outcome)
        probe.task_fini(id)


async def main():
    slots = asyncio.Semaphore(SLOTS)
    group = None

    def stop(sig):
        global stopped
        if stopped is None:  # the second ^C finds it done already
            stopped = sig
            probe.cancel()
            group.cancel()

    for sig in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sig, stop, sig)
    probe.ready()
    probe.slots(SLOTS)
    for id in range(1, TASKS + 1):
        reserve(id)
    group = asyncio.gather(*(fetch(id, slots) for id in range(1, TASKS + 1)))
    try:
        await group  # when it was cancelled: until the last of its tasks is over
    except asyncio.CancelledError:
        pass


asyncio.run(main())
if stopped:
    signal.signal(stopped, signal.SIG_DFL)
    os.kill(os.getpid(), stopped)
