"""The Word package: python-docx's plumbing with our own parts, and the same bytes every day.

In: the tree's metadata, theme and page; then the running parts, the body and the notes. Out: the
bytes of the file. What python-docx's own template leaves behind (a thumbnail, old dates, its name)
is taken out.
"""

from __future__ import annotations

import copy
import datetime
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal

from docx import Document
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.package import OpcPackage
from docx.opc.packuri import PackURI
from docx.opc.part import Part, XmlPart
from docx.opc.pkgwriter import PackageWriter
from docx.oxml.ns import qn
from docx.oxml.parser import oxml_parser
from lxml import etree

from briefgen.render.docx.inline import PLAIN, with_language
from briefgen.render.docx.styles import LIST_STEP, fonts, list_scale, styles_xml
from briefgen.render.docx.xml import Element, twips, w
from briefgen.render.numerals import digits_of

if TYPE_CHECKING:
    from briefgen.render.images import Picture
    from briefgen.render.reference import Dress

_BULLETS = ("•", "–", "·")
_NUMBERS = ("decimal", "lowerLetter", "lowerRoman")
_EPOCH = "1980-01-01T00:00:00+00:00"
_RUNNING_PICTURES = 9000  # ids of pictures in headers begin above those of the body
_NO_NOTES = ((-1, "separator"), (0, "continuationSeparator"))  # what Word keeps beside the notes


