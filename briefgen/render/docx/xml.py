"""Short ways to write WordprocessingML.

In: tag names without prefix, attributes without prefix. Out: lxml elements in the w: namespace,
created through python-docx so that its own classes know them.
"""

from __future__ import annotations

from typing import Any

from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from lxml import etree

Element = etree._Element
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
TWIPS_PER_MM = 1440 / 25.4


def w(tag: str, *children: Element | None, **attributes: object) -> Element:
    """An element `w:tag`; attributes are `w:` too, children that are None are left out."""
    element: Element = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        element.set(qn(f"w:{name.rstrip('_')}"), str(value))
    element.extend(child for child in children if child is not None)
    return element


def text(value: str) -> Element:
    """A `w:t` that keeps its spaces."""
    element = w("t")
    element.text = value
    element.set(XML_SPACE, "preserve")
    return element


def twips(millimetres: float) -> int:
    """Millimetres as twentieths of a point."""
    return round(millimetres * TWIPS_PER_MM)


def half_points(points: float) -> int:
    """Points as half-points, the unit of type sizes in Word."""
    return round(points * 2)


def field(instruction: str, result: str, properties: Element | None = None) -> list[Element]:
    """The runs of a field with a real result, so that no reader has to compute it."""
    import copy

    def run(child: Any) -> Element:
        return w("r", copy.deepcopy(properties) if properties is not None else None, child)

    code = w("instrText")
    code.text = f" {instruction} "
    code.set(XML_SPACE, "preserve")
    return [
        run(w("fldChar", fldCharType="begin")),
        run(code),
        run(w("fldChar", fldCharType="separate")),
        run(text(result)),
        run(w("fldChar", fldCharType="end")),
    ]
