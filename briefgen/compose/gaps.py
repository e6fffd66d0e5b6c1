"""Gaps in the contacts: who was not met since when, what stays unanswered, what changed since.

In: a request without countries, the States to look at, and the rules of `selection`, one State at a
time, so that what counts as a contact is what a brief would show. Out: `Gaps`, with the documented
JSON and rows for tables. A month stays a month, and "none" is always "none on
record".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from briefgen.compose.common import Data, Statuses
from briefgen.compose.words import Words
from briefgen.dates import PartialDate, Precision, months_between
from briefgen.records import (
    Action,
    Ask,
    Channel,
    Event,
    Statement,
    TreatyAction,
)
from briefgen.selection import Chosen, Request, Selection, select

_ADDRESSED = ("named-target", "group-target", "treaty-wide")
_STEPS = tuple(Action)


@dataclass(frozen=True, slots=True)
class OpenAsk:
    """An ask of ours without a recorded answer that the State's standing does not meet."""

    chosen: Chosen
    number: int
    statement: Statement


@dataclass(frozen=True, slots=True)
class Change:
    """A step on a treaty after the last contact; not `certain` where dates leave it open."""

    action: TreatyAction
    certain: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """What the record holds, and does not hold, of one State.

    `after` is the contact that the changes are told against: the last direct one, else the last
    time the State was addressed; without either they are told from the beginning of the record.
    """

    country: str
    direct: tuple[Chosen, ...]
    addressed: Chosen | None
    doubtful: tuple[Event, ...]
    asks: tuple[OpenAsk, ...]
    changes: tuple[Change, ...]
    after: Chosen | None

    @property
    def last(self) -> Chosen | None:
        """The last direct contact; an undated one only when no other is on record."""
        return latest(self.direct) or (self.direct[-1] if self.direct else None)


