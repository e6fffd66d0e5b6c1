"""Scripts and languages as Word wants them.

In: texts, language tags. Out: a text from right to left cut into runs, as Word takes the fonts of a
whole run from its direction; a language with its region, by which Word knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Hebrew, Arabic and what belongs to them; letters of other scripts run from left to right.
_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff"
_LEFT_RUN = re.compile(rf"[^\W\d_{_RIGHT}](?:[^{_RIGHT}]*[^\W_{_RIGHT}])?")

_EAST_ASIAN = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]")


def by_script(text: str) -> Iterator[tuple[str, bool]]:
    """A text from right to left as stretches, each with whether it runs so."""
    end = 0
    for match in _LEFT_RUN.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], True
        yield match.group(), False
        end = match.end()
    if end < len(text):
        yield text[end:], True


def has_east_asian(text: str) -> bool:
    """Whether a text has kana, kanji or hangul."""
    return bool(_EAST_ASIAN.search(text))


def with_region(language: str) -> str:
    """A language with the region that CLDR takes it to be of: `ja-JP` for `ja`."""
    from babel import Locale
    from babel.core import get_global

    found = Locale.parse(language, sep="-")
    likely = get_global("likely_subtags").get(found.language, "")
    region = found.territory or likely.rpartition("_")[2]
    return f"{found.language}-{region}" if len(region) == 2 else language
