"""One run of a pack: planned, made by workers, written State by State, proven at the end.

In: an order, an open store, where to write, who does the work. Out: the pack's folder, and an
`Outcome`. Whatever happens is told to a `Teller` as it happens. A State's folder is exchanged
whole; the manifest comes last, so that a folder with a manifest is a whole pack.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from briefgen import __version__, strict_json
from briefgen.compose.manifest import ENDING
from briefgen.errors import BriefgenError, Problem
from briefgen.markings import Handling
from briefgen.output import told, write_all
from briefgen.packs import folders, papers, proof, stamps
from briefgen.packs.inputs import placed_anew, unmarked
from briefgen.packs.order import PAPERS, PackOrder
from briefgen.packs.plan import Plan, Step, settings_of, stale_files
from briefgen.packs.pool import Executor
from briefgen.packs.proof import MANIFEST, UNFINISHED, Data
from briefgen.packs.reuse import Memory
from briefgen.packs.worker import Made, Setting, Told
from briefgen.store import Store

Teller = Callable[[str, Mapping[str, Any]], None]
Extras = Callable[["Outcome"], Mapping[str, bytes]]


@dataclass(slots=True)
class Outcome:
    """What came of a run.

    `entries` are the States of the pack in order, as the manifest tells them; `rows` what is known
    of each at a glance, by folder; `books` the marks of what books are made of; `held` the keys of
    what was held back from the papers composed. `made`, `kept` and `removed` are names of files.
    """

    order: PackOrder
    entries: list[Data] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    faults: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    rows: dict[str, Data] = field(default_factory=dict)
    books: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    manifest: Data = field(default_factory=dict)


class Stopped(Exception):  # noqa: N818 - no error: its user wished it
    """The run was stopped by its user; `done` of `total` States are whole in their place."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"{done} of {total}")
        self.done, self.total = done, total