class Gaps:
    """The gaps of a request; without `countries`, of every State met or on a deciding list."""

    def __init__(
        self,
        words: Words,
        request: Request,
        group: str | None = None,
        countries: Sequence[str] = (),
    ) -> None:
        self.words = words
        self.store = words.store
        self.request = replace(request, countries=())
        self.group = group
        self.statuses = Statuses(words, request.as_of)
        own = self.request.treaties or self.store.ministry.treaties
        self.treaty = self.store.treaties[own[0]] if own else None
        self._met_by = {ask.id: ask.met_by for ask in self.store.all(Ask, "ask")}
        self._named = tuple(countries)

    # -- finding ---------------------------------------------------------------------------------

    @cached_property
    def found(self) -> list[Gap]:
        """The gaps, in the order in which they are told."""
        found = [self.of(country) for country in self._named or self._countries()]
        return sorted(found, key=self._order)

    @cached_property
    def begins(self) -> PartialDate | None:
        """The date of the first event on record."""
        dated = [c.event.date for c in self._record if c.event.date]
        return min(dated, key=lambda d: (d.last, d.first), default=None)

    @cached_property
    def _record(self) -> list[Chosen]:
        return select(self.store, self.request).included

    def _countries(self) -> list[str]:
        """The States at the table of a bilateral contact, and those of the deciding list."""
        codes = [
            self.words.person(p, chosen.event.date)["country"]
            for chosen in self._record
            if chosen.event.channel is Channel.BILATERAL
            for p in chosen.event.participants
        ]
        named = self.statuses.deciding_list(self.treaty) if self.treaty else None
        codes += self.statuses.members(named.group) if named else []
        return [c for c in dict.fromkeys(codes) if c and c != self.request.home]

    def of(self, country: str, *, changes: bool = True) -> Gap:
        """The gap with one State; without `changes` the steps since the contact are not looked up,
        for which the whole record may have to be read."""
        selection = select(self.store, replace(self.request, countries=(country,)))
        direct = tuple(c for c in selection.included if c.reason.rule == "direct-contact")
        addressed = latest(c for c in selection.included if c.reason.rule in _ADDRESSED)
        after = latest(direct) or addressed
        return Gap(
            country=country,
            direct=direct,
            addressed=addressed,
            doubtful=tuple(_doubtful(selection)),
            asks=tuple(self._open_asks(country, direct)),
            changes=tuple(
                self._changes(country, after.event if after else None) if changes else ()
            ),
            after=after,
        )

    def _order(self, gap: Gap) -> tuple[object, ...]:
        """Never met first, by name; then the longest ago."""
        name, last = self.words.country(gap.country), gap.last
        if last is None:
            return (0, date.min, date.min, name)
        day = _until(last.event)
        return (1, day.last, day.first, name) if day else (1, date.min, date.min, name)

    def _open_asks(self, country: str, direct: Sequence[Chosen]) -> Iterator[OpenAsk]:
        """The newest telling of each ask, if it is unanswered and not yet met."""
        newest: dict[tuple[str, ...], OpenAsk] = {}
        for chosen in direct:
            for number, statement in chosen.statements:
                if statement.ask and self._put_to(country, statement, chosen.event):
                    about = ("treaty", statement.treaty or "")
                    key = about if statement.treaty else ("topic", statement.topic)
                    newest.pop((statement.ask, *key), None)
                    newest[statement.ask, *key] = OpenAsk(chosen, number, statement)
        for ask in newest.values():
            if ask.number not in answered(ask.chosen.event) and not self._met(country, ask):
                yield ask

    def _put_to(self, country: str, statement: Statement, event: Event) -> bool:
        if statement.by not in ("own", self.request.home):
            return False
        if statement.of or statement.of_groups:
            return country in statement.of
        return country in event.target_countries

    def _met(self, country: str, ask: OpenAsk) -> bool:
        treaty, met_by = ask.statement.treaty, self._met_by.get(ask.statement.ask or "", ())
        return bool(treaty) and self.statuses.state(treaty or "", country).standing in met_by

    def _changes(self, country: str, event: Event | None) -> Iterator[Change]:
        """Steps after the contact, or after the record begins; those that may be after it too."""
        start = event.date if event else self.begins
        end = _until(event) if event else start
        if start is None or end is None:
            return
        for treaty in self.request.treaties or tuple(self.store.treaties):
            counted = self.statuses.state(treaty, country).counted
            for action in sorted(counted, key=lambda a: (a.date.last, _STEPS.index(a.action))):
                if action.date.last > start.first:
                    by = action.precision is Precision.BY
                    yield Change(action, not by and action.date.first > end.last)

    # -- for machines and for the terminal -------------------------------------------------------

    def data(self) -> Data:
        """The stable JSON that README describes."""
        request = self.request
        return {
            "as_of": request.as_of.isoformat(),
            "group": self.group,
            "treaty": request.treaties[0] if request.treaties else None,
            "home": request.home,
            "ceiling": request.ceiling,
            "standing_on": self.treaty.id if self.treaty else None,
            "countries": [self._country_data(gap) for gap in self.found],
        }

    def _country_data(self, gap: Gap) -> Data:
        return {
            "country": gap.country,
            "standing": self.standing(gap),
            "contacts": len(gap.direct),
            "last": _event_data(gap.last),
            "months_since": self.months(gap),
            "by_level": {level: str(day) for level, day in self.by_level(gap).items()},
            "last_addressed": _event_data(gap.addressed),
            "open_asks": [
                {
                    "ask": ask.statement.ask,
                    "treaty": ask.statement.treaty,
                    "event": ask.chosen.event.id,
                    "statement": ask.number,
                    "date": _text(ask.chosen.event.date),
                    "act": ask.statement.act,
                    "qualifier": ask.statement.qualifier,
                }
                for ask in gap.asks
            ],
            "changes": [
                {
                    "treaty": change.action.treaty,
                    "action": change.action.action.value,
                    "date": str(change.action.date),
                    "certain": change.certain,
                    "source": change.action.source,
                }
                for change in gap.changes
            ],
            "changes_after": gap.after.event.id if gap.after else None,
            "date_uncertain": [event.id for event in gap.doubtful],
        }

    def standing(self, gap: Gap) -> str | None:
        """The State's standing on the treaty asked for, else on the ministry's first."""
        if self.treaty is None:
            return None
        return self.statuses.state(self.treaty.id, gap.country).standing.value

    def months(self, gap: Gap) -> int | None:
        """Months since the last direct contact."""
        day = _until(gap.last.event) if gap.last else None
        return months_between(day, self.request.as_of) if day else None

    def by_level(self, gap: Gap) -> dict[str, PartialDate]:
        """The date of the last contact at each level of our side, the highest level first."""
        found = {
            level: day
            for chosen in gap.direct
            if (level := chosen.event.level.own) and (day := chosen.event.date)
        }
        return {level: found[level] for level in self.store.terms("level") if level in found}

    def rows(self) -> list[tuple[str, ...]]:
        """A row a State: name, last contact, level, months since, standing."""
        return [
            (
                self.words.country(gap.country),
                (_text(gap.last.event.date) or "undated") if gap.last else "none",
                (gap.last.event.level.own or "") if gap.last else "",
                "" if (months := self.months(gap)) is None else str(months),
                (self.standing(gap) or "").replace("_", " "),
            )
            for gap in self.found
        ]

    def ask_rows(self) -> list[tuple[str, ...]]:
        """A row an open ask: State, date, event, what was asked."""
        return [
            (
                self.words.country(gap.country),
                _text(ask.chosen.event.date) or "undated",
                ask.chosen.event.id,
                " ".join(t for t in (ask.statement.ask, ask.statement.treaty) if t),
            )
            for gap in self.found
            for ask in gap.asks
        ]

    def change_rows(self) -> list[tuple[str, ...]]:
        """A row a change: State, date, the contact that it is told against, the step."""
        return [
            (
                self.words.country(gap.country),
                f"{by(change.action)}{change.action.date}",
                gap.after.event.id if gap.after else "",
                f"{change.action.treaty} {change.action.action.value}"
                f"{'' if change.certain else ' (may lie before)'}",
            )
            for gap in self.found
            for change in gap.changes
        ]


def answered(event: Event) -> set[int]:
    """The numbers of the statements that a later one answers.

    Answers count whatever their marking, for else "none recorded" would be untrue.
    """
    return {number for answer in event.statements for number in answer.all_answered}


def latest(chosen: Iterable[Chosen]) -> Chosen | None:
    """The last of those that are dated, in the order of the selection."""
    return next((c for c in reversed(tuple(chosen)) if c.event.date), None)


def _doubtful(selection: Selection) -> Iterator[Event]:
    """Contacts with the State, or calls on it, that may lie after the as-of date."""
    for out in selection.left_out:
        event = out.event
        aimed = event.target_countries or event.target_groups or event.to_all_states
        concerned = event.channel is Channel.BILATERAL or aimed
        if concerned and event.date and out.reason.rule == "date-uncertain":
            yield event


def _until(event: Event) -> PartialDate | None:
    return event.end or event.date


def by(step: TreatyAction) -> str:
    """`by ` before the date of a step that is only known to have been taken by then."""
    return "by " if step.precision is Precision.BY else ""


def _text(day: PartialDate | None) -> str | None:
    return str(day) if day else None


def _event_data(chosen: Chosen | None) -> dict[str, Any] | None:
    if chosen is None:
        return None
    event = chosen.event
    return {
        "event": event.id,
        "date": _text(event.date),
        "level": event.level.own,
        "rule": chosen.reason.rule,
    }
