"""The PDF from the HTML of a paper, by WeasyPrint.

In: the checked tree, the bureau's styles and theme. Out: the bytes of a tagged PDF. Nothing is
fetched from anywhere, and whatever WeasyPrint complains of (a missing letter, an unknown property)
is an error, not a line in a log.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree

from briefgen.bureaus.wordings import NUMERALS
from briefgen.errors import BriefgenError, Problem, Source, did_you_mean
from briefgen.render.fonts import families
from briefgen.render.numerals import ATTRIBUTE

Element = etree._Element
Notes = Literal["endnotes", "footnotes"]


_PIXELS_PER_POINT = 96 / 72
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # kana, kanji, hangul
_HELD = 2  # letters of such a text that hold the number of a note: the last, and a full stop


def write(
    tree: Element,
    *,
    styles: Sequence[str],
    theme: Mapping[str, Any],
    page: Mapping[str, Any],
    notes: Notes,
) -> bytes:
    """The PDF of a paper; `styles` are CSS texts, later ones win.

    Raises BriefgenError when WeasyPrint reports anything.
    """
    with _complaints() as found:
        content = _render(to_print(tree, notes, tied=True), [prelude(theme, page), *styles], found)
    if found:
        raise BriefgenError(_problem(message) for message in dict.fromkeys(found))
    return content


@dataclass(frozen=True, slots=True)
class Layout:
    """How long a paper is: its pages, and what stands beyond a page.

    `section` is the id of the section that runs over the end of the last page allowed (empty for
    what stands before the first or after the last), `beyond` the height in millimetres of all that
    stands on later pages, `lines` about how many lines of body text that is.
    """

    pages: int
    section: str = ""
    beyond: float = 0.0
    lines: int = 0


def lay_out(
    tree: Element,
    *,
    styles: Sequence[str],
    theme: Mapping[str, Any],
    page: Mapping[str, Any],
    notes: Notes,
    limit: int,
) -> Layout:
    """The length of a paper against a limit in pages, as the PDF will have it.

    Raises BriefgenError when WeasyPrint reports anything.
    """
    import weasyprint

    fetcher = _closed_fetcher()
    with _complaints() as found:
        html = to_print(tree, notes, tied=True)
        sheets = [prelude(theme, page), *styles]
        css = [weasyprint.CSS(string=sheet, url_fetcher=fetcher) for sheet in sheets]
        source = weasyprint.HTML(string=html, base_url="brief:/", url_fetcher=fetcher)
        document = source.render(stylesheets=css)
    if found:
        raise BriefgenError(_problem(message) for message in dict.fromkeys(found))
    pages = document.pages
    if len(pages) <= limit:
        return Layout(len(pages))
    later = pages[limit:]
    heights = [_height(p) for p in later]
    beyond = sum(heights) * _MM_PER_PIXEL
    line = theme["sizes"]["body"] * theme["line_height"] * 25.4 / 72
    section = _section_at(tree, pages, limit, notes)
    return Layout(len(pages), section, round(beyond, 1), max(1, round(beyond / line)))


def _height(page: Any) -> float:
    """How far down the text of a page reaches from its top margin, in pixels."""
    box = page._page_box
    bottoms = [
        inner.position_y + inner.height
        for child in box.children
        if type(child).__name__ != "MarginBox"
        for inner in child.descendants()
        if type(inner).__name__ == "LineBox"
    ]
    return float(max(bottoms, default=box.content_box_y()) - box.content_box_y())


def _section_at(tree: Element, pages: Sequence[Any], limit: int, notes: Notes) -> str:
    """The section that stands at the end of the last page allowed or begins the next one."""
    ids = [i for h in tree.iter("h2") if (i := h.get("id"))]
    if notes == "endnotes":  # they stand after the last section, under a heading without an id
        ids.append("note-1")
    places = {
        name: (number, anchor[1])
        for number, page in enumerate(pages)
        for name, anchor in page.anchors.items()
        if name in ids
    }
    before = [i for i in ids if i in places and places[i][0] < limit]
    after = [i for i in ids if i in places and places[i][0] >= limit]
    top = pages[limit]._page_box.content_box_y()
    if after and places[after[0]] <= (limit, top + _TOP):
        return after[0].replace("note-1", "notes")
    return before[-1].replace("note-1", "notes") if before else ""


_MM_PER_PIXEL = 25.4 / 96
_TOP = 12.0  # pixels: a heading no further from the top of a page begins it


def _problem(message: str) -> Problem:
    """WeasyPrint's complaint in the words of a colleague."""
    letters = list(dict.fromkeys(re.findall(r"U\+[0-9A-F]{4,6}", message)))
    if ".notdef" in message and letters:
        hint = "name a font that has them in theme.fonts, or write other letters"
        return Problem(Source("PDF"), "", f"no font has {', '.join(letters)}", hint)
    return Problem(Source("PDF"), "", message, "mend the template, the style or the fonts")


