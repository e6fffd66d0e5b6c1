"""Which letters no font of this machine has, told before anything is set.

In: the text of a paper. Out: its letters that no font can show, all of them. Fontconfig is asked,
as what sets pages asks it: any font of the machine serves where those of the theme lack a letter.
Where there is no fontconfig nothing is known here, and what sets the pages tells.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

_LIBRARIES = ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll", "fontconfig-1")
# Latin letters and the signs of its text: a font that lacks them sets no paper at all.
_SURE = re.compile("[\x00-\u024f\u2010-\u2026\u2030\u2039\u203a\u20ac]+")
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")  # categories that need no glyph
_FOUND = 0  # FcResultMatch


class _Set(ctypes.Structure):
    """FcFontSet of fontconfig.h."""

    _fields_ = (
        ("count", ctypes.c_int),
        ("room", ctypes.c_int),
        ("fonts", ctypes.POINTER(ctypes.c_void_p)),
    )


def missing(text: str) -> list[str]:
    """The letters of a text that no font has, each once, in the order of their numbers."""
    letters = sorted(set(_SURE.sub("", text)))
    return [letter for letter in letters if _needs_glyph(letter) and not _shown(letter)]


def _needs_glyph(letter: str) -> bool:
    if unicodedata.category(letter) in _UNSEEN:
        return False
    return not unicodedata.name(letter, "").startswith(("VARIATION SELECTOR", "HANGUL FILLER"))


@cache
def _shown(letter: str) -> bool:
    """Whether a font has a letter, or else all the parts that it is composed of."""
    sets = _character_sets()
    if not sets or _in_a_font(letter):
        return True
    parts = unicodedata.normalize("NFD", letter)
    return parts != letter and all(_in_a_font(part) for part in parts)


def _in_a_font(letter: str) -> bool:
    library = _library()
    sets = _character_sets()
    for number, one in enumerate(sets):
        if library.FcCharSetHasChar(one, ord(letter)):
            sets.insert(0, sets.pop(number))  # the next letter is likely to be of the same script
            return True
    return False


@cache
def _character_sets() -> list[Any]:
    """The characters of each font; empty where fontconfig cannot be asked."""
    library = _library()
    if library is None or not library.FcInit():
        return []
    found = library.FcConfigGetFonts(None, 0)
    return list(_of_fonts(library, found.contents)) if found else []


def _of_fonts(library: Any, found: _Set) -> Iterator[Any]:
    for number in range(found.count):
        characters = ctypes.c_void_p()
        asked = (found.fonts[number], b"charset", 0, ctypes.byref(characters))
        if library.FcPatternGetCharSet(*asked) == _FOUND:
            yield characters


@cache
def _library() -> Any:
    """Fontconfig, or None."""
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.FcConfigGetFonts.restype = ctypes.POINTER(_Set)
        library.FcConfigGetFonts.argtypes = (ctypes.c_void_p, ctypes.c_int)
        library.FcPatternGetCharSet.argtypes = (
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_void_p),
        )  # fmt: skip
        library.FcCharSetHasChar.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
        return library
    return None
