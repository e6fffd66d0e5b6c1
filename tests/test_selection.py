"""What is in a paper, what is not, and why: each choice by a named rule with a sentence."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefgen.dates import PartialDate
from briefgen.selection import Request, Selection, record_events, select
from briefgen.store import Store
from tests.conftest import edit

ANNEX_2_CALLS = {"arf-10-2003-06"}
TO_ALL = {
    "peace-ceremonies-2002-08", "ctbt-friends-2002-09-14",
    "unga-resolution-first-committee-2002-10-23", "unga-resolution-plenary-2002-11-22",
    "joint-letter-2003-07",
}  # fmt: skip
DOMESTIC = {"domestic-takasaki", "domestic-matsushiro", "domestic-tsukuba", "domestic-secretariat"}


def ask(
    store: Store, *countries: str, as_of: str = "2003-08-31", since: str = "", until: str = "",
    treaties: tuple[str, ...] = (), topics: tuple[str, ...] = (), ceiling: str | None = None,
) -> Selection:  # fmt: skip
    return select(
        store,
        Request(
            as_of=datetime.date.fromisoformat(as_of), home="JPN", countries=countries,
            treaties=treaties, topics=topics, ceiling=ceiling,
            since=PartialDate(since) if since else None,
            until=PartialDate(until) if until else None,
        ),
    )  # fmt: skip


def ids(selection: Selection) -> list[str]:
    return [chosen.event.id for chosen in selection.included]


def by_rule(selection: Selection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for chosen in selection.included:
        found.setdefault(chosen.reason.rule, set()).add(chosen.event.id)
    return found


def why_not(selection: Selection, event: str) -> str:
    return next(o.reason.sentence for o in selection.left_out if o.event.id == event)


def test_china_on_the_eve_of_the_consultation(store: Store) -> None:
    assert by_rule(ask(store, "CHN", treaties=("CTBT",), as_of="2003-08-13")) == {
        "direct-contact": {"cn-deputy-fm-2002-08-09", "cn-disarmament-2002-09-24"},
        "group-target": ANNEX_2_CALLS,
        "treaty-wide": TO_ALL,
        "own-step": {"unga-koizumi-2002-09"},
    }


def test_nothing_after_the_as_of_date_is_known(store: Store) -> None:
    eve = ask(store, "CHN", as_of="2003-08-13")
    assert "cn-disarmament-2003-08-14" not in ids(eve)
    assert "after the as-of date" in why_not(eve, "cn-disarmament-2003-08-14")
    assert "cn-disarmament-2003-08-14" in ids(ask(store, "CHN", as_of="2003-08-14"))


def test_a_group_call_reaches_the_members_of_that_date(store: Store) -> None:
    vietnam, china = ask(store, "VNM"), ask(store, "CHN")
    assert by_rule(vietnam)["group-target"] == {"asean-fm-2002-08-01"} | ANNEX_2_CALLS
    assert by_rule(china)["group-target"] == ANNEX_2_CALLS
    east_timor = ask(store, "TLS", as_of="2026-01-01")
    assert "asean-fm-2002-08-01" not in ids(east_timor)


def test_who_had_already_ratified_was_not_addressed(store: Store) -> None:
    singapore = ask(store, "SGP")
    assert ids(singapore) == []
    assert why_not(singapore, "asean-fm-2002-08-01") == (
        "Addressed to the members of ASEAN. Singapore had already done so on the CTBT (2001-11-10)."
    )


def test_who_was_addressed_need_not_have_been_present(store: Store) -> None:
    """Pakistan is an Annex 2 State and took no part in the ASEAN Regional Forum of June 2003."""
    pakistan = ask(store, "PAK")
    assert by_rule(pakistan)["group-target"] == ANNEX_2_CALLS
    assert "multilateral-part" not in by_rule(pakistan)


def test_who_issued_a_statement_took_part_in_it(store: Store) -> None:
    assert by_rule(ask(store, "AUS")) == {"multilateral-part": {"ctbt-friends-2002-09-14"}}
    assert by_rule(ask(store, "FIN")) == {"multilateral-part": {"joint-letter-2003-07"}}


def test_a_state_spoken_of_with_others_was_not_contacted(store: Store) -> None:
    iran = ask(store, "IRN")
    assert "cn-disarmament-2003-08-14" not in ids(iran)
    assert why_not(iran, "cn-disarmament-2003-08-14") == (
        "Iran was spoken of with China, not with Iran: internal background."
    )


def test_a_treaty_takes_only_its_items_from_a_meeting_on_many(store: Store) -> None:
    shown = {
        treaty: next(
            c.shown
            for c in ask(store, "CHN", treaties=(treaty,)).included
            if c.event.id == "cn-disarmament-2003-08-14"
        )
        for treaty in ("CTBT", "APMBC")
    }
    assert shown == {"CTBT": (4, 5), "APMBC": (10,)}


def test_a_month_that_may_lie_after_the_as_of_date_is_no_fact(store: Store) -> None:
    before = ask(store, "USA", as_of="2003-08-15")
    assert "us-commission-6-2003-08" not in ids(before)
    assert why_not(before, "us-commission-6-2003-08").startswith("Dated only 2003-08: it may lie")
    assert "us-commission-6-2003-08" in ids(ask(store, "USA", as_of="2003-08-31"))


def test_own_steps_at_home_come_with_their_treaty(store: Store) -> None:
    assert by_rule(ask(store, "CHN", treaties=("CTBT",)))["own-step"] == DOMESTIC | {
        "unga-koizumi-2002-09"
    }
    assert "own-step" not in by_rule(ask(store, "CHN"))


def test_an_undated_step_is_known_once_its_source_is(store: Store) -> None:
    known = set(ids(ask(store, treaties=("CTBT",), as_of="2003-08-31")))
    unknown = set(ids(ask(store, treaties=("CTBT",), as_of="2003-08-30")))
    assert known >= DOMESTIC
    assert not unknown & DOMESTIC


def test_the_history_of_the_chronology_holds_every_contact(store: Store) -> None:
    found = ids(ask(store, treaties=("CTBT",), since="2002-08", until="2003-08"))
    assert len(found) == len(set(found)) == 30


def test_months_keep_the_order_of_the_source(store: Store) -> None:
    found = ids(ask(store, treaties=("CTBT",)))
    august = [e for e in found if "2002-08" in e]
    assert august == [
        "asean-fm-2002-08-01", "peace-ceremonies-2002-08", "cn-deputy-fm-2002-08-09",
        "us-commission-4-2002-08-26",
    ]  # fmt: skip
    assert found[-4:] == sorted(DOMESTIC, key=found.index)


def test_a_window_is_inclusive_at_both_ends(store: Store) -> None:
    found = ids(ask(store, "CHN", since="2002-08-09", until="2002-09-24"))
    assert "cn-deputy-fm-2002-08-09" in found
    assert "cn-disarmament-2002-09-24" in found
    assert "unga-resolution-first-committee-2002-10-23" not in found


def test_a_topic_keeps_only_its_statements(store: Store) -> None:
    (chosen,) = ask(store, "CHN", topics=("small-arms",)).included
    assert chosen.shown == (8, 9)


def test_what_is_marked_above_the_ceiling_never_travels(workspace: Path) -> None:
    edit(
        workspace / "data/events/2002-08.yaml",
        "  kind: vice-ministers\n",
        "  kind: vice-ministers\n  marking: hi\n",
    )
    with Store(workspace, None) as store:
        assert store.problems() == []
        assert "cn-deputy-fm-2002-08-09" in ids(ask(store, "CHN"))
        released = ask(store, "CHN", ceiling="official")
        assert "cn-deputy-fm-2002-08-09" not in ids(released)
        assert (
            why_not(released, "cn-deputy-fm-2002-08-09") == "Marked above the ceiling 'official'."
        )


def test_one_statement_above_the_ceiling_leaves_the_others(workspace: Path) -> None:
    edit(
        workspace / "data/events/2003-08.yaml",
        '      item: 4 (2)\n',
        '      item: 4 (2)\n      marking: gokuhi\n',
    )  # fmt: skip
    with Store(workspace, None) as store:
        chosen = ask(store, "CHN", ceiling="public").included[-1]
        assert 10 not in chosen.shown
        assert len(chosen.shown) == 16


def test_what_was_said_to_others_is_no_near_miss_unless_all_is_asked_for(store: Store) -> None:
    request = Request(datetime.date(2003, 8, 13), "JPN", ("CHN",), ("CTBT",))
    near, all_of_it = select(store, request), select(store, request, wide=True)
    assert "cn-disarmament-2003-08-14" in {o.event.id for o in near.left_out}
    gone = [o for o in all_of_it.left_out if o not in near.left_out]
    assert {"other-country", "group-target"} == {o.reason.rule for o in gone} - {"after-as-of"}
    assert "sy-fm-2003-05" in {o.event.id for o in gone}


def test_a_call_on_all_states_is_a_near_miss_only_within_treaty_and_dates(store: Store) -> None:
    def missed(**scope: Any) -> set[str]:
        """Brazil had ratified the CTBT: it was addressed by none of these calls."""
        return {o.event.id for o in ask(store, "BRA", **scope).left_out} & TO_ALL

    assert missed() == TO_ALL
    assert missed(treaties=("CTBT",), as_of="2003-06-30") == TO_ALL - {"joint-letter-2003-07"}
    assert missed(treaties=("CTBT",), since="2003-07") == {"joint-letter-2003-07"}
    assert missed(treaties=("NPT",)) == set()


def test_every_event_of_the_record_is_listed(store: Store) -> None:
    assert len(record_events(store)) == 30
    assert [e.id for e in record_events(store, ["SYR"])] == ["sy-fm-2003-05"]
    assert len(record_events(store, treaties=["APMBC"])) == 1
    assert len(record_events(store, since=PartialDate("2003-08"))) == 2


COUNTRIES = st.sampled_from(["CHN", "USA", "VNM", "IRN", "IND", "PAK", "ISR", "SYR", "SGP", "BRA"])
DAYS = st.dates(datetime.date(2002, 7, 1), datetime.date(2003, 12, 31))


@given(
    COUNTRIES, DAYS, st.sampled_from([(), ("CTBT",), ("NPT",), ("CTBT", "APMBC")]),
    st.none() | DAYS, st.none() | DAYS, st.sampled_from([(), ("nuclear-testing",)]),
)  # fmt: skip
def test_the_index_gives_every_event_that_a_walk_over_all_would_choose(
    country: str, day: datetime.date, treaties: tuple[str, ...], since: datetime.date | None,
    until: datetime.date | None, topics: tuple[str, ...],
) -> None:  # fmt: skip
    request = Request(
        day, "JPN", (country,), treaties, topics,
        PartialDate(str(since)) if since else None, PartialDate(str(until)[:7]) if until else None,
    )  # fmt: skip
    with _STORE as store:
        near, all_of_it = select(store, request), select(store, request, wide=True)
    assert near.included == all_of_it.included
    assert near.background == all_of_it.background
    assert [o for o in all_of_it.left_out if o in near.left_out] == near.left_out
    doubtful = {"date-uncertain", "date-unknown"}
    assert not doubtful & {o.reason.rule for o in all_of_it.left_out if o not in near.left_out}


@given(COUNTRIES, DAYS, DAYS)
def test_a_later_as_of_date_never_loses_an_event(
    country: str, one: datetime.date, other: datetime.date
) -> None:
    with _STORE as store:
        early, late = sorted((one, other))
        before = ids(ask(store, country, as_of=early.isoformat()))
        assert set(before) <= set(ids(ask(store, country, as_of=late.isoformat())))


@given(COUNTRIES, DAYS)
def test_each_event_is_judged_once_and_nothing_later_is_in(
    country: str, day: datetime.date
) -> None:
    with _STORE as store:
        found = ask(store, country, as_of=day.isoformat())
        all_ids = [*ids(found), *(o.event.id for o in found.left_out)]
        assert len(all_ids) == len(set(all_ids))
        assert all(c.event.date is None or c.event.date.last <= day for c in found.included)


@given(COUNTRIES, DAYS, DAYS, DAYS, DAYS)
def test_a_wider_window_never_loses_an_event(
    country: str, a: datetime.date, b: datetime.date, c: datetime.date, d: datetime.date
) -> None:
    with _STORE as store:
        outer_start, start, end, outer_end = (x.isoformat() for x in sorted((a, b, c, d)))
        inner = ids(ask(store, country, since=start, until=end))
        assert set(inner) <= set(ids(ask(store, country, since=outer_start, until=outer_end)))


class _Shared:
    """One open record for all examples of a property."""

    def __init__(self) -> None:
        self._store: Store | None = None

    def __enter__(self) -> Store:
        if self._store is None:
            from tests.conftest import ROOT

            self._store = Store(ROOT, None)
        return self._store

    def __exit__(self, *_: object) -> None:
        return None


_STORE = _Shared()


@pytest.mark.parametrize("other", ["FRA", "KEN"])
def test_an_event_about_another_country_changes_nothing_here(workspace: Path, other: str) -> None:
    with Store(workspace, None) as store:
        before = [(c.event, c.shown, c.reason) for c in ask(store, "CHN").included]
    path = workspace / "data/events/2003-04.yaml"
    more = path.read_text("utf-8").replace("il-fm-2003-04", "new").replace("[ISR]", f"[{other}]")
    more = more.replace("{official: shalom}", f"{{country: {other}}}")
    (workspace / "data/events/new.yaml").write_text(more, "utf-8")
    with Store(workspace, None) as store:
        assert store.problems() == []
        assert [(c.event, c.shown, c.reason) for c in ask(store, "CHN").included] == before
        assert "new" in ids(ask(store, other))
