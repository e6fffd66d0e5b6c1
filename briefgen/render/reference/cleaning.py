"""What of a style, a header or a footer is taken: an allow list, element by element.

In: elements of a Word file. Out: new elements that hold only what is listed here, and in plain
words all that was left out. Nothing travels because nobody thought of it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lxml import etree

from briefgen.render.docx.hidden import hides
from briefgen.render.images import Picture
from briefgen.render.reference.xml import (
    NS,
    XML_SPACE,
    Element,
    copied,
    local,
    make,
    names,
    prefixed,
    q,
    val,
)

Tell = Callable[[str, str], None]  # what is left out, and what to do

_SIDES = names("top left start bottom right end between bar insideH insideV")
RUN = names(
    "rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint color "
    "spacing w kern position sz szCs highlight u bdr shd vertAlign em rtl cs"
)
PARAGRAPH = (
    names(
        "keepNext keepLines pageBreakBefore widowControl pBdr shd tabs tab "
        "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE "
        "autoSpaceDN adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents jc "
        "textAlignment outlineLvl"
    )
    | _SIDES
)
_TABLE = (
    names(
        "tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd tblBorders shd "
        "tblLayout tblCellMar tblLook bidiVisual gridCol cantSplit trHeight tblHeader "
        "gridBefore gridAfter wBefore wAfter tcW gridSpan vMerge tcBorders noWrap tcMar "
        "tcFitText vAlign hideMark"
    )
    | _SIDES
)
_STYLE_HEAD = ("name", "basedOn", "next", "uiPriority", "semiHidden", "qFormat")
_WRAPPERS = frozenset(("w:smartTag", "w:ins", "w:moveTo", "w:customXml", "w:sdtContent", "w:dir"))
_CONTENT = frozenset(("w:t", "w:tab", "w:br", "w:cr", "w:noBreakHyphen", "w:softHyphen", "w:ptab"))
_FIELDS = frozenset(("PAGE", "NUMPAGES"))
_INSTEAD = {
    "TITLE": "{{ paper.title }}", "SUBJECT": "{{ paper.title }}", "AUTHOR": "{{ paper.ministry }}",
    "DATE": "{{ paper.as_of_text }}", "SAVEDATE": "{{ paper.as_of_text }}",
    "CREATEDATE": "{{ paper.as_of_text }}", "PRINTDATE": "{{ paper.as_of_text }}",
    "SECTIONPAGES": "the field NUMPAGES",
}  # fmt: skip


def style(element: Element) -> Element:
    """A style with its look; its history, links and numbering are not taken."""
    kind = val(element, "type")
    made = make("w:style", type=kind or "paragraph", styleId=val(element, "styleId") or "")
    for key in ("default", "customStyle"):
        if val(element, key) in ("1", "true"):
            made.set(q(f"w:{key}"), "1")
    for child in element:
        name = local(child)
        if prefixed(child) != f"w:{name}":
            continue
        if name in _STYLE_HEAD:
            made.append(copied(child, ()))
        elif name == "pPr":
            made.append(copied(child, PARAGRAPH))
        elif name == "rPr":
            made.append(copied(child, RUN - {"rtl", "cs"}))
        elif name in ("tblPr", "trPr", "tcPr"):
            made.append(copied(child, _TABLE))
        elif name == "tblStylePr":
            made.append(copied(child, _TABLE | PARAGRAPH | RUN | {"pPr", "rPr", "tblPr", "tcPr"}))
    return made


def defaults(element: Element | None) -> Element:
    """`w:docDefaults`; the language is the paper's and not taken."""
    run = element.find("w:rPrDefault/w:rPr", NS) if element is not None else None
    paragraph = element.find("w:pPrDefault/w:pPr", NS) if element is not None else None
    made_run = copied(run, RUN) if run is not None else make("w:rPr")
    made_paragraph = copied(paragraph, PARAGRAPH) if paragraph is not None else make("w:pPr")
    return make("w:docDefaults", make("w:rPrDefault", made_run),
                make("w:pPrDefault", made_paragraph))  # fmt: skip


