"""Dates, digits and names of countries are the bureau's: in styles, patterns and eras."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from briefgen.bureaus import load_bureau
from briefgen.compose.dating import Dates
from briefgen.compose.words import Words
from briefgen.dates import PartialDate
from briefgen.digits import NUMERALS
from briefgen.errors import BriefgenError
from briefgen.render.numerals import in_digits
from briefgen.schemas import schemas
from briefgen.store import Store
from tests.conftest import ROOT
from tests.test_bureaus import bureau_with

JAPANESE = load_bureau(ROOT, "asia-oceania").settings


def words(store: Store, settings: dict[str, Any] | None = None, locale: str = "en-GB") -> Words:
    return Words(store, locale.split("-", maxsplit=1)[0], locale, settings=settings)


# -- eras ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "printed"),
    [
        ("2003-08-14", "平成15年8月14日"),
        ("2003-08", "平成15年8月"),
        ("2003", "平成15年"),
        ("1912-07-30", "大正元年7月30日"),
        ("1926-12-24", "大正15年12月24日"),
        ("1926-12-25", "昭和元年12月25日"),
        ("1989-01-07", "昭和64年1月7日"),
        ("1989-01-08", "平成元年1月8日"),
        ("2019-04-30", "平成31年4月30日"),
        ("2019-05-01", "令和元年5月1日"),
    ],
)
def test_a_date_has_the_year_of_its_era(store: Store, date: str, printed: str) -> None:
    assert words(store, JAPANESE, "ja").date(PartialDate(date)) == printed


@pytest.mark.parametrize(
    ("date", "printed"),
    [
        ("1989-01", "昭和64年1月・平成元年1月"),
        ("1989", "昭和64年・平成元年"),
        ("2019-04", "平成31年4月"),
        ("2019-05", "令和元年5月"),
        ("2019", "平成31年・令和元年"),
    ],
)
def test_a_month_or_a_year_with_two_eras_has_both(store: Store, date: str, printed: str) -> None:
    assert words(store, JAPANESE, "ja").date(PartialDate(date)) == printed


@pytest.mark.parametrize(
    ("date", "printed"),
    [("1912-07-29", "1912年7月29日"), ("1912-07", "1912年7月"), ("1912", "1912年")],
)
def test_what_no_era_holds_as_a_whole_is_written_the_western_way(
    store: Store, date: str, printed: str
) -> None:
    assert words(store, JAPANESE, "ja").date(PartialDate(date)) == printed


def test_styles_take_the_era_by_themselves_and_a_pattern_without_one_is_western() -> None:
    eras = {"eras": JAPANESE["dates"]["eras"], "first_year": "元"}
    day = datetime.date(2019, 5, 1)
    assert Dates(Locale("ja"), eras).day(day) == "令和元年5月1日"
    assert Dates(Locale("ja"), {**eras, "day": "y年M月d日"}).day(day) == "2019年5月1日"


@given(st.dates(datetime.date(1912, 7, 30), datetime.date(2100, 12, 31)))
def test_an_era_date_tells_its_western_year(day: datetime.date) -> None:
    text = Dates(Locale("ja"), {**JAPANESE["dates"], "first_year": "1"}).day(day)
    name, number = text[:2], int(text[2 : text.index("年")])
    (first,) = (e["since"] for e in JAPANESE["dates"]["eras"] if e["name"] == name)
    assert PartialDate(str(first)).first.year + number - 1 == day.year


# -- styles and patterns ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "printed"),
    [
        ({}, "14 August 2003"),
        ({"day": "full"}, "Thursday, 14 August 2003"),
        ({"day": "d MMM y"}, "14 Aug 2003"),
        ({"day": "MMMM d, y"}, "August 14, 2003"),
        ({"day": "'the' d'th of' MMMM y"}, "the 14th of August 2003"),
    ],
)
def test_a_day_is_printed_by_style_or_pattern(
    store: Store, dates: dict[str, str], printed: str
) -> None:
    assert words(store, {"dates": dates}).date(PartialDate("2003-08-14")) == printed


def test_a_month_and_a_year_have_patterns_of_their_own(store: Store) -> None:
    found = words(store, {"dates": {"month": "MM/y", "year": "'year' y", "short": "dd.MM.y"}})
    assert found.date(PartialDate("2003-08")) == "08/2003"
    assert found.date(PartialDate("2003")) == "year 2003"
    assert found.short_date(PartialDate("2003-08-14")) == "14.08.2003"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dates: {day: lnog}", "dates.day: 'lnog' is no style or pattern of dates (did you mean"),
        ("dates: {day: MMMM y}", "dates.day: 'MMMM y' does not show the day (d)"),
        ("dates: {month: d MMMM y}", "'d MMMM y' shows more than is known"),
        ("dates: {year: MMMM y}", "'MMMM y' shows more than is known"),
        ("dates: {day: d MMMMMMM y}", "'d MMMMMMM y' is no pattern of dates"),
        ("dates: {day: d hh y}", "'d hh y' is no style or pattern of dates"),
        ("dates: {monht: MM y}", "dates.monht: is not a known field (did you mean 'month'?)"),
        ("dates: {eras: [{name: X, since: 1989}]}", "dates.eras.0.since: the first day of 'X'"),
        (
            "dates: {eras: [{name: X, since: 1989-01-08}, {name: Y, since: 1926-12-25}]}",
            "dates.eras.1.since: 'Y' does not begin after the era before it",
        ),
        ("numerals: arabic-indik", "(did you mean 'arabic-indic'?)"),
        ("country_names: {form: offical}", "'offical' is not known (did you mean 'official'?)"),
        ("country_names: {names: {South Corea: X}}", "unknown country 'South Corea' (did you mean"),
        ("country_names: {names: {KOR: X, ROK: Y}}", "'ROK' and 'KOR' are one country"),
    ],
)
def test_a_slip_is_an_error_with_its_place_and_the_mend(
    workspace: Path, text: str, message: str
) -> None:
    bureau_with(workspace, "own", {"bureau.yaml": f"{text}\n"})
    with pytest.raises(BriefgenError) as caught:
        load_bureau(workspace, "own")
    (problem,) = caught.value.problems
    assert message in str(problem)
    assert str(problem).startswith("templates/own/bureau.yaml:2:")


def test_the_place_of_an_unknown_country_is_its_name(workspace: Path) -> None:
    text = "country_names:\n  names:\n    Chna: X\n"
    bureau_with(workspace, "own", {"bureau.yaml": text})
    with pytest.raises(BriefgenError, match=r"bureau\.yaml:4:5: "):
        load_bureau(workspace, "own")


def test_the_schema_of_a_bureau_knows_them() -> None:
    fields = schemas()["bureau.schema.json"]
    assert {"dates", "numerals", "country_names"} <= set(fields["properties"])
    assert "arabic-indic" in str(fields["properties"]["numerals"])


# -- digits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("14 أغسطس 2003", "١٤ أغسطس ٢٠٠٣"),
        ("(44)", "(٤٤)"),
        ("CHN-2003-08-13", "CHN-2003-08-13"),
        ("2003-08-13", "2003-08-13"),
        ("2002–2003", "٢٠٠٢–٢٠٠٣"),
        ("example.org/12", "example.org/12"),
        ("3.5%", "٣.٥%"),
    ],
)
def test_numbers_have_the_bureaus_digits_and_codes_keep_theirs(text: str, printed: str) -> None:
    assert in_digits(text, NUMERALS["arabic-indic"]) == printed


@pytest.mark.parametrize("name", sorted(NUMERALS))
def test_a_system_of_digits_is_ten_digits_in_order(name: str) -> None:
    assert [int(d) for d in "0123456789".translate(NUMERALS[name].table)] == list(range(10))


# -- countries -------------------------------------------------------------------------------------


def test_a_bureau_calls_countries_its_own_way(store: Store, workspace: Path) -> None:
    text = "country_names: {names: {ROK: South Korea, usa: the United States of America}}\n"
    bureau_with(workspace, "own", {"bureau.yaml": text})
    found = words(store, load_bureau(workspace, "own").settings)
    assert (found.country("KOR"), found.in_sentence("KOR")) == ("South Korea", "South Korea")
    assert found.country("USA") == "United States of America"
    assert found.in_sentence("USA") == "the United States of America"
    assert found.in_sentence("PRK") == "the Democratic People's Republic of Korea"


@pytest.mark.parametrize(
    ("code", "alone", "in_sentence"),
    [
        ("CHN", "People's Republic of China", "the People's Republic of China"),
        ("ARG", "Argentine Republic", "the Argentine Republic"),
        ("MEX", "United Mexican States", "the United Mexican States"),
        ("HUN", "Hungary", "Hungary"),
        ("CAN", "Canada", "Canada"),
        ("KOR", "Republic of Korea", "the Republic of Korea"),
        ("GBR", "United Kingdom of Great Britain and Northern Ireland",
         "the United Kingdom of Great Britain and Northern Ireland"),
    ],
)  # fmt: skip
def test_official_names_take_their_article(
    store: Store, code: str, alone: str, in_sentence: str
) -> None:
    found = words(store, {"country_names": {"form": "official"}})
    assert (found.country(code), found.in_sentence(code)) == (alone, in_sentence)


def test_without_settings_names_and_dates_are_those_of_the_language(store: Store) -> None:
    base = load_bureau(ROOT, "base").settings
    for settings in (None, base):
        found = words(store, settings)
        assert found.in_sentence("KOR") == "the Republic of Korea"
        assert found.date(PartialDate("2003-08-14")) == "14 August 2003"
    assert words(store, None, "ja").country("CHN") == "中国"
