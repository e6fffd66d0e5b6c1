"""From a paper's data to files: one HTML, and from it the DOCX and the PDF.

In: a bureau, the name of a template, plain data, the formats wanted. Out: bytes by format. The HTML
is made once, so that no two formats can say different things.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from briefgen import confined
from briefgen.bureaus import Bureau
from briefgen.bureaus.chain import shown
from briefgen.errors import BriefgenError, Problem, Source
from briefgen.phrases import direction
from briefgen.render.lettering import require_data, require_form, require_glyphs
from briefgen.render.reference import Dress, dressed, reference_of, with_page
from briefgen.render.told import docx_text, part_texts, require_told

if TYPE_CHECKING:
    from briefgen.render.beside import LaidAhead
    from briefgen.render.pdf import Laid

_BESIDE = "pack:"


class Prepared:
    """A paper on its way to its files; its one HTML is made when a format first asks for it."""

    def __init__(self, bureau: Bureau, template: str, data: Mapping[str, Any]) -> None:
        from briefgen.render.html import plain

        name = _name_of(bureau, template)
        confined.allow(name)
        self._data = plain(data)
        require_data(self._data, name)
        self._bureau = marked_look(bureau.for_template(template), self._data.get("marking") or {})
        self._template = template
        self._made: tuple[Bureau, Any, Dress | None] | None = None

    def lay_out(self) -> Laid | LaidAhead:
        """The paper on its pages; raises BriefgenError as `files` does."""
        bureau, tree, dress = self._dressed()
        return _laid(bureau, self._drawn(bureau, tree, "pdf"), dress)

    def files(
        self, formats: Sequence[str], laid: Laid | LaidAhead | None = None
    ) -> dict[str, bytes]:
        """The files by format; see `render`."""
        return {kind: self._file(kind, laid) for kind in formats}

    def _file(self, kind: str, laid: Laid | LaidAhead | None) -> bytes:
        if kind == "json":
            return self._json()
        if kind == "pdf":
            part, embedded = _pdf_form(self._bureau)
            data = self._json() if embedded else None
            return _written(self._bureau, laid or self.lay_out(), part, data)
        bureau, tree, dress = self._dressed()
        form = bureau.find(self._template.replace(".html.j2", ".docx"))
        if kind == "docx" and form:
            return _authored(bureau, form, self._data)
        tree = self._drawn(bureau, tree, kind)
        return _WRITERS[kind](bureau, _with_pages(tree, laid) if kind == "docx" else tree, dress)

    def _json(self) -> bytes:
        return (json.dumps(self._data, ensure_ascii=False, indent=2) + "\n").encode("utf-8")

    def _dressed(self) -> tuple[Bureau, Any, Dress | None]:
        if self._made is None:
            self._made = _tree(self._bureau, self._template, self._data)
        return self._made

    def _drawn(self, bureau: Bureau, tree: Any, kind: str) -> Any:
        return _drawn(bureau, tree, self._data.get("charts") or {}, kind)


def render(
    bureau: Bureau,
    template: str,
    data: Mapping[str, Any],
    formats: Sequence[str],
    laid: Laid | LaidAhead | None = None,
) -> dict[str, bytes]:
    """The files of a paper by format: docx, pdf, html, json.

    `laid` is the same paper laid out before, by `lay_out`: its PDF is written from that.
    Raises BriefgenError for faults of the template, the styles or the fonts.
    """
    return Prepared(bureau, template, data).files(formats, laid)


def warm() -> None:
    """Import what rendering needs, for a process that will render many papers."""
    from briefgen.render import docx, html, pdf  # noqa: F401

    pdf.warm()


def lay_out(bureau: Bureau, template: str, data: Mapping[str, Any]) -> Laid | LaidAhead:
    """The paper on its pages, so that it can be measured; raises BriefgenError as `render` does."""
    return Prepared(bureau, template, data).lay_out()


def make_ready(bureau: Bureau, template: str) -> None:
    """Say which paper comes next, before it is composed, to a companion that is there."""
    from briefgen.render import beside
    from briefgen.render.html import compile_ahead

    looks = bureau.for_template(template)
    compile_ahead(looks, template)
    beside.make_ready(_styles(looks, None), looks.settings["theme"], looks.settings["page"])


def page_numbers(bureau: Bureau, template: str, pages: int) -> bytes:
    """A PDF of nothing but the numbers 1 to `pages`, in the corner of pages of the bureau's size,
    in its fonts and digits; not tagged, for it is laid over pages that are."""
    from briefgen.render import pdf

    settings = bureau.for_template(template).settings
    side = "left" if direction(bureau.language) == "rtl" else "right"
    return pdf.numbers(pages, side, settings["theme"], settings["page"], settings["numerals"])


def _tree(
    bureau: Bureau, template: str, data: Mapping[str, Any]
) -> tuple[Bureau, Any, Dress | None]:
    """The bureau as its reference.docx has it, the one HTML, and what dresses it."""
    from briefgen.render.html import render_html

    paper = template.removesuffix(".html.j2")
    reference = reference_of(bureau, paper)
    if reference:
        bureau = with_page(bureau, paper, reference)
    tree = render_html(bureau, template, data)
    name = _name_of(bureau, template)
    text = "".join(str(part) for part in tree.itertext())
    require_told(text, data, name, bureau.settings.get("spelling"))
    require_glyphs(tree)
    if not reference:
        return bureau, tree, None
    return bureau, *dressed(reference, bureau, paper, tree, data)


def _name_of(bureau: Bureau, template: str) -> str:
    """A template as messages name it."""
    path = bureau.find(template)
    return shown(path) if path else template


def _drawn(bureau: Bureau, tree: Any, charts: Mapping[str, Any], kind: str) -> Any:
    """The tree with its pictures as the format takes them: outlines, but points for Word."""
    from briefgen.render.charts import with_charts

    settings = bureau.settings
    tree = _linked(tree, kind)
    return with_charts(
        tree,
        charts,
        theme=settings["theme"],
        page=settings["page"],
        kind="png" if kind == "docx" else "svg",
    )


def _linked(tree: Any, kind: str) -> Any:
    """The tree with links to files beside it in a web page, and without them elsewhere: a paper
    that goes its own way tells nothing of the folder that it came from."""
    found = [a for a in tree.iter("a") if (a.get("href") or "").startswith(_BESIDE)]
    if not found:
        return tree
    tree = copy.deepcopy(tree)
    for link in tree.iter("a"):
        target = link.get("href") or ""
        if target.startswith(_BESIDE) and kind == "html":
            link.set("href", target.removeprefix(_BESIDE))
        elif target.startswith(_BESIDE):
            link.tag = "span"
            del link.attrib["href"]
    return tree


def _with_pages(tree: Any, laid: Laid | LaidAhead | None) -> Any:
    """The tree with the page numbers of its contents, as the PDF has them where one is made; only a
    paper that has contents waits for that."""
    from briefgen.render.contents import places, with_pages

    if next(places(tree), None) is None:
        return tree
    return with_pages(tree, laid.layout.page_of if laid else {})


def _docx(bureau: Bureau, tree: Any, dress: Dress | None) -> bytes:
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
    from briefgen.render.docx.safety import read_word_file
    from briefgen.render.html import note_wording, settings_for

    made = fill(
        shown(form),
        read_word_file(form, shown(form)),
        {**data, "settings": settings_for(bureau)},
        notes=bureau.settings["notes"],
        wording=note_wording(bureau),
    )
    require_told(docx_text(made), data, shown(form))
    require_form(part_texts(made), shown(form))
    return made


def marked_look(bureau: Bureau, marking: Mapping[str, Any]) -> Bureau:
    """The bureau with the look that the scheme wants of a marking: letters of a least size, and
    colours."""
    theme = bureau.settings["theme"]
    small, text = theme["sizes"]["small"], theme["colours"]["text"]
    look = {
        "sizes": {"marking": max(small, marking.get("size") or 0)},
        "colours": {
            "marking": marking.get("colour") or text,
            "marking-ground": marking.get("background") or "",
        },
    }
    return bureau.with_settings({"theme": look})


def _pdf_form(bureau: Bureau) -> tuple[str, bool]:
    """The part of PDF/A that is made, and whether it holds the data.

    Raises BriefgenError where PDF/A-2a is asked to hold data, which it may not.
    """
    wanted = bureau.settings["pdf"]
    if wanted["embed_data"] and wanted["variant"] == "2a":
        what = "PDF/A-2a holds no files, so the data cannot be embedded"
        hint = "leave out the variant 2a (--pdf-variant, pdf.variant), or do not embed the data"
        raise BriefgenError([Problem(Source("PDF"), "embed_data", what, hint)])
    fitting = "3a" if wanted["embed_data"] else "2a"
    part = fitting if wanted["variant"] == "auto" else wanted["variant"]
    return part, wanted["embed_data"]


def _laid(bureau: Bureau, tree: Any, dress: Dress | None) -> Laid | LaidAhead:
    from briefgen.render import beside

    settings = bureau.settings
    return beside.lay_out(
        tree,
        styles=_styles(bureau, dress),
        theme=settings["theme"],
        page=settings["page"],
        notes=settings["notes"],
    )


def _written(bureau: Bureau, laid: Laid | LaidAhead, form: str, data: bytes | None) -> bytes:
    """The PDF, with `data` in it; a fault of a style sheet is told with its place there."""
    from briefgen.render import pdf

    try:
        return laid.pdf(form, data)
    except BriefgenError as error:
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
    head = '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">'
    page = page.replace("<head>", f"<head>\n{head}", 1)
    return page.replace("</head>", f"<style>\n{css}\n</style>\n</head>", 1).encode("utf-8")


def _styles(bureau: Bureau, dress: Dress | None) -> list[str]:
    """The style sheets of the chain, the base first so that nearer ones win."""
    if dress:
        return dress.sheets(bureau)
    return [path.read_text("utf-8") for path in reversed(bureau.find_all("style.css"))]


_WRITERS = {"docx": _docx, "html": _html}
