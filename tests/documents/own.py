"""What no validator looks at: markings on every page, links that lead nowhere, what Word would ask.

In: a paper that was made. Out: what is wrong with it, in sentences.
"""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from unicodedata import category

import pikepdf
from docx.oxml.ns import qn
from lxml import etree

from tests.documents.made import Paper

_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_USED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_ENTRIES = 40  # letters that Word takes for the name of a bookmark
_NEVER = ("updateFields", "attachedTemplate", "documentProtection", "trackRevisions")
_TOLD = ("title", "creator", "subject", "language", "created", "modified", "keywords", "category")
_EDGE = 45  # points of a page that belong to its header, or to its footer
_FIRST = 6  # paragraphs or lines that a reader hears first


# -- PDF -------------------------------------------------------------------------------------------


def pdf_faults(paper: Paper) -> list[str]:
    """What is wrong with a PDF that veraPDF does not ask for."""
    return [f"{paper.name}: {fault}" for fault in _pdf_faults(paper)]


def _pdf_faults(paper: Paper) -> Iterator[str]:
    yield from _unmarked_pages(paper)
    with pikepdf.open(paper.path) as pdf:
        for name in ("/Title", "/Author", "/Subject", "/Keywords", "/CreationDate", "/ModDate"):
            if not str(pdf.docinfo.get(name, "")):
                yield f"tells no {name}"
        if not str(pdf.Root.get("/Lang", "")):
            yield "tells no language"
        told = pdf.Root.Metadata.read_bytes().decode()
        if f"<briefgen:Marking>{_escaped(paper.marking)}<" not in told:
            yield "the metadata do not tell the marking"
        attached = list(pdf.attachments)
        if attached != (["data.json"] if paper.part == "3a" else []):
            yield f"holds the files {attached}"
        yield from _tag_faults(pdf)


def _unmarked_pages(paper: Paper) -> Iterator[str]:
    """Pages whose first and last line do not hold the marking, as the eye finds them."""
    with pikepdf.open(paper.path) as pdf:
        height = float(pdf.pages[0].mediabox[3])
    bottom = round(height) - _EDGE
    heads, feet = _texts(paper, 0, _EDGE), _texts(paper, bottom, _EDGE)
    for number, (head, foot) in enumerate(zip(heads, feet, strict=True), 1):
        for where, text in (("head", head), ("foot", foot)):
            if squeezed(paper.marking) not in squeezed(text):
                yield f"page {number} has no marking at its {where}"
    lines = [line for line in _texts(paper, _EDGE, bottom - _EDGE)[0].splitlines() if line.strip()]
    if not any(squeezed(paper.marking) in squeezed(line) for line in lines[:_FIRST]):
        yield "the first lines of the text do not tell the marking"


def _texts(paper: Paper, top: int, height: int) -> list[str]:
    """What stands in a band of each page; points from the top of the page."""
    crop = ["-x", "0", "-y", str(top), "-W", "2000", "-H", str(height)]
    command = ["pdftotext", "-layout", *crop, str(paper.path), "-"]
    text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return text.split("\f")[:-1]


