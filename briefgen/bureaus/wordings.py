"""How a bureau writes dates, digits and the names of countries: the settings and their checks.

In: the texts of a bureau.yaml. Out: typed settings; a style, pattern, system of digits or country
that is not known is an error with the nearest match.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from briefgen.digits import NUMERALS
from briefgen.errors import did_you_mean
from briefgen.records import Record
from briefgen.records.base import Date, Text, country_code

STYLES = ("full", "long", "medium", "short")
_FIELDS = "GyMLdEc"  # the letters of CLDR's patterns that a date without a time can have


def _numerals(value: str) -> str:
    if value in NUMERALS:
        return value
    hint = did_you_mean(value, NUMERALS) or f"known: {', '.join(NUMERALS)}"
    raise PydanticCustomError(
        "known", "'{given}' is not a system of digits", {"given": value, "hint": hint}
    )


Numerals = Annotated[
    str, AfterValidator(_numerals), WithJsonSchema({"type": "string", "enum": list(NUMERALS)})
]


# -- dates -----------------------------------------------------------------------------------------


def _pattern(wanted: str, refused: str, *, styles: bool) -> Callable[[str], str]:
    """A check of a pattern: what it must show, one letter of each group, and what it may not."""

    def check(value: str) -> str:
        if styles and value in STYLES:
            return value
        bare = re.sub(r"'[^']*'", "", value)
        letters = set(re.findall(r"[A-Za-z]", bare))
        near = did_you_mean(value, STYLES) if styles else ""
        if letters - set(_FIELDS) or near:
            known = f"write {', '.join(STYLES)} or a pattern" if styles else "write a pattern"
            hint = near or f"{known} of {', '.join(_FIELDS)}, words in quotes: d 'de' MMMM y"
            raise _fault("'{given}' is no style or pattern of dates", value, hint)
        _check_lengths(value)
        missing = [group for group in wanted.split() if not letters & set(group)]
        if missing:
            names = ", ".join(_SHOWN[group] for group in missing)
            raise _fault("'{given}' does not show the " + names, value, "a date stays whole")
        if letters & set(refused):
            raise _fault("'{given}' shows more than is known", value, f"leave out {refused}")
        return value

    return check


_SHOWN = {"d": "day (d)", "ML": "month (M)", "y": "year (y)"}


def _check_lengths(value: str) -> None:
    from babel.dates import parse_pattern

    try:
        parse_pattern(value)
    except ValueError as error:
        raise _fault("'{given}' is no pattern of dates", value, str(error)) from None


def _fault(message: str, given: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("date_pattern", message, {"given": given, "hint": hint})


DayPattern = Annotated[str, AfterValidator(_pattern("d ML y", "", styles=True))]
MonthPattern = Annotated[str, AfterValidator(_pattern("ML y", "dEc", styles=False))]
YearPattern = Annotated[str, AfterValidator(_pattern("y", "MLdEc", styles=False))]


class EraSettings(Record):
    """An era of a calendar whose years are counted from an event; months and days stay."""

    name: Text
    """What is printed. Example: `平成`"""
    since: Date
    """Its first day. Example: `1989-01-08`"""


def _eras(value: tuple[EraSettings, ...]) -> tuple[EraSettings, ...]:
    for index, era in enumerate(value):
        if len(era.since.text) != len("2000-01-01"):
            raise PydanticCustomError(
                "era",
                "the first day of '{given}' is not a day",
                {"given": era.name, "hint": "write 1989-01-08", "field": f"{index}.since"},
            )
        if index and era.since.first <= value[index - 1].since.first:
            raise PydanticCustomError(
                "era",
                "'{given}' does not begin after the era before it",
                {"given": era.name, "hint": "write the oldest first", "field": f"{index}.since"},
            )
    return value


class DateSettings(Record):
    """How dates are printed; a month or a year that is known alone never becomes a day."""

    day: DayPattern | None = None
    """A day: `full`, `long`, `medium`, `short`, or a pattern of CLDR. Example: `d MMMM y`"""
    month: MonthPattern | None = None
    """A month: a skeleton, which the language puts in order, or a pattern. Example: `yMMMM`"""
    year: YearPattern | None = None
    """A year alone. Example: `Gy年`"""
    short: DayPattern | None = None
    """A day in a table, as `day`. Example: `medium`"""
    eras: Annotated[tuple[EraSettings, ...], AfterValidator(_eras)] | None = None
    """Eras, the oldest first. In patterns `G` is the era and `y` its year; a pattern without `G`
    has the western year. Styles and skeletons take the era by themselves."""
    first_year: Text | None = None
    """How the first year of an era is written. Example: `元`"""
    both: Text | None = None
    """What stands between two eras where a month or a year has both. Example: `・`"""


# -- countries -------------------------------------------------------------------------------------


def _once(value: object, info: ValidationInfo) -> object:
    """The map of names, in which no country stands twice under two of its names."""
    seen: dict[str, str] = {}
    for given in value if isinstance(value, dict) else ():
        try:
            code = country_code(str(given), info)
        except PydanticCustomError:
            continue  # told with its place by the check of the key itself
        if code in seen:
            raise PydanticCustomError(
                "twice",
                "'{given}' and '{other}' are one country",
                {"given": given, "other": seen[code], "hint": "name each country once"},
            )
        seen[code] = str(given)
    return value


Country = Annotated[str, AfterValidator(country_code)]


class CountryNaming(Record):
    """How papers call countries."""

    form: Literal["short", "official"] | None = None
    """`short`: the usual names of the language; `official`: the formal ones, of `countries.yaml`
    and in English of ISO 3166. A country without a formal name keeps its short one."""
    names: Annotated[dict[Country, Text], BeforeValidator(_once)] | None = None
    """Names of the bureau's own, by any name or code; in English with `the` where a sentence
    has it. Example: `{KOR: the Republic of Korea}`"""


# What holds where no layer of a chain says otherwise.
DEFAULTS = {
    "dates": {
        "day": "long",
        "month": "yMMMM",
        "year": "y",
        "short": "medium",
        "eras": (),
        "first_year": "1",
        "both": "/",
    },
    "numerals": "western",
    "country_names": {"form": "short", "names": {}},
}
