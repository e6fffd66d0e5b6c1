"""Papers from right to left and in kanji come out right, in PDF and Word alike."""

from __future__ import annotations

import html
import io
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx.oxml.ns import qn
from lxml import etree

from briefgen.bureaus import bureau_ids, load_bureau
from briefgen.render import docx, pdf
from briefgen.render.directions import set_directions
from briefgen.render.html import number_notes
from briefgen.render.numerals import set_numerals
from tests.conftest import ROOT
from tests.test_docx import audit

PAGE_WIDTH = 210 / 25.4 * 72


def english(text: str) -> str:
    return f'<span lang="en" dir="ltr">{text}</span>'


ARABIC = f"""\
<h1>الصين ومعاهدة الحظر</h1>
<dl class="facts"><dt>الموعد</dt><dd>بيجين</dd></dl>
<p class="ask">نطلب التصديق.</p>
<ol class="points"><li><p class="lead">ندعو إلى التصديق.<note>الوثيقة، 12.</note></p></li>
<li>{english("They answered (internally).")}<note>الوثيقة، 13.</note></li></ol>
<ul><li>قائمة</li></ul>
<table><caption>الحالة</caption><colgroup><col width="30%"/><col width="40%"/><col width="30%"/></colgroup>
<thead><tr><th scope="col">المعاهدة</th><th scope="col">الصين</th><th scope="col" class="number">العدد</th></tr></thead>
<tbody><tr><th scope="row">الحظر</th><td>وقعت</td><td class="number">88</td></tr></tbody></table>
"""


def tree(body: str, language: str = "ar", numerals: str = "western") -> Any:
    side = ' dir="rtl"' if language == "ar" else ""
    root = etree.fromstring(
        f'<html lang="{language}"{side}><head><title>T</title><meta name="author" content="A"/></head>'
        '<body class="brief"><header class="running"><p class="start">موجز</p>'
        '<p class="end">أغسطس</p></header><footer class="running"><p class="start">وزارة</p>'
        '<p class="end"><span class="page-number"/> / <span class="page-count"/></p></footer>'
        f"<main>{body}</main></body></html>"
    )
    set_directions(root)
    number_notes(root)
    set_numerals(root, numerals)
    return root


def settings_of(bureau: str) -> dict[str, Any]:
    return load_bureau(ROOT, bureau).for_paper("brief").settings


def as_pdf(root: Any, bureau: str = "middle-east", notes: Any = "endnotes") -> bytes:
    found = load_bureau(ROOT, bureau)
    styles = [path.read_text("utf-8") for path in reversed(found.find_all("style.css"))]
    given = settings_of(bureau)
    return pdf.write(root, styles=styles, theme=given["theme"], page=given["page"], notes=notes)


def as_docx(root: Any, bureau: str = "middle-east", notes: Any = "endnotes") -> bytes:
    given = settings_of(bureau)
    return docx.write(root, theme=given["theme"], page=given["page"], notes=notes)


