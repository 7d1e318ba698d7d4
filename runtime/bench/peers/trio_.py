#!/usr/bin/env python3
"""The work of bench_quiesce.c in Trio. Prints lines of `name value unit`."""
import os
import resource
import signal
import time

import trio
import trio.testing

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
        await trio.lowlevel.checkpoint()


async def switching(slots, yields):
    begin = time.monotonic()
    async with trio.open_nursery() as nursery:
        for _ in range(slots):
            nursery.start_soon(yielder, yields)
    show(f"switches_{slots}", slots * yields / (time.monotonic() - begin) / 1e6, "M/s")


async def nothing():
    pass


async def spawning(n):
    begin = time.monotonic()
    for _ in range(n):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(nothing)
    show("spawn_join", n / (time.monotonic() - begin) / 1e6, "M/s")


async def handoff(each):
    permit = trio.Semaphore(1)

    async def contender():
        for _ in range(each):
            async with permit:
                await trio.lowlevel.checkpoint()

    begin = time.monotonic()
    async with trio.open_nursery() as nursery:
        for _ in range(CONTENDERS):
            nursery.start_soon(contender)
    show("handoff", each * CONTENDERS / (time.monotonic() - begin) / 1e6, "M/s")


async def cancelling():
    cleaned = 0

    async def sleeper():
        nonlocal cleaned
        try:
            try:
                try:
                    await trio.sleep(3600)
                finally:
                    cleaned += 1
            finally:
                cleaned += 1
        finally:
            cleaned += 1

    async with trio.open_nursery() as nursery:
        for _ in range(SLEEPERS):
            nursery.start_soon(sleeper)
        await trio.testing.wait_all_tasks_blocked()
        begin = time.monotonic()
        nursery.cancel_scope.cancel()
    assert cleaned == 3 * SLEEPERS, cleaned
    show("cancel_10k", (time.monotonic() - begin) * 1e3, "ms")


async def echo(rounds):
    async def server(sock):
        while data := await sock.recv(64):
            await sock.send(data)

    async def client(sock):
        for _ in range(rounds):
            await sock.send(MESSAGE)
            got = 0
            while got < 64:
                got += len(await sock.recv(64 - got))
        sock.shutdown(trio.socket.SHUT_WR)

    pairs = [trio.socket.socketpair() for _ in range(CONNECTIONS)]
    begin = time.monotonic()
    async with trio.open_nursery() as nursery:
        for a, b in pairs:
            nursery.start_soon(server, a)
            nursery.start_soon(client, b)
    show("echo_1000", rounds * CONNECTIONS / (time.monotonic() - begin) / 1e3, "k/s")


async def queued():
    slots = trio.Semaphore(1)
    finis = 0
    last = 0.0

    async def task():
        nonlocal finis, last
        try:
            async with slots:
                await trio.sleep(3600)
        finally:
            finis += 1
            if finis == QUEUED + 1:
                last = time.monotonic()

    read, write = os.pipe()
    with trio.open_signal_receiver(signal.SIGINT) as signals:
        async with trio.open_nursery() as nursery:
            before = resident_bytes()
            begin = time.monotonic()
            for _ in range(QUEUED + 1):
                nursery.start_soon(task)
            await trio.testing.wait_all_tasks_blocked()
            show("queue_1m", (time.monotonic() - begin) * 1e3, "ms")
            show("queued_bytes", (resident_bytes() - before) / QUEUED, "B")
            target = os.getpid()
            pid = os.fork()
            if pid == 0:
                time.sleep(0.02)
                os.write(write, repr(time.monotonic()).encode())
                os.kill(target, signal.SIGINT)
                os._exit(0)
            async for _ in signals:
                nursery.cancel_scope.cancel()
                break
    sent = float(os.read(read, 64))
    os.waitpid(pid, 0)
    assert finis == QUEUED + 1, finis
    show("sigint_to_last_fini_1m", (last - sent) * 1e3, "ms")


resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
trio.run(switching, 64, 2000)
trio.run(switching, 1000, 100)
trio.run(spawning, 20_000)
trio.run(handoff, 200)
trio.run(cancelling)
trio.run(echo, 10)
trio.run(queued)
