"""A table of plain data as a spreadsheet file.

In: a title, heads and rows of texts, numbers and links. Out: the bytes of an XLSX file, the same
for the same input. Text is text: no cell is taken for a formula, whatever it begins with.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

_NOT_IN_NAMES = "[]:*?/\\'"
_FORMULAS = tuple("=+-@\t\r＝＋－＠")
_LONGEST = 32_767  # letters of a cell; a longer text would be left out whole


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that opens a file beside the spreadsheet; `path` is relative, with `/`."""

    path: str
    text: str


Cell = str | int | None | Link


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its frame: `marking` stands at head and foot of each printed page.

    `widths` are in letters, a column each.
    """

    title: str
    heads: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[Cell]]
    marking: str
    author: str
    as_of: date
    right_to_left: bool = False
    accent: str = "#1d3a5f"
    band: str = "#eef2f6"


def write(sheet: Sheet) -> bytes:
    """The spreadsheet: heads that stay in view, filters, pages in landscape with heads repeated."""
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        made = datetime.combine(sheet.as_of, time())
        told = {"title": sheet.title, "author": sheet.author, "category": sheet.marking}
        book.set_properties({**told, "created": made})
        page = book.add_worksheet(_name(sheet.title))
        if sheet.right_to_left:
            page.right_to_left()
        look = {"valign": "top"}
        looks = {
            "text": book.add_format(look),
            "quoted": book.add_format({**look, "quote_prefix": True}),
            "number": book.add_format({**look, "align": "center"}),
            "link": book.add_format({**look, "font_color": sheet.accent, "underline": 1}),
        }
        _heads(page, book, sheet)
        for number, row in enumerate(sheet.rows, 1):
            for column, cell in enumerate(row):
                _write(page, number, column, cell, looks)
        _print_setup(page, sheet)
    return content.getvalue()


def _heads(page: Any, book: Any, sheet: Sheet) -> None:
    look = {
        "bold": True, "text_wrap": True, "valign": "top", "bottom": 1,
        "font_color": sheet.accent, "bg_color": sheet.band,
    }  # fmt: skip
    head = book.add_format(look)
    for column, (text, width) in enumerate(zip(sheet.heads, sheet.widths, strict=True)):
        page.write_string(0, column, text, head)
        page.set_column(column, column, width)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(1, len(sheet.rows)), len(sheet.heads) - 1)


def _write(page: Any, row: int, column: int, cell: Cell, looks: Mapping[str, Any]) -> None:
    if isinstance(cell, Link):
        page.write_url(row, column, f"external:{cell.path}", looks["link"], cell.text)
    elif isinstance(cell, int):
        page.write_number(row, column, cell, looks["number"])
    elif cell:
        # Text that begins as a formula does stays text also when somebody edits its cell.
        look = looks["quoted" if str(cell).startswith(_FORMULAS) else "text"]
        page.write_string(row, column, str(cell)[:_LONGEST], look)
    else:
        page.write_blank(row, column, None, looks["text"])


def _print_setup(page: Any, sheet: Sheet) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    marking = sheet.marking.replace("&", "&&")
    page.set_header(f"&C&B{marking}")
    page.set_footer(f"&C&B{marking}&B&R&P / &N")


def _name(title: str) -> str:
    """A sheet's name as spreadsheets allow it: 31 letters, some signs not among them."""
    plain = "".join(" " if letter in _NOT_IN_NAMES else letter for letter in title)
    return " ".join(plain.split())[:31].strip() or "Index"
