"""What a worker process does: it makes one State's papers after the other, each from its own data.

In: `Setting`, once, and `Task`s. Out: `Made`: bytes, and what the pack's manifest tells of them.
A worker writes nothing into the pack. Between two tasks it keeps the open index, the loaded
bureaus and the fonts, and nothing of any paper.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from briefgen import ahead, confined
from briefgen.bureaus import Bureau, load_bureau
from briefgen.confined import Limits
from briefgen.errors import BriefgenError, Problem, RequestError, Source
from briefgen.gate import Release
from briefgen.packs import papers, record
from briefgen.packs.bundle import Bundle, unpack
from briefgen.packs.order import Task
from briefgen.packs.papers import Data, Paper, Rendered
from briefgen.packs.record import Reads
from briefgen.releasing import released_wrongly
from briefgen.store import Store
from briefgen.withholding import Withheld, withheld_from


@dataclass(frozen=True, slots=True)
class Setting:
    """What every task of a run has in common.

    `index` is the folder of the index, `record` the mark of the record that the run was planned on,
    `scratch` a folder for what a worker unpacks, `installed` the mark of program and libraries,
    `limits` what a paper may take.
    """

    workspace: Path
    index: Path | None
    record: str
    bundles: Mapping[str, Bundle] = field(repr=False)
    scratch: Path
    installed: str
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Told:
    """A paper as its worker tells of it; one that is not `fresh` stands already, as it is."""

    kind: str
    stem: str
    fresh: bool
    manifest: Data = field(repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a task.

    `files` are new, by name, without manifests. `row` is what the index tells; `reads` what of the
    record the papers were made from; `held` the keys of what was held back. Where `faults` is not
    empty nothing is to be written.
    """

    task: Task
    papers: tuple[Told, ...] = ()
    row: Data | None = None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    notes: tuple[Data, ...] = ()
    reads: Reads = field(default_factory=dict, repr=False)
    faults: tuple[Problem, ...] = ()
    held: frozenset[str] = frozenset()


_THRESHOLD = (20_000, 10, 20)  # of the garbage collector: a paper makes half a million objects


class Worker:
    """A worker at work; opened once in a process.

    `alone` says that the process is there for its papers alone: what stays after the first one is
    not looked through again for what can be thrown away.
    """

    def __init__(self, setting: Setting, *, alone: bool = False) -> None:
        self.setting = setting
        self.alone = alone
        self.store = opened(setting)
        self._houses: dict[str, Bureau] = {}
        self._withheld: dict[Release, Withheld] = {}
        self._settled = False

    def make(self, task: Task) -> Made:
        """Make one State's papers; whatever goes wrong is told as faults, never raised."""
        try:
            return self._make(task)
        except Exception as error:  # one State's fault never stops the rest
            if confined.is_of_memory(error):
                return Made(task, faults=(confined.short_of_memory(task.key),))
            return Made(task, faults=tuple(faults_of(error, task.key)))
        finally:
            self.store.forget_events()
            if self.alone:
                self._tidy()

    def _tidy(self) -> None:
        """Pages hold each other: what is left of a paper goes before the next. Templates, styles
        and fonts are there for good after the first."""
        gc.collect()
        if not self._settled:
            gc.freeze()
            self._settled = True

    def compose(self, task: Task) -> tuple[Data, list[Paper], Reads]:
        """The row and papers of a task, and what of the record they were made from."""
        if record.mark_of(self.store) != self.setting.record:
            raise BriefgenError([changed_meanwhile(task)])
        with record.recording(self.store) as reads:
            bundle, house = self.setting.bundles[task.bureau], self.house(task.bureau)
            row, made = papers.compose_task(house, self.store, task, bundle, self.setting.installed)
        if record.mark_of(self.store) != self.setting.record:
            raise BriefgenError([changed_meanwhile(task)])
        return row, made, reads

    def try_compose(self, task: Task) -> list[Paper]:
        """The papers of a task, or none where they cannot be composed."""
        try:
            return self.compose(task)[1]
        except (BriefgenError, RequestError):
            return []

    def house(self, bureau: str) -> Bureau:
        """A bureau as its bundle has it."""
        if bureau not in self._houses:
            root = unpack(self.setting.bundles[bureau], self.setting.scratch)
            self._houses[bureau] = load_bureau(root, bureau)
        return self._houses[bureau]

    def _make(self, task: Task) -> Made:
        row, made, reads = self.compose(task)
        rendered = {
            paper.stem: papers.render_paper(paper, task.formats)
            for paper in made
            if task.known.get(paper.stem) != paper.inputs
        }
        return assembled(task, row, made, rendered, reads, self.withheld_by(made))

    def withheld_by(self, made: list[Paper]) -> Withheld:
        """What these papers may not hold, worked out once for a release; read outside of what is
        recorded, for no paper is made of it."""
        release = made[0].composed.request.release if made else Release()
        if release not in self._withheld:
            self._withheld[release] = withheld_from(self.store, release)
        return self._withheld[release]


