"""What WeasyPrint made of a paper, in millimetres: where each part stands, on which pages.

In: a document that WeasyPrint laid out, and ids whose pages are asked for. Out: `Layout`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from briefgen.render.layout import HEAD, NOTES, Layout, Part

_MM_PER_PIXEL = 25.4 / 96


def measured(document: Any, line: float, named: Collection[str] = ()) -> Layout:
    """Where each part of a laid-out paper stands: its head, its sections by their headings, its
    notes; `line` is the height of a line, in mm, `named` are the ids whose pages are told."""
    found: dict[str, list[Any]] = {}
    titles = {HEAD: "", NOTES: ""}
    current, room = HEAD, 0.0
    for number, page in enumerate(document.pages, 1):
        box = page._page_box
        top = box.content_box_y()
        room = box.height * _MM_PER_PIXEL
        for child in _main_of(box):
            current = _part_of(child, current, titles)
            end = child.position_y + child.margin_height()
            found.setdefault(current, []).append((number, top, end))
            top = max(top, end)
        for area in _footnotes_of(box):
            start = area.position_y
            found.setdefault(NOTES, []).append((number, start, start + area.margin_height()))
    order = sorted(found, key=lambda id_: id_ == NOTES)  # footnotes are told of last too
    parts = tuple(_part(id_, titles[id_], found[id_]) for id_ in order)
    return Layout(len(document.pages), parts, line, room, _pages_of(document, named))


def _pages_of(document: Any, named: Collection[str]) -> dict[str, int]:
    """The page on which each of these ids first stands, the first page being 1."""
    found: dict[str, int] = {}
    for number, page in enumerate(document.pages, 1):
        for id_ in page.anchors.keys() & named:
            found.setdefault(id_, number)
    return found


def _part(id_: str, heading: str, places: list[tuple[int, float, float]]) -> Part:
    heights: dict[int, float] = {}
    for page, top, end in places:
        heights[page] = heights.get(page, 0.0) + max(0.0, end - top) * _MM_PER_PIXEL
    (first, top, _), (last, _, end) = places[0], places[-1]
    return Part(id_, heading, first, top * _MM_PER_PIXEL, last, end * _MM_PER_PIXEL, heights)


def _main_of(page: Any) -> list[Any]:
    """What stands in `main` on a page, in the flow."""
    for box in page.descendants():
        if box.element_tag == "main" and hasattr(box, "children"):
            return [child for child in box.children if child.is_in_normal_flow()]
    return []


def _footnotes_of(page: Any) -> list[Any]:
    return [child for child in page.children if type(child).__name__ == "FootnoteAreaBox"]


def _part_of(box: Any, current: str, titles: dict[str, str]) -> str:
    """The part that a box of `main` belongs to; one without a heading goes with what is before."""
    element = box.element
    if element is None:
        return current
    if "notes" in (element.get("class") or "") and element.tag in ("h2", "ol"):
        titles[NOTES] = titles[NOTES] or "".join(element.itertext()).strip() * (element.tag == "h2")
        return NOTES
    heading = next((e for e in element.iter("h2") if e.get("id")), None)
    if heading is None:
        return current
    titles[heading.get("id")] = " ".join("".join(heading.itertext()).split())
    return str(heading.get("id"))
