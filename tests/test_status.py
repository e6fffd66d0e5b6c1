"""Status is computed as of a date, from sourced actions, and never runs ahead of what is known."""

from __future__ import annotations

import csv
import datetime
from collections import Counter

import pytest

from briefgen.compose.common import Statuses
from briefgen.compose.words import Words
from briefgen.records import Standing, Treaty, TreatyAction
from briefgen.status import state_of
from briefgen.store import Store
from tests.conftest import ROOT

DATA = ROOT / "data"


def statuses(store: Store, day: str) -> Statuses:
    return Statuses(Words(store, "en", "en-GB"), datetime.date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "signed", "ratified"),
    [("2003-07-30", 167, 104), ("2003-08-12", 168, 104), ("2003-08-31", 168, 104)],
)
def test_the_ctbt_is_counted_as_of_the_day(
    store: Store, day: str, signed: int, ratified: int
) -> None:
    counts = statuses(store, day).tally("CTBT")
    assert (counts.signed, counts.ratified) == (signed, ratified)


def test_on_14_august_2003_twelve_annex_2_states_are_outstanding(store: Store) -> None:
    found = statuses(store, "2003-08-14")
    counts = found.tally("CTBT", "CTBT_ANNEX2")
    assert (counts.total, counts.ratified, counts.signed_only, counts.not_signed) == (44, 32, 9, 3)
    standings = {c: found.state("CTBT", c).standing for c in counts.outstanding}
    signed = {c for c, s in standings.items() if s is Standing.SIGNED}
    unsigned = {c for c, s in standings.items() if s is Standing.NOT_SIGNED}
    assert signed == {"CHN", "COL", "COD", "EGY", "IDN", "IRN", "ISR", "USA", "VNM"}
    assert unsigned == {"PRK", "IND", "PAK"}


def test_algeria_ratified_on_11_july_2003_as_the_thirty_second(store: Store) -> None:
    assert statuses(store, "2003-07-10").tally("CTBT", "CTBT_ANNEX2").ratified == 31
    assert statuses(store, "2003-07-11").tally("CTBT", "CTBT_ANNEX2").ratified == 32


def test_russia_withdrew_its_ratification_and_remains_a_signatory(store: Store) -> None:
    before = statuses(store, "2023-11-02").state("CTBT", "RUS")
    after = statuses(store, "2023-11-03")
    assert before.standing is Standing.RATIFIED
    state = after.state("CTBT", "RUS")
    assert state.standing is Standing.RATIFICATION_WITHDRAWN
    assert str(state.signed) == "1996-09-24"
    assert str(state.withdrawn) == "2023-11-03"
    assert after.tally("CTBT", "CTBT_ANNEX2").signed_only == 6


def test_a_disputed_withdrawal_is_shown_and_not_counted(store: Store) -> None:
    found = statuses(store, "2003-08-31")
    state = found.state("NPT", "PRK")
    assert state.standing is Standing.RATIFIED
    text = found.standing_text(state, store.treaties["NPT"])
    assert text.endswith("withdrawal of 10 April 2003 disputed")


def test_nothing_is_concluded_from_a_table_that_does_not_hold_every_state(store: Store) -> None:
    found = statuses(store, "2003-08-31")
    assert found.state("IAEA-AP", "BRA").standing is Standing.UNKNOWN
    assert found.cell(store.treaties["IAEA-AP"], "BRA")["text"] == "No action on record"


def test_a_state_closed_out_of_signature_is_told_as_no_party(store: Store) -> None:
    found = statuses(store, "2003-08-31")
    assert (
        found.cell(store.treaties["APMBC"], "CHN")["text"] == "Not a party (closed for signature)"
    )
    assert found.cell(store.treaties["CTBT"], "SYR")["text"] == "Not signed"


def action(kind: str, date: str, precision: str | None = None) -> TreatyAction:
    return TreatyAction.model_validate(
        {"treaty": "T", "country": "X", "action": kind, "date": date, "precision": precision,
         "source": "d"}
    )  # fmt: skip


