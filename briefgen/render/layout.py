"""Where the parts of a laid-out paper stand, and how far it runs past the pages that it may have.

In: what the PDF writer measured: pages, and of each part its pages and millimetres. Out: overruns,
part by part, in millimetres and lines. Nothing here knows the engine that laid it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HEAD, NOTES = "head", "notes"


@dataclass(frozen=True, slots=True)
class Part:
    """A section, the head or the notes: its id, its heading, and where it stands.

    Places are millimetres from the upper edge of the paper; `heights` is the room that it takes on
    each page, with the white space before it.
    """

    id: str
    heading: str
    first_page: int
    top: float
    last_page: int
    bottom: float
    heights: dict[int, float] = field(default_factory=dict)

    def beyond(self, pages: int) -> float:
        """Millimetres that stand after so many pages."""
        return sum(height for page, height in self.heights.items() if page > pages)


@dataclass(frozen=True, slots=True)
class Layout:
    """A paper laid out: its pages and parts, the height of a line and of a page's text area, and
    the pages of what its contents name, by id."""

    pages: int
    parts: tuple[Part, ...]
    line: float
    room: float
    page_of: dict[str, int] = field(default_factory=dict)

    def over(self, pages: int) -> list[tuple[Part, float]]:
        """The parts that stand after so many pages, with millimetres, in the order of the paper.

        A last page that holds nothing of any part is an overrun all the same: of the last part.
        """
        found = [(part, part.beyond(pages)) for part in self.parts]
        rest = [(part, height) for part, height in found if height > 0]
        if self.pages > pages and not rest and self.parts:
            return [(self.parts[-1], self.line)]
        return rest

    def length(self) -> float:
        """Millimetres of all parts, where pages before the last count whole."""
        last = sum(part.heights.get(self.pages, 0.0) for part in self.parts)
        return (self.pages - 1) * self.room + last

    def lines(self, millimetres: float) -> int:
        """About how many lines of body text so much is, one at least."""
        return max(1, round(millimetres / self.line))
