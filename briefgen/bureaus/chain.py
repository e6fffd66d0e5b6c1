"""A bureau's chain of layers: its own folder over those that it extends, down to `base`.

In: `templates/<bureau>/` folders with `bureau.yaml`. Out: a `Bureau`: merged settings, its words,
and for any template or style the files of the chain that hold it, nearest first. A bureau's folder
holds only what differs. Names reach only files of the chain: no path leads out of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from briefgen.bureaus.settings import DEFAULTS, BureauSettings
from briefgen.errors import BriefgenError, Problem, RequestError, Severity, Source, did_you_mean
from briefgen.loading import DataFile, decode, load_file, read_bytes, strict_yaml
from briefgen.loading.layout import KINDS, FileKind
from briefgen.loading.reader import find_model
from briefgen.names import Countries, fold
from briefgen.phrases import Catalogue, Message, Phrases, read_catalogue
from briefgen.records import CountryEntry

_MB = 1_000_000
# What a file of a bureau may hold, by its ending: none that people write comes near it.
_MOST_BYTES = {".docx": 50 * _MB, ".png": 20 * _MB, ".jpg": 20 * _MB, ".jpeg": 20 * _MB}
MOST_BYTES_ELSE = 5 * _MB
_WRITTEN = (".j2", ".css")  # what is read as text wherever it is needed
KIND = FileKind("bureau.yaml", "bureau", BureauSettings, "one", "a bureau's settings")
# Blocks of the frame: where they stand is not the bureau's to order.
FRAME = frozenset(
    ("description", "keywords", "running", "kicker", "letterhead", "subtitle", "body",
     "notes_heading")
)  # fmt: skip
_BLOCK = re.compile(r"\{%-?\s*block\s+(\w+)")


@dataclass(frozen=True)
class Bureau:
    """A bureau with its chain, nearest layer first, and the settings merged along it.

    `own` are the settings as each layer gives them, in the order of `layers`.
    """

    id: str
    layers: tuple[Path, ...]
    settings: dict[str, Any]
    own: tuple[dict[str, Any], ...] = ()

    def for_paper(self, paper: str) -> Bureau:
        """The bureau with the settings of one kind of paper over those of all papers."""
        own = self.settings.get("papers", {}).get(paper, {})
        return replace(self, settings=merged([self.settings, own]))

    def with_settings(self, given: Mapping[str, Any]) -> Bureau:
        """The bureau with settings given for this run over its own."""
        return replace(self, settings=merged([self.settings, given])) if given else self

    def for_template(self, name: str) -> Bureau:
        """The bureau with the settings of the paper that a template makes."""
        return self.for_paper(name.removesuffix(".html.j2"))

    def find(self, name: str) -> Path | None:
        """The nearest file of this name in the chain; no name leads out of it."""
        return next(iter(self.find_all(name)), None)

    def find_all(self, name: str) -> list[Path]:
        """Every file of this name in the chain, nearest first.

        A name may lead into the folder `words`, else it is the name of a file alone.
        """
        plain = name.removeprefix("words/")
        if Path(plain).name != plain or plain.startswith("."):
            return []
        paths = (layer / name for layer in self.layers)
        return [p for p in paths if p.is_file() and not (p.is_symlink() or p.parent.is_symlink())]

    @property
    def language(self) -> str:
        """The language of the papers: `en` of `en-GB`."""
        return str(self.settings["locale"]).split("-")[0]

    @cached_property
    def phrases(self) -> Phrases:
        """The bureau's words; raises BriefgenError for a catalogue that cannot be read."""
        catalogues, problems = [], []
        for layer, own in zip(self.layers, self._own_with_locale(), strict=True):
            if own.get("labels") and own["locale"].split("-")[0] == self.language:
                catalogues.append(Catalogue(labels(own["labels"])))
            for path in catalogue_paths(layer, self.settings["locale"]):
                found, _, faults = read_catalogue(path.read_bytes(), shown(path), self.language)
                catalogues.append(found)
                problems += faults
        if problems:
            raise BriefgenError(problems)
        return Phrases(self.language, catalogues)

    def _own_with_locale(self) -> Iterator[dict[str, Any]]:
        """Each layer's settings with the locale that held when they were written."""
        for index, own in enumerate(self.own):
            below = (o["locale"] for o in self.own[index:] if "locale" in o)
            yield {**own, "locale": next(below, self.settings["locale"])}


