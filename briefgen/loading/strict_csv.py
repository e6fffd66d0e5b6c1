"""CSV tables as people save them from a spreadsheet, read strictly.

In: the text of a CSV file and the columns that it may have. Out: rows as dicts without their empty
cells, with line and column of every cell, and problems for a wrong header or a ragged row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from briefgen.errors import Problem, Source, did_you_mean


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its line, the values given, and the column at which each cell starts (from 1)."""

    line: int
    values: dict[str, str]
    columns: dict[str, int]


def parse(text: str, name: str, fields: Sequence[str]) -> tuple[list[Row], list[Problem]]:
    """The rows of a table; blank lines are passed over."""
    lines = text.splitlines()
    reader = csv.reader(lines, strict=True)
    problems: list[Problem] = []
    rows: list[Row] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        problems += _header_problems(header, name, fields)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows += _row(cells, reader.line_num, header, lines, name, problems)
    except csv.Error as error:
        problems.append(
            Problem(
                Source(name, reader.line_num, 1),
                "",
                f"is not valid CSV: {error}",
                "save the table again from the spreadsheet as CSV UTF-8",
            )
        )
    return rows, problems


def _header_problems(header: list[str], name: str, fields: Sequence[str]) -> Iterator[Problem]:
    for index, column in enumerate(header):
        place = Source(name, 1, 1 + sum(len(cell) + 1 for cell in header[:index]))
        if column not in fields:
            hint = did_you_mean(column, fields) or f"the columns are {', '.join(fields)}"
            yield Problem(place, "", f"unknown column '{column}'", hint)
        elif column in header[:index]:
            yield Problem(place, "", f"column '{column}' stands twice", "keep one of them")


def _row(
    cells: list[str],
    line: int,
    header: list[str],
    lines: list[str],
    name: str,
    problems: list[Problem],
) -> list[Row]:
    if len(cells) != len(header):
        problems.append(
            Problem(
                Source(name, line, 1),
                "",
                f"has {len(cells)} cells, the header has {len(header)}",
                "a text with a comma needs quotes around it",
            )
        )
        return []
    starts = _cell_columns(lines[line - 1])
    values = {c: v.strip() for c, v in zip(header, cells, strict=True) if v.strip()}
    return [Row(line, values, dict(zip(header, starts, strict=False)))]


def _cell_columns(line: str) -> list[int]:
    """The column, from 1, at which each cell of a line starts."""
    starts, quoted = [1], False
    for index, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            starts.append(index + 2)
    return starts
