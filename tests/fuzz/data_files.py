"""The loader of data files, fed with anything: nothing is raised, every problem has its place.

An input is a byte that says which kind of data file it is, and whether each record must be marked,
and the bytes of that file.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from briefgen.errors import Problem
from briefgen.loading.layout import KINDS, DataFile, find_files
from briefgen.loading.reader import load_file
from briefgen.names import Countries
from tests.fuzz import Target

ROOT = Path(__file__).resolve().parent.parent.parent
_CHUNK = 3000  # bytes of a seed: longer ones are slow to change and reach no more
_WORDS = (
    "- id: ", "title: ", "{en: ", "{name: ", "date: ", "2003-08-13", "2003-08", "sources:\n",
    "  - ", "document: ", "place: ", "country: ", "CHN", "treaty: CTBT", "marking: ", "{level: ",
    "readers: [AUS]}", "statements:\n", "topic: ", "&a ", "*a", "!!python/object:os.system ", "<<: ",
    "|\n", ">-\n", "? ", "---\n", "...\n", "%YAML 1.1\n", "\\xef\\xbb\\xbf", "\\xe2\\x80\\xae",
    "\\xc2\\x85", "\\xe2\\x80\\xa8", "\\x00", '"', '""', ",", "\n", "\r\n", "\r", "#", "[[[[", "{{{{",
)  # fmt: skip


@cache
def _countries() -> Countries:
    return Countries()


def one(data: bytes) -> None:
    """Load the file; raises AssertionError for a problem without a place inside it."""
    head, content = (data[0], data[1:]) if data else (0, b"")
    kind = KINDS[(head & 0x7F) % len(KINDS)]
    name = f"data/{kind.pattern.replace('*', 'CTBT')}"
    file = DataFile(ROOT / name, name, kind)
    loaded = load_file(file, content, _countries(), marked=head > 0x7F)
    lines = _lines(content)
    for problem in loaded.problems:
        _check(problem, name, lines)
    for named in loaded.records:
        assert named.source.path == name
        assert 1 <= named.source.line <= len(lines), named.source
    for reference in loaded.references:
        assert 1 <= reference.source.line <= len(lines), reference.source


def _lines(content: bytes) -> list[str]:
    """The lines of a file as an editor shows them; an empty one has one."""
    return content.decode("utf-8-sig", "replace").splitlines() or [""]


def _check(problem: Problem, name: str, lines: list[str]) -> None:
    place = problem.source
    assert place.path == name, problem
    assert 1 <= place.line <= len(lines), f"line {place.line} of {len(lines)}: {problem!r}"
    assert place.column >= 1, problem
    assert problem.message.strip(), problem
    str(problem).encode("utf-8")


def seeds() -> Iterator[bytes]:
    """The data files of the repository, in pieces: their entries, or their first lines."""
    files, _ = find_files(ROOT)
    for file in files:
        head = bytes([KINDS.index(file.kind)])
        text = file.path.read_text("utf-8")
        if file.path.suffix == ".yaml" and text.startswith("- "):
            entries = [f"- {entry}" for entry in f"\n{text}".split("\n- ")[1:]]
            for entry in entries[:: max(1, len(entries) // 12)]:
                yield head + entry.encode("utf-8")[:_CHUNK]
        else:
            whole = text.encode("utf-8")
            yield head + whole[: whole.rfind(b"\n", 0, _CHUNK) + 1]


TARGET = Target(one, seeds, _WORDS, 4096)
