"""The marking of a paper, worked out from all that is in it; and which part of it bears which.

In: the composed data of a paper, whose parts say which record they rest on. Out: its `marking`, the
highest of all its parts; for a scheme with portion marks the same data with each text marked, so
that its paragraph can be. What cannot be laid at one record's door bears the marking of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from briefgen.compose.words import Words
from briefgen.errors import RequestError
from briefgen.markings import Handling, above, banner, joined, ladder_of
from briefgen.phrases import marked_text
from briefgen.records import Line, Marking, Meeting
from briefgen.selection import Selection

Data = dict[str, Any]
_OF_EVENTS = frozenset(("event", "commitment", "past", "avoid"))
_OF_MEETINGS = frozenset(("meeting", "objective"))
_OPEN = frozenset(("status",))  # what treaties' depositaries publish
# Parts without a word from a record, but for names of States and treaties.
_FRAME = frozenset(("paper", "marking", "country", "sections", "dropped", "subject", "about"))
# What is told by the program or of the program, and what may stand in an attribute.
_NO_TEXT = frozenset(
    ("id", "key", "on", "address", "link", "alt", "document", "code", "kind", "rule", "reason",
     "channel", "by", "ask", "treaty", "topic_id", "file", "line", "fact", "record", "severity",
     "unit", "files", "path", "href", "name", "status_id", "records")
)  # fmt: skip


def marking_of(words: Words, paper: Mapping[str, Any], *more: Handling | None) -> Data:
    """The paper's marking: the highest of its parts and of `more`, never below the ministry's."""
    handlings = [*_of_parts(words, paper), *more]
    return worded(words, words.gate.joined(handlings))


def worded(words: Words, handling: Handling) -> Data:
    """A handling as a paper's data tells it: `label` is what stands at head and foot of a page."""
    scheme, home = words.store.scheme, words.store.ministry.country
    ladder = ladder_of(scheme, words.local)
    level = next(level for level in scheme.levels if level.id == handling.level)
    try:
        label = banner(handling, ladder, home)
    except ValueError as error:
        raise RequestError(f"{error}: see scheme '{scheme.id}' in markings.yaml") from None
    return {
        "id": handling.level,
        "label": label,
        "handling": handling.as_data(),
        "align": scheme.align,
        "size": scheme.size or 0,
        "colour": level.colour or "",
        "background": level.background or "",
    }


def of_data(marking: Mapping[str, Any]) -> Handling:
    """The handling that a paper's marking tells."""
    return Handling.of(marking["handling"])


def of_selection(words: Words, *selections: Selection) -> Iterator[Handling | None]:
    """The markings of all events and statements that were chosen."""
    for selection in selections:
        for chosen in (*selection.included, *selection.background):
            yield words.gate.handling(chosen.event.marking)
            for _, statement in chosen.statements:
                yield words.gate.handling(statement.marking, chosen.event.marking)


def raised(words: Words, marking: Data, level: str) -> Data:
    """The marking raised by hand to a level, because the whole tells more than its parts.

    Raises RequestError for a level below what the paper holds: a marking is never lowered.
    """
    own = of_data(marking)
    wanted = Handling(level, own.caveats, own.readers)
    if above(own, wanted, ladder_of(words.store.scheme, words.local)):
        why = f"the paper holds what is marked '{own.level}': '{level}' would lower it"
        raise RequestError(f"{why}; a marking can only be raised by hand")
    return worded(words, wanted)


def fitting_misses(words: Words, misses: Iterable[Data], marking: Data) -> list[Data]:
    """Near misses that are marked no higher than the paper whose data tells of them."""
    ladder = ladder_of(words.store.scheme, words.local)
    own = of_data(marking)
    found = ((miss, handling_at(words, str(miss["key"]))) for miss in misses)
    return [miss for miss, handling in found if handling and not above(handling, own, ladder)]


def of_one_record(key: str) -> bool:
    """Whether a fact's key names one record; what a fact of several rests on, such as a figure or
    a State's answers on a topic, was chosen with it."""
    kind = key.partition(":")[0]
    if kind in _OF_EVENTS:
        return kind == "event" or "#" in key
    return kind in _OF_MEETINGS or kind in ("line", "document")


