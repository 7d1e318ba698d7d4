#!/usr/bin/python3
"""signal-handlers.py - the program registers what each signal means, and acts on it in one place.

INT and TERM ask for the end, HUP for a reload. A handler only notes what was asked for: it runs in the
loop, but between any two steps of any task. The main task waits for its work and for the request,
whichever comes first.
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
    probe.cleanup_arm("part", id)
    try:
        with open(part, "w"):
            await reply()
        os.rename(part, f"{id}.txt")
    finally:
        with probe.cleanup("part", id):
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
    loop = asyncio.get_running_loop()
    slots = asyncio.Semaphore(SLOTS)
    asked = asyncio.Event()

    def stop(sig):
        global stopped
        stopped = stopped or sig
        asked.set()

    loop.add_signal_handler(signal.SIGINT, stop, signal.SIGINT)
    loop.add_signal_handler(signal.SIGTERM, stop, signal.SIGTERM)
    loop.add_signal_handler(signal.SIGHUP, probe.mark, "reload")
    probe.ready()
    probe.slots(SLOTS)
    tasks = []
    for id in range(1, TASKS + 1):
        probe.task_queue(id)
        tasks.append(asyncio.create_task(fetch(id, slots)))
    work = asyncio.gather(*tasks, return_exceptions=True)
    request = asyncio.create_task(asked.wait())
    await asyncio.wait([work, request], return_when=asyncio.FIRST_COMPLETED)
    request.cancel()
    if stopped:
        probe.cancel()
        for task in tasks:
            task.cancel()
    await asyncio.wait(tasks)


asyncio.run(main())
if stopped:
    signal.signal(stopped, signal.SIG_DFL)
    os.kill(os.getpid(), stopped)
