"""Data files become the rows of the index, many files in several processes at once.

In: data files and the register of countries. Out: `FileRows`, plain tuples ready to be inserted, in
the order of the files. Where no process can be started the files are read one after another.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from briefgen import records as r
from briefgen.loading import DataFile, Reference, load_file, read_bytes
from briefgen.names import Countries

if TYPE_CHECKING:
    from concurrent.futures import Future

MANY = 50  # files from which more processes than this one pay
_BESIDE = {"action", "membership"}  # kinds whose text stands in a table of their own
_basis: tuple[Countries, bool] = (Countries(), False)
Link = tuple[str, str, str | None, str | None, str]


@dataclass(slots=True)
class FileRows:
    """What one file puts into the index."""

    file: DataFile
    sha256: str
    records: list[tuple[str, str, int, int, str]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    officials: list[tuple[str, str]] = field(default_factory=list)
    actions: list[tuple[str, str, str]] = field(default_factory=list)
    memberships: list[tuple[str, str, str]] = field(default_factory=list)
    refs: list[tuple[str, str]] = field(default_factory=list)
    places: bytes = b""
    problems: list[tuple[str, str]] = field(default_factory=list)


def read_rows(file: DataFile, countries: Countries, marked: bool = False) -> FileRows:
    """Load one file and lay its records out as rows; `marked` as for `load_file`."""
    content = read_bytes(file.path)
    loaded = load_file(file, content, countries, marked=marked)
    rows = FileRows(file, hashlib.sha256(content).hexdigest())
    rows.problems = [(p.source.path, json.dumps(p.as_data())) for p in loaded.problems]
    rows.refs = sorted({(x.kind, x.name) for x in loaded.references})
    rows.places = packed(loaded.references)
    for named in loaded.records:
        record, text = named.record, named.record.model_dump_json(exclude_none=True)
        own = "" if named.kind in _BESIDE else text
        rows.records.append((named.kind, named.id, named.source.line, named.source.column, own))
        if isinstance(record, r.Event):
            rows.links += _links(record)
        elif isinstance(record, r.Official):
            rows.officials.append((record.id, record.country))
        elif isinstance(record, r.TreatyAction):
            rows.actions.append((record.treaty, record.country, text))
        elif isinstance(record, r.Membership):
            rows.memberships.append((record.group, record.country, text))
    return rows


def _links(event: r.Event) -> Iterator[Link]:
    first = event.date.first.isoformat() if event.date else None
    last = event.date.last.isoformat() if event.date else None
    links = [("target", c) for c in event.target_countries]
    links += [("group", g) for g in event.target_groups]
    links += [("treaty", t) for t in event.all_treaties]
    links += [("official", p.official) for p in event.participants if p.official]
    links += [("participant", p.country) for p in event.participants if p.country]
    for statement in event.statements:
        links += [("mentioned", c) for c in statement.of]
        links += [("group", g) for g in statement.of_groups]
    if event.to_all_states:
        links += [("to-all", t) for t in ("", *event.all_treaties)]
    elif event.is_own_step:
        links += [("own-step", t) for t in event.all_treaties]
    return ((kind, name, first, last, event.id) for kind, name in dict.fromkeys(links))


def packed(references: Iterable[Reference]) -> bytes:
    """Where a file names what; needed only where a name turns out to be nothing's."""
    listed = [(x.kind, x.name, x.source.line, x.source.column, x.subject) for x in references]
    return zlib.compress(json.dumps(listed).encode(), 1)


def unpacked(places: bytes) -> Iterator[tuple[str, str, int, int, str]]:
    """Kind, name, line, column and subject of each reference of a file."""
    yield from (tuple(entry) for entry in json.loads(zlib.decompress(places)))


def read_all(
    files: Sequence[DataFile], countries: Countries, marked: bool = False
) -> Iterator[FileRows]:
    """The rows of every file, in the order of the files."""
    done, number = 0, workers()
    if len(files) >= MANY and number > 1:
        from concurrent.futures.process import BrokenProcessPool  # rarely needed, slow to load

        try:
            for rows in _read_beside(files, countries, marked, number):
                yield rows
                done += 1
        except (OSError, BrokenProcessPool):
            pass  # read by this process, which tells the true reason if a file is at fault
    for file in files[done:]:
        yield read_rows(file, countries, marked)


def workers() -> int:
    """How many processes this one may keep busy."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read_beside(
    files: Sequence[DataFile], countries: Countries, marked: bool, number: int
) -> Iterator[FileRows]:
    """The same, read by other processes; no more is under way than they can soon take up."""
    from concurrent.futures import ProcessPoolExecutor

    waiting: deque[Future[FileRows]] = deque()
    pool = ProcessPoolExecutor(number, initializer=_begin, initargs=(countries, marked))
    try:
        coming = iter(files)
        waiting.extend(pool.submit(_read_one, file) for file in islice(coming, 2 * number))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(_read_one, file) for file in islice(coming, 1))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(countries: Countries, marked: bool) -> None:
    globals()["_basis"] = (countries, marked)


def _read_one(file: DataFile) -> FileRows:
    return read_rows(file, *_basis)
