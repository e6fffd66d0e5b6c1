"""Lines to take: what our side means to say, and to whom, from when to when, cleared by whom.

In: `lines/*.yaml`. Out: frozen records. Which lines a paper takes, and which are left out because
they are expired, not yet valid or not cleared, is decided in `selection`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from briefgen.errors import did_you_mean
from briefgen.records.base import (
    ActRef,
    AskRef,
    Citations,
    Countries,
    Date,
    GroupRef,
    Id,
    LevelRef,
    LocalText,
    Located,
    Record,
    Text,
    TopicRef,
    TreatyRef,
    check_period,
    country_code,
)
from briefgen.records.markings import MarkingField

# What the texts of lines and of the ladder may hold; `compose` gives each its value.
FIGURES = (
    "country", "home", "treaty", "as_of", "signed", "ratified", "signed_count", "ratified_count",
    "outstanding_count", "list_name", "verb", "qualifier",
)  # fmt: skip


def check_variables(texts: Mapping[str, Mapping[str, str] | None]) -> None:
    """Refuse a {variable} that no paper can fill; `texts` are local texts by field."""
    for field, text in texts.items():
        for language, words in (text or {}).items():
            for variable in re.findall(r"\{(\w*)\}", words):
                if variable not in FIGURES:
                    raise PydanticCustomError(
                        "variable",
                        "'{given}' is not a variable of a line",
                        {
                            "given": f"{{{variable}}}",
                            "hint": did_you_mean(variable, FIGURES)
                            or f"known: {', '.join(FIGURES)}",
                            "field": f"{field}.{language}",
                        },
                    )


def _recipient(value: str, info: ValidationInfo) -> str:
    """`all` stays; anything else must be a country."""
    return value if value == "all" else country_code(value, info)


def _as_list(value: object) -> object:
    return value if isinstance(value, (list, tuple)) else [value]


Recipients = Annotated[
    tuple[Annotated[Text, AfterValidator(_recipient)], ...], BeforeValidator(_as_list)
]


class Standing(StrEnum):
    """Where a State stands on a treaty on a date; computed, never stored."""

    UNKNOWN = "unknown"
    NOT_SIGNED = "not_signed"
    SIGNED = "signed"
    RATIFIED = "ratified"
    RATIFICATION_WITHDRAWN = "ratification_withdrawn"
    WITHDRAWN = "withdrawn"


class LineKind(StrEnum):
    """What a line is for: said first, said only if asked, or not said at all."""

    OBJECTIVE = "objective"
    TO_MAKE = "to make"
    IF_RAISED = "if raised"
    DEFENSIVE = "defensive"
    AVOID = "avoid"
    THEIR_POINT = "their likely point"
    PRESS = "press line"


class Audience(Record):
    """Whom a line is for; every condition that is given must hold."""

    countries: Countries = ()
    """Only for these States. Example: `[CHN]`"""
    except_countries: Countries = ()
    """Not for these States. Example: `[PRK]`"""
    groups: tuple[GroupRef, ...] = ()
    """Only for members of one of these groups on the as-of date. Example: `[CTBT_ANNEX2]`"""
    status: tuple[Standing, ...] = ()
    """Only in one of these standings on the line's treaty on the as-of date: unknown, not_signed,
    signed, ratified, ratification_withdrawn, withdrawn."""
    levels: tuple[LevelRef, ...] = ()
    """Only at meetings of one of these levels, from terms.yaml. Example: `[minister]`"""


class Clearance(Record):
    """Who cleared a text, and when; an office, not a person."""

    office: LocalText
    """The office. Example: `Legal Affairs`"""
    on: Date | None = None
    """When it cleared; left out while it has not. Example: `2003-08-11`"""
    status: Literal["cleared", "pending", "refused"] = "cleared"
    """cleared, pending or refused."""

    @model_validator(mode="after")
    def _cleared_has_a_date(self) -> Self:
        if (self.on is not None) != (self.status != "pending"):
            raise PydanticCustomError(
                "clearance",
                "status '{status}' does not fit",
                {
                    "status": self.status,
                    "hint": "cleared and refused have a date 'on', pending has none",
                    "field": "status",
                },
            )
        return self


class Line(Located):
    """A line to take.

    Texts may hold {country}, {home}, {treaty}, {as_of}, {signed}, {ratified}, {signed_count},
    {ratified_count}, {outstanding_count}, {list_name}, {verb} and {qualifier}.
    """

    id: Id
    """Name of the line. Example: `ctbt-security`"""
    kind: LineKind
    """objective, to make, if raised, defensive, avoid, their likely point or press line."""
    treaty: TreatyRef | None = None
    """The treaty it is about. Example: `CTBT`"""
    topic: TopicRef | None = None
    """The topic it is about, where there is no treaty. Example: `small-arms`"""
    audience: Audience = Audience()
    """Whom it is for; left out: every State. Example: `{status: [signed]}`"""
    cue: LocalText | None = None
    """What they may say or ask, for lines that answer. Example: `{en: Others come first.}`"""
    text: LocalText
    """The line, to be read aloud where it is to be said. Example: `{en: We value our talks.}`"""
    ask: AskRef | None = None
    """The ask it puts; a line to make with the ladder's ask goes before the ladder's words."""
    verb: ActRef | None = None
    """The verb that it asks with, from terms.yaml. Example: `calls-on`"""
    valid_from: Date | None = None
    """From this date (inclusive). Example: `2003-08-01`"""
    valid_until: Date | None = None
    """Up to this date (inclusive); from then on it is left out with a warning."""
    cleared: Clearance | None = None
    """Who cleared it and when; a line that nobody cleared is printed only as DRAFT, on demand.
    Example: `{office: Legal Affairs, on: 2003-08-11}`"""
    marking: MarkingField | None = None
    """Marking of the line; else the ministry's default. Example: `official`"""
    releasable_to: Recipients = ()
    """States that may be given it in writing; `all` means every State. Example: `all`"""
    names: Countries = ()
    """Other States that it may name. Example: `[IRN]`"""
    sources: Citations = ()
    """What it rests on."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_variables({"text": self.text, "cue": self.cue})
        if self.valid_from and self.valid_until and self.valid_until.last < self.valid_from.first:
            check_period(self.valid_from, self.valid_until)
        if self.audience.status and not self.treaty:
            raise PydanticCustomError(
                "audience",
                "an audience by status needs a treaty",
                {"hint": "say which treaty: treaty: CTBT", "field": "audience.status"},
            )
        if not (self.treaty or self.topic) and self.kind in (
            LineKind.TO_MAKE,
            LineKind.THEIR_POINT,
        ):
            raise PydanticCustomError(
                "about",
                "a line '{kind}' needs a treaty or a topic",
                {
                    "kind": self.kind.value,
                    "hint": "it stands with the point on it",
                    "field": "kind",
                },
            )
        return self


class Also(Record):
    """A second ask that goes with the first for some States."""

    ask: AskRef
    """The ask. Example: `maintain-moratorium`"""
    groups: tuple[GroupRef, ...] = Field(min_length=1)
    """For members of one of these groups on the as-of date. Example: `[NPT_NWS]`"""
    verb: ActRef
    """The verb, where none was used before. Example: `requests`"""
    text: LocalText
    """The sentence; it may hold the same variables. Example: `{en: Do wait.}`"""

    @model_validator(mode="after")
    def _variables_are_known(self) -> Self:
        check_variables({"text": self.text})
        return self


class Rung(Located):
    """A rung of the ask ladder; the first that fits a State is taken.

    Texts may hold {country}, {home}, {treaty}, {as_of}, {signed}, {ratified}, {signed_count},
    {ratified_count}, {outstanding_count}, {list_name}, {verb} and {qualifier}.
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
    first_step: bool = False
    """yes: a softer first step, taken only where the setting asks for it."""
    ask: AskRef
    """The ask that it puts."""
    verb: ActRef | None = None
    """The verb for {verb}, where none was used with the State before. Example: `calls-on`"""
    qualifier: LocalText | None = None
    """For {qualifier}, where none was used before. Example: `at the earliest opportunity`"""
    lead: LocalText
    """The ask in one sentence that can be read aloud."""
    reason: LocalText | None = None
    """Why, in one or two sentences that can be read aloud."""
    also: tuple[Also, ...] = ()
    """Second asks for some States."""
    releasable_to: Recipients = ("all",)
    """States that may be given its words in writing; left out: every State."""

    @model_validator(mode="after")
    def _variables_are_known(self) -> Self:
        check_variables({"lead": self.lead, "reason": self.reason})
        return self
