"""The tags of a Word template, found in its paragraphs and put in order.

In: the XML of one part (body, header 2 ...). Out: its `Tag`s with their place as a person sees it;
faults of writing: a brace too few, a space between two, a tag left open. `join` then makes each tag
stand in one run, with straight quotes, as an engine can read it: Word parts a tag over several
runs, and its AutoCorrect curls the quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from docx.oxml.ns import qn

from briefgen.errors import Problem, Source
from briefgen.render.docx.xml import XML_SPACE, Element

CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_EDGES = frozenset((*CLOSING, *CLOSING.values()))
_LEVEL = re.compile(r"(p|tr|tc|r)(?=\s)")
_STRAY = re.compile(r"[{}][{}\s%]*(?:[^{}]*[{}][{}\s%]*\}|[^{}]*\}|(?<=\})\s*\}+)?")
_QUOTES = {'"': '"', "'": "'", "“": "”", "”": "”", "„": "”", "‘": "’", "’": "’", "‚": "’"}
_SPACE_LIKE = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "‑"}
_TEXT, _PARAGRAPH, _RUN = qn("w:t"), qn("w:p"), qn("w:r")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


@dataclass(frozen=True, eq=False)
class Paragraph:
    """A paragraph of a part, counted from 1, with each letter and the element that holds it."""

    file: str
    part: str
    number: int
    element: Element
    letters: tuple[tuple[str, Element], ...] = field(repr=False)

    @cached_property
    def text(self) -> str:
        """What a person reads there."""
        return "".join(letter for letter, _ in self.letters)

    def problem(self, message: str, hint: str, start: int, end: int) -> Problem:
        """A fault here, the words from `start` to `end` marked."""
        return Problem(
            Source(self.file, self.number, start + 1),
            f"{self.part}, paragraph {self.number}",
            message,
            hint,
            detail=_marked(self.text, start, end),
        )


@dataclass(frozen=True, eq=False)
class Tag:
    """A tag: where it stands in its paragraph, what it takes out (`p`, `tr` ...), what it says."""

    paragraph: Paragraph
    start: int
    end: int
    mark: str
    level: str
    said: str

    @property
    def seen(self) -> str:
        """The tag as it stands in Word."""
        return self.paragraph.text[self.start : self.end]

    @property
    def word(self) -> str:
        """The first word of a statement: for, endif ..."""
        return self.said.split(maxsplit=1)[0] if self.mark == "{%" and self.said else ""

    @property
    def rest(self) -> str:
        """What follows the first word of a statement."""
        return self.said[len(self.word) :].strip()

    @property
    def source(self) -> str:
        """The tag as the engine reads it."""
        return f"{self.mark}{self.level} {self.said} {CLOSING[self.mark]}"

    def problem(self, message: str, hint: str, near: str = "") -> Problem:
        """A fault of this tag; the caret stands under the word `near`, else under all of it."""
        start, end = self.start, self.end
        found = re.search(rf"(?<!\w){re.escape(near)}(?!\w)", self.seen) if near else None
        if found:
            start, end = self.start + found.start(), self.start + found.end()
        return self.paragraph.problem(message, hint, start, end)


def paragraphs(root: Element, file: str, part: str) -> Iterator[Paragraph]:
    """The paragraphs of a part in their order, those in text boxes and tables too."""
    for number, element in enumerate(root.iter(_PARAGRAPH), 1):
        yield Paragraph(file, part, number, element, tuple(_letters(element)))


def _letters(element: Element) -> Iterator[tuple[str, Element]]:
    """The letters of a paragraph without those of paragraphs inside it."""
    for child in element:
        if child.tag in (_PARAGRAPH, _FALLBACK):
            continue
        if child.tag == _TEXT:
            yield from ((letter, child) for letter in child.text or "")
        elif child.tag in _SPACE_LIKE and element.tag == _RUN:
            yield _SPACE_LIKE[str(child.tag)], child
        else:
            yield from _letters(child)


def read_tags(paragraph: Paragraph) -> tuple[list[Tag], list[Problem]]:
    """The tags of a paragraph, and the faults of their writing."""
    text, position = paragraph.text, 0
    tags: list[Tag] = []
    faults: list[Problem] = []
    while match := re.compile(r"[{}]").search(text, position):
        start, mark = match.start(), text[match.start() : match.start() + 2]
        if mark not in CLOSING:
            span = _STRAY.match(text, start)
            position = max(span.end() if span else start + 1, start + 1)
            faults.append(_stray(paragraph, start, position))
            continue
        end = _end_of(text, start)
        if end is None:
            position = _give_up(text, start)
            faults.append(_unclosed(paragraph, start, position))
            if mark == "{%":  # its end would else seem to close nothing
                tags.append(_tag(paragraph, start, position, mark))
            continue
        position = end
        tags.append(_tag(paragraph, start, end, mark))
    return tags, faults


def _tag(paragraph: Paragraph, start: int, end: int, mark: str) -> Tag:
    inner = re.sub(r"[%#}]*\}$", "", paragraph.text[start + 2 : end])
    if mark != "{#":
        inner = re.sub(r"^[-+]|[-+]$", "", inner)
    level = _LEVEL.match(inner)
    said = inner[level.end() :] if level else inner
    said = said if mark == "{#" else straightened(said)
    return Tag(paragraph, start, end, mark, level.group(1) if level else "", said.strip())


def _end_of(text: str, start: int) -> int | None:
    """Where a tag ends, or None if it is not closed before another one opens."""
    mark = text[start : start + 2]
    position = start + 2
    while position < len(text):
        here = text[position : position + 2]
        if here == CLOSING[mark]:
            return position + 2
        if mark != "{#" and here in CLOSING:
            return None
        closing = _string_end(text, position) if mark != "{#" else None
        position = closing or position + 1
    return None


def _string_end(text: str, start: int) -> int | None:
    """Where the string that opens at `start` ends; None if none opens, or it does not end."""
    closer = _QUOTES.get(text[start])
    if closer is None:
        return None
    straight = text[start] in "\"'"
    for position in range(start + 1, len(text)):
        letter = text[position]
        if text[position : position + 2] in _EDGES:
            return None
        if not straight and letter == "’" and text[position + 1 : position + 2].isalpha():
            continue  # an apostrophe: isn’t
        if letter == closer or (not straight and letter == closer.translate(_STRAIGHT)):
            return position + 1
    return None


_STRAIGHT = str.maketrans("“”„‘’‚", "\"\"\"'''")


def straightened(said: str) -> str:
    """What a tag says with straight quotes around its strings and plain spaces between words.

    Curly quotes inside a string are meant to be printed and stay what they are.
    """
    made, position = "", 0
    while position < len(said):
        end = _string_end(said, position)
        if end is None:
            letter = said[position]
            made += " " if letter.isspace() else letter.translate(_STRAIGHT)
            position += 1
        else:
            quote = said[position].translate(_STRAIGHT)
            curly = said[position] not in "\"'"
            words = said[position + 1 : end - 1]
            words = words.replace("\\", "\\\\").replace(quote, "\\" + quote) if curly else words
            # As escapes: the engine would straighten the one and escape the other twice.
            made += (
                quote + re.sub("[“”„‘’‚&<>]", lambda m: f"\\u{ord(m.group()):04x}", words) + quote
            )
            position = end
    return made


def _give_up(text: str, start: int) -> int:
    """Where the words of a tag that is not closed are taken to end."""
    found = re.compile(r"\{[{%#]|[%#]?\}").search(text, start + 2)
    if found is None:
        return len(text)
    return found.end() if found.group().endswith("}") else found.start()


def _unclosed(paragraph: Paragraph, start: int, end: int) -> Problem:
    seen = paragraph.text[start:end]
    mark = seen[:2]
    if not paragraph.text[start:].rstrip("} ").count("}") and not seen.endswith("}"):
        hint = f"close it with {CLOSING[mark]} in the same paragraph"
    else:
        hint = f"write {mark}{seen[2:].rstrip('%}# ')} {CLOSING[mark]}"
    return paragraph.problem(f"'{_short(seen)}' is not closed", hint, start, end)


def _stray(paragraph: Paragraph, start: int, end: int) -> Problem:
    seen = paragraph.text[start:end]
    inner = re.sub(r"^[{}%\s]+|[{}%\s]+$", "", seen)
    if not inner:
        hint = 'to print a brace write {{ "{" }} or {{ "}" }}'
    elif "%" in seen:
        hint = f"write {{% {inner} %}}"
    else:
        hint = f"write {{{{ {inner} }}}}"
    message = f"'{_short(seen)}' is no tag and would be printed as it stands"
    return paragraph.problem(message, hint, start, end)


def _short(text: str) -> str:
    return " ".join(text.split())[:60]


def _marked(text: str, start: int, end: int) -> str:
    """The text around a fault, and carets under it."""
    low, high = max(0, start - 40), min(len(text), max(end, start + 1) + 30)
    shown = "".join(" " if letter.isspace() else letter for letter in text[low:high])
    lead, tail = "…" * (low > 0), "…" * (high < len(text))
    carets = "^" * max(1, end - start)
    return f"{lead}{shown}{tail}\n{' ' * (start - low + len(lead))}{carets}"


def join(paragraph: Paragraph, tags: list[Tag]) -> None:
    """Put each tag whole into the run in which it begins; the others keep what else they say."""
    if not tags:
        return
    texts: dict[Element, str] = {e: "" for _, e in paragraph.letters if e.tag == _TEXT}
    starts = {tag.start: tag for tag in tags}
    until = 0
    for index, (letter, element) in enumerate(paragraph.letters):
        if index in starts:
            texts[element] += starts[index].source
            until = starts[index].end
        elif index >= until and element.tag == _TEXT:
            texts[element] += letter
        elif index < until and element.tag != _TEXT:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
    for element, words in texts.items():
        element.text = words
        element.set(XML_SPACE, "preserve")
