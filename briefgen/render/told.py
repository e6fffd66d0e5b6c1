"""What a shortened paper must say: that something was dropped stands in it, whatever its template.

In: the lines that tell it, and the text of a paper made. Out: a problem for each line that is not
there: a bureau's own template may never hide that something is missing.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any
from unicodedata import decimal

from lxml import etree

from briefgen.errors import BriefgenError, Problem, Source
from briefgen.render.finishing import respell

_BODY = "word/document.xml"


def require_told(
    text: str, data: Mapping[str, Any], name: str, spelling: Mapping[str, str] | None = None
) -> None:
    """Raises BriefgenError when a section's line on what was dropped is not in the text."""
    if not data.get("dropped"):
        return
    said = _squeezed(text)
    silent = [
        section
        for section, part in (data.get("dropped") or {}).items()
        if _squeezed(_spelt(part["line"], spelling or {})) not in said
    ]
    if silent:
        message = "does not say what was dropped for the length"
        raise BriefgenError(Problem(Source(name), s, message, _hint(s)) for s in silent)


def _hint(section: str) -> str:
    tag = f'{{% if "{section}" in dropped %}}{{{{ dropped.{section}.line }}}}{{% endif %}}'
    return f"write {tag} behind the section, or take it out of length.drop"


def docx_text(content: bytes) -> str:
    """The text of a Word file's body."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        root = etree.fromstring(package.read(_BODY))
    return "".join(str(text) for text in root.itertext())


def part_texts(content: bytes) -> Iterator[str]:
    """The texts of a Word file, part by part: its body, headers, footers and notes."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.startswith("word/") and name.endswith(".xml"):
                yield "".join(map(str, etree.fromstring(package.read(name)).itertext()))


def _spelt(line: str, spelling: Mapping[str, str]) -> str:
    """The line as the bureau spells it."""
    root = etree.Element("html")
    body = etree.SubElement(root, "body")
    body.text = line
    if spelling:
        respell(root, spelling)
    return body.text


def _squeezed(text: str) -> str:
    """The text without white space, its digits in the Western form: a bureau may print others."""
    return "".join(str(decimal(c)) if c.isdecimal() else c for c in text if not c.isspace())
