"""What the fields of a record mean: the text that stands below a field in its class.

In: a record type. Out: field -> text. It is read from the program's own source when somebody asks
for it, for a dictionary of fields or for an editor's schema; records are loaded without it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache

from pydantic import BaseModel


@cache
def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Field -> its text, those of the types that the record builds on first."""
    found: dict[str, str] = {}
    for type_ in reversed(model.__mro__):
        if issubclass(type_, BaseModel) and type_ is not BaseModel:
            found |= _written_in(type_)
    return {name: found[name] for name in model.model_fields if name in found}


def _written_in(model: type[BaseModel]) -> dict[str, str]:
    """The texts below the fields of one class."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = below.value if isinstance(below, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[field.target.id] = inspect.cleandoc(text.value)
    return found
