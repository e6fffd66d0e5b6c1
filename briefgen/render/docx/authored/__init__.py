"""Papers from templates that a bureau writes in Word: the docxtpl conventions, under our rules.

In: a .docx with `{{ }}`, `{% %}`, `{%p %}`, `{%tr %}`, `{%tc %}`, `{%r %}` typed in Word, and the
composed data of a paper, the same that the HTML template has. Out: the paper as a Word file; or
every fault of the template at once, each with its part, paragraph, tag and mend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from briefgen.errors import BriefgenError, Problem
from briefgen.render.docx.authored.comparing import differences
from briefgen.render.docx.authored.engine import Word, filled
from briefgen.render.docx.authored.mending import marking_problems, mend, renumber
from briefgen.render.docx.authored.names import name_problems
from briefgen.render.docx.authored.notes import Kind, Notes, Wording, plain_wording
from briefgen.render.docx.authored.portions import mark_parts, with_signs
from briefgen.render.docx.authored.structure import structure_problems
from briefgen.render.docx.authored.tags import Tag, join, read_tags
from briefgen.render.docx.authored.word import WordFile

__all__ = ["differences", "fill", "problems"]


def problems(name: str, content: bytes, *papers: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with a template, `name` as messages tell it, on the data of some papers.

    Tags are checked also where the data does not lead; then each paper is filled. A name is unknown
    when none of the papers has it.
    """
    try:
        file = WordFile(name, content)
    except BriefgenError as error:
        return error.problems
    _, found = _read(file, papers)
    if not found:
        for data in papers:
            try:
                fill(name, content, data)
            except BriefgenError as error:
                found += [p for p in error.problems if p not in found]
    return sorted(found, key=lambda p: p.order)


def fill(
    name: str,
    content: bytes,
    data: Mapping[str, Any],
    *,
    notes: Kind = "endnotes",
    wording: Wording = plain_wording,
) -> bytes:
    """The paper; `wording` gives a note of the data as a `note` element of the HTML vocabulary.

    Raises BriefgenError with every fault of the template, and where the marking of the paper is
    not on every page.
    """
    file = WordFile(name, content)
    own, portions = data, (data.get("marking") or {}).get("portions")
    data = with_signs(data) if portions else data
    tags, found = _read(file, [data])
    if found:
        raise BriefgenError(found)
    written = Notes(notes, wording)
    environment = Word(written.cite)
    for part, root in list(file.roots.items()):
        for paragraph in file.paragraphs(part):
            join(
                paragraph, [tag for tag in tags[part] if tag.paragraph.element is paragraph.element]
            )
        made, faults = filled(root, tags[part], data, environment)
        found += faults
        if made is not None:
            file.roots[part] = made
            mend(made)
    if not found:
        written.place(file)
        renumber(file)
        if portions:
            mark_parts(file.roots.values(), portions)
        found += file.content_problems()
        found += marking_problems(file, data["marking"]["label"])
    if found:
        raise BriefgenError(found)
    return file.save(own)


def _read(
    file: WordFile, papers: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, list[Tag]], list[Problem]]:
    """The tags of each part, and what is wrong with them before anything is filled."""
    found = file.problems()
    tags: dict[str, list[Tag]] = {}
    for part in file.roots:
        tags[part] = []
        for paragraph in file.paragraphs(part):
            read, faults = read_tags(paragraph)
            tags[part] += read
            found += faults
    found += structure_problems(tags)
    environment = Word(lambda _: "")
    for listed in tags.values():
        found += name_problems(listed, papers, environment)
    return tags, found
