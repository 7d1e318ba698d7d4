"""Reports the tasks of an asyncio program that knows nothing of it. docs/reference/asyncio.md tells what can be
seen, and what can't.

A task's coroutine is wrapped, so that its first step, an exception that is thrown into it, and its end are
seen; a semaphore's acquire and release are, too. Signals are handled between two bytecodes, so an exception
may come out of a report: it is then raised where the program itself would have met it next.
"""

import asyncio
import collections.abc
import itertools
import sys
import types

import sigsweep_probe as probe

_ids = itertools.count(1)
_begun = False  # the program's own coroutine
_current = None  # the task whose code runs now
_slots = None  # the program's first semaphore
_level = 0  # of cancellation, as reported


def _report(*lines):
    """Makes all the reports, and then lets out what came out of one: an interrupt must not cost the rest."""
    interrupt = None
    for line, *values in lines:
        try:
            line(*values)
        except BaseException as error:
            interrupt = interrupt or error
    if interrupt is not None:
        raise interrupt


def _noticed(level):
    global _level
    if level > _level:
        _level = level
        probe.cancel(level)


class Root(collections.abc.Coroutine):
    """The coroutine that the program is: what asyncio.run() was given."""

    def __init__(self, coro):
        self.coro = coro

    def send(self, value):
        return self._step(self.coro.send, value)

    def throw(self, *exception):
        if _is_cancelled(exception[0]):
            _noticed(min(_level + 1, 2))
        return self._step(self.coro.throw, *exception)

    def _step(self, step, *args):
        global _begun, _current
        outer, _current = _current, None
        try:
            if not _begun:
                _begun = True
                probe.ready()
            return step(*args)
        finally:
            _current = outer

    def close(self):
        return self.coro.close()

    def __await__(self):
        return self.coro.__await__()

    def __getattr__(self, name):
        return getattr(self.coro, name)


class Task(Root):
    """The coroutine of any other task. Of its states only the one that a report is about to leave is kept."""

    def __init__(self, coro):
        self.coro = coro
        self.id = next(_ids)
        self.state = None
        self.cleaning = False
        self.cut = False
        self.queued()

    def queued(self):
        if self.state is None:
            self.state = "queued"
            probe.task_queue(self.id)

    def started(self):
        if self.state == "queued":
            self.state = "running"
            probe.task_start(self.id)

    def begins_to_clean(self):
        if not self.cleaning:
            self.cleaning = True
            probe.cleanup_begin("cancelled", self.id)

    def over(self, outcome):
        lines = []
        if self.state == "running":
            if self.cleaning and not self.cut:
                lines.append((probe.cleanup_end, "cancelled", self.id, 1 if outcome == "failed" else 0))
            lines.append((probe.task_end, self.id, outcome))
        if self.state is not None:
            lines.append((probe.task_fini, self.id))
        self.cleaning = self.cut = False
        self.state = None
        _report(*lines)

    def send(self, value):
        self.cut = False  # what came in between was survived
        try:
            if _slots is None:
                self.started()
        except BaseException as interrupt:
            return self._step(self.coro.throw, interrupt)
        return self._step(self.coro.send, value)

    def throw(self, *exception):
        if _is_cancelled(exception[0]) and self.state == "running":
            self.cut = self.cleaning
            try:
                self.begins_to_clean()
            except BaseException as interrupt:  # both came together
                return self._step(self.coro.throw, interrupt)
        return self._step(self.coro.throw, *exception)

    def _step(self, step, *args):
        global _current
        outer, _current = _current, self
        outcome = "failed"
        try:
            wait = step(*args)
            outcome = None
            return wait
        except StopIteration:
            outcome = "done"
            raise
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            _current = outer
            if outcome is not None:
                self.over(outcome)


def _is_cancelled(exception):
    kind = exception if isinstance(exception, type) else type(exception)
    return issubclass(kind, asyncio.CancelledError)


def _part_of_a_task():
    """wait_for() makes a task (up to Python 3.11) for what its caller waits for: no task of the program."""
    frame = sys._getframe(2)
    for _ in range(3):
        if frame is None:
            return False
        if frame.f_code.co_name == "wait_for" and frame.f_globals.get("__name__") == "asyncio.tasks":
            return True
        frame = frame.f_back
    return False


def _watch_tasks():
    create = asyncio.BaseEventLoop.create_task

    def create_task(loop, coro, **options):
        if isinstance(coro, types.CoroutineType):
            if not loop.is_running():
                coro = Root(coro)
            elif not _part_of_a_task():
                coro = Task(coro)
        return create(loop, coro, **options)

    asyncio.BaseEventLoop.create_task = create_task


def _watch_semaphores():
    semaphore = asyncio.Semaphore
    make, acquire, release = semaphore.__init__, semaphore.acquire, semaphore.release

    def watched_init(self, value=1, **options):
        global _slots
        make(self, value, **options)
        if _slots is None and value >= 1:
            _slots = self
            probe.slots(value)

    async def watched_acquire(self):
        task = _current if self is _slots else None
        if task is not None:
            task.queued()
        got = await acquire(self)
        if task is not None:
            try:
                task.started()
            except BaseException:
                release(self)  # as if it had come before
                raise
        return got

    def watched_release(self):
        if self is _slots and _current is not None:
            ending = _is_cancelled(sys.exc_info()[0] or type(None))
            _current.over("cancelled" if ending else "failed" if sys.exc_info()[0] else "done")
        release(self)

    semaphore.__init__, semaphore.acquire, semaphore.release = watched_init, watched_acquire, watched_release


def _watch_the_end():
    """asyncio.run() cancels what its coroutine left behind."""
    runners = asyncio.runners
    cancel_all = runners._cancel_all_tasks

    def cancel_all_tasks(loop):
        if asyncio.all_tasks(loop):
            _noticed(max(_level, 1))
        cancel_all(loop)

    runners._cancel_all_tasks = cancel_all_tasks


def install():
    _watch_tasks()
    _watch_semaphores()
    _watch_the_end()
