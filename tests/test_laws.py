"""Laws of selection, of loading and of dates, tried on random records."""

from __future__ import annotations

import dataclasses
import datetime
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from briefgen.bureaus import Bureau, load_bureau
from briefgen.compose.words import Words
from briefgen.dates import PartialDate, Precision
from briefgen.digits import NUMERALS
from briefgen.making import BriefOrder, compose_brief_of, compose_history_of
from briefgen.render import render
from briefgen.render.numerals import in_digits
from briefgen.selection import Chosen, LeftOut, Request, Selection, record_events, reported, select
from briefgen.store import Store
from tests.conftest import ROOT
from tests.invented import LEVELS, RECORDS, STATES, Record, Small, elsewhere, requests

# An example is told as it is found: to make it smaller would take minutes.
FEW = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
PRECISIONS = st.sampled_from((4, 7, 10))  # letters of a year, a month, a day
FEWER = settings(FEW, max_examples=20)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return Small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def bureau(small: Small) -> Bureau:
    return load_bureau(small.folder, "base")


def ids(selection: Selection) -> list[str]:
    return [chosen.event.id for chosen in selection.included]


def shown(chosen: list[Chosen]) -> set[tuple[str, int]]:
    return {(c.event.id, number) for c in chosen for number in (0, *c.shown)}


# -- selection -------------------------------------------------------------------------------------


@FEW
@given(RECORDS, requests())
def test_nothing_that_may_lie_after_the_as_of_date_is_chosen(
    small: Small, record: list[Record], request: Request
) -> None:
    """A day must have come, and what began then may go on; a month or a year must be over, or the
    last day of the event that it tells."""
    with small.holding(record) as store:
        found = select(store, request)
        for event in [c.event for c in (*found.included, *found.background)]:
            known = event.date or reported(store, event)
            assert known is not None
            assert known.first <= request.as_of
            last = event.end if event.date and event.end else known
            assert known.precision is Precision.DAY or last.last <= request.as_of


@FEW
@given(RECORDS, requests())
def test_each_event_is_chosen_or_left_out_once_and_has_its_reason(
    small: Small, record: list[Record], request: Request
) -> None:
    with small.holding(record) as store:
        near, wide = select(store, request), select(store, request, wide=True)
    for found in (near, wide):
        judged: list[Chosen | LeftOut] = [*found.included, *found.left_out]
        assert [i for i, n in Counter(j.event.id for j in judged).items() if n > 1] == []
        assert all(j.reason.rule and j.reason.sentence.endswith(".") for j in judged)
        assert {c.event.id for c in found.background} <= {o.event.id for o in found.left_out}
    assert near.included == wide.included


@FEW
@given(RECORDS, requests(window=True), st.integers(0, 400), st.integers(0, 400))
def test_a_window_with_ends_further_out_or_without_ends_loses_no_event(
    small: Small, record: list[Record], request: Request, earlier: int, later: int
) -> None:
    """An end is inclusive: the whole month where it is a month."""
    since, until = request.since, request.until
    assert since is not None
    assert until is not None
    begins = PartialDate((since.first - datetime.timedelta(earlier)).isoformat())
    ends = PartialDate((until.last + datetime.timedelta(later)).isoformat())
    wider = [
        dataclasses.replace(request, since=a, until=b)
        for a, b in ((begins, ends), (None, until), (since, None))
    ]
    with small.holding(record) as store:
        found = shown(select(store, request).included)
        listed = {e.id for e in record_events(store, since=since, until=until)}
        for other in wider:
            assert found <= shown(select(store, other).included)
            more = record_events(store, since=other.since, until=other.until)
            assert listed <= {e.id for e in more}


@FEW
@given(RECORDS, requests())
def test_a_higher_ceiling_loses_no_event_and_no_statement(
    small: Small, record: list[Record], request: Request
) -> None:
    with small.holding(record) as store:
        found = [
            shown(select(store, dataclasses.replace(request, ceiling=level)).included)
            for level in (*LEVELS, None)
        ]
    assert found[0] <= found[1] <= found[2] <= found[3]


@FEW
@given(RECORDS, requests(), st.randoms(use_true_random=False))
def test_the_order_of_records_and_files_changes_no_choice(
    small: Small, record: list[Record], request: Request, chance: random.Random
) -> None:
    def told(store: Store) -> list[Any]:
        found = select(store, request)
        return [
            [(j.event.id, getattr(j, "shown", ()), j.reason) for j in part]
            for part in (found.included, found.left_out, found.background)
        ]

    mixed = chance.sample(record, len(record))
    cut = chance.randint(0, len(record))
    with small.holding(record) as store:
        before = told(store)
    with small.holding(mixed[:cut], mixed[cut:]) as store:
        assert told(store) == before


# -- papers ----------------------------------------------------------------------------------------


def papers(store: Store, bureau: Bureau, request: Request) -> Iterator[tuple[Any, bytes]]:
    """The whole data and the page of the brief and of the history of a request."""
    brief = compose_brief_of(bureau, store, BriefOrder(request))
    history = compose_history_of(bureau, store, request)
    for name, made in (("brief", brief), ("history", history)):
        files = render(made.bureau, f"{name}.html.j2", made.data, ["html"])
        yield made.data, files["html"]


@FEWER
@given(st.data())
def test_an_event_with_other_states_changes_no_byte_of_a_states_papers(
    small: Small, bureau: Bureau, data: st.DataObject
) -> None:
    """An event is about others alone when it names one of them, and this State nowhere: neither at
    the table nor addressed nor spoken of, and no group and not all States are addressed."""
    here = data.draw(st.sampled_from(STATES))
    record = data.draw(RECORDS)
    request = data.draw(requests(countries=(here,), topics=()))
    with small.holding(record) as store:
        before = list(papers(store, bureau, request))
    with small.holding(record, [data.draw(elsewhere(here))]) as store:
        assert list(papers(store, bureau, request)) == before


