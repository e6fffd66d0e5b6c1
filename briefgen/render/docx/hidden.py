"""Styles of a Word file that hide the words in them.

In: the XML of its styles. Out: the ids of the styles by which Word shows nothing, whether they say
so themselves or rest on one that does.
"""

from __future__ import annotations

from lxml import etree

Element = etree._Element
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OFF = frozenset(("0", "false", "off", "none"))


def hidden_styles(styles: Element) -> frozenset[str]:
    """The ids of the styles that hide words."""
    own: dict[str, bool | None] = {}
    below: dict[str, str] = {}
    for style in styles.iter(f"{_W}style"):
        id_ = style.get(f"{_W}styleId") or ""
        own[id_] = hides(style.find(f"{_W}rPr"))
        base = style.find(f"{_W}basedOn")
        below[id_] = (base.get(f"{_W}val") or "") if base is not None else ""
    return frozenset(id_ for id_ in own if _hidden(id_, own, below))


def hides(properties: Element | None) -> bool | None:
    """Whether the properties of a run hide its words; None where they say nothing of it."""
    mark = properties.find(f"{_W}vanish") if properties is not None else None
    return None if mark is None else (mark.get(f"{_W}val") or "1") not in _OFF


def _hidden(id_: str, own: dict[str, bool | None], below: dict[str, str]) -> bool:
    seen: set[str] = set()
    while id_ in own and id_ not in seen:
        seen.add(id_)
        if (said := own[id_]) is not None:
            return said
        id_ = below[id_]
    return False
