"""Our own Word styles, made from the theme: one look for PDF and Word.

In: the theme and the language of the document. Out: the root of styles.xml. Styles are a table
below: to change the look of Word, change the theme or this table, never a paragraph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from docx.oxml.ns import qn

from briefgen.render.docx.languages import with_region
from briefgen.render.docx.xml import Element, half_points, twips, w
from briefgen.render.fonts import families

LIST_STEP = 6.0  # millimetres by which each level of a list is set in
FACT_INDENT = 29.0  # millimetres: the column of the terms in a block of facts


@dataclass(frozen=True)
class Style:
    """A paragraph style. Sizes are names of the theme or points, spaces points, indents mm."""

    name: str
    base: str | None = "Normal"
    size: str | float | None = None
    heading_font: bool = False
    bold: bool = False
    italic: bool = False
    colour: str | None = None
    before: float | None = None
    after: float | None = None
    line: float | None = None
    keep_next: bool = False
    keep_lines: bool = False
    outline: int | None = None
    left: float | None = None
    hanging: float | None = None
    align: str | None = None
    caps: bool = False
    letter_spacing: float | None = None
    borders: tuple[tuple[str, int, str], ...] = ()
    following: str | None = None

    @property
    def id(self) -> str:
        """The style's id: its name without spaces."""
        return style_id(self.name)