def _render(html: str, sheets: Sequence[str], found: list[str]) -> bytes:
    import weasyprint
    from weasyprint.urls import FatalURLFetchingError

    fetcher = _closed_fetcher()
    try:
        styles = [weasyprint.CSS(string=sheet, url_fetcher=fetcher) for sheet in sheets]
        source = weasyprint.HTML(string=html, base_url="brief:/", url_fetcher=fetcher)
        content: bytes = source.write_pdf(stylesheets=styles, pdf_variant="pdf/ua-1")
    except FatalURLFetchingError as error:
        found.append(str(error))
        return b""
    return content


def style_problems(text: str, name: str) -> list[Problem]:
    """What of a style sheet is not understood, with its place."""
    import weasyprint

    with _complaints() as found:
        weasyprint.CSS(string=text, url_fetcher=_closed_fetcher())
    return [_style_problem(message, name) for message in dict.fromkeys(found)]


def _style_problem(message: str, name: str) -> Problem:
    """WeasyPrint's complaint, `Ignored 'colr:red' at 1:3, unknown property.`, with its place."""
    match = re.search(r"(.*) at (\d+):(\d+),? ?(.*)", message, re.DOTALL)
    if not match:
        return Problem(Source(name), "", message, "mend the style")
    what, line, column, why = match.groups()
    said = " ".join(f"{what}: {why}".split())
    property_ = re.search(r"([\w-]+)\s*:", what)
    hint = did_you_mean(property_[1], _properties()) if property_ and "unknown" in why else ""
    return Problem(Source(name, int(line), int(column)), "", said, hint or "mend the style")


def _properties() -> list[str]:
    """The CSS properties that WeasyPrint knows."""
    from weasyprint.css.properties import INITIAL_VALUES

    return [name.replace("_", "-") for name in INITIAL_VALUES]


