#!/usr/bin/python3
"""fetch.py - makes twelve pages, four at a time, each in a temporary file that becomes the page when it is done.
It is an asyncio program as any other: it knows nothing of the harness."""
import asyncio
import os
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
    slots = asyncio.Semaphore(4)
    async with asyncio.TaskGroup() as group:
        for page in range(12):
            group.create_task(fetch(page, slots))


try:
    asyncio.run(main())
except KeyboardInterrupt:
    raise SystemExit(130)
