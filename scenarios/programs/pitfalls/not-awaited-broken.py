#!/usr/bin/python3
"""not-awaited-broken.py - cancels its tasks, and does not wait for them.

What goes wrong: ^C leaves the part files behind; no `finally` has run.
Why: cancel() only asks. The task gets its CancelledError in a later turn of the loop, and its `finally`
runs then. loop.stop() takes that turn away: the tasks are destroyed while they are pending.
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


def main():
    loop = asyncio.new_event_loop()
    slots = asyncio.Semaphore(SLOTS)
    tasks = []

    def stop(sig):
        global stopped
        stopped = sig
        for task in tasks:
            task.cancel()
        loop.stop()

    for sig in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sig, stop, sig)
    probe.ready()
    probe.slots(SLOTS)
    for id in range(1, TASKS + 1):
        probe.task_queue(id)
        tasks.append(loop.create_task(fetch(id, slots)))
    asyncio.gather(*tasks).add_done_callback(lambda group: loop.stop())
    loop.run_forever()
    if stopped:
        signal.signal(stopped, signal.SIG_DFL)
        os.kill(os.getpid(), stopped)


main()
