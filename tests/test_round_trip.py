"""DOCX, HTML and PDF of random papers of the vocabulary say the same words, in the same order."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from briefgen.bureaus import Bureau, load_bureau
from briefgen.render import docx, pdf
from briefgen.render.html import render_html
from briefgen.render.quoting import marks_of
from tests.conftest import ROOT
from tests.said import docx_lines, html_lines, pdf_text, printed_lines, unlike, words_for_pdf
from tests.vocabulary import papers

# An example is told as it is found: to make a paper smaller would take minutes.
PAPERS = settings(
    max_examples=30,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
BUREAUS = ("base", "asia-oceania", "middle-east")  # English, Japanese, Arabic
# So wide that no line ends but where it was told to: a PDF has no space where one does.
WIDE = {"width": 1500, "height": 1500}
UNBROKEN = ".facts { grid-template-columns: 400mm 1fr }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace to write templates into."""
    made = tmp_path_factory.mktemp("papers")
    shutil.copytree(ROOT / "templates", made / "templates")
    return made


@cache
def bureau_of(folder: Path, name: str) -> Bureau:
    return load_bureau(folder, name)


def tree_of(bureau: Bureau, body: str) -> Any:
    """The checked tree of a paper that a template of the bureau holds as it stands."""
    side = ' dir="rtl"' if bureau.language == "ar" else ""
    head = f'<html lang="{bureau.language}"{side}><head><title>T</title></head>'
    path = bureau.layers[0] / "random.html.j2"
    path.write_text(f"{head}<body><main>{body}</main></body></html>", "utf-8")
    try:
        return render_html(bureau, path.name, {})
    finally:
        path.unlink()  # a bureau that is loaded with it would tell that no paper reads it


def docx_of(bureau: Bureau, tree: Any, notes: pdf.Notes = "endnotes") -> bytes:
    look = bureau.settings
    return docx.write(tree, theme=look["theme"], notes=notes, page=look["page"])


def pdf_of(bureau: Bureau, tree: Any) -> bytes:
    look = bureau.settings
    styles = [p.read_text("utf-8") for p in reversed(bureau.find_all("style.css"))]
    page = {**look["page"], **WIDE}
    return pdf.write(
        tree, styles=[*styles, UNBROKEN], theme=look["theme"], page=page, notes="endnotes"
    )


@pytest.mark.parametrize("name", BUREAUS)
def test_word_and_the_page_say_line_by_line_what_the_html_says(folder: Path, name: str) -> None:
    bureau = bureau_of(folder, name)

    @PAPERS
    @given(papers(), st.sampled_from(get_args(pdf.Notes)))
    def check(body: str, notes: pdf.Notes) -> None:
        tree = tree_of(bureau, body)
        told = html_lines(tree)
        assert docx_lines(docx_of(bureau, tree, notes), notes, bureau.settings["numerals"]) == told
        for tied in (True, False):
            printed = etree.HTML(pdf.to_print(tree, "endnotes", tied=tied))
            assert printed_lines(printed) == told

    check()


@pytest.mark.parametrize(("name", "count"), [("base", 12), ("asia-oceania", 6), ("middle-east", 6)])
def test_the_pdf_says_word_by_word_what_word_and_the_html_say(
    folder: Path, name: str, count: int
) -> None:
    bureau = bureau_of(folder, name)

    @settings(PAPERS, max_examples=count)
    @given(papers(most=4))
    def check(body: str) -> None:
        tree = tree_of(bureau, body)
        told = html_lines(tree)
        assert docx_lines(docx_of(bureau, tree), digits=bureau.settings["numerals"]) == told
        found = pdf_text(pdf_of(bureau, tree)).split()
        assert unlike(words_for_pdf(told), found, right=bureau.language == "ar") == []

    check()


# -- what random papers have shown -----------------------------------------------------------------


