"""Bureaus: each changes what it wants, in both formats, and is told of every slip."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from briefgen.bureaus import bureau_ids, load_bureau, sections_of
from briefgen.bureaus.overrides import accepted_text, overrides_of, rot_problems
from briefgen.bureaus.starting import starting_text
from briefgen.errors import BriefgenError, RequestError
from briefgen.render import render
from briefgen.render.html import render_html
from briefgen.store import Store
from briefgen.trials.papers import sample_of, sample_trials
from tests.conftest import ROOT, edit
from tests.test_papers import compose
from tests.texts import docx_sections, html_sections, pdf_sections

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def bureau_with(
    workspace: Path, id_: str, files: dict[str, str | bytes], below: str = "base"
) -> Path:
    """A bureau's folder; a bureau.yaml without `extends` gets it."""
    folder = workspace / "templates" / id_
    for name, content in {"bureau.yaml": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content.decode("latin-1") if isinstance(content, bytes) else content
        more = f"extends: {below}\n" if name == "bureau.yaml" and "extends:" not in text else ""
        path.write_bytes(content if isinstance(content, bytes) else f"{more}{text}".encode())
    return folder


def paper(workspace: Path, id_: str, kind: str = "brief") -> tuple[Any, dict[str, Any]]:
    """The bureau and the data of a paper from the real record."""
    bureau = load_bureau(workspace, id_)
    with Store(ROOT, None) as store:
        sample = sample_of(store)
        assert sample
        return bureau, sample_trials(store, bureau, sample)[kind]().data


def tree_of(workspace: Path, id_: str, kind: str = "brief") -> Any:
    bureau, data = paper(workspace, id_, kind)
    return render_html(bureau, f"{kind}.html.j2", data)


def text_of(tree: Any) -> str:
    return " ".join("".join(tree.find("body").itertext()).split())


def files_of(workspace: Path, id_: str, *kinds: str) -> dict[str, bytes]:
    bureau, data = paper(workspace, id_)
    return render(bureau, "brief.html.j2", data, kinds)


def faults(workspace: Path, id_: str) -> list[str]:
    with pytest.raises(BriefgenError) as caught:
        load_bureau(workspace, id_)
    return [str(problem) for problem in caught.value.problems]


# -- the chain -------------------------------------------------------------------------------------


def test_super_reaches_the_next_layer_below_at_any_depth(workspace: Path) -> None:
    block = '{{% extends "brief.html.j2" %}}{{% block press %}}{{{{ super() }}}}<p>from {0}</p>{{% endblock %}}'
    below = "base"
    for id_ in ("ministry", "bureau", "division"):
        bureau_with(workspace, id_, {"brief.html.j2": block.format(id_)}, below)
        below = id_
    text = text_of(tree_of(workspace, "division"))
    assert "Press line" in text
    assert "from ministryfrom bureaufrom division" in text
    assert "from division" not in text_of(tree_of(workspace, "bureau"))


def test_a_block_without_super_takes_the_place_of_all_below(workspace: Path) -> None:
    block = (
        '{% extends "brief.html.j2" %}{% block press %}<p>Nothing to the press.</p>{% endblock %}'
    )
    bureau_with(workspace, "ministry", {"brief.html.j2": block})
    text = text_of(tree_of(workspace, "ministry"))
    assert "Nothing to the press." in text
    assert "Press line" not in text


def test_a_block_of_the_frame_changes_every_paper(workspace: Path) -> None:
    frame = '{% extends "page.html.j2" %}{% block letterhead %}<p>Copy 1</p>{% endblock %}'
    bureau_with(workspace, "ministry", {"page.html.j2": frame})
    for kind in ("brief", "history", "gaps"):
        assert "Copy 1" in text_of(tree_of(workspace, "ministry", kind))
    own = '{% extends "record.html.j2" %}{% block kicker %}{{ super() }} · Copy 2{% endblock %}'
    bureau_with(workspace, "division", {"record.html.j2": own}, "ministry")
    assert "Record · Consultation · Copy 2" in text_of(tree_of(workspace, "division", "record"))


def test_a_section_of_the_bureaus_own_stands_where_it_says(workspace: Path) -> None:
    own = (
        '{% extends "brief.html.j2" %}{% block legal %}<section><h2 id="legal">{{ _("Legal basis") }}</h2>'
        "<p>Article II.</p></section>{% endblock %}"
    )
    settings = "papers:\n  brief:\n    sections: [facts, legal, points, sources]\n"
    bureau_with(workspace, "legal", {"brief.html.j2": own, "bureau.yaml": settings})
    headings = [h.text for h in tree_of(workspace, "legal").iter("h2")]
    assert headings == ["Legal basis", "Points to make", "Sources", "Notes"]


def test_an_answer_is_pointed_to_only_where_its_section_stands(workspace: Path) -> None:
    settings = "papers:\n  brief:\n    sections: [facts, points, sources]\n"
    bureau_with(workspace, "short", {"bureau.yaml": settings})
    bureau = load_bureau(workspace, "short")
    with Store(ROOT, None) as store:
        data = compose(store, "china-2003-08-31")
    assert any(point["last_answer"] for point in data["points"])
    tree = render_html(
        bureau, "brief.html.j2", {**data, "sections": ["facts", "points", "sources"]}
    )
    assert "answer recorded." in text_of(tree)


def test_every_paper_has_its_sections_in_the_bureaus_order_or_not_at_all(workspace: Path) -> None:
    settings = "papers:\n  history:\n    sections: [chronology, figures]\n"
    bureau_with(workspace, "short", {"bureau.yaml": settings})
    headings = [h.text for h in tree_of(workspace, "short", "history").iter("h2")]
    assert headings[:2] == ["Chronology", "In figures"]
    assert "Sources" not in headings


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"bureau.yaml": "extends: bse\n"}, "templates/own/bureau.yaml:1:10: extends: 'bse' is not a bureau (did you mean 'base'?)"),
        ({"bureau.yaml": "nots: footnotes\n"}, "templates/own/bureau.yaml:2:1: nots: is not a known field (did you mean 'notes'?)"),
        ({"bureau.yaml": "notes: footnote\n"}, "templates/own/bureau.yaml:2:8: notes: 'footnote' is not known (did you mean 'footnotes'?)"),
        ({"bureau.yaml": "theme:\n  colours: {acent: '#000000'}\n"}, "templates/own/bureau.yaml:3:13: theme.colours.acent: is not a known field (did you mean 'accent'?)"),
        ({"bureau.yaml": "papers:\n  breif: {points: 3}\n"}, "'breif' is not a paper (did you mean 'brief'?)"),
        ({"bureau.yaml": "papers:\n  brief:\n    sections: [facts, poinst]\n"}, "templates/own/bureau.yaml:4:23: papers.brief.sections: 'poinst' is not a section (did you mean 'points'?)"),
        ({"bureau.yaml": "theme: {logo: crest.png}\n"}, "templates/own/bureau.yaml:2:15: theme.logo: no picture 'crest.png' in the chain (put the picture into templates/own)"),
        ({"bureau.yaml": "labels:\n  Points to mak: Key messages\n"}, "templates/own/bureau.yaml:3:3: labels: no paper says 'Points to mak' (did you mean 'Points to make'"),
        ({"bureau.yaml": "sign_off:\n  - {label: Drafted by, text: '{draftr}'}\n"}, "'{draftr}' is not filled in here (did you mean 'drafter'?)"),
        ({"breif.html.j2": "x"}, "templates/own/breif.html.j2: is read by no paper (did you mean 'brief.html.j2'"),
        ({"styles.css": "x"}, "templates/own/styles.css: is read by no paper (did you mean 'style.css'?)"),
        ({"refrence.docx": "x"}, "templates/own/refrence.docx: is read by no paper (did you mean 'reference.docx'"),
        ({"word/ja.po": ""}, "templates/own/word: is a folder that no paper reads (did you mean 'words'?)"),
        ({"words/japanese.po": ""}, "templates/own/words/japanese.po: is not a catalogue of a known language (name it by its language: ja.po, fr_CA.po)"),
        ({"brief.html.j2": '{% extends "brief.html.j2" %}\n{% block poinst %}x{% endblock %}'}, "templates/own/brief.html.j2:2:1: block poinst: no layer below has it: it is never shown (did you mean 'points'"),
        ({"words/en.po": 'msgid "Points to mak"\nmsgstr "Key"\n'}, "templates/own/words/en.po:1:1: msgid: no paper says 'Points to mak' (did you mean 'Points to make'"),
        ({"words/en.po": 'msgid "on {date}"\nmsgstr "on the {dat}"\n'}, "templates/own/words/en.po:1:1: msgstr: '{dat}' is not known here (did you mean 'date'?)"),
        ({"words/en.po": "msgid Points\n"}, "templates/own/words/en.po:1:1: is not a .po catalogue"),
    ],
)  # fmt: skip
def test_a_misspelt_anything_is_an_error_with_its_place(
    workspace: Path, files: dict[str, str | bytes], message: str
) -> None:
    bureau_with(workspace, "own", files)
    assert message in "\n".join(faults(workspace, "own"))


