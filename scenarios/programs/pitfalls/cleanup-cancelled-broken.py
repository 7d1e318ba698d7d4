#!/usr/bin/python3
"""cleanup-cancelled-broken.py - a second ^C cancels the cleanup that the first one began.

What goes wrong: with two ^C the part files stay.
Why: a cleanup that awaits can be cancelled like anything else. asyncio.run() lets the first SIGINT cancel
the main task. The second one raises KeyboardInterrupt wherever the loop is; on its way out asyncio.run()
cancels the tasks once more, and the `await` in their `finally` ends with CancelledError.
"""
import asyncio
import os

import sigsweep_probe as probe

SLOTS, TASKS = 2, 4


async def reply():
    """Stands for the answer of a server."""
    await asyncio.sleep(0.2)


async def say_goodbye():
    """The server is told, so that it keeps what it has."""
    await asyncio.sleep(0.02)


async def download(id):
    part = f"{id}.part"
    probe.cleanup_arm(part, id)
    try:
        with open(part, "w"):
            await reply()
        os.rename(part, f"{id}.txt")
    finally:
        with probe.cleanup(part, id):
            await say_goodbye()
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
    slots = asyncio.Semaphore(SLOTS)
    tasks = []
    probe.ready()
    probe.slots(SLOTS)
    for id in range(1, TASKS + 1):
        probe.task_queue(id)
        tasks.append(asyncio.create_task(fetch(id, slots)))
    await asyncio.gather(*tasks)


asyncio.run(main())
