"""The fonts of a theme by script.

In: `theme.fonts`. Out: one family each for Latin, East Asian and complex scripts; headings take the
body's where they have none of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Families(NamedTuple):
    """Font families by script."""

    latin: str
    east_asian: str
    complex: str


def families(fonts: Mapping[str, str], kind: str) -> Families:
    """The families of `body` or `heading`."""
    ending = "_heading" if kind == "heading" else ""
    scripts = (fonts.get(f"{s}{ending}") or fonts[s] for s in ("east_asian", "complex"))
    return Families(fonts[kind], *scripts)
