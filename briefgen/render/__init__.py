"""From a paper's data to files: one HTML, and from it the DOCX and the PDF.

In: a bureau, the name of a template, plain data, the formats wanted. Out: bytes by format. The HTML
is made once, so that no two formats can say different things.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from briefgen.bureaus import Bureau
from briefgen.bureaus.chain import shown
from briefgen.errors import BriefgenError
from briefgen.render.reference import Dress, dressed, reference_of, with_page

if TYPE_CHECKING:
    from briefgen.render.pdf import Layout


def render(
    bureau: Bureau, template: str, data: Mapping[str, Any], formats: Sequence[str]
) -> dict[str, bytes]:
    """The files of a paper by format: docx, pdf, html, json.

    Raises BriefgenError for faults of the template, the styles or the fonts.
    """
    from briefgen.render.html import plain

    data = plain(data)
    bureau = bureau.for_template(template)
    made: dict[str, bytes] = {}
    tree = dress = None
    if set(formats) - {"json"}:
        bureau, tree, dress = _tree(bureau, template, data)
    charts = data.get("charts") or {}
    for kind in formats:
        if kind == "json":
            made[kind] = (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
        elif kind == "docx" and (form := bureau.find(template.replace(".html.j2", ".docx"))):
            made[kind] = _authored(bureau, form, data)
        else:
            made[kind] = _WRITERS[kind](bureau, _drawn(bureau, tree, charts, kind), dress)
    return made


def layout_of(bureau: Bureau, template: str, data: Mapping[str, Any], limit: int) -> Layout:
    """How long a paper is against a limit in pages, as its PDF has it.

    Raises BriefgenError for faults of the template, the styles or the fonts.
    """
    from briefgen.render import pdf
    from briefgen.render.html import plain

    data = plain(data)
    bureau, tree, dress = _tree(bureau.for_template(template), template, data)
    settings = bureau.settings
    return pdf.lay_out(
        _drawn(bureau, tree, data.get("charts") or {}, "pdf"),
        styles=_styles(bureau, dress),
        theme=settings["theme"],
        page=settings["page"],
        notes=settings["notes"],
        limit=limit,
    )


def _tree(
    bureau: Bureau, template: str, data: Mapping[str, Any]
) -> tuple[Bureau, Any, Dress | None]:
    """The tree of a paper, with the bureau and the look as a reference.docx changes them."""
    from briefgen.render.html import render_html

    paper = template.removesuffix(".html.j2")
    reference = reference_of(bureau, paper)
    if reference is None:
        return bureau, render_html(bureau, template, data), None
    bureau = with_page(bureau, paper, reference)
    return bureau, *dressed(reference, bureau, paper, render_html(bureau, template, data), data)


def _drawn(bureau: Bureau, tree: Any, charts: Mapping[str, Any], kind: str) -> Any:
    """The tree with its pictures as the format takes them: outlines, but points for Word."""
    from briefgen.render.charts import with_charts

    settings = bureau.settings
    return with_charts(
        tree,
        charts,
        theme=settings["theme"],
        page=settings["page"],
        kind="png" if kind == "docx" else "svg",
    )


def _docx(bureau: Bureau, tree: Any, dress: Dress | None) -> bytes:
    from briefgen.errors import Problem, Source
    from briefgen.render.docx import write

    settings = bureau.settings
    try:
        return write(
            tree,
            theme=settings["theme"],
            notes=settings["notes"],
            page=settings["page"],
            dress=dress,
        )
    except ValueError as error:
        hint = "mend the template"
        raise BriefgenError([Problem(Source("DOCX"), "", str(error), hint)]) from error


def _authored(bureau: Bureau, form: Path, data: Mapping[str, Any]) -> bytes:
    """The DOCX from the bureau's own Word file; its notes are worded as in the PDF."""
    from briefgen.render.docx.authored import fill
    from briefgen.render.html import note_wording, settings_for

    return fill(
        shown(form),
        form.read_bytes(),
        {**data, "settings": settings_for(bureau)},
        notes=bureau.settings["notes"],
        wording=note_wording(bureau),
    )


def _pdf(bureau: Bureau, tree: Any, dress: Dress | None) -> bytes:
    from briefgen.render import pdf

    settings = bureau.settings
    try:
        return pdf.write(
            tree,
            styles=_styles(bureau, dress),
            theme=settings["theme"],
            page=settings["page"],
            notes=settings["notes"],
        )
    except BriefgenError as error:
        # A fault of a style sheet is told with its place there.
        paths = bureau.find_all("style.css")
        faults = [f for p in paths for f in pdf.style_problems(p.read_text("utf-8"), shown(p))]
        others = [p for p in error.problems if not p.message.startswith("Ignored")]
        raise BriefgenError([*faults, *others] or error.problems) from None


def _html(bureau: Bureau, tree: Any, dress: Dress | None) -> bytes:
    """The paper as one HTML page that looks like the PDF."""
    from briefgen.render import pdf

    settings = bureau.settings
    page = pdf.to_print(tree, "endnotes")
    css = "\n".join([pdf.prelude(settings["theme"], settings["page"]), *_styles(bureau, dress)])
    return page.replace("</head>", f"<style>\n{css}\n</style>\n</head>", 1).encode("utf-8")


def _styles(bureau: Bureau, dress: Dress | None) -> list[str]:
    """The style sheets of the chain, the base first so that nearer ones win."""
    if dress:
        return dress.sheets(bureau)
    return [path.read_text("utf-8") for path in reversed(bureau.find_all("style.css"))]


_WRITERS = {"docx": _docx, "pdf": _pdf, "html": _html}
