"""The shape of a paper's data: which names a template may use, and where it uses others.

In: the data of trial papers, the templates of a chain. Out: a `Shape`, the list of its names, and
problems for every name that a template asks for and no paper has, also in branches never taken.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from briefgen.bureaus.chain import Bureau, shown
from briefgen.errors import Problem, Source, did_you_mean

# What the sandbox gives besides the data, and what a loop knows.
GLOBALS = (
    "_",
    "n_",
    "dict",
    "namespace",
    "self",
    "super",
    "settings",
    "caller",
    "varargs",
    "kwargs",
)
# Of maps whose keys are data (`names.KOR`) any name may be asked for.
_METHODS = frozenset(("items", "keys", "values", "get", "rstrip", "strip", "lower", "upper"))


@dataclass(slots=True)
class Shape:
    """What is known of a value: the kinds that it was seen as, its parts, its elements."""

    kinds: set[str] = field(default_factory=set)
    parts: dict[str, Shape] = field(default_factory=dict)
    element: Shape | None = None
    example: str = ""

    def add(self, value: Any) -> Shape:
        """Take in one more value."""
        self.kinds.add(_kind(value))
        if isinstance(value, Mapping):
            for key, inner in value.items():
                self.parts.setdefault(str(key), Shape()).add(inner)
        elif isinstance(value, (list, tuple)):
            self.element = self.element or Shape()
            for inner in value:
                self.element.add(inner)
        elif value not in (None, "") and not self.example:
            self.example = str(value)
        return self


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, Mapping):
        return "map"
    if isinstance(value, (list, tuple)):
        return "list"
    return "date" if isinstance(value, datetime.date) else "text"


def shape_of(papers: Iterable[Mapping[str, Any]]) -> Shape:
    """The shape of the data of several papers of one kind."""
    found = Shape()
    for data in papers:
        found.add(data)
    return found


def listed(shape: Shape, path: str = "", depth: int = 4) -> Iterator[tuple[str, str, str]]:
    """The names of a shape: how a template says them, what they are, an example."""
    for name, part in shape.parts.items():
        here = f"{path}.{name}" if path else name
        inner = part.element if part.element else part
        if name == "fact":
            continue
        yield here, " or ".join(sorted(part.kinds - {"nothing"})) or "nothing", part.example
        if depth > 1 and inner.parts:
            yield from listed(inner, f"{here}[]" if part.element else here, depth - 1)


def name_problems(bureau: Bureau, paper: str, shape: Shape) -> list[Problem]:
    """Names in the templates of a paper that its data never has."""
    found: list[Problem] = []
    for name in (f"{paper}.html.j2", "page.html.j2"):
        for path in bureau.find_all(name):
            settings = {**bureau.for_paper(paper).settings, "direction": "ltr"}
            found += _Walker(path, shape, settings).problems()
    return found


class _Walker:
    """Walks a template with what is known of each name in its place."""

    def __init__(self, path: Path, shape: Shape, settings: Mapping[str, Any]) -> None:
        self.path = path
        self.text = path.read_text("utf-8")
        self.top = dict(shape.parts)
        self.top["settings"] = Shape().add(settings)
        self.found: dict[tuple[int, str], Problem] = {}

    def problems(self) -> list[Problem]:
        try:
            tree = Environment(autoescape=True).parse(self.text)
        except TemplateSyntaxError as error:
            place = Source(shown(self.path), error.lineno, 1)
            return [Problem(place, "", str(error.message), "mend the tag")]
        known = dict.fromkeys(_assigned(tree))
        self.block(tree.body, {**self.top, **known})
        return list(self.found.values())

    def block(self, body: Iterable[nodes.Node], names: Mapping[str, Shape | None]) -> None:
        inside = dict(names)
        for node in body:
            self.statement(node, inside)

    def statement(self, node: nodes.Node, names: dict[str, Shape | None]) -> None:
        """One statement; what it assigns is known from here on."""
        if isinstance(node, nodes.For):
            over = self.value(node.iter, names)
            inner = {**names, "loop": None}
            targets = [t.name for t in node.target.find_all(nodes.Name)]
            targets += [node.target.name] if isinstance(node.target, nodes.Name) else []
            single = isinstance(node.target, nodes.Name)
            inner |= dict.fromkeys(targets, over.element if over and single else None)
            if node.test:
                self.value(node.test, inner)
            self.block(node.body, inner)
            self.block(node.else_, names)
        elif isinstance(node, nodes.Macro):
            arguments = {a.name: None for a in node.args}
            self.block(node.body, {**names, **arguments})
        elif isinstance(node, nodes.Assign):
            value = self.value(node.node, names)
            if isinstance(node.target, nodes.Name):
                names[node.target.name] = value
        elif isinstance(node, nodes.AssignBlock):
            self.block(node.body, names)
            names |= {t.name: None for t in (node.target,) if isinstance(t, nodes.Name)}
        elif isinstance(node, nodes.If):
            self.value(node.test, names)
            for part in (node.body, node.elif_, node.else_):
                self.block(part, names)
        elif isinstance(node, (nodes.Block, nodes.Scope, nodes.ScopedEvalContextModifier)):
            self.block(node.body, names)
        else:
            for child in node.iter_child_nodes():
                self.value(child, names) if isinstance(child, nodes.Expr) else self.statement(
                    child, names
                )

    def value(self, node: nodes.Node, names: Mapping[str, Shape | None]) -> Shape | None:
        """What is known of an expression; None where nothing is."""
        if isinstance(node, nodes.Name):
            if node.name not in names and node.name not in GLOBALS:
                self.report(node, node.name, names)
            return names.get(node.name)
        if isinstance(node, nodes.Test) and node.name == "defined":
            return None
        if isinstance(node, nodes.Getattr):
            return self.part(node, node.attr, names)
        if isinstance(node, nodes.Getitem):
            arg = node.arg
            if isinstance(arg, nodes.Const) and isinstance(arg.value, str):
                return self.part(node, arg.value, names)
            self.value(arg, names)
            owner = self.value(node.node, names)
            return owner.element if owner else None
        for child in node.iter_child_nodes():
            self.value(child, names)
        return None

    def part(
        self, node: nodes.Getattr | nodes.Getitem, name: str, names: Mapping[str, Shape | None]
    ) -> Shape | None:
        owner = self.value(node.node, names)
        if owner is None or not owner.parts or "map" not in owner.kinds or name in _METHODS:
            return None
        if name not in owner.parts:
            self.report(node, name, owner.parts)
        return owner.parts.get(name)

    def report(self, node: nodes.Node, name: str, known: Iterable[str]) -> None:
        line = self.text.splitlines()[node.lineno - 1] if node.lineno else ""
        match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line)
        place = Source(shown(self.path), node.lineno, match.start() + 1 if match else 1)
        names = sorted(map(str, known))
        hint = did_you_mean(name, names) or f"known: {', '.join(names)}"
        self.found[node.lineno, name] = Problem(place, "", f"'{name}' is not known here", hint)


def _assigned(tree: nodes.Template) -> Iterator[str]:
    """Names that a template makes itself, or asks whether they are there."""
    for node in tree.find_all((nodes.Import, nodes.FromImport, nodes.Macro)):
        if isinstance(node, nodes.Import):
            yield node.target
        elif isinstance(node, nodes.FromImport):
            yield from (n if isinstance(n, str) else n[1] for n in node.names)
        elif isinstance(node, nodes.Macro):
            yield node.name
    for test in tree.find_all(nodes.Test):
        if test.name == "defined" and isinstance(test.node, nodes.Name):
            yield test.node.name
