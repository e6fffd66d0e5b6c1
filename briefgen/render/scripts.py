"""Scripts by their letters: what runs from right to left, and what within it does not.

In: texts. Out: patterns and stretches, for the HTML tree and for Word alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Hebrew, Arabic and what belongs to them; letters of other scripts run from left to right.
_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff"
# From a first letter to a last one, with the numbers behind it; but one before a word from right to
# left, as the day of a date is, belongs to that.
LEFT_RUN = re.compile(
    rf"[^\W\d_{_RIGHT}](?:[^{_RIGHT}]*[^\W\d_{_RIGHT}])?"
    rf"(?:[-./]?\d+|[\s,;]+\d+(?!\d|[-./]\d|\s*[{_RIGHT}]))*"
)
_EAST_ASIAN = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]")


def by_script(text: str) -> Iterator[tuple[str, bool]]:
    """A text from right to left as stretches, each with whether it runs so."""
    end = 0
    for match in LEFT_RUN.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], True
        yield match.group(), False
        end = match.end()
    if end < len(text):
        yield text[end:], True


def has_east_asian(text: str) -> bool:
    """Whether a text has kana, kanji or hangul."""
    return bool(_EAST_ASIAN.search(text))
