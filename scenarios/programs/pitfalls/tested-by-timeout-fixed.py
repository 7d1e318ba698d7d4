#!/usr/bin/python3
"""tested-by-timeout-fixed.py - a limit and a signal stop it in the same way.

    tested-by-timeout-fixed.py [LIMIT]      seconds; none: no limit

The cure: there is one stop, whoever asks for it, and each task undoes its own work in `finally`. What the
test with the limit sees is now what ^C does; and the scenarios beside it send real signals.
"""
import asyncio
import os
import signal
import sys

import sigsweep_probe as probe

SLOTS, TASKS = 2, 4
LIMIT = float(sys.argv[1]) if len(sys.argv) > 1 else None
stopped = None  # the signal that asked for it


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
    finally:  # for every end: done, failed, cancelled
        with probe.cleanup(part, id):
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

    def stop(sig):
        global stopped
        if stopped is None:  # the second ^C finds it done already
            stopped = sig
            probe.cancel()
            for task in tasks:
                task.cancel()

    for sig in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sig, stop, sig)
    probe.ready()
    probe.slots(SLOTS)
    for id in range(1, TASKS + 1):
        probe.task_queue(id)
        tasks.append(asyncio.create_task(fetch(id, slots)))
    await asyncio.wait(tasks, timeout=LIMIT)
    if not all(task.done() for task in tasks):
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        print("stopped by the limit")


asyncio.run(main())
if stopped:
    signal.signal(stopped, signal.SIG_DFL)
    os.kill(os.getpid(), stopped)
