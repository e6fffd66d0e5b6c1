"""The DOCX from the HTML of a paper.

In: the checked tree, theme, page and kind of notes. Out: the bytes of a Word file: real styles,
numbering, notes, fields, header rows; the same bytes for the same input on any day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from lxml import etree

from briefgen.render.docx.body import Body
from briefgen.render.docx.package import Package

if TYPE_CHECKING:
    from briefgen.render.reference import Dress


def write(
    tree: etree._Element,
    *,
    theme: Mapping[str, Any],
    notes: Literal["endnotes", "footnotes"],
    page: Mapping[str, Any],
    dress: Dress | None = None,
) -> bytes:
    """The Word file of a paper; `dress` is the look that a bureau's own Word file gives.

    Raises ValueError for an element that is not in the vocabulary or not where it may stand, for
    words outside any paragraph, for a link to nothing, and for a picture that Word cannot show.
    """
    package = Package(tree, theme, page, notes, dress)
    body = Body(package)
    given = {kind for kind, _ in dress.parts} if dress else set()
    own = [kind for kind in ("header", "footer") if kind not in given]
    package.set_running({kind: body.running(tree, kind) for kind in own})
    package.set_body(body.main(_main(tree)))
    body.bookmarks.check()
    return package.save()


def _main(tree: etree._Element) -> etree._Element:
    """The one part of the tree that is not a running header or footer."""
    mains = []
    for element in tree.iterfind("body/*"):
        if element.tag == "main":
            mains.append(element)
        elif "running" not in (element.get("class") or "").split():
            raise ValueError(f"<{element.tag!s}> stands beside <main>: it belongs inside")
    if len(mains) != 1:
        raise ValueError("a paper needs one <main>")
    return mains[0]
