"""The body of a paper as WordprocessingML.

In: block elements of the vocabulary. Out: paragraphs and tables, with every element and every word
shown in its order; one that is not known is an error, and so is a link to nothing.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from docx.image.exceptions import UnrecognizedImageError
from docx.oxml.ns import qn
from docx.shared import Mm

from briefgen.render.contents import PAGE_OF
from briefgen.render.docx.bidi import isolated
from briefgen.render.docx.bookmarks import Bookmarks
from briefgen.render.docx.inline import (
    PLAIN,
    Format,
    Piece,
    collapsed,
    is_east_asian,
    pieces,
    run_properties,
    segments,
    simple_runs,
    with_language,
)
from briefgen.render.docx.package import Package
from briefgen.render.docx.styles import LIST_STEP, list_scale, style_id
from briefgen.render.docx.tables import Table
from briefgen.render.docx.xml import Element, children, copied, field, twips, w

_ID = qn("w:id")
_STRUCTURE = frozenset(("section", "article", "header", "footer", "aside"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4"))
_FLOW = frozenset(("p", "ul", "ol", "dl", "table", "blockquote", "figure", "hr", "nav"))
BLOCKS = _STRUCTURE | _HEADINGS | _FLOW
CLASS_STYLES = {
    "letterhead": "Letterhead",
    "kicker": "Kicker",
    "subtitle": "Subtitle",
    "marking": "Marking",
    "lead": "Lead",
    "ask": "Ask",
    "meta": "Meta",
    "empty": "Nothing Recorded",
    "contact": "Contact",
}


Numbering = tuple[int, int]  # of an item: its level from 0, and the number of its list


@dataclass(frozen=True)
class Context:
    """What a block inherits from those around it; `plain` is the style of a bare paragraph."""

    format: Format = PLAIN
    keep: bool = False
    level: int = 0
    plain: str = "Body Text"
    indent: float | None = None
    in_cell: bool = False
    facts: str = "Facts"

    def within(self, element: Element) -> Context:
        """What stands in an element inherits: its own language and direction too."""
        if element.get("lang") is None and element.get("dir") is None:
            return self
        return replace(self, format=with_language(element, self.format))


class Body:
    """Writes blocks; keeps what waits for the next paragraph: bookmarks and a page break."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.notes = package.notes
        self.bookmarks = Bookmarks()
        self._plain = Format(
            right_to_left=package.right_to_left, east_asian=is_east_asian(package.language)
        )
        self._page_break = False
        self._pictures = 0
        self._cited: set[str] = set()
        self._tables = Table(self)

    # -- blocks ----------------------------------------------------------------------------------

    def main(self, element: Element) -> Iterator[Element]:
        """The paragraphs and tables of a paper; two tables never touch, none comes last."""
        after_table = False
        self.arrive(element)
        for block in self.blocks(element, Context(with_language(element, self._plain))):
            is_table = block.tag == qn("w:tbl")
            if is_table and after_table:
                yield w("p", w("pPr", w("pStyle", val="BodyText")))
            after_table = is_table
            yield block
        if after_table or self._page_break or self.bookmarks.waiting:
            yield self.line([], "Body Text", Context(self._plain))

    def blocks(self, element: Element, context: Context) -> Iterator[Element]:
        """What an element holds: its blocks, and the text between them as paragraphs."""
        for part in segments(element, context.format, BLOCKS):
            if isinstance(part, list):
                yield self.line(part, context.plain, context)
            else:
                yield from self.block(part, context)

    def block(self, element: Element, context: Context) -> Iterator[Element]:
        """One block element."""
        classes = (element.get("class") or "").split()
        context = context.within(element)
        self.arrive(element)
        if "page-break" in classes:
            self._page_break = True
        if "keep" not in classes or context.keep:
            yield from self._kind(element, classes, context)
            return
        made = list(self._kind(element, classes, replace(context, keep=True)))
        if made and made[-1].tag == qn("w:p"):
            _let_go(made[-1])
        yield from made

    @property
    def _labelled(self) -> bool:
        """Whether Word cannot count in the paper's digits, so that items bear written labels."""
        return self.package.digits.word is None

    def arrive(self, element: Element) -> None:
        """Note an element's id, for the bookmark of the next paragraph."""
        self.bookmarks.arrive(element)

    def _kind(self, element: Element, classes: list[str], context: Context) -> Iterator[Element]:
        name = str(element.tag)
        if name in _STRUCTURE or (name == "nav" and "toc" not in classes):
            yield from self.blocks(element, context)
        elif name in _HEADINGS:
            yield self.paragraph(element, f"heading {name[1]}", context)
        elif name == "p":
            style = self._paragraph_style(classes, context.plain)
            indent = context.indent if style != context.plain else None
            yield self.paragraph(element, style, context, indent=indent)
        elif name == "hr":
            self._page_break = True
        else:
            yield from self._compound(element, name, context)

    def _compound(self, element: Element, name: str, context: Context) -> Iterator[Element]:
        if name in ("ul", "ol"):
            yield from self._list(element, context)
        elif name == "dl":
            yield from self._terms(element, context)
        elif name == "table":
            yield from self._tables.write(element, context)
        elif name == "blockquote":
            yield from self.blocks(element, replace(context, plain="Quote"))
        elif name == "figure":
            yield from self._figure(element, context)
        elif name == "nav":
            yield from self._contents(element, 1, context)
        else:
            raise ValueError(f"<{name}> is not in the vocabulary of papers")

    def _paragraph_style(self, classes: list[str], plain: str) -> str:
        return next((CLASS_STYLES[c] for c in classes if c in CLASS_STYLES), plain)

    def paragraph(
        self,
        element: Element,
        style: str,
        context: Context,
        *,
        numbering: Numbering | None = None,
        indent: float | None = None,
    ) -> Element:
        """An element that holds text alone, as a paragraph in a style."""
        context = context.within(element)
        found = collapsed(pieces(element, context.format))
        return self.line(found, style, context, numbering=numbering, indent=indent)

    def line(
        self,
        found: list[Piece],
        style: str,
        context: Context,
        *,
        numbering: Numbering | None = None,
        indent: float | None = None,
        lead: list[Element] | None = None,
    ) -> Element:
        """A paragraph of pieces in a style; `lead` are runs put before them."""
        right = context.format.right_to_left
        way = self._direction(context.format)
        page_break, self._page_break = self._page_break, False
        made = copied(_paragraph(style, context.keep, page_break, numbering, way, indent))
        runs = self.runs(isolated(found, right))
        made.extend(self.bookmarks.around([*(lead or []), *runs]))
        return made

    def _direction(self, format_: Format) -> bool | None:
        """Whether a paragraph runs from right to left; None where it need not be said: one from
        left to right says so where the paper does not."""
        return format_.right_to_left or (False if self.package.right_to_left else None)

    # -- runs ------------------------------------------------------------------------------------

    def runs(self, found: list[Piece], *, in_note: bool = False) -> Iterator[Element]:
        """Runs and hyperlinks; neighbours with one link share one hyperlink."""
        index = 0
        while index < len(found):
            link = found[index].format.link
            end = index + 1
            while link and end < len(found) and found[end].format.link == link:
                end += 1
            group = [run for piece in found[index:end] for run in self._piece(piece, in_note)]
            if link:
                yield self._hyperlink(link, group, in_note)
            else:
                yield from group
            index = end

    def _piece(self, piece: Piece, in_note: bool) -> list[Element]:
        if piece.kind == "anchor":
            return self.bookmarks.mark(piece.text)
        if piece.kind == "note" and not in_note:
            return self._note(piece)
        if piece.kind == "page-of":
            return self._page_of(piece)
        return simple_runs(piece)

    def _page_of(self, piece: Piece) -> list[Element]:
        """The page of a bookmark, as a field that Word counts anew when it is asked to."""
        assert piece.node is not None
        name = self.bookmarks.lead_to((piece.node.get(PAGE_OF) or "")[1:])
        return field(f"PAGEREF {name} \\h", piece.text, run_properties(piece.format))

    def _hyperlink(self, link: str, runs: list[Element], in_note: bool) -> Element:
        if link.startswith("#"):
            return w("hyperlink", *runs, anchor=self.bookmarks.lead_to(link[1:]), history=1)
        element = w("hyperlink", *runs, history=1)
        element.set(qn("r:id"), self.package.link(link, from_note=in_note))
        return element

    # -- notes -----------------------------------------------------------------------------------

    def _note(self, piece: Piece) -> list[Element]:
        node = piece.node
        assert node is not None
        kind = "endnote" if self.notes == "endnotes" else "footnote"
        number = node.get("data-number") or ""
        if node.get("data-first") != "yes":
            if number not in self._cited:
                raise ValueError(f"note {number} is cited again before it is cited first")
            shown = number if self._labelled else number.translate(self.package.digits.table)
            return field(f"NOTEREF _Note{number} \\f \\h", shown, _reference(kind)[0])
        self._cited.add(number)
        id_ = self.package.add_note(self._note_body(node, kind, piece.format))
        run = copied(_reference(kind))
        run[-1].set(_ID, str(id_))
        return self.bookmarks.named(f"_Note{number}", [run])

    def _note_body(self, node: Element, kind: str, around: Format) -> Element:
        tongue = Format(
            language=around.language,
            right_to_left=around.right_to_left,
            east_asian=around.east_asian,
        )
        tongue = with_language(node, tongue)
        made = copied(_note_paragraph(kind, self._direction(tongue)))
        found = isolated(collapsed(pieces(node, tongue)), tongue.right_to_left)
        made.extend(self.runs(found, in_note=True))
        return made

    # -- lists -----------------------------------------------------------------------------------

    def _list(self, element: Element, context: Context) -> Iterator[Element]:
        level = min(context.level, 2)
        ordered = element.tag == "ol"
        start = int(element.get("start") or 1)
        number = self.package.new_list(start, level) if ordered else 1
        suffix = "" if level == 0 else f" {level + 1}"
        style = f"List {'Number' if ordered else 'Bullet'}{suffix}"
        if context.in_cell:
            style = "Table Text"
        elif "sources" in (element.get("class") or "").split():
            style = "Source"
        elif "points" in (element.get("class") or "").split():
            style = "Point"
        numbering = (level, number)
        for place, item in enumerate(children(element, "li"), start):
            if ordered and level == 0 and self._labelled:
                label = f"{place}.".translate(self.package.digits.table)
                numbering = (0, self.package.new_label(label))
            inner = context.within(item)
            if inner.level != level:
                inner = replace(inner, level=level)
            yield from self._item(item, style, numbering, inner)

    def _item(
        self, item: Element, style: str, numbering: Numbering, context: Context
    ) -> Iterator[Element]:
        """An item: its first words bear the number, all that follows stands under them."""
        self.arrive(item)
        number: Numbering | None = numbering
        for part in segments(item, context.format, BLOCKS):
            own = number is not None
            if own and isinstance(part, list):
                yield self.line(part, style, context, numbering=number)
            elif own and not isinstance(part, list) and part.tag == "p":
                self.arrive(part)
                yield self.paragraph(part, style, context, numbering=number)
            else:
                if own:
                    yield self.line([], style, context, numbering=number)
                yield from self._under(part, self._below(context))
            number = None
        if number is not None:
            yield self.line([], style, context, numbering=number)

    def _below(self, context: Context) -> Context:
        """Where what follows the first words of an item stands: under them."""
        if context.in_cell:
            plain = "Table Text"
        else:
            plain = "List Continue" if context.level == 0 else f"List Continue {context.level + 1}"
        indent = LIST_STEP * list_scale(self.package.theme) * (context.level + 1)
        return replace(context, level=context.level + 1, plain=plain, indent=indent)

    def _under(self, part: list[Piece] | Element, context: Context) -> Iterator[Element]:
        if isinstance(part, list):
            yield self.line(part, context.plain, context)
        else:
            yield from self.block(part, context)

    # -- terms -----------------------------------------------------------------------------------

    def _terms(self, element: Element, context: Context) -> Iterator[Element]:
        classes = (element.get("class") or "").split()
        facts = "facts" in classes
        context = replace(context, facts="Voices" if "voices" in classes else "Facts")
        waiting: list[Element] = []  # terms of a block of facts that have no description yet
        for child in children(element, "dt", "dd"):
            self.arrive(child)
            inner = context.within(child)
            if not facts:
                yield from self._plain_term(child, inner)
            elif child.tag == "dt":
                waiting.append(child)
            else:
                yield from self._bare_terms(waiting[:-1], context)
                yield from self._fact(waiting[-1] if waiting else None, child, inner)
                waiting = []
        yield from self._bare_terms(waiting, context)

    def _plain_term(self, child: Element, context: Context) -> Iterator[Element]:
        if child.tag == "dt":
            yield self.paragraph(child, "Term", context)
        else:
            yield from self.blocks(child, context)

    def _bare_terms(self, terms: list[Element], context: Context) -> Iterator[Element]:
        for term in terms:
            yield self.line([], context.facts, context, lead=self._label(term, context))

    def _fact(self, term: Element | None, fact: Element, context: Context) -> Iterator[Element]:
        """A term and what is to be known of it on one line, the terms in a column of their own."""
        lead = self._label(term, context)
        for part in segments(fact, context.format, BLOCKS):
            if isinstance(part, list):
                yield self.line(part, context.facts, context, lead=lead)
            elif part.tag == "p":
                self.arrive(part)
                inner = context.within(part)
                found = collapsed(pieces(part, inner.format))
                yield self.line(found, context.facts, inner, lead=lead)
            else:
                if len(lead) > 1:
                    yield self.line([], context.facts, context, lead=lead)
                yield from self.block(part, context)
            lead = self._label(None, context)
        if len(lead) > 1:
            yield self.line([], context.facts, context, lead=lead)

    def _label(self, term: Element | None, context: Context) -> list[Element]:
        """The runs that open a line of facts: the term, if it has one, and a tab."""
        tab = w("r", w("tab"))
        if term is None:
            return [tab]
        label = replace(context.format, strong=True, style="Aside")
        found = collapsed(pieces(term, with_language(term, label)))
        return [*self.runs(isolated(found, label.right_to_left)), tab]

    # -- the rest --------------------------------------------------------------------------------

    def _contents(self, element: Element, depth: int, context: Context) -> Iterator[Element]:
        """A table of contents, its entries written out; lists inside are a level deeper."""
        inside = {"nav": BLOCKS, "ul": frozenset(("li",)), "ol": frozenset(("li",))}
        for part in segments(element, context.format, inside.get(str(element.tag), BLOCKS)):
            if isinstance(part, list):
                yield self.line(part, f"toc {min(depth, 2)}", context)
            elif part.tag == "li":
                self.arrive(part)
                inner = context.within(part)
                yield from self._contents(part, depth, inner)
            elif part.tag in ("ul", "ol"):
                deeper = depth + 1 if element.tag == "li" else depth
                yield from self._contents(part, deeper, context)
            else:
                yield from self.block(part, context)

    def _figure(self, element: Element, context: Context) -> Iterator[Element]:
        found = list(children(element, "img", "figcaption"))
        for index, child in enumerate(found):
            self.arrive(child)
            if child.tag == "img":
                followed = index + 1 < len(found)
                yield self._picture(child, replace(context, keep=context.keep or followed))
            else:
                yield self.paragraph(child, "caption", context)

    def _picture(self, image: Element, context: Context) -> Element:
        source = image.get("src") or ""
        if not source.startswith("data:image/"):
            raise ValueError("an image must be given as data:image/...")
        content = base64.b64decode(source.split(",", 1)[1])
        width = Mm(float(image.get("width") or self.package.text_width))
        try:
            inline = self.package.part.new_pic_inline(io.BytesIO(content), width, None)
        except UnrecognizedImageError:
            raise ValueError(f"Word cannot show an image of this kind: {source[:24]}") from None
        self._pictures += 1
        for side in "TBLR":  # where none is given, some readers take three millimetres
            inline.set(f"dist{side}", "0")
        inline.docPr.set("id", str(self._pictures))
        inline.docPr.set("name", f"Picture {self._pictures}")
        inline.docPr.set("descr", image.get("alt") or "")
        return self.line([], "Body Text", context, lead=[w("r", w("drawing", inline))])

    # -- header and footer -----------------------------------------------------------------------

    def running(self, tree: Element, kind: str) -> dict[str, Element]:
        """The paragraph of the running header or footer, by `all` and perhaps `first`."""
        found = {}
        for element in tree.iterfind(f"body/{kind}"):
            classes = (element.get("class") or "").split()
            if "running" in classes:
                which = "first" if "first" in classes else "all"
                found[which] = self._running_line(element, kind)
        return found

    def _running_line(self, element: Element, kind: str) -> Element:
        """Three zones on one line, by tab stops at the centre and the right margin."""
        width = self.package.text_width
        stops = w(
            "tabs",
            w("tab", val="center", pos=twips(width / 2)),
            w("tab", val="right", pos=twips(width)),
        )
        around = with_language(element, self._plain)
        zones: dict[str, list[Element]] = {"start": [], "centre": [], "end": []}
        for zone in children(element, "p"):
            classes = (zone.get("class") or "").split()
            name = next((c for c in classes if c in zones), None)
            if name is None or zones[name]:
                raise ValueError(f"running {kind}: one <p> each of class start, centre and end")
            zones[name] = self._zone(zone, "marking" in classes, around)
        runs = [*zones["start"], w("r", w("tab")), *zones["centre"], w("r", w("tab"))]
        direction = _way(self._direction(around))
        properties = w("pPr", w("pStyle", val=style_id(kind)), stops, direction)
        return w("p", properties, *runs, *zones["end"])

    def _zone(self, zone: Element, marked: bool, around: Format) -> list[Element]:
        format_ = with_language(zone, around)
        if marked:
            format_ = replace(format_, style="Marking Character")
        found = isolated(collapsed(pieces(zone, format_)), around.right_to_left)
        return [r for p in found for r in simple_runs(replace(p, format=_unlinked(p.format)))]


