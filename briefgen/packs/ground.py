"""Whether a pack can stand where it is wanted, looked at before anything is made.

In: an order, the pack's folder, the names of its files beside the States' folders. Out: nothing, or
BriefgenError with all that is in the way: names that are one on some systems, links, and files that
no pack has put there.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from briefgen.errors import BriefgenError, Problem, Source
from briefgen.output import in_the_way, require_names
from briefgen.packs import folders
from briefgen.packs.order import PackOrder
from briefgen.packs.proof import MANIFEST, UNFINISHED, read_manifest
from briefgen.packs.run import written_before

_MOVE = "move it away, or name another folder with --out"


def require_room(order: PackOrder, out: Path, whole: Sequence[str], *, zipped: bool) -> None:
    """Raise BriefgenError, with all of them, for whatever is in the way of a pack.

    `whole` are the places in the pack of the files that it has as a whole: index and books.
    """
    highest = order.bureaus if order.named else order.countries
    require_names(str(out), [*highest, MANIFEST, *(name for name in whole if "/" not in name)])
    require_names(str(out), order.countries)
    found = [*_links(order, out), *_manifest(out), *_foreign(out, whole)]
    if zipped:
        found += _zip(out)
    if found:
        raise BriefgenError(found)


def zip_path(out: Path) -> Path:
    """Where the zip of a pack stands: beside its folder."""
    return out.resolve().with_name(f"{out.resolve().name}.zip")


def _links(order: PackOrder, out: Path) -> Iterator[Problem]:
    """The bureaus' folders; what is wrong with a State's own is that State's fault alone."""
    for bureau in order.bureaus if order.named else ():
        try:
            folders.within(out, f"{bureau}/x")
        except BriefgenError as error:
            yield from error.problems


def _manifest(out: Path) -> Iterator[Problem]:
    """A file that has the name of a pack's manifest and is not one."""
    found = in_the_way(out, [MANIFEST, UNFINISHED])
    yield from found
    if not found and (out / MANIFEST).is_file():
        try:
            read_manifest(out)
        except BriefgenError as error:
            problem = error.problems[0]
            yield Problem(problem.source, "", problem.message, _MOVE)


def _foreign(out: Path, whole: Sequence[str]) -> Iterator[Problem]:
    """Files that stand where the pack's own go, and of which no earlier run knows."""
    yield from in_the_way(out, whole)
    begun = (out / UNFINISHED).is_file() and not (out / MANIFEST).is_file()
    known = set(whole) if begun else written_before(out)
    for name in set(whole) - known:
        if (out / name).is_file() and not (out / name).is_symlink():
            yield Problem(Source(str(out / name)), "", "was not made by a pack", _MOVE)


def _zip(out: Path) -> Iterator[Problem]:
    """A file in the place of the zip that holds no pack of this name."""
    path = zip_path(out)
    if found := in_the_way(path.parent, [path.name]):
        yield from found
    elif os.path.lexists(path) and not _holds_pack(path, f"{out.resolve().name}/{MANIFEST}"):
        yield Problem(Source(str(path)), "", "is no zip of this pack", _MOVE)


def _holds_pack(path: Path, manifest: str) -> bool:
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        return manifest in archive.namelist()
    return False
