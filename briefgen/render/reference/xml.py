"""Names and short ways for the XML of a Word file that somebody else wrote.

In: qualified names with a prefix. Out: names with their namespace, values of attributes, and new
elements that carry nothing over from the file they were copied from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from lxml import etree

Element = etree._Element
NS = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
}
_OFF = frozenset(("0", "false", "off", "none"))
TWIPS_PER_MM = 1440 / 25.4
EMU_PER_MM = 36000
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def q(name: str) -> str:
    """The full name of `w:p`."""
    prefix, _, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"


def local(element: Element) -> str:
    """The name of an element without its namespace; comments and the like have none."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def prefixed(element: Element) -> str:
    """`w:p`; an element of a namespace that is not known here keeps its full name."""
    tag = element.tag if isinstance(element.tag, str) else ""
    for prefix, space in NS.items():
        if tag.startswith(f"{{{space}}}"):
            return f"{prefix}:{tag[len(space) + 2 :]}"
    return tag


def names(text: str) -> frozenset[str]:
    """The words of a text, for lists of names."""
    return frozenset(text.split())


def val(element: Element | None, name: str = "val") -> str | None:
    """An attribute of the `w:` namespace, None where the element is not there."""
    return None if element is None else element.get(q(f"w:{name}"))


def is_on(element: Element | None) -> bool | None:
    """Whether an on/off property is on; None where it says nothing."""
    return None if element is None else (val(element) or "1") not in _OFF


def number(text: str | None) -> float | None:
    """A number in an attribute; None for what is none."""
    try:
        found = float(text) if text is not None else None
    except ValueError:
        return None
    return found if found is not None and math.isfinite(found) else None


def make(name: str, *children: Element, **attributes: object) -> Element:
    """A new element with attributes of the `w:` namespace."""
    element = etree.Element(q(name), nsmap={"w": NS["w"]})
    for key, value in attributes.items():
        element.set(q(f"w:{key}"), str(value))
    element.extend(children)
    return element


# The order that the schema of WordprocessingML wants; other programs do not always keep it.
_ORDER = {
    "pPr": (
        "pStyle keepNext keepLines pageBreakBefore widowControl pBdr shd tabs suppressAutoHyphens "
        "kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
        "snapToGrid spacing ind contextualSpacing mirrorIndents jc textAlignment outlineLvl"
    ),
    "rPr": (
        "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint "
        "color spacing w kern position sz szCs highlight u bdr shd vertAlign rtl cs em"
    ),
}


def copied(element: Element, allowed: Iterable[str]) -> Element:
    """An element with only those parts, at any depth, whose names are in `allowed`.

    Attributes are taken of the `w:` namespace alone; Word's marks of who edited when are not.
    """
    made = etree.Element(element.tag, nsmap={"w": NS["w"]})
    for key, value in element.attrib.items():
        name = etree.QName(str(key))
        if name.namespace == NS["w"] and not name.localname.lower().startswith("rsid"):
            made.set(str(key), str(value))
    inside = [c for c in element if local(c) in allowed and prefixed(c).startswith("w:")]
    order = _ORDER.get(local(element), "").split()
    inside.sort(key=lambda c: order.index(local(c)) if local(c) in order else len(order))
    made.extend(copied(child, allowed) for child in inside)
    return made
