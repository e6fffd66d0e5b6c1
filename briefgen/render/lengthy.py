"""Papers of hundreds of pages: what WeasyPrint does over and over, or keeps for nothing.

In: WeasyPrint, loaded. Out: the same, with two places replaced, so that time and memory grow as the
pages do. pydyf lists the names of all pages anew for every tag that asks for one of them; and the
styles of all elements, and of six pseudo-elements each, are kept while the pages are laid out, when
only those of pages are asked for. The PDFs are the same to the byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

VERSIONS = ("70.0",)  # of WeasyPrint, whose use of these styles was read


def install() -> bool:
    """Do so from now on; False where the styles are left alone, for another WeasyPrint."""
    import pydyf
    import weasyprint
    from weasyprint import document

    if not hasattr(pydyf.PDF.page_references.fget, "wrapped"):
        pydyf.PDF.page_references = property(_kept(pydyf.PDF.page_references.fget))
    if weasyprint.__version__ not in VERSIONS:
        return False
    if not hasattr(document.build_formatting_structure, "wrapped"):
        document.build_formatting_structure = _letting_go(document.build_formatting_structure)
    return True


def _kept(listed: Callable[[Any], tuple[bytes, ...]]) -> Callable[[Any], tuple[bytes, ...]]:
    """The names of the pages of a PDF, listed again only when there is one more."""

    def page_references(pdf: Any) -> tuple[bytes, ...]:
        count, found = getattr(pdf, "_names_of_pages", (0, ()))
        if count != pdf.pages["Count"]:
            found = listed(pdf)
            pdf._names_of_pages = (pdf.pages["Count"], found)
        return found

    page_references.wrapped = listed  # type: ignore[attr-defined]
    return page_references


def _letting_go(build: Callable[..., Any]) -> Callable[..., Any]:
    """The boxes of a paper, each with its style; of the table of styles the root's alone is left,
    which those of pages inherit from."""

    def build_formatting_structure(root: Any, style_for: Any, *given: Any) -> Any:
        made = build(root, style_for, *given)
        styles = style_for.get_computed_styles()
        own = {key: style for key, style in styles.items() if key[0] is root}
        styles.clear()
        styles.update(own)
        return made

    build_formatting_structure.wrapped = build  # type: ignore[attr-defined]
    return build_formatting_structure
