"""Treaties, what States did about them, and groups of States.

In: `treaties/`, `groups.yaml`, `groups.csv`. Out: frozen records.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import model_validator

from briefgen.dates import PartialDate, Precision
from briefgen.records.base import (
    Citations,
    CountryRef,
    Date,
    DocumentRef,
    GroupRef,
    Id,
    LocalText,
    Located,
    Record,
    Text,
    TreatyRef,
    check_precision,
)


class Group(Located):
    """A group of States; who belongs to it when is in `groups.csv`."""

    id: Id
    """Name of the group. Example: `CTBT_ANNEX2`"""
    name: LocalText
    """The name as printed, without article. Example: `Annex 2 States`"""
    aliases: tuple[Text, ...] = ()
    """Other names that people use. Example: `[annex2, Annex II]`"""
    article: bool = True
    """no when the name takes no 'the'. Example: `no`"""


class Membership(Located):
    """A row of `groups.csv`."""

    group: GroupRef
    """The group. Example: `ASEAN`"""
    country: CountryRef
    """The State. Example: `VNM`"""
    joined: Date
    """Member from this date (inclusive). Example: `1995-07-28`"""
    left: Date | Literal["unknown"] | None = None
    """No longer a member on this date; `unknown` when the record does not hold it: the membership
    is then never claimed."""
    precision: Precision | None = None
    """day, month or year of `joined`; must fit it."""
    source: DocumentRef
    """The document that says so."""
    note: Text | None = None
    """A remark."""

    @model_validator(mode="after")
    def _precision_fits(self) -> Self:
        if self.precision is not Precision.BY:
            check_precision(self.precision, self.joined, self.joined.precision)
        return self

    def counts_on(self, day: PartialDate) -> bool:
        """Whether the State surely was a member throughout `day`."""
        if self.left == "unknown" or self.joined.last > day.first:
            return False
        return self.left is None or day.last < self.left.first


class Action(StrEnum):
    """What a State did about a treaty, in the depositaries' words."""

    SIGNATURE = "signature"
    RATIFICATION = "ratification"
    ACCEPTANCE = "acceptance"
    APPROVAL = "approval"
    ACCESSION = "accession"
    SUCCESSION = "succession"
    ENTRY_INTO_FORCE = "entry into force"
    WITHDRAWAL = "withdrawal"
    WITHDRAWAL_OF_SIGNATURE = "withdrawal of signature"
    WITHDRAWAL_OF_RATIFICATION = "withdrawal of ratification"
    DISPUTED_WITHDRAWAL = "disputed withdrawal"


class TreatyAction(Located):
    """A row of `treaties/<id>.csv`; the treaty is the file's name."""

    treaty: TreatyRef
    """The treaty, taken from the file's name."""
    country: CountryRef
    """The State. Example: `CHN`"""
    action: Action
    """signature, ratification, acceptance, approval, accession, succession, entry into force,
    withdrawal, withdrawal of signature, withdrawal of ratification or disputed withdrawal."""
    date: Date
    """When it was done. Example: `1996-09-24`"""
    precision: Precision | None = None
    """day, month, year, or `by`: done on or before the date."""
    source: DocumentRef
    """The document that says so. Example: `untc-ctbt-status`"""
    note: Text | None = None
    """A remark."""

    @model_validator(mode="after")
    def _precision_fits(self) -> Self:
        if self.precision is not Precision.BY:
            check_precision(self.precision, self.date, self.date.precision)
        return self


class EntryIntoForce(Record):
    """What must happen for a treaty to bind, and when it did."""

    rule: LocalText
    """The rule in own words."""
    date: Date | None = None
    """When it entered into force; left out while it has not."""


class NamedList(Record):
    """A list that the treaty itself names, kept as a group."""

    name: LocalText
    """Its name. Example: `Annex 2`"""
    group: GroupRef
    """The group that holds its States. Example: `CTBT_ANNEX2`"""
    decides_entry_into_force: bool = False
    """yes when entry into force waits for its States."""


class Position(Record):
    """What the home State says of the treaty."""

    text: LocalText
    """The position in own words. Example: `{en: We support its early entry into force.}`"""
    date: Date
    """Since when it is on record. Example: `2003-08`"""
    sources: Citations = ()
    """Where it is written."""


class Treaty(Located):
    """A treaty: names, depositary, when it was open for signature, how it enters into force."""

    id: Id
    """Name of the treaty and of its table. Example: `CTBT`"""
    name: LocalText
    """The full name."""
    short: LocalText
    """The short name, without article. Example: `Ottawa Convention`"""
    aliases: tuple[Text, ...] = ()
    """Other names that people use."""
    depositary: LocalText
    """Who keeps it."""
    opened: Date
    """Open for signature from this date (inclusive). Example: `1996-09-24`"""
    closed: Date | None = None
    """Signature closed on this date; from then on States accede. Left out while it is open."""
    entry_into_force: EntryIntoForce
    """The rule, and the date if it has happened."""
    lists: tuple[NamedList, ...] = ()
    """Lists of States that the treaty names."""
    coverage: Literal["complete", "partial"] = "complete"
    """partial when the table does not hold every State: nothing is concluded from absence."""
    coverage_note: LocalText | None = None
    """What the table does not hold. Example: `{en: Signatures up to 2002 only}`"""
    positions: tuple[Position, ...] = ()
    """What the home State says of it."""
    sources: Citations = ()
    """Where the facts are written."""
