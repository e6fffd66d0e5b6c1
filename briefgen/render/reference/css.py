"""What a reference changes, as CSS for the PDF: style by style, and nothing else.

In: the styles as the theme makes them and as the reference has them, and the tree of a paper. Out:
the tree with the name of its Word style on every block, and a style sheet that says for each style
only what differs. As in Word, a style reaches its own paragraphs and not what stands inside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from briefgen.render.docx.body import BLOCKS, CLASS_STYLES
from briefgen.render.docx.styles import style_id
from briefgen.render.reference.looks import INHERITED, Look, Looks, differing
from briefgen.render.reference.xml import Element, names

_STYLE = "data-style"
_INLINE = {"strong": "Strong", "em": "Emphasis", "cite": "Emphasis", "mark": "Highlight",
           "a": "Hyperlink"}  # fmt: skip
# Indents of these come from the list and not from the style, in Word as in the PDF.
_LISTED = ("List ", "Source", "Point", "endnote text", "footnote text", "toc ")
_INDENTS = frozenset(("margin-left", "margin-right", "text-indent"))
_CELLS = ("Table Text", "Table Heading", "Table Row Heading", "caption")
_FACTS = ("Facts", "Voices")
_ELSEWHERE = {
    "header": "header.running p", "footer": "footer.running p",
    "Marking Character": "header.running .marking, footer.running .marking",
    "endnote text": ".notes > li", "footnote text": ".footnote",
    "endnote reference": ".note-ref, .note-ref a",
    "footnote reference": ".footnote::footnote-call",
}  # fmt: skip
_CHARACTERS = ("Strong", "Emphasis", "Hyperlink", "endnote reference", "footnote reference",
               "Aside", "Highlight", "Marking Character")  # fmt: skip
_PIXELS_PER_POINT = 96 / 72


def annotate(tree: Element) -> None:
    """Put the name of its Word style on every element that has one of its own."""
    main = tree.find("body/main")
    if main is None:
        return
    for child in main:
        _annotate(child, "Body Text", "", 0)
    for element in main.iter("strong", "em", "cite", "mark", "a", "span"):
        name = _INLINE.get(str(element.tag))
        if "aside" in (element.get("class") or "").split():
            name = "Aside"
        if name and element.get(_STYLE) is None:
            element.set(_STYLE, name)


def _annotate(element: Element, plain: str, own: str, level: int) -> None:
    """`plain` is the style of a bare paragraph here, `own` that of the element around."""
    name, classes = str(element.tag), (element.get("class") or "").split()
    style, level = _style(element, name, classes, plain, level)
    if style and style != own:
        element.set(_STYLE, style)
    own = style or own
    for child in element:
        if str(child.tag) in BLOCKS or str(child.tag) in _PARTS:
            _annotate(child, _plain(name, style, plain, level), own, level)


_PARTS = names("li dt dd caption thead tbody tr th td figcaption")


def _style(
    element: Element, name: str, classes: list[str], plain: str, level: int
) -> tuple[str, int]:
    """The style of an element's own words, and how deep in lists it stands."""
    if name in ("h1", "h2", "h3", "h4"):
        return f"heading {name[1]}", level
    if name == "p":
        return next((CLASS_STYLES[c] for c in classes if c in CLASS_STYLES), plain), level
    if name == "li":
        return _list_style(element, plain, level), level + 1
    if name in ("th", "td"):
        if next(element.iterancestors("thead"), None) is not None:
            return "Table Heading", 0
        return f"Table {'Row Heading' if name == 'th' else 'Text'}", 0
    if name in ("dt", "dd"):
        return _term_style(element, name, plain), level
    named = {"caption": "caption", "figcaption": "caption", "blockquote": "Quote"}
    return named.get(name, ""), level


def _list_style(element: Element, plain: str, level: int) -> str:
    above = element.getparent()
    classes = (above.get("class") or "").split() if above is not None else []
    if next(element.iterancestors("nav"), None) is not None:
        return f"toc {min(level + 1, 2)}"
    if plain.startswith("Table"):
        return "Table Text"
    if "sources" in classes:
        return "Source"
    if "points" in classes:
        return "Point"
    ordered = above is not None and above.tag == "ol"
    deep = min(level, 2)
    return f"List {'Number' if ordered else 'Bullet'}{f' {deep + 1}' if deep else ''}"


def _term_style(element: Element, name: str, plain: str) -> str:
    above = element.getparent()
    classes = (above.get("class") or "").split() if above is not None else []
    if "facts" not in classes:
        return "Term" if name == "dt" else plain
    if name == "dt":
        return "Aside"
    return "Voices" if "voices" in classes else "Facts"


