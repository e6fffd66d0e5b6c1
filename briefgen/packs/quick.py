"""Whether a pack stands as the very same run left it, found without loading anything heavy.

In: the pack's folder, the workspace, what is asked for. Out: the number of files that were
verified, or None when the run has to be planned. Every file of the pack is read and compared with
the manifest; of the workspace, files with an unchanged stamp are trusted as the index trusts them.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from briefgen.errors import BriefgenError
from briefgen.output import write_all
from briefgen.packs import proof, stamps

_RACY_NS = 2_000_000_000  # a file changed so shortly before may change again unseen
Look = dict[str, Any]


def look(
    workspace: Path, question: Mapping[str, Any], table: Path | None, known: Look | None
) -> Look:
    """What a run depends on, as it is now; `known` is an earlier look, to read fewer files."""
    before = (known or {}).get("tree", {})
    then = (known or {}).get("at", 0)
    tree = {}
    for path in _files(workspace, table):
        stamp, changed = _stamp(path)
        old = before.get(str(path))
        trusted = old and old[0] == stamp and changed < then - _RACY_NS
        tree[str(path)] = old if trusted else [stamp, proof.sha256(path.read_bytes())]
    text = json.dumps(
        [
            stamps.settings_mark(),
            dict(question),
            [[name, mark] for name, (_, mark) in tree.items()],
        ],
        sort_keys=True,
    )
    return {"at": time.time_ns(), "tree": tree, "mark": hashlib.sha256(text.encode()).hexdigest()}


def unchanged(
    out: Path, workspace: Path, cache: Path, question: Mapping[str, Any], table: Path | None
) -> int | None:
    """The number of files of a pack that stands whole as this very run left it, else None."""
    try:
        known = json.loads(_place(cache, out).read_bytes())
        content = (out / proof.MANIFEST).read_bytes()
        if proof.sha256(content) != known["manifest"] or not _zip_stands(out, known):
            return None
        if look(workspace, question, table, known["look"])["mark"] != known["look"]["mark"]:
            return None
        manifest = proof.read_manifest(out)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BriefgenError):
        return None
    return None if proof.verify(out, manifest) else len(manifest["files"])


def was_made(out: Path, cache: Path) -> bool:
    """Whether a pack was made in this folder before."""
    return _place(cache, out).is_file() and (out / proof.MANIFEST).is_file()


def remember(out: Path, cache: Path, seen: Look) -> None:
    """Keep what the run depended on; where that cannot be, the next run only takes longer."""
    with suppress(OSError, BriefgenError):
        mark = proof.sha256((out / proof.MANIFEST).read_bytes())
        known = {"manifest": mark, "zip": _zip_mark(out), "look": seen}
        place = _place(cache, out)
        write_all(place.parent.resolve(), {place.name: json.dumps(known).encode()})


def _zip_stands(out: Path, known: Mapping[str, Any]) -> bool:
    return bool(known["zip"] == _zip_mark(out))


def _zip_mark(out: Path) -> list[int]:
    """Size and time of the zip beside the pack, if there is one."""
    path = out.resolve().with_name(f"{out.resolve().name}.zip")
    try:
        info = path.stat()
    except OSError:
        return []
    return [info.st_size, info.st_mtime_ns]


def _place(cache: Path, out: Path) -> Path:
    name = hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:24]
    return cache / f"pack-{name}.json"


def _files(workspace: Path, table: Path | None) -> Iterator[Path]:
    """Every file that a pack may depend on: the record, the templates, the travel plan."""
    if table:
        yield table.resolve()
    for room in ("data", "templates"):
        for folder, names, files in os.walk(workspace.resolve() / room):
            names.sort()
            yield from (Path(folder, name) for name in sorted(files))


def _stamp(path: Path) -> tuple[str, int]:
    """Size, times and inode of a file, and when it last changed, in nanoseconds."""
    info = path.stat()
    stamp = f"{info.st_size}/{info.st_mtime_ns}/{info.st_ctime_ns}/{info.st_ino}"
    return stamp, max(info.st_mtime_ns, info.st_ctime_ns)