class Run:
    """A run under way; the pack's folder is locked by the caller."""

    def __init__(
        self,
        order: PackOrder,
        setting: Setting,
        out: Path,
        memory: Memory,
        tell: Teller,
    ) -> None:
        self.order = order
        self.setting = setting
        self.out = out
        self.tell = tell
        self._old = memory
        self._memory = Memory()
        self._before = written_before(out)
        self._touched = False
        self._entries: dict[str, Data] = {}
        self.outcome = Outcome(order)

    # -- States ----------------------------------------------------------------------------------

    def work(self, plan: Plan, executor: Callable[[], Executor]) -> None:
        """Make what has to be made, State by State, and write it as it comes.

        Raises Stopped when the user stops the run.
        """
        steps = {step.task.key: step for step in plan.steps}
        counts = {"states": len(steps), "open": len(plan.open)}
        self.tell("planned", {**counts, "papers": sum(len(s.task.papers) for s in plan.open)})
        for step in plan.steps:
            if step.same:
                self._stands(step)
        self._memory.answers |= plan.answers
        if not plan.open:
            return
        workers = executor()
        done = 0
        try:
            for made in workers.run(step.task for step in plan.open):
                with _uninterrupted():
                    self._came(steps[made.task.key], made)
                    done += 1
        except KeyboardInterrupt:
            workers.stop()
            raise Stopped(done, len(plan.open)) from None
        except BaseException:
            workers.stop()
            raise

    def _stands(self, step: Step) -> None:
        """Nothing that its papers were made from has changed."""
        asked = {q: self._old.answers[q] for q in step.asked}
        found = {stem: step.standing.manifests[stem] for stem in step.stems}
        row = unmarked(step.row or {})
        self._remember(step, asked, row, found)
        self._enter(step, row, found)
        names = [name for stem in found for name in (*found[stem]["files"], f"{stem}{ENDING}")]
        self.outcome.kept += [f"{step.task.folder}/{name}" for name in names]

    def _came(self, step: Step, made: Made) -> None:
        """What a worker has made is put in its place; a fault leaves the folder as it was."""
        task = made.task
        faults = made.faults or tuple(self._in_the_way(step, made))
        if faults:
            self.outcome.faults[task.key] = faults
            problems = [str(problem) for problem in faults]
            self.tell("fault", {"state": task.key, "problems": problems})
            self._enter(step, {}, step.standing.manifests, faults=problems)
            return
        manifests = {told.stem: self._manifest_of(step, told) for told in made.papers}
        fresh = [told for told in made.papers if told.fresh]
        marks = self._write(step, made, manifests, {told.stem for told in fresh})
        self.outcome.held |= made.held
        row = {**(made.row or {}), "notes": _distinct(made.notes)}
        self._remember(step, made.reads, row, manifests)
        self._enter(step, row, manifests, marks=marks)
        kinds = {
            "made": [t.kind for t in fresh],
            "kept": [t.kind for t in made.papers if not t.fresh],
        }
        self.tell("done", {"state": task.key, **kinds, "notes": row["notes"]})

    def _in_the_way(self, step: Step, made: Made) -> list[Problem]:
        """What stands in the State's folder where its papers go, and is not the pack's."""
        at = made.task.folder
        try:
            folder = folders.within(self.out, f"{at}/x").parent
        except BriefgenError as error:
            return error.problems
        names = [*made.files, *(f"{told.stem}{ENDING}" for told in made.papers)]
        return folders.in_the_way(folder, names, self._ours(step))

    def _ours(self, step: Step) -> set[str]:
        """The names of a State's files that are the pack's: by their own manifests, or by its."""
        start = f"{step.task.folder}/"
        before = {n.removeprefix(start) for n in self._before if n.startswith(start)}
        return step.standing.ours | before

    def _manifest_of(self, step: Step, told: Told) -> Data:
        if told.fresh:
            return told.manifest
        return placed_anew(step.standing.manifests[told.stem], told.manifest)

    def _write(
        self, step: Step, made: Made, manifests: Mapping[str, Data], fresh: set[str]
    ) -> dict[str, str]:
        """Put what is new into the State's folder; the marks of the papers' own manifests."""
        folder, standing = self.out / made.task.folder, step.standing
        ours = self._ours(step)
        sidecars = {
            f"{stem}{ENDING}": papers.encoded(manifest) for stem, manifest in manifests.items()
        }
        marks = {name: proof.sha256(content) for name, content in sidecars.items()}
        new = {n: c for n, c in sidecars.items() if standing.files.get(n) != marks[n]}
        kept = [
            name for stem in manifests if stem not in fresh for name in manifests[stem]["files"]
        ]
        kept += [name for name in sidecars if name not in new]
        stale = standing_names(folder, ours - set(kept) - set(new) - set(made.files))
        if fresh or stale:
            self._begin_writing()
            folders.put(folder, {**made.files, **new}, kept, ours)
        elif new:
            self._begin_writing()
            write_all(folder, new)
        at = made.task.folder
        self.outcome.made += [f"{at}/{name}" for name in (*made.files, *new)]
        self.outcome.kept += [f"{at}/{name}" for name in kept]
        self.outcome.removed += [f"{at}/{name}" for name in sorted(stale)]
        return marks

    def _remember(
        self, step: Step, reads: Mapping[str, str], row: Data, manifests: Mapping[str, Data]
    ) -> None:
        stems = {stem: str(manifest["inputs"]) for stem, manifest in manifests.items()}
        settings = settings_of(self.setting.bundles[step.task.bureau], self.setting.installed)
        self._memory.remember(step.task, settings, dict(reads), row, stems)

    def _enter(
        self,
        step: Step,
        row: Data,
        manifests: Mapping[str, Data],
        *,
        faults: Sequence[str] = (),
        marks: Mapping[str, str] | None = None,
    ) -> None:
        """Note what the pack's manifest will tell of a State; `marks` are those of the papers' own
        manifests, where they are not as they stood."""
        task = step.task
        files: dict[str, str] = {}
        manifests = dict(sorted(manifests.items(), key=_in_order))
        for stem, manifest in manifests.items():
            own = f"{stem}{ENDING}"
            names = {**manifest["files"], own: (marks or step.standing.files)[own]}
            files |= {f"{task.folder}/{name}": mark for name, mark in names.items()}
        self.outcome.files |= files
        self.outcome.rows[task.key] = row
        self._entries[task.key] = {
            "country": task.country,
            "bureau": task.bureau,
            "folder": task.folder,
            "at_a_glance": glance(row),
            "faults": list(faults),
            "papers": [_paper(task.folder, stem, found) for stem, found in manifests.items()],
        }

    # -- the whole -------------------------------------------------------------------------------

    def finish(self, store: Store, extras: Extras) -> Outcome:
        """Remove what is stale, write the index and what else is asked for, then the manifest."""
        outcome = self.outcome
        outcome.entries = [self._entries[task.key] for task in self.order.tasks()]
        whole = extras(outcome)
        self._write_whole(whole)
        outcome.files |= {name: proof.sha256(content) for name, content in whole.items()}
        self._remove_stale()
        outcome.manifest = self._manifest(store)
        content = papers.encoded(outcome.manifest)
        if self._touched or not _same(self.out / MANIFEST, content):
            self._begin_writing()
            write_all(self.out, {MANIFEST: content})
            with told(self.out):
                (self.out / UNFINISHED).unlink(missing_ok=True)
        return outcome

    def remembered(self) -> Memory:
        """What the next run should know."""
        return self._memory

    def _write_whole(self, files: Mapping[str, bytes]) -> None:
        """Files of the pack as a whole, by their place; those that are the same stay."""
        for name, content in files.items():
            path = folders.within(self.out, name)
            if _same(path, content):
                self.outcome.kept.append(name)
                continue
            self._begin_writing()
            write_all(path.parent, {path.name: content})
            self.outcome.made.append(name)

    def _remove_stale(self) -> None:
        """Files of an earlier run that the pack no longer has."""
        gone: dict[Path, list[str]] = {}
        for name in stale_files(self._before, self.outcome.files):
            path = folders.within(self.out, name)
            if path.is_file() or path.is_symlink():
                gone.setdefault(path.parent, []).append(path.name)
        for folder, names in gone.items():
            self._begin_writing()
            with told(folder):
                folders.remove(folder, names)
            self.outcome.removed += [
                (folder / name).relative_to(self.out).as_posix() for name in names
            ]
        if self.outcome.removed:
            self.tell("removed", {"files": sorted(self.outcome.removed)})

    def _manifest(self, store: Store) -> Data:
        request = self.order.request
        return {
            "form": proof.FORM,
            "briefgen": __version__,
            "as_of": request.as_of.isoformat(),
            "order": self.order.as_data(),
            "versions": stamps.versions(),
            "program": stamps.program(),
            "fonts": stamps.fonts(),
            "templates": {id_: self.setting.bundles[id_].digest for id_ in self.order.bureaus},
            "data": store.files(),
            "states": self.outcome.entries,
            "books": self.outcome.books,
            "files": dict(sorted(self.outcome.files.items())),
        }

    def _begin_writing(self) -> None:
        """From here on the folder is no whole pack until the manifest is written."""
        if self._touched:
            return
        self._touched = True
        manifest = self.out / MANIFEST
        if manifest.exists():
            with told(self.out):
                manifest.replace(self.out / UNFINISHED)
                folders.sync(self.out)
        else:
            text = json.dumps({"files": dict.fromkeys(sorted(self._before), "")})
            write_all(self.out, {UNFINISHED: text.encode()})


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let a State be written to its end; a Ctrl-C meanwhile counts when it is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def standing_names(folder: Path, names: Iterable[str]) -> set[str]:
    """Those of the names that something stands under."""
    return {name for name in names if os.path.lexists(folder / name)}


