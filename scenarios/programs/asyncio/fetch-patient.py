#!/usr/bin/python3
"""fetch-patient.py - as fetch.py, but the second ^C does nothing: asyncio.run() would raise KeyboardInterrupt out
of the loop, and cancel the cleanups."""
import asyncio
import os
import signal
import sys


async def fetch(page, slots):
    async with slots:
        name = f"page-{page}.tmp"
        try:
            with open(name, "w") as out:
                await asyncio.sleep(float(sys.argv[1]))
                out.write("page\n")
            os.rename(name, f"page-{page}")
        finally:
            await asyncio.sleep(0.1)  # says good-bye to the server
            if os.path.exists(name):
                os.unlink(name)


async def main():
    loop, me = asyncio.get_running_loop(), asyncio.current_task()

    def stop():
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        me.cancel()

    loop.add_signal_handler(signal.SIGINT, stop)
    slots = asyncio.Semaphore(4)
    async with asyncio.TaskGroup() as group:
        for page in range(12):
            group.create_task(fetch(page, slots))


try:
    asyncio.run(main())
except asyncio.CancelledError:
    raise SystemExit(130)
