"""Substance: what is well formed and yet cannot be right, or should be looked at.

In: a store. Out: problems; most are warnings, which `check --strict` turns into errors. Nothing
here changes the record: it stays true to what was said, and the drafter is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from briefgen.dates import PartialDate
from briefgen.errors import Problem, Severity, Source
from briefgen.records import (
    Ask,
    Channel,
    Event,
    Line,
    LineKind,
    Meeting,
    Origin,
    Participant,
    Standing,
    Statement,
    TreatyAction,
)
from briefgen.status import State, state_of
from briefgen.store import Store

_WHY = {
    Standing.NOT_SIGNED: "had not signed it",
    Standing.SIGNED: "had already signed it",
    Standing.RATIFIED: "had already ratified it",
    Standing.RATIFICATION_WITHDRAWN: "had withdrawn its ratification",
    Standing.WITHDRAWN: "had withdrawn from it",
}

_SPOKEN = (LineKind.TO_MAKE, LineKind.IF_RAISED, LineKind.DEFENSIVE, LineKind.PRESS)


def check_substance(store: Store) -> list[Problem]:
    """Every doubt about the record, in the order of the files.

    Works on what could be read: a name that leads nowhere is told elsewhere and passed over here.
    """
    if not store.ids("ministry"):
        return []
    checker = _Checker(store)
    found: list[Problem] = []
    events = store.all(Event, "event")
    for event in events:
        found += checker.event(event)
    found += checker.twice(events)
    for meeting in store.all(Meeting, "meeting"):
        found += checker.meeting(meeting)
    for line in store.all(Line, "line"):
        found += checker.line(line)
    return sorted(found, key=lambda p: p.order)


class _Checker:
    """The checks of one run, with what they look up."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.home = store.ministry.country
        self.broken = store.broken_files()
        self._tables: dict[str, dict[str, list[TreatyAction]]] = {}
        self.asks = {ask.id: ask for ask in store.all(Ask, "ask")}

    def event(self, event: Event) -> Iterator[Problem]:
        """All checks of one event."""
        if not event.sources and not any(s.sources for s in event.statements):
            yield _problem(
                event.origin,
                event.id,
                "rests on no source",
                "cite a document: sources: [{document: ID, place: ...}]",
                "no-source",
            )
        yield from self._offices(event.participants, event.date, event)
        present = self._present(event)
        for number, statement in enumerate(event.statements, 1):
            subject = f"{event.id} statement {number}"
            yield from self._absent_speaker(event, statement, present, subject)
            yield from self._contradictions(event, statement, subject)

    def meeting(self, meeting: Meeting) -> Iterator[Problem]:
        """A delegate who holds no office on the day of the meeting."""
        people = (*meeting.delegations.own, *meeting.delegations.other)
        yield from self._offices(people, meeting.date, meeting)
        for item in meeting.agenda:
            allowed = (meeting.country, *item.names)
            yield from self._names(item.line, allowed, item.origin, meeting.id)

    def line(self, line: Line) -> Iterator[Problem]:
        """A line to be spoken that names a State for which it is not, without leave."""
        if line.kind in _SPOKEN:
            allowed = (*line.audience.countries, *line.names)
            for text in (line.text, line.cue):
                yield from self._names(text, allowed, line.origin, line.id)

    def _names(
        self,
        text: Mapping[str, str] | None,
        allowed: Iterable[str],
        origin: Origin | None,
        subject: str,
    ) -> Iterator[Problem]:
        """Other States named in words that will be read aloud: no paper is made with them."""
        known = {self.home, *allowed}
        named = [c for words in (text or {}).values() for c in self.store.countries.named_in(words)]
        for code in dict.fromkeys(c for c in named if c not in known):
            yield _problem(
                origin,
                subject,
                f"names {self.store.countries.name(code)} in words to be read aloud",
                f"take the name out, or allow it: names: [{code}]",
                "other-country",
                Severity.ERROR,
            )

    def _offices(
        self, people: Iterable[Participant], day: PartialDate | None, where: Event | Meeting
    ) -> Iterator[Problem]:
        """Known officials who held no office on a day; an undated event tells nothing."""
        for participant in people:
            official = self.store.officials.get(participant.official or "")
            if day and official and not participant.office and not official.office_on(day):
                yield _problem(
                    where.origin,
                    where.id,
                    f"{official.id} held no office on {day}",
                    "see the dates in data/officials.yaml",
                    "no-office",
                    Severity.ERROR,
                )

    def _present(self, event: Event) -> set[str]:
        return {c for p in event.participants if (c := self._country(p))}

    def _country(self, participant: Participant) -> str:
        official = self.store.officials.get(participant.official or "")
        return participant.country or (official.country if official else "")

    def _absent_speaker(
        self, event: Event, statement: Statement, present: set[str], subject: str
    ) -> Iterator[Problem]:
        """A statement by a State, or by the other side, that nobody at the table spoke for."""
        others = present - {self.home}
        absent = (not statement.by_side and statement.by not in present) or (
            event.channel is Channel.BILATERAL and statement.by in ("other", "both") and not others
        )
        if absent:
            who = "the other side" if statement.by_side else statement.by
            yield _problem(
                statement.origin,
                subject,
                f"spoken by {who}, who was not present",
                "name the participant, or correct 'by'",
                "absent-speaker",
            )

    def _contradictions(
        self, event: Event, statement: Statement, subject: str
    ) -> Iterator[Problem]:
        """An ask that the standing of the State asked, on that date, contradicts."""
        ask = self.asks.get(statement.ask or "")
        treaty = self.store.treaties.get(statement.treaty or "")
        if ask is None or treaty is None or event.date is None:
            return
        if f"data/treaties/{treaty.id}.csv" in self.broken:
            return  # from a table with errors no standing can be told
        for country in statement.of or event.target_countries:
            actions = self._actions(treaty.id).get(country, [])
            first = state_of(country, actions, treaty, event.date.first)
            last = state_of(country, actions, treaty, event.date.last)
            if first.standing in ask.contradicts and last.standing in ask.contradicts:
                short = next(iter(treaty.short.values()))
                name = self.store.countries.in_sentence(country)
                label = next(iter(ask.label.values())).replace("{treaty}", f"the {short}")
                yield _problem(
                    statement.origin,
                    subject,
                    f"{name} was asked to {label} on {event.date}, but {_why(last)}",
                    "the record may be true to its source; the paper will not repeat the ask",
                    "ask-against-status",
                )

    def _actions(self, treaty: str) -> dict[str, list[TreatyAction]]:
        if treaty not in self._tables:
            self._tables[treaty] = self.store.actions(treaty)
        return self._tables[treaty]

    def twice(self, events: list[Event]) -> Iterator[Problem]:
        """The same contact recorded twice: same people or States, same kind, dates that overlap."""
        groups: dict[tuple[object, ...], list[Event]] = {}
        for event in events:
            people = frozenset(p.official or p.country for p in event.participants)
            if event.date and people:
                key = (event.channel, event.kind, event.series, people)
                groups.setdefault(key, []).append(event)
        for group in groups.values():
            for first, second in _overlapping(group):
                if len({first.round, second.round} - {None}) < 2:
                    yield _problem(
                        second.origin,
                        second.id,
                        f"may be the same contact as {first.id}",
                        f"one record citing both places; the other is at {_place(first.origin)}",
                        "told-twice",
                    )


def _overlapping(events: list[Event]) -> Iterator[tuple[Event, Event]]:
    """Pairs whose dates may be the same, the one read first in front; one sweep over the dates."""
    dated = [(e.date, number, e) for number, e in enumerate(events) if e.date]
    dated.sort(key=lambda item: (item[0].first, item[1]))
    for index, (date, number, event) in enumerate(dated):
        for later, other, second in dated[index + 1 :]:
            if later.first > date.last:
                break
            yield (event, second) if number < other else (second, event)


def _why(state: State) -> str:
    when = state.withdrawn or state.consented or state.in_force or state.signed
    on = f" ({when})" if when and state.standing is not Standing.NOT_SIGNED else ""
    return f"{_WHY.get(state.standing, 'stood otherwise')}{on}"


def _place(origin: Origin | None) -> Source:
    return Source(origin.file, origin.line, origin.column) if origin else Source("data")


def _problem(
    origin: Origin | None,
    subject: str,
    message: str,
    hint: str,
    rule: str,
    severity: Severity = Severity.WARNING,
) -> Problem:
    return Problem(_place(origin), subject, message, hint, severity, rule)
