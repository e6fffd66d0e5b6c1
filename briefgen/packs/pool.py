"""Workers on this machine: processes that are started once, warm, and replaced before they grow.

In: a `Setting` and tasks. Out: what came of each, in the order in which they are done. A worker
that dies (killed, out of memory) costs its task a second try and no other task anything: every
worker has a line of its own to its coordinator, and shares no lock with another that a dead one
could hold for ever. When the coordinator goes, the lines break, and the workers go too.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait as readable
from queue import SimpleQueue
from typing import Any, Protocol

from briefgen import confined
from briefgen.errors import BriefgenError, Problem, Source
from briefgen.packs import worker
from briefgen.packs.order import Task
from briefgen.packs.worker import Made, Setting

TASKS_EACH = 48  # then a worker makes room for a fresh one, so that its memory cannot creep up
_TRIES = 2
_AHEAD = 2  # tasks that a worker has in hand: the one that it does, and the next


class Executor(Protocol):
    """Where the work of a pack is done."""

    def run(self, tasks: Iterable[Task]) -> Iterator[Made]:
        """What came of each task, in the order in which they are done."""
        ...

    def stop(self) -> None:
        """Stop at once; what is not done is dropped."""
        ...


class _Hand:
    """A worker process, the line to it, and what it has been given."""

    def __init__(self, context: Any, setting: Setting) -> None:
        self.line, theirs = context.Pipe()
        self._process = context.Process(
            target=worker.serve, args=(theirs, setting, worker.make), daemon=True
        )
        self._process.start()
        theirs.close()
        self.tasks: deque[Task] = deque()
        self.late = False
        self._wall = setting.limits.wall
        self._begun: float | None = None  # when it began its task; None before it is ready
        self._room = TASKS_EACH

    def take(self, task: Task) -> None:
        """Give it a task, a few kilobytes that the line has room for; a worker that is dead says
        so when it is listened to."""
        self._room -= 1
        if not self.tasks and self._begun is not None:
            self._begun = time.monotonic()
        self.tasks.append(task)
        with suppress(OSError):
            self.line.send(task)

    @property
    def free(self) -> bool:
        """Whether it can be given another task."""
        return len(self.tasks) < _AHEAD and self._room > 0

    @property
    def spent(self) -> bool:
        """Whether it has done all that one process may do."""
        return self._room == 0 and not self.tasks

    def ready(self) -> None:
        """It has loaded all, and begins its first task."""
        self._begun = time.monotonic()

    def done(self) -> None:
        """It has done its task, and begins the next."""
        self.tasks.popleft()
        self._begun = time.monotonic()

    @property
    def left(self) -> float:
        """The seconds that it has left for its task; each paper of a State has its own time."""
        if self._begun is None or not self.tasks:
            return float("inf")
        allowed = self._wall * max(1, len(self.tasks[0].papers))
        return self._begun + allowed - time.monotonic()

    def leave(self) -> int:
        """Let it go when it has done what it does; how it went, as `Process.exitcode` tells it."""
        self.line.close()
        self._process.join()
        return self._process.exitcode or 0

    def kill(self) -> None:
        """Stop it now."""
        self._process.kill()


class Pool:
    """Worker processes on this machine, spoken to by a thread, so that none waits for a disk."""

    def __init__(self, setting: Setting, jobs: int) -> None:
        """For `jobs` processes at a time; they are started when they are needed."""
        self._setting, self._jobs = setting, jobs
        self._context = _context()
        self._hands: list[_Hand] = []
        self._tries: dict[str, int] = {}
        self._stopped = False
        self._begun = threading.Lock()
        self._thread: threading.Thread | None = None

    def run(self, tasks: Iterable[Task]) -> Iterator[Made]:
        """What came of each task; at most a few tasks a worker are under way."""
        outcome: SimpleQueue[Made | BaseException | None] = SimpleQueue()
        self._thread = threading.Thread(
            target=self._oversee, args=(deque(tasks), outcome.put), daemon=True
        )
        self._thread.start()
        while (made := outcome.get()) is not None:
            if isinstance(made, BaseException):
                raise made
            yield made
        self._thread.join()

    def stop(self) -> None:
        """Stop all workers now."""
        with self._begun:
            self._stopped = True
            for hand in self._hands:
                hand.kill()
        if self._thread:
            self._thread.join()

    # -- in the thread -----------------------------------------------------------------------------

    def _oversee(
        self, waiting: deque[Task], tell: Callable[[Made | BaseException | None], None]
    ) -> None:
        try:
            while not self._stopped:
                self._hand_out(waiting)
                if not self._hands:
                    break
                soonest = min(hand.left for hand in self._hands)
                wait = None if soonest == float("inf") else max(0.0, soonest)
                for line in readable([hand.line for hand in self._hands], wait):
                    self._listen(line, waiting, tell)
                for hand in self._hands:
                    if hand.left <= 0 and not hand.late:
                        hand.late = True
                        hand.kill()
        except BaseException as error:  # it is the coordinator that must know
            tell(error)
        finally:
            for hand in self._hands:
                hand.leave()
            tell(None)

    def _hand_out(self, waiting: deque[Task]) -> None:
        """Give every worker its share, send away who is done, and start who is missing."""
        for hand in [hand for hand in self._hands if hand.spent or not (waiting or hand.tasks)]:
            self._hands.remove(hand)
            hand.leave()
        while len(self._hands) < min(self._jobs, len(self._hands) + len(waiting)):
            with self._begun:
                if self._stopped:
                    return
                self._hands.append(_Hand(self._context, self._setting))
            self._hands[-1].take(waiting.popleft())
        for _ in range(_AHEAD):
            for hand in self._hands:
                if waiting and hand.free:
                    hand.take(waiting.popleft())

    def _listen(
        self,
        line: Any,
        waiting: deque[Task],
        tell: Callable[[Made | BaseException | None], None],
    ) -> None:
        """Take what a worker has made; one that died leaves its tasks to others."""
        hand = next(hand for hand in self._hands if hand.line is line)
        try:
            made = line.recv()
        except (EOFError, OSError):
            self._hands.remove(hand)
            fault = self._limit_met(hand, hand.leave())
            task, *others = hand.tasks
            self._tries[task.key] = self._tries.get(task.key, 0) + 1
            again = fault is None and self._tries[task.key] < _TRIES
            if not (again or self._stopped):
                tell(Made(task, faults=(fault,)) if fault else _died(task))
            waiting.extendleft(reversed([task, *others] if again else others))
        else:
            if made is None:
                hand.ready()
                return
            hand.done()
            tell(made)

    def _limit_met(self, hand: _Hand, exitcode: int) -> Problem | None:
        """What a worker died of, where it was a limit: its task would only meet it again."""
        limits, key = self._setting.limits, hand.tasks[0].key
        if hand.late:
            return confined.late(key, limits)
        if exitcode == -signal.SIGXCPU:
            return confined.died(key, signal.SIGXCPU, limits)
        return None


class Here:
    """A process forked from this one, for a State or so: nothing has to be loaded for it."""

    def __init__(self, setting: Setting) -> None:
        """Nothing is opened before there is something to do."""
        self._setting = setting

    def run(self, tasks: Iterable[Task]) -> Iterator[Made]:
        """What came of each task, one after the other."""
        for task in tasks:
            try:
                yield confined.run(partial(self._make, task))
            except BriefgenError as error:
                yield Made(task, faults=tuple(error.problems))

    def _make(self, task: Task) -> Made:
        confined.use(self._setting.limits)
        return worker.Worker(self._setting).make(task)

    def stop(self) -> None:
        """Nothing is under way when this is asked."""


def _died(task: Task) -> Made:
    what = f"its worker process died, {_TRIES} times"
    hint = "killed, or out of memory: try again with fewer --jobs"
    return Made(task, faults=(Problem(Source(task.key), "", what, hint),))


def _context() -> Any:
    """Workers are forked from a process that has imported all and done nothing, where possible."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["briefgen.packs.warm"])
    return context


def warm_up() -> None:
    """Begin importing what workers need, in a process of its own, while the run is planned."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        _context()
        from multiprocessing import forkserver

        forkserver.ensure_running()
