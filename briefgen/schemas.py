"""JSON Schemas of the data files, made from the records, so that an editor completes fields.

In: the record types and the table of file kinds. Out: one schema a kind of file, by file name. The
loader sets `origin`; it is taken out, as people never write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from briefgen.bureaus import BureauSettings
from briefgen.loading.layout import KINDS
from briefgen.loading.reader import find_model
from briefgen.records import Record, TreatyAction
from briefgen.records.meanings import meanings


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


def dictionary(records: Iterable[Record]) -> str:
    """The dictionary of every field, as Markdown: `data/README.md` below its introduction.

    A field's example comes from its description, else from the first of `records` that has it.
    """
    examples: dict[tuple[str, str], str] = {}
    for record in records:
        _collect(record, examples)
    parts = []
    for kind in KINDS:
        title = f"## `{kind.pattern}`: {kind.summary}\n"
        shape = _SHAPES["row" if kind.pattern.endswith(".csv") else kind.shape]
        parts.append(f"{title}\n{shape}\n")
        parts += [_table(m, examples, top=m is kind.model) for m in _models(kind.model)]
    return "\n".join(parts)


_SHAPES = {
    "one": "One map.",
    "many": "A list of maps; a file may also hold a single map.",
    "row": "One row each; the first line names the columns.",
}
_LONGEST = 70


def _collect(record: BaseModel, examples: dict[tuple[str, str], str]) -> None:
    """Keep the first short value of every field, as people write it."""
    for name in type(record).model_fields:
        value = getattr(record, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, BaseModel):
                _collect(item, examples)
        written = _written(value)
        key = (type(record).__name__, name)
        if written and len(written) <= _LONGEST and name != "origin":
            examples.setdefault(key, f"`{written}`")


def _written(value: Any) -> str:
    """A value as YAML in one line; nothing for what is empty or holds records."""
    if value is None or isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]" if value and all(map(_written, value)) else ""
    if isinstance(value, dict):
        first = next(iter(value.items()))
        quote = '"' if set(first[1]) & set(",:#[]{}") else ""
        return f"{{{first[0]}: {quote}{first[1]}{quote}}}"
    return str(value)


def _models(model: type[BaseModel], seen: tuple[Any, ...] = ()) -> list[type[BaseModel]]:
    """A record type and those within it, each once, in the order of the fields."""
    found = [model]
    for name, info in model.model_fields.items():
        inner = find_model(info.annotation) if name != "origin" else None
        if inner and inner not in (*seen, *found):
            found += [m for m in _models(inner, (*seen, *found)) if m not in found]
    return found


def _table(model: type[BaseModel], examples: Mapping[tuple[str, str], str], *, top: bool) -> str:
    rows = ["| field | needed | form | meaning | example |", "|---|---|---|---|---|"]
    hidden = {"origin", "treaty"} if model is TreatyAction else {"origin"}
    for name, info in model.model_fields.items():
        if name in hidden:
            continue
        meaning, _, example = " ".join(meanings(model).get(name, "").split()).partition(
            " Example: "
        )
        example = example or examples.get((model.__name__, name), "")
        needed = "yes" if info.is_required() else ""
        form = _form(info.annotation, info.metadata)
        rows.append(f"| `{name}` | {needed} | {form} | {meaning} | {example} |")
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
