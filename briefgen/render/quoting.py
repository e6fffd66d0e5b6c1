"""The marks around quotations: in the tree itself, so that every format shows the same ones.

In: the checked tree. Out: the same tree, changed in place: every `q` begins and ends with the marks
of its language, one within another with the second pair.
"""

from __future__ import annotations

from lxml import etree

Element = etree._Element
# As CLDR has them: opening and closing mark, and those of a quotation within another.
_MARKS = {
    "ar": "”“’‘",
    "de": "„“‚‘",
    "es": "«»“”",
    "fa": "«»‹›",
    "fr": "«»«»",
    "he": "””’’",
    "it": "«»“”",
    "ja": "「」『』",
    "pt": "“”‘’",
    "ru": "«»„“",
    "yue": "「」『』",
    "zh-Hant": "「」『』",
}
_COMMON = "“”‘’"


def quote(element: Element, language: str = "en") -> None:
    """Put the marks around every quotation in an element; `language` is that around it."""
    _walk(element, element.get("lang") or language, 0)


def marks_of(language: str) -> str:
    """The four marks of a language; those of English where none are known."""
    parts = language.split("-")
    found = (_MARKS.get("-".join(parts[:end])) for end in range(len(parts), 0, -1))
    return next((marks for marks in found if marks), _COMMON)


def _walk(element: Element, language: str, depth: int) -> None:
    quoted = element.tag == "q"
    for child in element:
        inner = 0 if child.tag == "note" else depth + quoted
        _walk(child, child.get("lang") or language, inner)
    if quoted:
        marks, first = marks_of(language), 2 * (depth % 2)
        element.text = marks[first] + (element.text or "")
        if len(element):
            element[-1].tail = (element[-1].tail or "") + marks[first + 1]
        else:
            element.text += marks[first + 1]
