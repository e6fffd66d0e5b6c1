"""The record of one contact: numbered as its source, both sides' words, nothing that is not known."""

from __future__ import annotations

import datetime
import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from briefgen.bureaus import load_bureau
from briefgen.compose import compose_record
from briefgen.compose.record import known_on
from briefgen.compose.words import Words
from briefgen.errors import RequestError
from briefgen.records import Event, item_group
from briefgen.render import render
from briefgen.render.html import render_html
from briefgen.render.pdf import to_print
from briefgen.selection import Request
from briefgen.store import Store
from tests.conftest import ROOT, Run, edit
from tests.test_papers import GOLDEN, outline, text_of
from tests.texts import docx_sections, html_sections, pdf_sections

CHINA = "cn-disarmament-2003-08-14"
PAPERS = {"record-china-2003-08-14": CHINA}
with Store(ROOT, None) as _opened:
    EVENTS = _opened.ids("event")


def compose(
    store: Store, event: str, as_of: str = "", ceiling: str | None = None, settings: Any = None
) -> Any:
    found = store.get(Event, "event", event)
    known = known_on(store, found)
    assert known is not None
    day = datetime.date.fromisoformat(as_of) if as_of else known.last
    request = Request(as_of=day, home=store.ministry.country, ceiling=ceiling)
    return compose_record(
        Words(store, "en", "en-GB", request.release, settings=settings), request, found
    )


@cache
def made(event: str) -> tuple[Any, dict[str, bytes]]:
    """The checked tree of a record and its files."""
    bureau = load_bureau(ROOT, "base").for_paper("record")
    with Store(ROOT, None) as store:
        data = compose(store, event)
    template = "record.html.j2"
    formats = ["docx", "pdf", "html"]
    return render_html(bureau, template, data), render(bureau, template, data, formats)


def headings(event: str) -> list[str]:
    tree, _ = made(event)
    found = [" ".join("".join(h.itertext()).split()) for h in tree.iter("h2", "h3")]
    return found[: found.index("Sources")]


def under(data: Any, title: str) -> list[tuple[str, list[str], str]]:
    """Who said what under a heading, and the silence after it."""
    parts = [part for topic in data["topics"] for part in (topic, *topic["items"])]
    (found,) = [part for part in parts if title in part["title"]]
    return [
        (turn["who"], [s["text"] for s in turn["statements"]], turn["silence"])
        for turn in found["said"]
    ]


def test_headings_bear_the_numbers_that_the_source_prints() -> None:
    assert headings(CHINA) == [
        "1. Nuclear disarmament",
        "[2] [Comprehensive Nuclear-Test-Ban Treaty (CTBT)]",
        "3. Conference on Disarmament in Geneva",
        "4. Conventional weapons",
        "(1) Small arms: first biennial meeting of States",
        "(2) Ottawa Convention on anti-personnel mines",
        "5. General Assembly of the United Nations",
        "6. Regional situation",
        "(1) Iran",
        "(2) North Korea",
    ]


def test_the_gap_in_the_numbering_and_what_the_editor_supplied_are_told() -> None:
    text = text_of(made(CHINA)[0])
    assert "The source numbers its items 1, 3, 4, 5 and 6" in text
    assert "the source prints neither number nor heading for item 2" in text


def test_an_item_without_a_heading_is_called_by_its_topic(workspace: Path) -> None:
    path = workspace / "data/events/2003-08.yaml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"  items:\n(    .*\n)+?(?=  statements)", "", text), "utf-8")
    with Store(workspace, None) as store:
        store.require_sound()
        data = compose(store, CHINA)
    titles = [(t["number"], t["title"], t["items"]) for t in data["topics"]]
    assert titles[1] == ("[2]", "Nuclear testing and the CTBT", [])
    assert ("4 (2)", "Anti-personnel mines", []) in titles
    assert data["supplied"] is None


def test_what_both_sides_said_stands_with_who_said_it(store: Store) -> None:
    data = compose(store, CHINA)
    assert [who for who, _, _ in under(data, "North Korea")] == ["China", "Japan", "Both sides"]
    (_, (welcome, hopes), _) = under(data, "North Korea")[0]
    assert "welcomed Japan" in welcome
    assert "hopes" in hopes
    shown = [s for t in data["topics"] for p in (t, *t["items"]) for turn in p["said"]
             for s in turn["statements"]]  # fmt: skip
    event = store.get(Event, "event", CHINA)
    assert sorted(s["text"] for s in shown) == sorted(s.text["en"] for s in event.statements)
    assert all(s["note"]["parts"][0]["places"].startswith("item ") for s in shown)


