"""One data file becomes records, references and problems.

In: a `DataFile` and the register of countries. Out: `Loaded`. pydantic's errors are turned into
problems that name the place, the value given, the value wanted and the nearest match.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from briefgen import records as r
from briefgen.errors import Problem, Source, did_you_mean
from briefgen.loading import strict_csv, strict_yaml
from briefgen.loading.encoding import MOST_TOLD, Told, decode
from briefgen.loading.layout import DataFile
from briefgen.loading.strict_yaml import Place
from briefgen.names import Countries

_LONGEST_SHOWN = 80  # letters of a value that a message repeats
_NESTED = {
    "terms": (
        "levels", "kinds", "topics", "acts", "series", "abbreviations", "places", "qualifiers",
    ),
    "markings": ("schemes",),
    "asks": ("asks",),
}  # fmt: skip
_NESTED_KIND = {name: name.removesuffix("s") for names in _NESTED.values() for name in names}
_NESTED_KIND |= {"series": "series"}


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """A record with the kind and id by which others refer to it."""

    kind: str
    id: str
    record: r.Record
    source: Source


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that names a record of another kind."""

    kind: str
    name: str
    source: Source
    subject: str


@dataclass(slots=True)
class Loaded:
    """What one file holds, and what is wrong with it."""

    file: DataFile
    records: list[NamedRecord] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def load_file(
    file: DataFile, content: bytes, countries: Countries, *, marked: bool = False
) -> Loaded:
    """Read one file; nothing is raised for what people wrote.

    `marked`: the ministry gives no default, so every record that can must carry a marking.
    """
    with _uncollected():
        loaded, told = _load_file(file, content, countries)
        for named in loaded.records if marked else ():
            for problem in _unmarked(named):
                told.tell(problem)
        loaded.problems = told.all_of(file.name)
        return loaded


def _unmarked(named: NamedRecord) -> Iterator[Problem]:
    """What of a record carries no marking in a workspace that gives none by default."""
    record = named.record
    if not isinstance(record, (r.Event, r.Meeting, r.Line, r.Document)):
        return
    hint = "write marking: and a level of the scheme, or set a default in ministry.yaml"
    if record.marking is None:
        yield Problem(named.source, named.id, "has no marking", hint)
    for number, statement in enumerate(getattr(record, "statements", ()), 1):
        if statement.marking is None:
            at = statement.origin
            source = Source(at.file, at.line, at.column) if at else named.source
            yield Problem(source, f"{named.id}: statement {number}", "has no marking", hint)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold the garbage collector off: a file becomes very many objects, and none in a circle."""
    held = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if held:
            gc.enable()


class _Register:
    """The register of countries as one file asks it; after many unknown names it looks for no near
    ones any more, which takes a while each time."""

    def __init__(self, countries: Countries) -> None:
        self._countries = countries
        self._unknown = 0

    def code(self, name: str) -> str:
        """As `Countries.code`."""
        found = self._countries.known(name)
        if found is not None:
            return found
        self._unknown += 1
        if self._unknown > MOST_TOLD:
            raise LookupError("")
        return self._countries.code(name)


class _Reading:
    """The reading of one file: what is found in it, and what is wrong with it."""

    def __init__(self, file: DataFile, countries: Countries, told: Told) -> None:
        self.loaded, self.told = Loaded(file), told
        self._context = {"countries": _Register(countries)}

    def yaml(self, text: str) -> None:
        """Read the text of a YAML file."""
        name, kind = self.loaded.file.name, self.loaded.file.kind
        data, place, problems = strict_yaml.parse(text, name)
        self._tell_all(problems)
        if data is None:
            return
        many = kind.shape == "many" and isinstance(data, list)
        entries = list(enumerate(data)) if many else [(None, data)]
        for index, entry in entries:
            self._entry(entry, place.parts[index] if index is not None else place)

    def csv(self, text: str) -> None:
        """Read the text of a table."""
        kind, name = self.loaded.file.kind, self.loaded.file.name
        given = {"treaty": PurePosixPath(name).stem} if kind.kind == "action" else {}
        hidden = {"origin", *given}
        fields = [f for f in kind.model.model_fields if f not in hidden]
        rows, problems = strict_csv.parse(text, name, fields)
        self._tell_all(problems)
        for row in rows:
            place = Place(row.line, 1)
            place.parts = {f: Place(row.line, c) for f, c in row.columns.items()}
            self._validate({**given, **row.values}, place)

    def _tell_all(self, problems: Told) -> None:
        for problem in problems:
            self.told.tell(problem)
        self.told.more += problems.more

    def _entry(self, entry: Any, place: Place) -> None:
        if isinstance(entry, dict):
            self._validate(entry, place)
            return
        source = Source(self.loaded.file.name, place.line, place.column)
        what = f"a {self.loaded.file.kind.kind} is a map of 'field: value' lines"
        self.told.tell(Problem(source, "", what, "see data/README.md"))

    def _validate(self, data: dict[str, Any], place: Place) -> None:
        """Make the record, or tell everything that keeps it from being one."""
        name, kind = self.loaded.file.name, self.loaded.file.kind
        model = kind.model
        subject = str(data.get("id") or data.get("code") or "")[:_LONGEST_SHOWN]
        placed = _with_origins(data, model, place, name)
        try:
            record = model.model_validate(placed, context=self._context)
        except ValidationError as error:
            room = self.told.room
            found = error.errors(include_url=False)[:room] if room else []
            self.told += [_as_problem(fault, model, place, name, subject) for fault in found]
            self.told.more += error.error_count() - len(found)
            return
        self.loaded.records += _named(kind.kind, record, place, name)
        self.loaded.references += [
            Reference(kind_, target, Source(name, *place.find(path)), subject or kind.kind)
            for path, kind_, target in r.references(record)
            if kind_ != "country"
        ]


def _load_file(file: DataFile, content: bytes, countries: Countries) -> tuple[Loaded, Told]:
    text, told = decode(content, file.name)
    reading = _Reading(file, countries, told)
    if text is not None:
        if file.path.suffix == ".csv":
            reading.csv(text)
        else:
            reading.yaml(text)
    return reading.loaded, told


def _with_origins(data: Any, model: type[BaseModel], place: Place, name: str) -> Any:
    """The data with `origin` put into every map that becomes a located record."""
    if isinstance(data, list):
        return [
            _with_origins(item, model, place.parts.get(i, place), name)
            for i, item in enumerate(data)
        ]
    if not isinstance(data, dict):
        return data
    placed = {}
    for key, value in data.items():
        inner = _model_of(model, key)
        part = place.parts.get(key, place)
        placed[key] = _with_origins(value, inner, part, name) if inner else value
    if issubclass(model, r.Located) and "origin" not in data:
        placed["origin"] = {"file": name, "line": place.line, "column": place.column}
    return placed


@cache
def _model_of(model: type[BaseModel], field_name: str | int) -> type[BaseModel] | None:
    """The record type that a field holds, alone or in a list."""
    info = model.model_fields.get(str(field_name))
    return find_model(info.annotation) if info else None


def find_model(annotation: Any) -> type[BaseModel] | None:
    """The record type anywhere within a type, such as a list of it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in get_args(annotation) if (m := find_model(a))), None)


