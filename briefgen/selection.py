"""What belongs in a paper, and why.

In: a `Request` and the store. Out: a `Selection`: the events chosen, each with the statements that
may be shown, the named rule that brought it in and a sentence as its reason; and the near misses
with theirs. Nothing later than the as-of date, and nothing above the release ceiling, goes further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from briefgen.dates import PartialDate, Precision
from briefgen.gate import Gate, Release
from briefgen.records import Ask, Channel, Event, Membership, Standing, Statement
from briefgen.status import State, state_of
from briefgen.store import Store

# Told only of what would else be in: the drafter is shown the doubt, not every doubtful date.
_LAST_BARS = frozenset(("date-uncertain", "date-unknown"))


@dataclass(frozen=True, slots=True)
class Request:
    """What a paper is asked to be about.

    Empty `countries` or `treaties` mean any. `since` and `until` are inclusive; `as_of` is the date
    that the paper speaks for (inclusive). `ceiling` is the highest level that may be released,
    `readers` are the States that will read it; `held` collects the keys of what was held back.
    """

    as_of: date
    home: str
    countries: tuple[str, ...] = ()
    treaties: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    since: PartialDate | None = None
    until: PartialDate | None = None
    ceiling: str | None = None
    readers: tuple[str, ...] = ()
    held: set[str] = field(default_factory=set, compare=False, repr=False)

    @property
    def release(self) -> Release:
        """To whom the paper goes."""
        return Release(self.ceiling, self.readers, self.as_of, self.held)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is in or out: the rule's name and a sentence."""

    rule: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """An event of a paper; `shown` are the numbers, from 1, of the statements that may be shown."""

    event: Event
    shown: tuple[int, ...]
    reason: Reason
    country: str | None = None

    @property
    def statements(self) -> list[tuple[int, Statement]]:
        """The statements that may be shown, with their numbers."""
        return [(n, self.event.statements[n - 1]) for n in self.shown]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A near miss and why it is not in."""

    event: Event
    reason: Reason


@dataclass(slots=True)
class Selection:
    """The outcome of a request, in the order of date, then level.

    `background` holds what was said with others about a country of the request: also left out of
    the contacts, as rule `mentioned`, and never to be disclosed.
    """

    request: Request
    included: list[Chosen] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    background: list[Chosen] = field(default_factory=list)


def held_back(release: Release) -> str:
    """Why something is held back, as a sentence."""
    for_readers = " or not for its readers" if release.readers else ""
    if release.ceiling:
        return f"Marked above the ceiling '{release.ceiling}'{for_readers}."
    return "Marked for other readers than those of the paper."


def reported(store: Store, event: Event) -> PartialDate | None:
    """When an undated event is known to have been on record: its earliest dated source."""
    cited = [*event.sources, *(c for s in event.statements for c in s.sources)]
    documents = store.documents
    dates = [d for c in cited if c.document in documents and (d := documents[c.document].date)]
    return min(dates, key=lambda d: d.last, default=None)


class _Chooser:
    """One run of the rules over the candidates that the index gives."""

    def __init__(self, store: Store, request: Request) -> None:
        self.store = store
        self.request = request
        self.names = store.countries
        self.gate = Gate(store, request.release)
        self._states: dict[tuple[str, str, date], State] = {}
        self._memberships: dict[str, list[Membership]] = {}

    # -- candidates ------------------------------------------------------------------------------

    def candidates(self, *, wide: bool) -> list[str]:
        """Every event that may be in or concerns a country of the request, found by index.

        `wide` adds every event on its treaties, whoever it was with.
        """
        request = self.request
        if not request.countries and not request.treaties:
            return sorted(self.store.event_ids(everything=True))
        links: list[tuple[str, str]] = []
        if wide or not request.countries:
            links = [("treaty", treaty) for treaty in request.treaties]
        for country in request.countries:
            links += [(kind, country) for kind in ("participant", "target", "mentioned")]
            links += [("group", group) for group in self._groups_of(country)]
        found = set(self.store.event_ids(links, to_all=wide and bool(request.countries)))
        if request.countries and not wide:
            found.update(self._of_no_country())
        return sorted(found)

    def _of_no_country(self) -> Iterator[str]:
        """Calls on all States, and own steps, on the treaties and within the dates asked for.

        They concern no country more than another, so those on something else are no near misses.
        """
        request = self.request
        until = min(request.as_of, request.until.last if request.until else date.max)
        since = request.since.first if request.since else date.min
        for treaty in request.treaties or ("",):
            yield from self.store.open_ids("to-all", treaty, since, until)
        for treaty in request.treaties:
            yield from self.store.open_ids("own-step", treaty, since, until)

    def _groups_of(self, country: str) -> list[str]:
        return sorted({m.group for m in self.store.memberships(country=country)})

    # -- one event -------------------------------------------------------------------------------

    def judge(self, event: Event) -> Chosen | LeftOut:
        """Apply the bars (release, date, window, topic), then the rules of belonging."""
        bar = self._barred(event)
        if bar and bar.rule not in _LAST_BARS:
            return LeftOut(event, bar)
        shown = self._statements(event)
        if event.statements and not shown:
            return LeftOut(event, self._nothing_to_show(event))
        found = self._belongs(event)
        if isinstance(found, Reason):
            told = bar if bar and found.rule == "mentioned" else found
            return LeftOut(event, told)
        if bar:
            return LeftOut(event, bar)
        reason, country = found
        return Chosen(event, shown, reason, country)

    def spoken_of(self, out: LeftOut) -> Chosen | None:
        """An event at which a country of the request was spoken of with others."""
        if out.reason.rule != "mentioned":
            return None
        shown = tuple(
            number
            for number in self._statements(out.event)
            if set(out.event.statements[number - 1].of) & set(self.request.countries)
        )
        return Chosen(out.event, shown, out.reason) if shown else None

    def _barred(self, event: Event) -> Reason | None:
        if not self.gate.passes(f"event:{event.id}", event.marking):
            return self._above_ceiling()
        return self._barred_by_date(event)

    def _above_ceiling(self) -> Reason:
        return Reason("above-ceiling", held_back(self.gate.release))

    def _passes(self, number: int, statement: Statement, event: Event) -> bool:
        key = f"event:{event.id}#{number}"
        return self.gate.passes(key, statement.marking, event.marking)

    def _barred_by_date(self, event: Event) -> Reason | None:
        request = self.request
        known = event.date or reported(self.store, event)
        if known is None:
            return Reason("date-unknown", "Undated, and no dated source reports it.")
        last = (event.end or known).last if event.date else known.last
        if known.first > request.as_of:
            return Reason("after-as-of", f"Dated {known}, after the as-of date {request.as_of}.")
        if last > request.as_of and known.precision is not Precision.DAY:
            return Reason(
                "date-uncertain",
                f"Dated only {known}: it may lie after the as-of date {request.as_of}.",
            )
        if request.since and known.last < request.since.first:
            return Reason("before-window", f"Dated {known}, before {request.since}.")
        if request.until and known.first > request.until.last:
            return Reason("after-window", f"Dated {known}, after {request.until}.")
        return None

    # -- statements ------------------------------------------------------------------------------

    def _statements(self, event: Event) -> tuple[int, ...]:
        request = self.request
        return tuple(
            number
            for number, statement in enumerate(event.statements, 1)
            if self._passes(number, statement, event)
            and (not request.treaties or self._on_treaty(statement, event))
            and (not request.topics or statement.topic in request.topics)
        )

    def _on_treaty(self, statement: Statement, event: Event) -> bool:
        """Of an event on several treaties only the items on those asked for are taken."""
        if statement.treaty:
            return statement.treaty in self.request.treaties
        return bool(set(event.treaties) & set(self.request.treaties))

    def _nothing_to_show(self, event: Event) -> Reason:
        numbered = enumerate(event.statements, 1)
        open_ones = [s for number, s in numbered if self._passes(number, s, event)]
        if not open_ones:
            return self._above_ceiling()
        if self.request.treaties and not set(event.all_treaties) & set(self.request.treaties):
            return Reason(
                "other-treaty", f"Nothing on {_or(self.called(self.request.treaties))} was said."
            )
        return Reason("other-topic", "No statement on the topics asked for.")

    # -- rules of belonging ----------------------------------------------------------------------

    def _belongs(self, event: Event) -> tuple[Reason, str | None] | Reason:
        treaties = self.request.treaties
        if treaties and not set(event.all_treaties) & set(treaties):
            return Reason("other-treaty", f"Not about {_or(self.called(treaties))}.")
        if not self.request.countries:
            if not treaties:
                return Reason("record", "The whole record is asked for."), None
            return Reason("treaty", f"Concerns {_and(self.called(self.on(event)))}."), None
        misses = []
        for country in self.request.countries:
            for rule in _RULES:
                found = rule(self, event, country)
                if found and found[0]:
                    return Reason(_rule_name(rule), found[1]), country
                if found:
                    misses.append(Reason(_rule_name(rule), found[1]))
        return misses[0] if misses else self._other_country(event)

    def on(self, event: Event) -> list[str]:
        """The treaties of the request that the event concerns."""
        return [t for t in event.all_treaties if t in self.request.treaties]

    def called(self, treaties: Iterable[str]) -> list[str]:
        """Treaties as a sentence calls them: `the CTBT`."""
        return [f"the {next(iter(self.store.treaties[t].short.values()))}" for t in treaties]

    def _other_country(self, event: Event) -> Reason:
        asked = _or([self.names.in_sentence(c) for c in self.request.countries])
        others = [c for c in self.present(event) if c != self.request.home]
        whom = _and([self.names.in_sentence(c) for c in [*others, *event.target_countries]])
        with_whom = f"A contact with {whom}" if whom else "A step of our own"
        return Reason("other-country", f"{with_whom}, not with {asked}.")

    def present(self, event: Event) -> list[str]:
        """The countries at the table, each once."""
        officials = self.store.officials
        found = [
            p.country or officials[p.official or ""].country
            for p in event.participants
            if p.country or p.official in officials
        ]
        return list(dict.fromkeys(found))

    def state(self, country: str, treaty: str, on: date) -> State:
        """A State's standing on a treaty on a day."""
        key = (country, treaty, on)
        if key not in self._states:
            actions = self.store.actions(treaty, country)[country]
            self._states[key] = state_of(country, actions, self.store.treaties[treaty], on)
        return self._states[key]

    def already_done(self, event: Event, country: str) -> str | None:
        """A sentence when the country had already done what the event asks for.

        Asks that no standing can meet, such as to attend a conference, do not count.
        """
        asks = [
            (s.ask, s.treaty)
            for s in event.statements
            if s.treaty and self._met_by.get(s.ask or "")
        ]
        if not asks or event.date is None:
            return None
        sentences = []
        for ask, treaty in asks:
            state = self.state(country, treaty, event.date.last)
            if state.standing not in self._met_by[ask or ""]:
                return None
            done = state.consented or state.in_force or state.signed
            name = self.names.in_sentence(country)
            called = self.called([treaty])[0]
            sentences.append(f"{_up(name)} had already done so on {called} ({done}).")
        return sentences[0]

    @cached_property
    def _met_by(self) -> dict[str, tuple[Standing, ...]]:
        return {ask.id: ask.met_by for ask in self.store.all(Ask, "ask")}

    def member_on(self, group: str, country: str, day: PartialDate) -> bool:
        """Whether a State surely belonged to a group on a date."""
        if country not in self._memberships:
            self._memberships[country] = self.store.memberships(country=country)
        rows = self._memberships[country]
        return any(m.group == group and m.counts_on(day) for m in rows)


