"""The record of one contact, as plain data: the overview that a ministry issues after a meeting.

In: a request (its as-of date and ceiling) and one event. Out: the data of the paper: when, where
and who, then what each side said, topic by topic, with the numbers that the source prints. An
answer stands behind its request; a request of ours that has none on record says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from briefgen.compose.common import Data, contact, frame, sources, stale
from briefgen.compose.facts import fact
from briefgen.compose.marked import marking_of, of_selection
from briefgen.compose.words import Words, upper_first
from briefgen.dates import PartialDate, Precision
from briefgen.errors import RequestError
from briefgen.phrases import fill, joined, phrase
from briefgen.records import (
    Act,
    Channel,
    Event,
    ItemHeading,
    Place,
    Series,
    Statement,
    item_group,
)
from briefgen.selection import Chosen, Reason, Request, Selection, held_back, reported
from briefgen.store import Store

NO_RESPONSE = phrase("No response recorded.")
Numbered = tuple[int, Statement]
# By whether its date and its place are on record.
_KIND_ON_RECORD = {
    (True, True): phrase("This {kind} is on record for {date}, {where}."),
    (True, False): phrase("This {kind} is on record for {date}."),
    (False, True): phrase("This {kind} is on record without a date, {where}."),
    (False, False): phrase("This {kind} is on record without a date."),
}
ROLES = (phrase("host"), phrase("chair"), phrase("co-host"), phrase("co-signatory"))


def compose_record(words: Words, request: Request, event: Event) -> Data:
    """The data of the record of one event.

    Raises RequestError for an event, or all of its statements, above the ceiling, and for one that
    is dated, or may be, after the as-of date.
    """
    shown = _released(words, request, event)
    told = words.settings.get("release", {}).get("tell", False)
    chosen = Chosen(event, shown, Reason("record", "The event asked for."))
    maker = _Record(words, request, chosen)
    topics = maker.topics()
    paper: Data = {
        "paper": frame(words, request, "record", words.told(event.title)),
        "marking": {},
        "event": maker.head,
        "opening": maker.opening(),
        "supplied": maker.supplied(),
        "voices": maker.voices(topics),
        "topics": topics,
        "left_out": {"statements_above_ceiling": len(event.statements) - len(shown) if told else 0},
    }
    paper["sources"] = sources(words, paper, request.as_of)
    paper["marking"] = marking_of(words, paper, *of_selection(words, Selection(request, [chosen])))
    return paper


def known_on(store: Store, event: Event) -> PartialDate | None:
    """The date of an event, to its last day; of an undated one that of its earliest source."""
    return (event.end or event.date) if event.date else reported(store, event)


def _released(words: Words, request: Request, event: Event) -> tuple[int, ...]:
    """The numbers of the statements that may be shown; raises RequestError when nothing may."""
    gate, as_of, why = words.gate, request.as_of, held_back(words.gate.release)
    if not gate.passes(f"event:{event.id}", event.marking):
        raise RequestError(f"event '{event.id}': {why}")
    known = known_on(words.store, event)
    first = event.date or known
    if known and first and (first.first > as_of or not _surely_by(known, first, as_of)):
        told = f"dated {first}" if event.date else f"first told of by a source of {first}"
        after = "after" if first.first > as_of else "and may lie after"
        raise RequestError(f"event '{event.id}' is {told}, {after} the as-of date {as_of}")
    shown = tuple(
        number
        for number, statement in enumerate(event.statements, 1)
        if gate.passes(f"event:{event.id}#{number}", statement.marking, event.marking)
    )
    if event.statements and not shown:
        raise RequestError(f"all that was said at event '{event.id}': {why}")
    return shown


def _surely_by(known: PartialDate, first: PartialDate, as_of: date) -> bool:
    """Whether what began by a day surely did: it is dated to the day, or its month is over."""
    return first.precision is Precision.DAY or known.last <= as_of


class _Record:
    """Composes the parts of one record."""

    def __init__(self, words: Words, request: Request, chosen: Chosen) -> None:
        self.words = words
        self.store = words.store
        self.request = request
        self.chosen = chosen
        self.event = chosen.event
        self.home = self.store.ministry.country
        self.head = self._head()
        self.others = self._others()
        self.bilateral = self.event.channel is Channel.BILATERAL and bool(self.others)
        self.headings: dict[str, ItemHeading] = {h.number: h for h in self.event.items}
        self.acts = self.store.terms("act")
        # Also by what may not be shown: what was answered is never called unanswered.
        self.answered = {n for s in self.event.statements for n in s.all_answered}

    # -- when, where, who ------------------------------------------------------------------------

    def _head(self) -> Data:
        """The event as every paper has it, without what is told below."""
        found = contact(self.words, self.chosen)
        left = ("month", "statements", "rule", "reason", "fact")
        date = self.words.period(self.event.date, self.event.end)
        return {**{k: v for k, v in found.items() if k not in left}, "date": upper_first(date)}

    def _others(self) -> list[str]:
        """The States at the table but ours, each once."""
        return list(dict.fromkeys(p["country"] for p in self.head["other"] if p["country"]))

    def opening(self) -> Data:
        """The opening paragraph, in parts: when and where, who, to whom, which series."""
        return {
            "when": self._when(),
            "sides": self._sides(),
            "addressed": "" if self.bilateral else self.words.listed(self.head["targets"]),
            "series": self._series(),
            "note": self.head["note"],
        }

    def _when(self) -> str:
        """When and where, in a sentence that claims no more than the record does."""
        words, event = self.words, self.event
        where = self._where(event.place)
        if self.bilateral and self._home_present():
            states = words.listed([words.in_sentence(c) for c in (self.home, *self.others)])
            when = self._on() or words.say("on a date that is not recorded")
            told = {"states": upper_first(states), "when": when, "where": where}
            if where:
                return words.say("{states} met {where} {when}.", **told)
            return words.say("{states} met {when}.", **told)
        kind = words.term("kind", event.kind)
        if not (kind[1:2].isupper() or hasattr(kind, "__html__")):  # as it stands in a sentence
            kind = kind[:1].lower() + kind[1:]
        when = words.period(event.date, event.end)
        message = _KIND_ON_RECORD[bool(event.date), bool(where)]
        return words.say(message, kind=kind, date=when, where=where)

    def _on(self) -> str:
        date, end = self.event.date, self.event.end
        if date is None:
            return ""
        if end is None:
            return self.words.when(date)
        first, last = self.words.date(date), self.words.date(end)
        return self.words.say("from {first} to {last}", first=first, last=last)

    def _where(self, place: Place | None) -> str:
        """The place as it stands in a sentence; empty when the record names none."""
        if place is None:
            return ""
        if place.country and not (place.venue or place.city):
            return self.words.say("in {place}", place=self.words.in_sentence(place.country))
        named = self.words.place(place)
        if not named:
            return ""
        at = place.venue is not None
        return self.words.say(phrase("at {place}") if at else phrase("in {place}"), place=named)

    def _home_present(self) -> bool:
        officials = self.store.officials
        return any(
            self.home in (p.country, officials[p.official].country if p.official else None)
            for p in self.event.participants
        )

    def _sides(self) -> list[Data]:
        """Who was there for each State, as far as a name or an office is on record."""
        people = [p for p in (*self.head["own"], *self.head["other"]) if p["name"] or p["office"]]
        states = dict.fromkeys(p["country"] for p in people)
        return [
            {
                "state": self.words.in_sentence(state),
                "people": [
                    {**p, "role": "" if p["role"] in ("head", "member") else p["role"]}
                    for p in people
                    if p["country"] == state
                ],
            }
            for state in states
        ]

    def _series(self) -> Data | None:
        """The series, the number in it and the remark on it, if that may be known by now."""
        series = self.store.terms("series").get(self.event.series or "")
        if not isinstance(series, Series):
            return None
        told = self._may_be_known(series)
        return {
            "label": self.words.local(series.label),
            "round": self.event.round,
            "remark": self.words.told(series.note) if told else "",
            "note": self.words.note(series.sources) if told else None,
        }

    def _may_be_known(self, series: Series) -> bool:
        """Whether a remark rests on what this event rests on, or on what was issued before."""
        cited = [*self.event.sources, *(c for s in self.event.statements for c in s.sources)]
        own = {c.document for c in cited}
        documents = self.store.documents
        dates = [documents[c.document].date for c in series.sources if c.document not in own]
        return all(d is None or d.last <= self.request.as_of for d in dates)

    # -- topics ----------------------------------------------------------------------------------

    def topics(self) -> list[Data]:
        """Numbered items in the order and with the numbers of the source; the rest by topic."""
        parts: dict[tuple[str, str], list[Numbered]] = {}
        for number, statement in self.chosen.statements:
            key = (statement.item or "", "" if statement.item else statement.topic)
            parts.setdefault(key, []).append((number, statement))
        topics: dict[str, Data] = {}
        for (item, topic), said in parts.items():
            group = item_group(item)
            if group not in self.headings:
                found = self._topic(item, item, said)
                found["items"] = topics.get(item, {}).get("items", [])
                topics[item or f"topic {topic}"] = found
                continue
            above = topics.setdefault(group, {**self._topic(group, group, []), "items": []})
            above["items"].append(self._topic(item, item[len(group) :].strip(), said))
        return list(topics.values())

    def _topic(self, item: str, number: str, said: Sequence[Numbered]) -> Data:
        heading = self.headings.get(item)
        labels = dict.fromkeys(self.words.term("topic", s.topic) for _, s in said)
        between = self.words.say("; ")
        title = self.words.local(heading.title) if heading else joined(labels, between)
        supplied = bool(heading and heading.supplied)
        return {
            "number": f"{number}." if number.isdecimal() else number,
            "title": fill("[{title}]", {"title": title}) if supplied else title,
            "supplied": supplied,
            "said": list(self._turns(list(self._moves(said)))),
        }

    def supplied(self) -> Data | None:
        """Which of the shown headings the editor supplied: numbers too, or the heading alone."""
        shown = {part for _, s in self.chosen.statements if s.item for part in _parts(s.item)}
        found = [h.number for h in self.event.items if h.supplied and h.number in shown]
        bare = [n.strip("[]") for n in found if n.startswith("[")]
        only_title = [n for n in found if not n.startswith("[")]
        if not found:
            return None
        return {
            "numbers": self.words.listed(bare),
            "many": len(bare) > 1,
            "titles": self.words.listed(only_title),
            "many_titles": len(only_title) > 1,
        }

    # -- what was said ---------------------------------------------------------------------------

    def _moves(self, said: Sequence[Numbered]) -> Iterator[Data]:
        """Statements in order, the answers to a request behind it; what is unanswered is told.

        Requests that follow one another without an answer share one line that says so.
        """
        open_for: str | None = None
        for number, statement in self._in_turn(said):
            unanswered = self._is_ours(statement) and number not in self.answered
            label = self._asked(statement) if unanswered else None
            ours = statement.by in ("own", self.home)
            if open_for and (not ours or number in self.answered or (label and label != open_for)):
                yield self._silence(open_for)
                open_for = None
            open_for = label or open_for
            yield self._move(statement)
        if open_for:
            yield self._silence(open_for)

    def _in_turn(self, said: Sequence[Numbered]) -> Iterator[Numbered]:
        """The order of the source, but for answers: they come up to the request they answer."""
        requests = {n for n, s in said if self._asks(s)}
        for number, statement in said:
            if requests & set(statement.all_answered):
                continue
            yield number, statement
            yield from self._answers(number, said, requests)

    def _answers(
        self, number: int, said: Sequence[Numbered], requests: set[int]
    ) -> Iterator[Numbered]:
        if number not in requests:
            return
        for later, answer in said:
            if max(requests & set(answer.all_answered), default=None) == number:
                yield later, answer
                yield from self._answers(later, said, requests)

    def _asks(self, statement: Statement) -> bool:
        act = self.acts.get(statement.act)
        return isinstance(act, Act) and act.asks

    def _is_ours(self, statement: Statement) -> bool:
        return statement.by in ("own", self.home) and self._asks(statement)

    def _move(self, statement: Statement) -> Data:
        number = next(n for n, s in enumerate(self.event.statements, 1) if s is statement)
        why = Reason("record", f"Said at {self.event.id}.")
        return {
            "who": self._who(statement),
            "by": statement.by,
            "statement": {
                **self.words.statement(statement, self.event),
                "fact": fact(f"event:{self.event.id}#{number}", why, statement.origin),
                "stale": stale(self.words, statement, self.request.as_of),
            },
        }

    def _silence(self, label: str) -> Data:
        return {"who": label, "by": "", "statement": None}

    def _turns(self, moves: Sequence[Data]) -> Iterator[Data]:
        """Moves of one voice that follow one another, under one label."""
        turn: Data | None = None
        for move in moves:
            silent = move["statement"] is None
            if turn is None or silent or turn["silence"] or turn["who"] != move["who"]:
                if turn:
                    yield turn
                turn = {"who": move["who"], "by": move["by"], "statements": [], "silence": ""}
            if silent:
                turn["silence"] = self.words.say(NO_RESPONSE)
            else:
                turn["statements"].append(move["statement"])
        if turn:
            yield turn

    # -- voices ----------------------------------------------------------------------------------

    def voices(self, topics: Sequence[Data]) -> bool:
        """Whether more than one voice is heard, so that each needs its name."""
        said = [turn for t in topics for part in (t, *t["items"]) for turn in part["said"]]
        return len({turn["who"] for turn in said}) > 1

    def _who(self, statement: Statement) -> str:
        """Whose words they are; with the speaker where several of a side were there."""
        label = self._side(statement.by)
        official = self.store.officials.get(statement.speaker or "")
        if official is None:
            return label
        side = [p for p in (*self.head["own"], *self.head["other"]) if p["name"]]
        several = [p for p in side if p["country"] == official.country]
        if len(several) < 2:
            return label
        name = self.words.local(official.name)
        return self.words.say("{side} ({name})", side=label, name=name)

    def _side(self, by: str) -> str:
        if by == "own":
            return self.words.country(self.home)
        if by == "both":
            return self.words.say("Both sides") if self.bilateral else self.words.say("Jointly")
        if by != "other":
            return self.words.country(by)
        if self.bilateral:
            return self.words.listed([self.words.country(c) for c in self.others])
        return self.words.say("Others")

    def _asked(self, statement: Statement) -> str:
        """Who might have answered: the other side, or those addressed."""
        if self.bilateral:
            return self._side("other")
        words, event = self.words, self.event
        groups = statement.of_groups or event.target_groups
        asked = [words.country(c) for c in statement.of or event.target_countries]
        asked += [words.group(self.store.groups[g]) for g in groups]
        return upper_first(words.listed(asked)) if asked else words.say("Response")


def _parts(item: str) -> tuple[str, str]:
    """An item's number and that of the item above it."""
    return item, item_group(item)
