"""What a paper asked of the index, and a mark of each answer.

In: questions put to the index, as tuples of texts: the name of the query, then its arguments. Out:
`Reads`, the set of them, and for each a digest of what the index answers now, straight from its
rows. A paper whose reads all have the digests that they had is made of what it was made of.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence

from briefgen.errors import did_you_mean

Read = tuple[str, ...]


class Reads(set[Read]):
    """The distinct questions asked while a recording ran."""


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
    "linked": "SELECT event FROM link WHERE kind = ? AND name = ? ORDER BY event",
    "open": (
        "SELECT event FROM link WHERE kind = ? AND name = ?"
        " AND (first IS NULL OR (first <= ? AND last >= ?)) ORDER BY event"
    ),
    # A CROSS JOIN keeps its order: from the few people of a country, not through every link.
    "at-the-table": (
        "SELECT event FROM official CROSS JOIN link ON link.kind = 'official'"
        " AND link.name = official.id WHERE official.country = ? ORDER BY event"
    ),
    "to-all": "SELECT event FROM link WHERE kind = 'to-all' AND name = '' ORDER BY event",
    "events": "SELECT id FROM record WHERE kind = 'event' ORDER BY id",
    "problems": "SELECT json FROM problem ORDER BY json",
    # A text in quotes cannot look like a severity: its own quotes are written with a stroke.
    "broken": "SELECT DISTINCT file FROM problem WHERE NOT crossing"
    """ AND instr(json, '"severity": "warning"') = 0 ORDER BY file""",
}
# Within a JSON text every quotation mark of a value is escaped, so this is found nowhere else.
_PLACE = re.compile(r'("origin":\{"file":"(?:[^"\\]|\\.)*"),"line":\d+,"column":\d+\}')


class Asked:
    """An index that is asked; one that turns out to be damaged is asked again when it is mended.

    `mend` gets what was wrong and gives another connection, or raises.
    """

    def __init__(
        self, db: sqlite3.Connection, mend: Callable[[Exception], sqlite3.Connection]
    ) -> None:
        self._db = db
        self._mend = mend

    def execute(self, query: str, values: Sequence[str] = ()) -> list[sqlite3.Row]:
        """All rows of an answer: none is given away before the last is known to be sound."""
        try:
            return self._db.execute(query, values).fetchall()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            self._db.close()
            self._db = self._mend(error)
            return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        """Ask no more."""
        self._db.close()


class Digests:
    """Digests of answers, each worked out once. With `places` line and column count too."""

    def __init__(self, db: Asked) -> None:
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


def ids_of(db: Asked | sqlite3.Connection, kind: str) -> list[str]:
    """The ids of a kind, each once, in the order of the files."""
    return list(dict.fromkeys(texts(db, "ids", kind)))


def texts(db: Asked | sqlite3.Connection, name: str, *values: str) -> Iterator[str]:
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
