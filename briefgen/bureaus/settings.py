"""The settings of a bureau: what `bureau.yaml` may say, typed, each with its meaning.

In: the text of a `bureau.yaml`. Out: `BureauSettings`, holding only what the file gives. Whatever a
ministry may want to change without a template stands here.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from briefgen.bureaus import wordings
from briefgen.compose.shortening import SHORTENABLE
from briefgen.errors import did_you_mean
from briefgen.records import Record

Millimetres = Annotated[float, Field(gt=0, le=1000)]
Points = Annotated[float, Field(ge=5, le=72)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", examples=["#1f3a5f"])]


def _locale(value: str) -> str:
    """A locale that CLDR knows, such as `en-GB` or `ja`."""
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(value, sep="-")
    except (UnknownLocaleError, ValueError):
        raise PydanticCustomError(
            "locale",
            "'{given}' is not a known locale",
            {"given": value, "hint": "write en-GB, ja, fr-CA ..."},
        ) from None
    return value


class Fonts(Record):
    """Font families by script; `body` and `heading` are for Latin letters.

    Headings take the body's family for a script where they have none of their own.
    """

    body: str | None = None
    """Letters of the text. Example: `Noto Serif`"""
    heading: str | None = None
    """Letters of headings, captions and labels."""
    east_asian: str | None = None
    """East Asian letters."""
    complex: str | None = None
    """Arabic, Hebrew and the like."""
    east_asian_heading: str | None = None
    """The same in headings; else as in the text."""
    complex_heading: str | None = None
    """The same in headings; else as in the text."""


class Sizes(Record):
    """Type sizes in points."""

    body: Points | None = None
    """Text."""
    small: Points | None = None
    """Notes, headers, footers."""
    table: Points | None = None
    """Tables and lists of sources."""
    h1: Points | None = None
    """The title."""
    h2: Points | None = None
    """Section headings."""
    h3: Points | None = None
    """Headings below."""
    h4: Points | None = None
    """Headings below those."""
    lead: Points | None = None
    """The points."""


class Colours(Record):
    """Colours as #rrggbb."""

    text: Colour | None = None
    """Text."""
    accent: Colour | None = None
    """Title, headings, rules of weight."""
    muted: Colour | None = None
    """What stands back: asides, headers, footers."""
    rule: Colour | None = None
    """Thin rules."""
    band: Colour | None = None
    """The band behind the head of a table."""


class Theme(Record):
    """The look, in one place for PDF and Word alike."""

    fonts: Fonts | None = None
    """Font families by script."""
    alternatives: dict[str, str] | None = None
    """What Word takes where a font is missing: `Noto Serif: Cambria`."""
    sizes: Sizes | None = None
    """Type sizes in points."""
    line_height: Annotated[float, Field(ge=1, le=3)] | None = None
    """Multiple of the size of the letters."""
    spacing: Annotated[float, Field(gt=0, le=3)] | None = None
    """A factor on all white space between paragraphs."""
    line_rule: Literal["atLeast", "exact"] | None = None
    """Word's: `exact` sets lines as close as the PDF, `atLeast` gives way to tall letters."""
    colours: Colours | None = None
    """Colours as #rrggbb."""
    logo: FileName | None = None
    """A PNG or JPEG picture of the bureau's folder that heads page one. Example: `crest.png`"""
    logo_width: Millimetres | None = None
    """How wide the logo stands, in millimetres."""
    letterhead: tuple[str, ...] | None = None
    """Lines beside the logo on page one."""


class Page(Record):
    """Paper and margins in millimetres."""

    width: Millimetres | None = None
    """Of the paper."""
    height: Millimetres | None = None
    """Of the paper."""
    margin_top: Millimetres | None = None
    """Above the text."""
    margin_bottom: Millimetres | None = None
    """Below the text."""
    margin_left: Millimetres | None = None
    """Left of the text."""
    margin_right: Millimetres | None = None
    """Right of the text."""
    header: Millimetres | None = None
    """From the edge of the paper to the header."""
    footer: Millimetres | None = None
    """From the edge of the paper to the footer."""