def theme(root: Element) -> bytes:
    """The theme part: its colours and fonts; effects, names and pictures are not taken."""
    elements = root.find("a:themeElements", NS)
    made: Any = etree.Element(q("a:theme"), {"name": "Reference"}, nsmap={"a": NS["a"]})
    inside = etree.SubElement(made, q("a:themeElements"))
    for name in ("clrScheme", "fontScheme", "fmtScheme"):
        found = elements.find(f"a:{name}", NS) if elements is not None else None
        part = _drawn(found) if found is not None and name != "fmtScheme" else None
        inside.append(part if part is not None else etree.fromstring(_PLAIN_THEME[name]))
        inside[-1].set("name", "Reference")
    return etree.tostring(made, xml_declaration=True, encoding="UTF-8", standalone=True)


def _drawn(element: Element) -> Element:
    """A part of DrawingML without relationships and extensions."""
    made = etree.Element(element.tag, nsmap={"a": NS["a"]})
    for key, value in element.attrib.items():
        if not str(key).startswith("{"):
            made.set(key, value)
    for child in element:
        if prefixed(child).startswith("a:") and local(child) != "extLst":
            made.append(_drawn(child))
    return made


_COLOURS = {
    "dk1": "000000", "lt1": "FFFFFF", "dk2": "44546A", "lt2": "E7E6E6", "accent1": "4472C4",
    "accent2": "ED7D31", "accent3": "A5A5A5", "accent4": "FFC000", "accent5": "5B9BD5",
    "accent6": "70AD47", "hlink": "0563C1", "folHlink": "954F72",
}  # fmt: skip
_SHADES = "".join(f'<a:{n}><a:srgbClr val="{v}"/></a:{n}>' for n, v in _COLOURS.items())
_FACE = '<a:latin typeface="Times New Roman"/><a:ea typeface=""/><a:cs typeface=""/>'
_FILL = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
_A = f'xmlns:a="{NS["a"]}" name="Reference"'
_PLAIN_THEME = {
    "clrScheme": f"<a:clrScheme {_A}>{_SHADES}</a:clrScheme>",
    "fontScheme": f"<a:fontScheme {_A}><a:majorFont>{_FACE}</a:majorFont>"
    f"<a:minorFont>{_FACE}</a:minorFont></a:fontScheme>",
    "fmtScheme": f"<a:fmtScheme {_A}><a:fillStyleLst>{_FILL * 3}</a:fillStyleLst><a:lnStyleLst>"
    + f'<a:ln w="6350">{_FILL}</a:ln>' * 3
    + "</a:lnStyleLst><a:effectStyleLst>"
    + "<a:effectStyle><a:effectLst/></a:effectStyle>" * 3
    + f"</a:effectStyleLst><a:bgFillStyleLst>{_FILL * 3}</a:bgFillStyleLst></a:fmtScheme>",
}


