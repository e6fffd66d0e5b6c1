"""Editions of a brief: the copy to be read aloud, and the paper that may be left behind.

In: the data of a full brief. Out: the data of the edition, holding only what belongs in it; and for
the leave-behind the words that must not be found in its files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from markupsafe import escape

from briefgen.compose.common import Data, sources
from briefgen.compose.facts import version_of, without_facts
from briefgen.compose.marked import marking_of
from briefgen.compose.words import Words
from briefgen.gate import open_gate
from briefgen.phrases import Spoken
from briefgen.records import Document, Event, Line, Meeting, Official
from briefgen.selection import Request
from briefgen.store import Store


def speaking(words: Words, full: Data) -> Data:
    """The points alone, each short form spelt out where it is first said."""
    expand = _Expander(words)
    points = []
    for point in full["points"]:
        texts = [point["lead"], point["also"], point["reason"]]
        lead, also, reason = (expand(text) for text in texts)
        topic = "" if lead else expand(point["topic"])
        kept = {"lead": lead, "also": also, "reason": reason, "topic": topic}
        points.append({**kept, "draft": point["draft"], "fact": point["fact"]})
    return _sealed(
        {
            "paper": {**full["paper"], "kind": "speaking", "edition": "speaking"},
            "marking": full["marking"],
            "country": full["country"],
            "meeting": full["meeting"],
            "points": points,
            "sections": ["points"],
            "sources": [],
            "drafter_notes": full["drafter_notes"],
        }
    )


class _Expander:
    """Spells out each short form once, at its first place in the order of reading."""

    def __init__(self, words: Words) -> None:
        self._long = {
            term.id: words.local(term.label) for term in words.store.terms("abbreviation").values()
        }
        for treaty in words.store.treaties.values():
            short = words.local(treaty.short)
            if short.isupper():
                self._long[short] = words.local(treaty.name)
        self._said: set[str] = set()

    def __call__(self, text: str) -> str:
        if not self._long:
            return text
        before = frozenset(self._said)
        spelt = self._spelt(text, str)
        if not isinstance(text, Spoken):
            return spelt
        self._said = set(before)  # the text and its marked form are spelt out alike
        return Spoken(spelt, self._spelt(text.html, lambda long: str(escape(str(long)))))

    def _spelt(self, text: str, shown: Callable[[str], str]) -> str:
        def once(match: re.Match[str]) -> str:
            short = match.group()
            if short in self._said:
                return short
            self._said.add(short)
            return f"{shown(self._long[short])} ({short})"

        forms = "|".join(map(re.escape, sorted(self._long, key=len, reverse=True)))
        return re.sub(rf"(?<!\w)(?:{forms})(?!\w)", once, text)


def leave_behind(words: Words, request: Request, full: Data) -> Data:
    """What may be given to the other side: points released to it, status, joint positions."""
    paper: Data = {
        "paper": {
            **{
                key: full["paper"][key]
                for key in ("title", "language", "as_of", "as_of_text", "ministry", "home")
            },
            "kind": "leave-behind",
            "edition": "leave-behind",
            "number": full["paper"]["number"],
            "drafter": "",
            "department": "",
        },
        "marking": {},
        "country": full["country"],
        "meeting": _occasion(full["meeting"]),
        "points": [_given(p) for p in full["points"] if p["given"] and not p["draft"]],
        "status": {
            "summaries": [],
            "rows": [
                {**row, "other": _public(words, row["other"]), "home": _public(words, row["home"])}
                for row in full["status"]["rows"]
            ],
        },
        "joint": [
            {"text": row["text"], "date": row["date"], "fact": row["fact"]}
            for group in full["commitments"]
            for row in group["rows"]
            if row["by"] == "both" and row["public"]
        ],
        "sections": ["points", "status", "joint"],
        "drafter_notes": [],
    }
    paper["sources"] = sources(words, paper, request.as_of)
    paper["marking"] = marking_of(words, paper)
    return _sealed(paper)


def _occasion(meeting: Data | None) -> Data | None:
    """Date and place; the delegations are known to both sides and stand in no paper given away."""
    return {k: meeting[k] for k in ("date", "place")} if meeting else None


def _given(point: Data) -> Data:
    kept = {key: point[key] for key in ("lead", "also", "reason", "topic", "draft")}
    return {**kept, "fact": point["fact"]}


def _public(words: Words, cell: Data) -> Data:
    """A standing with those of its sources that carry the lowest marking."""
    documents, gate = words.store.documents, open_gate(words.store)
    note = cell["note"]
    parts = [
        part
        for part in (note["parts"] if note else ())
        if gate.passes(f"document:{part['document']}", documents[part["document"]].marking)
    ]
    return {**cell, "note": {"parts": parts} if parts else None}


def _sealed(paper: Data) -> Data:
    paper["paper"].pop("version", None)
    paper["paper"]["version"] = version_of(paper)
    return paper


# -- what must not be found ----------------------------------------------------------------------


def withheld(store: Store, given: Mapping[str, Any], full: Mapping[str, Any]) -> list[Data]:
    """Everything of the record and of the full brief that the leave-behind does not hold.

    Each is `{what, text, whole}`; `whole` asks for whole words, as for names. Texts of fewer than
    four letters are passed over.
    """
    inside = _squeezed(" ".join(_texts(without_facts(given))))
    found: dict[str, Data] = {}
    for what, text, whole in (*_record(store), *_internal(full)):
        plain = _squeezed(text)
        if len(plain) > 3 and plain not in inside:
            found.setdefault(plain, {"what": what, "text": text, "whole": whole})
    return list(found.values())


def _record(store: Store) -> Iterator[tuple[str, str, bool]]:
    """Every name, title, address, statement, line and id of the record."""
    for official in store.all(Official, "official"):
        for name in (*official.name.values(), *official.spellings):
            yield f"the name of {official.id}", name, True
    for document in store.all(Document, "document"):
        titles = (*document.title.values(), *(document.short or {}).values())
        for text in (*titles, document.address or ""):
            yield f"the source {document.id}", text, False
    for event in store.all(Event, "event"):
        yield "the id of an event", event.id, True
        for text in (t for statement in event.statements for t in statement.text.values()):
            yield f"a statement of {event.id}", text, False
    for line in store.all(Line, "line"):
        yield "the id of a line", line.id, True
        for text in (t for t in line.text.values() if "{" not in t):
            yield f"the line {line.id}", text, False
    for meeting in store.all(Meeting, "meeting"):
        yield "the id of a meeting", meeting.id, True
        spoken = [*meeting.objectives, *(item.line or {} for item in meeting.agenda)]
        for text in (t for texts in spoken for t in texts.values()):
            yield f"the plan of {meeting.id}", text, False


def _internal(full: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """The sections of the full brief that never leave the house, as they were composed."""
    for section in ("objectives", "reactive", "avoid", "positions", "background", "press"):
        for part in _composed(full.get(section)):
            yield f"the section '{section}'", part, False
    for point in full["points"]:
        if not point["given"]:
            for key in ("lead", "also", "reason"):
                yield "a point that is not released", point[key], False
    drafter = full["paper"].get("drafter")
    if drafter:
        yield "the drafting office", drafter, False


def _composed(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for key, inner in part.items():
            if key not in ("fact", "note"):
                yield from _composed(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _composed(inner)


def _texts(part: Any) -> Iterable[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for inner in part.values():
            yield from _texts(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _texts(inner)


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()
