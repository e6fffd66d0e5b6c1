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
from briefgen.phrases import joined, phrase
from briefgen.records import Event, NamedList, Standing, Statement, Treaty
from briefgen.selection import Chosen, LeftOut, Reason, Request
from briefgen.status import State, Tally, signature_open, state_of, tally

Data = dict[str, Any]


class Statuses:
    """Standings on the as-of date, computed once a treaty."""

    def __init__(self, words: Words, as_of: date) -> None:
        self.words = words
        self.store = words.store
        self.as_of = as_of
        self._states: dict[str, dict[str, State]] = {}
        self._single: dict[tuple[str, str], State] = {}

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
        if treaty in self._states and country in self._states[treaty]:
            return self._states[treaty][country]
        if (treaty, country) not in self._single:
            actions = self.store.actions(treaty, country)[country]
            record = self.store.treaties[treaty]
            self._single[treaty, country] = state_of(country, actions, record, self.as_of)
        return self._single[treaty, country]

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
            self.words.say(
                "{treaty}, {country}: {standing}",
                treaty=upper_first(self.words.local(treaty.short)),
                country=name,
                standing=self.standing_text(state, treaty),
            ),
        )

    def standing_text(self, state: State, treaty: Treaty, *, short: bool = False) -> str:
        """The standing in words with its dates: `Signed 24 September 1996; not ratified`.

        `short` writes the dates as a table does: `Signed 24 Sept 1996; not ratified`.
        """
        say, date_ = self.words.say, self.words.short_date if short else self.words.date
        if state.standing is Standing.UNKNOWN:
            return say("No action on record")
        if state.standing is Standing.NOT_SIGNED:
            still = signature_open(treaty, self.as_of)
            return say("Not signed") if still else say("Not a party (closed for signature)")
        parts = [say("signed {date}", date=date_(state.signed))] if state.signed else []
        if state.consented and state.consent:
            parts.append(say(_PAST[state.consent.value], date=date_(state.consented)))
        elif state.standing is Standing.SIGNED:
            whole = treaty.coverage == "complete"
            parts.append(say("not ratified") if whole else say("not in force on record"))
        if state.in_force:
            day = date_(state.in_force)
            by = state.in_force_by
            parts.append(
                say("in force by {date}", date=day) if by else say("in force {date}", date=day)
            )
        if state.standing is Standing.RATIFICATION_WITHDRAWN:
            parts.append(say("ratification withdrawn {date}", date=date_(state.withdrawn)))
        if state.standing is Standing.WITHDRAWN:
            parts.append(say("withdrew {date}", date=date_(state.withdrawn)))
        if state.disputed:
            parts.append(say("withdrawal of {date} disputed", date=date_(state.disputed)))
        return upper_first(say("; ").join(parts))

    def summary(self, treaty: Treaty) -> str:
        """How far the treaty has come by the as-of date, in one or two sentences."""
        words, counts = self.words, self.tally(treaty.id)
        name, day = words.treaty(treaty), words.date(self.as_of)
        known = {"treaty": name, "date": day, "signed": counts.signed, "bound": counts.ratified}
        ratified, whole = treaty.closed is None, treaty.coverage != "partial"
        text = words.say(_COUNTED[ratified, whole], **known)
        named = self.deciding_list(treaty)
        if named is None:
            return text
        listed = self.tally(treaty.id, named.group)
        return joined((text, self._list_summary(named, listed)))

    def _list_summary(self, named: NamedList, listed: Tally) -> str:
        known = {
            "list": self.words.group(self.store.groups[named.group]),
            "total": listed.total,
            "ratified": listed.ratified,
        }
        if not listed.outstanding:
            message = phrase("Of {list} ({total}), {ratified} had ratified; none is outstanding.")
            return self.words.say(message, **known)
        message = phrase(
            "Of {list} ({total}), {ratified} had ratified; {outstanding} are outstanding, of which "
            "{signed} have signed and {unsigned} have not."
        )
        left = len(listed.outstanding)
        signed, unsigned = listed.signed_only, listed.not_signed
        return self.words.say(message, **known, outstanding=left, signed=signed, unsigned=unsigned)

    def place_of(self, treaty: Treaty, country: str) -> str:
        """Where a State stands among those that entry into force still waits for."""
        named = self.deciding_list(treaty)
        if named is None or country not in self.members(named.group):
            return ""
        state, name = self.state(treaty.id, country), self.words.in_sentence(country)
        label = self.words.group(self.store.groups[named.group])
        if state.standing is Standing.RATIFIED:
            message = phrase("{country} is one of {list}, and has ratified.")
            return self.words.say(message, country=upper_first(name), list=label)
        left = len(self.tally(treaty.id, named.group).outstanding)
        message = phrase("{country} is one of the {n} outstanding.")
        return self.words.say(message, country=upper_first(name), n=left)

    def outstanding(self, treaty: Treaty) -> list[Data]:
        """The States of the deciding list that are outstanding, by standing."""
        named = self.deciding_list(treaty)
        if named is None:
            return []
        groups: dict[str, list[str]] = {}
        for country in self.members(named.group):
            state = self.state(treaty.id, country)
            if state.standing is not Standing.RATIFIED:
                label = self.words.say(_OUTSTANDING[state.standing])
                groups.setdefault(label, []).append(self.words.country(country))
        return [{"label": k, "countries": sorted(v)} for k, v in sorted(groups.items())]


