"""The blocks of templates, with their words as written: who changes what, and over what.

In: the text of a template, a bureau's chain. Out: blocks by name with place and text, and for each
block of a layer what stands below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError

_LEXER = Environment(autoescape=True)
_SPACE = frozenset(("whitespace",))


@dataclass(frozen=True, slots=True)
class Block:
    """A block: the file that holds it, its place there (from 1), and its text between the tags."""

    name: str
    path: Path
    line: int
    column: int
    text: str

    @property
    def calls_super(self) -> bool:
        """Whether the block shows what the layer below has in it."""
        return "super()" in self.text


@dataclass(slots=True)
class _Open:
    """A block whose end is not yet found."""

    name: str
    line: int
    column: int
    start: int


@cache
def _read(path: Path, stamp: tuple[int, int]) -> tuple[Block, ...]:
    del stamp  # part of the key: a file that was saved is read again
    return tuple(parse_blocks(path.read_text("utf-8"), path))


def blocks_of(path: Path) -> dict[str, Block]:
    """The blocks of a template by name; none of one that cannot be read as a template."""
    stat = path.stat()
    try:
        return {b.name: b for b in _read(path, (stat.st_mtime_ns, stat.st_size))}
    except TemplateSyntaxError:
        return {}


def parse_blocks(text: str, path: Path) -> Iterator[Block]:
    """The blocks of a template's text, an inner one before that around it.

    Raises TemplateSyntaxError where the text cannot be cut into tags.
    """
    opened = list[_Open]()
    for tag, start, end in _tags(text):
        words = tag.split()
        if words[:1] == ["block"] and len(words) > 1:
            line = text.count("\n", 0, start) + 1
            column = start - (text.rfind("\n", 0, start) + 1) + 1
            opened.append(_Open(words[1], line, column, end))
        elif words[:1] == ["endblock"] and opened:
            found = opened.pop()
            yield Block(found.name, path, found.line, found.column, text[found.start : start])


def _tags(text: str) -> Iterator[tuple[str, int, int]]:
    """The tags `{% ... %}` of a template with where they begin and end in the text."""
    position, begun, inside = 0, 0, list[str]()
    within = False
    for _, kind, value in _LEXER.lex(text):
        at = text.find(value, position)
        at = position if at < 0 else at
        if kind == "block_begin":
            within, begun, inside = True, at, []
        elif kind == "block_end":
            yield " ".join(inside), begun, at + len(value)
            within = False
        elif within and kind not in _SPACE:
            inside.append(value)
        position = at + len(value)


def below(block: str, files: Sequence[Path]) -> str | None:
    """What a block of this name holds in the files of lower layers, nearest first.

    Down to the first that does not call super(). None where no lower layer has the block.
    """
    texts = []
    for path in files:
        found = blocks_of(path).get(block)
        if found is None:
            continue
        texts.append(found.text.strip("\n"))
        if not found.calls_super:
            break
    return "\n".join(texts) if texts else None


def extends(path: Path) -> str | None:
    """The template that a template extends, as it names it; None for one that stands alone."""
    for tag, _, _ in _tags(path.read_text("utf-8")):
        words = tag.split()
        if words[:1] == ["extends"] and len(words) > 1:
            return words[1].strip("'\"")
    return None
