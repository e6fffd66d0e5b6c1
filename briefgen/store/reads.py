"""What a paper asked of the index, and a mark of each answer.

In: questions put to the index, as tuples of texts: the name of the query, then its arguments. Out:
`Reads`, the set of them, and for each a digest of what the index answers now, straight from its
rows. A paper whose reads all have the digests that they had is made of what it was made of.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from briefgen.errors import did_you_mean

Read = tuple[str, ...]


class Reads(set[Read]):
    """The distinct questions asked while a recording ran."""


_LINKED = "FROM link JOIN record ON record.number = link.event WHERE link.kind = ? AND name = ?"
# How each query is answered. The texts of the rows, in their order, are all that a reader gets.
QUERIES = {
    "one": "SELECT json FROM record WHERE kind = ? AND id = ? ORDER BY number",
    "all": (
        "SELECT json FROM record JOIN file ON file.number = record.file WHERE kind = ?"
        " ORDER BY file.name, line, id"
    ),
    "ids": (
        "SELECT id FROM record JOIN file ON file.number = record.file WHERE kind = ?"
        " ORDER BY file.name, line, id"
    ),
    "actions": "SELECT json FROM action WHERE treaty = ? ORDER BY country, rowid",
    "actions-of": "SELECT json FROM action WHERE treaty = ? AND country = ? ORDER BY rowid",
    "members": "SELECT json FROM membership WHERE grp = ? ORDER BY rowid",
    "groups-of": "SELECT json FROM membership WHERE country = ? ORDER BY rowid",
    "linked": f"SELECT record.id {_LINKED} ORDER BY record.id",
    "open": (
        f"SELECT record.id {_LINKED} AND (first IS NULL OR (first <= ? AND last >= ?))"
        " ORDER BY record.id"
    ),
    "at-the-table": (
        "SELECT record.id FROM official JOIN link ON link.kind = 'official'"
        " AND link.name = official.id JOIN record ON record.number = link.event"
        " WHERE official.country = ? ORDER BY record.id"
    ),
    "to-all": (
        "SELECT record.id FROM link JOIN record ON record.number = link.event"
        " WHERE link.kind = 'to-all' AND name = '' ORDER BY record.id"
    ),
    "events": "SELECT id FROM record WHERE kind = 'event' ORDER BY id",
    "problems": "SELECT json FROM problem ORDER BY json",
    "broken": "SELECT DISTINCT file FROM problem WHERE NOT crossing ORDER BY file",
}
# Within a JSON text every quotation mark of a value is escaped, so this is found nowhere else.
_PLACE = re.compile(r'("origin":\{"file":"(?:[^"\\]|\\.)*"),"line":\d+,"column":\d+\}')


class Digests:
    """Digests of answers, each worked out once. With `places` line and column count too."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[tuple[Read, bool], str] = {}

    def of(self, read: Sequence[str], *, places: bool) -> str:
        """The digest of one answer; empty for a query that this version does not know."""
        key = (tuple(read), places)
        if key not in self._known:
            self._known[key] = self._digest(key[0], places)
        return self._known[key]

    def _digest(self, read: Read, places: bool) -> str:
        name, *values = read
        if name not in QUERIES or QUERIES[name].count("?") != len(values):
            return ""
        digest = hashlib.blake2b(digest_size=16)
        for (text,) in self._db.execute(QUERIES[name], values):
            kept = text if places else _PLACE.sub(r"\1}", text)
            digest.update(f"{len(kept)}:{kept}".encode())
        return digest.hexdigest()


def ids_of(db: sqlite3.Connection, kind: str) -> list[str]:
    """The ids of a kind, each once, in the order of the files."""
    return list(dict.fromkeys(texts(db, "ids", kind)))


def texts(db: sqlite3.Connection, name: str, *values: str) -> Iterator[str]:
    """The answer to a query, row by row."""
    return (row[0] for row in db.execute(QUERIES[name], values))


def known(kind: str, ids: Sequence[str]) -> str:
    """A hint that names what there is of a kind."""
    if not ids:
        return f"the record has no {kind}"
    listed = ", ".join(ids[:12])
    return f"known: {listed}{' ...' if len(ids) > 12 else ''}"


def nearest(kind: str, given: str, spellings: Iterable[str], ids: Sequence[str]) -> str:
    """A hint for a name that is not found: what is near it, else what there is."""
    return did_you_mean(given, spellings) or known(kind, ids)