Verdict = tuple[bool, str] | None
Rule = Callable[[_Chooser, Event, str], Verdict]
# A rule says nothing (None), takes the event in (True, why) or tells why it is a near miss.


def direct_contact(chooser: _Chooser, event: Event, country: str) -> Verdict:
    """A bilateral contact at which the country sat at the table with us.

    A side that the record does not name is taken to be ours.
    """
    present = set(chooser.present(event))
    with_us = chooser.request.home in present or present == {country}
    if event.channel is Channel.BILATERAL and country in present and with_us:
        return True, f"Direct contact with {chooser.names.in_sentence(country)}."
    return None


def named_target(chooser: _Chooser, event: Event, country: str) -> Verdict:
    """The country is named as the one addressed."""
    if country in event.target_countries:
        return True, f"{_up(chooser.names.in_sentence(country))} was named as addressee."
    return None


def group_target(chooser: _Chooser, event: Event, country: str) -> Verdict:
    """A group was addressed of which the country was a member on that date."""
    groups = dict.fromkeys(
        [*event.target_groups, *(g for s in event.statements for g in s.of_groups)]
    )
    if not groups or event.date is None:
        return None
    name = _up(chooser.names.in_sentence(country))
    for group in groups:
        label = _group_name(chooser.store, group)
        if chooser.member_on(group, country, event.date):
            done = chooser.already_done(event, country)
            if done:
                return False, f"Addressed to {label}. {done}"
            return True, f"Addressed to {label}; {name} was one of them on that date."
    labels = _and([_group_name(chooser.store, g) for g in groups])
    return False, f"Addressed to {labels}, to which {name} did not belong on that date."


