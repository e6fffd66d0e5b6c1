"""Gaps in the contacts: who was not met since when, what stays unanswered, what changed since."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from briefgen.bureaus import load_bureau
from briefgen.compose.gaps import Gaps, answered
from briefgen.compose.gaps_paper import compose_gaps
from briefgen.compose.words import Words
from briefgen.dates import PartialDate, months_between
from briefgen.records import Event
from briefgen.render import render
from briefgen.render.html import render_html
from briefgen.selection import Request
from briefgen.store import Store
from tests.conftest import ROOT, Run, edit
from tests.test_papers import GOLDEN, outline
from tests.texts import docx_sections, html_sections, pdf_sections

SAMPLE = ("--workspace", str(ROOT))
ANNEX_2 = "CTBT_ANNEX2"


def gaps(
    store: Store, as_of: str, group: str | None = ANNEX_2, treaty: str | None = "CTBT",
    ceiling: str | None = None,
) -> Gaps:  # fmt: skip
    day = datetime.date.fromisoformat(as_of)
    home = store.ministry.country
    request = Request(day, home, treaties=(treaty,) if treaty else (), ceiling=ceiling)
    on = PartialDate(as_of)
    rows = store.memberships(group=group) if group else []
    members = [m.country for m in rows if m.counts_on(on) and m.country != home]
    return Gaps(Words(store, "en", "en-GB", request.release), request, group, members)


def by_country(found: Gaps) -> dict[str, Any]:
    return {row["country"]: row for row in found.data()["countries"]}


def asks(row: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(a["ask"], a["treaty"], a["date"]) for a in row["open_asks"]]


def text_of(tree: Any) -> str:
    return " ".join("".join(tree.find("body/main").itertext()).split())


def test_the_last_contact_moves_with_the_as_of_date(store: Store) -> None:
    before = by_country(gaps(store, "2003-08-13"))["CHN"]
    after = by_country(gaps(store, "2003-08-31"))["CHN"]
    assert before["last"] == {
        "event": "cn-disarmament-2002-09-24", "date": "2002-09-24",
        "level": "director-general", "rule": "direct-contact",
    }  # fmt: skip
    assert (before["months_since"], before["contacts"]) == (10, 2)
    assert after["last"]["date"] == "2003-08-14"
    assert (after["months_since"], after["contacts"]) == (0, 3)
    assert after["by_level"] == {"deputy-minister": "2002-08-09", "director-general": "2003-08-14"}


def test_an_ask_that_was_answered_is_no_longer_open(store: Store) -> None:
    before = by_country(gaps(store, "2003-08-13"))["CHN"]
    after = by_country(gaps(store, "2003-08-31"))["CHN"]
    moratorium = ("maintain-moratorium", "CTBT", "2002-09-24")
    assert asks(before) == [("ratify", "CTBT", "2002-09-24"), moratorium]
    assert before["open_asks"][0] == {
        "ask": "ratify", "treaty": "CTBT", "event": "cn-disarmament-2002-09-24", "statement": 1,
        "date": "2002-09-24", "act": "requests", "qualifier": "at the earliest opportunity",
    }  # fmt: skip
    assert asks(after) == [moratorium]


def test_without_a_treaty_the_asks_on_every_treaty_and_topic_count(store: Store) -> None:
    row = by_country(gaps(store, "2003-08-31", treaty=None))["CHN"]
    assert asks(row) == [
        ("maintain-moratorium", "CTBT", "2002-09-24"), ("accede", "APMBC", "2003-08-14"),
    ]  # fmt: skip


def test_an_answer_counts_for_every_request_that_the_record_ties_it_to(store: Store) -> None:
    event = store.get(Event, "event", "cn-disarmament-2003-08-14")
    assert answered(event) == {1, 2, 4, 6, 14}
    alone = event.statements[2].model_copy(update={"answers_also": ()})
    apart = event.model_copy(update={"statements": (*event.statements[:2], alone)})
    assert answered(apart) == {1}


def test_an_ask_about_a_third_state_is_not_an_ask_of_the_one_met(store: Store) -> None:
    row = by_country(gaps(store, "2003-08-31", treaty=None))["CHN"]
    assert "cooperate-with-iaea" not in {a["ask"] for a in row["open_asks"]}


def test_the_newest_telling_of_an_ask_stands_for_all(store: Store) -> None:
    row = by_country(gaps(store, "2003-08-31"))["VNM"]
    assert row["contacts"] == 4
    assert asks(row) == [("ratify", "CTBT", "2003-06")]


def test_an_ask_that_the_state_has_met_since_is_not_open_but_told_as_a_change(store: Store) -> None:
    row = by_country(gaps(store, "2006-03-10"))["VNM"]
    assert row["standing"] == "ratified"
    assert row["open_asks"] == []
    assert row["changes"] == [
        {"treaty": "CTBT", "action": "ratification", "date": "2006-03-10", "certain": True,
         "source": "untc-ctbt-status"}
    ]  # fmt: skip
    assert asks(by_country(gaps(store, "2006-03-09"))["VNM"]) == [("ratify", "CTBT", "2003-06")]


def test_a_state_never_met_is_told_by_when_it_was_last_addressed(store: Store) -> None:
    row = by_country(gaps(store, "2003-08-31"))["DZA"]
    assert (row["contacts"], row["last"], row["months_since"]) == (0, None, None)
    assert row["by_level"] == {}
    assert row["last_addressed"] == {
        "event": "arf-10-2003-06", "date": "2003-06", "level": "minister", "rule": "group-target",
    }  # fmt: skip
    (change,) = row["changes"]
    assert (change["action"], change["date"]) == ("ratification", "2003-07-11")
    assert change["certain"] is True
    assert row["changes_after"] == "arf-10-2003-06"
    assert by_country(gaps(store, "2003-07-10"))["DZA"]["changes"] == []


def test_a_ratification_withdrawn_is_a_change_though_there_was_no_contact(store: Store) -> None:
    row = by_country(gaps(store, "2024-01-01"))["RUS"]
    assert row["standing"] == "ratification_withdrawn"
    assert (row["last"], row["last_addressed"], row["changes_after"]) == (None, None, None)
    assert [(c["action"], c["date"]) for c in row["changes"]] == [
        ("withdrawal of ratification", "2023-11-03")
    ]
    assert by_country(gaps(store, "2023-11-02"))["RUS"]["changes"] == []


def test_a_month_stays_a_month_and_is_counted_by_the_month(store: Store) -> None:
    row = by_country(gaps(store, "2003-08-01"))["PAK"]
    assert row["last"]["date"] == "2003-03"
    assert row["months_since"] == 5
    assert row["by_level"] == {"deputy-minister": "2003-03"}
    assert asks(row) == [("sign", "CTBT", "2003-03")]


@pytest.mark.parametrize(
    ("day", "until", "months"),
    [
        ("2002-09-24", "2003-08-24", 11), ("2002-09-24", "2003-08-23", 10),
        ("2003-08", "2003-08-31", 0), ("2003-07", "2003-08-01", 1), ("2002", "2003-08-31", None),
        ("2003-08-14", "2003-08-14", 0), ("2002-12-31", "2003-01-30", 0),
    ],
)  # fmt: skip
def test_months_are_full_months_and_none_is_invented(
    day: str, until: str, months: int | None
) -> None:
    assert months_between(PartialDate(day), datetime.date.fromisoformat(until)) == months


def test_those_never_met_come_first_by_name_then_the_longest_ago(store: Store) -> None:
    found = gaps(store, "2003-08-31").found
    never = [g.country for g in found if not g.direct]
    names = [store.countries.name(code) for code in never]
    assert names == sorted(names)
    assert [g.country for g in found][len(never) :] == [
        "IRN", "IND", "PAK", "ISR", "VNM", "CHN", "USA",
    ]  # fmt: skip


def test_without_a_group_every_state_met_is_there_and_the_deciding_list(store: Store) -> None:
    rows = by_country(gaps(store, "2003-08-31", group=None))
    assert {"SYR", "CHN", "DZA", "COL"} <= set(rows)
    assert len(rows) == 44
    assert "JPN" not in rows
    assert "SYR" not in by_country(gaps(store, "2003-04-30", group=None))


def test_a_change_in_the_month_of_the_contact_is_told_as_a_doubt(workspace: Path) -> None:
    table = workspace / "data/treaties/CTBT.csv"
    edit(table, "VNM,ratification,2006-03-10", "VNM,ratification,2003-06-20")
    with Store(workspace, None) as store:
        found = gaps(store, "2003-08-31")
        (change,) = by_country(found)["VNM"]["changes"]
        text = text_of(
            render_html(load_bureau(workspace, "base"), "gaps.html.j2", compose_gaps(found))
        )
    assert change["certain"] is False
    assert "May have changed: Viet Nam." in text
    assert "Viet Nam may have changed since, for which came first is not known" in text


def test_a_contact_above_the_ceiling_is_not_known(workspace: Path) -> None:
    day = workspace / "data/events/2003-08.yaml"
    edit(day, "  series: cn-disarmament\n", "  series: cn-disarmament\n  marking: official\n")
    with Store(workspace, None) as store:
        row = by_country(gaps(store, "2003-08-31", ceiling="public"))["CHN"]
        whole = gaps(store, "2003-08-31")
        paper = compose_gaps(gaps(store, "2003-08-31", ceiling="public"))
        whole_paper = compose_gaps(whole)
        assert by_country(whole)["CHN"]["last"]["date"] == "2003-08-14"
    assert row["last"]["date"] == "2002-09-24"
    assert "14 August 2003" not in str(paper)
    assert paper["marking"]["id"] == "public"
    assert whole_paper["marking"]["id"] == "official"


def test_an_answer_above_the_ceiling_is_not_called_missing(workspace: Path) -> None:
    edit(
        workspace / "data/events/2003-08.yaml",
        "      act: explains\n", "      act: explains\n      marking: official\n",
    )  # fmt: skip
    with Store(workspace, None) as store:
        row = by_country(gaps(store, "2003-08-31", ceiling="public"))["CHN"]
        paper = compose_gaps(gaps(store, "2003-08-31", ceiling="public"))
    assert row["last"]["date"] == "2003-08-14"
    assert "ratify" not in {a["ask"] for a in row["open_asks"]}
    assert "People's Congress" not in str(paper)


def test_a_contact_of_uncertain_date_is_told_and_not_counted(store: Store) -> None:
    found = gaps(store, "2003-08-15")
    row = by_country(found)["USA"]
    assert row["last"]["date"] == "2003-01"
    assert row["date_uncertain"] == ["us-commission-6-2003-08"]
    (doubt,) = compose_gaps(found)["uncertain"]
    assert doubt["date"] == "August 2003"


@pytest.mark.parametrize(
    ("name", "group", "treaty", "as_of"),
    [
        ("gaps-annex2-2003-08-31", ANNEX_2, "CTBT", "2003-08-31"),
        ("gaps-annex2-2024-01-01", ANNEX_2, "CTBT", "2024-01-01"),
        ("gaps-all-2003-08-13", None, None, "2003-08-13"),
    ],
)
def test_the_paper_reads_as_approved_and_docx_and_pdf_say_the_same(
    store: Store, name: str, group: str | None, treaty: str | None, as_of: str, renew: bool,
    tmp_path: Path,
) -> None:  # fmt: skip
    bureau = load_bureau(ROOT, "base")
    data = compose_gaps(gaps(store, as_of, group, treaty))
    tree = render_html(bureau, "gaps.html.j2", data)
    path = GOLDEN / f"{name}.txt"
    if renew:
        path.write_text(outline(tree), "utf-8")
    assert outline(tree) == path.read_text("utf-8"), "if this is meant: make golden"
    files = render(bureau, "gaps.html.j2", data, ["docx", "pdf"])
    expected = html_sections(tree)
    assert docx_sections(files["docx"]) == expected
    (tmp_path / "paper.pdf").write_bytes(files["pdf"])
    assert pdf_sections(tmp_path / "paper.pdf") == expected


def test_no_golden_file_is_left_of_a_gaps_paper_that_is_gone() -> None:
    names = {"gaps-annex2-2003-08-31", "gaps-annex2-2024-01-01", "gaps-all-2003-08-13"}
    assert {p.stem for p in GOLDEN.glob("gaps-*.txt")} == names


def test_the_paper_says_so_where_there_is_nothing(store: Store) -> None:
    data = compose_gaps(gaps(store, "1999-01-01"))
    text = text_of(render_html(load_bureau(ROOT, "base"), "gaps.html.j2", data))
    assert "With 0 of 43 States a direct contact on the CTBT is on record" in text
    assert "No direct contact on record up to 1 January 1999." in text
    assert text.count("None on record.") == 4


def test_the_paper_never_claims_silence(store: Store) -> None:
    data = compose_gaps(gaps(store, "2003-08-31"))
    text = text_of(render_html(load_bureau(ROOT, "base"), "gaps.html.j2", data))
    assert text.count("No response recorded.") == len(data["asks"]) == 8
    assert "no response" not in text
    assert "does not claim to hold every contact" in text


def test_the_table_shows_contacts_open_asks_and_changes(briefgen: Run) -> None:
    scope = ("--group", "annex2", "--treaty", "CTBT", "--as-of", "2003-08-31")
    shown = briefgen(*SAMPLE, "gaps", *scope)
    assert shown.stderr == ""
    lines = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert "Pakistan 2003-03 deputy-minister 5 not signed" in lines
    assert "Colombia none signed" in lines
    assert "Pakistan 2003-03 pk-vice-minister-2003-03 sign CTBT" in lines
    assert "Algeria 2003-07-11 arf-10-2003-06 CTBT ratification" in lines
    doubt = briefgen(*SAMPLE, "gaps", "--treaty", "CTBT", "--as-of", "2003-08-15").stdout
    assert "not counted, for its date is uncertain: us-commission-6-2003-08 (2003-08)" in doubt


def test_gaps_as_json_have_the_documented_form(briefgen: Run) -> None:
    scope = ("--group", "asean", "--treaty", "ctbt", "--as-of", "2003-08-31")
    found = json.loads(briefgen(*SAMPLE, "gaps", *scope, "--json").stdout)
    countries = found.pop("countries")
    assert found == {
        "as_of": "2003-08-31", "group": "ASEAN", "treaty": "CTBT", "home": "JPN", "ceiling": None,
        "standing_on": "CTBT",
    }  # fmt: skip
    assert len(countries) == 10
    for row in countries:
        assert list(row) == [
            "country", "standing", "contacts", "last", "months_since", "by_level",
            "last_addressed", "open_asks", "changes", "changes_after", "date_uncertain",
        ]  # fmt: skip


def test_the_paper_is_written_on_request(briefgen: Run) -> None:
    scope = ("-g", "annex2", "-t", "CTBT", "--as-of", "2003-08-31")
    result = briefgen(*SAMPLE, "gaps", *scope, "--paper", "-f", "html", "-f", "json", "-o", "x")
    assert result.stderr == ""
    stem = "x/CTBT-ANNEX2-CTBT-gaps-2003-08-31"
    assert result.stdout.splitlines() == [f"{stem}.html", f"{stem}.json"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--group", "annex3"), "unknown group 'annex3' (did you mean"),
        (("--treaty", "CTBTT"), "unknown treaty 'CTBTT' (did you mean 'CTBT'"),
        (("--ceiling", "publik"), "unknown marking 'publik' (did you mean 'public'"),
        (("--group", "asean", "--as-of", "1950"), "group 'ASEAN' has no member on record"),
        (("--json", "--paper"), "--json and --paper: one at a time"),
        (("--format", "pdf"), "--format is about the paper: give --paper too"),
        (("--paper", "--bureau", "bse"), "did you mean 'base'"),
    ],
)
def test_a_request_for_gaps_that_makes_no_sense_is_told(
    briefgen: Run, arguments: tuple[str, ...], told: str
) -> None:
    result = briefgen(*SAMPLE, "gaps", *arguments)
    assert result.returncode == 2
    assert told in result.stderr
    assert result.stdout == ""