def _plain(name: str, style: str, plain: str, level: int) -> str:
    """The style of a bare paragraph inside an element."""
    if name == "li" and not style.startswith(("Table", "toc")):
        deep = min(level - 1, 2)
        return f"List Continue{f' {deep + 1}' if deep else ''}"
    if name in ("th", "td", "blockquote", "dd"):
        return style
    return plain


def style_sheet(tree: Element, new: Looks, old: Looks) -> str:
    """The CSS of all that differs; the tree is annotated."""
    changed = {name: _change(name, new, old) for name in _names(tree)}
    normal = differing(new.paragraph("Normal"), old.paragraph("Normal"), INHERITED.__contains__)
    _stand_alone(tree, changed, new, normal)
    rules = [_rule("html", normal)]
    for name, look in changed.items():
        rules += _rules(name, look, new)
    return "\n".join(rule for rule in rules if rule)


def _names(tree: Element) -> list[str]:
    """The styles of a paper, those of its frame and notes among them."""
    found = dict.fromkeys(str(e.get(_STYLE)) for e in tree.iter() if e.get(_STYLE))
    return [*found, *(name for name in _ELSEWHERE if name not in found)]


def _change(name: str, new: Looks, old: Looks) -> Look:
    """What differs for one style."""
    id_ = style_id(name)
    if name in _CHARACTERS:
        return differing(new.character(id_), old.character(id_))
    listed = name.startswith(_LISTED)
    return differing(
        new.paragraph(id_), old.paragraph(id_), lambda key: not (listed and key in _INDENTS)
    )


def _stand_alone(
    tree: Element, changed: Mapping[str, Look], new: Looks, normal: Mapping[str, str]
) -> None:
    """What CSS hands on from a changed block to those inside it is said for these as well."""
    inside: dict[str, set[str]] = {name: set(normal) for name in changed}
    for element in tree.iter():
        name = element.get(_STYLE)
        if name:
            for outer in element.iterancestors():
                inside[name].update(changed.get(outer.get(_STYLE) or "", ()))
    for name, keys in inside.items():
        if name not in _CHARACTERS:
            whole = new.paragraph(style_id(name))
            for key in keys & INHERITED:
                changed[name].setdefault(key, whole[key])


def _rules(name: str, look: Look, new: Looks) -> Iterator[str]:
    """The rules of one style; what Word does with spaces and lines, a cell does with padding."""
    look = dict(look)
    selector = _ELSEWHERE.get(name, f'[{_STYLE}="{name}"]')
    if name in _CELLS:
        for side in ("top", "bottom"):
            if f"margin-{side}" in look:
                look[f"padding-{side}"] = look.pop(f"margin-{side}")
    if name in _FACTS:
        frame = {k: look.pop(k) for k in list(look) if k.startswith(("border-", "padding-"))}
        if _INDENTS & set(look):
            frame["grid-template-columns"] = f"{new.paragraph(name)['margin-left']} 1fr"
        for key in _INDENTS:
            look.pop(key, None)
        of = ".voices" if name == "Voices" else ":not(.voices)"
        yield _rule(f"dl.facts{of}", frame)
    if name in ("header", "footer"):
        look = {k: v for k, v in look.items() if k in INHERITED - {"text-align", "text-indent"}}
    if name == "footnote text":
        _whole_pixels(look, new)
    yield _rule(selector, look)
    if name.startswith("List ") and new.contextual(style_id(name)):
        yield _rule(f"{selector}:not(:last-child)", {"margin-bottom": "0"})
        yield _rule(f"{selector} + {selector}", {"margin-top": "0"})


def _whole_pixels(look: Look, new: Looks) -> None:
    """With broken ones WeasyPrint 70 sends footnotes on to later pages."""
    if not {"font-size", "line-height"} & set(look):
        return
    whole = new.paragraph(style_id("footnote text"))
    size = round(float(whole["font-size"].removesuffix("pt")) * _PIXELS_PER_POINT)
    look["font-size"] = f"{size}px"
    look["line-height"] = f"{round(size * float(whole['line-height']))}px"


def _rule(selector: str, look: Mapping[str, str]) -> str:
    body = "; ".join(f"{key}: {value}" for key, value in sorted(look.items()))
    return f"{selector} {{ {body} }}" if body else ""


def layered(sheets: list[str]) -> list[str]:
    """The style sheets of the layers below, so that the reference wins over them by its place."""
    return [f"@layer below {{\n{sheet}\n}}" for sheet in sheets]
