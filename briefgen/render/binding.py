"""Finished PDFs bound into one book: tagged, with bookmarks, running page numbers, live links.

In: the PDFs of papers as PDF/A-2a and PDF/UA-1, a front with the contents, a PDF with the numbers
of the pages. Out: one PDF/A-2a and PDF/UA-1 with one tree of tags. Nothing of a paper is laid out
again: its pages are as they were, and its links and notes lead where they led.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

PAGE = "https://page.invalid/"  # with a number: how the front links to a page of the book
_ARTIFACT = b"Q /Artifact <</Type /Pagination /Subtype /Footer>> BDC q %s Do Q EMC"


@dataclass(frozen=True, slots=True)
class Bound:
    """A paper to be bound: its PDF, and the bookmark that it stands under."""

    under: str
    pdf: bytes


def count_pages(pdf: bytes) -> int:
    """The number of pages of a PDF."""
    with pikepdf.open(io.BytesIO(pdf)) as found:
        return len(found.pages)


def bind(front: bytes, papers: Sequence[Bound], numbers: bytes) -> bytes:
    """The book; `numbers` is an untagged PDF with a page for each of its pages.

    What the front tells of itself (title, language, marking, dates) holds for the book.
    """
    binder = _Binder()
    with pikepdf.open(io.BytesIO(front)) as opened:
        binder.add(opened)
        binder.frame(opened)
        for paper in papers:
            with pikepdf.open(io.BytesIO(paper.pdf)) as source:
                binder.add(source, paper.under)
        with pikepdf.open(io.BytesIO(numbers)) as overlay:
            binder.number(overlay)
        return binder.finished()


class _Binder:
    """A book in the making."""

    def __init__(self) -> None:
        self.book = pikepdf.new()
        self._parents: list[Any] = []  # of the tree of parents: number, entry, number, entry, ...
        self._parts: list[Any] = []
        self._places: list[tuple[str, Any]] = []
        self._marks: list[tuple[str, list[pikepdf.OutlineItem]]] = []
        self._next = 0
        self._front = 0

    def add(self, source: pikepdf.Pdf, under: str = "") -> None:
        """Add the pages of a PDF with all that belongs to them."""
        start = len(self.book.pages)
        self._front = self._front or len(source.pages)
        with warnings.catch_warnings():  # pikepdf warns of named places: they are taken below
            warnings.simplefilter("ignore")
            self.book.pages.extend(source.pages)
        prefix = f"{len(self._parts)}-"
        tree = self.book.copy_foreign(source.Root.StructTreeRoot)
        for page in list(self.book.pages)[start:]:
            self._renumber(page.obj, prefix)
        self._take_parents(tree)
        part = tree.K[0] if isinstance(tree.K, Array) else tree.K
        part.S = Name.Part
        self._parts.append(part)
        self._take_places(source, prefix)
        pages = {page.obj.objgen: start + number for number, page in enumerate(source.pages)}
        first = source.Root.get("/Outlines", Dictionary()).get("/First")
        items = list(_outline(first, pages))
        if under and self._marks and self._marks[-1][0] == under:
            self._marks[-1][1].extend(items)
        else:
            self._marks.append((under, items))

    def _renumber(self, page: Any, prefix: str) -> None:
        """Give a page and its links their numbers in the book's tree, and links their names."""
        if "/StructParents" in page:
            page.StructParents = int(page.StructParents) + self._next
        for link in page.get("/Annots", []):
            if "/StructParent" in link:
                link.StructParent = int(link.StructParent) + self._next
            if isinstance(link.get("/Dest"), String):
                link.Dest = String(prefix + str(link.Dest))

    def _take_parents(self, tree: Any) -> None:
        numbers = tree.ParentTree.Nums
        highest = -1
        for index in range(0, len(numbers), 2):
            highest = max(highest, int(numbers[index]))
            self._parents += [int(numbers[index]) + self._next, numbers[index + 1]]
        self._next += highest + 1

    def _take_places(self, source: pikepdf.Pdf, prefix: str) -> None:
        """The named places of a paper, under names that no other paper has."""
        names = source.Root.get("/Names", Dictionary()).get("/Dests", Dictionary())
        listed = names.get("/Names", Array())
        for index in range(0, len(listed), 2):
            place = self.book.copy_foreign(source.make_indirect(listed[index + 1]))
            self._places.append((prefix + str(listed[index]), place))

    def frame(self, front: pikepdf.Pdf) -> None:
        """What the front tells of itself is told of the book."""
        root = self.book.Root
        for name in ("/Metadata", "/Lang", "/MarkInfo", "/ViewerPreferences"):
            if name in front.Root:
                value = front.Root[name]
                indirect = isinstance(value, (Dictionary, pikepdf.Stream))
                copied = front.make_indirect(value) if indirect else value
                root[name] = self.book.copy_foreign(copied) if indirect else copied
        intents = [front.make_indirect(intent) for intent in front.Root.OutputIntents]
        root.OutputIntents = Array([self.book.copy_foreign(intent) for intent in intents])
        root.PageMode = Name.UseOutlines
        for key, value in front.docinfo.items():
            self.book.docinfo[key] = str(value)

    def number(self, overlay: pikepdf.Pdf) -> None:
        """Set the book's page numbers, as what is no content of any page."""
        for page, number in zip(self.book.pages, overlay.pages, strict=True):
            form = self.book.copy_foreign(number.as_form_xobject())
            name = page.add_resource(form, Name.XObject)
            page.contents_add(b"q", prepend=True)
            page.contents_add(_ARTIFACT % str(name).encode(), prepend=False)

    def finished(self) -> bytes:
        """The bytes of the book: the same for the same papers."""
        self._link_contents()
        self._tree()
        places = sorted(self._places, key=lambda place: place[0].encode())
        listed = Array([item for name, place in places for item in (String(name), place)])
        self.book.Root.Names = Dictionary(Dests=Dictionary(Names=listed))
        self._bookmarks()
        content = io.BytesIO()
        self.book.save(
            content,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
        )
        return content.getvalue()

    def _link_contents(self) -> None:
        """The front's links lead to pages of this book."""
        for page in list(self.book.pages)[: self._front]:
            for link in page.obj.get("/Annots", []):
                address = str(link.get("/A", Dictionary()).get("/URI", ""))
                if address.startswith(PAGE):
                    target = self.book.pages[int(address.removeprefix(PAGE)) - 1]
                    link.Dest = Array([target.obj, Name.XYZ, None, None, None])
                    del link["/A"]

    def _tree(self) -> None:
        """One tree of tags: the book, in it the papers, each as it was."""
        book = self.book
        whole = book.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document))
        for part in self._parts:
            part.P = whole
        whole.K = Array(self._parts)
        parents = book.make_indirect(Dictionary(Nums=Array(self._parents)))
        tree = Dictionary(
            Type=Name.StructTreeRoot, K=whole, ParentTree=parents, ParentTreeNextKey=self._next
        )
        book.Root.StructTreeRoot = book.make_indirect(tree)
        whole.P = book.Root.StructTreeRoot

    def _bookmarks(self) -> None:
        with self.book.open_outline() as outline:
            for under, items in self._marks:
                if not under:
                    outline.root.extend(items)
                    continue
                above = pikepdf.OutlineItem(under, items[0].destination if items else None)
                above.children.extend(items)
                above.is_closed = True
                outline.root.append(above)


def _outline(item: Any, pages: dict[tuple[int, int], int]) -> Iterator[pikepdf.OutlineItem]:
    """The bookmarks of a paper as they are in the book: an item, its children, those after it."""
    while item is not None:
        place = item.Dest
        number = pages[place[0].objgen]
        left, top = (float(value) for value in (place[2], place[3]))
        made = pikepdf.OutlineItem(str(item.Title), number, "XYZ", left=left, top=top)
        made.children.extend(_outline(item.get("/First"), pages))
        made.is_closed = True
        yield made
        item = item.get("/Next")
