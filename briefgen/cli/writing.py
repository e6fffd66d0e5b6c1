"""A paper's files take their places, where earlier ones may stand.

In: the files of papers, each with its manifest where it has one, and a folder. Out: the files
there, and warnings. A paper that is made again takes the place of the one that was made before; a
file that its manifest does not know, or knows otherwise, is somebody's own work and is left, with
everything else. Files of an earlier run that are not made this time stay, and are told of; the
manifest has them with the others where they are sure to say the same, else as `older`. A
leave-behind and a list of gaps have no manifest: what stands in their place is taken for theirs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from briefgen.errors import BriefgenError, Problem, Severity, Source
from briefgen.output import folded, locked, write_all

ENDING = ".manifest.json"
_FORMATS = ("docx", "pdf", "html", "json")
Manifest = dict[str, Any]


def put(files: Mapping[str, bytes], out: Path) -> tuple[list[Path], list[Problem]]:
    """Write papers as one set; the paths, and warnings about files that are older than these.

    Raises BriefgenError, with nothing changed, when a file in the way is not ours to replace.
    """
    whole = dict(files)
    with locked(out):
        before = {name: _read(out / name) for name in files if name.endswith(ENDING)}
        if wrong := [*_foreign(out, files, before), *_alike(out, files)]:
            raise BriefgenError(wrong)
        warnings = list(_left(out, files, before))
        for name, manifest in before.items():
            whole[name] = _with_older(out, files, name, manifest)
        return write_all(out, whole), warnings


def _read(path: Path) -> Manifest:
    """A manifest that stands; nothing where there is none, or what stands there is not one."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        found: Manifest = json.loads(path.read_bytes())
        if not path.is_symlink() and isinstance(found["files"], dict) and found["paper"]["kind"]:
            return found
    return {}


def _known(manifest: Manifest) -> dict[str, str]:
    """All files that a manifest knows, with their marks."""
    return {**manifest.get("older", {}), **manifest.get("files", {})}


def _foreign(
    out: Path, files: Mapping[str, bytes], before: Mapping[str, Manifest]
) -> Iterator[Problem]:
    """Files in the way that were not made here, or are not as they were made."""
    hint = "move it away, or name another folder with --out"
    for own, manifest in before.items():
        stem = own.removesuffix(ENDING)
        now = json.loads(files[own])
        if manifest and manifest.get("name", now["name"]) != now["name"]:
            what = f"is another paper of the same name: {manifest['paper'].get('title', '')}"
            yield Problem(Source(str(out / own)), "", what, hint)
            continue
        if not manifest and (out / own).is_file():
            yield Problem(Source(str(out / own)), "", "is no manifest of a paper", hint)
        for name in files:
            mark = _mark(out / name)
            if name == own or name.rpartition(".")[0] != stem or mark is None:
                continue
            if mark not in (_known(manifest).get(name), _sha256(files[name])):
                what = "was changed since it was made" if manifest else "was not made here"
                yield Problem(Source(str(out / name)), "", what, hint)


def _alike(out: Path, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Files whose names some systems take for one of ours."""
    names = {folded(name): name for name in files}
    for path in out.iterdir():
        name = names.get(folded(path.name))
        if name is not None and name != path.name:
            what = f"is one name with {name} on some systems"
            yield Problem(Source(str(path)), "", what, "move it away; nothing was written")


def _left(
    out: Path, files: Mapping[str, bytes], before: Mapping[str, Manifest]
) -> Iterator[Problem]:
    """The other formats of these papers, left by an earlier run, that may say other things."""
    stems = dict.fromkeys(n.rpartition(".")[0] for n in files if not n.endswith(ENDING))
    for stem in stems:
        manifest = before.get(f"{stem}{ENDING}", {})
        said = _same(out, files, manifest)
        for kind in _FORMATS:
            name = f"{stem}.{kind}"
            if name in files or (mark := _mark(out / name)) is None:
                continue
            if name in said and mark == said[name]:
                continue
            what = "is from an earlier run and was not made again"
            hint = f"give --format {kind} too, or delete it"
            yield Problem(Source(str(out / name)), "", what, hint, Severity.WARNING)


def _same(out: Path, files: Mapping[str, bytes], manifest: Manifest) -> Mapping[str, str]:
    """The files of the paper that stands, if what is made again of it came out as it was."""
    known: Mapping[str, str] = manifest.get("files", {})
    again = [name for name in files if name in known]
    same = again and all(known[name] == _sha256(files[name]) for name in again)
    return known if same else {}


def _with_older(out: Path, files: Mapping[str, bytes], own: str, before: Manifest) -> bytes:
    """The manifest with those files of the one before it that still stand as it has them."""
    now: Manifest = json.loads(files[own])
    standing = {
        name: mark
        for name, mark in _known(before).items()
        if name not in now["files"] and "/" not in name and _mark(out / name) == mark
    }
    if not standing:
        return files[own]
    said = _same(out, files, before)
    now["files"] |= {name: mark for name, mark in standing.items() if name in said}
    if older := {name: mark for name, mark in standing.items() if name not in said}:
        now["older"] = older
    return (json.dumps(now, ensure_ascii=False, indent=2) + "\n").encode()


def _mark(path: Path) -> str | None:
    """The mark of a file that stands; None where there is none, or something that is no file."""
    if path.is_symlink() or not path.is_file():
        return None
    return _sha256(path.read_bytes())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
