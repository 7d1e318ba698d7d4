#!/usr/bin/python3
"""keyboard-interrupt-broken.py - waits for KeyboardInterrupt inside its tasks, where it never comes.

What goes wrong: ^C leaves the part files behind.
Why: a signal belongs to the process, not to a task. asyncio.run() turns the first SIGINT into the
cancellation of the main task, and the other tasks are cancelled with it. What a task sees is
CancelledError: `except KeyboardInterrupt` in a task is code that never runs. `except Exception` would
be no better, since CancelledError is a BaseException.
"""
import asyncio
import os

import sigsweep_probe as probe

SLOTS, TASKS = 2, 4


async def reply():
    """Stands for the answer of a server."""
    await asyncio.sleep(0.2)


async def download(id):
    part = f"{id}.part"
    probe.cleanup_arm(part, id)
    try:
        with open(part, "w"):
            await reply()
        os.rename(part, f"{id}.txt")
        probe.cleanup_disarm(part, id)
    except KeyboardInterrupt:
        with probe.cleanup(part, id):
            os.unlink(part)
        raise


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
    tasks = []
    probe.ready()
    probe.slots(SLOTS)
    for id in range(1, TASKS + 1):
        probe.task_queue(id)
        tasks.append(asyncio.create_task(fetch(id, slots)))
    await asyncio.gather(*tasks)


asyncio.run(main())
