"""The brief before a bilateral meeting, as plain data.

In: a request for one country, its selection and, if there is one, the meeting. Out: the data of the
paper: facts of the meeting, objectives, points to make with the ask that the country's standing
calls for, what they have said, status at a glance, contacts, sources.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from briefgen.compose.common import (
    Data,
    Statuses,
    contact,
    frame,
    left_out,
    marking,
    sources,
)
from briefgen.compose.words import Words, upper_first
from briefgen.records import AgendaItem, Meeting, Rung, Statement, Treaty
from briefgen.selection import Chosen, Request, Selection
from briefgen.status import State, signature_open

GROUPS = (
    ("direct-contact", "Direct contacts"),
    ("named-target", "Addressed by name"),
    ("group-target", "Addressed as member of a group"),
    ("multilateral-part", "Multilateral occasions"),
    ("treaty-wide", "Addressed to all States"),
    ("own-step", "Our own steps"),
)


def compose_brief(
    words: Words, request: Request, selection: Selection, meeting: Meeting | None
) -> Data:
    """The data of a brief; `request` names exactly one country."""
    maker = _Brief(words, request, selection, meeting)
    country = words.country(maker.country)
    title = (
        words.local(meeting.title) if meeting else f"Brief on {words.in_sentence(maker.country)}"
    )
    paper: Data = {
        "paper": frame(words, request, "brief", title),
        "marking": marking(words, selection, meeting.marking if meeting else None),
        "country": {
            "code": maker.country,
            "name": country,
            "in_sentence": words.in_sentence(maker.country),
        },
        "meeting": maker.meeting_facts(),
        "last_contact": maker.last_contact(),
        "objectives": [words.local(text) for text in meeting.objectives] if meeting else [],
        "points": maker.points(),
        "positions": maker.positions(),
        "status": maker.status(),
        "contacts": maker.contacts(),
        "left_out": left_out(words, selection.left_out),
    }
    paper["sources"] = sources(words, paper, request.as_of)
    return paper


class _Brief:
    """Composes the parts of one brief."""

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
        self._rungs = self.store.all(Rung, "rung")

    # -- the meeting -----------------------------------------------------------------------------

    def meeting_facts(self) -> Data | None:
        meeting, words = self.meeting, self.words
        if meeting is None:
            return None
        return {
            "id": meeting.id,
            "date": words.period(meeting.date, meeting.end),
            "place": words.place(meeting.place),
            "own": [words.person(p, meeting.date) for p in meeting.delegations.own],
            "other": [words.person(p, meeting.date) for p in meeting.delegations.other],
        }

    def last_contact(self) -> Data | None:
        """The last direct contact on record, always named."""
        return contact(self.words, self.direct[-1]) if self.direct else None

    # -- points to make --------------------------------------------------------------------------

    def points(self) -> list[Data]:
        """One point a topic or treaty, those of the treaties asked for first."""
        items = self._agenda()
        first = [i for i in items if i.treaty in self._first_treaties()]
        return [self._point(item) for item in [*first, *(i for i in items if i not in first)]]

    def _first_treaties(self) -> tuple[str, ...]:
        return self.request.treaties or self.store.ministry.treaties

    def _agenda(self) -> list[AgendaItem]:
        """The meeting's agenda; without one, the treaties asked for or raised before."""
        if self.meeting and self.meeting.agenda and not self.request.treaties:
            return list(self.meeting.agenda)
        treaties = list(self.request.treaties or self.store.ministry.treaties)
        if not self.request.treaties:
            treaties += [t for c in self.direct for _, s in c.statements if (t := self._about(s))]
        return [
            AgendaItem(topic=self._topic_of(treaty), treaty=treaty)
            for treaty in dict.fromkeys(treaties)
            if self.store.treaties[treaty].opened.first <= self.request.as_of
        ]

    def _about(self, statement: Statement) -> str | None:
        """The treaty of a statement that concerns this country itself, not a third one."""
        third = statement.of and self.country not in statement.of
        return None if third else statement.treaty

    def _topic_of(self, treaty: str) -> str:
        for chosen in self.selection.included:
            for _, statement in chosen.statements:
                if statement.treaty == treaty:
                    return statement.topic
        return treaty

    def _point(self, item: AgendaItem) -> Data:
        words = self.words
        treaty = self.store.treaties[item.treaty] if item.treaty else None
        heading = words.local(item.title) or words.term("topic", item.topic)
        if treaty and not item.title:
            heading = upper_first(words.local(treaty.short))
        rung = self._rung(treaty) if treaty else None
        lead, reason, ask = "", words.local(item.line), ""
        if treaty and rung:
            figures = self._figures(treaty)
            ask = rung.ask
            lead = words.fill(words.local(rung.lead), figures)
            reason = reason or words.fill(words.local(rung.reason), figures)
        return {
            "topic": heading,
            "topic_id": item.topic,
            "treaty": item.treaty or "",
            "ask": ask,
            "lead": lead,
            "reason": reason,
            "standing": self._standing(treaty) if treaty else "",
            "note": self.statuses.cell(treaty, self.country)["note"] if treaty else None,
            "last_raised": self._last_raised(item),
            "last_answer": self._last_answer(item),
        }

    def _standing(self, treaty: Treaty) -> str:
        return self.statuses.standing_text(self.statuses.state(treaty.id, self.country), treaty)

    def _rung(self, treaty: Treaty) -> Rung | None:
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
            and (rung.group is None or self.country in self.statuses.members(rung.group))
        )

    def _figures(self, treaty: Treaty) -> dict[str, Any]:
        words, counts = self.words, self.statuses.tally(treaty.id)
        state = self.statuses.state(treaty.id, self.country)
        named = self.statuses.deciding_list(treaty)
        listed = self.statuses.tally(treaty.id, named.group) if named else counts
        return {
            "country": words.in_sentence(self.country),
            "home": words.in_sentence(self.store.ministry.country),
            "treaty": words.treaty(treaty),
            "as_of": words.date(self.request.as_of),
            "signed": words.date(state.signed) if state.signed else "",
            "ratified": words.date(state.consented) if state.consented else "",
            "signed_count": counts.signed,
            "ratified_count": counts.ratified,
            "outstanding_count": len(listed.outstanding),
            "list_name": words.group(self.store.groups[named.group]) if named else "",
        }

    # -- what was said before --------------------------------------------------------------------

    def _said(self, item: AgendaItem) -> list[tuple[Chosen, int, Statement]]:
        """Statements of direct contacts on the same treaty, or topic if there is no treaty."""
        return [
            (chosen, number, statement)
            for chosen in self.direct
            for number, statement in chosen.statements
            if (statement.treaty == item.treaty if item.treaty else statement.topic == item.topic)
            and (not item.treaty or self._about(statement))
        ]

    def _last_raised(self, item: AgendaItem) -> Data | None:
        ours = [found for found in self._said(item) if found[2].by in ("own", "both")]
        return self._telling(ours[-1]) if ours else None

    def _last_answer(self, item: AgendaItem) -> Data | None:
        theirs = [x for x in self._said(item) if x[2].by in ("other", "both", self.country)]
        return self._telling(theirs[-1]) if theirs else None

    def _telling(self, found: tuple[Chosen, int, Statement]) -> Data:
        chosen, _, statement = found
        event = chosen.event
        shown = contact(self.words, chosen)
        return {
            **self.words.statement(statement, event),
            "date": shown["date"],
            "when": self.words.when(event.date),
            "title": shown["title"],
            "place": shown["place"],
            "who": [self.words.surname(p) for p in shown["own"]],
            "to": [self.words.surname(p) for p in shown["other"]],
        }

    def positions(self) -> list[Data]:
        """What they answered last on each topic that was ever raised; silence is told as such."""
        items = {
            (s.treaty or "", "" if s.treaty else s.topic): s
            for c in self.direct
            for _, s in c.statements
            if not s.treaty or self._about(s)
        }
        found = []
        for statement in items.values():
            item = AgendaItem(topic=statement.topic, treaty=statement.treaty)
            treaty = self.store.treaties.get(statement.treaty or "")
            topic = self.words.local(treaty.short) if treaty else ""
            raised = self._last_raised(item)
            found.append(
                {
                    "topic": topic or self.words.term("topic", statement.topic),
                    "raised": raised,
                    "answer": self._last_answer(item),
                }
            )
        return found

    # -- status and contacts ---------------------------------------------------------------------

    def status(self) -> Data:
        """Both States on every treaty, and where the treaties asked for stand."""
        home = self.store.ministry.country
        rows = [
            {
                "treaty": upper_first(self.words.local(treaty.short)),
                "name": self.words.local(treaty.name),
                "other": self.statuses.cell(treaty, self.country),
                "home": self.statuses.cell(treaty, home),
            }
            for treaty in self.statuses.open_treaties()
        ]
        first = [self.store.treaties[t] for t in self._first_treaties()]
        opened = [t for t in first if t.opened.first <= self.request.as_of]
        return {
            "rows": rows,
            "summaries": [
                {
                    "text": self.statuses.summary(t),
                    "outstanding": self.statuses.outstanding(t),
                    "note": self.words.note(t.sources[:1]),
                }
                for t in opened
            ],
        }

    def contacts(self) -> Data:
        """The contacts grouped by how the country was reached; empty groups are left out."""
        groups = []
        for rule, label in GROUPS:
            chosen = [c for c in self.selection.included if c.reason.rule == rule]
            if chosen:
                shown = [contact(self.words, c) for c in chosen]
                groups.append({"rule": rule, "label": label, "contacts": shown})
        return {
            "groups": groups,
            "total": len(self.selection.included),
            "direct": len(self.direct),
            "since": self.words.date(self.request.since) if self.request.since else "",
        }


def next_meeting(meetings: list[Meeting], country: str, as_of: date) -> Meeting | None:
    """The first meeting with a country on or after a date, of those on record."""
    coming = [m for m in meetings if m.country == country and m.date.last >= as_of]
    return min(coming, key=lambda m: m.date.first, default=None)
