"""Canaries: a word of its own in every text of every kind of record that bears a marking.

In: a workspace, the level to mark them with. Out: the words by record and field. All of it concerns
one State and one treaty, and lies before `AS_OF`, so that every paper would show it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

AS_OF = "2003-08-12"
STATE, TREATY = "CHN", "CTBT"
_LINES = (
    "objective", "to make", "if raised", "defensive", "avoid", "their likely point", "press line",
)  # fmt: skip


class Planter:
    """Makes canaries, and remembers where each was put."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}

    def word(self, where: str) -> str:
        """A new word; letters alone, so that no line breaks it."""
        number = len(self.planted)
        letters = "".join(chr(ord("a") + (number // 26**n) % 26) for n in (2, 1, 0))
        made = f"Zqx{letters}kanarie"
        self.planted[made] = where
        return made

    def text(self, where: str) -> dict[str, str]:
        """A text with a canary in it."""
        return {"en": f"Some words about {self.word(where)} and more"}


def plant(workspace: Path, level: str) -> dict[str, str]:
    """Put the records into a workspace; the canaries, each with its record and field."""
    planter = Planter()
    document = _document(planter, level)
    events = [_secret_event(planter, level, document), _open_event(planter, level, document)]
    write(workspace / "data/events/canaries.yaml", events)
    write(workspace / "data/lines/canaries.yaml", _lines(planter, level, document))
    write(workspace / "data/meetings/canary.yaml", _meeting(planter, level))
    path = workspace / "data/documents.yaml"
    listed = yaml.safe_dump([document], allow_unicode=True, sort_keys=False)
    path.write_text(path.read_text("utf-8").rstrip() + "\n" + listed, "utf-8")
    return planter.planted


def write(path: Path, data: Any) -> None:
    """Data as YAML."""
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    path.write_text(text.replace(": true", ": yes"), "utf-8")


def _document(planter: Planter, level: str) -> dict[str, Any]:
    return {
        "id": f"doc-{planter.word('document.id')}",
        "title": planter.text("document.title"),
        "short": planter.text("document.short"),
        "issuer": planter.text("document.issuer"),
        "date": "2003-01-10",
        "address": f"https://example.org/{planter.word('document.address')}",
        "kind": "cable",
        "marking": level,
        "note": planter.text("document.note"),
    }


def _people(
    planter: Planter, where: str, countries: tuple[str, ...] = ("JPN", STATE)
) -> list[dict[str, Any]]:
    return [
        {
            "name": f"A. {planter.word(f'{where}.participants.name')}",
            "office": planter.text(f"{where}.participants.office"),
            "country": country,
            "as_printed": planter.word(f"{where}.participants.as_printed"),
        }
        for country in countries
    ]


def _place(planter: Planter, where: str) -> dict[str, Any]:
    return {
        "venue": planter.text(f"{where}.place.venue"),
        "city": planter.word(f"{where}.place.city"),
        "country": STATE,
    }


def _secret_event(planter: Planter, level: str, document: dict[str, Any]) -> dict[str, Any]:
    cited = [{"document": document["id"], "place": planter.word("event.sources.place")}]
    return {
        "id": f"event-{planter.word('event.id')}",
        "title": planter.text("event.title"),
        "date": "2003-05-05",
        "place": _place(planter, "event"),
        "channel": "bilateral",
        "kind": "consultation",
        "level": {"own": "minister", "other": "minister"},
        "participants": _people(planter, "event"),
        "target_countries": [STATE],
        "items": [{"number": "1", "title": planter.text("event.items.title")}],
        "statements": [
            _statement(planter, "event.statements", by, None) | {"item": "1"}
            for by in ("own", "other")
        ],
        "marking": level,
        "note": planter.text("event.note"),
        "sources": cited,
    }


def _statement(planter: Planter, where: str, by: str, level: str | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "topic": "nuclear-testing",
        "treaty": TREATY,
        "by": by,
        "act": "requests" if by == "own" else "states",
        "text": planter.text(f"{where}.text"),
        "sources": [
            {"document": "untc-ctbt-status", "place": planter.word(f"{where}.sources.place")}
        ],
    }
    if by == "own":
        made |= {"ask": "ratify", "of": STATE, "qualifier": planter.word(f"{where}.qualifier")}
    else:
        made["commitment"] = {
            "kind": "undertaking",
            "due_as_printed": planter.text(f"{where}.commitment.due_as_printed"),
            "done": "2003-06",
            "outcome": planter.text(f"{where}.commitment.outcome"),
            "sources": [
                {
                    "document": "untc-ctbt-status",
                    "place": planter.word(f"{where}.commitment.sources.place"),
                }
            ],
        }
    return made | ({"marking": level} if level else {})


def _open_event(planter: Planter, level: str, document: dict[str, Any]) -> dict[str, Any]:
    """An event that may be shown, with a statement that may not, and a source that may not."""
    return {
        "id": "open-event",
        "title": {"en": "An open meeting with China"},
        "date": "2003-06-06",
        "channel": "bilateral",
        "kind": "consultation",
        "participants": [{"country": "JPN"}, {"country": STATE}],
        "target_countries": [STATE],
        "statements": [
            {"topic": "nuclear-testing", "treaty": TREATY, "by": "own", "act": "requests",
             "ask": "ratify", "of": STATE, "text": {"en": "We asked for ratification, openly."},
             "sources": [{"document": document["id"]}, {"document": "untc-ctbt-status"}]},
            _statement(planter, "open.statements", "other", level),
        ],
        "sources": [{"document": "untc-ctbt-status"}, {"document": document["id"]}],
    }  # fmt: skip


def _lines(planter: Planter, level: str, document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"line-{planter.word(f'line.{kind}.id')}",
            "kind": kind,
            "treaty": TREATY,
            "cue": planter.text(f"line.{kind}.cue"),
            "text": planter.text(f"line.{kind}.text"),
            "cleared": {"office": planter.text(f"line.{kind}.cleared.office"), "on": "2003-08-01"},
            "marking": level,
            "releasable_to": "all",
            "sources": [
                {"document": document["id"], "place": planter.word(f"line.{kind}.sources.place")}
            ],
        }
        for kind in _LINES
    ]


def _meeting(planter: Planter, level: str) -> dict[str, Any]:
    return {
        "id": f"meeting-{planter.word('meeting.id')}",
        "title": planter.text("meeting.title"),
        "date": "2003-08-13",
        "place": _place(planter, "meeting"),
        "country": STATE,
        "delegations": {
            "own": _people(planter, "meeting.own", ("JPN",)),
            "other": _people(planter, "meeting.other", (STATE,)),
        },
        "objectives": [planter.text("meeting.objectives")],
        "agenda": [
            {"topic": "nuclear-testing", "treaty": TREATY,
             "title": planter.text("meeting.agenda.title")},
            {"topic": "small-arms", "title": planter.text("meeting.agenda.title, no treaty"),
             "line": planter.text("meeting.agenda.line")},
        ],
        "drafter": planter.text("meeting.drafter"),
        "clearances": [{"office": planter.text("meeting.clearances.office"), "on": "2003-08-02"}],
        "marking": level,
    }  # fmt: skip
