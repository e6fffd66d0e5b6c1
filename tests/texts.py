"""What a paper says, read back from its HTML, its DOCX and its PDF, section by section.

White space and letter case are left out of the comparison: they are the look, not the words.
"""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from lxml import etree

Sections = list[tuple[str, str]]
HEADINGS = ("h1", "h2", "h3")


def squeeze(text: str) -> str:
    return "".join(text.split()).casefold().replace("\u00ad", "")


# -- HTML ------------------------------------------------------------------------------------------


def html_sections(tree: Any) -> Sections:
    """The sections of the checked tree, with its notes at the end."""
    main = tree.find("body/main")
    sections: Sections = [("", "")]
    for heading, text in _html_stream(main):
        if heading:
            sections.append((squeeze(text), ""))
        else:
            name, so_far = sections[-1]
            sections[-1] = (name, so_far + squeeze(text))
    name, so_far = sections[-1]
    sections[-1] = (name, so_far + squeeze("".join(_html_notes(main))))
    return sections


def _html_stream(element: Any) -> Iterator[tuple[bool, str]]:
    if element.tag in HEADINGS:
        yield True, "".join(element.itertext())
        return
    if element.tag == "note":
        yield False, element.get("data-number")
        return
    yield False, element.text or ""
    for child in element:
        yield from _html_stream(child)
        yield False, child.tail or ""


def _html_notes(main: Any) -> Iterator[str]:
    for note in main.iter("note"):
        if note.get("data-first") == "yes":
            yield "".join(note.itertext())


# -- DOCX ------------------------------------------------------------------------------------------


def docx_sections(content: bytes) -> Sections:
    """The sections of a Word file, with the text of its endnotes at the end."""
    body = Document(io.BytesIO(content)).element.body
    sections: Sections = [("", "")]
    for paragraph in body.iter(qn("w:p")):
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        name = style.get(qn("w:val")) if style is not None else ""
        text = squeeze("".join(_docx_text(paragraph)))
        if name in ("Heading1", "Heading2", "Heading3"):
            sections.append((text, ""))
        else:
            heading, so_far = sections[-1]
            sections[-1] = (heading, so_far + text)
    heading, so_far = sections[-1]
    sections[-1] = (heading, so_far + squeeze("".join(docx_notes(content, "endnotes"))))
    return sections


def _docx_text(paragraph: Any) -> Iterator[str]:
    for node in paragraph.iter(qn("w:t"), qn("w:endnoteReference"), qn("w:footnoteReference")):
        yield node.get(qn("w:id")) or node.text or ""


def docx_notes(content: bytes, kind: str) -> list[str]:
    """The texts of the notes of a Word file, in order."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        name = f"word/{kind}.xml"
        if name not in package.namelist():
            return []
        root = etree.fromstring(package.read(name))
    found = [n for n in root if n.get(qn("w:type")) is None]
    return ["".join(t.text or "" for t in note.iter(qn("w:t"))) for note in found]


# -- PDF -------------------------------------------------------------------------------------------


def pdf_sections(path: Path) -> Sections:
    """The sections of a tagged PDF in the reading order of its tags, as a screen reader has it.

    What a list prints before its items (a dot, a number) is left out, and the head that a table
    repeats on a new page: a table without a caption goes on from the page before.
    """
    command = ["pdfinfo", "-struct-text", str(path)]
    shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    sections: Sections = [("", "")]
    above: list[tuple[int, str]] = []
    captioned = False
    for line in shown.splitlines():
        inside = line.lstrip(" ")
        depth = len(line) - len(inside)
        while above and above[-1][0] >= depth:
            above.pop()
        if not inside.startswith('"'):
            above.append((depth, inside.split(" ")[0]))
            captioned = above[-1][1] == "Caption" or (captioned and above[-1][1] != "Table")
            if above[-1][1] in ("H1", "H2", "H3"):
                sections.append(("", ""))
            continue
        tags = {tag for _, tag in above}
        name, so_far = sections[-1]
        text = squeeze(inside[1:-1].replace('\\"', '"'))
        if tags & {"H1", "H2", "H3"}:
            sections[-1] = (name + text, so_far)
        elif not ("Lbl" in tags and _is_number(text)) and (captioned or "THead" not in tags):
            sections[-1] = (name, so_far + text)
    return sections


def _is_number(label: str) -> bool:
    """Whether a label is the dot or number of a list, which no text holds, and not a term."""
    return not any(letter.isalpha() for letter in label)


def pdf_text(path: Path, page: dict[str, float]) -> str:
    """The text of a PDF between its margins, in the order in which it was set."""
    per_mm = 72 / 25.4
    box = {
        "-x": 0, "-y": page["margin_top"] - 4, "-W": page["width"],
        "-H": page["height"] - page["margin_top"] - page["margin_bottom"] + 8,
    }  # fmt: skip
    crop = [str(part) for k, v in box.items() for part in (k, round(v * per_mm))]
    command = ["pdftotext", "-raw", "-nopgbrk", *crop, str(path), "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout
