"""Files are written whole or not at all, as one set, under names that are safe everywhere.

In: bytes and names. Out: files in one folder. What is promised:

- Files that are written together are old and whole or new and whole together. They are first made,
  all of them, in a folder of their own beside their places (`NEW`), and are on disk. Renaming that
  folder to `READY` decides; then each takes its place. A run that is killed before leaves the old
  set, and the next run clears away what it had begun. One that is killed after is completed by the
  next run that writes in the folder, before it does anything else. Whatever fails without a kill, a
  full disk or a folder that may not be written, puts back what was there.
- No link is followed and none is replaced; neither is a folder, nor a file that may not be written.
- Two runs never write in one folder at once: a lock on the folder itself, which leaves no file and
  ends with its run. The second waits a while, and is then refused.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import stat
import time
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from briefgen.errors import BriefgenError, Problem, Source

NEW, READY, OLD = ".briefgen.new", ".briefgen.ready", ".briefgen.old"
LEFT = (READY, NEW, OLD)  # what a killed run may leave, for the next one to see to
LOCK = ".lock"  # only on file systems that can lock no folder
PATIENCE = 10.0  # seconds to wait for another run
_LONGEST = 120
_MOST = 255  # bytes of a name, on most file systems
_MARK = 8  # letters of the mark that tells apart what would have one name
_STEP = 0.02  # seconds between two looks at a lock
_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\<>:"|?*]')
_NO_LOCKS = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
_held: set[tuple[int, int]] = set()  # the folders that this process has locked


# -- names -----------------------------------------------------------------------------------------


def file_stem(parts: Sequence[str]) -> str:
    """A safe file name, without ending, from words: letters, digits and hyphens only.

    At most 120 letters. Words that are too long, or of letters that such a name cannot have, are
    told from others by a mark of them all; a date at the end stays.
    """
    plain = [unicodedata.normalize("NFKD", part) for part in parts]
    stem = _slug(plain)
    if len(stem) > _LONGEST or any(c.isalnum() and not c.isascii() for part in plain for c in part):
        mark = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:_MARK]
        last = _slug(plain[-1:]) if len(plain) > 1 else ""
        last = last if len(last) < _LONGEST // 3 else ""
        room = _LONGEST - _MARK - len(last) - 2
        first = _slug(plain[:-1] if last else plain)[:room]
        stem = "-".join(part for part in (first.strip("-"), mark, last) if part)
    return f"x-{stem}" if not stem or _WINDOWS.fullmatch(stem) else stem


def _slug(words: Sequence[str]) -> str:
    found = (re.sub(r"[^A-Za-z0-9]+", "-", w.encode("ascii", "ignore").decode()) for w in words)
    return re.sub(r"-{2,}", "-", "-".join(found)).strip("-")


def require_names(place: str, names: Collection[str]) -> None:
    """Raise BriefgenError, with all of them, for names that are not safe or of which two are one.

    Safe is the name of a file or folder that can be had on every system: one step, without control
    characters and what Windows forbids. `place` is how messages name the folder.
    """
    found = [Problem(Source(place), "", f"{name[:80]!r} cannot name a file: {why}")
             for name in names if (why := _unsafe(name))]  # fmt: skip
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(folded(name), name)
        if first != name:
            what = f"{first!r} and {name!r} are one name on some systems"
            found.append(Problem(Source(place), "", what, "rename one of what they are made from"))
    if found:
        raise BriefgenError(found)


def folded(name: str) -> str:
    """A name as a system sees it that knows neither capitals nor forms of Unicode."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _unsafe(name: str) -> str:
    if not name or name in (".", "..") or name[-1] in ". " or name[0] in "-~ ":
        return "it begins or ends as no name may"
    if len(name.encode("utf-8", "replace")) > _MOST:
        return f"it is longer than {_MOST} bytes"
    if found := _UNSAFE.search(name):
        return f"it holds U+{ord(found[0]):04X}"
    if _WINDOWS.fullmatch(name.partition(".")[0].strip()):
        return "Windows keeps it for itself"
    return ""


# -- one run at a time -----------------------------------------------------------------------------