class Package:
    """A Word file in the making."""

    def __init__(
        self,
        tree: Element,
        theme: Mapping[str, Any],
        page: Mapping[str, Any],
        notes: Literal["endnotes", "footnotes"],
        dress: Dress | None = None,
    ) -> None:
        self.theme = theme
        self.page = page
        self.notes = notes
        self.dress = dress
        self.language = tree.get("lang") or "en"
        around = PLAIN
        for element in (tree, *tree.iterfind("body")):
            around = with_language(element, around)
        self.right_to_left = around.right_to_left
        self.digits = digits_of(tree)
        self.document = Document(io.BytesIO(_bare_package()))
        self.part = self.document.part
        self._links: dict[tuple[str, bool], str] = {}
        self._notes: XmlPart | None = None
        self._lists: list[tuple[int, int]] = []
        self._labels: dict[int, str] = {}
        self._metadata(tree)
        self._styles()

    @property
    def text_width(self) -> float:
        """Millimetres between the margins."""
        page = self.page
        return float(page["width"] - page["margin_left"] - page["margin_right"])

    # -- what the body needs ---------------------------------------------------------------------

    def link(self, address: str, *, from_note: bool = False) -> str:
        """The relationship id of an address outside, for the body or for the notes."""
        key = (address, from_note)
        if key not in self._links:
            part = self._notes_part() if from_note else self.part
            self._links[key] = str(part.relate_to(address, RT.HYPERLINK, is_external=True))
        return self._links[key]

    def new_list(self, start: int, level: int) -> int:
        """The number of a new numbered list that starts at `start` on `level` (from 0)."""
        self._lists.append((start, level))
        return len(self._lists) + 1

    def new_label(self, label: str) -> int:
        """The number of a list of one item, which bears this very label.

        For digits that Word cannot count in; it does not count on by itself then.
        """
        self._lists.append((1, 0))
        self._labels[len(self._lists) + 1] = label
        return len(self._lists) + 1

    def add_note(self, body: Element) -> int:
        """Keep a note's paragraph; returns its id, counted from 1."""
        root = self._notes_part().element
        number = len(root) - len(_NO_NOTES) + 1
        root.append(w(self.notes[:-1], body, id=number))
        return number

    # -- parts -----------------------------------------------------------------------------------

    def set_running(self, found: Mapping[str, Mapping[str, Element]]) -> None:
        """Set header and footer, each by `all` and perhaps `first`, then those of the dress.

        Word knows one switch for both: where only one differs on the first page, the other is
        repeated there, or its marking would be missing from page one. So with even pages.
        """
        worn = self.dress.parts if self.dress else {}
        which = {w for _, w in worn} | {w for given in found.values() for w in given}
        self.document.sections[0].different_first_page_header_footer = "first" in which
        self.document.settings.odd_and_even_pages_header_footer = "even" in which
        for kind, given in found.items():
            for other in ("all", *(page for page in ("first", "even") if page in which)):
                paragraph = given.get(other, given.get("all"))
                if paragraph is not None:
                    self._set_one(kind, other, [copy.deepcopy(paragraph)])
        for (kind, other), part in worn.items():
            self._set_one(kind, other, part.blocks, part.pictures)

    def _set_one(
        self,
        kind: str,
        which: str,
        blocks: Sequence[Element],
        pictures: Mapping[str, Picture] | None = None,
    ) -> None:
        """Set one header or footer; Word wants a paragraph last in it."""
        prefix = {"first": "first_page_", "even": "even_page_"}.get(which, "")
        part = getattr(self.document.sections[0], f"{prefix}{kind}")
        part.is_linked_to_previous = False
        root = part._element
        for child in list(root):
            root.remove(child)
        root.extend(copy.deepcopy(block) for block in blocks)
        if not len(root) or root[-1].tag != qn("w:p"):
            root.append(w("p"))
        names = {
            id_: part.part.get_or_add_image(io.BytesIO(picture.content))[0]
            for id_, picture in (pictures or {}).items()
        }
        for number, frame in enumerate(root.iter(qn("wp:docPr")), 1):
            frame.set("id", str(_RUNNING_PICTURES + number))
        for blip in root.iter(qn("a:blip")):
            blip.set(qn("r:embed"), names[blip.get(qn("r:embed"))])

    def set_body(self, blocks: Iterable[Element]) -> None:
        """Put the blocks into the document and set up the page."""
        body = self.document.element.body
        section = body.sectPr
        for child in list(body):
            if child is not section:
                body.remove(child)
        for block in blocks:
            section.addprevious(block)
        self._page_setup()

    def _page_setup(self) -> None:
        from docx.shared import Mm

        section, page = self.document.sections[0], self.page
        section.page_width, section.page_height = Mm(page["width"]), Mm(page["height"])
        section.top_margin, section.bottom_margin = (
            Mm(page["margin_top"]),
            Mm(page["margin_bottom"]),
        )
        section.left_margin, section.right_margin = (
            Mm(page["margin_left"]),
            Mm(page["margin_right"]),
        )
        section.header_distance, section.footer_distance = Mm(page["header"]), Mm(page["footer"])
        properties = section._sectPr
        properties.attrib.clear()  # marks of the edit that made python-docx's own template
        for name in ("docGrid", "cols"):
            for child in properties.findall(w(name).tag):
                properties.remove(child)
        if self.right_to_left:
            properties.append(w("bidi"))
        kind = w("endnotePr", w("numFmt", val=self.digits.word or "decimal"))
        properties.insert(_after_references(properties), kind)

    def _metadata(self, tree: Element) -> None:
        metas = {m.get("name"): m.get("content") or "" for m in tree.iterfind("head/meta")}
        title = tree.findtext("head/title") or ""
        author = metas.get("author", "")
        properties = self.document.core_properties
        properties.title = title[:255]
        properties.subject = metas.get("description", "")[:255]
        properties.author = properties.last_modified_by = author[:255]
        properties.keywords = metas.get("keywords", "")[:255]
        properties.category = metas.get("marking", "")[:255]
        properties.comments = ""
        properties.language = self.language
        properties.revision = 1
        for name in ("created", "modified"):
            stamp = datetime.datetime.fromisoformat(metas.get(f"dcterms.{name}") or _EPOCH)
            if stamp.tzinfo is not None:
                stamp = stamp.astimezone(datetime.UTC).replace(tzinfo=None)
            setattr(properties, name, stamp)

    def _styles(self) -> None:
        root = self.document.styles.element
        if self.dress:
            root.extend(copy.deepcopy(style) for style in self.dress.styles)
            if self.dress.theme:
                self.part.part_related_by(RT.THEME)._blob = self.dress.theme
            return
        looks = json.dumps(dict(self.theme), sort_keys=True)
        made = _styles_of(looks, self.language, self.right_to_left, self.text_width)
        root.extend(etree.fromstring(made, oxml_parser))

    # -- the end ---------------------------------------------------------------------------------

    def save(self) -> bytes:
        """The bytes of the file: members sorted, dates fixed."""
        self._numbering()
        self._settings()
        self._add_part("/word/fontTable.xml", CT.WML_FONT_TABLE, RT.FONT_TABLE, self._font_table())
        package = self.part.package
        app = Part(PackURI("/docProps/app.xml"), CT.OFC_EXTENDED_PROPERTIES, APP, package)
        package.relate_to(app, RT.EXTENDED_PROPERTIES)
        return zipped(_members(package))

    def _add_part(self, name: str, content_type: str, relation: str, root: Element) -> None:
        part = Part(PackURI(name), content_type, _bytes(root), self.part.package)
        self.part.relate_to(part, relation)

    def _numbering(self) -> None:
        root = self.part.numbering_part.element
        for child in list(root):
            root.remove(child)
        scale = list_scale(self.theme)
        root.append(_abstract(0, [("bullet", sign) for sign in _BULLETS], None, scale))
        kinds = (self.digits.word or "decimal", *_NUMBERS[1:])
        numbers = [(kind, f"%{level}.") for level, kind in enumerate(kinds, 1)]
        accent = self.theme["colours"]["accent"].lstrip("#").upper()
        look = w("rPr", fonts(self.theme, "heading"), w("b"), w("bCs"), w("color", val=accent))
        root.append(_abstract(1, numbers, look, scale))
        root.append(w("num", w("abstractNumId", val=0), numId=1))
        for number, (start, level) in enumerate(self._lists, 2):
            restart = w("lvlOverride", w("startOverride", val=start), ilvl=level)
            if label := self._labels.get(number):
                (made,) = _abstract(0, [("decimal", label)], look, scale).findall(w("lvl").tag)
                restart = w("lvlOverride", made, ilvl=level)
            root.append(w("num", w("abstractNumId", val=1), restart, numId=number))

    def _settings(self) -> None:
        root = self.part._settings_part.element
        even = self.document.settings.odd_and_even_pages_header_footer
        for child in list(root):
            root.remove(child)
        kind = self.notes[:-1]
        office = "http://schemas.microsoft.com/office/word"
        mode = w("compatSetting", name="compatibilityMode", uri=office, val=15)
        compatible = w("compat", mode)
        form = w("numFmt", val=self.digits.word or "decimal")
        notes = (
            w(f"{kind}Pr", form, *(w(kind, id=i) for i, _ in _NO_NOTES)) if self._notes else None
        )
        settings = [
            w("zoom", percent=100),
            w("defaultTabStop", val=720),
            w("evenAndOddHeaders") if even else None,
            w("characterSpacingControl", val="doNotCompress"),
            notes,
            compatible,
            w("decimalSymbol", val="."),
            w("listSeparator", val=","),
        ]
        root.extend(s for s in settings if s is not None)

    def _font_table(self) -> Element:
        root = w("fonts")
        alternatives = self.theme.get("alternatives") or {}
        for name in dict.fromkeys(filter(None, self.theme["fonts"].values())):
            other = alternatives.get(name)
            root.append(w("font", w("altName", val=other) if other else None, name=name))
        return root

    def _notes_part(self) -> XmlPart:
        """The part of the notes, made when the first one comes."""
        if self._notes is None:
            kind = self.notes[:-1]
            root: Any = w(f"{kind}s")
            for id_, type_ in _NO_NOTES:
                rule = w("r", w(type_)) if kind == "footnote" else None
                root.append(w(kind, _bare(rule), type=type_, id=id_))
            content = CT.WML_ENDNOTES if kind == "endnote" else CT.WML_FOOTNOTES
            relation = RT.ENDNOTES if kind == "endnote" else RT.FOOTNOTES
            name = PackURI(f"/word/{kind}s.xml")
            self._notes = XmlPart(name, content, root, self.part.package)
            self.part.relate_to(self._notes, relation)
        return self._notes


