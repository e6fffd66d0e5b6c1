"""A first `reference.docx`: a bureau's present look as a Word file, to be changed in Word.

In: a bureau and a kind of paper. Out: the bytes of a Word file that shows every style of our papers
in a line of its own, with the running header and footer as placeholders.
"""

from __future__ import annotations

import re

from lxml import etree

from briefgen.bureaus import Bureau
from briefgen.render.docx import write

_HEAD = ("{{ paper.title }}", "{{ marking.label }}", "{{ paper.as_of_text }}")
_FOOT = ("{{ paper.ministry }}", "{{ marking.label }}")
_BODY = """\
<p class="letterhead">Letterhead: lines of the bureau at the top of page one</p>
<p class="kicker">Kicker: what paper this is</p>
<h1>Heading 1: the title</h1>
<p class="subtitle">Subtitle</p>
<p class="lead">Lead: the first words of a section</p>
<p class="ask">Ask: what is to be asked for</p>
<dl class="facts"><dt>Facts</dt><dd>A fact of the title block</dd></dl>
<dl class="voices"><dt>Voices</dt><dd>What somebody said</dd></dl>
<h2>Heading 2: a section</h2>
<p>Body Text, with <strong>Strong</strong>, <em>Emphasis</em>, <mark>Highlight</mark>,
<span class="aside">Aside</span>, <a href="https://example.org/">Hyperlink</a> and a note.<note
data-number="1" data-first="yes">A note: its text.</note></p>
<h3>Heading 3</h3><h4>Heading 4</h4>
<ul class="points"><li>Point: a point to make</li></ul>
<p class="contact">Contact: an occasion on record</p>
<p class="meta">Meta: what is said beside the matter</p>
<p class="empty">Nothing Recorded</p>
<ul><li>List Bullet<ul><li>List Bullet 2<ul><li>List Bullet 3</li></ul></li></ul>
<p>List Continue</p></li></ul>
<ol><li>List Number<ol><li>List Number 2<ol><li>List Number 3</li></ol></li></ol></li></ol>
<dl><dt>Term</dt><dd>What is known of it</dd></dl>
<blockquote>Quote</blockquote>
<table><caption>Caption of a table</caption>
<thead><tr><th>Table Heading</th><th>Table Heading</th></tr></thead>
<tbody><tr><th>Table Row Heading</th><td>Table Text</td></tr></tbody></table>
<ul class="sources"><li>Source: a document</li></ul>
"""


def starter(bureau: Bureau, paper: str) -> bytes:
    """The look of a bureau's paper as a Word file; saved as `reference-PAPER.docx` it changes
    nothing but header and footer until it is changed in Word.
    """
    settings = bureau.for_paper(paper).settings
    root = etree.fromstring(
        f'<html lang="{settings["locale"]}"><head><title>{paper}</title></head><body>'
        f'<header class="running">{_zones(_HEAD)}</header>'
        f'<footer class="running">{_zones(_FOOT)}<p class="end"><span class="page-number"/> / '
        f'<span class="page-count"/></p></footer><main>{_BODY}</main></body></html>'
    )
    for element in root.iter():  # the indents of this file are no words of the paper
        element.tail = re.sub(r"\s+", " ", element.tail) if element.tail else None
    return write(root, theme=settings["theme"], notes=settings["notes"], page=settings["page"])


def _zones(words: tuple[str, ...]) -> str:
    names = ("start", "centre marking", "end")
    return "".join(f'<p class="{n}">{w}</p>' for n, w in zip(names, words, strict=False))
