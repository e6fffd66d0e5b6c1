"""Files are written whole or not at all, under names that are safe everywhere.

In: bytes and a name. Out: files in the output folder. Nothing follows a symbolic link, and a run
that is killed leaves the old file or the new one.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from briefgen.errors import BriefgenError, Problem, Source

_LONGEST = 120
_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def file_stem(parts: Sequence[str]) -> str:
    """A safe file name, without ending, from words: letters, digits and hyphens only."""
    words = []
    for part in parts:
        plain = unicodedata.normalize("NFKD", part)
        words.append(re.sub(r"[^A-Za-z0-9]+", "-", plain.encode("ascii", "ignore").decode()))
    stem = re.sub(r"-{2,}", "-", "-".join(words)).strip("-")[:_LONGEST].strip("-")
    return f"x-{stem}" if not stem or _WINDOWS.fullmatch(stem) else stem


def write_all(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, which is made when it is missing.

    Everything is first written beside its place; only when all is on disk are the names exchanged.
    Raises BriefgenError, with the previous files whole, when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _failure(folder, error) from error
    made: list[str] = []
    try:
        for name, content in files.items():
            made.append(_write_beside(handle, name, content))
        for temporary, name in zip(made, files, strict=True):
            os.replace(temporary, name, src_dir_fd=handle, dst_dir_fd=handle)
        os.fsync(handle)
    except OSError as error:
        raise _failure(folder, error) from error
    finally:
        for temporary in made:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=handle)
        os.close(handle)
    return [folder / name for name in files]


def _write_beside(handle: int, name: str, content: bytes) -> str:
    temporary = f".{name}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=handle)
    descriptor = os.open(temporary, flags, 0o644, dir_fd=handle)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        os.unlink(temporary, dir_fd=handle)
        raise
    return temporary


def _failure(folder: Path, error: OSError) -> BriefgenError:
    reason = error.strerror or str(error)
    hint = "the files that were there before are unchanged"
    return BriefgenError([Problem(Source(str(folder)), "", f"cannot be written: {reason}", hint)])
