"""The same work on a Dask cluster: papers are composed here, rendered there, written here.

In: a `Setting`, the address of a scheduler, tasks. Out: what came of each, in the order in which
they are done. A worker gets the composed data of a paper and its bureau's bundle, never the record,
and gives back bytes; when one is lost, the scheduler gives its papers to another.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from briefgen import confined
from briefgen.bureaus import Bureau
from briefgen.confined import Limits
from briefgen.errors import BriefgenError, Problem, RequestError, Source
from briefgen.packs import papers, stamps
from briefgen.packs.bundle import Bundle
from briefgen.packs.order import Task
from briefgen.packs.papers import Data, Paper, Rendered
from briefgen.packs.record import Reads
from briefgen.packs.worker import Made, Setting, Worker, assembled, faults_of
from briefgen.scratch import scratch

_AHEAD = 3  # papers a worker core that wait at its door
_WAIT = 30  # seconds for the scheduler to answer


@dataclass(frozen=True, slots=True)
class Sent:
    """A paper on its way: all that a worker needs beside the bundle."""

    bureau: str
    template: str
    formats: tuple[str, ...]
    installed: str
    limits: Limits
    data: Data = field(repr=False)


@dataclass(slots=True)
class _Open:
    """A State whose papers are not all back."""

    row: Data
    made: list[Paper]
    reads: Reads
    waiting: set[str]
    rendered: dict[str, Rendered] = field(default_factory=dict)
    faults: list[Problem] = field(default_factory=list)


def render_there(bundle: Bundle, sent: Sent) -> Rendered | list[Problem]:
    """Render one paper; runs on a worker, in a process of its own that keeps to the limits.

    What is wrong with the paper comes back as problems.
    """
    if stamps.settings_mark() != sent.installed:
        return [_other_program()]
    try:
        bureau = _house(bundle).for_template(sent.template)
        confined.use(sent.limits)
        return confined.run(
            partial(papers.render_afar, bureau, sent.template, sent.data, sent.formats)
        )
    except Exception as error:
        return faults_of(error, sent.template)


_houses: dict[str, Bureau] = {}
_scratch: list[Path] = []
_at_exit = ExitStack()  # what is held as long as the process
atexit.register(_at_exit.close)


def _house(bundle: Bundle) -> Bureau:
    """A bureau of a bundle, unpacked once a process."""
    from briefgen.bureaus import load_bureau
    from briefgen.packs.bundle import unpack

    if bundle.digest not in _houses:
        if not _scratch:
            _scratch.append(_at_exit.enter_context(scratch()))
        root = unpack(bundle, _scratch[0])
        _houses[bundle.digest] = load_bureau(root, bundle.bureau)
    return _houses[bundle.digest]


def _other_program() -> Problem:
    what = "a worker has another version of briefgen, of a library or of the fonts"
    hint = "install on every worker what the coordinator has, or papers would differ"
    return Problem(Source("dask"), "", what, hint)


class Cluster:
    """The workers of a Dask cluster."""

    def __init__(self, setting: Setting, address: str) -> None:
        """Find the scheduler; raises RequestError when Dask is missing or nobody answers."""
        self._setting = setting
        self._client: Any = _client(address)
        self._worker = Worker(setting)
        self._bundles = {
            id_: self._client.scatter(bundle, broadcast=True, hash=False)
            for id_, bundle in setting.bundles.items()
        }

    def run(self, tasks: Iterable[Task]) -> Iterator[Made]:
        """What came of each task; papers are composed as fast as they are taken."""
        import distributed

        waiting, states = iter(tasks), dict[str, _Open]()
        named: dict[str, Task] = {}
        completed: Any = distributed.as_completed
        under_way = completed([], loop=self._client.loop)
        origin: dict[str, tuple[str, str]] = {}
        room = True
        while room or under_way.count():
            while room and under_way.count() < self._room():
                task = next(waiting, None)
                if task is None:
                    room = False
                    break
                named[task.key] = task
                made = self._begin(task, states, under_way, origin)
                if made:
                    yield made
            if under_way.count():
                future = next(under_way)
                key, stem = origin.pop(future.key)
                made = self._back(named[key], stem, future, states)
                if made:
                    yield made
        self._client.close()

    def stop(self) -> None:
        """Drop what is under way; the workers go on living."""
        self._client.close()

    def _room(self) -> int:
        threads: Mapping[str, int] = self._client.nthreads()
        return max(1, sum(threads.values())) * _AHEAD

    def _begin(
        self,
        task: Task,
        states: dict[str, _Open],
        under_way: Any,
        origin: dict[str, tuple[str, str]],
    ) -> Made | None:
        """Compose a State's papers and send those that have to be rendered."""
        try:
            row, made, reads = self._worker.compose(task)
            new = [
                papers.shortened(paper)
                for paper in made
                if task.known.get(paper.stem) != paper.inputs
            ]
        except (BriefgenError, RequestError) as error:
            return Made(task, faults=tuple(faults_of(error, task.key)))
        state = _Open(row, made, reads, {paper.stem for paper in new})
        if not new:
            return assembled(task, row, made, {}, reads, self._worker.withheld_by(made))
        states[task.key] = state
        for paper in new:
            future = self._send(task, paper)
            origin[future.key] = (task.key, paper.stem)
            under_way.add(future)
        return None

    def _send(self, task: Task, paper: Paper) -> Any:
        sent = Sent(
            task.bureau,
            paper.template,
            task.formats,
            self._setting.installed,
            self._setting.limits,
            paper.composed.data,
        )
        return self._client.submit(
            render_there, self._bundles[task.bureau], sent, pure=False, retries=2
        )

    def _back(self, task: Task, stem: str, future: Any, states: dict[str, _Open]) -> Made | None:
        """A paper is back; with the last of a State it is whole."""
        state = states[task.key]
        state.waiting.discard(stem)
        found = _result(future, task)
        if isinstance(found, list):
            state.faults += found
        else:
            state.rendered[stem] = found
        if state.waiting:
            return None
        del states[task.key]
        if state.faults:
            return Made(task, faults=tuple(dict.fromkeys(state.faults)))
        withheld = self._worker.withheld_by(state.made)
        return assembled(task, state.row, state.made, state.rendered, state.reads, withheld)


def _result(future: Any, task: Task) -> Rendered | list[Problem]:
    try:
        found: Rendered | list[Problem] = future.result()
    except Exception as error:  # a worker lost too often, or a fault of the cluster
        what = f"the cluster could not render it: {type(error).__name__}: {error}"
        return [Problem(Source(task.key), "", what, "look at the logs of the workers")]
    return found


def _client(address: str) -> Any:
    try:
        import distributed
    except ImportError:
        raise RequestError("--executor dask needs Dask: pip install 'briefgen[dask]'") from None
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=_WAIT, set_as_default=False)
        client.wait_for_workers(1, timeout=_WAIT)
    except (OSError, TimeoutError, ValueError) as error:
        raise RequestError(f"no Dask cluster with a worker at {address}: {error}") from None
    return client
