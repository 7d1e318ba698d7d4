#!/usr/bin/python3
"""matrix-asyncio.py - as the library's documentation has it: asyncio.run, a TaskGroup, a Semaphore, try/finally."""
import asyncio
import os
import time

import sigsweep_probe as probe

SLOTS, TASKS, WORK, GOODBYE = 4, 12, 1.0, 0.02


async def compute():
    end = time.monotonic() + WORK
    while time.monotonic() < end:
        sum(range(1000))
        await asyncio.sleep(0)


async def job(n, slots):
    try:
        async with slots:
            open(f"{n}.tmp", "w").close()
            probe.cleanup_arm("tmp", n)
            try:
                probe.task_start(n)
                await (compute() if n % 2 else asyncio.sleep(WORK))
            finally:
                with probe.cleanup("tmp", n):
                    await asyncio.sleep(GOODBYE)
                    os.unlink(f"{n}.tmp")
    finally:
        probe.task_fini(n)


async def main():
    probe.ready()
    probe.slots(SLOTS)
    slots = asyncio.Semaphore(SLOTS)
    async with asyncio.TaskGroup() as group:
        for n in range(1, TASKS + 1):
            group.create_task(job(n, slots))
            probe.task_queue(n)


asyncio.run(main())
