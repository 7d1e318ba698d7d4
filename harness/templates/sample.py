#!/usr/bin/env python3
"""sample.py - four tasks over two slots; each undoes its part file when it is interrupted."""
import asyncio
import os
import signal

import sigsweep_probe as probe  # beside this file; without sigsweep it does nothing

SLOTS, TASKS, WORK = 2, 4, 2  # WORK in seconds
stopped = None  # the signal that asked for it


async def work(id):
    part = f"{id}.part"
    probe.cleanup_arm("part", id)  # before what must be undone is done
    try:
        with open(part, "w"):
            await asyncio.sleep(WORK)
        os.rename(part, f"{id}.txt")
    finally:
        with probe.cleanup("part", id):
            if os.path.exists(part):
                os.unlink(part)


async def task(id, slots):
    outcome = "cancelled"
    try:
        async with slots:  # a task may be cancelled here, too: the try block is around it
            probe.task_start(id)
            await work(id)
            outcome = "done"
    finally:
        probe.task_end(id, outcome)
        probe.task_fini(id)


async def main():
    slots = asyncio.Semaphore(SLOTS)
    tasks = []

    def stop(sig):
        global stopped
        if stopped is None:  # once: nothing may cancel a cleanup
            stopped = sig
            probe.cancel()
            for each in tasks:
                each.cancel()

    for sig in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sig, stop, sig)
    probe.ready()
    probe.slots(SLOTS)
    for id in range(1, TASKS + 1):
        probe.task_queue(id)
        tasks.append(asyncio.create_task(task(id, slots)))
    await asyncio.wait(tasks)  # until the last one is over, cancelled or not


asyncio.run(main())
if stopped:
    signal.signal(stopped, signal.SIG_DFL)
    os.kill(os.getpid(), stopped)