@cache
def _bare_package() -> bytes:
    """python-docx's own template without its styles and what else it would leave behind."""
    document = Document()
    part, package = document.part, document.part.package
    keep = (RT.OFFICE_DOCUMENT, RT.CORE_PROPERTIES)
    for id_, relation in list(package.rels.items()):
        if relation.reltype not in keep:
            del package.rels[id_]
    wanted = (RT.STYLES, RT.SETTINGS, RT.NUMBERING, RT.THEME)
    for id_, relation in list(part.rels.items()):
        if relation.reltype not in wanted:
            del part.rels[id_]
    for root in (document.styles.element, part.numbering_part.element):
        for child in list(root):
            root.remove(child)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


@lru_cache(maxsize=64)
def _styles_of(looks: str, language: str, right_to_left: bool, width: float) -> bytes:
    """The styles of a theme, as they are written; worked out once a process for each look."""
    return etree.tostring(styles_xml(json.loads(looks), language, right_to_left, width))


def _after_references(properties: Element) -> int:
    """Where the notes' settings stand in a section: after its header and footer references."""
    return sum(1 for child in properties if str(child.tag).endswith("Reference"))


def _abstract(
    number: int, levels: Sequence[tuple[str, str]], look: Element | None, scale: float
) -> Element:
    """A list of three levels, (format, text) each; `look` is for the numbers alone."""
    root = w("abstractNum", w("multiLevelType", val="hybridMultilevel"), abstractNumId=number)
    for level, (form, sign) in enumerate(levels):
        step = LIST_STEP * scale
        indent = w("ind", left=twips(step * (level + 1)), hanging=twips(step - 0.5 * scale))
        root.append(
            w(
                "lvl",
                w("start", val=1),
                w("numFmt", val=form),
                w("lvlText", val=sign),
                w("lvlJc", val="left"),
                w("pPr", indent),
                copy.deepcopy(look) if look is not None else None,
                ilvl=level,
            )
        )
    return root


def _bare(run: Element | None) -> Element:
    spacing = w("spacing", before=0, after=0, line=240, lineRule="auto")
    return w("p", w("pPr", spacing), run)


def _bytes(root: Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _members(package: OpcPackage) -> dict[str, bytes]:
    """What the file holds, by name; written by python-docx, but zipped once and not twice."""
    found: dict[str, bytes] = {}

    class Keeper:  # what stands for a zip file
        def write(self, name: PackURI, blob: bytes) -> None:
            found[name.membername] = blob

    parts: Any = package.parts
    writer: Any = PackageWriter
    keeper = Keeper()
    for part in parts:
        part.before_marshal()
    writer._write_content_types_stream(keeper, parts)
    writer._write_pkg_rels(keeper, package.rels)
    writer._write_parts(keeper, parts)
    return found


def settled(content: bytes) -> bytes:
    """A package made by others with its members sorted, and no clock in it."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        return zipped({name: old.read(name) for name in old.namelist()})


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A package of members by name: sorted, [Content_Types].xml first, without a clock."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as new:
        for name in sorted(members, key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info.create_system = 3
            new.writestr(info, members[name])
    return made.getvalue()


APP = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    b"<Application>briefgen</Application></Properties>"
)
