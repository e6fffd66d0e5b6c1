"""What may not stand in a template written in Word, nor in the paper that it becomes.

In: a part, or one of its paragraphs, before it is filled and after. Out: problems: tracked changes,
hidden words, fields that say other things on another day or desk or fetch from elsewhere, pictures
with a part cut off.
"""

from __future__ import annotations

from collections.abc import Iterator

from docx.oxml.ns import qn

from briefgen.errors import Problem, Source
from briefgen.render.docx.authored.tags import Paragraph
from briefgen.render.docx.hidden import hides
from briefgen.render.docx.xml import Element

_RANGES = ("customXmlInsRange", "customXmlDelRange", "customXmlMoveFromRange",
           "customXmlMoveToRange", "moveFromRange", "moveToRange")  # fmt: skip
REVISIONS = tuple(
    qn(f"w:{name}")
    for name in (
        "ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange", "trPrChange",
        "tcPrChange", "sectPrChange", "tblGridChange", "tblPrExChange", "numberingChange",
        "cellIns", "cellDel", "cellMerge", *(f"{name}Start" for name in _RANGES),
    )
)  # fmt: skip
_FIELDS = frozenset(
    ("PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "PAGEREF", "REF", "NOTEREF", "TOC", "SEQ",
     "STYLEREF", "HYPERLINK", "IF")
)  # fmt: skip
_ACCEPT = "accept or reject all changes in Word (Review), then save"
_CROP = qn("a:srcRect")


def content_problems(paragraph: Paragraph, hidden: frozenset[str]) -> Iterator[Problem]:
    """What may not stand in a paragraph; `hidden` are the styles that hide their words."""
    element, end = paragraph.element, len(paragraph.text)
    if next(element.iter(*REVISIONS), None) is not None:
        yield paragraph.problem("holds a tracked change", _ACCEPT, 0, end)
    for run in element.iter(qn("w:r")):
        words = "".join(t.text or "" for t in run.iter(qn("w:t")))
        if words.strip() and _is_hidden(run, element, hidden):
            hint = "take it out: it would go into every paper"
            yield paragraph.problem(f"holds hidden words: '{words[:40]}'", hint, 0, end)
    for code in _fields(element):
        yield from _field_problems(paragraph, code, end)
    for crop in element.iter(_CROP):
        if any((value or "0") != "0" for value in crop.attrib.values()):
            hint = "in Word: Picture Format > Compress Pictures > Delete cropped areas"
            message = "holds a picture of which a part is cut off but still there"
            yield paragraph.problem(message, hint, 0, end)


def loose_problems(root: Element, file: str, part: str) -> Iterator[Problem]:
    """Tracked changes of rows, tables and sections, which no paragraph holds."""
    if any(next(c.iterancestors(qn("w:p")), None) is None for c in root.iter(*REVISIONS)):
        yield Problem(Source(file), part, "holds a tracked change of a table or section", _ACCEPT)


def _is_hidden(run: Element, paragraph: Element, hidden: frozenset[str]) -> bool:
    properties = run.find(qn("w:rPr"))
    if (said := hides(properties)) is not None:
        return said
    named = run.find(f"{qn('w:rPr')}/{qn('w:rStyle')}")
    around = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return any(s is not None and s.get(qn("w:val")) in hidden for s in (named, around))


def _field_problems(paragraph: Paragraph, code: str, end: int) -> Iterator[Problem]:
    words = code.split()
    name = words[0].upper() if words else ""
    if name and name not in _FIELDS and not name.startswith("="):
        hint = "write {{ paper.as_of_text }}" if name in ("DATE", "TIME") else "take it out"
        message = f"holds the field '{name[:40]}', which says other things on another day or desk"
        yield paragraph.problem(message, hint, 0, end)
    elif name == "HYPERLINK" and len(words) > 1 and not words[1].startswith("\\"):
        address = words[1].strip('"“”')
        if not address.startswith(("https:", "mailto:")):
            hint = "links may begin with https: or mailto:"
            yield paragraph.problem(f"links to '{address[:60]}'", hint, 0, end)


def _fields(element: Element) -> Iterator[str]:
    """The codes of the fields of a paragraph; Word parts them over runs."""
    code = ""
    for node in element.iter(qn("w:fldSimple"), qn("w:instrText"), qn("w:fldChar")):
        if node.tag == qn("w:fldSimple"):
            yield str(node.get(qn("w:instr")) or "")
        elif node.tag == qn("w:instrText"):
            code += node.text or ""
        else:
            if code:
                yield code
            code = ""
    if code:
        yield code