def faults_of(error: Exception, name: str) -> list[Problem]:
    """What went wrong with a paper or a State, as problems; `name` is told where no file is."""
    if isinstance(error, BriefgenError):
        return error.problems
    if isinstance(error, RequestError):
        return [Problem(Source(name), "", str(error))]
    hint = "a fault of briefgen, not of the record: please report it"
    return [Problem(Source(name), "", f"{type(error).__name__}: {error}", hint)]


def opened(setting: Setting) -> Store:
    """The index as the run found it; where none can be kept, every worker reads the record."""
    if setting.index:
        return Store.opened(setting.workspace, setting.index)
    return Store(setting.workspace, None)


def assembled(
    task: Task,
    row: Data,
    made: list[Paper],
    rendered: Mapping[str, Rendered],
    reads: Reads,
    withheld: Withheld,
) -> Made:
    """What came of a task, from what was composed and what was rendered of it.

    Nothing but faults comes of it when a file, or what is told of it, holds what is withheld.
    """
    files: dict[str, bytes] = {}
    told, notes = [], []
    for paper in made:
        found = rendered.get(paper.stem)
        data = found.data if found else paper.composed.data
        own = papers.named_files(paper.stem, found.files) if found else {}
        manifest = papers.manifest_data(paper, task, data, own)
        told.append(Told(paper.kind, paper.stem, found is not None, manifest))
        notes += [*data.get("drafter_notes", ()), *(found.notes if found else ())]
        files |= own
        told_of = {papers.manifest_name(paper.stem): papers.encoded(manifest)}
        if faults := released_wrongly({**own, **told_of}, withheld):
            return Made(task, faults=tuple(faults))
    held = frozenset(key for paper in made for key in paper.composed.request.held)
    return Made(task, tuple(told), row, files, tuple(notes), reads, held=held)


def changed_meanwhile(task: Task) -> Problem:
    """Told when the record is not the one that the run was planned on."""
    hint = "run the same command again: what is made already is kept"
    return Problem(Source(task.key), "", "the record was changed while the pack was made", hint)


_worker: Worker | None = None


def begin(setting: Setting) -> None:
    """Make this process a worker; it leaves it to its coordinator to stop."""
    global _worker  # noqa: PLW0603 - one worker a process is what a pool of processes is
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ahead.die_with_parent()
    confined.join(setting.limits)
    _worker = Worker(setting, alone=True)
    gc.set_threshold(*_THRESHOLD)
    gc.collect()
    gc.freeze()  # what is loaded for good is not looked through again


def serve(line: Connection[Any, Any], setting: Setting, make_: Callable[[Task], Made]) -> None:
    """A worker's life: tasks come and what was made of them goes, until nobody is there.

    It first sends None, when it is ready. One that cannot begin, because the index is gone, tells
    so of every task.
    """
    try:
        begin(setting)
    except Exception as fault:
        make_ = partial(_not_begun, fault)
    with suppress(EOFError, OSError):
        line.send(None)
        while True:
            line.send(make_(line.recv()))


def _not_begun(fault: Exception, task: Task) -> Made:
    return Made(task, faults=tuple(faults_of(fault, task.key)))


def make(task: Task) -> Made:
    """Make one State's papers in this process."""
    assert _worker is not None, "begin() comes first"
    return _worker.make(task)