def written_before(out: Path) -> set[str]:
    """The files of the last run into a folder, whether it was finished or not."""
    files = read_before(out).get("files", {})
    return {str(file) for file in files if proof.inside(str(file))}


def read_before(out: Path) -> Data:
    """The manifest of the last run into a folder, whether it was finished or not; else nothing."""
    for name in (MANIFEST, UNFINISHED):
        with suppress(OSError, ValueError):
            found = strict_json.read(out / name)
            if isinstance(found, dict) and isinstance(found.get("files"), dict):
                return found
    return {}


def stands(out: Path, name: str, before: Data) -> bool:
    """Whether a file is as the last run has written it."""
    mark = before.get("files", {}).get(name)
    try:
        return mark is not None and proof.sha256((out / name).read_bytes()) == mark
    except OSError:
        return False


def _paper(folder: str, stem: str, manifest: Mapping[str, Any]) -> Data:
    """A paper as the manifest of the pack tells it."""
    paper = manifest["paper"]
    return {
        "kind": paper["kind"],
        "title": paper["title"],
        "version": paper["version"],
        "marking": manifest["marking"],
        "handling": manifest.get("handling") or Handling(manifest["marking"]).as_data(),
        "inputs": manifest["inputs"],
        "records": papers.records_in(manifest["facts"]),
        "files": [f"{folder}/{name}" for name in (*manifest["files"], f"{stem}{ENDING}")],
    }


def _in_order(item: tuple[str, Mapping[str, Any]]) -> tuple[int, str]:
    """A State's papers in the order of its folder."""
    stem, manifest = item
    kind = manifest["paper"]["kind"]
    return (PAPERS.index(kind) if kind in PAPERS else len(PAPERS), stem)


def glance(row: Mapping[str, Any]) -> Data:
    """A State's row as the manifest tells it: plain texts and figures."""
    if not row:
        return {}
    standing, last = row["standing"], row["last"]
    return {
        "standing": str(standing["text"]) if standing else None,
        "contacts": row["contacts"],
        "last_contact": last["on"] if last else None,
        "months_since": row["months"],
        "open_asks": len(row["asks"]),
        "notes": [dict(note) for note in row["notes"]],
    }


def _distinct(notes: Iterable[Data]) -> list[Data]:
    """Notes to the drafter, each once, as plain texts."""
    named = ("rule", "severity", "text", "file", "line")
    found = {(n["rule"], str(n["text"])): n for n in notes}
    return [{name: _plain(note[name]) for name in named} for note in found.values()]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _same(path: Path, content: bytes) -> bool:
    try:
        return not path.is_symlink() and path.read_bytes() == content
    except OSError:
        return False
