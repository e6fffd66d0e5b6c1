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
from functools import cache
from typing import Any, Literal
from xml.etree import ElementTree

from lxml import etree

from briefgen.confined import is_of_memory
from briefgen.digits import NUMERALS
from briefgen.errors import BriefgenError, Problem, Source, did_you_mean
from briefgen.render import columns, lengthy, tagging
from briefgen.render.contents import PAGE_OF, places
from briefgen.render.fonts import families
from briefgen.render.images import fault_of, held_in
from briefgen.render.layout import Layout
from briefgen.render.measuring import measured
from briefgen.render.numerals import ATTRIBUTE

Element = etree._Element
Notes = Literal["endnotes", "footnotes"]


_PIXELS_PER_POINT = 96 / 72
_MM_PER_POINT = 25.4 / 72
_VARIANT = "pdf/a-"  # with its part and level; PDF/UA-1 is declared beside it: see tagging
BROKEN = "layout"  # the rule of a problem at which the layout engine broke down
_RELATIVE = "Relative URI reference"  # what WeasyPrint says of an address without a scheme
_OUTSIDE = "a style names a file that is not part of the bureau's templates"
_INSIDE = "pictures stand in templates as asset:NAME, fonts are those of the machine"
DATA = "data.json"  # the name of the data in a PDF that holds it
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # kana, kanji, hangul
_KEPT = 256  # parsed style sheets that a process keeps
_HELD = 2  # letters of such a text that hold the number of a note: the last, and a full stop


def warm() -> None:
    """Import WeasyPrint, which takes half a second, before the first paper.

    It looks for its libraries under every name that they have on some system, and each name that
    fails starts the compiler or the linker to ask them. On Linux the right names are found without.
    """
    import ctypes.util
    import sys

    if "weasyprint" in sys.modules or not sys.platform.startswith("linux"):
        import weasyprint
    else:
        asked = ctypes.util.find_library
        ctypes.util.find_library = lambda name: None
        try:
            import weasyprint
        except OSError:
            ctypes.util.find_library = asked
            import weasyprint
        finally:
            ctypes.util.find_library = asked
    assert weasyprint
    columns.install()
    lengthy.install()
    tagging.install()


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
    return laid_here(tree, styles=styles, theme=theme, page=page, notes=notes).pdf()


@dataclass(frozen=True, slots=True)
class Laid:
    """A paper on its pages: what it measures, and its PDF without laying it out anew."""

    layout: Layout
    document: Any
    found: tuple[str, ...] = ()

    def pdf(self, form: str = "2a", data: bytes | None = None) -> bytes:
        """The PDF as PDF/A of a form, `2a` or `3a`; `data` is JSON, which only 3a may hold.

        Raises BriefgenError when WeasyPrint reports anything, now or before.
        """
        assert data is None or form.startswith("3"), "other parts keep the bytes, out of sight"
        with _complaints() as found, _told_in_words():
            content: bytes = self.document.write_pdf(
                pdf_variant=_VARIANT + form,
                attachments=[_attached(data, self.document.metadata.created)] if data else None,
                finisher=tagging.finish,
            )
        _refuse([*self.found, *found])
        return content


def _attached(data: bytes, created: str) -> Any:
    """The data of a paper as a file in its PDF, of the paper's own date."""
    from datetime import datetime

    from weasyprint import Attachment

    day = datetime.fromisoformat(created)
    return Attachment(
        string=data.decode(),
        name=DATA,
        description="The data that this paper was made from",
        relationship="Source",
        created=day,
        modified=day,
    )


def laid_here(
    tree: Element,
    *,
    styles: Sequence[str],
    theme: Mapping[str, Any],
    page: Mapping[str, Any],
    notes: Notes,
) -> Laid:
    """The paper laid out in this process; raises BriefgenError when it cannot be."""
    warm()
    with _complaints() as found, _told_in_words():
        root = _printed(tree, notes, tied=True)
        document = _render(root, [prelude(theme, page), *styles], found)
    if document is None:
        _refuse(found)
    line = theme["sizes"]["body"] * theme["line_height"] * _MM_PER_POINT
    tagging.clickable(document)
    tagging.declare(document, _marking(root))
    named = frozenset(id_ for _, id_ in places(tree))
    return Laid(measured(document, line, named), document, tuple(found))


