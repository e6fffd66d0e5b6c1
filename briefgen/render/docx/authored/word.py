"""A Word file as a template: its parts, what may stand in them, and what never leaves the house.

In: the bytes of a .docx that a person made. Out: its parts with words by the names that messages
use; faults of what it holds; then, filled, the file with nothing left of its maker: no comments,
properties, revision marks, links to templates or data behind controls.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from docx import Document
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part, XmlPart
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from briefgen.errors import BriefgenError, Problem, Source
from briefgen.render.docx.authored.tags import Paragraph, paragraphs
from briefgen.render.docx.package import APP, settled
from briefgen.render.docx.safety import open_word_file
from briefgen.render.docx.xml import Element

_RUNNING = {RT.HEADER: "header", RT.FOOTER: "footer"}
_NOTES = {RT.FOOTNOTES: "footnotes", RT.ENDNOTES: "endnotes"}
_KEPT = frozenset(
    (RT.STYLES, RT.SETTINGS, RT.NUMBERING, RT.THEME, RT.FONT_TABLE, RT.IMAGE, RT.HYPERLINK,
     *_RUNNING, *_NOTES)
)  # fmt: skip
# Left out without a word: nothing of it shows on paper.
_DROPPED = frozenset(
    ("comments", "commentsExtended", "commentsIds", "commentsExtensible", "people", "customXml",
     "glossaryDocument", "webSettings", "stylesWithEffects", "attachedTemplate", "printerSettings",
     "keyMapCustomizations", "font", "recipientData", "mailMergeSource", "transform",
     "documenttasks", "customXmlProps")
)  # fmt: skip
_CALLED = {
    "chart": "a chart", "diagramData": "a SmartArt drawing", "video": "a film", "audio": "a sound",
    "frame": "a web frame",
}  # fmt: skip
_REVISIONS = ("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange",
              "trPrChange", "tcPrChange", "sectPrChange", "cellIns", "cellDel")  # fmt: skip
_FIELDS = frozenset(
    ("PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "PAGEREF", "REF", "NOTEREF", "TOC", "SEQ",
     "STYLEREF", "HYPERLINK", "=", "IF")
)  # fmt: skip
_SETTINGS = frozenset(
    ("rsids", "attachedTemplate", "documentProtection", "writeProtection", "mailMerge", "docVars",
     "trackRevisions", "revisionView", "updateFields", "attachedSchema", "saveThroughXslt",
     "proofState", "activeWritingStyle", "documentType", "linkStyles", "docId", "view",
     "schemaLibrary", "doNotTrackMoves", "doNotTrackFormatting", "readModeInkLockDown")
)  # fmt: skip
_TRACES = frozenset(
    ("proofErr", "lastRenderedPageBreak", "permStart", "permEnd", "commentRangeStart",
     "commentRangeEnd", "dataBinding", "placeholder", "showingPlcHdr", "embedRegular", "embedBold",
     "embedItalic", "embedBoldItalic")
)  # fmt: skip
_W = f"{{{qn('w:p')[1:].split('}')[0]}}}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


class WordFile:
    """A Word file in hand: the XML of the parts that a template may have tags in."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        open_word_file(name, content)
        try:
            self.document = Document(io.BytesIO(content))
        except (KeyError, ValueError) as error:
            hint = "open it in Word and save it again as .docx"
            fault = Problem(Source(name), "", f"cannot be read as a Word file: {error}", hint)
            raise BriefgenError([fault]) from error
        self.main = self.document.part
        self.roots: dict[str, Element] = {}
        self._parts: dict[str, Part] = {}
        for called, part in self._worded():
            self.roots[called] = parse_xml(part.blob)
            self._parts[called] = part

    def _worded(self) -> Iterator[tuple[str, Part]]:
        """The parts that hold words, by what messages call them."""
        yield "body", self.main
        running: list[tuple[str, int, Part]] = []
        for relation in self.main.rels.values():
            if relation.is_external:
                continue
            part = relation.target_part
            if relation.reltype in _NOTES:
                running.append((_NOTES[relation.reltype], 0, part))
            elif relation.reltype in _RUNNING:
                number = re.search(r"(\d+)\.xml$", str(part.partname))
                kind = _RUNNING[relation.reltype]
                running.append((kind, int(number.group(1)) if number else 1, part))
        for kind, nth, part in sorted(running, key=lambda r: (r[0], r[1])):
            yield f"{kind} {nth}" if nth else kind, part

    def called(self, relation_id: str) -> str:
        """What messages call the part behind a relationship of the body."""
        part = self.main.related_parts.get(relation_id)
        return next((name for name, known in self._parts.items() if known is part), "")

    def paragraphs(self, part: str) -> list[Paragraph]:
        """The paragraphs of a part."""
        return list(paragraphs(self.roots[part], self.name, part))

    # -- what may not be in it -------------------------------------------------------------------

    def problems(self) -> list[Problem]:
        """What the file holds that a paper may not be made from."""
        found: list[Problem] = []
        for name in self.roots:
            for paragraph in self.paragraphs(name):
                found += _content_problems(paragraph)
            found += self._relation_problems(name)
        return found

    def _relation_problems(self, called: str) -> Iterator[Problem]:
        part = self._parts[called]
        used = set(re.findall(rb'r:(?:id|embed|link|pict)="([^"]+)"', part.blob))
        for id_, relation in part.rels.items():
            kind = str(relation.reltype).rsplit("/", 1)[-1]
            link = relation.reltype == RT.HYPERLINK
            message, hint = "", ""
            if relation.is_external and link:
                address = str(relation.target_ref)
                if not address.startswith(("https:", "mailto:", "#")):
                    message = f"links to '{address[:60]}'"
                    hint = "links may begin with https: or mailto:"
            elif relation.is_external and id_.encode() in used:
                message = f"shows '{str(relation.target_ref)[:60]}', which is not in the file"
                hint = "put the picture itself into the document"
            elif relation.reltype not in _KEPT and kind not in _DROPPED and id_.encode() in used:
                message = f"holds {_CALLED.get(kind, kind)}, which a template cannot have"
                hint = "put a picture in its place"
            if message:
                yield Problem(Source(self.name), called, message, hint)

    # -- the end ---------------------------------------------------------------------------------

    def note_root(self, kind: str) -> Element:
        """The part of the footnotes or endnotes; one is made where there is none."""
        if kind not in self.roots:
            one = kind[:-1]
            empty = "".join(
                f'<w:{one} w:type="{type_}" w:id="{id_}">'
                f"<w:p><w:r><w:{type_}/></w:r></w:p></w:{one}>"
                for id_, type_ in ((-1, "separator"), (0, "continuationSeparator"))
            )
            root: Any = parse_xml(f'<w:{kind} xmlns:w="{_W[1:-1]}">{empty}</w:{kind}>')
            content = CT.WML_FOOTNOTES if kind == "footnotes" else CT.WML_ENDNOTES
            part = XmlPart(PackURI(f"/word/{kind}.xml"), content, root, self.main.package)
            self.main.relate_to(part, RT.FOOTNOTES if kind == "footnotes" else RT.ENDNOTES)
            self.roots[kind], self._parts[kind] = root, part
        return self.roots[kind]

    def save(self, data: Mapping[str, Any]) -> bytes:
        """The file with its filled parts, without the traces of its maker."""
        for name, root in self.roots.items():
            part = self._parts[name]
            _strip(root)
            if isinstance(part, XmlPart):
                part._element = root  # type: ignore[assignment]
            else:
                part._blob = etree.tostring(root, encoding="UTF-8", standalone=True)
        _strip_settings(self.main._settings_part.element)
        for part in {id(p): p for p in self.main.package.iter_parts()}.values():
            _clear_relations(part)
        self._strip_tables()
        self._package_properties(data)
        raw = io.BytesIO()
        self.document.save(raw)
        return settled(raw.getvalue())

    def _strip_tables(self) -> None:
        """Take the traces out of styles, lists and fonts."""
        for relation in self.main.rels.values():
            if relation.reltype in (RT.STYLES, RT.NUMBERING, RT.FONT_TABLE):
                part = relation.target_part
                root = parse_xml(part.blob)
                _strip(root)
                if isinstance(part, XmlPart):
                    part._element = root
                else:
                    part._blob = etree.tostring(root, encoding="UTF-8", standalone=True)

    def _package_properties(self, data: Mapping[str, Any]) -> None:
        package = self.main.package
        for id_, relation in list(package.rels.items()):
            if relation.reltype != RT.OFFICE_DOCUMENT:
                del package.rels[id_]
        app = Part(PackURI("/docProps/app.xml"), CT.OFC_EXTENDED_PROPERTIES, APP, package)
        package.relate_to(app, RT.EXTENDED_PROPERTIES)
        properties = self.document.core_properties  # made anew: none of the old is left
        paper = data["paper"]
        title = str(paper["title"])
        properties.title = title[:255]
        properties.subject = f"{title}, {paper['as_of_text']}"[:255]
        properties.author = properties.last_modified_by = str(paper["ministry"])[:255]
        properties.category = str(data["marking"]["label"])[:255]
        properties.keywords = str(paper["kind"])[:255]
        properties.comments = ""
        properties.language = str(paper["language"])
        properties.revision = 1
        stamp = datetime.datetime.fromisoformat(str(paper["as_of"]))
        properties.created = properties.modified = stamp


