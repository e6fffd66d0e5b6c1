"""What a paper says in Word and in PDF, held against each other by what the data says.

In: the filled Word file, the HTML that the PDF is made from, the data of both. Out: problems: a
warning for each part of the data that one of the two prints and the other leaves out, and an error
for a country or a day that stands in the Word paper alone: words left over from another paper.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from docx.oxml.ns import qn
from lxml import etree

from briefgen.errors import Problem, Severity, Source
from briefgen.render.docx.xml import Element

LETTERS = 12
_SHOWN = 5
_SHORT = frozenset(("date", "name", "place", "office", "when", "month"))
_UNPRINTED = frozenset(
    ("fact", "id", "key", "kind", "rule", "reason", "file", "document", "address", "settings")
)
_INLINE = frozenset(
    ("a", "abbr", "cite", "em", "mark", "q", "span", "strong", "sub", "sup", "time", "note")
)
_WORDED = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_DAY = re.compile(
    r"(?<!\d)(\d{1,2} [^\W\d_]{3,10} \d{4}|\d{4}-\d\d-\d\d|\d{4}年\d{1,2}月\d{1,2}日)"
)


def differences(
    content: bytes, paper: Element | str, data: Mapping[str, Any], name: str = "DOCX"
) -> list[Problem]:
    """How the Word paper `content` and the HTML `paper` of the same data differ in what they say.

    `name` is the template as messages tell it.
    """
    tree = etree.fromstring(paper) if isinstance(paper, str) else paper
    word, html = _plain(_word_text(content)), _plain("".join(_html_text(tree)))
    left_out: dict[str, str] = {}  # each text once, with the first place of the data that has it
    added: dict[str, str] = {}
    for path, value in _values(data):
        said = _plain(value)
        in_word, in_html = _says(word, said), _says(html, said)
        if in_html and not in_word:
            left_out.setdefault(value, path)
        elif in_word and not in_html:
            added.setdefault(value, path)
    found = list(_left_over(word, html, data, name))
    found += _told(left_out, "in the PDF, not in the Word paper", name)
    found += _told(added, "in the Word paper, not in the PDF", name)
    return found


def _told(values: Mapping[str, str], where: str, name: str) -> Iterator[Problem]:
    """One warning for each part of the data, with the longest of its texts."""
    whole = [v for v in values if not any(v in other for other in values if other != v)]
    parts: dict[str, list[str]] = {}
    for value in whole:
        part = re.split(r"[.\[]", values[value], maxsplit=1)[0]
        parts.setdefault(part, []).append(f"{values[value]}: {_short(value)}")
    for part, told in parts.items():
        more = [f"and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
        message = f"{where}: {len(told)} text{'' if len(told) == 1 else 's'}"
        hint = "the form is yours: print it there, or leave it out knowingly"
        detail = "\n".join([*told[:_SHOWN], *more])
        yield Problem(Source(name), part, message, hint, Severity.WARNING, detail=detail)


def _left_over(word: str, html: str, data: Mapping[str, Any], name: str) -> Iterator[Problem]:
    """Countries and days that stand in the Word paper alone."""
    names = _countries(data)
    pattern = "|".join(re.escape(_plain(n)) for n in sorted(names, key=len, reverse=True))
    countries = re.compile(rf"(?<!\w)(?:{pattern})(?![^\W\d])")
    for what, found in (("country", countries), ("day", _DAY)):
        there = set(found.findall(html))
        for stray in dict.fromkeys(s for s in found.findall(word) if s not in there):
            shown = next((n for n in names if _plain(n) == stray), stray)
            hint = "write a tag in its place: it is left over from another paper"
            message = f"the Word paper names the {what} '{shown}', the PDF does not"
            yield Problem(Source(name), "", message, hint)


def _countries(data: Mapping[str, Any]) -> set[str]:
    """The names of all countries in the language of the paper, and as the data has them."""
    from babel import Locale

    locale = Locale.parse(str(data["paper"]["language"]), sep="-")
    known = {n for code, n in locale.territories.items() if len(code) == 2 and code.isalpha()}
    own = [data.get("country"), data["paper"].get("home")]
    known |= {str(o[key]) for o in own if o for key in ("name", "in_sentence") if o.get(key)}
    return {n for n in known if len(n) > 3 or not n.isascii()}


# -- the data --------------------------------------------------------------------------------------


def _values(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The texts of the data that can be told apart in print, each with its place."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _UNPRINTED:
                yield from _values(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, f"{path}[]")
    elif isinstance(value, str) and value.strip():
        key = path.rpartition(".")[2].removesuffix("[]")
        letters = sum(letter.isalpha() for letter in value)
        wide = sum(letter > "\u2e80" for letter in value)  # one East Asian letter says a word
        dated = bool(re.search(r"\d{4}", value)) and letters > 2
        if letters + 3 * wide >= LETTERS or (key in _SHORT and letters > 2) or dated:
            yield path, value


def _says(text: str, value: str) -> bool:
    """Whether a text holds a value as words of its own; the number of a note may follow it."""
    if value not in text:
        return False
    edge = r"(?<!\w)" if value[0].isalnum() and value[0].isascii() else ""
    end = r"(?![^\W\d])" if value[-1].isalnum() and value[-1].isascii() else ""
    return bool(re.search(f"{edge}{re.escape(value)}{end}", text))


# -- the papers ------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    return " ".join(text.replace("\u00ad", "").split()).casefold()


def _word_text(content: bytes) -> str:
    paragraphs: list[str] = []
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if _WORDED.fullmatch(name):
                root = etree.fromstring(package.read(name))
                paragraphs += ("".join(_run_text(p)) for p in root.iter(qn("w:p")))
    return "\n".join(paragraphs)


def _run_text(paragraph: Element) -> Iterator[str]:
    """The words of a paragraph without the numbers by which notes are cited again."""
    kinds = ("w:t", "w:tab", "w:br", "w:instrText", "w:fldChar")
    cited = False
    for node in paragraph.iter(*map(qn, kinds)):
        if node.tag == qn("w:instrText"):
            cited = cited or "NOTEREF" in (node.text or "")
        elif node.tag == qn("w:fldChar"):
            cited = cited and node.get(qn("w:fldCharType")) != "end"
        elif node.tag == qn("w:t"):
            yield "" if cited else node.text or ""
        else:
            yield " "


def _html_text(element: Element) -> Iterator[str]:
    """The words of the HTML, blocks apart from each other."""
    if not isinstance(element.tag, str) or element.tag == "head":
        return
    apart = "" if element.tag in _INLINE and element.tag != "note" else "\n"
    yield apart
    yield element.text or ""
    for child in element:
        yield from _html_text(child)
        yield child.tail or ""
    yield apart


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 90 else f"{words[:89]}…"
