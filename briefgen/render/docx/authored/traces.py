"""What a Word file tells of its maker, taken out of a paper before it leaves.

In: the parts of a filled template. Out: the same parts, changed in place: no marks of who edited
when, no comments, no data behind controls, no names of files, no fonts in it; of the settings those
that are listed here; pictures bare of what they carry; and only what the paper shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.part import Part, XmlPart
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from briefgen.render.docx.authored.contents import REVISIONS
from briefgen.render.docx.xml import Element
from briefgen.render.images import picture

_PICTURES = frozenset(("image/png", "image/jpeg", "image/jpg"))
# What a paper may be made of: each kind of relationship, and the types of what it leads to.
KEPT: dict[str, frozenset[str]] = {
    RT.STYLES: frozenset((CT.WML_STYLES,)),
    RT.SETTINGS: frozenset((CT.WML_SETTINGS,)),
    RT.NUMBERING: frozenset((CT.WML_NUMBERING,)),
    RT.THEME: frozenset((CT.OFC_THEME,)),
    RT.FONT_TABLE: frozenset((CT.WML_FONT_TABLE,)),
    RT.HEADER: frozenset((CT.WML_HEADER,)),
    RT.FOOTER: frozenset((CT.WML_FOOTER,)),
    RT.FOOTNOTES: frozenset((CT.WML_FOOTNOTES,)),
    RT.ENDNOTES: frozenset((CT.WML_ENDNOTES,)),
    RT.IMAGE: _PICTURES,
    RT.HYPERLINK: frozenset(),
}
_NAMED = frozenset((RT.IMAGE, RT.HYPERLINK, RT.HEADER, RT.FOOTER))  # of use where an id names them
_SETTINGS = frozenset(
    ("zoom", "mirrorMargins", "bordersDoNotSurroundHeader", "bordersDoNotSurroundFooter",
     "gutterAtTop", "evenAndOddHeaders", "bookFoldPrinting", "defaultTabStop", "autoHyphenation",
     "consecutiveHyphenLimit", "hyphenationZone", "doNotHyphenateCaps", "characterSpacingControl",
     "noLineBreaksAfter", "noLineBreaksBefore", "strictFirstAndLastChars", "footnotePr",
     "endnotePr", "compat", "mathPr", "themeFontLang", "clrSchemeMapping", "decimalSymbol",
     "listSeparator", "drawingGridHorizontalSpacing", "drawingGridVerticalSpacing",
     "displayHorizontalDrawingGridEvery", "displayVerticalDrawingGridEvery",
     "doNotUseMarginsForDrawingGridOrigin", "displayBackgroundShape")
)  # fmt: skip
_TRACES = frozenset(
    ("proofErr", "lastRenderedPageBreak", "permStart", "permEnd", "commentRangeStart",
     "commentRangeEnd", "commentReference", "dataBinding", "placeholder", "showingPlcHdr",
     "embedRegular", "embedBold", "embedItalic", "embedBoldItalic", "fldData", "ffData", "nsid",
     "tmpl", "rsid", "aliases", "printerSettings", "webVideoPr")
)  # fmt: skip
_W = qn("w:p")[: qn("w:p").index("}") + 1]
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_V = "{urn:schemas-microsoft-com:vml}"
_O = "{urn:schemas-microsoft-com:office:office}"
_R = qn("r:id")[: qn("r:id").index("}") + 1]
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_OF_VML = frozenset(("src", "href", f"{_O}href", f"{_O}althref", f"{_O}title", f"{_O}spid"))
_OF_PICTURES = frozenset(
    (qn("wp:docPr"), qn("pic:cNvPr"), "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}cNvPr")
)  # fmt: skip
_FILE_NAME = re.compile(r"[\\/]|\.(png|jpe?g|gif|bmp|tiff?|emf|wmf|svg)\s*$", re.IGNORECASE)


def used_ids(root: Element) -> set[str]:
    """The ids of relationships that a part names anywhere."""
    return {
        str(value)
        for element in root.iter(etree.Element)
        for key, value in element.attrib.items()
        if str(key).startswith(_R)
    }


def strip_part(part: Part, root: Element | None) -> None:
    """Clear one part; `root` is its XML where it was filled."""
    if part.content_type in _PICTURES:
        found = picture(part.blob)
        part._blob = found.content if found else b""
        return
    if root is None and not part.content_type.endswith("xml"):
        return
    if root is None:
        made: Any = part._element if isinstance(part, XmlPart) else parse_xml(part.blob)
        root = made
    _strip(root)
    if part.content_type == CT.WML_SETTINGS:
        _keep(root, _SETTINGS)
    elif part.content_type == CT.OFC_THEME:
        _strip_theme(root)
    if isinstance(part, XmlPart):
        part._element = root  # type: ignore[assignment]
    else:
        part._blob = etree.tostring(root, encoding="UTF-8", standalone=True)
    _clear_relations(part, used_ids(root))


def drop_notes(root: Element, kind: str, body: Element) -> None:
    """Take away notes of a part that the body does not cite."""
    cited = {e.get(qn("w:id")) for e in body.iter(qn(f"w:{kind[:-1]}Reference"))}
    for note in list(root):
        if note.get(qn("w:type")) in (None, "normal") and note.get(qn("w:id")) not in cited:
            root.remove(note)


def _clear_relations(part: Part, used: set[str]) -> None:
    """Cut a part off from all that does not belong to a paper, and from what it does not show."""
    for id_, relation in list(part.rels.items()):
        kind = relation.reltype
        outside = relation.is_external and kind != RT.HYPERLINK
        if kind not in KEPT or outside or (kind in _NAMED and id_ not in used):
            del part.rels[id_]


def _keep(root: Element, allowed: frozenset[str]) -> None:
    for child in list(root):
        if etree.QName(child).localname not in allowed:
            root.remove(child)


def _strip_theme(root: Element) -> None:
    """A theme keeps its colours, fonts and effects; names and extensions are its maker's."""
    for element in list(root.iter(etree.Element)):
        if etree.QName(element).localname in ("extLst", "custClrLst", "extraClrSchemeLst"):
            _drop(element)
        elif element.get("name") and element.tag != qn("a:font"):
            element.set("name", "Template")


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
        _strip_attributes(element)
        if etree.QName(element).localname in _TRACES or element.tag in REVISIONS:
            _drop(element)
    for properties in root.iter(f"{_W}sdtPr"):
        for child in [*properties.iterfind(f"{_W}alias"), *properties.iterfind(f"{_W}tag")]:
            properties.remove(child)


def _strip_attributes(element: Element) -> None:
    for attribute in _of_maker(element):
        del element.attrib[attribute]
    if element.tag in _OF_PICTURES:
        element.set("name", "Picture")
        if _FILE_NAME.search(element.get("descr") or ""):
            element.set("descr", "")


def _of_maker(element: Element) -> Iterator[Any]:
    """The attributes of an element that say who or when, or name a file."""
    for attribute in list(element.attrib):
        key = str(attribute)
        if (
            key.startswith(f"{_W}rsid")
            or key in (f"{_W14}paraId", f"{_W14}textId")
            or (key in _OF_VML and str(element.tag).startswith(_V))
            or (key == "title" and element.tag in _OF_PICTURES)
        ):
            yield attribute


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
