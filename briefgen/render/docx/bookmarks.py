"""Bookmarks: every id of a paper as a name that Word accepts, and every link held to one.

In: ids as the elements that bear them are met, and the ids that links lead to. Out: bookmark
elements around the next paragraph, and an error for a link to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from briefgen.render.docx.xml import Element, w

_LONGEST = 40  # letters that Word allows in the name of a bookmark


class Bookmarks:
    """The bookmarks of one paper."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()
        self._written: set[str] = set()
        self._wanted: list[str] = []
        self._waiting: list[str] = []
        self._count = 0

    def arrive(self, element: Element) -> None:
        """Remember an element's id until the next paragraph begins."""
        if id_ := element.get("id"):
            self._waiting.append(id_)

    @property
    def waiting(self) -> bool:
        """Whether an id has been met that no paragraph bears yet."""
        return bool(self._waiting)

    def around(self, runs: Iterable[Element]) -> list[Element]:
        """The runs of a paragraph between the bookmarks that wait for it."""
        made = list(runs)
        waiting, self._waiting = self._waiting, []
        for id_ in reversed(waiting):
            made = self.mark(id_, made)
        return made

    def mark(self, id_: str, runs: Iterable[Element] = ()) -> list[Element]:
        """The runs between the two ends of the bookmark of an id; only its first use counts."""
        if id_ in self._written:
            return list(runs)
        self._written.add(id_)
        return self.named(self._name(id_), runs)

    def named(self, name: str, runs: Iterable[Element]) -> list[Element]:
        """The runs between the two ends of a bookmark of this very name."""
        self._count += 1
        start = w("bookmarkStart", id=self._count, name=name)
        return [start, *runs, w("bookmarkEnd", id=self._count)]

    def lead_to(self, id_: str) -> str:
        """The name of the bookmark that a link leads to."""
        self._wanted.append(id_)
        return self._name(id_)

    def check(self) -> None:
        """Raise ValueError for a link inside the paper that leads nowhere."""
        gone = sorted(set(self._wanted) - self._written)
        if gone:
            raise ValueError(f"links lead to nothing: {', '.join(gone)}")

    def _name(self, id_: str) -> str:
        """Letters, digits and _, at most 40, each name once."""
        if id_ not in self._names:
            plain = "".join(c if c.isalnum() and c.isascii() else "_" for c in id_)
            name, number = f"b_{plain}"[:_LONGEST], 1
            while name in self._taken:
                number += 1
                end = f"_{number}"
                name = f"b_{plain}"[: _LONGEST - len(end)] + end
            self._taken.add(name)
            self._names[id_] = name
        return self._names[id_]
