#!/usr/bin/python3
"""cleanup-cancelled-fixed.py - a cleanup runs in a task of its own, which nobody cancels.

The cure: the cleanup is a task apart. Whoever waits for it may be cancelled as often as they like: they
wait on, and are cancelled when it is over. That it may then take for ever is prevented where it waits:
a goodbye that takes too long is given up, and the part is removed all the same.
A handler that ignores the second signal is not enough: the *first* one may come while a task that has
done its work is in its cleanup already. A sweep found that here, in an earlier fix.
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


async def say_goodbye():
    """The server is told, so that it keeps what it has."""
    await asyncio.sleep(0.02)


async def remove(part, id):
    with probe.cleanup(part, id):
        try:
            await asyncio.wait_for(say_goodbye(), 5)
        except asyncio.TimeoutError:
            pass
        if os.path.exists(part):
            os.unlink(part)


async def to_its_end(coroutine):
    """Runs it in a task of its own; a cancellation that comes meanwhile is passed on afterwards."""
    inner = asyncio.ensure_future(coroutine)
    cancelled = None
    while not inner.done():
        try:
            await asyncio.shield(inner)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        raise cancelled
    return inner.result()


async def download(id):
    part = f"{id}.part"
    probe.cleanup_arm(part, id)
    try:
        with open(part, "w"):
            await reply()
        os.rename(part, f"{id}.txt")
    finally:
        await to_its_end(remove(part, id))


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
    await asyncio.wait(tasks)


asyncio.run(main())
if stopped:
    signal.signal(stopped, signal.SIG_DFL)
    os.kill(os.getpid(), stopped)
