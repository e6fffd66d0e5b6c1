"""What a run will do before it does it: which papers are made, which are reused, and why.

In: an order, the pack's folder as it stands, what the last run remembered, the record now. Out: a
`Plan`: one step a State, and what of the folder no longer belongs to the pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from briefgen.packs import record
from briefgen.packs.bundle import Bundle
from briefgen.packs.order import PackOrder, Task
from briefgen.packs.proof import Data
from briefgen.packs.record import Reads
from briefgen.packs.reuse import Memory, Standing, standing_in
from briefgen.store import Store

_NAMED = 3  # answers named when the reason is told


@dataclass(frozen=True, slots=True)
class Step:
    """A task, what stands of it, and whether it must be looked at; `why` says so in words.

    A step that is `same` needs no worker: nothing that its papers were made from has changed.
    `row`, `asked` and `stems` are then what was remembered of it.
    """

    task: Task
    standing: Standing = field(repr=False)
    same: bool
    why: str
    row: Data | None = field(default=None, repr=False)
    asked: tuple[str, ...] = field(default=(), repr=False)
    stems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a run in the order of the pack; `answers` are the record's, as they are now."""

    steps: tuple[Step, ...]
    answers: Reads = field(repr=False)

    @property
    def open(self) -> list[Step]:
        """The steps that need a worker."""
        return [step for step in self.steps if not step.same]


def settings_of(bundle: Bundle, installed: str) -> str:
    """A mark of all that papers depend on but the record."""
    return f"{bundle.digest} {installed}"


def plan(
    order: PackOrder,
    out: Path,
    store: Store,
    bundles: Mapping[str, Bundle],
    installed: str,
    memory: Memory,
) -> Plan:
    """Look at what stands and decide; nothing is written and nothing composed."""
    tasks = list(order.tasks())
    remembered = {
        task.key: memory.of(task, settings_of(bundles[task.bureau], installed)) for task in tasks
    }
    asked = {q for found in remembered.values() if found for q in found["asked"]}
    answers = record.answers(store, asked)
    steps = (
        _step(task, out / task.folder, remembered[task.key], memory, answers) for task in tasks
    )
    return Plan(tuple(steps), answers)


def _step(
    task: Task, folder: Path, remembered: Data | None, memory: Memory, answers: Reads
) -> Step:
    standing = standing_in(folder)
    task = replace(task, known=standing.known)
    if not standing.ours:
        return Step(task, standing, same=False, why="not made yet")
    if remembered is None:
        why = "what it was made with is not remembered or has changed: composed again to compare"
        return Step(task, standing, same=False, why=why)
    other = [stem for stem, mark in remembered["stems"].items() if task.known.get(stem) != mark]
    if other:
        why = f"{', '.join(other)}: a file was changed or is missing, or is of another run"
        return Step(task, standing, same=False, why=why)
    asked = tuple(remembered["asked"])
    changed = [q for q in asked if answers.get(q) != memory.answers.get(q)]
    if changed:
        return Step(task, standing, same=False, why=f"changed: {_named(changed)}")
    return Step(
        task,
        standing,
        same=True,
        why="",
        row=remembered["row"],
        asked=asked,
        stems=tuple(remembered["stems"]),
    )


def _named(questions: list[str]) -> str:
    more = len(questions) - _NAMED
    return ", ".join(map(record.in_words, questions[:_NAMED])) + (
        f" and {more} more" if more > 0 else ""
    )


def stale_files(before: Iterable[str], now: Iterable[str]) -> Iterator[str]:
    """The files of the last run that are no longer in the pack."""
    yield from sorted(set(before) - set(now))
