"""Portion marks: each title, paragraph, item, row and caption begins with how it is marked.

In: the checked tree of a paper, in which a text of a record stands in a `span` that says by number
how it is handled, and the paper's `marking.portions`. Out: the same tree, changed in place: a mark
in brackets before each portion, the highest of what is in it; the numbers are gone. Words that no
record gave bear the lowest level.

Rule: 32 CFR 2001.21(c), which the scheme names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from briefgen.markings import Handling, Ladder, joined, portion

Element = etree._Element
ATTRIBUTE = "data-marking"
_PORTIONS = frozenset(
    ("h1", "h2", "h3", "h4", "p", "li", "dd", "caption", "figcaption", "tr", "blockquote", "note")
)
_HOLDERS = frozenset(("ul", "ol", "dl", "table", "section", "figure"))


def mark_portions(root: Element, given: Mapping[str, Any] | None) -> None:
    """Set the marks, where the paper's scheme has them; `given` is `marking.portions`."""
    main = root.find(".//main")
    if given and main is not None:
        handlings = [Handling.of(one) for one in given["handlings"]]
        for element in list(main.iter(*_PORTIONS)):
            if _has_own_words(element):
                mark = _mark(element, handlings, given["ladder"], given["home"])
                _set_mark(element, mark, root.get("dir") == "rtl")
    for span in [span for span in root.iter("span") if span.get(ATTRIBUTE) is not None]:
        etree.strip_attributes(span, ATTRIBUTE)
        if not span.attrib:
            _dissolve(span)


def portion_faults(root: Element, given: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Numbers that a template has written itself and that lead to no handling."""
    known = len(given["handlings"]) if given else 0
    for span in root.iter("span"):
        number = span.get(ATTRIBUTE)
        if given and number is not None and number not in map(str, range(known)):
            hint = "leave it out: a text of a record brings its own"
            yield f"has {ATTRIBUTE}='{number[:20]}'", hint


def _has_own_words(element: Element) -> bool:
    """Whether a portion has words beside those of the portions within it."""
    return element.tag == "tr" or any(text.strip() for text in _own_texts(element))


def _own_texts(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag not in _PORTIONS and child.tag not in _HOLDERS:
            yield from _own_texts(child)
        yield child.tail or ""


def _mark(element: Element, handlings: list[Handling], ladder: Ladder, home: str) -> str:
    numbers = {0, *_numbers(element)}
    return portion(joined([handlings[number] for number in numbers], ladder), ladder, home)


def _numbers(element: Element) -> Iterator[int]:
    """The handlings of a portion's own words; a portion within it is marked by itself."""
    for child in element:
        if child.tag in _PORTIONS and element.tag != "tr":
            continue
        number = child.get(ATTRIBUTE)
        if number is not None:
            yield int(number)
        yield from _numbers(child)


def _set_mark(element: Element, mark: str, from_the_right: bool) -> None:
    """Put the mark before the words of a portion; of a row before those of its first cell.

    Among words from right to left its brackets and letters would else change places.
    """
    place = element
    if element.tag == "tr":
        place = next(iter(element))
    own = {"lang": "en", "dir": "ltr"} if from_the_right else {}
    span = etree.Element("span", {"class": "portion", **own})
    span.text, span.tail = f"({mark})", f" {(place.text or '').lstrip()}"
    place.text = None
    place.insert(0, span)


def _dissolve(span: Element) -> None:
    """Take a span away and leave what is in it."""
    parent, before = span.getparent(), span.getprevious()
    assert parent is not None
    index = parent.index(span)
    text, tail, children = span.text or "", span.tail or "", list(span)
    if children:
        last = children[-1]
        last.tail = (last.tail or "") + tail
    else:
        text += tail
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    span.tail = None
    parent.remove(span)
    for offset, child in enumerate(children):
        parent.insert(index + offset, child)
