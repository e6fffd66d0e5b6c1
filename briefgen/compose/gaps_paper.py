"""The paper on gaps in the contacts, as plain data.

In: the gaps that were found. Out: the data of the paper: figures, States never met and met, levels,
open asks, changes of status, doubtful dates, sources.
"""

from __future__ import annotations

from collections.abc import Iterable

from briefgen.compose.common import Data, contact, frame, sources
from briefgen.compose.gaps import Gap, Gaps, OpenAsk, by, latest
from briefgen.compose.marked import marking_of, of_selection
from briefgen.compose.words import Note, upper_first
from briefgen.phrases import as_marked, fill, phrase
from briefgen.records import Action, Citation, Standing, TreatyAction
from briefgen.selection import Chosen, Selection

_DID = {
    Action.SIGNATURE: phrase("signed {treaty} {when}"),
    Action.RATIFICATION: phrase("ratified {treaty} {when}"),
    Action.ACCEPTANCE: phrase("accepted {treaty} {when}"),
    Action.APPROVAL: phrase("approved {treaty} {when}"),
    Action.ACCESSION: phrase("acceded to {treaty} {when}"),
    Action.SUCCESSION: phrase("succeeded to {treaty} {when}"),
    Action.ENTRY_INTO_FORCE: phrase("became bound by {treaty} {when}"),
    Action.WITHDRAWAL: phrase("withdrew from {treaty} {when}"),
    Action.WITHDRAWAL_OF_SIGNATURE: phrase("withdrew its signature of {treaty} {when}"),
    Action.WITHDRAWAL_OF_RATIFICATION: phrase("withdrew its ratification of {treaty} {when}"),
    Action.DISPUTED_WITHDRAWAL: phrase("declared a disputed withdrawal from {treaty} {when}"),
}


def compose_gaps(gaps: Gaps) -> Data:
    """The data of the paper."""
    maker, words, request = _Paper(gaps), gaps.words, gaps.request
    subject = maker.subject()
    treaty = gaps.store.treaties[request.treaties[0]] if request.treaties else None
    met = [gap for gap in gaps.found if gap.direct]
    never = [gap for gap in gaps.found if not gap.direct]
    paper: Data = {
        "paper": frame(
            words, request, "gaps", words.say("Gaps in our contacts: {subject}", subject=subject)
        ),
        "marking": {},
        "subject": subject,
        "about": words.treaty(treaty) if treaty else "",
        "standing_on": words.treaty(gaps.treaty) if gaps.treaty else "",
        "consented": maker.consented(),
        "figures": maker.figures(met, never),
        "never": maker.never(never),
        "met": [maker.row(gap) for gap in met],
        "levels": maker.levels(met),
        "asks": [maker.ask(gap, ask) for gap in gaps.found for ask in gap.asks],
        "changes": [maker.changes(gap) for gap in gaps.found if gap.changes],
        "uncertain": maker.uncertain(),
    }
    paper["sources"] = sources(words, paper, request.as_of)
    paper["marking"] = maker.marking(paper)
    return paper


