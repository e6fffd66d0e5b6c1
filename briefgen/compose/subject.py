"""What a brief is about: the State, what was said before, what the ladder asks of it.

In: a request for one country, its selection, the meeting. Out: `Subject`, which the sections of a
brief look things up in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from briefgen.compose.common import Data, Statuses, contact
from briefgen.compose.words import Words
from briefgen.records import Act, AgendaItem, Ask, Meeting, Rung, Standing, Statement, Treaty
from briefgen.selection import Chosen, Request, Selection
from briefgen.status import State, signature_open


@dataclass(frozen=True, slots=True)
class Said:
    """A statement of a direct contact, with its number in the event."""

    chosen: Chosen
    number: int
    statement: Statement


class Subject:
    """What a brief is about: the country, what was said before, what the ladder asks."""

    def __init__(
        self, words: Words, request: Request, selection: Selection, meeting: Meeting | None
    ) -> None:
        self.words = words
        self.store = words.store
        self.request = request
        self.selection = selection
        self.meeting = meeting
        (self.country,) = request.countries
        self.statuses = Statuses(words, request.as_of)
        self.direct = [c for c in selection.included if c.reason.rule == "direct-contact"]
        self.acts = {act.id: act for act in self.store.all(Act, "act")}
        self.asks = {ask.id: ask for ask in self.store.all(Ask, "ask")}
        self._rungs = self.store.all(Rung, "rung")
        self._levels = list(self.store.terms("level"))

    # -- what it is about ------------------------------------------------------------------------

    @cached_property
    def first_treaties(self) -> tuple[str, ...]:
        """The treaties asked for, else those that the ministry always raises."""
        return self.request.treaties or self.store.ministry.treaties

    @cached_property
    def items(self) -> list[AgendaItem]:
        """What the brief speaks of, those on the first treaties in front.

        The meeting's agenda; without one, the treaties asked for or raised before.
        """
        items = self._agenda()
        first = [i for i in items if i.treaty in self.first_treaties]
        return [*first, *(i for i in items if i not in first)]

    def _agenda(self) -> list[AgendaItem]:
        if self.meeting and self.meeting.agenda and not self.request.treaties:
            return list(self.meeting.agenda)
        treaties = list(self.first_treaties)
        if not self.request.treaties:
            treaties += [t for s in self.said if (t := self.about(s.statement))]
            treaties += self._open_treaties()
        return [
            AgendaItem(topic=self._topic_of(treaty), treaty=treaty)
            for treaty in dict.fromkeys(treaties)
            if self.store.treaties[treaty].opened.first <= self.request.as_of
        ]

    def _open_treaties(self) -> list[str]:
        """The treaties that the State is known not to be bound by, or whose bond it disputes.

        A table that does not hold every State tells nothing by silence.
        """
        if not self.store.ministry.raise_open:
            return []
        bound = (Standing.RATIFIED, Standing.UNKNOWN)
        states = {
            treaty.id: self.statuses.state(treaty.id, self.country)
            for treaty in self.statuses.open_treaties()
        }
        return [t for t, state in states.items() if state.standing not in bound or state.disputed]

    def about(self, statement: Statement) -> str | None:
        """The treaty of a statement that concerns this country itself, not a third one."""
        return None if self.of_third(statement) else statement.treaty

    def of_third(self, statement: Statement) -> bool:
        """Whether a statement speaks of other States than this one."""
        return bool(statement.of) and self.country not in statement.of

    def _topic_of(self, treaty: str) -> str:
        for chosen in self.selection.included:
            for _, statement in chosen.statements:
                if statement.treaty == treaty:
                    return statement.topic
        return treaty

    # -- what was said before --------------------------------------------------------------------

    @cached_property
    def said(self) -> list[Said]:
        """Every statement of the direct contacts, in their order."""
        return [Said(c, n, s) for c in self.direct for n, s in c.statements]

    def said_on(self, item: AgendaItem) -> list[Said]:
        """Statements on the same treaty, or on the topic where there is no treaty."""
        return [
            found
            for found in self.said
            if (
                self.about(found.statement) == item.treaty
                if item.treaty
                else found.statement.topic == item.topic and not self.about(found.statement)
            )
        ]

    def last_asked(self, treaty: str, ask: str | None) -> Said | None:
        """The most recent asking statement of our side at the highest level; None for any ask."""
        asked = [
            found
            for found in self.said
            if found.statement.by in ("own", "both")
            and self.about(found.statement) == treaty
            and self.acts[found.statement.act].asks
            and (found.statement.ask == ask if ask else found.statement.ask)
        ]
        ranks = [self.rank(found.chosen) for found in asked]
        return next((f for f in reversed(asked) if self.rank(f.chosen) == min(ranks)), None)

    def rank(self, chosen: Chosen) -> int:
        """The level of our side at a contact, 0 the highest; unknown levels come last."""
        level = chosen.event.level.own
        return self._levels.index(level) if level in self._levels else len(self._levels)

    def telling(self, found: Said) -> Data:
        """A statement as `last raised` or `last answer` shows it."""
        event, statement = found.chosen.event, found.statement
        shown = contact(self.words, found.chosen)
        return {
            **self.words.statement(statement, event),
            "key": f"{event.id}#{found.number}",
            "record": f"event:{event.id}#{found.number}",
            "date": shown["date"],
            "when": self.words.when(event.date),
            "title": shown["title"],
            "place": shown["place"],
            "who": [self.words.surname(p) for p in shown["own"]],
            "to": [self.words.surname(p) for p in shown["other"]],
        }

    def last(self, item: AgendaItem, *sides: str) -> Data | None:
        """The last statement of some sides on an item."""
        found = [f for f in self.said_on(item) if f.statement.by in sides]
        return self.telling(found[-1]) if found else None

    # -- the ladder ------------------------------------------------------------------------------

    def rung(self, treaty: Treaty) -> Rung | None:
        """The first rung of the ladder that fits the country's standing on the as-of date."""
        state = self.statuses.state(treaty.id, self.country)
        signature = "open" if signature_open(treaty, self.request.as_of) else "closed"
        return next((r for r in self._rungs if self._fits(r, treaty, state, signature)), None)

    def _fits(self, rung: Rung, treaty: Treaty, state: State, signature: str) -> bool:
        return (
            (not rung.treaties or treaty.id in rung.treaties)
            and state.standing in rung.status
            and rung.signature in (None, signature)
            and rung.disputed in (None, state.disputed is not None)
            and (rung.group is None or self.belongs(rung.group))
            and (not rung.first_step or self.first_step)
        )

    @cached_property
    def first_step(self) -> bool:
        """Whether the softer first step is put: as the meeting says, else the ministry."""
        chosen = self.meeting.first_step if self.meeting else None
        return self.store.ministry.first_step if chosen is None else chosen

    def belongs(self, group: str) -> bool:
        """Whether the country belongs to a group on the as-of date."""
        return self.country in self.statuses.members(group)

    def figures(self, treaty: Treaty | None) -> dict[str, Any]:
        """What the variables of a line stand for, without verb and qualifier."""
        words = self.words
        found: dict[str, Any] = {
            "country": words.in_sentence(self.country),
            "home": words.in_sentence(self.store.ministry.country),
            "as_of": words.date(self.request.as_of),
            "verb": "",
            "qualifier": "",
        }
        if treaty is None:
            return found
        counts, state = self.statuses.tally(treaty.id), self.statuses.state(treaty.id, self.country)
        named = self.statuses.deciding_list(treaty)
        listed = self.statuses.tally(treaty.id, named.group) if named else counts
        return {
            **found,
            "treaty": words.treaty(treaty),
            "signed": words.date(state.signed) if state.signed else "",
            "ratified": words.date(state.consented) if state.consented else "",
            "signed_count": counts.signed,
            "ratified_count": counts.ratified,
            "outstanding_count": len(listed.outstanding),
            "list_name": words.group(self.store.groups[named.group]) if named else "",
        }