def multilateral_part(chooser: _Chooser, event: Event, country: str) -> Verdict:
    """A multilateral occasion in which the country took part."""
    if event.channel is not Channel.BILATERAL and country in chooser.present(event):
        return True, f"{_up(chooser.names.in_sentence(country))} took part in the occasion."
    return None


def treaty_wide(chooser: _Chooser, event: Event, country: str) -> Verdict:
    """A call on all States that the country's standing made it an addressee of."""
    if not event.to_all_states:
        return None
    done = chooser.already_done(event, country)
    if done:
        return False, f"Addressed to all States. {done}"
    return True, f"Addressed to all States; {_standing(chooser, event, country)}"


def own_step(chooser: _Chooser, event: Event, country: str) -> Verdict:
    """Our own domestic or public step for a treaty that the request names."""
    if not event.is_own_step:
        return None
    if not chooser.request.treaties:
        return False, "Our own step, addressed to no State: shown when its treaty is asked for."
    return True, f"Our own step for {_and(chooser.called(chooser.on(event)))}."


def mentioned(chooser: _Chooser, event: Event, country: str) -> Verdict:
    """Spoken of with others: internal background, never a contact with the country."""
    if any(country in statement.of for statement in event.statements):
        others = [c for c in chooser.present(event) if c not in (country, chooser.request.home)]
        whom = _and([chooser.names.in_sentence(c) for c in others]) or "others"
        name = chooser.names.in_sentence(country)
        return (
            False,
            f"{_up(name)} was spoken of with {whom}, not with {name}: internal background.",
        )
    return None


