"""Fuzzing: inputs that nobody thought of, made by what they reach in the code.

In: the targets, a module each, with seeds made from the repository's own files. Out: whatever input
breaks what a target promises, as a file in `found/<target>/`, which `tests/test_fuzz.py` feeds to it
ever after. `make fuzz` runs them; without atheris a target still takes any input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

FOUND = Path(__file__).resolve().parent / "found"
# Their modules, and the packages whose branches tell whether an input reached something new.
NAMES = {
    "yaml": ("data_files", ("briefgen", "yaml")),
    "docx": ("word_files", ("briefgen",)),
}


@dataclass(frozen=True, slots=True)
class Target:
    """What is fuzzed: `one` takes an input, and raises when a promise is broken.

    `words` are what inputs are put together from, beside their bytes; `longest` is in bytes.
    """

    one: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    words: tuple[str, ...]
    longest: int


def target(name: str) -> Target:
    """The target of a name; its module is read only now, so that it can be watched."""
    return cast(Target, import_module(f"tests.fuzz.{NAMES[name][0]}").TARGET)


def found(name: str) -> list[Path]:
    """The inputs that once broke a promise of a target."""
    return sorted((FOUND / name).glob("*"))