def test_all_slips_are_told_at_once(workspace: Path) -> None:
    settings = "labels: {Nothing at all like it: x}\npapers:\n  brief:\n    sections: [fact]\n"
    bureau_with(workspace, "own", {"bureau.yaml": settings, "styel.css": "", "history.html.j": ""})
    assert len(faults(workspace, "own")) == 4


def test_a_chain_that_runs_in_a_circle_is_told_with_its_links(workspace: Path) -> None:
    bureau_with(workspace, "one", {}, "two")
    bureau_with(workspace, "two", {}, "one")
    assert "extends: runs in a circle: one > two > one" in faults(workspace, "one")[0]


# -- settings, theme, words ------------------------------------------------------------------------


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_one_colour_of_the_theme_changes_both_formats_and_nothing_else(workspace: Path) -> None:
    bureau_with(workspace, "red", {"bureau.yaml": "theme: {colours: {muted: '#aa0000'}}\n"})
    before, after = (files_of(workspace, id_, "docx", "pdf", "html") for id_ in ("base", "red"))
    old, new = parts_of(before["docx"]), parts_of(after["docx"])
    assert {name for name in old if old[name] != new[name]} == {"word/styles.xml"}
    assert new["word/styles.xml"].replace(b"AA0000", b"595F69") == old["word/styles.xml"]
    assert after["html"].replace(b"#aa0000", b"#595f69") == before["html"]
    assert after["pdf"] != before["pdf"]


