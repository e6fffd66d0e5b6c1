"""docxtpl for the DOCX, LibreOffice for the PDF: `python office.py FOLDER...`, one batch.

In: folders with blocks.json. Out: paper.docx and paper.pdf in each; LibreOffice is started once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

KINDS = ("Heading 1", "Heading 2", "Heading 3", "List Bullet", "Normal")


def make_template(path: Path) -> None:
    """A Word file with docxtpl's tags: a paragraph a block, in the block's style."""
    from docx import Document

    document = Document()
    document.add_paragraph("{%p for kind, text in blocks %}")
    for kind in KINDS:
        document.add_paragraph(f'{{%p if kind == "{kind}" %}}')
        document.add_paragraph("{{ text }}", style=kind)
        document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p endfor %}")
    document.save(str(path))


def lines(blocks: list[Any]) -> list[tuple[str, str]]:
    """The blocks as paragraphs; a row of a table is a line."""
    found = []
    for kind, content in blocks:
        if kind == "table":
            found += [("Normal", " | ".join(row)) for row in content]
        else:
            found.append((kind if kind in KINDS else "Normal", content))
    return found


def write_docx(template: Path, blocks: list[Any], path: Path) -> None:
    from docxtpl import DocxTemplate

    document = DocxTemplate(str(template))
    document.render({"blocks": lines(blocks)}, autoescape=True)
    document.save(str(path))


def main(folders: list[str]) -> None:
    with tempfile.TemporaryDirectory() as home:
        template = Path(home, "template.docx")
        make_template(template)
        made = []
        for name in folders:
            folder = Path(name)
            path = folder / f"{folder.name}.docx"
            write_docx(template, json.loads((folder / "blocks.json").read_text("utf-8")), path)
            made.append(str(path))
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{home}/profile", "--headless",
             "--convert-to", "pdf", "--outdir", str(Path(folders[0]).parent), *made],
            check=True, capture_output=True,
        )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