@FEWER
@given(RECORDS, requests())
def test_a_chronology_has_each_chosen_event_once(
    small: Small, bureau: Bureau, record: list[Record], request: Request
) -> None:
    with small.holding(record) as store:
        chosen = ids(select(store, request))
        history = compose_history_of(bureau, store, request).data
    listed = [c["fact"]["key"] for month in history["months"] for c in month["contacts"]]
    assert listed == [f"event:{id_}" for id_ in chosen]
    grouped = [
        c["fact"]["key"]
        for occasion in history["occasions"]
        for group in occasion["groups"]
        for c in group["contacts"]
    ]
    assert sorted(grouped) == sorted(listed)


# -- dates -----------------------------------------------------------------------------------------


@given(st.dates(datetime.date(1, 1, 1)), st.dates(datetime.date(1, 1, 1)), PRECISIONS, PRECISIONS)
def test_a_date_is_printed_as_it_was_read_and_dates_keep_their_order(
    one: datetime.date, other: datetime.date, width: int, other_width: int
) -> None:
    a, b = PartialDate(one.isoformat()[:width]), PartialDate(other.isoformat()[:other_width])
    assert str(a) == one.isoformat()[:width]
    assert PartialDate(str(a)) == a
    assert len(str(a)) == {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}[a.precision]
    assert a.first <= one <= a.last
    if a.last < b.first:
        assert str(a) < str(b)


@given(st.dates(datetime.date(1, 1, 2), datetime.date(9999, 12, 30)), PRECISIONS)
def test_a_date_holds_its_first_and_last_day_and_not_the_days_beside_them(
    day: datetime.date, width: int
) -> None:
    date, one = PartialDate(day.isoformat()[:width]), datetime.timedelta(1)
    for inside in (date.first, date.last):
        assert inside.isoformat().startswith(str(date))
    for outside in (date.first.toordinal() - 1, date.last.toordinal() + 1):
        if 1 <= outside <= datetime.date.max.toordinal():
            assert not datetime.date.fromordinal(outside).isoformat().startswith(str(date))
    assert (day - one).isoformat() < (day + one).isoformat()


@given(st.dates(datetime.date(1, 1, 1)), PRECISIONS, PRECISIONS)
def test_a_wider_precision_holds_the_narrower(
    day: datetime.date, width: int, other_width: int
) -> None:
    wide, narrow = (PartialDate(day.isoformat()[:w]) for w in sorted((width, other_width)))
    assert wide.first <= narrow.first <= narrow.last <= wide.last


@pytest.fixture(scope="module")
def tongues(store: Store) -> dict[str, Words]:
    """The words of the bureaus that write in English, Japanese and Arabic."""
    found = {b: load_bureau(ROOT, b) for b in ("base", "asia-oceania", "middle-east")}
    return {
        b.language: Words(store, b.language, b.settings["locale"], None, b.phrases, b.settings)
        for b in found.values()
    }


YEARS_BEGIN = datetime.date(1912, 7, 30)
YEARS = st.dates(YEARS_BEGIN, datetime.date(2099, 12, 31))
ERAS = {"大正": 1912, "昭和": 1926, "平成": 1989, "令和": 2019}
ERA_BEGINNINGS = [datetime.date(1926, 12, 25), datetime.date(1989, 1, 8), datetime.date(2019, 5, 1)]


@given(YEARS, PRECISIONS)
def test_a_printed_date_tells_no_more_than_was_written(
    tongues: dict[str, Words], day: datetime.date, width: int
) -> None:
    """As many numbers as are known, and each the one that was written, in every form of a date."""
    date = PartialDate(day.isoformat()[:width])
    told = {4: [day.year], 7: [day.year], 10: [day.day, day.year]}[width]
    for language in ("en", "ar"):
        words = tongues[language]
        for printed in (words.date(date), words.when(date), words.period(date, None)):
            assert list(map(int, re.findall(r"\d+", printed))) == told, printed
    if width != 10:
        assert tongues["en"].date(date).split()[:-1] == [day.strftime("%B")] * (width == 7)


@example(day=datetime.date(1989, 1, 31), width=7)  # of two eras, as is its year
@example(day=datetime.date(2019, 12, 31), width=4)
@given(YEARS, PRECISIONS)
def test_a_date_in_an_era_is_the_date_that_was_written(
    tongues: dict[str, Words], day: datetime.date, width: int
) -> None:
    """Read back from its era: the year, and the month and day where they are known. What lies in
    two eras is told in both; what lies before the first that is known here, in none."""
    date = PartialDate(day.isoformat()[:width])
    printed = tongues["ja"].date(date)
    if date.first < YEARS_BEGIN:
        assert list(map(int, re.findall(r"\d+", printed))) == list(map(int, str(date).split("-")))
        return
    for told in printed.split("・"):
        era, rest = told[:2], told[2:].replace("元", "1")
        year, *others = map(int, re.findall(r"\d+", rest))
        read = [ERAS[era] + year - 1, *others]
        assert read == [day.year, day.month, day.day][: len(str(date).split("-"))], printed
    assert len(printed.split("・")) == 1 + sum(
        date.first < first <= date.last for first in ERA_BEGINNINGS
    )


@given(YEARS, PRECISIONS)
def test_digits_of_another_system_are_the_same_number(day: datetime.date, width: int) -> None:
    for name, digits in NUMERALS.items():
        shown = in_digits(f"{day.isoformat()[:width]} {day.year}, {day.day}", digits)
        code, year, number = re.split(r"[ ,]+", shown)
        assert (int(year), int(number)) == (day.year, day.day), name
        assert width == 4 or code == day.isoformat()[:width]
