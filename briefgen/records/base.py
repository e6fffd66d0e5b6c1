"""The types that records are built from: texts, dates, references, places in files.

In: plain text. Out: checked values. A field that names another record is typed with `Ref`, so that
cross-references are found by walking the types and never by a hand-kept list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Protocol, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from briefgen.dates import PartialDate
from briefgen.records.meanings import meanings

FieldPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """Marks a text as the name of a record of another kind, such as `treaty` or `document`."""

    kind: str


class CountryNames(Protocol):
    """What a country's name is looked up in while records are read."""

    def code(self, name: str) -> str:
        """The alpha-3 code of a name, code or alias in any case; raises LookupError with a hint."""
        ...


def country_code(value: str, info: ValidationInfo) -> str:
    """Any name of a country becomes its alpha-3 code; without a context the text is kept."""
    names = (info.context or {}).get("countries") if isinstance(info.context, Mapping) else None
    if names is None:
        return value
    try:
        return cast(CountryNames, names).code(value)
    except LookupError as error:
        raise PydanticCustomError(
            "unknown_country",
            "unknown country '{given}'",
            {"given": value, "hint": str(error.args[0])},
        ) from None


def side_or_country(value: str, info: ValidationInfo) -> str:
    """A side (`own`, `other`, `both`) stays; anything else must be a country."""
    return value if value in ("own", "other", "both") else country_code(value, info)


def _date(value: object) -> PartialDate:
    if isinstance(value, PartialDate):
        return value
    try:
        return PartialDate(str(value))
    except ValueError as error:
        raise PydanticCustomError("date", "{why}", {"why": str(error)}) from None


def _language(value: dict[str, str]) -> dict[str, str]:
    for language in value:
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
            raise PydanticCustomError(
                "language",
                "'{given}' is not a language code",
                {"given": language, "hint": "write en, ja, fr, pt-BR ..."},
            )
    return value


def _listed(value: object) -> object:
    """One value may stand where a list is wanted."""
    return value if isinstance(value, (list, tuple)) else [value]


def _in_english(value: object) -> object:
    """A bare text stands for English."""
    return {"en": value} if isinstance(value, str) else value


DATE_PATTERN = r"^\d{4}(-\d{2}(-\d{2})?)?$"
Date = Annotated[
    PartialDate,
    BeforeValidator(_date),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": DATE_PATTERN, "examples": ["2003-08-14"]}),
]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
Text = Annotated[str, StringConstraints(min_length=1)]
LocalText = Annotated[
    dict[str, Text],
    BeforeValidator(_in_english),
    AfterValidator(_language),
    Field(min_length=1),
]
CountryRef = Annotated[str, AfterValidator(country_code), Ref("country")]
Countries = Annotated[tuple[CountryRef, ...], BeforeValidator(_listed)]
GroupRef = Annotated[str, Ref("group")]
TreatyRef = Annotated[str, Ref("treaty")]
DocumentRef = Annotated[str, Ref("document")]
OfficialRef = Annotated[str, Ref("official")]
EventRef = Annotated[str, Ref("event")]
LevelRef = Annotated[str, Ref("level")]
KindRef = Annotated[str, Ref("kind")]
TopicRef = Annotated[str, Ref("topic")]
ActRef = Annotated[str, Ref("act")]
AskRef = Annotated[str, Ref("ask")]
SeriesRef = Annotated[str, Ref("series")]
MarkingRef = Annotated[str, Ref("marking")]
CaveatRef = Annotated[str, Ref("caveat")]
SchemeRef = Annotated[str, Ref("scheme")]


class Record(BaseModel):
    """A frozen record that refuses fields that it does not know."""

    # Only the records that a paper needs are built, and only when they are needed.
    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, defer_build=True
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        fields = handler.resolve_ref_schema(schema).get("properties", {})
        for name, meaning in meanings(cls).items():
            if name in fields:
                fields[name].setdefault("description", meaning)
        return schema


class Origin(Record):
    """Where a record stands: file relative to the workspace; line and column from 1."""

    file: str
    line: int
    column: int = 1


class Located(Record):
    """A record that knows where it was written; `origin` is set by the loader, never by people."""

    origin: Origin | None = None


class Citation(Record):
    """A document and the place in it."""

    document: DocumentRef
    """The document cited. Example: `mofa-ctbt-efforts-2003-08`"""
    place: Text | None = None
    """The place in it. Example: `II, September 2002, third item`"""


Citations = tuple[Citation, ...]


def check_period(start: PartialDate | None, end: PartialDate | None) -> None:
    """Refuse an end without a start and an end before it."""
    if end and not start:
        raise PydanticCustomError("period", "an end without a date", {"field": "end"})
    if start and end and end.last < start.first:
        raise PydanticCustomError(
            "period",
            "ends on {end}, before it starts on {start}",
            {"end": str(end), "start": str(start), "field": "end"},
        )


def check_precision(given: object, date: PartialDate | None, actual: str) -> None:
    """Refuse a precision that does not fit the date as written."""
    if given is not None and str(given) != actual:
        raise PydanticCustomError(
            "precision",
            "precision '{given}' does not fit the date '{date}'",
            {
                "given": str(given),
                "date": str(date or ""),
                "hint": f"that date has precision '{actual}'",
                "field": "precision",
            },
        )


def references(record: BaseModel, path: FieldPath = ()) -> Iterator[tuple[FieldPath, str, str]]:
    """Every (path, kind, name) by which a record names another one, found from the types."""
    for name, kind in _naming_fields(type(record)):
        value = getattr(record, name)
        if value is not None:
            yield from _references(value, (*path, name), kind)


@cache
def _naming_fields(model: type[BaseModel]) -> tuple[tuple[str, str | None], ...]:
    """The fields of a record that name others, or may hold records that do; with the kind named."""
    found = (
        (name, _kind(info.annotation, info.metadata), _holds_records(info.annotation))
        for name, info in model.model_fields.items()
        if name != "origin"
    )
    return tuple((name, kind) for name, kind, nested in found if kind or nested)


def _holds_records(annotation: Any) -> bool:
    """Whether a record may stand anywhere within a value of this type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(_holds_records(part) for part in getattr(annotation, "__args__", ()))


def _references(
    value: Any, path: FieldPath, kind: str | None
) -> Iterator[tuple[FieldPath, str, str]]:
    if isinstance(value, str):
        if kind:
            yield path, kind, value
    elif isinstance(value, BaseModel):
        yield from references(value, path)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _references(item, (*path, index), kind)


def _kind(annotation: Any, metadata: list[Any]) -> str | None:
    """The `Ref` kind in a field's metadata or anywhere within its type."""
    for item in metadata:
        if isinstance(item, Ref):
            return item.kind
    for argument in getattr(annotation, "__args__", ()):
        found = _kind(argument, list(getattr(argument, "__metadata__", ())))
        if found:
            return found
    return None
