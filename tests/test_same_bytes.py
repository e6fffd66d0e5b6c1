"""The same facts make the same bytes: on any day, in any zone, locale, mask and folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.packing import contents

# Read by every process as it starts: years pass, and each folder is listed the other way round.
ANOTHER_DAY = """
import datetime, os, time

LATER = {later}
if LATER:
    first = {{name: getattr(time, name) for name in ("time", "time_ns", "gmtime", "localtime")}}
    time.time = lambda: first["time"]() + LATER
    time.time_ns = lambda: first["time_ns"]() + LATER * 10**9
    time.gmtime = lambda at=None: first["gmtime"](time.time() if at is None else at)
    time.localtime = lambda at=None: first["localtime"](time.time() if at is None else at)
    real = datetime.datetime

    class Any(type):
        def __instancecheck__(cls, value):
            return isinstance(value, real)

    class Later(real, metaclass=Any):
        @classmethod
        def now(cls, tz=None):
            return real.fromtimestamp(time.time(), tz)

        @classmethod
        def utcnow(cls):
            return real.utcfromtimestamp(time.time())

    datetime.datetime = Later
    listdir, scandir = os.listdir, os.scandir

    class Turned:
        def __init__(self, path="."):
            with scandir(path) as found:
                self.found = iter(sorted(found, key=lambda e: e.name, reverse=True))
        def __iter__(self):
            return self.found
        def __next__(self):
            return next(self.found)
        def __enter__(self):
            return self
        def __exit__(self, *_):
            pass
        def close(self):
            pass

    os.listdir = lambda path=".": sorted(listdir(path), reverse=True)
    os.scandir = Turned
    os.supports_fd.add(Turned)  # as the other one is
"""
YEARS = 11 * 366 * 86400  # seconds
ALL = ("-f", "docx", "-f", "pdf", "-f", "html", "-f", "json")
HERE: dict[str, Any] = {"later": 0, "umask": 0o022, "TZ": "Asia/Tokyo", "LC_ALL": "C"}
THERE: dict[str, Any] = {
    "later": YEARS, "umask": 0o077, "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8",
    "SOURCE_DATE_EPOCH": "1234567890",
}  # fmt: skip


def made(
    folder: Path, workspace: Path, surroundings: dict[str, Any], *command: str
) -> dict[str, bytes]:
    """What a command writes into `out`, run in a place of its own with nothing kept from before."""
    folder.mkdir(parents=True)
    (folder / "site").mkdir()
    hook = ANOTHER_DAY.format(later=surroundings["later"])
    (folder / "site/sitecustomize.py").write_text(hook, "utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BRIEFGEN", "SOURCE_DATE"))}
    environment = {
        **kept,
        "PYTHONPATH": f"{folder / 'site'}{os.pathsep}{ROOT}",
        "BRIEFGEN_CACHE": str(folder / "cache"),
        "HOME": str(folder),
        "PYTHONHASHSEED": str(surroundings["later"] % 4096),
        **{k: v for k, v in surroundings.items() if k.isupper()},
    }
    subprocess.run(
        [sys.executable, "-m", "briefgen", "-w", str(workspace), *command, "-o", "out"],
        cwd=folder, env=environment, check=True, capture_output=True, umask=surroundings["umask"],
    )  # fmt: skip
    return contents(folder / "out")


@pytest.mark.parametrize(
    ("command", "endings"),
    [
        (
            ("brief", "CHN", "--as-of", "2003-08-13", *ALL),
            {".docx", ".pdf", ".html", ".json"},
        ),
        (
            ("history", "--treaty", "CTBT", "--as-of", "2003-08-31", *ALL),
            {".docx", ".pdf", ".html", ".json"},
        ),
        (
            ("pack", "CHN", "USA", "--treaty", "CTBT", "--as-of", "2003-08-31"),
            {".docx", ".pdf", ".html", ".json", ".xlsx"},
        ),
    ],
    ids=["brief", "history", "pack"],
)  # fmt: skip
def test_another_day_zone_locale_mask_folder_and_order_of_files_change_no_byte(
    workspace: Path, tmp_path: Path, command: tuple[str, ...], endings: set[str]
) -> None:
    one = made(tmp_path / "here", workspace, HERE, *command)
    other = made(tmp_path / "there" / "deeper", workspace, THERE, *command)
    assert endings <= {Path(name).suffix for name in one}
    assert any("manifest" in name for name in one)
    assert list(one) == list(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_on_another_day_the_clock_and_the_folders_are_others_indeed(tmp_path: Path) -> None:
    """What the test above rests on."""
    (tmp_path / "sitecustomize.py").write_text(ANOTHER_DAY.format(later=YEARS), "utf-8")
    asked = (
        "import datetime, os, pathlib;"
        "print(datetime.date.today().year, datetime.datetime.now().year,"
        "      *[p.name for p in pathlib.Path('x').iterdir()], *[p.name for p in pathlib.Path('x').rglob('*')])"
    )
    (tmp_path / "x").mkdir()
    for name in "abc":
        (tmp_path / "x" / name).touch()
    told = [
        subprocess.run(
            [sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": str(folder)},
        ).stdout.split()
        for folder in (tmp_path, ROOT)
    ]  # fmt: skip
    assert [int(a) - int(b) for a, b in zip(told[0][:2], told[1][:2], strict=True)] == [11, 11]
    assert told[0][2:] == list("cbacba")


def test_files_are_read_in_one_order_however_a_folder_lists_them(
    workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(ANOTHER_DAY.format(later=YEARS), "utf-8")
    asked = (
        "import pathlib, sys; from briefgen.loading import find_files;"
        "print(*[f.name for f in find_files(pathlib.Path(sys.argv[1]))[0]])"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", asked, str(workspace)], capture_output=True, check=True,
            env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        ).stdout.split()
        for folder in (tmp_path, ROOT)
    ]  # fmt: skip
    assert len(told[0]) > 20
    assert told[0] == told[1] == sorted(told[0])
