"""The last touches on a paper's tree, by the bureau's settings: pictures, spelling, numbers.

In: the checked tree and the bureau. Out: the same tree, changed in place, so that PDF and DOCX both
show it: the bureau's pictures put in, words spelt its way, headings numbered.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping

from lxml import etree

from briefgen.bureaus import Bureau
from briefgen.render.spacing import FULL_WIDTH, close_up

Element = etree._Element
_QUOTED = frozenset(("cite", "q", "title", "note"))
_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_EN_SPACE = "\u2002"
_LATIN = "A-Za-z\u00c0-\u024f"
_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff"
# From a Latin letter, with what opens before it, to the last one before letters of the other way.
_RUN = re.compile(rf"[\[(“‘«]?[{_LATIN}](?:[^{_RIGHT_TO_LEFT}]*[{_LATIN}0-9\])”’»%])?")
_WHOLE = frozenset(("img", "meta", "title", "col"))


def finish(root: Element, bureau: Bureau) -> None:
    """Apply the settings that no template needs to know of."""
    settings = bureau.settings
    for image in root.iter("img"):
        source = image.get("src") or ""
        path = bureau.find(source.removeprefix("asset:")) if source.startswith("asset:") else None
        if path is not None:
            kind = _TYPES.get(path.suffix.lower(), "image/png")
            image.set("src", f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}")
    if settings.get("spelling"):
        respell(root, settings["spelling"])
    if settings.get("numbering") == "decimal":
        number_headings(root)
    if bureau.language in FULL_WIDTH:
        close_up(root)


def respell(root: Element, spelling: Mapping[str, str]) -> None:
    """Spell whole words another way, in any case; titles, quotations, addresses and other
    languages than the paper's stay as they are."""
    words = {word.casefold(): other for word, other in spelling.items()}
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)

    def other(match: re.Match[str]) -> str:
        return _in_case(words[match.group().casefold()], match.group())

    on_texts(root, lambda text: pattern.sub(other, text))


def _in_case(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word


def on_texts(root: Element, change: Callable[[str], str]) -> None:
    """Change the words of a paper that are its own: none quoted, none in another language."""
    language = root.get("lang")

    def walk(element: Element) -> None:
        own = element.get("lang") in (None, language)
        address = element.tag == "a" and (element.get("href") or "").startswith("http")
        if own and not address and element.tag not in _QUOTED:
            if element.text:
                element.text = change(element.text)
            for child in element:
                walk(child)
                if child.tail:
                    child.tail = change(child.tail)

    body = root.find("body")
    if body is not None:
        walk(body)


def number_headings(root: Element) -> None:
    """Number the headings below the title: 1, 1.1, 1.1.1; the heading of the notes has none."""
    counts = [0, 0, 0]
    for heading in root.iter("h2", "h3", "h4"):
        if "notes-heading" in (heading.get("class") or "").split():
            continue
        level = int(str(heading.tag)[1]) - 2
        counts[level] += 1
        counts[level + 1 :] = [0] * (2 - level)
        number = ".".join(str(count) for count in counts[: level + 1])
        heading.text = f"{number}{_EN_SPACE}{heading.text or ''}"


def isolate(root: Element) -> None:
    """In a paper from right to left, set every run of Latin letters apart, left to right.

    Else a full stop or a bracket at its end would jump to its other side (UAX #9).
    """
    body = root.find("body")
    for element in list(body.iter()) if body is not None else ():
        if not isinstance(element.tag, str) or element.tag in _WHOLE or _set_apart(element):
            continue
        if element.text and _RUN.search(element.text):
            text, element.text = element.text, None
            _put(element, 0, text)
        for child in list(element):
            if child.tail and _RUN.search(child.tail):
                text, child.tail = child.tail, None
                _put(element, element.index(child) + 1, text, child)


def _set_apart(element: Element) -> bool:
    """Whether an element, or one around it, runs from left to right already."""
    around = (element, *element.iterancestors())
    return any(a.get("dir") == "ltr" for a in around)


def _put(parent: Element, index: int, text: str, before: Element | None = None) -> None:
    """Put a text into a parent at a place, its Latin runs each in a span of its own."""
    last, position = before, 0
    for match in _RUN.finditer(text):
        plain = text[position : match.start()]
        if last is None:
            parent.text = (parent.text or "") + plain
        else:
            last.tail = (last.tail or "") + plain
        span = etree.Element("span", {"dir": "ltr"})
        span.text = match.group()
        parent.insert(index, span)
        last, index, position = span, index + 1, match.end()
    if last is not None:
        last.tail = (last.tail or "") + text[position:]
