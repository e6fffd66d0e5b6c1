"""The headers and footers of a reference as HTML, for the PDF and the HTML in the middle.

In: filled parts, the looks of styles, the page. Out: running elements of the tree: each line with
what stands left, in the centre and right, each table row with its cells, pictures in their place;
and a style sheet that puts them into the margins and makes room for them.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from briefgen.render.images import Picture
from briefgen.render.reference.looks import Look, Looks, differing, shade
from briefgen.render.reference.reading import Part, says_anything
from briefgen.render.reference.xml import (
    EMU_PER_MM,
    NS,
    TWIPS_PER_MM,
    Element,
    is_on,
    number,
    q,
    val,
)

_ZONES = ("start", "center", "end")
_MM_PER_POINT = 25.4 / 72
_LETTER = 0.52  # the width of a letter in type sizes, on an average
_GAP = "\u2003"  # what a tab to the left comes to
_FIELDS = {"PAGE": "page-number", "NUMPAGES": "page-count"}


@dataclass
class _Zone:
    """What stands in one place of a line: HTML elements and words, its width in millimetres."""

    parts: list[Element | str] = field(default_factory=list)
    width: float = 0


class Zones:
    """Writes the parts of one reference."""

    def __init__(self, looks: Looks, page: Mapping[str, Any], alt: str) -> None:
        self.looks = looks
        self.page = page
        self.alt = alt
        self.width = float(page["width"] - page["margin_left"] - page["margin_right"])

    def show(self, tree: Element, parts: Mapping[tuple[str, str], Part], *, rtl: bool) -> str:
        """Put the parts into the tree in place of its own; returns the CSS that places them."""
        body, main = tree.find("body"), tree.find("body/main")
        assert body is not None
        assert main is not None
        rules: list[str] = []
        for kind in dict.fromkeys(kind for kind, _ in parts):
            for old in body.findall(kind):
                if "running" in (old.get("class") or "").split():
                    body.remove(old)
            for (_, which), part in [item for item in parts.items() if item[0][0] == kind]:
                element, height = self.part(part)
                main.addprevious(element)  # what runs in margins must be met before the pages
                rules.append(self._place(kind, which, height, rtl=rtl))
            rules += _on_screen(kind, {which for k, which in parts if k == kind})
        return "\n".join(rules)

    def part(self, part: Part) -> tuple[Element, float]:
        """A header or footer as a running element, and its height in millimetres."""
        name = f"{part.kind}-{part.which}"
        root = etree.Element(part.kind, {"class": "running reference", "data-running": name})
        inside = etree.SubElement(root, "section", {"style": "position: relative"})
        height = 0.0
        blocks = part.blocks if says_anything(part.blocks) else []
        for block in blocks:
            made, tall = self._block(block, part.pictures, self.width)
            inside.append(made)
            height += tall
        return root, height

    def _place(self, kind: str, which: str, height: float, *, rtl: bool) -> str:
        """The margin that holds a part: as high as it must be, as far from the edge as in Word."""
        top = kind == "header"
        side, edge, inner = ("top", "header", "margin_top") if top else \
            ("bottom", "footer", "margin_bottom")  # fmt: skip
        distance = float(self.page[edge])
        room = max(float(self.page[inner]), distance + height)
        even = ":right" if rtl else ":left"
        page = {"default": "", "first": ":first", "even": even}[which]
        name = f"reference-{kind}-{which}"
        return (
            f'[data-running="{kind}-{which}"] {{ position: running({name}) }}\n'
            f"@page {page} {{ margin-{side}: {room:.2f}mm; "
            f"@{side}-left {{ content: none }} @{side}-right {{ content: none }} "
            f"@{side}-center {{ content: element({name}); width: 100%; "
            f"vertical-align: {side}; padding-{side}: {distance:.2f}mm }} }}"
        )

    # -- blocks ----------------------------------------------------------------------------------

    def _block(
        self, block: Element, pictures: Mapping[str, Picture], width: float
    ) -> tuple[Element, float]:
        if block.tag == q("w:tbl"):
            return self._table(block, pictures, width)
        return self._line(block, pictures, width)

    def _table(
        self, table: Element, pictures: Mapping[str, Picture], width: float
    ) -> tuple[Element, float]:
        """A table as rows of cells, each as wide as in Word."""
        grid = [number(val(c, "w")) or 0 for c in table.iterfind("w:tblGrid/w:gridCol", NS)]
        total = sum(grid) or 1
        mirrored = bool(is_on(table.find("w:tblPr/w:bidiVisual", NS)))
        root = etree.Element("section", {"dir": "rtl" if mirrored else "ltr"})
        edges = self._table_edges(table)
        rows = table.findall("w:tr", NS)
        height = 0.0
        for index, row in enumerate(rows):
            style = "display: table; table-layout: fixed; border-collapse: collapse"
            wide = min(total / TWIPS_PER_MM, width)
            line = etree.SubElement(root, "section", {"style": f"{style}; width: {wide:.2f}mm"})
            column, tallest = 0, 0.0
            cells = row.findall("w:tc", NS)
            for place, cell in enumerate(cells):
                span = int(number(val(cell.find("w:tcPr/w:gridSpan", NS))) or 1)
                share = sum(grid[column : column + span]) / total or 1 / len(cells)
                column += span
                outer = {"top": index == 0, "bottom": index == len(rows) - 1,
                         "left": place == 0, "right": place == len(cells) - 1}  # fmt: skip
                made, tall = self._cell(cell, pictures, share * wide, {
                    side: edges.get(side if end else _INNER[side], "none")
                    for side, end in outer.items()
                })  # fmt: skip
                made.set("style", f"{made.get('style')}; width: {share * 100:.3g}%")
                line.append(made)
                tallest = max(tallest, tall)
            least = number(val(row.find("w:trPr/w:trHeight", NS))) or 0
            height += max(tallest, least / TWIPS_PER_MM)
        return root, height

    def _table_edges(self, table: Element) -> dict[str, str]:
        """The edges of a table: of its style, and its own over them."""
        name = val(table.find("w:tblPr/w:tblStyle", NS)) or ""
        own = table.find("w:tblPr", NS)
        found: dict[str, str] = {}
        for properties in [*self.looks.table(name), *([own] if own is not None else [])]:
            found |= self._edges(properties.find("w:tblBorders", NS))
        return found

    def _edges(self, borders: Element | None) -> dict[str, str]:
        names = {"start": "left", "end": "right"}
        return {
            names.get(key := etree.QName(edge).localname, key): self.looks.border(edge)
            for edge in (borders if borders is not None else ())
        }

    def _cell(
        self,
        cell: Element,
        pictures: Mapping[str, Picture],
        width: float,
        edges: dict[str, str],
    ) -> tuple[Element, float]:
        edges = edges | self._edges(cell.find("w:tcPr/w:tcBorders", NS))
        align = {"center": "middle", "bottom": "bottom"}.get(
            val(cell.find("w:tcPr/w:vAlign", NS)) or "", "top"
        )
        style = [f"border-{side}: {edge}" for side, edge in edges.items() if edge != "none"]
        fill = shade(val(cell.find("w:tcPr/w:shd", NS), "fill"))
        style += [f"background-color: {fill}"] if fill else []
        style += ["display: table-cell", f"vertical-align: {align}", "padding: 0 1.9mm"]
        made = etree.Element("section", {"style": "; ".join(style)})
        height = 0.0
        if (merge := cell.find("w:tcPr/w:vMerge", NS)) is None or val(merge) == "restart":
            for block in cell:
                if block.tag in (q("w:p"), q("w:tbl")):
                    inner, tall = self._block(block, pictures, width - 3.8)
                    made.append(inner)
                    height += tall
        return made, height

    # -- lines -----------------------------------------------------------------------------------

    def _line(
        self, paragraph: Element, pictures: Mapping[str, Picture], width: float
    ) -> tuple[Element, float]:
        """A paragraph: its words by zones, and how high it stands in millimetres."""
        own = paragraph.find("w:pPr", NS)
        id_ = (val(own.find("w:pStyle", NS)) if own is not None else None) or "Normal"
        look = self.looks.paragraph(id_, own)
        zones, tallest = self._zones(paragraph, look, id_, own, pictures, width)
        shown = {name: zone for name, zone in zones.items() if zone.parts}
        right = own is not None and bool(is_on(own.find("w:bidi", NS)))
        made = etree.Element("p", {"style": _css(look), "dir": "rtl" if right else "ltr"})
        sides = (look["margin-left"], look["margin-right"])
        width -= sum(float(side.removesuffix("pt")) for side in sides) * _MM_PER_POINT
        if not shown:
            made.text = "\u00a0"
        elif len(shown) == 1:
            ((name, zone),) = shown.items()
            _fill(made, zone)
            if name != "start":
                made.set("style", f"{made.get('style')}; text-align: {name}")
        else:
            made.set("style", f"{made.get('style')}; display: table; width: {width:.2f}mm")
            for name, share in _shares(zones, width).items():
                style = f"display: table-cell; text-align: {name}; width: {share:.4g}%"
                _fill(etree.SubElement(made, "span", {"style": style}), zones[name])
        return made, _height(look, zones, tallest, width)

    def _zones(
        self,
        paragraph: Element,
        look: Look,
        id_: str,
        own: Element | None,
        pictures: Mapping[str, Picture],
        width: float,
    ) -> tuple[dict[str, _Zone], float]:
        """The words of a paragraph by zones, and the height of its tallest picture in line."""
        zones = {name: _Zone() for name in _ZONES}
        stops = self.looks.tabs(id_, own)
        name, tallest, field_ = "start", 0.0, ""
        for run in paragraph.iter(q("w:r")):
            letters = self.looks.run(id_, own, run.find("w:rPr", NS))
            style = _css(differing(letters, look))
            for child in run:
                kind = etree.QName(child).localname
                if kind in ("tab", "ptab"):
                    stop = (0.0, val(child, "alignment") or "left") if kind == "ptab" else \
                        stops.pop(0) if stops else (0.0, "left")  # fmt: skip
                    name = _zone_of(stop, name, width)
                    if stop[1] == "left" and zones[name].parts:
                        _add(zones[name], _GAP, "", letters)
                elif kind == "instrText":
                    field_ = (child.text or "").split()[0]
                elif kind == "fldChar" and val(child, "fldCharType") == "end" and field_:
                    number_ = etree.Element("span", {"class": _FIELDS.get(field_, "")})
                    _add(zones[name], number_, style, letters)
                    field_ = ""
                elif kind == "t" and not field_:
                    _add(zones[name], child.text or "", style, letters)
                elif kind in ("br", "cr"):
                    zones[name].parts.append(etree.Element("br"))
                elif kind == "drawing":
                    image, tall = self._picture(child, pictures)
                    if image is not None:
                        zones[name].parts.append(image)
                    tallest = max(tallest, tall)
        return zones, tallest

    # -- pictures --------------------------------------------------------------------------------

    def _picture(
        self, drawing: Element, pictures: Mapping[str, Picture]
    ) -> tuple[Element | None, float]:
        """A picture as HTML, and the height that the line needs for it."""
        frame = drawing[0]
        blip = next(frame.iter(q("a:blip")), None)
        picture = pictures.get(blip.get(q("r:embed")) or "") if blip is not None else None
        extent = frame.find("wp:extent", NS)
        if picture is None or extent is None:
            return None, 0.0
        wide, tall = ((number(extent.get(k)) or 0) / EMU_PER_MM for k in ("cx", "cy"))
        described = frame.find("wp:docPr", NS)
        alt = (described.get("descr") if described is not None else None) or self.alt
        code = base64.b64encode(picture.content).decode("ascii")
        style = f"width: {wide:.2f}mm; height: {tall:.2f}mm; vertical-align: bottom"
        floats = frame.tag == q("wp:anchor")
        if floats:
            style += self._floating(frame, wide, tall)
        source = f"data:image/{picture.kind};base64,{code}"
        image = etree.Element("img", {"src": source, "alt": alt, "style": style})
        besides = floats and frame.find("wp:wrapTopAndBottom", NS) is None
        return image, 0.0 if besides else tall

    def _floating(self, frame: Element, wide: float, tall: float) -> str:
        """Where a picture stands that is not in a line: from the edge of the text."""
        across = frame.find("wp:positionH", NS)
        down = frame.find("wp:positionV", NS)
        left, align = _position(across)
        if across is not None and across.get("relativeFrom") == "page":
            left -= float(self.page["margin_left"])
        if align in ("center", "right", "outside"):
            left = (self.width - wide) / (2 if align == "center" else 1)
        top, _ = _position(down)
        origin = down.get("relativeFrom") if down is not None else ""
        if origin == "page":
            top -= float(self.page["header"])
        elif origin in ("margin", "topMargin"):
            top += float(self.page["margin_top"]) - float(self.page["header"])
        return f"; position: absolute; left: {left:.2f}mm; top: {top:.2f}mm"


_INNER = {"top": "insideH", "bottom": "insideH", "left": "insideV", "right": "insideV"}


def _position(element: Element | None) -> tuple[float, str]:
    """An offset in millimetres, or the word for where a picture stands."""
    if element is None:
        return 0.0, ""
    offset = number(element.findtext("wp:posOffset", namespaces=NS))
    return (offset or 0) / EMU_PER_MM, element.findtext("wp:align", namespaces=NS) or ""


def _zone_of(stop: tuple[float, str], name: str, width: float) -> str:
    """The zone to which a tab leads; one to the left stays, unless it is far out."""
    place, kind = stop
    if kind in ("center", "right", "end"):
        return "center" if kind == "center" else "end"
    far = place / TWIPS_PER_MM > width * 0.6
    return "end" if far and name != "end" else name


def _add(zone: _Zone, what: Element | str, style: str, letters: Look) -> None:
    """Words or a page number in the look of their run."""
    size = float(letters["font-size"].removesuffix("pt")) * _MM_PER_POINT
    words = what if isinstance(what, str) else "00"
    zone.width += len(words) * size * _LETTER * (1.2 if letters["text-transform"] != "none" else 1)
    if isinstance(what, str) and style:
        span = etree.Element("span", {"style": style})
        span.text = what
        zone.parts.append(span)
        return
    if not isinstance(what, str) and style:
        what.set("style", style)
    zone.parts.append(what)


def _fill(element: Element, zone: _Zone) -> None:
    """Put words and elements into an element, in their order."""
    for part in zone.parts:
        if not isinstance(part, str):
            element.append(part)
        elif len(element):
            element[-1].tail = (element[-1].tail or "") + part
        else:
            element.text = (element.text or "") + part


def _shares(zones: Mapping[str, _Zone], width: float) -> dict[str, float]:
    """How wide the zones of a line are, in per cent; the centre stays in the centre."""
    sides = {name: zones[name].width for name in ("start", "end")}
    if not zones["center"].parts:
        total = sum(sides.values()) or 1
        left = min(max(sides["start"] / total * 100, 20), 80)
        return {"start": left, "end": 100 - left}
    centre = min(max(zones["center"].width / width * 120, 12), 60)
    return {"start": (100 - centre) / 2, "center": centre, "end": (100 - centre) / 2}


def _height(look: Look, zones: Mapping[str, _Zone], tallest: float, width: float) -> float:
    """The height of a paragraph in millimetres, as near as letters can be counted."""
    size = float(look["font-size"].removesuffix("pt"))
    line = size * float(look["line-height"]) * _MM_PER_POINT
    shares = _shares(zones, width) if sum(bool(z.parts) for z in zones.values()) > 1 else {}
    rows = 1
    for name, zone in zones.items():
        room = width * shares.get(name, 100.0) / 100
        breaks = sum(1 for p in zone.parts if not isinstance(p, str) and p.tag == "br")
        rows = max(rows, breaks + math.ceil(zone.width / max(room, 1)))
    around = sum(float(look[f"margin-{s}"].removesuffix("pt")) for s in ("top", "bottom"))
    around += sum(float(look[f"padding-{s}"].removesuffix("pt")) for s in ("top", "bottom"))
    return max(rows * line, tallest + (rows - 1) * line) + around * _MM_PER_POINT


def _css(look: Look) -> str:
    return "; ".join(f"{key}: {value}" for key, value in sorted(look.items()))


def _on_screen(kind: str, there: set[str]) -> Iterator[str]:
    """A screen has one page: it shows what page one shows."""
    shown = "first" if "first" in there else "default"
    for which in sorted(there - {shown}):
        yield f'@media screen {{ [data-running="{kind}-{which}"] {{ display: none }} }}'