def test_one_block_changes_both_formats_and_nothing_else(workspace: Path, tmp_path: Path) -> None:
    block = (
        '{% extends "brief.html.j2" %}{% block press %}<p>No word to the press.</p>{% endblock %}'
    )
    bureau_with(workspace, "quiet", {"brief.html.j2": block})
    expected = html_sections(tree_of(workspace, "quiet"))
    made = files_of(workspace, "quiet", "docx", "pdf")
    (tmp_path / "quiet.pdf").write_bytes(made["pdf"])
    assert docx_sections(made["docx"]) == expected
    assert pdf_sections(tmp_path / "quiet.pdf") == expected
    before = dict(html_sections(tree_of(workspace, "base")))
    changed = {name for name, text in expected if before.get(name) != text}
    assert changed <= {"people", "nowordtothepress.", "sources"}
    assert "nowordtothepress." in "".join(text for _, text in expected)


def test_a_label_says_it_in_the_bureaus_own_words_in_every_paper(workspace: Path) -> None:
    bureau_with(workspace, "own", {"bureau.yaml": "labels: {Sources: What this rests on}\n"})
    for kind in ("brief", "history"):
        headings = [h.text for h in tree_of(workspace, "own", kind).iter("h2")]
        assert "What this rests on" in headings
        assert "Sources" not in headings


def test_a_catalogue_says_it_and_the_nearest_layer_goes_first(workspace: Path) -> None:
    said = 'msgid "Sources"\nmsgstr "{}"\n'
    bureau_with(workspace, "ministry", {"words/en.po": said.format("References")})
    bureau_with(workspace, "bureau", {"words/en.po": said.format("Evidence")}, "ministry")
    bureau_with(workspace, "division", {"words/en.po": "#, fuzzy\n" + said.format("No")}, "bureau")
    assert "Evidence" in [h.text for h in tree_of(workspace, "bureau").iter("h2")]
    assert "Evidence" in [h.text for h in tree_of(workspace, "division").iter("h2")]


