"""What the tags of a Word template ask for, held against the data of a paper.

In: the tags of a part in order, and the data of one or more papers. Out: problems: tags that cannot
be read, names that no data has, filters that do not exist, asking for what is not plain data.
Every tag is looked at, also where the data at hand would not lead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from briefgen.errors import Problem, did_you_mean
from briefgen.render.docx.authored.structure import BARE, CELLS, ENDING, STATEMENTS
from briefgen.render.docx.authored.tags import Tag

Known = list[Any] | None  # what a name may stand for in the data; None where nothing is known
METHODS = frozenset(
    ("items", "keys", "values", "get", "strip", "rstrip", "lstrip", "upper", "lower", "title",
     "capitalize", "startswith", "endswith", "split", "cycle", "changed")
)  # fmt: skip
_LOOP: dict[str, Any] = {
    **dict.fromkeys(("index", "index0", "revindex", "revindex0", "length", "depth", "depth0"), 1),
    **dict.fromkeys(("first", "last"), True),
    **dict.fromkeys(("previtem", "nextitem", "cycle", "changed")),
}
_SAME = frozenset(
    ("sort", "reverse", "list", "unique", "select", "reject", "selectattr", "rejectattr")
)
_ONE = frozenset(("first", "last"))
_MOST = 3000  # of a list's items so many are looked at


def name_problems(
    tags: Iterable[Tag], papers: Sequence[Mapping[str, Any]], environment: Environment
) -> list[Problem]:
    """What the tags of one part ask for and cannot get."""
    walker = _Walker(papers, environment)
    for tag in tags:
        walker.look(tag)
    return list(walker.found.values())


class _Walker:
    """Goes through tags with what is known of each name in its place."""

    def __init__(self, papers: Sequence[Mapping[str, Any]], environment: Environment) -> None:
        self.environment = environment
        top: dict[str, Known] = {}
        for data in papers:
            for name, value in data.items():
                top[name] = [*(top.get(name) or []), value]
        self.scopes: list[dict[str, Known]] = [top]
        self.found: dict[tuple[Tag, str], Problem] = {}
        self.tag: Tag

    # -- tags ------------------------------------------------------------------------------------

    def look(self, tag: Tag) -> None:
        """One tag; what it assigns is known from here on, up to the end of its block."""
        self.tag = tag
        if tag.mark == "{#" or (tag.mark == "{%" and tag.word not in STATEMENTS):
            return
        if tag.mark == "{{":
            self.expression(tag.said)
        elif tag.word in CELLS and tag.word not in BARE:
            self.expression(tag.rest)
        elif tag.word in ENDING:
            if tag.word == "endfor" and len(self.scopes) > 1:
                self.scopes.pop()
        elif tag.word == "for":
            self._for()
        elif tag.word == "set":
            self._set()
        elif tag.word in ("if", "elif"):
            self.expression(tag.rest)

    def expression(self, said: str) -> None:
        """What a tag prints or asks."""
        node = self._parsed(f"{{{{ {said} }}}}", said)
        if node is not None:
            for child in node.find_all(nodes.Output):
                for inner in child.nodes:
                    self.value(inner)

    def _for(self) -> None:
        node = self._parsed(f"{{% {self.tag.said} %}}{{% endfor %}}", self.tag.rest)
        scope: dict[str, Known] = {"loop": [_LOOP]}
        loop = node.body[0] if node and node.body else None
        if isinstance(loop, nodes.For):
            known = self.value(loop.iter)
            scope |= self._targets(loop.target, self._items(known))
        self.scopes.append(scope)
        if isinstance(loop, nodes.For) and loop.test is not None:
            self.value(loop.test)

    def _set(self) -> None:
        node = self._parsed(f"{{% {self.tag.said} %}}", self.tag.rest)
        made = node.body[0] if node and node.body else None
        if isinstance(made, nodes.Assign):
            self.scopes[-1] |= self._targets(made.target, self.value(made.node))

    def _targets(self, target: nodes.Node, known: Known) -> dict[str, Known]:
        """What the names that a tag gives stand for."""
        if isinstance(target, nodes.Name):
            return {target.name: known}
        parts = target.items if isinstance(target, nodes.Tuple) else []
        return {
            part.name: _at(known, index)
            for index, part in enumerate(parts)
            if isinstance(part, nodes.Name)
        }

    def _parsed(self, source: str, said: str) -> nodes.Template | None:
        try:
            return self.environment.parse(source)
        except TemplateSyntaxError as error:
            message, near = _in_words(str(error.message), said)
            hint = "write {{ name }}, {{ name|filter }} or {% if name == 'word' %}"
            hint = "type it again: Word's AutoCorrect changes dashes and signs" if near else hint
            self.report(f"cannot be read: {message}", hint, near)
        except RecursionError:
            self.report("cannot be read: it is nested too deep", "say it in more tags")
        return None

    # -- expressions -----------------------------------------------------------------------------

    def value(self, node: nodes.Node) -> Known:
        """What an expression may stand for."""
        if isinstance(node, nodes.Const):
            return [node.value]
        if isinstance(node, (nodes.CondExpr, nodes.Or, nodes.And)):
            return _either([self.value(child) for child in node.iter_child_nodes()])
        kinds: dict[type[nodes.Node], Callable[[Any], Known]] = {
            nodes.Name: self._name,
            nodes.Getattr: lambda found: self._part(found.node, found.attr),
            nodes.Getitem: self._item,
            nodes.Filter: self._filter,
            nodes.Call: self._call,
            nodes.Test: self._test,
        }
        return kinds.get(type(node), self._inside)(node)

    def _inside(self, node: nodes.Node) -> Known:
        for child in node.iter_child_nodes():
            self.value(child)
        return None

    def _name(self, node: nodes.Name) -> Known:
        for scope in reversed(self.scopes):
            if node.name in scope:
                return scope[node.name]
        self._unknown(node.name, [name for scope in self.scopes for name in scope])
        return None

    def _item(self, node: nodes.Getitem) -> Known:
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._part(node.node, node.arg.value)
        self.value(node.arg)
        return self._items(self.value(node.node))

    def _part(self, owner: nodes.Node, name: str) -> Known:
        known = self.value(owner)
        if name.startswith("_"):
            self.report(f"'{name}' is out of a template's reach", "ask for what the data has", name)
            return None
        there = [k for k in known or [] if k is not None]
        maps = [k for k in there if isinstance(k, Mapping)]
        if maps:
            if not any(name in m for m in maps):
                self._unknown(name, {str(k) for m in maps for k in m}, _said(owner))
            return [m[name] for m in maps if name in m]
        if there:
            kind = "a list" if isinstance(there[0], list) else "text, number or date"
            hint = "go through it with {% for one in ... %}" if kind == "a list" else ""
            message = f"'{_said(owner)}' is {kind}: it has no '.{name}'"
            self.report(message, hint or f"write {_said(owner)} alone", name)
        return None

    def _filter(self, node: nodes.Filter) -> Known:
        known = self.value(node.node) if node.node else None
        for child in (*node.args, *(k.value for k in node.kwargs)):
            self.value(child)
        filters = self.environment.filters
        if node.name not in filters:
            hint = did_you_mean(node.name, filters) or f"known: {', '.join(sorted(filters))}"
            self.report(f"no filter '{node.name}'", hint, node.name)
            return None
        if node.name == "note" and self.tag.paragraph.part != "body":
            self.report(f"a note cannot stand in {self.tag.paragraph.part}", "cite in the body")
        self._attributes(node, known)
        if node.name in _SAME:
            return known
        if node.name in _ONE:
            return self._items(known, told=False)
        return None

    def _attributes(self, node: nodes.Filter, known: Known) -> None:
        """The parts of a list's items that a filter asks for by name, as in sort(attribute=...)."""
        named = [k.value for k in node.kwargs if k.key == "attribute"]
        if node.name in ("selectattr", "rejectattr"):
            named = [*named, *node.args[:1]]
        maps = [i for i in self._items(known, told=False) or [] if isinstance(i, Mapping)]
        for given in named:
            if maps and isinstance(given, nodes.Const) and isinstance(given.value, str):
                name = given.value.split(".", maxsplit=1)[0]
                if not any(name in item for item in maps):
                    self._unknown(name, {str(k) for item in maps for k in item})

    def _call(self, node: nodes.Call) -> Known:
        known: Known = None
        method = node.node.attr if isinstance(node.node, nodes.Getattr) else ""
        if isinstance(node.node, nodes.Getattr) and method in METHODS:
            known = self.value(node.node.node)
        else:
            said = _said(node.node) or "this"
            hint = did_you_mean(method or said, METHODS) or "data is shown, sorted and joined"
            self.report(f"'{said}()' cannot be called in a Word paper", hint, method or said)
        for child in (*node.args, *(k.value for k in node.kwargs)):
            self.value(child)
        maps = [k for k in known or [] if isinstance(k, Mapping)]
        if method == "items" and maps:
            return [[list(pair) for m in maps for pair in m.items()]]
        if method == "values" and maps:
            return [[value for m in maps for value in m.values()]]
        return None

    def _test(self, node: nodes.Test) -> Known:
        if node.name not in self.environment.tests:
            hint = did_you_mean(node.name, self.environment.tests) or "write == or in"
            self.report(f"no test '{node.name}'", hint, node.name)
        return self._inside(node)

    def _items(self, known: Known, told: bool = True) -> Known:
        """The items of what is a list or map; text is none."""
        found: list[Any] = []
        for value in known or []:
            if isinstance(value, (list, tuple)):
                found += value[:_MOST]
            elif isinstance(value, Mapping):
                found += value
            elif value is not None and told and self.tag.word == "for":
                name = self.tag.rest.partition(" in ")[2].strip()
                self.report(f"'{name}' is no list to go through", f"write {{{{ {name} }}}}", name)
                return None
        return found[:_MOST] or None

    # -- telling ---------------------------------------------------------------------------------

    def _unknown(self, name: str, known: Iterable[str], owner: str = "") -> None:
        names = sorted(known)
        near = did_you_mean(name, names)
        if near and owner:
            near = re.sub(r"'([^']+)'", rf"'{owner}.\1'", near)
        shown = f"{owner}.{name}" if owner else name
        hint = near or f"known: {', '.join(names[:40])}"
        self.report(f"'{shown}' is not known here", hint, name)

    def report(self, message: str, hint: str, near: str = "") -> None:
        """Keep a problem of the tag at hand, each once."""
        self.found.setdefault((self.tag, message), self.tag.problem(message, hint, near))


