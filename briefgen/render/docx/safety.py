"""A Word file from outside, opened with care.

In: the path of a .docx that somebody made in Word, or its bytes. Out: its members by name, once
nothing in it can harm: no bomb, no path that leads out, no DOCTYPE, no macro, no embedded program,
nothing that loads by itself. Every fault is named, all at once.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from briefgen.errors import BriefgenError, Problem, Source
from briefgen.render.docx.archive import MOST_BYTES, RESAVE, outer_faults

Fault = tuple[str, str]  # what is wrong, and the mend
MOST_MARKS = 2_000_000  # signs `<` and `=` in all members: each is as much as 100 bytes of memory
_TYPES = "[Content_Types].xml"
_ROOT = "_rels/.rels"
_MAIN = "word/document.xml"
_OLD_WORD = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_DOCX = "save it in Word as Word document (.docx)"
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TEMPLATE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
# What a relationship or a content type may be called, and what a person calls it.
_HARMFUL = {
    "vbaproject": "macros",
    "vbadata": "macros",
    "macroenabled": "macros",
    "attachedtoolbars": "toolbars with macros",
    "oleobject": "an OLE object",
    "activex": "an ActiveX control",
    "/control": "an ActiveX control",
    "relationships/package": "an embedded file",
    "afchunk": "an imported document (altChunk)",
    "subdocument": "a linked subdocument",
    "webextension": "a web add-in",
    "ui/extensibility": "a ribbon of its own (customUI)",
}
_EMBEDDED = ("word/embeddings/", "word/activex/")
_XML_NAMES = (".xml", ".rels", ".vml")
_MARKS = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")  # of UTF-8 and UTF-16, before the first letter
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.-]+)["']""")
_OWN_DISK = re.compile(r"file:(?:///|/|)(?![/\\])|[a-z]:[\\/]|[^:/\\]+$", re.IGNORECASE)


def read_word_file(path: Path, name: str) -> bytes:
    """The bytes of a Word file; `name` is the file as messages tell it.

    Raises BriefgenError for a file above 50 MB, before anything of it is read, and for one that
    cannot be read.
    """
    try:
        large = path.stat().st_size > MOST_BYTES
        content = b"" if large else path.read_bytes()
    except OSError as error:
        fault = (f"cannot be read: {error.strerror}", "let it be read, or take it away")
        raise BriefgenError([Problem(Source(name), "", *fault)]) from error
    if large:
        fault = (f"is larger than {MOST_BYTES // 1_000_000} MB", "make its pictures smaller")
        raise BriefgenError([Problem(Source(name), "", *fault)])
    return content


def open_word_file(name: str, content: bytes) -> dict[str, bytes]:
    """The members of a Word file by name; `name` is the file as messages tell it.

    Raises BriefgenError for what is no .docx, and for all in it that could do harm.
    """
    faults: list[Fault] = []
    members: dict[str, bytes] = {}
    try:
        faults = list(outer_faults(content))
        if not faults:
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                members = {info.filename: _read(package, info) for info in package.infolist()}
    # zipfile raises RuntimeError for a member under a password and for a way of packing that it
    # does not know; all of these mean that the file cannot be read as it is.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError):
        faults = [_no_package(content)]
    faults = faults or list(dict.fromkeys(_inner_faults(members)))
    if faults:
        raise BriefgenError(Problem(Source(name), "", message, hint) for message, hint in faults)
    return members


def _no_package(content: bytes) -> Fault:
    if content.startswith(_OLD_WORD):
        hint = "open it in Word, take the password off, and save it as Word document (.docx)"
        return "is an old Word file (.doc) or protected by a password", hint
    return "cannot be opened: it is damaged or no Word file", "save it again in Word as .docx"


