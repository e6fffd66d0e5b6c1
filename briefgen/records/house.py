"""The house: its ministry, countries by name, its words, its asks and their ladder.

In: `ministry.yaml`, `countries.yaml`, `terms.yaml`, `asks.yaml`. Out: frozen records.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from briefgen.errors import did_you_mean
from briefgen.records.base import (
    AskRef,
    CountryRef,
    GroupRef,
    Id,
    LocalText,
    Located,
    MarkingRef,
    Record,
    Text,
    TreatyRef,
)

# What the texts of the ladder may hold; `compose` gives each its value.
FIGURES = (
    "country", "home", "treaty", "as_of", "signed", "ratified", "signed_count", "ratified_count",
    "outstanding_count", "list_name",
)  # fmt: skip


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
    marking: MarkingRef
    """Marking of what carries none, from terms.yaml. Example: `public`"""
    treaties: tuple[TreatyRef, ...] = ()
    """Treaties that every brief raises, most important first. Example: `[CTBT]`"""


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


class Act(Term):
    """A verb of a statement."""

    asks: bool = False
    """yes when it puts an ask."""
    strength: Annotated[int, Field(ge=1, le=5)] | None = None
    """From 1 (weak) to 5 (strong), for verbs that ask."""


class Standing(StrEnum):
    """Where a State stands on a treaty on a date; computed, never stored."""

    UNKNOWN = "unknown"
    NOT_SIGNED = "not_signed"
    SIGNED = "signed"
    RATIFIED = "ratified"
    RATIFICATION_WITHDRAWN = "ratification_withdrawn"
    WITHDRAWN = "withdrawn"


class Ask(Term):
    """Something that States are asked to do; the label continues `asked X to ...`."""

    met_by: tuple[Standing, ...] = ()
    """Standings in which it is already done. Example: `[ratified]`"""
    contradicts: tuple[Standing, ...] = ()
    """Standings in which it cannot sensibly be put: `check` tells the drafter."""


class Rung(Located):
    """A rung of the ask ladder; the first that fits a State is taken.

    Texts may hold {country}, {home}, {treaty}, {as_of}, {signed}, {ratified}, {signed_count},
    {ratified_count}, {outstanding_count} and {list_name}.
    """

    treaties: tuple[TreatyRef, ...] = ()
    """Treaties it is for; none means all."""
    status: tuple[Standing, ...]
    """Standings it is for: unknown, not_signed, signed, ratified, ratification_withdrawn,
    withdrawn."""
    signature: Literal["open", "closed"] | None = None
    """Only while the treaty is open for signature, or only once it is closed."""
    disputed: bool | None = None
    """yes: only where a withdrawal is disputed. no: only where none is."""
    group: GroupRef | None = None
    """Only for members of this group on the as-of date."""
    ask: AskRef
    """The ask that it puts."""
    lead: LocalText
    """The ask in one sentence that can be read aloud."""
    reason: LocalText | None = None
    """Why, in one or two sentences that can be read aloud."""

    @model_validator(mode="after")
    def _variables_are_known(self) -> Self:
        for name in ("lead", "reason"):
            for language, text in (getattr(self, name) or {}).items():
                for variable in re.findall(r"\{(\w*)\}", text):
                    if variable not in FIGURES:
                        raise PydanticCustomError(
                            "variable",
                            "'{given}' is not a variable of the ladder",
                            {
                                "given": f"{{{variable}}}",
                                "hint": did_you_mean(variable, FIGURES)
                                or f"known: {', '.join(FIGURES)}",
                                "field": f"{name}.{language}",
                            },
                        )
        return self


class Terms(Record):
    """`terms.yaml`: the house's ordered lists of words; the order of levels and markings counts."""

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
    markings: tuple[Term, ...]
    """Markings, the lowest first."""


class Asks(Record):
    """`asks.yaml`: the asks, and the ladder from a State's standing to the next ask."""

    asks: tuple[Ask, ...]
    """What States can be asked to do."""
    ladder: tuple[Rung, ...]
    """The rungs; order counts."""
