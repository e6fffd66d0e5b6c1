"""What a paper says, word by word, read back from its HTML, its DOCX and its PDF.

All that is left out of the comparison is left out here, and nothing else: how much white space HTML
takes for one space; the numbers and dots of lists; the head and foot of pages; the marks by which
Word is told a direction; in a PDF the order of letters of words from right to left, which it holds
as they stand on the page. No letter, no case, no word and no order is passed over beside that.
"""

from __future__ import annotations

import difflib
import io
import re
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from docx.oxml.ns import qn
from lxml import etree

from briefgen.digits import NUMERALS, Digits
from tests.vocabulary import LATIN

LINE = "\n"  # the end of a paragraph, a cell, an item, a term
BREAK = "\v"  # a <br/>
_INLINE = frozenset(
    ("a", "strong", "em", "sup", "sub", "abbr", "time", "cite", "q", "mark", "br", "span", "note")
)
_COLLAPSED = re.compile(r"[ \t\r\n\f]+")
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]")
_RIGHT = re.compile("[\u0590-\u08ff]")
_BLOCK_TAGS = frozenset(
    ("TH", "TD", "TR", "Caption", "Sect", "BlockQuote", "NonStruct", "TOC", "TOCI")
)
# Of the words that papers are made of, those that nobody can mistake for parts of others.
_LONG = re.compile("|".join(run for word in LATIN for run in re.findall(r"[^\W\d_]{4,}", word)))
_LEFT = re.compile(r"[^\W\u0590-\u08ff](?:[^\u0590-\u08ff]*[^\W\u0590-\u08ff])?")


def _squeezed(text: str) -> list[str]:
    """The lines of a text that HTML might show: no space at their ends, and none without words."""
    lines = text.split(LINE)
    parts = ([part.strip(" ") for part in line.split(BREAK)] for line in lines)
    return [found for line in parts if (found := BREAK.join(line)).strip(" " + BREAK)]


# -- HTML ------------------------------------------------------------------------------------------


def html_lines(root: Any) -> list[str]:
    """What `<main>` says, a line for each block and each stretch of words between blocks, and then
    its notes; a note is told in the text by its number."""
    main = root.find("body/main")
    notes = [n for n in main.iter("note") if n.get("data-first") == "yes"]
    texts = [_flow(main), *(f"{LINE}{_inside(note)}" for note in notes)]
    return _squeezed(_one_space("".join(texts)))


def printed_lines(root: Any) -> list[str]:
    """The same from the HTML for print, in which the notes are a list at the end."""
    return _squeezed(_one_space(_flow(root.find("body/main"))))


def _flow(element: Any) -> str:
    if element.tag == "br":
        return BREAK
    if element.tag == "note":
        return str(element.get("data-shown") or element.get("data-number"))
    inner = _inside(element)
    return inner if element.tag in _INLINE else f"{LINE}{inner}{LINE}"


def _inside(element: Any) -> str:
    # white space is made one space here, so that LINE and BREAK stay what they are
    parts = [_COLLAPSED.sub(" ", element.text or "")]
    for child in element:
        parts += [_flow(child), _COLLAPSED.sub(" ", child.tail or "")]
    return "".join(parts)


def _one_space(text: str) -> str:
    """Spaces that meet across elements are one."""
    return re.sub(" +", " ", text)


# -- DOCX ------------------------------------------------------------------------------------------


