"""All papers of a pack bound in one PDF, with contents, bookmarks and running page numbers.

In: the papers of a bureau as they stand in the pack, in the order of the index. Out: the bytes of
the book. The contents are laid out until their own length does not change the numbers in them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from briefgen.bureaus import Bureau
from briefgen.compose.book import BookState, compose_book
from briefgen.compose.index import sorted_as
from briefgen.making import Composed, released, sealed, words_of
from briefgen.markings import Handling
from briefgen.packs.order import PackOrder
from briefgen.render import page_numbers, render
from briefgen.render.binding import Bound, bind, count_pages
from briefgen.store import Store

BOOK = "book.pdf"
_TRIES = 6
Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Paper:
    """A paper of the book: the State that it is on, its kind, handling, place and pages."""

    country: str
    kind: str
    handling: Handling
    path: str
    pages: int
    pdf: bytes


def book_of(
    house: Bureau, store: Store, order: PackOrder, entries: Sequence[Data], out: Path
) -> bytes | None:
    """The book of one bureau; None where there is no PDF to bind."""
    bureau = house.for_paper("book")
    request = released(house, store, order.request)
    words = words_of(store, bureau, request.release)
    listed = sorted(entries, key=lambda entry: sorted_as(words.country(entry["country"])))
    found = [_read(entry, paper, out) for entry in listed for paper in entry["papers"]]
    papers = [paper for paper in found if paper]
    if not papers:
        return None
    length = 1
    for _ in range(_TRIES):
        total = length + sum(paper.pages for paper in papers)
        markings = [paper.handling for paper in papers]
        states = _states(papers, length)
        front_data = compose_book(words, request, states, markings, total, order.group)
        data = sealed(Composed(bureau, words, request, front_data)).data
        front = render(house, "book.html.j2", data, ["pdf"])["pdf"]
        if (now := count_pages(front)) == length:
            break
        length = now
    numbers = page_numbers(house, "book.html.j2", length + sum(paper.pages for paper in papers))
    bound = [Bound(str(words.country(paper.country)), paper.pdf) for paper in papers]
    return bind(front, bound, numbers)


def _read(entry: Mapping[str, Any], paper: Mapping[str, Any], out: Path) -> _Paper | None:
    path = next((name for name in paper["files"] if name.endswith(".pdf")), None)
    if path is None:
        return None
    content = (out / path).read_bytes()
    pages = count_pages(content)
    return _Paper(
        entry["country"], paper["kind"], Handling.of(paper["handling"]), path, pages, content
    )


def _states(papers: Sequence[_Paper], length: int) -> list[BookState]:
    """On which page of the book each paper begins, after so many pages of contents."""
    found: dict[str, dict[str, int]] = {}
    page = length + 1
    for paper in papers:
        found.setdefault(paper.country, {})[paper.kind] = page
        page += paper.pages
    return [BookState(country, pages) for country, pages in found.items()]


def book_mark(entries: Sequence[Data], files: Mapping[str, str], settings: str) -> str:
    """A mark of all that a book is made from."""
    papers = [
        (paper["kind"], name, files[name])
        for entry in entries
        for paper in entry["papers"]
        for name in paper["files"]
        if name.endswith(".pdf")
    ]
    return hashlib.sha256(json.dumps([papers, settings]).encode()).hexdigest()
