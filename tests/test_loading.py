"""Loading is strict and kind: all problems at once, each with its place, value and mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from briefgen.loading import DataFile, Loaded, load_file
from briefgen.loading.layout import KINDS, find_files
from briefgen.names import Countries
from briefgen.records import CountryEntry, Event

EVENT = """\
- id: x
  title: {en: T}
  date: 2002-08
  channel: bilateral
  kind: summit
"""
COUNTRIES = Countries([CountryEntry(code="VNM", name={"en": "Viet Nam"})])


def load(kind: str, content: str | bytes, name: str = "") -> Loaded:
    found = next(k for k in KINDS if k.kind == kind)
    name = name or found.pattern.replace("*", "x")
    file = DataFile(Path(name), f"data/{name}", found)
    data = content.encode("utf-8") if isinstance(content, str) else content
    return load_file(file, data, COUNTRIES)


def problems(content: str | bytes, kind: str = "event") -> list[str]:
    return [str(p) for p in load(kind, content).problems]


def test_a_sound_event_loads_and_knows_its_place() -> None:
    loaded = load("event", "# a comment\n" + EVENT)
    assert loaded.problems == []
    event = loaded.records[0].record
    assert isinstance(event, Event)
    assert event.origin is not None
    assert (event.origin.file, event.origin.line) == ("data/events/x.yaml", 2)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: summit", 'kind: summit\n  "[x": y', "6:3: x: [x: is not a known field"),
        ("kind: summit", 'kind: summit\n  "": y', "6:3: x: is not a known field"),
        ("kind: summit", "kin: summit", "data/events/x.yaml:5:3: x: kin: is not a known field (did "),
        ("  title: {en: T}\n", "", "data/events/x.yaml:1:3: x: title: is missing"),
        ("bilateral", "bilatral", "4:12: x: channel: 'bilatral' is not known (did you mean 'bilat"),
        ("2002-08", "2002-13", "3:9: x: date: '2002-13' does not exist in the calendar"),
        ("2002-08", "August 2002", "'August 2002' is not a date: write 2003-08-14, 2003-08"),
        ("kind: summit", "kind: summit\n  precision: day", "6:14: x: precision: precision 'day' does"),
        ("kind: summit", "kind: summit\n  end: 2002-07", "6:8: x: end: ends on 2002-07, before it"),
        ("kind: summit", "kind: summit\n  target_countries: [Viet Namm]", "6:22: x: target_countries"),
        ("kind: summit", "kind: summit\n  kind: visit", "6:3: 'kind' is given twice (it is first gi"),
        ("kind: summit", "kind: !!python/name:os.system", "5:9: the tag 'tag:yaml.org,2002:python"),
        ("kind: summit", "kind: &a summit\n  series: *a", "an alias (*name) repeats another value"),
        ("{en: T}", "{en: One, two}", "2:20: 'two' has no value (inside { } and [ ] a text with a co"),
        ("{en: T}", "[a", "is not valid YAML"),
        ("{en: T}", "{english: T}", "'english' is not a language code"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_its_mend(old: str, new: str, told: str) -> None:
    assert old in EVENT
    found = problems(EVENT.replace(old, new))
    assert any(told in problem for problem in found), found


def test_an_unknown_country_is_told_with_the_nearest_name() -> None:
    content = EVENT + "  target_countries: [Viet Namm]\n"
    (found,) = problems(content)
    assert found == (
        "data/events/x.yaml:6:22: x: target_countries.0: unknown country 'Viet Namm'"
        " (did you mean 'Viet Nam' or 'Vietnam'?)"
    )


def test_all_problems_of_all_records_are_told_at_once() -> None:
    broken = EVENT.replace("bilateral", "bilatral").replace("2002-08", "2002-13")
    assert len(problems(broken + broken.replace("id: x", "id: y"))) == 4


def test_no_012_and_12_30_stay_text() -> None:
    statement = """\
  statements:
    - {topic: 012, by: NO, act: 12:30, item: NO, text: yes}
