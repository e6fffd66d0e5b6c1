"""The messages of templates: what a catalogue can say in other words.

In: the text of a template, or the list of all messages that comes with briefgen. Out: messages by
their English, each with its forms.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from briefgen.bureaus.chain import Bureau
from briefgen.phrases import read_catalogue

POT = "words.pot"


def messages_of(text: str) -> Iterator[tuple[str, ...]]:
    """The messages of a template: the English, or singular and plural; none of a broken one."""
    from jinja2 import Environment, TemplateSyntaxError
    from jinja2.ext import extract_from_ast

    try:
        tree = Environment(autoescape=True).parse(text)
    except TemplateSyntaxError:
        return
    for _, _, found in extract_from_ast(tree, ("_", "n_")):
        forms = (found,) if isinstance(found, str) else found or ()
        if kept := tuple(form for form in forms if form):
            yield kept


def known_messages(bureau: Bureau) -> dict[str, tuple[str, ...]]:
    """All messages that the papers of a bureau can say, by their English."""
    listed = bureau.find(POT)
    known = dict(_listed(listed)) if listed else {}
    for layer in bureau.layers:
        for path in sorted(layer.glob("*.j2")):
            known |= {forms[0]: forms for forms in messages_of(path.read_text("utf-8"))}
    return known


@cache
def _listed(path: Path) -> dict[str, tuple[str, ...]]:
    _, messages, _ = read_catalogue(path.read_bytes(), path.name, "en")
    return {message.id[0]: message.id for message in messages}
