"""The papers made from the real record: what they say, and that DOCX and PDF say the same."""

from __future__ import annotations

import csv
import datetime
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from briefgen.bureaus import load_bureau
from briefgen.compose import compose_brief, compose_history
from briefgen.compose.brief import BriefOptions, next_meeting
from briefgen.compose.words import Words
from briefgen.dates import PartialDate
from briefgen.records import Meeting
from briefgen.render import render
from briefgen.render.html import render_html
from briefgen.selection import Request, select
from briefgen.store import Store
from tests.conftest import ROOT, edit
from tests.texts import docx_notes, docx_sections, html_sections, pdf_sections, pdf_text

GOLDEN = ROOT / "tests" / "golden"
PAPERS = {
    "china-2003-08-13": ("brief", ("CHN",), (), "2003-08-13"),
    "china-2003-08-31": ("brief", ("CHN",), (), "2003-08-31"),
    "united-states-2003-08-15": ("brief", ("USA",), (), "2003-08-15"),
    "viet-nam-2003-08-31": ("brief", ("VNM",), (), "2003-08-31"),
    "singapore-2003-08-31": ("brief", ("SGP",), (), "2003-08-31"),
    "russia-2024-01-01": ("brief", ("RUS",), (), "2024-01-01"),
    "pakistan-ctbt-2003-08-31": ("brief", ("PAK",), ("CTBT",), "2003-08-31"),
    "history-ctbt": ("history", (), ("CTBT",), "2003-08-31"),
    "history-china": ("history", ("CHN",), (), "2003-08-31"),
    "history-iran": ("history", ("IRN",), (), "2003-08-31"),
    "history-kenya-empty": ("history", ("KEN",), (), "2003-08-31"),
}


def compose(store: Store, name: str) -> dict[str, Any]:
    kind, countries, treaties, as_of = PAPERS[name]
    return compose_paper(store, kind, countries, treaties, as_of)


def compose_paper(
    store: Store, kind: str, countries: tuple[str, ...], treaties: tuple[str, ...], as_of: str
) -> dict[str, Any]:
    day = datetime.date.fromisoformat(as_of)
    chronology = kind == "history" and bool(treaties)
    request = Request(
        as_of=day, home=store.ministry.country, countries=countries, treaties=treaties,
        since=PartialDate("2002-08") if chronology else None,
        until=PartialDate("2003-08") if chronology else None,
    )  # fmt: skip
    words, selection = Words(store, "en", "en-GB"), select(store, request)
    if kind == "history":
        return compose_history(words, request, selection, None)
    meetings = store.all(Meeting, "meeting")
    meeting = next_meeting(meetings, countries[0], day)
    settings = load_bureau(ROOT, "base").for_paper("brief").settings
    options = BriefOptions(settings["sections"], settings["points"], settings["contacts"])
    return compose_brief(words, request, selection, meeting, options)


@cache
def made(name: str) -> tuple[Any, dict[str, bytes]]:
    """The checked tree of a paper and its files."""
    bureau = load_bureau(ROOT, "base").for_paper(PAPERS[name][0])
    with Store(ROOT, None) as store:
        data = compose(store, name)
    template = f"{PAPERS[name][0]}.html.j2"
    return render_html(bureau, template, data), render(bureau, template, data, ["docx", "pdf"])


def text_of(tree: Any) -> str:
    return " ".join("".join(tree.find("body/main").itertext()).split())


def outline(tree: Any) -> str:
    """The whole text of a paper, a line a block, notes in brackets: what a golden file holds."""
    lines = []
    blocks = ("h1", "h2", "h3", "p", "li", "dt", "dd", "caption", "figcaption", "th", "td")
    for element in tree.find("body/main").iter(*blocks):
        if any(child.tag == "p" for child in element):
            continue
        parts = []
        for node in element.iter():
            if node.tag == "note":
                parts.append(f"[{node.get('data-number')}]")
            elif node.text and not any(a.tag == "note" for a in node.iterancestors()):
                parts.append(node.text)
            if node is not element and node.tail and not _in_note(node):
                parts.append(node.tail)
        lines.append(f"{element.tag}: {' '.join(''.join(parts).split())}")
    notes = [n for n in tree.iter("note") if n.get("data-first") == "yes"]
    lines += [f"[{n.get('data-number')}] {' '.join(''.join(n.itertext()).split())}" for n in notes]
    return "\n".join(lines) + "\n"


def _in_note(node: Any) -> bool:
    return any(a.tag == "note" for a in node.iterancestors())


@pytest.mark.parametrize("name", PAPERS)
def test_the_paper_reads_as_it_was_approved(name: str, renew: bool) -> None:
    tree, _ = made(name)
    path = GOLDEN / f"{name}.txt"
    if renew:
        path.write_text(outline(tree), "utf-8")
    assert outline(tree) == path.read_text("utf-8"), "if this is meant: make golden"


