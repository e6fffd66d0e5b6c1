"""Renewing the index: only what changed is read again, and what no single file can tell is checked.

In: the connection to an index and the workspace. Out: the index as the files are now, and a
`Refresh` that tells what had to be done. All of it is one transaction.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from briefgen import records as r
from briefgen.errors import Problem, Source
from briefgen.loading import DataFile, Loaded, find_files, load_file
from briefgen.loading.layout import KINDS, matches
from briefgen.names import Countries
from briefgen.store.reads import ids_of, nearest, texts
from briefgen.store.schema import TABLES

_RACY_NS = 2_000_000_000
_RACY = "/fresh"
Changed = tuple[DataFile, str, bytes]
_HOLDS = {
    "terms": (
        "level", "kind", "topic", "act", "series", "marking", "abbreviation", "place", "qualifier",
    ),
    "asks": ("ask", "rung"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refresh:
    """What opening the index had to do: files read again, files gone."""

    read: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Renewal:
    """One renewal of an index; `index` is its file, which was touched when it was opened."""

    def __init__(self, db: sqlite3.Connection, workspace: Path, index: Path | None) -> None:
        self._db = db
        self.workspace = workspace
        self._now_ns = index.stat().st_mtime_ns if index else 0

    def run(self) -> Refresh:
        """Bring the index up to the files, whole or not at all."""
        files, strays = find_files(self.workspace)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            result = self._renew_files(files, strays)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return result

    def _renew_files(self, files: list[DataFile], strays: list[Problem]) -> Refresh:
        known = {row["name"]: row for row in self._db.execute("SELECT * FROM file")}
        basis = _basis(self.workspace)
        if self._meta("basis") != basis:
            self._forget(known)
            known = {}
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('basis', ?)", (basis,))
        gone = tuple(sorted(set(known) - {file.name for file in files}))
        self._forget(gone)
        changed = [found for f in files if (found := self._changed(f, known.get(f.name)))]
        countries = _countries(self.workspace, files)
        for file, stamp, content in changed:
            self._forget([file.name])
            self._insert(load_file(file, content, countries), stamp, content)
        stray_text = json.dumps([str(p) for p in strays])
        if changed or gone or self._meta("strays") != stray_text:
            self._cross_check(strays, countries)
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('strays', ?)", (stray_text,))
        return Refresh(tuple(file.name for file, _, _ in changed), gone)

    def _meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row["value"] if row else None

    def _changed(self, file: DataFile, row: sqlite3.Row | None) -> Changed | None:
        """A file that must be read again, with its stamp and content.

        A file is trusted by size, times and inode, unless it was written so shortly before it was
        read that a later edit could leave the same stamp; then its content decides.
        """
        stamp = _stamp(file.path, self._now_ns)
        if row and row["stamp"] == stamp and not stamp.endswith(_RACY):
            return None
        content = file.path.read_bytes()
        if row and row["sha256"] == hashlib.sha256(content).hexdigest():
            self._db.execute("UPDATE file SET stamp = ? WHERE name = ?", (stamp, file.name))
            return None
        return file, stamp, content

    def _forget(self, names: Iterable[str]) -> None:
        rows = [(name,) for name in names]
        for table in TABLES:
            column = "name" if table == "file" else "file"
            self._db.executemany(f"DELETE FROM {table} WHERE {column} = ?", rows)

    def _insert(self, loaded: Loaded, stamp: str, content: bytes) -> None:
        name = loaded.file.name
        digest = hashlib.sha256(content).hexdigest()
        self._db.execute("INSERT INTO file VALUES(?, ?, ?)", (name, stamp, digest))
        self._add_problems(loaded.problems, crossing=False)
        self._db.executemany(
            "INSERT INTO ref VALUES(?, ?, ?, ?, ?, ?)",
            [
                (name, x.kind, x.name, x.source.line, x.source.column, x.subject)
                for x in loaded.references
            ],
        )
        for named in loaded.records:
            self._insert_record(name, named.kind, named.id, named.record, named.source)

    def _insert_record(
        self, file: str, kind: str, id_: str, record: r.Record, source: Source
    ) -> None:
        text = record.model_dump_json(exclude_none=True)
        if isinstance(record, r.TreatyAction):
            row = (file, record.treaty, record.country, text)
            self._db.execute("INSERT INTO action VALUES(?, ?, ?, ?)", row)
        elif isinstance(record, r.Membership):
            row = (file, record.group, record.country, text)
            self._db.execute("INSERT INTO membership VALUES(?, ?, ?, ?)", row)
        self._db.execute(
            "INSERT INTO record VALUES(?, ?, ?, ?, ?, ?)",
            (
                file,
                kind,
                id_,
                source.line,
                source.column,
                "" if kind in ("action", "membership") else text,
            ),
        )
        if isinstance(record, r.Event):
            self._insert_event(file, record)
        if isinstance(record, r.Official):
            who = (file, record.id, record.country)
            self._db.execute("INSERT INTO official VALUES(?, ?, ?)", who)

    def _insert_event(self, file: str, event: r.Event) -> None:
        first = event.date.first.isoformat() if event.date else None
        last = (event.end or event.date).last.isoformat() if event.date else None
        aimed = bool(event.target_countries or event.target_groups or event.to_all_states)
        self._db.execute(
            "INSERT INTO event VALUES(?, ?, ?, ?, ?, ?, ?)",
            (file, event.id, first, last, event.channel.value, event.to_all_states, aimed),
        )
        links = [("target", c) for c in event.target_countries]
        links += [("group", g) for g in event.target_groups]
        links += [("treaty", t) for t in event.all_treaties]
        links += [("official", p.official) for p in event.participants if p.official]
        links += [("participant", p.country) for p in event.participants if p.country]
        for statement in event.statements:
            links += [("mentioned", c) for c in statement.of]
            links += [("group", g) for g in statement.of_groups]
        self._db.executemany(
            "INSERT INTO link VALUES(?, ?, ?, ?, ?)",
            [(file, kind, name, first, event.id) for kind, name in dict.fromkeys(links)],
        )

    def _add_problems(self, problems: Iterable[Problem], *, crossing: bool) -> None:
        self._db.executemany(
            "INSERT INTO problem VALUES(?, ?, ?)",
            [(p.source.path, crossing, json.dumps(p.as_data())) for p in problems],
        )

    def _cross_check(self, strays: list[Problem], countries: Countries) -> None:
        """Find what no single file can tell: names of nothing, ids given twice, missing files."""
        self._db.execute("DELETE FROM problem WHERE crossing")
        found = [*strays, *countries.problems("data/countries.yaml")]
        found += [*self._dangling(), *self._duplicates(), *self._missing_files()]
        self._add_problems(found, crossing=True)

    def _dangling(self) -> Iterator[Problem]:
        rows = self._db.execute(
            "SELECT ref.* FROM ref LEFT JOIN record"
            " ON record.kind = ref.kind AND record.id = ref.name WHERE record.id IS NULL"
        )
        broken = self._broken_kinds()
        for row in rows.fetchall():
            if row["kind"] in broken:
                continue
            wanted = ids_of(self._db, row["kind"])
            hint = nearest(row["kind"], row["name"], wanted, wanted)
            source = Source(row["file"], row["line"], row["column"])
            yield Problem(source, row["subject"], f"unknown {row['kind']} '{row['name']}'", hint)

    def _broken_kinds(self) -> set[str]:
        """Kinds whose files have errors of their own: a name that is missed may stand there."""
        broken = {name.removeprefix("data/") for name in texts(self._db, "broken")}
        return {
            name
            for kind in KINDS
            if any(matches(file, kind.pattern) for file in broken)
            for name in _HOLDS.get(kind.kind, (kind.kind,))
        }

    def _duplicates(self) -> Iterator[Problem]:
        rows = self._db.execute(
            "SELECT kind, id FROM record WHERE kind NOT IN ('rung')"
            " GROUP BY kind, id HAVING count(*) > 1"
        ).fetchall()
        for row in rows:
            places = self._db.execute(
                "SELECT file, line, column FROM record WHERE kind = ? AND id = ?"
                " ORDER BY file, line",
                (row["kind"], row["id"]),
            ).fetchall()
            first = Source(*places[0])
            for place in places[1:]:
                what = f"a second {row['kind']} with this id"
                yield Problem(Source(*place), row["id"], what, f"the first is at {first}")

    def _missing_files(self) -> Iterator[Problem]:
        for kind, name in (("ministry", "ministry.yaml"), ("level", "terms.yaml")):
            broken = self._db.execute(
                "SELECT 1 FROM problem WHERE file = ?", (f"data/{name}",)
            ).fetchone()
            if not broken and not ids_of(self._db, kind):
                yield Problem(
                    Source(f"data/{name}"), "", "is missing or empty", "see data/README.md"
                )


def _stamp(path: Path, now_ns: int) -> str:
    """Size, times and inode of a file, with a mark when they may hide an edit still to come.

    `now_ns` is the file system's time when the renewal began. A file written at about that time, or
    later, is too fresh to be known by its times.
    """
    info = path.stat()
    racy = max(info.st_mtime_ns, info.st_ctime_ns) > now_ns - _RACY_NS
    stamp = f"{info.st_size}/{info.st_mtime_ns}/{info.st_ctime_ns}/{info.st_ino}"
    return stamp + _RACY if racy else stamp


def _basis(workspace: Path) -> str:
    """What every record depends on: the register of countries."""
    path = workspace / "data" / "countries.yaml"
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def _countries(workspace: Path, files: list[DataFile]) -> Countries:
    """The register that other files are read with; its own problems are told when it is loaded."""
    for file in files:
        if file.kind.kind == "country":
            loaded = load_file(file, file.path.read_bytes(), Countries())
            return Countries(cast(r.CountryEntry, n.record) for n in loaded.records)
    return Countries()