def handling_at(words: Words, key: str) -> Handling | None:
    """The handling of the record that a fact's key names; None for one that cannot be told."""
    kind, _, rest = key.partition(":")
    id_, _, number = rest.partition("#")
    if kind in _OPEN:
        return words.gate.joined(())
    if kind == "document":
        found = words.store.documents.get(rest)
        return words.gate.handling(found.marking) if found else None
    try:
        if kind in _OF_EVENTS:
            return _of_event(words, id_, number)
        if kind in _OF_MEETINGS:
            meeting = words.store.get(Meeting, "meeting", rest.partition(":")[0])
            return words.gate.handling(meeting.marking)
        if kind == "line":
            return words.gate.handling(words.store.get(Line, "line", rest).marking)
    except KeyError:
        return None  # the record is gone: of an addendum, whose brief was made before
    return None


def _of_event(words: Words, id_: str, number: str) -> Handling | None:
    (event,) = words.store.events([id_])
    own: Marking | None = None
    if number.isdigit() and int(number) <= len(event.statements):
        own = event.statements[int(number) - 1].marking
    return words.gate.handling(own, event.marking)


def _of_parts(words: Words, part: Any) -> Iterator[Handling | None]:
    """The handlings of all records that a paper's parts rest on, those of its sources with them."""
    if isinstance(part, Mapping):
        for key in _keys(part):
            if of_one_record(key):
                yield handling_at(words, key)
        for name, inner in part.items():
            if name not in ("fact", "marking", "near_misses", "papers"):
                yield from _of_parts(words, inner)
    elif isinstance(part, (list, tuple)):
        for inner in part:
            yield from _of_parts(words, inner)


def _keys(part: Mapping[str, Any]) -> Iterator[str]:
    """The records that a part of a paper says it is of."""
    if part.get("records"):  # told apart from the records of what is said beside it
        yield from map(str, part["records"])
        return
    if part.get("fact"):
        yield str(part["fact"]["key"])
    elif part.get("record"):
        yield str(part["record"])
    if part.get("document"):
        yield f"document:{part['document']}"


# -- portions --------------------------------------------------------------------------------------


def with_portions(words: Words, paper: Data) -> Data:
    """The paper with the marking of each of its texts, where the scheme wants portion marks.

    `marking.portions` holds what rendering needs: the scheme, the home State, and the handlings
    that texts bear by number; the first is the lowest, of words that no record gave.
    """
    if not words.store.scheme.portions:
        return paper
    portions = _Portions(words, of_data(paper["marking"]))
    made = {name: portions.of(name, part) for name, part in paper.items()}
    made["paper"] = {**made["paper"], **portions.frame(paper)}
    made["marking"] = {
        **paper["marking"],
        "portions": {
            "ladder": ladder_of(words.store.scheme, words.local),
            "home": words.store.ministry.country,
            "handlings": [handling.as_data() for handling in portions.handlings],
        },
    }
    return made


class _Portions:
    """Marks the texts of one paper."""

    def __init__(self, words: Words, whole: Handling) -> None:
        self.words = words
        self.whole = whole
        self.ladder = ladder_of(words.store.scheme, words.local)
        self.handlings = [words.gate.lowest()]

    def of(self, name: str, part: Any) -> Any:
        """A section of the paper; what stands under no record bears the marking of the whole."""
        if name in _FRAME or name == "near_misses":
            return part
        if name == "sources":
            return [self._marked(d, self._known(f"document:{d['id']}")) for d in part]
        return self._marked(part, self.whole)

    def frame(self, paper: Data) -> dict[str, str]:
        """Title and drafter: those of the meeting or the event, or names that are open."""
        of = next((paper[n] for n in ("meeting", "event") if paper.get(n)), None)
        keys = list(_keys(of)) if isinstance(of, Mapping) else []
        handling = self._known(keys[0]) if keys else self.handlings[0]
        told = {name: paper["paper"].get(name) for name in ("title", "drafter")}
        return {name: self._text(text, handling) for name, text in told.items() if text}

    def _known(self, key: str) -> Handling:
        return handling_at(self.words, key) or self.whole

    def _marked(self, part: Any, handling: Handling) -> Any:
        if isinstance(part, Mapping):
            if keys := list(_keys(part)):
                own = [self._known(key) for key in keys]
                # The place in a document is told by the record that cites it.
                cited = [handling] if part.get("document") else []
                handling = joined([*own, *cited], self.ladder)
            return {
                name: inner if name in _NO_TEXT else self._marked(inner, handling)
                for name, inner in part.items()
            }
        if isinstance(part, (list, tuple)):
            return [self._marked(inner, handling) for inner in part]
        return self._text(part, handling) if isinstance(part, str) and part else part

    def _text(self, text: str, handling: Handling) -> str:
        if handling not in self.handlings:
            self.handlings.append(handling)
        return marked_text(text, self.handlings.index(handling))