def test_an_answer_stands_behind_the_request_that_it_answers(store: Store) -> None:
    said = under(compose(store, CHINA), "Nuclear disarmament")
    assert [who for who, _, _ in said] == ["Japan", "China"]
    assert [len(texts) for _, texts, _ in said] == [2, 1]
    assert "greatest restraint" in said[1][1][0]


def test_of_item_4_only_the_request_on_mines_has_no_response_recorded(store: Store) -> None:
    data = compose(store, CHINA)
    assert under(data, "Ottawa")[-1] == ("China", [], "No response recorded.")
    assert {silence for _, _, silence in under(data, "Small arms")} == {""}
    assert {silence for _, _, silence in under(data, "(CTBT)")} == {""}


def test_requests_in_a_row_without_an_answer_share_one_line(store: Store) -> None:
    (ours, theirs) = under(compose(store, "us-commission-4-2002-08-26"), "CTBT")
    assert len(ours[1]) == 3
    assert theirs == ("United States", [], "No response recorded.")


def test_nothing_is_told_that_is_not_on_record(store: Store) -> None:
    lunch = compose(store, "ir-khatami-lunch-2002-10-10")
    assert lunch["event"]["place"] == ""
    assert lunch["opening"]["when"] == "Japan and Iran met on 10 October 2002."
    syria = text_of(made("sy-fm-2003-05")[0]).replace("As of 31 May 2003", "")
    assert "Japan and Syria met in Damascus in May 2003." in syria
    assert not re.search(r"\d May 2003", syria)
    station = compose(store, "domestic-takasaki")
    assert station["event"]["date"] == "Undated"
    assert station["opening"]["sides"] == []


def test_offices_are_those_of_the_day_and_the_number_that_of_the_series(store: Store) -> None:
    data = compose(store, "us-commission-5-2003-01")
    people = {s["state"]: [p["name"] for p in s["people"]] for s in data["opening"]["sides"]}
    assert people == {"Japan": ["Yukiya Amano"], "the United States": ["John Bolton"]}
    assert data["opening"]["series"]["round"] == 5


def test_a_remark_on_the_series_is_not_told_before_it_was_written(store: Store) -> None:
    remark = "Held every year in recent years"
    assert compose(store, CHINA)["opening"]["series"]["remark"].startswith(remark)
    assert compose(store, "cn-disarmament-2002-09-24")["opening"]["series"]["remark"] == ""
    later = compose(store, "cn-disarmament-2002-09-24", "2003-08-31")
    assert later["opening"]["series"]["remark"].startswith(remark)


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_of_the_record_has_its_paper(event: str, store: Store) -> None:
    tree, files = made(event)
    expected = html_sections(tree)
    assert docx_sections(files["docx"]) == expected
    assert files["html"].startswith(b"<!DOCTYPE html>")
    text = text_of(tree)
    for statement in store.get(Event, "event", event).statements:
        assert " ".join(statement.text["en"].split()) in text
    assert " ," not in text
    assert ".." not in text


@pytest.mark.parametrize("event", [CHINA, "ctbt-friends-2002-09-14", "domestic-tsukuba"])
def test_docx_and_pdf_say_the_same_heading_by_heading(event: str, tmp_path: Path) -> None:
    tree, files = made(event)
    path = tmp_path / "paper.pdf"
    path.write_bytes(files["pdf"])
    assert pdf_sections(path) == html_sections(tree) == docx_sections(files["docx"])


def test_the_number_of_a_note_stays_with_its_word_and_the_paper_on_two_pages() -> None:
    tree, files = made(CHINA)
    assert to_print(tree, "endnotes", tied=True).count('class="tied">armament.<sup') == 1
    with pikepdf.open(io.BytesIO(files["pdf"])) as pdf:
        assert len(pdf.pages) == 2


@pytest.mark.parametrize("name", PAPERS)
def test_the_record_reads_as_it_was_approved(name: str, renew: bool) -> None:
    tree, _ = made(PAPERS[name])
    path = GOLDEN / f"{name}.txt"
    if renew:
        path.write_text(outline(tree), "utf-8")
    assert outline(tree) == path.read_text("utf-8"), "if this is meant: make golden"


def test_no_golden_file_is_left_of_a_record_that_is_gone() -> None:
    assert {p.stem for p in GOLDEN.glob("record-*.txt")} == set(PAPERS)


# -- release and date ------------------------------------------------------------------------------


