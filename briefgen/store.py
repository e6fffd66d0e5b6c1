"""The index: every record of a workspace in one SQLite file, renewed only where files changed.

In: a workspace folder and a cache folder. Out: `Store`, which answers by index and never walks over
all records. The index is safe to delete: it is rebuilt from the files. Two runs may open it at
once: renewal is one transaction behind SQLite's write lock.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from briefgen import records as r
from briefgen.errors import BriefgenError, Problem, RequestError, Severity, Source, did_you_mean
from briefgen.loading import DataFile, Loaded, find_files, load_file
from briefgen.loading.layout import KINDS, matches
from briefgen.names import Countries, fold

_R = TypeVar("_R", bound=r.Record)
_RACY_NS = 2_000_000_000

_SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE file(name TEXT PRIMARY KEY, stamp TEXT NOT NULL, sha256 TEXT NOT NULL);
CREATE TABLE record(file TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, line INTEGER NOT NULL,
                    column INTEGER NOT NULL, json TEXT NOT NULL);
CREATE INDEX record_id ON record(kind, id);
CREATE INDEX record_file ON record(file);
CREATE TABLE ref(file TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, line INTEGER NOT NULL,
                 column INTEGER NOT NULL, subject TEXT NOT NULL);
CREATE INDEX ref_name ON ref(kind, name);
CREATE INDEX ref_file ON ref(file);
CREATE TABLE problem(file TEXT NOT NULL, crossing INTEGER NOT NULL, json TEXT NOT NULL);
CREATE TABLE event(file TEXT NOT NULL, id TEXT NOT NULL, first TEXT, last TEXT,
                   channel TEXT NOT NULL, to_all INTEGER NOT NULL, aimed INTEGER NOT NULL);
CREATE INDEX event_id ON event(id);
CREATE INDEX event_first ON event(first);
CREATE INDEX event_file ON event(file);
CREATE INDEX event_open ON event(to_all) WHERE to_all;
CREATE TABLE link(file TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, first TEXT,
                  event TEXT NOT NULL);
CREATE INDEX link_name ON link(kind, name, first);
CREATE INDEX link_file ON link(file);
CREATE TABLE action(file TEXT NOT NULL, treaty TEXT NOT NULL, country TEXT NOT NULL,
                    json TEXT NOT NULL);
CREATE INDEX action_of ON action(treaty, country);
CREATE INDEX action_file ON action(file);
CREATE TABLE membership(file TEXT NOT NULL, grp TEXT NOT NULL, country TEXT NOT NULL,
                        json TEXT NOT NULL);
CREATE INDEX membership_group ON membership(grp);
CREATE INDEX membership_country ON membership(country);
CREATE INDEX membership_file ON membership(file);
"""
_TABLES = ("file", "record", "ref", "problem", "event", "link", "action", "membership")
_MODELS: dict[str, type[r.Record]] = {
    "ministry": r.Ministry,
    "country": r.CountryEntry,
    "group": r.Group,
    "treaty": r.Treaty,
    "official": r.Official,
    "document": r.Document,
    "event": r.Event,
    "meeting": r.Meeting,
    "level": r.Term,
    "kind": r.Term,
    "topic": r.Term,
    "act": r.Act,
    "series": r.Series,
    "marking": r.Term,
    "ask": r.Ask,
    "rung": r.Rung,
    "line": r.Line,
    "abbreviation": r.Term,
    "place": r.Term,
    "qualifier": r.Term,
}

_HOLDS = {
    "terms": (
        "level", "kind", "topic", "act", "series", "marking", "abbreviation", "place", "qualifier",
    ),
    "asks": ("ask", "rung"),
}  # fmt: skip


