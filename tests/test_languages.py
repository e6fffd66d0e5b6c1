"""The record's own words and the ladder are there in the languages of the shipped bureaus."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping

import pytest

from briefgen.compose.brief import BriefOptions, compose_brief
from briefgen.compose.words import Words
from briefgen.phrases import Spoken
from briefgen.records import Act, Group, Line, Rung, Term, Treaty
from briefgen.selection import Request, select
from briefgen.store import Store

KINDS = (
    "level", "kind", "topic", "act", "series", "ask", "abbreviation", "place", "qualifier",
)  # fmt: skip
VARIABLE = re.compile(r"\{(\w+)\}")


def texts(store: Store) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The words of the house, the ladder and the lines, by where they are."""
    for kind in KINDS:
        for term in store.terms(kind).values():
            assert isinstance(term, Term)
            yield f"{kind} {term.id}", term.label
    for level in store.scheme.levels:
        yield f"marking {level.id}", level.label
    for act in store.all(Act, "act"):
        if act.we:
            yield f"act {act.id}, we", act.we
    for group in store.all(Group, "group"):
        yield f"group {group.id}", group.name
    for treaty in store.all(Treaty, "treaty"):
        yield f"treaty {treaty.id}", treaty.name
        yield f"treaty {treaty.id}, short", treaty.short
    yield from ladder(store)
    for line in store.all(Line, "line"):
        yield f"line {line.id}", line.text


def ladder(store: Store) -> Iterator[tuple[str, Mapping[str, str]]]:
    for number, rung in enumerate(store.all(Rung, "rung"), 1):
        for name, text in [
            ("lead", rung.lead), ("reason", rung.reason), ("qualifier", rung.qualifier),
            *((f"also {also.ask}", also.text) for also in rung.also),
        ]:  # fmt: skip
            if text:
                yield f"rung {number}, {name}", text


@pytest.mark.parametrize("language", ["ja", "ar"])
def test_every_word_of_the_house_the_ladder_and_the_lines_is_there(
    store: Store, language: str
) -> None:
    assert [where for where, text in texts(store) if language not in text] == []


def test_a_translation_holds_the_same_variables_as_the_english(store: Store) -> None:
    for where, text in texts(store):
        wanted = set(VARIABLE.findall(text["en"]))
        for language, words in text.items():
            assert set(VARIABLE.findall(words)) == wanted, f"{where}, {language}"


def test_japanese_sentences_end_as_japanese_sentences_do(store: Store) -> None:
    for where, text in ladder(store):
        if not where.endswith("qualifier"):
            assert text["ja"].endswith("。"), where
            assert not re.search("[,;:!?] ", text["ja"]), where


@pytest.mark.parametrize("act", ["requests", "strongly-requests", "calls-on", "appeals", "urges"])
def test_a_japanese_ask_ends_in_its_verb_whichever_it_is(store: Store, act: str) -> None:
    words = Words(store, "ja", "ja")
    acts = {a.id: a for a in store.all(Act, "act")}
    said = {
        "country": words.in_sentence("CHN"), "treaty": words.treaty(store.treaties["CTBT"]),
        "qualifier": "早期に", "verb": words.local(acts[act].we),
    }  # fmt: skip
    asked = [rung for rung in store.all(Rung, "rung") if "{verb}" in rung.lead["ja"]]
    assert asked
    for rung in asked:
        assert words.fill(rung.lead["ja"], said).endswith(f"よう{said['verb']}。")


def test_towns_and_qualifiers_are_told_in_the_papers_language(store: Store) -> None:
    japanese, english = Words(store, "ja", "ja"), Words(store, "en", "en-GB")
    assert japanese.recorded("place", "New Delhi") == "ニューデリー"
    assert japanese.recorded("qualifier", "promptly") == "速やかに"
    assert english.recorded("place", "New Delhi") == "New Delhi"
    assert japanese.recorded("place", "Jauja") == "Jauja"
    assert japanese.recorded("place", None) == ""


def test_the_consultation_of_2003_is_told_in_japanese_and_older_contacts_are_not(
    store: Store,
) -> None:
    words = Words(store, "ja", "ja")
    event, older = store.events(["cn-disarmament-2003-08-14", "peace-ceremonies-2002-08"])
    told = [words.told(statement.text) for statement in event.statements]
    assert told[3] == "日本側から、中国に対し、CTBTを速やかに批准するよう要請した。"
    assert not any(isinstance(text, Spoken) for text in told)
    assert isinstance(words.told(older.title), Spoken)


@pytest.mark.parametrize(
    ("country", "said"),
    [
        ("CHN", "CTBTをできる限り早期に批准するよう要請する。"),
        ("ISR", "CTBTを批准するよう求める。"),
    ],
)
def test_a_japanese_ask_keeps_the_verb_and_the_qualifier_of_the_last_one(
    store: Store, country: str, said: str
) -> None:
    """Israel was last asked without a qualifier, so none is put in."""
    request = Request(as_of=datetime.date(2003, 8, 31), home="JPN", countries=(country,))
    words = Words(store, "ja", "ja")
    data = compose_brief(words, request, select(store, request), None, BriefOptions())
    assert data["points"][0]["lead"].endswith(said)
