"""The outreach history, as plain data.

In: a request for any countries, treaties or groups, and its selection. Out: the data of the paper:
figures, occasions by kind, the chronology by month. Both views are drawn from one list of events,
so that their numbers and dates cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from briefgen.compose.charts import contacts_chart
from briefgen.compose.common import (
    Data,
    Statuses,
    contact,
    frame,
    left_out,
    near_misses,
    sources,
)
from briefgen.compose.facts import fact
from briefgen.compose.marked import fitting_misses, marking_of, of_selection
from briefgen.compose.words import Words, upper_first
from briefgen.dates import PartialDate
from briefgen.phrases import phrase
from briefgen.records import Channel, Event
from briefgen.selection import Chosen, Reason, Request, Selection

OCCASIONS = (
    (Channel.BILATERAL, phrase("Bilateral occasions")),
    (Channel.MULTILATERAL, phrase("Multilateral forums")),
    (Channel.PUBLIC, phrase("Public statements")),
    (Channel.DOMESTIC, phrase("Domestic steps")),
)
_FEW_YEARS = 2
CHANNELS = (phrase("bilateral"), phrase("multilateral"), phrase("public"), phrase("domestic"))


def compose_history(
    words: Words, request: Request, selection: Selection, group: str | None
) -> Data:
    """The data of an outreach history; `group` names the group that the countries came from."""
    maker = _History(words, request, selection)
    subject = maker.subject(group)
    least = words.settings.get("contents") or 0
    paper: Data = {
        "paper": frame(
            words, request, "history", words.say("Outreach history: {subject}", subject=subject)
        ),
        "marking": {},
        "subject": subject,
        "period": maker.period(),
        "positions": maker.positions(),
        "figures": maker.figures(),
        "charts": maker.charts(),
        "status": maker.status(),
        "occasions": maker.occasions(),
        "months": maker.months(),
        "contents": 0 < least <= len(selection.included),
        "left_out": left_out(words, selection.left_out),
        "near_misses": near_misses(words, selection.left_out),
        "dropped": {},
    }
    paper["sources"] = sources(words, paper, request.as_of)
    paper["marking"] = marking_of(words, paper, *of_selection(words, selection))
    paper["near_misses"] = fitting_misses(words, paper["near_misses"], paper["marking"])
    return paper


class _History:
    """Composes the parts of one history."""

    def __init__(self, words: Words, request: Request, selection: Selection) -> None:
        self.words = words
        self.store = words.store
        self.request = request
        self.chosen = selection.included
        self.statuses = Statuses(words, request.as_of)
        self.home = self.store.ministry.country

    def subject(self, group: str | None) -> str:
        """Whom and what the history is about."""
        words, request = self.words, self.request
        treaties = [words.local(self.store.treaties[t].short) for t in request.treaties]
        countries = [words.in_sentence(c) for c in request.countries]
        if group:
            countries = [words.local(self.store.groups[group].name)]
        about = words.listed(map(upper_first, treaties))
        whom = words.listed(countries)
        if about and whom:
            return words.say("{subject} – {whom}", subject=about, whom=whom)
        return about or upper_first(whom.removeprefix("the ")) or words.say("all contacts")

    def period(self) -> Data:
        """The window asked for, in words; without bounds, first and last contact on record."""
        request, words = self.request, self.words
        dated = [c.event.date for c in self.chosen if c.event.date]
        since = request.since or min(dated, key=lambda d: d.first, default=None)
        until = request.until or max(dated, key=lambda d: d.last, default=None)
        return {
            "since": words.date(since) if since else "",
            "until": words.date(until) if until else "",
        }

    def positions(self) -> list[Data]:
        """What the home State says of each treaty, as far as it had said so by the as-of date."""
        return [
            {
                "treaty": self.words.local(self.store.treaties[t].short),
                "text": self.words.told(position.text),
                "note": self.words.note(position.sources),
                "fact": fact(
                    f"position:{t}",
                    Reason("position", "The ministry's public position, on record by then."),
                    self.store.treaties[t].origin,
                ),
            }
            for t in self.request.treaties
            for position in self.store.treaties[t].positions
            if position.date.last <= self.request.as_of
        ]

    # -- figures ---------------------------------------------------------------------------------

    def figures(self) -> Data:
        """Numbers by channel, level, country and ask, and the last contact with each country."""
        channels = Counter(c.event.channel for c in self.chosen)
        levels = Counter(lv for c in self.contacts() if (lv := c.event.level.own))
        return {
            "total": len(self.chosen),
            "by_channel": [
                {"label": self.words.say(channel.value), "count": channels[channel]}
                for channel, _ in OCCASIONS
                if channels[channel]
            ],
            "by_level": [
                {"label": self.words.term("level", level), "count": levels[level]}
                for level in self.store.terms("level")
                if levels[level]
            ],
            "by_country": self._by_country(),
            "by_ask": self._by_ask(),
        }

    def charts(self) -> Data:
        """The pictures by name, as figures; a history without contacts has none.

        What lies after the as-of date is not known to be empty, and is not drawn as such.
        """
        request = self.request
        since = request.since.first if request.since else None
        until = min(request.until.last, request.as_of) if request.until else None
        contacts = [c.event for c in self.contacts()]
        domestic = len(self.chosen) - len(contacts)
        chart = contacts_chart(self.words, contacts, (since, until), domestic)
        return {"contacts": chart} if chart else {}

    def contacts(self) -> list[Chosen]:
        """The events that are contacts with others; domestic steps are not."""
        return [c for c in self.chosen if c.event.channel is not Channel.DOMESTIC]

    def _by_country(self) -> list[Data]:
        """Direct contacts a country, newest last contact first, with level and answer."""
        met: dict[str, list[Chosen]] = {}
        for chosen in self.chosen:
            if chosen.event.channel is Channel.BILATERAL:
                for country in self._others(chosen.event):
                    met.setdefault(country, []).append(chosen)
        rows = [self._country_row(country, found) for country, found in met.items()]
        return sorted(rows, key=lambda row: str(row["country"]))

    def _others(self, event: Event) -> list[str]:
        people = [self.words.person(p, event.date)["country"] for p in event.participants]
        found = [c for c in dict.fromkeys(people) if c and c != self.home]
        wanted = self.request.countries
        return [c for c in found if not wanted or c in wanted]

    def _country_row(self, country: str, found: list[Chosen]) -> Data:
        last = contact(self.words, found[-1])
        order = list(self.store.terms("level"))
        levels = [lv for c in found if (lv := c.event.level.own) in order]
        highest = min(levels, key=order.index, default=None)
        return {
            "country": self.words.country(country),
            "count": len(found),
            "highest": self.words.term("level", highest) if highest else "",
            "last": last["date"],
            "last_title": last["title"],
            "last_people": [self.words.surname(p) for p in last["own"]],
            "answered": sum(any(s.answers for _, s in c.statements) for c in found),
            "note": last["note"],
        }

    def _by_ask(self) -> list[Data]:
        """How often each ask was put, by how many contacts."""
        asks: dict[tuple[str, str], int] = {}
        for chosen in self.chosen:
            for key in dict.fromkeys((s.ask or "", s.treaty or "") for _, s in chosen.statements):
                if key[0]:
                    asks[key] = asks.get(key, 0) + 1
        order = list(self.store.terms("ask"))
        return [
            {"label": self._ask_label(ask, treaty), "count": count}
            for (ask, treaty), count in sorted(
                asks.items(), key=lambda item: (-item[1], order.index(item[0][0]), item[0][1])
            )
        ]

    def _ask_label(self, ask: str, treaty: str) -> str:
        record = self.store.treaties.get(treaty)
        name = self.words.treaty(record) if record else ""
        return upper_first(self.words.fill(self.words.term("ask", ask), {"treaty": name}))

    # -- status, occasions, months ---------------------------------------------------------------

    def status(self) -> list[Data]:
        """Where the treaties stand on the as-of date: those asked for, else the ministry's own."""
        named = self.request.treaties or self.store.ministry.treaties
        treaties = [self.store.treaties[t] for t in named]
        return [
            {
                "treaty": upper_first(self.words.local(treaty.short)),
                "text": self.statuses.summary(treaty),
                "fact": fact(
                    f"figures:{treaty.id}",
                    Reason("status", "Counted from the actions in data/treaties."),
                    treaty.origin,
                ),
                "outstanding": self.statuses.outstanding(treaty),
                "note": self.words.note(treaty.sources[:1]),
                "states": self._states(treaty.id),
            }
            for treaty in treaties
            if treaty.opened.first <= self.request.as_of
        ]

    def _states(self, treaty: str) -> list[Data]:
        """The standing of the countries of the request, if it names any."""
        record = self.store.treaties[treaty]
        return [
            {"country": self.words.country(c), **self.statuses.cell(record, c)}
            for c in sorted(self.request.countries, key=self.words.country)
        ]

    def occasions(self) -> list[Data]:
        """The events by kind of occasion, bilateral ones by country."""
        found = []
        for channel, label in OCCASIONS:
            chosen = [c for c in self.chosen if c.event.channel is channel]
            if chosen:
                found.append(
                    {
                        "channel": channel.value,
                        "label": self.words.say(label),
                        "groups": list(self._grouped(channel, chosen)),
                    }
                )
        return found

    def _grouped(self, channel: Channel, chosen: list[Chosen]) -> Iterable[Data]:
        groups: dict[str, list[Data]] = {}
        for item in chosen:
            countries = self._others(item.event) if channel is Channel.BILATERAL else []
            name = self.words.listed([self.words.country(c) for c in countries])
            groups.setdefault(name, []).append(contact(self.words, item))
        for name in sorted(groups):
            yield {"country": name, "contacts": groups[name]}

    def months(self) -> list[Data]:
        """The chronology: one heading a month, undated events last."""
        months: dict[str, list[Data]] = {}
        years: dict[str, str] = {}
        for chosen in self.chosen:
            shown = contact(self.words, chosen, self.request.as_of)
            month = shown["month"] or self.words.say("Undated")
            months.setdefault(month, []).append(shown)
            day = chosen.event.date if shown["month"] else None
            years[month] = self.words.date(PartialDate(f"{day.first.year:04}")) if day else month
        listed = _first_of_each(years)
        return [
            {"month": month, "contacts": shown, "number": number, "listed": listed.get(month, "")}
            for number, (month, shown) in enumerate(months.items(), 1)
        ]


def _first_of_each(years: dict[str, str]) -> dict[str, str]:
    """What contents say of months, given the year of each: the year at its first month; of two
    years or less the month itself at each."""
    if len(set(years.values())) <= _FEW_YEARS:
        return {month: month for month in years}
    found: dict[str, str] = {}
    for month, year in years.items():
        found.setdefault(year, month)
    return {month: year for year, month in found.items()}