PAPERS = (
    "brief", "speaking", "leave-behind", "history", "record", "gaps", "addendum", "cover", "index",
    "book",
)  # fmt: skip


def _paper(value: str) -> str:
    """The name of a kind of paper; the nearest match is named for another."""
    if value in PAPERS:
        return value
    hint = did_you_mean(value, PAPERS) or f"known: {', '.join(PAPERS)}"
    raise PydanticCustomError("known", "'{given}' is not a paper", {"given": value, "hint": hint})


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((name for name in value if value.count(name) > 1), None)
    if twice:
        raise PydanticCustomError(
            "twice", "'{given}' stands twice", {"given": twice, "hint": "name each section once"}
        )
    return value


PaperName = Annotated[
    str, AfterValidator(_paper), WithJsonSchema({"type": "string", "enum": list(PAPERS)})
]


FILLED = ("drafter", "ministry", "department", "as_of")


def _names(value: str) -> str:
    """A text whose {names} are those that a sign-off fills in."""
    for name in re.findall(r"\{(\w*)\}", value):
        if name not in FILLED:
            hint = did_you_mean(name, FILLED) or f"known: {', '.join(FILLED)}"
            raise PydanticCustomError(
                "name", "'{given}' is not filled in here", {"given": f"{{{name}}}", "hint": hint}
            )
    return value


class SignOff(Record):
    """A row of the block by which a paper is signed off: who, and room for what they write."""

    label: str
    """What stands before the line. Example: `Approved by`"""
    text: Annotated[str, AfterValidator(_names)] = ""
    """What is filled in: text with `{drafter}`, `{ministry}`, `{department}`, `{as_of}`."""


_GIVING_WAY = tuple(dict.fromkeys(name for names in SHORTENABLE.values() for name in names))


def _gives_way(value: str) -> str:
    """The name of a section that can be shortened; the nearest match is named for another."""
    if value in _GIVING_WAY:
        return value
    hint = did_you_mean(value, _GIVING_WAY) or f"known: {', '.join(_GIVING_WAY)}"
    raise PydanticCustomError(
        "known", "'{given}' is not a section that can be shortened", {"given": value, "hint": hint}
    )


GivingWay = Annotated[
    str, AfterValidator(_gives_way), WithJsonSchema({"type": "string", "enum": list(_GIVING_WAY)})
]


class Length(Record):
    """How long a paper may be, measured on its laid-out pages, and what is done when it is longer.

    The DOCX holds what the PDF holds; Word may break its pages elsewhere.
    """

    pages: Annotated[int, Field(ge=1, le=500)] | None = None
    """The most pages, as the PDF has them; without it no length is measured."""
    over: Literal["fail", "shorten", "warn"] | None = None
    """What is done when it is longer: `fail` (also where nothing is said) makes none, `shorten`
    drops the lowest-ranked items and says so in the paper, `warn` makes it and tells."""
    drop: Annotated[tuple[GivingWay, ...], AfterValidator(_once)] | None = None
    """Sections that give way, in this order, to one item each. Example: `[contacts, people]`"""


class Pdf(Record):
    """What kind of PDF is made; each is PDF/UA-1 beside it."""

    variant: Literal["auto", "2a", "3a"] | None = None
    """PDF/A-2a, which every archive takes, or PDF/A-3a, which may hold the data; auto: 3a with the
    data and 2a without."""
    embed_data: bool | None = None
    """yes: the data that the paper was made from is attached to the PDF as JSON."""


class ReleaseSettings(Record):
    """To whom the bureau's papers go; options of the command line stand over it."""

    ceiling: str | None = None
    """The highest level of the ministry's scheme that they may hold; left out: any.
    Example: `official`"""
    readers: tuple[str, ...] | None = None
    """States and groups that will read them: what not all of these may read is held back.
    Example: `[ASEAN]`"""
    tell: bool | None = None
    """yes: a paper says how many entries were held back; else only the log does."""
    marking: str | None = None
    """The level that papers are raised to by hand; an error where they hold what is higher."""
    file_name: bool | None = None
    """yes: the names of files end with the level of their marking."""


