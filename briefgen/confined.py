"""Work on what is not trusted, in a process of its own that may take so much and no more.

In: work, and `Limits` on it. Out: what the work gives; or a problem that says what it was at and
which limit it met. Templates, styles and Word files come from many hands: whatever one of them does
to the process that renders it, the process that waits for it lives on, and so does what was written
before. A confined process has processor time, memory, size of files and the clock counted, and no
network: Linux's kernel refuses it, elsewhere the interpreter does.
"""

from __future__ import annotations

import errno
import os
import pickle
import select
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import ceil
from typing import Any, NoReturn, TypeVar

from briefgen import ahead
from briefgen.errors import BriefgenError, Problem, Source

_T = TypeVar("_T")
_MEGABYTE = 1_000_000
_HEAD = struct.Struct(">Q")  # the length of a message, before it
_WHERE = "data/ministry.yaml"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one paper may take.

    `template` and `cpu` are seconds of processor time, to fill one template and for a whole paper;
    `wall` seconds by the clock; `memory` megabytes beside what the process has when it begins;
    `file` megabytes of the largest file. All inclusive.
    """

    template: int = 10
    cpu: int = 600
    wall: int = 1200
    memory: int = 4000
    file: int = 200


@dataclass(slots=True)
class _State:
    """What this process knows of its own confinement."""

    limits: Limits = Limits()
    told: Callable[[Any], None] | None = None  # how the process that waits is spoken to
    joined: bool = False  # whether this is a process that papers are rendered in
    entered: bool = False


_state = _State()


# -- in the process that renders -------------------------------------------------------------------


def limits() -> Limits:
    """The limits that hold for papers made here."""
    return _state.limits


def use(found: Limits) -> None:
    """Let these limits hold from here on.

    A process in which papers are rendered is confined at once: what a bureau has written is read,
    and compiled in processes forked from it, before the first paper is begun.
    """
    _state.limits = found
    if _state.joined and not _state.entered:
        _enter()


def join(found: Limits) -> None:
    """Make this process one in which papers are rendered, confined from here on."""
    _state.joined, _state.told = True, None
    use(found)


def joined() -> bool:
    """Whether this process is one in which papers are rendered."""
    return _state.joined


def allow(what: str) -> None:
    """Give the paper that is made next its share; `what` is how messages name it.

    Nothing happens in a process that is not for rendering.
    """
    if not _state.joined:
        return
    if not _state.entered:
        _enter()
    _count_processor_time()
    if _state.told:
        _state.told(("at", what, _state.limits))


def _enter() -> None:
    """Confine this process for good."""
    import resource

    _state.entered = True
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, _state.limits.file * _MEGABYTE)
    if here := _address_space():
        _limit(resource.RLIMIT_AS, here + _state.limits.memory * _MEGABYTE)
    _count_processor_time()
    sys.addaudithook(_no_network)
    _refuse_sockets()


def _limit(kind: int, most: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(ValueError, OSError):  # some systems know a limit and do not set it
        resource.setrlimit(kind, (least, hard))


def _count_processor_time() -> None:
    """Let the processor time of one paper begin here."""
    import resource

    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _limit(resource.RLIMIT_CPU, ceil(used) + _state.limits.cpu)


def _address_space() -> int:
    """The bytes of address space that this process has now; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no path is meant
            pages = int(file.read().split()[0])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


_NETWORK = frozenset(
    ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname",
     "socket.gethostbyaddr", "socket.sendto", "socket.sendmsg")
)  # fmt: skip


def _no_network(event: str, _: tuple[Any, ...]) -> None:
    if event in _NETWORK:
        raise PermissionError(f"{event}: what renders papers has no network")


# Of Linux on each kind of processor: its own number and that of the call `socket`.
_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_ALLOW, _REFUSE, _UNIX = 0x7FFF0000, 0x0005000D, 1  # SECCOMP_RET_ALLOW, _ERRNO | EACCES; AF_UNIX
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF: load a word, jump if equal, return
_NO_NEW_PRIVS, _SECCOMP, _FILTER = 38, 22, 2  # of prctl


def _refuse_sockets() -> bool:
    """Let Linux refuse every socket but those between processes of this machine; False where it
    cannot. The filter is in the form of linux/filter.h, over struct seccomp_data."""
    import ctypes

    if not sys.platform.startswith("linux") or os.uname().machine not in _CALLS:
        return False
    processor, call = _CALLS[os.uname().machine]
    steps = [
        (_LOAD, 0, 0, 4), (_EQUAL, 0, 5, processor),
        (_LOAD, 0, 0, 0), (_EQUAL, 0, 3, call),
        (_LOAD, 0, 0, 16), (_EQUAL, 1, 0, _UNIX),
        (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(code)))
    library: Any = ctypes.CDLL(None)
    if library.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(library.prctl(_SECCOMP, _FILTER, program, 0, 0) == 0)


class TooLong(Exception):  # noqa: N818 - it is said of a template
    """A template has had its time."""


@contextmanager
def filling() -> Iterator[None]:
    """Count the processor time of one template while the block runs.

    Raises TooLong where the template is at that moment, so that its line can be told.
    """
    seconds = _state.limits.template
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "ITIMER_VIRTUAL"
    ):
        yield
        return

    def stop(*_: Any) -> None:
        raise TooLong(f"takes more than {seconds} s to fill\n{_or_raise('template')}")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