def labels(given: Mapping[str, str]) -> list[Message]:
    """The labels of a bureau.yaml as messages; their lines are not known here."""
    return [Message((english,), (said,), 0) for english, said in given.items()]


def catalogue_paths(layer: Path, locale: str) -> list[Path]:
    """The catalogues of a layer for a locale: of region and language, then of the language."""
    names = dict.fromkeys((locale.replace("-", "_"), locale.split("-", maxsplit=1)[0]))
    paths = (layer / "words" / f"{name}.po" for name in names)
    return [p for p in paths if p.is_file() and not (p.is_symlink() or p.parent.is_symlink())]


def shown(path: Path) -> str:
    """A file of a layer as messages name it: from `templates` on."""
    parts = path.parts
    start = len(parts) - 1 - parts[::-1].index("templates") if "templates" in parts else 0
    return "/".join(parts[start:])


def bureau_ids(workspace: Path) -> list[str]:
    """The bureaus of a workspace: the folders of `templates/` that hold a bureau.yaml."""
    return sorted(p.parent.name for p in (workspace / "templates").glob("*/bureau.yaml"))


def read_bureau(workspace: Path, given: str, unopened: list[Problem] | None = None) -> Bureau:
    """The bureau named by id in any case, its settings checked but not what its folder holds.

    What of its folders is not to be opened at all is added to `unopened`, if that is given: then no
    paper is to be made of the bureau, but the rest of it can be looked at.
    Raises RequestError for an unknown bureau, BriefgenError for faults in a bureau.yaml, a chain
    that runs in a circle, and what is not to be opened.
    """
    known = bureau_ids(workspace)
    id_ = next((name for name in known if fold(name) == fold(given)), None)
    if id_ is None:
        hint = did_you_mean(given, known) or f"known: {', '.join(known) or 'none'}"
        raise RequestError(f"unknown bureau '{given}' ({hint})")
    layers = _layers(workspace, id_, known, unopened)
    own = [s.model_dump(exclude_none=True, exclude={"extends"}) for _, s in layers]
    settings = merged([DEFAULTS, *reversed(own)])
    missing = list(_missing(BureauSettings, settings))
    if missing:
        name = Source(f"templates/{layers[-1][0].name}/bureau.yaml")
        hint = "the last layer of a chain must give every setting; see templates/base"
        raise BriefgenError(Problem(name, field, "is given by no layer", hint) for field in missing)
    return Bureau(id_, tuple(folder for folder, _ in layers), settings, tuple(own))


def _layers(
    workspace: Path, id_: str, known: list[str], unopened: list[Problem] | None
) -> list[tuple[Path, BureauSettings]]:
    """The folders of a chain with what each gives, nearest first."""
    layers: list[tuple[Path, BureauSettings]] = []
    step: str | None = id_
    while step:
        folder = workspace / "templates" / step
        if any(folder == layer for layer, _ in layers):
            circle = " > ".join([*(p.name for p, _ in layers), step])
            fault = place_of(layers[-1][0], ("extends",))
            hint = "end the chain with a bureau that extends none"
            raise BriefgenError([Problem(fault, "extends", f"runs in a circle: {circle}", hint)])
        if step not in known:
            fault = place_of(layers[-1][0], ("extends",))
            hint = did_you_mean(step, known) or f"known: {', '.join(known)}"
            raise BriefgenError([Problem(fault, "extends", f"'{step}' is not a bureau", hint)])
        faults = list(_unreadable(folder))
        needed = (shown(folder), shown(folder / KIND.pattern))
        if faults and (unopened is None or any(p.source.path in needed for p in faults)):
            raise BriefgenError([*(unopened or ()), *faults])
        if unopened is not None:
            unopened += faults
        settings = _read(folder)
        layers.append((folder, settings))
        step = settings.extends
    return layers


