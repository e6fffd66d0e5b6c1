"""The outside of a Word file: what can be seen of a zip before anything of it is unpacked.

In: the bytes of a package. Out: faults as (message, hint): more members or more bytes than a paper
needs, names that lead out or stand twice, members under a password, members that lie over one
another, and those of which the zip says two different things.
"""

from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

MOST_BYTES = 50_000_000
MOST_MEMBERS = 2000
MOST_RATIO = 100
RESAVE = "open it in Word and save it again as .docx"
_SMALL = 1_000_000  # below this size white space and borders may pack as tightly as they like
_ENTRY = b"PK\x01\x02"  # how each entry of the directory of a zip begins
_LOCAL = struct.Struct("<4s5H3I2H")  # what stands before each member
_LOCAL_MARK = b"PK\x03\x04"
_LATER = 1 << 3  # the sizes stand behind the member
_IN_EXTRA = 0xFFFFFFFF
_SECRET = 1 << 0 | 1 << 6 | 1 << 13  # the member, or the directory itself, is under a password
_PACKED = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))


def outer_faults(content: bytes) -> Iterator[tuple[str, str]]:
    """What is wrong with a package; raises zipfile.BadZipFile for what is none."""
    if len(content) > MOST_BYTES:
        yield f"is larger than {MOST_BYTES // 1_000_000} MB", "make its pictures smaller"
        return
    listed = content.count(_ENTRY)
    if listed > MOST_MEMBERS:  # each would be an object before it could be refused
        yield f"holds {listed} members, more than {MOST_MEMBERS}", RESAVE
        return
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        infos = package.infolist()
        end = package.start_dir
    yield from _name_faults(infos)
    for info in infos:
        yield from _member_faults(info)
    total = sum(info.file_size for info in infos)
    if total > MOST_BYTES:
        size = f"{total // 1_000_000} MB, more than {MOST_BYTES // 1_000_000}"
        yield f"unpacks to {size}", "make its pictures smaller"
    yield from _place_faults(content, infos, end)


def _name_faults(infos: Sequence[zipfile.ZipInfo]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for info in infos:
        name = info.orig_filename
        plain = unquote(name)
        parts = plain.replace("\\", "/").split("/")
        if plain.startswith("/") or "\\" in plain or ".." in parts or ":" in plain:
            yield f"holds the member {_quoted(name)}, a path that leads out of it", RESAVE
        elif not name or any(ord(c) < 32 for c in plain):
            yield f"holds the member {_quoted(name)}, whose name no file can have", RESAVE
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", plain).casefold())
        if folded in seen:
            yield f"holds the member {_quoted(name)} twice", RESAVE
        seen.add(folded)


def _member_faults(info: zipfile.ZipInfo) -> Iterator[tuple[str, str]]:
    name = _quoted(info.orig_filename)
    if info.flag_bits & _SECRET:
        yield f"holds the member {name} under a password", "take the password off"
    elif info.compress_type not in _PACKED:
        yield f"holds {name}, packed in a way that Word does not know", RESAVE
    packed = max(info.compress_size, 1)
    if info.file_size > _SMALL and info.file_size / packed > MOST_RATIO:
        times = info.file_size // packed
        yield f"holds {name}, packed {times} times smaller than it is", RESAVE


def _place_faults(
    content: bytes, infos: Sequence[zipfile.ZipInfo], directory: int
) -> Iterator[tuple[str, str]]:
    """Members that share their bytes with others, or say another size than the directory does."""
    free = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        name, start = _quoted(info.orig_filename), info.header_offset
        head = content[start : start + _LOCAL.size]
        if len(head) < _LOCAL.size or not head.startswith(_LOCAL_MARK):
            raise zipfile.BadZipFile(f"no member at {start}")
        _, _, flags, packing, *_, size, whole, named, extra = _LOCAL.unpack(head)
        given = content[start + _LOCAL.size : start + _LOCAL.size + named]
        sizes = _sizes(
            size,
            whole,
            content[start + _LOCAL.size + named : start + _LOCAL.size + named + min(extra, 20)],
        )
        known = (info.compress_size, info.file_size)
        later = flags & _LATER and sizes == (0, 0)
        same = (packing, given) == (info.compress_type, _written(info))
        if not (same and (later or sizes == known)):
            yield f"says two things of the member {name}", RESAVE
        end = start + _LOCAL.size + named + extra + info.compress_size
        if start < free or end > directory:
            yield f"holds the member {name} over another one", RESAVE
        free = max(free, end)


def _sizes(size: int, whole: int, extra: bytes) -> tuple[int, int]:
    """Packed and whole size as they stand before a member, where need be in 64 bits."""
    if (size, whole) == (_IN_EXTRA, _IN_EXTRA) and extra[:2] == b"\1\0" and len(extra) >= 20:
        whole, size = struct.unpack("<2Q", extra[4:20])
    return size, whole


def _written(info: zipfile.ZipInfo) -> bytes:
    """The name of a member as it stands in the file: the flag tells whether in UTF-8."""
    return info.orig_filename.encode("utf-8" if info.flag_bits & 1 << 11 else "cp437")


def _quoted(name: str) -> str:
    return f"'{''.join(c if c.isprintable() else '?' for c in name[:80])}'"
