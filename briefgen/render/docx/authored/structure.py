"""Whether the tags of a part fit together and stand where they may.

In: the tags of one part in order. Out: problems: a block left open, closed twice, closed in another
paragraph, row or part than it was opened in; a row's tag outside a table; a tag whose paragraph or
row holds words that would be lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from docx.oxml.ns import qn

from briefgen.errors import Problem, did_you_mean
from briefgen.render.docx.authored.tags import Tag
from briefgen.render.docx.xml import Element

OPENING = {"if": "endif", "for": "endfor"}
MIDDLE = {"elif": ("if",), "else": ("if", "for")}
ENDING = {end: start for start, end in OPENING.items()}
CELLS = ("colspan", "cellbg", "vm", "hm")
BARE = (*ENDING, "else", "vm", "hm")
STATEMENTS = (*OPENING, *MIDDLE, *ENDING, "set", *CELLS)
_FOREIGN = ("include", "import", "from", "extends", "block", "macro", "call", "filter", "raw",
            "autoescape", "with", "do", "trans")  # fmt: skip
_KINDS = {"p": "paragraph", "tr": "table row", "tc": "table cell", "r": "run"}
_WORDLESS = {
    "drawing": "a picture", "pict": "a picture", "footnoteReference": "a note",
    "endnoteReference": "a note", "fldChar": "a field", "sectPr": "a section break",
}  # fmt: skip


@dataclass(frozen=True)
class Open:
    """A block that waits for its end."""

    tag: Tag
    had_else: bool = False


def structure_problems(parts: Mapping[str, Sequence[Tag]]) -> list[Problem]:
    """What is wrong with how the tags of all parts stand to each other."""
    found: list[Problem] = []
    opened: dict[str, list[Tag]] = {}
    closed: dict[str, list[Tag]] = {}
    for part, tags in parts.items():
        found += [p for tag in tags for p in _place_problems(tag)]
        found += _crowd_problems(tags)
        opened[part], closed[part], faults = _pair(tags)
        found += faults
    for part in parts:
        found += _unpaired(part, opened, closed)
    return found


def _pair(tags: Iterable[Tag]) -> tuple[list[Tag], list[Tag], list[Problem]]:
    """The tags of a part that are never closed, those that close nothing, and other faults."""
    stack: list[Open] = []
    unopened: list[Tag] = []
    found: list[Problem] = []
    for tag in tags:
        word = tag.word
        if word in OPENING:
            stack.append(Open(tag))
        elif word in MIDDLE:
            if not stack or stack[-1].tag.word not in MIDDLE[word]:
                hint = f"put it between {{% {MIDDLE[word][0]} ... %}} and its end"
                found.append(tag.problem(f"'{word}' stands in no block that it belongs to", hint))
            else:
                found += _middle(stack, tag)
        elif word in ENDING:
            wanted = ENDING[word]
            if stack and stack[-1].tag.word == wanted:
                found += _together(stack.pop().tag, tag)
            elif any(block.tag.word == wanted for block in stack):
                inner = stack[-1].tag
                message = f"'{word}' comes before the '{inner.word}' inside is closed"
                hint = f"first close {_told(inner)} with {{% {OPENING[inner.word]} %}}"
                found.append(tag.problem(message, hint))
                outer = max(i for i, block in enumerate(stack) if block.tag.word == wanted)
                del stack[outer]
            else:
                unopened.append(tag)
    return [block.tag for block in stack], unopened, found


def _middle(stack: list[Open], tag: Tag) -> Iterator[Problem]:
    block = stack[-1]
    if block.had_else:
        yield tag.problem(f"'{tag.word}' stands after 'else'", "let 'else' be the last")
    if tag.word == "else":
        stack[-1] = Open(block.tag, True)
    yield from _together(block.tag, tag)


def _unpaired(
    part: str, opened: Mapping[str, list[Tag]], closed: Mapping[str, list[Tag]]
) -> Iterator[Problem]:
    """Blocks without an end or a beginning; where another part has it, that is told."""
    for tag in opened[part]:
        end = OPENING[tag.word]
        others = [t for p, tags in closed.items() if p != part for t in tags if t.word == end]
        message, hint = f"'{tag.word}' is never closed", f"close it with {_shaped(tag, end)}"
        if others:
            message = f"'{tag.word}' is opened here and closed in {_where(others[0])}"
            hint = f"close it in the {part}: no tag reaches from one part into another"
        yield tag.problem(message, hint)
    for tag in closed[part]:
        start = ENDING[tag.word]
        others = [t for p, tags in opened.items() if p != part for t in tags if t.word == start]
        if not others:  # else it is told where it opens
            message = f"'{tag.word}' closes nothing: no '{start}' is open here"
            hint = f"take it out, or open it before with {_shaped(tag, start)}"
            yield tag.problem(message, hint)


def _together(first: Tag, second: Tag) -> Iterator[Problem]:
    """Whether two tags of a block can stand where they stand."""
    if first.level != second.level:
        shape = _shaped(second, second.said, first.level)
        message = (
            f"'{second.word}' is written {{%{second.level}, its '{first.word}' {{%{first.level}"
        )
        yield second.problem(message, f"write both alike: {shape}")
        return
    if _container(first) is _container(second):
        return
    if first.level == "":
        message = f"'{first.word}' is opened in {_where(first)} and closed in another paragraph"
        hint = f"give each a paragraph: {{%p {first.word} ... %}}, {{%p {second.word} %}}"
    else:
        places = {"p": "the same cell, or both outside of tables", "tr": "the same table"}
        message = f"'{first.word}' is opened elsewhere, in {_where(first)}"
        hint = f"let both stand in {places.get(first.level, 'the same row')}"
    yield second.problem(message, hint)


def _container(tag: Tag) -> Element | None:
    """What holds the whole block: of a paragraph's tag the cell or the body, and so on."""
    element: Element | None = tag.paragraph.element
    if tag.level in ("tr", "tc"):
        element = _around(tag)
    if tag.level in ("p", "tr", "tc") and element is not None:
        element = element.getparent()
    return element


