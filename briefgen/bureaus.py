"""A bureau's chain of layers: its own folder over those that it extends, down to `base`.

In: `templates/<bureau>/` folders with `bureau.yaml`. Out: a `Bureau`: merged settings, and for any
template or style the files of the chain that hold it, nearest first. A bureau's folder holds only
what differs. Names reach only files of the chain: no path leads out of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from briefgen.compose.brief import SECTIONS
from briefgen.errors import BriefgenError, Problem, RequestError, Source, did_you_mean
from briefgen.loading import DataFile, load_file
from briefgen.loading.layout import FileKind
from briefgen.loading.reader import find_model
from briefgen.names import Countries, fold
from briefgen.records import Record

Millimetres = Annotated[float, Field(gt=0, le=1000)]
Points = Annotated[float, Field(ge=5, le=72)]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", examples=["#1f3a5f"])]


def _locale(value: str) -> str:
    """A locale that CLDR knows, such as `en-GB` or `ja`."""
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(value, sep="-")
    except (UnknownLocaleError, ValueError):
        raise PydanticCustomError(
            "locale",
            "'{given}' is not a known locale",
            {"given": value, "hint": "write en-GB, ja, fr-CA ..."},
        ) from None
    return value


class Fonts(Record):
    """Font families by script; `body` and `heading` are for Latin letters."""

    body: str | None = None
    heading: str | None = None
    east_asian: str | None = None
    complex: str | None = None


class Sizes(Record):
    """Type sizes in points."""

    body: Points | None = None
    small: Points | None = None
    table: Points | None = None
    h1: Points | None = None
    h2: Points | None = None
    h3: Points | None = None
    h4: Points | None = None
    lead: Points | None = None


class Colours(Record):
    """Colours as #rrggbb."""

    text: Colour | None = None
    accent: Colour | None = None
    muted: Colour | None = None
    rule: Colour | None = None
    band: Colour | None = None


class Theme(Record):
    """The look, in one place for PDF and Word alike; `alternatives` name a font's stand-in.

    `line_height` is a multiple of the size of the letters, `spacing` a factor on all white space
    between paragraphs. `line_rule` is
    Word's: `exact` sets lines as close as the PDF has them, `atLeast` gives way to tall letters.
    """

    fonts: Fonts | None = None
    alternatives: dict[str, str] | None = None
    sizes: Sizes | None = None
    line_height: Annotated[float, Field(ge=1, le=3)] | None = None
    spacing: Annotated[float, Field(gt=0, le=3)] | None = None
    line_rule: Literal["atLeast", "exact"] | None = None
    colours: Colours | None = None


class Page(Record):
    """Paper and margins in millimetres."""

    width: Millimetres | None = None
    height: Millimetres | None = None
    margin_top: Millimetres | None = None
    margin_bottom: Millimetres | None = None
    margin_left: Millimetres | None = None
    margin_right: Millimetres | None = None
    header: Millimetres | None = None
    footer: Millimetres | None = None


PAPERS = ("brief", "speaking", "leave-behind", "history", "record", "gaps", "addendum")


def _known(what: str, known: tuple[str, ...]) -> AfterValidator:
    """Refuses a text that is none of a list; the nearest match is named."""

    def check(value: str) -> str:
        if value in known:
            return value
        hint = did_you_mean(value, known) or f"known: {', '.join(known)}"
        raise PydanticCustomError(
            "known", "'{given}' is not a {what}", {"given": value, "what": what, "hint": hint}
        )

    return AfterValidator(check)


def _enumerated(known: tuple[str, ...]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(known)})


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((name for name in value if value.count(name) > 1), None)
    if twice:
        raise PydanticCustomError(
            "twice", "'{given}' stands twice", {"given": twice, "hint": "name each section once"}
        )
    return value


Section = Annotated[str, _known("section", SECTIONS), _enumerated(SECTIONS)]
PaperName = Annotated[str, _known("paper", PAPERS), _enumerated(PAPERS)]


class PaperSettings(Record):
    """What differs for one kind of paper; all else is as for every paper of the bureau.

    `points` and `contacts` are how many a brief shows, of the contacts the newest; how many more
    there are is told.
    """

    sections: Annotated[tuple[Section, ...], AfterValidator(_once)] | None = None
    points: Annotated[int, Field(ge=1, le=50)] | None = None
    contacts: Annotated[int, Field(ge=1, le=1000)] | None = None
    notes: Literal["endnotes", "footnotes"] | None = None
    page: Page | None = None
    theme: Theme | None = None


