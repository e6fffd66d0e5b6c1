"""What is still as it was: papers that stand whole in a pack's folder, and what made them.

In: a pack's folder, and what an earlier run remembered in the user's cache. Out: for each task the
papers that stand, and whether any answer has changed that the record gave for them. What is
remembered only saves time: without it every paper is composed again, and made again if it differs.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from briefgen import strict_json
from briefgen.compose.manifest import ENDING
from briefgen.output import write_all
from briefgen.packs.inputs import marked
from briefgen.packs.order import Task
from briefgen.packs.proof import Data, sha256
from briefgen.packs.record import Reads

_FORM = 2


@dataclass(slots=True)
class Standing:
    """What stands in a task's folder.

    `manifests` are those of papers that are whole, by stem; `ours` every file that is the pack's.
    """

    manifests: dict[str, Data] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)

    @property
    def known(self) -> dict[str, str]:
        """The marks of the inputs of the papers that stand whole, by stem."""
        return {stem: found["inputs"] for stem, found in self.manifests.items()}


def standing_in(folder: Path) -> Standing:
    """What stands in a folder: every paper whose files are as its own manifest says."""
    found = Standing()
    if not folder.is_dir() or folder.is_symlink():
        return found
    for path in sorted(folder.glob(f"*{ENDING}")):
        with suppress(OSError, ValueError, KeyError, AttributeError, TypeError):
            _add(found, folder, path)
    return found


def _add(found: Standing, folder: Path, path: Path) -> None:
    content = path.read_bytes()
    manifest = strict_json.parse(content)
    names: Mapping[str, str] = manifest["files"]
    manifest["inputs"], manifest["facts"], manifest["left_out"]
    if any("/" in name or name.startswith(".") for name in names):
        return
    found.ours |= {path.name, *names}
    if all(_is(folder / name, mark) for name, mark in names.items()):
        found.manifests[path.name.removesuffix(ENDING)] = manifest
        found.files |= {path.name: sha256(content), **names}


def _is(path: Path, mark: str) -> bool:
    return path.is_file() and not path.is_symlink() and sha256(path.read_bytes()) == mark


@dataclass(slots=True)
class Memory:
    """What the last whole run remembered: the answers of the record, and what each task asked.

    `settings` is a mark of all else that papers depend on, task by task.
    """

    answers: Reads = field(default_factory=dict)
    tasks: dict[str, Data] = field(default_factory=dict)

    def remember(
        self, task: Task, settings: str, reads: Reads, row: Data, stems: Mapping[str, str]
    ) -> None:
        """Keep what a task was made from; `stems` are its papers, with marks of their inputs."""
        self.answers |= reads
        self.tasks[task.key] = {
            "order": order_mark(task, settings),
            "asked": sorted(reads),
            "row": marked(row),
            "stems": dict(stems),
        }

    def of(self, task: Task, settings: str) -> Data | None:
        """What is remembered of a task, if it was asked for alike and made alike."""
        found = self.tasks.get(task.key)
        return found if found and found["order"] == order_mark(task, settings) else None


def order_mark(task: Task, settings: str) -> str:
    """A mark of what a task is asked for, and of all that it is made with but the record."""
    asked = (task.bureau, task.request, task.papers, task.formats, task.meeting, settings)
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def place(cache: Path | None, out: Path) -> Path | None:
    """Where the memory of a pack is kept: in the user's cache, by the folder of the pack."""
    name = hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:24]
    return cache / f"pack-{name}.json.gz" if cache else None


def recall(path: Path | None) -> Memory:
    """What is remembered; nothing, where it cannot be read."""
    if path is None:
        return Memory()
    try:
        found: Any = json.loads(gzip.decompress(path.read_bytes()))
        if found["form"] != _FORM:
            return Memory()
        questions = found["questions"]
        answers = dict(zip(questions, found["answers"], strict=True))
        tasks = found["tasks"]
        for task in tasks.values():
            task["asked"] = [questions[number] for number in task["asked"]]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError):
        return Memory()
    return Memory(answers, tasks)


def keep(memory: Memory, path: Path | None) -> None:
    """Remember for the next run; where that cannot be, the next run only takes longer."""
    if path is None:
        return
    questions = sorted({q for task in memory.tasks.values() for q in task["asked"]})
    numbers = {question: number for number, question in enumerate(questions)}
    tasks = {
        key: {**task, "asked": [numbers[q] for q in task["asked"]]}
        for key, task in memory.tasks.items()
    }
    data = {
        "form": _FORM,
        "questions": questions,
        "answers": [memory.answers[q] for q in questions],
        "tasks": tasks,
    }
    content = gzip.compress(json.dumps(data, ensure_ascii=False).encode(), 1, mtime=0)
    with suppress(Exception):
        write_all(path.parent.resolve(), {path.name: content})