def marked(workspace: Path, item: str, line: int = 0) -> None:
    """Mark a statement of the consultation with China as secret."""
    path = workspace / "data/events/2003-08.yaml"
    parts = path.read_text("utf-8").split(f"      item: {item}\n")
    parts[line + 1] = f"      marking: hi\n{parts[line + 1]}"
    path.write_text(f"      item: {item}\n".join(parts), "utf-8")


def test_what_is_above_the_ceiling_is_left_out_and_only_counted(workspace: Path) -> None:
    marked(workspace, "4 (2)")
    with Store(workspace, None) as store:
        whole = compose(store, CHINA)
        cut = compose(store, CHINA, ceiling="public")
        told = compose(store, CHINA, ceiling="public", settings={"release": {"tell": True}})
    assert whole["marking"]["id"] == "hi"
    assert cut["marking"]["id"] == "public"
    assert cut["left_out"] == {"statements_above_ceiling": 0}, "papers tell only where asked to"
    assert told["left_out"] == {"statements_above_ceiling": 1}
    assert "Ottawa" not in json.dumps(cut)


def test_a_request_whose_answer_is_withheld_is_not_said_to_be_unanswered(workspace: Path) -> None:
    marked(workspace, '"[2]"', 1)
    with Store(workspace, None) as store:
        said = under(compose(store, CHINA, ceiling="public"), "(CTBT)")
    assert said == [("Japan", ["Japan requested China to ratify the CTBT promptly."], "")]


def test_an_event_above_the_ceiling_or_all_of_it_makes_no_paper(workspace: Path) -> None:
    path = workspace / "data/events/2003-05.yaml"
    edit(path, "  kind: visit\n", "  kind: visit\n  marking: hi\n")
    edit(path, "  kind: foreign-ministers\n", "  kind: foreign-ministers\n  marking: hi\n")
    with Store(workspace, None) as store:
        for event in ("il-motegi-2003-05", "sy-fm-2003-05"):
            with pytest.raises(RequestError, match="arked above the ceiling 'public'"):
                compose(store, event, ceiling="public")


@pytest.mark.parametrize(
    ("event", "as_of", "told"),
    [
        (CHINA, "2003-08-13", "is dated 2003-08-14, after the as-of date 2003-08-13"),
        ("us-commission-6-2003-08", "2003-08-15", "is dated 2003-08, and may lie after"),
        ("domestic-takasaki", "2003-07-31", "first told of by a source of 2003-08, after"),
    ],
)
def test_what_lies_after_the_as_of_date_makes_no_paper(
    store: Store, event: str, as_of: str, told: str
) -> None:
    with pytest.raises(RequestError, match=re.escape(told)):
        compose(store, event, as_of)


# -- headings in the record ------------------------------------------------------------------------


def test_a_sub_item_knows_its_group() -> None:
    assert [item_group(n) for n in ("4 (2)", "4", "[2]", "4(2)", "(1)")] == ["4", "", "", "4", ""]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('{number: "5",', '{number: "55",', "item '55' has no statement"),
        ('{number: "5",', '{number: "3",', "item '3' has two headings"),
    ],
)
def test_a_heading_without_a_statement_or_twice_is_refused(
    workspace: Path, briefgen: Run, old: str, new: str, told: str
) -> None:
    edit(workspace / "data/events/2003-08.yaml", old, new)
    result = briefgen("-w", str(workspace), "check")
    assert result.returncode == 1
    assert told in result.stdout + result.stderr
    assert "data/events/2003-08.yaml:" in result.stdout + result.stderr


# -- the command -----------------------------------------------------------------------------------


def test_the_command_speaks_for_the_last_day_of_the_event(briefgen: Run, tmp_path: Path) -> None:
    formats = ("-f", "json", "-f", "html")
    result = briefgen("-w", str(ROOT), "record", CHINA.upper(), *formats, "-o", str(tmp_path))
    assert result.returncode == 0, result.stderr
    names = [Path(line).name for line in result.stdout.splitlines()]
    assert names == [f"{CHINA}-record.{kind}" for kind in ("json", "html", "manifest.json")]
    data = json.loads((tmp_path / names[0]).read_text("utf-8"))
    assert data["paper"]["as_of"] == "2003-08-14"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("cn-disarmament-2003-08-41",), "did you mean 'cn-disarmament-2003-08-14'"),
        ((CHINA, "--as-of", "2003-08-13"), "after the as-of date 2003-08-13"),
        ((CHINA, "--ceiling", "publik"), "unknown marking 'publik'"),
    ],
)
def test_a_wrong_request_is_told_in_one_line(
    briefgen: Run, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    result = briefgen("-w", str(ROOT), "record", *arguments)
    assert result.returncode == 2
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
