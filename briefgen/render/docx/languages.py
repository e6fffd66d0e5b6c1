"""Languages as Word wants them.

In: language tags. Out: what Word knows them by.
"""

from __future__ import annotations


def with_region(language: str) -> str:
    """A language with the region that CLDR takes it to be of: `pt-BR` for `pt`."""
    from babel import Locale
    from babel.core import get_global

    found = Locale.parse(language, sep="-")
    likely = get_global("likely_subtags").get(found.language, "")
    region = found.territory or likely.rpartition("_")[2]
    return f"{found.language}-{region}" if len(region) == 2 else language
