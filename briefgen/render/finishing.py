"""The last touches on a paper's tree, by the bureau's settings: pictures, spelling, numbers.

In: the checked tree and the bureau. Out: the same tree, changed in place, so that PDF and DOCX both
show it: the bureau's pictures put in, words spelt its way, headings numbered, quotations marked.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping

from lxml import etree

from briefgen.bureaus import Bureau
from briefgen.render.images import held_in, picture
from briefgen.render.quoting import quote
from briefgen.render.spacing import FULL_WIDTH, close_up

Element = etree._Element
_QUOTED = frozenset(("cite", "q", "title", "note"))
_EN_SPACE = "\u2002"


def finish(root: Element, bureau: Bureau) -> None:
    """Apply the settings that no template needs to know of."""
    settings = bureau.settings
    for image in root.iter("img"):
        put_in(image, bureau)
    if settings.get("spelling"):
        respell(root, settings["spelling"])
    if settings.get("numbering") == "decimal":
        number_headings(root)
    quote(root)
    if bureau.language in FULL_WIDTH:
        close_up(root)


def put_in(image: Element, bureau: Bureau) -> None:
    """Put a picture of the bureau's, or one written out, into the tree, bare of what a camera or a
    drawing program wrote into it."""
    source = image.get("src") or ""
    path = bureau.find(source.removeprefix("asset:")) if source.startswith("asset:") else None
    bare = picture((path.read_bytes() if path else held_in(source)) or b"")
    if bare is not None:
        code = base64.b64encode(bare.content).decode()
        image.set("src", f"data:image/{bare.kind};base64,{code}")


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
    """Number the headings below the title: 1, 1.1, 1.1.1; the heading of the notes has none. A
    table of contents says the same numbers."""
    counts = [0, 0, 0]
    numbers: dict[str, str] = {}
    for heading in root.iter("h2", "h3", "h4"):
        if "notes-heading" in (heading.get("class") or "").split():
            continue
        level = int(str(heading.tag)[1]) - 2
        counts[level] += 1
        counts[level + 1 :] = [0] * (2 - level)
        number = ".".join(str(count) for count in counts[: level + 1])
        heading.text = f"{number}{_EN_SPACE}{heading.text or ''}"
        numbers[f"#{heading.get('id')}"] = number
    for link in (link for nav in root.iter("nav") for link in nav.iter("a")):
        if number := numbers.get(link.get("href") or "", ""):
            link.text = f"{number}{_EN_SPACE}{link.text or ''}"
