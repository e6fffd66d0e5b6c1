"""Typst for the PDF: `python typeset.py FOLDER`; there is no DOCX.

In: a folder with blocks.json. Out: paper.pdf in it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

_SIGNS = re.compile(r"([\\#$*_`<>@=\[\]~/+-])")


def source(blocks: list[Any]) -> str:
    """The paper in Typst's own markup."""
    found = ['#set page(paper: "a4", margin: 16mm, numbering: "1 / 1")', "#set text(size: 8.6pt)"]
    for kind, content in blocks:
        if kind == "table":
            wide = max(len(row) for row in content)
            cells = ", ".join(
                f"[{_SIGNS.sub(chr(92) + chr(92) + '1', cell)}]" for row in content for cell in row
            )
            found.append(f"#table(columns: {wide}, {cells})")
        else:
            level = {
                "Heading 1": "= ",
                "Heading 2": "== ",
                "Heading 3": "=== ",
                "List Bullet": "- ",
            }
            found.append(level.get(kind, "") + _SIGNS.sub(r"\\\1", content))
    return "\n\n".join(found)


def main(name: str) -> None:
    import typst

    folder = Path(name)
    text = source(json.loads((folder / "blocks.json").read_text("utf-8")))
    path = folder / "paper.typ"
    path.write_text(text, "utf-8")
    (folder / "typst.pdf").write_bytes(typst.compile(str(path)))


if __name__ == "__main__":
    main(sys.argv[1])
