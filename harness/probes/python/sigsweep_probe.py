"""Report events to sigsweep from Python: copy this file, or put its folder on PYTHONPATH.

    import sigsweep_probe as probe

    probe.task_start(7)
    with probe.cleanup("tmp", 7):
        os.unlink(path)

The harness hands on a descriptor number in $SIGSWEEP_EVENTS. Without it nothing is written. A report
is one line and one write(2), unbuffered; docs/reference/events.md says what each means. A report that
cannot be written is dropped: it never changes what the program does.

Python runs signal handlers between two bytecodes. A signal that arrives during a report is therefore
handled right after it: a KeyboardInterrupt comes out of the function that reported.

A child made by subprocess reports only if it is given the descriptor: pass_fds=probe.pass_fds().
"""

import os

_fd = os.environ.get("SIGSWEEP_EVENTS", "")
_fd = int(_fd) if _fd.isdigit() else -1

NAME_MAX = 400  # bytes; a line has 512 at most


def event(verb, **keys):
    """Writes `verb key=value ...`; a key that is None is left out."""
    if _fd < 0:
        return
    words = [verb.encode()]
    for key, value in keys.items():
        if value is not None:
            words.append(key.encode() + b"=" + _word(value))
    try:
        os.write(_fd, b" ".join(words) + b"\n")
    except OSError:
        pass


def _word(value):
    """Any bytes but blanks and control characters, which become `_`."""
    raw = str(value).encode("utf-8", "replace")[:NAME_MAX]
    return bytes(95 if c <= 32 or c == 127 else c for c in raw) or b"_"


def pass_fds():
    """For subprocess.Popen(pass_fds=...): lets a child report, too."""
    return (_fd,) if _fd >= 0 else ()


def ready():
    """Set up, handlers installed. Times of interrupts count from here, when the scenario says so."""
    event("ready")


def slots(n):
    """At most n tasks run at a time from here on."""
    event("slots", n=n)


def task_queue(id):
    """A task exists and waits for its turn."""
    event("task.queue", id=id)


def task_start(id):
    """It has its slot and begins."""
    event("task.start", id=id)


def task_end(id, outcome):
    """Its own code has ended: "done", "failed" or "cancelled". Cleanups may follow."""
    event("task.end", id=id, outcome=outcome)


def task_fini(id):
    """It is over: cleanups run, slot given back. Exactly once for each task, started or not."""
    event("task.fini", id=id)


def cancel(level=1):
    """The program has noticed that it is to stop; 1: politely, 2: cleanups must hurry."""
    event("cancel", level=level)


def cleanup_arm(name, id=None):
    """From here on this cleanup must run, exactly once, before the program ends."""
    event("cleanup.arm", id=id, name=name)


def cleanup_disarm(name, id=None):
    """It was taken back: it need not run any more."""
    event("cleanup.disarm", id=id, name=name)


def cleanup_begin(name, id=None):
    event("cleanup.begin", id=id, name=name)


def cleanup_end(name, id=None, rc=0):
    """rc: 0, or what the cleanup failed with."""
    event("cleanup.end", id=id, name=name, rc=rc)


class cleanup:
    """Around a cleanup's code. One that fails has ended, with rc=1. One that is torn out by
    CancelledError or KeyboardInterrupt has not ended, and the harness is not told that it did."""

    def __init__(self, name, id=None):
        self.name = name
        self.id = id

    def __enter__(self):
        cleanup_begin(self.name, self.id)

    def __exit__(self, kind, value, traceback):
        if kind is None or issubclass(kind, Exception):
            cleanup_end(self.name, self.id, rc=0 if kind is None else 1)


def acquire(name):
    """Something was taken that must be given back before the program ends: a lock, a lease."""
    event("acquire", name=name)


def release(name):
    event("release", name=name)


def mark(name):
    """A place in the program that interrupts can be aimed at."""
    event("mark", name=name)