@cache
def style_id(name: str) -> str:
    """`List Number 2` has the id `ListNumber2`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split())


def _lists() -> list[Style]:
    found = []
    for level in (1, 2, 3):
        suffix = "" if level == 1 else f" {level}"
        left = LIST_STEP * level
        for kind in ("List Bullet", "List Number"):
            found.append(Style(f"{kind}{suffix}", after=2.5, left=left, hanging=LIST_STEP - 0.5))
        found.append(Style(f"List Continue{suffix}", after=2.5, left=left))
    return found


# fmt: off
PARAGRAPHS: tuple[Style, ...] = (
    Style("Body Text", after=5.5),
    Style("heading 1", size="h1", heading_font=True, bold=True, colour="accent", before=0, after=8,
          line=1.15, keep_next=True, keep_lines=True, outline=0, following="Body Text"),
    Style("heading 2", size="h2", heading_font=True, bold=True, colour="accent", before=15, after=5,
          line=1.15, keep_next=True, keep_lines=True, outline=1, following="Body Text",
          borders=(("bottom", 4, "rule"),)),
    Style("heading 3", size="h3", heading_font=True, bold=True, before=8, after=3, line=1.15,
          keep_next=True, keep_lines=True, outline=2, following="Body Text"),
    Style("heading 4", size="h4", heading_font=True, bold=True, before=7, after=3, line=1.15,
          keep_next=True, keep_lines=True, outline=3, following="Body Text"),
    Style("Letterhead", size="small", heading_font=True, colour="accent", after=1, line=1.15,
          letter_spacing=0.2, keep_next=True),
    Style("Kicker", size="small", heading_font=True, bold=True, colour="muted", after=2, caps=True,
          letter_spacing=0.7, keep_next=True),
    Style("Subtitle", size="body", heading_font=True, colour="muted", after=8),
    Style("Marking", size="marking", heading_font=True, bold=True, caps=True, align="center",
          colour="marking"),
    Style("Lead", size="lead", after=7),
    Style("Ask", size="lead", after=7, left=4, keep_lines=True, borders=(("left", 18, "accent"),)),
    Style("Meta", size="small", heading_font=True, colour="muted", after=4, line=1.25),
    Style("Nothing Recorded", italic=True, colour="muted", after=5.5),
    Style("Contact", after=4.5, keep_lines=True),
    Style("Facts", size="body", after=2, left=FACT_INDENT, hanging=FACT_INDENT,
          borders=(("top", 12, "accent"), ("bottom", 4, "rule"))),
    Style("Voices", size="body", after=2.5, left=FACT_INDENT, hanging=FACT_INDENT),
    Style("Term", size="table", heading_font=True, bold=True, colour="accent", before=3, after=0,
          keep_next=True),
    Style("Quote", italic=True, left=8, after=5.5),
    Style("caption", size="small", heading_font=True, bold=True, colour="muted", before=8, after=3,
          keep_next=True),
    Style("Table Text", size="table", before=2.5, after=2.5, line=1.2),
    Style("Table Heading", base="Table Text", heading_font=True, bold=True, colour="accent",
          keep_next=True),
    Style("Table Row Heading", base="Table Text", heading_font=True, bold=True),
    Style("Source", size="table", after=2.5, left=LIST_STEP, hanging=LIST_STEP - 0.5, line=1.2),
    *_lists(),
    Style("Point", size="lead", after=2.5, left=LIST_STEP, hanging=LIST_STEP - 0.5,
          keep_lines=True),
    Style("toc 1", after=2),
    Style("toc 2", after=2, left=6),
    Style("header", size="small", heading_font=True, colour="muted", after=0),
    Style("footer", size="small", heading_font=True, colour="muted", after=0),
    Style("endnote text", size="small", after=1.2, line=1.12, left=6, hanging=6),
    Style("footnote text", size="small", after=1.5, line=1.2, left=5, hanging=5),
)
# fmt: on


UPRIGHT = frozenset(("ja", "zh", "ko"))  # and all that runs from right to left: no italics


_LATIN = "en-GB"  # of Latin letters in other scripts; else lines would end within their words


def styles_xml(
    theme: Mapping[str, Any], language: str, right_to_left: bool, text_width: float
) -> Element:
    """The root of styles.xml; `text_width` in millimetres."""
    root = w("styles", _defaults(theme, language, right_to_left), _normal(right_to_left))
    root.append(
        w(
            "style",
            w("name", val="Default Paragraph Font"),
            w("uiPriority", val=1),
            w("semiHidden"),
            w("unhideWhenUsed"),
            type="character",
            default=1,
            styleId="DefaultParagraphFont",
        )
    )
    root.append(_normal_table())
    styles = (_for_script(style, language, right_to_left) for style in PARAGRAPHS)
    root.extend(_paragraph(style, theme, text_width) for style in styles)
    root.extend(_characters(theme, spread=not right_to_left))
    root.append(_table_style(theme))
    return root


def _for_script(style: Style, language: str, right_to_left: bool) -> Style:
    """A style as the script of the paper takes it: mirrored, its joined letters not spread."""
    if right_to_left or language.split("-", maxsplit=1)[0] in UPRIGHT:
        style = replace(style, italic=False)
    if not right_to_left:
        return style
    borders = tuple((_MIRRORED.get(side, side), size, hue) for side, size, hue in style.borders)
    return replace(style, letter_spacing=None, borders=borders)


_MIRRORED = {"left": "right", "right": "left"}


def _defaults(theme: Mapping[str, Any], language: str, right_to_left: bool) -> Element:
    size = half_points(theme["sizes"]["body"])
    eastern = language.split("-", maxsplit=1)[0] in UPRIGHT
    tongues = {"eastAsia": with_region(language) if eastern else "ja-JP"}
    tongues["bidi"] = with_region(language) if right_to_left else "ar-SA"
    latin = _LATIN if eastern or right_to_left else language
    run = w(
        "rPr",
        fonts(theme, "body"),
        w("color", val=_colour(theme, "text")),
        w("sz", val=size),
        w("szCs", val=size),
        w("lang", val=latin, **tongues),
    )
    line = _line(theme["sizes"]["body"], theme["line_height"])
    paragraph = w(
        "pPr", w("widowControl"), w("spacing", after=0, line=line, lineRule=theme["line_rule"])
    )
    return w("docDefaults", w("rPrDefault", run), w("pPrDefault", paragraph))


def _normal(right_to_left: bool) -> Element:
    return w(
        "style",
        w("name", val="Normal"),
        w("qFormat"),
        w("pPr", w("bidi")) if right_to_left else None,
        type="paragraph",
        default=1,
        styleId="Normal",
    )


def _normal_table() -> Element:
    margins = w(
        "tblCellMar",
        *(
            w(side, w=0 if side in ("top", "bottom") else 108, type="dxa")
            for side in ("top", "left", "bottom", "right")
        ),
    )
    properties = w("tblPr", w("tblInd", w=0, type="dxa"), margins)
    return w(
        "style",
        w("name", val="Normal Table"),
        w("uiPriority", val=99),
        w("semiHidden"),
        w("unhideWhenUsed"),
        properties,
        type="table",
        default=1,
        styleId="TableNormal",
    )


def fonts(theme: Mapping[str, Any], kind: str) -> Element:
    """The fonts for Latin, East Asian and complex scripts; `kind` is body or heading."""
    latin, east_asian, complex_ = families(theme["fonts"], kind)
    return w("rFonts", ascii=latin, hAnsi=latin, eastAsia=east_asian, cs=complex_)


def _colour(theme: Mapping[str, Any], name: str) -> str:
    colours = theme["colours"]
    return str(colours.get(name) or colours["text"]).lstrip("#").upper()


def _paragraph(style: Style, theme: Mapping[str, Any], text_width: float) -> Element:
    element = w("style", w("name", val=style.name), type="paragraph", styleId=style.id)
    if style.name[0].isupper() and style.name not in _BUILT_IN:
        element.set(qn("w:customStyle"), "1")
    element.append(w("basedOn", val=style_id(style.base or "Normal")))
    if style.following:
        element.append(w("next", val=style_id(style.following)))
    element.append(w("qFormat"))
    element.append(_paragraph_properties(style, theme, text_width))
    element.append(_run_properties(style, theme))
    return element


_BUILT_IN = frozenset(
    ["Body Text", "Subtitle", "Quote"]
    + [f"List {kind}{n}" for kind in ("Bullet", "Number", "Continue") for n in ("", " 2", " 3")]
)


def _paragraph_properties(style: Style, theme: Mapping[str, Any], text_width: float) -> Element:
    borders = None
    if style.borders:
        borders = w(
            "pBdr",
            *(
                w(
                    side,
                    val="single",
                    sz=width,
                    space=4 if side in _MIRRORED else 3,
                    color=_colour(theme, colour),
                )
                for side, width, colour in style.borders
            ),
        )
    return w(
        "pPr",
        w("keepNext") if style.keep_next else None,
        w("keepLines") if style.keep_lines else None,
        borders,
        _tabs(style, text_width),
        _spacing(style, theme),
        _indent(style, theme),
        w("jc", val=style.align) if style.align else None,
        w("outlineLvl", val=style.outline) if style.outline is not None else None,
    )


def _tabs(style: Style, text_width: float) -> Element | None:
    """Facts stand in a column of their own; the page numbers of a contents at the right margin."""
    if style.name in ("Facts", "Voices"):
        return w("tabs", w("tab", val="left", pos=twips(FACT_INDENT)))
    if style.name.startswith("toc"):
        return w("tabs", w("tab", val="right", leader="dot", pos=twips(text_width)))
    return None


def _line(size: float, ratio: float) -> int:
    """The distance of lines in twips, as CSS counts it: a multiple of the type size.

    Word's own multiples count from the font's line gap, so the same figure would look wider.
    """
    return round(size * ratio * 20)


def _size(style: Style, theme: Mapping[str, Any]) -> float | None:
    if isinstance(style.size, str):
        sizes = theme["sizes"]
        return float(sizes.get(style.size) or sizes["small"])
    return style.size


def _spacing(style: Style, theme: Mapping[str, Any]) -> Element | None:
    given: dict[str, object] = {}
    if style.before is not None:
        given["before"] = round(style.before * 20 * theme["spacing"])
    if style.after is not None:
        given["after"] = round(style.after * 20 * theme["spacing"])
    size = _size(style, theme)
    if size is not None:
        given["line"] = _line(size, style.line or theme["line_height"])
        given["lineRule"] = theme["line_rule"]
    return w("spacing", **given) if given else None


def list_scale(theme: Mapping[str, Any]) -> float:
    """How much wider than usual lists are set in: large letters need room for their numbers."""
    return max(1.0, float(theme["sizes"]["body"]) / 10)


def _indent(style: Style, theme: Mapping[str, Any]) -> Element | None:
    if style.left is None:
        return None
    listed = style.name.startswith("List ") or style.name in ("Source", "Point")
    scale = list_scale(theme) if listed else 1.0
    given: dict[str, object] = {"left": twips(style.left * scale)}
    if style.hanging is not None:
        given["hanging"] = twips(style.hanging * scale)
    return w("ind", **given)


def _run_properties(style: Style, theme: Mapping[str, Any]) -> Element:
    size = _size(style, theme)
    return w(
        "rPr",
        fonts(theme, "heading") if style.heading_font else None,
        *([w("b"), w("bCs")] if style.bold else []),
        *([w("i"), w("iCs")] if style.italic else []),
        w("caps") if style.caps else None,
        w("color", val=_colour(theme, style.colour)) if style.colour else None,
        w("spacing", val=round(style.letter_spacing * 20)) if style.letter_spacing else None,
        *([w("sz", val=half_points(size)), w("szCs", val=half_points(size))] if size else []),
    )


def _characters(theme: Mapping[str, Any], *, spread: bool) -> list[Element]:
    accent, small = _colour(theme, "accent"), half_points(theme["sizes"]["small"])
    marking = half_points(theme["sizes"].get("marking") or theme["sizes"]["small"])
    ground = str(theme["colours"].get("marking-ground") or "").lstrip("#").upper()
    raised = [w("color", val=accent), w("vertAlign", val="superscript")]
    looks: dict[str, list[Element]] = {
        "Strong": [w("b"), w("bCs")],
        "Emphasis": [w("i"), w("iCs")],
        "Hyperlink": [w("color", val=accent)],
        "endnote reference": [*raised],
        "footnote reference": [w("color", val=accent), w("vertAlign", val="superscript")],
        "Aside": [
            fonts(theme, "heading"),
            w("color", val=_colour(theme, "muted")),
            w("sz", val=small),
            w("szCs", val=small),
        ],
        "Highlight": [w("shd", val="clear", color="auto", fill="FFF2A8")],
        "Marking Character": [
            w("b"),
            w("bCs"),
            w("caps"),
            w("color", val=_colour(theme, "marking")),
            *([w("spacing", val=10)] if spread else []),
            w("sz", val=marking),
            w("szCs", val=marking),
            *([w("shd", val="clear", color="auto", fill=ground)] if ground else []),
        ],
    }
    return [_character(name, look) for name, look in looks.items()]


def _character(name: str, look: list[Element]) -> Element:
    own = {"customStyle": 1} if name in ("Aside", "Highlight", "Marking Character") else {}
    return w(
        "style",
        w("name", val=name),
        w("basedOn", val="DefaultParagraphFont"),
        w("qFormat"),
        w("rPr", *look),
        type="character",
        styleId=style_id(name),
        **own,
    )


def _table_style(theme: Mapping[str, Any]) -> Element:
    rule = _colour(theme, "rule")
    borders = w(
        "tblBorders",
        *(w(side, val="single", sz=4, space=0, color=rule) for side in ("bottom", "insideH")),
    )
    properties = w("tblPr", w("tblInd", w=0, type="dxa"), borders)
    return w(
        "style",
        w("name", val="Brief Table"),
        w("basedOn", val="TableNormal"),
        w("qFormat"),
        properties,
        type="table",
        customStyle=1,
        styleId="BriefTable",
    )
