"""Which letters a text may hold: one rule for data, templates, words and options.

In: a text. Out: its faults, each with its place in the text, the letter by its U+ number and the
mend. What is invisible, turns the direction of writing, breaks a line in one format and not in the
other, or is no letter at all is refused before anything is made of it, so that DOCX, PDF and a
terminal never show different things. The categories are those of Unicode's character database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# Marks on one letter. Hebrew with its accents has five, Tibetan six; more run into other lines.
MOST_MARKS = 8
# Letters without a place where a line may end. The longest word of a language has some 190, an
# address in a source a few hundred; the time to set one grows with its square.
MOST_WORD = 1000

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # of ASCII; tab and line ends may stand
_LINE_ENDS = frozenset("\t\n\r")
_INVISIBLE = (
    (0x202A, 0x202E),  # embeddings and overrides of direction
    (0x2066, 0x206F),  # isolates, and what Unicode has given up
    (0xFEFF, 0xFEFF),  # a byte-order mark within a text
    (0xFFF9, 0xFFFC),  # annotations, and the place of an object
    (0xE0000, 0xE007F),  # tags: a text that nobody sees
)
_LOST = "\ufffd"
_JOINERS = (
    "\u00ad\u034f\u200b-\u200f\u2060-\u2064"  # they stand between marks without ending a pile
)
# Lines end between any two letters of these scripts, or there is no telling where.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[^\s{_UNSPACED}]{{{MOST_WORD + 1},}}")
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
# All of Cyrillic; of Greek what looks like Latin, for units and formulas mix the rest.
_ALIKE = "\u0400-\u052fΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳ"
_ANY_ALIKE = re.compile(f"[{_ALIKE}]")
_MIXED = re.compile(f"(?<=[{_LATIN}])[{_ALIKE}]|[{_ALIKE}](?=[{_LATIN}])")


class Fault(NamedTuple):
    """What is wrong with a text: the index of the letter, what it is, the mend."""

    at: int
    message: str
    hint: str


def number(letter: str) -> str:
    """The number of a letter as Unicode writes it: `U+202E`."""
    return f"U+{ord(letter):04X}"


def faults(text: str) -> Iterator[Fault]:
    """Letters that may not stand in a text, and piles of marks; nothing for a sound text.

    The text as a whole costs one pass; only what is found costs more.
    """
    if text.isascii():
        yield from (_fault(m) for m in _CONTROLS.finditer(text))
        return
    used = set(text)
    if refused := {letter for letter in used if is_refused(letter)}:
        yield from (_fault(m) for m in re.finditer(f"[{_class(refused)}]", text))
    if marks := {c for c in used if unicodedata.category(c) in ("Mn", "Me")} - refused:
        pile = f"(?:[{_JOINERS}]*[{_class(marks)}]){{{MOST_MARKS + 1},}}"
        yield from (_pile(m) for m in re.finditer(pile, text))


def faults_of_name(name: str) -> Iterator[Fault]:
    """The same for the name of a file, or what is given in one line: no line ends in it either."""
    yield from (_fault(m) for m in re.finditer(r"[\t\n\r]", name))
    yield from faults(name)


def long_words(text: str) -> Iterator[Fault]:
    """Words that no line can hold, where a text is long enough to hold one."""
    if len(text) > MOST_WORD:
        for match in _WORD.finditer(text):
            what = f"holds a word of {len(match.group()):,} letters, from '{match.group()[:20]}' on"
            yield Fault(match.start(), what, f"part it: a word has at most {MOST_WORD:,} letters")


def doubts(text: str) -> Iterator[Fault]:
    """Words that mix Latin letters with those of another script that look the same."""
    if text.isascii() or not _ANY_ALIKE.search(text):
        return
    for match in _MIXED.finditer(text):
        letter = match.group()
        name = unicodedata.name(letter, "").capitalize()
        word = _around(text, match.start())
        what = f"'{word}' mixes Latin letters with {number(letter)} ({name})"
        yield Fault(match.start(), what, "write the whole word in one script")


def is_refused(letter: str) -> bool:
    """Whether a letter may stand in no text."""
    kind = unicodedata.category(letter)
    if kind == "Cf" or letter in (_LOST, "\ufffc"):
        return letter == _LOST or any(a <= ord(letter) <= b for a, b in _INVISIBLE)
    return kind in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") and letter not in _LINE_ENDS


def is_private(letter: str) -> bool:
    """Whether Unicode leaves it to each font what a letter looks like."""
    return unicodedata.category(letter) == "Co"


def printable(text: str) -> str:
    """A text for messages: on one line, with `<U+xxxx>` for what cannot be shown."""
    if text.isprintable():
        return text
    plain = re.sub(r"[\t\n\r]+", " ", text)
    return "".join(f"<{number(c)}>" if is_refused(c) else c for c in plain)


def _fault(match: re.Match[str]) -> Fault:
    letter = match.group()
    what, hint = _said(letter)
    return Fault(match.start(), what.format(number(letter)), hint)


def _said(letter: str) -> tuple[str, str]:
    """What is wrong with a letter, with a place for its number, and the mend."""
    kind = unicodedata.category(letter)
    if letter == _LOST:
        return "holds {}, which stands where a letter was lost", "write the letter that was meant"
    if kind in ("Zl", "Zp") or letter in "\x0b\x0c\x85":
        return "holds the invisible line break {}", "delete it, or begin a new line"
    if kind == "Cs":
        return "holds {}, which is half a letter", "write the whole letter"
    if kind == "Co":
        return "holds {}, which every font shows otherwise", "write a letter of Unicode"
    if kind == "Cn" and not any(a <= ord(letter) <= b for a, b in _INVISIBLE):
        version = unicodedata.unidata_version
        return f"holds {{}}, which is no letter of Unicode {version}", "delete it"
    return "holds the invisible control character {}", "delete it"


def _pile(match: re.Match[str]) -> Fault:
    marks = [c for c in match.group() if unicodedata.category(c) in ("Mn", "Me")]
    kinds = ", ".join(number(c) for c in list(dict.fromkeys(marks))[:3])
    what = f"piles {len(marks):,} marks on one letter ({kinds})"
    return Fault(match.start(), what, f"leave at most {MOST_MARKS}")


def _around(text: str, at: int) -> str:
    """The word in which a letter stands, of at most 40 letters."""
    start = at
    while start > max(0, at - 20) and text[start - 1].isalpha():
        start -= 1
    end = at
    while end < min(len(text), at + 20) and text[end].isalpha():
        end += 1
    return text[start:end]


def _class(letters: set[str]) -> str:
    """Letters as the inside of a class of a pattern."""
    return "".join(f"\\U{ord(letter):08x}" for letter in sorted(letters))
