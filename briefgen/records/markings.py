"""Marking schemes: ordered levels, caveats, who may read, and how they stand on a page.

In: `markings.yaml`, and the `marking` of a record. Out: frozen records. A workspace works with one
scheme; nothing translates one scheme into another. What a level means, who may set it and what it
asks of its readers is for people: the program marks what it is told.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from briefgen.records.base import (
    CaveatRef,
    Countries,
    GroupRef,
    Id,
    LocalText,
    Located,
    MarkingRef,
    Record,
    Text,
)

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", examples=["#1f3a5f"])]


Unstripped = Annotated[str, StringConstraints(strip_whitespace=False)]


class Marking(Record):
    """The marking of a record: its level, and perhaps caveats and who alone may read it."""

    level: MarkingRef
    """The level, from the ministry's scheme. Example: `official`"""
    caveats: tuple[CaveatRef, ...] = ()
    """Caveats of the scheme. Example: `[noforn]`"""
    readers: Countries = ()
    """States that alone may read it, beside our own; with `reader_groups` left out: any.
    Example: `[USA]`"""
    reader_groups: tuple[GroupRef, ...] = ()
    """Groups whose members may read it, beside our own State. Example: `[ASEAN]`"""


def _level(value: object) -> object:
    """A level alone stands for a marking of that level."""
    return {"level": value} if isinstance(value, str) else value


MarkingField = Annotated[
    Marking,
    BeforeValidator(_level),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "examples": ["official"]},
                {
                    "type": "object",
                    "required": ["level"],
                    "additionalProperties": False,
                    "properties": {
                        "level": {"type": "string"},
                        "caveats": {"type": "array", "items": {"type": "string"}},
                        "readers": {
                            "anyOf": [
                                {"type": "array", "items": {"type": "string"}},
                                {"type": "string"},
                            ]
                        },
                        "reader_groups": {"type": "array", "items": {"type": "string"}},
                    },
                },
            ]
        }
    ),
]


class Level(Record):
    """A level of a scheme."""

    id: Id
    """Name by which records use it. Example: `secret`"""
    label: LocalText
    """What is printed; one language where the scheme's labels are never translated."""
    portion: Text | None = None
    """Its portion mark, without brackets. Example: `S`"""
    colour: Colour | None = None
    """The colour of its letters at head and foot of the page. Example: `"#8a1020"`"""
    background: Colour | None = None
    """The colour behind them. Example: `"#ffffff"`"""


class Caveat(Level):
    """A caveat of a scheme: it stands behind the level."""

    only: Countries = ()
    """States that alone may read what bears it; left out: it limits no readers. Example: `[USA]`"""
    levels: tuple[Id, ...] = ()
    """The levels that it may stand behind; left out: any. Example: `[secret]`"""


class Releasable(Record):
    """How the readers of a paper that not all may read are printed, `{readers}` for their codes."""

    banner: Text
    """Behind the level. Example: `REL TO {readers}`"""
    portion: Text | None = None
    """In a portion mark. Example: `REL TO {readers}`"""
    between: Unstripped = ", "
    """What parts the codes. Example: `", "`"""

    @model_validator(mode="after")
    def _names_the_readers(self) -> Self:
        for name in ("banner", "portion"):
            given = getattr(self, name)
            if given is not None and "{readers}" not in given:
                raise PydanticCustomError(
                    "readers",
                    "'{given}' does not say where the readers stand",
                    {"given": given, "hint": "write {readers} in it", "field": name},
                )
        return self


class Scheme(Located):
    """A marking scheme."""

    id: Id
    """Name by which `ministry.yaml` chooses it. Example: `tlp`"""
    name: LocalText
    """What people call it."""
    rule: Text
    """The rule that it follows, as one can find it. Example: `FIRST, TLP 2.0, August 2022`"""
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    """Its levels, the lowest first: the order decides what lies above a ceiling."""
    caveats: tuple[Caveat, ...] = ()
    """Its caveats, in the order in which they are printed.
    Example: `[{id: noforn, label: NOFORN}]`"""
    releasable: Releasable | None = None
    """How limited readers are printed; left out: nothing says who may read.
    Example: `{banner: "Releasable to {readers}"}`"""
    separator: Unstripped = "//"
    """What parts the level from what stands behind it. Example: `//`"""
    between: Unstripped = "/"
    """What parts one caveat from the next. Example: `/`"""
    align: Literal["centre", "end"] = "centre"
    """Where it stands at head and foot of a page. Example: `centre`"""
    size: Annotated[float, Field(ge=5, le=72)] | None = None
    """The least size of its letters at head and foot, in points; left out: that of the header.
    Example: `12`"""
    portions: bool = False
    """yes: each title, paragraph, item, row and caption begins with its portion mark.
    Example: `no`"""

    @model_validator(mode="after")
    def _portions_are_given(self) -> Self:
        marks = [*self.levels, *self.caveats]
        if self.portions and (bare := next((m for m in marks if not m.portion), None)):
            raise PydanticCustomError(
                "portion",
                "'{given}' has no portion mark",
                {"given": bare.id, "hint": "a scheme with portions gives one to each"},
            )
        return self

    @model_validator(mode="after")
    def _levels_are_known(self) -> Self:
        levels = [level.id for level in self.levels]
        for number, caveat in enumerate(self.caveats):
            for name in caveat.levels:
                if name not in levels:
                    raise PydanticCustomError(
                        "level",
                        "'{given}' is no level of the scheme",
                        {
                            "given": name,
                            "hint": f"known: {', '.join(levels)}",
                            "field": f"caveats.{number}.levels",
                        },
                    )
        return self


def _told_apart(value: tuple[Scheme, ...]) -> tuple[Scheme, ...]:
    for scheme in value:
        ids = [mark.id for mark in (*scheme.levels, *scheme.caveats)]
        twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
        if twice:
            raise PydanticCustomError(
                "twice",
                "scheme '{scheme}' has '{given}' twice",
                {"scheme": scheme.id, "given": twice, "hint": "give each its own id"},
            )
    return value


class Schemes(Record):
    """`markings.yaml`: the marking schemes that a ministry may choose from."""

    schemes: Annotated[tuple[Scheme, ...], AfterValidator(_told_apart)]
    """The schemes; `ministry.yaml` says which one holds."""
