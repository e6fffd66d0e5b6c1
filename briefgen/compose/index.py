"""The index of a pack as plain data: a row a State.

In: the States of a pack, what is known of each at a glance, their papers and faults. Out: the data
of the index, from which both the page and the spreadsheet are made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from briefgen.compose.common import Data, frame
from briefgen.compose.cover import KINDS
from briefgen.compose.marked import worded
from briefgen.compose.words import Words, upper_first
from briefgen.markings import Handling
from briefgen.selection import Request

_SHOWN = (".docx", ".pdf")


def compose_index(
    words: Words,
    request: Request,
    entries: Sequence[Mapping[str, Any]],
    rows: Mapping[str, Data],
    *,
    group: str | None = None,
    named: bool = False,
    books: Sequence[str] = (),
) -> Data:
    """The data of the index; `rows` are by folder, `named` tells whether bureaus are.

    `books` are the places of the bound books in the pack.
    """
    treaties = [words.local(words.store.treaties[t].short) for t in request.treaties]
    about = words.listed(map(upper_first, treaties))
    whom = upper_first(words.local(words.store.groups[group].name)) if group else ""
    both = words.say("{subject} – {whom}", subject=about, whom=whom) if about and whom else ""
    subject = both or about or whom or words.say("all topics")
    title = words.say("Country packs: {subject}", subject=subject)
    states = [_row(words, entry, rows.get(entry["folder"]) or {}, named) for entry in entries]
    told = [Handling.of(paper["handling"]) for entry in entries for paper in entry["papers"]]
    told += [Handling.of(row["handling"]) for row in rows.values() if row]
    standing = next((s for row in rows.values() if row and (s := row["standing"])), None)
    faults = [entry for entry in entries if entry["faults"]]
    return {
        "paper": frame(words, request, "index", title),
        "marking": worded(words, words.gate.joined(told)),
        "standing_on": upper_first(standing["short"]) if standing else "",
        "figures": {
            "states": len({entry["country"] for entry in entries}),
            "papers": sum(len(entry["papers"]) for entry in entries),
            "faults": len(faults),
        },
        "books": list(books),
        "states": sorted(states, key=lambda row: (sorted_as(row["country"]), row["bureau"])),
        "faults": [
            {"country": words.country(entry["country"]), "texts": list(entry["faults"])}
            for entry in faults
        ],
        "sources": [],
    }


def sorted_as(name: str) -> str:
    """A name as a list is sorted: by its letters, not by their accents."""
    letters = unicodedata.normalize("NFKD", str(name))
    return "".join(x for x in letters if not unicodedata.combining(x)).casefold()


def _row(words: Words, entry: Mapping[str, Any], row: Data, named: bool) -> Data:
    """A State's row; of one without papers only its name is known."""
    standing = row.get("standing")
    last = row.get("last")
    return {
        "code": entry["country"],
        "country": words.country(entry["country"]),
        "bureau": entry["bureau"] if named else "",
        "standing": standing["text"] if standing else "",
        "contacts": row.get("contacts"),
        "last": {name: last[name] for name in ("date", "on", "title")} if last else None,
        "months": row.get("months"),
        "asks": len(row["asks"]) if row else None,
        "papers": [_paper(words, paper) for paper in entry["papers"]],
        "wrong": " ".join(entry["faults"]),
    }


def _paper(words: Words, paper: Mapping[str, Any]) -> Data:
    label = KINDS[paper["kind"]]
    return {
        "kind": paper["kind"],
        "label": words.say(label),
        "marking": paper["marking"],
        "files": list(_files(paper["files"])),
    }


def _files(names: Iterable[str]) -> Iterable[Data]:
    for name in names:
        ending = name[name.rfind(".") :]
        if ending in _SHOWN:
            yield {"path": name, "kind": ending[1:].upper()}
