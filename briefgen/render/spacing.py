"""No space beside full-width punctuation: it brings its own.

In: the checked tree of a paper in an East Asian script. Out: the same tree, changed in place,
without the spaces that templates put between sentences and parts for languages that need them.
"""

from __future__ import annotations

import re
from itertools import pairwise

from lxml import etree

Element = etree._Element
FULL_WIDTH = frozenset(("ja", "zh"))
_CLOSING = "、。，．：；？！）」』】〕］〉》"
_OPENING = "（「『【〔［〈《"
_TEXT = "a strong em sup sub abbr time cite q mark span"
_INLINE = frozenset(_TEXT.split(" "))
_AFTER = re.compile(rf"(?<=[{_CLOSING}])[ \n]+")
_BEFORE = re.compile(rf"[ \n]+(?=[{_OPENING}])")


def close_up(root: Element) -> None:
    """Take away the spaces behind closing and before opening full-width punctuation."""
    body = root.find("body")
    for block in list(body.iter()) if body is not None else ():
        if isinstance(block.tag, str) and block.tag not in _INLINE:
            _close_up(_pieces(block))


class _Piece:
    """A text of the tree, where it can be changed."""

    def __init__(self, element: Element, name: str) -> None:
        self.element = element
        self.name = name
        self.text: str = getattr(element, name) or ""

    def put(self) -> None:
        """Write the text back, where it was changed."""
        if self.text != (getattr(self.element, self.name) or ""):
            setattr(self.element, self.name, self.text)


def _pieces(block: Element) -> list[_Piece]:
    """The texts of a block in order, without those of blocks and notes within it."""
    found = [_Piece(block, "text")]
    for child in block:
        if child.tag in _INLINE:
            found += _pieces(child)
        found.append(_Piece(child, "tail"))
    return found


def _close_up(pieces: list[_Piece]) -> None:
    for piece in pieces:
        piece.text = _BEFORE.sub("", _AFTER.sub("", piece.text))
    for left, right in pairwise([piece for piece in pieces if piece.text]):
        ended, begun = left.text.rstrip(" \n")[-1:], right.text.lstrip(" \n")[:1]
        if (ended and ended in _CLOSING) or (begun and begun in _OPENING):
            left.text, right.text = left.text.rstrip(" \n"), right.text.lstrip(" \n")
    for piece in pieces:
        piece.put()
