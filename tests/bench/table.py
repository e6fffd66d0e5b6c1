"""The table of a benchmark: each figure beside its goal, and whether it was met.

In: measured `Figure`s. Out: lines for a terminal, Markdown for the README.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: `value` against `goal`, both in `unit`; without a goal it is only reported.

    `at_least` is for goals that want more. `detail` says what was measured, with the times.
    """

    what: str
    value: float
    goal: float | None
    unit: str
    detail: str
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; None where there is none."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def verdict(self) -> str:
        """The verdict in words; how much is missing where it was not met."""
        if self.met is None:
            return "reported"
        if self.met:
            return "met"
        goal = self.goal or 0
        off = goal / self.value if self.at_least else self.value / goal if goal else float("inf")
        return f"SHORT, {off:.2f} times the goal"

    @property
    def wanted(self) -> str:
        """The goal as it is printed."""
        if self.goal is None:
            return "report"
        return f"{'≥' if self.at_least else '≤'} {number(self.goal)} {self.unit}".strip()

    def as_data(self) -> dict[str, Any]:
        """The figure for `bench.json`."""
        return {**asdict(self), "met": self.met}


def number(value: float) -> str:
    """A figure with as many digits as it is worth."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def plain(figures: Iterable[Figure]) -> list[str]:
    """A figure a line, for a terminal."""
    return [
        f"{f.what}: {number(f.value)} {f.unit} (goal {f.wanted}): {f.verdict}\n    {f.detail}"
        for f in figures
    ]


def markdown(figures: Iterable[Figure], machine: Sequence[str]) -> str:
    """The table for the README, with the machine named above it."""
    rows = [
        f"| {f.what} | {f.wanted} | {number(f.value)} {f.unit} | {f.verdict} | {f.detail} |"
        for f in figures
    ]
    head = ["| what | goal | measured | | how |", "|---|---|---|---|---|"]
    return "\n".join([*machine, "", *head, *rows])


def replaced(text: str, table: str) -> str:
    """A README with the table between its marks; raises ValueError where it has none."""
    if BEGIN not in text or END not in text:
        raise ValueError(f"there is no place for the table: {BEGIN} ... {END}")
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    return pattern.sub(lambda _: f"{BEGIN}\n{table}\n{END}", text, count=1)


def put(path: Path, table: str) -> None:
    """Put the table into a README."""
    path.write_text(replaced(path.read_text("utf-8"), table), "utf-8")
