"""Which lines to take belong in a paper on one State, and why the others do not.

In: the store, a request for one country, the treaties and topics of the paper, the level of the
meeting. Out: `LineSelection`: the lines taken, each with its reason, and those that would fit but
are expired, not yet valid, not cleared or above the ceiling. None of these is used silently.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from briefgen.dates import PartialDate
from briefgen.gate import Gate
from briefgen.records import Line, LineKind
from briefgen.selection import Reason, Request, held_back
from briefgen.status import state_of
from briefgen.store import Store

# Left out, and the drafter is warned: the line was meant for this paper.
WARNED = frozenset(("line-expired", "line-not-cleared"))


@dataclass(frozen=True, slots=True)
class Taken:
    """A line of a paper; `draft` marks one that is not cleared for the as-of date."""

    line: Line
    reason: Reason
    draft: bool = False


@dataclass(frozen=True, slots=True)
class LineOut:
    """A line that fits the State and the paper, and why it is not in it."""

    line: Line
    reason: Reason


@dataclass(slots=True)
class LineSelection:
    """The lines of a paper, in the order of the files."""

    taken: list[Taken] = field(default_factory=list)
    left_out: list[LineOut] = field(default_factory=list)

    def of(self, *kinds: LineKind) -> list[Taken]:
        """The lines taken of some kinds."""
        return [taken for taken in self.taken if taken.line.kind in kinds]


def select_lines(
    store: Store,
    request: Request,
    *,
    treaties: Collection[str],
    topics: Collection[str],
    level: str | None = None,
    drafts: bool = False,
) -> LineSelection:
    """Choose the lines for the one country of the request on its as-of date.

    A line on a treaty or a topic is taken only where the paper is about it. With `drafts`, lines
    that are expired or not cleared are taken as drafts.
    """
    selection, gate = LineSelection(), Gate(store, request.release)
    for line in store.all(Line, "line"):
        about = line.treaty in treaties if line.treaty else (line.topic or "") in {"", *topics}
        why = _audience(store, request, line, level) if about else None
        if why is None:
            continue
        if not gate.passes(f"line:{line.id}", line.marking):
            sentence = held_back(request.release)
            selection.left_out.append(LineOut(line, Reason("above-ceiling", sentence)))
            continue
        bar = _barred(line, request)
        if bar is None:
            selection.taken.append(Taken(line, Reason("line", why)))
        elif drafts and bar.rule in WARNED:
            reason = Reason("line-draft", f"{why} {bar.sentence}")
            selection.taken.append(Taken(line, reason, draft=True))
        else:
            selection.left_out.append(LineOut(line, bar))
    return selection


def _audience(store: Store, request: Request, line: Line, level: str | None) -> str | None:
    """Why the line is for this State, as a sentence; None when it is not."""
    audience, (country,) = line.audience, request.countries
    name = store.countries.in_sentence(country)
    if country in audience.except_countries:
        return None
    if audience.countries and country not in audience.countries:
        return None
    if audience.levels and level not in audience.levels:
        return None
    why = []
    if audience.countries:
        why.append(f"for {name} by name")
    if audience.levels:
        why.append("for meetings of this level")
    if audience.groups:
        group = next((g for g in audience.groups if _member(store, request, g, country)), None)
        if group is None:
            return None
        why.append(f"for members of {group}")
    if audience.status and line.treaty:
        actions = store.actions(line.treaty, country)[country]
        state = state_of(country, actions, store.treaties[line.treaty], request.as_of)
        if state.standing not in audience.status:
            return None
        why.append(f"for States with the standing '{state.standing.value}' on {line.treaty}")
    return f"A line {', '.join(why) or 'for every State'}."


def _member(store: Store, request: Request, group: str, country: str) -> bool:
    day = PartialDate(request.as_of.isoformat())
    rows = store.memberships(country=country)
    return any(m.group == group and m.counts_on(day) for m in rows)


def _barred(line: Line, request: Request) -> Reason | None:
    """Why the line may not be used on the as-of date."""
    day = request.as_of
    if line.valid_from and line.valid_from.first > day:
        return Reason("line-not-yet-valid", f"Valid only from {line.valid_from}.")
    if line.valid_until and line.valid_until.last < day:
        return Reason("line-expired", f"Expired: valid until {line.valid_until}.")
    cleared = line.cleared
    if cleared is None or cleared.status == "pending":
        return Reason("line-not-cleared", "Nobody has cleared it.")
    if cleared.status == "refused":
        return Reason("line-not-cleared", f"Clearance was refused on {cleared.on}.")
    if cleared.on and cleared.on.last > day:
        return Reason("line-not-cleared", f"Cleared only on {cleared.on}, after {day}.")
    return None
