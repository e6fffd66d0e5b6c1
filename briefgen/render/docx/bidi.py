"""Words that run against their paragraph, in Word.

In: the pieces of a paragraph and the way it runs. Out: the same pieces, each stretch that runs the
other way between marks, so that its full stops, brackets and numbers stay with it.

Word knows no isolation as HTML does. The marks are Unicode's (LRM and RLM): inside of the stretch
those of its own direction, outside those of the paragraph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from briefgen.render.docx.inline import Piece

_MARKS = {False: "\u200e", True: "\u200f"}


def isolated(found: Sequence[Piece], right_to_left: bool) -> list[Piece]:
    """The pieces of a paragraph with marks around all that runs against it."""
    made: list[Piece] = []
    open_ = False
    for piece in found:
        against = piece.format.right_to_left != right_to_left and piece.kind != "anchor"
        if against != open_ and piece.kind != "anchor":
            made.append(_edge(piece if against else made[-1], right_to_left, opens=against))
            open_ = against
        if piece.kind == "note" and piece.format.right_to_left:
            # Else its number would be drawn to a number before it, as one more of its digits.
            made.append(Piece("text", replace(piece.format, link=None), _MARKS[True]))
        made.append(piece)
    if open_:
        made.append(_edge(made[-1], right_to_left, opens=False))
    return made


def _edge(piece: Piece, right_to_left: bool, *, opens: bool) -> Piece:
    """The marks at one end of a stretch, in the format of what stands there."""
    outer, inner = _MARKS[right_to_left], _MARKS[not right_to_left]
    bare = replace(piece.format, style=None, link=None, vertical=None)
    return Piece("text", bare, outer + inner if opens else inner + outer)
