"""What every paper holds: contacts and statements, treaty status, sources, what was left out.

In: selections and the house's words. Out: plain data. The notes that a paper cites decide which
documents stand in its list of sources, so that none is named that nothing rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from briefgen.compose.facts import fact
from briefgen.compose.words import Note, Words, upper_first
from briefgen.dates import PartialDate
from briefgen.records import Event, NamedList, Standing, Statement, Treaty
from briefgen.selection import Chosen, LeftOut, Reason, Request, Selection
from briefgen.status import State, Tally, signature_open, state_of, tally

Data = dict[str, Any]


class Statuses:
    """Standings on the as-of date, computed once a treaty."""

    def __init__(self, words: Words, as_of: date) -> None:
        self.words = words
        self.store = words.store
        self.as_of = as_of
        self._states: dict[str, dict[str, State]] = {}

    def states(self, treaty: str) -> dict[str, State]:
        """Every State that the treaty's table names, by country."""
        if treaty not in self._states:
            record = self.store.treaties[treaty]
            self._states[treaty] = {
                country: state_of(country, actions, record, self.as_of)
                for country, actions in sorted(self.store.actions(treaty).items())
            }
        return self._states[treaty]

    def state(self, treaty: str, country: str) -> State:
        """One State's standing; a State that the table does not name has done nothing on record."""
        found = self.states(treaty).get(country)
        return found or state_of(country, (), self.store.treaties[treaty], self.as_of)

    def open_treaties(self) -> list[Treaty]:
        """The treaties that had been opened by the as-of date, the ministry's own first."""
        first = self.store.ministry.treaties
        opened = [t for t in self.store.treaties.values() if t.opened.first <= self.as_of]
        return sorted(opened, key=lambda t: first.index(t.id) if t.id in first else len(first))

    def members(self, group: str) -> list[str]:
        """The States that surely belonged to a group on the as-of date, in file order."""
        day = PartialDate(self.as_of.isoformat())
        rows = self.store.memberships(group=group)
        return list(dict.fromkeys(m.country for m in rows if m.counts_on(day)))

    def tally(self, treaty: str, group: str | None = None) -> Tally:
        """Counts over all States, or over the members of a group."""
        if group is None:
            return tally(self.states(treaty).values())
        return tally(self.state(treaty, country) for country in self.members(group))

    def deciding_list(self, treaty: Treaty) -> NamedList | None:
        """The named list whose ratifications decide on entry into force, such as Annex 2."""
        return next((named for named in treaty.lists if named.decides_entry_into_force), None)

    def cell(self, treaty: Treaty, country: str) -> Data:
        """A State's standing as a cell of a table, with the note behind it."""
        state = self.state(treaty.id, country)
        sources = dict.fromkeys(a.source for a in state.counted)
        parts = [
            {"document": s, "short": self.words.short_title(s), "places": ""}
            for s in sources
            if self.words.may_be_named(s)
        ]
        return {
            "standing": state.standing.value,
            "text": self.standing_text(state, treaty),
            "short": self.standing_text(state, treaty, short=True),
            "note": {"parts": parts} if parts else None,
            "fact": self._status_fact(treaty, country, state),
        }

    def _status_fact(self, treaty: Treaty, country: str, state: State) -> Data:
        """What a standing rests on: the last action counted, or the table that names none."""
        last = state.counted[-1] if state.counted else None
        name = self.words.country(country)
        reason = f"Standing of {name} on {self.as_of}, from the actions in data/treaties."
        return fact(
            f"status:{treaty.id}:{country}",
            Reason("status", reason),
            last.origin if last else treaty.origin,
            f"{upper_first(self.words.local(treaty.short))}, {name}: "
            f"{self.standing_text(state, treaty)}",
        )

    def standing_text(self, state: State, treaty: Treaty, *, short: bool = False) -> str:
        """The standing in words with its dates: `Signed 24 September 1996; not ratified`.

        `short` writes the dates as a table does: `Signed 24 Sept 1996; not ratified`.
        """
        date_ = self.words.short_date if short else self.words.date
        if state.standing is Standing.UNKNOWN:
            return "No action on record"
        if state.standing is Standing.NOT_SIGNED:
            still = signature_open(treaty, self.as_of)
            return "Not signed" if still else "Not a party (closed for signature)"
        parts = [f"signed {date_(state.signed)}"] if state.signed else []
        if state.consented and state.consent:
            verb = _PAST[state.consent.value]
            parts.append(f"{verb} {date_(state.consented)}")
        elif state.standing is Standing.SIGNED:
            parts.append(
                "not ratified" if treaty.coverage == "complete" else "not in force on record"
            )
        if state.in_force:
            parts.append(f"in force {'by ' if state.in_force_by else ''}{date_(state.in_force)}")
        if state.standing is Standing.RATIFICATION_WITHDRAWN:
            parts.append(f"ratification withdrawn {date_(state.withdrawn)}")
        if state.standing is Standing.WITHDRAWN:
            parts.append(f"withdrew {date_(state.withdrawn)}")
        if state.disputed:
            parts.append(f"withdrawal of {date_(state.disputed)} disputed")
        return upper_first("; ".join(parts))

    def summary(self, treaty: Treaty) -> str:
        """How far the treaty has come by the as-of date, in one or two sentences."""
        words, counts = self.words, self.tally(treaty.id)
        name, day = words.treaty(treaty), words.date(self.as_of)
        bound = "ratified it" if treaty.closed is None else "consented to be bound by it"
        did = f"{counts.signed} States had signed {name} and {counts.ratified} had {bound}"
        limit = "as far as the record goes, " if treaty.coverage == "partial" else ""
        text = f"By {day}, {limit}{did}."
        named = self.deciding_list(treaty)
        if named is None:
            return text
        listed = self.tally(treaty.id, named.group)
        return f"{text} {self._list_summary(named, listed)}"

    def _list_summary(self, named: NamedList, listed: Tally) -> str:
        label = self.words.group(self.store.groups[named.group])
        text = f"Of {label} ({listed.total}), {listed.ratified} had ratified"
        if not listed.outstanding:
            return f"{text}; none is outstanding."
        return (
            f"{text}; {len(listed.outstanding)} are outstanding, of which {listed.signed_only} "
            f"have signed and {listed.not_signed} have not."
        )

    def place_of(self, treaty: Treaty, country: str) -> str:
        """Where a State stands among those that entry into force still waits for."""
        named = self.deciding_list(treaty)
        if named is None or country not in self.members(named.group):
            return ""
        state, name = self.state(treaty.id, country), self.words.in_sentence(country)
        label = self.words.group(self.store.groups[named.group])
        if state.standing is Standing.RATIFIED:
            return f"{upper_first(name)} is one of {label}, and has ratified."
        left = len(self.tally(treaty.id, named.group).outstanding)
        return f"{upper_first(name)} is one of the {left} outstanding."

    def outstanding(self, treaty: Treaty) -> list[Data]:
        """The States of the deciding list that are outstanding, by standing."""
        named = self.deciding_list(treaty)
        if named is None:
            return []
        groups: dict[str, list[str]] = {}
        for country in self.members(named.group):
            state = self.state(treaty.id, country)
            if state.standing is not Standing.RATIFIED:
                label = _OUTSTANDING[state.standing]
                groups.setdefault(label, []).append(self.words.country(country))
        return [{"label": k, "countries": sorted(v)} for k, v in sorted(groups.items())]


