"""The last look before a paper leaves the house: nothing withheld may be in its files.

In: the files of a paper by name, as bytes, and the texts that must not be in them. Out: problems,
one for each text found: in the text of a page, in any string, stream, property or attachment of a
PDF, in any part of a Word file or table with its tags taken out, in names of files and parts.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lxml import etree

from briefgen.errors import BriefgenError, Problem, Source
from briefgen.withholding import Withheld, squeezed

_LONG = 8  # letters from which a name cannot be part of another word by chance
_ZIPPED = b"PK\x03\x04"
_PDF = b"%PDF"
_DEPTH = 4  # files within files


def require_clean(files: Mapping[str, bytes], withheld: Withheld) -> None:
    """Raise BriefgenError when something that may not be released is in a file."""
    if found := released_wrongly(files, withheld):
        raise BriefgenError(found)


def released_wrongly(
    files: Mapping[str, bytes], withheld: Withheld, hint: str = "nothing was written"
) -> list[Problem]:
    """What may not be released and is in the files, and is told by nothing that may be."""
    return leaks(files, withheld.entries, withheld.gives_away, hint) if withheld else []


def leaks(
    files: Mapping[str, bytes],
    withheld: Iterable[Mapping[str, Any]],
    counts: Callable[[Mapping[str, Any]], bool] = lambda entry: True,
    hint: str = "nothing was written",
) -> list[Problem]:
    """What of `withheld` is found in files; each entry is `{what, text, whole}`.

    Letters are compared without case, white space and punctuation, names as whole words. The text
    itself is not told: a message must not be a leak. `counts` is asked of what was found.
    """
    words = list(withheld)
    found = {
        (name, str(entry["what"])): None
        for name, content in files.items()
        for entry in _found(f"{name}\n{text_in(name, content)}", words)
        if counts(entry)
    }
    return [
        Problem(Source(name), "", f"holds what is withheld: {what}", hint) for name, what in found
    ]


def _found(text: str, words: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    run, spaced = squeezed(text), f" {_spaced(text)} "
    for entry in words:
        plain = squeezed(entry["text"])
        # A long name is found in one run too, for a line may part it.
        whole = entry["whole"] and len(plain) < _LONG
        if (whole and f" {_spaced(entry['text'])} " in spaced) or (not whole and plain in run):
            yield entry


def _spaced(text: str) -> str:
    """The words of a text, a space between them, without case."""
    return re.sub(r"[\W_]+", " ", text).strip().casefold()


def text_in(name: str, content: bytes, depth: int = 0) -> str:
    """Everything that can be read in the bytes of a file, and in files within it."""
    if content.startswith(_ZIPPED) and depth < _DEPTH:
        return "\n".join(_zip_texts(content, depth))
    if content.startswith(_PDF) and depth < _DEPTH:
        return "\n".join(_pdf_texts(content, depth))
    if name.endswith((".html", ".htm", ".svg")):
        return "\n".join(_html_texts(content))
    return "\n".join(_plain_texts(content))


def _plain_texts(content: bytes) -> Iterator[str]:
    """Bytes as the texts that they may be."""
    yield content.decode("utf-8", "ignore")
    if b"\0" in content:
        yield content.decode("utf-16-le", "ignore")
        yield content.decode("utf-16-be", "ignore")


def _html_texts(content: bytes) -> Iterator[str]:
    """The words of a page with and without its elements, and its attributes."""
    from lxml import html

    root = html.fromstring(content)
    yield "".join(map(str, root.itertext()))
    for element in root.iter():
        yield " ".join(map(str, element.attrib.values()))
    yield content.decode("utf-8", "ignore")


def _zip_texts(content: bytes, depth: int) -> Iterator[str]:
    """Every member: its name, its bytes, of XML the words without tags, and the attributes."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        yield from _plain_texts(package.comment)
        for info in package.infolist():
            yield info.filename
            yield from _plain_texts(info.comment + info.extra)
            data = package.read(info)
            if info.filename.endswith((".xml", ".rels", ".vml")):
                yield from _xml_texts(data)
            yield text_in(info.filename, data, depth + 1)


def _xml_texts(content: bytes) -> Iterator[str]:
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return
    yield "".join(map(str, root.itertext()))
    yield " ".join(map(str, root.itertext()))
    for element in root.iter():
        yield " ".join(map(str, element.attrib.values()))


def _pdf_texts(content: bytes, depth: int) -> Iterator[str]:
    """The words of every page in two readings, and every string and stream of the file."""
    import pikepdf
    import pypdf
    import pypdfium2

    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        yield page.extract_text()
    document = pypdfium2.PdfDocument(content)
    try:
        for number in range(len(document)):
            yield document[number].get_textpage().get_text_bounded()
    finally:
        document.close()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for item in pdf.objects:
            yield from _object_texts(item, depth)
        yield from (str(value) for value in pdf.docinfo.values())


def _object_texts(item: Any, depth: int) -> Iterator[str]:
    import pikepdf

    if isinstance(item, pikepdf.Stream):
        try:
            data = item.read_bytes()
        except pikepdf.PdfError:
            data = item.read_raw_bytes()
        yield text_in("", data, depth + 1)
    if isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        for key, value in item.items():
            yield str(key)
            if not getattr(value, "is_indirect", False):
                yield from _object_texts(value, depth)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            if not getattr(value, "is_indirect", False):
                yield from _object_texts(value, depth)
    elif isinstance(item, pikepdf.String):
        yield str(item)
