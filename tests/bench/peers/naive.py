"""WeasyPrint for the PDF, plain python-docx calls for the DOCX: `python naive.py FOLDER...`.

In: folders with paper.html and blocks.json. Out: paper.pdf and paper.docx in each, in one process.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def write_docx(blocks: list[Any], path: Any) -> None:
    from docx import Document

    document = Document()
    for kind, content in blocks:
        if kind == "table":
            table = document.add_table(rows=0, cols=max(len(row) for row in content))
            table.style = "Table Grid"
            for row in content:
                cells = table.add_row().cells
                for cell, text in zip(cells, row, strict=False):
                    cell.text = text
        else:
            document.add_paragraph(content, style=kind)
    document.save(path)


def write_pdf(html: str, path: Path) -> None:
    import weasyprint

    weasyprint.HTML(string=html).write_pdf(str(path), pdf_variant="pdf/ua-1")


def main(folders: list[str]) -> None:
    for name in folders:
        folder = Path(name)
        write_pdf((folder / "paper.html").read_text("utf-8"), folder / "paper.pdf")
        write_docx(
            json.loads((folder / "blocks.json").read_text("utf-8")), str(folder / "paper.docx")
        )


if __name__ == "__main__":
    main(sys.argv[1:])
