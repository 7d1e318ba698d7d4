#!/usr/bin/python3
"""gather-semaphore-broken.py - tasks that wait for the semaphore are cancelled there, and clean nothing.

What goes wrong: ^C leaves the reservations of the tasks that wait behind.
Why: gather() cancels all its tasks. One that waits in `async with slots` is cancelled in that line; the
try block below was never entered, so its `finally` does not run. Those that run clean up, and a test
with as many slots as tasks sees nothing.
"""
import asyncio
import os

import sigsweep_probe as probe

SLOTS, TASKS = 2, 4


async def reply():
    """Stands for the answer of a server."""
    await asyncio.sleep(0.2)


def reserve(id):
    """Each task holds a reservation from the moment it is queued."""
    probe.task_queue(id)
    probe.cleanup_arm("reservation", id)
    open(f"{id}.reserved", "w").close()


async def fetch(id, slots):
    async with slots:
        outcome = "cancelled"
        try:
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
    probe.ready()
    probe.slots(SLOTS)
    for id in range(1, TASKS + 1):
        reserve(id)
    await asyncio.gather(*(fetch(id, slots) for id in range(1, TASKS + 1)))


asyncio.run(main())
