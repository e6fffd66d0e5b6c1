"""What tests share: a copy of the sample workspace, an open store, the real command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from briefgen.store import Store

# The same examples in every run, and no clock: a slow machine is no failure.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden", action="store_true", help="write the golden files anew from this run"
    )


@pytest.fixture
def renew(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--renew-golden"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace of one's own: a copy of the sample."""
    for name in ("data", "templates"):
        shutil.copytree(ROOT / name, tmp_path / "ws" / name)
    return tmp_path / "ws"


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    """The sample record, open for reading."""
    with Store(ROOT, None) as opened:
        yield opened


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def briefgen(tmp_path: Path, cache_dir: Path) -> Run:
    """Run the real command in a process of its own, in an empty folder."""

    def run(
        *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("BRIEFGEN")},
            "BRIEFGEN_CACHE": str(cache_dir),
            "PYTHONPATH": str(ROOT),
            **(env or {}),
        }
        return subprocess.run(
            [sys.executable, "-m", "briefgen", *arguments],
            cwd=cwd or tmp_path, env=environment, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip

    return run


def edit(path: Path, old: str, new: str) -> None:
    """Change a text in a file; it must be there."""
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new), "utf-8")
