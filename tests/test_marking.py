"""Markings: schemes are data, a paper's marking is worked out, and it stands where rules want it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from docx.oxml.ns import qn
from lxml import etree

from briefgen.bureaus import load_bureau
from briefgen.compose.marked import raised, worded
from briefgen.compose.words import Words
from briefgen.errors import RequestError
from briefgen.making import BriefOrder, compose_brief_of, compose_history_of, meeting_of
from briefgen.markings import Handling
from briefgen.records import Scheme
from briefgen.render import render
from briefgen.render.html import render_html
from briefgen.selection import Request
from briefgen.store import Store
from tests.canaries import STATE, plant
from tests.conftest import ROOT, Run, edit
from tests.documents import own
from tests.documents.made import Paper
from tests.test_release import DAY

EVENT = "cn-disarmament-2002-09-24"
AS_JSON = ("brief", "China", "--as-of", "2003-08-12", "-f", "json", "-o", "out")
MEETING = "data/meetings/2003-08-14-japan-china.yaml"


def in_scheme(workspace: Path, scheme: str, lowest: str) -> Path:
    """The sample under another scheme."""
    edit(
        workspace / "data/ministry.yaml",
        "scheme: japan\nmarking: public",
        f"scheme: {scheme}\nmarking: {lowest}",
    )
    return workspace


def mark_event(workspace: Path, marking: str, event: str = EVENT) -> None:
    file = next(
        f
        for f in (workspace / "data/events").glob("*.yaml")
        if f"- id: {event}\n" in f.read_text("utf-8")
    )
    edit(file, f"- id: {event}\n", f"- id: {event}\n  marking: {marking}\n")


def mark_meeting(workspace: Path, marking: str) -> None:
    path = workspace / MEETING
    path.write_text(f"{path.read_text('utf-8').rstrip()}\nmarking: {marking}\n", "utf-8")


@pytest.fixture
def american(workspace: Path) -> Path:
    """The sample under a scheme with portion marks, some of it marked."""
    in_scheme(workspace, "us", "unclassified")
    mark_event(workspace, "{level: secret, caveats: [noforn]}")
    mark_meeting(workspace, "confidential")
    return workspace


def brief_of(workspace: Path, bureau: str = "base", day: Any = DAY, **settings: Any) -> Any:
    with Store(workspace, None) as store:
        store.require_sound()
        house = load_bureau(workspace, bureau).with_settings(settings)
        request = Request(day, "JPN", countries=(STATE,))
        return compose_brief_of(house, store, BriefOrder(request, meeting_of(store, None, request)))


# -- schemes ---------------------------------------------------------------------------------------


def schemes(store: Store) -> dict[str, Scheme]:
    return {scheme.id: scheme for scheme in store.all(Scheme, "scheme")}


def test_the_schemes_that_ministries_use_are_there_in_the_order_of_their_levels(
    store: Store,
) -> None:
    labels = {
        id_: [next(iter(level.label.values())) for level in scheme.levels]
        for id_, scheme in schemes(store).items()
    }
    assert labels["tlp"] == ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"]
    assert labels["uk"] == ["OFFICIAL", "OFFICIAL-SENSITIVE", "SECRET", "TOP SECRET"]
    assert labels["us"] == ["UNCLASSIFIED", "CONFIDENTIAL", "SECRET", "TOP SECRET"]
    assert labels["eu"][-1] == "TRÈS SECRET UE/EU TOP SECRET"
    assert labels["nato"] == [
        "NATO UNCLASSIFIED", "NATO RESTRICTED", "NATO CONFIDENTIAL", "NATO SECRET", "COSMIC TOP SECRET",
    ]  # fmt: skip
    assert [level.label["ja"] for level in schemes(store)["japan"].levels][2:] == [
        "取扱注意",
        "秘",
        "極秘",
    ]
    assert all(scheme.rule for scheme in schemes(store).values())


@pytest.mark.parametrize(
    ("scheme", "handling", "shown"),
    [
        ("us", Handling("secret", ("noforn",), frozenset(("USA",))), "SECRET//NOFORN"),
        (
            "us",
            Handling("secret", (), frozenset(("USA", "GBR", "AUS"))),
            "SECRET//REL TO USA, AUS, GBR",
        ),
        ("uk", Handling("secret", ("uk-eyes-only",)), "SECRET – UK EYES ONLY"),
        (
            "nato",
            Handling("restricted", (), frozenset(("SWE", "JPN"))),
            "NATO RESTRICTED – RELEASABLE TO USA, JPN, SWE",
        ),
        ("tlp", Handling("amber-strict"), "TLP:AMBER+STRICT"),
    ],
)
def test_a_banner_is_worded_as_its_scheme_wants(
    workspace: Path, scheme: str, handling: Handling, shown: str
) -> None:
    with Store(ROOT, None) as store:
        lowest = schemes(store)[scheme].levels[0].id
    in_scheme(workspace, scheme, lowest)
    edit(workspace / "data/ministry.yaml", "country: JPN", "country: USA")
    with Store(workspace, None) as store:
        assert worded(Words(store, "en", "en-GB"), handling)["label"] == shown


def test_readers_that_the_scheme_has_no_words_for_are_refused(workspace: Path) -> None:
    in_scheme(workspace, "tlp", "clear")
    refused = pytest.raises(RequestError, match="no words for who may read")
    with Store(workspace, None) as store, refused:
        worded(Words(store, "en", "en-GB"), Handling("red", (), frozenset(("AUS",))))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("portion: S}", "portion: }", "markings.yaml:"),
        ("{id: secret, label: SECRET, portion: S}", "{id: secret, label: SECRET}", "'secret' has no portion mark"),
        ("levels: [confidential, secret, top-secret]", "levels: [confidental]", "'confidental' is no level of the scheme"),
        ('banner: "REL TO {readers}"', 'banner: "REL TO"', "does not say where the readers stand"),
        ("{id: green, label", "{id: clear, label", "scheme 'tlp' has 'clear' twice"),
    ],
)  # fmt: skip
def test_a_scheme_that_cannot_hold_is_told_with_its_place(
    workspace: Path, briefgen: Run, old: str, new: str, told: str
) -> None:
    edit(workspace / "data/markings.yaml", old, new)
    result = briefgen("-w", str(workspace), "check")
    assert result.returncode == 1
    assert told in result.stdout + result.stderr
    assert re.search(r"data/markings\.yaml:\d+:\d+: ", result.stdout + result.stderr)


@pytest.mark.parametrize(
    ("marking", "told"),
    [
        ("Official", "unknown marking 'Official' (did you mean 'official'?)"),
        (
            "secret",
            "unknown marking 'secret' (known: public, official, toriatsukai-chui, hi, gokuhi)",
        ),
        ("{level: hi, caveats: [noforn]}", "unknown caveat 'noforn' (the record has no caveat)"),
        ("{level: hi, readers: [Atlantis]}", "unknown country 'Atlantis'"),
        ("{levle: hi}", "is not a known field"),
    ],
)
def test_a_marking_of_another_scheme_or_misspelt_is_an_error(
    workspace: Path, briefgen: Run, marking: str, told: str
) -> None:
    mark_event(workspace, marking)
    result = briefgen("-w", str(workspace), "check")
    assert result.returncode == 1
    assert told in result.stdout + result.stderr


def test_in_a_marked_workspace_whatever_bears_no_marking_is_an_error(
    workspace: Path, briefgen: Run
) -> None:
    edit(workspace / "data/ministry.yaml", "marking: public\n", "")
    result = briefgen("-w", str(workspace), "check")
    told = result.stdout + result.stderr
    assert result.returncode == 1
    for what in (f"{EVENT}: has no marking", f"{EVENT}: statement 1: has no marking"):
        assert what in told
    for file in ("lines/ctbt.yaml", "documents.yaml", "meetings/2003-08-14-japan-china.yaml"):
        assert re.search(rf"data/{file}:\d+:\d+: .*has no marking", told), file
    edit(workspace / "data/ministry.yaml", "scheme: japan\n", "scheme: japan\nmarking: public\n")
    assert briefgen("-w", str(workspace), "check").returncode == 0


# -- the marking of a paper ------------------------------------------------------------------------


def test_the_marking_is_the_highest_of_all_that_is_in_the_paper(workspace: Path) -> None:
    assert brief_of(workspace).data["marking"]["id"] == "public"
    mark_meeting(workspace, "official")
    assert brief_of(workspace).data["marking"]["id"] == "official"
    mark_event(workspace, "hi")
    assert brief_of(workspace).data["marking"]["id"] == "hi"


def test_a_source_that_is_cited_marks_the_paper_too(workspace: Path) -> None:
    edit(
        workspace / "data/documents.yaml",
        "- id: untc-ctbt-status\n",
        "- id: untc-ctbt-status\n  marking: official\n",
    )
    assert brief_of(workspace).data["marking"]["id"] == "official"


def test_what_is_near_a_paper_and_marked_higher_is_not_told_in_its_data(workspace: Path) -> None:
    late = "cn-disarmament-2003-08-14"
    with_miss = brief_of(workspace).data["near_misses"]
    assert f"event:{late}" in [miss["key"] for miss in with_miss]
    mark_event(workspace, "gokuhi", late)
    data = brief_of(workspace).data
    assert data["marking"]["id"] == "public"
    assert late not in json.dumps(data["near_misses"])


def test_a_marking_is_raised_by_hand_and_never_lowered(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    mark_event(workspace, "hi")
    make = ("-w", str(workspace), *AS_JSON)
    assert briefgen(*make, "--marking", "gokuhi").returncode == 0
    data = json.loads((tmp_path / "out/CHN-brief-2003-08-12.json").read_text("utf-8"))
    assert data["marking"]["id"] == "gokuhi"
    lowered = briefgen(*make, "--marking", "official")
    assert lowered.returncode == 2
    assert "'official' would lower it; a marking can only be raised by hand" in lowered.stderr
    unknown = briefgen(*make, "--marking", "gokuhy")
    assert "unknown marking 'gokuhy' (did you mean 'gokuhi'" in unknown.stderr


def test_a_bureau_may_mark_a_paper_higher_than_its_parts(workspace: Path) -> None:
    edit(
        workspace / "templates/base/bureau.yaml",
        "    points: 6 ",
        "    marking: official\n    points: 6 ",
    )
    assert brief_of(workspace).data["marking"]["id"] == "official"
    mark_event(workspace, "hi")
    assert brief_of(workspace).data["marking"]["id"] == "hi", "at least, not at most"


def test_a_bureau_that_names_a_level_or_reader_nobody_knows_is_told_where(
    workspace: Path, briefgen: Run
) -> None:
    path = workspace / "templates/arms-control/bureau.yaml"
    release = "release:\n  ceiling: oficial\n  readers: [Atlantis]\n"
    path.write_text(f"{path.read_text('utf-8').rstrip()}\n{release}", "utf-8")
    told = briefgen("-w", str(workspace), "bureau", "check", "arms-control")
    assert told.returncode == 1
    shown = told.stdout + told.stderr
    assert re.search(
        r"bureau\.yaml:\d+:\d+: release\.ceiling: unknown marking 'oficial' \(did you mean 'official'",
        shown,
    )
    assert re.search(r"bureau\.yaml:\d+:\d+: release\.readers: unknown country 'Atlantis'", shown)
    made = briefgen(
        "-w", str(workspace), "brief", "China", "-b", "arms-control", "--as-of", "2003-08-12"
    )
    assert made.returncode == 2
    assert "unknown marking 'oficial'" in made.stderr


def test_a_bureau_s_own_ceiling_and_readers_hold_without_being_asked_for(
    workspace: Path, briefgen: Run
) -> None:
    mark_event(workspace, "{level: official, readers: [AUS]}")
    path = workspace / "templates/arms-control/bureau.yaml"
    path.write_text(f"{path.read_text('utf-8').rstrip()}\nrelease: {{readers: [ASEAN]}}\n", "utf-8")
    make = ("-w", str(workspace), *AS_JSON)
    assert "held back: 1 event" in briefgen(*make, "-b", "arms-control").stderr
    assert "held back" not in briefgen(*make).stderr
    assert "held back" not in briefgen(*make, "-b", "arms-control", "--readers", "Australia").stderr


def test_readers_of_the_whole_are_those_of_every_part(workspace: Path) -> None:
    mark_event(workspace, "{level: official, readers: [AUS, KOR]}")
    mark_meeting(workspace, "{level: official, readers: [AUS, USA]}")
    marking = brief_of(workspace).data["marking"]
    assert marking["handling"]["readers"] == ["AUS"]
    assert marking["label"] == "Official use//Releasable to JPN, AUS"


def test_words_that_lower_a_caveat_are_refused_too(store: Store) -> None:
    words = Words(store, "en", "en-GB")
    own = {**worded(words, Handling("hi")), "handling": Handling("hi", ("x",)).as_data()}
    assert raised(words, own, "gokuhi")["handling"]["caveats"] == ["x"]


# -- where it stands -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bureau", ["base", "arms-control", "asia-oceania", "middle-east", "permanent-mission"]
)
def test_the_marking_stands_on_every_page_in_the_first_lines_and_in_the_properties(
    american: Path, bureau: str, tmp_path: Path
) -> None:
    composed = brief_of(american, bureau)
    made = render(composed.bureau, "brief.html.j2", composed.data, ["docx", "pdf"])
    label = str(composed.data["marking"]["label"])
    assert label == "SECRET//NOFORN"
    for kind, faults in (("docx", own.docx_faults), ("pdf", own.pdf_faults)):
        path = tmp_path / f"paper.{kind}"
        path.write_bytes(made[kind])
        assert faults(Paper(path, label)) == []


def test_what_looks_for_markings_would_find_them_missing(american: Path, tmp_path: Path) -> None:
    composed = brief_of(american)
    made = render(composed.bureau, "brief.html.j2", composed.data, ["docx", "pdf"])
    for kind, faults in (("docx", own.docx_faults), ("pdf", own.pdf_faults)):
        path = tmp_path / f"paper.{kind}"
        path.write_bytes(made[kind])
        told = " ".join(faults(Paper(path, "TOP SECRET")))
        assert "has no marking" in told
        assert "the first lines of the text do not tell the marking" in told


def test_tlp_stands_at_the_right_in_letters_of_twelve_points(workspace: Path) -> None:
    in_scheme(workspace, "tlp", "amber-strict")
    composed = brief_of(workspace)
    made = render(composed.bureau, "brief.html.j2", composed.data, ["docx", "pdf"])
    tree = render_html(composed.bureau, "brief.html.j2", composed.data)
    zones = [
        p.get("class")
        for p in tree.iterfind("body/header/p")
        if "marking" in (p.get("class") or "")
    ]
    assert zones == ["end marking"]
    with zipfile.ZipFile(io.BytesIO(made["docx"])) as package:
        styles = etree.fromstring(package.read("word/styles.xml"))
    style = next(
        s for s in styles.iter(qn("w:style")) if s.get(qn("w:styleId")) == "MarkingCharacter"
    )
    assert [size.get(qn("w:val")) for size in style.iter(qn("w:sz"))] == ["24"]
    with pikepdf.open(io.BytesIO(made["pdf"])) as pdf:
        content = pdf.pages[0].Contents.read_bytes()
    assert b" 16 Tf" in content, "12 points are 16 CSS pixels"


def test_labels_that_are_never_translated_stay_as_they_are_in_every_language(
    workspace: Path,
) -> None:
    in_scheme(workspace, "tlp", "green")
    for bureau in ("asia-oceania", "middle-east"):
        assert str(brief_of(workspace, bureau).data["marking"]["label"]) == "TLP:GREEN"


def test_a_scheme_has_colours_of_its_own(workspace: Path) -> None:
    edit(
        workspace / "data/markings.yaml",
        "{id: public, label: {en: Public, ja: 公開, ar: عام}}",
        '{id: public, label: Public, colour: "#ffffff", background: "#8a1020"}',
    )
    composed = brief_of(workspace)
    made = render(composed.bureau, "brief.html.j2", composed.data, ["docx"])
    with zipfile.ZipFile(io.BytesIO(made["docx"])) as package:
        styles = package.read("word/styles.xml").decode()
    look = styles[styles.index('w:styleId="MarkingCharacter"') :]
    assert 'w:val="FFFFFF"' in look
    assert 'w:fill="8A1020"' in look


def test_the_file_name_tells_the_marking_where_the_bureau_wants_it(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    text = (workspace / "templates/base/bureau.yaml").read_text("utf-8")
    (workspace / "templates/base/bureau.yaml").write_text(
        f"{text}\nrelease: {{file_name: yes}}\n", "utf-8"
    )
    mark_event(workspace, "hi")
    made = briefgen(
        "-w", str(workspace), "brief", "China", "--as-of", "2003-08-12", "-f", "docx", "-o", "out"
    )
    assert made.stdout.splitlines() == [
        "out/CHN-brief-2003-08-12-hi.docx", "out/CHN-brief-2003-08-12-hi.manifest.json",
    ]  # fmt: skip
    packed = briefgen(
        "-w", str(workspace), "pack", "China", "--as-of", "2003-08-12", "-f", "docx", "-o", "pack"
    )
    assert packed.returncode == 0, packed.stderr
    names = {path.name for path in (tmp_path / "pack/CHN").glob("*.docx")}
    assert "CHN-brief-2003-08-12-hi.docx" in names


def test_a_pack_bears_the_highest_marking_of_its_papers(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    mark_event(workspace, "{level: hi, readers: [AUS]}")
    made = briefgen(
        "-w", str(workspace), "pack", "China", "Kenya", "--as-of", "2003-08-12", "--book", "-o", "pack",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    banner = "Secret//Releasable to JPN, AUS"
    assert banner in (tmp_path / "pack/index.html").read_text("utf-8")
    with zipfile.ZipFile(tmp_path / "pack/index.xlsx") as table:
        assert f"<cp:category>{banner}<" in table.read("docProps/core.xml").decode()
        assert f"&amp;B{banner}" in table.read("xl/worksheets/sheet1.xml").decode()
    with pikepdf.open(tmp_path / "pack/book.pdf") as book:
        assert (
            b"<briefgen:Marking>Secret//Releasable to JPN, AUS<" in book.Root.Metadata.read_bytes()
        )
    manifest = json.loads((tmp_path / "pack/manifest.json").read_text("utf-8"))
    levels = {
        entry["country"]: {p["marking"] for p in entry["papers"]} for entry in manifest["states"]
    }
    assert levels["KEN"] == {"public"}
    assert "hi" in levels["CHN"]


# -- portions --------------------------------------------------------------------------------------


def portions_of(workspace: Path, paper: str = "brief") -> list[tuple[str, str]]:
    """Every portion of a paper: its element, and its words with the mark."""
    if paper == "brief":
        composed = brief_of(workspace)
    else:
        with Store(workspace, None) as store:
            request = Request(DAY, "JPN", countries=(STATE,))
            composed = compose_history_of(load_bureau(workspace, "base"), store, request)
    tree = render_html(composed.bureau, f"{paper}.html.j2", composed.data)
    kinds = ("h1", "h2", "h3", "p", "li", "dd", "caption", "figcaption", "tr", "note")
    return [
        (str(element.tag), " ".join("".join(_without_notes(element)).split()))
        for main in tree.iterfind("body/main")
        for element in main.iter(*kinds)
        if "".join(_own(element)).strip()
    ]


def _without_notes(element: Any) -> list[str]:
    """The words of a portion; a note within it is a portion of its own."""
    inner = [
        t for c in element for t in ([] if c.tag == "note" else _without_notes(c)) + [c.tail or ""]
    ]
    return [element.text or "", *inner]


def _own(element: Any) -> list[str]:
    if element.tag == "tr":
        return list(element.itertext())
    inner = [child for child in element if child.tag not in ("p", "ul", "ol", "li", "table")]
    return [
        element.text or "",
        *(t for c in inner for t in c.itertext()),
        *(c.tail or "" for c in element),
    ]


@pytest.mark.parametrize("paper", ["brief", "history"])
def test_every_title_paragraph_item_row_and_caption_begins_with_its_mark(
    american: Path, paper: str
) -> None:
    found = portions_of(american, paper)
    assert {tag for tag, _ in found} >= {"h1", "h2", "p", "li", "tr", "caption"}
    assert [text for _, text in found if not re.match(r"\((U|C|S//NF|S)\) ", text)] == []


def test_a_portion_bears_the_highest_marking_of_its_own_words(american: Path) -> None:
    found = dict(reversed(portions_of(american)))
    texts = [text for _, text in portions_of(american)]
    assert any(t.startswith("(C) Japan-China Consultation on Disarmament") for t in texts), (
        "the title is the meeting's"
    )
    assert any(t.startswith("(S//NF) 24 September 2002: Japan-China Consultations") for t in texts)
    assert any(t.startswith("(U) 9 August 2002") for t in texts), "another contact bears its own"
    assert "(U) CTBT" in " ".join(t for t in texts if t.startswith("(U) CTBT"))
    assert found


def test_no_word_of_a_marked_record_stands_in_a_portion_that_is_marked_lower(
    american: Path, tmp_path: Path
) -> None:
    """Canaries in every text, all secret: each portion that holds one says so."""
    planted = plant(american, "secret")
    texts = [t for paper in ("brief", "history") for _, t in portions_of(american, paper)]
    held = [t for t in texts if re.search("zqx[a-z]{3}kanarie", t, re.IGNORECASE)]
    assert len(held) > 15, len(planted)
    assert [t for t in held if not re.match(r"\(S(//NF)?\) ", t)] == []


@pytest.mark.parametrize("bureau", ["base", "permanent-mission"])
def test_both_formats_bear_the_same_marks_and_no_trace_of_how(american: Path, bureau: str) -> None:
    """Also where the bureau's template is written in Word."""
    composed = brief_of(american, bureau)
    made = render(composed.bureau, "brief.html.j2", composed.data, ["docx", "html"])
    with zipfile.ZipFile(io.BytesIO(made["docx"])) as package:
        body = package.read("word/document.xml").decode()
    for text in (body, made["html"].decode()):
        assert "data-marking" not in text
        assert not re.search("[\uf8f0-\uf8f2]", text)
        shown = re.sub(r"<[^>]+>", "", text)
        assert all(mark in shown for mark in ("(U) ", "(C) ", "(S//NF) "))


def test_a_scheme_without_portions_has_none(workspace: Path) -> None:
    mark_event(workspace, "hi")
    data = brief_of(workspace).data
    assert "portions" not in data["marking"]
    assert not [t for _, t in portions_of(workspace) if t.startswith("(")]
