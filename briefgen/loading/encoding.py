"""The bytes of a file become its text, or what keeps them from being one.

In: the bytes of a file that people edit. Out: its text in composed form (NFC), or problems: too
large, not UTF-8 (the encoding is named as far as it can be told), letters that may not stand in a
text. Data, travel plans and catalogues of words are all read through here.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from itertools import islice
from pathlib import Path

from briefgen import letters
from briefgen.errors import MORE, Problem, Severity, Source

# Bytes of one file: some 20,000 contacts. Parsed it takes a hundred times as much memory.
MOST_BYTES = 16_000_000
MOST_TOLD = 100  # problems of one file that are told one by one
_MOST_DOUBTS = 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # before UTF-16, whose mark begins alike
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_KANA = re.compile("[\u3041-\u30ff]")
_HIGH = re.compile(b"[\x80-\xff]+")
_LOOKED_AT = 100_000  # bytes from which an encoding is guessed


def read_bytes(path: Path) -> bytes:
    """The content of a file; of one that is too large, just enough to tell so."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def decode(content: bytes, name: str) -> tuple[str | None, Told]:
    """The text of a file, None when it cannot be read as one; and what is wrong or doubtful."""
    told = Told()
    if len(content) > MOST_BYTES:
        what = f"is larger than {MOST_BYTES // 1_000_000} MB"
        told.tell(Problem(Source(name), "", what, "part it into several files"))
        return None, told
    text, problem = _as_utf_8(content, name)
    if problem:
        told.tell(problem)
    if text is None:
        return None, told
    for fault in islice(letters.faults(text), MOST_TOLD + 1):
        told.tell(_placed(fault, text, name))
    if told:
        return None, told
    text = unicodedata.normalize("NFC", text)
    for doubt in islice(letters.doubts(text), _MOST_DOUBTS):
        told.tell(_placed(doubt, text, name, doubt=True))
    return text, told


class Told(list[Problem]):
    """The problems of one file: the first are kept, the others counted, by `more`."""

    more = 0

    @property
    def room(self) -> int:
        """How many more are kept."""
        return max(0, MOST_TOLD - len(self))

    def tell(self, problem: Problem) -> None:
        """Keep a problem, or count it."""
        if self.room:
            self.append(problem)
        else:
            self.more += 1

    def all_of(self, name: str) -> list[Problem]:
        """What is told of the file: of the others only how many they are, behind the last."""
        if not self.more:
            return list(self)
        last = max((problem.source for problem in self), default=Source(name))
        counted = f"has at least {self.more:,} more problem{'s' if self.more > 1 else ''}"
        return [*self, Problem(last, "", counted, "mend these first", rule=MORE)]


def _as_utf_8(content: bytes, name: str) -> tuple[str | None, Problem | None]:
    guess = _by_mark(content)
    if guess is None:
        try:
            return content.decode("utf-8-sig"), None
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            guess = _guessed(content)
    else:
        line = 1
    looks = f", it looks like {guess}" if guess else ""
    kind = "CSV UTF-8" if name.endswith(".csv") else "UTF-8"
    return None, Problem(
        Source(name, line, 1), "", f"is not UTF-8 text{looks}", f"save it as {kind}"
    )


def _by_mark(content: bytes) -> str | None:
    """The encoding that a file says by its first bytes, or by every other byte being nought."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    noughts = [content[n : n + 200 : 2].count(0) for n in (0, 1)]
    return "UTF-16" if max(noughts) > 2 * min(noughts) + 3 else None


def _guessed(content: bytes) -> str | None:
    """The encoding that bytes outside ASCII look like.

    Japanese is known by its kana, Cyrillic by whole words of such bytes, where the languages of
    Western Europe have single ones among plain letters.
    """
    part = content[:_LOOKED_AT]
    for codec, name in (("cp932", "Shift_JIS"), ("euc_jp", "EUC-JP")):
        text = part.decode(codec, "replace")
        if text.count("\ufffd") < 2 and len(_KANA.findall(text)) * 4 > len(text.encode()) - len(
            text
        ):
            return name
    runs = [len(run) for run in _HIGH.findall(part)]
    cyrillic = bool(runs) and sum(runs) / len(runs) > 2.5
    for codec, name in (("cp1251", "Windows-1251"), ("cp1252", "Windows-1252")):
        if (codec == "cp1251") == cyrillic and "\ufffd" not in part.decode(codec, "replace"):
            return name
    return None


def _placed(fault: letters.Fault, text: str, name: str, *, doubt: bool = False) -> Problem:
    line = text.count("\n", 0, fault.at) + 1
    place = Source(name, line, fault.at - text.rfind("\n", 0, fault.at))
    severity = Severity.WARNING if doubt else Severity.ERROR
    return Problem(place, "", fault.message, fault.hint, severity, "letters")
