"""JSON Schemas of the data files, made from the records, so that an editor completes fields.

In: the record types and the table of file kinds. Out: one schema a kind of file, by file name. The
loader sets `origin`; it is taken out, as people never write it.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, TypeAdapter

from briefgen.bureaus import BureauSettings
from briefgen.loading.layout import KINDS
from briefgen.loading.reader import find_model
from briefgen.records import TreatyAction


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> schema; a file of many records may hold a list or one map."""
    made = {
        f"{kind.kind}.schema.json": _schema(kind.model, kind.shape == "many", kind.summary)
        for kind in KINDS
    }
    made["bureau.schema.json"] = _schema(BureauSettings, False, "a bureau's settings")
    return made


def _schema(model: Any, many: bool, summary: str) -> dict[str, Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(list[model] | model if many else model)
    schema = adapter.json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": summary,
        **_without_origin(schema),
    }


def _without_origin(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_origin(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {k: _without_origin(v) for k, v in schema.items() if k != "Origin"}
    if isinstance(kept.get("properties"), dict):
        kept["properties"].pop("origin", None)
    return kept


def dictionary() -> str:
    """The dictionary of every field, as Markdown: `data/README.md` below its introduction."""
    parts = []
    for kind in KINDS:
        title = f"## `{kind.pattern}`: {kind.summary}\n"
        shape = {
            "one": "One map.",
            "many": "A list of maps; a file may also hold a single map.",
        }[kind.shape]
        if kind.pattern.endswith(".csv"):
            shape = "One row each; the first line names the columns."
        parts.append(f"{title}\n{shape}\n")
        parts += [_table(model, top=model is kind.model) for model in _models(kind.model)]
    return "\n".join(parts)


def _models(model: type[BaseModel], seen: tuple[Any, ...] = ()) -> list[type[BaseModel]]:
    """A record type and those within it, each once, in the order of the fields."""
    found = [model]
    for name, info in model.model_fields.items():
        inner = find_model(info.annotation) if name != "origin" else None
        if inner and inner not in (*seen, *found):
            found += [m for m in _models(inner, (*seen, *found)) if m not in found]
    return found


def _table(model: type[BaseModel], *, top: bool) -> str:
    rows = ["| field | needed | form | meaning |", "|---|---|---|---|"]
    hidden = {"origin", "treaty"} if model is TreatyAction else {"origin"}
    for name, info in model.model_fields.items():
        if name not in hidden:
            meaning = " ".join((info.description or "").split())
            needed = "yes" if info.is_required() else ""
            rows.append(
                f"| `{name}` | {needed} | {_form(info.annotation, info.metadata)} | {meaning} |"
            )
    heading = "" if top else f"### {model.__name__}\n\n"
    return heading + "\n".join(rows) + "\n"


def _form(annotation: Any, metadata: list[Any]) -> str:
    """How a field is written, in a word or two."""
    text = f"{annotation} {metadata}"
    inner = find_model(annotation)
    many = "list of " if "tuple[" in text else ""
    if inner:
        return f"{many}{inner.__name__}"
    return many + next((word for sign, word in _FORMS if re.search(sign, text)), "text")


_FORMS = (
    (r"Ref\(kind=", "name"),
    (r"PartialDate", "date"),
    (r"dict\[str", "text per language"),
    (r"\bbool\b", "yes or no"),
    (r"\bint\b", "number"),
    (r"Literal|enum|Precision|Standing", "word"),
)