def to_print(tree: Element, notes: Notes, *, tied: bool = False) -> str:
    """The tree as HTML for print: notes become links to a list, or footnotes.

    `tied` keeps the number of a note on the line of its word, which a browser does by itself.
    """
    root = copy.deepcopy(tree)
    listed: list[Element] = []
    for number, note in enumerate(list(root.iter("note")), 1):
        first = note.get("data-first") == "yes"
        if notes == "footnotes" and first:
            _as_footnote(note)
        else:
            if first:
                listed.append(_list_item(note))
            _as_reference(note, number)
            if tied:
                _tie(note)
    if listed:
        main = root.find(".//main")
        assert main is not None
        main.append(_list(listed))
    for column in root.iter("col"):
        column.set("style", f"width: {column.get('width')}")
        del column.attrib["width"]
    for image in root.iter("img"):
        if width := image.get("width"):
            image.set("style", f"width: {width}mm")
            del image.attrib["width"]
    if name := root.attrib.pop(ATTRIBUTE, ""):
        root.set("style", f"--numerals: {NUMERALS[str(name)].css}")
    body = etree.tostring(root, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{body}"


def _as_footnote(note: Element) -> None:
    number = note.get("data-number") or ""
    tongue = [(name, value) for name in ("lang", "dir") if (value := note.get(name))]
    note.tag = "span"
    note.attrib.clear()
    for name, value in (*tongue, ("class", "footnote")):
        note.set(name, value)
    note.set("id", f"note-{number}")


def _as_reference(note: Element, citing: int) -> None:
    """A note in the text becomes its raised number, linked to the note."""
    number, tail = note.get("data-number") or "", note.tail
    shown = note.get("data-shown") or number
    note.clear()
    note.tag, note.tail = "sup", tail
    note.set("class", "note-ref")
    link = etree.SubElement(note, "a", href=f"#note-{number}", id=f"cited-{citing}")
    link.text = shown


def _tie(note: Element) -> None:
    """Keep a note's number on the line of the word that it stands behind."""
    parent, before = note.getparent(), note.getprevious()
    if parent is None:
        return
    text = (parent.text if before is None else before.tail) or ""
    rest, space, word = text.rpartition(" ")
    if _UNSPACED.search(word):
        rest, space, word = text[:-_HELD], "", text[-_HELD:]
    if not word.strip() or len(word) > 40:
        return
    span = etree.Element("span", {"class": "tied"})
    span.text, span.tail, note.tail = word, note.tail, None
    parent.replace(note, span)
    span.append(note)
    if before is None:
        parent.text = rest + space
    else:
        before.tail = rest + space


def _list_item(note: Element) -> Element:
    item = copy.deepcopy(note)
    item.tag, item.tail = "li", None
    number = item.get("data-number") or ""
    item.attrib.clear()
    item.set("id", f"note-{number}")
    return item


def _list(items: list[Element]) -> Element:
    listed = etree.Element("ol")
    listed.set("class", "notes")
    listed.extend(items)
    return listed


def prelude(theme: Mapping[str, Any], page: Mapping[str, Any]) -> str:
    """The theme as CSS: page geometry, and variables that the style sheets use."""
    fonts, sizes, colours = theme["fonts"], theme["sizes"], theme["colours"]
    listed = {
        name: ", ".join(f'"{family}"' for family in families(fonts, name))
        for name in ("body", "heading")
    }
    variables = [f"--font-{name}: {family}" for name, family in listed.items()]
    variables += [f"--size-{name}: {size}pt" for name, size in sizes.items()]
    note = round(sizes["small"] * _PIXELS_PER_POINT)
    variables += [f"--size-footnote: {note}px", f"--line-footnote: {round(note * 1.27)}px"]
    variables += [f"--colour-{name}: {colour}" for name, colour in colours.items()]
    variables.append(f"--line-height: {theme['line_height']}")
    variables.append(f"--spacing: {theme['spacing']}")
    margins = " ".join(f"{page[f'margin_{s}']}mm" for s in ("top", "right", "bottom", "left"))
    return (
        f"@layer theme {{\n:root {{ {'; '.join(variables)} }}\n"
        f"@page {{ size: {page['width']}mm {page['height']}mm; margin: {margins} }}\n"
        f"@page {{ font-family: {listed['heading']}; font-size: {sizes['small']}pt; "
        f"color: {colours['muted']} }}\n}}\n"
    )


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What WeasyPrint says at warning level or above while the block runs."""
    found: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    log, keeper = logging.getLogger("weasyprint"), Keeper(logging.WARNING)
    before = log.level, log.propagate
    log.addHandler(keeper)
    log.setLevel(logging.WARNING)
    log.propagate = False
    try:
        yield found
    finally:
        log.removeHandler(keeper)
        log.level, log.propagate = before


def _closed_fetcher() -> Any:
    """A fetcher that fetches nothing: a style or image from elsewhere stops the render."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class Closed(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:image/"):
                return super().fetch(url, headers)
            raise FatalURLFetchingError(f"'{url[:60]}' is not part of the bureau's templates")

    return Closed(allowed_protocols=["data"], allow_redirects=False)


def missing_fonts(names: Iterable[str]) -> list[str]:
    """Of these font families, those that this machine does not have."""
    from weasyprint.text.ffi import ffi, fontconfig

    config = fontconfig.FcInitLoadConfigAndFonts()
    result, found = ffi.new("FcResult *"), ffi.new("FcChar8 **")
    missing = []
    for name in names:
        pattern = fontconfig.FcPatternCreate()
        fontconfig.FcPatternAddString(pattern, b"family", name.encode())
        match = fontconfig.FcFontMatch(config, pattern, result)
        families, number = [], 0
        while match and not fontconfig.FcPatternGetString(match, b"family", number, found):
            families.append(ffi.string(ffi.cast("char *", found[0])).decode().casefold())
            number += 1
        if name.casefold() not in families:
            missing.append(name)
        fontconfig.FcPatternDestroy(pattern)
        if match:
            fontconfig.FcPatternDestroy(match)
    fontconfig.FcConfigDestroy(config)
    return missing
