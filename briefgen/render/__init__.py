"""From a paper's data to files: one HTML, and from it the DOCX and the PDF.

In: a bureau, the name of a template, plain data, the formats wanted. Out: bytes by format. What is
named here is loaded when it is asked for: the process that lays out pages begins with the layout
engine, and needs neither bureaus nor their templates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from briefgen.render.files import Prepared, lay_out, make_ready, page_numbers, render, warm

__all__ = ["Prepared", "lay_out", "make_ready", "page_numbers", "render", "warm"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from briefgen.render import files

    return getattr(files, name)