def test_no_golden_file_is_left_of_a_paper_that_is_gone() -> None:
    found = {p.stem for p in GOLDEN.glob("*.txt")}
    assert {name for name in found if not name.startswith(("gaps-", "record-"))} == set(PAPERS)


@pytest.mark.parametrize("name", PAPERS)
def test_docx_and_pdf_say_the_same_heading_by_heading(name: str, tmp_path: Path) -> None:
    tree, files = made(name)
    expected = html_sections(tree)
    assert docx_sections(files["docx"]) == expected
    path = tmp_path / "paper.pdf"
    path.write_bytes(files["pdf"])
    assert pdf_sections(path) == expected


def test_the_brief_of_the_eve_does_not_know_the_outcome(store: Store) -> None:
    data = compose(store, "china-2003-08-13")
    text = str(data) + text_of(made("china-2003-08-13")[0])
    for later in ("People's Congress", "greatest restraint", "six-party", "mofa-cn-consultation"):
        assert later not in text
    assert "No response recorded to what was raised on 24 September 2002" in text
    assert data["meeting"]["date"] == "14 August 2003"


def test_the_brief_of_the_end_of_august_knows_the_outcome(store: Store) -> None:
    text = text_of(made("china-2003-08-31")[0])
    assert "National People's Congress is considering ratification" in text
    data = compose(store, "china-2003-08-31")
    answers = {p["topic"]: p["answer"] for p in data["positions"]}
    assert answers["Ottawa Convention"] is None
    assert answers["CTBT"]["date"] == "14 August 2003"
    assert answers["CTBT"]["who"] == ["Yukiya Amano"]


def test_no_year_after_the_as_of_date_stands_in_a_paper() -> None:
    for name in ("china-2003-08-13", "united-states-2003-08-15", "singapore-2003-08-31"):
        text = text_of(made(name)[0])
        years = {int(word) for word in text.replace(".", " ").split() if word.isdigit()}
        assert {y for y in years if 2003 < y < 2100} == set()


@pytest.mark.parametrize(
    ("country", "as_of", "ask"),
    [
        ("CHN", "2003-08-31", "ratify"), ("IND", "2003-08-31", "sign-and-ratify"),
        ("SYR", "2003-08-31", "sign-and-ratify"), ("BRA", "2003-08-31", "implement-and-universalise"),
        ("RUS", "2003-08-31", "implement-and-universalise"), ("RUS", "2024-01-01", "return"),
        ("DZA", "2003-07-10", "ratify"), ("DZA", "2003-07-11", "implement-and-universalise"),
    ],
)  # fmt: skip
def test_the_ask_comes_from_the_standing_on_the_day(
    store: Store, country: str, as_of: str, ask: str
) -> None:
    data = compose_paper(store, "brief", (country,), ("CTBT",), as_of)
    (point,) = data["points"]
    assert point["ask"] == ask


def test_syria_is_not_asked_again_to_ratify_what_it_never_signed(store: Store) -> None:
    data = compose_paper(store, "brief", ("SYR",), ("CTBT",), "2003-08-31")
    (point,) = data["points"]
    assert point["lead"] == "We call on Syria to sign and ratify the CTBT at an early date."
    assert point["last_raised"]["text"] == "Japan called on Syria to ratify the CTBT."
    assert point["standing"] == "Not signed"


def test_a_disputed_withdrawal_is_met_with_a_word_of_its_own(store: Store) -> None:
    data = compose_paper(store, "brief", ("PRK",), ("NPT",), "2003-08-31")
    (point,) = data["points"]
    assert point["ask"] == "comply"
    assert "withdrawal of 10 April 2003 disputed" in point["standing"]
    before = compose_paper(store, "brief", ("PRK",), ("NPT",), "2003-04-09")
    assert before["points"][0]["ask"] == "implement-and-universalise"


def test_every_treaty_has_a_point_for_every_state_in_every_standing(store: Store) -> None:
    for treaty in store.treaties:
        for country in ("CHN", "PRK", "IND", "BRA", "RUS", "FIN", "TLS", "ISR"):
            for day in ("1999-01-01", "2003-08-31", "2026-02-01"):
                data = compose_paper(store, "brief", (country,), (treaty,), day)
                (point,) = data["points"]
                assert point["lead"].endswith("."), (treaty, country, day)
                assert "{" not in point["lead"] + point["reason"]


def test_the_ask_stands_first_on_page_one(tmp_path: Path) -> None:
    tree, files = made("china-2003-08-13")
    path = tmp_path / "paper.pdf"
    path.write_bytes(files["pdf"])
    first = subprocess.run(
        ["pdftotext", "-l", "1", str(path), "-"], capture_output=True, check=True, text=True
    ).stdout
    ask = "We request China to ratify the CTBT at the earliest opportunity."
    assert ask in " ".join(first.split())
    points = tree.find(".//ol[@class='points']")
    assert "".join(points[0].itertext()).strip().startswith(ask)
    assert "If raised: North Korea" in " ".join(first.split())
    assert "Points to avoid" in first


