"""Tables: a head that repeats, rows that do not break, widths as the template gives them.

In: a `table` of the vocabulary. Out: its caption as a paragraph kept with it, and the Word table,
described for screen readers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from briefgen.render.docx.xml import Element, twips, w

if TYPE_CHECKING:
    from briefgen.render.docx.body import Body, Context


@dataclass
class _Merge:
    """A cell that reaches down: rows still to cover and columns covered."""

    rows: int
    columns: int


class Table:
    """Writes tables with the paragraphs that a `Body` makes."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def write(self, element: Element, context: Context) -> Iterator[Element]:
        """The caption and the table."""
        caption = element.find("caption")
        if caption is not None:
            yield self.body.paragraph(caption, "caption", context)
            context = replace(context, page_break=False)
        title = (
            " ".join("".join(map(str, caption.itertext())).split()) if caption is not None else ""
        )
        widths = self._widths(element)
        grid = w("tblGrid", *(w("gridCol", w=width) for width in widths))
        table = w("tbl", self._properties(title, widths), grid)
        rows = [
            (row, group.tag == "thead")
            for group in element
            if group.tag in ("thead", "tbody")
            for row in group
        ]
        pending: dict[int, _Merge] = {}
        for index, (row, head) in enumerate(rows):
            last = index == len(rows) - 1
            keep = head or (context.keep and not last)
            table.append(self._row(row, head, widths, pending, replace(context, keep=keep)))
        yield table

    def _widths(self, element: Element) -> list[int]:
        """Column widths in twips, by the `col` percentages or in equal shares."""
        total = twips(self.body.package.text_width)
        given = [col.get("width") or "" for col in element.iterfind("colgroup/col")]
        if given:
            shares = [float(share.rstrip("%") or 0) for share in given]
            return [round(total * share / sum(shares)) for share in shares]
        first = element.find(".//tr")
        cells = list(first) if first is not None else []
        count = sum(int(cell.get("colspan") or 1) for cell in cells) or 1
        return [total // count] * count

    def _properties(self, title: str, widths: list[int]) -> Element:
        margins = w(
            "tblCellMar",
            *(w(side, w=width, type="dxa") for side, width in (("left", 80), ("right", 110))),
        )
        return w(
            "tblPr",
            w("tblStyle", val="BriefTable"),
            w("tblW", w=sum(widths), type="dxa"),
            w("tblLayout", type="fixed"),
            margins,
            w(
                "tblLook",
                val="0420",
                firstRow=1,
                lastRow=0,
                firstColumn=0,
                lastColumn=0,
                noHBand=0,
                noVBand=1,
            ),
            w("tblCaption", val=title) if title else None,
            w("tblDescription", val=title) if title else None,
        )

    def _row(
        self,
        row: Element,
        head: bool,
        widths: list[int],
        pending: dict[int, _Merge],
        context: Context,
    ) -> Element:
        element = w("tr", w("trPr", w("cantSplit"), w("tblHeader") if head else None))
        column = 0
        for cell in row:
            column = self._covered(element, column, widths, pending)
            span = int(cell.get("colspan") or 1)
            down = int(cell.get("rowspan") or 1)
            if down > 1:
                pending[column] = _Merge(down - 1, span)
            width = sum(widths[column : column + span])
            merge = "restart" if down > 1 else None
            element.append(self._cell(cell, head, width, span, merge, context))
            column += span
        self._covered(element, column, widths, pending)
        return element

    def _covered(
        self, row: Element, column: int, widths: list[int], pending: dict[int, _Merge]
    ) -> int:
        """Write the continued cells that stand at `column`; returns the next free column."""
        while column in pending:
            merge = pending[column]
            width = sum(widths[column : column + merge.columns])
            row.append(w("tc", _cell_properties(width, merge.columns, "continue", None), w("p")))
            merge.rows -= 1
            if merge.rows == 0:
                del pending[column]
            column += merge.columns
        return column

    def _cell(
        self, cell: Element, head: bool, width: int, span: int, merge: str | None, context: Context
    ) -> Element:
        plain = "Table Row Heading" if cell.tag == "th" else "Table Text"
        style = "Table Heading" if head else plain
        colours = self.body.package.theme["colours"]
        properties = _cell_properties(width, span, merge, colours if head else None)
        blocks = [child for child in cell if child.tag == "p"]
        classes = (cell.get("class") or "").split()
        paragraphs = [self.body.paragraph(p, style, context) for p in blocks or [cell]]
        for paragraph in paragraphs:
            if "number" in classes:
                paragraph[0].append(w("jc", val="right"))
        return w("tc", properties, *paragraphs)


def _cell_properties(
    width: int, span: int, merge: str | None, head: dict[str, str] | None
) -> Element:
    borders = shade = None
    if head:
        accent, band = (head[name].lstrip("#").upper() for name in ("accent", "band"))
        borders = w("tcBorders", w("bottom", val="single", sz=8, space=0, color=accent))
        shade = w("shd", val="clear", color="auto", fill=band)
    return w(
        "tcPr",
        w("tcW", w=width, type="dxa"),
        w("gridSpan", val=span) if span > 1 else None,
        w("vMerge", val=merge) if merge else None,
        borders,
        shade,
    )
