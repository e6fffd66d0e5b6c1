"""Systems of ten digits, by name.

In: nothing. Out: `NUMERALS`: the nought of each system, and what CSS and Word call it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Digits:
    """A system of ten digits: its nought, and what CSS and Word call numbers in it."""

    nought: str
    css: str
    word: str | None = None  # Word has no numbering in these digits where this is None

    @property
    def table(self) -> dict[int, str]:
        """Western digit to digit, for `str.translate`."""
        return {ord("0") + n: chr(ord(self.nought) + n) for n in range(10)}


# The digits are those of the Unicode blocks that begin at the nought given.
NUMERALS = {
    "western": Digits("0", "decimal", "decimal"),
    "arabic-indic": Digits("\u0660", "arabic-indic"),
    "persian": Digits("\u06f0", "persian"),
    "devanagari": Digits("\u0966", "devanagari", "hindiNumbers"),
    "bengali": Digits("\u09e6", "bengali"),
    "thai": Digits("\u0e50", "thai", "thaiNumbers"),
}
