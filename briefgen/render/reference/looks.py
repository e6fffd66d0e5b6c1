"""How a paragraph of a style looks, in the terms of CSS: the whole of what Word would show.

In: the root of a styles.xml and a style's id, or properties set on a paragraph or a run. Out: a
`Look`: CSS properties with their values, each given by the nearest of style, base and defaults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from briefgen.render.reference.reading import Scheme
from briefgen.render.reference.xml import NS, Element, is_on, local, names, number, val

Look = dict[str, str]

# Those that an element hands on to what stands in it.
INHERITED = names(
    "font-family font-size font-weight font-style color text-transform font-variant-caps "
    "letter-spacing text-align line-height text-indent"
)
_DEPTH = 20  # styles that rest on each other; Word allows ten
_SINGLE = 1.2  # Word's single line in type sizes, as most fonts have it
_PLAIN: Look = {
    "font-family": '"Times New Roman"', "font-size": "10pt", "font-weight": "400",
    "font-style": "normal", "color": "#000000", "text-transform": "none",
    "font-variant-caps": "normal", "letter-spacing": "normal", "text-decoration": "none",
    "background-color": "transparent", "text-align": "start", "margin-top": "0pt",
    "margin-bottom": "0pt", "margin-left": "0pt", "margin-right": "0pt", "text-indent": "0pt",
    "line-height": "1.2", "break-after": "auto", "break-inside": "auto", "break-before": "auto",
    **{f"border-{side}": "none" for side in ("top", "right", "bottom", "left")},
    **{f"padding-{side}": "0pt" for side in ("top", "right", "bottom", "left")},
}  # fmt: skip
_ALIGN = {"left": "start", "start": "start", "right": "end", "end": "end", "center": "center",
          "both": "justify", "distribute": "justify"}  # fmt: skip
_BORDERS = {"dotted": "dotted", "dashed": "dashed", "double": "double"}


class Looks:
    """Resolves styles of one styles.xml.

    `theirs` are the looks that stand in where a font is not there: those of the theme.
    """

    def __init__(self, styles: Element, scheme: Scheme, theirs: Looks | None = None) -> None:
        self.scheme = scheme
        self.theirs = theirs
        self.styles = {val(s, "styleId") or "": s for s in styles.iterfind("w:style", NS)}
        self.defaults = styles.find("w:docDefaults", NS)

    def paragraph(self, id_: str, own: Element | None = None) -> Look:
        """The look of a paragraph in a style, with properties of its own."""
        return self._css(self._cascade(id_, own), id_)

    def character(self, id_: str) -> Look:
        """What a character style says itself, and those that it rests on."""
        said: dict[str, Element] = {}
        for style in self._chain(id_):
            _take(said, style.find("w:rPr", NS))
        whole = self._css(said, id_)
        return {key: value for key, value in whole.items() if key in _named(said)}

    def run(self, paragraph: str, own: Element | None, look: Element | None) -> Look:
        """The look of a run in such a paragraph; `look` is the run's `w:rPr`."""
        said = self._cascade(paragraph, own)
        if look is not None:
            for style in self._chain(val(look.find("w:rStyle", NS)) or ""):
                _take(said, style.find("w:rPr", NS))
            _take(said, look)
        return self._css(said, paragraph)

    def contextual(self, id_: str) -> bool:
        """Whether paragraphs of this style stand without spaces between them."""
        return bool(is_on(self._cascade(id_, None).get("w:contextualSpacing")))

    def cut_off(self, id_: str) -> bool:
        """Whether lines stand at an exact distance that is less than the size of the letters."""
        said = self._cascade(id_, None)
        exact = val(said.get("spacing@lineRule"), "lineRule") == "exact"
        line, size = number(val(said.get("spacing@line"), "line")), number(val(said.get("w:sz")))
        return exact and (line or 0) < (size or 0) * 10

    def table(self, id_: str) -> list[Element]:
        """The table properties of a style and those that it rests on, the lowest first."""
        found = (style.find("w:tblPr", NS) for style in self._chain(id_))
        return [element for element in found if element is not None]

    def tabs(self, id_: str, own: Element | None) -> list[tuple[float, str]]:
        """The tab stops of a paragraph, in twips, with what each does."""
        stops: dict[float, str] = {}
        parts = [style.find("w:pPr/w:tabs", NS) for style in self._chain(id_)]
        parts.append(own.find("w:tabs", NS) if own is not None else None)
        for part in parts:
            for tab in part if part is not None else ():
                place = number(val(tab, "pos")) or 0.0
                if val(tab) == "clear":
                    stops.pop(place, None)
                else:
                    stops[place] = val(tab) or "left"
        return sorted(stops.items())

    def _cascade(self, id_: str, own: Element | None) -> dict[str, Element]:
        said: dict[str, Element] = {}
        if self.defaults is not None:
            _take(said, self.defaults.find("w:pPrDefault/w:pPr", NS))
            _take(said, self.defaults.find("w:rPrDefault/w:rPr", NS))
        for style in self._chain(id_):
            _take(said, style.find("w:pPr", NS))
            _take(said, style.find("w:rPr", NS))
        _take(said, own)
        return said

    def _chain(self, id_: str) -> list[Element]:
        """A style and those that it rests on, the lowest first."""
        found: list[Element] = []
        while id_ in self.styles and len(found) < _DEPTH:
            found.append(self.styles[id_])
            id_ = val(found[-1].find("w:basedOn", NS)) or ""
        return found[::-1]

    # -- as CSS ----------------------------------------------------------------------------------

    def _css(self, said: Mapping[str, Element], id_: str) -> Look:
        look = dict(_PLAIN)
        for part in (self._letters, self._lines, self._edges):
            look.update(part(said))
        if self.theirs:
            last = self.theirs.paragraph(id_ if id_ in self.theirs.styles else "Normal")
            stack = [*look["font-family"].split(", "), *last["font-family"].split(", ")]
            look["font-family"] = ", ".join(dict.fromkeys(stack))
        return look

    def _letters(self, said: Mapping[str, Element]) -> Iterator[tuple[str, str]]:
        if families := self._families(said):
            yield "font-family", families
        size = number(val(said.get("w:sz")))
        if size:
            yield "font-size", f"{size / 2:g}pt"
        for name, key, on, off in (
            ("w:b", "font-weight", "700", "400"),
            ("w:i", "font-style", "italic", "normal"),
            ("w:caps", "text-transform", "uppercase", "none"),
            ("w:smallCaps", "font-variant-caps", "small-caps", "normal"),
        ):
            state = is_on(said.get(name))
            if state is not None:
                yield key, on if state else off
        if "w:color" in said:
            yield "color", self.colour(said["w:color"])
        if "spacing@val" in said:
            apart = (number(val(said["spacing@val"])) or 0) / 20
            yield "letter-spacing", f"{apart:g}pt" if apart else "normal"
        lines = [on for name, on in (("w:u", "underline"), ("w:strike", "line-through"))
                 if is_on(said.get(name))]  # fmt: skip
        if lines:
            yield "text-decoration", " ".join(lines)
        if fill := shade(val(said.get("w:shd"), "fill")):
            yield "background-color", fill

    def _families(self, said: Mapping[str, Element]) -> str:
        """The fonts for Latin, East Asian and complex scripts, then those of the theme."""
        found = []
        for script, theme in _THEMED.items():
            name = val(said.get(f"font@{theme}"), theme)
            plain = val(said.get(f"font@{script}"), script)
            found.append(self.scheme.fonts.get(name or "") or plain)
        if not found[0]:
            return ""
        plain_names = (re.sub(r"[^\w .&+'-]", "", name) for name in found if name)
        return ", ".join(f'"{name}"' for name in dict.fromkeys(plain_names))

    def colour(self, element: Element) -> str:
        """A colour as #rrggbb; `auto` is black."""
        named = self.scheme.colours.get(val(element, "themeColor") or "")
        return shade(val(element)) or shade(named) or "#000000"

    def _lines(self, said: Mapping[str, Element]) -> Iterator[tuple[str, str]]:
        """Alignment, spaces, indents and what is kept together."""
        if "w:jc" in said:
            yield "text-align", _ALIGN.get(val(said["w:jc"]) or "", "start")
        for name, key in (("before", "margin-top"), ("after", "margin-bottom")):
            space = number(val(said.get(f"spacing@{name}"), name))
            if space is not None:
                yield key, f"{space / 20:g}pt"
        size = (number(val(said.get("w:sz"))) or 20) / 2
        if (line := number(val(said.get("spacing@line"), "line"))) is not None:
            rule = val(said.get("spacing@lineRule"), "lineRule") or "auto"
            ratio = line / 240 * _SINGLE if rule == "auto" else line / 20 / size
            yield "line-height", f"{max(ratio, _SINGLE) if rule == 'atLeast' else ratio:.4g}"
        for sides, key in ((("left", "start"), "margin-left"), (("right", "end"), "margin-right")):
            for name in sides:
                if (space := number(val(said.get(f"ind@{name}"), name))) is not None:
                    yield key, f"{space / 20:g}pt"
        hanging = number(val(said.get("ind@hanging"), "hanging"))
        first = number(val(said.get("ind@firstLine"), "firstLine"))
        if hanging or first is not None:
            yield "text-indent", f"{(-hanging if hanging else first or 0) / 20:g}pt"
        for name, key, value in (
            ("w:keepNext", "break-after", "avoid"),
            ("w:keepLines", "break-inside", "avoid"),
            ("w:pageBreakBefore", "break-before", "page"),
        ):
            if is_on(said.get(name)):
                yield key, value

    def _edges(self, said: Mapping[str, Element]) -> Iterator[tuple[str, str]]:
        for edge in said.get("w:pBdr", ()):
            side = {"start": "left", "end": "right"}.get(local(edge), local(edge))
            if f"border-{side}" in _PLAIN:
                yield f"border-{side}", self.border(edge)
                space = number(val(edge, "space")) or 0
                yield f"padding-{side}", f"{space:g}pt"

    def border(self, edge: Element) -> str:
        """An edge as CSS: `0.5pt solid #c3c9d1`."""
        kind = val(edge) or "none"
        if kind in ("none", "nil"):
            return "none"
        width = (number(val(edge, "sz")) or 4) / 8
        colour = shade(val(edge, "color")) or "#000000"
        return f"{width:g}pt {_BORDERS.get(kind, 'solid')} {colour}"


