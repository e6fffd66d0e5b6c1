"""A folder for a while, in the system's place for such; what a killed run has left there goes too.

In: nothing. Out: an empty folder, held by a lock on itself for as long as it is used. One that
nobody holds belongs to a run that was killed, and the next run of the same user takes it away.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "briefgen-run-"
_NAMED = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")  # as tempfile completes it


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder that lasts as long as the block."""
    sweep()
    path, handle = _held()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def _held() -> tuple[Path, int]:
    """A new folder and the handle that holds it; another run may sweep it before it is held."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            with suppress(OSError):  # a file system without locks: then nobody sweeps either
                fcntl.flock(handle, fcntl.LOCK_EX)
            if path.exists():
                return path, handle
            os.close(handle)


def sweep() -> None:
    """Take away the folders of runs that were killed: this user's, and held by nobody."""
    place = Path(tempfile.gettempdir())
    with suppress(OSError):
        for path in place.iterdir():
            if _NAMED.fullmatch(path.name):
                with suppress(OSError):
                    _sweep(path)


def _sweep(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(handle).st_uid == os.geteuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path)
    finally:
        os.close(handle)