_PAST = {
    "ratification": "ratified",
    "acceptance": "accepted",
    "approval": "approved",
    "accession": "acceded",
    "succession": "succeeded",
}
_OUTSTANDING = {
    Standing.SIGNED: "Signed, not ratified",
    Standing.NOT_SIGNED: "Not signed",
    Standing.RATIFICATION_WITHDRAWN: "Ratification withdrawn",
    Standing.WITHDRAWN: "Withdrawn",
    Standing.UNKNOWN: "No action on record",
}


def contact(words: Words, chosen: Chosen, as_of: date | None = None) -> Data:
    """One event as a paper shows it: when, where, who, what was said, and why it is here.

    With `as_of`, plans whose date has passed by then are flagged.
    """
    event = chosen.event
    home = words.store.ministry.country
    people = [words.person(p, event.date) for p in event.participants]
    return {
        "id": event.id,
        "date": words.date(event.date) if event.date else "Undated",
        "month": words.month(event.date) if event.date else "",
        "title": words.local(event.title),
        "place": words.place(event.place),
        "channel": event.channel.value,
        "kind": words.term("kind", event.kind),
        "own": [p for p in people if p["country"] == home and (p["name"] or p["office"])],
        "other": [p for p in people if p["country"] != home],
        "level": _levels(words, event),
        "targets": _targets(words, event),
        "statements": [
            {
                **words.statement(s, event),
                "stale": stale(words, s, as_of),
                "fact": fact(f"event:{event.id}#{n}", chosen.reason, s.origin),
            }
            for n, s in chosen.statements
        ],
        "note": words.note(event.sources),
        "remark": words.local(event.note),
        "rule": chosen.reason.rule,
        "reason": chosen.reason.sentence,
        "fact": fact(f"event:{event.id}", chosen.reason, event.origin, _headline(words, event)),
    }


def _headline(words: Words, event: Event) -> str:
    when = words.date(event.date) if event.date else "Undated"
    place = words.place(event.place)
    return f"{when}: {words.local(event.title)}{f', {place}' if place else ''}"


