"""What a layer's folder may hold: nothing in it is passed over in silence.

In: a bureau's chain. Out: problems: files that nobody reads, blocks that nothing below has,
sections and pictures that are not there. A misspelt name is an error, never a fall back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from briefgen.bureaus.blocks import blocks_of, extends
from briefgen.bureaus.chain import FRAME, MOST_BYTES_ELSE, Bureau, place_of, sections_of, shown
from briefgen.bureaus.messages import known_messages
from briefgen.bureaus.settings import PAPERS
from briefgen.compose.shortening import SHORTENABLE
from briefgen.errors import Problem, Severity, Source, did_you_mean
from briefgen.phrases import check_catalogue, read_catalogue

TEMPLATES = (*(f"{paper}.html.j2" for paper in PAPERS), "page.html.j2", "macros.html.j2")
REFERENCES = ("reference.docx", *(f"reference-{paper}.docx" for paper in PAPERS))
WORD_FILES = (*REFERENCES, *(f"{paper}.docx" for paper in PAPERS))
_WORD_STEMS = frozenset(name.removesuffix(".docx") for name in WORD_FILES)
OTHERS = ("bureau.yaml", "accepted.yaml", "style.css", "words.pot", "README.md")
_PICTURES = (".png", ".jpg", ".jpeg")
_READ = (".j2", ".css", ".docx", ".yaml", ".po")
_OTHER_WORD = (".docm", ".dotm", ".dotx", ".doc", ".dot", ".rtf", ".odt")
_BLOCK = re.compile(r"\{%-?\s*block\s+(\w+)")
_QUOTED = re.compile(r"""["']([\w.-]+\.j2)["']""")


def folder_problems(bureau: Bureau) -> list[Problem]:
    """Everything in the folders of a chain that would have no effect, or not the one meant."""
    found: list[Problem] = [*file_problems(bureau)]
    for index in range(len(bureau.layers)):
        found += _block_problems(bureau, index)
    found += [*_section_problems(bureau), *_length_problems(bureau)]
    return [*found, *_logo_problems(bureau)]


def file_problems(bureau: Bureau) -> Iterator[Problem]:
    """Files that no paper reads."""
    known = (*TEMPLATES, *WORD_FILES, *OTHERS)
    names = {p.name for folder in bureau.layers for p in folder.glob("*.j2")}
    paths = (path for name in names for path in bureau.find_all(name))
    asked = {name for path in paths for name in _named_in(path)}
    for path in (path for layer in bureau.layers for path in sorted(layer.iterdir())):
        name = path.name
        if path.is_dir():
            yield from _folder_problems(path)
        elif path.suffix.lower() in _OTHER_WORD and path.stem.lower() in _WORD_STEMS:
            hint = f"save it in Word as Word document: {path.stem.lower()}.docx"
            yield Problem(Source(shown(path)), "", f"is a {path.suffix} file, not taken", hint)
        elif name not in known and name not in asked and path.suffix.lower() not in _PICTURES:
            near = did_you_mean(name, known)
            hint = near or f"known: {', '.join(known)}, words/LANGUAGE.po, pictures"
            severe = Severity.ERROR if near or path.suffix in _READ else Severity.WARNING
            if not name.startswith((".", "~")):
                yield Problem(Source(shown(path)), "", "is read by no paper", hint, severe)


def _named_in(path: Path) -> list[str]:
    """The templates that a template names."""
    with path.open(encoding="utf-8", errors="replace") as file:  # its faults are told elsewhere
        return _QUOTED.findall(file.read(MOST_BYTES_ELSE))


def _folder_problems(folder: Path) -> Iterator[Problem]:
    """A folder that is not `words`, or what in it is no catalogue of a known language."""
    from babel import Locale, UnknownLocaleError

    if folder.name != "words":
        hint = did_you_mean(folder.name, ("words",)) or "catalogues stand in words/LANGUAGE.po"
        yield Problem(Source(shown(folder)), "", "is a folder that no paper reads", hint)
        return
    for path in sorted(folder.iterdir()):
        try:
            Locale.parse(path.stem)
            fine = path.suffix == ".po"
        except (UnknownLocaleError, ValueError):
            fine = False
        if not fine and not path.name.startswith((".", "~")):
            hint = "name it by its language: ja.po, fr_CA.po"
            yield Problem(Source(shown(path)), "", "is not a catalogue of a known language", hint)


def _block_problems(bureau: Bureau, index: int) -> Iterator[Problem]:
    """Blocks that no lower layer has, that no section list names and that no template asks for."""
    if index == len(bureau.layers) - 1:
        return
    for path in sorted(bureau.layers[index].glob("*.html.j2")):
        if extends(path) is None:
            continue
        there = _offered(bureau, path, index) | FRAME
        blocks = blocks_of(path)
        shown_by_own = {n for b in blocks.values() for n in _BLOCK.findall(b.text)}
        for name, block in blocks.items():
            if name in there or name in shown_by_own:
                continue
            paper = path.name.removesuffix(".html.j2")
            hint = did_you_mean(name, there) or f"known: {', '.join(sorted(there))}"
            hint += f"; a section of your own also stands in papers.{paper}.sections"
            place = Source(shown(path), block.line, block.column)
            message = "no layer below has it: it is never shown"
            yield Problem(place, f"block {name}", message, hint)


def _offered(bureau: Bureau, path: Path, index: int) -> set[str]:
    """The blocks that a template may fill: of those below it, and the sections of the paper."""
    below = [layer / path.name for layer in bureau.layers[index + 1 :]]
    others = {str(extends(path)), "page.html.j2"} - {path.name}
    files = [*below, *(layer / name for layer in bureau.layers for name in others)]
    paper = path.name.removesuffix(".html.j2")
    listed = {
        section
        for own in bureau.own
        for section in own.get("papers", {}).get(paper, {}).get("sections", ())
    }
    return listed | {name for file in files if file.is_file() for name in blocks_of(file)}


def _section_problems(bureau: Bureau) -> Iterator[Problem]:
    """Sections that a bureau.yaml names and no template of the chain has."""
    for layer, own in zip(bureau.layers, bureau.own, strict=True):
        for paper, settings in own.get("papers", {}).items():
            known = sections_of(bureau, paper) if settings.get("sections") else []
            for index, name in enumerate(settings.get("sections", ())):
                if name not in known:
                    place = place_of(layer, ("papers", paper, "sections", index))
                    hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
                    field = f"papers.{paper}.sections"
                    yield Problem(place, field, f"'{name}' is not a section", hint)


def _length_problems(bureau: Bureau) -> Iterator[Problem]:
    """Sections that are to give way in a paper that cannot be shortened there."""
    for layer, own in zip(bureau.layers, bureau.own, strict=True):
        for paper, settings in own.get("papers", {}).items():
            length, known = settings.get("length", {}), SHORTENABLE.get(paper, ())
            field, path = f"papers.{paper}.length", ("papers", paper, "length")
            for index, name in enumerate(length.get("drop", ())):
                if name not in known:
                    place = place_of(layer, (*path, "drop", index))
                    hint = did_you_mean(name, known) or f"known: {', '.join(known) or 'none'}"
                    yield Problem(place, f"{field}.drop", f"'{name}' cannot be shortened", hint)
            if length.get("over") == "shorten" and not known:
                place = place_of(layer, (*path, "over"))
                hint = f"write fail or warn; shortened can be {', '.join(SHORTENABLE)}"
                yield Problem(place, f"{field}.over", f"a {paper} cannot be shortened", hint)


def _logo_problems(bureau: Bureau) -> Iterator[Problem]:
    """A logo that no layer holds."""
    for layer, own in zip(bureau.layers, bureau.own, strict=True):
        name = own.get("theme", {}).get("logo")
        if name and bureau.find(name) is None:
            place = place_of(layer, ("theme", "logo"))
            there = [p.name for folder in bureau.layers for p in sorted(folder.glob("*.[pj]*g"))]
            hint = did_you_mean(name, there) or f"put the picture into {shown(layer)}"
            yield Problem(place, "theme.logo", f"no picture '{name}' in the chain", hint)


def words_problems(bureau: Bureau) -> list[Problem]:
    """Labels and catalogue messages that no paper says, and those not said yet."""
    known: dict[str, tuple[str, ...]] = {}
    found: list[Problem] = []
    for layer, own in zip(bureau.layers, bureau.own, strict=True):
        paths = sorted(layer.glob("words/*.po"))
        if not (paths or own.get("labels")):
            continue
        known = known or known_messages(bureau)
        for english in own.get("labels", {}):
            if english not in known:
                place = place_of(layer, ("labels", english), of_key=True)
                hint = did_you_mean(english, known) or "see templates/base/words.pot"
                found.append(Problem(place, "labels", f"no paper says '{english[:60]}'", hint))
        for path in paths:
            language = path.stem
            _, messages, faults = read_catalogue(path.read_bytes(), shown(path), language)
            found += faults or check_catalogue(messages, known, shown(path))
    return found
