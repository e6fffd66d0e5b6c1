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


def tree(body: str, head: str = "") -> Any:
    root = etree.fromstring(
        f'<html lang="en-GB"><head><title>T</title><meta name="author" content="A"/>{head}</head><body>'
        '<header class="running"><p class="start">S</p><p class="centre marking">Public</p>'
        '<p class="end">E</p></header><footer class="running"><p class="end">'
        '<span class="page-number"/> / <span class="page-count"/></p></footer>'
        f"<main>{body}</main></body></html>"
    )
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
    shown = html_sections(tree(EVERYTHING.replace("<q>quoted</q>", "“quoted”")))
    assert docx_sections(docx(EVERYTHING)) == shown


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
    assert languages == ["ja"]


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
