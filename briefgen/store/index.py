"""The index, open for questions: every answer is found by index, never by a walk over all records.

In: a workspace folder and a cache folder. Out: `Store`. The index is safe to delete: it is rebuilt
from the files. Two runs may open it at once: renewal is one transaction behind SQLite's write lock.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self, TypeVar, cast

from briefgen import records as r
from briefgen.errors import BriefgenError, Problem, RequestError, Severity, Source
from briefgen.names import Countries, fold
from briefgen.store.cache import tidy
from briefgen.store.reads import Asked, Digests, Read, Reads, ids_of, nearest, texts
from briefgen.store.renewal import Refresh, Renewal
from briefgen.store.schema import connect, connect_to_read, index_path, is_busy, throw_away

_R = TypeVar("_R", bound=r.Record)
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
    "scheme": r.Scheme,
    "ask": r.Ask,
    "rung": r.Rung,
    "line": r.Line,
    "abbreviation": r.Term,
    "place": r.Term,
    "qualifier": r.Term,
}


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
        self._start(index_path(self.workspace, cache_dir))
        if self.index_path and not self.index_path.stat().st_size:
            tidy(self.index_path)  # seldom enough: with the first run of a workspace or a version
        self._db = Asked(self._renewed(), self._made_anew)
        self._digests = Digests(self._db)

    @classmethod
    def opened(cls, workspace: Path, index: Path) -> Self:
        """Open an index that a `Store` has just renewed (its `index_path`), for reading only.

        No file of the workspace is looked at. For worker processes.
        """
        store = cls.__new__(cls)
        store.workspace = workspace.resolve()
        store._start(index)
        store._db = Asked(connect_to_read(index), store._useless)
        store._digests = Digests(store._db)
        return store

    def _start(self, index: Path | None) -> None:
        self.index_path = index
        self.refresh = Refresh()
        self._recordings: list[Reads] = []
        self._kept_events: dict[str, r.Event] = {}
        self._kept_schemes: dict[str, r.Scheme] = {}
        self._kept_lists: dict[str, Sequence[r.Record]] = {}
        self._kept_tables: dict[Read, Sequence[r.Record]] = {}

    def _renewed(self) -> sqlite3.Connection:
        """The index as the files are: as it stands, else made anew, else in memory.

        A file that is damaged, or no index at all, is thrown away. Where none can be written, for
        the disk is full, or where another run does not let it go, this run does without.
        """
        for _ in range(2):
            if not self.index_path:
                break
            try:
                return self._renew()
            except sqlite3.DatabaseError as error:
                if is_busy(error):
                    break
                throw_away(self.index_path)
        self.index_path = None
        return self._renew()

    def _renew(self) -> sqlite3.Connection:
        db = connect(self.index_path)
        try:
            self.refresh = Renewal(db, self.workspace, self.index_path).run()
        except BaseException:
            db.close()
            raise
        return db

    def _made_anew(self, _: Exception) -> sqlite3.Connection:
        """Another index in place of one that has turned out to be damaged."""
        if self.index_path:
            throw_away(self.index_path)
        return self._renewed()

    def _useless(self, error: Exception) -> NoReturn:
        """Of an index that another process keeps, and that is damaged."""
        path = cast(Path, self.index_path)
        throw_away(path)
        what = f"the index of the record is damaged: {error}"
        hint = "it was thrown away: run the same command again"
        raise BriefgenError([Problem(Source(str(path)), "", what, hint)]) from error

    def _read(self, model: type[_R], text: str) -> _R:
        """A record from the index; what is written there is what was once read without a fault."""
        try:
            return model.model_validate_json(text)
        except ValueError as error:
            self._useless(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    # -- what was asked --------------------------------------------------------------------------

    @contextmanager
    def recording(self) -> Iterator[Reads]:
        """Record every question put to the store, those answered from what it keeps too.

        Whatever holds answers of its own, such as `Words`, must be made while recording.
        """
        reads = Reads()
        self._recordings.append(reads)
        try:
            yield reads
        finally:
            self._recordings.remove(reads)

    def _note(self, *read: str) -> None:
        for reads in self._recordings:
            reads.add(read)

    def digest_of(self, read: Sequence[str], *, places: bool = True) -> str:
        """A digest of what the index answers to a question that was recorded.

        Without `places` the line and column at which a record stands do not count: they are in the
        data and the manifest of a paper, but not in its text. Empty for an unknown question.
        """
        return self._digests.of(read, places=places)

    def _answer(self, name: str, *values: str) -> Iterator[str]:
        self._note(name, *values)
        return texts(self._db, name, *values)

    # -- problems --------------------------------------------------------------------------------

    def problems(self) -> list[Problem]:
        """Everything that is wrong with the form of the data, in the order of the files."""
        return sorted(map(_problem, self._answer("problems")), key=lambda p: p.order)

    def files(self) -> dict[str, str]:
        """The data files by name, each with the sha256 of its content."""
        rows = self._db.execute("SELECT name, sha256 FROM file ORDER BY name")
        return {row["name"]: row["sha256"] for row in rows}

    def forget_events(self) -> None:
        """Let go of the events that were read: a process that serves many papers stays small."""
        self._kept_events.clear()

    def broken_files(self) -> set[str]:
        """The files that hold errors of their own, so that part of them could not be read."""
        return set(self._answer("broken"))

    def require_sound(self) -> None:
        """Raise BriefgenError with all problems if the data has any error."""
        errors = [p for p in self.problems() if p.severity is Severity.ERROR]
        if errors:
            raise BriefgenError(errors)

    # -- records ---------------------------------------------------------------------------------

    @property
    def countries(self) -> Countries:
        """The register of countries of this workspace."""
        self._note("all", "country")
        return self._countries

    @cached_property
    def _countries(self) -> Countries:
        return Countries(self.all(r.CountryEntry, "country"))

    @property
    def ministry(self) -> r.Ministry:
        """The home ministry."""
        return self.all(r.Ministry, "ministry")[0]

    def ids(self, kind: str) -> list[str]:
        """The ids of a kind, each once, in the order of the files."""
        self._note("ids", kind)
        return ids_of(self._db, kind)

    def get(self, model: type[_R], kind: str, id_: str) -> _R:
        """One record; raises KeyError when there is none."""
        text = next(self._answer("one", kind, id_), None)
        if text is None:
            raise KeyError(f"{kind} {id_}")
        return self._read(model, text)

    def all(self, model: type[_R], kind: str) -> list[_R]:
        """All records of a kind, in the order of the files; but for events they are kept."""
        self._note("all", kind)
        kept = self._kept_lists.get(kind)
        if kept is None:
            kept = [self._read(model, text) for text in texts(self._db, "all", kind)]
            if kind != "event":
                self._kept_lists[kind] = kept
        return cast(list[_R], list(kept))

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
            hint = nearest(kind, given, spellings, self.ids(kind))
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
        asked = ("actions-of", treaty, country) if country else ("actions", treaty)
        found: dict[str, list[r.TreatyAction]] = {country: []} if country else {}
        for action in self._table(r.TreatyAction, *asked):
            found.setdefault(action.country, []).append(action)
        return found

    def memberships(
        self, *, group: str | None = None, country: str | None = None
    ) -> list[r.Membership]:
        """Rows of the membership table for a group or a country."""
        asked = ("members", group) if group else ("groups-of", country or "")
        return list(self._table(r.Membership, *asked))

    def _table(self, model: type[_R], *asked: str) -> list[_R]:
        """The rows of a table; they are kept, for every paper asks for the same."""
        self._note(*asked)
        if asked not in self._kept_tables:
            rows = texts(self._db, *asked)
            self._kept_tables[asked] = [self._read(model, text) for text in rows]
        return cast(list[_R], self._kept_tables[asked])

    # -- events ----------------------------------------------------------------------------------

    def events(self, ids: Sequence[str]) -> list[r.Event]:
        """Events by id, in the order of the ids; each is read once and kept."""
        kept = self._kept_events
        for id_ in ids:
            if id_ in kept:
                self._note("one", "event", id_)
            else:
                kept[id_] = self.get(r.Event, "event", id_)
        return [kept[id_] for id_ in ids]

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
            for event in self._answer("events" if everything else "to-all"):
                found.setdefault(event, set())
        return found

    def open_ids(self, kind: str, treaty: str, since: date, until: date) -> Iterator[str]:
        """Events of no country in particular, on a treaty, that may lie between two days.

        `kind` is `to-all` or `own-step`; an empty treaty stands for any call on all States. Both
        days are inclusive. Undated events are always among them.
        """
        return self._answer("open", kind, treaty, until.isoformat(), since.isoformat())

    def _linked(self, kind: str, name: str) -> Iterator[str]:
        yield from self._answer("linked", kind, name)
        if kind == "participant":
            yield from self._answer("at-the-table", name)

    @cached_property
    def officials(self) -> Mapping[str, r.Official]:
        """Officials by id, each read when it is asked for."""
        return _ById(self, r.Official, "official")

    @cached_property
    def documents(self) -> Mapping[str, r.Document]:
        """Documents by id, each read when it is asked for."""
        return _ById(self, r.Document, "document")

    @cached_property
    def treaties(self) -> Mapping[str, r.Treaty]:
        """Treaties by id, in the order of the files, each read when it is asked for."""
        return _ById(self, r.Treaty, "treaty")

    @cached_property
    def groups(self) -> Mapping[str, r.Group]:
        """Groups by id, each read when it is asked for."""
        return _ById(self, r.Group, "group")

    @property
    def scheme(self) -> r.Scheme:
        """The marking scheme that the ministry has chosen."""
        id_ = self.ministry.scheme
        if id_ in self._kept_schemes:
            self._note("one", "scheme", id_)
        else:
            self._kept_schemes[id_] = self.get(r.Scheme, "scheme", id_)
        return self._kept_schemes[id_]

    def terms(self, kind: str) -> dict[str, r.Term]:
        """The words of a kind by id, in the order of `terms.yaml` or `asks.yaml`."""
        model = cast(type[r.Term], _MODELS[kind])
        return {term.id: term for term in self.all(model, kind)}


class _ById(Mapping[str, _R]):
    """The records of a kind by id. What is looked up is what counts as read, not the whole kind."""

    def __init__(self, store: Store, model: type[_R], kind: str) -> None:
        self._store = store
        self._model = model
        self._kind = kind
        self._kept: dict[str, _R] = {}

    def __getitem__(self, id_: str) -> _R:
        if not id_:  # what names nobody asks nothing
            raise KeyError(id_)
        if id_ in self._kept:
            self._store._note("one", self._kind, id_)
        else:
            self._kept[id_] = self._store.get(self._model, self._kind, id_)
        return self._kept[id_]

    def __iter__(self) -> Iterator[str]:
        for record in self._store.all(self._model, self._kind):
            id_ = str(getattr(record, "id", ""))
            self._kept.setdefault(id_, record)
            yield id_

    def __len__(self) -> int:
        return len(self._store.all(self._model, self._kind))


def _names_of(record: r.Record) -> Iterator[str]:
    yield str(getattr(record, "id", ""))
    yield from getattr(record, "aliases", ())
    for said in (getattr(record, name, None) for name in ("name", "short", "label", "title")):
        yield from (said or {}).values()


def _problem(text: str) -> Problem:
    data = json.loads(text)
    data["source"] = Source(**data["source"])
    data["severity"] = Severity(data["severity"])
    return Problem(**data)
