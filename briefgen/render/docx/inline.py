"""Inline HTML as the runs of a Word paragraph.

In: elements with text. Out: `Piece` values with their format, white space collapsed as HTML does
across element boundaries, and from them the runs of all that is neither a link nor a note.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from briefgen.phrases import direction
from briefgen.render.contents import PAGE_OF
from briefgen.render.docx.languages import with_region
from briefgen.render.docx.styles import style_id
from briefgen.render.docx.xml import Element, copied, field, text, w
from briefgen.render.scripts import by_script, has_east_asian

EAST_ASIAN = frozenset(("ja", "zh", "ko"))
# White space that is more than one space; a no-break space is a letter.
_SPACES = re.compile("[\t\n\r\f][ \t\n\r\f]*| [ \t\n\r\f]+")
_PASS = frozenset(("abbr", "time", "span", "q", "mark", "cite", "em", "strong", "sup", "sub", "a"))


@dataclass(frozen=True)
class Format:
    """How a piece of text looks."""

    strong: bool = False
    emphasis: bool = False
    vertical: str | None = None
    language: str | None = None
    right_to_left: bool = False
    east_asian: bool = False
    style: str | None = None
    link: str | None = None


PLAIN = Format()


@dataclass(slots=True)
class Piece:
    """Text, or what stands in it: `anchor`, `break`, `note`, `page-count`, `page-number`,
    `page-of`, `tab`."""

    kind: str
    format: Format
    text: str = ""
    node: Element | None = None


def pieces(element: Element, format_: Format = PLAIN) -> Iterator[Piece]:
    """The pieces of an element's content; a block inside raises ValueError."""
    if element.text:
        yield Piece("text", format_, element.text)
    for child in element:
        yield from _child(child, format_)
        if child.tail:
            yield Piece("text", format_, child.tail)


def segments(
    element: Element, format_: Format, blocks: Collection[str]
) -> Iterator[list[Piece] | Element]:
    """An element's content in order: its blocks, and the lines of text between them."""
    line = [Piece("text", format_, element.text or "")]
    for child in element:
        if str(child.tag) in blocks:
            if found := collapsed(line):
                yield found
            line = []
            yield child
        else:
            line += _child(child, format_)
        line.append(Piece("text", format_, child.tail or ""))
    if found := collapsed(line):
        yield found


def _child(child: Element, format_: Format) -> Iterator[Piece]:
    name, classes = str(child.tag), (child.get("class") or "").split()
    if child.get("id"):
        yield Piece("anchor", format_, child.get("id") or "")
    if name == "br":
        yield Piece("break", format_)
    elif name == "note":
        yield Piece("note", format_, node=child)
    elif "page-number" in classes or "page-count" in classes:
        kind = "page-number" if "page-number" in classes else "page-count"
        yield Piece(kind, format_, child.get("data-value") or "1")
    elif "toc-page" in classes and child.get(PAGE_OF):
        yield Piece("tab", format_)
        yield Piece("page-of", format_, child.text or "", node=child)
    elif name in _PASS:
        if "toc-page" in classes and (child.text or len(child)):
            yield Piece("tab", format_)
        yield from pieces(child, _inner(child, name, classes, format_))
    else:
        raise ValueError(f"<{name}> cannot stand inside a paragraph")


def _inner(child: Element, name: str, classes: list[str], format_: Format) -> Format:
    link = child.get("href") if name == "a" else None
    return with_language(child, _styled(format_, name, "aside" in classes, link))


@lru_cache(maxsize=1024)
def _styled(format_: Format, name: str, aside: bool, link: str | None) -> Format:
    """A format within an element of a name."""
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
        found = replace(found, link=link)
    return replace(found, style="Aside") if aside else found


def with_language(element: Element, format_: Format) -> Format:
    """The format with the element's own language and direction."""
    language = element.get("lang")
    if language:
        right = direction(language) == "rtl"
        eastern = is_east_asian(language)
        format_ = replace(format_, language=language, right_to_left=right, east_asian=eastern)
    if element.get("dir"):
        format_ = replace(format_, right_to_left=element.get("dir") == "rtl")
    return format_


def is_east_asian(language: str) -> bool:
    """Whether a language is written in kanji, kana or hangul."""
    return language.split("-", maxsplit=1)[0] in EAST_ASIAN


