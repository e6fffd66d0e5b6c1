"""The digits of a paper: all numbers that it says itself, in the bureau's own.

In: the finished tree, notes numbered, and the name of a system of digits. Out: the same tree,
changed in place. Codes (`CHN-2003-08-13`), dates for machines (`2003-08-13`), addresses, titles,
quotations and words in other languages keep their digits.

What is counted only when the pages are made (list items, notes, pages) is told by `data-numerals`
on the root, and by `data-shown` on each note.
"""

from __future__ import annotations

import re

from lxml import etree

from briefgen.digits import NUMERALS, Digits

Element = etree._Element

ATTRIBUTE = "data-numerals"
SHOWN = "data-shown"
_KEPT = frozenset(("cite", "q", "note"))
# A word with Latin letters and digits is a code or an address; so is a date as machines write it.
_CODE = re.compile(
    r"[\w./:#@%&=+-]*[A-Za-z][\w./:#@%&=+-]*|\d{4}-\d{2}(?:-\d{2})?(?!\d)|[^\s\w]+|\s+|\w+"
)
_LATIN = re.compile(r"[A-Za-z]")
_MACHINE_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")


def set_numerals(root: Element, name: str) -> None:
    """Write a paper in a system of digits; `western` leaves it as it is."""
    digits = NUMERALS[name]
    if name == "western":
        return
    root.set(ATTRIBUTE, name)
    body = root.find("body")
    if body is not None:
        _walk(body, root.get("lang"), root.get("dir") or "ltr", digits)
    for note in root.iter("note"):
        note.set(SHOWN, (note.get("data-number") or "").translate(digits.table))


def digits_of(root: Element) -> Digits:
    """The digits that a tree was written in."""
    return NUMERALS[root.get(ATTRIBUTE) or "western"]


def in_digits(text: str, digits: Digits) -> str:
    """A text with its numbers in other digits; codes and dates for machines stay."""

    def change(match: re.Match[str]) -> str:
        word = match.group()
        code = _LATIN.search(word) or _MACHINE_DATE.fullmatch(word)
        return word if code else word.translate(digits.table)

    return _CODE.sub(change, text)


def _walk(element: Element, language: str | None, way: str, digits: Digits) -> None:
    if not _own(element, language, way):
        return
    if element.text:
        element.text = in_digits(element.text, digits)
    if element.tag == "img" and element.get("alt"):
        element.set("alt", in_digits(element.get("alt") or "", digits))
    for child in element:
        _walk(child, language, way, digits)
        if child.tail:
            child.tail = in_digits(child.tail, digits)


def _own(element: Element, language: str | None, way: str) -> bool:
    """Whether what an element holds is the paper's own words."""
    address = element.tag == "a" and (element.get("href") or "").startswith(("http", "mailto"))
    same = element.get("lang") in (None, language) and element.get("dir") in (None, way)
    return same and not address and element.tag not in _KEPT