def _unreadable(folder: Path) -> Iterator[Problem]:
    """What of a layer's folder is not to be opened at all: links, pipes, files of no human size."""
    inner = "put the file itself into the folder"
    if folder.is_symlink():
        yield Problem(Source(shown(folder)), "", "is a link, which is not followed", inner)
        return
    entries = [*os.scandir(folder), *_entries_of(folder / "words")]
    for entry in sorted(entries, key=lambda entry: entry.path):
        place, path = Source(shown(Path(entry.path))), Path(entry.name)
        most = _MOST_BYTES.get(path.suffix.lower(), MOST_BYTES_ELSE)
        if entry.is_symlink():
            yield Problem(place, "", "is a link, which is not followed", inner)
        elif not (entry.is_file() or entry.is_dir()):
            yield Problem(place, "", "is no file: a pipe, a socket or a device", inner)
        elif entry.is_file() and (size := entry.stat().st_size) > most:
            what = (
                f"holds {size // _MB} MB, more than the {most // _MB} MB that are read of its kind"
            )
            yield Problem(place, "", what, "make it smaller, or take it out of the folder")
        elif path.suffix in _WRITTEN and entry.is_file():
            _, told = decode(read_bytes(Path(entry.path)), place.path)
            yield from (p for p in told.all_of(place.path) if p.severity is Severity.ERROR)


def _entries_of(folder: Path) -> list[os.DirEntry[str]]:
    return list(os.scandir(folder)) if folder.is_dir() and not folder.is_symlink() else []


def place_of(layer: Path, path: tuple[str | int, ...], *, of_key: bool = False) -> Source:
    """Where a setting stands in a layer's bureau.yaml."""
    file = layer / "bureau.yaml"
    text = file.read_text("utf-8-sig") if file.is_file() else ""
    _, place, _ = strict_yaml.parse(text, shown(file))
    return Source(shown(file), *place.find(path, of_key=of_key))


def sections_of(bureau: Bureau, paper: str) -> list[str]:
    """The sections that a paper can have: the blocks of its templates in the chain."""
    texts = [path.read_text("utf-8") for path in reversed(bureau.find_all(f"{paper}.html.j2"))]
    frame = [path.read_text("utf-8") for path in reversed(bureau.find_all("page.html.j2"))]
    names = dict.fromkeys(n for text in [*texts, *frame] for n in _BLOCK.findall(text))
    return [name for name in names if name not in FRAME]


def _missing(model: type[BaseModel], settings: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The settings that no layer gives and that have no default."""
    for name, info in model.model_fields.items():
        if name in ("extends", "papers"):
            continue
        inner = find_model(info.annotation)
        if name not in settings:
            yield path + name
        elif inner and isinstance(settings[name], Mapping):
            yield from _missing(inner, settings[name], f"{path}{name}.")


def _read(folder: Path) -> BureauSettings:
    path = folder / "bureau.yaml"
    content = read_bytes(path)
    names = _countries(folder.parent.parent) if b"country_names" in content else Countries()
    loaded = load_file(DataFile(path, shown(path), KIND), content, names)
    if errors := [p for p in loaded.problems if p.severity is Severity.ERROR]:
        raise BriefgenError(errors)
    record = loaded.records[0].record if loaded.records else BureauSettings()
    assert isinstance(record, BureauSettings)
    return record


def _countries(workspace: Path) -> Countries:
    """The countries of a workspace by every name that its record knows."""
    kind = next(kind for kind in KINDS if kind.kind == "country")
    path = workspace / "data" / kind.pattern
    if not path.is_file():
        return Countries()
    file = DataFile(path, f"data/{kind.pattern}", kind)
    loaded = load_file(file, read_bytes(path), Countries())
    entries = (found.record for found in loaded.records)
    return Countries(entry for entry in entries if isinstance(entry, CountryEntry))


def merged(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Settings map by map, later layers over earlier ones."""
    found: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            both = isinstance(value, dict) and isinstance(found.get(key), dict)
            found[key] = merged([found[key], value]) if both else value
    return found