class _Paper:
    """Composes the parts of one paper."""

    def __init__(self, gaps: Gaps) -> None:
        self.gaps = gaps
        self.words = gaps.words
        self.store = gaps.store
        self.request = gaps.request

    def subject(self) -> str:
        """What and whom the paper is about: `CTBT – Annex 2 States`."""
        words = self.words
        store, group = self.store, self.gaps.group
        treaties = [words.local(store.treaties[t].short) for t in self.request.treaties]
        about = words.listed(map(upper_first, treaties))
        whom = upper_first(words.local(store.groups[group].name)) if group else ""
        if about and whom:
            return words.say("{subject} – {whom}", subject=about, whom=whom)
        return about or whom or words.say("all topics")

    def marking(self, paper: Data) -> Data:
        """The highest marking of all that is counted or told; a doubtful contact is told too."""
        words, gate = self.words, self.words.gate
        chosen = [c for gap in self.gaps.found for c in (*gap.direct, gap.addressed) if c]
        doubtful = [gate.handling(e.marking) for gap in self.gaps.found for e in gap.doubtful]
        told = of_selection(words, Selection(self.request, included=chosen))
        return marking_of(words, paper, *doubtful, *told)

    def figures(self, met: list[Gap], never: list[Gap]) -> Data:
        certain = [gap for gap in self.gaps.found if any(c.certain for c in gap.changes)]
        doubtful = [gap for gap in self.gaps.found if gap.changes and gap not in certain]
        return {
            "total": len(self.gaps.found),
            "met": len(met),
            "never": len(never),
            "outstanding": self._names(gap for gap in never if self._outstanding(gap)),
            "longest": self.row(met[0]) if met and latest(met[0].direct) else None,
            "asks": sum(len(gap.asks) for gap in self.gaps.found),
            "asked": self._names(gap for gap in self.gaps.found if gap.asks),
            "changed": self._names(certain),
            "may_have_changed": self._names(doubtful),
        }

    def _names(self, gaps: Iterable[Gap]) -> list[str]:
        return [self.words.country(gap.country) for gap in gaps]

    def _outstanding(self, gap: Gap) -> bool:
        return self.gaps.standing(gap) not in (None, Standing.RATIFIED.value)

    def never(self, never: list[Gap]) -> Data:
        """Those never met: a row each where there is something to tell, the others in a line."""
        bound = [
            gap
            for gap in never
            if self.gaps.standing(gap) == Standing.RATIFIED.value
            and not (gap.addressed or gap.changes or gap.doubtful)
        ]
        return {
            "told": [self.row(gap) for gap in never if gap not in bound],
            "bound": [self.row(gap) for gap in bound],
            "note": self._status_note(),
        }

    def consented(self) -> str:
        """What is said of those that are not outstanding: they have ratified the CTBT."""
        treaty = self.gaps.treaty
        if treaty is None:
            return ""
        ratified = phrase("Have ratified {treaty}, and no call on record concerned them")
        bound = phrase(
            "Have consented to be bound by {treaty}, and no call on record concerned them"
        )
        message = ratified if treaty.closed is None else bound
        return self.words.say(message, treaty=self.words.treaty(treaty))

    def _status_note(self) -> Note | None:
        """The source of the treaty's status, for those of whom it holds no step."""
        return self.words.note(self.gaps.treaty.sources[:1]) if self.gaps.treaty else None

    def row(self, gap: Gap) -> Data:
        cell = self.gaps.statuses.cell(self.gaps.treaty, gap.country) if self.gaps.treaty else None
        note = self._status_note()
        months = self.gaps.months(gap)
        return {
            "country": self.words.country(gap.country),
            "standing": cell["short"] if cell else "",
            "standing_note": (cell["note"] or note) if cell else None,
            "count": len(gap.direct),
            "last": self._telling(gap.last),
            "months": "" if months is None else str(months),
            "addressed": self._telling(gap.addressed),
        }

    def _telling(self, chosen: Chosen | None) -> Data | None:
        """An occasion in few words: when, what, at which level of ours and by whom."""
        if chosen is None:
            return None
        shown = contact(self.words, chosen)
        own = chosen.event.level.own
        return {
            "date": shown["date"],
            "when": self.words.when(chosen.event.date),
            "title": shown["title"],
            "level": self.words.term("level", own) if own else "",
            "people": [self.words.surname(p) for p in shown["own"]],
            "note": shown["note"],
        }

    def levels(self, met: list[Gap]) -> Data:
        """States by levels, with the date of the last contact at each."""
        dates = {gap.country: self.gaps.by_level(gap) for gap in met}
        used = [lv for lv in self.store.terms("level") if any(lv in d for d in dates.values())]
        return {
            "heads": [self.words.term("level", level) for level in used],
            "rows": [
                {
                    "country": self.words.country(country),
                    "dates": [self.words.date(d[lv]) if lv in d else "" for lv in used],
                }
                for country, d in dates.items()
                if d
            ],
        }

    def ask(self, gap: Gap, ask: OpenAsk) -> Data:
        statement, event = ask.statement, ask.chosen.event
        treaty = self.store.treaties.get(statement.treaty or "")
        name = self.words.treaty(treaty) if treaty else ""
        label = fill(self.words.term("ask", statement.ask), {"treaty": name})
        return {
            **self.words.statement(statement, event),
            "country": self.words.country(gap.country),
            "label": as_marked(label, str.strip),
            "qualifier": self.words.recorded("qualifier", statement.qualifier),
            "occasion": self._telling(ask.chosen),
        }

    def changes(self, gap: Gap) -> Data:
        return {
            "country": upper_first(self.words.in_sentence(gap.country)),
            "direct": bool(gap.after and gap.direct),
            "after": self._telling(gap.after),
            "begins": self.words.date(self.gaps.begins) if self.gaps.begins else "",
            "certain": [self._step(c.action) for c in gap.changes if c.certain],
            "doubtful": [self._step(c.action) for c in gap.changes if not c.certain],
        }

    def _step(self, step: TreatyAction) -> Data:
        words = self.words
        day = words.date(step.date)
        when = words.say("by {date}", date=day) if by(step) else words.when(step.date)
        treaty = words.treaty(self.store.treaties[step.treaty])
        return {
            "text": words.say(_DID[step.action], treaty=treaty, when=when),
            "note": words.note([Citation(document=step.source)]),
        }

    def uncertain(self) -> list[Data]:
        """Contacts that may lie after the as-of date: told, but counted nowhere."""
        events = {event.id: event for gap in self.gaps.found for event in gap.doubtful}
        return [
            {
                "title": self.words.told(event.title),
                "date": self.words.date(event.date),
                "note": self.words.note(event.sources),
            }
            for event in events.values()
        ]