def _said(node: nodes.Node) -> str:
    """An expression of names and points as it was written."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr) and (owner := _said(node.node)):
        return f"{owner}.{node.attr}"
    return ""


def _either(found: Sequence[Known]) -> Known:
    if any(known is None for known in found):
        return None
    return [value for known in found for value in known or []]


def _at(known: Known, index: int) -> Known:
    found = [v[index] for v in known or [] if isinstance(v, (list, tuple)) and index < len(v)]
    return found or None


_TOKENS = {
    "end of print statement": "the end of the tag",
    "end of statement block": "the end of the tag",
}


def _in_words(message: str, said: str) -> tuple[str, str]:
    """Jinja's message without its inner words, and the word that it is about."""
    for inner, plain in _TOKENS.items():
        message = message.replace(f"'{inner}'", plain)
    message = message.replace("token ", "").replace("got 'name'", "got a further word")
    found = re.search(r"unexpected char '(.+)' at", message)
    if found:
        near = next(iter(_odd(said, found.group(1))), "")
        return f"'{found.group(1)}' may not stand in a tag", near
    return message.rstrip("."), ""


def _odd(said: str, letter: str) -> Iterator[str]:
    letter = letter.encode().decode("unicode-escape") if letter.startswith("\\") else letter
    if letter in said:
        yield letter
