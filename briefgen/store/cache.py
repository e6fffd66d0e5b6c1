"""The folder of indices, kept from growing for ever.

In: the index that was just opened for a workspace. Out: the others of its folder that nobody needs
any more are gone: those not opened for `KEPT` days, of this version of the program or another, and
those whose workspace is no longer there. An index that some run is using stays; what is taken away
by mistake is made again from the files.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

KEPT = 60  # days
_DAY = 86_400


def tidy(index: Path) -> list[Path]:
    """Take away what nobody needs beside this index, and say what that was.

    Its own time is the present one: it was touched when it was opened.
    """
    now = index.stat().st_mtime
    others = [path for path in sorted(index.parent.glob("*.sqlite")) if path != index]
    return [path for path in others if _taken_away(path, now)]


def _taken_away(path: Path, now: float) -> bool:
    """Whether an index was of no use, is used by no run at this moment, and could be removed."""
    with suppress(OSError, sqlite3.Error), closing(sqlite3.connect(path, timeout=0)) as db:
        db.isolation_level = None
        db.execute("BEGIN EXCLUSIVE")  # fails at once where a run is reading or writing it
        if _is_old(path, now) or _is_baseless(db):
            path.unlink()
            return True
    return False


def _is_old(path: Path, now: float) -> bool:
    return now - path.stat().st_mtime > KEPT * _DAY


def _is_baseless(db: sqlite3.Connection) -> bool:
    """Whether the folder that an index was made of is gone; one that does not say so is not."""
    row = db.execute("SELECT value FROM meta WHERE key = 'workspace'").fetchone()
    return row is not None and not Path(row[0]).exists()
