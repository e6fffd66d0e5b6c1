"""The points of a brief: what to say, what to say if asked, what not to say.

In: the brief's subject and the lines taken. Out: plain data. The ask comes
from the ladder by the State's standing on the as-of date; its verb and qualifier are those last
used at the highest level. A point names no other State unless its line says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from briefgen.compose.common import Data
from briefgen.compose.facts import fact
from briefgen.compose.subject import Said, Subject
from briefgen.compose.words import Note, upper_first
from briefgen.errors import BriefgenError, Problem, Source
from briefgen.lines import LineSelection, Taken
from briefgen.phrases import fill, joined, phrase
from briefgen.records import (
    AgendaItem,
    Also,
    LineKind,
    Origin,
    Rung,
    Treaty,
)
from briefgen.selection import Reason

_DEFENSIVE, _IF_RAISED = phrase("Defensive"), phrase("If raised")
IF_TIME = phrase("If time allows")


class Points:
    """Composes what is to be said; `notes` collects what the drafter should look at."""

    def __init__(self, subject: Subject, lines: LineSelection, limit: int | None) -> None:
        self.subject = subject
        self.words = subject.words
        self.store = subject.store
        self.lines = lines
        self.limit = limit
        self.notes: list[Data] = []

    # -- points to make --------------------------------------------------------------------------

    @cached_property
    def all_points(self) -> list[Data]:
        """Every point that our side raises, the ask first."""
        return [self._point(item) for item in self.subject.items if not item.reactive]

    def points(self) -> list[Data]:
        """The points to make, up to the limit of the bureau."""
        return self.all_points[: self.limit]

    def _point(self, item: AgendaItem) -> Data:
        treaty = self.store.treaties[item.treaty] if item.treaty else None
        heading = self.words.local(item.title) or self.words.term("topic", item.topic)
        if treaty and not item.title:
            heading = upper_first(self.words.local(treaty.short))
        own = self._ask(item, treaty) if treaty else self._topic_line(item)
        own["names"] = [*own["names"], *item.names]
        self._guard(own)
        state = self.subject.statuses.state(treaty.id, self.subject.country) if treaty else None
        cell = self.subject.statuses.cell(treaty, self.subject.country) if treaty else {}
        raised = self.subject.last(item, "own", "both")
        return {
            "topic": heading,
            "topic_id": item.topic,
            "treaty": item.treaty or "",
            **own,
            "standing": cell.get("text", "") if state else "",
            "note": cell.get("note"),
            "last_raised": raised,
            "last_answer": self.subject.last(item, "other", "both", self.subject.country),
        }

    def _ask(self, item: AgendaItem, treaty: Treaty) -> Data:
        """The point on a treaty: a cleared line with the ladder's ask, else the ladder's words."""
        words, rung = self.words, self.subject.rung(treaty)
        reason, ask = words.told(item.line), rung.ask if rung else ""
        own, more = self._to_make(item, ask)
        figures = self.subject.figures(treaty)
        lead, origin, why = "", None, Reason("ladder", f"No rung fits {treaty.id}.")
        text_note: Note | None = None
        if own:
            verb = own.line.verb
            lead = words.fill(words.told(own.line.text), {**figures, **self._verb(verb)})
            origin, why, text_note = own.line.origin, own.reason, words.note(own.line.sources)
            self._compare(treaty, own.line.ask or ask, verb, own.line.origin)
        elif rung:
            said = self._wording(treaty, rung)
            lead = words.fill(words.told(rung.lead), {**figures, **said})
            reason = reason or words.fill(words.told(rung.reason), {**figures, **said})
            standing = self.subject.statuses.state(treaty.id, self.subject.country).standing.value
            why = Reason("ladder", f"The rung for '{standing}' on {treaty.id}: ask to {rung.ask}.")
            origin = rung.origin
        texts = [reason, *(words.fill(words.told(m.line.text), figures) for m in more)]
        also, reason = self._also(treaty, rung, figures), joined(texts)
        whole = joined((lead, also, reason))
        return {
            "ask": ask,
            "lead": lead,
            "reason": reason,
            "also": also,
            "text_note": text_note,
            "records": self._rests_on(item, [*([own] if own else []), *more], treaty.id, ask),
            "draft": any(t.draft for t in [*([own] if own else []), *more]),
            "names": [n for t in [*([own] if own else []), *more] for n in t.line.names],
            "given": self._given(item, own, more, rung),
            "fact": fact(f"point:{treaty.id}", why, origin, whole),
        }

    def _to_make(self, item: AgendaItem, ask: str) -> tuple[Taken | None, list[Taken]]:
        """The line that takes the place of the ladder's words, and those that add to them."""
        fitting = [
            t
            for t in self.lines.of(LineKind.TO_MAKE)
            if (t.line.treaty == item.treaty if item.treaty else t.line.topic == item.topic)
        ]
        own = next((t for t in fitting if t.line.ask and t.line.ask == ask), None)
        other_asks = [t for t in fitting if t is not own and t.line.ask not in (None, ask)]
        for taken in other_asks:
            self._note(
                "line-against-status",
                f"Line '{taken.line.id}' asks to {taken.line.ask}, where the standing calls for "
                f"{ask or 'no ask'}: it is not used.",
                taken.line.origin,
            )
        return own, [t for t in fitting if t is not own and t.line.ask is None]

    def _topic_line(self, item: AgendaItem) -> Data:
        """The point on a topic without a treaty: the agenda's line, and cleared lines on it."""
        _, more = self._to_make(item, "")
        figures = self.subject.figures(None)
        texts = [
            self.words.told(item.line),
            *(self.words.fill(self.words.told(m.line.text), figures) for m in more),
        ]
        origin = more[0].line.origin if more and not item.line else item.origin
        why = (
            Reason("agenda", "On the agenda of the meeting, with its line.")
            if item.line or not more
            else more[0].reason
        )
        text = joined(texts)
        return {
            "ask": "",
            "lead": "",
            "reason": text,
            "also": "",
            "text_note": None,
            "records": self._rests_on(item, more),
            "draft": any(t.draft for t in more),
            "names": [n for t in more for n in t.line.names],
            "given": self._given(item, None, more, None),
            "fact": fact(f"point:{item.topic}", why, origin, text),
        }

    def _rests_on(
        self, item: AgendaItem, lines: Sequence[Taken], treaty: str = "", ask: str = ""
    ) -> list[str]:
        """The records whose words a point's own words are: the meeting's, lines, and the ask whose
        verb and qualifier were taken up; none of these where the ladder alone speaks."""
        meeting = self.subject.meeting
        found = [f"line:{taken.line.id}" for taken in lines]
        if meeting and (item.line or item.title or not treaty):
            found.append(f"meeting:{meeting.id}")
        if treaty and (said := self.subject.last_asked(treaty, ask)):
            found.append(f"event:{said.chosen.event.id}#{said.number}")
        return found or [f"status:{treaty}"]

    def _given(
        self, item: AgendaItem, own: Taken | None, more: Sequence[Taken], rung: Rung | None
    ) -> bool:
        """Whether all words of a point may be given to the other side in writing."""
        recipients = [t.line.releasable_to for t in [*([own] if own else []), *more]]
        if rung and not own:
            recipients.append(rung.releasable_to)
        allowed = {"all", self.subject.country}
        return (item.releasable or not item.line) and all(allowed & set(r) for r in recipients)

    # -- the wording of asks ---------------------------------------------------------------------

    def _wording(self, treaty: Treaty, rung: Rung) -> dict[str, str]:
        """Verb and qualifier: as last used at the highest level, else the rung's own."""
        last = self.subject.last_asked(treaty.id, rung.ask)
        text = self.words.local(rung.lead)
        follows = self.store.ministry.wording == "as-last-time" and "{verb}" in text
        self._ask_changed(treaty, rung)
        if last and follows and self.acts_we(last.statement.act):
            kept = self.words.recorded("qualifier", last.statement.qualifier)
            if hasattr(kept, "__html__"):  # in another language: no sentence can take it in
                kept = self.words.local(rung.qualifier)
            return {"verb": self.acts_we(last.statement.act), "qualifier": kept}
        if "{verb}" in text:
            self._compare(treaty, rung.ask, rung.verb, rung.origin)
        return {
            **self._verb(rung.verb),
            "qualifier": self.words.local(rung.qualifier),
        }

    def acts_we(self, act: str | None) -> str:
        """A verb as our side says it."""
        found = self.subject.acts.get(act or "")
        return self.words.local(found.we) if found else ""

    def _verb(self, act: str | None) -> dict[str, str]:
        return {"verb": self.acts_we(act) or "ask", "qualifier": ""}

    def _also(self, treaty: Treaty, rung: Rung | None, figures: dict[str, Any]) -> str:
        """Second asks that go with the first for this State, such as a moratorium."""
        texts = []
        for also in rung.also if rung else ():
            if any(self.subject.belongs(group) for group in also.groups):
                wording = self._also_verb(treaty, also)
                texts.append(self.words.fill(self.words.told(also.text), {**figures, **wording}))
        return joined(texts)

    def _also_verb(self, treaty: Treaty, also: Also) -> dict[str, str]:
        last = self.subject.last_asked(treaty.id, also.ask)
        if last and self.store.ministry.wording == "as-last-time":
            return self._verb(last.statement.act)
        self._compare(treaty, also.ask, also.verb, None)
        return self._verb(also.verb)

    def _compare(self, treaty: Treaty, ask: str, verb: str | None, origin: Origin | None) -> None:
        """Warn when an ask is put with a stronger or weaker verb than last time."""
        last = self.subject.last_asked(treaty.id, ask)
        act = self.subject.acts.get(verb or "")
        if last is None or act is None:
            return
        before = self.subject.acts[last.statement.act]
        if None in (act.strength, before.strength) or act.strength == before.strength:
            return
        how = "stronger" if (act.strength or 0) > (before.strength or 0) else "weaker"
        self._note(
            "verb-changed",
            f"“{self.acts_we(act.id)}” is {how} than “{self.words.local(before.label)}”, used "
            f"{self._when_and_level(last)} for the same ask on {self.words.treaty(treaty)}.",
            origin,
        )

    def _ask_changed(self, treaty: Treaty, rung: Rung) -> None:
        """Tell when the standing calls for another ask than was put last time."""
        last = self.subject.last_asked(treaty.id, None)
        put_before = {rung.ask, *(also.ask for also in rung.also)}
        if last is None or any(self.subject.last_asked(treaty.id, ask) for ask in put_before):
            return
        before, now = (
            self.words.term("ask", ask).replace("{treaty}", self.words.treaty(treaty))
            for ask in (last.statement.ask, rung.ask)
        )
        self._note(
            "ask-changed",
            f"Last asked to {before} ({self._when_and_level(last)}); the standing now calls for "
            f"another ask: to {now}.",
            last.statement.origin,
            severity="note",
        )

    def _when_and_level(self, found: Said) -> str:
        level = self.words.term("level", found.chosen.event.level.own) or "level not recorded"
        return f"{self.words.when(found.chosen.event.date)}, {level}"

    def past_language(self) -> list[Data]:
        """Verb, qualifier and treaty name of the last ask at the highest level, by treaty."""
        rows = []
        for item in self.subject.items:
            treaty = self.store.treaties.get(item.treaty or "")
            asks = {f.statement.ask: 0 for f in self.subject.said_on(item) if f.statement.ask}
            for ask in asks if treaty else ():
                found = self.subject.last_asked(item.treaty or "", ask)
                if found and treaty:
                    rows.append(self._past_row(treaty, ask or "", found))
        return rows

    def _past_row(self, treaty: Treaty, ask: str, found: Said) -> Data:
        event, statement = found.chosen.event, found.statement
        asked = fill(self.words.term("ask", ask), {"treaty": self.words.treaty(treaty)})
        qualifier = self.words.recorded("qualifier", statement.qualifier)
        verb = self.words.local(self.subject.acts[statement.act].label)
        return {
            "treaty": self.words.local(treaty.short),
            "text": self._past_text(verb, asked, qualifier),
            "date": self.words.date(event.date),
            "level": self.words.term("level", event.level.own),
            "note": self.words.note(statement.sources or event.sources),
            "fact": fact(f"past:{event.id}#{found.number}", found.chosen.reason, statement.origin),
        }

    def _past_text(self, verb: str, ask: str, qualifier: str) -> str:
        if qualifier:
            message = phrase("{verb} to {ask} {qualifier}")
            return self.words.say(message, verb=verb, ask=ask, qualifier=qualifier)
        return self.words.say("{verb} to {ask}", verb=verb, ask=ask)

    # -- what is said only if asked, and what is not said ----------------------------------------

    def reactive(self) -> list[Data]:
        """Points beyond the limit, agenda lines kept back, and lines that answer."""
        rows = [
            {**as_reactive(point), "cue": "", "label": self.words.say(IF_TIME)}
            for point in self.all_points[self.limit or len(self.all_points) :]
        ]
        for item in self.subject.items:
            if item.reactive:
                point = self._point(item)
                rows.append(
                    {
                        **as_reactive(point),
                        "cue": point["topic"],
                        "label": self.words.say("If raised"),
                    }
                )
        rows += [
            self._line(taken) for taken in self.lines.of(LineKind.IF_RAISED, LineKind.DEFENSIVE)
        ]
        return rows

    def _line(self, taken: Taken, *, guarded: bool = True) -> Data:
        """A line as a section shows it."""
        line = taken.line
        treaty = self.store.treaties.get(line.treaty or "")
        figures = {**self.subject.figures(treaty), **self._verb(line.verb)}
        text = self.words.fill(self.words.told(line.text), figures)
        cue = self.words.local(line.cue)
        label = _DEFENSIVE if line.kind is LineKind.DEFENSIVE else _IF_RAISED
        made = {
            "cue": self.words.fill(cue, figures) if cue else "",
            "text": text,
            "label": self.words.say(label),
            "kind": line.kind.value,
            "treaty": line.treaty or "",
            "topic_id": line.topic or "",
            "draft": taken.draft,
            "note": self.words.note(line.sources),
            "names": list(line.names),
            "given": bool({"all", self.subject.country} & set(line.releasable_to)),
            "fact": fact(f"line:{line.id}", taken.reason, line.origin, text),
        }
        if guarded:
            self._guard(made)
        return made

    def of_kind(self, kind: LineKind) -> list[Data]:
        """The lines of a kind that are read by our side alone, or by the press."""
        return [self._line(t, guarded=kind is LineKind.PRESS) for t in self.lines.of(kind)]

    def avoid(self) -> list[Data]:
        """What not to say: asks of the past that the standing has overtaken, and cleared lines."""
        overtaken = list(self._overtaken())
        done = {(row["treaty"], row["ask"]) for row in overtaken}
        lines = [
            t for t in self.lines.of(LineKind.AVOID) if (t.line.treaty, t.line.ask) not in done
        ]
        rows = [*overtaken, *(self._line(t, guarded=False) for t in lines)]
        if self.subject.selection.background:
            name = self.subject.figures(None)["country"]
            message = phrase(
                "Nothing of what was said about {country} with others: see Background."
            )
            text = self.words.say(message, country=name)
            why = Reason("background", "What is said with third States is never disclosed.")
            rows.append(
                {
                    "text": text,
                    "note": None,
                    "draft": False,
                    "fact": fact("avoid:background", why, None),
                }
            )
        return rows

    def _overtaken(self) -> Iterator[Data]:
        seen = set()
        for found in reversed(self.subject.said):
            statement, event = found.statement, found.chosen.event
            ask, treaty_id = (
                self.subject.asks.get(statement.ask or ""),
                self.subject.about(statement),
            )
            if ask is None or treaty_id is None or statement.by not in ("own", "both"):
                continue
            state = self.subject.statuses.state(treaty_id, self.subject.country)
            if state.standing not in ask.contradicts or (treaty_id, ask.id) in seen:
                continue
            seen.add((treaty_id, ask.id))
            treaty = self.store.treaties[treaty_id]
            standing = self.subject.statuses.standing_text(state, treaty)
            asked = fill(self.words.local(ask.label), {"treaty": self.words.treaty(treaty)})
            yield {
                "text": self.words.say(
                    "Do not repeat the ask to {ask}, put {when}. Standing on {date}: {standing}.",
                    ask=asked,
                    when=self.words.when(event.date),
                    date=self.words.date(self.subject.request.as_of),
                    standing=standing,
                ),
                "treaty": treaty_id,
                "ask": ask.id,
                "draft": False,
                "note": self.words.note(statement.sources or event.sources),
                "fact": fact(
                    f"avoid:{event.id}#{found.number}",
                    Reason("overtaken", "The ask does not fit the standing on the as-of date."),
                    statement.origin,
                ),
            }

    # -- care ------------------------------------------------------------------------------------

    def _guard(self, said: Data) -> None:
        """Refuse words to be spoken that name another State, unless their line says so."""
        text = " ".join(str(said.get(k) or "") for k in ("lead", "reason", "also", "text", "cue"))
        allowed = {self.subject.country, self.store.ministry.country, *said["names"]}
        others = [c for c in self.store.countries.named_in(text) if c not in allowed]
        if others:
            mark = said["fact"]
            listed = ", ".join(self.words.country(code) for code in others)
            raise BriefgenError(
                [
                    Problem(
                        Source(mark["file"], mark["line"], 1) if mark["file"] else Source("data"),
                        mark["key"],
                        f"names {listed} in a talking point for "
                        f"{self.words.country(self.subject.country)}",
                        f"take the name out, or allow it: names: [{', '.join(others)}]",
                    )
                ]
            )

    def _note(self, rule: str, text: str, origin: Origin | None, severity: str = "warning") -> None:
        note = {
            "rule": rule,
            "severity": severity,
            "text": text,
            "file": origin.file if origin else "",
            "line": origin.line if origin else 0,
        }
        if note not in self.notes:
            self.notes.append(note)


def as_reactive(point: Data) -> Data:
    """A point in the form of a line that is said only if asked."""
    texts = (point["lead"], point["reason"], point["also"])
    return {
        "text": joined(texts),
        "kind": "if raised",
        "treaty": point["treaty"],
        "topic_id": point["topic_id"],
        "draft": point["draft"],
        "note": point["text_note"],
        "names": point["names"],
        "given": point["given"],
        "records": point["records"],
        "fact": point["fact"],
    }
