"""Markings joined and worded: the highest level, every caveat, the readers that all parts allow.

In: a scheme as plain data (`ladder_of`), markings of records as `Handling`s. Out: the handling of a
whole, its banner for head and foot of a page, its portion mark. What is not known to the scheme is
an error of its caller: nothing here guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

from briefgen.phrases import Spoken
from briefgen.records import Marking, Scheme

Ladder = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Handling:
    """How something is to be handled: level and caveats by id, and the States that alone may read
    it; None: any."""

    level: str
    caveats: tuple[str, ...] = ()
    readers: frozenset[str] | None = None

    def as_data(self) -> dict[str, Any]:
        """The same as plain data."""
        readers = None if self.readers is None else sorted(self.readers)
        return {"level": self.level, "caveats": list(self.caveats), "readers": readers}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Handling:
        """From `as_data`."""
        readers = data["readers"]
        limited = None if readers is None else frozenset(readers)
        return cls(data["level"], tuple(data["caveats"]), limited)


def ladder_of(scheme: Scheme, words: Callable[[Mapping[str, str]], str]) -> dict[str, Any]:
    """A scheme as plain data, its labels worded by `words`."""
    releasable = scheme.releasable
    return {
        "levels": [_mark(level, words) for level in scheme.levels],
        "caveats": [_mark(caveat, words) for caveat in scheme.caveats],
        "releasable": releasable.model_dump() if releasable else None,
        "separator": scheme.separator,
        "between": scheme.between,
        "portions": scheme.portions,
    }


def _mark(mark: Any, words: Callable[[Mapping[str, str]], str]) -> dict[str, Any]:
    limits = bool(getattr(mark, "only", ()))
    portion_ = mark.portion or ""
    return {"id": mark.id, "label": words(mark.label), "portion": portion_, "limits": limits}


def handling_of(
    marking: Marking, scheme: Scheme, members: Callable[[str], Iterable[str]]
) -> Handling | None:
    """What the marking of a record means; None for a level or caveat that the scheme lacks.

    `members` gives the members of a group. A caveat for some readers limits them further.
    """
    caveats = {caveat.id: caveat for caveat in scheme.caveats}
    levels = [level.id for level in scheme.levels]
    if marking.level not in levels or any(name not in caveats for name in marking.caveats):
        return None
    limits = [frozenset(c.only) for name in marking.caveats if (c := caveats[name]).only]
    if marking.readers or marking.reader_groups:
        named = set(marking.readers)
        for group in marking.reader_groups:
            named.update(members(group))
        limits.append(frozenset(named))
    ordered = tuple(c.id for c in scheme.caveats if c.id in marking.caveats)
    return Handling(marking.level, ordered, _meeting(limits))


def joined(handlings: Iterable[Handling], ladder: Ladder) -> Handling:
    """The handling of a whole: the highest level, all caveats, the readers that all parts allow.

    Raises ValueError for nothing at all.
    """
    found = list(handlings)
    order = [level["id"] for level in ladder["levels"]]
    named = {name for handling in found for name in handling.caveats}
    return Handling(
        max((handling.level for handling in found), key=order.index),
        tuple(c["id"] for c in ladder["caveats"] if c["id"] in named),
        _meeting([h.readers for h in found if h.readers is not None]),
    )


def _meeting(limits: Sequence[Collection[str]]) -> frozenset[str] | None:
    """The readers that every limit allows."""
    return frozenset.intersection(*map(frozenset, limits)) if limits else None


def banner(handling: Handling, ladder: Ladder, home: str) -> str:
    """The marking as it stands at head and foot of a page: `SECRET//REL TO USA, GBR`.

    Raises ValueError where readers are limited and the scheme has no words for it.
    """
    return _worded(handling, ladder, home, "label", "banner")


def portion(handling: Handling, ladder: Ladder, home: str) -> str:
    """The portion mark, without brackets: `S//REL TO USA, GBR`."""
    return _worded(handling, ladder, home, "portion", "portion")


def _worded(handling: Handling, ladder: Ladder, home: str, label: str, form: str) -> str:
    (level,) = (level for level in ladder["levels"] if level["id"] == handling.level)
    caveats = [c for c in ladder["caveats"] if c["id"] in handling.caveats]
    parts = [c[label] for c in caveats]
    releasable = ladder["releasable"] or {}
    # A caveat that limits the readers says so itself.
    if handling.readers is not None and not any(c["limits"] for c in caveats):
        if form not in releasable:
            raise ValueError("the marking scheme has no words for who may read (releasable)")
        codes = releasable["between"].join([home, *sorted(handling.readers - {home})])
        parts.append(releasable[form].replace("{readers}", codes))
    text: str = level[label]
    if not parts:
        return text
    told: str = ladder["separator"] + ladder["between"].join(parts)
    html = getattr(text, "html", None)
    if html is None:
        return text + told
    # A label in another language than the paper stands in a span with its direction, all of it.
    inner, _, end = str(html).rpartition("</span>")
    return Spoken(text + told, f"{inner}{escape(told)}</span>{end}")


def above(handling: Handling, other: Handling, ladder: Ladder) -> bool:
    """Whether a handling is stricter than another: a higher level, or a caveat more."""
    order = [level["id"] for level in ladder["levels"]]
    higher = order.index(handling.level) > order.index(other.level)
    return higher or not set(handling.caveats) <= set(other.caveats)
