"""A bureau's Word file, read for its look alone.

In: the bytes of `reference.docx`. Out: a `Reference`: styles, page, theme, headers and footers in a
checked and cleaned form, with a problem for whatever in it has no effect. Of its body, comments,
notes, properties and links nothing is read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from briefgen.errors import BriefgenError, Problem, Severity, Source
from briefgen.render.docx.hidden import hidden_styles
from briefgen.render.docx.safety import open_word_file, parsed, xml_faults
from briefgen.render.images import Picture, picture
from briefgen.render.reference import cleaning
from briefgen.render.reference.xml import NS, TWIPS_PER_MM, Element, is_on, make, number, q, val

_MAIN = "word/document.xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_RESAVE = "open it in Word and save it again as Word Document (.docx)"
_MARGINS = {"top": "margin_top", "bottom": "margin_bottom", "left": "margin_left",
            "right": "margin_right", "header": "header", "footer": "footer"}  # fmt: skip
_WHICH = {"default": "", "first": " (first page)", "even": " (even pages)"}


@dataclass(frozen=True)
class Part:
    """One header or footer: its paragraphs and tables, and the pictures that they show.

    `label` is what messages call it, such as `header 2 (first page)`.
    """

    kind: str
    which: str
    label: str
    blocks: list[Element]
    pictures: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True)
class Scheme:
    """The fonts and colours of the theme: `minorHAnsi` and `accent1` with what they stand for."""

    fonts: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reference:
    """What papers take from a bureau's Word file.

    `styles` are by name in small letters, `ids` lead from the file's style ids to those names;
    `page` is in millimetres and holds only what the file gives; `parts` are by kind (header,
    footer) and page (default, first, even).
    """

    name: str
    styles: Mapping[str, Element]
    ids: Mapping[str, str]
    defaults: Element
    theme: bytes | None
    scheme: Scheme
    page: Mapping[str, float]
    parts: Mapping[tuple[str, str], Part]
    first: bool
    even: bool
    problems: tuple[Problem, ...]


def read(name: str, content: bytes) -> Reference:
    """The reference in a file; `name` is the file as messages tell it.

    Raises BriefgenError with everything for which the file is refused.
    """
    reader = _Reader(name, open_word_file(name, content))
    found = reader.reference()
    errors = [p for p in found.problems if p.severity is Severity.ERROR]
    if errors:
        raise BriefgenError(found.problems)
    return found


class _Reader:
    """Reads the members of one file."""

    def __init__(self, name: str, members: Mapping[str, bytes]) -> None:
        self.name = name
        self.members = members
        self.problems: list[Problem] = []
        self.hidden: frozenset[str] = frozenset()

    def tell(self, subject: str, message: str, hint: str, *, error: bool = False) -> None:
        severity = Severity.ERROR if error else Severity.WARNING
        problem = Problem(Source(self.name), subject, message, hint, severity)
        if problem not in self.problems:
            self.problems.append(problem)

    def reference(self) -> Reference:
        main = self._xml(_MAIN)
        if main.tag != q("w:document"):
            hint = "save it as Word Document (.docx), not as Strict Open XML Document"
            self.tell("", f"is written in another dialect of Open XML ({main.tag!s:.60})", hint,
                      error=True)  # fmt: skip
        self._external()
        styles = self._target("styles")
        root = self._xml(styles) if styles else etree.Element(q("w:styles"))
        found, ids = _styles(root)
        self.hidden = hidden_styles(root)
        theme = self._target("theme")
        settings = self._target("settings")
        even = settings and is_on(self._xml(settings).find("w:evenAndOddHeaders", NS))
        sections = list(main.iter(q("w:sectPr")))
        section = sections[-1] if sections else etree.Element(q("w:sectPr"))
        if len(sections) > 1:
            self.tell("", f"has {len(sections)} sections", "the page set-up of the last is taken")
        first = bool(is_on(section.find("w:titlePg", NS)))
        return Reference(
            name=self.name,
            styles=found,
            ids=ids,
            defaults=cleaning.defaults(root.find("w:docDefaults", NS)),
            theme=cleaning.theme(self._xml(theme)) if theme else None,
            scheme=_scheme(self._xml(theme)) if theme else Scheme(),
            page=_page(section),
            parts=self._parts(sections, first=first, even=bool(even)),
            first=first,
            even=bool(even),
            problems=tuple(self.problems),
        )

    def _xml(self, member: str) -> Element:
        """A member as XML, whatever its name and its type say that it is."""
        faults = [
            Problem(Source(self.name), "", *f) for f in xml_faults(member, self.members[member])
        ]
        if faults:
            raise BriefgenError(faults)
        return parsed(self.members[member])

    def _relations(self, member: str) -> Iterator[tuple[str, str, str, bool]]:
        """The relationships of a part: id, kind, target as a member or an address, outside."""
        folder, base = posixpath.split(member)
        name = f"{folder}/_rels/{base}.rels"
        if name not in self.members:
            return
        for element in self._xml(name):
            outside = element.get("TargetMode") == "External"
            target = element.get("Target") or ""
            if not outside:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = (element.get("Type") or "").removeprefix(_OFFICE)
            yield element.get("Id") or "", kind, target, outside

    def _target(self, kind: str) -> str | None:
        """The member that the document names as its styles, theme or settings."""
        found = (t for _, k, t, outside in self._relations(_MAIN) if k == kind and not outside)
        return next((t for t in found if t in self.members), None)

    def _external(self) -> None:
        """Links to outside; none is followed, none is taken. Those of the text go with it."""
        for name in sorted(self.members):
            if not name.endswith(".rels"):
                continue
            for element in self._xml(name):
                kind = (element.get("Type") or "").rpartition("/")[2]
                of_text = kind == "hyperlink" and not re.search(r"/(header|footer)\d*\.xml", name)
                if element.get("TargetMode") == "External" and not of_text:
                    where = f"{element.get('Id')} of {name}"
                    message = f"leads outside, to '{(element.get('Target') or '')[:80]}' ({kind})"
                    self.tell(where, message, "it is left out")

    # -- headers and footers ---------------------------------------------------------------------

    def _parts(
        self, sections: list[Element], *, first: bool, even: bool
    ) -> dict[tuple[str, str], Part]:
        """The last section's headers and footers; what it lacks it has from the one before."""
        named: dict[tuple[str, str], str] = {}
        for section in sections:
            for reference in section:
                for kind in ("header", "footer"):
                    if reference.tag == q(f"w:{kind}Reference"):
                        which = val(reference, "type") or "default"
                        named[kind, which] = reference.get(q("r:id")) or ""
        targets = {id_: target for id_, _, target, outside in self._relations(_MAIN) if not outside}
        found = {}
        for (kind, which), id_ in named.items():
            member = targets.get(id_, "")
            shown = which == "default" or (which == "first" and first) or (which == "even" and even)
            if shown and member in self.members:
                found[kind, which] = self._part(kind, which, member)
        return _shown(found, first=first, even=even)

    def _part(self, kind: str, which: str, member: str) -> Part:
        digits = re.search(r"(\d+)\.xml$", member)
        label = f"{kind}{f' {digits[1]}' if digits else ''}{_WHICH.get(which, '')}"
        pictures: dict[str, Picture | None] = {}
        for id_, relation, target, outside in self._relations(member):
            if relation == "image" and not outside:
                pictures[id_] = picture(self.members.get(target, b""))
                if pictures[id_] is None:
                    message = f"shows a picture of a kind that papers cannot hold ({target[-40:]})"
                    self.tell(label, message, "insert it as PNG or JPEG", error=True)

        def tell(what: str, hint: str) -> None:
            self.tell(label, f"holds {what}, which is not taken", hint)

        def refuse(what: str, hint: str) -> None:
            self.tell(label, f"holds {what}", hint, error=True)

        cleaner = cleaning.Running(pictures, self.hidden, tell, refuse)
        blocks = cleaner.blocks(self._xml(member))
        if blocks and blocks[-1].tag == q("w:tbl"):
            blocks.append(make("w:p"))  # as Word itself would have it
        return Part(kind, which, label, blocks, cleaner.used)