def _named(kind: str, record: r.Record, place: Place, name: str) -> Iterator[NamedRecord]:
    """The record itself, or for a file of lists each entry under its own kind."""
    if kind in _NESTED:
        for key in _NESTED[kind]:
            for index, entry in enumerate(getattr(record, key)):
                source = Source(name, *place.find((key, index)))
                yield NamedRecord(_NESTED_KIND[key], entry.id, entry, source)
    if kind == "asks" and isinstance(record, r.Asks):
        for index, rung in enumerate(record.ladder):
            source = Source(name, *place.find(("ladder", index)))
            yield NamedRecord("rung", f"{index:04}", rung, source)
    if kind not in _NESTED:
        source = Source(name, place.line, place.column)
        yield NamedRecord(kind, _id(record, kind, place.line), record, source)


def _id(record: r.Record, kind: str, line: int) -> str:
    """The id of a record; rows of tables, which have none, are told apart by their line."""
    if kind == "membership" and isinstance(record, r.Membership):
        return f"{record.group}/{record.country}/{record.joined}"
    if kind == "action" and isinstance(record, r.TreatyAction):
        return f"{record.treaty}/{record.country}/{record.action}"
    return str(getattr(record, "id", None) or getattr(record, "code", None) or kind)


def _as_problem(
    found: Mapping[str, Any], model: type[BaseModel], place: Place, name: str, subject: str
) -> Problem:
    """pydantic's error in the words of a colleague."""
    context = found.get("ctx") or {}
    steps = found["loc"]
    unknown = found["type"] == "extra_forbidden"  # its last step is a name that people chose
    own = len(steps) if unknown else 0
    path = tuple(s for n, s in enumerate(steps, 1) if n == own or not _is_branch(s))
    if "field" in context:
        extra = str(context["field"]).split(".")
        path = (*path, *(int(step) if step.isdigit() else step for step in extra))
    owner = _owner(model, path)
    field_name = ".".join(str(step) for step in path)
    message, hint = _wording(found, context, owner, path)
    at_key = unknown or "[key]" in found["loc"]
    source = Source(name, *place.find(path, of_key=at_key))
    label = f"{subject}: {field_name}" if subject and field_name else subject or field_name
    return Problem(source, label, message, hint)


def _is_branch(step: str | int) -> bool:
    """Whether a step of pydantic's path names a branch of a union rather than a field."""
    return isinstance(step, str) and ("[" in step or "function-" in step)


def _owner(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel]:
    for step in path[:-1]:
        model = _model_of(model, step) or model
    return model


def _wording(
    found: Mapping[str, Any],
    context: Mapping[str, Any],
    owner: type[BaseModel],
    path: tuple[str | int, ...],
) -> tuple[str, str]:
    kind, given = found["type"], str(found.get("input"))[:_LONGEST_SHOWN]
    fields = [name for name in owner.model_fields if name != "origin"]
    if kind == "missing":
        return "is missing", "see data/README.md"
    if kind == "extra_forbidden":
        unknown = str(path[-1])
        return "is not a known field", did_you_mean(
            unknown, fields
        ) or f"known: {', '.join(fields)}"
    if kind in ("enum", "literal_error"):
        wanted = re.findall(r"'([^']+)'", str(context.get("expected", "")))
        near = did_you_mean(given, wanted)
        return f"'{given}' is not known", near or f"write one of {', '.join(wanted)}"
    if kind == "unknown_country":
        return f"unknown country '{given}'", str(
            context.get("hint") or "use an ISO 3166 code or name"
        )
    if kind == "string_pattern_mismatch":
        return f"'{given}' has the wrong form", f"it must match {context.get('pattern')}"
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return "must be a map of 'field: value' lines", "see data/README.md"
    message = str(found["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:], str(context.get("hint", ""))
