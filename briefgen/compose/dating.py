"""How a bureau prints dates: its styles and patterns, and the years of eras.

In: a locale and the bureau's settings of dates. Out: days, months and years as text. A pattern is
CLDR's; with eras, `G` and `y` are the era and its year. A month or a year in which one era gave way
to another is printed with both, and what no era holds in the western form: never a guess.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from babel import Locale
from babel.dates import format_date, get_date_format, match_skeleton, tokenize_pattern

from briefgen.dates import PartialDate, Precision

Style = Literal["full", "long", "medium", "short"]
_SKELETON = re.compile(r"[GyMLdEec]+")  # a pattern of letters alone is a skeleton
_LETTERS = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Era:
    """An era and its first day."""

    name: str
    first: datetime.date


class Dates:
    """Dates in one locale; `settings` are `day`, `month`, `year`, `short`, `eras`, `first_year`,
    `both`, each with a default."""

    def __init__(self, locale: Locale, settings: Mapping[str, Any] | None = None) -> None:
        given = settings or {}
        self.locale = locale
        found = [Era(era["name"], _day(era["since"])) for era in given.get("eras") or ()]
        self.eras = sorted(found, key=lambda era: era.first)
        self.first_year = given.get("first_year") or "1"
        self.both = given.get("both") or "/"
        self._made: dict[tuple[str, datetime.date, datetime.date], str] = {}
        self._day = self._pattern(given.get("day") or "long")
        self._short = self._pattern(given.get("short") or "medium")
        self._month = self._pattern(given.get("month") or "yMMMM")
        self._month_in_short = self._pattern("yMMM")
        self._year = self._pattern(given.get("year") or "y")

    def day(self, value: datetime.date) -> str:
        """A day: `14 August 2003`."""
        return self._format(self._day, value, value)

    def short(self, value: datetime.date) -> str:
        """A day in a table: `14 Aug 2003`."""
        return self._format(self._short, value, value)

    def month(self, value: PartialDate | datetime.date) -> str:
        """A month with its year: `August 2003`."""
        return self._format(self._month, *_ends(value, Precision.MONTH))

    def month_in_short(self, value: datetime.date) -> str:
        """A month with its year in a narrow column: `Aug 2003`."""
        if self.eras:
            return self.month(value)
        return self._format(self._month_in_short, *_ends(value, Precision.MONTH))

    def month_alone(self, value: datetime.date) -> str:
        """A month without its year: `Aug`."""
        return format_date(value, self._of_skeleton("MMM"), locale=self.locale)

    def year(self, value: PartialDate | datetime.date) -> str:
        """The year of a date."""
        return self._format(self._year, *_ends(value, Precision.YEAR))

    def year_of_month(self, value: datetime.date) -> str:
        """The year of a month, which has one era where the whole year has two."""
        return self._format(self._year, *_ends(value, Precision.MONTH))

    # -- patterns --------------------------------------------------------------------------------

    def _pattern(self, given: str) -> str:
        """The pattern of a style, a skeleton or a pattern; the locale's own get eras."""
        if given in get_args(Style):
            style = cast(Style, given)
            return self._with_era(str(get_date_format(style, locale=self.locale)))
        if _SKELETON.fullmatch(given):
            return self._with_era(self._of_skeleton(given))
        return given

    def _of_skeleton(self, skeleton: str) -> str:
        known = self.locale.datetime_skeletons
        name = skeleton if skeleton in known else match_skeleton(skeleton, known)
        return str(known[name]) if name else skeleton

    def _with_era(self, pattern: str) -> str:
        """A pattern of the locale, which has no era, with one before its year."""
        tokens = list(tokenize_pattern(pattern))
        if not self.eras or any(kind == "field" and value[0] == "G" for kind, value in tokens):
            return pattern
        return "".join(f"G{_written(t)}" if _is_year(t) else _written(t) for t in tokens)

    def _format(self, pattern: str, first: datetime.date, last: datetime.date) -> str:
        """What stands from `first` to `last` by a pattern: in both eras where it has two."""
        key = pattern, first, last
        if key not in self._made:
            self._made[key] = self._formatted(*key)
        return self._made[key]

    def _formatted(self, pattern: str, first: datetime.date, last: datetime.date) -> str:
        tokens = list(tokenize_pattern(pattern))
        if not any(kind == "field" and value[0] == "G" for kind, value in tokens):
            return format_date(first, pattern, locale=self.locale)
        held = self._held(first, last)
        if not held:
            return self._western(tokens, first)
        made = [self._in_era(tokens, era, max(era.first, first)) for era in held]
        return self.both.join(made)

    def _held(self, first: datetime.date, last: datetime.date) -> list[Era]:
        """The eras of a stretch of days; none when one of its days has no era."""
        begun = [era for era in self.eras if era.first <= last]
        before = [era for era in begun if era.first <= first]
        return [before[-1], *begun[len(before) :]] if before else []

    def _in_era(self, tokens: Sequence[Any], era: Era, day: datetime.date) -> str:
        number = day.year - era.first.year + 1
        year = self.first_year if number == 1 else str(number)
        said = {"G": _quoted(era.name), "y": _quoted(year)}
        pattern = "".join(
            said.get(value[0], _written((kind, value)))
            if kind == "field"
            else _written((kind, value))
            for kind, value in tokens
        )
        return format_date(day, pattern, locale=self.locale)

    def _western(self, tokens: Sequence[Any], day: datetime.date) -> str:
        kept = [t for t in tokens if not (t[0] == "field" and t[1][0] == "G")]
        return format_date(day, "".join(map(_written, kept)).strip(), locale=self.locale)


def _day(value: Any) -> datetime.date:
    return value if isinstance(value, datetime.date) else PartialDate(str(value)).first


def _ends(
    value: PartialDate | datetime.date, precision: Precision
) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the month or the year of a date."""
    day = value.first if isinstance(value, PartialDate) else value
    text = day.isoformat()[: 7 if precision is Precision.MONTH else 4]
    whole = PartialDate(text)
    return whole.first, whole.last


def _is_year(token: Any) -> bool:
    return bool(token[0] == "field" and token[1][0] == "y")


def _written(token: Any) -> str:
    """A token as a pattern has it."""
    kind, value = token
    return str(value[0]) * int(value[1]) if kind == "field" else _quoted(str(value))


def _quoted(text: str) -> str:
    """A text that a pattern prints as it stands."""
    plain = text.replace("'", "''")
    return f"'{plain}'" if _LETTERS.search(text) else plain
