"""The record itself for machines: the stable JSON of `events`, `select` and `status`.

In: records and selections. Out: plain data in the form that README describes. Countries are alpha-3
codes, dates are as written (`2003-01` for a month).
"""

from __future__ import annotations

from typing import Any

from briefgen.dates import Precision
from briefgen.records import Event, Marking, Participant
from briefgen.selection import Selection
from briefgen.status import State, Tally
from briefgen.store import Store

Data = dict[str, Any]


def event_data(store: Store, event: Event) -> Data:
    """One event of the record."""
    origin = event.origin
    return {
        "id": event.id,
        "date": str(event.date) if event.date else None,
        "precision": (event.date.precision if event.date else Precision.NONE).value,
        "end": str(event.end) if event.end else None,
        "title": event.title,
        "channel": event.channel.value,
        "kind": event.kind,
        "series": event.series,
        "round": event.round,
        "level": event.level.model_dump(),
        "place": _place(event),
        "participants": [_participant(store, event, p) for p in event.participants],
        "target_countries": list(event.target_countries),
        "target_groups": list(event.target_groups),
        "to_all_states": event.to_all_states,
        "treaties": list(event.all_treaties),
        "items": [heading.model_dump() for heading in event.items],
        "statements": [
            {
                "topic": s.topic,
                "treaty": s.treaty,
                "item": s.item,
                "by": s.by,
                "act": s.act,
                "ask": s.ask,
                "of": list(s.of) + list(s.of_groups),
                "qualifier": s.qualifier,
                "text": s.text,
                "answers": s.answers,
                "answers_also": list(s.answers_also),
                "marking": _marking(s.marking),
                "sources": [c.model_dump() for c in s.sources],
            }
            for s in event.statements
        ],
        "marking": _marking(event.marking or store.ministry.marking),
        "note": event.note,
        "sources": [c.model_dump() for c in event.sources],
        "origin": {"file": origin.file, "line": origin.line} if origin else None,
    }


def _marking(marking: Marking | None) -> Data | str | None:
    """A marking as records write it: the level alone, or a map where there is more."""
    if marking is None:
        return None
    told = marking.model_dump(exclude_defaults=True, mode="json")
    return marking.level if set(told) == {"level"} else told


def _place(event: Event) -> Data | None:
    if event.place is None:
        return None
    place = event.place
    return {"venue": place.venue, "city": place.city, "country": place.country}


def _participant(store: Store, event: Event, participant: Participant) -> Data:
    official = store.officials.get(participant.official or "")
    office = official.office_on(event.date) if official and event.date else None
    titles = participant.office or (office.title if office else None) or {}
    names = official.name if official else {}
    return {
        "name": participant.name or names.get("en") or next(iter(names.values()), None),
        "office": titles.get("en") or next(iter(titles.values()), None),
        "country": participant.country or (official.country if official else None),
        "role": participant.role,
    }


def selection_data(selection: Selection) -> Data:
    """A selection with its request: what is in and out, by which rule and for which reason."""
    request = selection.request
    return {
        "request": {
            "home": request.home,
            "countries": list(request.countries),
            "treaties": list(request.treaties),
            "topics": list(request.topics),
            "since": str(request.since) if request.since else None,
            "until": str(request.until) if request.until else None,
            "as_of": request.as_of.isoformat(),
            "ceiling": request.ceiling,
            "readers": list(request.readers),
        },
        "included": [
            {
                "event": c.event.id,
                "date": str(c.event.date) if c.event.date else None,
                "statements": list(c.shown),
                "rule": c.reason.rule,
                "reason": c.reason.sentence,
            }
            for c in selection.included
        ],
        "left_out": [
            {"event": o.event.id, "rule": o.reason.rule, "reason": o.reason.sentence}
            for o in selection.left_out
        ],
    }


def status_data(
    treaty: str, as_of: str, counts: Tally, groups: dict[str, Tally], states: list[State]
) -> Data:
    """The standing of States on a treaty on a date."""
    return {
        "treaty": treaty,
        "as_of": as_of,
        "counts": {"signed": counts.signed, "ratified": counts.ratified},
        "groups": {
            name: {
                "total": t.total,
                "ratified": t.ratified,
                "signed_only": t.signed_only,
                "not_signed": t.not_signed,
            }
            for name, t in groups.items()
        },
        "states": [
            {
                "country": s.country,
                "status": s.standing.value,
                "signed": str(s.signed) if s.signed else None,
                "ratified": str(d) if (d := s.consented or s.in_force) else None,
                "withdrawn": str(s.withdrawn) if s.withdrawn else None,
            }
            for s in states
        ],
    }
