"""Short ways to write WordprocessingML.

In: tag names without prefix, attributes without prefix. Out: lxml elements in the w: namespace,
created through python-docx so that its own classes know them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from docx.oxml.ns import nsmap, qn
from docx.oxml.parser import oxml_parser
from lxml import etree

Element = etree._Element
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
TWIPS_PER_MM = 1440 / 25.4
_PREFIX = {"w": nsmap["w"]}
_make = oxml_parser.makeelement
# An element with all that is in it; `copy.copy` takes twice as long to find this.
copied: Callable[[Element], Element] = etree._Element.__copy__  # type: ignore[attr-defined]


@cache
def _name(tag: str) -> str:
    """The full name of a `w:` element or attribute."""
    return str(qn(f"w:{tag}"))


def w(tag: str, *children: Element | None, **attributes: object) -> Element:
    """An element `w:tag`; attributes are `w:` too, children that are None are left out."""
    given = {_name(name): str(value) for name, value in attributes.items()}
    element: Element = _make(_name(tag), given, _PREFIX)
    for child in children:
        if child is not None:
            element.append(child)
    return element


def text(value: str) -> Element:
    """A `w:t` that keeps its spaces."""
    element = w("t")
    element.text = value
    element.set(XML_SPACE, "preserve")
    return element


def children(element: Element, *names: str) -> Iterator[Element]:
    """The children of an element that holds only such; ValueError for others and for words."""
    for around in (element.text, *(child.tail for child in element)):
        if around and around.strip():
            raise ValueError(f"words stand directly in <{element.tag!s}>: {around.strip()[:40]}")
    for child in element:
        if child.tag not in names:
            raise ValueError(f"<{child.tag!s}> cannot stand in <{element.tag!s}>")
        yield child


def twips(millimetres: float) -> int:
    """Millimetres as twentieths of a point."""
    return round(millimetres * TWIPS_PER_MM)


def half_points(points: float) -> int:
    """Points as half-points, the unit of type sizes in Word."""
    return round(points * 2)


def field(instruction: str, result: str, properties: Element | None = None) -> list[Element]:
    """The runs of a field with a real result, so that no reader has to compute it."""
    look = b"" if properties is None else etree.tostring(properties)
    begin, code, separate, shown, end = copied(_field(look))
    code[-1].text = f" {instruction} "
    shown[-1].text = result
    return [begin, code, separate, shown, end]


@lru_cache(maxsize=256)
def _field(look: bytes) -> Element:
    """The runs of a field in one look, as children, to be copied: that is faster than making."""
    code = w("instrText")
    code.set(XML_SPACE, "preserve")
    parts = [
        w("fldChar", fldCharType="begin"),
        code,
        w("fldChar", fldCharType="separate"),
        text(""),
        w("fldChar", fldCharType="end"),
    ]
    found = [w("r", etree.fromstring(look, oxml_parser) if look else None, p) for p in parts]
    return w("fields", *found)
