"""The warm brief: our PDF and DOCX and those of others, in one process, from the same paper.

In: a `Bench`. Out: calls that make the paper once, in memory.
"""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

from briefgen import render
from briefgen.bureaus import load_bureau
from briefgen.making import BriefOrder, compose_brief_of
from briefgen.render import files, pdf
from briefgen.selection import Request
from briefgen.store import Store
from tests.bench import dataset
from tests.bench.peers.naive import write_docx
from tests.bench.peers.office import lines, make_template
from tests.bench.setting import Bench

TEMPLATE = "brief.html.j2"


class Warm:
    """A paper composed, and its HTML and CSS as WeasyPrint is given them."""

    def __init__(self, bench: Bench, events: int = 3000) -> None:
        workspace = bench.workspace(events)
        with Store(workspace, bench.folder / "cache") as store:
            self.bureau = load_bureau(workspace, "bench")
            request = Request(date(2003, 8, 31), store.ministry.country, (dataset.CHOSEN,))
            self.data = compose_brief_of(self.bureau, store, BriefOrder(request)).data
        bureau, tree, dress = files._tree(self.bureau.for_template(TEMPLATE), TEMPLATE, self.data)
        settings = bureau.settings
        self._looks, self._tree, self._dress = bureau, tree, dress
        self.html = pdf.to_print(tree, settings["notes"], tied=True)
        self.css = [
            pdf.prelude(settings["theme"], settings["page"]),
            *files._styles(bureau, dress),
        ]
        paper = bench.exported(workspace, dataset.CHOSEN)
        self.blocks: list[Any] = json.loads((paper / "blocks.json").read_text("utf-8"))
        self.template = bench.folder / "docxtpl.docx"
        make_template(self.template)

    def pdf(self) -> bytes:
        """Ours, from the composed data."""
        return render.render(self.bureau, TEMPLATE, self.data, ["pdf"])["pdf"]

    def bare_pdf(self) -> bytes:
        """WeasyPrint alone, from the HTML and CSS that ours gives it."""
        import weasyprint

        sheets = [weasyprint.CSS(string=sheet) for sheet in self.css]
        made: bytes = weasyprint.HTML(string=self.html).write_pdf(
            stylesheets=sheets, pdf_variant="pdf/ua-1"
        )
        return made

    def docx(self) -> bytes:
        """Ours, from the HTML that PDF and DOCX share, as others begin with the text."""
        return files._docx(self._looks, self._tree, self._dress)

    def docx_from_data(self) -> bytes:
        """Ours, from the composed data."""
        return render.render(self.bureau, TEMPLATE, self.data, ["docx"])["docx"]

    def plain_docx(self) -> None:
        """python-docx as its manual shows it."""
        write_docx(self.blocks, io.BytesIO())

    def docxtpl(self) -> None:
        """docxtpl with a template that is opened for each paper."""
        from docxtpl import DocxTemplate

        document = DocxTemplate(str(self.template))
        document.render({"blocks": lines(self.blocks)}, autoescape=True)
        document.save(io.BytesIO())
