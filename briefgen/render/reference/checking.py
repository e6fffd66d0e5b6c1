"""What is wrong with a reference, for the check of a bureau.

In: the bytes of a `reference.docx`, the theme. Out: problems, all at once: why it is refused, what
in it has no effect, which styles it lacks, which fonts are not there.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from briefgen.bureaus import PAPERS, Bureau
from briefgen.bureaus.chain import shown
from briefgen.errors import BriefgenError, Problem, Severity, Source
from briefgen.render.docx.safety import read_word_file
from briefgen.render.docx.styles import styles_xml
from briefgen.render.reference import FILE
from briefgen.render.reference.filling import placeholder_problems
from briefgen.render.reference.looks import Looks
from briefgen.render.reference.merging import merge, missing
from briefgen.render.reference.reading import Reference, read
from briefgen.render.reference.xml import NS, Element, val


def bureau_problems(bureau: Bureau) -> list[Problem]:
    """What is wrong with the references of a chain."""
    found = []
    for name, paper in ((FILE, ""), *((f"reference-{paper}.docx", paper) for paper in PAPERS)):
        theme = bureau.for_paper(paper).settings["theme"]
        for path in bureau.find_all(name):
            try:
                found += problems(shown(path), read_word_file(path, shown(path)), theme)
            except BriefgenError as error:
                found += error.problems
    return found


def problems(name: str, content: bytes, theme: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a reference, all at once; `name` is the file as messages tell it."""
    try:
        reference = read(name, content)
    except BriefgenError as error:
        return error.problems
    found = [*reference.problems, *placeholder_problems(reference)]
    made = styles_xml(theme, "en", False, 100)
    lacking = missing(made, reference)
    if lacking:
        message = f"lacks {len(lacking)} styles of our papers: {', '.join(lacking)}"
        hint = "these look as the theme of bureau.yaml says; a style of that name would be taken"
        found.append(Problem(Source(name), "styles", message, hint, Severity.WARNING))
    return [*found, *_letter_problems(reference, made)]


def _letter_problems(reference: Reference, made: Element) -> Iterator[Problem]:
    """Fonts that this machine does not have, and lines too close for their letters."""
    from briefgen.render.pdf import missing_fonts

    old = Looks(copy.deepcopy(made), reference.scheme)
    merge(made, reference)
    new = Looks(made, reference.scheme)
    asked: dict[str, str] = {}
    for id_ in new.styles:
        if new.cut_off(id_):
            message = "sets its lines so close that letters are cut off"
            hint = "in Word: Modify Style > Format > Paragraph > Line spacing: At least"
            name = val(new.styles[id_].find("w:name", NS)) or ""
            yield Problem(Source(reference.name), name, message, hint, Severity.WARNING)
        theirs = old.paragraph(id_ if id_ in old.styles else "Normal")["font-family"].split(", ")
        for font in new.paragraph(id_)["font-family"].split(", "):
            if font not in theirs:
                asked.setdefault(font.strip('"'), theirs[0].strip('"'))
    for font in missing_fonts(asked):
        message = f"asks for the font {font}, which this machine does not have"
        hint = f"the PDF shows {asked[font]} in its place; install the font or choose another"
        yield Problem(Source(reference.name), "fonts", message, hint, Severity.WARNING)
