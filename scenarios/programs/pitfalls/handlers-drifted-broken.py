#!/usr/bin/python3
"""handlers-drifted-broken.py - two handlers that once did the same.

What goes wrong: SIGTERM leaves the lock file behind, SIGINT does not.
Why: the stop was written twice. When the lock came, the copy that was tried by hand learnt of it; nobody
presses SIGTERM on a keyboard. Each stop path that is a copy will miss the next change.
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
    loop = asyncio.get_running_loop()
    tasks = []

    def unlock():
        with probe.cleanup("lock"):
            os.unlink("fetch.lock")

    def on_int():
        global stopped
        if stopped is None:
            stopped = signal.SIGINT
            for task in tasks:
                task.cancel()
            unlock()

    def on_term():
        global stopped
        if stopped is None:
            stopped = signal.SIGTERM
            for task in tasks:
                task.cancel()

    loop.add_signal_handler(signal.SIGINT, on_int)
    loop.add_signal_handler(signal.SIGTERM, on_term)
    probe.cleanup_arm("lock")
    open("fetch.lock", "x").close()
    probe.ready()
    probe.slots(SLOTS)
    for id in range(1, TASKS + 1):
        probe.task_queue(id)
        tasks.append(asyncio.create_task(fetch(id, slots)))
    await asyncio.wait(tasks)
    if stopped is None:
        unlock()


asyncio.run(main())
if stopped:
    signal.signal(stopped, signal.SIG_DFL)
    os.kill(os.getpid(), stopped)