def _marking(root: Element) -> str:
    """The marking that the head of a paper tells."""
    return next((m.get("content", "") for m in root.iter("meta") if m.get("name") == "marking"), "")


def numbers(
    pages: int, side: str, theme: Mapping[str, Any], page: Mapping[str, Any], numerals: str
) -> bytes:
    """A PDF of numbers alone, in the bottom corner on one side of its pages."""
    import weasyprint

    corner = (
        f"@page {{ size: {page['width']}mm {page['height']}mm; margin: 12mm 14mm;"
        f" @bottom-{side}-corner {{ content: counter(page, {NUMERALS[numerals].css});"
        f" text-align: center; vertical-align: middle; font-weight: 700;"
        f" font-family: {', '.join(families(theme['fonts'], 'heading'))};"
        f" font-size: {theme['sizes']['small']}pt; color: {theme['colours']['accent']} }} }}"
        "p { break-after: page; margin: 0 } p:last-child { break-after: auto }"
    )
    with _complaints() as found:
        html = weasyprint.HTML(string="<p></p>" * pages, url_fetcher=_closed_fetcher())
        content: bytes = html.write_pdf(stylesheets=[weasyprint.CSS(string=corner)])
    _refuse(found)
    return content


def _refuse(found: list[str]) -> None:
    if found:
        raise BriefgenError(_problem(message) for message in dict.fromkeys(found))


@contextmanager
def _told_in_words() -> Iterator[None]:
    """What breaks inside WeasyPrint becomes a problem that says what it was."""
    try:
        yield
    except BriefgenError:
        raise
    except RecursionError:
        what, hint = "is nested too deeply to be laid out", "let fewer elements stand in another"
        raise BriefgenError([Problem(Source("PDF"), "", what, hint, rule=BROKEN)]) from None
    except Exception as error:
        if is_of_memory(error):
            raise
        if _RELATIVE in str(error):
            raise BriefgenError([_problem(str(error))]) from None
        what = f"cannot be laid out: {type(error).__name__}: {str(error)[:200]}"
        hint = "take back what was last changed in the style or the template"
        raise BriefgenError([Problem(Source("PDF"), "", what, hint, rule=BROKEN)]) from error


def _problem(message: str) -> Problem:
    """WeasyPrint's complaint in the words of a colleague."""
    letters = list(dict.fromkeys(re.findall(r"U\+[0-9A-F]{4,6}", message)))
    if ".notdef" in message and letters:
        hint = "name a font that has them in theme.fonts, or write other letters"
        return Problem(Source("PDF"), "", f"no font has {', '.join(letters)}", hint)
    if _RELATIVE in message or "src descriptor" in message:
        return Problem(Source("PDF"), "", _OUTSIDE, _INSIDE)
    return Problem(Source("PDF"), "", message, "mend the template, the style or the fonts")


def _render(root: Element, sheets: Sequence[str], found: list[str]) -> Any:
    from weasyprint.urls import FatalURLFetchingError

    try:
        styles = [_parsed(sheet, found) for sheet in sheets]
        source = _read(root)
        return source.render(stylesheets=styles, font_config=_fonts(), pdf_variant=f"{_VARIANT}2a")
    except FatalURLFetchingError as error:
        found.append(str(error))
        return None


def _read(root: Element) -> Any:
    """The tree as WeasyPrint reads HTML, without writing it down for a parser in between."""
    import cssselect2
    import weasyprint

    class Read(weasyprint.HTML):  # type: ignore[misc]
        def __init__(self) -> None:
            tree = ElementTree.fromstring(etree.tostring(root, encoding="utf-8"))
            self.base_url, self.media_type = "brief:/", "print"
            drawn = (e.get("src") or "" for e in root.iter("img"))
            self.url_fetcher = _closed_fetcher(frozenset(drawn))
            self.wrapper_element = cssselect2.ElementWrapper.from_html_root(
                tree, content_language=None
            )
            self.etree_element = self.wrapper_element.etree_element

    return Read()


_sheets: dict[str, Any] = {}


def _parsed(sheet: str, found: list[str]) -> Any:
    """A style sheet, parsed once a process; one that is complained of is parsed each time, so that
    every paper that wears it is told so."""
    import weasyprint

    if sheet in _sheets:
        return _sheets[sheet]
    before = len(found)
    made = weasyprint.CSS(string=sheet, font_config=_fonts(), url_fetcher=_closed_fetcher())
    if len(found) == before and "@font-face" not in sheet and len(_sheets) < _KEPT:
        _sheets[sheet] = made
    return made


