"""The house: its ministry, countries by name, its words, its asks and their ladder.

In: `ministry.yaml`, `countries.yaml`, `terms.yaml`, `asks.yaml`. Out: frozen records.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from briefgen.records.base import (
    Citations,
    CountryRef,
    Id,
    LocalText,
    Located,
    Record,
    SchemeRef,
    Text,
    TreatyRef,
)
from briefgen.records.lines import Rung, Standing
from briefgen.records.markings import MarkingField


class PaperLimits(Record):
    """What one paper may take, whatever its templates ask for; all inclusive."""

    template: Annotated[int, Field(ge=1)] = 10
    """Seconds of processor time to fill one template. Example: `10`"""
    cpu: Annotated[int, Field(ge=1)] = 600
    """Seconds of processor time to make a paper. Example: `300`"""
    wall: Annotated[int, Field(ge=1)] = 1200
    """Seconds by the clock. Example: `600`"""
    memory: Annotated[int, Field(ge=64)] = 4000
    """Megabytes of memory beside what is loaded. Example: `4000`"""
    file: Annotated[int, Field(ge=1)] = 200
    """Megabytes of the largest file. Example: `200`"""


class Ministry(Located):
    """The home State and its ministry."""

    country: CountryRef
    """The home State. Example: `JPN`"""
    name: LocalText
    """The ministry."""
    department: LocalText | None = None
    """The department that drafts."""
    language: Text = "en"
    """Language of the record's texts. Example: `en`"""
    bureau: Text = "base"
    """Whose templates are taken unless another is asked for."""
    scheme: SchemeRef
    """The marking scheme that holds here, from markings.yaml. Example: `japan`"""
    marking: MarkingField | None = None
    """Marking of what carries none. Without it every event, statement, line, meeting and document
    must carry its own. Example: `public`"""
    treaties: tuple[TreatyRef, ...] = ()
    """Treaties that every brief raises, most important first. Example: `[CTBT]`"""
    wording: Literal["as-last-time", "as-drafted"] = "as-last-time"
    """as-last-time: verb and qualifier of an ask are those last used at the highest level.
    as-drafted: those of the ladder; a stronger or weaker verb than last time is a warning."""
    raise_open: bool = False
    """yes: without an agenda, a brief also raises the treaties that the State is not bound by."""
    limits: PaperLimits = PaperLimits()
    """What one paper may take before it is stopped. Example: `{cpu: 60, memory: 2000}`"""
    first_step: bool = False
    """yes: put the softer first step of the ladder where it has one."""


class CountryEntry(Located):
    """What the ISO lists do not say of a country: how it is called here; parties outside ISO."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    """Alpha-3 code; for a party outside ISO one that ISO does not use. Example: `VNM`"""
    name: LocalText | None = None
    """The short name to print. Example: `Viet Nam`"""
    official: LocalText | None = None
    """The formal name, where ISO has none."""
    aliases: tuple[Text, ...] = ()
    """Other names that people use. Example: `[Vietnam]`"""
    article: bool = False
    """yes when the name takes 'the' in a sentence."""
    kind: Literal["state", "organisation", "former state"] = "state"
    """state, organisation or former state."""


class Term(Located):
    """A word of the house: its id and what is printed for it."""

    id: Id
    """Name by which records use it. Example: `director-general`"""
    label: LocalText
    """What is printed, per language."""


class Series(Term):
    """A series of meetings, such as an annual consultation."""

    country: CountryRef | None = None
    """The State met, for a bilateral series."""
    note: LocalText | None = None
    """A remark. Example: `{en: Held every year}`"""
    sources: Citations = ()
    """Where the remark is written; a paper that cannot know of it leaves the remark out."""


class Act(Term):
    """A verb of a statement."""

    asks: bool = False
    """yes when it puts an ask."""
    strength: Annotated[int, Field(ge=1, le=5)] | None = None
    """From 1 (weak) to 5 (strong), for verbs that ask."""
    we: LocalText | None = None
    """The verb as our side says it, for {verb}: `We ... China to ratify`. Example: `call on`"""


class Ask(Term):
    """Something that States are asked to do; the label continues `asked X to ...`."""

    met_by: tuple[Standing, ...] = ()
    """Standings in which it is already done. Example: `[ratified]`"""
    contradicts: tuple[Standing, ...] = ()
    """Standings in which it cannot sensibly be put: `check` tells the drafter."""


class Terms(Record):
    """`terms.yaml`: the house's ordered lists of words; the order of levels counts."""

    levels: tuple[Term, ...]
    """Levels of contact, the highest first."""
    kinds: tuple[Term, ...]
    """Kinds of occasion."""
    topics: tuple[Term, ...]
    """Topics of statements."""
    acts: tuple[Act, ...]
    """Verbs of statements."""
    series: tuple[Series, ...] = ()
    """Series of meetings."""
    abbreviations: tuple[Term, ...] = ()
    """Short forms that a copy to be read aloud spells out once: id is the short form."""
    places: tuple[Term, ...] = ()
    """Towns in other languages: a town that a record names as one of these labels does."""
    qualifiers: tuple[Term, ...] = ()
    """Qualifiers of asks in other languages: one that a record words as a label does."""


class Asks(Record):
    """`asks.yaml`: the asks, and the ladder from a State's standing to the next ask."""

    asks: tuple[Ask, ...]
    """What States can be asked to do."""
    ladder: tuple[Rung, ...]
    """The rungs; order counts."""