def said(folder: Path, body: str) -> tuple[list[str], str, str]:
    """The lines of Word, the words of the PDF, and those of the HTML for print."""
    bureau = bureau_of(folder, "base")
    tree = tree_of(bureau, body)
    printed = printed_lines(etree.HTML(pdf.to_print(tree, "endnotes")))
    words = " ".join(pdf_text(pdf_of(bureau, tree)).split())
    return docx_lines(docx_of(bureau, tree)), words, " ".join(printed)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<p><q>a <q>b</q> c</q></p>", "“a ‘b’ c”"),
        ('<p lang="fr"><q>a</q></p>', "«a»"),
        ('<p>so <q lang="ja">日本</q></p>', "so 「日本」"),
        ("<p>x<note>see <q>n</q></note></p>", "x1 see “n”"),
    ],
)
def test_quotations_bear_the_same_marks_in_every_format(
    folder: Path, body: str, words: str
) -> None:
    in_word, in_pdf, in_html = said(folder, body)
    assert (" ".join(in_word), in_pdf, in_html) == (words, words, words)


def test_the_marks_of_a_language_are_those_of_its_variant_or_its_own() -> None:
    assert marks_of("zh-Hant-TW") == "「」『』"
    assert marks_of("zh-CN") == marks_of("en-GB") == "“”‘’"
    assert marks_of("fr-CA")[:2] == "«»"


@pytest.mark.parametrize(
    ("item", "order"),
    [
        ("a<ul><li>b</li></ul>c", "a b c"),
        ("<p>a</p><ol><li>b</li></ol><p>c</p>", "a b c"),
        ("<footer>a</footer>b", "a b"),
        ("a<ul><li>b<ul><li>c</li></ul>d</li></ul>", "a b c d"),
    ],
)
def test_what_follows_an_inner_list_is_read_after_it(folder: Path, item: str, order: str) -> None:
    in_word, in_pdf, _ = said(folder, f"<ul><li>{item}</li></ul>")
    assert " ".join(in_word) == in_pdf == order


@pytest.mark.parametrize("begun", ['<hr class="page-break"/>c', '<p class="page-break">c</p>'])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<dl class="facts"><dt>a</dt><dd>b{}</dd><dt>d</dt><dd>e</dd></dl>', "a b c d e"),
        ("<table><tbody><tr><td>b{}</td><td>d</td></tr></tbody></table>", "b c d"),
    ],
)
def test_a_page_begun_within_facts_or_a_table_loses_no_word_and_doubles_none(
    folder: Path, body: str, words: str, begun: str
) -> None:
    in_word, in_pdf, _ = said(folder, body.format(begun))
    assert " ".join(in_word) == in_pdf == words


def test_blocks_beside_words_from_right_to_left_stay_blocks(folder: Path) -> None:
    body = '<table><tbody><tr><td>{}<h4 lang="ar">حظر</h4></td></tr></tbody></table>'
    assert said(folder, body.format('<span lang="ar">سفير</span>'))[0] == ["سفير", "حظر"]


def test_a_list_begins_at_its_number_in_every_format(folder: Path) -> None:
    bureau = bureau_of(folder, "base")
    tree = tree_of(bureau, '<ol start="4"><li>a</li><li>b</li></ol>')
    command = ["pdftotext", "-layout", "-", "-"]
    shown = subprocess.run(command, input=pdf_of(bureau, tree), capture_output=True, check=True)
    assert re.findall(r"\d+\. +\w", shown.stdout.decode()) == ["4. a", "5. b"]


def test_a_note_cited_again_bears_its_number_in_the_digits_of_the_paper(folder: Path) -> None:
    (folder / "templates/hindi").mkdir()
    settings_of = "name: Hindi\nextends: base\nnumerals: devanagari\n"
    (folder / "templates/hindi/bureau.yaml").write_text(settings_of, "utf-8")
    bureau = load_bureau(folder, "hindi")
    tree = tree_of(bureau, "<p>a<note>n</note> b<note>n</note></p>")
    assert docx_lines(docx_of(bureau, tree), digits="devanagari")[0] == "a१ b१"