def test_words_are_spelt_the_bureaus_way_but_never_in_titles(workspace: Path) -> None:
    bureau_with(
        workspace, "us", {"bureau.yaml": "spelling: {consultations: talks, efforts: deeds}\n"}
    )
    tree = tree_of(workspace, "us")
    text = text_of(tree)
    assert "Japan-China Talks on Arms Control" in text
    assert any("Recent Efforts" in (cite.text or "") for cite in tree.iter("cite"))
    assert "MOFA, CTBT efforts" in text
    assert "deeds" not in text


def test_headings_are_numbered_where_the_bureau_wants_it(workspace: Path) -> None:
    bureau_with(workspace, "own", {"bureau.yaml": "numbering: decimal\n"})
    tree = tree_of(workspace, "own", "history")
    numbers = [
        h.text.split("\u2002")[0]
        for h in tree.iter("h2", "h3")
        if "notes" not in (h.get("class") or "")
    ]
    assert numbers[:1] == ["1"]
    assert "2.1" in numbers
    assert len(numbers) == len(set(numbers))
    docx = Document(io.BytesIO(files_of(workspace, "own", "docx")["docx"]))
    headings = [p.text for p in docx.paragraphs if p.style and p.style.name == "heading 2"] or [
        p.text for p in docx.paragraphs if p.style and p.style.name == "Heading 2"
    ]
    assert headings[0].startswith("1\u2002")
    assert headings[-1] == "Notes"


def test_logo_and_letterhead_head_page_one_in_both_formats(workspace: Path, tmp_path: Path) -> None:
    settings = (
        "theme:\n  logo: crest.png\n  logo_width: 20\n  letterhead: [Bureau of Tests, Room 1]\n"
    )
    bureau_with(workspace, "own", {"bureau.yaml": settings, "crest.png": PIXEL})
    made = files_of(workspace, "own", "docx", "pdf")
    document = Document(io.BytesIO(made["docx"]))
    assert [p.text for p in document.paragraphs[:3]] == ["", "Bureau of Tests", "Room 1"]
    assert document.inline_shapes[0].width.mm == pytest.approx(20, abs=0.1)
    (tmp_path / "p.pdf").write_bytes(made["pdf"])
    assert "bureauoftestsroom1" in pdf_sections(tmp_path / "p.pdf")[0][1]


def test_the_sign_off_block_is_filled_in(workspace: Path) -> None:
    settings = (
        "sign_off:\n  - {label: Drafted by, text: '{drafter}'}\n  - {label: Approved by}\n"
        "papers:\n  history:\n    sections: [figures, sign_off]\n"
    )
    bureau_with(workspace, "own", {"bureau.yaml": settings})
    tree = tree_of(workspace, "own", "history")
    rows = [
        (dt.text, (dt.getnext().text or "").strip())
        for dt in tree.find(".//section[@class='keep']/dl").iter("dt")
    ]
    assert rows == [
        ("Drafted by", "Directorate-General for Arms Control and Scientific Affairs"),
        ("Approved by", ""),
    ]


# -- no rot ----------------------------------------------------------------------------------------


def accepted(workspace: Path, id_: str) -> Any:
    bureau = load_bureau(workspace, id_)
    (bureau.layers[0] / "accepted.yaml").write_text(accepted_text(overrides_of(bureau)), "utf-8")
    return bureau


def test_an_upgrade_of_the_block_below_an_override_is_told_with_the_difference(
    workspace: Path,
) -> None:
    block = '{% extends "brief.html.j2" %}\n{% block press %}<p>None.</p>{% endblock %}'
    bureau_with(workspace, "own", {"brief.html.j2": block})
    bureau = load_bureau(workspace, "own")
    assert "is not recorded" in str(rot_problems(bureau)[0])
    accepted(workspace, "own")
    assert rot_problems(bureau) == []
    base = workspace / "templates/base/brief.html.j2"
    edit(
        base,
        '<section class="keep">\n<h2 id="press">',
        '<section class="keep new">\n<h2 id="press">',
    )
    (problem,) = rot_problems(load_bureau(workspace, "own"))
    assert str(problem).startswith(
        "templates/own/brief.html.j2:2:1: warning: brief.html.j2: press: was written against another "
        "version of templates/base/brief.html.j2"
    )
    assert '-<section class="keep">' in problem.detail
    assert '+<section class="keep new">' in problem.detail
    accepted(workspace, "own")
    assert rot_problems(load_bureau(workspace, "own")) == []


