"""The sandbox in which every template runs, of HTML and of Word.

In: the options of a Jinja environment. Out: an environment that changes no data, asks plain values
alone for what they say, and has neither the arithmetic nor the filters nor the functions that eat a
machine. What can be reached is listed here; all else is refused, with the name and its mend.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import TemplateError, Undefined
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from markupsafe import Markup

from briefgen.errors import did_you_mean

MOST_LETTERS = 20_000_000
FILTERS = frozenset(
    ("abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float",
     "groupby", "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min",
     "reject", "rejectattr", "replace", "reverse", "round", "select", "selectattr", "sort",
     "string", "striptags", "sum", "title", "trim", "truncate", "unique", "upper", "wordcount")
)  # fmt: skip
_HUNGRY = ("lipsum", "cycler", "joiner", "range")
_LARGEST = 10**15  # a number beyond it is no figure of a paper, and its powers fill a machine
# What may be asked of each kind of plain value; what is refused grows without bounds or changes it.
_ASKED: tuple[tuple[type, frozenset[str]], ...] = (
    (str, frozenset(
        ("capitalize", "casefold", "count", "endswith", "find", "isalpha", "isdigit", "islower",
         "isupper", "join", "lower", "lstrip", "partition", "removeprefix", "removesuffix",
         "replace", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip",
         "title", "upper")
    )),
    (Mapping, frozenset(("get", "items", "keys", "values"))),
    (datetime.date, frozenset(("day", "isoformat", "isoweekday", "month", "weekday", "year"))),
    (list, frozenset(("count", "index"))),
    (tuple, frozenset(("count", "index"))),
)  # fmt: skip
# Jinja's own: a loop, a macro, `self`, `super()`, a namespace, what an import gives.
_OWN = (
    LoopContext, Macro, BlockReference, TemplateReference, Namespace, TemplateModule, Undefined,
)  # fmt: skip


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, without the arithmetic by which a template could eat the machine."""

    intercepted_binops = frozenset(("**", "*", "%", "+"))

    def __init__(self, **options: Any) -> None:
        super().__init__(autoescape=True, **options)
        for name in _HUNGRY:
            self.globals.pop(name, None)
        self.filters = {name: f for name, f in self.filters.items() if name in FILTERS}
        self.filters["striptags"] = _without_tags

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on numbers alone, and none that grows without bounds; texts may be joined."""
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return left + right
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if operator == "**" or not numbers:
            if isinstance(left, Undefined) or isinstance(right, Undefined):
                return super().call_binop(context, operator, left, right)
            raise TemplateError(f"'{operator}' is not allowed on these values in a template")
        if abs(left) > _LARGEST or abs(right) > _LARGEST:
            raise TemplateError(f"'{operator}' is not allowed on numbers above {_LARGEST:.0e}")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may ask this of a value: by the lists above, else never."""
        if attr.startswith("_"):
            return False
        if isinstance(obj, _OWN):
            return bool(super().is_safe_attribute(obj, attr, value))
        return any(attr in asked for kind, asked in _ASKED if isinstance(obj, kind))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Nothing: `format` can make a text of any length, and is refused."""
        return None

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Raises SecurityError that names what was asked, and what may be asked.

        What is not there at all is told by its own name.
        """
        if isinstance(obj, Undefined):
            return obj
        listed = next((asked for kind, asked in _ASKED if isinstance(obj, kind)), frozenset())
        near = did_you_mean(attribute, listed)
        may = f"there may be asked: {', '.join(sorted(listed))}" if listed else ""
        message = f"'{attribute}' may not be asked of {_kind(obj)} in a template"
        raise SecurityError(f"{message}\n{near or may or 'write what it says'}")

    def written(self, pieces: Iterable[str]) -> Iterator[str]:
        """The pieces of a paper as a template gives them; raises TemplateError beyond all bounds.

        The bound, 20,000,000 letters, is that of a paper of some 5,000 pages.
        """
        letters = 0
        for piece in pieces:
            letters += len(piece)
            if letters > MOST_LETTERS:
                raise TemplateError(f"makes more than {MOST_LETTERS:,} letters")
            yield str(piece)


def _without_tags(value: Any) -> str:
    """The words of a text: of markup without its tags, while data is no markup, whatever it looks
    like, and stays as it is."""
    return value.striptags() if isinstance(value, Markup) else str(value)


def _kind(obj: Any) -> str:
    kinds = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "a map"}
    return next((word for kind, word in kinds.items() if isinstance(obj, kind)), "this")
