"""The brief before a bilateral meeting, as plain data.

In: a request for one country, its selection, the meeting if there is one, and the options of the
paper: sections, edition, limits. Out: the data of the paper, section by section in the order of the
bureau; a section that is off is not composed, so that no source is named for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from briefgen.compose.backing import Backing
from briefgen.compose.common import Data, frame, left_out, near_misses, sources
from briefgen.compose.facts import fact, version_of
from briefgen.compose.marked import fitting_misses, marking_of, of_selection
from briefgen.compose.points import Points
from briefgen.compose.subject import Subject
from briefgen.compose.words import Words
from briefgen.lines import WARNED, LineSelection, select_lines
from briefgen.phrases import phrase
from briefgen.records import LineKind, Meeting
from briefgen.selection import Reason, Request, Selection

SECTIONS = (
    "facts", "objectives", "points", "reactive", "avoid", "positions", "status", "since",
    "contacts", "commitments", "background", "people", "press", "left_out", "sources", "clearance",
)  # fmt: skip
_NOT_CLEARED = phrase("not cleared")
CLEARANCES = (phrase("cleared"), phrase("pending"), phrase("refused"))


@dataclass(frozen=True, slots=True)
class BriefOptions:
    """How a brief is made: its sections in order, how many points, whether drafts are printed.

    `contacts` is how many contacts each list shows, the newest; None shows all.

    `edition` is `full`, `speaking` (points alone, to be read aloud) or `leave-behind` (only what
    may be given to the other side).
    """

    sections: Sequence[str] = SECTIONS
    points: int | None = None
    contacts: int | None = None
    drafts: bool = False
    edition: str = "full"


def compose_brief(
    words: Words,
    request: Request,
    selection: Selection,
    meeting: Meeting | None,
    options: BriefOptions | None = None,
) -> Data:
    """The data of a brief; `request` names exactly one country.

    Raises BriefgenError when a line to be spoken names another State without leave.
    """
    return _Brief(words, request, selection, meeting, options or BriefOptions()).paper()


class _Brief:
    """Puts one brief together."""

    def __init__(
        self,
        words: Words,
        request: Request,
        selection: Selection,
        meeting: Meeting | None,
        options: BriefOptions,
    ) -> None:
        self.words = words
        self.store = words.store
        self.request = request
        self.selection = selection
        self.meeting = meeting
        self.options = options
        self.subject = Subject(words, request, selection, meeting)
        self.lines = self._lines()
        self.points = Points(self.subject, self.lines, options.points)
        self.backing = Backing(self.subject, self.lines, options.sections, options.contacts)

    def _lines(self) -> LineSelection:
        items = self.subject.items
        return select_lines(
            self.store,
            self.request,
            treaties={i.treaty for i in items if i.treaty},
            topics={i.topic for i in items},
            level=self.meeting.level if self.meeting else None,
            drafts=self.options.drafts,
        )

    def paper(self) -> Data:
        """The whole paper; its version is a mark of all that it says."""
        country = self.subject.country
        paper: Data = {
            "paper": frame(self.words, self.request, "brief", self._title()),
            "marking": {},
            "country": {
                "code": country,
                "name": self.words.country(country),
                "in_sentence": self.words.in_sentence(country),
            },
            "meeting": self._meeting(),
            "last_contact": self.backing.last_contact(),
        }
        makers = self._makers()
        for name in self.options.sections:
            if name in makers:
                paper[name] = makers[name]()
        paper["dropped"] = {}
        paper["sections"] = list(self.options.sections)
        paper["drafter_notes"] = self._drafter_notes()
        paper["near_misses"] = [
            *near_misses(self.words, self.selection.left_out),
            *self._lines_not_used(),
        ]
        if "clearance" in self.options.sections:
            paper["clearance"] = self._clearance()
        paper["sources"] = sources(self.words, paper, self.request.as_of)
        paper["marking"] = self._marking(paper)
        misses = fitting_misses(self.words, paper["near_misses"], paper["marking"])
        paper["near_misses"] = misses
        paper["paper"]["edition"] = self.options.edition
        paper["paper"]["number"] = f"{country}-{self.request.as_of.isoformat()}"
        paper["paper"]["version"] = version_of(paper)
        paper["paper"]["drafter"] = self.words.local(
            (self.meeting.drafter if self.meeting else None) or self.store.ministry.department
        )
        return paper

    def _makers(self) -> dict[str, Callable[[], Any]]:
        """Who composes which section."""
        points, backing = self.points, self.backing
        return {
            "objectives": self._objectives,
            "points": points.points,
            "reactive": points.reactive,
            "avoid": points.avoid,
            "positions": backing.positions,
            "status": backing.status,
            "since": backing.since,
            "contacts": backing.contacts,
            "commitments": backing.commitments,
            "background": backing.background,
            "people": backing.people,
            "press": lambda: points.of_kind(LineKind.PRESS),
            "left_out": lambda: left_out(self.words, self.selection.left_out),
        }

    def _title(self) -> str:
        if self.meeting:
            return self.words.told(self.meeting.title)
        country = self.words.in_sentence(self.subject.country)
        return self.words.say("Brief on {country}", country=country)

    def _marking(self, paper: Data) -> Data:
        """The highest of the meeting, the lines, all that was chosen, and all that is told."""
        gate = self.words.gate
        more = [gate.handling(taken.line.marking) for taken in self.lines.taken]
        more += [gate.handling(self.meeting.marking)] if self.meeting else []
        chosen = Selection(self.request, self.selection.included)
        if "background" in self.options.sections:
            chosen.background = self.selection.background
        return marking_of(self.words, paper, *more, *of_selection(self.words, chosen))

    def _meeting(self) -> Data | None:
        meeting, words = self.meeting, self.words
        if meeting is None:
            return None
        why = Reason("meeting", "The meeting that the brief is for.")
        return {
            "id": meeting.id,
            "date": words.period(meeting.date, meeting.end),
            "place": words.place(meeting.place),
            "level": words.term("level", meeting.level),
            "own": [words.person(p, meeting.date) for p in meeting.delegations.own],
            "other": [words.person(p, meeting.date) for p in meeting.delegations.other],
            "fact": fact(
                f"meeting:{meeting.id}",
                why,
                meeting.origin,
                words.say(
                    "{date}: {title}",
                    date=words.period(meeting.date, meeting.end),
                    title=words.local(meeting.title),
                ),
            ),
        }

    def _objectives(self) -> list[Data]:
        """The meeting's objectives; without them the lines on what our side wants."""
        meeting = self.meeting
        if meeting and meeting.objectives:
            why = Reason("meeting", "An objective of the meeting.")
            return [
                {
                    "text": self.words.told(text),
                    "draft": False,
                    "note": None,
                    "fact": fact(f"objective:{meeting.id}:{number}", why, meeting.origin),
                }
                for number, text in enumerate(meeting.objectives, 1)
            ]
        return self.points.of_kind(LineKind.OBJECTIVE)

    def _lines_not_used(self) -> list[Data]:
        """The lines that were meant for this State and are not in the paper."""
        return [
            fact(
                f"line:{out.line.id}", out.reason, out.line.origin, self.words.local(out.line.text)
            )
            for out in self.lines.left_out
            if out.reason.rule != "above-ceiling"
        ]

    # -- for the drafter -------------------------------------------------------------------------

    def _drafter_notes(self) -> list[Data]:
        """What the drafter should look at: changed verbs, lines not used, stale plans."""
        self.points.all_points  # noqa: B018 - the notes are made with the points
        unused = [
            {
                "rule": out.reason.rule,
                "severity": "warning",
                "text": f"Line '{out.line.id}' is left out. {out.reason.sentence}",
                "file": out.line.origin.file if out.line.origin else "",
                "line": out.line.origin.line if out.line.origin else 0,
            }
            for out in self.lines.left_out
            if out.reason.rule in WARNED
        ]
        return [*self.points.notes, *unused, *self.backing.stale_plans()]

    def _clearance(self) -> Data:
        """The page for clearing: offices, lines with their clearances, past language."""
        offices = self.meeting.clearances if self.meeting else ()
        cleared = {
            taken.line.id: {
                "line": taken.line.id,
                "office": self.words.local(c.office) if c else "",
                "status": self.words.say(c.status if c else _NOT_CLEARED),
                "on": self.words.date(c.on) if c and c.on else "",
            }
            for taken in self.lines.taken
            for c in (taken.line.cleared,)
        }
        return {
            "offices": [
                {
                    "office": self.words.local(c.office),
                    "status": self.words.say(c.status),
                    "on": self.words.date(c.on) if c.on else "",
                }
                for c in offices
            ],
            "lines": list(cleared.values()),
            "past_language": self.points.past_language(),
        }


def next_meeting(meetings: list[Meeting], country: str, as_of: date) -> Meeting | None:
    """The first meeting with a country on or after a date, of those on record."""
    coming = [m for m in meetings if m.country == country and m.date.last >= as_of]
    return min(coming, key=lambda m: m.date.first, default=None)