@contextmanager
def locked(folder: Path, *, patience: float | None = PATIENCE, hint: str = "") -> Iterator[int]:
    """Hold a folder, which is made when it is missing, for one run; gives a handle on it.

    What a killed run had decided to write there is completed first. Another run is waited for, so
    many seconds or, with None, without end; within one run a folder may be held more than once.
    Raises BriefgenError when the folder is a link or no folder, cannot be had, or is not let go.
    """
    handle, lock = _acquired(folder, patience, hint)
    try:
        if lock is None:
            yield handle
            return
        _held.add(key := _identity(handle))
        try:
            with told(folder):
                recover(handle)
            yield handle
        finally:
            _held.discard(key)
    finally:
        for opened in {handle, handle if lock is None else lock}:
            os.close(opened)


def _acquired(folder: Path, patience: float | None, hint: str) -> tuple[int, int | None]:
    """A folder's handle and the handle of its lock; None where this run holds it already.

    It may be exchanged for another while it is waited for: then that one is locked.
    """
    end = None if patience is None else time.monotonic() + patience
    while True:
        handle = _opened(folder)
        if _identity(handle) in _held:
            return handle, None
        try:
            lock = _lock(folder, handle, end, hint)
        except BaseException:
            os.close(handle)
            raise
        if _stands(folder, handle):
            return handle, lock
        for opened in {handle, lock}:
            os.close(opened)


def _opened(folder: Path) -> int:
    """A handle on a folder that is no link; it is made when it is missing."""
    if folder.is_symlink():
        what = f"is a link to {folder.readlink()}"
        raise BriefgenError([Problem(Source(str(folder)), "", what, "name the folder itself")])
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _identity(handle: int) -> tuple[int, int]:
    info = os.fstat(handle)
    return info.st_dev, info.st_ino


def _stands(folder: Path, handle: int) -> bool:
    with suppress(OSError):
        info = folder.stat(follow_symlinks=False)
        return (info.st_dev, info.st_ino) == _identity(handle)
    return False


def _lock(folder: Path, handle: int, end: float | None, hint: str) -> int:
    """What is locked: the folder itself, or a file in it where a file system locks only files."""
    with told(folder):
        try:
            _wait(folder, handle, end, hint)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        else:
            return handle
        lock = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644, dir_fd=handle)
        try:
            _wait(folder, lock, end, hint)
        except BaseException:
            os.close(lock)
            raise
        return lock


def _wait(folder: Path, lock: int, end: float | None, hint: str) -> None:
    while not _taken(lock):
        if end is not None and time.monotonic() > end:
            what = "another run is writing in this folder"
            hint = f"wait until it is done{hint}; nothing was changed"
            raise BriefgenError([Problem(Source(str(folder)), "", what, hint)])
        time.sleep(_STEP)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# -- writing ---------------------------------------------------------------------------------------


