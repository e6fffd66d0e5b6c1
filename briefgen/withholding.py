"""What a release must not hold: every text of every record that may not pass its gate.

In: the store and a `Release`. Out: the texts, each with the record and field that it is of, and the
check that nothing else tells the same. A text that an open record tells too, or that the program's
own words hold, gives nothing away and is not looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from briefgen import records as r
from briefgen.gate import Gate, Release
from briefgen.store import Store

Entry = dict[str, Any]
_LEAST = 4  # letters below which a text is found everywhere by chance
_LONG = 60  # letters from which parts of a text are looked for as well
_PART = 24  # the least letters of such a part
# Fields that hold a word of a closed list, a date, a code, or the id of another record.
_CODES = frozenset(
    ("origin", "country", "date", "end", "retrieved", "due", "done", "channel", "kind", "series",
     "level", "by", "act", "ask", "of", "of_groups", "topic", "treaty", "treaties", "official",
     "speaker", "document", "marking", "target_countries", "target_groups", "precision", "status",
     "verb", "event", "valid_from", "valid_until", "on", "audience", "names", "releasable_to")
)  # fmt: skip


@dataclass(slots=True)
class Withheld:
    """The texts that may not be found: `{what, text, whole}`; `open` is all that may, squeezed."""

    entries: list[Entry] = field(default_factory=list)
    open: str = ""

    def __bool__(self) -> bool:
        return bool(self.entries)

    def gives_away(self, entry: Mapping[str, Any]) -> bool:
        """Whether a text is told nowhere in what may be told, so that finding it is a leak."""
        return squeezed(str(entry["text"])) not in self.open


def withheld_from(store: Store, release: Release) -> Withheld:
    """Every text of the record that may not pass to the readers of a release.

    All fields of a record count, its id too; `what` names record and field, never the text.
    """
    found = Withheld()
    if not release.limits:
        return found
    gate = Gate(store, Release(release.ceiling, release.readers, release.on))
    told: list[str] = list(_common(store))
    for key, record, markings in _marked(store):
        texts = list(_texts(record, ()))
        # Nothing of an event that may not pass does, however its statements are marked.
        if gate.passes(key, *markings) and gate.passes(key, markings[-1]):
            told += [text for _, text in texts]
        else:
            found.entries += [e for path, text in texts for e in _entries(key, path, text)]
    found.open = "\n".join(map(squeezed, told))
    return found


def squeezed(text: str) -> str:
    """The letters and digits of a text alone, without case."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _marked(store: Store) -> Iterator[tuple[str, BaseModel, tuple[r.Marking | None, ...]]]:
    """Every record that bears a marking, with its key; an event and its statements apart."""
    for event in store.all(r.Event, "event"):
        yield f"event:{event.id}", event.model_copy(update={"statements": ()}), (event.marking,)
        for number, statement in enumerate(event.statements, 1):
            yield f"event:{event.id}#{number}", statement, (statement.marking, event.marking)
    for line in store.all(r.Line, "line"):
        yield f"line:{line.id}", line, (line.marking,)
    for meeting in store.all(r.Meeting, "meeting"):
        yield f"meeting:{meeting.id}", meeting, (meeting.marking,)
    for document in store.all(r.Document, "document"):
        yield f"document:{document.id}", document, (document.marking,)


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The texts of a record, each with the path of its field."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in _CODES:
                yield from _texts(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, (*path, str(name)))
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value, 1):
            yield from _texts(inner, (*path, str(number)))
    elif isinstance(value, str):
        yield ".".join(path), str(value)


def _entries(key: str, path: str, text: str) -> Iterator[Entry]:
    """A text to be looked for, and the parts of a long one, in case that it was cut."""
    if len(squeezed(text)) < _LEAST:
        return
    what = f"{key}, {path}"
    yield {"what": what, "text": text, "whole": True}
    if len(text) > _LONG or "{" in text:
        for part in re.split(r"[.;:!?…。；]\s*|,\s+|\{\w*\}", text):
            if _PART <= len(squeezed(part)) < len(squeezed(text)):
                yield {"what": what, "text": part, "whole": False}


def _common(store: Store) -> Iterable[str]:
    """What is told whatever the marking: names of the house, of States, treaties and people."""
    for kind, model in (
        ("level", r.Term), ("kind", r.Term), ("topic", r.Term), ("act", r.Act), ("ask", r.Ask),
        ("series", r.Series), ("place", r.Term), ("qualifier", r.Term), ("abbreviation", r.Term),
        ("group", r.Group), ("treaty", r.Treaty), ("official", r.Official), ("rung", r.Rung),
        ("country", r.CountryEntry), ("ministry", r.Ministry),
    ):  # fmt: skip
        for record in store.all(model, kind):
            yield from (text for _, text in _texts(record, ()))
    yield from store.countries.spellings()
    for path in sorted((store.workspace / "templates").rglob("*.po*")):
        yield from _phrases(path)


def _phrases(path: Path) -> Iterator[str]:
    """The fixed words of papers in one catalogue, with what they are said as."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            messages = list(read_po(file))
    except (OSError, ValueError, PoFileError):
        return  # `bureau check` tells of it; a phrase less makes the scan only stricter
    for message in messages:
        for said in (message.id, message.string):
            yield from said if isinstance(said, (list, tuple)) else (said or "",)
