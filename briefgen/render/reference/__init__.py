"""A bureau's `reference.docx` gives the look: its styles, page, headers and footers.

In: a bureau. Out: a `Dress`: the reference as one paper wears it, filled from its data, for PDF,
HTML and DOCX alike. What differs from the theme is said to both formats from one place.

Which wins, from the weakest: theme, style.css of the layers below and of the reference's own layer,
the reference, style.css of nearer layers; for the page: settings, the reference, what nearer
layers' settings say. `reference-brief.docx` is for the brief alone and goes before `reference.docx`
of the same layer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from briefgen.bureaus import Bureau
from briefgen.bureaus.chain import merged as merged_settings
from briefgen.bureaus.chain import shown
from briefgen.errors import BriefgenError, Problem, Source

if TYPE_CHECKING:
    from briefgen.render.reference.reading import Part, Reference
    from briefgen.render.reference.xml import Element

FILE = "reference.docx"
_LEAST_ROOM = 40  # millimetres between margins
_LARGEST_PAPER = 1200  # millimetres; Word allows half of it


@dataclass(frozen=True)
class Dress:
    """A reference as a paper wears it.

    `styles` is the whole styles.xml, `theme` the theme part; `parts` are headers and footers with
    our style ids, by kind (header, footer) and page (default, first, even); `css` is for the PDF,
    over the style sheets of `layer` and of those below it.
    """

    styles: Element
    theme: bytes | None
    parts: Mapping[tuple[str, str], Part]
    css: str
    layer: Path

    def sheets(self, bureau: Bureau) -> list[str]:
        """The chain's style sheets with this one in its place, whatever their selectors."""
        from briefgen.render.reference.css import layered

        below = bureau.layers[bureau.layers.index(self.layer) :]
        found = bureau.find_all("style.css")[::-1]
        lower = [p.read_text("utf-8") for p in found if p.parent in below]
        upper = [p.read_text("utf-8") for p in found if p.parent not in below]
        return [*layered(lower), self.css, *upper]


def reference_path(bureau: Bureau, paper: str) -> Path | None:
    """The nearest reference for a kind of paper; its own goes before that of all papers."""
    names = (f"reference-{paper}.docx", FILE)
    found = [path for name in names for path in bureau.find_all(name)]
    return min(found, key=lambda path: bureau.layers.index(path.parent), default=None)


def reference_of(bureau: Bureau, paper: str) -> Reference | None:
    """The reference for a kind of paper, if there is one.

    Raises BriefgenError with everything for which it is refused.
    """
    path = reference_path(bureau, paper)
    if path is None:
        return None
    from briefgen.render.docx.safety import read_word_file
    from briefgen.render.reference.reading import read

    return read(shown(path), read_word_file(path, shown(path)))


def with_page(bureau: Bureau, paper: str, reference: Reference) -> Bureau:
    """The bureau with the reference's page; what nearer layers say of the page goes before it.

    Raises BriefgenError where no room is left for words.
    """
    path = reference_path(bureau, paper)
    place = bureau.layers.index(path.parent) if path else 0
    nearer = [
        page
        for own in reversed(bureau.own[:place])
        for page in (own.get("page"), own.get("papers", {}).get(paper, {}).get("page"))
        if page
    ]
    page = merged_settings([bureau.settings["page"], reference.page, *nearer])
    room = (
        page["width"] - page["margin_left"] - page["margin_right"],
        page["height"] - page["margin_top"] - page["margin_bottom"],
    )
    if min(room) < _LEAST_ROOM or max(page["width"], page["height"]) > _LARGEST_PAPER:
        message = f"the page leaves {room[0]:g} by {room[1]:g} mm for words"
        hint = "mend size and margins under Layout in Word"
        raise BriefgenError([Problem(Source(reference.name), "page", message, hint)])
    return replace(bureau, settings={**bureau.settings, "page": page})


def dressed(
    reference: Reference, bureau: Bureau, paper: str, tree: Element, data: Mapping[str, Any]
) -> tuple[Element, Dress]:
    """The tree of a paper with the reference's header and footer in it, and its dress.

    The headers and footers of a template whose class is `own` stay as they are. Raises
    BriefgenError with every placeholder that cannot be filled.
    """
    from briefgen.phrases import direction
    from briefgen.render.docx.styles import styles_xml
    from briefgen.render.html import settings_for
    from briefgen.render.reference import css
    from briefgen.render.reference.filling import fill
    from briefgen.render.reference.looks import Looks
    from briefgen.render.reference.merging import merge, renamed
    from briefgen.render.reference.zones import Zones

    page = bureau.settings["page"]
    language = tree.get("lang") or "en"
    rtl = tree.get("dir") == "rtl" or direction(language) == "rtl"
    width = float(page["width"] - page["margin_left"] - page["margin_right"])
    made = styles_xml(bureau.settings["theme"], language, rtl, width)
    old = Looks(copy.deepcopy(made), reference.scheme)
    ids = merge(made, reference)
    new = Looks(made, reference.scheme, old)
    kept = _kept(tree)
    own = {
        key: replace(part, blocks=renamed(part.blocks, ids))
        for key, part in reference.parts.items()
        if key[0] not in kept
    }
    phrases: dict[str, Callable[..., Any]] = {"_": bureau.phrases.say, "n_": bureau.phrases.counted}
    values = {**data, "settings": settings_for(bureau)}
    parts = fill(replace(reference, parts=own), values, phrases)
    tree = copy.deepcopy(tree)
    css.annotate(tree)
    sheet = css.style_sheet(tree, new, old)
    alt = str((data.get("paper") or {}).get("ministry") or "letterhead")
    placed = Zones(new, page, alt).show(tree, parts, rtl=rtl)
    path = reference_path(bureau, paper)
    layer = path.parent if path else bureau.layers[0]
    return tree, Dress(made, reference.theme, parts, f"{sheet}\n{placed}\n", layer)


def _kept(tree: Element) -> set[str]:
    """The kinds of running parts (header, footer) that the template keeps for itself."""
    return {
        kind
        for kind in ("header", "footer")
        for element in tree.iterfind(f"body/{kind}")
        if {"running", "own"} <= set((element.get("class") or "").split())
    }
