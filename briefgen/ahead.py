"""A companion process that does slow work ahead: it is started before its work is known.

In: the name of a function that serves requests. Out: `Companion`, to which requests are sent and
which answers them in their order. A process that makes one paper spends most of its time in loading
a layout engine and laying out pages; the companion loads while the record is read, and lays out
while the Word file is written. Where none can be had, or it dies, the work is done where it is
asked for: nothing depends on it but time.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_SIZE = 8  # bytes that tell how many follow
_THRESHOLD = (100_000, 20, 20)  # of the garbage collector, in a process that lives for one paper


class Companion:
    """The companion's end of the line; `ask` sends, `answer` waits."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self._owner = os.getpid()
        self._line = line
        self._file = line.makefile("rwb")
        self._status: int | None = None

    def ask(self, request: Any) -> None:
        """Send a request; raises OSError when nobody is there."""
        pickle.dump(request, self._file)
        self._file.flush()

    def answer(self) -> Any:
        """The next answer; raises EOFError or OSError when nobody is there."""
        try:
            return pickle.load(self._file)
        except pickle.UnpicklingError as error:  # it died in the middle of a word
            raise EOFError from error

    def ended(self) -> int:
        """Wait until the companion has gone; how it went, as `os.waitpid` tells it."""
        if self._status is None:
            try:
                _, self._status = os.waitpid(self.pid, 0)
            except ChildProcessError:
                self._status = 0
        return self._status

    def close(self) -> None:
        """Let the companion go at once, whatever it is at, and wait until it has gone.

        It is killed: it may be laying out pages that nobody wants any more, and a process forked
        after it may hold our end of the line, so that it would never come to an end by itself.
        """
        with suppress(OSError):
            self._file.close()
        self._line.close()
        if self._owner == os.getpid() and self._status is None:
            _kill(self.pid)
        self.ended()


_companion: Companion | None = None
# Processes that do work aside, by their ids: who asked for it, and the pipe that they write to.
_under_way: dict[int, tuple[int, int]] = {}


def begin(server: str) -> None:
    """Start the companion, `module:function` of what serves, where that is of use.

    Only from a process that has one thread and, beside it, a second core to work on.
    """
    global _companion  # noqa: PLW0603 - one companion a process
    alone = not hasattr(os, "fork") or threading.active_count() > 1 or _cores() < 2
    if _companion is not None or alone:
        return
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _serve(server, theirs)
    theirs.close()
    gc.set_threshold(*_THRESHOLD)
    _companion = Companion(pid, ours)


def at_hand() -> Companion | None:
    """The companion, if there is one."""
    return _companion


def end() -> None:
    """Let the companion go, and whoever works aside for an outcome that nobody fetched."""
    global _companion
    found, _companion = _companion, None
    while _under_way:
        pid, (owner, pipe) = _under_way.popitem()
        os.close(pipe)
        if owner == os.getpid():
            _kill(pid)
            os.waitpid(pid, 0)
    if found:
        found.close()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def die_with_parent() -> None:
    """Let this process end when the one that started it does, where the system can see to it."""
    if sys.platform.startswith("linux"):
        import ctypes

        with suppress(AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def aside(work: Callable[[], bytes]) -> Callable[[], bytes]:
    """Do some work in a process of its own, now; what is returned waits for the outcome.

    Only beside a companion, in a process that is known to make one paper. The outcome is empty
    where the work failed or nobody could be asked, or after `end`: then it is to be done where it
    is needed.
    """
    if _companion is None or threading.active_count() > 1:
        return lambda: b""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        _work(work, theirs)
    os.close(theirs)
    _under_way[pid] = os.getpid(), ours

    def outcome() -> bytes:
        if _under_way.pop(pid, None) is None:  # the end has come before anybody asked
            return b""
        with os.fdopen(ours, "rb") as pipe:
            found = pipe.read()
        with suppress(ChildProcessError):  # it is another process that began the work
            os.waitpid(pid, 0)
        size, content = found[:_SIZE], found[_SIZE:]
        whole = len(size) == _SIZE and int.from_bytes(size, "big") == len(content)
        return content if whole else b""  # it may have died in the middle of a word

    return outcome


def _work(work: Callable[[], bytes], pipe: int) -> None:
    """The life of a process that does one piece of work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    failed = 1
    try:
        with suppress(Exception), os.fdopen(pipe, "wb") as file:
            content = work()
            file.write(len(content).to_bytes(_SIZE, "big") + content)
            file.flush()
            failed = 0
    finally:
        os._exit(failed)


def _serve(server: str, line: socket.socket) -> None:
    """The companion's life: it loads, serves, and goes without looking back."""
    global _companion  # noqa: PLW0603
    _companion = None
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    gc.set_threshold(*_THRESHOLD)
    try:
        module, _, function = server.partition(":")
        file = line.makefile("rwb")
        with suppress(EOFError, OSError):
            getattr(importlib.import_module(module), function)(file)
    finally:
        os._exit(0)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
