"""Workers on this machine: processes that are started once, warm, and replaced before they grow.

In: a `Setting` and tasks. Out: what came of each, in the order in which they are done. A worker
that dies (killed, out of memory) costs its task a second try and no other task anything.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from typing import Any, Protocol

from pebble import ProcessExpired, ProcessPool

from briefgen.errors import Problem, Source
from briefgen.packs import worker
from briefgen.packs.order import Task
from briefgen.packs.worker import Made, Setting

TASKS_EACH = 48  # then a worker makes room for a fresh one, so that its memory cannot creep up
_TRIES = 2
_AHEAD = 2  # tasks a worker that wait at its door


class Executor(Protocol):
    """Where the work of a pack is done."""

    def run(self, tasks: Iterable[Task]) -> Iterator[Made]:
        """What came of each task, in the order in which they are done."""
        ...

    def stop(self) -> None:
        """Stop at once; what is not done is dropped."""
        ...


class Pool:
    """Worker processes on this machine."""

    def __init__(self, setting: Setting, jobs: int) -> None:
        """Start the workers' warm parent; `jobs` processes work at a time."""
        self._jobs = jobs
        self._pool: Any = ProcessPool(
            max_workers=jobs,
            max_tasks=TASKS_EACH,
            initializer=worker.begin,
            initargs=(setting,),
            context=_context(),
        )

    def run(self, tasks: Iterable[Task]) -> Iterator[Made]:
        """What came of each task; at most a few tasks a worker are under way."""
        waiting, tries = iter(tasks), dict[str, int]()
        under_way: dict[Future[Made], Task] = {}
        room = self._jobs * _AHEAD
        while True:
            for task in islice(waiting, room - len(under_way)):
                under_way[self._pool.schedule(worker.make, args=[task])] = task
            if not under_way:
                break
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                task = under_way.pop(future)
                made = _outcome(future, task)
                tries[task.key] = tries.get(task.key, 0) + 1
                if made is None and tries[task.key] < _TRIES:
                    under_way[self._pool.schedule(worker.make, args=[task])] = task
                else:
                    yield made or _died(task)
        self._pool.close()
        self._pool.join()

    def stop(self) -> None:
        """Stop all workers now."""
        self._pool.stop()
        self._pool.join()


class Here:
    """This process itself, for a State or so: nothing has to be started for it."""

    def __init__(self, setting: Setting) -> None:
        """Open the index."""
        self._worker = worker.Worker(setting)

    def run(self, tasks: Iterable[Task]) -> Iterator[Made]:
        """What came of each task, one after the other."""
        for task in tasks:
            yield self._worker.make(task)

    def stop(self) -> None:
        """Nothing is under way when this is asked."""


def _outcome(future: Future[Made], task: Task) -> Made | None:
    """What came of a task; None where its worker died."""
    try:
        return future.result()
    except ProcessExpired:
        return None


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
