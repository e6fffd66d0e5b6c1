"""The book of a pack: one PDF, tagged as its papers are, every number and link right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from tests.packing import Packs, stamps

KINDS = ("cover", "brief", "history")


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Packs:
    import shutil

    from tests.conftest import ROOT

    folder = tmp_path_factory.mktemp("book")
    for name in ("data", "templates"):
        shutil.copytree(ROOT / name, folder / "ws" / name)
    found = Packs(folder / "ws", folder)
    result = found.pack("China", "India", "--book", "--jobs", "2")
    assert result.returncode == 0, result.stderr
    assert "Warning" not in result.stderr
    return found


@pytest.fixture(scope="module")
def book(packs: Packs) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(packs.out / "book.pdf") as opened:
        yield opened


def papers(packs: Packs) -> list[tuple[str, Path]]:
    return [
        (kind, packs.out / code / f"{code}-{kind}-CTBT-2003-08-31.pdf")
        for code in ("CHN", "IND")
        for kind in KINDS
    ]


def pages_of(path: Path) -> int:
    with pikepdf.open(path) as opened:
        return len(opened.pages)


def starts(packs: Packs, book: pikepdf.Pdf) -> list[int]:
    """The page of the book, from 0, on which each paper begins; the front comes first."""
    counts = [pages_of(path) for _, path in papers(packs)]
    front = len(book.pages) - sum(counts)
    assert front == 1
    return [front + sum(counts[:index]) for index in range(len(counts))]


def test_every_page_bears_its_number_in_the_book_beside_its_own(
    packs: Packs, book: pikepdf.Pdf
) -> None:
    reader = PdfReader(packs.out / "book.pdf")
    for number, page in enumerate(reader.pages, 1):
        lines = [line.strip() for line in page.extract_text().splitlines() if line.strip()]
        assert lines[-1].endswith(str(number))
        own = [line for line in lines if " / " in line]
        assert own, "the paper's own number stays"


def test_the_contents_name_the_page_on_which_each_paper_begins(
    packs: Packs, book: pikepdf.Pdf
) -> None:
    begins = starts(packs, book)
    links = [link for link in book.pages[0].obj.Annots if "/Dest" in link]
    index = {page.obj.objgen: number for number, page in enumerate(book.pages)}
    targets = [index[link.Dest[0].objgen] for link in links if isinstance(link.Dest, pikepdf.Array)]
    assert targets == begins
    assert not [link for link in book.pages[0].obj.Annots if "/A" in link]
    first = " ".join(PdfReader(packs.out / "book.pdf").pages[0].extract_text().split())
    china, india = (" ".join(str(page + 1) for page in begins[i : i + 3]) for i in (0, 3))
    assert f"China {china}" in first
    assert f"India {india}" in first


def test_links_and_notes_of_a_paper_lead_within_that_paper(packs: Packs, book: pikepdf.Pdf) -> None:
    names = book.Root.Names.Dests.Names
    keys = [str(names[i]) for i in range(0, len(names), 2)]
    assert keys == sorted(keys, key=str.encode)
    assert len(keys) == len(set(keys))
    places = {key: names[2 * i + 1] for i, key in enumerate(keys)}
    index = {page.obj.objgen: number for number, page in enumerate(book.pages)}
    begins = starts(packs, book)
    checked = 0
    for paper, (begin, (_, path)) in enumerate(zip(begins, papers(packs), strict=True)):
        with pikepdf.open(path) as single:
            pages = range(begin, begin + len(single.pages))
            for number, page in zip(pages, single.pages, strict=True):
                own = [str(a.Dest) for a in page.obj.get("/Annots", []) if "/Dest" in a]
                bound = [
                    str(a.Dest) for a in book.pages[number].obj.get("/Annots", []) if "/Dest" in a
                ]
                assert bound == [f"{paper + 1}-{name}" for name in own]
                for name in bound:
                    checked += 1
                    assert index[places[name][0].objgen] in pages
    assert checked > 50


def tags(element: Any) -> Iterator[str]:
    """The names of the tags of a tree, in the order of reading."""
    if isinstance(element, pikepdf.Array):
        for child in element:
            yield from tags(child)
    elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
        yield str(element.S)
        if "/K" in element:
            yield from tags(element.K)


def test_the_book_has_the_tags_of_its_papers_in_their_order(
    packs: Packs, book: pikepdf.Pdf
) -> None:
    root = book.Root.StructTreeRoot
    assert str(root.K.S) == "/Document"
    parts = list(root.K.K)
    assert [str(part.S) for part in parts] == ["/Part"] * 7
    for part, (_, path) in zip(parts[1:], papers(packs), strict=True):
        with pikepdf.open(path) as single:
            assert list(tags(part))[1:] == list(tags(single.Root.StructTreeRoot.K))[1:]
        assert part.P.objgen == root.K.objgen


def test_every_page_and_link_leads_to_its_own_tags(book: pikepdf.Pdf) -> None:
    numbers = book.Root.StructTreeRoot.ParentTree.Nums
    keys = [int(numbers[i]) for i in range(0, len(numbers), 2)]
    assert keys == sorted(set(keys))
    parents = {key: numbers[2 * i + 1] for i, key in enumerate(keys)}
    seen: Counter[int] = Counter()
    for page in book.pages:
        key = int(page.obj.StructParents)
        seen[key] += 1
        elements = [e for e in parents[key] if e is not None]
        assert elements
        assert {e.Pg.objgen for e in elements if "/Pg" in e} <= {page.obj.objgen}
        for link in page.obj.get("/Annots", []):
            key = int(link.StructParent)
            seen[key] += 1
            held = parents[key].K
            objects = [k.Obj.objgen for k in (held if isinstance(held, pikepdf.Array) else [held])
                       if isinstance(k, pikepdf.Dictionary) and "/Obj" in k]  # fmt: skip
            assert link.objgen in objects
    assert set(seen) == set(keys)
    assert max(seen.values()) == 1


def test_bookmarks_lead_from_state_to_paper_to_section(packs: Packs, book: pikepdf.Pdf) -> None:
    with book.open_outline() as outline:
        front, china, india = outline.root
        assert front.title == "Country packs: CTBT"
        assert (china.title, india.title) == ("China", "India")
        assert [paper.title for paper in china.children] == [
            "China: CTBT", "Brief on China", "Outreach history: CTBT – China",
        ]  # fmt: skip
        brief = china.children[1]
        assert "Points to make" in [item.title for item in brief.children]


def test_the_book_is_what_a_reader_for_the_blind_needs(book: pikepdf.Pdf) -> None:
    assert bool(book.Root.MarkInfo.Marked)
    assert str(book.Root.Lang) == "en-GB"
    assert bool(book.Root.ViewerPreferences.DisplayDocTitle)
    metadata = book.Root.Metadata.read_bytes()
    assert b'pdfuaid:part="1"' in metadata
    assert b"Country packs: CTBT" in metadata
    assert str(book.docinfo["/CreationDate"]) == "D:20030831000000+00'00"
    for page in book.pages:
        content = page.obj.Contents
        streams = content if isinstance(content, pikepdf.Array) else [content]
        last = list(streams)[-1].read_bytes()
        assert last.startswith(b"Q /Artifact"), "the number is no content"


def test_a_book_whose_papers_are_as_they_were_is_kept(packs: Packs) -> None:
    before = stamps(packs.out)["book.pdf"]
    (packs.out / "index.html").write_text("x")
    told = packs.events("China", "India", "--book")
    assert "binding" not in [event["event"] for event in told]
    assert stamps(packs.out)["book.pdf"] == before
    assert packs.run("verify", "pack").returncode == 0
    why = packs.run("why", "pack/book.pdf").stdout
    assert "made of 6 papers" in why
    told = packs.events("China", "--book")
    assert "binding" in [event["event"] for event in told]
    assert packs.run("verify", "pack").returncode == 0


def test_a_marked_paper_marks_the_whole_book(packs: Packs, tmp_path: Path) -> None:
    marked = Packs(packs.workspace, tmp_path)
    edited = packs.workspace / "data/events/2003-08.yaml"
    text = edited.read_text("utf-8")
    try:
        edited.write_text(
            text.replace("  series: cn-disarmament", "  series: cn-disarmament\n  marking: hi", 1),
            "utf-8",
        )
        result = marked.pack("China", "India", "--book", "--paper", "cover", "--format", "pdf")
        assert result.returncode == 0, result.stderr
    finally:
        edited.write_text(text, "utf-8")
    front = PdfReader(marked.out / "book.pdf").pages[0].extract_text()
    assert "SECRET" in front.upper()
