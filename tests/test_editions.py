"""The copy to be read aloud, and the paper left behind: what is in them, and what never is."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from briefgen.bureaus import load_bureau
from briefgen.compose.editions import leave_behind, speaking, withheld
from briefgen.compose.facts import without_facts
from briefgen.compose.words import Words
from briefgen.releasing import leaks
from briefgen.render import render
from briefgen.render.html import render_html
from briefgen.selection import Request
from briefgen.store import Store
from tests.conftest import ROOT, Run, edit
from tests.test_brief import pages
from tests.test_lines import brief
from tests.test_papers import text_of
from tests.texts import docx_sections, html_sections, pdf_sections


@cache
def edition(name: str, country: str = "CHN", as_of: str = "2003-08-13") -> tuple[Any, Any, Any]:
    """The data of an edition, its words withheld, its files."""
    with Store(ROOT, None) as store:
        words = Words(store, "en", "en-GB")
        full = brief(store, country, as_of, points=6)
        if name == "speaking":
            data, kept = speaking(words, full), []
        else:
            day = datetime.date.fromisoformat(as_of)
            request = Request(as_of=day, home="JPN", countries=(country,))
            data = without_facts(leave_behind(words, request, full))
            kept = withheld(store, data, full)
    bureau = load_bureau(ROOT, "base").for_paper(name)
    return data, kept, render(bureau, f"{name}.html.j2", data, ["docx", "pdf", "html"])


def test_the_speaking_copy_holds_the_points_and_nothing_else() -> None:
    data, _, files = edition("speaking")
    assert len(data["points"]) == 6
    text = " ".join(text for _, text in docx_sections(files["docx"]))
    for other in ("Defensive", "Depositary", "last raised", "Sources", "Notes"):
        assert other.casefold().replace(" ", "") not in text.casefold()


def test_no_point_of_the_speaking_copy_is_parted_by_a_page(tmp_path: Path) -> None:
    data, _, files = edition("speaking")
    shown = ["".join(p.split()) for p in pages(files["pdf"], tmp_path / "speaking.pdf")]
    assert len(shown) > 1
    for point in data["points"]:
        whole = " ".join(t for t in (point["lead"], point["also"], point["reason"]) if t)
        squeezed = "".join(whole.split())
        assert sum(squeezed in page for page in shown) == 1, whole


def test_a_point_of_the_speaking_copy_stays_whole_in_word() -> None:
    _, _, files = edition("speaking")
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as package:
        styles = package.read("word/styles.xml").decode()
        body = package.read("word/document.xml").decode()
    point = styles.split('w:styleId="Point"')[1].split("</w:style>")[0]
    assert "<w:keepLines" in point
    assert body.count('w:val="Point"') == 6


def test_a_short_form_is_spelt_out_once_and_at_its_first_place() -> None:
    data, _, _ = edition("speaking")
    said = " ".join(f"{p['lead']} {p['also']} {p['reason']}" for p in data["points"])
    assert said.count("Comprehensive Nuclear-Test-Ban Treaty (CTBT)") == 1
    assert said.startswith(
        "We request China to ratify the Comprehensive Nuclear-Test-Ban Treaty (CTBT)"
    )


def test_the_speaking_copy_is_set_in_large_type() -> None:
    sizes = load_bureau(ROOT, "base").for_paper("speaking").settings["theme"]["sizes"]
    assert sizes["body"] >= 16


@pytest.mark.parametrize("name", ["speaking", "leave-behind"])
def test_docx_and_pdf_of_an_edition_say_the_same(name: str, tmp_path: Path) -> None:
    data, _, files = edition(name)
    bureau = load_bureau(ROOT, "base").for_paper(name)
    expected = html_sections(render_html(bureau, f"{name}.html.j2", data))
    assert docx_sections(files["docx"]) == expected
    path = tmp_path / "paper.pdf"
    path.write_bytes(files["pdf"])
    assert pdf_sections(path) == expected


# -- the leave-behind ----------------------------------------------------------------------------


def test_the_leave_behind_holds_only_what_is_released() -> None:
    data, _, _ = edition("leave-behind")
    assert [p["lead"][:30] for p in data["points"]] == [
        "We request China to ratify the", "We call on China to accede to ",
    ]  # fmt: skip
    text = json.dumps(data)
    for internal in ("Liu Jieyi", "Amano", "They may say", "Defensive", "Last raised", "MOFA"):
        assert internal not in text


def test_a_released_agenda_line_goes_with_it(workspace: Path) -> None:
    path = workspace / "data/meetings/2003-08-14-japan-china.yaml"
    edit(path, "  - topic: small-arms\n", "  - topic: small-arms\n    releasable: yes\n")
    with Store(workspace, None) as store:
        full = brief(store, "CHN", "2003-08-13")
    given = [p["topic"] for p in full["points"] if p["given"]]
    assert given == ["CTBT", "Small arms and light weapons", "Ottawa Convention"]


def test_a_line_is_released_to_the_states_that_it_names(workspace: Path) -> None:
    path = workspace / "data/asks.yaml"
    edit(
        path,
        "    ask: accede\n    verb: calls-on\n",
        "    ask: accede\n    verb: calls-on\n    releasable_to: [KEN]\n",
    )
    with Store(workspace, None) as store:
        points = {p["treaty"]: p["given"] for p in brief(store, "CHN", "2003-08-13")["points"]}
    assert points["CTBT"] is True
    assert points["APMBC"] is False


def test_joint_positions_may_be_left_behind_and_their_plans_may_not(store: Store) -> None:
    data, _, _ = edition("leave-behind", "CHN", "2003-08-31")
    texts = [row["text"] for row in data["joint"]]
    assert "Both sides affirmed that work on small arms matters." in texts
    assert "China said that it would cooperate in looking for a breakthrough" not in str(data)


def test_nothing_withheld_is_in_the_files_of_the_leave_behind() -> None:
    for country, as_of in (("CHN", "2003-08-13"), ("CHN", "2003-08-31"), ("IRN", "2003-08-31")):
        _, kept, files = edition("leave-behind", country, as_of)
        assert len(kept) > 150
        named = {f"paper.{kind}": content for kind, content in files.items()}
        assert leaks(named, kept) == []


def test_what_is_withheld_covers_names_sources_lines_and_statements() -> None:
    _, kept, _ = edition("leave-behind")
    texts = {entry["text"] for entry in kept}
    assert "Liu Jieyi" in texts
    assert "MOFA, CTBT efforts" in texts
    assert "Japan requested China to keep its moratorium on nuclear tests." in texts
    assert "Do not name a year in which the CTBT will enter into force." in texts
    assert "cn-disarmament-2002-09-24" in texts


@pytest.mark.parametrize("kind", ["docx", "pdf", "html"])
@pytest.mark.parametrize(
    "place",
    ["<p>Wang Yi told us.</p>", "<p>Wang\n  <strong>YI</strong> told us.</p>", "meta", "file name"],
)
def test_a_leak_is_found_wherever_it_hides(workspace: Path, kind: str, place: str) -> None:
    data, kept, _ = edition("leave-behind")
    path = workspace / "templates/base/leave-behind.html.j2"
    if place == "meta":
        edit(path, "{% block keywords %}", "{% block keywords %}Wang Yi ")
    elif place != "file name":
        edit(path, "{% block points %}", "{% block points %}" + place)
    bureau = load_bureau(workspace, "base").for_paper("leave-behind")
    files = render(bureau, "leave-behind.html.j2", data, [kind])
    name = f"{'Wang-Yi' if place == 'file name' else 'paper'}.{kind}"
    found = leaks({name: files[kind]}, kept)
    assert [p.message for p in found] == ["holds what is withheld: the name of wang-yi"]


def test_a_leave_behind_that_leaks_is_not_written(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    edit(
        workspace / "templates/base/leave-behind.html.j2",
        "{% block points %}", "{% block points %}<p>As Yukiya Amano said.</p>",
    )  # fmt: skip
    command = ("brief", "China", "--as-of", "2003-08-13", "--edition", "leave-behind")
    result = briefgen("-w", str(workspace), *command)
    assert result.returncode == 1
    assert "holds what is withheld: the name of amano (nothing was written)" in result.stderr
    assert "Yukiya" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_leave_behind_has_no_manifest_and_its_json_no_reasons(
    briefgen: Run, tmp_path: Path
) -> None:
    command = ("brief", "China", "--as-of", "2003-08-13", "--edition", "leave-behind", "-f", "json")
    result = briefgen("-w", str(ROOT), *command)
    assert result.stdout.splitlines() == ["out/CHN-brief-2003-08-13-leave-behind.json"]
    text = (tmp_path / "out/CHN-brief-2003-08-13-leave-behind.json").read_text("utf-8")
    assert "asks.yaml" not in text
    assert "drafter_notes" in json.loads(text)


def test_the_clearance_page_is_a_paper_of_its_own(briefgen: Run, tmp_path: Path) -> None:
    command = ("brief", "China", "--as-of", "2003-08-13", "--clearance", "-f", "html")
    result = briefgen("-w", str(ROOT), *command)
    assert "out/CHN-brief-2003-08-13-clearance.html" in result.stdout
    page = (tmp_path / "out/CHN-brief-2003-08-13-clearance.html").read_text("utf-8")
    assert "ctbt-answer-others-first" in page
    assert "requested to ratify the CTBT at the earliest opportunity" in page
    assert "No clearance is on record." in page
    assert "Points to make" not in page


def test_clearances_of_the_meeting_stand_on_the_clearance_page(workspace: Path) -> None:
    path = workspace / "data/meetings/2003-08-14-japan-china.yaml"
    edit(
        path, "event: cn-dis",
        "clearances:\n  - {office: Legal Affairs, on: 2003-08-12}\n"
        "  - {office: China Division, status: pending}\nevent: cn-dis",
    )  # fmt: skip
    with Store(workspace, None) as store:
        offices = brief(store, "CHN", "2003-08-13")["clearance"]["offices"]
    assert offices == [
        {"office": "Legal Affairs", "status": "cleared", "on": "12 August 2003"},
        {"office": "China Division", "status": "pending", "on": ""},
    ]


def test_text_of_the_leave_behind_names_no_person() -> None:
    data, _, _ = edition("leave-behind")
    bureau = load_bureau(ROOT, "base").for_paper("leave-behind")
    text = text_of(render_html(bureau, "leave-behind.html.j2", data))
    with Store(ROOT, None) as store:
        names = [name for o in store.officials.values() for name in o.name.values()]
    assert [name for name in names if f" {name} " in f" {text} "] == []


def test_the_numbers_of_large_points_have_room_in_word() -> None:
    """Eleven millimetres rather than six, so that no number touches its words."""
    _, _, files = edition("speaking")
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as package:
        numbering = package.read("word/numbering.xml").decode()
    first = numbering.split('w:val="%1."')[1].split("<w:ind ")[1].split("/>")[0]
    assert 'w:hanging="530"' in first


def test_the_running_header_of_the_leave_behind_leaves_room_for_the_marking() -> None:
    data, _, _ = edition("leave-behind")
    bureau = load_bureau(ROOT, "base").for_paper("leave-behind")
    tree = render_html(bureau, "leave-behind.html.j2", data)
    start = tree.find("body/header/p")
    assert start is not None
    assert start.text == "Japan – China"


def test_a_name_parted_by_the_end_of_a_line_is_found() -> None:
    kept = [{"what": "a name", "text": "Yukiya Amano", "whole": True}]
    assert len(leaks({"a.txt": b"as Yuki-\nya Ama-\nno said"}, kept)) == 1
    short = [{"what": "a name", "text": "Shara", "whole": True}]
    assert leaks({"a.txt": b"they share a view"}, short) == []
    assert leaks({"a.txt": b"a sharafat of old"}, short) == []


def test_a_draft_is_never_left_behind(workspace: Path) -> None:
    (workspace / "data/lines/test.yaml").write_text(
        "id: t\nkind: to make\ntreaty: CTBT\nask: ratify\ntext: Ratify now.\nreleasable_to: all\n"
    )
    with Store(workspace, None) as store:
        words = Words(store, "en", "en-GB")
        full = brief(store, "CHN", "2003-08-31", drafts=True)
        day = datetime.date(2003, 8, 31)
        given = leave_behind(words, Request(as_of=day, home="JPN", countries=("CHN",)), full)
    assert full["points"][0]["lead"] == "Ratify now."
    assert full["points"][0]["draft"] is True
    assert "Ratify now" not in str(given)