def shade(given: str | None) -> str:
    """A colour as CSS writes it; nothing for `auto` and for what is no colour."""
    return f"#{given.lower()}" if given and re.fullmatch("[0-9A-Fa-f]{6}", given) else ""


_THEMED = {"ascii": "asciiTheme", "eastAsia": "eastAsiaTheme", "cs": "cstheme"}
_SPLIT = {"w:rFonts": "font", "w:ind": "ind", "w:spacing": "spacing"}


def _take(said: dict[str, Element], properties: Element | None) -> None:
    """What properties say, over what was said before; fonts, spaces and indents part by part."""
    for child in properties if properties is not None else ():
        name = f"w:{local(child)}"
        if name not in _SPLIT:
            said[name] = child
            continue
        for key in child.attrib:
            said[f"{_SPLIT[name]}@{str(key).rpartition('}')[2]}"] = child
        _forget(said, child, name)


def _forget(said: dict[str, Element], child: Element, name: str) -> None:
    """What a nearer property ends: a font the theme's, a first line a hanging one."""
    if name == "w:rFonts":
        for script, theme in _THEMED.items():
            if val(child, script) and not val(child, theme):
                said.pop(f"font@{theme}", None)
    elif name == "w:ind":
        for this, other in (("firstLine", "hanging"), ("hanging", "firstLine")):
            if val(child, this) is not None and val(child, other) is None:
                said.pop(f"ind@{other}", None)


_SAYS: dict[str, tuple[str, ...]] = {
    "w:sz": ("font-size",), "w:b": ("font-weight",), "w:i": ("font-style",),
    "w:caps": ("text-transform",), "w:smallCaps": ("font-variant-caps",), "w:color": ("color",),
    "spacing@val": ("letter-spacing",), "w:u": ("text-decoration",),
    "w:strike": ("text-decoration",), "w:shd": ("background-color",),
    "font@ascii": ("font-family",), "font@asciiTheme": ("font-family",),
}  # fmt: skip


def _named(said: Mapping[str, Element]) -> set[str]:
    """The CSS properties of letters that are said, not taken for granted."""
    return {key for name in said for key in _SAYS.get(name, ())}


def differing(new: Look, old: Look, keep: Callable[[str], bool] = lambda _: True) -> Look:
    """What of a look is other than in another; a property no longer said is inherited."""
    changed = {key: value for key, value in new.items() if old.get(key) != value and keep(key)}
    gone = {key: "inherit" for key in old if key not in new and keep(key)}
    return changed | gone
