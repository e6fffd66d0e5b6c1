"""Countries by every name that people use: the ISO lists, and what `countries.yaml` adds.

In: `CountryEntry` records. Out: `Countries`, which turns any name, code or alias in any case into
an alpha-3 code, and a code into the name to print.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any

from briefgen.errors import Problem, Source, did_you_mean
from briefgen.records import CountryEntry


def fold(name: str) -> str:
    """A name without case, accents, dots, punctuation and leading article, for comparing."""
    plain = unicodedata.normalize("NFKD", name.casefold()).replace(".", "").replace("&", " and ")
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.sub(r"[\W_]+", " ", letters).split()
    return " ".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words)


def _uninvert(name: str) -> str:
    """`Iran, Islamic Republic of` as people say it: `Islamic Republic of Iran`."""
    head, comma, tail = name.partition(", ")
    return f"{tail[:1].upper()}{tail[1:]} {head}" if comma else name


@cache
def _iso() -> dict[str, dict[str, Any]]:
    """Alpha-3 code -> the fields of ISO 3166-1 and, for States of the past, of ISO 3166-3."""
    import pycountry

    listed = {c.alpha_3: dict(c._fields) for c in pycountry.countries}
    past = {
        c.alpha_3: {"name": c.name, "alpha_3": c.alpha_3}
        for c in pycountry.historic_countries
        if c.alpha_3 not in listed
    }
    return {**past, **listed}


@cache
def _territories(language: str) -> dict[str, str]:
    """Alpha-3 code -> the name in another language, as Unicode's list has it."""
    from babel import Locale

    names = Locale.parse(language, sep="-").territories
    codes = {code: fields.get("alpha_2", "") for code, fields in _iso().items()}
    return {code: str(names[short]) for code, short in codes.items() if short in names}


# How names stand in a text. Arabic joins `and`, `to` and the like to the name; scripts of East Asia
# leave no space between words, and there only a longer word in katakana is another word.
_LETTERS, _ARABIC, _UNSPACED = r"(?<!\w)({})(?!\w)", r"(?<!\w)[وفبكل]{{0,2}}({})(?!\w)", "({})"
_KATAKANA = "[ァ-ヺー]"


def _way_of_writing(name: str) -> str:
    if re.search("[\u3040-\u30ff\u4e00-\u9fff]", name):
        return _UNSPACED
    return _ARABIC if re.search("[\u0600-\u06ff]", name) else _LETTERS


def _pattern(way: str, names: Iterable[str]) -> re.Pattern[str]:
    """Finds names written in one way; the longest wins."""
    listed = sorted((n for n in names if _way_of_writing(n) == way), key=len, reverse=True)
    if way is not _UNSPACED:
        return re.compile(way.format("|".join(map(re.escape, listed)) or "$^"))
    alone = (
        f"(?<!{_KATAKANA}){n}(?!{_KATAKANA})"
        if re.fullmatch(_KATAKANA, n[0]) and re.fullmatch(_KATAKANA, n[-1])
        else re.escape(n)
        for n in listed
    )
    return re.compile(way.format("|".join(alone) or "$^"))


class Countries:
    """The register of countries. `code()` raises LookupError with a hint for an unknown name."""

    def __init__(self, entries: Iterable[CountryEntry] = ()) -> None:
        self._entries = {entry.code: entry for entry in entries}

    def code(self, name: str) -> str:
        """The alpha-3 code of a country named by code, name or alias, in any case."""
        found = self.known(name)
        if found is None:
            raise LookupError(did_you_mean(name, self.spellings()))
        return found

    def known(self, name: str) -> str | None:
        """The code as `code` gives it, None for an unknown name, without looking for a near one."""
        return self._index.get(fold(name))

    def name(self, code: str, language: str = "en") -> str:
        """The short name to print."""
        entry = self._entries.get(code)
        if entry and entry.name and language in entry.name:
            return entry.name[language]
        iso = _iso().get(code, {})
        if language != "en" and (territory := _territories(language).get(code)):
            return territory
        if entry and entry.name:
            return next(iter(entry.name.values()))
        return _uninvert(iso.get("common_name") or iso.get("name") or code)

    def official(self, code: str, language: str = "en") -> str:
        """The formal name; empty where neither the record nor, in English, ISO has one."""
        entry = self._entries.get(code)
        if entry and entry.official and language in entry.official:
            return entry.official[language]
        return str(_iso().get(code, {}).get("official_name", "")) if language == "en" else ""

    def in_sentence(self, code: str, language: str = "en") -> str:
        """The name as it stands in a sentence: `the United States`."""
        entry = self._entries.get(code)
        article = "the " if language == "en" and entry and entry.article else ""
        return article + self.name(code, language)

    def named_in(self, text: str) -> list[str]:
        """The countries that a text names, by name or alias as written, each once.

        The longest name wins, so that `Guinea-Bissau` is not Guinea. Codes do not count. Names are
        known in English and in every language in which the register itself has names.
        """
        owners = self._owners
        there = [name for name in owners if name in text]  # a pattern of all is slow to compile
        ways = [way for way in (_LETTERS, _ARABIC, _UNSPACED) if there]
        found = (m[1] for way in ways for m in _pattern(way, there).finditer(text))
        return list(dict.fromkeys(owners[name] for name in found))

    @cached_property
    def _owners(self) -> dict[str, str]:
        """Whose the names are that may stand in a text."""
        owners: dict[str, str] = {}
        for code in [*self._entries, *reversed(_iso())]:
            for name in self._names(code):
                if len(name) > 3 or not name.isascii():
                    owners.setdefault(name, code)
        for language in self._languages:
            for code, name in _territories(language).items():
                owners.setdefault(name, code)
        owners |= {f"لل{name[2:]}": code for name, code in owners.items() if name[:2] == "ال"}
        return owners

    @property
    def _languages(self) -> list[str]:
        """The languages, beside English, in which the register has names."""
        names = [entry.name for entry in self._entries.values() if entry.name]
        return sorted({language for name in names for language in name} - {"en"})

    def problems(self, path: str) -> Iterator[Problem]:
        """Aliases that stand for two countries."""
        owners: dict[str, str] = {}
        today = [code for code, fields in _iso().items() if "alpha_2" in fields]
        for code in dict.fromkeys([*today, *self._entries]):
            for name in self._names(code):
                owner = owners.setdefault(fold(name), code)
                if owner != code and code in self._entries:
                    entry = self._entries[code]
                    line = entry.origin.line if entry.origin else 0
                    yield Problem(
                        Source(path, line, 1),
                        code,
                        f"'{name}' already stands for {owner}",
                        "one name, one country",
                    )

    def _names(self, code: str) -> Iterator[str]:
        iso = _iso().get(code, {})
        for field in ("alpha_3", "alpha_2", "name", "common_name", "official_name"):
            if field in iso:
                yield iso[field]
                yield _uninvert(iso[field])
        entry = self._entries.get(code)
        if entry:
            yield from (entry.code, *entry.aliases)
            yield from (entry.name or {}).values()
            yield from (entry.official or {}).values()

    @cached_property
    def _index(self) -> dict[str, str]:
        """Folded name -> code; codes and names of today win over those of States of the past."""
        index: dict[str, str] = {}
        for code in [*self._entries, *reversed(_iso())]:
            for name in self._names(code):
                index.setdefault(fold(name), code)
        return index

    def spellings(self) -> list[str]:
        """Every name by which a country is known here."""
        return [name for code in {**_iso(), **self._entries} for name in self._names(code)]