def words(content: bytes, tmp_path: Path) -> dict[str, tuple[float, float]]:
    """Left and right edge in points of every word of a PDF, as poppler finds it.

    Poppler tells Arabic words by the order of their letters on the page.
    """
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    found = subprocess.run(
        ["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    places = re.findall(r'<word xMin="([\d.]+)".*? xMax="([\d.]+)".*?>(.*?)</word>', found)
    return {
        _logical(html.unescape(word)): (float(left), float(right)) for left, right, word in places
    }


def _logical(word: str) -> str:
    return word[::-1] if re.search("[\u0600-\u06ff]", word) else word


def part(content: bytes, name: str = "word/document.xml") -> Any:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return etree.fromstring(package.read(name))


def said(element: Any) -> str:
    return "".join(t.text or "" for t in element.iter(qn("w:t")))


def paragraph(content: bytes, words_: str, name: str = "word/document.xml") -> Any:
    (found,) = (p for p in part(content, name).iter(qn("w:p")) if words_ in said(p))
    return found


# -- from right to left, PDF -----------------------------------------------------------------------


def test_text_terms_and_columns_begin_at_the_right_in_the_pdf(tmp_path: Path) -> None:
    found = words(as_pdf(tree(ARABIC)), tmp_path)
    edge = PAGE_WIDTH - 16 / 25.4 * 72
    assert abs(found["نطلب"][1] - edge) < 1
    assert found["الموعد"][0] > found["بيجين"][1], "the column of terms is at the right"
    assert found["المعاهدة"][0] > found["العدد"][1], "the first column is at the right"
    assert found["88"][0] < 100, "numbers end at the left"


def test_markers_stand_right_of_their_items_in_the_pdf(tmp_path: Path) -> None:
    found = words(as_pdf(tree(ARABIC)), tmp_path)
    assert found["•"][0] > found["قائمة"][1]
    found = words(as_pdf(tree('<ol class="points"><li>ندعو</li></ol>')), tmp_path)
    assert found[".1"][0] > found["ندعو"][1]


def test_running_header_and_footer_are_mirrored_in_the_pdf(tmp_path: Path) -> None:
    found = words(as_pdf(tree(ARABIC)), tmp_path)
    assert found["موجز"][0] > PAGE_WIDTH / 2 > found["أغسطس"][1]
    assert found["وزارة"][0] > PAGE_WIDTH / 2


def test_a_page_of_pages_reads_from_the_right(tmp_path: Path) -> None:
    path = tmp_path / "first.pdf"
    path.write_bytes(as_pdf(tree(ARABIC + '<p class="page-break">آخر</p>')))
    text = subprocess.run(
        ["pdftotext", "-bbox", "-l", "1", str(path), "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    foot = re.findall(r'<word xMin="([\d.]+)" yMin="(8\d\d[\d.]*)".*?>([12])</word>', text)
    assert [number for _, _, number in sorted(foot, key=lambda f: float(f[0]))] == ["2", "1"]


def test_foreign_words_keep_their_order_and_full_stop(tmp_path: Path) -> None:
    found = words(as_pdf(tree(ARABIC)), tmp_path)
    assert found["They"][1] < found["answered"][0] < found["(internally)."][0]


# -- from right to left, Word ----------------------------------------------------------------------


def test_word_knows_that_the_paper_runs_from_right_to_left(tmp_path: Path) -> None:
    content = as_docx(tree(ARABIC))
    body = part(content)
    assert all(p.find(f"{qn('w:pPr')}/{qn('w:bidi')}") is not None
               for p in body.iter(qn("w:p")) if said(p))  # fmt: skip
    assert body.find(f".//{qn('w:sectPr')}/{qn('w:bidi')}") is not None
    assert body.find(f".//{qn('w:tblPr')}/{qn('w:bidiVisual')}") is not None
    styles = part(content, "word/styles.xml")
    assert styles.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}").get(qn("w:bidi")) == "ar-EG"
    (normal,) = (s for s in styles if s.get(qn("w:styleId")) == "Normal")
    assert normal.find(f"{qn('w:pPr')}/{qn('w:bidi')}") is not None
    path = tmp_path / "paper.docx"
    path.write_bytes(content)
    assert audit(path).returncode == 0, audit(path).stdout


def test_only_runs_from_right_to_left_say_so_in_word() -> None:
    content = as_docx(tree("<p>وقّعت الصين CTBT في 1996.</p>"))
    runs = {
        said(r): r.find(f"{qn('w:rPr')}/{qn('w:rtl')}") is not None
        for r in paragraph(content, "CTBT").iter(qn("w:r"))
    }
    assert runs == {"وقّعت الصين ": True, "CTBT": False, " في 1996.": True}


def test_the_bar_of_an_ask_is_at_the_right_and_joined_letters_are_not_spread() -> None:
    styles = {
        s.get(qn("w:styleId")): s for s in part(as_docx(tree(ARABIC)), "word/styles.xml").iter()
    }
    assert styles["Ask"].find(f".//{qn('w:pBdr')}/{qn('w:right')}") is not None
    assert styles["Ask"].find(f".//{qn('w:pBdr')}/{qn('w:left')}") is None
    assert styles["Kicker"].find(f"{qn('w:rPr')}/{qn('w:spacing')}") is None
    assert styles["Quote"].find(f"{qn('w:rPr')}/{qn('w:i')}") is None


def test_foreign_words_stand_between_marks_in_word() -> None:
    content = as_docx(tree(f"<p>قالت: {english('“Yes (we do).”')} ثم أكدت.</p>"))
    text = said(paragraph(content, "Yes"))
    assert text == "قالت: \u200f\u200e“Yes (we do).”\u200e\u200f ثم أكدت."


def test_the_number_of_a_note_is_not_drawn_to_a_year_before_it() -> None:
    content = as_docx(tree("<p>عام 2003<note>أ</note></p>"))
    runs = [said(r) for r in paragraph(content, "2003").iter(qn("w:r"))]
    assert runs == ["عام 2003", "\u200f", ""]


def test_a_paper_in_english_has_no_mark_of_direction() -> None:
    root = tree("<h1>Title</h1><p>One <em>two</em><note>Source.</note>.</p>", "en-GB")
    content = as_docx(root, "base")
    assert not re.search("[\u200e\u200f]", said(part(content)))
    assert part(content).find(f".//{qn('w:bidi')}") is None
    assert not [e for e in root.find("body/main").iter() if e.get("dir")]


# -- the tree --------------------------------------------------------------------------------------


def main_of(body: str, language: str = "ar") -> Any:
    return tree(body, language).find("body/main")


def test_a_line_that_is_foreign_as_a_whole_is_kept_together_but_stands_where_lines_begin() -> None:
    (line,) = main_of("<p><strong>Signed</strong>, 3 (three).</p>")
    assert line.get("dir") is None
    (span,) = line
    assert (span.get("dir"), "".join(span.itertext())) == ("ltr", "Signed, 3 (three).")


def test_foreign_words_within_a_line_are_kept_together() -> None:
    (line,) = main_of("<p>اجتمعوا في New York 3 مرات يوم 2003-08-13 في CTBT.</p>")
    assert [span.text for span in line] == ["New York", "2003-08-13"]


def test_a_note_stands_at_the_end_of_the_foreign_words_that_it_belongs_to() -> None:
    line, other = main_of(f"<p>{english('Yes.')}<note>أ</note></p><p>نعم<note>أ</note></p>")
    (span,) = line
    (note,) = span
    assert (note.get("lang"), note.get("dir")) == ("ar", "rtl")
    assert note.get("data-number") == other[0].get("data-number") == "1"


def test_arabic_in_an_english_paper_is_marked_too() -> None:
    (line,) = main_of("<p>مشاورات (الجولة 3)</p>", "en-GB")
    assert [(span.get("dir"), span.text) for span in line] == [("rtl", "مشاورات (الجولة 3)")]


# -- digits ----------------------------------------------------------------------------------------


def test_the_papers_own_numbers_are_in_its_digits_and_no_others(tmp_path: Path) -> None:
    body = (
        f"<p>عام 2003، رقم CHN-2003-08-13، {english('12 States')}، <cite>وثيقة 7</cite>، "
        '<a href="https://example.org/1">example.org/1</a>.<note>وثيقة 7.</note></p>'
        "<ol><li>واحد</li></ol>"
    )
    root = tree(body, numerals="arabic-indic")
    text = "".join(root.find("body/main/p").itertext())
    assert "عام ٢٠٠٣" in text
    for kept in ("CHN-2003-08-13", "12 States", "وثيقة 7", "example.org/1"):
        assert kept in text
    found = words(as_pdf(root), tmp_path)
    printed = "".join(found)
    assert "١" in printed, "the numbers of lists, notes and pages"


@pytest.mark.parametrize("notes", ["endnotes", "footnotes"])
def test_word_writes_lists_in_digits_that_it_cannot_count_in(notes: Any, tmp_path: Path) -> None:
    content = as_docx(tree(ARABIC, numerals="arabic-indic"), notes=notes)
    texts = [t.get(qn("w:val")) for t in part(content, "word/numbering.xml").iter(qn("w:lvlText"))]
    assert {"١.", "٢."} <= set(texts)
    assert len(list(part(content).iter(qn(f"w:{notes[:-1]}Reference")))) == 2, "Word counts them"
    path = tmp_path / "paper.docx"
    path.write_bytes(content)
    assert audit(path).returncode == 0, audit(path).stdout


def test_digits_that_word_can_count_in_are_counted_by_word() -> None:
    content = as_docx(tree(ARABIC, numerals="thai"))
    forms = [f.get(qn("w:val")) for f in part(content, "word/numbering.xml").iter(qn("w:numFmt"))]
    assert "thaiNumbers" in forms
    assert part(content).find(f".//{qn('w:endnotePr')}/{qn('w:numFmt')}").get(qn("w:val")) == (
        "thaiNumbers"
    )


# -- kanji -----------------------------------------------------------------------------------------

JAPANESE = (
    "<h1>日中軍縮協議</h1><p>我が国は<em>早期の批准</em>を求める。<note>外務省資料。</note></p>"
    '<p class="empty">記録はない。</p>'
)


def test_a_paper_in_japanese_has_its_fonts_in_both_formats(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(as_pdf(tree(JAPANESE, "ja"), "asia-oceania"))
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True)
    assert "Noto-Serif-CJK-JP" in fonts.stdout
    assert "Noto-Sans-CJK-JP-Bold" in fonts.stdout
    assert "Italic" not in fonts.stdout
    styles = part(as_docx(tree(JAPANESE, "ja"), "asia-oceania"), "word/styles.xml")
    found = {s.get(qn("w:styleId")): s.find(f".//{qn('w:rFonts')}") for s in styles.iter()}
    assert found["Heading1"].get(qn("w:eastAsia")) == "Noto Sans CJK JP"
    default = styles.find(f".//{qn('w:rPrDefault')}")
    assert default.find(f".//{qn('w:rFonts')}").get(qn("w:eastAsia")) == "Noto Serif CJK JP"
    assert default.find(f".//{qn('w:lang')}").get(qn("w:eastAsia")) == "ja-JP"


def test_latin_words_in_a_japanese_paper_are_no_japanese_to_word() -> None:
    content = as_docx(tree("<p>北京 and Tokyo</p>", "ja"), "asia-oceania")
    default = part(content, "word/styles.xml").find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    assert default.get(qn("w:val")) == "en-GB", "else a line could end within a Latin word"


def test_kanji_never_lean() -> None:
    content = as_docx(tree(JAPANESE, "ja"), "asia-oceania")
    assert part(content).find(f".//{qn('w:i')}") is None
    styles = part(content, "word/styles.xml")
    (empty,) = (s for s in styles if s.get(qn("w:styleId")) == "NothingRecorded")
    assert empty.find(f".//{qn('w:i')}") is None


def test_a_note_holds_on_to_the_last_letters_of_a_text_without_spaces() -> None:
    text = pdf.to_print(tree(JAPANESE, "ja"), "endnotes", tied=True)
    assert '<span class="tied">る。<sup' in text


def test_every_font_of_every_bureau_is_installed_with_the_program() -> None:
    known = subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True, check=True)
    families = {name.strip() for line in known.stdout.splitlines() for name in line.split(",")}
    wanted = {
        font
        for bureau in bureau_ids(ROOT)
        for font in load_bureau(ROOT, bureau).settings["theme"]["fonts"].values()
        if font
    }
    assert wanted <= families
