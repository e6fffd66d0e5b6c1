"""What backs the points of a brief: answers, status, contacts, commitments, background, people.

In: the brief's subject and the lines taken. Out: plain data, a method a section. Silence of the
record is told as silence; nothing that was said with others about the State leaves `background`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import cached_property

from briefgen.compose.common import Data, contact, stale
from briefgen.compose.facts import fact
from briefgen.compose.subject import Subject
from briefgen.compose.words import Words, upper_first
from briefgen.dates import PartialDate, Precision, months_between
from briefgen.gate import open_gate
from briefgen.lines import LineSelection
from briefgen.phrases import as_marked, joined, phrase
from briefgen.records import (
    AgendaItem,
    Citation,
    Commitment,
    LineKind,
    Participant,
    Statement,
    Treaty,
    TreatyAction,
)
from briefgen.selection import Chosen, Reason

GROUPS = (
    ("named-target", phrase("Addressed by name")),
    ("group-target", phrase("Addressed as member of a group")),
    ("multilateral-part", phrase("Multilateral occasions")),
    ("treaty-wide", phrase("Addressed to all States")),
    ("own-step", phrase("Our own steps")),
)
_SIDES, _THEIRS = {"own": phrase("Ours"), "both": phrase("Joint")}, phrase("Theirs")


class Backing:
    """Composes the sections behind the points."""

    def __init__(
        self,
        subject: Subject,
        lines: LineSelection,
        sections: Sequence[str] = (),
        limit: int | None = None,
    ) -> None:
        self.subject = subject
        self.limit = limit
        self.sections = sections
        self.words = subject.words
        self.store = subject.store
        self.as_of = subject.request.as_of
        self.lines = lines

    def last_contact(self) -> Data | None:
        """The last direct contact on record, always named."""
        direct = self.subject.direct
        return contact(self.words, direct[-1]) if direct else None

    # -- what they say ---------------------------------------------------------------------------

    def positions(self) -> list[Data]:
        """What they answered last on each topic ever raised, and what they may say now."""
        items: dict[tuple[str, str], AgendaItem] = {}
        for found in self.subject.said:
            statement = found.statement
            if not self.subject.of_third(statement) or not statement.treaty:
                key = (statement.treaty or "", "" if statement.treaty else statement.topic)
                items[key] = AgendaItem(topic=statement.topic, treaty=statement.treaty)
        for item in self.subject.items:
            items.setdefault((item.treaty or "", "" if item.treaty else item.topic), item)
        listed = list(items.values())
        first = [i for i in listed if i.treaty in self.subject.first_treaties]
        rows = (self._position(i) for i in [*first, *(i for i in listed if i not in first)])
        return [row for row in rows if row["raised"] or row["answer"] or row["expected"]]

    def _position(self, item: AgendaItem) -> Data:
        treaty = self.store.treaties.get(item.treaty or "")
        topic = self.words.local(treaty.short) if treaty else ""
        figures = self.subject.figures(treaty)
        expected = [
            {
                "text": self.words.fill(self.words.told(taken.line.text), figures),
                "draft": taken.draft,
                "note": self.words.note(taken.line.sources),
                "fact": fact(f"line:{taken.line.id}", taken.reason, taken.line.origin),
            }
            for taken in self.lines.of(LineKind.THEIR_POINT)
            if (
                taken.line.treaty == item.treaty
                if item.treaty
                else taken.line.topic == item.topic and not taken.line.treaty
            )
        ]
        answer = self.subject.last(item, "other", "both", self.subject.country)
        asked = [
            f for f in self.subject.said_on(item) if f.statement.by == "own" and f.statement.ask
        ]
        key = f"answer:{item.treaty or item.topic}"
        why = Reason("last-answer", "Their last statement on this in a direct contact.")
        return {
            "topic": topic or self.words.term("topic", item.topic),
            "expected": expected,
            "raised": self.subject.last(item, "own", "both"),
            "asked": self.subject.telling(asked[-1]) if asked else None,
            "answer": {**answer, "fact": fact(key, why, None)} if answer else None,
        }

    # -- status ----------------------------------------------------------------------------------

    def status(self) -> Data:
        """Both States on every treaty, and where the treaties asked for stand."""
        home, statuses = self.store.ministry.country, self.subject.statuses
        rows = [
            {
                "treaty": upper_first(self.words.local(treaty.short)),
                "name": self.words.local(treaty.name),
                "other": statuses.cell(treaty, self.subject.country),
                "home": statuses.cell(treaty, home),
            }
            for treaty in statuses.open_treaties()
        ]
        first = [self.store.treaties[t] for t in self.subject.first_treaties]
        opened = [t for t in first if t.opened.first <= self.as_of]
        return {"rows": rows, "summaries": [self._summary(t) for t in opened]}

    def _summary(self, treaty: Treaty) -> Data:
        statuses = self.subject.statuses
        place = statuses.place_of(treaty, self.subject.country)
        why = Reason("status", "Counted from the actions in data/treaties.")
        counted = statuses.summary(treaty)
        # The same figures stay the same fact, whatever the date that stands before them.
        comma = self.words.say(", ")
        undated = upper_first(as_marked(counted, lambda text: text.partition(comma)[2] or text))
        return {
            "text": joined((counted, place)),
            "outstanding": statuses.outstanding(treaty),
            "note": self.words.note(treaty.sources[:1]),
            "fact": fact(f"figures:{treaty.id}", why, treaty.origin, joined((undated, place))),
        }

    # -- since the last meeting ------------------------------------------------------------------

    def since(self) -> Data:
        """What happened since the last direct contact, and since the last at this level."""
        direct = self.subject.direct
        meeting = self.subject.meeting
        level = meeting.level if meeting else None
        at_level = [c for c in direct if level and c.event.level.own == level]
        last, last_at = (direct[-1] if direct else None), (at_level[-1] if at_level else None)
        return {
            "level": self.words.term("level", level) if level else "",
            "last": self._window(last) if last else None,
            "same": last is not None and last is last_at,
            "at_level": self._window(last_at) if last_at and last_at is not last else None,
            "never_at_level": bool(level and direct and not at_level),
        }

    def _window(self, chosen: Chosen) -> Data:
        included = self.subject.selection.included
        later = included[included.index(chosen) + 1 :]
        actions = [
            shown
            for treaty in self.subject.statuses.open_treaties()
            for shown in self._actions_since(treaty, chosen.event.date)
        ]
        return {
            "date": self.words.date(chosen.event.date),
            "title": self.words.told(chosen.event.title),
            "gap": gap(self.words, chosen.event.date, self.as_of),
            "events": [contact(self.words, c) for c in self._newest(later)],
            "more": len(later) - len(self._newest(later)),
            "actions": actions,
        }

    def _actions_since(self, treaty: Treaty, day: PartialDate | None) -> list[Data]:
        """What the State did on a treaty in the window; the day itself is not in it."""
        if day is None:
            return []
        state = self.subject.statuses.state(treaty.id, self.subject.country)
        return [self._action(treaty, a) for a in state.counted if a.date.first > day.last]

    def _action(self, treaty: Treaty, action: TreatyAction) -> Data:
        words, day = self.words, PartialDate(self.as_of.isoformat())
        short = upper_first(words.local(treaty.short))
        key = f"action:{treaty.id}:{action.country}:{action.action.value}"
        why = Reason("treaty-action", f"Done by {words.date(day)}, after the last contact.")
        return {
            "text": words.say(
                "{treaty}: {action}, {date}",
                treaty=short,
                action=words.say(action.action.value),
                date=words.date(action.date),
            ),
            "note": words.note([Citation(document=action.source)]),
            "fact": fact(key, why, action.origin),
        }

    # -- contacts --------------------------------------------------------------------------------

    def contacts(self) -> Data:
        """The contacts in short: numbers by level, the direct ones, how else they were reached."""
        included = self.subject.selection.included
        direct = self.subject.direct
        since = self.subject.request.since
        reached = []
        told = self._told_since() if "since" in self.sections else set()
        for rule, label in GROUPS:
            chosen = [c for c in included if c.reason.rule == rule]
            if chosen:
                new = [c for c in chosen if c.event.id not in told]
                shown = [contact(self.words, c, self.as_of) for c in self._newest(new)]
                counts = {"total": len(chosen), "since": len(chosen) - len(new)}
                counts["more"] = len(new) - len(shown)
                reached.append(
                    {"rule": rule, "label": self.words.say(label), "contacts": shown, **counts}
                )
        return {
            "direct": [contact(self.words, c, self.as_of) for c in self._newest(direct)],
            "count": len(direct),
            "more": len(direct) - len(self._newest(direct)),
            "by_level": self._by_level(),
            "reached": reached,
            "total": len(included),
            "gap": gap(self.words, direct[-1].event.date, self.as_of) if direct else "",
            "since": self.words.date(since) if since else "",
        }

    def _newest(self, chosen: Sequence[Chosen]) -> Sequence[Chosen]:
        """The newest of a list, in its order, as many as the bureau shows."""
        return chosen[-self.limit :] if self.limit else chosen

    def _told_since(self) -> set[str]:
        """What stands under `since the last meeting` need not be told twice."""
        included, direct = self.subject.selection.included, self.subject.direct
        later = included[included.index(direct[-1]) + 1 :] if direct else []
        return {
            c.event.id
            for c in later
            if not any(stale(self.words, s, self.as_of) for _, s in c.statements)
        }

    def _by_level(self) -> list[Data]:
        levels = Counter(c.event.level.own for c in self.subject.direct)
        last = {c.event.level.own: c.event.date for c in self.subject.direct}
        rows = [
            {
                "label": self.words.term("level", level),
                "count": levels[level],
                "last": self.words.date(last[level]),
            }
            for level in self.store.terms("level")
            if levels[level]
        ]
        if levels[None]:
            row = {"label": self.words.say("Level not recorded"), "count": levels[None]}
            rows.append({**row, "last": self.words.date(last[None])})
        return rows

    # -- commitments -----------------------------------------------------------------------------

    def commitments(self) -> list[Data]:
        """Undertakings and joint positions with this State, carried forward, newest first."""
        met = [
            c
            for c in self.subject.selection.included
            if c.reason.rule in ("direct-contact", "multilateral-part")
        ]
        rows = [
            self._commitment(chosen, number, statement, statement.commitment)
            for chosen in reversed(met)
            for number, statement in chosen.statements
            if statement.commitment and statement.commitment.kind != "plan"
        ]
        groups: dict[tuple[str, str], list[Data]] = {}
        for row in rows:
            groups.setdefault((row["side"], row["state"]), []).append(row)
        return [
            {"side": side, "state": state, "rows": listed}
            for (side, state), listed in groups.items()
        ]

    @cached_property
    def _told_as_answers(self) -> set[str]:
        """The statements that stand as last answers in this paper, by key."""
        if "positions" not in self.sections:
            return set()
        return {p["answer"]["key"] for p in self.positions() if p["answer"]}

    def _commitment(
        self, chosen: Chosen, number: int, statement: Statement, made: Commitment
    ) -> Data:
        event = chosen.event
        sources = (*(statement.sources or event.sources), *made.sources)
        key = f"{event.id}#{number}"
        side = self.words.say(_SIDES.get(statement.by, _THEIRS))
        text, state = self.words.told(statement.text), self._state(made)
        whole = self._told_as(side, state, text)
        why = Reason("commitment", f"Recorded as {_a(made.kind)} of {event.id}.")
        return {
            "side": side,
            "kind": made.kind,
            "text": text,
            "short": as_marked(text, lambda t: t.rstrip(".")),
            "topic": self._topic(statement),
            "above": key in self._told_as_answers,
            "date": self.words.date(event.date) if event.date else self.words.say("Undated"),
            "on": str(event.date or ""),
            "state": state,
            "outcome": self.words.told(made.outcome) if self._done(made) else "",
            "note": self.words.note(sources),
            "by": statement.by,
            "public": open_gate(self.store).passes(key, statement.marking, event.marking),
            "fact": fact(f"commitment:{key}", why, statement.origin, whole),
        }

    def _topic(self, statement: Statement) -> str:
        treaty = self.store.treaties.get(self.subject.about(statement) or "")
        return (
            self.words.local(treaty.short) if treaty else self.words.term("topic", statement.topic)
        )

    def _done(self, made: Commitment) -> bool:
        return made.done is not None and made.done.last <= self.as_of

    def _state(self, made: Commitment) -> str:
        """Done, overdue, due, or standing, on the as-of date."""
        if self._done(made):
            return self.words.say("done {date}", date=self.words.date(made.done))
        due = self.words.local(made.due_as_printed) or self.words.date(made.due)
        if made.due is None:
            position = made.kind == "position"
            return self.words.say("standing") if position else self.words.say("open, no date set")
        if made.due.last < self.as_of:
            return self.words.say("overdue since {date}", date=due)
        return self.words.say("due {date}", date=due)

    def _told_as(self, side: str, state: str, text: str) -> str:
        """A commitment as one fact."""
        message = phrase("{side}, {state}: {text}")
        return self.words.say(message, side=side, state=upper_first(state), text=text)

    # -- background, people ----------------------------------------------------------------------

    def background(self) -> Data:
        """What may be used freely, and what must not be disclosed."""
        treaties = [self.store.treaties[t] for t in self.subject.first_treaties]
        free = [
            {
                "text": self.words.told(position.text),
                "note": self.words.note(position.sources),
                "fact": fact(
                    f"position:{treaty.id}",
                    Reason("position", "The ministry's public position, on record by then."),
                    treaty.origin,
                ),
            }
            for treaty in treaties
            for position in treaty.positions
            if position.date.last <= self.as_of
        ]
        spoken = [contact(self.words, c) for c in self.subject.selection.background]
        return {"free": free, "closed": spoken}

    def people(self) -> list[Data]:
        """Who they are and when we met them: the coming delegation first, then those met last."""
        rows: dict[str, Data] = {}
        if self.subject.meeting:
            for person in self.subject.meeting.delegations.other:
                self._add(rows, person, self.subject.meeting.date, None)
        for chosen in reversed(self.subject.direct):
            for person in chosen.event.participants:
                self._add(rows, person, chosen.event.date, chosen)
        return list(rows.values())

    def _add(
        self,
        rows: dict[str, Data],
        participant: Participant,
        day: PartialDate | None,
        chosen: Chosen | None,
    ) -> None:
        person = self.words.person(participant, day)
        if person["country"] != self.subject.country or not person["name"]:
            return
        official = self.store.officials.get(participant.official or "")
        known = self.words.note(chosen.event.sources) if chosen else None
        row = rows.setdefault(
            participant.official or person["name"],
            {
                "name": person["name"],
                "office": person["office"],
                "expected": chosen is None,
                "attested": self.words.date(day),
                "met": [],
                "note": None,
                "fact": fact(
                    f"person:{participant.official or person['name']}",
                    Reason("person", "Of their delegation, or met before."),
                    official.origin if official else None,
                    f"{person['name']}, {person['office']}",
                ),
            },
        )
        row["note"] = row["note"] or known
        if chosen is not None:
            row["met"].append(self.words.date(day))

    def stale_plans(self) -> list[Data]:
        """Plans in the paper whose date has passed: for the drafter."""
        included = self.subject.selection.included
        late = (c for c in included if any(self._stale(s) for _, s in c.statements))
        shown = [contact(self.words, c, self.as_of) for c in late]
        return [
            {
                "rule": "stale-plan",
                "severity": "warning",
                "text": f"{c['title']}: {s['stale']}",
                "file": s["fact"]["file"],
                "line": s["fact"]["line"],
            }
            for c in shown
            for s in c["statements"]
            if s["stale"]
        ]

    def _stale(self, statement: Statement) -> str:
        return stale(self.words, statement, self.as_of)


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def gap(words: Words, day: PartialDate | None, as_of: date) -> str:
    """How long ago, in whole months as far as the date is known: `10 months`."""
    months = months_between(day, as_of) if day else None
    if day is None or months is None:
        return ""
    if months < 1:
        return words.say("less than a month")
    if day.precision is Precision.DAY:
        return words.counted(months, "{n} month", "{n} months")
    return words.counted(months, "about {n} month", "about {n} months")