_PAST = {
    "ratification": phrase("ratified {date}"),
    "acceptance": phrase("accepted {date}"),
    "approval": phrase("approved {date}"),
    "accession": phrase("acceded {date}"),
    "succession": phrase("succeeded {date}"),
}
# By whether all States ratify, and whether the table holds every State.
_COUNTED = {
    (True, True): phrase(
        "By {date}, {signed} States had signed {treaty} and {bound} had ratified it."
    ),
    (False, True): phrase(
        "By {date}, {signed} States had signed {treaty} and {bound} had consented to be bound by "
        "it."
    ),
    (True, False): phrase(
        "By {date}, as far as the record goes, {signed} States had signed {treaty} and {bound} had "
        "ratified it."
    ),
    (False, False): phrase(
        "By {date}, as far as the record goes, {signed} States had signed {treaty} and {bound} had "
        "consented to be bound by it."
    ),
}
_OUTSTANDING = {
    Standing.SIGNED: phrase("Signed, not ratified"),
    Standing.NOT_SIGNED: phrase("Not signed"),
    Standing.RATIFICATION_WITHDRAWN: phrase("Ratification withdrawn"),
    Standing.WITHDRAWN: phrase("Withdrawn"),
    Standing.UNKNOWN: phrase("No action on record"),
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
        "date": words.date(event.date) if event.date else words.say("Undated"),
        "on": str(event.date or ""),
        "month": words.month(event.date) if event.date else "",
        "title": words.told(event.title),
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
        "remark": words.told(event.note),
        "rule": chosen.reason.rule,
        "reason": chosen.reason.sentence,
        "fact": fact(f"event:{event.id}", chosen.reason, event.origin, _headline(words, event)),
    }


def _headline(words: Words, event: Event) -> str:
    when = words.date(event.date) if event.date else words.say("Undated")
    place, title = words.place(event.place), words.local(event.title)
    if place:
        return words.say("{date}: {title}, {place}", date=when, title=title, place=place)
    return words.say("{date}: {title}", date=when, title=title)


def stale(words: Words, statement: Statement, as_of: date | None) -> str:
    """A sentence when the date of a plan has passed and nobody has recorded that it was done."""
    plan = statement.commitment
    if as_of is None or plan is None or plan.kind != "plan" or plan.due is None:
        return ""
    if plan.due.last >= as_of or (plan.done and plan.done.last <= as_of):
        return ""
    printed = words.local(plan.due_as_printed)
    due = words.say("“{text}”", text=printed) if printed else words.date(plan.due)
    message = phrase("The date planned ({due}) has passed; whether it was done is not on record.")
    return words.say(message, due=due)


def _levels(words: Words, event: Event) -> str:
    labels = [words.term("level", x) for x in (event.level.own, event.level.other) if x]
    return " / ".join(dict.fromkeys(labels))


def _targets(words: Words, event: Event) -> list[str]:
    store = words.store
    named = [words.in_sentence(code) for code in event.target_countries]
    named += [words.group(store.groups[g]) for g in event.target_groups]
    return named + ([words.say("all States")] if event.to_all_states else [])


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
    "after-as-of": phrase("dated after the as-of date"),
    "before-window": phrase("before the window"),
    "after-window": phrase("after the window"),
    "date-uncertain": phrase("of uncertain date"),
    "date-unknown": phrase("undated and in no dated source"),
    "above-ceiling": phrase("marked above the ceiling"),
    "group-target": phrase(
        "addressed to a group that it was not in, or after it had done what was asked"
    ),
    "treaty-wide": phrase("addressed to all States, after it had done what was asked"),
    "own-step": phrase("steps of our own on no treaty asked for"),
    "mentioned": phrase("said with others about it, see background"),
    "other-treaty": phrase("on other treaties"),
    "other-topic": phrase("on other topics"),
    "other-country": phrase("with other States"),
}


def left_out(words: Words, outs: Iterable[LeftOut]) -> Data:
    """What a reader should know was left out: doubtful dates by name, the rest by number.

    What was held back is counted only where the bureau has papers tell of it.
    """
    told = words.settings.get("release", {}).get("tell", False)
    listed = [o for o in outs if told or o.reason.rule != "above-ceiling"]
    doubtful = [o for o in listed if o.reason.rule in ("date-uncertain", "date-unknown")]
    return {
        "uncertain": [
            {
                "record": f"event:{o.event.id}",
                "title": words.told(o.event.title),
                "date": words.date(o.event.date) if o.event.date else words.say("undated"),
                "note": words.note(o.event.sources),
            }
            for o in doubtful
            if o.event.date
        ],
        "total": len(listed),
        "why": [
            {"text": words.say(_WHY_OUT.get(rule, rule)), "count": count}
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
