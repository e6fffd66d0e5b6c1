"""Shortening a paper: which items of which section give way first, and the line that says so.

In: the data of a paper, how many items each section gives up. Out: the data without them; what was
cited for them alone is no source of the paper any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from briefgen.compose.common import Data, sources
from briefgen.compose.facts import version_of
from briefgen.compose.words import Words
from briefgen.phrases import phrase


@dataclass(frozen=True, slots=True)
class Way:
    """How a section gives way: where its items are, whether the first go first, what is said."""

    path: tuple[str, ...]
    first_go: bool
    one: str
    many: str
    inner: str = ""


# The lowest rank goes first: contacts by age, the rest from the end of its section.
WAYS: dict[str, dict[str, Way]] = {
    "brief": {
        "contacts": Way(
            ("contacts", "direct"), True,
            phrase("{n} earlier contact: see the outreach history."),
            phrase("{n} earlier contacts: see the outreach history."),
        ),
        "positions": Way(
            ("positions",), False,
            phrase("{n} more topic is not shown."), phrase("{n} more topics are not shown."),
        ),
        "reactive": Way(
            ("reactive",), False,
            phrase("{n} more line is not shown."), phrase("{n} more lines are not shown."),
        ),
        "commitments": Way(
            ("commitments",), False,
            phrase("{n} more commitment is not shown."),
            phrase("{n} more commitments are not shown."),
            inner="rows",
        ),
        "people": Way(
            ("people",), False,
            phrase("{n} more person met earlier is not shown."),
            phrase("{n} more people met earlier are not shown."),
        ),
        "press": Way(
            ("press",), False,
            phrase("{n} more line is not shown."), phrase("{n} more lines are not shown."),
        ),
    },
    "history": {
        "chronology": Way(
            ("months",), True,
            phrase("{n} earlier entry is not shown."), phrase("{n} earlier entries are not shown."),
            inner="contacts",
        ),
    },
}  # fmt: skip


def droppable(paper: str, data: Mapping[str, Any], drop: Sequence[str]) -> list[str]:
    """The sections that give way, an entry an item, in the order in which items go."""
    found: list[str] = []
    for section in drop:
        way = WAYS.get(paper, {}).get(section)
        if way is not None:
            found += [section] * max(0, _count(_items(data, way), way) - 1)
    return found


def shortened(
    words: Words, data: Mapping[str, Any], counts: Mapping[str, int], as_of: date
) -> Data:
    """The data with so many items fewer in each section named, each with its line.

    `counts` are at least 1 and leave at least one item a section.
    """
    paper = str(data["paper"]["kind"])
    made: Data = dict(data)
    dropped: Data = {}
    for section, number in counts.items():
        way = WAYS[paper][section]
        _put(made, way, _without(_items(made, way), way, number))
        more = 0
        if section == "contacts":  # told once: those beyond the bureau's number are earlier too
            contacts = made["contacts"]
            more, made["contacts"] = contacts["more"], {**contacts, "more": 0}
        text = words.counted(number + more, way.one, way.many)
        dropped[section] = {"count": number, "text": text}
    made["dropped"] = dropped
    made["sources"] = sources(words, made, as_of)
    if "version" in made["paper"]:
        made["paper"] = {**made["paper"], "version": version_of(made)}
    return made


def _items(data: Mapping[str, Any], way: Way) -> list[Any]:
    found: Any = data
    for step in way.path:
        found = found.get(step) or [] if isinstance(found, Mapping) else []
    return list(found)


def _count(items: Sequence[Any], way: Way) -> int:
    return sum(len(item[way.inner]) for item in items) if way.inner else len(items)


def _without(items: list[Any], way: Way, number: int) -> list[Any]:
    """The items without the first or the last ones; groups left empty go too."""
    if not way.inner:
        return items[number:] if way.first_go else items[:-number]
    groups = [dict(item) for item in items]
    for group in groups if way.first_go else reversed(groups):
        inner = list(group[way.inner])
        gone = min(number, len(inner))
        group[way.inner] = inner[gone:] if way.first_go else inner[: len(inner) - gone]
        number -= gone
    return [group for group in groups if group[way.inner]]


def _put(data: Data, way: Way, items: list[Any]) -> None:
    """Put the items back, without changing what the data was made from."""
    *above, last = way.path
    owner = data
    for step in above:
        owner[step] = dict(owner[step])
        owner = owner[step]
    owner[last] = items
