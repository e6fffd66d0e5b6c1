"""How the house prints dates, places, people and sources.

In: records and the language of the paper. Out: text, and notes as plain data. Nothing that the
record does not say is filled in: a month stays a month, a city without a country stands alone.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from babel import Locale
from babel.lists import format_list

from briefgen.compose.dating import Dates
from briefgen.compose.naming import CountryWords
from briefgen.dates import PartialDate, Precision
from briefgen.gate import Gate, Release
from briefgen.phrases import Phrases, as_marked, fill, foreign, joined, phrase
from briefgen.records import (
    Citation,
    Document,
    Event,
    Group,
    Official,
    Participant,
    Place,
    Statement,
    Term,
    Treaty,
)
from briefgen.store import Store

Note = dict[str, Any]


class Words:
    """Printed forms in one language; `locale` decides dates and lists.

    `phrases` are the bureau's own words for the fixed ones. A document that may not pass to the
    readers of `release` is not named in any note. `settings` are the bureau's: its `dates`,
    `country_names` and `release`.
    """

    def __init__(
        self,
        store: Store,
        language: str,
        locale: str,
        release: Release | None = None,
        phrases: Phrases | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.store = store
        self.gate = Gate(store, release or Release())
        self.language = language
        self.locale = Locale.parse(locale, sep="-")
        self.phrases = phrases or Phrases(language)
        self.settings = given = settings or {}
        self.dates = Dates(self.locale, given.get("dates"))
        self.countries = CountryWords(store.countries, language, given.get("country_names"))

    # -- dates -----------------------------------------------------------------------------------

    def date(self, value: PartialDate | datetime.date | None) -> str:
        """A date with the precision that is known: `14 August 2003`, `August 2003`, `2003`."""
        if value is None:
            return self.say("undated")
        if isinstance(value, datetime.date):
            return self.dates.day(value)
        if value.precision is Precision.DAY:
            return self.dates.day(value.first)
        return self.month(value)

    def short_date(self, value: PartialDate | datetime.date | None) -> str:
        """A date for a table: `14 Aug 2003`; a month or a year as in a sentence."""
        day = value.first if isinstance(value, PartialDate) else value
        if day is None or (isinstance(value, PartialDate) and value.precision is not Precision.DAY):
            return self.date(value)
        return self.dates.short(day)

    def when(self, value: PartialDate | None) -> str:
        """A date as it ends a sentence: `on 14 August 2003`, `in August 2003`."""
        if value is None:
            return self.date(value)
        if value.precision is Precision.DAY:
            return self.say("on {date}", date=self.date(value))
        return self.say("in {date}", date=self.date(value))

    def month(self, value: PartialDate) -> str:
        """The month of a date: `August 2003`; of a date that is a year alone, the year."""
        if value.precision is Precision.YEAR:
            return self.dates.year(value)
        return self.dates.month(value)

    def month_in_short(self, value: datetime.date, *, year: bool = False) -> str:
        """The month of a day as it stands in a narrow column: `Aug`, `Aug 2003`."""
        return self.dates.month_in_short(value) if year else self.dates.month_alone(value)

    def year_of_month(self, value: datetime.date) -> str:
        """The year that stands under a month: `2003`."""
        return self.dates.year_of_month(value)

    def period(self, start: PartialDate | None, end: PartialDate | None) -> str:
        """A date, or a first and a last date."""
        if end is None:
            return self.date(start)
        return self.say("{first} – {last}", first=self.date(start), last=self.date(end))

    # -- words -----------------------------------------------------------------------------------

    def say(self, message: str, /, **values: Any) -> str:
        """A fixed phrase of papers in the bureau's words, with its {names} filled in."""
        return self.phrases.say(message, **values)

    def counted(self, number: int, one: str, many: str, /, **values: Any) -> str:
        """A fixed phrase by number; `{n}` is the number."""
        return self.phrases.counted(number, one, many, **values)

    def local(self, text: Mapping[str, str] | None) -> str:
        """The text in the paper's language, else in English, else in the first that there is.

        A text in another language knows it, for screen readers and for the choice of letters.
        """
        return self._local(text, marked=False)

    def told(self, text: Mapping[str, str] | None) -> str:
        """What the record tells: as `local`, and visibly marked where it is not in the paper's
        language."""
        return self._local(text, marked=True)

    def _local(self, text: Mapping[str, str] | None, *, marked: bool) -> str:
        if not text:
            return ""
        if self.language in text:
            return text[self.language]
        language = "en" if "en" in text else next(iter(text))
        name = self.locale.languages.get(language, language)
        mark = self.say("[{language}]", language=name) if marked else ""
        return foreign(text[language], language, mark)

    def term(self, kind: str, id_: str | None) -> str:
        """The printed word for an id of `terms.yaml` or `asks.yaml`."""
        found = self._terms(kind).get(id_ or "")
        return self.local(found.label) if found else id_ or ""

    def recorded(self, kind: str, text: str | None) -> str:
        """A town or a qualifier that a record has as its source words it, in the paper's language
        where `terms.yaml` has it; else as recorded, knowing its language."""
        found = next((t for t in self._terms(kind).values() if text in t.label.values()), None)
        recorded = {self.store.ministry.language: text} if text else None
        return self.local(found.label if found else recorded)

    def _terms(self, kind: str) -> dict[str, Term]:
        if kind not in self._term_cache:
            self._term_cache[kind] = self.store.terms(kind)
        return self._term_cache[kind]

    @cached_property
    def _term_cache(self) -> dict[str, dict[str, Term]]:
        return {}

    def listed(self, items: Iterable[str]) -> str:
        """`A`, `A and B`, `A, B and C`."""
        named = {f"item{number}": item for number, item in enumerate(items)}
        return fill(format_list([f"{{{name}}}" for name in named], locale=self.locale), named)

    def country(self, code: str) -> str:
        """The name of a country, as the bureau calls it."""
        return self.countries.name(code)

    def in_sentence(self, code: str) -> str:
        """The name of a country with its article."""
        return self.countries.in_sentence(code)

    def treaty(self, treaty: Treaty) -> str:
        """A treaty as a sentence calls it: `the CTBT`."""
        short = self.local(treaty.short)
        return self.say("the {treaty}", treaty=short)

    def group(self, group: Group) -> str:
        """A group as a sentence calls it: `the Annex 2 States`."""
        name = self.local(group.name)
        return self.say("the {group}", group=name) if group.article else name

    def fill(self, text: str, figures: Mapping[str, Any]) -> str:
        """A line with its {variables} filled in, first letter upper; what an
        empty variable leaves of white space is taken away.

        Raises KeyError for a variable that is not known.
        """
        filled = fill(text, figures)
        return as_marked(filled, lambda t: upper_first(re.sub(r" +([.,;:]| )", r"\1", t).strip()))

    # -- places and people -----------------------------------------------------------------------

    def place(self, place: Place | None) -> str:
        """Venue, city and country as far as they are known; a capital needs no country."""
        if place is None:
            return ""
        parts = [self.local(place.venue), self.recorded("place", place.city)]
        if place.country and not place.city:
            parts.append(self.country(place.country))
        return joined(parts, self.say(", "))

    def person(self, participant: Participant, on: PartialDate | None) -> dict[str, str]:
        """Name, office on the day and country of a participant; what is not known is empty."""
        official = self.store.officials.get(participant.official or "")
        country = participant.country or (official.country if official else "")
        name = self._name(official) if official else participant.name or ""
        return {
            "name": name,
            "office": self._office(participant, official, on),
            "country": country,
            "country_name": self.country(country) if country else "",
            "role": participant.role,
        }

    def _name(self, official: Official) -> str:
        honorific = self.local(official.honorific)
        return joined((honorific, self.local(official.name)))

    def _office(
        self, participant: Participant, official: Official | None, on: PartialDate | None
    ) -> str:
        if participant.office:
            return self.local(participant.office)
        if official is None:
            return ""
        office = official.office_on(on) if on else official.offices[-1]
        return self.local(office.title) if office else ""

    def surname(self, person: Mapping[str, str]) -> str:
        """Who somebody is in few words: the name, or country and office where no name is known."""
        if person["name"]:
            return person["name"]
        return joined((person["country_name"], person["office"]))

    # -- sources ---------------------------------------------------------------------------------

    def note(self, citations: Sequence[Citation]) -> Note | None:
        """One note for all citations of a statement; places in one document stand together."""
        places: dict[str, list[str]] = {}
        for citation in citations:
            if not self.may_be_named(citation.document):
                continue
            found = places.setdefault(citation.document, [])
            if citation.place and citation.place not in found:
                found.append(citation.place)
        if not places:
            return None
        return {
            "parts": [
                {"document": id_, "short": self.short_title(id_), "places": "; ".join(listed)}
                for id_, listed in places.items()
            ]
        }

    def may_be_named(self, document_id: str) -> bool:
        """Whether a document may pass to the readers of the paper."""
        document = self.store.documents.get(document_id)
        return document is None or self.gate.passes(f"document:{document_id}", document.marking)

    def short_title(self, document_id: str) -> str:
        """The title of a document in few words."""
        document = self.store.documents.get(document_id)
        if document is None:
            return document_id
        return self.local(document.short or document.title)

    def document(self, document: Document, as_of: datetime.date) -> dict[str, Any]:
        """A line of the list of sources; that a page was read after `as_of` is not told."""
        read = document.retrieved if document.retrieved else None
        return {
            "id": document.id,
            "title": self.local(document.title),
            "short": self.local(document.short or document.title),
            "issuer": self.local(document.issuer),
            "date": self.date(document.date) if document.date else "",
            "retrieved": self.date(read) if read and read.last <= as_of else "",
            "address": document.address or "",
            "link": (document.address or "").startswith("https://"),
            "shown": _short_address(document.address or ""),
            "kind": document.kind,
        }

    # -- statements ------------------------------------------------------------------------------

    def statement(self, statement: Statement, event: Event) -> dict[str, Any]:
        """A statement for printing, with its note; its own sources, else those of the event."""
        return {
            "text": self.told(statement.text),
            "by": statement.by,
            "topic": self.term("topic", statement.topic),
            "topic_id": statement.topic,
            "treaty": statement.treaty or "",
            "act": self.term("act", statement.act),
            "ask": statement.ask or "",
            "is_answer": statement.answers is not None,
            "note": self.note(statement.sources or event.sources),
        }


# What States do about treaties, for the list of phrases.
ACTIONS = (
    phrase("signature"),
    phrase("ratification"),
    phrase("acceptance"),
    phrase("approval"),
    phrase("accession"),
    phrase("succession"),
    phrase("entry into force"),
    phrase("withdrawal"),
    phrase("withdrawal of signature"),
    phrase("withdrawal of ratification"),
)


def _short_address(address: str) -> str:
    """An address as print can bear it: without scheme, and of a long one the site alone."""
    plain = address.removeprefix("https://").removeprefix("http://").removesuffix("/")
    return plain if len(plain) <= 64 else f"{plain.split('/', 1)[0]}/…"


def upper_first(text: str) -> str:
    """The text with its first letter in upper case; that of another language stays as it is."""
    return text if hasattr(text, "__html__") else text[:1].upper() + text[1:]
