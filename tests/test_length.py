"""The length of papers: measured after layout, warned of, refused, or kept by dropping the least."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader

from briefgen.bureaus import Bureau, load_bureau
from briefgen.compose.common import notes_in
from briefgen.compose.facts import facts_of, version_of
from briefgen.compose.shortening import SHORTENABLE, most, shorten
from briefgen.compose.words import Words
from briefgen.errors import BriefgenError, Source
from briefgen.fitting import Fitted, Rule, Shortener, fit, rule_of, within
from briefgen.render import lay_out, render
from briefgen.render.layout import NOTES, Layout, Part
from briefgen.store import Store
from tests.conftest import ROOT, Run, edit
from tests.test_bureaus import bureau_with, faults
from tests.test_lines import brief
from tests.test_papers import compose

LARGE = "    theme: {sizes: {body: 9.6, lead: 10.4}}\n"
SHORTEN = f"papers:\n  brief:\n    length: {{over: shorten}}\n{LARGE}"
TEMPLATE = "brief.html.j2"


@pytest.fixture(scope="module")
def words(store: Store) -> Words:
    return Words(store, "en", "en-GB")


@pytest.fixture(scope="module")
def china(store: Store) -> dict[str, Any]:
    """The brief before the consultation of August 2003, as base has it."""
    return compose(store, "china-2003-08-13")


@pytest.fixture(scope="module")
def rich(store: Store) -> dict[str, Any]:
    """A brief with answers and joint positions, of each list of contacts the newest three."""
    return brief(store, "CHN", "2003-08-31", contacts=3)


@pytest.fixture(scope="module")
def history(store: Store) -> dict[str, Any]:
    return compose(store, "history-china")


@pytest.fixture(scope="module")
def large(
    tmp_path_factory: pytest.TempPathFactory, china: dict[str, Any], words: Words
) -> tuple[Bureau, Fitted]:
    """A bureau with larger type and the brief as it is shortened there."""
    workspace = tmp_path_factory.mktemp("large")
    shutil.copytree(ROOT / "templates/base", workspace / "templates/base")
    made = fitted(workspace, SHORTEN, china, words)
    return load_bureau(workspace, "own"), made


def fitted(
    workspace: Path, settings: str, data: dict[str, Any], words: Words, paper: str = "brief"
) -> Fitted:
    bureau_with(workspace, "own", {"bureau.yaml": settings})
    return fit(load_bureau(workspace, "own"), f"{paper}.html.j2", data, words)


def refusal(workspace: Path, settings: str, data: dict[str, Any], words: Words) -> str:
    with pytest.raises(BriefgenError) as caught:
        fitted(workspace, settings, data, words)
    return str(caught.value)


def text_of_pdf(content: bytes) -> str:
    return " ".join(
        " ".join(p.extract_text() for p in PdfReader(io.BytesIO(content)).pages).split()
    )


def text_of_docx(content: bytes) -> str:
    return " ".join(p.text for p in Document(io.BytesIO(content)).paragraphs)


def cited_in(paper: dict[str, Any]) -> dict[str, None]:
    """The documents that the notes of a paper cite, by first citing."""
    return dict.fromkeys(part["document"] for note in notes_in(paper) for part in note["parts"])


def strip(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in names}


# -- within the pages ------------------------------------------------------------------------------


def test_a_paper_that_fits_is_the_same_to_the_byte_as_without_a_limit(
    workspace: Path, china: dict[str, Any], words: Words
) -> None:
    made = fitted(workspace, "papers:\n  brief:\n    length: {over: shorten}\n", china, words)
    assert made.data == china
    assert made.notes == ()
    bureau = load_bureau(workspace, "own")
    formats = ["pdf", "docx", "json"]
    assert render(bureau, TEMPLATE, made.data, formats, made.laid) == render(
        bureau, TEMPLATE, china, formats
    )


def test_a_bureau_that_sets_no_number_of_pages_measures_nothing(
    workspace: Path, history: dict[str, Any], words: Words
) -> None:
    made = fitted(workspace, "", history, words, "history")
    assert (made.data, made.laid, made.notes) == (history, None, ())


def test_the_layout_tells_where_each_section_begins_and_ends(
    workspace: Path, china: dict[str, Any]
) -> None:
    bureau = load_bureau(workspace, "base")
    layout = lay_out(bureau, TEMPLATE, china).layout
    assert layout.pages == 2
    ids = [part.id for part in layout.parts]
    assert ids[0] == "head"
    assert ids[1:4] == ["objectives", "points", "reactive"]
    assert ids[-2:] == ["sources", NOTES]
    page = bureau.for_paper("brief").settings["page"]
    assert layout.room == pytest.approx(page["height"] - page["margin_top"] - page["margin_bottom"])
    assert layout.parts[0].top == pytest.approx(page["margin_top"])
    places = [(part.first_page, part.top) for part in layout.parts]
    assert places == sorted(places)
    for part, after in zip(layout.parts, layout.parts[1:], strict=False):
        if part.last_page == after.first_page:
            assert after.top == pytest.approx(part.bottom, abs=0.01)
        assert part.bottom <= page["height"] - page["margin_bottom"] + 0.1


# -- shortened -------------------------------------------------------------------------------------


def test_a_brief_that_is_too_long_drops_the_least_and_says_so_in_both_formats(
    large: tuple[Bureau, Fitted], china: dict[str, Any], words: Words
) -> None:
    bureau, made = large
    assert made.laid.layout.pages == 2
    drops = {name: part["count"] for name, part in made.data["dropped"].items()}
    assert list(drops) == ["people", "contacts", "positions", "reactive"]
    files = render(bureau, TEMPLATE, made.data, ["pdf", "docx", "json"], made.laid)
    assert len(PdfReader(io.BytesIO(files["pdf"])).pages) == 2
    for line in (
        "3 earlier contacts: see the outreach history.",
        "1 person met earlier is not shown.",
    ):
        assert line in text_of_pdf(files["pdf"])
        assert line in text_of_docx(files["docx"])
    assert json.loads(files["json"])["dropped"]["contacts"] == {
        "count": 3, "not_shown": 3, "of": 4, "line": "3 earlier contacts: see the outreach history.",
    }  # fmt: skip
    fewer = {**drops, "reactive": drops["reactive"] - 1}
    less = shorten(china, "brief", fewer, words)
    assert lay_out(bureau, TEMPLATE, less).layout.pages == 3


def test_the_log_names_the_overrun_and_every_item_dropped_with_its_place(
    large: tuple[Bureau, Fitted],
) -> None:
    made = large[1]
    first, *items = made.notes
    assert "3 pages, where 2 pages are allowed; past the end of page 2: the notes" in first["text"]
    assert "dropped to fit: people 1 of 2, contacts 3 of 4" in first["text"]
    assert {note["severity"] for note in made.notes} == {"note"}
    assert len(items) == sum(part["count"] for part in made.data["dropped"].values())
    assert all(note["file"].startswith("data/") and note["line"] for note in items)
    assert items[0]["text"].startswith("dropped from 'people': Wang Yi")


def test_what_is_dropped_is_no_fact_of_the_paper_and_no_longer_cited(
    rich: dict[str, Any], words: Words
) -> None:
    drops = most(rich, "brief", SHORTENABLE["brief"])
    assert drops["contacts"] > 1
    assert drops["commitments"] > 1
    made = shorten(rich, "brief", drops, words, "Dropped.")
    keys, before = {f["key"] for f in facts_of(made)}, {f["key"] for f in facts_of(rich)}
    gone = {m["key"] for m in made["near_misses"] if m["rule"] == "length"}
    assert keys < before
    assert before - keys == gone
    assert [d["id"] for d in made["sources"]] == list(cited_in(made))
    assert made["paper"]["version"] == version_of(made) != rich["paper"]["version"]


def test_a_source_of_what_is_dropped_alone_goes_with_it(rich: dict[str, Any], words: Words) -> None:
    paper = copy.deepcopy(rich)
    paper["people"][-1]["note"] = {"parts": [{"document": "own", "short": "Own", "places": ""}]}
    paper["sources"].append({**paper["sources"][0], "id": "own"})
    made = shorten(paper, "brief", {"people": 1}, words)
    assert "own" in cited_in(paper)
    assert "own" not in [d["id"] for d in made["sources"]]
    assert len(made["sources"]) == len(rich["sources"])


def test_nothing_is_told_twice_and_the_oldest_go_first(rich: dict[str, Any], words: Words) -> None:
    full = [c["on"] for c in rich["contacts"]["direct"]]
    hidden = rich["contacts"]["more"] + sum(g["more"] for g in rich["contacts"]["reached"])
    made = shorten(rich, "brief", {"contacts": 2}, words)
    part = made["contacts"]
    shown = [c["on"] for c in part["direct"]] + [
        c["on"] for g in part["reached"] for c in g["contacts"]
    ]
    told = made["dropped"]["contacts"]
    assert told["not_shown"] == hidden + 2
    assert told["of"] == told["not_shown"] + len(shown)
    assert part["more"] == 0
    assert {g["more"] for g in part["reached"]} <= {0}
    assert part["direct"][-1]["on"] == full[-1]
    everything = [c["on"] for c in rich["contacts"]["direct"]] + [
        c["on"] for g in rich["contacts"]["reached"] for c in g["contacts"]
    ]
    assert sorted(everything)[2:] == sorted(shown)


def test_facts_objectives_status_and_sources_never_give_way(
    china: dict[str, Any], words: Words
) -> None:
    never = {"facts", "objectives", "status", "avoid", "press", "sources", "clearance"}
    assert never.isdisjoint(SHORTENABLE["brief"])
    drops = most(china, "brief", SHORTENABLE["brief"])
    made = shorten(china, "brief", drops, words)
    for name in ("objectives", "status", "avoid", "press", "meeting", "last_contact"):
        assert made[name] == china[name]
    for name in ("points", "people", "positions"):
        assert made[name], f"{name} keeps one item"
    assert made["contacts"]["direct"]


def test_a_point_that_gives_way_is_said_if_time_allows(china: dict[str, Any], words: Words) -> None:
    made = shorten(china, "brief", {"points": 2}, words)
    moved = made["reactive"][:2]
    assert [row["fact"]["key"] for row in moved] == [p["fact"]["key"] for p in china["points"][-2:]]
    assert {row["label"] for row in moved} == {"If time allows"}
    assert made["dropped"]["points"]["line"] == "2 more points: see “If raised”."
    alone = shorten(strip(china, "reactive"), "brief", {"points": 2}, words)
    assert alone["dropped"]["points"]["line"] == "2 more points are not shown."


def test_an_answer_that_a_point_refers_to_stays(rich: dict[str, Any], words: Words) -> None:
    drops = most(rich, "brief", ("positions",))
    made = shorten(rich, "brief", drops, words)
    kept = {p["answer"]["key"] for p in made["positions"] if p["answer"]}
    answered = {p["last_answer"]["key"] for p in rich["points"] if p["last_answer"]}
    assert answered
    assert answered <= kept
    for row in (row for group in made["commitments"] for row in group["rows"] if row["above"]):
        assert row["fact"]["key"].removeprefix("commitment:") in kept


def test_a_history_is_shortened_and_what_is_untold_is_not_cited(
    workspace: Path, history: dict[str, Any], words: Words
) -> None:
    settings = "papers:\n  history:\n    length: {pages: 4, over: shorten}\n"
    made = fitted(workspace, settings, history, words, "history")
    assert made.laid.layout.pages <= 4
    told = made.data["dropped"]["chronology"]
    shown = [c for month in made.data["months"] for c in month["contacts"]]
    assert told["of"] == len(shown) + told["count"] == made.data["figures"]["total"]
    ids = {c["id"] for c in shown}
    untold = [
        c
        for occasion in made.data["occasions"]
        for group in occasion["groups"]
        for c in group["contacts"]
        if c["id"] not in ids
    ]
    assert len({c["id"] for c in untold}) == told["count"]
    assert not any(c["statements"] for c in untold)
    bureau = load_bureau(workspace, "own")
    less = shorten(history, "history", {"chronology": told["count"] - 1}, words)
    assert lay_out(bureau, "history.html.j2", less).layout.pages == 5


# -- refused, warned of ----------------------------------------------------------------------------


def test_a_paper_that_may_not_be_longer_is_refused_with_section_amount_and_mend(
    workspace: Path, china: dict[str, Any], words: Words
) -> None:
    told = refusal(
        workspace, f"papers:\n  brief:\n    length: {{pages: 1, over: fail}}\n{LARGE}", china, words
    )
    assert told.startswith("templates/own/bureau.yaml:4:21: papers.brief.length: ")
    assert "'Japan-China Consultation on Disarmament and Non-proliferation' is too long" in told
    assert "3 pages, where 1 page is allowed; past the end of page 1: section 'Since" in told
    assert " mm (about " in told
    assert "the notes" in told
    assert "length.over: shorten drops the lowest-ranked items" in told


def test_a_limit_that_cannot_be_met_says_what_is_left_over(
    workspace: Path, china: dict[str, Any], words: Words
) -> None:
    told = refusal(
        workspace, "papers:\n  brief:\n    length: {pages: 1, over: shorten}\n", china, words
    )
    assert "2 pages, where 1 page is allowed" in told
    assert "all that may give way is dropped (people 1, contacts 3, positions 1" in told
    none = "papers:\n  brief:\n    length: {pages: 1, over: shorten, drop: []}\n"
    assert "nothing may give way" in refusal(workspace, none, china, words)


def test_by_itself_a_longer_paper_is_made_and_warned_of(
    workspace: Path, china: dict[str, Any], words: Words
) -> None:
    made = fitted(workspace, "papers:\n  brief:\n    length: {pages: 1}\n", china, words)
    assert made.data == china
    (note,) = made.notes
    assert note["severity"] == "warning"
    assert "2 pages, where 1 page is allowed" in note["text"]


def test_a_section_that_is_off_has_nothing_to_drop(china: dict[str, Any]) -> None:
    without = {
        **strip(china, "people"),
        "sections": [s for s in china["sections"] if s != "people"],
    }
    assert most(without, "brief", ("people", "contacts")) == {"people": 0, "contacts": 3}


def test_a_template_may_not_hide_that_something_was_dropped(
    workspace: Path, china: dict[str, Any], words: Words
) -> None:
    body = (
        '{% extends "page.html.j2" %}{% block body %}{% for name in sections %}'
        "{{ self[name]() }}{% endfor %}{% endblock %}"
    )
    bureau_with(workspace, "silent", {"page.html.j2": body})
    made = shorten(china, "brief", {"people": 1}, words)
    with pytest.raises(BriefgenError, match="people: does not say what was dropped"):
        render(load_bureau(workspace, "silent"), TEMPLATE, made, ["docx"])
    spelt = "spelling: {shown: shewn}\n"
    bureau_with(workspace, "speller", {"bureau.yaml": spelt})
    content = render(load_bureau(workspace, "speller"), TEMPLATE, made, ["docx"])["docx"]
    assert "1 person met earlier is not shewn." in text_of_docx(content)


# -- settings --------------------------------------------------------------------------------------


def test_a_misspelt_setting_of_length_is_told_with_its_place(workspace: Path) -> None:
    settings = "papers:\n  brief:\n    length: {over: shorte, drop: [contact], page: 2}\n"
    bureau_with(workspace, "own", {"bureau.yaml": settings})
    told = "\n".join(faults(workspace, "own"))
    assert "templates/own/bureau.yaml:4:20" in told
    assert "'contact' is not a section that can be shortened (did you mean 'contacts'?)" in told
    assert "page" in told
    other = "papers:\n  history:\n    length: {drop: [people]}\n  record:\n    length: {over: shorten}\n"
    bureau_with(workspace, "own", {"bureau.yaml": other})
    told = "\n".join(faults(workspace, "own"))
    assert "own/bureau.yaml:4:21: papers.history.length.drop: 'people' cannot be shortened" in told
    assert "own/bureau.yaml:6:20: papers.record.length.over: a record cannot be shortened" in told


def test_a_layer_changes_one_part_of_the_rule_and_keeps_the_rest(workspace: Path) -> None:
    bureau_with(workspace, "own", {"bureau.yaml": SHORTEN})
    rule = rule_of(load_bureau(workspace, "own"), "brief")
    assert rule is not None
    assert (rule.pages, rule.over) == (2, "shorten")
    assert rule.drop[0] == "left_out"
    assert rule.source.path == "templates/base/bureau.yaml"
    assert rule_of(load_bureau(workspace, "own"), "record") is None


# -- the search, without an engine -----------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Sheet:
    layout: Layout


def sheet(lines: int) -> Sheet:
    """A paper of so many lines of 5 mm on pages of 100 mm."""
    pages = max(1, -(-lines // 20))
    heights = {page: min(20, lines - 20 * (page - 1)) * 5.0 for page in range(1, pages + 1)}
    return Sheet(Layout(pages, (Part("a", "A", 1, 0, pages, 0, heights),), 5, 100))


def search(items: Sequence[int], limit: int) -> tuple[int, int]:
    """How many items are dropped from a paper of items of so many lines, and the layouts taken."""
    count = 0

    def measure(data: Mapping[str, Any]) -> Sheet:
        nonlocal count
        count += 1
        return sheet(sum(items[data["gone"] :]) + 1)

    def shorter(drops: Mapping[str, int]) -> dict[str, Any]:
        gone = sum(drops.values())
        return {**paper, "gone": gone, "dropped": {n: {"of": 9} for n in drops}}

    paper = {"paper": {"title": "T", "kind": "brief"}, "gone": 0}
    half = len(items) // 2
    ways = Shortener(
        most=lambda _: {"people": half, "contacts": len(items) - half},
        shorten=shorter,
        items=lambda _: [],
    )
    rule = Rule(limit, "shorten", ("people", "contacts"), Source("bureau.yaml"))
    return within(paper, rule, measure, ways).data["gone"], count


@pytest.mark.parametrize("size", [1, 3, 40, 300])
def test_the_fewest_items_are_dropped_in_few_layouts(size: int) -> None:
    for items in ([1] * size, [1 + n % 4 for n in range(size)], [9] + [1] * (size - 1)):
        total = sum(items) + 1
        for limit in range(1, -(-total // 20)):
            gone, layouts = search(items, limit)
            fits = [n for n in range(size + 1) if sum(items[n:]) + 1 <= 20 * limit]
            assert gone == fits[0]
            assert layouts <= 12


# -- the commands ----------------------------------------------------------------------------------


def test_the_commands_agree_on_what_a_shortened_brief_holds(
    briefgen: Run, workspace: Path, tmp_path: Path
) -> None:
    settings = (
        "papers:\n  brief:\n    length: {over: shorten, drop: [contacts]}\n"
        "    theme: {sizes: {body: 9.2}}\n"
    )
    bureau_with(workspace, "own", {"bureau.yaml": settings})
    edit(workspace / "data/ministry.yaml", "bureau: base", "bureau: own")
    common = ["--workspace", str(workspace)]
    made = briefgen(
        *common, "brief", "China", "--as-of", "2003-08-13", "-f", "json", "-o", str(tmp_path / "o")
    )
    assert made.returncode == 0, made.stderr
    assert "note: dropped from 'contacts': August 2002" in made.stderr
    manifest = json.loads((tmp_path / "o/CHN-brief-2003-08-13.manifest.json").read_text("utf-8"))
    assert manifest["dropped"]["contacts"]["count"] == 2
    told = briefgen(*common, "explain", "China", "--as-of", "2003-08-13", "--json")
    explained = json.loads(told.stdout)
    for key in ("facts", "left_out", "dropped", "paper"):
        assert explained[key] == manifest[key]
    out = [miss for miss in explained["left_out"] if miss["rule"] == "length"]
    assert out[0]["reason"] == "Dropped so that the paper keeps to its 2 pages."
    assert {miss["key"] for miss in out}.isdisjoint(fact["key"] for fact in explained["facts"])
