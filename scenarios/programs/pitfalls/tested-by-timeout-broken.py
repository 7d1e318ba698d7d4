#!/usr/bin/python3
"""tested-by-timeout-broken.py - cleans up after a timeout, and was tested with one.

    tested-by-timeout-broken.py [LIMIT]     seconds; none: no limit

What goes wrong: its test (tested-by-timeout-test.py) gives it a limit of 0.05 s, sees that no part file
is left, and passes. ^C leaves them.
Why: a timeout is an exception in one place of the program, with a name of its own. A signal comes from
outside: asyncio.run() cancels the main task, `except TimeoutError` does not match, and nobody removes
the parts. A test that sends no signal has not tested one.
"""
import asyncio
import os
import sys

import sigsweep_probe as probe

SLOTS, TASKS = 2, 4
LIMIT = float(sys.argv[1]) if len(sys.argv) > 1 else None


async def reply():
    """Stands for the answer of a server."""
    await asyncio.sleep(0.2)


async def download(id):
    part = f"{id}.part"
    probe.cleanup_arm(part, id)
    with open(part, "w"):
        await reply()
    os.rename(part, f"{id}.txt")
    probe.cleanup_disarm(part, id)


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
    try:
        await asyncio.wait_for(asyncio.gather(*tasks), LIMIT)
    except asyncio.TimeoutError:
        for id in range(1, TASKS + 1):
            if os.path.exists(f"{id}.part"):
                with probe.cleanup(f"{id}.part", id):
                    os.unlink(f"{id}.part")
        print("stopped by the limit")


asyncio.run(main())
