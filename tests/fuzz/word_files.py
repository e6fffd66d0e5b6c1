"""The writer of Word files, fed with papers that no template would make.

An input is the steps of a paper (`trees.py`). It goes the way of every paper: what the vocabulary
refuses is told with the template; all else becomes a file that opens, sound in each of its parts,
that says every word of the paper in its order.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from lxml import etree

from briefgen.bureaus import Bureau, read_bureau
from briefgen.errors import BriefgenError
from briefgen.making import BriefOrder, compose_brief_of, meeting_of
from briefgen.phrases import Spoken
from briefgen.render.docx import write
from briefgen.render.html import render_html
from briefgen.selection import Request
from briefgen.store import Store
from tests.fuzz import Target
from tests.fuzz.trees import Drawn, drawn, written

ROOT = Path(__file__).resolve().parent.parent.parent
_TEMPLATE = "brief.html.j2"
_MARKS = str.maketrans("", "", "\u200e\u200f")  # of direction, which Word needs and no reader sees
PORTIONS = {
    "home": "JPN",
    "handlings": [
        {"level": "low", "caveats": [], "readers": None},
        {"level": "high", "caveats": [], "readers": None},
        {"level": "high", "caveats": [], "readers": ["AUS"]},
    ],
    "ladder": {
        "levels": [{"id": n, "label": n, "portion": n[:1].upper()} for n in ("low", "high")],
        "caveats": [], "separator": "//", "between": "/", "portions": True,
        "releasable": {"banner": "REL {readers}", "portion": "REL {readers}", "between": ", "},
    },
}  # fmt: skip


@cache
def _bureau() -> Bureau:
    """A bureau whose template is whatever its data says."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    (folder / "templates/fuzz").mkdir(parents=True)
    shutil.copytree(ROOT / "templates/base", folder / "templates/base")
    (folder / "templates/fuzz/bureau.yaml").write_text("name: Fuzz\nextends: base\n", "utf-8")
    (folder / f"templates/fuzz/{_TEMPLATE}").write_text("{{ whole }}", "utf-8")
    return read_bureau(folder, "fuzz")


def one(data: bytes) -> None:
    """Write the paper; raises what is raised beside BriefgenError, and AssertionError."""
    paper = drawn(data)
    try:
        tree = checked(paper)
    except BriefgenError as error:
        if any(not p.source.path.startswith("templates/") for p in error.problems):
            raise AssertionError(f"told without its template: {error}") from error
        return
    settings = _bureau().settings
    notes: Any = paper.notes
    content = write(tree, theme=settings["theme"], notes=notes, page=settings["page"])
    _require_sound(content)
    said = docx_words(content, paper.notes)
    meant = html_words(tree)
    assert said == meant, f"\n{said!r}\n{meant!r}"


def checked(paper: Drawn) -> Any:
    """The tree that both formats are made from; raises BriefgenError for what may not be in it."""
    text = etree.tostring(paper.root, encoding="unicode")
    marking = {"portions": PORTIONS if paper.portions else None}
    return render_html(_bureau(), _TEMPLATE, {"whole": Spoken("", text), "marking": marking})


def _require_sound(content: bytes) -> None:
    Document(io.BytesIO(content))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = package.namelist()
        assert len(names) == len(set(names))
        for name in names:
            if name.endswith((".xml", ".rels")):
                etree.fromstring(package.read(name))


# -- what both say ---------------------------------------------------------------------------------


def html_words(tree: Any) -> list[str]:
    """The words of the tree without spaces: of `main`, of the notes, of each running part."""
    main = tree.find("body/main")
    notes = [n for n in main.iter("note") if n.get("data-first") == "yes"]
    running = sorted({_squeezed(_told(e)) for e in _running(tree)} - {""})
    return [_squeezed(_told(main)), *(_squeezed(_told(n, top=True)) for n in notes), *running]


def _running(tree: Any) -> Iterator[Any]:
    for kind in ("header", "footer"):
        found = {}
        for element in tree.iterfind(f"body/{kind}"):
            found["first" in (element.get("class") or "").split()] = element
        yield from found.values()


def _told(element: Any, top: bool = False) -> str:
    """The words of an element as both formats show them."""
    classes = (element.get("class") or "").split()
    if element.tag == "note" and not top:
        return f"[{element.get('data-number')}]"
    if "page-number" in classes or "page-count" in classes:
        return "1"
    words = element.text or ""
    for child in element:
        words += _told(child) + (child.tail or "")
    return words


