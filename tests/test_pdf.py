"""The PDF: tagged, closed to the outside, and silent only when nothing is wrong."""

from __future__ import annotations

import io
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from briefgen.bureaus import load_bureau
from briefgen.errors import BriefgenError
from briefgen.render import pdf
from tests.conftest import ROOT
from tests.test_docx import EVERYTHING, tree
from tests.test_papers import made

BUREAU = load_bureau(ROOT, "base")
STYLE = (ROOT / "templates/base/style.css").read_text("utf-8")


def make(body: str, style: str = "", notes: Any = "endnotes") -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(make_bytes(body, style, notes)))


def make_bytes(body: str, style: str = "", notes: Any = "endnotes") -> bytes:
    settings = BUREAU.settings
    return pdf.write(
        tree(body),
        styles=[STYLE, style],
        theme=settings["theme"],
        page=settings["page"],
        notes=notes,
    )


def test_the_paper_is_tagged_titled_and_in_its_language() -> None:
    document = pikepdf.open(io.BytesIO(made("china-2003-08-13")[1]["pdf"]))
    root = document.Root
    assert bool(root.MarkInfo.Marked)
    assert str(root.Lang) == "en-GB"
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    assert (
        str(document.docinfo["/Title"])
        == "Japan-China Consultation on Disarmament and Non-proliferation"
    )
    assert str(document.docinfo["/Author"]) == "Ministry of Foreign Affairs of Japan"
    assert str(document.docinfo["/CreationDate"]).startswith("D:20030813")


def test_headings_are_bookmarks() -> None:
    with pikepdf.open(io.BytesIO(made("china-2003-08-13")[1]["pdf"])).open_outline() as outline:
        (paper,) = outline.root
        assert [entry.title for entry in paper.children][:3] == [
            "Objectives", "Points to make", "If raised",
        ]  # fmt: skip


def test_every_font_is_embedded() -> None:
    document = pikepdf.open(io.BytesIO(made("history-ctbt")[1]["pdf"]))
    for page in document.pages:
        for font in page.Resources.Font.values():
            (below,) = font.DescendantFonts
            assert any(key in below.FontDescriptor for key in ("/FontFile2", "/FontFile3"))


def test_the_marking_stands_at_the_head_and_foot_of_every_page(tmp_path: Path) -> None:
    import subprocess

    path = tmp_path / "paper.pdf"
    path.write_bytes(made("history-ctbt")[1]["pdf"])
    text = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True
    ).stdout
    pages = text.split("\f")[:-1]
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        lines = [line for line in page.splitlines() if line.strip()]
        assert "PUBLIC" in lines[0]
        assert "PUBLIC" in lines[-1]
        assert "".join(lines[-1].split()).endswith(f"{number}/{len(pages)}")


def test_everything_in_the_vocabulary_renders_without_a_complaint() -> None:
    assert len(make(EVERYTHING).pages) >= 1
    assert len(make(EVERYTHING, notes="footnotes").pages) >= 1


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("p { colr: red }", "colr"),
        ("p { background: url(file:///etc/passwd) }", "is not part of the bureau's templates"),
        ("@import url('https://example.org/x.css');", "is not part of the bureau's templates"),
        ("p { background: url(http://169.254.169.254/) }", "is not part of the bureau's"),
    ],
)
def test_whatever_the_renderer_complains_of_is_an_error(style: str, told: str) -> None:
    with pytest.raises(BriefgenError, match=told):
        make("<h1>T</h1><p>x</p>", style)


def test_a_letter_without_a_glyph_is_an_error_and_not_a_box() -> None:
    with pytest.raises(BriefgenError, match=r"no font has U\+F0000"):
        make("<h1>T</h1><p>\U000f0000</p>")


def test_japanese_and_arabic_letters_have_glyphs() -> None:
    assert make('<h1>T</h1><p>日本語 <span lang="ar" dir="rtl">مرحبا</span></p>').pages


def test_nothing_is_asked_of_the_network() -> None:
    asked: list[str] = []

    class Counter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Counter)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    for style in (f"p {{ background: url({address}/a.png) }}", f"@import url('{address}/b.css');"):
        with pytest.raises(BriefgenError):
            make("<h1>T</h1><p>x</p>", style)
    server.shutdown()
    thread.join()
    server.server_close()
    assert asked == []


def test_a_heading_never_ends_a_page() -> None:
    """Many short sections: no page's last line may be a heading."""
    import subprocess

    sections = "".join(f"<h2>Heading {n}</h2><p>{'Words of text. ' * 25}</p>" for n in range(40))
    content = io.BytesIO()
    make(f"<h1>T</h1>{sections}").save(content)
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"],
        input=content.getvalue(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    for page in text.split("\f")[:-1]:
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        assert not lines[-2].startswith("Heading")


def test_the_tree_is_read_as_the_html_that_is_written_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lxml import etree

    def parsed(root: Any) -> Any:
        import weasyprint

        text = etree.tostring(root, encoding="unicode", method="html")
        return weasyprint.HTML(
            string=f"<!DOCTYPE html>\n{text}", base_url="brief:/", url_fetcher=pdf._closed_fetcher()
        )

    papers = [made("china-2003-08-13")[1]["pdf"], make_bytes(EVERYTHING)]
    monkeypatch.setattr(pdf, "_read", parsed)
    assert [made("china-2003-08-13")[1]["pdf"], make_bytes(EVERYTHING)] == papers


def lines_of(body: str, style: str) -> list[str]:
    """The lines of a paper as they are set, note numbers in them."""
    settings = BUREAU.settings
    laid = pdf.laid_here(
        tree(body),
        styles=[STYLE, style],
        theme=settings["theme"],
        page=settings["page"],
        notes="endnotes",
    )
    return [
        "".join(box.text for box in line.descendants() if hasattr(box, "text"))
        for page in laid.document.pages
        for line in page._page_box.descendants()
        if type(line).__name__ == "LineBox"
    ]


@pytest.mark.parametrize("word", ["arms.", "arms", "arms,", "1996", "(arms)", "“arms”", "arms;"])
def test_the_number_of_a_note_stands_on_the_line_of_its_word(word: str) -> None:
    said = f"<em>Some words that are set here, and go on about</em> {word}<note>A</note> And more."
    widths = range(30, 110, 1)
    body = "".join(f'<p class="w{width}">{said}</p>' for width in widths)
    style = "".join(f".w{width} {{ width: {width}mm }}" for width in widths)
    numbered = [line for line in lines_of(body, style) if re.search(rf"{re.escape(word)}\d+", line)]
    assert len(numbered) == len(widths)