_RULES: tuple[Rule, ...] = (
    direct_contact,
    named_target,
    group_target,
    multilateral_part,
    treaty_wide,
    own_step,
    mentioned,
)


def select(store: Store, request: Request, *, wide: bool = False) -> Selection:
    """Choose the events of a request; see the module for what comes out.

    Near misses are the events that concern a country of the request; `wide` tells of those on its
    treaties with any other country too, which takes a walk over all of them.
    """
    chooser = _Chooser(store, request)
    selection = Selection(request)
    for event in store.events(chooser.candidates(wide=wide)):
        verdict = chooser.judge(event)
        if isinstance(verdict, Chosen):
            selection.included.append(verdict)
        else:
            selection.left_out.append(verdict)
            if spoken := chooser.spoken_of(verdict):
                selection.background.append(spoken)
    ranks = {level: rank for rank, level in enumerate(store.terms("level"))}
    selection.included.sort(key=lambda c: event_order(c.event, ranks))
    selection.left_out.sort(key=lambda o: event_order(o.event, ranks))
    selection.background.sort(key=lambda c: event_order(c.event, ranks))
    return selection


def record_events(
    store: Store,
    countries: Iterable[str] = (),
    treaties: Iterable[str] = (),
    since: PartialDate | None = None,
    until: PartialDate | None = None,
) -> list[Event]:
    """Events as recorded, by country (present or addressed), treaty and window (inclusive).

    Undated events are in unless a window is given.
    """
    links = [(kind, c) for c in countries for kind in ("participant", "target")]
    wanted = [("treaty", treaty) for treaty in treaties]
    found = [set(store.event_ids(those)) for those in (links, wanted) if those]
    ids = set.intersection(*found) if found else set(store.event_ids(everything=True))
    events = [
        event
        for event in store.events(sorted(ids))
        if not (since or until) or (event.date and _within(event.date, since, until))
    ]
    ranks = {level: rank for rank, level in enumerate(store.terms("level"))}
    return sorted(events, key=lambda event: event_order(event, ranks))


def _within(day: PartialDate, since: PartialDate | None, until: PartialDate | None) -> bool:
    return not ((since and day.last < since.first) or (until and day.first > until.last))


def event_order(event: Event, ranks: dict[str, int]) -> tuple[object, ...]:
    """Sort key: month, place inside the month, day, level.

    `order` keeps the source's sequence where days are not known; without it a day comes at its day
    and a month alone at the end of its month. Undated events come last.
    """
    rank = min((ranks.get(x, 99) for x in (event.level.own, event.level.other) if x), default=99)
    if event.date is None:
        return (9999, 13, event.order, date.max, rank, event.id)
    day = event.date.first if event.date.precision is Precision.DAY else event.date.last
    month = 13 if event.date.precision is Precision.YEAR else day.month
    return (day.year, month, event.order, day, rank, event.id)


def _rule_name(rule: Rule) -> str:
    return rule.__name__.replace("_", "-")


def _standing(chooser: _Chooser, event: Event, country: str) -> str:
    treaty = next((s.treaty for s in event.statements if s.treaty), None)
    name = chooser.names.in_sentence(country)
    if treaty is None or event.date is None:
        return f"{name} among them."
    standing = chooser.state(country, treaty, event.date.last).standing
    words = {
        Standing.SIGNED: "had signed but not ratified",
        Standing.NOT_SIGNED: "had not signed",
        Standing.RATIFICATION_WITHDRAWN: "had withdrawn its ratification of",
        Standing.WITHDRAWN: "had withdrawn from",
        Standing.RATIFIED: "was bound by",
        Standing.UNKNOWN: "has no action on record on",
    }
    return f"{name} {words[standing]} {chooser.called([treaty])[0]} on that date."


def _group_name(store: Store, group: str) -> str:
    record = store.groups.get(group)
    if record is None:
        return group
    article = "the " if record.article else ""
    return article + next(iter(record.name.values()))


def _up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _and(names: Iterable[str]) -> str:
    return _joined(list(dict.fromkeys(names)), "and")


def _or(names: Iterable[str]) -> str:
    return _joined(list(dict.fromkeys(names)), "or")


def _joined(names: list[str], word: str) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
