"""The guards of the product, and the proof that each is needed: with it off, its tests fail.

In: `*.yaml` beside this file, each a list of guards; `cases.yaml`, what each numbered case expects.
Out: `Guard` values, for `make guards` (see `run.py`) and for `tests/test_guards.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
_CASES = "cases.yaml"
_KEYS = {"guard", "cases", "file", "code", "without", "tests"}


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard: its `code` in `file`, what stands there `without` it, and who must notice.

    `cases` are keys of `cases.yaml`; `tests` are node ids of pytest, each of which must fail.
    """

    name: str
    cases: tuple[str, ...]
    file: str
    code: str
    without: str
    tests: tuple[str, ...]

    def switched_off(self, text: str) -> str:
        """The text of its file without it; raises ValueError unless it stands there once."""
        if text.count(self.code) != 1:
            raise ValueError(
                f"{self.file} has {self.code!r} {text.count(self.code)} times, not once"
            )
        return text.replace(self.code, self.without)


def guards() -> list[Guard]:
    """All guards, file by file."""
    return [
        _guard(entry, path)
        for path in sorted(HERE.glob("*.yaml"))
        if path.name != _CASES
        for entry in yaml.safe_load(path.read_text("utf-8"))
    ]


def cases() -> dict[str, str]:
    """What is expected of each case, by its key."""
    found = yaml.safe_load((HERE / _CASES).read_text("utf-8"))
    return {str(key): str(text) for key, text in found.items()}


def _guard(entry: Mapping[str, Any], path: Path) -> Guard:
    if set(entry) != _KEYS:
        raise ValueError(f"{path.name}: {entry.get('guard')}: keys {sorted(entry)}")
    return Guard(
        entry["guard"],
        tuple(str(case) for case in entry["cases"]),
        entry["file"],
        str(entry["code"]),
        str(entry["without"]),
        tuple(entry["tests"]),
    )
