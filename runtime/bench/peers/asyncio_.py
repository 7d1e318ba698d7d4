#!/usr/bin/env python3
"""The work of bench_quiesce.c in asyncio; with the argument `uvloop`, on that loop.

Prints lines of `name value unit`.
"""
import asyncio
import os
import resource
import signal
import socket
import sys
import time

QUEUED = 1_000_000
SLEEPERS = 10_000
CONTENDERS = 100
CONNECTIONS = 1000
MESSAGE = b"p" * 64


def resident_bytes():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def show(name, value, unit):
    print(f"{name} {value:.3f} {unit}", flush=True)


async def yielder(n):
    for _ in range(n):
        await asyncio.sleep(0)


async def switching(slots, yields):
    begin = time.monotonic()
    await asyncio.gather(*(yielder(yields) for _ in range(slots)))
    show(f"switches_{slots}", slots * yields / (time.monotonic() - begin) / 1e6, "M/s")


async def nothing():
    pass


async def spawning(n):
    begin = time.monotonic()
    for _ in range(n):
        await asyncio.create_task(nothing())
    show("spawn_join", n / (time.monotonic() - begin) / 1e6, "M/s")


async def handoff(each):
    permit = asyncio.Semaphore(1)

    async def contender():
        for _ in range(each):
            async with permit:
                await asyncio.sleep(0)

    begin = time.monotonic()
    await asyncio.gather(*(contender() for _ in range(CONTENDERS)))
    show("handoff", each * CONTENDERS / (time.monotonic() - begin) / 1e6, "M/s")


async def queued():
    slots = asyncio.Semaphore(1)
    finis = 0
    last = 0.0

    async def task():
        nonlocal finis, last
        try:
            async with slots:
                await asyncio.sleep(3600)
        finally:
            finis += 1
            if finis == QUEUED + 1:
                last = time.monotonic()

    before = resident_bytes()
    begin = time.monotonic()
    tasks = [asyncio.create_task(task()) for _ in range(QUEUED + 1)]
    await asyncio.sleep(0)  # each reaches the semaphore, so that its finally counts
    show("queue_1m", (time.monotonic() - begin) * 1e3, "ms")
    show("queued_bytes", (resident_bytes() - before) / QUEUED, "B")

    def cancel():
        for one in tasks:
            one.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, cancel)
    target = os.getpid()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        time.sleep(0.02)
        os.write(write, repr(time.monotonic()).encode())
        os.kill(target, signal.SIGINT)
        os._exit(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    sent = float(os.read(read, 64))
    os.waitpid(pid, 0)
    assert finis == QUEUED + 1, finis
    show("sigint_to_last_fini_1m", (last - sent) * 1e3, "ms")


async def cancelling():
    cleaned = 0

    async def sleeper():
        nonlocal cleaned
        try:
            try:
                try:
                    await asyncio.sleep(3600)
                finally:
                    cleaned += 1
            finally:
                cleaned += 1
        finally:
            cleaned += 1

    tasks = [asyncio.create_task(sleeper()) for _ in range(SLEEPERS)]
    await asyncio.sleep(0)
    begin = time.monotonic()
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert cleaned == 3 * SLEEPERS, cleaned
    show("cancel_10k", (time.monotonic() - begin) * 1e3, "ms")


async def echo(rounds):
    loop = asyncio.get_running_loop()

    async def server(sock):
        while data := await loop.sock_recv(sock, 64):
            await loop.sock_sendall(sock, data)

    async def client(sock):
        for _ in range(rounds):
            await loop.sock_sendall(sock, MESSAGE)
            got = 0
            while got < 64:
                got += len(await loop.sock_recv(sock, 64 - got))
        sock.shutdown(socket.SHUT_WR)

    pairs = [socket.socketpair() for _ in range(CONNECTIONS)]
    for pair in pairs:
        for end in pair:
            end.setblocking(False)
    tasks = [server(a) for a, _ in pairs] + [client(b) for _, b in pairs]
    begin = time.monotonic()
    await asyncio.gather(*tasks)
    show("echo_1000", rounds * CONNECTIONS / (time.monotonic() - begin) / 1e3, "k/s")


if sys.argv[1:] == ["uvloop"]:
    import uvloop

    uvloop.install()
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
asyncio.run(switching(64, 5000))
asyncio.run(switching(1000, 300))
asyncio.run(spawning(50_000))
asyncio.run(handoff(500))
asyncio.run(cancelling())
asyncio.run(echo(10))
asyncio.run(queued())