def _shown(
    found: Mapping[tuple[str, str], Part], *, first: bool, even: bool
) -> dict[tuple[str, str], Part]:
    """The parts of each kind that says anything; as in Word, a page without its own has none."""
    made = {}
    wanted = ["default", *(["first"] if first else []), *(["even"] if even else [])]
    for kind in ("header", "footer"):
        own = {which: part for (k, which), part in found.items() if k == kind}
        if any(says_anything(part.blocks) for part in own.values()):
            for which in wanted:
                label = f"{kind}{_WHICH[which]}"
                made[kind, which] = own.get(which) or Part(kind, which, label, [])
    return made


def says_anything(blocks: list[Element]) -> bool:
    """Whether there is a word, a picture, a field or a table in a header or footer."""
    names = [q(f"w:{n}") for n in ("drawing", "fldChar", "tbl")]
    return any(
        (block.tag in names)
        or next(block.iter(*names), None) is not None
        or any((t.text or "").strip() for t in block.iter(q("w:t")))
        for block in blocks
    )


def _styles(root: Element) -> tuple[dict[str, Element], dict[str, str]]:
    """Styles by name in small letters, and the name for each id."""
    found: dict[str, Element] = {}
    ids: dict[str, str] = {}
    for element in root.iter(q("w:style")):
        name = (val(element.find("w:name", NS)) or "").casefold()
        if name and name not in found:
            found[name] = cleaning.style(element)
            ids[val(element, "styleId") or name] = name
    return found, ids


