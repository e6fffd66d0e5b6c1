"""What may stand in what: PDF and DOCX show the same words, or the template is told what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from briefgen.bureaus import Bureau, load_bureau
from briefgen.errors import BriefgenError
from briefgen.render import render
from tests.fuzz.word_files import PORTIONS, docx_words

MARKED = {"marking": {"portions": PORTIONS}}


@pytest.fixture
def bureau(workspace: Path) -> Bureau:
    return load_bureau(workspace, "base")


def made(
    bureau: Bureau, body: str, language: str = "en", data: dict[str, Any] | None = None
) -> bytes:
    """The Word file of a template of which this is the main part."""
    text = f"<html lang='{language}'><head><title>T</title></head><body><main>{body}</main></body></html>"
    (bureau.layers[0] / "x.html.j2").write_text(text, "utf-8")
    return render(bureau, "x.html.j2", data or {}, ["docx"])["docx"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<p>a<ul><li>b</li></ul></p>", "<ul> stands in <p>"),
        ("<h2><p>a</p></h2>", "<p> stands in <h2>"),
        ("<p><strong><table/></strong></p>", "<table> stands in <strong>"),
        ("<p>a<br>lost</br></p>", "has words in <br>"),
        ("<hr>lost</hr>", "has words in <hr>"),
        ("<p><span class='page-number'>lost</span></p>", "has words in <span class='page-number'>"),
        ("<p class='page-count'/>", "has <p class='page-count'>"),
        ("<table><tbody/></table>", "has a <table> without rows"),
        ("<table><tbody><tr/></tbody></table>", "has a <tr> without cells"),
        ("<table><tbody><tr><td>a</td></tr></tbody><caption>b</caption></table>", "has a <table> whose parts"),
        ("<table><caption>a</caption><caption>b</caption><tbody><tr><td/></tr></tbody></table>", "has a <table> whose"),
        ("<table><colgroup><col width='x'/></colgroup><tbody><tr><td/></tr></tbody></table>", "has a <col> of width 'x'"),
        ("<table><colgroup><col/></colgroup><tbody><tr><td/></tr></tbody></table>", "has a <col> of width ''"),
        ("<p>a<note>b<note>c</note></note></p>", "has a <note> in a <note>"),
        ("<header class='running'><p class='start'>a</p></header>", "has a <header> out of its place"),
        ("</main><footer><p>a</p></footer><main>", "has a <footer> out of its place"),
        ("</main><footer class='running'><p class='end'>a<note>b</note></p></footer><main>", "has a <note> in a running"),
        ("<p><html>a</html></p>", "<html> stands in <p>"),
        ("<main>a</main>", "<main> stands in <main>"),
        ("<p><a href='#a'>x</a></p></main><header class='running'><p id='a' class='end'/></header><main>", "links to '#a'"),
        ("<p><span data-marking='x'>a</span></p>", "has data-marking='x'"),
        ("<p><span data-marking='9'>a</span></p>", "has data-marking='9'"),
    ],
)  # fmt: skip
def test_what_the_formats_would_not_show_alike_is_told_with_its_template(
    bureau: Bureau, body: str, told: str
) -> None:
    with pytest.raises(BriefgenError) as caught:
        made(bureau, body, data=MARKED)
    assert told in str(caught.value)
    assert {p.source.path for p in caught.value.problems} == {"templates/base/x.html.j2"}


def test_a_second_running_header_is_told_and_not_dropped(bureau: Bureau) -> None:
    running = "<header class='running'><p class='end'>a</p></header>"
    with pytest.raises(BriefgenError, match="has a running <header> twice"):
        made(bureau, f"</main>{running * 2}<main>")


@pytest.mark.parametrize("name", ["h1", "aside", "article", "header"])
def test_a_block_in_an_item_from_right_to_left_stays_a_block(bureau: Bureau, name: str) -> None:
    content = made(bureau, f"<ul><li><{name}>One</{name}></li></ul>", "ar")
    assert docx_words(content, "endnotes") == ["One"]


def test_a_note_behind_a_break_that_has_a_direction_is_not_lost(bureau: Bureau) -> None:
    content = made(bureau, "<p>a<br dir='rtl'/><note>b</note></p>")
    assert docx_words(content, "endnotes") == ["a[1]", "b"]
