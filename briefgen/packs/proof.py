"""The manifest of a pack, and the proof by it: what was changed, is missing, does not belong.

In: a pack's folder. Out: its manifest as plain data, and `Problem`s, one a file. Nothing but the
standard library is needed, so that a pack can be verified at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from briefgen import strict_json
from briefgen.errors import BriefgenError, Problem, Source
from briefgen.output import LOCK

MANIFEST = "manifest.json"
UNFINISHED = ".unfinished.json"
_OWN = frozenset((MANIFEST, LOCK))
FORM = 1  # of the manifest; a later form has a higher number

Data = dict[str, Any]


def sha256(content: bytes) -> str:
    """The mark of a file's content."""
    return hashlib.sha256(content).hexdigest()


def read_manifest(folder: Path) -> Data:
    """The manifest of a pack; raises BriefgenError when there is none, or it is not one."""
    path = folder / MANIFEST
    try:
        found: Data = strict_json.read(path)
    except OSError as error:
        if (folder / UNFINISHED).exists():
            what, hint = "the last run did not finish", "run the same pack command again"
        else:
            what, hint = f"{error.strerror}", "name the folder of a pack"
        raise BriefgenError([Problem(Source(str(path)), "", what, hint)]) from None
    except ValueError as error:
        raise _not_one(path, str(error)) from None
    if fault := strict_json.shape_fault(found, {"files": {}, "as_of": str}):
        raise _not_one(path, fault)
    if found.get("form") != FORM:
        raise _not_one(path, f"its form is {found.get('form')!r}, this program knows {FORM}")
    for name, mark in found["files"].items():
        if not inside(name) or not isinstance(mark, str):
            raise _not_one(path, f"it names '{name[:60]}', which is no file of a pack")
    return found


def _not_one(path: Path, why: str) -> BriefgenError:
    return BriefgenError([Problem(Source(str(path)), "", f"is no manifest of a pack: {why}")])


def inside(name: str) -> bool:
    """Whether a name stays within the pack's folder."""
    path = PurePosixPath(name)
    return (
        bool(name)
        and "\0" not in name
        and not path.is_absolute()
        and not {"..", "."} & set(path.parts)
    )


def verify(folder: Path, manifest: Mapping[str, Any] | None = None) -> list[Problem]:
    """What of a pack is not as its manifest says, file by file in the order of their names.

    Raises BriefgenError when there is no manifest.
    """
    wanted: Mapping[str, str] = (manifest or read_manifest(folder))["files"]
    found = [*_not_as_told(folder, wanted), *_strangers(folder, wanted)]
    return sorted(found, key=lambda problem: problem.order)


def _not_as_told(folder: Path, wanted: Mapping[str, str]) -> Iterator[Problem]:
    for name, mark in wanted.items():
        path = folder / name
        try:
            if path.is_symlink():
                yield Problem(Source(name), "", "is a link, where the manifest has a file")
            elif sha256(path.read_bytes()) != mark:
                yield Problem(Source(name), "", "was changed since the pack was made")
        except FileNotFoundError:
            yield Problem(Source(name), "", "is missing")
        except OSError as error:
            yield Problem(Source(name), "", f"cannot be read: {error.strerror}")


def _strangers(folder: Path, wanted: Mapping[str, str]) -> Iterator[Problem]:
    for name in files_in(folder):
        if name not in wanted and name not in _OWN:
            yield Problem(Source(name), "", "does not belong to the pack")


def files_in(folder: Path) -> Iterator[str]:
    """Every file below a folder by its name there, with `/`, sorted."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix()
