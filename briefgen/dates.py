"""Dates that say only what is known: a day, a month or a year.

In: text such as `2003-08-14`, `2003-08` or `2003`. Out: `PartialDate`, which knows the first and
the last day that it may stand for. Nothing here reads the clock.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property


class Precision(StrEnum):
    """How much of a date is known. `none`: no date at all. `by`: no later than the day given."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    NONE = "none"
    BY = "by"


_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True)
class PartialDate:
    """A date as written; two dates compare by the first day that each may stand for."""

    text: str

    def __post_init__(self) -> None:
        self.first  # noqa: B018 - a date that does not exist is refused when it is made

    @cached_property
    def _parts(self) -> tuple[int, int | None, int | None]:
        match = _FORM.fullmatch(self.text)
        if not match:
            raise ValueError(
                f"'{self.text}' is not a date: write 2003-08-14, 2003-08 (month) or 2003 (year)"
            )
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        return year, month, day

    @property
    def precision(self) -> Precision:
        """Day, month or year, from the form of the text."""
        return (Precision.YEAR, Precision.MONTH, Precision.DAY)[self.text.count("-")]

    @cached_property
    def first(self) -> date:
        """The earliest day that the date may stand for (inclusive).

        Raises ValueError when no such day exists.
        """
        year, month, day = self._parts
        try:
            return date(year, 1 if month is None else month, 1 if day is None else day)
        except ValueError:
            raise ValueError(f"'{self.text}' does not exist in the calendar") from None

    @cached_property
    def last(self) -> date:
        """The latest day that the date may stand for (inclusive)."""
        year, month, day = self._parts
        if day is not None:
            return self.first
        month = 12 if month is None else month
        return date(year, month, calendar.monthrange(year, month)[1])

    def __str__(self) -> str:
        return self.text


def months_between(day: PartialDate, until: date) -> int | None:
    """Full months from a day to another; of a month alone by the month; of a year none is known."""
    if day.precision is Precision.YEAR:
        return None
    months = (until.year - day.last.year) * 12 + until.month - day.last.month
    if day.precision is Precision.DAY and until.day < day.last.day:
        months -= 1
    return max(months, 0)
