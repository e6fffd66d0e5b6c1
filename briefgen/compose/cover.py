"""What a pack says of a State at a glance: the cover of its folder, and its row in the index.

In: a request for one State, and the papers made for it. Out: the plain data of the cover, and of a
row: standing, contacts, the last of them, what stays open. What counts as a contact is what the
paper on gaps counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from briefgen.compose.common import Data, contact, frame, sources
from briefgen.compose.facts import fact, version_of
from briefgen.compose.gaps import Gap, Gaps
from briefgen.compose.marked import marking_of, of_data
from briefgen.compose.words import Words, upper_first
from briefgen.markings import Handling
from briefgen.phrases import phrase
from briefgen.selection import Request

KINDS = {
    "brief": phrase("Brief"),
    "history": phrase("Outreach history"),
    "cover": phrase("Cover"),
}


def row_of(words: Words, request: Request) -> Data:
    """A State at a glance: the row of the index, and what its cover tells first.

    `contacts` are the direct contacts up to the as-of date; `last` the last of them, or None.
    """
    (country,) = request.countries
    gaps = Gaps(words, replace(request, countries=()), None, (country,))
    gap = gaps.of(country, changes=False)
    return {
        "code": country,
        "country": words.country(country),
        "standing": _standing(gaps, gap),
        "contacts": len(gap.direct),
        "last": _last(words, gap),
        "months": gaps.months(gap),
        "level": words.term("level", level) if (level := _level(gap)) else "",
        "asks": [
            {
                **words.statement(ask.statement, ask.chosen.event),
                "when": words.date(ask.chosen.event.date),
                "fact": fact(
                    f"event:{ask.chosen.event.id}#{ask.number}",
                    ask.chosen.reason,
                    ask.statement.origin,
                ),
            }
            for ask in gap.asks
        ],
        "uncertain": [
            {
                "record": f"event:{event.id}",
                "title": words.told(event.title),
                "date": words.date(event.date),
            }
            for event in gap.doubtful
        ],
        "handling": _counted(words, gap),
    }


def _counted(words: Words, gap: Gap) -> Data:
    """How all that is counted and told of a State is to be handled."""
    gate = words.gate
    events = [*(c.event for c in gap.direct), *gap.doubtful]
    asks = [gate.handling(a.statement.marking, a.chosen.event.marking) for a in gap.asks]
    return gate.joined([*(gate.handling(event.marking) for event in events), *asks]).as_data()


def _standing(gaps: Gaps, gap: Gap) -> Data | None:
    """Where the State stands on the treaty asked for, else on the ministry's first."""
    treaty = gaps.treaty
    if treaty is None:
        return None
    words = gaps.words
    cell = gaps.statuses.cell(treaty, gap.country)
    return {
        "treaty": words.treaty(treaty),
        "short": words.local(treaty.short),
        "status": gaps.standing(gap),
        "text": cell["text"],
        "note": cell["note"] or words.note(treaty.sources[:1]),
        "fact": cell["fact"],
    }


def _last(words: Words, gap: Gap) -> Data | None:
    if gap.last is None:
        return None
    shown = contact(words, gap.last)
    named = ("date", "on", "title", "place", "note", "fact")
    return {name: shown[name] for name in named}


def _level(gap: Gap) -> str | None:
    return gap.last.event.level.own if gap.last else None


def paper_entry(words: Words, kind: str, paper: Mapping[str, Any], files: Iterable[str]) -> Data:
    """A paper as the cover and the index list it."""
    return {
        "kind": kind,
        "label": words.say(KINDS[kind]),
        "title": paper["paper"]["title"],
        "version": paper["paper"].get("version") or version_of(paper),
        "marking": dict(paper["marking"]),
        "files": list(files),
    }


def compose_cover(
    words: Words, request: Request, row: Mapping[str, Any], papers: Sequence[Data]
) -> Data:
    """The data of a cover; its marking is the highest of what it lists and of what it tells."""
    country = request.countries[0]
    treaties = [words.local(words.store.treaties[t].short) for t in request.treaties]
    name = upper_first(words.country(country))
    about = words.listed(map(upper_first, treaties))
    title = words.say("{country}: {subject}", country=name, subject=about) if about else name
    told = [of_data(paper["marking"]) for paper in papers]
    paper: Data = {
        "paper": frame(words, request, "cover", title),
        "marking": {},
        "country": {"code": country, "name": words.country(country)},
        "standing": dict(row),
        "papers": list(papers),
    }
    paper["sources"] = sources(words, paper, request.as_of)
    paper["marking"] = marking_of(words, paper, *told, Handling.of(row["handling"]))
    paper["paper"]["version"] = version_of(paper)
    return paper
