"""Which file of `data/` holds what.

In: the data folder. Out: the files with the type of record that each holds, and problems for files
that do not belong. The one table here is also what `data/README.md` and `briefgen schema` speak of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from briefgen import letters
from briefgen import records as r
from briefgen.errors import Problem, Source, did_you_mean


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of data file: `shape` is `one` map, or `many` (a list, or a single map)."""

    pattern: str
    kind: str
    model: type[r.Record]
    shape: str
    summary: str


KINDS: tuple[FileKind, ...] = (
    FileKind("ministry.yaml", "ministry", r.Ministry, "one", "the home State and its ministry"),
    FileKind("terms.yaml", "terms", r.Terms, "one", "levels, kinds, topics, acts, series"),
    FileKind("markings.yaml", "markings", r.Schemes, "one", "marking schemes"),
    FileKind("asks.yaml", "asks", r.Asks, "one", "asks and the ask ladder"),
    FileKind("lines/*.yaml", "line", r.Line, "many", "lines to take"),
    FileKind("countries.yaml", "country", r.CountryEntry, "many", "what ISO does not say"),
    FileKind("groups.yaml", "group", r.Group, "many", "groups of States"),
    FileKind("groups.csv", "membership", r.Membership, "many", "who belongs to a group, and when"),
    FileKind("treaties/*.yaml", "treaty", r.Treaty, "one", "a treaty"),
    FileKind("treaties/*.csv", "action", r.TreatyAction, "many", "what States did about a treaty"),
    FileKind("officials.yaml", "official", r.Official, "many", "people and their offices"),
    FileKind("documents.yaml", "document", r.Document, "many", "the sources"),
    FileKind("events/*.yaml", "event", r.Event, "many", "the record of contacts"),
    FileKind("meetings/*.yaml", "meeting", r.Meeting, "many", "occasions to be briefed for"),
)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file to read: where it is, and its path relative to the workspace (`data/...`)."""

    path: Path
    name: str
    kind: FileKind


def find_files(workspace: Path) -> tuple[list[DataFile], list[Problem]]:
    """The data files of a workspace in a stable order, and the files that do not belong."""
    data = workspace / "data"
    files, problems = [], []
    for path in sorted(_walk(data)):
        inside = path.relative_to(data).as_posix()
        if fault := next(letters.faults_of_name(inside), None):
            name = Source(letters.printable(f"data/{inside}"))
            problems.append(Problem(name, "", f"its name {fault.message}", "rename the file"))
            continue
        kind = next((k for k in KINDS if matches(inside, k.pattern)), None)
        if kind:
            files.append(DataFile(path, f"data/{inside}", kind))
        else:
            hint = did_you_mean(inside, [k.pattern for k in KINDS]) or "see data/README.md"
            problems.append(
                Problem(Source(f"data/{inside}"), "", "is not a file that briefgen reads", hint)
            )
    return files, problems


def _walk(folder: Path) -> Iterator[Path]:
    """Every visible YAML or CSV file below a folder."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.suffix.lower() in (".yaml", ".yml", ".csv") and path.is_file():
            yield path


def matches(inside: str, pattern: str) -> bool:
    """`events/*.yaml` holds for any depth below `events/`, `ministry.yaml` for itself alone."""
    return fnmatch(inside, pattern) if "/" in pattern else inside == pattern
