"""What the bytes of a paper depend on besides its data: program, libraries, fonts.

In: nothing but the installation. Out: marks that change when a paper could come out otherwise.
Nothing heavy is imported, so that a run in which nothing changed stays instant.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from briefgen import __version__

_LIBRARIES = (
    "babel", "cffi", "cssselect2", "docxtpl", "fonttools", "jinja2", "lxml", "matplotlib",
    "pikepdf", "pillow", "pycountry", "pydyf", "pyphen", "python-docx", "tinycss2", "tinyhtml5",
    "weasyprint", "xlsxwriter",
)  # fmt: skip
_SHARED = {
    "fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib", "fontconfig-1.dll"),
    "harfbuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"),
    "pango": ("libpango-1.0.so.0", "libpango-1.0.0.dylib", "libpango-1.0-0.dll"),
    "subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll"),
}


@cache
def program() -> str:
    """A mark of the program's own code."""
    here = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        digest.update(str(path.relative_to(here)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@cache
def versions() -> dict[str, str]:
    """The versions of briefgen, Python and every library that has a hand in a paper."""
    found = {"briefgen": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    if pango := _shared("pango"):
        found["pango"] = _text(pango.pango_version_string)
    if harfbuzz := _shared("harfbuzz"):
        found["harfbuzz"] = _text(harfbuzz.hb_version_string)
    found["harfbuzz-subset"] = "present" if _shared("subset") else "missing"
    return found


@cache
def fonts() -> str:
    """A mark of every font that this machine has: file name, face, version and size.

    Any of them may be taken for a letter that the bureau's fonts lack.
    """
    listed = sorted(_fonts())
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def settings_mark() -> str:
    """One mark of program, libraries and fonts."""
    text = json.dumps([program(), versions(), fonts()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _shared(name: str) -> Any:
    """A shared library under its name on this system, or None."""
    order = {"linux": 0, "darwin": 1, "win32": 2}.get(sys.platform, 0)
    with suppress(OSError):
        return ctypes.CDLL(_SHARED[name][order])
    return None


def _text(function: Any) -> str:
    function.restype = ctypes.c_char_p
    return str(function().decode())


def _fonts() -> Iterator[tuple[str, int, int, int]]:
    """The fonts that fontconfig knows as (file name, face, version, bytes); none without it."""
    library = _shared("fontconfig")
    if library is None:
        return
    pointer = ctypes.c_void_p
    for name in ("FcInitLoadConfigAndFonts", "FcPatternCreate", "FcObjectSetCreate", "FcFontList"):
        getattr(library, name).restype = pointer
    config, pattern = (
        pointer(library.FcInitLoadConfigAndFonts()),
        pointer(library.FcPatternCreate()),
    )
    wanted = pointer(library.FcObjectSetCreate())
    for field in (b"file", b"index", b"fontversion"):
        library.FcObjectSetAdd(wanted, field)
    found = pointer(library.FcFontList(config, pattern, wanted))
    listed = ctypes.cast(found, ctypes.POINTER(_FontSet)).contents
    for number in range(listed.nfont):
        yield _font(library, pointer(listed.fonts[number]))
    library.FcFontSetDestroy(found)
    library.FcObjectSetDestroy(wanted)
    library.FcPatternDestroy(pattern)
    library.FcConfigDestroy(config)


class _FontSet(ctypes.Structure):
    """fontconfig's FcFontSet."""

    _fields_ = (
        ("nfont", ctypes.c_int),
        ("sfont", ctypes.c_int),
        ("fonts", ctypes.POINTER(ctypes.c_void_p)),
    )


def _font(library: Any, font: ctypes.c_void_p) -> tuple[str, int, int, int]:
    name = ctypes.c_char_p()
    library.FcPatternGetString(font, b"file", 0, ctypes.byref(name))
    path = Path((name.value or b"").decode(errors="replace"))
    numbers = []
    for field in (b"index", b"fontversion"):
        value = ctypes.c_int()
        _ask(library.FcPatternGetInteger, font, field, value)
        numbers.append(value.value)
    return path.name, numbers[0], numbers[1], _size(path)


def _ask(function: Callable[..., Any], font: Any, field: bytes, value: Any) -> None:
    function(font, field, 0, ctypes.byref(value))


@cache
def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
