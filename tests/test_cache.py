"""The folder of indices does not grow for ever, and no run loses the index that it is using."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from briefgen.store import Store
from briefgen.store.cache import KEPT

DAY = 86_400


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def opened(workspace: Path, cache: Path) -> Path:
    """The index of a workspace, opened and closed again."""
    with Store(workspace, cache) as store:
        assert store.index_path is not None
        return store.index_path


def small(folder: Path) -> Path:
    """A workspace without a record: its index is all that counts here."""
    (folder / "data").mkdir(parents=True)
    return folder


def aged(path: Path, days: float) -> None:
    then = path.stat().st_mtime - days * DAY
    os.utime(path, (then, then))


def test_an_index_not_opened_for_long_goes_with_the_first_run_of_another_workspace(
    tmp_path: Path, cache: Path
) -> None:
    old, young = (opened(small(tmp_path / name), cache) for name in ("old", "young"))
    aged(old, KEPT + 1)
    aged(young, KEPT - 1)
    new = opened(small(tmp_path / "new"), cache)
    assert set(cache.iterdir()) == {young, new}


def test_the_index_of_a_workspace_that_is_gone_goes_at_once(tmp_path: Path, cache: Path) -> None:
    gone, there = (opened(small(tmp_path / name), cache) for name in ("gone", "there"))
    shutil.rmtree(tmp_path / "gone")
    new = opened(small(tmp_path / "new"), cache)
    assert set(cache.iterdir()) == {there, new}
    assert not gone.exists()


def test_an_index_that_another_run_is_using_stays(tmp_path: Path, cache: Path) -> None:
    old = opened(small(tmp_path / "old"), cache)
    aged(old, KEPT + 1)
    other = sqlite3.connect(old, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM meta").fetchone()
    opened(small(tmp_path / "new"), cache)
    assert old.exists()
    other.close()
    opened(small(tmp_path / "newer"), cache)
    assert not old.exists()


def test_what_is_no_index_is_left_alone(tmp_path: Path, cache: Path) -> None:
    cache.mkdir()
    (cache / "notes.sqlite").write_text("no index", "utf-8")
    (cache / "notes.txt").write_text("mine", "utf-8")
    for name in ("notes.sqlite", "notes.txt"):
        aged(cache / name, KEPT + 1)
    opened(small(tmp_path / "new"), cache)
    assert (cache / "notes.sqlite").exists()
    assert (cache / "notes.txt").exists()
