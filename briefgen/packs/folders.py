"""A State's folder in a pack, exchanged whole: whoever looks sees the old one or the new one.

In: the files of a folder, new ones and names of those that stay. Out: the folder on disk. A run
that is killed leaves at most a folder whose name begins with `.briefgen.`, which the next run
clears away. What others have put into a folder stays there, and nothing is written through a link.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from briefgen import output
from briefgen.errors import BriefgenError, Problem, Source
from briefgen.output import left_over, locked, require_names, told, write_all, write_into
from briefgen.packs.reuse import standing_in

_OURS = ".briefgen."  # how names of folders begin that a run needs for a moment
_NEW = ".new"  # ending of a folder that is being made
_OLD = ".old"  # ending of one that is made, and then of the one that it was exchanged for
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux's renameat2
_HERE = -100  # AT_FDCWD
_NOT_POSSIBLE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV, errno.EPERM)


def within(root: Path, name: str) -> Path:
    """A place below a folder, by its name there with `/`; no folder on the way to it is a link.

    Raises BriefgenError where one is, or is no folder.
    """
    path = root
    for step in name.split("/")[:-1]:
        path /= step
        _refuse_link(path)
    return root / name


def in_the_way(folder: Path, names: Collection[str], ours: Collection[str]) -> list[Problem]:
    """What stands in a folder under these names and is not the pack's to replace."""
    found = output.in_the_way(folder, names)
    told_of = {problem.source.path for problem in found}
    for name in sorted(set(names) - set(ours)):
        path = folder / name
        if os.path.lexists(path) and str(path) not in told_of:
            hint = "move it away; nothing was written"
            found.append(Problem(Source(str(path)), "", "was not made by the pack", hint))
    return found


def put(
    folder: Path, files: Mapping[str, bytes], kept: Collection[str], ours: Collection[str]
) -> None:
    """Let a folder hold these files and those kept; of the others, what is `ours` goes.

    Raises BriefgenError, with the folder as it was, when it cannot be written, and when something
    stands in the way that is not the pack's.
    """
    require_names(str(folder), files)
    _refuse_link(folder)
    if found := in_the_way(folder, files, ours):
        raise BriefgenError(found)
    new = folder.with_name(f"{_OURS}{folder.name}{_NEW}")
    with told(folder):
        try:
            _make(new, folder, files, kept)
            if not folder.exists():
                new.rename(folder)
            else:
                _exchange_for(new, folder, files, kept, ours)
            sync(folder.parent)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise


def _make(new: Path, old: Path, files: Mapping[str, bytes], kept: Collection[str]) -> None:
    """The folder beside its place: new files written, those that stay linked or copied."""
    _discard(new)
    new.mkdir(parents=True)
    handle = os.open(new, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        write_into(handle, files)
        for name in kept:
            try:
                os.link(old / name, new / name, follow_symlinks=False)
            except OSError:
                shutil.copyfile(old / name, new / name, follow_symlinks=False)
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange_for(
    new: Path,
    folder: Path,
    files: Mapping[str, bytes],
    kept: Collection[str],
    ours: Collection[str],
) -> None:
    """The new folder in the old one's place, with what others have put into that one."""
    other = new.with_name(f"{_OURS}{folder.name}{_OLD}")
    _discard(other)
    with locked(folder):
        new.rename(other)
        try:
            if _exchange(other, folder):
                _carry_over(other, folder, ours)
            else:
                write_all(folder, files)
                for name in set(ours) - set(files) - set(kept):
                    (folder / name).unlink(missing_ok=True)
        except BaseException:
            _give_back(other)
            raise
        shutil.rmtree(other, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places at once; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    library: Any = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    if library.renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_POSSIBLE:
        return False
    raise OSError(number, os.strerror(number), str(other))


def _carry_over(old: Path, folder: Path, ours: Collection[str]) -> None:
    """What others have put into the folder moves with its name."""
    for entry in list(old.iterdir()):
        if entry.name not in ours and not os.path.lexists(folder / entry.name):
            entry.rename(folder / entry.name)


def remove(folder: Path, ours: Collection[str]) -> bool:
    """Take our files out of a folder, and the folder if nothing else is in it."""
    _refuse_link(folder)
    found = False
    for name in ours:
        path = folder / name
        if path.is_file() or path.is_symlink():
            path.unlink(missing_ok=True)
            found = True
    with suppress(OSError):
        folder.rmdir()
    return found


def clear(root: Path, depth: int = 2) -> None:
    """Clear away what a killed run has left; what others had put into it goes back first."""
    with suppress(PermissionError):
        for entry in sorted(root.iterdir()):
            if entry.name.startswith(_OURS) and entry.name.endswith(_NEW):
                _discard(entry)
            elif entry.name.startswith(_OURS) and entry.name.endswith(_OLD):
                _give_back(entry)
            elif entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
                if left_over(entry):
                    with locked(entry):
                        pass  # that sees to it
                if depth > 1:
                    clear(entry, depth - 1)


def _give_back(left: Path) -> None:
    """It is the old folder, or the new one that was never put in its place: what the papers in it
    do not know as theirs is of others, and is not lost."""
    if left.is_dir() and not left.is_symlink():
        folder = left.with_name(left.name[len(_OURS) : -len(_OLD)])
        if folder.is_dir() and not folder.is_symlink():
            _carry_over(left, folder, standing_in(left).ours)
    _discard(left)


def _discard(path: Path) -> None:
    """Take away what is ours alone; of a link only the link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """See that the names in a folder are on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_link(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        hint = "move it away; nothing behind it was touched"
        what = "is not a folder of the pack but a link or a file"
        raise BriefgenError([Problem(Source(str(folder)), "", what, hint)])
