#!/usr/bin/python3
"""tested-by-timeout-test.py PROGRAM - the test that came with the program: it waits for a timeout.

It passes for the broken program as for the fixed one: it sends no signal, so it can't tell them apart.
"""
import glob
import os
import subprocess
import sys

program = os.path.join(os.path.dirname(os.path.abspath(__file__)), sys.argv[1])
out = subprocess.run([program, "0.05"], capture_output=True, check=True, text=True).stdout

assert "stopped by the limit" in out, out
assert not glob.glob("*.part"), glob.glob("*.part")
print("1 passed")