@cache
def _fonts() -> Any:
    """The fonts of this machine, looked up once a process."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


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
    if _RELATIVE in message or "src descriptor" in message:
        return Problem(Source(name, int(line), int(column)), "", _OUTSIDE, _INSIDE)
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
    body = etree.tostring(_printed(tree, notes, tied=tied), encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{body}"


def _printed(tree: Element, notes: Notes, *, tied: bool) -> Element:
    """The tree for print, as elements."""
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
    _as_styles(root)
    if tied:
        _hold_inner_lists(root)
    _unlink_running(root)
    for place, id_ in places(root):
        place.set(PAGE_OF, f"#{id_}")
        place.text = None
    if name := root.attrib.pop(ATTRIBUTE, ""):
        root.set("style", f"--numerals: {NUMERALS[str(name)].css}")
    return root


def _as_styles(root: Element) -> None:
    """What attributes say and WeasyPrint does not look at becomes style."""
    for column in root.iter("col"):
        column.set("style", f"width: {column.get('width')}")
        del column.attrib["width"]
    for listed_on in root.iter("ol"):
        if start := listed_on.get("start"):
            listed_on.set("style", f"counter-reset: list-item {int(start) - 1}")
    for image in root.iter("img"):
        if width := image.get("width"):
            image.set("style", f"width: {width}mm")
            del image.attrib["width"]


def _hold_inner_lists(root: Element) -> None:
    """Put a list that an item goes on behind into a block of its own.

    WeasyPrint 70 tags a list that stands right in an item behind that whole item, so that it would
    be read aloud after what follows it.
    """
    for inner in list(root.iter("ul", "ol")):
        item = inner.getparent()
        last = inner.getnext() is None and not (inner.tail or "").strip()
        if item is None or item.tag != "li" or last:
            continue
        block = etree.Element("div")
        item.replace(inner, block)
        block.tail, inner.tail = inner.tail, None
        block.append(inner)


def _unlink_running(root: Element) -> None:
    """Running headers are no part of the text: what is a link there becomes words alone."""
    zones = (z for z in root.iterfind("body/*") if "running" in (z.get("class") or "").split())
    for link in [link for zone in zones for link in zone.iter("a")]:
        link.tag = "span"
        link.attrib.pop("href", "")


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
    """Keep a note's number on the line of the word that it stands behind.

    Behind a letter or digit of Latin script no line ends; behind a full stop or comma WeasyPrint 70
    would end one, since it looks at that sign and the number alone.
    """
    parent, before = note.getparent(), note.getprevious()
    if parent is None:
        return
    text = (parent.text if before is None else before.tail) or ""
    rest, space, word = text.rpartition(" ")
    if _UNSPACED.search(word):
        rest, space, word = text[:-_HELD], "", text[-_HELD:]
    if not word.strip() or len(word) > 40 or (word[-1].isascii() and word[-1].isalnum()):
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
    variables += [f"--colour-{name}: {colour}" for name, colour in colours.items() if colour]
    variables.append(f"--line-height: {theme['line_height']}")
    variables.append(f"--spacing: {theme['spacing']}")
    margins = " ".join(f"{page[f'margin_{s}']}mm" for s in ("top", "right", "bottom", "left"))
    return (
        f"@layer theme {{\n:root {{ {'; '.join(variables)} }}\n"
        f"@page {{ size: {page['width']}mm {page['height']}mm; margin: {margins} }}\n"
        f"@page {{ font-family: {listed['heading']}; font-size: {sizes['small']}pt; "
        f"color: {colours['muted']} }}\n"
        "q::before, q::after { content: none }\n"  # their marks are in the tree
        # WeasyPrint 70 loses words or says them twice where a page is begun within these.
        ".facts .page-break, table .page-break { break-before: auto !important }\n}\n"
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


def _closed_fetcher(own: frozenset[str] = frozenset()) -> Any:
    """A fetcher that fetches nothing: a style or image from elsewhere stops the render.

    `own` are the addresses that hold the paper's own pictures, drawn here; a PNG or JPEG that is
    written out and whole passes as well.
    """
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class Closed(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            content = None if url in own else held_in(url)
            if url in own or (content is not None and not fault_of(content)[0]):
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