class Running:
    """Cleans one header or footer; `pictures` are those that its relationships lead to, `hidden`
    the styles by which Word shows nothing."""

    def __init__(
        self,
        pictures: Mapping[str, Picture | None],
        hidden: frozenset[str],
        tell: Tell,
        refuse: Tell,
    ) -> None:
        self.pictures = pictures
        self.hidden = hidden
        self.tell = tell
        self.refuse = refuse
        self.used: dict[str, Picture] = {}

    def blocks(self, element: Element) -> list[Element]:
        """The paragraphs and tables of a part or a cell."""
        made: list[Element] = []
        for child in element:
            name = prefixed(child)
            if name == "w:p":
                made.append(self._paragraph(child))
            elif name == "w:tbl":
                made.append(self._table(child))
            elif name == "w:sdt":
                made += self.blocks(_inside(child))
            elif name in _WRAPPERS:
                made += self.blocks(child)
        return made

    def _table(self, element: Element) -> Element:
        made = make("w:tbl")
        for child in element:
            name = prefixed(child)
            if name == "w:tblPr":
                made.append(copied(child, _TABLE | {"tblStyle"}))
            elif name == "w:tblGrid":
                made.append(copied(child, _TABLE))
            elif name == "w:tr":
                row = make("w:tr")
                for part in child:
                    if prefixed(part) == "w:trPr":
                        row.append(copied(part, _TABLE))
                    elif prefixed(part) == "w:tc":
                        row.append(self._cell(part))
                made.append(row)
        return made

    def _cell(self, element: Element) -> Element:
        properties = element.find("w:tcPr", NS)
        kept = [copied(properties, _TABLE)] if properties is not None else []
        blocks = self.blocks(element)
        if not blocks or blocks[-1].tag != q("w:p"):
            blocks.append(make("w:p"))
        return make("w:tc", *kept, *blocks)

    def _paragraph(self, element: Element) -> Element:
        made = make("w:p")
        properties = element.find("w:pPr", NS)
        if properties is not None:
            made.append(copied(properties, PARAGRAPH | {"pStyle", "bidi"}))
            if properties.find("w:numPr", NS) is not None:
                self.tell("a number or bullet of a list", "type it as a letter")
        made.extend(self._fields(list(self._runs(element))))
        return made

    def _runs(self, element: Element) -> Iterator[Element]:
        """The runs of a paragraph, each with one thing in it, out of whatever they stand in."""
        for child in element:
            name = prefixed(child)
            if name == "w:r":
                yield from self._run(child)
            elif name == "w:hyperlink":
                if child.get(q("r:id")):
                    self.tell("a link", "its words stay")
                yield from self._runs(child)
            elif name == "w:sdt":
                yield from self._runs(_inside(child))
            elif name in _WRAPPERS:
                yield from self._runs(child)
            elif name == "w:fldSimple":
                mark = make("w:r", make("w:fldChar", fldCharType="begin"))
                code = make("w:instrText")
                code.text = val(child, "instr") or ""
                yield from (mark, make("w:r", code))
                yield make("w:r", make("w:fldChar", fldCharType="separate"))
                yield from self._runs(child)
                yield make("w:r", make("w:fldChar", fldCharType="end"))

    def _run(self, element: Element) -> Iterator[Element]:
        properties = element.find("w:rPr", NS)
        if self._is_hidden(element, properties):
            self.tell("hidden text", "show it or take it out")
            return
        look = copied(properties, RUN | {"rStyle"}) if properties is not None else None
        for child in self._chosen(element):
            made = self._content(child)
            if made is not None:
                yield make("w:r", *([copy.deepcopy(look)] if look is not None else []), made)

    def _is_hidden(self, run: Element, properties: Element | None) -> bool:
        """Whether Word shows nothing of a run, by its own mark or by a style."""
        if (said := hides(properties)) is not None:
            return said
        paragraph = next(run.iterancestors(q("w:p")), None)
        around = paragraph.find("w:pPr/w:pStyle", NS) if paragraph is not None else None
        named = properties.find("w:rStyle", NS) if properties is not None else None
        return bool(self.hidden & {val(around), val(named)})

    def _chosen(self, element: Element) -> Iterator[Element]:
        """The content of a run; of a choice between a drawing and older forms, the drawing."""
        for child in element:
            if prefixed(child) == "mc:AlternateContent":
                choice = child.find("mc:Choice", NS)
                yield from self._chosen(choice) if choice is not None else ()
            else:
                yield child

    def _content(self, child: Element) -> Element | None:
        name = prefixed(child)
        if name in _CONTENT:
            made = copied(child, ())
            if name == "w:t":
                made.text = child.text
                made.set(XML_SPACE, "preserve")
            return made
        if name in ("w:fldChar", "w:instrText"):
            made = make(name)
            made.text = child.text if name == "w:instrText" else None
            kind = val(child, "fldCharType")
            if kind:
                made.set(q("w:fldCharType"), kind)
            return made
        if name == "w:drawing":
            return self._drawing(child)
        if name == "w:sym":
            self.tell("a letter of a symbol font", "type it as a letter of an ordinary font")
        elif name == "w:pict":
            self.tell("a watermark, a text box or an old picture", "put words and pictures in line")
        elif name == "w:object":
            self.tell("an embedded object", "put a picture in its place")
        return None

    # -- fields ----------------------------------------------------------------------------------

    def _fields(self, runs: list[Element]) -> Iterator[Element]:
        """Page numbers stay fields; all others are told, for what they last said may be a name."""
        stack: list[str] = []
        looks: list[Element | None] = []
        in_code = False
        for run in runs:
            mark = run.find("w:fldChar", NS)
            kind = val(mark) if mark is None else val(mark, "fldCharType")
            if kind == "begin":
                stack.append("")
                looks.append(run.find("w:rPr", NS))
                in_code = True
            elif kind == "separate":
                in_code = False
            elif kind == "end" and stack:
                yield from self._field(stack.pop(), looks.pop(), not stack)
                in_code = False
            elif stack:
                code = run.find("w:instrText", NS)
                if code is not None and in_code:
                    stack[-1] += code.text or ""
            elif run.find("w:instrText", NS) is None and mark is None:
                yield run
        if stack:
            self.tell("a field that runs over several paragraphs", "take it out")

    def _field(self, code: str, look: Element | None, outermost: bool) -> Iterator[Element]:
        words = code.split()
        name = words[0].upper() if words else ""
        switches = re.sub(r"\\\*\s*(MERGEFORMAT|CHARFORMAT|Arabic)", "", " ".join(words[1:]))
        if name in _FIELDS and outermost:
            if switches.strip():
                self.tell(
                    f"the form '{switches.strip()[:40]}' of the field {name}", "it is 1, 2, 3"
                )
            instruction = make("w:instrText")
            instruction.text = f" {name} "
            instruction.set(XML_SPACE, "preserve")
            result = make("w:t")
            result.text = "1"
            parts = [make("w:fldChar", fldCharType="begin"), instruction,
                     make("w:fldChar", fldCharType="separate"), result,
                     make("w:fldChar", fldCharType="end")]  # fmt: skip
            for part in parts:
                yield make("w:r", *([copy.deepcopy(look)] if look is not None else []), part)
            return
        instead = _INSTEAD.get(name, "the words themselves or a placeholder")
        self.tell(f"the field {name[:40] or 'without a name'}", f"type {instead} in its place")

    # -- pictures --------------------------------------------------------------------------------

    def _drawing(self, element: Element) -> Element | None:
        frame = next((c for c in element if prefixed(c) in ("wp:inline", "wp:anchor")), None)
        blips = list(element.iter(q("a:blip")))
        if frame is None or len(blips) != 1 or next(element.iter(q("pic:pic")), None) is None:
            self.tell("a shape, a text box or a chart", "put words and pictures in line")
            return None
        name = blips[0].get(q("r:embed")) or ""
        found = self.pictures.get(name)
        if found is None:
            if blips[0].get(q("r:link")) or name not in self.pictures:
                self.tell("a linked picture", "insert the picture itself")
            return None  # a picture of another kind has been told as an error
        crop = next(element.iter(q("a:srcRect")), None)
        if crop is not None and any((v or "0") != "0" for v in crop.attrib.values()):
            hint = "in Word: Picture Format > Compress Pictures > Delete cropped areas"
            self.refuse("a picture of which a part is cut off but still there", hint)
        self.used[name] = found
        made = make("w:drawing")
        made.append(_framed(frame))
        return made


