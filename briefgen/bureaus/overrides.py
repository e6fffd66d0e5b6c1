"""What a bureau changes, what that stands over, and which version of it the bureau accepted.

In: a bureau's chain and its `accepted.yaml`. Out: overrides with the text below them; problems for
those whose ground has changed since, with the difference. So no override can rot unseen.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from briefgen.bureaus.blocks import below, blocks_of, extends
from briefgen.bureaus.chain import Bureau, merged, place_of, shown
from briefgen.bureaus.settings import PAPERS
from briefgen.errors import Problem, Severity, Source
from briefgen.loading import decode, read_bytes, strict_yaml

ACCEPTED = "accepted.yaml"
_HEAD = (
    "# What the overrides of this bureau were written against: a change below them is told.\n"
    "# Written by `briefgen bureau accept`; not to be edited.\n"
)


@dataclass(frozen=True, slots=True)
class Override:
    """Something of a bureau's own that stands over something below.

    `ground` is the text below, `of` the file that holds it.
    """

    key: str
    source: Source
    of: str
    ground: str

    @property
    def mark(self) -> str:
        """A checksum of the ground; white space at the ends of lines does not count."""
        return hashlib.sha256(_settled(self.ground).encode()).hexdigest()[:12]


def overrides_of(bureau: Bureau) -> list[Override]:
    """What the nearest layer of a chain changes of those below it."""
    if len(bureau.layers) == 1:
        return []
    return [*_templates(bureau), *_style(bureau), *_word_files(bureau), *_lists(bureau)]


def _templates(bureau: Bureau) -> Iterator[Override]:
    """Blocks, and templates that take the place of one below as a whole."""
    own, *lower = bureau.layers
    for path in sorted(own.glob("*.j2")):
        files = [p for p in bureau.find_all(path.name) if p.parent in lower]
        parent = extends(path)
        if files and parent is None:
            text = files[0].read_text("utf-8")
            yield Override(path.name, Source(shown(path)), shown(files[0]), text)
        if parent and parent != path.name:
            files += [p for p in bureau.find_all(parent) if p.parent in lower]
        files += [p for p in bureau.find_all("page.html.j2") if p.parent in lower]
        for name, block in blocks_of(path).items():
            ground = below(name, files) if parent else None
            if ground is not None:
                holder = next(p for p in files if name in blocks_of(p))
                place = Source(shown(path), block.line, block.column)
                yield Override(f"{path.name}: {name}", place, shown(holder), ground)


def _style(bureau: Bureau) -> Iterator[Override]:
    """A style sheet, which is read after those below."""
    own = bureau.layers[0] / "style.css"
    lower = [p for p in bureau.find_all("style.css") if p != own]
    if own.is_file() and lower:
        text = "\n".join(p.read_text("utf-8") for p in reversed(lower))
        yield Override("style.css", Source(shown(own)), shown(lower[0]), text)


def _word_files(bureau: Bureau) -> Iterator[Override]:
    """A paper's own Word file, which takes the place of the template for DOCX."""
    for paper in PAPERS:
        path = bureau.layers[0] / f"{paper}.docx"
        files = bureau.find_all(f"{paper}.html.j2")
        if path.is_file() and files:
            text = "\n".join(p.read_text("utf-8") for p in reversed(files))
            yield Override(path.name, Source(shown(path)), shown(files[0]), text)


def _lists(bureau: Bureau) -> Iterator[Override]:
    """Lists of settings: what a layer below adds to its own is not in them."""
    own, *lower = bureau.own
    ground = merged(reversed(lower))
    for path, value in flat(own):
        beneath: Any = ground
        for step in path:
            beneath = beneath.get(step) if isinstance(beneath, Mapping) else None
        if isinstance(value, (list, tuple)) and beneath:
            key = f"bureau.yaml: {'.'.join(path)}"
            text = "\n".join(f"- {item}" for item in beneath)
            holder = next(
                folder for folder, given in zip(bureau.layers[1:], lower, strict=True)
                if dict(flat(given)).get(path)
            )  # fmt: skip
            place = place_of(bureau.layers[0], path, of_key=True)
            yield Override(key, place, f"{shown(holder)}/bureau.yaml", text)


def flat(settings: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """Settings one by one, each with its path; a list is one setting."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from flat(value, (*path, key))
        else:
            yield (*path, key), value


def accepted_text(overrides: list[Override]) -> str:
    """The text of `accepted.yaml` for overrides as they stand now."""
    rows = [
        {"override": o.key, "of": o.of, "mark": o.mark, "text": _settled(o.ground)}
        for o in overrides
    ]
    if not rows:
        return _HEAD + "[]\n"
    made = yaml.dump(rows, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)
    return _HEAD + str(made)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _written(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _written)


def rot_problems(bureau: Bureau) -> list[Problem]:
    """Overrides whose ground has changed since it was accepted, and those never accepted."""
    path = bureau.layers[0] / ACCEPTED
    recorded, faults = _read(path)
    if faults:
        return faults
    found = []
    for override in overrides_of(bureau):
        was = recorded.get(override.key)
        if was is None:
            found.append(_problem(bureau, override, "is not recorded with what it stands over", ""))
        elif was["mark"] != override.mark:
            message = f"was written against another version of {override.of}"
            found.append(_problem(bureau, override, message, _difference(override, was["text"])))
    return found


def _problem(bureau: Bureau, override: Override, message: str, detail: str) -> Problem:
    command = f"briefgen bureau accept {bureau.id}"
    hint = f"look at the difference, then: {command}" if detail else command
    kind = Severity.WARNING
    return Problem(override.source, override.key, message, hint, kind, "rot", detail)


def _difference(override: Override, before: str) -> str:
    """What was below then, and what is there now."""
    lines = difflib.unified_diff(
        _settled(before).splitlines(),
        _settled(override.ground).splitlines(),
        "as accepted",
        f"{override.of} now",
        lineterm="",
        n=1,
    )
    return "\n".join(lines)


def _settled(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def _read(path: Path) -> tuple[dict[str, dict[str, str]], list[Problem]]:
    """The rows of an `accepted.yaml` by their key."""
    if not path.is_file():
        return {}, []
    text, problems = decode(read_bytes(path), shown(path))
    if text is None:
        return {}, problems
    data, place, problems = strict_yaml.parse(text, shown(path))
    if problems:
        return {}, problems
    rows: dict[str, dict[str, str]] = {}
    for index, row in enumerate(data if isinstance(data, list) else [data] if data else []):
        if not isinstance(row, dict) or not all(
            isinstance(row.get(key, ""), str) and (key in row or key == "text")
            for key in ("override", "mark", "text")
        ):
            at = Source(shown(path), *place.find((index,)))
            hint = "let `briefgen bureau accept` write the file"
            return {}, [Problem(at, "", "is not a row of accepted overrides", hint)]
        rows[row["override"]] = {"text": "", **row}
    return rows, []