def _content_problems(paragraph: Paragraph) -> Iterator[Problem]:
    """What may not stand in a paragraph: tracked changes, hidden words, fields that reach out."""
    element, end = paragraph.element, len(paragraph.text)
    if any(next(element.iter(qn(f"w:{name}")), None) is not None for name in _REVISIONS):
        hint = "accept or reject all changes in Word (Review), then save"
        yield paragraph.problem("holds a tracked change", hint, 0, end)
    for run in element.iter(qn("w:r")):
        hidden = run.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
        if hidden is not None and hidden.get(qn("w:val")) not in ("0", "false"):
            words = "".join(t.text or "" for t in run.iter(qn("w:t")))
            if words.strip():
                hint = "take it out: it would go into every paper"
                yield paragraph.problem(f"holds hidden words: '{words[:40]}'", hint, 0, end)
    for code in _fields(element):
        name = (code.split() or [""])[0].upper()
        if name and not name.startswith(tuple(_FIELDS)):
            hint = "write {{ paper.as_of_text }}" if name in ("DATE", "TIME") else "take it out"
            message = f"holds the field '{name}', which says other things on another day or desk"
            yield paragraph.problem(message, hint, 0, end)


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


def _clear_relations(part: Part) -> None:
    """Cut a part off from all that does not belong to a paper."""
    for id_, relation in list(part.rels.items()):
        if relation.reltype not in _KEPT or (
            relation.is_external and relation.reltype != RT.HYPERLINK
        ):
            del part.rels[id_]


def _strip_settings(root: Element) -> None:
    for child in list(root):
        if etree.QName(child).localname in _SETTINGS:
            root.remove(child)


def _strip(root: Element) -> None:
    """Take the traces of the maker and of Word's own keeping out of a part."""
    etree.strip_elements(root, _FALLBACK, with_tail=False)
    for name in ("smartTag", "customXml"):
        for properties in list(root.iter(f"{_W}{name}Pr")):
            _drop(properties)
        etree.strip_tags(root, f"{_W}{name}")
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            _drop(element)
            continue
        for attribute in list(element.attrib):
            key = str(attribute)
            if key.startswith(f"{_W}rsid") or key in (f"{_W14}paraId", f"{_W14}textId"):
                del element.attrib[attribute]
        local = etree.QName(element).localname
        if local in _TRACES or local == "commentReference":
            _drop(element)


def _drop(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        tail = element.tail
        previous = element.getprevious()
        parent.remove(element)
        if tail and previous is not None:
            previous.tail = (previous.tail or "") + tail
        elif tail:
            parent.text = (parent.text or "") + tail