# -- in the process that waits ---------------------------------------------------------------------


def run(work: Callable[[], _T]) -> _T:
    """What the work gives, done in a process of its own; what it raises is raised here.

    Raises BriefgenError when the work meets a limit or its process dies. Where processes cannot be
    forked, or this one is one already, the work is done here.
    """
    if not hasattr(os, "fork") or _state.joined:
        return work()
    sys.stdout.flush()
    sys.stderr.flush()
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        _live(work, theirs)
    os.close(theirs)
    try:
        kind, found = _Watch(pid, ours).outcome()
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)
        raise
    finally:
        os.close(ours)
    if kind == "raised":
        raise found
    result: _T = found
    return result


class _Watch:
    """The wait for a process: its messages, its deadline, its end."""

    def __init__(self, pid: int, line: int) -> None:
        self._pid, self._line = pid, line
        self._buffer = bytearray()
        self._what, self._limits = "", _state.limits
        self._deadline: float | None = None

    def outcome(self) -> tuple[str, Any]:
        """What came of the work, `("gave", result)` or `("raised", error)`."""
        poll = select.poll()
        poll.register(self._line, select.POLLIN | select.POLLHUP)
        last: tuple[str, Any] | None = None
        while True:
            if not poll.poll(self._left()):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
                raise BriefgenError([self._late()])
            received = os.read(self._line, 1 << 20)
            self._buffer += received
            for message in self._messages():
                last = self._heard(message)
            if last or not received:  # others may hold the line: its end is not waited for
                break
        _, status = os.waitpid(self._pid, 0)
        if last is None:
            raise BriefgenError([died(self._what, status, self._limits)])
        return last

    def _left(self) -> float | None:
        if self._deadline is None:
            return None
        return max(0.0, (self._deadline - time.monotonic()) * 1000)

    def _messages(self) -> Iterator[Any]:
        while len(self._buffer) >= _HEAD.size:
            (size,) = _HEAD.unpack_from(self._buffer)
            end = _HEAD.size + size
            if len(self._buffer) < end:
                return
            message = pickle.loads(memoryview(self._buffer)[_HEAD.size : end])
            del self._buffer[:end]
            yield message

    def _heard(self, message: Any) -> tuple[str, Any] | None:
        if message[0] != "at":
            self._deadline = None
            return (message[0], message[1])
        _, self._what, self._limits = message
        self._deadline = time.monotonic() + self._limits.wall
        return None

    def _late(self) -> Problem:
        return late(self._what, self._limits)


def late(what: str, given: Limits) -> Problem:
    """Told of a paper that was not done in time."""
    message = f"was not done after {given.wall} s, and was stopped"
    return Problem(Source(what), "", message, _or_raise("wall"))


def _or_raise(name: str) -> str:
    return f"make it simpler, or raise limits.{name} in {_WHERE}"


def died(what: str, status: int, given: Limits) -> Problem:
    """Told of a paper whose process ended by itself; `status` is that of `waitpid`."""
    number = -os.waitstatus_to_exitcode(status)
    if number == signal.SIGXCPU:
        message = f"took more than {given.cpu} s of processor time, and was stopped"
        return Problem(Source(what), "", message, _or_raise("cpu"))
    if number > 0:
        name = signal.Signals(number).name
        message = f"the process that made it was ended by {name}: killed, or short of memory"
    else:
        message = "the process that made it ended without a word"
    return Problem(Source(what or "briefgen"), "", message, _memory_hint(given))


# What the loader of libraries says when it is given no room for one.
_NO_ROOM = ("failed to map segment", "cannot allocate memory")


def is_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or what led to it, was want of memory: not all of them are MemoryErrors."""
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        if isinstance(error, (ImportError, OSError)) and any(
            words in str(error).casefold() for words in _NO_ROOM
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


def short_of_memory(what: str) -> Problem:
    """Told of a paper that asked for more memory than it may have."""
    given = _state.limits
    message = f"needs more than {given.memory} MB of memory"
    return Problem(Source(what or "briefgen"), "", message, _memory_hint(given))


def _memory_hint(given: Limits) -> str:
    return f"make it smaller; it may have {given.memory} MB, limits.memory in {_WHERE}"


# -- the life of the process that works ------------------------------------------------------------


def _live(work: Callable[[], Any], line: int) -> NoReturn:
    """Do the work, say what came of it, and go without looking back."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that waits sees to that
        ahead.die_with_parent()
        at = [""]

        def tell(message: Any) -> None:
            at[0] = message[1]
            _send(line, message)

        _state.joined, _state.told = True, tell
        try:
            outcome: tuple[str, Any] = ("gave", work())
        except BaseException as error:
            starved = is_of_memory(error)
            told = BriefgenError([short_of_memory(at[0])]) if starved else error
            outcome = ("raised", told)
        _last_words(line, outcome)
        code = 0
        with suppress(Exception):
            ahead.end()
    finally:
        os._exit(code)


def _last_words(line: int, outcome: tuple[str, Any]) -> None:
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    try:
        _send(line, outcome)
    except (pickle.PicklingError, TypeError, AttributeError):
        error = outcome[1]
        _send(line, ("raised", RuntimeError(f"{type(error).__name__}: {error}")))


def _send(line: int, message: Any) -> None:
    content = pickle.dumps(message)
    rest = memoryview(_HEAD.pack(len(content)) + content)
    while rest:
        rest = rest[os.write(line, rest) :]
