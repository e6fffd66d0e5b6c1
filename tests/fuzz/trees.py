"""Bytes as a paper of the closed HTML vocabulary, and a paper as bytes.

In: any bytes at all. Out: a tree. Each byte is a step of a machine that opens elements, closes them,
gives them attributes and words; a small change of the bytes is a small change of the tree. A paper
that is `guided` opens only what may stand there and is mended at its end, so that it goes deep; any
other opens what it likes. `written` is the way back, by which papers become seeds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

Element = Any
_RED = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
_INLINE = (
    "a",
    "strong",
    "em",
    "sup",
    "sub",
    "abbr",
    "time",
    "cite",
    "q",
    "mark",
    "br",
    "span",
    "note",
)
_BLOCKS = ("p", "h1", "h2", "h3", "h4", "ul", "ol", "dl", "table", "blockquote", "figure", "hr", "section",
           "article", "header", "footer", "nav", "aside")  # fmt: skip
_FLOW = (*_BLOCKS, *_INLINE)
_LINE = tuple(name for name in _INLINE if name != "note")  # of what stands in a note
_HOLDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("main", "section", "article", "header", "footer", "nav", "aside", "blockquote",
                     "li", "dd", "th", "td"), _FLOW),
    **dict.fromkeys(("ul", "ol"), ("li",)),
    "dl": ("dt", "dd"), "table": ("caption", "colgroup", "thead", "tbody"), "colgroup": ("col",),
    **dict.fromkeys(("thead", "tbody"), ("tr",)), "tr": ("td", "th"),
    "figure": ("img", "figcaption"), "note": _LINE, "running": ("p",),
    **dict.fromkeys(("br", "hr", "img", "col"), ()),
}  # fmt: skip
_ALL = (*_FLOW, "li", "dt", "dd", "caption", "colgroup", "col", "thead", "tbody", "tr", "th", "td",
        "img", "figcaption", "main", "body", "html", "head", "title", "meta", "script", "w")  # fmt: skip
_IDS = tuple("abcdefgh")
_CLASSES = (
    "page-break", "keep", "toc", "facts", "voices", "sources", "points", "number", "aside", "marking",
    "start", "centre", "end", "running", "first", "even", "own", "page-number", "page-count", "toc-page",
    "letterhead", "kicker", "subtitle", "lead", "ask", "meta", "empty", "contact",
)  # fmt: skip
_VALUES: dict[str, tuple[str, ...]] = {
    "class": _CLASSES,
    "id": _IDS,
    "href": (*(f"#{i}" for i in _IDS), "https://example.org/a", "mailto:a@example.org", "pack:a/b.pdf",
             "javascript:x", ""),
    "lang": ("en", "en-GB", "ja", "ar", "zh-Hant", "fr", "he", "x", "ko", ""),
    "dir": ("ltr", "rtl", "auto"),
    "colspan": ("1", "2", "3", "7", "100", "0", "-1", "x"),
    "rowspan": ("1", "2", "3", "7", "100", "0", "-1", "x"),
    "start": ("1", "2", "9999", "0", "x"),
    "scope": ("row", "col"),
    "width": ("30%", "70%", "50", "0.1%", "0%", "x", "nan", "1e999%"),
    "src": (_RED, _RED[:60], "data:image/png;base64,", "data:image/svg+xml;base64,PHN2Zy8+", "chart:x",
            "asset:x", "file:///etc/passwd"),
    "alt": ("A picture", ""),
    "title": ("Long form",),
    "datetime": ("2003-08-13",),
    "data-marking": ("0", "1", "2", "7", "x"),
    "name": ("author", "marking"),
    "content": ("A",),
    "style": ("color: red",),
}  # fmt: skip
_NAMES = tuple(_VALUES)
_FREE = {"img": ("src", "alt"), "col": ("width",)}
_CLOSE, _GIVE, _SAY = 64, 96, 128  # where the kinds of step begin; below the first: open
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Drawn:
    """A paper that was drawn: its document, and how it is to be written."""

    root: Element
    notes: str
    portions: bool
    guided: bool


def drawn(data: bytes) -> Drawn:
    """The paper of these bytes; the first says how it is written."""
    head = data[0] if data else 0
    guided = not head & 1
    parts = _Machine(data[1:], guided).run()
    root = _document(parts, ("en", "ja", "ar", "fr")[head >> 3 & 3], guided)
    if guided:
        _mend(root)
    return Drawn(root, "footnotes" if head & 2 else "endnotes", bool(head & 4), guided)


class _Machine:
    """Reads the steps: first of what stands in `main`, then of running headers and footers."""

    def __init__(self, data: bytes, guided: bool) -> None:
        self.data = data
        self.place = 0
        self.guided = guided

    def run(self) -> list[Element]:
        parts = [etree.Element("main")]
        at: list[Element] = [parts[0]]
        while self.place < len(self.data):
            step = self._next()
            if step < _CLOSE:
                self._open(at, step)
            elif step < _GIVE:
                at.pop()
                if not at:
                    if len(parts) == 5:
                        break
                    parts.append(etree.Element("footer" if len(parts) % 2 == 0 else "header"))
                    parts[-1].set("class", "running" if len(parts) < 4 else "running first")
                    at = [parts[-1]]
            elif step < _SAY:
                self._give(at[-1], step - _GIVE)
            else:
                _say(at[-1], self._take(step - _SAY + 1).decode("utf-8", "replace"))
        return parts

    def _next(self) -> int:
        self.place += 1
        return self.data[self.place - 1] if self.place <= len(self.data) else 0

    def _take(self, count: int) -> bytes:
        taken = self.data[self.place : self.place + count]
        self.place += count
        return taken

    def _open(self, at: list[Element], step: int) -> None:
        may = _may(at, self.guided)
        if may:
            at.append(etree.SubElement(at[-1], may[step % len(may)]))

    def _give(self, element: Element, step: int) -> None:
        name = _NAMES[step % len(_NAMES)]
        value = self._next()
        known = _VALUES[name]
        said = (
            known[value % len(known)]
            if value < 128
            else self._take(value - 127).decode("utf-8", "replace")
        )
        old = element.get(name)
        element.set(name, f"{old} {_legal(said)}" if name == "class" and old else _legal(said))


def _may(at: Sequence[Element], guided: bool) -> tuple[str, ...]:
    """What may be opened; as in the vocabulary no note stands in a note."""
    if not guided:
        return _ALL
    name = at[-1].tag
    if len(at) == 1 and name != "main":
        return _HOLDS["running"]
    may = _HOLDS.get(name, _INLINE)
    if len(at) > 30 or any(e.tag == "note" for e in at) or at[0].tag != "main":
        may = tuple(n for n in may if n in (_LINE if len(at) <= 30 else ("br",)))
    return may


def _say(element: Element, words: str) -> None:
    words = _legal(words)
    if len(element):
        element[-1].tail = (element[-1].tail or "") + words
    else:
        element.text = (element.text or "") + words


def _legal(words: str) -> str:
    return _NOT_XML.sub("\ufffd", words)


def _document(parts: list[Element], language: str, guided: bool) -> Element:
    root = etree.Element("html", {"lang": language})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "A paper"
    body = etree.SubElement(root, "body")
    body.extend(
        [*(p for p in parts if p.tag == "header"), *(p for p in parts if p.tag != "header")]
    )
    return root


# -- what a guided paper needs to be one -----------------------------------------------------------


def _mend(root: Element) -> None:
    """Give what is asked of every paper, and take away what none may have."""
    for element in list(root.iter()):
        _mend_attributes(element)
        name = element.tag
        if name == "table" and element.find("tbody/tr/td") is None:
            row = etree.SubElement(etree.SubElement(element, "tbody"), "tr")
            etree.SubElement(row, "td").text = "cell"
        if name == "img":
            element.set("src", _RED)
            element.set("alt", element.get("alt") or "A picture")
        if name in _HOLDS and not set(_HOLDS[name]) & set(_INLINE):
            _silence(element)
        _mend_counter(element)
    for table in list(root.iter("table")):
        order = _HOLDS["table"]
        parts = sorted(table, key=lambda p: order.index(p.tag))
        kept = [
            p
            for n, p in enumerate(parts)
            if p.tag == "tbody" or p.tag not in [q.tag for q in parts[:n]]
        ]
        table[:] = kept
    for kind in root.iterfind("body/*"):
        if "running" in (kind.get("class") or "").split() and kind.tag != "main":
            _mend_zones(kind)
    known = {e.get("id") for e in root.find("body/main").iter() if e.get("id")}
    for element in root.iter():
        if (element.get("href") or "").startswith("#") and element.get("href")[1:] not in known:
            del element.attrib["href"]


def _mend_counter(element: Element) -> None:
    """The number of a page is a span that says nothing."""
    classes = (element.get("class") or "").split()
    counters = {"page-number", "page-count"} & set(classes)
    if counters and element.tag == "span":
        element[:] = []
        element.text = None
    elif counters:
        element.set("class", " ".join(c for c in classes if c not in counters))


_OF_ALL = ("class", "id", "lang", "dir")
_OWN = {
    "ol": ("start",), "col": ("width",), "th": ("scope", "colspan", "rowspan"),
    "td": ("colspan", "rowspan"), "img": ("src", "alt", "width"), "a": ("href",), "abbr": ("title",),
    "time": ("datetime",), "span": ("data-marking",),
}  # fmt: skip
_SOUND = {
    "href": re.compile(r"https:.*|mailto:.*|#.+|pack:[\w/.]+", re.DOTALL), "colspan": re.compile("[1-9]"),
    "rowspan": re.compile("[1-9]"), "start": re.compile("[1-9]{1,3}"), "width": re.compile("[1-9][0-9]%?"),
    "data-marking": re.compile("[012]"),
}  # fmt: skip


def _mend_attributes(element: Element) -> None:
    may = (*(() if element.tag in ("col", "colgroup") else _OF_ALL), *_OWN.get(element.tag, ()))
    for name, value in list(element.attrib.items()):
        sound = _SOUND.get(name)
        if name not in may or (sound and not sound.fullmatch(value)):
            del element.attrib[name]
    if element.tag == "col" and not (element.get("width") or "").endswith("%"):
        element.set("width", "50%")
    if element.tag == "img" and (element.get("width") or "").endswith("%"):
        del element.attrib["width"]
    if (
        element.getparent() is not None
        and element.getparent().tag != "body"
        and element.tag in ("header", "footer")
    ):
        classes = [c for c in (element.get("class") or "").split() if c != "running"]
        element.set("class", " ".join(classes))


def _silence(element: Element) -> None:
    """Take away the words that stand beside an element's children."""
    element.text = None
    for child in element:
        child.tail = None


