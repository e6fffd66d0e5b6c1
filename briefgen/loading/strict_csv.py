"""CSV tables as people save them from a spreadsheet, read strictly.

In: the text of a CSV file and the columns that it may have. Out: rows as dicts without their empty
cells, with line and column of every cell, and problems for a wrong header, a ragged row, a table
that is parted by other signs than commas, a formula where a value should stand.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from briefgen import letters
from briefgen.errors import Problem, Source, did_you_mean
from briefgen.loading.encoding import Told

_OTHER_SIGNS = {";": "semicolons", "\t": "tabs", "|": "upright strokes"}
_FORMULA = re.compile(r"[=+\-@＝＋－＠]|#(?:REF|NAME|VALUE|DIV/0|NUM|NULL|N/A)[!?]?$")
_OPEN = re.compile("unexpected end of data|field larger than field limit")


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its line, the values given, and the column at which each cell starts (from 1)."""

    line: int
    values: dict[str, str]
    columns: dict[str, int]


def parse(text: str, name: str, fields: Sequence[str]) -> tuple[list[Row], Told]:
    """The rows of a table; blank lines are passed over."""
    problems = Told()
    rows: list[Row] = []
    if other := _other_sign(text, fields):
        hint = "save it as CSV UTF-8 with commas"
        problems.tell(Problem(Source(name, 1, 1), "", f"is parted by {other}", hint))
        return rows, problems
    # Lines end where a spreadsheet ends them; `splitlines` would cut cells in two at other signs.
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, strict=True)
    line = 1
    try:
        header = [cell.strip() for cell in next(reader, [])]
        problems += islice(_header_problems(header, name, fields), problems.room)
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found, faults = _row(cells, line, header, lines, name)
                rows += found
                for fault in faults:
                    problems.tell(fault)
            line = reader.line_num + 1
    except csv.Error as error:
        problems.tell(_form_problem(error, name, line))
    return rows, problems


def _other_sign(text: str, fields: Sequence[str]) -> str:
    """What parts the cells instead of commas, in words, where the header tells it."""
    first = text.partition("\n")[0].strip().casefold()
    if told := re.fullmatch(r"sep=(.)", first):
        return _OTHER_SIGNS.get(told[1], "" if told[1] == "," else f"'{told[1]}'")
    for sign, words in _OTHER_SIGNS.items():
        if len({cell.strip(' "') for cell in first.split(sign)} & set(fields)) > 1:
            return words
    return ""


def _form_problem(error: csv.Error, name: str, line: int) -> Problem:
    what, hint = f"is not valid CSV: {error}", "save the table again as CSV UTF-8"
    if _OPEN.match(str(error)):
        what = "is not valid CSV: a quotation mark that opens here is not closed"
        hint = 'close it, or write "" for one'
    return Problem(Source(name, line, 1), "", what, hint)


def _header_problems(header: list[str], name: str, fields: Sequence[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    start = 1
    for column in header:
        place = Source(name, 1, start)
        start += len(column) + 1
        if column not in fields:
            hint = did_you_mean(column, fields) or f"the columns are {', '.join(fields)}"
            yield Problem(place, "", f"unknown column '{column[:80]}'", hint)
        elif column in seen:
            yield Problem(place, "", f"column '{column}' stands twice", "keep one of them")
        seen.add(column)


def _row(
    cells: list[str], line: int, header: list[str], lines: list[str], name: str
) -> tuple[list[Row], list[Problem]]:
    """The row that begins on a line, and what is wrong with it."""
    if len(cells) != len(header):
        what = f"has {len(cells)} cells, the header has {len(header)}"
        hint = "a text with a comma needs quotes around it"
        return [], [Problem(Source(name, line, 1), "", what, hint)]
    starts = dict(zip(header, _cell_columns(lines[line - 1]), strict=False))
    values = {c: v.strip() for c, v in zip(header, cells, strict=True) if v.strip()}
    faults = [
        Problem(Source(name, line, starts.get(column, 1)), column, what, hint)
        for column, value in values.items()
        for what, hint in _cell_faults(value)
    ]
    return [Row(line, values, starts)], faults


def _cell_faults(value: str) -> Iterator[tuple[str, str]]:
    """A formula, which is not computed here, and words that no line can hold."""
    if _FORMULA.match(value):
        shown = value if len(value) <= 40 else f"{value[:40]}..."
        hint = "write the value itself, and begin a text with a letter"
        yield f"'{shown}' is a formula of a spreadsheet", hint
    for fault in islice(letters.long_words(value), 3):
        yield fault.message, fault.hint


def _cell_columns(line: str) -> list[int]:
    """The column, from 1, at which each cell of a line starts."""
    starts, quoted = [1], False
    for index, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            starts.append(index + 2)
    return starts
