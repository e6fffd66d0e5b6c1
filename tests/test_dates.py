"""A date says only what is known."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefgen.compose.words import Words
from briefgen.dates import PartialDate, Precision
from briefgen.store import Store

DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31))


@pytest.mark.parametrize(
    ("text", "precision", "first", "last"),
    [
        ("2003-08-14", Precision.DAY, "2003-08-14", "2003-08-14"),
        ("2003-02", Precision.MONTH, "2003-02-01", "2003-02-28"),
        ("2004-02", Precision.MONTH, "2004-02-01", "2004-02-29"),
        ("2003", Precision.YEAR, "2003-01-01", "2003-12-31"),
    ],
)
def test_a_date_stands_for_its_whole_period(
    text: str, precision: Precision, first: str, last: str
) -> None:
    date = PartialDate(text)
    assert date.precision is precision
    assert (date.first.isoformat(), date.last.isoformat()) == (first, last)


@pytest.mark.parametrize("text", ["2003-02-29", "2003-13", "2003-00", "2026-02-31"])
def test_a_date_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        PartialDate(text)


@pytest.mark.parametrize("text", ["14 August 2003", "2003/08/14", "03-08-14", "２００３-08-14", ""])
def test_a_date_in_another_form_is_refused_with_the_forms_wanted(text: str) -> None:
    with pytest.raises(ValueError, match="write 2003-08-14, 2003-08"):
        PartialDate(text)


@given(DAYS)
def test_a_day_lies_within_its_month_and_its_month_within_its_year(day: datetime.date) -> None:
    text = day.isoformat()
    date, month, year = PartialDate(text), PartialDate(text[:7]), PartialDate(text[:4])
    assert year.first <= month.first <= date.first == date.last <= month.last <= year.last


def test_a_month_prints_as_a_month_and_never_as_its_first_day(store: Store) -> None:
    words = Words(store, "en", "en-GB")
    assert words.date(PartialDate("2003-01")) == "January 2003"
    assert words.date(PartialDate("2003-01-01")) == "1 January 2003"
    assert words.date(PartialDate("2003")) == "2003"
    assert Words(store, "ja", "ja").date(PartialDate("2003-08")) == "2003年8月"
