"""The tags and metadata of a PDF: what who cannot see the page is told of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from lxml import etree

from briefgen.errors import BriefgenError
from briefgen.render import pdf, render
from tests.conftest import Run
from tests.test_docx import EVERYTHING, tree
from tests.test_papers import compose, made
from tests.test_pdf import BUREAU, STYLE, make, make_bytes

CONTENTS = (
    '<nav class="toc"><h2>In this paper</h2><ul><li><a href="#x">First</a> <span class="toc-page"/>'
    '</li><li><a href="#y">Second</a> <span class="toc-page"/></li></ul></nav><h2 id="x">First</h2>'
    '<p>A</p><section class="page-break"><h2 id="y">Second</h2></section>'
)


def tags(found: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every tag with its path of names from the top."""
    for tag in found if isinstance(found, pikepdf.Array) else [found]:
        if isinstance(tag, pikepdf.Dictionary) and "/S" in tag:
            path = (*above, str(tag.S).removeprefix("/"))
            yield path, tag
            yield from tags(tag.get("/K", pikepdf.Array()), path)


def tree_of(pdf: pikepdf.Pdf) -> list[tuple[tuple[str, ...], Any]]:
    return list(tags(pdf.Root.StructTreeRoot.K))


@cache
def whole(notes: str) -> pikepdf.Pdf:
    return make(EVERYTHING, notes=notes)


def everything(notes: str = "endnotes") -> list[tuple[tuple[str, ...], Any]]:
    return tree_of(whole(notes))


def kinds(path_ends: str, notes: str = "endnotes") -> list[Any]:
    wanted = tuple(path_ends.split(" > "))
    return [tag for path, tag in everything(notes) if path[-len(wanted) :] == wanted]


def test_a_paper_says_that_it_is_pdf_a_2a_and_pdf_ua_1_and_how_it_is_marked() -> None:
    document = pikepdf.open(io.BytesIO(made("china-2003-08-13")[1]["pdf"]))
    told = document.Root.Metadata.read_bytes().decode()
    assert 'pdfaid:part="2" pdfaid:conformance="A"' in told
    assert 'pdfuaid:part="1"' in told
    assert "<briefgen:Marking>Public</briefgen:Marking>" in told
    (intent,) = document.Root.OutputIntents
    assert str(intent.S) == "/GTS_PDFA1"
    for name in ("dc:title", "dc:creator", "dc:description", "xmp:CreateDate", "xmp:ModifyDate"):
        assert name in told


def test_headings_of_tables_say_what_they_are_the_headings_of() -> None:
    scopes = [str(tag.A.Scope) for tag in kinds("TH")]
    assert scopes == ["/Column", "/Column", "/Row"]


def test_a_list_holds_items_and_an_item_its_label_and_its_body() -> None:
    for path, tag in everything():
        if path[-1] == "LI":
            inside = [str(kid.S) for kid in tag.K]
            assert inside in (["/LBody"], ["/Lbl", "/LBody"]), inside
    assert kinds("LBody > P"), "a paragraph in an item stands in its body"


def test_a_term_is_the_label_of_what_is_said_of_it() -> None:
    first = next(tag for path, tag in everything() if path[-1] == "L")
    assert [[str(kid.S) for kid in item.K] for item in first.K] == [["/Lbl", "/LBody"]] * 2


@pytest.mark.parametrize("notes", ["endnotes", "footnotes"])
def test_notes_are_notes_with_names_and_what_refers_to_them_is_a_reference(notes: str) -> None:
    names = [str(tag.ID) for tag in kinds("Note", notes)]
    assert len(names) == len(set(names)) == 2
    assert len(kinds("Reference", notes)) == 3


def test_words_in_another_language_say_which() -> None:
    document = make(
        '<h1>T</h1><p>The <span lang="ja">日本</span> and <span lang="en-GB">so</span></p>'
    )
    found = [str(tag.Lang) for _, tag in tree_of(document) if "/Lang" in tag]
    assert found == ["ja"], "what is in the paper's own language says nothing"


def test_a_link_says_its_words_and_where_it_leads() -> None:
    links = [link for page in whole("endnotes").pages for link in page.get("/Annots", [])]
    told = [str(link.Contents) for link in links]
    assert "outside (https://example.org/a?b=1&c=2)" in told
    assert "inside" in told
    assert "note-1" not in told


def test_each_link_can_be_clicked_once_also_the_number_of_a_note() -> None:
    body = (
        '<h1>T</h1><p>See <a href="https://example.org"><cite>A title</cite></a><note>A</note></p>'
    )
    document = make(body)
    (page,) = document.pages
    rooms = [[float(v) for v in link.Rect] for link in page.Annots]
    assert len(rooms) == 2
    assert all(abs(r[2] - r[0]) > 2 and abs(r[1] - r[3]) > 5 for r in rooms)


