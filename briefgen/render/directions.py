"""Which way the words of a paper run: every stretch that runs against its paper is marked.

In: the checked tree. Out: the same tree, changed in place, so that PDF and DOCX show it alike:
`dir` on all that has another language's direction, a `span` around a whole line that runs the other
way and around foreign words within one, and a note that follows foreign words inside their span.

A line in English within an Arabic paper reads from left to right, but stands where every line of
that paper begins, at the right: bullets, labels and the eye of the reader are there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from lxml import etree

from briefgen.phrases import direction
from briefgen.render.scripts import LEFT_RUN

Element = etree._Element
Direction = Literal["ltr", "rtl"]

_LINES = frozenset(
    ("h1", "h2", "h3", "h4", "p", "li", "dt", "dd", "caption", "th", "td", "blockquote",
     "figcaption", "note")
)  # fmt: skip
_BLOCKS = frozenset(
    ("p", "ul", "ol", "dl", "table", "blockquote", "figure", "hr", "nav", "section", "article",
     "header", "footer", "aside", "h1", "h2", "h3", "h4")
)  # fmt: skip
_BARE = re.compile(rf"(?<![\w-])\d{{4}}-\d{{2}}(?:-\d{{2}})?(?![\w-])|{LEFT_RUN.pattern}")
_LETTERS = re.compile(r"[^\W\d_]|[\u061c\u200e\u200f]")  # and the marks that tell a direction


def set_directions(root: Element) -> None:
    """Mark what runs against its surroundings; a paper without any such words stays as it is."""
    base = _own(root) or "ltr"
    _mark(root, base)
    for line in [e for e in root.iter() if e.tag in _LINES]:
        _isolate(line, _inherited(line) or base)
    body = root.find("body")
    if body is not None:
        _isolate_words(body, _own(body) or base)
    for note in list(root.iter("note")):
        _draw_in(note)


def _own(element: Element) -> Direction | None:
    """The direction that an element says itself, by `dir` or by its language."""
    if given := element.get("dir"):
        return "rtl" if given == "rtl" else "ltr"
    language = element.get("lang")
    return _of(language) if language else None


def _of(language: str) -> Direction:
    return "rtl" if direction(language) == "rtl" else "ltr"


def _mark(element: Element, around: Direction) -> None:
    """Put `dir` on every element whose language runs another way than what is around it."""
    own = _own(element) or around
    if own != around:
        element.set("dir", own)
    for child in element:
        _mark(child, own)


def _inherited(element: Element) -> Direction | None:
    step: Element | None = element
    while step is not None:
        if (own := _own(step)) is not None:
            return own
        step = step.getparent()
    return None


# -- lines that run the other way ------------------------------------------------------------------


def _isolate(line: Element, around: Direction) -> None:
    """Wrap the words of a line all of whose letters run against it, block by block."""
    for first, children in list(_stretches(line)):
        text = (line.text if first is None else first.tail) or ""
        words = text + "".join(_words(child) + (child.tail or "") for child in children)
        other: Direction = "ltr" if around == "rtl" else "rtl"
        if _running(words) == other and not _is_one_span(text, children):
            _wrap(line, first, children, other)


def _stretches(line: Element) -> Iterator[tuple[Element | None, list[Element]]]:
    """What stands between the blocks of an element: the block before (or None), and the inlines."""
    before: Element | None = None
    found: list[Element] = []
    for child in line:
        if child.tag in _BLOCKS:
            yield before, found
            before, found = child, []
        else:
            found.append(child)
    yield before, found


def _words(element: Element) -> str:
    """The words of an inline element, without those of notes, which are lines of their own."""
    if element.tag == "note":
        return ""
    inner = "".join(_words(child) + (child.tail or "") for child in element)
    return (element.text or "") + inner


def _running(words: str) -> Direction | None:
    """The way in which all letters of a text run; None for both ways, and for no letter."""
    ways = {_way(letter) for letter in _LETTERS.findall(words)}
    return ways.pop() if len(ways) == 1 else None


def _way(letter: str) -> Direction:
    return "rtl" if unicodedata.bidirectional(letter) in ("R", "AL") else "ltr"


def _is_one_span(text: str, children: list[Element]) -> bool:
    """Whether the words are marked already: one element with a direction, and notes behind it."""
    if text.strip() or not children or not children[0].get("dir"):
        return False
    rest = [child for child in children[1:] if child.tag != "note"]
    return not rest and not any((child.tail or "").strip() for child in children)


def _wrap(line: Element, first: Element | None, children: list[Element], way: Direction) -> None:
    """Put a stretch of a line into a span that runs its way."""
    span = etree.Element("span", dir=way)
    if first is None:
        span.text, line.text = line.text, None
        place = 0
    else:
        span.text, first.tail = first.tail, None
        place = line.index(first) + 1
    span.extend(children)
    line.insert(place, span)


def _isolate_words(element: Element, way: Direction) -> None:
    """Wrap what stands bare in text from right to left and would be turned about or torn apart:
    words in Latin letters, of two and more, and dates as machines write them."""
    for child in list(element):
        _isolate_words(child, _own(child) or way)
        if way == "rtl":
            child.tail, spans = _cut(child.tail or "")
            place = element.index(child) + 1
            element[place:place] = spans
    if way == "rtl":
        element.text, spans = _cut(element.text or "")
        element[0:0] = spans


def _cut(text: str) -> tuple[str, list[Element]]:
    """The text before the first such stretch, and a span for each, with what follows it."""
    found = [m for m in _BARE.finditer(text) if _may_be_torn(m)]
    spans = []
    ends = [*(match.start() for match in found[1:]), len(text)]
    for match, end in zip(found, ends, strict=False):  # without a stretch there is one end
        span = etree.Element("span", dir="ltr")
        span.text, span.tail = match.group(), text[match.end() : end]
        spans.append(span)
    return text[: found[0].start()] if found else text, spans


def _may_be_torn(match: re.Match[str]) -> bool:
    """Whether a stretch is more than a word, or a number right behind would be drawn to it."""
    stretch, after = match.group(), match.string[match.end() :].lstrip()
    return " " in stretch or stretch[0].isdigit() or after[:1].isdigit()


# -- notes -----------------------------------------------------------------------------------------


def _draw_in(note: Element) -> None:
    """A note right behind words of another direction goes inside their span, at their end.

    Else its number would stand at the other side of the words that it belongs to.
    """
    before, parent = note.getprevious(), note.getparent()
    if before is None or parent is None or before.tag == "note" or not before.get("dir"):
        return
    if (before.tail or "").strip() or before.tag in _BLOCKS:
        return
    tail, note.tail = note.tail, None
    own = _own(note)
    before.append(note)
    before.tail = tail
    if own is None:
        _keep_language(note)


def _keep_language(note: Element) -> None:
    """A note is told in the paper's language, also where the words that it backs are not."""
    step = note.getparent()
    span_way = step.get("dir") if step is not None else None
    while step is not None and step.getparent() is not None:
        step = step.getparent()
    root = step if step is not None else note
    note.set("lang", root.get("lang") or "en")
    way = _own(root) or "ltr"
    if way != span_way:
        note.set("dir", way)
