"""What may stand in what, element by element: what PDF and DOCX would not show alike is refused.

In: an element of a paper's tree, its attributes checked. Out: faults as (message, hint). Words that
one of the two formats would lose, or could not place, are told where the template makes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

Element = etree._Element

INLINE = frozenset(
    ("a", "strong", "em", "sup", "sub", "abbr", "time", "cite", "q", "mark", "br", "span", "note")
)
_LINES = INLINE | {"p", "h1", "h2", "h3", "h4", "dt", "caption", "figcaption"}
_EMPTY = frozenset(("br", "hr", "img", "col", "meta"))
_COUNTERS = frozenset(("page-number", "page-count"))
_PARTS = ("caption", "colgroup", "thead", "tbody")
_ONE = frozenset(("caption", "colgroup", "thead"))
_SHARE = re.compile(r"\d{1,3}(\.\d+)?%", re.ASCII)


def content_faults(element: Element, name: str) -> Iterator[tuple[str, str]]:
    """What an element holds and may not, or lacks and must have."""
    classes = _classes(element)
    counters = classes & _COUNTERS
    if counters and name != "span":
        yield f"has <{name} class='{min(counters)}'>", f'write <span class="{min(counters)}"/>'
    elif says_nothing_itself(element):
        if len(element) or (element.text or "").strip():
            called = f"{name} class='{min(counters)}'" if counters else name
            yield f"has words in <{called}>", f"close it at once: <{called}/>"
    elif name in _LINES:
        wrong = next((str(c.tag) for c in element if c.tag not in INLINE), "")
        if wrong:
            yield f"<{wrong}> stands in <{name}>", "a line of words holds no block: close it before"
    if name == "table":
        yield from _table_faults(element)
    elif name == "tr" and not len(element):
        yield "has a <tr> without cells", "leave the row out"
    elif name == "col" and not _SHARE.fullmatch(element.get("width") or ""):
        yield f"has a <col> of width '{(element.get('width') or '')[:20]}'", 'write width="30%"'
    elif name == "note" and element.find(".//note") is not None:
        yield "has a <note> in a <note>", "put what it says into the other one"
    elif name in ("header", "footer"):
        yield from _running_faults(element, name, classes)


def says_nothing_itself(element: Element) -> bool:
    """Whether an element can hold no words: a break, a picture, the number of a page."""
    return element.tag in _EMPTY or bool(_classes(element) & _COUNTERS)


def _classes(element: Element) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def _table_faults(table: Element) -> Iterator[tuple[str, str]]:
    """A table has its parts in one order, each but `tbody` once, and a row at least."""
    parts = [str(part.tag) for part in table if part.tag in _PARTS]
    if parts != sorted(parts, key=_PARTS.index) or any(parts.count(p) > 1 for p in _ONE):
        yield "has a <table> whose parts are out of order", f"write them so: {', '.join(_PARTS)}"
    if table.find("thead/tr") is None and table.find("tbody/tr") is None:
        yield "has a <table> without rows", "ask before: {% if rows %}"


def _running_faults(
    element: Element, name: str, classes: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """What runs at the edge of pages stands beside `main`, once each; what does not, within."""
    parent = element.getparent()
    beside = parent is not None and parent.tag == "body"
    if beside != ("running" in classes):
        hint = f'<{name} class="running"> stands beside <main>, any other within'
        yield f"has a <{name}> out of its place", hint
    elif beside:
        before = element.itersiblings(name, preceding=True)
        first = "first" in classes
        if any(("first" in _classes(e)) == first for e in before):
            yield f"has a running <{name}> twice", "keep one, and perhaps one of class first"
        if element.find(".//note") is not None:
            yield f"has a <note> in a running <{name}>", "say it in the paper itself"
