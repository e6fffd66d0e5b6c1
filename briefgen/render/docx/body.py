"""The body of a paper as WordprocessingML.

In: block elements of the vocabulary. Out: paragraphs and tables, with every element shown; one that
is not known is an error. Links inside must lead to a bookmark, which `check_anchors` makes sure of.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from briefgen.render.docx.inline import (
    PLAIN,
    Format,
    Piece,
    collapsed,
    pieces,
    simple_runs,
    with_language,
)
from briefgen.render.docx.package import Package
from briefgen.render.docx.styles import LIST_STEP, style_id
from briefgen.render.docx.tables import Table
from briefgen.render.docx.xml import Element, field, twips, w

_STRUCTURE = frozenset(("section", "article", "header", "footer", "aside"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4"))
_FLOW = frozenset(("p", "ul", "ol", "dl", "table", "blockquote", "figure", "hr", "nav"))
_BLOCKS = _STRUCTURE | _HEADINGS | _FLOW
_CLASS_STYLES = {
    "kicker": "Kicker",
    "subtitle": "Subtitle",
    "marking": "Marking",
    "lead": "Lead",
    "ask": "Ask",
    "meta": "Meta",
    "empty": "Nothing Recorded",
    "contact": "Contact",
}


@dataclass(frozen=True)
class Context:
    """What a block inherits from those around it."""

    format: Format = PLAIN
    keep: bool = False
    level: int = 0
    page_break: bool = False
    sources: bool = False


class Body:
    """Writes blocks; keeps count of bookmarks and notes."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.notes = package.notes
        self._bookmarks: dict[str, str] = {}
        self._anchors: list[str] = []
        self._next_id = 0
        self._tables = Table(self)

    # -- blocks ----------------------------------------------------------------------------------

    def blocks(self, element: Element, context: Context | None = None) -> Iterator[Element]:
        """The paragraphs and tables of an element's children."""
        context = context or Context()
        for child in element:
            yield from self.block(child, context)
            context = replace(context, page_break=False)

    def block(self, element: Element, context: Context) -> Iterator[Element]:
        """One block element."""
        name, classes = str(element.tag), (element.get("class") or "").split()
        context = replace(
            context,
            format=with_language(element, context.format),
            keep=context.keep or "keep" in classes,
            page_break=context.page_break or "page-break" in classes,
        )
        if name in _STRUCTURE:
            yield from self.blocks(element, context)
        elif name == "nav":
            yield from self._contents(element, context)
        elif name in _HEADINGS:
            yield self.paragraph(element, f"heading {name[1]}", context)
        elif name == "p":
            yield self.paragraph(element, self._paragraph_style(classes), context)
        elif name in ("ul", "ol"):
            yield from self._list(element, context)
        elif name == "dl":
            yield from self._terms(element, context)
        elif name == "table":
            yield from self._tables.write(element, context)
        elif name == "blockquote":
            yield from self._quote(element, context)
        elif name == "figure":
            yield from self._figure(element, context)
        elif name == "hr":
            yield w("p", w("pPr", w("pStyle", val="BodyText"), w("pageBreakBefore")))
        else:
            raise ValueError(f"<{name}> is not in the vocabulary of papers")

    def _paragraph_style(self, classes: list[str]) -> str:
        return next((_CLASS_STYLES[c] for c in classes if c in _CLASS_STYLES), "Body Text")

    def paragraph(
        self,
        element: Element,
        style: str,
        context: Context,
        *,
        numbering: Element | None = None,
        indent: float | None = None,
        stop: frozenset[str] = frozenset(),
        lead: list[Element] | None = None,
    ) -> Element:
        """A paragraph in a style; `lead` are runs put before the content."""
        properties = w(
            "pPr",
            w("pStyle", val=style_id(style)),
            w("keepNext") if context.keep else None,
            w("pageBreakBefore") if context.page_break else None,
            numbering,
            w("bidi") if context.format.right_to_left else None,
            w("ind", left=twips(indent)) if indent is not None else None,
        )
        runs = list(self.runs(collapsed(pieces(element, context.format, stop=stop))))
        return w("p", properties, *self._bookmarked(element, [*(lead or []), *runs]))

    def _bookmarked(self, element: Element, runs: list[Element]) -> list[Element]:
        id_ = element.get("id")
        if not id_:
            return runs
        name = self._bookmark_name(id_)
        number = self._number()
        return [w("bookmarkStart", id=number, name=name), *runs, w("bookmarkEnd", id=number)]

    def _bookmark_name(self, id_: str) -> str:
        """A name that Word accepts: letters, digits and _, at most 40, each once."""
        if id_ not in self._bookmarks:
            plain = "".join(c if c.isalnum() and c.isascii() else "_" for c in id_)
            name = f"b_{plain}"[:36]
            taken = set(self._bookmarks.values())
            self._bookmarks[id_] = name if name not in taken else f"{name[:32]}_{len(taken)}"
        return self._bookmarks[id_]

    def _number(self) -> int:
        self._next_id += 1
        return self._next_id

    # -- runs ------------------------------------------------------------------------------------

    def runs(self, found: list[Piece]) -> Iterator[Element]:
        """Runs and hyperlinks; neighbours with one link share one hyperlink."""
        index = 0
        while index < len(found):
            link = found[index].format.link
            end = index + 1
            while link and end < len(found) and found[end].format.link == link:
                end += 1
            group = [run for piece in found[index:end] for run in self._piece(piece)]
            if link:
                yield self._hyperlink(link, group)
            else:
                yield from group
            index = end

    def _piece(self, piece: Piece) -> list[Element]:
        return self._note(piece) if piece.kind == "note" else simple_runs(piece)

    def _hyperlink(self, link: str, runs: list[Element]) -> Element:
        if link.startswith("#"):
            self._anchors.append(link[1:])
            return w("hyperlink", *runs, anchor=self._bookmark_name(link[1:]), history=1)
        from docx.oxml.ns import qn

        element = w("hyperlink", *runs, history=1)
        element.set(qn("r:id"), self.package.link(link))
        return element

    def check_anchors(self) -> None:
        """Raise ValueError for a link inside the paper that leads nowhere."""
        raise_for = [a for a in self._anchors if a not in self._written]
        if raise_for:
            raise ValueError(f"links lead to nothing: {', '.join(sorted(set(raise_for)))}")

    @property
    def _written(self) -> set[str]:
        from docx.oxml.ns import qn

        starts = self.package.document.element.iter(qn("w:bookmarkStart"))
        names = {start.get(qn("w:name")) for start in starts}
        return {id_ for id_, name in self._bookmarks.items() if name in names}

    # -- notes -----------------------------------------------------------------------------------

    def _note(self, piece: Piece) -> list[Element]:
        node = piece.node
        assert node is not None
        kind = "endnote" if self.notes == "endnotes" else "footnote"
        number = node.get("data-number") or ""
        properties = w("rPr", w("rStyle", val=style_id(f"{kind} reference")))
        if node.get("data-first") != "yes":
            return field(f"NOTEREF _Note{number} \\f \\h", number, properties)
        id_ = self.package.add_note(self._note_body(node, kind))
        reference = w("r", properties, w(f"{kind}Reference", id=id_))
        mark = self._number()
        start = w("bookmarkStart", id=mark, name=f"_Note{number}")
        return [start, reference, w("bookmarkEnd", id=mark)]

    def _note_body(self, node: Element, kind: str) -> Element:
        style = w("pPr", w("pStyle", val=style_id(f"{kind} text")))
        number = w("r", w("rPr", w("rStyle", val=style_id(f"{kind} reference"))), w(f"{kind}Ref"))
        found = [replace(p, format=replace(p.format, link=None)) for p in collapsed(pieces(node))]
        runs = [run for piece in found for run in simple_runs(piece)]
        return w("p", style, number, w("r", w("tab")), *runs)

    # -- lists -----------------------------------------------------------------------------------

    def _list(self, element: Element, context: Context) -> Iterator[Element]:
        level = min(context.level, 2)
        ordered = element.tag == "ol"
        number = self.package.new_list(int(element.get("start") or 1), level) if ordered else 1
        suffix = "" if level == 0 else f" {level + 1}"
        style = f"List {'Number' if ordered else 'Bullet'}{suffix}"
        if "sources" in (element.get("class") or "").split():
            style = "Source"
        numbering = w("numPr", w("ilvl", val=level), w("numId", val=number))
        for item in element:
            if item.tag != "li":
                raise ValueError(f"<{item.tag!s}> cannot stand in a list")
            inner = replace(context, format=with_language(item, context.format))
            yield from self._item(item, style, numbering, replace(inner, level=level))

    def _item(
        self, item: Element, style: str, numbering: Element, context: Context
    ) -> Iterator[Element]:
        import copy

        indent = LIST_STEP * (context.level + 1)
        first = next((c for c in item if c.tag == "p"), None)
        own = first if first is not None and not (item.text or "").strip() else item
        yield self.paragraph(own, style, context, numbering=copy.deepcopy(numbering), stop=_BLOCKS)
        deeper = replace(context, level=context.level + 1)
        for child in item:
            if child is own or str(child.tag) not in _BLOCKS:
                continue
            if child.tag == "p":
                classes = (child.get("class") or "").split()
                plain = f"List Continue{'' if context.level == 0 else f' {context.level + 1}'}"
                named = self._paragraph_style(classes)
                chosen = plain if named == "Body Text" else named
                yield self.paragraph(child, chosen, context, indent=indent)
            else:
                yield from self.block(child, deeper)

    # -- terms -----------------------------------------------------------------------------------

    def _terms(self, element: Element, context: Context) -> Iterator[Element]:
        facts = "facts" in (element.get("class") or "").split()
        term: Element | None = None
        for child in element:
            if child.tag == "dt":
                term = child
                if not facts:
                    yield self.paragraph(child, "Term", context)
            elif child.tag == "dd":
                if facts:
                    yield self._fact(term, child, context)
                    term = None
                else:
                    yield self.paragraph(child, "Body Text", context)
            else:
                raise ValueError(f"<{child.tag!s}> cannot stand in <dl>")

    def _fact(self, term: Element | None, fact: Element, context: Context) -> Element:
        """A term and what is to be known of it on one line, the terms in a column of their own."""
        lead: list[Element] = []
        if term is not None:
            label = Format(strong=True, style="Aside")
            lead = list(self.runs(collapsed(pieces(term, label))))
        return self.paragraph(fact, "Facts", context, lead=[*lead, w("r", w("tab"))])

    # -- the rest --------------------------------------------------------------------------------

    def _quote(self, element: Element, context: Context) -> Iterator[Element]:
        inner = [child for child in element if str(child.tag) in _BLOCKS]
        if not inner:
            yield self.paragraph(element, "Quote", context)
        for child in inner:
            yield self.paragraph(child, "Quote", context)

    def _contents(self, element: Element, context: Context) -> Iterator[Element]:
        """A table of contents, its entries written out."""
        for item in element.iter("li"):
            depth = sum(1 for a in item.iterancestors() if a.tag in ("ul", "ol"))
            yield self.paragraph(item, f"toc {min(depth, 2)}", context, stop=_BLOCKS)

    def _figure(self, element: Element, context: Context) -> Iterator[Element]:
        for child in element:
            if child.tag == "img":
                yield self._picture(child, context)
            elif child.tag == "figcaption":
                yield self.paragraph(child, "caption", context)
            else:
                raise ValueError(f"<{child.tag!s}> cannot stand in <figure>")

    def _picture(self, image: Element, context: Context) -> Element:
        from docx.shared import Mm

        source = image.get("src") or ""
        if not source.startswith("data:image/"):
            raise ValueError("an image must be given as data:image/...")
        content = base64.b64decode(source.split(",", 1)[1])
        width = Mm(float(image.get("width") or self.package.text_width))
        inline = self.package.part.new_pic_inline(io.BytesIO(content), width, None)
        inline.docPr.set("descr", image.get("alt") or "")
        properties = w("pPr", w("pStyle", val="BodyText"), w("keepNext"))
        return w("p", properties, w("r", w("drawing", inline)))

    # -- header and footer -----------------------------------------------------------------------

    def running(self, tree: Element, kind: str) -> Mapping[str, Element]:
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
        zones = {(p.get("class") or "").split()[0]: p for p in element.iterfind("p")}
        runs: list[Element] = []
        for name in ("start", "centre", "end"):
            if name != "start":
                runs.append(w("r", w("tab")))
            zone = zones.get(name)
            if zone is not None:
                marked = "marking" in (zone.get("class") or "").split()
                runs += self._zone(zone, marked)
        return w("p", w("pPr", w("pStyle", val=style_id(kind)), stops), *runs)

    def _zone(self, zone: Element, marked: bool) -> list[Element]:
        runs = [
            run for p in collapsed(pieces(zone, Format(strong=marked))) for run in simple_runs(p)
        ]
        if marked:
            for run in runs:
                properties = run.find(w("rPr").tag)
                if properties is not None:
                    properties.append(w("caps"))
        return runs
