"""YAML without surprises: every scalar is text, and every value knows its place.

In: the text of a YAML file. Out: plain data plus a `Place` tree that gives line and column of each
key and value. Aliases, tags, duplicate keys and deep nesting are problems, all told at once.
`NO`, `012` and `12:30` stay as written (YAML 1.1 readers make them false, ten and 750).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import islice
from typing import Any

import yaml

from briefgen import letters
from briefgen.errors import Problem, Source
from briefgen.loading.encoding import Told

MAX_DEPTH = 32
_COMMA_HINT = "inside { } and [ ] a text with a comma needs quotes around it"
_PLAIN_TAGS = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}
_Base: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_Base):  # type: ignore[misc]  # which base it is shows only on the machine
    """PyYAML's loader in which every plain value is text, told without asking its resolvers.

    It asks its resolvers for every node that it goes into and out of. The C loader recurses without
    a bound of its own, so that is where depth is counted, whatever form it is written in.
    """

    _depth = 0

    def resolve(self, kind: Any, value: object, implicit: object) -> str:
        return _PLAIN_TAGS[kind]

    def descend_resolver(self, current_node: Any, current_index: object) -> None:
        """Nothing is resolved by its path; raises YAMLError for what stands too deep."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeep(current_node.start_mark)

    def ascend_resolver(self) -> None:
        """Nothing is resolved by its path."""
        self._depth -= 1


class _TooDeep(yaml.MarkedYAMLError):
    """A list or map stands within too many others."""

    def __init__(self, mark: Any) -> None:
        super().__init__(problem=f"nested too deeply, beyond {MAX_DEPTH} levels", problem_mark=mark)


class Place:
    """Where a value stands: its own line and column from 1, its key's, and those of its parts."""

    __slots__ = ("column", "key", "line", "parts")

    def __init__(self, line: int, column: int, key: tuple[int, int] | None = None) -> None:
        self.line = line
        self.column = column
        self.key = key
        self.parts: Mapping[str | int, Place] = _NO_PARTS

    def find(self, path: tuple[str | int, ...], *, of_key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `path`, or of the nearest value above it that exists."""
        place = self
        for step in path:
            if step not in place.parts:
                return place.line, place.column
            place = place.parts[step]
        return place.key if of_key and place.key else (place.line, place.column)


_NO_PARTS: Mapping[str | int, Place] = {}  # shared by all values that have none


class _Converter:
    """Turns YAML nodes into data and places, gathering problems."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems = Told()
        self._seen: set[int] = set()

    def convert(self, node: Any, key: tuple[int, int] | None = None) -> tuple[Any, Place]:
        mark, kind = node.start_mark, type(node)
        place = Place(mark.line + 1, mark.column + 1, key)
        if id(node) in self._seen:
            self._report(place, "an alias (*name) repeats another value", "write the value out")
            return None, place
        self._seen.add(id(node))
        if node.tag != _PLAIN_TAGS[kind]:
            self._report(place, f"the tag '{node.tag[:80]}' is not read", "write plain text")
            return None, place
        if kind is yaml.ScalarNode:
            return self._scalar(node, place), place
        if kind is yaml.MappingNode:
            return self._mapping(node, place), place
        return self._sequence(node, place), place

    def _scalar(self, node: Any, place: Place) -> str | None:
        """The text as written; an empty plain scalar, `~` and `null` mean that nothing is given."""
        text: str = node.value
        if not node.style and text in ("", "~", "null"):
            return None
        if node.style == '"':  # its \\u and the like are letters that the file does not show
            text = unicodedata.normalize("NFC", text)
            for fault in islice(letters.faults(text), 3):
                self._report(place, fault.message, fault.hint)
        if len(text) > letters.MOST_WORD:
            for fault in islice(letters.long_words(text), 3):
                self._report(place, fault.message, fault.hint)
        return text

    def _mapping(self, node: Any, place: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        parts: dict[str | int, Place] = {}
        place.parts = parts
        for key_node, value_node in node.value:
            mark = key_node.start_mark
            at = (mark.line + 1, mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(Place(*at), "a key must be plain text", "write 'key: value'")
                continue
            key = str(key_node.value)
            if key_node.style:
                key = self._scalar(key_node, Place(*at)) or ""
            value, part = self.convert(value_node, at)
            if key in parts:
                first = parts[key].key
                line = first[0] if first else place.line
                hint = f"it is first given on line {line}"
                self._report(Place(*at), f"'{key[:80]}' is given twice", hint)
                continue
            parts[key] = part
            if value is not None:
                data[key] = value
            elif node.flow_style:
                self._report(Place(*at), f"'{key[:80]}' has no value", _COMMA_HINT)
        return data

    def _sequence(self, node: Any, place: Place) -> list[Any]:
        data = []
        parts: dict[str | int, Place] = {}
        place.parts = parts
        for index, item in enumerate(node.value):
            value, part = self.convert(item)
            parts[index] = part
            if value is None and not self.problems:
                self._report(part, "an empty item in a list", "take the '-' away or fill it in")
            data.append(value)
        return data

    def _report(self, place: Place, message: str, hint: str) -> None:
        source = Source(self.name, place.line, place.column)
        self.problems.tell(Problem(source, "", message, hint))


def parse(text: str, name: str) -> tuple[Any, Place, Told]:
    """Read one YAML document; data is None when the form itself is broken."""
    nothing = Place(1, 1)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        return None, nothing, Told([_form_problem(error, name, text)])
    if node is None:
        return None, nothing, Told()
    converter = _Converter(name)
    data, place = converter.convert(node)
    return data, place, converter.problems


def _form_problem(error: yaml.YAMLError, name: str, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    lines = text.splitlines() or [""]
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if line > len(lines):  # what is missing at the end is missed behind the last words
        line, column = len(lines), len(lines[-1]) + 1
    hint = "a ':' or '#' in a text needs quotes around it" if "mapping" in str(what) else ""
    source = Source(name, line, column)
    if isinstance(error, _TooDeep):
        return Problem(source, "", str(what), "flatten the record")
    return Problem(source, "", f"is not valid YAML: {what}", hint)
