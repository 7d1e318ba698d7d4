#!/usr/bin/python3
"""matrix-anyio.py - as its documentation has it, on asyncio: a task group, a CapacityLimiter, a cleanup that waits in a shield."""
import os
import time

import anyio

import sigsweep_probe as probe

SLOTS, TASKS, WORK, GOODBYE = 4, 12, 1.0, 0.02


async def compute():
    end = time.monotonic() + WORK
    while time.monotonic() < end:
        sum(range(1000))
        await anyio.sleep(0)


async def job(n, slots):
    try:
        async with slots:
            open(f"{n}.tmp", "w").close()
            probe.cleanup_arm("tmp", n)
            try:
                probe.task_start(n)
                await (compute() if n % 2 else anyio.sleep(WORK))
            finally:
                with probe.cleanup("tmp", n), anyio.move_on_after(5, shield=True):
                    await anyio.sleep(GOODBYE)
                    os.unlink(f"{n}.tmp")
    finally:
        probe.task_fini(n)


async def main():
    probe.ready()
    probe.slots(SLOTS)
    slots = anyio.CapacityLimiter(SLOTS)
    async with anyio.create_task_group() as group:
        for n in range(1, TASKS + 1):
            group.start_soon(job, n, slots)
            probe.task_queue(n)


anyio.run(main)