def docx_words(content: bytes, kind: str) -> list[str]:
    """The same, of a Word file."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {n: etree.fromstring(package.read(n)) for n in package.namelist() if n.startswith("word/")
                 and n.endswith(".xml")}  # fmt: skip
    body = "".join(_word(node) for node in parts["word/document.xml"].iter())
    root = parts.get(f"word/{kind}.xml")
    notes = [n for n in root if n.get(qn("w:type")) is None] if root is not None else []
    running = [p for n, p in parts.items() if n.startswith(("word/header", "word/footer"))]
    told = sorted({_squeezed("".join(map(_word, part.iter()))) for part in running} - {""})
    return [_squeezed(body), *(_squeezed("".join(map(_word, n.iter()))) for n in notes), *told]


def _word(node: Any) -> str:
    if node.tag == qn("w:t"):
        # What shows the number of a note again is a field; its result is that number.
        return f"[{node.text}]" if _in_note_field(node) else node.text or ""
    if node.tag in (qn("w:endnoteReference"), qn("w:footnoteReference")):
        return f"[{node.get(qn('w:id'))}]"
    return ""


def _in_note_field(node: Any) -> bool:
    before = node.getparent().getprevious()
    code = before.getprevious() if before is not None else None
    return code is not None and (code.findtext(qn("w:instrText")) or "").strip().startswith(
        "NOTEREF"
    )


def _squeezed(words: str) -> str:
    return "".join(words.translate(_MARKS).split())


def seeds() -> Iterator[bytes]:
    """A paper with everything, written in each way; its blocks, and those of a brief of the record."""
    whole = written(_paper(etree.fromstring(f"<main>{EVERYTHING}</main>")))
    yield from (bytes([head]) + whole[1:] for head in range(0, 32, 2))
    for block in [*etree.fromstring(f"<main>{EVERYTHING}</main>"), *_brief().find("body/main")]:
        main = etree.Element("main")
        main.append(block)
        yield written(_paper(main))[:3000]
    yield written(_brief())[:3000]


def _paper(main: Any) -> Any:
    root: Any = etree.fromstring(f"<html><body>{RUNNING}</body></html>")
    root.find("body").insert(1, main)
    return root


def _brief() -> Any:
    """A brief as one HTML."""
    house = read_bureau(ROOT, "base")
    with Store(ROOT, None) as store:
        request = Request(date(2003, 8, 13), "JPN", countries=("CHN",))
        made = compose_brief_of(house, store, BriefOrder(request, meeting_of(store, None, request)))
    return render_html(made.bureau, _TEMPLATE, made.data)


RUNNING = (
    '<header class="running"><p class="start">S <em>e</em></p><p class="centre marking">Public</p>'
    '<p class="end">E</p></header><footer class="running"><p class="end"><span class="page-number"/> / '
    '<span class="page-count"/></p></footer>'
)
EVERYTHING = (
    '<nav class="toc"><h2 id="a">In</h2><ul><li><a href="#b">b <span class="toc-page">1</span></a><ul><li>c</li>'
    '</ul></li></ul></nav><h1 id="b">One</h1><p class="lead">Words <strong>bold</strong>, <em>soft</em>, '
    'H<sub>2</sub>O, m<sup>2</sup><note>See <cite>a</cite> at <a href="https://example.org/a">x</a></note>.</p>'
    '<section class="keep"><h2>Two</h2><p><span lang="ja">日本</span> <span lang="ar">سلام 12</span> <q>said</q> '
    '<abbr title="Long form">LF</abbr> <time datetime="2003-08-13">13 August</time> <mark>m</mark><br/>next</p>'
    '</section><ol start="2"><li>a<ol><li>b</li></ol></li><li><p>c</p><p>d</p></li></ol>'
    '<ul class="points"><li><strong>e</strong><note>See <cite>a</cite> at <a href="https://example.org/a">x</a>'
    "</note></li></ul>"
    '<table><caption>T</caption><colgroup><col width="30%"/><col width="70%"/></colgroup><thead><tr>'
    '<th scope="col">h</th><th colspan="2">i</th></tr></thead><tbody><tr><th scope="row" rowspan="2">r</th>'
    '<td class="number">1</td></tr><tr><td>x<p>y</p></td></tr></tbody></table>'
    '<dl class="facts"><dt>t</dt><dd>d</dd><dt>u</dt><dt>v</dt></dl><dl><dt>w</dt><dd><p>x</p></dd></dl>'
    f'<figure><img src="{"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="}" alt="A picture"/>'
    "<figcaption>f</figcaption></figure><blockquote>q</blockquote><hr/><aside><p>last</p></aside>"
)

TARGET = Target(one, seeds, (), 4096)
