#!/usr/bin/python3
"""matrix-trio.py - as Trio's documentation has it: a nursery, a CapacityLimiter, a cleanup that waits in a shield."""
import os
import time

import trio

import sigsweep_probe as probe

SLOTS, TASKS, WORK, GOODBYE = 4, 12, 1.0, 0.02


async def compute():
    end = time.monotonic() + WORK
    while time.monotonic() < end:
        sum(range(1000))
        await trio.sleep(0)


async def job(n, slots):
    try:
        async with slots:
            open(f"{n}.tmp", "w").close()
            probe.cleanup_arm("tmp", n)
            try:
                probe.task_start(n)
                await (compute() if n % 2 else trio.sleep(WORK))
            finally:
                with probe.cleanup("tmp", n), trio.move_on_after(5) as scope:
                    scope.shield = True
                    await trio.sleep(GOODBYE)
                    os.unlink(f"{n}.tmp")
    finally:
        probe.task_fini(n)


async def main():
    probe.ready()
    probe.slots(SLOTS)
    slots = trio.CapacityLimiter(SLOTS)
    async with trio.open_nursery() as nursery:
        for n in range(1, TASKS + 1):
            nursery.start_soon(job, n, slots)
            probe.task_queue(n)


trio.run(main)