"""
    loaded = load("event", EVENT + statement)
    assert loaded.problems == []
    event = loaded.records[0].record
    assert isinstance(event, Event)
    (found,) = event.statements
    assert (found.topic, found.act, found.item, found.text["en"]) == ("012", "12:30", "NO", "yes")
    assert found.by == "NOR"


def test_an_answer_to_a_later_statement_is_told() -> None:
    statements = """\
  statements:
    - {topic: a, by: own, act: b, text: c, answers: 2}
    - {topic: a, by: own, act: b, text: c}
"""
    (found,) = problems(EVENT + statements)
    assert "7:53: x: statements.0.answers: statement 1 cannot answer statement 2" in found


@pytest.mark.parametrize(
    "deep",
    ["a: " + "[" * 3000 + "]" * 3000, "\n".join(" " * n + "a:" for n in range(3000)), "- " * 3000],
)
def test_deep_nesting_is_refused_before_the_parser_sees_it(deep: str) -> None:
    (found,) = problems(deep)
    assert "nested too deeply" in found


def test_an_alias_bomb_is_refused_at_once() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)
    )
    assert any("an alias (*name)" in p for p in problems(bomb))


@pytest.mark.parametrize(
    ("letter", "name"), [("\x07", "U+0007"), ("\u202e", "U+202E"), ("\u2066", "U+2066")]
)
def test_an_invisible_letter_is_refused_by_name_and_place(letter: str, name: str) -> None:
    (found,) = problems(EVENT.replace("T}", f"T{letter}}}"))
    assert f"data/events/x.yaml:2:16: holds the invisible control character {name}" in found


def test_text_that_is_not_utf_8_is_refused_with_its_line() -> None:
    (found,) = problems(EVENT.encode().replace(b"T}", b"\xe9}"))
    assert found == (
        "data/events/x.yaml:2:1: is not UTF-8 text, it looks like Windows-1252 (save it as UTF-8)"
    )


def test_a_table_saved_with_a_byte_order_mark_loads() -> None:
    table = "\ufeffgroup,country,joined,source\nASEAN,Vietnam,1995-07-28,d\n"
    assert load("membership", table).problems == []


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("group,contry,joined,source\n", "data/groups.csv:1:7: unknown column 'contry' (did you mean"),
        ("group,country,joined,source\nA,VNM,1995\n", "data/groups.csv:2:1: has 3 cells, the header"),
        ("group,country,joined,source\nA,VNM,1995-02-30,d\n", "data/groups.csv:2:7: joined: '1995-02"),
        ("group,country,joined,precision,source\nA,VNM,1995,day,d\n", "2:12: precision: precision '"),
        ('group,country,joined,source\nA,"VNM,1995,d\n', "is not valid CSV"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_table_is_told_with_line_and_column(table: str, told: str) -> None:
    found = problems(table, "membership")
    assert any(told in problem for problem in found), found


def test_a_treaty_table_takes_its_treaty_from_the_name_of_the_file() -> None:
    table = "country,action,date,source\nCHN,signature,1996-09-24,d\n"
    loaded = load("action", table, "treaties/CTBT.csv")
    assert [r.kind for r in loaded.references] == ["treaty", "document"]
    assert loaded.references[0].name == "CTBT"


def test_a_file_that_does_not_belong_is_told(workspace: Path) -> None:
    (workspace / "data" / "oficials.yaml").write_text("- id: x\n")
    _, strays = find_files(workspace)
    (found,) = strays
    assert "data/oficials.yaml: is not a file that briefgen reads" in str(found)
    assert "did you mean 'officials.yaml'" in str(found)


def test_a_variable_that_the_ladder_does_not_know_is_told() -> None:
    asks = """\
asks: [{id: sign, label: sign}]
ladder:
  - status: [signed]
    ask: sign
    lead: {en: "We ask {contry} to sign."}
"""
    (found,) = problems(asks, "asks")
    assert found == (
        "data/asks.yaml:5:16: ladder.0.lead.en: '{contry}' is not a variable of a line"
        " (did you mean 'country'?)"
    )


def test_an_answer_to_several_statements_names_none_that_comes_later() -> None:
    event = """\
id: x
title: t
channel: bilateral
kind: k
statements:
  - {topic: a, by: own, act: b, text: c}
  - {topic: a, by: other, act: b, text: c, answers: 1, answers_also: [3]}
"""
    (found,) = problems(event, "event")
    assert "statement 2 cannot answer statement 3" in found
