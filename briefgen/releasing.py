"""The last look before a paper leaves the house: nothing withheld may be in its files.

In: the files of a paper by name, as bytes, and the words that must not be in them. Out: problems,
one for each word found: in the text of a page, in any part of a Word file, in names and properties.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lxml import etree

from briefgen.errors import Problem, Source

_LONG = 8  # letters from which a name cannot be part of another word by chance


def leaks(files: Mapping[str, bytes], withheld: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """What of `withheld` is found in files; each entry is `{what, text, whole}`.

    Letters are compared without case, white space and punctuation, names as whole words.
    """
    words = list(withheld)
    return [
        Problem(Source(name), "", f"holds what is withheld: {entry['what']}", "nothing was written")
        for name, content in files.items()
        for entry in _found(f"{name}\n{_text(name, content)}", words)
    ]


def _found(text: str, words: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    squeezed = _squeeze(text, "")
    spaced = f" {_squeeze(text, ' ')} "
    for entry in words:
        plain = _squeeze(entry["text"], "")
        # A long name is found in one run too, for a line may part it.
        whole = entry["whole"] and len(plain) < _LONG
        if (whole and f" {_squeeze(entry['text'], ' ').strip()} " in spaced) or (
            not whole and plain in squeezed
        ):
            yield entry


def _squeeze(text: str, between: str) -> str:
    return re.sub(r"\W+", between, text).casefold()


def _text(name: str, content: bytes) -> str:
    kind = name.rpartition(".")[2]
    if kind == "docx":
        return "\n".join(_word_texts(content))
    if kind == "pdf":
        return "\n".join(_pdf_texts(content))
    if kind == "html":
        return "\n".join(_html_texts(content))
    return content.decode("utf-8")


def _html_texts(content: bytes) -> Iterator[str]:
    """The words of a page with and without its elements, and its attributes."""
    from lxml import html

    root = html.fromstring(content)
    yield "".join(map(str, root.itertext()))
    for element in root.iter():
        yield " ".join(map(str, element.attrib.values()))
    yield content.decode("utf-8")


def _word_texts(content: bytes) -> Iterator[str]:
    """The words of every part of a Word file, its attributes too, and the names of its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for part in package.namelist():
            yield part
            data = package.read(part)
            if not part.endswith((".xml", ".rels")):
                continue
            root = etree.fromstring(data)
            yield "".join(map(str, root.itertext()))
            yield " ".join(map(str, root.itertext()))
            for element in root.iter():
                yield " ".join(map(str, element.attrib.values()))


def _pdf_texts(content: bytes) -> Iterator[str]:
    """The words of every page, of the bookmarks, of the properties."""
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(content))
    for page in reader.pages:
        yield page.extract_text()
    yield " ".join(str(value) for value in (reader.metadata or {}).values())
    if reader.xmp_metadata is not None:
        raw = reader.xmp_metadata.stream.get_data()
        yield " ".join(map(str, etree.fromstring(raw).itertext()))
    yield from _titles(reader.outline)
    for page in reader.pages:
        for annotation in page.get("/Annots") or ():
            action = annotation.get_object().get("/A")
            yield str(action.get_object().get("/URI", "")) if action else ""


def _titles(outline: Any) -> Iterator[str]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _titles(entry)
        else:
            yield str(entry.title)
