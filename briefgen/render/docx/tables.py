"""Tables: a head that repeats, rows that do not break, widths as the template gives them.

In: a `table` of the vocabulary. Out: its caption as a paragraph kept with it, and the Word table,
described for screen readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docx.oxml.ns import qn

from briefgen.render.docx.inline import collapsed, pieces, with_language, words
from briefgen.render.docx.xml import Element, children, twips, w

if TYPE_CHECKING:
    from briefgen.render.docx.body import Body, Context


_PARAGRAPH = qn("w:p")


@dataclass
class _Merge:
    """A cell that reaches down: rows still to cover and columns covered."""

    rows: int
    columns: int


@dataclass(frozen=True)
class _Row:
    """A row, whether it belongs to the head, and what it inherits."""

    element: Element
    head: bool
    context: Context


@dataclass(frozen=True)
class _Place:
    """Where a cell stands: its width in twips, the columns it spans, its part in a merge."""

    width: int
    span: int = 1
    merge: str = ""


class Table:
    """Writes tables with the paragraphs that a `Body` makes."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def write(self, element: Element, context: Context) -> Iterator[Element]:
        """The caption and the table."""
        title = ""
        rows: list[_Row] = []
        for part in children(element, "caption", "colgroup", "thead", "tbody"):
            inner = context.within(part)
            if part.tag == "caption":
                title = words(collapsed(pieces(part)))
                yield self.body.paragraph(part, "caption", inner)
            elif part.tag != "colgroup":
                head = part.tag == "thead"
                rows += [_Row(row, head, inner) for row in children(part, "tr")]
        widths = self._widths(element, rows)
        grid = w("tblGrid", *(w("gridCol", w=width) for width in widths))
        properties = self._properties(title, widths, rows, context.format.right_to_left)
        table = w("tbl", properties, grid)
        pending: dict[int, _Merge] = {}
        for row in rows:
            keep = row.head or (context.keep and row is not rows[-1])
            table.append(self._row(row, replace(row.context, keep=keep), widths, pending))
        if not rows:
            raise ValueError(f"a table without rows: {title or 'no caption'}")
        yield table

    def _widths(self, element: Element, rows: list[_Row]) -> list[int]:
        """Column widths in twips, by the `col` percentages or in equal shares."""
        total = twips(self.body.package.text_width)
        given = [col.get("width") or "" for col in element.iterfind("colgroup/col")]
        shares = [float(share.rstrip("%") or 0) for share in given]
        count = max(_columns(rows), 1)
        if len(shares) < count or min(shares) <= 0:
            shares = [1.0] * count
        return [round(total * share / sum(shares)) for share in shares]

    def _properties(
        self, title: str, widths: list[int], rows: list[_Row], mirrored: bool
    ) -> Element:
        margins = w(
            "tblCellMar",
            *(w(side, w=width, type="dxa") for side, width in (("left", 80), ("right", 110))),
        )
        return w(
            "tblPr",
            w("tblStyle", val="BriefTable"),
            w("bidiVisual") if mirrored else None,
            w("tblW", w=sum(widths), type="dxa"),
            w("tblLayout", type="fixed"),
            margins,
            _look(rows),
            w("tblCaption", val=title) if title else None,
            w("tblDescription", val=title) if title else None,
        )

    def _row(
        self, row: _Row, context: Context, widths: list[int], pending: dict[int, _Merge]
    ) -> Element:
        self.body.arrive(row.element)
        context = context.within(row.element)
        element = w("tr", w("trPr", w("cantSplit"), w("tblHeader") if row.head else None))
        column = 0
        for cell in children(row.element, "th", "td"):
            column = self._covered(element, column, widths, pending)
            span = int(cell.get("colspan") or 1)
            down = int(cell.get("rowspan") or 1)
            if down > 1:
                pending[column] = _Merge(down - 1, span)
            place = _Place(sum(widths[column : column + span]), span, "restart" * (down > 1))
            element.append(self._cell(cell, row.head, place, context))
            column += span
        column = self._covered(element, column, widths, pending)
        while column < len(widths):
            element.append(_blank(_Place(widths[column])))
            column = self._covered(element, column + 1, widths, pending)
        return element

    def _covered(
        self, row: Element, column: int, widths: list[int], pending: dict[int, _Merge]
    ) -> int:
        """Write the continued cells that stand at `column`; returns the next free column."""
        while column in pending:
            merge = pending[column]
            width = sum(widths[column : column + merge.columns])
            row.append(_blank(_Place(width, merge.columns, "continue")))
            merge.rows -= 1
            if merge.rows == 0:
                del pending[column]
            column += merge.columns
        return column

    def _cell(self, cell: Element, head: bool, place: _Place, context: Context) -> Element:
        body = self.body
        plain = "Table Row Heading" if cell.tag == "th" else "Table Text"
        style = "Table Heading" if head else plain
        body.arrive(cell)
        format_ = with_language(cell, context.format)
        inner = replace(context, format=format_, plain=style, level=0, indent=None, in_cell=True)
        blocks = list(body.blocks(cell, inner))
        if not blocks or blocks[-1].tag != _PARAGRAPH:
            blocks.append(body.line([], style, inner))
        if "number" in (cell.get("class") or "").split():
            for block in blocks:
                if block.tag == _PARAGRAPH:
                    block[0].append(w("jc", val="right"))
        colours = body.package.theme["colours"]
        return w("tc", _cell_properties(place, colours if head else None), *blocks)


def _columns(rows: list[_Row]) -> int:
    """The columns of the widest row, those counted that a cell from above reaches into."""
    most = 0
    reaching: list[_Merge] = []
    for row in rows:
        count = sum(merge.columns for merge in reaching)
        for merge in reaching:
            merge.rows -= 1
        for cell in row.element:
            span = int(cell.get("colspan") or 1)
            count += span
            reaching.append(_Merge(int(cell.get("rowspan") or 1) - 1, span))
        reaching = [merge for merge in reaching if merge.rows > 0]
        most = max(most, count)
    return most


def _look(rows: list[_Row]) -> Element:
    """Which rows and columns are headings, as a screen reader is told; no bands of colour."""
    first_row = bool(rows) and rows[0].head
    below = [row.element for row in rows if not row.head and len(row.element)]
    first_column = bool(below) and below[0][0].tag == "th"
    value = 0x0600 + 0x0020 * first_row + 0x0080 * first_column
    return w(
        "tblLook",
        val=f"{value:04X}",
        firstRow=int(first_row),
        lastRow=0,
        firstColumn=int(first_column),
        lastColumn=0,
        noHBand=1,
        noVBand=1,
    )


def _blank(place: _Place) -> Element:
    """A cell with nothing of its own: one that another reaches into, or one left out."""
    paragraph = w("p", w("pPr", w("pStyle", val="TableText")))
    return w("tc", _cell_properties(place, None), paragraph)


def _cell_properties(place: _Place, head: Mapping[str, str] | None) -> Element:
    borders = shade = None
    if head:
        accent, band = (head[name].lstrip("#").upper() for name in ("accent", "band"))
        borders = w("tcBorders", w("bottom", val="single", sz=8, space=0, color=accent))
        shade = w("shd", val="clear", color="auto", fill=band)
    return w(
        "tcPr",
        w("tcW", w=place.width, type="dxa"),
        w("gridSpan", val=place.span) if place.span > 1 else None,
        w("vMerge", val=place.merge) if place.merge else None,
        borders,
        shade,
    )