class BureauSettings(Record):
    """`bureau.yaml`: only what differs from the layer below."""

    name: str | None = None
    extends: str | None = None
    locale: Annotated[str, AfterValidator(_locale)] | None = None
    notes: Literal["endnotes", "footnotes"] | None = None
    page: Page | None = None
    theme: Theme | None = None
    papers: dict[PaperName, PaperSettings] | None = None


_KIND = FileKind("bureau.yaml", "bureau", BureauSettings, "one", "a bureau's settings")


@dataclass(frozen=True, slots=True)
class Bureau:
    """A bureau with its chain, nearest layer first, and the settings merged along it."""

    id: str
    layers: tuple[Path, ...]
    settings: dict[str, Any]

    def for_paper(self, paper: str) -> Bureau:
        """The bureau with the settings of one kind of paper over those of all papers."""
        own = self.settings.get("papers", {}).get(paper, {})
        return replace(self, settings=_merge(self.settings, own))

    def find(self, name: str) -> Path | None:
        """The nearest file of this name in the chain; no name leads out of it."""
        return next(iter(self.find_all(name)), None)

    def find_all(self, name: str) -> list[Path]:
        """Every file of this name in the chain, nearest first."""
        if Path(name).name != name or name.startswith("."):
            return []
        paths = (layer / name for layer in self.layers)
        return [path for path in paths if path.is_file() and not path.is_symlink()]


def bureau_ids(workspace: Path) -> list[str]:
    """The bureaus of a workspace: the folders of `templates/` that hold a bureau.yaml."""
    return sorted(p.parent.name for p in (workspace / "templates").glob("*/bureau.yaml"))


def load_bureau(workspace: Path, given: str) -> Bureau:
    """The bureau named by id in any case.

    Raises RequestError for an unknown bureau, BriefgenError for faults in a bureau.yaml or a chain
    that runs in a circle.
    """
    known = bureau_ids(workspace)
    id_ = next((name for name in known if fold(name) == fold(given)), None)
    if id_ is None:
        hint = did_you_mean(given, known) or f"known: {', '.join(known) or 'none'}"
        raise RequestError(f"unknown bureau '{given}' ({hint})")
    layers: list[tuple[Path, BureauSettings]] = []
    step: str | None = id_
    while step:
        folder = workspace / "templates" / step
        if any(folder == layer for layer, _ in layers):
            _fail(
                folder,
                f"extends itself through {' > '.join(p.name for p, _ in layers)}",
                "end the chain with a bureau that extends none",
            )
        settings = _read(folder, known)
        layers.append((folder, settings))
        step = settings.extends
    merged: dict[str, Any] = {}
    for _, settings in reversed(layers):
        merged = _merge(merged, settings.model_dump(exclude_none=True, exclude={"extends"}))
    missing = list(_missing(BureauSettings, merged))
    if missing:
        name = Source(f"templates/{layers[-1][0].name}/bureau.yaml")
        hint = "the last layer of a chain must give every setting; see templates/base"
        raise BriefgenError(Problem(name, field, "is given by no layer", hint) for field in missing)
    return Bureau(id_, tuple(folder for folder, _ in layers), merged)


def _missing(model: type[BaseModel], settings: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The settings that no layer gives; `alternatives` and `papers` may be left out."""
    for name, info in model.model_fields.items():
        if name in ("extends", "name", "alternatives", "papers"):
            continue
        inner = find_model(info.annotation)
        if name not in settings:
            yield path + name
        elif inner:
            yield from _missing(inner, settings[name], f"{path}{name}.")


def _read(folder: Path, known: list[str]) -> BureauSettings:
    path = folder / "bureau.yaml"
    if not path.is_file():
        _fail(folder, "is not a bureau", did_you_mean(folder.name, known) or f"known: {known}")
    name = f"templates/{folder.name}/bureau.yaml"
    loaded = load_file(DataFile(path, name, _KIND), path.read_bytes(), Countries())
    if loaded.problems:
        raise BriefgenError(loaded.problems)
    record = loaded.records[0].record if loaded.records else BureauSettings()
    assert isinstance(record, BureauSettings)
    return record


def _fail(folder: Path, message: str, hint: str) -> None:
    raise BriefgenError(
        [Problem(Source(f"templates/{folder.name}/bureau.yaml"), "", message, hint)]
    )


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`above` over `below`, map by map."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged
