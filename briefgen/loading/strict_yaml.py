"""YAML without surprises: every scalar is text, and every value knows its place.

In: the text of a YAML file. Out: plain data plus a `Place` tree that gives line and column of each
key and value. Aliases, tags, duplicate keys and deep nesting are problems, all told at once.
`NO`, `012` and `12:30` stay as written (YAML 1.1 readers make them false, ten and 750).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from briefgen.errors import Problem, Source

MAX_DEPTH = 32
_SHORT = 8 * MAX_DEPTH  # a line that cannot hold more `- ` or indentation than any record needs
_BRACKET = re.compile(r"[\[\]{}]")
_COMMA_HINT = "inside { } and [ ] a text with a comma needs quotes around it"
_PLAIN_TAGS = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}
_Base: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_Base):  # type: ignore[misc]  # which base it is shows only on the machine
    """PyYAML's loader in which every plain value is text, told without asking its resolvers."""

    def resolve(self, kind: Any, value: object, implicit: object) -> str:
        return _PLAIN_TAGS[kind]

    def descend_resolver(self, current_node: object, current_index: object) -> None:
        """Nothing is resolved by its path."""

    def ascend_resolver(self) -> None:
        """Nothing is resolved by its path."""


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
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def convert(
        self, node: Any, depth: int = 0, key: tuple[int, int] | None = None
    ) -> tuple[Any, Place]:
        mark, kind = node.start_mark, type(node)
        place = Place(mark.line + 1, mark.column + 1, key)
        if id(node) in self._seen:
            self._report(place, "an alias (*name) repeats another value", "write the value out")
            return None, place
        self._seen.add(id(node))
        if depth > MAX_DEPTH:
            self._report(place, f"nested deeper than {MAX_DEPTH} levels", "flatten the record")
            return None, place
        if node.tag != _PLAIN_TAGS[kind]:
            self._report(place, f"the tag '{node.tag}' is not read", "write plain text")
            return None, place
        if kind is yaml.ScalarNode:
            return _scalar(node), place
        if kind is yaml.MappingNode:
            return self._mapping(node, place, depth), place
        return self._sequence(node, place, depth), place

    def _mapping(self, node: Any, place: Place, depth: int) -> dict[str, Any]:
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
            value, part = self.convert(value_node, depth + 1, at)
            if key in parts:
                first = parts[key].key
                line = first[0] if first else place.line
                hint = f"it is first given on line {line}"
                self._report(Place(*at), f"'{key}' is given twice", hint)
                continue
            parts[key] = part
            if value is not None:
                data[key] = value
            elif node.flow_style:
                self._report(Place(*at), f"'{key}' has no value", _COMMA_HINT)
        return data

    def _sequence(self, node: Any, place: Place, depth: int) -> list[Any]:
        data = []
        parts: dict[str | int, Place] = {}
        place.parts = parts
        for index, item in enumerate(node.value):
            value, part = self.convert(item, depth + 1)
            parts[index] = part
            if value is None and not self.problems:
                self._report(part, "an empty item in a list", "take the '-' away or fill it in")
            data.append(value)
        return data

    def _report(self, place: Place, message: str, hint: str) -> None:
        source = Source(self.name, place.line, place.column)
        self.problems.append(Problem(source, "", message, hint))


def _scalar(node: Any) -> str | None:
    """The text as written; an empty plain scalar, `~` and `null` mean that nothing is given."""
    if not node.style and node.value in ("", "~", "null"):
        return None
    return str(node.value)


def parse(text: str, name: str) -> tuple[Any, Place, list[Problem]]:
    """Read one YAML document; data is None when the form itself is broken."""
    nothing = Place(1, 1)
    deep = _too_deep(text)
    if deep:
        return (
            None,
            nothing,
            [Problem(Source(name, deep, 1), "", "nested too deeply", "flatten it")],
        )
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        return None, nothing, [_form_problem(error, name, text)]
    if node is None:
        return None, nothing, []
    converter = _Converter(name)
    data, place = converter.convert(node)
    return data, place, converter.problems


def _too_deep(text: str) -> int:
    """The first line that nests deeper than any record needs, or 0.

    The C parser recurses without a bound of its own, so this is told before it runs.
    """
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) < _SHORT and _BRACKET.search(line) is None:
            continue
        depth += line.count("[") + line.count("{") - line.count("]") - line.count("}")
        opened = line.count("[") + line.count("{")
        indent = len(line) - len(line.lstrip(" "))
        if max(depth, opened, line.count("- "), indent // 4) > 4 * MAX_DEPTH:
            return number
    return 0


def _form_problem(error: yaml.YAMLError, name: str, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    lines = text.splitlines() or [""]
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if line > len(lines):  # what is missing at the end is missed behind the last words
        line, column = len(lines), len(lines[-1]) + 1
    hint = "a ':' or '#' in a text needs quotes around it" if "mapping" in str(what) else ""
    return Problem(Source(name, line, column), "", f"is not valid YAML: {what}", hint)
