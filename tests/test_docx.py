"""The Word file: real styles, numbering, notes, fields and links, valid and always the same."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import etree

from briefgen.bureaus import load_bureau
from briefgen.render.docx import write
from briefgen.render.html import number_notes
from briefgen.render.quoting import quote
from tests.conftest import ROOT
from tests.texts import docx_notes, docx_sections, html_sections

SETTINGS = load_bureau(ROOT, "base").settings
EVERYTHING = """\
<h1>Title &amp; more</h1>
<p class="kicker">Kicker</p><p class="subtitle">Sub</p><p class="lead">Lead</p>
<p class="ask">Ask</p><p class="meta">Meta</p><p class="empty">Empty</p>
<dl class="facts"><dt>When</dt><dd>14 August</dd><dt>Where</dt><dd>Beijing</dd></dl>
<h2 id="two">Second</h2>
<p>Plain <strong>strong</strong> <em>em</em> <q>quoted</q> H<sub>2</sub>O<br/>next
<a href="https://example.org/a?b=1&amp;c=2">outside</a> <a href="#two">inside</a>
<span lang="ja">日本</span><note><em>Doc</em>, place 1.</note> and again<note><em>Doc</em>, place 1.</note>
other<note>Another.</note></p>
<ol><li>one<ul><li>deep</li></ul></li><li><p>two</p><p class="meta">more</p></li></ol>
<ol start="4"><li>four</li></ol>
<table><caption>A table</caption><colgroup><col width="40%"/><col width="60%"/></colgroup>
<thead><tr><th scope="col">A</th><th scope="col">B</th></tr></thead>
<tbody><tr><th scope="row" rowspan="2">r</th><td>1</td></tr><tr><td>2</td></tr>
<tr><td colspan="2">wide</td></tr></tbody></table>
<blockquote>Quoted</blockquote><dl><dt>Term</dt><dd>Meaning</dd></dl>
<h3>Third</h3><h4>Fourth</h4><section class="page-break"><p>After a break</p></section>
"""

RED_SQUARE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="


def tree(body: str, head: str = "") -> Any:
    root = etree.fromstring(
        f'<html lang="en-GB"><head><title>T</title><meta name="author" content="A"/>{head}</head><body>'
        '<header class="running"><p class="start">S</p><p class="centre marking">Public</p>'
        '<p class="end">E</p></header><footer class="running"><p class="end">'
        '<span class="page-number"/> / <span class="page-count"/></p></footer>'
        f"<main>{body}</main></body></html>"
    )
    quote(root)
    number_notes(root)
    return root


def docx(body: str, notes: Any = "endnotes", head: str = "") -> bytes:
    return write(tree(body, head), theme=SETTINGS["theme"], notes=notes, page=SETTINGS["page"])


def part(content: bytes, name: str) -> Any:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return etree.fromstring(package.read(name))


def body_of(content: bytes) -> Any:
    return part(content, "word/document.xml")


def style_of(paragraph: Any) -> str:
    return str(paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}").get(qn("w:val")))


def audit(path: Path) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).parent / "openxml-audit"
    return subprocess.run([str(tool), str(path)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("notes", ["endnotes", "footnotes"])
def test_a_file_with_everything_is_valid_office_open_xml(tmp_path: Path, notes: Any) -> None:
    path = tmp_path / "all.docx"
    path.write_bytes(docx(EVERYTHING, notes))
    result = audit(path)
    assert result.returncode == 0, result.stdout


def test_the_validator_would_find_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "bad.docx"
    content = docx("<h1>T</h1>")
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"<w:body>", b"<w:body><w:bogus/>"))
    assert audit(path).returncode == 1


def test_every_element_is_shown_in_its_order() -> None:
    assert "“quoted”" in str(docx_sections(docx(EVERYTHING)))
    assert docx_sections(docx(EVERYTHING)) == html_sections(tree(EVERYTHING))


def test_headings_and_lists_have_words_own_styles() -> None:
    paragraphs = list(body_of(docx(EVERYTHING)).iter(qn("w:p")))
    styles = {"".join(p.itertext()): style_of(p) for p in paragraphs if p.find(qn("w:pPr")) is not None
              and p.find(f"{qn('w:pPr')}/{qn('w:pStyle')}") is not None}  # fmt: skip
    assert styles["Title & more"] == "Heading1"
    assert styles["Second"] == "Heading2"
    assert styles["one"] == "ListNumber"
    assert styles["deep"] == "ListBullet2"
    assert styles["A table"] == "Caption"
    assert styles["A"] == "TableHeading"
    assert styles["r"] == "TableRowHeading"
    assert styles["Empty"] == "NothingRecorded"


def test_each_numbered_list_begins_at_its_own_start() -> None:
    content = docx(EVERYTHING)
    numbers = {
        "".join(p.itertext()): p.find(f".//{qn('w:numId')}").get(qn("w:val"))
        for p in body_of(content).iter(qn("w:p"))
        if p.find(f".//{qn('w:numId')}") is not None
    }
    assert numbers["one"] == numbers["two"] != numbers["four"]
    numbering = part(content, "word/numbering.xml")
    start = numbering.xpath(
        f"//w:num[@w:numId='{numbers['four']}']//w:startOverride/@w:val",
        namespaces={"w": numbering.nsmap["w"]},
    )
    assert start == ["4"]


def test_the_head_of_a_table_repeats_and_no_row_breaks() -> None:
    rows = list(body_of(docx(EVERYTHING)).iter(qn("w:tr")))
    assert [r.find(f".//{qn('w:tblHeader')}") is not None for r in rows] == [True] + [False] * 3
    assert all(r.find(f".//{qn('w:cantSplit')}") is not None for r in rows)


def test_cells_span_columns_and_rows() -> None:
    table = Document(io.BytesIO(docx(EVERYTHING))).tables[0]
    assert [[c.text for c in row.cells] for row in table.rows] == [
        ["A", "B"], ["r", "1"], ["r", "2"], ["wide", "wide"],
    ]  # fmt: skip


def test_a_table_is_as_wide_as_the_text_and_described() -> None:
    table = next(body_of(docx(EVERYTHING)).iter(qn("w:tbl")))
    widths = [int(c.get(qn("w:w"))) for c in table.iter(qn("w:gridCol"))]
    page = SETTINGS["page"]
    text = (page["width"] - page["margin_left"] - page["margin_right"]) * 1440 / 25.4
    assert sum(widths) == pytest.approx(text, abs=3)
    assert widths[0] / sum(widths) == pytest.approx(0.4, abs=0.01)
    assert table.find(f".//{qn('w:tblCaption')}").get(qn("w:val")) == "A table"


@pytest.mark.parametrize("kind", ["endnotes", "footnotes"])
def test_notes_are_real_notes_with_their_separators(kind: Any) -> None:
    content = docx(EVERYTHING, kind)
    assert docx_notes(content, kind) == ["Doc, place 1.", "Another."]
    types = [n.get(qn("w:type")) for n in part(content, f"word/{kind}.xml")]
    assert types == ["separator", "continuationSeparator", None, None]
    settings = etree.tostring(part(content, "word/settings.xml")).decode()
    assert f"{kind[:-1]}Pr" in settings


def test_a_note_cited_twice_is_one_note_and_a_cross_reference() -> None:
    document = body_of(docx(EVERYTHING))
    assert len(list(document.iter(qn("w:endnoteReference")))) == 2
    fields = [i.text.strip() for i in document.iter(qn("w:instrText"))]
    assert fields == ["NOTEREF _Note1 \\f \\h"]
    marks = {b.get(qn("w:name")) for b in document.iter(qn("w:bookmarkStart"))}
    assert "_Note1" in marks


def test_endnotes_are_numbered_1_2_3_and_not_i_ii_iii() -> None:
    document = etree.tostring(body_of(docx(EVERYTHING))).decode()
    assert '<w:endnotePr><w:numFmt w:val="decimal"/></w:endnotePr>' in document


def test_page_numbers_are_fields_with_a_result() -> None:
    footer = part(docx(EVERYTHING), "word/footer1.xml")
    assert [i.text.strip() for i in footer.iter(qn("w:instrText"))] == ["PAGE", "NUMPAGES"]
    assert "".join(t.text for t in footer.iter(qn("w:t"))) == "1 / 1"


def test_the_running_header_holds_the_marking_between_tab_stops() -> None:
    header = part(docx(EVERYTHING), "word/header1.xml")
    assert "".join(t.text for t in header.iter(qn("w:t"))) == "SPublicE"
    assert len(list(header.iter(qn("w:tab")))) == 4


def test_links_lead_outside_and_inside() -> None:
    content = docx(EVERYTHING)
    relations = etree.tostring(part(content, "word/_rels/document.xml.rels")).decode()
    assert "https://example.org/a?b=1&amp;c=2" in relations
    inside = [h.get(qn("w:anchor")) for h in body_of(content).iter(qn("w:hyperlink"))]
    assert "b_two" in inside


def test_a_link_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="lead to nothing: gone"):
        docx('<p><a href="#gone">x</a></p>')


def test_an_element_outside_the_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="<video>"):
        docx("<video/>")


def test_japanese_and_arabic_runs_say_their_language() -> None:
    content = docx('<p lang="ar">مرحبا</p><p>In <span lang="ja">日本語</span></p>')
    document = body_of(content)
    first, second = document.iter(qn("w:p"))
    assert first.find(f".//{qn('w:bidi')}") is not None
    assert first.find(f".//{qn('w:rtl')}") is not None
    languages = [x.get(qn("w:eastAsia")) for x in second.iter(qn("w:lang"))]
    assert languages == ["ja-JP"]


def test_nothing_of_the_library_or_of_another_day_is_left_in_the_file() -> None:
    content = docx(EVERYTHING)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.namelist()[0] == "[Content_Types].xml"
        assert not [n for n in package.namelist() if "thumbnail" in n or "customXml" in n]
        assert {i.date_time for i in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in package.namelist():
            data = package.read(name)
            assert b"python-docx" not in data
            assert b"2013-" not in data


def test_the_same_paper_is_the_same_file() -> None:
    assert docx(EVERYTHING) == docx(EVERYTHING)


def test_the_properties_come_from_the_head() -> None:
    stamp = '<meta name="dcterms.created" content="2003-08-13T00:00:00+00:00"/>'
    found = Document(io.BytesIO(docx("<h1>T</h1>", head=stamp))).core_properties
    assert (found.title, found.author, found.language) == ("T", "A", "en-GB")
    assert found.created is not None
    assert found.created.isoformat()[:10] == "2003-08-13"


def test_white_space_collapses_as_in_html() -> None:
    content = docx("<p>\n  a <strong> b </strong>\n c<br/>  d </p>")
    (paragraph,) = Document(io.BytesIO(content)).paragraphs
    assert paragraph.text == "a b c\nd"


def texts_of(root: Any) -> list[str]:
    return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in root.iter(qn("w:p"))]


def shown(body: str) -> list[str]:
    return [text for text in texts_of(body_of(docx(body))) if text]


def running_parts(running: str) -> dict[str, str]:
    """The words of the headers and footers of a paper, by kind and page."""
    root = etree.fromstring(
        f'<html lang="en"><head><title>T</title></head><body>{running}<main><p>x</p></main></body></html>'
    )
    content = write(root, theme=SETTINGS["theme"], notes="endnotes", page=SETTINGS["page"])
    section = Document(io.BytesIO(content)).sections[0]
    places = {
        "header": section.header, "footer": section.footer,
        "first header": section.first_page_header, "first footer": section.first_page_footer,
    }  # fmt: skip
    assert section.different_first_page_header_footer is ("first" in running)
    return {
        name: place.paragraphs[0].text.strip()
        for name, place in places.items()
        if not place.is_linked_to_previous
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<section>a<p>b</p><strong>c</strong> d</section>", ["a", "b", "c d"]),
        ("<blockquote>a<p>b</p>c<ul><li>d</li></ul></blockquote>", ["a", "b", "c", "d"]),
        ("<ul><li><strong>a</strong><p>b</p></li></ul>", ["a", "b"]),
        ("<ul><li>a<ul><li>b</li></ul>c</li></ul>", ["a", "b", "c"]),
        ("<ul><li><ul><li>a</li></ul><p>b</p></li></ul>", ["a", "b"]),
        ("<table><tbody><tr><td>a<p>b</p><ul><li>c</li></ul></td></tr></tbody></table>", ["a", "b", "c"]),
        ('<dl class="facts"><dt>a</dt><dt>b</dt><dd><p>c</p><p>d</p></dd><dt>e</dt></dl>', ["a", "bc", "d", "e"]),
        ("<dl><dt>a</dt><dd><p>b</p><p>c</p></dd></dl>", ["a", "b", "c"]),
        ('<nav class="toc"><h2>In</h2><ul><li><a href="#x">a</a><ul><li>b</li></ul></li></ul></nav><h2 id="x">c</h2>', ["In", "a", "b", "c"]),
    ],
)  # fmt: skip
def test_no_word_is_lost_and_none_changes_its_place(
    body: str, words: list[str], tmp_path: Path
) -> None:
    assert shown(body) == words
    path = tmp_path / "mixed.docx"
    path.write_bytes(docx(body))
    result = audit(path)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    "body",
    [
        "<ul>lost<li>a</li></ul>",
        "<table><tr><td>a</td></tr></table>",
        "<table><tbody><tr>lost<td>a</td></tr></tbody></table>",
        "<dl><dt>a</dt><p>lost</p></dl>",
        "<figure>lost</figure>",
        "<p>a<ul><li>b</li></ul></p>",
    ],
)
def test_what_has_no_place_in_word_is_refused_and_not_dropped(body: str) -> None:
    with pytest.raises(ValueError, match=r"lost|<tr>|<p>|<ul>"):
        docx(body)


def test_a_block_beside_main_is_refused_and_not_dropped() -> None:
    root = tree("<p>a</p>")
    root.find("body").append(etree.fromstring("<section><p>lost</p></section>"))
    with pytest.raises(ValueError, match="<section> stands beside <main>"):
        write(root, theme=SETTINGS["theme"], notes="endnotes", page=SETTINGS["page"])


def test_signs_are_shown_as_they_are_written() -> None:
    assert shown("<p>Trinidad &amp; Tobago &lt;b&gt;</p>") == ["Trinidad & Tobago <b>"]


@pytest.mark.parametrize(
    "body",
    [
        '<p>a</p><ul class="page-break"><li>b</li><li>c</li></ul>',
        '<p>a</p><section class="page-break"><ol><li>b</li><li>c</li></ol></section>',
        '<p>a</p><section class="page-break"><table><tbody><tr><td>b</td><td>c</td></tr></tbody></table></section>',
        '<p>a</p><dl class="page-break"><dt>b</dt><dd>c</dd></dl>',
        '<p>a</p><hr class="page-break"/><p>b</p><p>c</p>',
    ],
)  # fmt: skip
def test_a_page_breaks_once_and_before_the_first_words_that_follow(body: str) -> None:
    paragraphs = [p for p in body_of(docx(body)).iter(qn("w:p")) if "".join(p.itertext())]
    breaks = [p.find(f"{qn('w:pPr')}/{qn('w:pageBreakBefore')}") is not None for p in paragraphs]
    assert breaks == [False, True, False]


@pytest.mark.parametrize(
    "body",
    [
        '<ul><li><p lang="ja">日</p></li></ul>',
        '<ul><li>a<p lang="ja">日</p></li></ul>',
        '<dl class="facts"><dt>a</dt><dd lang="ja">日</dd></dl>',
        '<table lang="ja"><tbody><tr><td>日</td></tr></tbody></table>',
        '<table><tbody><tr><td lang="ja">日</td></tr></tbody></table>',
        '<table><caption lang="ja">日</caption><tbody><tr><td>a</td></tr></tbody></table>',
        '<blockquote><p lang="ja">日</p></blockquote>',
        '<p>a<note lang="ja">日</note></p>',
    ],
)
def test_every_element_may_say_its_language(body: str) -> None:
    content = docx(body)
    name = "word/endnotes.xml" if "<note" in body else "word/document.xml"
    (run,) = [r for r in part(content, name).iter(qn("w:r")) if "日" in "".join(r.itertext())]
    assert run.find(f"{qn('w:rPr')}/{qn('w:lang')}").get(qn("w:eastAsia")) == "ja-JP"


def test_a_paper_in_arabic_runs_from_right_to_left() -> None:
    root = tree('<p>مرحبا <span lang="en">NPT</span></p>')
    root.set("lang", "ar")
    content = write(root, theme=SETTINGS["theme"], notes="endnotes", page=SETTINGS["page"])
    (paragraph,) = body_of(content).iter(qn("w:p"))
    assert paragraph.find(f"{qn('w:pPr')}/{qn('w:bidi')}") is not None
    words = {
        "".join(r.itertext()).strip("\u200e\u200f "): r.find(f".//{qn('w:rtl')}") is not None
        for r in paragraph.iter(qn("w:r"))
    }
    assert words == {"مرحبا": True, "NPT": False, "": False}
    default = part(content, "word/styles.xml").find(f".//{qn('w:lang')}")
    assert default.get(qn("w:bidi")) == "ar-EG"


@pytest.mark.parametrize(
    "target",
    [
        '<section id="t"><p>a</p></section>',
        '<ul><li id="t"><p>a</p></li></ul>',
        '<table id="t"><tbody><tr><td>a</td></tr></tbody></table>',
        '<table><tbody><tr id="t"><td>a</td></tr></tbody></table>',
        '<dl class="facts"><dt>a</dt><dd id="t">b</dd></dl>',
        '<p>a <span id="t">b</span></p>',
        '<section id="t"></section>',
    ],
)
def test_a_link_may_lead_to_any_element(target: str) -> None:
    document = body_of(docx(f'<p><a href="#t">to</a></p>{target}'))
    (name,) = [b.get(qn("w:name")) for b in document.iter(qn("w:bookmarkStart"))]
    assert [h.get(qn("w:anchor")) for h in document.iter(qn("w:hyperlink"))] == [name]


def test_bookmarks_have_names_that_word_accepts_each_once() -> None:
    ids = ["x" * 60, "x" * 61, "日本", "中国", "a-b", "a.b"]
    document = body_of(docx("".join(f'<h2 id="{i}">h</h2>' for i in ids)))
    starts = list(document.iter(qn("w:bookmarkStart")))
    names = [s.get(qn("w:name")) for s in starts]
    assert len(set(names)) == len(ids)
    assert all(len(name) <= 40 and name.isascii() for name in names)
    assert len({s.get(qn("w:id")) for s in starts}) == len(ids)


@pytest.mark.parametrize("kind", ["endnotes", "footnotes"])
def test_a_link_in_a_note_leads_outside(kind: Any, tmp_path: Path) -> None:
    content = docx('<p>a<note>See <a href="https://example.org/n">there</a>.</note></p>', kind)
    (link,) = part(content, f"word/{kind}.xml").iter(qn("w:hyperlink"))
    relations = {r.get("Id"): r.get("Target") for r in part(content, f"word/_rels/{kind}.xml.rels")}
    assert relations[link.get(qn("r:id"))] == "https://example.org/n"
    path = tmp_path / "note.docx"
    path.write_bytes(content)
    assert audit(path).returncode == 0


def test_endnotes_have_no_rule_above_and_footnotes_have_one() -> None:
    end, foot = (part(docx(EVERYTHING, k), f"word/{k}.xml") for k in ("endnotes", "footnotes"))
    assert list(end.iter(qn("w:separator"))) == []
    assert len(list(foot.iter(qn("w:separator")))) == 1


def test_a_note_in_a_running_header_is_refused() -> None:
    with pytest.raises(ValueError, match="<note> cannot stand in a running header"):
        running_parts('<header class="running"><p class="start"><note>x</note></p></header>')


def test_a_marking_stands_on_page_one_also_when_only_the_header_differs_there() -> None:
    assert running_parts(
        '<header class="running first"><p class="start">One</p></header>'
        '<header class="running"><p class="start">Later</p></header>'
        '<footer class="running"><p class="marking centre">Secret</p></footer>'
    ) == {"header": "Later", "footer": "Secret", "first header": "One", "first footer": "Secret"}


def test_a_zone_of_a_running_header_without_its_name_is_refused() -> None:
    with pytest.raises(ValueError, match="start, centre and end"):
        running_parts('<footer class="running"><p class="middle">Secret</p></footer>')


def test_the_marking_in_the_margin_has_a_style_of_its_own() -> None:
    header = part(docx("<h1>T</h1>"), "word/header1.xml")
    (run,) = [r for r in header.iter(qn("w:r")) if "".join(r.itertext()) == "Public"]
    assert run.find(f".//{qn('w:rStyle')}").get(qn("w:val")) == "MarkingCharacter"


def test_every_style_that_is_used_is_there() -> None:
    content = docx(EVERYTHING)
    known = {s.get(qn("w:styleId")) for s in part(content, "word/styles.xml").iter(qn("w:style"))}
    used = set()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.startswith("word/") and name.endswith(".xml") and "theme" not in name:
                root = etree.fromstring(package.read(name))
                for tag in ("w:pStyle", "w:rStyle", "w:tblStyle", "w:basedOn", "w:next"):
                    used |= {e.get(qn("w:val")) for e in root.iter(qn(tag))}
    assert len(used) > 20
    assert used <= known


def test_strong_and_emphasis_have_words_own_styles() -> None:
    (paragraph,) = Document(io.BytesIO(docx("<p>a<strong>b</strong><em>c</em></p>"))).paragraphs
    assert [r.style.name for r in paragraph.runs][1:] == ["Strong", "Emphasis"]
    assert [(r.bold, r.italic) for r in paragraph.runs][1:] == [(True, None), (None, True)]


def test_a_caption_describes_its_table_without_its_notes() -> None:
    document = body_of(docx(
        "<table><caption>Status<note>Source.</note></caption><tbody><tr><td>a</td></tr></tbody></table>"
    ))  # fmt: skip
    for tag in ("w:tblCaption", "w:tblDescription"):
        assert next(document.iter(qn(tag))).get(qn("w:val")) == "Status"


@pytest.mark.parametrize(
    ("rows", "look"),
    [
        ("<tbody><tr><td>a</td></tr></tbody>", ("0600", "0", "0")),
        ("<thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody>", ("0620", "1", "0")),
        ("<thead><tr><th>a</th></tr></thead><tbody><tr><th>b</th></tr></tbody>", ("06A0", "1", "1")),
    ],
)  # fmt: skip
def test_a_table_says_truly_which_of_its_cells_are_headings(
    rows: str, look: tuple[str, str, str]
) -> None:
    found = next(body_of(docx(f"<table>{rows}</table>")).iter(qn("w:tblLook")))
    assert tuple(found.get(qn(f"w:{n}")) for n in ("val", "firstRow", "firstColumn")) == look


def test_every_row_fills_the_columns_of_the_widest() -> None:
    table = next(body_of(docx(
        '<table><tbody><tr><td>a</td></tr><tr><td rowspan="2">b</td><td>c</td></tr><tr><td>d</td><td>e</td></tr></tbody></table>'
    )).iter(qn("w:tbl")))  # fmt: skip
    grid = len(list(table.iter(qn("w:gridCol"))))
    assert grid == 3
    assert [len(list(row.iter(qn("w:tc")))) for row in table.iter(qn("w:tr"))] == [grid] * 3


def test_two_tables_stay_two_and_none_ends_the_paper() -> None:
    table = "<table><tbody><tr><td>a</td></tr></tbody></table>"
    names = [etree.QName(e).localname for e in body_of(docx(table + table))[0]]
    assert names == ["tbl", "p", "tbl", "p", "sectPr"]


def test_what_is_kept_together_lets_go_of_what_follows() -> None:
    paragraphs = body_of(docx('<section class="keep"><p>a</p><p>b</p></section><p>c</p>')).iter(
        qn("w:p")
    )
    assert [p.find(f".//{qn('w:keepNext')}") is not None for p in paragraphs] == [
        True,
        False,
        False,
    ]


def test_the_rows_of_a_table_that_is_kept_stay_together() -> None:
    rows = "".join(f"<tr><td>{n}</td></tr>" for n in range(3))
    table = body_of(docx(f'<table class="keep"><tbody>{rows}</tbody></table><p>x</p>'))
    held = [r.find(f".//{qn('w:keepNext')}") is not None for r in table.iter(qn("w:tr"))]
    assert held == [True, True, False]


def test_contents_show_their_page_numbers_at_the_right_margin() -> None:
    content = docx('<nav class="toc"><ul><li><a href="#x">X</a> <span class="toc-page">3</span></li></ul></nav><h2 id="x">X</h2>')  # fmt: skip
    entry = next(body_of(content).iter(qn("w:p")))
    assert style_of(entry) == "Toc1"
    assert Document(io.BytesIO(content)).paragraphs[0].text == "X\t3"
    styles = part(content, "word/styles.xml")
    (leader,) = styles.xpath(
        "//w:style[@w:styleId='Toc1']//w:tab/@w:leader", namespaces=styles.nsmap
    )
    assert leader == "dot"


def test_pictures_are_described_and_numbered() -> None:
    source = f"data:image/png;base64,{RED_SQUARE}"
    figure = f'<figure><img src="{source}" alt="A red square" width="20"/><figcaption>Red</figcaption></figure>'
    document = body_of(docx(f'<section class="keep">{figure}{figure}</section>'))
    drawn = [e for e in document.iter() if etree.QName(e).localname == "docPr"]
    assert [(d.get("id"), d.get("descr")) for d in drawn] == [
        ("1", "A red square"),
        ("2", "A red square"),
    ]
    extent = next(e for e in document.iter() if etree.QName(e).localname == "extent")
    assert int(extent.get("cx")) == 20 * 36000


def test_a_picture_that_word_cannot_show_is_refused() -> None:
    with pytest.raises(ValueError, match="image of this kind"):
        docx('<figure><img src="data:image/svg+xml;base64,PHN2Zy8+" alt="x"/></figure>')


def test_times_of_the_head_are_told_in_universal_time() -> None:
    stamp = '<meta name="dcterms.created" content="2003-08-14T03:00:00+09:00"/>'
    found = Document(io.BytesIO(docx("<h1>T</h1>", head=stamp))).core_properties
    assert found.created is not None
    assert found.created.isoformat()[:19] == "2003-08-13T18:00:00"