@cache
def _program_stamp() -> str:
    """Changes whenever the code that reads records changes, so that no old index is trusted."""
    here = Path(__file__).parent
    code = [here / "dates.py", here / "names.py", Path(__file__)]
    digest = hashlib.sha256()
    for path in [*code, *sorted(here.glob("loading/*.py")), *sorted(here.glob("records/*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Refresh:
    """What opening the index had to do: files read again, files gone."""

    read: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Store:
    """An open index. Use as a context manager; `refresh` tells what was renewed."""

    def __init__(self, workspace: Path, cache_dir: Path | None) -> None:
        """Open and renew the index; `cache_dir` None keeps it in memory.

        Raises BriefgenError when the workspace has no `data/` folder.
        """
        self.workspace = workspace.resolve()
        if not (self.workspace / "data").is_dir():
            raise BriefgenError(
                [
                    Problem(
                        Source(str(workspace)),
                        "",
                        "has no data/ folder",
                        "name a workspace with --workspace DIR, or make one: briefgen init DIR",
                    )
                ]
            )
        self._path = _index_path(self.workspace, cache_dir)
        self._written_ns = self._path.stat().st_mtime_ns if self._path else 0
        try:
            self._db = _connect(self._path)
            self.refresh = self._renew()
        except sqlite3.DatabaseError:
            if not self._path:
                raise
            self._path.unlink(missing_ok=True)
            self._db = _connect(self._path)
            self.refresh = self._renew()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    # -- renewal ---------------------------------------------------------------------------------

    def _renew(self) -> Refresh:
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
        changed = [(f, content) for f in files if (content := self._changed(f, known)) is not None]
        countries, stray_text = (
            _countries(self.workspace, files),
            json.dumps([str(p) for p in strays]),
        )
        for file, content in changed:
            self._forget([file.name])
            self._insert(load_file(file, content, countries), content)
        if changed or gone or self._meta("strays") != stray_text:
            self._cross_check(strays, countries)
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('strays', ?)", (stray_text,))
        return Refresh(tuple(file.name for file, _ in changed), gone)

    def _meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row["value"] if row else None

    def _changed(self, file: DataFile, known: dict[str, Any]) -> bytes | None:
        """The content of a file that must be read again.

        A file is trusted by size, times and inode, unless it was written so shortly before that a
        later edit could leave the same stamp; then its content decides.
        """
        row = known.get(file.name)
        stamp, racy = _stamp(file.path, self._written_ns)
        if row and row["stamp"] == stamp and not racy:
            return None
        content = file.path.read_bytes()
        if row and row["sha256"] == hashlib.sha256(content).hexdigest():
            self._db.execute("UPDATE file SET stamp = ? WHERE name = ?", (stamp, file.name))
            return None
        return content

    def _forget(self, names: Iterable[str]) -> None:
        rows = [(name,) for name in names]
        for table in _TABLES:
            column = "name" if table == "file" else "file"
            self._db.executemany(f"DELETE FROM {table} WHERE {column} = ?", rows)

    def _insert(self, loaded: Loaded, content: bytes) -> None:
        name = loaded.file.name
        stamp, _ = _stamp(loaded.file.path)
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
            wanted = self.ids(row["kind"])
            hint = did_you_mean(row["name"], wanted) or _known(row["kind"], wanted)
            source = Source(row["file"], row["line"], row["column"])
            yield Problem(source, row["subject"], f"unknown {row['kind']} '{row['name']}'", hint)

    def _broken_kinds(self) -> set[str]:
        """Kinds whose files have errors of their own: a name that is missed may stand there."""
        broken = {name.removeprefix("data/") for name in self.broken_files()}
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
            if not broken and not self.ids(kind):
                yield Problem(
                    Source(f"data/{name}"), "", "is missing or empty", "see data/README.md"
                )

    # -- problems --------------------------------------------------------------------------------

    def problems(self) -> list[Problem]:
        """Everything that is wrong with the form of the data, in the order of the files."""
        rows = self._db.execute("SELECT json FROM problem").fetchall()
        return sorted((_problem(row["json"]) for row in rows), key=lambda p: p.order)

    def broken_files(self) -> set[str]:
        """The files that hold errors of their own, so that part of them could not be read."""
        rows = self._db.execute("SELECT DISTINCT file FROM problem WHERE NOT crossing")
        return {row["file"] for row in rows}

    def require_sound(self) -> None:
        """Raise BriefgenError with all problems if the data has any error."""
        errors = [p for p in self.problems() if p.severity is Severity.ERROR]
        if errors:
            raise BriefgenError(errors)

    # -- records ---------------------------------------------------------------------------------

    @cached_property
    def countries(self) -> Countries:
        """The register of countries of this workspace."""
        return Countries(self.all(r.CountryEntry, "country"))

    @cached_property
    def ministry(self) -> r.Ministry:
        """The home ministry."""
        return self.all(r.Ministry, "ministry")[0]

    def ids(self, kind: str) -> list[str]:
        """The ids of a kind, in the order of the files."""
        rows = self._db.execute(
            "SELECT DISTINCT id FROM record WHERE kind = ? ORDER BY rowid", (kind,)
        )
        return [row["id"] for row in rows]

    def get(self, model: type[_R], kind: str, id_: str) -> _R:
        """One record; raises KeyError when there is none."""
        row = self._db.execute(
            "SELECT json FROM record WHERE kind = ? AND id = ?", (kind, id_)
        ).fetchone()
        if row is None:
            raise KeyError(f"{kind} {id_}")
        return model.model_validate_json(row["json"])

    def all(self, model: type[_R], kind: str) -> list[_R]:
        """All records of a kind, in the order of the files."""
        rows = self._db.execute(
            "SELECT json FROM record WHERE kind = ? ORDER BY file, line, id", (kind,)
        )
        return [model.model_validate_json(row["json"]) for row in rows]

    def resolve(self, kind: str, given: str) -> str:
        """The id of a treaty, group, meeting ... named by id or alias in any case.

        Raises RequestError with the nearest matches when nothing fits.
        """
        names: dict[str, str] = {}
        spellings: list[str] = []
        for record in self.all(_MODELS[kind], kind):
            for name in _names_of(record):
                names.setdefault(fold(name), str(getattr(record, "id", "")))
                spellings.append(name)
        found = names.get(fold(given))
        if found is None:
            hint = did_you_mean(given, spellings) or _known(kind, self.ids(kind))
            raise RequestError(f"unknown {kind} '{given}' ({hint})")
        return found

    def country(self, given: str) -> str:
        """The alpha-3 code of a country; raises RequestError with the nearest matches."""
        try:
            return self.countries.code(given)
        except LookupError as error:
            hint = error.args[0] or "use an ISO 3166 code or name"
            raise RequestError(f"unknown country '{given}' ({hint})") from None

    # -- treaties and groups ---------------------------------------------------------------------

    def actions(self, treaty: str, country: str | None = None) -> dict[str, list[r.TreatyAction]]:
        """The actions on a treaty by country; every State that the table names is a key."""
        where, values = "treaty = ?", [treaty]
        if country:
            where, values = "treaty = ? AND country = ?", [treaty, country]
        found: dict[str, list[r.TreatyAction]] = {country: []} if country else {}
        rows = self._db.execute(f"SELECT country, json FROM action WHERE {where}", values)
        for row in rows:
            action = r.TreatyAction.model_validate_json(row["json"])
            found.setdefault(row["country"], []).append(action)
        return found

    def memberships(
        self, *, group: str | None = None, country: str | None = None
    ) -> list[r.Membership]:
        """Rows of the membership table for a group or a country."""
        column, value = ("grp", group) if group else ("country", country)
        rows = self._db.execute(f"SELECT json FROM membership WHERE {column} = ?", (value,))
        return [r.Membership.model_validate_json(row["json"]) for row in rows]

    # -- events ----------------------------------------------------------------------------------

    def events(self, ids: Sequence[str]) -> list[r.Event]:
        """Events by id, in the order of the ids; each is read once and kept."""
        kept = self._kept_events
        for id_ in ids:
            if id_ not in kept:
                kept[id_] = self.get(r.Event, "event", id_)
        return [kept[id_] for id_ in ids]

    @cached_property
    def _kept_events(self) -> dict[str, r.Event]:
        return {}

    def event_ids(
        self,
        links: Iterable[tuple[str, str]] = (),
        *,
        to_all: bool = False,
        everything: bool = False,
    ) -> dict[str, set[tuple[str, str]]]:
        """Event ids found by index, with the links (kind, name) that led to each.

        Kinds: participant, target, mentioned, group, treaty. `to_all` adds events addressed to all
        States, `everything` the whole record.
        """
        found: dict[str, set[tuple[str, str]]] = {}
        for kind, name in links:
            for event in self._linked(kind, name):
                found.setdefault(event, set()).add((kind, name))
        if to_all or everything:
            where = "" if everything else " WHERE to_all"
            for row in self._db.execute(f"SELECT id FROM event{where}"):
                found.setdefault(row["id"], set())
        return found

    def _linked(self, kind: str, name: str) -> Iterator[str]:
        rows = self._db.execute("SELECT event FROM link WHERE kind = ? AND name = ?", (kind, name))
        yield from (row["event"] for row in rows)
        if kind == "participant":
            for official in self._officials_of.get(name, ()):
                yield from self._linked("official", official)

    @cached_property
    def _officials_of(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for official in self.officials.values():
            found.setdefault(official.country, []).append(official.id)
        return found

    @cached_property
    def officials(self) -> dict[str, r.Official]:
        """All officials by id."""
        return {o.id: o for o in self.all(r.Official, "official")}

    @cached_property
    def documents(self) -> dict[str, r.Document]:
        """All documents by id."""
        return {d.id: d for d in self.all(r.Document, "document")}

    @cached_property
    def treaties(self) -> dict[str, r.Treaty]:
        """All treaties by id, in the order of the files."""
        return {t.id: t for t in self.all(r.Treaty, "treaty")}

    @cached_property
    def groups(self) -> dict[str, r.Group]:
        """All groups by id."""
        return {g.id: g for g in self.all(r.Group, "group")}

    @cached_property
    def markings(self) -> list[str]:
        """The markings, the lowest first."""
        return self.ids("marking")

    def terms(self, kind: str) -> dict[str, r.Term]:
        """The words of a kind by id, in the order of `terms.yaml` or `asks.yaml`."""
        model = cast(type[r.Term], _MODELS[kind])
        return {term.id: term for term in self.all(model, kind)}


def _connect(path: Path | None) -> sqlite3.Connection:
    db = sqlite3.connect(path or ":memory:", timeout=60, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN IMMEDIATE")
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        for statement in _SCHEMA.split(";"):
            db.execute(statement)
    db.execute("COMMIT")
    return db


def _index_path(workspace: Path, cache_dir: Path | None) -> Path | None:
    """One index a workspace and a version of the program; None when nothing can be written."""
    if cache_dir is None:
        return None
    name = hashlib.sha256(f"{workspace}\n{_program_stamp()}".encode()).hexdigest()[:24]
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        path = cache_dir / f"{name}.sqlite"
        path.touch()
    except OSError:
        return None
    return path


def _stamp(path: Path, index_written_ns: int = 0) -> tuple[str, bool]:
    """Size, times and inode of a file, and whether they may hide an edit.

    A file written at about the time of the index, or later, is too fresh to be trusted by them.
    """
    info = path.stat()
    racy = max(info.st_mtime_ns, info.st_ctime_ns) > index_written_ns - _RACY_NS
    return f"{info.st_size}/{info.st_mtime_ns}/{info.st_ctime_ns}/{info.st_ino}", racy


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


def _names_of(record: r.Record) -> Iterator[str]:
    yield str(getattr(record, "id", ""))
    yield from getattr(record, "aliases", ())
    for texts in (getattr(record, name, None) for name in ("name", "short", "label", "title")):
        yield from (texts or {}).values()


def _known(kind: str, ids: Sequence[str]) -> str:
    if not ids:
        return f"the record has no {kind}"
    listed = ", ".join(ids[:12])
    return f"known: {listed}{' ...' if len(ids) > 12 else ''}"


def _problem(text: str) -> Problem:
    data = json.loads(text)
    data["source"] = Source(**data["source"])
    data["severity"] = Severity(data["severity"])
    return Problem(**data)
