"""What Word wants of a filled part, and what no filled part may lack.

In: the XML of a part after its tags were filled. Out: the same, sound: line breaks as Word has
them, no cell without a paragraph, no table without a row, ids that stand once. And the marking:
whether every page of every section bears it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docx.oxml.ns import qn

from briefgen.errors import Problem, Source
from briefgen.render.docx.authored.word import WordFile
from briefgen.render.docx.xml import Element, text, w

_HOLDERS = ("tc", "hdr", "ftr", "footnote", "endnote", "txbxContent", "body")
# What a cell is, in the order that Word wants; a tag for its colour or width puts it first.
_IN_CELL = {
    qn(f"w:{name}"): place
    for place, name in enumerate(
        ("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders", "shd", "noWrap", "tcMar",
         "textDirection", "tcFitText", "vAlign", "hideMark")
    )
}  # fmt: skip
_DOC_PR = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
_ID, _NAME, _VAL, _TYPE = qn("w:id"), qn("w:name"), qn("w:val"), qn("w:type")
_RELATION = qn("r:id")


def mend(root: Element) -> None:
    """Make a filled part sound."""
    for node in list(root.iter(qn("w:t"))):
        _break(node)
    for run in list(root.iter(qn("w:r"))):
        _prune(run)
    for properties in root.iter(qn("w:tcPr")):
        properties[:] = sorted(properties, key=lambda c: _IN_CELL.get(str(c.tag), 0))
    for table in list(root.iter(qn("w:tbl"))):
        if table.find(qn("w:tr")) is None:
            _remove(table)
    for name in _HOLDERS:
        for holder in root.iter(qn(f"w:{name}")):
            _hold(holder)


def _break(node: Element) -> None:
    """A text with line breaks and tabs as Word's own."""
    words = node.text or ""
    if not re.search("[\n\t]", words):
        return
    for piece in re.split("([\n\t])", words):
        if piece:
            made = w("br") if piece == "\n" else w("tab") if piece == "\t" else text(piece)
            node.addprevious(made)
    _remove(node)


def _prune(run: Element) -> None:
    """Take out texts that say nothing, and the run if nothing is left."""
    had = False
    for node in run.findall(qn("w:t")):
        if not node.text:
            had = True
            run.remove(node)
    if had and all(child.tag == qn("w:rPr") for child in run):
        _remove(run)


def _hold(holder: Element) -> None:
    """What holds paragraphs holds one at its end, and two tables do not touch."""
    blocks = [c for c in holder if c.tag in (qn("w:p"), qn("w:tbl"), qn("w:sdt"))]
    for block in blocks:
        following = block.getnext()
        if block.tag == qn("w:tbl") and following is not None and following.tag == block.tag:
            block.addnext(w("p"))
    if blocks and blocks[-1].tag == qn("w:tbl"):
        blocks[-1].addnext(w("p"))
    elif not blocks:
        index = sum(1 for c in holder if c.tag == qn("w:tcPr"))
        holder.insert(index, w("p"))


def renumber(file: WordFile) -> None:
    """Ids of bookmarks and pictures stand once, also where a loop has repeated them."""
    pictures = marks = 0
    names: set[str] = set()
    for root in file.roots.values():
        for picture in root.iter(_DOC_PR):
            pictures += 1
            picture.set("id", str(pictures))
        waiting: dict[str, str | None] = {}
        for mark in list(root.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"))):
            old = mark.get(_ID) or ""
            if mark.tag == qn("w:bookmarkEnd"):
                new = waiting.pop(old, None)
            else:
                marks += 1
                name = mark.get(_NAME) or ""
                kept = name not in names and name != "_GoBack"
                names.add(name)
                new = waiting[old] = str(marks) if kept else None
            if new is None:
                _remove(mark)
            else:
                mark.set(_ID, new)
        for tag_id in list(root.iter(qn("w:sdtPr"))):
            for child in tag_id.findall(_ID):
                tag_id.remove(child)


def marking_problems(file: WordFile, label: str) -> Iterator[Problem]:
    """Pages whose header and footer do not bear the marking."""
    settings = file.main._settings_part.element
    even = _on(settings.find(qn("w:evenAndOddHeaders")))
    shown: dict[tuple[str, str], str] = {}
    for number, section in enumerate(file.roots["body"].iter(qn("w:sectPr")), 1):
        for name in ("header", "footer"):
            for reference in section.iter(qn(f"w:{name}Reference")):
                part = file.called(reference.get(_RELATION) or "")
                shown[name, reference.get(_TYPE) or "default"] = part
        kinds = {"default": "every page"}
        if _on(section.find(qn("w:titlePg"))):
            kinds = {"first": "the first page", "default": "the pages after the first"}
        kinds |= {"even": "even pages"} if even else {}
        for kind, pages in kinds.items():
            parts = [shown.get((name, kind), "") for name in ("header", "footer")]
            if not any(label in _words(file.roots[part]) for part in parts if part):
                hint = "type {{ marking.label }} into the header or footer of these pages"
                message = f"the marking '{label}' is not in the header or footer of {pages}"
                yield Problem(Source(file.name), f"section {number}", message, hint)


def _on(element: Element | None) -> bool:
    return element is not None and element.get(_VAL) not in ("0", "false", "off")


def _words(root: Element) -> str:
    return "".join(node.text or "" for node in root.iter(qn("w:t")))


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
