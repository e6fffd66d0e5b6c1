"""A Word file from outside, opened with care.

In: the bytes of a .docx that somebody made in Word. Out: its members by name, once nothing in it
can harm: no bomb, no path that leads out, no DOCTYPE, no macro, no embedded program. Every fault is
named, all at once.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from lxml import etree

from briefgen.errors import BriefgenError, Problem, Source

MOST_BYTES = 50_000_000
MOST_MEMBERS = 2000
MOST_RATIO = 100
_SMALL = 1_000_000  # below this size white space and borders may pack as tightly as they like
_TYPES = "[Content_Types].xml"
_MAIN = "word/document.xml"
_OLD_WORD = b"\xd0\xcf\x11\xe0"
_TEMPLATE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
# What a relationship or a content type may be called, and what a person calls it.
_HARMFUL = {
    "vbaproject": "macros",
    "vbadata": "macros",
    "macroenabled": "macros",
    "oleobject": "an OLE object",
    "activex": "an ActiveX control",
    "/control": "an ActiveX control",
    "relationships/package": "an embedded file",
    "afchunk": "an imported document (altChunk)",
    "subdocument": "a linked subdocument",
}


def open_word_file(name: str, content: bytes) -> dict[str, bytes]:
    """The members of a Word file by name; `name` is the file as messages tell it.

    Raises BriefgenError for what is no .docx, and for all in it that could do harm.
    """
    faults: list[tuple[str, str]] = []
    members: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            faults = list(_outer_faults(package))
            if not faults:
                members = {info.filename: _read(package, info) for info in package.infolist()}
    # zipfile raises RuntimeError for a member under a password and for a way of packing that it
    # does not know; all of these mean that the file cannot be read as it is.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError):
        faults = [_no_package(content)]
    faults = faults or list(dict.fromkeys(_inner_faults(members)))
    if faults:
        raise BriefgenError(Problem(Source(name), "", message, hint) for message, hint in faults)
    return members


def _no_package(content: bytes) -> tuple[str, str]:
    if content.startswith(_OLD_WORD):
        hint = "open it in Word, take the password off, and save it as Word document (.docx)"
        return "is an old Word file (.doc) or protected by a password", hint
    return "cannot be opened: it is damaged or no Word file", "save it again in Word as .docx"


def _read(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member, never more of it than it says it holds."""
    with package.open(info) as member:
        return member.read(info.file_size)


def _outer_faults(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """What can be seen before anything is unpacked."""
    infos = package.infolist()
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or ":" in name:
            yield f"holds the member '{name[:80]}', a path that leads out of it", _RESAVE
        if name.casefold() in seen:
            yield f"holds the member '{name[:80]}' twice", _RESAVE
        seen.add(name.casefold())
        if info.flag_bits & 1:
            yield f"holds the member '{name[:80]}' under a password", "take the password off"
        packed = max(info.compress_size, 1)
        if info.file_size > _SMALL and info.file_size / packed > MOST_RATIO:
            times = info.file_size // packed
            yield f"holds '{name[:80]}', packed {times} times smaller than it is", _RESAVE
    if len(infos) > MOST_MEMBERS:
        yield f"holds {len(infos)} members, more than {MOST_MEMBERS}", _RESAVE
    total = sum(info.file_size for info in infos)
    if total > MOST_BYTES:
        size = f"{total // 1_000_000} MB, more than {MOST_BYTES // 1_000_000}"
        yield f"unpacks to {size}", "make its pictures smaller"


def _inner_faults(members: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """What the members say."""
    for needed in (_TYPES, _MAIN):
        if needed not in members:
            yield f"has no {needed}: it is no Word document", "save it again in Word as .docx"
    for name, content in members.items():
        if name.casefold().endswith((".xml", ".rels", ".vml")):
            yield from _xml_faults(name, content)
        if "vbaproject" in name.casefold():
            yield _harm("macros", name)


def _xml_faults(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    bare = content.replace(b"\0", b"").lower()
    if b"<!doctype" in bare or b"<!entity" in bare:
        yield f"has a DOCTYPE in {name}, which Word never writes", _RESAVE
        return
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        yield f"holds {name}, which is not well-formed: {error}", _RESAVE
        return
    if name == _TYPES or name.endswith(".rels"):
        for element in root.iter(etree.Element):
            told = element.get("ContentType") or element.get("Type") or ""
            yield from _declared(told, element.get("PartName") or element.get("Target") or "")


def _declared(told: str, target: str) -> Iterator[tuple[str, str]]:
    """What one content type or relationship declares that may not be."""
    word = next((w for w in _HARMFUL if w in told.casefold()), None)
    if word:
        yield _harm(_HARMFUL[word], target)
    elif told == _TEMPLATE:
        yield "is a Word template (.dotx)", "save it in Word as Word document (.docx)"


def _harm(what: str, where: str) -> tuple[str, str]:
    place = f" ({where.lstrip('/')[:80]})" if where else ""
    return f"holds {what}{place}", "take them out in Word and save it as .docx"


_RESAVE = "open it in Word and save it again as .docx"