def _around(tag: Tag) -> Element | None:
    """The row or cell that a tag takes out, None outside a table."""
    name = qn(f"w:{tag.level}")
    return next(tag.paragraph.element.iterancestors(name), None)


def _place_problems(tag: Tag) -> Iterator[Problem]:
    """What is wrong with one tag where it stands."""
    if tag.mark == "{#":
        return
    if (tag.mark == "{%" and tag.seen[2] in "-+") or tag.seen[-3] in "-+":
        hint = "take the sign off; white space is as you type it in Word"
        yield tag.problem("a - or + at the edge of a tag would join paragraphs", hint)
    if tag.mark == "{{":
        if tag.level:
            hint = f"write {{{{ {tag.said} }}}}"
            yield tag.problem(f"'{{{{{tag.level}' puts in what data never holds", hint)
        return
    if tag.word not in STATEMENTS:
        yield _unknown_statement(tag)
        return
    if tag.level and set(tag.said) & set("%}"):
        hint = "say it in a {% set %} before"
        yield tag.problem(f"'{{%{tag.level}' can hold neither % nor }}", hint)
    if tag.word in BARE and tag.rest:
        yield tag.problem(f"'{tag.word}' stands alone", f"write {_shaped(tag, tag.word)}", tag.rest)
    inside = next(tag.paragraph.element.iterancestors(qn("w:tc")), None)
    wanted = tag.level if tag.level in ("tr", "tc") else "tc" if tag.word in CELLS else ""
    if wanted and inside is None:
        hint = "use {%p in paragraphs" if tag.level else "put it into the cell of a table"
        message = f"'{{%{tag.level} {tag.word}' stands outside a {_KINDS[wanted]}"
        yield tag.problem(message, hint)


def _unknown_statement(tag: Tag) -> Problem:
    if tag.word in _KINDS:
        hint = f"write {{%{tag.said} %}}: no space before {tag.word}"
        return tag.problem(f"'{tag.word}' is apart from its '{{%'", hint, tag.word)
    if tag.word in _FOREIGN:
        hint = "a Word paper knows for, if, elif, else and set"
        return tag.problem(f"'{tag.word}' has no place in a Word paper", hint, tag.word)
    turned = [known for known in STATEMENTS if sorted(known) == sorted(tag.word)]
    hint = did_you_mean(turned[0] if turned else tag.word, STATEMENTS)
    hint = hint or f"known: {', '.join(STATEMENTS)}"
    message = f"'{tag.word}' is not known here" if tag.word else "the tag says nothing"
    return tag.problem(message, hint, tag.word)


def _crowd_problems(tags: Iterable[Tag]) -> Iterator[Problem]:
    """Words, pictures or tags that go with the paragraph, row, cell or run a tag takes out."""
    listed = list(tags)
    for tag in listed:
        if tag.level not in _KINDS or tag.mark == "{{":
            continue
        element = tag.paragraph.element if tag.level in ("p", "r") else _around(tag)
        if element is None or tag.level == "r":
            continue
        inside = [t for t in listed if t is not tag and _holds(element, t.paragraph.element)]
        if (inside and inside[0].start > tag.start) or _before(listed, tag, inside):
            message = f"shares its {_KINDS[tag.level]} with '{inside[0].seen[:40]}'"
            hint = f"give each a {_KINDS[tag.level]} of its own: it is taken out with all it holds"
            yield tag.problem(f"'{tag.word}' {message}", hint)
        elif not inside and (lost := _others(element, tag)):
            message = f"'{tag.word}' takes its {_KINDS[tag.level]} out, and with it '{lost[:40]}'"
            yield tag.problem(message, f"let the tag stand alone in its {_KINDS[tag.level]}")


def _before(listed: list[Tag], tag: Tag, inside: list[Tag]) -> bool:
    """Whether the other tags come later, so that a pair is told of once."""
    return bool(inside) and listed.index(inside[0]) > listed.index(tag)


def _holds(element: Element, paragraph: Element) -> bool:
    return paragraph is element or any(a is element for a in paragraph.iterancestors())


def _others(element: Element, tag: Tag) -> str:
    """What stands beside a tag in what it takes out, in words."""
    for name, called in _WORDLESS.items():
        if next(element.iter(qn(f"w:{name}")), None) is not None:
            return called
    words = "".join(t.text or "" for t in element.iter(qn("w:t")))
    return words.replace(tag.seen.replace("\t", "").replace("\n", ""), "", 1).strip()


def _shaped(tag: Tag, said: str, level: str | None = None) -> str:
    level = tag.level if level is None else level
    return f"{{%{level} {said}{' ...' if said in OPENING else ''} %}}"


def _told(tag: Tag) -> str:
    return f"'{tag.seen[:40]}' of paragraph {tag.paragraph.number}"


def _where(tag: Tag) -> str:
    return f"{tag.paragraph.part}, paragraph {tag.paragraph.number}"