def test_two_tellings_of_one_meeting_both_stand_with_their_sources(store: Store) -> None:
    data = compose(store, "united-states-2003-08-15")
    direct = data["contacts"]["direct"][0]
    places = [s["note"]["parts"][0]["places"] for s in direct["statements"]]
    assert places == ["II, August 2002, fourth item"] * 2 + ["I.1, United States"]
    assert "told" not in direct["remark"]
    assert "tells this meeting twice" in direct["remark"]


def test_a_doubtful_date_is_named_as_such_in_the_paper() -> None:
    text = text_of(made("united-states-2003-08-15")[0])
    assert "Date uncertain, not shown as fact: Sixth meeting of the Japan-U.S. Commission" in text
    assert "dated only August 2003" in text


def test_a_country_without_contacts_gets_a_valid_paper_that_says_so() -> None:
    text = text_of(made("history-kenya-empty")[0])
    assert "No contact on record up to 31 August 2003." in text
    assert "Kenya" in text
    assert "Signed 14 November 1996; ratified 30 November 2000" in text
    assert "No source" not in text


def test_no_other_countrys_contact_stands_in_a_brief(store: Store) -> None:
    data = compose(store, "china-2003-08-31")
    people = [
        person["country"]
        for contact in [
            *data["contacts"]["direct"],
            *(c for group in data["contacts"]["reached"] for c in group["contacts"]),
        ]
        for person in [*contact["own"], *contact["other"]]
    ]
    assert set(people) <= {"JPN", "CHN", "AUS", "NLD", "FIN", "AUT"}
    points = " ".join(f"{p['lead']} {p['also']} {p['reason']}" for p in data["points"])
    for other in ("United States", "Viet Nam", "India", "Pakistan", "Israel", "Syria"):
        assert other not in points


def test_the_history_counts_its_own_chronology(store: Store) -> None:
    data = compose(store, "history-ctbt")
    listed = sum(len(month["contacts"]) for month in data["months"])
    grouped = sum(len(g["contacts"]) for o in data["occasions"] for g in o["groups"])
    assert data["figures"]["total"] == listed == grouped == 30
    assert {r["label"]: r["count"] for r in data["figures"]["by_channel"]} == {
        "bilateral": 18, "multilateral": 6, "public": 2, "domestic": 4,
    }  # fmt: skip
    countries = {r["country"]: r["count"] for r in data["figures"]["by_country"]}
    assert countries == {
        "China": 3, "India": 2, "Iran": 2, "Israel": 2, "Pakistan": 1, "Syria": 1,
        "United States": 3, "Viet Nam": 4,
    }  # fmt: skip


def annex_2() -> list[str]:
    with (ROOT / "data" / "groups.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return [r["country"] for r in rows if r["group"] == "CTBT_ANNEX2" and r["country"] != "JPN"]


@pytest.mark.parametrize("country", annex_2())
def test_a_brief_for_any_annex_2_state_renders(store: Store, country: str) -> None:
    data = compose_paper(store, "brief", (country,), (), "2003-08-31")
    files = render(load_bureau(ROOT, "base"), "brief.html.j2", data, ["docx", "html"])
    assert data["points"]
    assert docx_sections(files["docx"])[1][0]


def test_text_that_looks_like_markup_comes_out_as_written(workspace: Path, tmp_path: Path) -> None:
    odd = "Trinidad & Tobago <b> {{ 7*7 }} ]]> </w:t>"
    edit(
        workspace / "data/events/2003-04.yaml",
        '"Japan called on Israel to ratify the CTBT."', f'"{odd}"',
    )  # fmt: skip
    with Store(workspace, None) as store:
        data = compose_paper(store, "brief", ("ISR",), (), "2003-08-31")
    files = render(load_bureau(workspace, "base"), "brief.html.j2", data, ["docx", "pdf"])
    squeezed = "".join(odd.split()).casefold()
    assert squeezed in "".join(text for _, text in docx_sections(files["docx"]))
    path = tmp_path / "paper.pdf"
    path.write_bytes(files["pdf"])
    shown = pdf_text(path, load_bureau(workspace, "base").for_paper("brief").settings["page"])
    assert squeezed in "".join(shown.split()).casefold()


def test_footnotes_are_a_setting(workspace: Path, tmp_path: Path) -> None:
    edit(workspace / "templates/base/bureau.yaml", "notes: endnotes ", "notes: footnotes ")
    bureau = load_bureau(workspace, "base").for_paper("brief")
    with Store(workspace, None) as store:
        data = compose(store, "china-2003-08-13")
    files = render(bureau, "brief.html.j2", data, ["docx", "pdf"])
    notes = docx_notes(files["docx"], "footnotes")
    assert len(notes) == 16
    assert docx_notes(files["docx"], "endnotes") == []
    path = tmp_path / "paper.pdf"
    path.write_bytes(files["pdf"])
    shown = "".join(pdf_text(path, bureau.settings["page"]).split())
    for note in notes:
        assert "".join(note.split()) in shown
