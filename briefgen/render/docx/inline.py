"""Inline HTML as the runs of a Word paragraph.

In: elements with text. Out: `Piece` values with their format, white space collapsed as HTML does
across element boundaries, and from them runs, hyperlinks, fields and note references.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from briefgen.render.docx.styles import style_id
from briefgen.render.docx.xml import Element, field, text, w

RTL_LANGUAGES = frozenset(("ar", "he", "fa", "ur", "ps", "yi", "dv"))
_PASS = frozenset(("abbr", "time", "span", "q", "mark", "cite", "em", "strong", "sup", "sub", "a"))


@dataclass(frozen=True)
class Format:
    """How a piece of text looks."""

    strong: bool = False
    emphasis: bool = False
    vertical: str | None = None
    language: str | None = None
    right_to_left: bool = False
    style: str | None = None
    link: str | None = None


PLAIN = Format()


@dataclass(frozen=True)
class Piece:
    """Text, or something that stands in it: `break`, `note`, `page-number`, `page-count`."""

    kind: str
    format: Format
    text: str = ""
    node: Element | None = None


def pieces(
    element: Element, format_: Format = PLAIN, *, stop: frozenset[str] = frozenset()
) -> Iterator[Piece]:
    """The pieces of an element's content; children in `stop` (blocks) are passed over."""
    if element.text:
        yield Piece("text", format_, element.text)
    for child in element:
        name = str(child.tag)
        if name not in stop:
            yield from _child(child, name, format_, stop)
        if child.tail:
            yield Piece("text", format_, child.tail)


def _child(child: Element, name: str, format_: Format, stop: frozenset[str]) -> Iterator[Piece]:
    classes = (child.get("class") or "").split()
    if name == "br":
        yield Piece("break", format_)
    elif name == "note":
        yield Piece("note", format_, node=child)
    elif "page-number" in classes or "page-count" in classes:
        kind = "page-number" if "page-number" in classes else "page-count"
        yield Piece(kind, format_, child.get("data-value") or "1")
    elif name in _PASS:
        inner = _inner(child, name, classes, format_)
        if name == "q":
            yield Piece("text", inner, "“")
        yield from pieces(child, inner, stop=stop)
        if name == "q":
            yield Piece("text", inner, "”")
    else:
        raise ValueError(f"<{name}> cannot stand inside a paragraph")


def _inner(child: Element, name: str, classes: list[str], format_: Format) -> Format:
    found = format_
    if name == "strong":
        found = replace(found, strong=True)
    elif name in ("em", "cite"):
        found = replace(found, emphasis=not format_.emphasis)
    elif name in ("sup", "sub"):
        found = replace(found, vertical="superscript" if name == "sup" else "subscript")
    elif name == "mark":
        found = replace(found, style="Highlight")
    elif name == "a":
        found = replace(found, link=child.get("href"))
    if "aside" in classes:
        found = replace(found, style="Aside")
    return with_language(child, found)


def with_language(element: Element, format_: Format) -> Format:
    """The format with the element's own language and direction."""
    language = element.get("lang")
    if language:
        right = language.split("-")[0] in RTL_LANGUAGES
        format_ = replace(format_, language=language, right_to_left=right)
    if element.get("dir"):
        format_ = replace(format_, right_to_left=element.get("dir") == "rtl")
    return format_


def collapsed(found: Iterator[Piece]) -> list[Piece]:
    """The pieces with white space collapsed over the whole paragraph and trimmed at its ends."""
    kept: list[Piece] = []
    open_space = True  # a space here would begin the paragraph or follow another one
    for piece in found:
        if piece.kind != "text":
            kept.append(piece)
            open_space = piece.kind == "break"
            continue
        words = _collapse(piece.text)
        if open_space:
            words = words.lstrip(" ")
        if words:
            kept.append(replace(piece, text=words))
            open_space = words.endswith(" ")
    while kept and kept[-1].kind == "text" and not kept[-1].text.rstrip(" "):
        kept.pop()
    if kept and kept[-1].kind == "text":
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip(" "))
    return _without_space_before_break(kept)


def _without_space_before_break(kept: list[Piece]) -> list[Piece]:
    for index in range(len(kept) - 1):
        if kept[index + 1].kind == "break" and kept[index].kind == "text":
            kept[index] = replace(kept[index], text=kept[index].text.rstrip(" "))
    return kept


def _collapse(value: str) -> str:
    """White space as one space; a no-break space is a letter."""
    out: list[str] = []
    for letter in value:
        if letter in " \t\n\r\f":
            if not out or out[-1] != " ":
                out.append(" ")
        else:
            out.append(letter)
    return "".join(out)


def run_properties(format_: Format) -> Element | None:
    """The `w:rPr` of a format, or None when nothing differs from the paragraph's style."""
    style = format_.style or ("Hyperlink" if format_.link else None)
    language = format_.language
    parts = [
        w("rStyle", val=style_id(style)) if style else None,
        *([w("b"), w("bCs")] if format_.strong else []),
        *([w("i"), w("iCs")] if format_.emphasis else []),
        w("vertAlign", val=format_.vertical) if format_.vertical else None,
        w("rtl") if format_.right_to_left else None,
        _language(language) if language else None,
    ]
    found = [part for part in parts if part is not None]
    return w("rPr", *found) if found else None


def _language(language: str) -> Element:
    first = language.split("-", maxsplit=1)[0]
    if first in ("ja", "zh", "ko"):
        return w("lang", val=language, eastAsia=language)
    if first in RTL_LANGUAGES:
        return w("lang", val=language, bidi=language)
    return w("lang", val=language)


def simple_runs(piece: Piece) -> list[Element]:
    """The runs of a piece that is not a note."""
    properties = run_properties(piece.format)
    if piece.kind == "break":
        return [w("r", properties, w("br"))]
    if piece.kind == "page-number":
        return field("PAGE", piece.text, properties)
    if piece.kind == "page-count":
        return field("NUMPAGES", piece.text, properties)
    return [w("r", properties, text(piece.text))]
