"""Page numbers in a table of contents: which places want one, and what they are told.

In: the checked tree of a paper, and the pages on which its headings stand in the PDF. Out: a tree
whose every `toc-page` with a page that is known says behind which link it stands (`data-page-of`)
and the number of the page. The others stay empty: a number nobody counted is left out, and a field
that Word were told to count on opening would make Word ask whether the paper is to be trusted.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

from lxml import etree

from briefgen.render.numerals import digits_of

Element = etree._Element
PAGE_OF = "data-page-of"


def places(root: Element) -> Iterator[tuple[Element, str]]:
    """The places for page numbers, each with the id that the link before it leads to."""
    for contents in root.iter("nav"):
        target = ""
        for element in contents.iter("a", "span"):
            if element.tag == "a":
                target = element.get("href") or ""
            elif "toc-page" in (element.get("class") or "").split() and target.startswith("#"):
                yield element, target[1:]


def with_pages(tree: Element, pages: Mapping[str, int]) -> Element:
    """The tree with page numbers by id in the paper's digits; itself where it has no contents."""
    if next(places(tree), None) is None:
        return tree
    tree = copy.deepcopy(tree)
    table = digits_of(tree).table
    for element, id_ in places(tree):
        if id_ in pages:
            element.set(PAGE_OF, f"#{id_}")
            element.text = str(pages[id_]).translate(table)
    return tree