def test_running_headers_and_footers_are_no_part_of_the_text() -> None:
    document = make("<h1>T</h1><p>Text</p>")
    content = b" ".join(document.pages[0].Contents.read_bytes().split())
    assert content.count(b"/Artifact <</Type /Pagination>> BDC") >= 5
    owners = document.Root.StructTreeRoot.ParentTree.Nums[1]
    marked = [n for n in range(len(owners)) if f"<</MCID {n}>>".encode() in content]
    assert marked == [n for n, owner in enumerate(owners) if owner is not None]
    reached = {tag.objgen for _, tag in tree_of(document)}
    assert {owner.objgen for owner in owners if owner is not None} <= reached


def test_a_link_in_a_running_header_is_words_alone() -> None:
    body = (
        '<h1>T</h1><p>x <a href="https://example.org/a"><abbr title="A long word">A.</abbr></a></p>'
    )
    root = tree(body)
    zone = root.find("body/header/p")
    zone.text = None
    zone.append(etree.fromstring('<a href="https://example.org/b">S</a>'))
    settings = BUREAU.settings
    content = pdf.write(
        root, styles=[STYLE], theme=settings["theme"], page=settings["page"], notes="endnotes"
    )
    document = pikepdf.open(io.BytesIO(content))
    (page,) = document.pages
    assert [str(link.A.URI) for link in page.Annots] == ["https://example.org/a"]
    assert all("/StructParent" in link for link in page.Annots)


def test_contents_are_contents_and_lead_to_the_right_pages_without_dots_to_hear() -> None:
    style = '.toc-page::before { content: leader(".") } nav.toc li { text-align: justify }'
    for more in ("", style):
        document = make(f"<h1>T</h1>{CONTENTS}", more)
        assert [path[-1] for path, _ in tree_of(document) if path[-1] in ("TOC", "TOCI")] == [
            "TOC", "TOCI", "TOCI",
        ]  # fmt: skip
        words = heard(make_bytes(f"<h1>T</h1>{CONTENTS}", more))
        assert "....." not in words
        assert [words[words.index(name) + 1] for name in ("First", "Second")] == ["1", "2"]


def heard(content: bytes) -> list[str]:
    """The words of a PDF in the order of its tags."""
    import subprocess
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        command = ["pdfinfo", "-struct-text", file.name]
        shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    lines = (line.strip() for line in shown.splitlines())
    return [line.strip('" ') for line in lines if line.startswith('"') and line.strip('" ')]


def test_a_bureau_may_want_its_papers_with_their_data_and_they_are_pdf_a_3a_then() -> None:
    document = pikepdf.open(io.BytesIO(embedded()))
    assert list(document.attachments) == ["data.json"]
    told = document.Root.Metadata.read_bytes().decode()
    assert 'pdfaid:part="3" pdfaid:conformance="A"' in told
    data = document.attachments["data.json"].get_file().read_bytes()
    files = render(BUREAU, "history.html.j2", history(), ["json"])
    assert data == files["json"]
    (file,) = document.Root.AF
    assert str(file.AFRelationship) == "/Source"
    assert str(file.EF.F.Params.CreationDate).startswith("D:20030831")


def history() -> Any:
    from briefgen.store import Store
    from tests.conftest import ROOT

    with Store(ROOT, None) as store:
        return compose(store, "history-ctbt")


def embedded() -> bytes:
    house = BUREAU.with_settings({"pdf": {"embed_data": True}})
    return render(house, "history.html.j2", history(), ["pdf"])["pdf"]


def test_a_paper_with_data_is_the_same_on_every_run() -> None:
    assert embedded() == embedded()


def test_the_command_line_asks_for_the_data_and_is_refused_where_2a_cannot_hold_it(
    briefgen: Run, tmp_path: Path
) -> None:
    make = ("brief", "Kenya", "--as-of", "2003-08-31", "-f", "pdf", "-o", "out", "--embed-data")
    assert briefgen(*make).returncode == 0
    with pikepdf.open(tmp_path / "out/KEN-brief-2003-08-31.pdf") as made_:
        assert list(made_.attachments) == ["data.json"]
    refused = briefgen(*make, "--pdf-variant", "2a")
    assert refused.returncode == 1
    assert "PDF/A-2a holds no files" in refused.stderr
    assert briefgen(*make[:-1], "--pdf-variant", "3a").returncode == 0
    with pikepdf.open(tmp_path / "out/KEN-brief-2003-08-31.pdf") as made_:
        assert b'pdfaid:part="3"' in made_.Root.Metadata.read_bytes()
        assert not list(made_.attachments)


def test_data_and_pdf_a_2a_together_are_refused() -> None:
    house = BUREAU.with_settings({"pdf": {"embed_data": True, "variant": "2a"}})
    with pytest.raises(BriefgenError, match="PDF/A-2a holds no files"):
        render(house, "history.html.j2", history(), ["pdf"])


def test_pdf_a_2a_holds_no_byte_of_the_data() -> None:
    document = pikepdf.open(io.BytesIO(made("history-ctbt")[1]["pdf"]))
    kinds_of = {
        str(o.get("/Type", ""))
        for o in document.objects
        if isinstance(o, (pikepdf.Dictionary, pikepdf.Stream))
    }
    assert not kinds_of & {"/EmbeddedFile", "/Filespec"}
