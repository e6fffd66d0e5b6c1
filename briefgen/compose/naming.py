"""How a bureau calls countries: its own names, the formal ones, or the usual ones.

In: the register of countries, a language, the bureau's settings. Out: the name of a country, alone
and with its article in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from briefgen.names import Countries

_ARTICLE = "the "
# Formal English names that say what kind of State it is take the article; others keep the short
# name's: `the Argentine Republic`, `the United Mexican States`, but `Hungary`.
_KIND_OF_STATE = re.compile(r" of |(Republic|Confederation|Federation|States|Emirates)$")


class CountryWords:
    """Names of countries in one language; `settings` are `form` and `names` by code."""

    def __init__(
        self, countries: Countries, language: str, settings: Mapping[str, Any] | None = None
    ) -> None:
        given = settings or {}
        self._countries = countries
        self._language = language
        self._official = given.get("form") == "official"
        self._names: Mapping[str, str] = given.get("names") or {}

    def name(self, code: str) -> str:
        """The name as it stands alone."""
        own = self._names.get(code)
        if own:
            return own.removeprefix(_ARTICLE) if self._language == "en" else own
        return self._formal(code) or self._countries.name(code, self._language)

    def in_sentence(self, code: str) -> str:
        """The name as it stands in a sentence: `the United States`."""
        own = self._names.get(code)
        if own:
            return own
        formal = self._formal(code)
        usual = self._countries.in_sentence(code, self._language)
        if not formal or formal == self._countries.name(code, self._language):
            return usual
        english = self._language == "en"
        return f"{_ARTICLE}{formal}" if english and _KIND_OF_STATE.search(formal) else formal

    def _formal(self, code: str) -> str:
        return self._countries.official(code, self._language) if self._official else ""
