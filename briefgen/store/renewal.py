"""Renewing the index: only what changed is read again, and what no single file can tell is checked.

In: the connection to an index and the workspace. Out: the index as the files are now, and a
`Refresh` that tells what had to be done. All of it is one transaction.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from briefgen import records as r
from briefgen.errors import Problem
from briefgen.loading import DataFile, find_files, load_file, read_bytes
from briefgen.names import Countries
from briefgen.store.crossing import dangling, duplicates, missing_files
from briefgen.store.reading import FileRows, read_all
from briefgen.store.schema import INDICES, OF_FILES, drop_indices, make

_RACY_NS = 2_000_000_000
_RACY = "/fresh"


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
        self._touched: set[tuple[str, str]] = set()

    def run(self) -> Refresh:
        """Bring the index up to the files, whole or not at all."""
        files, strays = find_files(self.workspace)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            result = self._renew(files, strays)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return result

    def _renew(self, files: list[DataFile], strays: list[Problem]) -> Refresh:
        marked = _marked(files)
        self._forget_if_baseless(marked)
        known = {row["name"]: row for row in self._db.execute("SELECT * FROM file")}
        gone = tuple(sorted(set(known) - {file.name for file in files}))
        stamps = {f: stamp for f in files if (stamp := self._changed(f, known.get(f.name)))}
        stray_text = json.dumps([str(p) for p in strays])
        if stamps or gone or self._meta("strays") != stray_text:
            countries = _countries(self.workspace, files)
            self._forget([*gone, *(file.name for file in stamps if file.name in known)])
            self._read(stamps, countries, marked, anew=not known)
            self._cross_check(strays, countries, anew=not known)
            self._set_meta("strays", stray_text)
            self._set_meta("workspace", str(self.workspace))
        return Refresh(tuple(file.name for file in stamps), gone)

    def _meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row["value"] if row else None

    def _set_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (key, value))

    # -- what changed ----------------------------------------------------------------------------

    def _forget_if_baseless(self, marked: bool) -> None:
        """Begin anew where what every record depends on is another: the register of countries, and
        whether records must carry a marking."""
        path = self.workspace / "data" / "countries.yaml"
        basis = hashlib.sha256(read_bytes(path) if path.is_file() else b"").hexdigest()
        basis += " marked" if marked else ""
        if self._meta("basis") != basis:
            for table in ("file", "problem", "twin", *OF_FILES):
                self._db.execute(f"DELETE FROM {table}")
            self._set_meta("basis", basis)

    def _changed(self, file: DataFile, row: sqlite3.Row | None) -> str | None:
        """The stamp of a file that must be read again.

        A file is trusted by size, times and inode, unless it was written so shortly before it was
        read that a later edit could leave the same stamp; then its content decides.
        """
        stamp = _stamp(file.path, self._now_ns)
        if row and row["stamp"] == stamp and not stamp.endswith(_RACY):
            return None
        if row and row["sha256"] == hashlib.sha256(read_bytes(file.path)).hexdigest():
            self._db.execute("UPDATE file SET stamp = ? WHERE name = ?", (stamp, file.name))
            return None
        return stamp

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            (number,) = self._db.execute(
                "SELECT number FROM file WHERE name = ?", (name,)
            ).fetchone()
            rows = self._db.execute("SELECT kind, id FROM record WHERE file = ?", (number,))
            self._touched.update((row["kind"], row["id"]) for row in rows)
            for table in OF_FILES:
                self._db.execute(f"DELETE FROM {table} WHERE file = ?", (number,))
            self._db.execute("DELETE FROM problem WHERE file = ?", (name,))
            self._db.execute("DELETE FROM file WHERE number = ?", (number,))

    # -- reading ---------------------------------------------------------------------------------

    def _read(
        self, stamps: dict[DataFile, str], countries: Countries, marked: bool, *, anew: bool
    ) -> None:
        """Put in the rows of files; into an index that is empty, before it has its indices."""
        if anew:
            drop_indices(self._db)
        for rows in read_all(list(stamps), countries, marked):
            self._insert(rows, stamps[rows.file])
            if not anew:
                self._touched.update((kind, id_) for kind, id_, *_ in rows.records)
        if anew:
            make(self._db, INDICES)

    def _insert(self, rows: FileRows, stamp: str) -> None:
        insert = self._db.executemany
        named = (rows.file.name, stamp, rows.sha256)
        file = self._db.execute(
            "INSERT INTO file(name, stamp, sha256) VALUES(?, ?, ?)", named
        ).lastrowid
        insert(f"INSERT INTO record VALUES(NULL, {file}, ?, ?, ?, ?, ?)", rows.records)
        insert(f"INSERT INTO link VALUES({file}, ?, ?, ?, ?, ?)", rows.links)
        insert(f"INSERT INTO ref VALUES({file}, ?, ?)", rows.refs)
        insert(f"INSERT INTO official VALUES({file}, ?, ?)", rows.officials)
        insert(f"INSERT INTO action VALUES({file}, ?, ?, ?)", rows.actions)
        insert(f"INSERT INTO membership VALUES({file}, ?, ?, ?)", rows.memberships)
        insert("INSERT INTO problem VALUES(?, 0, ?)", rows.problems)
        self._db.execute("INSERT INTO refs VALUES(?, ?)", (file, rows.places))

    # -- what no single file can tell ------------------------------------------------------------

    def _cross_check(self, strays: list[Problem], countries: Countries, *, anew: bool) -> None:
        """Find names of nothing, ids given twice, missing files."""
        self._db.execute("DELETE FROM problem WHERE crossing")
        found = [*strays, *countries.problems("data/countries.yaml")]
        found += dangling(self._db)
        found += duplicates(self._db, None if anew else self._touched)
        found += missing_files(self._db)
        self._db.executemany(
            "INSERT INTO problem VALUES(?, 1, ?)",
            [(p.source.path, json.dumps(p.as_data())) for p in found],
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


def _marked(files: list[DataFile]) -> bool:
    """Whether the ministry gives no default marking, so that every record must carry its own."""
    for file in files:
        if file.kind.kind == "ministry":
            loaded = load_file(file, read_bytes(file.path), Countries())
            found = [n.record for n in loaded.records if isinstance(n.record, r.Ministry)]
            return bool(found) and found[0].marking is None
    return False


def _countries(workspace: Path, files: list[DataFile]) -> Countries:
    """The register that other files are read with; its own problems are told when it is loaded."""
    for file in files:
        if file.kind.kind == "country":
            loaded = load_file(file, read_bytes(file.path), Countries())
            return Countries(cast(r.CountryEntry, n.record) for n in loaded.records)
    return Countries()