class PaperSettings(Record):
    """What differs for one kind of paper; all else is as for every paper of the bureau."""

    sections: Annotated[tuple[str, ...], AfterValidator(_once)] | None = None
    """Sections in order; one left out is off. A block of the bureau's own may stand here too."""
    points: Annotated[int, Field(ge=1, le=50)] | None = None
    """How many points a brief makes; what is beyond stands under `if time allows`."""
    contacts: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How many contacts each list of a brief shows, the newest; how many more there are is told."""
    contents: Annotated[int, Field(ge=1)] | None = None
    """From how many entries on a history opens with its contents, section by section and year by
    year (month by month where it tells of two years or less); needs the section `contents`."""
    length: Length | None = None
    """How long the paper may be, and what is done when it is longer."""
    notes: Literal["endnotes", "footnotes"] | None = None
    """Where the notes of this paper stand."""
    numbering: Literal["none", "decimal"] | None = None
    """Whether headings are numbered: 1, 1.1, 1.1.1."""
    marking: str | None = None
    """The least level of this paper, because the whole tells more than its parts; never lower than
    what it holds. Example: `official`"""
    sign_off: tuple[SignOff, ...] | None = None
    """The rows of the section `sign_off`."""
    page: Page | None = None
    """Paper and margins of this paper."""
    theme: Theme | None = None
    """The look of this paper."""


class BureauSettings(Record):
    """`bureau.yaml`: only what differs from the layer below."""

    name: str | None = None
    """What people call the bureau."""
    extends: str | None = None
    """The layer below: another bureau of `templates/`."""
    locale: Annotated[str, AfterValidator(_locale)] | None = None
    """Language and region of the papers. Example: `en-GB`"""
    dates: wordings.DateSettings | None = None
    """How dates are printed."""
    numerals: wordings.Numerals | None = None
    """The digits of all that a paper says itself; codes, addresses and titles keep theirs. What
    Word counts, notes and pages, has the digits that Word is set to show (Options, Advanced,
    Numeral) where it cannot count in these; the items of lists bear written labels then."""
    country_names: wordings.CountryNaming | None = None
    """How countries are called."""
    notes: Literal["endnotes", "footnotes"] | None = None
    """Where notes stand."""
    numbering: Literal["none", "decimal"] | None = None
    """Whether headings are numbered: 1, 1.1, 1.1.1."""
    labels: dict[str, str] | None = None
    """Other words for the fixed words of papers, by the English: `Points to make: Key messages`."""
    spelling: dict[str, str] | None = None
    """Other spellings, word by word: `programme: program`; never in titles and quotations."""
    sign_off: tuple[SignOff, ...] | None = None
    """The rows of the section `sign_off`."""
    page: Page | None = None
    """Paper and margins."""
    theme: Theme | None = None
    """The look of PDF and Word alike."""
    pdf: Pdf | None = None
    """What kind of PDF is made."""
    release: ReleaseSettings | None = None
    """To whom the papers go."""
    papers: dict[PaperName, PaperSettings] | None = None
    """What differs from paper to paper."""


# What holds where no layer of a chain says otherwise.
DEFAULTS: dict[str, Any] = {
    "name": "",
    "numbering": "none",
    "labels": {},
    "spelling": {},
    "sign_off": (),
    **wordings.DEFAULTS,
    "theme": {
        "fonts": {"east_asian_heading": "", "complex_heading": ""},
        "alternatives": {},
        "logo": "",
        "logo_width": 30.0,
        "letterhead": (),
    },
    "pdf": {"variant": "auto", "embed_data": False},
    "release": {"ceiling": "", "readers": (), "marking": "", "tell": False, "file_name": False},
    "papers": {},
}