def docx_lines(content: bytes, notes: str = "endnotes", digits: str = "western") -> list[str]:
    """What a Word file says, a line for each paragraph; a tab, which stands between a term and what
    is told of it, ends a line too. Its notes come last. Word counts them itself, in digits of its
    own where it has none of the paper's: `digits` are the paper's."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        body = etree.fromstring(package.read("word/document.xml"))[0]
        name = f"word/{notes}.xml"
        held = etree.fromstring(package.read(name)) if name in package.namelist() else []
    own = [note for note in held if note.get(qn("w:type")) is None]
    texts = ["".join(_runs(p, NUMERALS[digits])) for e in (body, *own) for p in e.iter(qn("w:p"))]
    return _squeezed(_MARKS.sub("", LINE.join(texts)))


def _runs(paragraph: Any, digits: Digits) -> Iterator[str]:
    cited = False  # a note that was cited before: its number is the result of a field
    for node in paragraph.iter():
        name = etree.QName(node).localname
        if name == "instrText":
            cited = "NOTEREF" in node.text
        elif name == "t":
            by_word = cited and digits.word is None
            yield (node.text or "").translate(digits.table if by_word else {})
            cited = False
        elif name in ("endnoteReference", "footnoteReference"):
            yield node.get(qn("w:id")).translate(digits.table)
        elif name == "br":
            yield BREAK
        elif name == "tab" and etree.QName(node.getparent()).localname == "r":
            yield LINE


# -- PDF -------------------------------------------------------------------------------------------


def pdf_text(content: bytes) -> str:
    """What the tags of a PDF say in their order, with one space where a block begins or ends.

    What a list prints before an item has no letter, and the terms of these papers begin with one.
    """
    command = ["pdfinfo", "-struct-text", "-"]
    shown = subprocess.run(command, input=content, capture_output=True, check=True).stdout
    above: list[tuple[int, str]] = []
    found: list[str] = []
    for line in shown.decode().splitlines():
        inside = line.lstrip(" ")
        depth = len(line) - len(inside)
        while above and above[-1][0] >= depth:
            found.append(_edge(above.pop()[1]))
        if not inside.startswith('"'):
            above.append((depth, inside))
            found.append(_edge(inside))
            continue
        text = inside[1:-1].replace('\\"', '"')
        label = next((n for n, (_, tag) in enumerate(above) if tag.startswith("Lbl")), None)
        if label is not None and any(map(str.isalpha, text)):
            above[label] = above[label][0], "Term (block)"
            label = None
        if label is None:
            found.append(_logical(text or " "))
    return "".join(found)


def _edge(tag: str) -> str:
    """What stands where a tag begins or ends: a space for a block."""
    name = tag.partition(" ")[0].rstrip(":")
    return " " if "(block)" in tag or name in _BLOCK_TAGS else ""


def words_for_pdf(lines: list[str]) -> list[str]:
    """The words of lines as a PDF has them: it tells no break of a line from none, and what shows
    nothing is not in it."""
    return re.sub(f"[{BREAK}\u200b\u2060]", "", "\n".join(lines)).split()


def unlike(words: list[str], found: list[str], *, right: bool = False) -> list[str]:
    """What of the words of a PDF is not as they should be, in this order.

    Words from right to left, and signs, numbers and spaces beside them, a PDF holds as they stand
    on the page, brackets turned about. Where there are any, or the paper is written from the right
    (`right`), every letter and digit must be there as often as it is told, and the Latin words of
    four letters and more in their order: of shorter ones nobody can tell from a page on which side
    of a sign they were written.
    """
    more: list[str] = []
    if right or _RIGHT.search("".join(words)):
        told, shown = "".join(words), "".join(found)
        counted = [Counter(filter(str.isalnum, text)) for text in (told, shown)]
        more = [f"-{counted[0] - counted[1]}", f"+{counted[1] - counted[0]}"]
        words, found = (_LONG.findall(text) for text in (told, shown))
        if counted[0] == counted[1] and words == found:
            return []
    steps = difflib.SequenceMatcher(None, words, found, autojunk=False).get_opcodes()
    told_of = (f"{words[a:b]} became {found[c:d]}" for tag, a, b, c, d in steps if tag != "equal")
    return [*more, *told_of]


def _logical(text: str) -> str:
    """A text as it is read: words from right to left stand in a PDF as they do on the page."""
    if not _RIGHT.search(text):
        return text
    turned = text[::-1]
    return _LEFT.sub(lambda match: match.group()[::-1], turned)
