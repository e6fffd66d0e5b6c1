"""Where everything of a bureau comes from: each setting, block, style and file with its layer.

In: a bureau, perhaps the name of a paper. Out: rows of three, what comes first, the layer second.
"""

from __future__ import annotations

from collections.abc import Iterator

from briefgen.bureaus.blocks import blocks_of
from briefgen.bureaus.chain import Bureau, catalogue_paths
from briefgen.bureaus.folder import REFERENCES, TEMPLATES, WORD_FILES
from briefgen.bureaus.overrides import flat
from briefgen.phrases import read_catalogue

Row = tuple[str, str, str]
DEFAULT = "(built in)"


def setting_rows(bureau: Bureau, paper: str | None) -> Iterator[Row]:
    """Every setting with its value and the layer that gives it; of a paper, as it holds there."""
    shown = bureau.for_paper(paper) if paper else bureau
    for path, value in flat(shown.settings):
        if paper and path[0] == "papers":
            continue
        yield ".".join(path), _giver(bureau, path, paper), _text(value)


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, dict):
        return " ".join(str(v) for v in value.values())
    return str(value) if value != "" else "none"


def _giver(bureau: Bureau, path: tuple[str, ...], paper: str | None) -> str:
    """The nearest layer that gives a setting; what a layer says of one paper goes first."""
    ways = [("papers", paper, *path), path] if paper else [path]
    for way in ways:
        for layer, own in zip(bureau.layers, bureau.own, strict=True):
            if way in dict(flat(own)):
                return layer.name if way == path else f"{layer.name}, papers.{paper}"
    return DEFAULT


def block_rows(bureau: Bureau, paper: str) -> Iterator[Row]:
    """Every block of a paper: whether it is shown, and the layers that write it, nearest first."""
    sections = bureau.for_paper(paper).settings.get("sections", ())
    found: dict[str, list[str]] = {}
    for name in (f"{paper}.html.j2", "page.html.j2"):
        for path in bureau.find_all(name):
            for block, where in blocks_of(path).items():
                mark = f"{path.parent.name}/{path.name}:{where.line}"
                found.setdefault(block, []).append(mark)
    for block, places in found.items():
        place = f"section {sections.index(block) + 1}" if block in sections else ""
        yield block, place, " over ".join(places)


def file_rows(bureau: Bureau) -> Iterator[Row]:
    """Every file of the chain that papers are made from, with what it is for."""
    for name in (*TEMPLATES, "style.css", *WORD_FILES):
        layers = [path.parent.name for path in bureau.find_all(name)]
        if layers:
            yield name, " over ".join(layers), _USE.get(name, "template")
    for layer in bureau.layers:
        for path in catalogue_paths(layer, bureau.settings["locale"]):
            _, messages, _ = read_catalogue(path.read_bytes(), path.name, bureau.language)
            said = sum(1 for m in messages if all(m.said) and not m.fuzzy)
            yield f"words/{path.name}", layer.name, f"{said} of {len(messages)} messages said"


_USE = {
    "style.css": "style of the PDF, all layers one after the other",
    **dict.fromkeys(REFERENCES, "styles, page, header and footer of PDF and Word"),
    "macros.html.j2": "parts that templates share",
    "page.html.j2": "the frame of every paper",
}