def treaty() -> Treaty:
    return Treaty.model_validate(
        {"id": "T", "name": "T", "short": "T", "depositary": "D", "opened": "1990",
         "entry_into_force": {"rule": "r"}}
    )  # fmt: skip


def standing(day: str, *actions: TreatyAction) -> Standing:
    return state_of("X", actions, treaty(), datetime.date.fromisoformat(day)).standing


def test_a_year_alone_counts_only_when_the_year_is_over() -> None:
    accession = action("accession", "2014")
    assert standing("2014-12-30", accession) is Standing.NOT_SIGNED
    assert standing("2014-12-31", accession) is Standing.RATIFIED


def test_done_by_a_date_counts_from_that_date() -> None:
    force = action("entry into force", "2011-06-30", "by")
    assert standing("2011-06-29", force) is Standing.NOT_SIGNED
    assert standing("2011-06-30", force) is Standing.RATIFIED


def test_who_withdraws_and_accedes_again_is_a_party() -> None:
    steps = [action("ratification", "2000-01-01"), action("withdrawal", "2005-01-01")]
    assert standing("2006-01-01", *steps) is Standing.WITHDRAWN
    assert standing("2011-01-01", *steps, action("accession", "2010-01-01")) is Standing.RATIFIED


def test_a_withdrawn_signature_is_no_signature() -> None:
    steps = [action("signature", "2000-01-01"), action("withdrawal of signature", "2001-01-01")]
    assert standing("2000-06-01", *steps) is Standing.SIGNED
    assert standing("2002-01-01", *steps) is Standing.NOT_SIGNED


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_entry_into_force_agrees_with_the_deposits_of_the_tables(store: Store) -> None:
    """The CWC: 180 days after the 65th deposit; Ottawa: sixth month after that of the 40th."""

    def deposits(name: str) -> list[str]:
        kinds = {"ratification", "acceptance", "approval", "accession", "succession"}
        found = (r["date"] for r in rows(f"treaties/{name}.csv") if r["action"] in kinds)
        return sorted(date for date in found if len(date) == 10)

    sixty_fifth = datetime.date.fromisoformat(deposits("CWC")[64])
    cwc = store.treaties["CWC"].entry_into_force.date
    assert cwc is not None
    assert cwc.first == sixty_fifth + datetime.timedelta(days=180)
    fortieth = deposits("APMBC")[39]
    ottawa = store.treaties["APMBC"].entry_into_force.date
    assert fortieth.startswith("1998-09")
    assert str(ottawa) == "1999-03-01"


def test_no_state_signed_before_a_treaty_opened(store: Store) -> None:
    for id_, record in store.treaties.items():
        signed = [r["date"] for r in rows(f"treaties/{id_}.csv") if r["action"] == "signature"]
        assert min(signed) >= str(record.opened)


def test_a_state_does_each_thing_once_in_a_treaty_table() -> None:
    for path in sorted((DATA / "treaties").glob("*.csv")):
        seen = Counter((r["country"], r["action"]) for r in rows(f"treaties/{path.name}"))
        assert [key for key, count in seen.items() if count > 1] == []


def test_membership_is_asked_for_a_date(store: Store) -> None:
    assert "TLS" not in statuses(store, "2003-08-31").members("ASEAN")
    assert "TLS" in statuses(store, "2026-01-01").members("ASEAN")
    assert len(statuses(store, "2003-08-31").members("ASEAN")) == 10
    assert len(statuses(store, "2003-08-31").members("EU")) == 15
    assert "GBR" in statuses(store, "2020-01-31").members("EU")
    assert "GBR" not in statuses(store, "2020-02-01").members("EU")


def test_a_membership_that_ended_nobody_knows_when_is_never_claimed(store: Store) -> None:
    assert "SWE" not in statuses(store, "2003-08-31").members("NEW_AGENDA_COALITION")
    assert "BRA" in statuses(store, "2003-08-31").members("NEW_AGENDA_COALITION")
