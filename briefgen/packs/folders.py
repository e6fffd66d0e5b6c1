"""A State's folder in a pack, exchanged whole: whoever looks sees the old one or the new one.

In: the files of a folder, new ones and names of those that stay. Out: the folder on disk. A run
that is killed leaves at most a folder whose name begins with a dot, which the next run clears away.
What others have put into a folder stays there.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from briefgen.errors import BriefgenError, Problem, Source
from briefgen.output import write_all

_NEW = ".new"  # ending of a folder that is being made, or that was exchanged for its successor
LOCK = ".lock"
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux's renameat2
_HERE = -100  # AT_FDCWD
_NOT_POSSIBLE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV, errno.EPERM)


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold a pack's folder for one run; another run waits, or is refused with BriefgenError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise _failure(folder, error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            hint = "wait until it is done, or give --wait; nothing was changed"
            what = "another run is making a pack in this folder"
            raise BriefgenError([Problem(Source(str(folder)), "", what, hint)]) from None
        yield
    finally:
        os.close(handle)


def put(
    folder: Path, files: Mapping[str, bytes], kept: Collection[str], ours: Collection[str]
) -> None:
    """Let a folder hold these files and those kept; of the others, what is `ours` goes.

    Raises BriefgenError, with the folder as it was, when it cannot be written.
    """
    _refuse_link(folder)
    new = folder.with_name(f".{folder.name}{_NEW}")
    try:
        _make(new, folder, files, kept)
        if not folder.exists():
            new.rename(folder)
        elif _exchange(new, folder):
            _carry_over(new, folder, ours)
        else:
            shutil.rmtree(new)
            _replace(folder, files, kept, ours)
        shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        raise _failure(folder, error) from error


def _make(new: Path, old: Path, files: Mapping[str, bytes], kept: Collection[str]) -> None:
    """The folder beside its place: new files written, those that stay linked or copied."""
    if new.exists():
        shutil.rmtree(new)
    new.mkdir(parents=True)
    write_all(new, files)
    for name in kept:
        try:
            os.link(old / name, new / name, follow_symlinks=False)
        except OSError:
            shutil.copyfile(old / name, new / name, follow_symlinks=False)


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
        if entry.name not in ours and not (folder / entry.name).exists():
            entry.rename(folder / entry.name)


def _replace(
    folder: Path, files: Mapping[str, bytes], kept: Collection[str], ours: Collection[str]
) -> None:
    """Where folders cannot change places: file by file, each whole."""
    write_all(folder, files)
    for name in set(ours) - set(files) - set(kept):
        (folder / name).unlink(missing_ok=True)


def remove(folder: Path, ours: Collection[str]) -> bool:
    """Take our files out of a folder, and the folder if nothing else is in it."""
    _refuse_link(folder)
    found = False
    for name in ours:
        with suppress(FileNotFoundError):
            (folder / name).unlink()
            found = True
    with suppress(OSError):
        folder.rmdir()
    return found


def clear(root: Path, depth: int = 2) -> None:
    """Clear away what a killed run has left; what others had put into it goes back first."""
    if not root.is_dir() or root.is_symlink():
        return
    for entry in sorted(root.iterdir()):
        if entry.is_symlink():
            continue
        if entry.is_dir() and entry.name.startswith(".") and entry.name.endswith(_NEW):
            _give_back(entry)
        elif entry.is_dir() and depth > 1 and not entry.name.startswith("."):
            clear(entry, depth - 1)
        elif entry.is_file() and entry.name.startswith(".") and entry.name.endswith(".tmp"):
            entry.unlink(missing_ok=True)


def _give_back(left: Path) -> None:
    """The run was killed after the exchange: our own files are of no use, other files are."""
    folder = left.with_name(left.name[1 : -len(_NEW)])
    for entry in list(left.iterdir()):
        known = entry.name.startswith(f"{folder.name}-") or entry.name.startswith(".")
        if folder.is_dir() and not known and not (folder / entry.name).exists():
            entry.rename(folder / entry.name)
    shutil.rmtree(left, ignore_errors=True)


def _refuse_link(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        hint = "move it away; nothing behind it was touched"
        what = "is not a folder of the pack but a link or a file"
        raise BriefgenError([Problem(Source(str(folder)), "", what, hint)])


def _failure(folder: Path, error: OSError) -> BriefgenError:
    reason = error.strerror or str(error)
    hint = "what was there before is unchanged"
    return BriefgenError([Problem(Source(str(folder)), "", f"cannot be written: {reason}", hint)])
