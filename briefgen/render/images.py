"""Pictures from outside: whole, of a kind that every reader shows, and bare of what they carry.

In: the bytes of a picture, or the `data:` address that holds them. Out: the same picture without
the comments, names, places and dates that a camera or a drawing program wrote into it; or what is
wrong with it, before anything opens it.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterator
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset((b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs", b"bKGD"))
_JPEG_DROPPED = frozenset((*range(0xE1, 0xF0), 0xFE)) - {0xE2, 0xEE}  # kept: colour profile, Adobe
_MOST_PIXELS = 60_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its kind, `png` or `jpeg`."""

    content: bytes
    kind: str


def picture(content: bytes) -> Picture | None:
    """The picture without its metadata; None for another kind or a damaged one."""
    try:
        if content.startswith(_PNG):
            return Picture(_PNG + b"".join(_png_chunks(content)), "png")
        if content.startswith(b"\xff\xd8\xff"):
            return Picture(b"\xff\xd8" + b"".join(_jpeg_segments(content)), "jpeg")
    except (IndexError, ValueError):
        return None
    return None


def fault_of(content: bytes) -> tuple[str, str]:
    """What is wrong with a picture, and the mend; empty where nothing is. It is not decoded."""
    from PIL import Image, UnidentifiedImageError

    if picture(content) is None:
        kind = content.startswith((_PNG, b"\xff\xd8\xff"))
        what = "is damaged, cut short or far too large" if kind else "is no PNG and no JPEG"
        return what, "save it again as PNG or JPEG"
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
            width, height = opened.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return "is damaged, cut short or far too large", "save it again as PNG or JPEG"
    if width * height > _MOST_PIXELS:
        most = f"{_MOST_PIXELS // 1_000_000} million points"
        return f"has {width} x {height} points, more than {most}", "make it smaller"
    return "", ""


def held_in(address: str) -> bytes | None:
    """The PNG or JPEG that an address holds, `data:image/png;base64,...`; None for any other."""
    head, _, code = address.partition(",")
    if head not in ("data:image/png;base64", "data:image/jpeg;base64"):
        return None
    try:
        return base64.b64decode(code, validate=True)
    except (binascii.Error, ValueError):
        return None


def _png_chunks(content: bytes) -> Iterator[bytes]:
    place, ended = len(_PNG), False
    while place < len(content) and not ended:
        size, kind = (
            int.from_bytes(content[place : place + 4], "big"),
            content[place + 4 : place + 8],
        )
        chunk = content[place : place + size + 12]
        if len(chunk) != size + 12:
            raise ValueError("cut short")
        if kind == b"IHDR" and _pixels(chunk) > _MOST_PIXELS:
            raise ValueError("too large")
        if kind[:1].isupper() or kind in _PNG_KEPT:
            yield chunk
        place += size + 12
        ended = kind == b"IEND"
    if not ended:
        raise ValueError("cut short")


def _pixels(header: bytes) -> int:
    return int.from_bytes(header[8:12], "big") * int.from_bytes(header[12:16], "big")


def _jpeg_segments(content: bytes) -> Iterator[bytes]:
    place = 2
    while True:
        if content[place] != 0xFF:
            raise ValueError("damaged")
        kind = content[place + 1]
        if kind == 0xFF:  # filling
            place += 1
            continue
        size = int.from_bytes(content[place + 2 : place + 4], "big")
        if kind == 0xDA:  # the picture itself, up to the mark of its end
            end = content.rfind(b"\xff\xd9")
            if end < place:
                raise ValueError("cut short")
            yield content[place : end + 2]
            return
        if kind not in _JPEG_DROPPED:
            yield content[place : place + 2 + size]
        place += 2 + size
