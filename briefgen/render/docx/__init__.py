"""The DOCX from the HTML of a paper.

In: the checked tree, theme, page and kind of notes. Out: the bytes of a Word file: real styles,
numbering, notes, fields, header rows; the same bytes for the same input on any day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from lxml import etree

from briefgen.render.docx.body import Body
from briefgen.render.docx.package import Package


def write(
    tree: etree._Element,
    *,
    theme: Mapping[str, Any],
    notes: Literal["endnotes", "footnotes"],
    page: Mapping[str, Any],
) -> bytes:
    """The Word file of a paper.

    Raises ValueError for an element that is not in the vocabulary and for a link to nothing.
    """
    package = Package(tree, theme, page, notes)
    body = Body(package)
    for part in ("header", "footer"):
        package.set_running(part, body.running(tree, part))
    main = tree.find("body/main")
    if main is None:
        raise ValueError("a paper needs <main>")
    package.set_body(body.blocks(main))
    body.check_anchors()
    return package.save()
