"""The reference's styles over those of the theme, by name.

In: the styles that the theme makes, and a reference. Out: one list of styles: each as the reference
defines it, if it does, with all that it rests on; else as the theme does.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

from briefgen.render.reference.reading import Part, Reference
from briefgen.render.reference.xml import NS, Element, make, q, val

# What no bureau sets by hand, and what every Word file has.
_GIVEN = frozenset(("default paragraph font", "normal table", "no list", "brief table"))


def name_of(style: Element) -> str:
    """The name of a style in small letters."""
    return (val(style.find("w:name", NS)) or "").casefold()


def missing(made: Element, reference: Reference) -> list[str]:
    """The styles of our papers that the reference does not define, as Word names them."""
    return [
        val(style.find("w:name", NS)) or ""
        for style in made.iterfind("w:style", NS)
        if name_of(style) not in _GIVEN and not _fits(style, reference)
    ]


def _fits(style: Element, reference: Reference) -> bool:
    other = reference.styles.get(name_of(style))
    return other is not None and val(other, "type") == val(style, "type")


def merge(made: Element, reference: Reference) -> dict[str, str]:
    """Put the reference's definitions into `made`; returns our id for each id of the reference."""
    return _Merger(made, reference).merge()


class _Merger:
    """Takes styles one by one, each with what it rests on."""

    def __init__(self, made: Element, reference: Reference) -> None:
        self.made = made
        self.reference = reference
        self.ours = {name_of(style): style for style in made.iterfind("w:style", NS)}
        self.ids = {name: val(style, "styleId") or "" for name, style in self.ours.items()}
        self.extra: dict[str, Element] = {}

    def merge(self) -> dict[str, str]:
        defaults = self.made.find("w:docDefaults", NS)
        if defaults is not None:
            self._defaults(defaults)
        for name, style in self.ours.items():
            if name not in _GIVEN and _fits(style, self.reference):
                parent = style.getparent()
                assert parent is not None
                parent.replace(style, self._taken(name, style))
        for part in self.reference.parts.values():
            for id_ in used_styles(part):
                self._id(id_)
        self.made.extend(self.extra.values())
        known = {val(style, "styleId") for style in self.made.iterfind("w:style", NS)}
        for style in self.made.iterfind("w:style", NS):
            following = style.find("w:next", NS)
            if following is not None and val(following) not in known:
                style.remove(following)
        return {id_: self.ids[n] for id_, n in self.reference.ids.items() if n in self.ids}

    def _defaults(self, ours: Element) -> None:
        """The reference's defaults with the paper's language."""
        taken = copy.deepcopy(self.reference.defaults)
        language = ours.find("w:rPrDefault/w:rPr/w:lang", NS)
        run = taken.find("w:rPrDefault/w:rPr", NS)
        if language is not None and run is not None:
            run.append(copy.deepcopy(language))
        parent = ours.getparent()
        assert parent is not None
        parent.replace(ours, taken)

    def _taken(self, name: str, ours: Element | None) -> Element:
        """The reference's style under our id, resting on styles that are here."""
        made = copy.deepcopy(self.reference.styles[name])
        made.set(q("w:styleId"), self.ids[name])
        if ours is not None:
            shown, said = made.find("w:name", NS), ours.find("w:name", NS)
            if shown is not None and said is not None:
                shown.set(q("w:val"), val(said) or "")
            _with_level(made, ours)
        based = made.find("w:basedOn", NS)
        if based is not None:
            other = self._id(val(based) or "")
            if other and other != self.ids[name]:
                based.set(q("w:val"), other)
            else:
                made.remove(based)
        following = made.find("w:next", NS)
        if following is not None:
            other = self.ids.get(self.reference.ids.get(val(following) or "", ""), "")
            following.set(q("w:val"), other)
        return made

    def _id(self, theirs: str) -> str:
        """Our id for a style of the reference; one that is not here yet is taken."""
        name = self.reference.ids.get(theirs, "")
        if not name:
            return ""
        if name not in self.ids:
            self.ids[name] = f"Reference{len(self.extra) + 1}"
            self.extra[name] = make("w:style")  # its place, should it rest on itself
            self.extra[name] = self._taken(name, None)
        return self.ids[name]


def _with_level(made: Element, ours: Element) -> None:
    """A heading stays one for the table of contents and for screen readers."""
    level = ours.find("w:pPr/w:outlineLvl", NS)
    properties = made.find("w:pPr", NS)
    if level is None or (
        properties is not None and properties.find("w:outlineLvl", NS) is not None
    ):
        return
    if properties is None:
        properties = make("w:pPr")
        run = made.find("w:rPr", NS)
        if run is not None:
            run.addprevious(properties)
        else:
            made.append(properties)
    properties.append(copy.deepcopy(level))


def used_styles(part: Part) -> Iterator[str]:
    """The reference's ids of the styles that a header or footer uses."""
    for block in part.blocks:
        for element in block.iter(q("w:pStyle"), q("w:rStyle"), q("w:tblStyle")):
            if id_ := val(element):
                yield id_


def renamed(blocks: list[Element], ids: dict[str, str]) -> list[Element]:
    """Copies of paragraphs and tables that name styles by our ids; unknown styles are none."""
    made = [copy.deepcopy(block) for block in blocks]
    for block in made:
        for element in list(block.iter(q("w:pStyle"), q("w:rStyle"), q("w:tblStyle"))):
            id_, parent = ids.get(val(element) or ""), element.getparent()
            if id_:
                element.set(q("w:val"), id_)
            elif parent is not None:
                parent.remove(element)
    return made