def _mend_zones(running: Element) -> None:
    running.set(
        "class", " ".join(c for c in ("running", "first") if c in running.get("class").split())
    )
    _silence(running)
    for zone, name in zip(list(running), ("start", "centre", "end"), strict=False):
        classes = [
            c for c in (zone.get("class") or "").split() if c not in ("start", "centre", "end")
        ]
        zone.set("class", " ".join([name, *classes]))
    running[3:] = []


# -- the way back ----------------------------------------------------------------------------------


def written(root: Element) -> bytes:
    """The bytes of which a guided paper comes that is much like this one."""
    steps = bytearray([0])
    main = root.find("body/main")
    steps += b"".join(_inside(main, [main]))
    for running in (*root.iterfind("body/header"), *root.iterfind("body/footer")):
        steps.append(_CLOSE)
        steps += b"".join(_inside(running, [running]))
    return bytes(steps)


def _inside(element: Element, at: list[Element]) -> Iterator[bytes]:
    yield from _said(element.text)
    for child in element:
        may = _may(at, guided=True)
        if isinstance(child.tag, str) and child.tag in may:
            yield bytes([may.index(child.tag)])
            yield from _given(child.attrib.items())
            yield from _inside(child, [*at, child])
            yield bytes([_CLOSE])
        yield from _said(child.tail)


def _given(attributes: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    for name, value in attributes:
        for one in value.split() if name == "class" else [value]:
            known = _VALUES.get(name, ())
            if one in known:
                yield bytes([_GIVE + _NAMES.index(name), known.index(one)])
            elif known and 0 < len(one.encode()) < 128:
                yield bytes([_GIVE + _NAMES.index(name), 127 + len(one.encode())]) + one.encode()


def _said(words: str | None) -> Iterator[bytes]:
    """Words in stretches of at most 128 bytes, none of which parts a letter."""
    rest = " ".join((words or "").split()) if words and words.strip() else ""
    while rest:
        piece = rest[:30]
        rest = rest[30:]
        yield bytes([_SAY - 1 + len(piece.encode())]) + piece.encode()