def stale(words: Words, statement: Statement, as_of: date | None) -> str:
    """A sentence when the date of a plan has passed and nobody has recorded that it was done."""
    plan = statement.commitment
    if as_of is None or plan is None or plan.kind != "plan" or plan.due is None:
        return ""
    if plan.due.last >= as_of or (plan.done and plan.done.last <= as_of):
        return ""
    printed = words.local(plan.due_as_printed)
    due = f"“{printed}”" if printed else words.date(plan.due)
    return f"The date planned ({due}) has passed; whether it was done is not on record."


def _levels(words: Words, event: Event) -> str:
    labels = [words.term("level", x) for x in (event.level.own, event.level.other) if x]
    return " / ".join(dict.fromkeys(labels))


def _targets(words: Words, event: Event) -> list[str]:
    store = words.store
    named = [words.in_sentence(code) for code in event.target_countries]
    named += [words.group(store.groups[g]) for g in event.target_groups]
    return named + (["all States"] if event.to_all_states else [])


def sources(words: Words, paper: Data, as_of: date) -> list[Data]:
    """The documents that the notes of a paper cite, in the order of first citing."""
    cited = dict.fromkeys(part["document"] for note in notes_in(paper) for part in note["parts"])
    documents = words.store.documents
    return [words.document(documents[id_], as_of) for id_ in cited if id_ in documents]


def notes_in(value: Any) -> Iterator[Note]:
    """Every note anywhere in a paper's data, in order."""
    if isinstance(value, Mapping):
        if set(value) == {"parts"}:
            yield dict(value)
        else:
            for item in value.values():
                yield from notes_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from notes_in(item)


# Why an entry is not in a paper, by its rule, as a reader is told; the rest is told by number.
_WHY_OUT = {
    "after-as-of": "dated after the as-of date",
    "before-window": "before the window",
    "after-window": "after the window",
    "date-uncertain": "of uncertain date",
    "date-unknown": "undated and in no dated source",
    "above-ceiling": "marked above the ceiling",
    "group-target": "addressed to a group that it was not in, or after it had done what was asked",
    "treaty-wide": "addressed to all States, after it had done what was asked",
    "own-step": "steps of our own on no treaty asked for",
    "mentioned": "said with others about it, see background",
    "other-treaty": "on other treaties",
    "other-topic": "on other topics",
    "other-country": "with other States",
}


def left_out(words: Words, outs: Iterable[LeftOut]) -> Data:
    """What a reader should know was left out: doubtful dates by name, the rest by number."""
    listed = list(outs)
    doubtful = [o for o in listed if o.reason.rule in ("date-uncertain", "date-unknown")]
    return {
        "uncertain": [
            {
                "title": words.local(o.event.title),
                "date": words.date(o.event.date) if o.event.date else "undated",
                "note": words.note(o.event.sources),
            }
            for o in doubtful
            if o.event.date
        ],
        "total": len(listed),
        "why": [
            {"text": _WHY_OUT.get(rule, rule), "count": count}
            for rule, count in sorted(Counter(o.reason.rule for o in listed).items())
        ],
        "counts": dict(sorted(Counter(o.reason.rule for o in listed).items())),
    }


def near_misses(words: Words, outs: Iterable[LeftOut]) -> list[Data]:
    """Every event that touches the request and is not in the paper, with its rule and reason.

    What is above the ceiling is not named, only counted elsewhere.
    """
    return [
        fact(f"event:{o.event.id}", o.reason, o.event.origin, _headline(words, o.event))
        for o in outs
        if o.reason.rule != "above-ceiling"
    ]


def frame(words: Words, request: Request, kind: str, title: str) -> Data:
    """The head of any paper: who makes it, in which language, for which date, how marked."""
    ministry = words.store.ministry
    return {
        "kind": kind,
        "title": title,
        "language": str(words.locale).replace("_", "-"),
        "as_of": request.as_of.isoformat(),
        "as_of_text": words.date(request.as_of),
        "ministry": words.local(ministry.name),
        "department": words.local(ministry.department),
        "drafter": words.local(ministry.department),
        "home": {
            "code": ministry.country,
            "name": words.country(ministry.country),
            "in_sentence": words.in_sentence(ministry.country),
        },
    }


def marking(words: Words, selection: Selection, *more: str | None) -> Data:
    """The paper's marking: the highest of all that is in it, never below the ministry's default."""
    store = words.store
    order = list(store.terms("marking"))
    found = [store.ministry.marking, *(m for m in more if m)]
    for chosen in selection.included:
        found += [
            m for m in (chosen.event.marking, *(s.marking for _, s in chosen.statements)) if m
        ]
    highest = max(found, key=order.index)
    return {"id": highest, "label": words.term("marking", highest)}