def write_all(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write a set of files into a folder, which is made when it is missing.

    Raises BriefgenError, with the previous files whole, when a name is not safe, when something
    stands in the way that is not to be written over, or when the folder cannot be written.
    """
    require_names(str(folder), files)
    with locked(folder) as handle:
        if found := in_the_way(folder, files):
            raise BriefgenError(found)
        with told(folder):
            _write(handle, files)
    return [folder / name for name in files]


def in_the_way(folder: Path, names: Collection[str]) -> list[Problem]:
    """What stands in a folder under these names, and is not to be written over."""
    found = []
    for name in names:
        with suppress(OSError):  # nothing is there
            info = (folder / name).stat(follow_symlinks=False)
            if why := _not_a_file(info.st_mode):
                hint = "move it away; nothing was written"
                found.append(Problem(Source(str(folder / name)), "", why, hint))
    return found


def _not_a_file(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "is a link"
    if not stat.S_ISREG(mode):
        return "is a folder" if stat.S_ISDIR(mode) else "is no file"
    return "" if mode & 0o222 else "may not be written: it is read-only"


def _write(handle: int, files: Mapping[str, bytes]) -> None:
    """Exchange a set of files; whatever goes wrong, the old ones stand."""
    try:
        whole = _stage(handle, files)
    except BaseException:
        _discard(handle, NEW)
        _discard(handle, OLD)
        raise
    try:
        os.rename(NEW, READY, src_dir_fd=handle, dst_dir_fd=handle)
        os.fsync(handle)
        _settle(handle, files)
    except BaseException as error:
        if whole or not _is_folder(handle, READY):
            _put_back(handle, files)
        elif isinstance(error, OSError):
            raise _HalfError(error.errno, f"{error.strerror}; the next run completes it") from error
        raise
    with suppress(OSError):  # all is written; what is left is for the next run
        _discard(handle, READY)
        _discard(handle, OLD)


def _stage(handle: int, files: Mapping[str, bytes]) -> bool:
    """The new files beside their places, and second names of the old ones, to put them back.

    False where the file system has no second names: then what was decided is completed later.
    """
    for name in (NEW, OLD):
        _discard(handle, name)
        os.mkdir(name, dir_fd=handle)
    with _within(handle, NEW) as new:
        write_into(new, files)
    whole = True
    with _within(handle, OLD) as old:
        for name in files:
            try:
                os.link(name, name, src_dir_fd=handle, dst_dir_fd=old, follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError:
                whole = False
    return whole


def write_into(handle: int, files: Mapping[str, bytes]) -> None:
    """Write files into a folder that nobody else knows of yet, and see them on disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    for name, content in files.items():
        with os.fdopen(os.open(name, flags, 0o644, dir_fd=handle), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    os.fsync(handle)


def _settle(handle: int, names: Collection[str]) -> None:
    """Each file takes its place, in this order; what has done so before has its place already."""
    with _within(handle, READY) as ready:
        for name in names:
            os.replace(name, name, src_dir_fd=ready, dst_dir_fd=handle)
    os.fsync(handle)


def _put_back(handle: int, names: Collection[str]) -> None:
    """The old set stands again. Until it does, what was decided can still be completed."""
    if _is_folder(handle, READY):
        with _within(handle, READY) as ready, _within(handle, OLD) as old:
            waiting, stood = _listed(ready), _listed(old)
            for name in names:
                if name in waiting:
                    continue
                os.replace(name, name, src_dir_fd=handle, dst_dir_fd=ready)
                if name in stood:
                    os.replace(name, name, src_dir_fd=old, dst_dir_fd=handle)
        os.rename(READY, NEW, src_dir_fd=handle, dst_dir_fd=handle)
        os.fsync(handle)
    _discard(handle, NEW)
    _discard(handle, OLD)


def recover(handle: int) -> None:
    """Complete what a killed run had decided, clear away what it had only begun."""
    if _is_folder(handle, READY):
        with _within(handle, READY) as ready:
            waiting = sorted(_listed(ready), key=lambda name: (name.endswith(".json"), name))
        _settle(handle, waiting)
    for name in LEFT:
        _discard(handle, name)


def left_over(folder: Path) -> bool:
    """Whether a killed run has left something in a folder that `locked` will see to."""
    return any(os.path.lexists(folder / name) for name in LEFT)


def _is_folder(handle: int, name: str) -> bool:
    with suppress(FileNotFoundError):
        return stat.S_ISDIR(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode)
    return False


@contextmanager
def _within(handle: int, name: str) -> Iterator[int]:
    """A handle on a folder in a folder, which is no link."""
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
    try:
        yield inner
    finally:
        os.close(inner)


class _HalfError(OSError):
    """Files could not be exchanged to the end, and not be put back either."""


def _listed(handle: int) -> set[str]:
    with os.scandir(handle) as entries:
        return {entry.name for entry in entries}


def _discard(handle: int, name: str) -> None:
    """Take away what is ours alone; of a link only the link."""
    with suppress(FileNotFoundError):
        if _is_folder(handle, name):
            shutil.rmtree(name, dir_fd=handle)
        else:
            os.unlink(name, dir_fd=handle)


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """What the system refuses is told as a problem of the folder."""
    try:
        yield
    except OSError as error:
        raise _failure(folder, error) from error


def _failure(folder: Path, error: OSError) -> BriefgenError:
    reason = error.strerror or str(error)
    if isinstance(error, _HalfError):
        return BriefgenError([Problem(Source(str(folder)), "", f"is half written: {reason}")])
    hint = "the files that were there before are unchanged"
    return BriefgenError([Problem(Source(str(folder)), "", f"cannot be written: {reason}", hint)])
