"""The pages of a PDF as pictures, to be looked at.

In: the bytes of a PDF. Out: one PNG a page.
"""

from __future__ import annotations

import io

_POINTS_PER_INCH = 72


def pictures(content: bytes, dpi: int) -> list[bytes]:
    """A PNG of every page; `dpi` are dots per inch."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    made = []
    for page in document:
        image = page.render(scale=dpi / _POINTS_PER_INCH).to_pil()
        target = io.BytesIO()
        image.save(target, "PNG", optimize=True)
        made.append(target.getvalue())
    document.close()
    return made