def _read(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member, never more of it than it says it holds; what packs more is cut, and so damaged."""
    with package.open(info) as member:
        return member.read(info.file_size)


# -- what the members say --------------------------------------------------------------------------


def _inner_faults(members: dict[str, bytes]) -> Iterator[Fault]:
    for needed in (_TYPES, _MAIN):
        if needed not in members:
            yield f"has no {needed}: it is no Word document", "save it again in Word as .docx"
    marks = sum(content.count(b"<") + content.count(b"=") for content in members.values())
    if marks > MOST_MARKS:
        yield f"holds more than {MOST_MARKS // 2_000_000} million elements", "make it shorter"
        return
    types = _types(members.get(_TYPES, b""))
    for name, content in members.items():
        yield from _embedded(name, content)
        if _is_xml(name, content, types):
            yield from xml_faults(name, content)
    if _TYPES in members and _MAIN in members:
        yield from _main_faults(members, types)


def _embedded(name: str, content: bytes) -> Iterator[Fault]:
    """A member that is a file of another program, whatever it is called."""
    folded = name.casefold()
    if "vbaproject" in folded:
        yield _harm("macros", name)
    elif folded.startswith(_EMBEDDED) or content.startswith(_ZIP):
        yield _harm("an embedded file", name)
    elif content.startswith(_OLD_WORD):
        yield _harm("an OLE object", name)


def _types(content: bytes) -> dict[str, str]:
    """The content types by `/part/name` and by `.extension`, in small letters."""
    found: dict[str, str] = {}
    if not list(xml_faults(_TYPES, content)):
        for element in parsed(content).iter(etree.Element):
            told = (element.get("ContentType") or "").strip()
            if element.get("PartName"):
                found[(element.get("PartName") or "").casefold()] = told
            elif element.get("Extension"):
                found[f".{(element.get('Extension') or '').casefold()}"] = told
    return found


def _type_of(name: str, types: dict[str, str]) -> str:
    folded = f"/{name}".casefold()
    return types.get(folded) or types.get(f".{folded.rpartition('.')[2]}", "")


def _is_xml(name: str, content: bytes, types: dict[str, str]) -> bool:
    """Whether a reader might take a member for XML: by its name, its type or its first letter."""
    if name.casefold().endswith(_XML_NAMES) or "xml" in _type_of(name, types).casefold():
        return True
    return content[:64].replace(b"\0", b"").lstrip().startswith((b"<", *_MARKS))


def xml_faults(name: str, content: bytes) -> Iterator[Fault]:
    """What is wrong with a member that is read as XML; its entities are not followed."""
    bare = content.replace(b"\0", b"").lower()
    if b"<!doctype" in bare or b"<!entity" in bare:
        yield f"has a DOCTYPE in {name}, which Word never writes", RESAVE
        return
    encoding = _ENCODING.match(bare.removeprefix(_MARKS[0]).lstrip(b"\xfe\xff"))
    if encoding and encoding[1] not in (b"utf-8", b"utf-16", b"us-ascii"):
        yield f"holds {name} in {encoding[1].decode()}, not in UTF-8", RESAVE
        return
    try:
        root = parsed(content)
    except (etree.XMLSyntaxError, ValueError) as error:
        yield f"holds {name}, which is not well-formed: {error}", RESAVE
        return
    if root.getroottree().docinfo.internalDTD is not None:
        yield f"has a DOCTYPE in {name}, which Word never writes", RESAVE
    elif name == _TYPES or name.endswith(".rels"):
        for element in root.iter(etree.Element):
            told = element.get("ContentType") or element.get("Type") or ""
            target = element.get("PartName") or element.get("Target") or ""
            yield from _declared(told, target, element.get("TargetMode"))


def parsed(content: bytes) -> etree._Element:
    """XML without entities, and at most 256 elements deep; raises what lxml raises."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    return etree.fromstring(content, parser)


def _declared(told: str, target: str, mode: str | None) -> Iterator[Fault]:
    """What one content type or relationship declares that may not be."""
    word = next((w for w in _HARMFUL if w in told.casefold()), None)
    if word:
        yield _harm(_HARMFUL[word], target)
    elif told == _TEMPLATE:
        yield "is a Word template (.dotx)", _DOCX
    elif mode not in (None, "Internal", "External"):
        yield f"holds a link of the kind '{mode[:20]}'", RESAVE
    elif mode == "External" and not told.endswith("/hyperlink") and not _on_own_disk(target):
        kind = told.rpartition("/")[2]
        message = f"loads '{target[:80]}' by itself when it is opened ({kind})"
        yield message, "take the link out in Word and save it as .docx"


def _on_own_disk(target: str) -> bool:
    """Whether an address is a file of the machine where it was made, and not of another one.

    Nearly every Word file names its template so; nothing follows it.
    """
    return _OWN_DISK.match(unquote(target).strip()) is not None


def _main_faults(members: dict[str, bytes], types: dict[str, str]) -> Iterator[Fault]:
    """Whether what the package says is its document is the one that is looked at."""
    told = _type_of(_MAIN, types)
    # Macros and templates have been told by the kind of type that they have.
    if told not in (_DOCUMENT, _TEMPLATE) and "macroenabled" not in told.casefold():
        yield f"is no Word document: its type is '{told[:80]}'", _DOCX
    root = members.get(_ROOT, b"")
    if list(xml_faults(_ROOT, root)):
        return  # told already, or not there
    for element in parsed(root).iter(etree.Element):
        if (element.get("Type") or "").endswith("/officeDocument"):
            target = (element.get("Target") or "").removeprefix("/").removeprefix("./")
            if target != _MAIN:
                yield f"has its document in '{target[:80]}', not in {_MAIN}", RESAVE


def _harm(what: str, where: str) -> Fault:
    place = f" ({where.lstrip('/')[:80]})" if where else ""
    return f"holds {what}{place}", "take them out in Word and save it as .docx"
