"""The sandbox in which every template runs, of HTML and of Word.

In: the options of a Jinja environment. Out: an environment that changes no data, reaches no
attribute that is not plain, and has neither the arithmetic nor the functions that eat a machine.
"""

from __future__ import annotations

from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

_HUNGRY = ("lipsum", "cycler", "joiner", "range")


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, without the arithmetic by which a template could eat the machine."""

    intercepted_binops = frozenset(("**", "*", "%"))

    def __init__(self, **options: Any) -> None:
        super().__init__(autoescape=True, **options)
        for name in _HUNGRY:
            self.globals.pop(name, None)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on numbers alone, and none that grows without bounds."""
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if operator == "**" or not numbers:
            raise TemplateError(f"'{operator}' is not allowed on these values in a template")
        return super().call_binop(context, operator, left, right)