def _page(section: Element) -> dict[str, float]:
    """Paper, margins and distances in millimetres, to a tenth: Word's own unit is no finer."""
    size, margins = section.find("w:pgSz", NS), section.find("w:pgMar", NS)
    given = {"width": val(size, "w"), "height": val(size, "h")}
    given |= {ours: val(margins, theirs) for theirs, ours in _MARGINS.items()}
    found = {k: abs(n) / TWIPS_PER_MM for k, v in given.items() if (n := number(v)) is not None}
    gutter = number(val(margins, "gutter"))
    if gutter and "margin_left" in found:
        found["margin_left"] += gutter / TWIPS_PER_MM
    return {key: round(value, 1) for key, value in found.items()}


def _scheme(root: Element) -> Scheme:
    """What the names of the theme stand for."""
    fonts = {}
    for size in ("major", "minor"):
        for script, names in (("latin", ("HAnsi", "Ascii")), ("ea", ("EastAsia",)),
                              ("cs", ("Bidi",))):  # fmt: skip
            face = root.find(f".//a:{size}Font/a:{script}", NS)
            if face is not None and face.get("typeface"):
                fonts.update({f"{size}{name}": str(face.get("typeface")) for name in names})
    colours = {}
    for entry in root.iterfind(".//a:clrScheme/*", NS):
        for colour in entry:
            value = colour.get("lastClr") or colour.get("val") or ""
            if re.fullmatch(r"[0-9A-Fa-f]{6}", value):
                colours[etree.QName(entry).localname] = value.upper()
    same = {"dark1": "dk1", "light1": "lt1", "dark2": "dk2", "light2": "lt2", "text1": "dk1",
            "background1": "lt1", "text2": "dk2", "background2": "lt2",
            "hyperlink": "hlink", "followedHyperlink": "folHlink"}  # fmt: skip
    colours |= {name: colours[other] for name, other in same.items() if other in colours}
    return Scheme(fonts, colours)