def _tag_faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Tags that are valid and yet of no use to who hears the paper."""
    ids: Counter[str] = Counter()
    for tag in tags(pdf.Root.StructTreeRoot.K):
        kind = str(tag.S)
        if kind == "/TH" and "/Scope" not in tag.get("/A", {}):
            yield "a heading of a table has no scope"
        if kind == "/Note" and "/ID" not in tag:
            yield "a note has no name"
        if kind == "/Figure" and not str(tag.get("/Alt", "")):
            yield "a picture has no words"
        if "/ID" in tag:
            ids[str(tag.ID)] += 1
    yield from (f"{count} tags are called {name}" for name, count in ids.items() if count > 1)
    for number, page in enumerate(pdf.pages, 1):
        for link in page.obj.get("/Annots", []):
            left, low, right, high = (float(v) for v in link.Rect)
            if abs(right - left) < 1 or abs(high - low) < 1:
                yield f"page {number} has a link with no room to click: {link.get('/Contents')}"
            if not str(link.get("/Contents", "")):
                yield f"page {number} has a link that says nothing"


def tags(found: Any) -> Iterator[Any]:
    """Every tag of a tree, from the top."""
    for tag in found if isinstance(found, pikepdf.Array) else [found]:
        if isinstance(tag, pikepdf.Dictionary) and "/S" in tag:
            yield tag
            if "/K" in tag:
                yield from tags(tag.K)


# -- DOCX ------------------------------------------------------------------------------------------


def docx_faults(paper: Paper) -> list[str]:
    """What is wrong with a Word file that no validator asks for."""
    with zipfile.ZipFile(paper.path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    roots = {n: etree.fromstring(c) for n, c in parts.items() if n.endswith((".xml", ".rels"))}
    found = [*_links(roots, parts), *_sections(roots, paper.marking), *_settings(roots)]
    found += [*_tables_and_pictures(roots), *_properties(roots, parts), *_notes(roots)]
    return [f"{paper.name}: {fault}" for fault in found]


def _links(roots: dict[str, Any], parts: dict[str, bytes]) -> Iterator[str]:
    """Relationships and anchors that lead nowhere."""
    for name, root in roots.items():
        if not name.endswith(".rels"):
            continue
        folder = PurePosixPath(name).parent.parent
        owner = str(folder / PurePosixPath(name).stem)
        known = set()
        for rel in root.iter(_REL):
            known.add(rel.get("Id"))
            target = rel.get("Target")
            if rel.get("TargetMode") == "External":
                if not target.startswith(("https://", "http://", "mailto:")):
                    yield f"{owner} leads to {target}"
            elif str(folder / target).lstrip("/") not in parts and target.lstrip("/") not in parts:
                yield f"{owner} names the part {target}, which is not there"
        if owner in roots:
            asked = {
                v for e in roots[owner].iter() for k, v in e.attrib.items() if k.startswith(_USED)
            }
            yield from (f"{owner} uses {id_}, which is no relationship" for id_ in asked - known)
    document = roots["word/document.xml"]
    marks = [e.get(qn("w:name")) for e in document.iter(qn("w:bookmarkStart"))]
    ids = Counter(e.get(qn("w:id")) for e in document.iter(qn("w:bookmarkStart")))
    yield from (f"two bookmarks have the id {id_}" for id_, n in ids.items() if n > 1)
    yield from (f"the bookmark {m} is too long" for m in marks if len(m) > _ENTRIES)
    for link in document.iter(qn("w:hyperlink")):
        anchor = link.get(qn("w:anchor"))
        if anchor and anchor not in marks:
            yield f"a link leads to the bookmark {anchor}, which is not there"


def _sections(roots: dict[str, Any], marking: str) -> Iterator[str]:
    """Headers and footers without the marking: of each section, first, even and other pages."""
    targets = {r.get("Id"): r.get("Target") for r in roots["word/_rels/document.xml.rels"]}
    uneven = roots["word/settings.xml"].find(qn("w:evenAndOddHeaders")) is not None
    shown: dict[tuple[str, str], str] = {}
    for number, section in enumerate(roots["word/document.xml"].iter(qn("w:sectPr")), 1):
        for tag in ("header", "footer"):
            for reference in section.iter(qn(f"w:{tag}Reference")):
                name = f"word/{targets[reference.get(f'{_USED}id')]}"
                text = "".join(t.text or "" for t in roots[name].iter(qn("w:t")))
                shown[tag, reference.get(qn("w:type"))] = text
        kinds = ["default"]
        kinds += ["first"] if section.find(qn("w:titlePg")) is not None else []
        kinds += ["even"] if uneven else []
        for tag in ("header", "footer"):
            for kind in kinds:
                if squeezed(marking) not in squeezed(shown.get((tag, kind), "")):
                    yield f"the {kind} {tag} of section {number} has no marking"
    texts = ("".join(t.text or "" for t in p.iter(qn("w:t")))
             for p in roots["word/document.xml"].iter(qn("w:p")))  # fmt: skip
    first = [squeezed(text) for text in texts if text.strip()][:_FIRST]
    if not any(squeezed(marking) in text for text in first):
        yield "the first lines of the text do not tell the marking"


def _settings(roots: dict[str, Any]) -> Iterator[str]:
    """What makes Word ask a question on opening, or lets a file be changed unseen."""
    for name in _NEVER:
        if roots["word/settings.xml"].find(qn(f"w:{name}")) is not None:
            yield f"the settings hold {name}"
    for name, root in roots.items():
        for field in root.iter(qn("w:fldChar"), qn("w:fldSimple")):
            if field.get(qn("w:dirty")) is not None:
                yield f"{name} holds a field that Word renews on opening"
        yield from _empty_fields(name, root)


def _empty_fields(name: str, root: Any) -> Iterator[str]:
    """Fields whose result nobody wrote: what is read where fields are not worked out."""
    for paragraph in root.iter(qn("w:p")):
        text, inside = "", False
        for node in paragraph.iter(qn("w:fldChar"), qn("w:t")):
            kind = node.get(qn("w:fldCharType"))
            if kind == "separate":
                text, inside = "", True
            elif kind == "end":
                if inside and not text.strip():
                    yield f"{name} holds a field without a result"
                inside = False
            elif kind is None and inside:
                text += node.text or ""


def _tables_and_pictures(roots: dict[str, Any]) -> Iterator[str]:
    document = roots["word/document.xml"]
    for table in document.iter(qn("w:tbl")):
        properties = table.find(qn("w:tblPr"))
        if properties.find(qn("w:tblCaption")) is None and properties.find(qn("w:tblDescription")) is None:  # fmt: skip
            yield "a table has no description"
        rows = list(table.iter(qn("w:tr")))
        heads = [r.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for r in rows]
        look = properties.find(qn("w:tblLook"))
        column = look is not None and look.get(qn("w:firstColumn")) == "1"
        if len(rows) > 1 and not (any(heads) or column):
            yield "a table has no headings"
        if not all(r.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for r in rows):
            yield "a row of a table may break"
    for element in document.iter():
        if etree.QName(element).localname == "docPr" and not element.get("descr"):
            yield "a picture has no words"


def _properties(roots: dict[str, Any], parts: dict[str, bytes]) -> Iterator[str]:
    core = {etree.QName(e).localname: e.text for e in roots["docProps/core.xml"]}
    yield from (f"tells no {name}" for name in _TOLD if not core.get(name))
    if any("python-docx" in (value or "") for value in core.values()):
        yield "tells of python-docx"
    for name in parts:
        if re.search(r"thumbnail|stylesWithEffects|comments|customXml|vbaProject", name):
            yield f"holds {name}"
    styles = roots["word/styles.xml"]
    fonts = styles.find(f".//{qn('w:rPrDefault')}//{qn('w:rFonts')}")
    if fonts is None or any(fonts.get(qn(f"w:{k}")) is None for k in ("ascii", "hAnsi", "eastAsia", "cs")):  # fmt: skip
        yield "names no font for some script"
    language = styles.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    if language is None or not language.get(qn("w:val")):
        yield "tells no language of the text"


def _notes(roots: dict[str, Any]) -> Iterator[str]:
    """Notes without their two separators, or that nothing refers to."""
    for kind in ("footnote", "endnote"):
        root = roots.get(f"word/{kind}s.xml")
        asked = {
            e.get(qn("w:id")) for e in roots["word/document.xml"].iter(qn(f"w:{kind}Reference"))
        }
        if root is None:
            if asked:
                yield f"refers to {kind}s, and has none"
            continue
        types = {n.get(qn("w:id")): n.get(qn("w:type")) for n in root}
        if not {"separator", "continuationSeparator"} <= set(types.values()):
            yield f"the {kind}s have no separator"
        own = {id_ for id_, type_ in types.items() if type_ is None}
        if own != asked:
            yield f"{kind}s {sorted(own ^ asked)} and what refers to them differ"


def squeezed(text: str) -> str:
    """Letters alone, for capitals, spacing and the signs that keep a direction are the look."""
    return "".join(c for c in text if not c.isspace() and category(c) != "Cf").casefold()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
