"""The tables of the index, and the file that holds them.

In: a workspace and a cache folder. Out: the path of its index, and connections to it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import suppress
from functools import cache
from pathlib import Path

# Every table but `meta` and `file` tells by number which file a row comes from, so that a file's
# rows can be taken out. `link` leads from a name to the events that hold it, each with the first
# and last day that its date may stand for; a call on all States or an own step by its treaties.
TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE file(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, stamp TEXT NOT NULL,
                  sha256 TEXT NOT NULL);
CREATE TABLE record(number INTEGER PRIMARY KEY, file INTEGER NOT NULL, kind TEXT NOT NULL,
                    id TEXT NOT NULL, line INTEGER NOT NULL, column INTEGER NOT NULL,
                    json TEXT NOT NULL);
CREATE TABLE ref(file INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE refs(file INTEGER PRIMARY KEY, places BLOB NOT NULL);
CREATE TABLE twin(kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(kind, id));
CREATE TABLE problem(file TEXT NOT NULL, crossing INTEGER NOT NULL, json TEXT NOT NULL);
CREATE TABLE link(file INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, first TEXT,
                  last TEXT, event TEXT NOT NULL);
CREATE TABLE official(file INTEGER NOT NULL, id TEXT NOT NULL, country TEXT NOT NULL);
CREATE TABLE action(file INTEGER NOT NULL, treaty TEXT NOT NULL, country TEXT NOT NULL,
                    json TEXT NOT NULL);
CREATE TABLE membership(file INTEGER NOT NULL, grp TEXT NOT NULL, country TEXT NOT NULL,
                        json TEXT NOT NULL);
"""
INDICES = """
CREATE INDEX record_id ON record(kind, id);
CREATE INDEX record_file ON record(file);
CREATE INDEX ref_name ON ref(kind, name);
CREATE INDEX ref_file ON ref(file);
CREATE INDEX link_name ON link(kind, name, first, last, event);
CREATE INDEX link_file ON link(file);
CREATE INDEX official_country ON official(country, id);
CREATE INDEX official_file ON official(file);
CREATE INDEX action_of ON action(treaty, country);
CREATE INDEX action_file ON action(file);
CREATE INDEX membership_group ON membership(grp);
CREATE INDEX membership_country ON membership(country);
CREATE INDEX membership_file ON membership(file);
"""
OF_FILES = ("record", "ref", "refs", "link", "official", "action", "membership")


@cache
def program_stamp() -> str:
    """Changes whenever the code that reads records changes, so that no old index is trusted."""
    here = Path(__file__).parent.parent
    folders = ("store", "loading", "records")
    code = [path for folder in folders for path in sorted((here / folder).glob("*.py"))]
    digest = hashlib.sha256()
    for path in [here / "dates.py", here / "names.py", *code]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def connect(path: Path | None) -> sqlite3.Connection:
    """A connection that may write; the tables are made where there are none."""
    db = sqlite3.connect(path or ":memory:", timeout=60, isolation_level=None)
    try:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN IMMEDIATE")
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            make(db, TABLES)
            make(db, INDICES)
        db.execute("COMMIT")
    except BaseException:
        db.close()
        raise
    return db


def is_busy(error: sqlite3.DatabaseError) -> bool:
    """Whether an index is as it should be, and only held by another run."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    )


def throw_away(path: Path) -> None:
    """Delete an index, and what SQLite keeps beside it; whoever has it open goes on with it."""
    for name in (path.name, f"{path.name}-journal", f"{path.name}-wal", f"{path.name}-shm"):
        with suppress(OSError):
            path.with_name(name).unlink()


def make(db: sqlite3.Connection, parts: str) -> None:
    """Run the statements of `TABLES` or `INDICES` within the transaction that is open."""
    for statement in parts.split(";"):
        db.execute(statement)


def drop_indices(db: sqlite3.Connection) -> None:
    """Take the indices away: many rows go in faster without them. `make` them again after."""
    for statement in INDICES.strip().split("\n"):
        db.execute(f"DROP INDEX IF EXISTS {statement.split()[2]}")


def index_path(workspace: Path, cache_dir: Path | None) -> Path | None:
    """One index a workspace and a version of the program; None when nothing can be written."""
    if cache_dir is None:
        return None
    name = hashlib.sha256(f"{workspace}\n{program_stamp()}".encode()).hexdigest()[:24]
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        path = cache_dir / f"{name}.sqlite"
        if path.is_symlink() or path.is_dir():
            return None
        path.touch()
    except OSError:
        return None
    return path


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection to an index that stands; it never writes and waits for no writer."""
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=60)
    db.row_factory = sqlite3.Row
    return db
