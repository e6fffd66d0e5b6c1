"""Every kind of paper once, composed for a bureau: what previews show and checks are made on.

In: a store and a bureau. Out: `Trial`s: which paper, on what, and its data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from briefgen.bureaus import Bureau
from briefgen.compose import compose_brief, compose_history, compose_record
from briefgen.compose.addendum import compose_addendum
from briefgen.compose.book import BookState, compose_book
from briefgen.compose.brief import SECTIONS, BriefOptions, next_meeting
from briefgen.compose.cover import compose_cover, paper_entry, row_of
from briefgen.compose.editions import leave_behind, speaking
from briefgen.compose.facts import without_facts
from briefgen.compose.gaps import Gaps
from briefgen.compose.gaps_paper import compose_gaps
from briefgen.compose.index import compose_index
from briefgen.compose.manifest import manifest_of
from briefgen.compose.marked import of_data
from briefgen.compose.words import Words
from briefgen.records import Channel, Event, Meeting
from briefgen.selection import Request, select
from briefgen.store import Store

Data = dict[str, Any]
WHOLE = "brief with every section"


@dataclass(frozen=True, slots=True)
class Sample:
    """What trial papers are about: a State, a date, one contact; `label` says why."""

    label: str
    country: str
    as_of: date
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A paper to be rendered: its kind, what it is about, its data."""

    paper: str
    label: str
    data: Data = field(repr=False)
    words: Words = field(repr=False)


def sample_of(store: Store) -> Sample | None:
    """The newest meeting on record, the day before; without one, the State met most."""
    events = [e for e in store.all(Event, "event") if e.date and e.channel is Channel.BILATERAL]
    meetings = store.all(Meeting, "meeting")
    if meetings:
        meeting = max(meetings, key=lambda m: m.date.first)
        country, as_of = meeting.country, meeting.date.first - timedelta(days=1)
    elif events:
        counts: dict[str, int] = {}
        for event in events:
            for code in event.target_countries:
                counts[code] = counts.get(code, 0) + 1
        country = max(counts, key=lambda code: counts[code])
        as_of = max(e.date.last for e in events if e.date)
    else:
        return None
    own = [e for e in events if country in e.target_countries and e.statements]
    newest = max(own, key=lambda e: (e.date.first if e.date else date.min, e.id), default=None)
    return Sample("the record", country, as_of, newest.id if newest else None)


def sample_trials(store: Store, bureau: Bureau, sample: Sample) -> dict[str, Callable[[], Trial]]:
    """How each kind of paper is composed for a sample, by its name."""
    maker = _Maker(store, bureau, sample)
    makers: dict[str, Callable[[], Data]] = {
        "brief": lambda: maker.brief,
        "speaking": lambda: speaking(maker.words("speaking"), maker.whole),
        "leave-behind": maker.leave_behind,
        "history": maker.history,
        "gaps": maker.gaps,
        "addendum": maker.addendum,
        "cover": maker.cover,
        "index": maker.index,
        "book": maker.book,
        WHOLE: lambda: maker.whole,
    }
    if sample.event:
        makers["record"] = maker.record

    def trial(name: str) -> Callable[[], Trial]:
        paper = "brief" if name == WHOLE else name
        label = f"{name} from {sample.label}"
        return lambda: Trial(paper, label, makers[name](), maker.words(paper))

    return {paper: trial(paper) for paper in makers}


class _Maker:
    """Composes the papers of one sample; the brief is made once."""

    def __init__(self, store: Store, bureau: Bureau, sample: Sample) -> None:
        self.store = store
        self.bureau = bureau
        self.sample = sample
        home = store.ministry.country
        self.request = Request(sample.as_of, home, countries=(sample.country,))

    def words(self, paper: str) -> Words:
        bureau = self.bureau.for_paper(paper)
        locale = bureau.settings["locale"]
        return Words(self.store, bureau.language, locale, None, bureau.phrases, bureau.settings)

    @cached_property
    def brief(self) -> Data:
        return self._brief(self.bureau.for_paper("brief").settings["sections"], self.request)

    @cached_property
    def whole(self) -> Data:
        return self._brief(SECTIONS, self.request)

    def _brief(self, sections: tuple[str, ...], request: Request) -> Data:
        settings = self.bureau.for_paper("brief").settings
        options = BriefOptions(sections, settings.get("points"), settings.get("contacts"))
        meetings = self.store.all(Meeting, "meeting")
        meeting = next_meeting(meetings, self.sample.country, request.as_of)
        words = self.words("brief")
        return compose_brief(words, request, select(self.store, request), meeting, options)

    def leave_behind(self) -> Data:
        words = self.words("leave-behind")
        made: Data = without_facts(leave_behind(words, self.request, self.whole))
        return made

    def history(self) -> Data:
        words = self.words("history")
        return compose_history(words, self.request, select(self.store, self.request), None)

    def record(self) -> Data:
        request = Request(self.sample.as_of + timedelta(days=31), self.store.ministry.country)
        found = self.store.get(Event, "event", str(self.sample.event))
        return compose_record(self.words("record"), request, found)

    def gaps(self) -> Data:
        request = Request(self.sample.as_of, self.store.ministry.country)
        return compose_gaps(Gaps(self.words("gaps"), request, None, ()))

    def cover(self) -> Data:
        """The cover of a folder that holds the brief."""
        words = self.words("cover")
        entry = paper_entry(words, "brief", self.brief, ["brief.docx", "brief.pdf"])
        return compose_cover(words, self.request, row_of(words, self.request), [entry])

    def index(self) -> Data:
        """The index of a pack of one State."""
        words, country = self.words("index"), self.sample.country
        files = [f"{country}/brief.docx", f"{country}/brief.pdf"]
        marking = self.brief["marking"]
        paper = {
            "kind": "brief",
            "marking": marking["id"],
            "handling": marking["handling"],
            "files": files,
        }
        entry = {
            "country": country,
            "bureau": self.bureau.id,
            "folder": country,
            "faults": ["data/events/x.yaml:1:1: so"],
            "papers": [paper],
        }
        rows = {country: row_of(words, self.request)}
        return compose_index(words, self.request, [entry], rows, books=["book.pdf"], named=True)

    def book(self) -> Data:
        """The front of a book of one paper."""
        words, markings = self.words("book"), [of_data(self.brief["marking"])]
        states = [BookState(self.sample.country, {"brief": 2})]
        return compose_book(words, self.request, states, markings, 3)

    def addendum(self) -> Data:
        """What has changed in half a year."""
        before = Request(
            self.sample.as_of - timedelta(days=183), self.request.home, (self.sample.country,)
        )
        brief = self._brief(self.bureau.for_paper("brief").settings["sections"], before)
        words, limit = self.words("addendum"), self.bureau.for_paper("addendum").settings["points"]
        old = manifest_of(brief, before, {})
        return compose_addendum(words, self.request, old, self.brief, limit)


def trials(store: Store, bureau: Bureau, samples: dict[Sample, tuple[str, ...]]) -> Iterator[Trial]:
    """The papers named for each sample, one after the other."""
    for sample, papers in samples.items():
        makers = sample_trials(store, bureau, sample)
        for paper in papers:
            if paper in makers:
                yield makers[paper]()
