#!/usr/bin/python3
"""probe-python.py - reports each event once through sigsweep_probe, by itself and in a child."""
import os
import subprocess
import sys

import sigsweep_probe as probe

if sys.argv[1:] == ["child"]:
    probe.mark("child")
    sys.exit()

probe.slots(2)
probe.task_queue(1)
probe.task_start(1)
probe.cleanup_arm("tmp", 1)
probe.cleanup_arm("spare", 1)
probe.cleanup_disarm("spare", 1)
probe.acquire("lease 1")  # the blank becomes `_`
probe.ready()
subprocess.run([sys.executable, __file__, "child"], pass_fds=probe.pass_fds(), check=True)
probe.cancel(1)
try:
    with probe.cleanup("tmp", 1):
        os.unlink("was-never-there")
except FileNotFoundError:
    pass
probe.release("lease 1")
probe.task_end(1, "cancelled")
probe.task_fini(1)
probe.mark("x" * 600)  # cut, so that the line still fits
