"""The mark of a paper's inputs: the same mark, the same bytes.

In: the composed data of a paper, the bundle that it is made with, its formats. Out: one sha256.
Where a fact is written (file and line) is no input of the paper, unless a template shows it: a
record that moved down a line makes no new paper, only its manifest tells the new place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from briefgen.packs.bundle import Bundle
from briefgen.phrases import Spoken

_PLACE = frozenset(("file", "line"))
_MARKED = "text and html"


def inputs_of(
    data: Mapping[str, Any], template: str, formats: Sequence[str], bundle: Bundle, installed: str
) -> str:
    """The mark of a paper's inputs; `installed` is that of program, libraries and fonts."""
    shown = marked(data, places=bundle.shows_facts)
    text = json.dumps(
        [template, sorted(formats), bundle.digest, installed, shown], ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def marked(value: Any, *, places: bool = True) -> Any:
    """The data with the marks that its texts bear: which words are in another language.

    Without `places`, the file and line of its facts, near misses and notes to the drafter are left
    out.
    """
    if isinstance(value, str):
        return {_MARKED: [str(value), value.html]} if isinstance(value, Spoken) else value
    if isinstance(value, dict):
        hidden = _PLACE if not places and value.keys() >= _PLACE else ()
        return {k: marked(v, places=places) for k, v in value.items() if k not in hidden}
    if isinstance(value, (list, tuple)):
        return [marked(item, places=places) for item in value]
    return marked(dict(value), places=places) if isinstance(value, Mapping) else value


def unmarked(value: Any) -> Any:
    """What `marked` has made, as it was before."""
    if isinstance(value, Mapping):
        if value.keys() == {_MARKED}:
            return Spoken(*value[_MARKED])
        return {k: unmarked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [unmarked(item) for item in value]
    return value


def placed_anew(manifest: dict[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a paper that stands, its facts at the places where they are written now."""
    places = {
        found["key"]: {name: found[name] for name in _PLACE}
        for part in ("facts", "left_out")
        for found in now[part]
    }
    return {
        **manifest,
        **{
            part: [{**found, **places.get(found["key"], {})} for found in manifest[part]]
            for part in ("facts", "left_out")
        },
    }
