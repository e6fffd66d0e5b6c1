"""What no single file can tell: names of nothing, ids given twice, files that are missing.

In: the connection to an index whose rows are up to date. Out: problems. What is looked at is as
little as decides: each name once, and of the ids those that were touched or stood twice before.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator

from briefgen.errors import Problem, Source
from briefgen.loading.layout import KINDS, matches
from briefgen.store.reading import unpacked
from briefgen.store.reads import ids_of, nearest, texts

_MARKS = {"marking": "levels", "caveat": "caveats"}  # where a scheme holds them
_HOLDS = {
    "terms": (
        "level", "kind", "topic", "act", "series", "abbreviation", "place", "qualifier",
    ),
    "markings": ("scheme", "marking", "caveat"),
    "ministry": ("ministry", "marking", "caveat"),
    "asks": ("ask", "rung"),
}  # fmt: skip
_MOST_HINTS = 100  # names of nothing for which the nearest is looked for: each takes a while


def dangling(db: sqlite3.Connection) -> Iterator[Problem]:
    """A problem for every place that names what is not there."""
    rows = db.execute(
        "SELECT kind, name FROM (SELECT DISTINCT kind, name FROM ref) AS asked WHERE NOT EXISTS"
        " (SELECT 1 FROM record WHERE record.kind = asked.kind AND record.id = asked.name)"
    ).fetchall()
    broken = _broken_kinds(db) if rows else set()
    hints: dict[tuple[str, str], str] = {}
    marks = _of_the_scheme(db) if any(kind in _MARKS for kind, _ in rows) else {}
    for kind, name in rows:
        wanted = marks[kind] if kind in marks else ids_of(db, kind)
        if kind not in broken and name not in wanted:
            near = len(hints) < _MOST_HINTS
            hints[kind, name] = nearest(kind, name, wanted, wanted) if near else ""
    for file, places in _files_naming(db, hints):
        for kind, name, line, column, subject in unpacked(places):
            hint = hints.get((kind, name))
            if hint is not None:
                yield Problem(Source(file, line, column), subject, f"unknown {kind} '{name}'", hint)


def _of_the_scheme(db: sqlite3.Connection) -> dict[str, list[str]]:
    """The levels and caveats of the one scheme that the ministry has chosen."""
    chosen = [json.loads(text).get("scheme") for text in texts(db, "all", "ministry")]
    found: dict[str, list[str]] = {kind: [] for kind in _MARKS}
    for text in texts(db, "one", "scheme", chosen[0]) if chosen else ():
        scheme = json.loads(text)
        for kind, part in _MARKS.items():
            found[kind] = [mark["id"] for mark in scheme.get(part, ())]
    return found


def _files_naming(
    db: sqlite3.Connection, names: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, bytes]]:
    """The files that name one of these, each once, with the places of all that they name."""
    found: set[int] = set()
    for kind, name in names:
        rows = db.execute("SELECT file FROM ref WHERE kind = ? AND name = ?", (kind, name))
        found.update(row["file"] for row in rows)
    for number in sorted(found):
        yield db.execute(
            "SELECT name, places FROM file JOIN refs ON refs.file = file.number WHERE number = ?",
            (number,),
        ).fetchone()


def _broken_kinds(db: sqlite3.Connection) -> set[str]:
    """Kinds whose files have errors of their own: a name that is missed may stand there."""
    broken = {name.removeprefix("data/") for name in texts(db, "broken")}
    return {
        name
        for kind in KINDS
        if any(matches(file, kind.pattern) for file in broken)
        for name in _HOLDS.get(kind.kind, (kind.kind,))
    }


def duplicates(
    db: sqlite3.Connection, touched: Iterable[tuple[str, str]] | None
) -> Iterator[Problem]:
    """A problem for every record whose id another one has; rungs have none of their own.

    Only ids of records that came or went (`touched`; None stands for all) can have become double
    or single since the last check, whose outcome is kept.
    """
    if touched is None:
        twins = db.execute("SELECT kind, id FROM record GROUP BY kind, id HAVING count(*) > 1")
        suspects = {(row["kind"], row["id"]) for row in twins}
    else:
        suspects = {(row["kind"], row["id"]) for row in db.execute("SELECT kind, id FROM twin")}
        suspects.update(touched)
    db.execute("DELETE FROM twin")
    for kind, id_ in sorted(suspects):
        places = db.execute(
            "SELECT file.name, line, column FROM record JOIN file ON file.number = record.file"
            " WHERE kind = ? AND id = ? ORDER BY file.name, line",
            (kind, id_),
        ).fetchall()
        if len(places) < 2 or kind == "rung":
            continue
        db.execute("INSERT INTO twin VALUES(?, ?)", (kind, id_))
        first = Source(*places[0])
        for place in places[1:]:
            what = f"a second {kind} with this id"
            yield Problem(Source(*place), id_, what, f"the first is at {first}")


def missing_files(db: sqlite3.Connection) -> Iterator[Problem]:
    """A problem for a file that no workspace can do without."""
    for kind, name in (("ministry", "ministry.yaml"), ("level", "terms.yaml")):
        file = f"data/{name}"
        broken = db.execute(
            "SELECT 1 FROM problem WHERE file = ? AND NOT crossing", (file,)
        ).fetchone()
        if not broken and not ids_of(db, kind):
            yield Problem(Source(file), "", "is missing or empty", "see data/README.md")
