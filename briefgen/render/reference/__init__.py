"""A bureau's `reference.docx` gives the look: its styles, page, headers and footers.

In: a bureau, or the bytes of a Word file. Out: a `Reference`, what is wrong with it, and a `Dress`:
the reference as one paper wears it, filled from its data, for PDF, HTML and DOCX alike. What
differs from the theme is said to both formats from one place.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from briefgen.bureaus import Bureau
from briefgen.bureaus.chain import merged as merged_settings
from briefgen.bureaus.chain import shown
from briefgen.errors import BriefgenError, Problem, Severity, Source
from briefgen.render.reference.reading import Part, Reference, read
from briefgen.render.reference.xml import NS, Element, val

FILE = "reference.docx"
__all__ = [
    "FILE",
    "Dress",
    "Reference",
    "bureau_problems",
    "dressed",
    "problems",
    "read",
    "reference_of",
    "with_page",
]


@dataclass(frozen=True)
class Dress:
    """A reference as a paper wears it.

    `styles` is the whole styles.xml, `theme` the theme part; `parts` are headers and footers with
    our style ids, by kind (header, footer) and page (default, first, even); `css` is for the PDF.
    """

    styles: Element
    theme: bytes | None
    parts: Mapping[tuple[str, str], Part]
    css: str

    def sheets(self, bureau: Bureau) -> list[str]:
        """The chain's style sheets with this one in its place.

        It wins over the style.css of its own layer and of those below, whatever their selectors;
        those of nearer layers come after it.
        """
        from briefgen.render.reference.css import layered

        place = _layer(bureau)
        below = [layer / "style.css" for layer in bureau.layers[place:]]
        found = bureau.find_all("style.css")
        lower = [p.read_text("utf-8") for p in reversed(found) if p in below]
        upper = [p.read_text("utf-8") for p in reversed(found) if p not in below]
        return [*layered(lower), self.css, *upper]


def reference_of(bureau: Bureau) -> Reference | None:
    """The nearest reference of a bureau's chain, if there is one.

    Raises BriefgenError with everything for which it is refused.
    """
    path = bureau.find(FILE)
    return read(shown(path), path.read_bytes()) if path else None


def _layer(bureau: Bureau) -> int:
    """Which of a bureau's layers holds its reference."""
    path = bureau.find(FILE)
    return bureau.layers.index(path.parent) if path else len(bureau.layers)


def with_page(bureau: Bureau, paper: str, reference: Reference) -> Bureau:
    """The bureau with the reference's page; what nearer layers say of the page goes before it."""
    nearer = [
        page
        for own in reversed(bureau.own[: _layer(bureau)])
        for page in (own.get("page"), own.get("papers", {}).get(paper, {}).get("page"))
        if page
    ]
    page = merged_settings([bureau.settings["page"], reference.page, *nearer])
    return replace(bureau, settings={**bureau.settings, "page": page})


def dressed(
    reference: Reference, bureau: Bureau, tree: Element, data: Mapping[str, Any]
) -> tuple[Element, Dress]:
    """The tree of a paper with the reference's header and footer in it, and its dress.

    The headers and footers of a template whose class is `own` stay as they are. Raises
    BriefgenError with every placeholder that cannot be filled.
    """
    from briefgen.phrases import direction
    from briefgen.render.docx.styles import styles_xml
    from briefgen.render.reference import css
    from briefgen.render.reference.filling import fill
    from briefgen.render.reference.looks import Looks
    from briefgen.render.reference.merging import merge, renamed
    from briefgen.render.reference.zones import Zones

    settings = bureau.settings
    theme, page = settings["theme"], settings["page"]
    language = tree.get("lang") or "en"
    rtl = tree.get("dir") == "rtl" or direction(language) == "rtl"
    width = float(page["width"] - page["margin_left"] - page["margin_right"])
    made = styles_xml(theme, language, rtl, width)
    ours = copy.deepcopy(made)
    ids = merge(made, reference)
    phrases: dict[str, Callable[..., Any]] = {"_": bureau.phrases.say, "n_": bureau.phrases.counted}
    values = {**data, "settings": settings}
    own = {
        key: replace(part, blocks=renamed(part.blocks, ids))
        for key, part in reference.parts.items()
        if key[0] not in _kept(tree)
    }
    parts = fill(replace(reference, parts=own), values, phrases)
    tree = copy.deepcopy(tree)
    css.annotate(tree)
    old = Looks(ours, reference.scheme)
    new = Looks(made, reference.scheme, old)
    sheet = css.style_sheet(tree, new, old)
    alt = str((data.get("paper") or {}).get("ministry") or "letterhead")
    placed = Zones(new, page, alt).show(tree, parts, rtl=rtl)
    return tree, Dress(made, reference.theme, parts, f"{sheet}\n{placed}\n")


def _kept(tree: Element) -> set[str]:
    """The kinds of running parts (header, footer) that the template keeps for itself."""
    return {
        kind
        for kind in ("header", "footer")
        for element in tree.iterfind(f"body/{kind}")
        if {"running", "own"} <= set((element.get("class") or "").split())
    }


def problems(name: str, content: bytes, theme: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a reference, all at once; `name` is the file as messages tell it."""
    from briefgen.render.docx.styles import styles_xml
    from briefgen.render.reference.filling import placeholder_problems
    from briefgen.render.reference.merging import missing

    try:
        reference = read(name, content)
    except BriefgenError as error:
        return error.problems
    found = [*reference.problems, *placeholder_problems(reference)]
    made = styles_xml(theme, "en", False, 100)
    lacking = missing(made, reference)
    if lacking:
        message = f"lacks {len(lacking)} styles of our papers: {', '.join(lacking)}"
        hint = "these look as the theme of bureau.yaml says; a style of that name would be taken"
        found.append(Problem(Source(name), "styles", message, hint, Severity.WARNING))
    return [*found, *_letter_problems(reference, made)]


def _letter_problems(reference: Reference, made: Element) -> Iterator[Problem]:
    """Fonts that this machine does not have, and lines too close for their letters."""
    from briefgen.render.pdf import missing_fonts
    from briefgen.render.reference.looks import Looks
    from briefgen.render.reference.merging import merge

    old = Looks(copy.deepcopy(made), reference.scheme)
    merge(made, reference)
    new = Looks(made, reference.scheme)
    asked: dict[str, str] = {}
    for id_ in new.styles:
        if new.cut_off(id_):
            message = "sets its lines so close that letters are cut off"
            hint = "in Word: Modify Style > Format > Paragraph > Line spacing: At least"
            name = val(new.styles[id_].find("w:name", NS)) or ""
            yield Problem(Source(reference.name), name, message, hint, Severity.WARNING)
        theirs = old.paragraph(id_ if id_ in old.styles else "Normal")["font-family"].split(", ")
        for font in new.paragraph(id_)["font-family"].split(", "):
            if font not in theirs:
                asked.setdefault(font.strip('"'), theirs[0].strip('"'))
    for font in missing_fonts(asked):
        message = f"asks for the font {font}, which this machine does not have"
        hint = f"the PDF shows {asked[font]} in its place; install the font or choose another"
        yield Problem(Source(reference.name), "fonts", message, hint, Severity.WARNING)


def bureau_problems(bureau: Bureau) -> list[Problem]:
    """What is wrong with the references of a chain."""
    theme = bureau.settings["theme"]
    paths: list[Path] = bureau.find_all(FILE)
    return [p for path in paths for p in problems(shown(path), path.read_bytes(), theme)]
