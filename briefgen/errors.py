"""Mistakes as values: where they are, what is wrong, how to mend them.

In: what a reader of files found. Out: `Problem` values that are gathered and shown all at once, and
`BriefgenError`, the one exception that carries them to the command line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from briefgen.letters import printable

_LONGEST_NAME = 200
_MOST_LINES = 500  # problems that anybody reads
_LONGEST_TOLD = 1000  # letters of a message, whatever it quotes


class Severity(StrEnum):
    """How bad a problem is: an error stops papers from being made, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place in a file: path relative to the workspace, line and column counted from 1.

    Line 0 means the file as a whole.
    """

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column or 1}"


MORE = "more"  # the rule of a problem that counts those that are not told


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: `subject` is the record or field, `message` what is wrong, `hint` the mend.

    `detail` is what is shown below it where there is room: a difference, a line with a caret.
    """

    source: Source
    subject: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    rule: str = "form"
    detail: str = ""

    def __str__(self) -> str:
        kind = "warning: " if self.severity is Severity.WARNING else ""
        hint = f" ({shortened(self.hint)})" if self.hint else ""
        subject = f"{shortened(self.subject)}: " if self.subject else ""
        return printable(f"{self.source}: {kind}{subject}{shortened(self.message)}{hint}")

    def as_data(self) -> dict[str, Any]:
        """The problem as plain data for `--json`."""
        return {**asdict(self), "source": asdict(self.source), "severity": self.severity.value}

    @property
    def order(self) -> tuple[Source, bool, str, str]:
        """Sort key: by file, then place, then subject; what counts others comes after them."""
        return self.source, self.rule == MORE, self.subject, self.message


class BriefgenError(Exception):
    """Work cannot go on; `problems` says why, each with its place and mend."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: p.order)
        super().__init__("\n".join(str(p) for p in self.problems))

    def __reduce__(self) -> tuple[type[BriefgenError], tuple[list[Problem]]]:
        return BriefgenError, (self.problems,)  # so that it comes whole from another process


class RequestError(Exception):
    """What was asked for cannot be understood: an unknown country, treaty, date or option."""


def told(problems: Sequence[Problem]) -> Iterator[str]:
    """The problems a line each; of very many the first, and how many more there are."""
    yield from map(str, problems[:_MOST_LINES])
    if len(problems) > _MOST_LINES:
        yield f"... and {len(problems) - _MOST_LINES:,} more problems (mend these first)"


def shortened(text: str) -> str:
    """A text for a message, cut where it is longer than anybody reads."""
    return text if len(text) <= _LONGEST_TOLD else f"{text[:_LONGEST_TOLD]}..."


def did_you_mean(given: str, wanted: Iterable[str]) -> str:
    """The nearest match as `did you mean X?`, or nothing when none is near.

    Compares without regard to case; at most three candidates are named. What is much longer than
    any name is near none.
    """
    if len(given) > _LONGEST_NAME:
        return ""
    folded = {name.casefold(): name for name in wanted}
    near = difflib.get_close_matches(given.casefold(), folded, n=3, cutoff=0.72)
    return f"did you mean {_either([folded[name] for name in near])}?" if near else ""


def _either(names: Sequence[str]) -> str:
    quoted = [f"'{name}'" for name in dict.fromkeys(names)]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
