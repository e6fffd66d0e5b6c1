"""Real notes in a filled Word template: each numbered once, equal ones cited again by number.

In: a filled body in which the `note` filter has left its marks, and how a note is worded. Out: the
same body with Word's footnotes or endnotes in the place of the marks.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from docx.oxml.ns import qn
from lxml import etree

from briefgen.render.docx.authored.engine import NOTE_CLOSE, NOTE_OPEN
from briefgen.render.docx.authored.word import WordFile
from briefgen.render.docx.inline import collapsed, pieces
from briefgen.render.docx.xml import Element, field, text, w

Kind = Literal["endnotes", "footnotes"]
Wording = Callable[[Mapping[str, Any]], Element]
_MARK = re.compile(f"{NOTE_OPEN}(\\d+){NOTE_CLOSE}")
# What follows the notes in Word's settings, by the order of its schema.
_AFTER = ("compat", "docVars", "rsids", "mathPr", "attachedSchema", "themeFontLang",
          "clrSchemeMapping", "doNotIncludeSubdocsInStats", "doNotAutoCompressPictures",
          "forceUpgrade", "captions", "readModeInkLockDown", "smartTagType", "schemaLibrary",
          "shapeDefaults", "doNotEmbedSmartTags", "decimalSymbol", "listSeparator")  # fmt: skip


def plain_wording(found: Mapping[str, Any]) -> Element:
    """A note as the base templates word it: document, places; document, places."""
    note = etree.Element("note")
    for part in found["parts"]:
        short = etree.SubElement(note, "em")
        short.text = part["short"]
        last = part is found["parts"][-1]
        short.tail = (f", {part['places']}" if part["places"] else "") + ("." if last else ". ")
    return note


class Notes:
    """The notes of one paper."""

    def __init__(self, kind: Kind, wording: Wording) -> None:
        self.kind = kind
        self.one = kind[:-1]
        self.wording = wording
        self._bodies: dict[str, Element] = {}
        self._numbers: dict[int, int] = {}

    def cite(self, found: Mapping[str, Any]) -> str:
        """The mark of a note: equal notes have the same."""
        note = self.wording(found)
        key = " ".join(etree.tostring(note, encoding="unicode", with_tail=False).split())
        self._bodies.setdefault(key, note)
        return str(list(self._bodies).index(key))

    def place(self, file: WordFile) -> None:
        """Put the notes where the body has their marks."""
        body = file.roots["body"]
        own = qn(f"w:{self.one}Reference")
        count = 0
        for node in list(body.iter(qn("w:t"), own)):
            if node.tag == own:
                count += 1
            elif _MARK.search(node.text or ""):
                count = self._split(file, node, count)
        if self._numbers:
            _settle(file, self.kind)

    def _split(self, file: WordFile, node: Element, count: int) -> int:
        """A run with marks in its text as several runs; returns the notes up to here."""
        run = node.getparent()
        assert run is not None
        parts = _MARK.split(node.text or "")
        properties = run.find(qn("w:rPr"))
        before = _like(run, properties, list(run)[: list(run).index(node)])
        after = _like(run, properties, list(run)[list(run).index(node) + 1 :])
        made = [before] if before is not None else []
        for index, words in enumerate(parts):
            if index % 2:
                count, cited = self._reference(file, int(words), count)
                made += cited
            elif words:
                own = copy.deepcopy(properties) if properties is not None else None
                made.append(w("r", own, text(words)))
        made += [after] if after is not None else []
        for element in made:
            run.addprevious(element)
        run.getparent().remove(run)  # type: ignore[union-attr]
        return count

    def _reference(self, file: WordFile, index: int, count: int) -> tuple[int, list[Element]]:
        """The runs that cite a note, for the first time or again."""
        style = _style(file, f"{self.one} reference")
        properties = w("rPr", w("rStyle", val=style))
        if index in self._numbers:
            number = self._numbers[index]
            return count, field(f"NOTEREF _Note{number} \\f \\h", str(number), properties)
        count += 1
        self._numbers[index] = count
        id_ = self._add(file, list(self._bodies.values())[index])
        reference = w("r", properties, w(f"{self.one}Reference", id=id_))
        mark = {"id": 90000 + count}
        start = w("bookmarkStart", **mark, name=f"_Note{count}")
        return count, [start, reference, w("bookmarkEnd", **mark)]

    def _add(self, file: WordFile, note: Element) -> int:
        root = file.note_root(self.kind)
        id_ = max((int(child.get(qn("w:id")) or 0) for child in root), default=0) + 1
        number = w("rPr", w("rStyle", val=_style(file, f"{self.one} reference")))
        runs = [w("r", _look(p.format.emphasis), text(p.text)) for p in collapsed(pieces(note))]
        style = w("pPr", w("pStyle", val=_style(file, f"{self.one} text")))
        lead = [w("r", number, w(f"{self.one}Ref")), w("r", text(" "))]
        root.append(w(self.one, w("p", style, *lead, *runs), id=id_))
        return id_


def _look(emphasis: bool) -> Element | None:
    return w("rPr", w("i"), w("iCs")) if emphasis else None


def _like(run: Element, properties: Element | None, children: list[Element]) -> Element | None:
    """A run that looks the same and holds these children; None when there is nothing to hold."""
    held = [child for child in children if child is not properties]
    if not held:
        return None
    own = copy.deepcopy(properties) if properties is not None else None
    return w("r", own, *held)


def _style(file: WordFile, name: str) -> str:
    """The id of one of Word's own styles of notes; it is made where the template has none."""
    styles = file.main._styles_part.element
    for style in styles.iter(qn("w:style")):
        called = style.find(qn("w:name"))
        if called is not None and (called.get(qn("w:val")) or "").casefold() == name:
            return str(style.get(qn("w:styleId")))
    id_ = "".join(word.capitalize() for word in name.split())
    styles.append(_new_style(name, id_))
    return id_