@lru_cache(maxsize=2048)
def _paragraph(
    style: str,
    keep: bool,
    page_break: bool,
    numbering: Numbering | None,
    right_to_left: bool | None,
    indent: float | None,
) -> Element:
    """A paragraph without its words, to be copied: that is faster than making one."""
    level, number = numbering or (0, 0)
    properties = w(
        "pPr",
        w("pStyle", val=style_id(style)),
        *([w("keepNext"), w("keepLines")] if keep else []),
        w("pageBreakBefore") if page_break else None,
        w("numPr", w("ilvl", val=level), w("numId", val=number)) if numbering else None,
        _way(right_to_left),
        w("ind", left=twips(indent)) if indent is not None else None,
    )
    return w("p", properties)


@cache
def _reference(kind: str) -> Element:
    """The run that shows a note's number in the text, without its id, to be copied."""
    return w("r", w("rPr", w("rStyle", val=style_id(f"{kind} reference"))), w(f"{kind}Reference"))


@cache
def _note_paragraph(kind: str, right_to_left: bool | None) -> Element:
    """A note's paragraph with its number and without its words, to be copied."""
    style = w("pStyle", val=style_id(f"{kind} text"))
    look = w("rPr", w("rStyle", val=style_id(f"{kind} reference")))
    number = w("r", look, w(f"{kind}Ref"))
    return w("p", w("pPr", style, _way(right_to_left)), number, w("r", w("tab")))


def _way(right_to_left: bool | None) -> Element | None:
    if right_to_left is None:
        return None
    return w("bidi") if right_to_left else w("bidi", val=0)


def _unlinked(format_: Format) -> Format:
    """Nothing in a running header or footer is a link, and nothing there looks like one."""
    return replace(format_, link=None)


def _let_go(paragraph: Element) -> None:
    """The last paragraph of what is kept together does not hold on to what follows."""
    properties = paragraph[0]
    for mark in properties.findall(qn("w:keepNext")):
        properties.remove(mark)