def _inside(control: Element) -> Element:
    """What a content control holds."""
    found = control.find("w:sdtContent", NS)
    return found if found is not None else make("w:sdtContent")


_DRAWING = names(
    "wp:inline wp:anchor wp:simplePos wp:positionH wp:positionV wp:align wp:posOffset "
    "wp:extent wp:effectExtent wp:wrapNone wp:wrapSquare wp:wrapTopAndBottom wp:docPr "
    "wp:cNvGraphicFramePr a:graphicFrameLocks a:graphic a:graphicData pic:pic pic:nvPicPr "
    "pic:cNvPr pic:cNvPicPr pic:blipFill a:blip a:stretch a:fillRect pic:spPr a:xfrm "
    "a:off a:ext a:prstGeom a:avLst"
)
_BARE = frozenset(("name", "title", "id", "descr"))
# Older Word puts the picture's file name, with whose folder it was in, where alt text stands.
_FILE_NAME = re.compile(r"[\\/]|\.(png|jpe?g|gif|bmp|tiff?|emf|wmf|svg)\s*$", re.IGNORECASE)


def _framed(element: Element) -> Element:
    """A picture in its frame; names, hidden titles and effects are not taken, its alt text is."""
    name = prefixed(element)
    made = etree.Element(element.tag, nsmap={k: NS[k] for k in ("a", "pic", "r", "wp")})
    for key, value in element.attrib.items():
        if not str(key).startswith("{") and key not in _BARE:
            made.set(key, str(value))
    if name == "a:blip":
        made.set(q("r:embed"), element.get(q("r:embed")) or "")
        return made
    if name in ("wp:docPr", "pic:cNvPr"):
        made.set("id", "0")
        made.set("name", "Picture")
        if name == "wp:docPr":
            described = element.get("descr") or ""
            made.set("descr", "" if _FILE_NAME.search(described) else described)
        return made
    if name in ("wp:align", "wp:posOffset"):
        made.text = element.text
    for child in element:
        if prefixed(child) in _DRAWING:
            made.append(_framed(child))
        elif prefixed(child) in ("wp:wrapTight", "wp:wrapThrough"):
            made.append(etree.Element(q("wp:wrapSquare"), {"wrapText": "bothSides"}))
    return made