def test_a_change_elsewhere_below_is_no_news(workspace: Path) -> None:
    block = '{% extends "brief.html.j2" %}{% block press %}<p>None.</p>{% endblock %}'
    bureau_with(workspace, "own", {"brief.html.j2": block})
    bureau = accepted(workspace, "own")
    edit(
        workspace / "templates/base/brief.html.j2", '<h2 id="people">', '<h2 id="people" class="x">'
    )
    assert rot_problems(bureau) == []


@pytest.mark.parametrize(
    ("files", "file", "old", "new", "told"),
    [
        ({"style.css": "h1 { color: red; }"}, "style.css", "body { margin: 0; }", "body { margin: 1pt; }", "style.css"),
        ({"macros.html.j2": "{% macro note(found) %}{% endmacro %}"}, "macros.html.j2", "macro draft(line)", "macro draft(a_line)", "macros.html.j2"),
        ({"bureau.yaml": "papers:\n  gaps:\n    sections: [figures]\n"}, "bureau.yaml", "[figures, never, met,", "[figures, met,", "bureau.yaml: papers.gaps.sections"),
        ({"brief.html.j2": '{% extends "brief.html.j2" %}{% block kicker %}{{ super() }}{% endblock %}'}, "brief.html.j2", "{% block kicker %}", "{% block kicker %}New ", "brief.html.j2: kicker"),
    ],
)  # fmt: skip
def test_styles_macros_lists_and_blocks_all_remember_their_ground(
    workspace: Path, files: dict[str, str | bytes], file: str, old: str, new: str, told: str
) -> None:
    bureau_with(workspace, "own", files)
    accepted(workspace, "own")
    edit(workspace / "templates/base" / file, old, new)
    (problem,) = rot_problems(load_bureau(workspace, "own"))
    assert problem.subject == told
    assert problem.detail


def test_a_broken_list_of_what_was_accepted_is_told(workspace: Path) -> None:
    bureau_with(workspace, "own", {"style.css": "", "accepted.yaml": "- {overide: style.css}\n"})
    (problem,) = rot_problems(load_bureau(workspace, "own"))
    assert "is not a row of accepted overrides" in str(problem)
    assert problem.source.line == 1


@pytest.mark.parametrize("id_", [name for name in bureau_ids(ROOT) if name != "base"])
def test_what_lies_below_the_shipped_bureaus_is_recorded_as_it_is(id_: str, renew: bool) -> None:
    bureau = load_bureau(ROOT, id_)
    if renew and overrides_of(bureau):
        (bureau.layers[0] / "accepted.yaml").write_text(
            accepted_text(overrides_of(bureau)), "utf-8"
        )
    assert rot_problems(bureau) == []


# -- a new bureau ----------------------------------------------------------------------------------


def test_a_new_bureau_explains_every_setting_and_changes_nothing(workspace: Path) -> None:
    base = load_bureau(workspace, "base")
    text = starting_text(base, "new-one")
    bureau_with(workspace, "new-one", {"bureau.yaml": text})
    assert {**load_bureau(workspace, "new-one").settings, "name": ""} == {
        **base.settings,
        "name": "",
    }
    lines = [
        line[1:] if line.startswith("#") and not line.startswith("# ") else line
        for line in text.splitlines()
    ]
    bureau_with(workspace, "new-two", {"bureau.yaml": "\n".join(lines)})
    assert {**load_bureau(workspace, "new-two").settings, "name": ""} == {
        **base.settings,
        "name": "",
    }


def test_the_sections_that_can_be_ordered_are_those_of_the_templates() -> None:
    base = load_bureau(ROOT, "base")
    assert set(sections_of(base, "history")) == {
        "contents",
        "position",
        "figures",
        "occasions",
        "chronology",
        "sources",
        "sign_off",
    }
    for kind, own in base.settings["papers"].items():
        assert set(own["sections"]) <= set(sections_of(base, kind))


def test_an_unknown_bureau_is_told_with_the_nearest(workspace: Path) -> None:
    with pytest.raises(
        RequestError, match="unknown bureau 'arms-contrl' \\(did you mean 'arms-control'"
    ):
        load_bureau(workspace, "arms-contrl")