def collapsed(found: Iterable[Piece]) -> list[Piece]:
    """The pieces with white space collapsed over the whole paragraph and trimmed at its ends."""
    kept: list[Piece] = []
    open_space = True  # a space here would begin a line or follow another one
    for piece in found:
        if piece.kind == "text":
            words = _SPACES.sub(" ", piece.text)
            words = words.lstrip(" ") if open_space else words
            if words:
                kept.append(Piece(piece.kind, piece.format, words, piece.node))
                open_space = words.endswith(" ")
            continue
        if piece.kind in ("break", "tab"):
            _trim(kept)
            open_space = True
        elif piece.kind != "anchor":
            open_space = False
        kept.append(piece)
    _trim(kept)
    return kept


def _trim(kept: list[Piece]) -> None:
    """Take the space off the end of a line; an anchor there shows nothing and stays."""
    index = len(kept) - 1
    while index >= 0 and kept[index].kind == "anchor":
        index -= 1
    if index >= 0 and kept[index].kind == "text":
        last = kept[index]
        words = last.text.rstrip(" ")
        if words != last.text:
            shorter = Piece(last.kind, last.format, words, last.node)
            kept[index : index + 1] = [shorter] if words else []


def words(found: Iterable[Piece]) -> str:
    """What the pieces say, without their notes."""
    return "".join(
        " " if p.kind == "break" else p.text for p in found if p.kind in ("text", "break")
    )


def run_properties(format_: Format, *, eastern: bool = False) -> Element | None:
    """The `w:rPr` of a format, or None when nothing differs from the paragraph's style.

    `eastern` gives signs that many scripts share to the East Asian font.
    """
    if format_ == PLAIN and not eastern:
        return None
    style = format_.style or _natural_style(format_)
    language = format_.language
    parts = [
        w("rStyle", val=style_id(style)) if style else None,
        w("rFonts", hint="eastAsia") if eastern else None,
        *([w("b"), w("bCs")] if format_.strong else []),
        *([w("i"), w("iCs")] if _leans(format_) else []),
        w("vertAlign", val=format_.vertical) if format_.vertical else None,
        w("rtl") if format_.right_to_left else None,
        _language(language) if language else None,
    ]
    found = [part for part in parts if part is not None]
    return w("rPr", *found) if found else None


def _natural_style(format_: Format) -> str | None:
    """Word's own style for what a piece is; bold and italics are set beside it.

    The style alone would turn them off where the paragraph's style is bold or italic already.
    """
    if format_.link:
        return "Hyperlink"
    if format_.strong:
        return "Strong"
    return "Emphasis" if _leans(format_) else None


def _leans(format_: Format) -> bool:
    """Whether emphasis is in italics: kanji and Arabic letters have none."""
    return format_.emphasis and not (format_.east_asian or format_.right_to_left)


def _language(language: str) -> Element:
    if is_east_asian(language):  # `val` is for Latin letters alone
        return w("lang", eastAsia=with_region(language))
    if direction(language) == "rtl":
        return w("lang", bidi=with_region(language))
    return w("lang", val=language)


def simple_runs(piece: Piece) -> list[Element]:
    """The runs of a piece; ValueError for a note, which only the body of a paper can hold."""
    eastern = piece.format.east_asian and has_east_asian(piece.text)
    if piece.kind == "text" and not piece.format.right_to_left:
        return [_text_run(piece.text, piece.format, eastern)]
    properties = run_properties(piece.format, eastern=eastern)
    if piece.kind == "page-number":
        return field("PAGE", piece.text, properties)
    if piece.kind == "page-count":
        return field("NUMPAGES", piece.text, properties)
    if piece.kind == "break":
        return [w("r", properties, w("br"))]
    if piece.kind == "tab":
        return [w("r", properties, w("tab"))]
    if piece.kind == "text" and piece.format.right_to_left:
        return [_run(words, piece.format, right) for words, right in by_script(piece.text)]
    if piece.kind == "note":
        raise ValueError("<note> cannot stand in a running header or footer, or in another note")
    return []


def _run(words: str, format_: Format, right_to_left: bool) -> Element:
    """A run of a text from right to left; Latin words in it are none of that direction."""
    return _text_run(words, replace(format_, right_to_left=right_to_left), eastern=False)


def _text_run(words: str, format_: Format, eastern: bool) -> Element:
    run = copied(_empty_run(format_, eastern))
    run[-1].text = words
    return run


@lru_cache(maxsize=1024)
def _empty_run(format_: Format, eastern: bool) -> Element:
    """A run of a format without its words, to be copied: that is faster than making one."""
    return w("r", run_properties(format_, eastern=eastern), text(""))