def _new_style(name: str, id_: str) -> Element:
    small = [w("sz", val=16), w("szCs", val=16)]
    if name.endswith("reference"):
        look = w("rPr", w("vertAlign", val="superscript"))
        return w("style", w("name", val=name), look, type="character", styleId=id_)
    tight = w("pPr", w("spacing", before=0, after=20, line=240, lineRule="auto"))
    parts = (w("name", val=name), w("basedOn", val="Normal"), tight, w("rPr", *small))
    return w("style", *parts, type="paragraph", styleId=id_)


def _settle(file: WordFile, kind: Kind) -> None:
    """Notes are numbered 1, 2, 3: in the settings of the file and in each section."""
    name = f"{kind[:-1]}Pr"
    settings = file.main._settings_part.element
    for root in (settings, file.roots["body"]):
        for old in list(root.iter(qn(f"w:{name}"))):
            old.getparent().remove(old)
    separators = [w(kind[:-1], id=id_) for id_ in _separators(file, kind)]
    later = [qn(f"w:{after}") for after in (*(("endnotePr",) * (kind == "footnotes")), *_AFTER)]
    place = next((i for i, e in enumerate(settings) if e.tag in later), len(settings))
    settings.insert(place, w(name, w("numFmt", val="decimal"), *separators))
    for section in file.roots["body"].iter(qn("w:sectPr")):
        first = {qn("w:headerReference"), qn("w:footerReference")}
        first |= {qn("w:footnotePr")} if kind == "endnotes" else set()
        index = sum(1 for child in section if child.tag in first)
        section.insert(index, w(name, w("numFmt", val="decimal")))


def _separators(file: WordFile, kind: Kind) -> Iterator[int]:
    for note in file.roots[kind]:
        if note.get(qn("w:type")) in ("separator", "continuationSeparator"):
            yield int(note.get(qn("w:id")) or 0)
