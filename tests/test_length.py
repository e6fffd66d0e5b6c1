"""Length: measured after layout; over the limit a paper fails, warns or leaves the lowest rank out."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest

from briefgen.bureaus import load_bureau
from briefgen.compose.shortening import WAYS, droppable, shortened
from briefgen.compose.words import Words
from briefgen.errors import BriefgenError
from briefgen.fitting import Fitted, Rule, TooLongError, fit, fitted
from briefgen.render import layout_of, render
from briefgen.render.pdf import Layout
from briefgen.store import Store
from tests.conftest import Run
from tests.test_bureaus import bureau_with, faults
from tests.test_papers import compose
from tests.texts import docx_sections, pdf_sections

ONE_PAGE = (
    "papers:\n  brief:\n    length: {{pages: {}, over: {}, drop: [contacts, people, reactive]}}\n"
)


def made(workspace: Path, store: Store, settings: str, name: str = "china-2003-08-31") -> Any:
    bureau_with(workspace, "short", {"bureau.yaml": settings})
    bureau = load_bureau(workspace, "short")
    data = compose(store, name)
    return bureau, data, fit(bureau, f"{name_of(data)}.html.j2", data, Words(store, "en", "en-GB"))


def name_of(data: dict[str, Any]) -> str:
    return str(data["paper"]["kind"])


def pages(content: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(content)).pages)


NARROW = "page: {margin_left: 24, margin_right: 24}\npapers:\n  brief:\n    page: {margin_left: 24, margin_right: 24}\n    length: {pages: 2, over: shorten, drop: [reactive, contacts, positions]}\n"


def test_a_paper_over_its_limit_leaves_out_the_least_that_is_needed_and_says_so(
    workspace: Path, store: Store, tmp_path: Path
) -> None:
    bureau, data, found = made(workspace, store, NARROW)
    assert layout_of(bureau, "brief.html.j2", data, 2).pages == 3
    files = render(bureau, "brief.html.j2", found.data, ["docx", "pdf"])
    assert pages(files["pdf"]) == 2
    gone = {name: row["count"] for name, row in found.data["dropped"].items()}
    total = sum(gone.values())
    order = droppable("brief", data, ("reactive", "contacts", "positions"))
    assert {n: order[:total].count(n) for n in gone} == gone
    assert "reactive" in gone
    one_less = {n: order[: total - 1].count(n) for n in set(order[: total - 1])}
    words = Words(store, "en", "en-GB")
    if one_less:  # nothing is left to compare with where a single item was enough
        longer = shortened(words, data, one_less, date(2003, 8, 31))
        assert layout_of(bureau, "brief.html.j2", longer, 2).pages == 3
    assert len(found.data["reactive"]) == len(data["reactive"]) - gone["reactive"]
    (tmp_path / "p.pdf").write_bytes(files["pdf"])
    for row in found.data["dropped"].values():
        said = "".join(row["text"].split()).casefold()
        assert said in "".join(text for _, text in docx_sections(files["docx"]))
        assert said in "".join(text for _, text in pdf_sections(tmp_path / "p.pdf"))
    (note,) = found.notes
    assert note.startswith("the brief has 3 pages, the limit is 2: section 'notes' runs over, and ")
    assert "mm (about " in note


def test_the_oldest_contacts_go_first_and_are_told_once(store: Store) -> None:

    data = compose(store, "united-states-2003-08-15")
    before = [c["id"] for c in data["contacts"]["direct"]]
    words = Words(store, "en", "en-GB")
    less = shortened(words, data, {"contacts": 2}, date(2003, 8, 15))
    assert [c["id"] for c in less["contacts"]["direct"]] == before[2:]
    assert less["contacts"]["more"] == 0
    told = data["contacts"]["more"] + 2
    assert (
        less["dropped"]["contacts"]["text"] == f"{told} earlier contacts: see the outreach history."
    )
    assert [c["id"] for c in data["contacts"]["direct"]] == before


def test_what_was_cited_for_dropped_items_alone_is_no_source_any_more(store: Store) -> None:

    data = compose(store, "history-china")
    order = droppable("history", data, ("chronology",))
    words = Words(store, "en", "en-GB")
    less = shortened(words, data, {"chronology": len(order)}, date(2003, 8, 31))
    left = [c for m in less["months"] for c in m["contacts"]]
    assert len(left) == 1
    assert left[0]["id"] == data["months"][-1]["contacts"][-1]["id"]
    assert less["sources"]
    assert {s["id"] for s in less["sources"]} <= {s["id"] for s in data["sources"]}


def test_a_paper_that_fits_stays_as_it_is(workspace: Path, store: Store) -> None:
    bureau, data, found = made(workspace, store, ONE_PAGE.format(2, "shorten"))
    assert found == Fitted(data)
    plain = render(load_bureau(workspace, "base"), "brief.html.j2", data, ["docx", "pdf"])
    assert render(bureau, "brief.html.j2", found.data, ["docx", "pdf"]) == plain


def test_over_fail_names_section_and_amount_at_the_place_of_the_limit(
    workspace: Path, store: Store
) -> None:
    with pytest.raises(BriefgenError) as caught:
        made(workspace, store, ONE_PAGE.format(1, "fail"))
    said = str(caught.value)
    assert said.startswith(
        "templates/short/bureau.yaml:4:13: papers.brief.length: the brief has 2 pages, the limit is 1: section '"
    )
    assert "mm (about " in said
    assert "over: shorten" in said


def test_over_warn_tells_and_goes_on(workspace: Path, store: Store) -> None:
    _, data, found = made(workspace, store, ONE_PAGE.format(1, "warn"))
    assert found.data == data
    assert "the brief has 2 pages, the limit is 1" in found.notes[0]


def test_a_limit_that_cannot_be_met_is_told_with_what_was_tried(
    workspace: Path, store: Store
) -> None:
    with pytest.raises(
        BriefgenError, match="items were left out already: add to drop, or allow more"
    ):
        made(workspace, store, ONE_PAGE.format(1, "shorten"))


def test_the_search_is_short_and_finds_the_first_that_fits(store: Store) -> None:
    data = compose(store, "united-states-2003-08-15")
    order = droppable("brief", data, ("contacts", "people", "reactive"))
    assert len(order) == 4
    measured = []

    def measure(paper: Any) -> Layout:
        gone = sum(row["count"] for row in paper.get("dropped", {}).values())
        measured.append(gone)
        return Layout(2 if gone >= 3 else 3, "contacts", 10.0, 3)

    rule = Rule("brief", 2, "shorten", ("contacts", "people", "reactive"))
    found = fitted(rule, data, Words(store, "en", "en-GB"), measure)
    assert sum(row["count"] for row in found.data["dropped"].values()) == 3
    assert measured == [0, 4, 2, 3]
    with pytest.raises(TooLongError):
        fitted(rule, data, Words(store, "en", "en-GB"), lambda _: Layout(3, "sources", 1.0, 1))


def test_every_section_keeps_at_least_one_item(store: Store) -> None:
    data = compose(store, "united-states-2003-08-15")
    for section in WAYS["brief"]:
        there = droppable("brief", data, (section,))
        assert len(there) == max(0, _size(data, section) - 1)


def _size(data: dict[str, Any], section: str) -> int:
    if section == "contacts":
        return len(data["contacts"]["direct"])
    if section == "commitments":
        return sum(len(group["rows"]) for group in data["commitments"])
    return len(data[section])


@pytest.mark.parametrize(
    ("length", "told"),
    [
        ("{pages: 2, over: shortn}", "papers.brief.length.over: 'shortn' is not known (did you mean 'shorten'?)"),
        ("{pages: 2, drop: [contact]}", "papers.brief.length.drop: 'contact' cannot give way (did you mean 'contacts'?)"),
        ("{pages: 0}", "papers.brief.length.pages: input should be greater than or equal to 1"),
        ("{over: fail}", "papers.brief.length.pages: is missing"),
    ],
)  # fmt: skip
def test_a_slip_in_the_limit_is_told_with_its_place(
    workspace: Path, length: str, told: str
) -> None:
    bureau_with(workspace, "own", {"bureau.yaml": f"papers:\n  brief:\n    length: {length}\n"})
    (fault,) = faults(workspace, "own")
    assert fault.startswith("templates/own/bureau.yaml:4:")
    assert told in fault


def test_the_command_tells_what_was_left_out_and_the_manifest_holds_what_is_in(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    bureau_with(workspace, "short", {"bureau.yaml": NARROW})
    run = (
        "--workspace",
        str(workspace),
        "brief",
        "China",
        "--as-of",
        "2003-08-31",
        "-b",
        "short",
        "-o",
        "o",
    )
    found = briefgen(*run)
    assert found.returncode == 0, found.stderr
    assert "warning: the brief has 3 pages, the limit is 2: section" in found.stderr
    assert "left out: reactive: " in found.stderr
    manifest = json.loads((tmp_path / "o/CHN-brief-2003-08-31.manifest.json").read_text("utf-8"))
    with Store(workspace, None) as store:
        whole = compose(store, "china-2003-08-31")
    kept = [f for f in manifest["facts"] if f["section"] == "reactive"]
    assert 0 < len(kept) < len([1 for row in whole["reactive"]])
