"""The letters of a paper, looked at before a format is made of it: DOCX and PDF hear the same.

In: the data of a paper, the HTML that its template makes, the text of a Word form. Out: problems
for letters that may not stand in a text, whoever wrote them, and for those that no font has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from lxml import etree

from briefgen import letters
from briefgen.errors import BriefgenError, Problem, Source
from briefgen.render.glyphs import missing

_MOST_TOLD = 20


def require_data(data: Mapping[str, Any], name: str) -> None:
    """Raises BriefgenError for texts of a paper's data that the loader has not seen, such as what a
    command was given, and that hold letters that may not stand in them."""
    found = [(path, text) for path, text in _texts(data, "") if _is_faulty(text)]
    if found:
        raise BriefgenError(
            Problem(Source(name), path, fault.message, fault.hint)
            for path, text in found[:_MOST_TOLD]
            for fault in islice(_faults(text), 3)
        )


def text_faults(root: etree._Element) -> Iterator[letters.Fault]:
    """What may not stand in the texts and attributes of a tree; places count within a text."""
    for element in root.iter():
        written = (element.text, element.tail, *map(str, element.attrib.values()))
        for text in written:
            if text and not text.startswith("data:") and _is_faulty(str(text)):
                yield from islice(_faults(str(text)), 3)


def require_glyphs(root: etree._Element) -> None:
    """Raises BriefgenError with all letters of a paper that no font of this machine has."""
    if found := missing("".join(map(str, root.itertext()))):
        listed = ", ".join(letters.number(letter) for letter in found[:_MOST_TOLD])
        more = f" and {len(found) - _MOST_TOLD} others" if len(found) > _MOST_TOLD else ""
        hint = "name a font that has them there and install it, or write other letters"
        raise BriefgenError(
            [Problem(Source("theme.fonts"), "", f"no font has {listed}{more}", hint)]
        )


def require_form(texts: Iterable[str], name: str) -> None:
    """Raises BriefgenError for a filled Word form whose own text holds such letters; its private
    letters pass, for they stand in the fonts of signs that Word has."""
    found = [
        fault
        for text in texts
        for fault in islice(letters.faults(text), _MOST_TOLD)
        if not letters.is_private(text[fault.at])
    ]
    if found:
        raise BriefgenError(
            Problem(Source(name), "", message, hint)
            for message, hint in dict.fromkeys((f.message, f.hint) for f in found)
        )


def _is_faulty(text: str) -> bool:
    if text.isascii() and text.isprintable() and len(text) <= letters.MOST_WORD:
        return False
    return next(_faults(text), None) is not None


def _faults(text: str) -> Iterator[letters.Fault]:
    yield from letters.faults(text)
    yield from letters.long_words(text)


def _texts(part: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text within plain data, with the names that lead to it."""
    if isinstance(part, str):
        yield path, part
    elif isinstance(part, Mapping):
        for key, inner in part.items():
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(part, (list, tuple)):
        for number, inner in enumerate(part):
            yield from _texts(inner, f"{path}.{number}")
