"""Whatever a file holds, loading raises nothing, and tells every fault with its place."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefgen.loading import DataFile, Loaded, load_file
from briefgen.loading.layout import KINDS, FileKind
from briefgen.names import Countries
from tests.conftest import ROOT
from tests.invented import RECORDS

MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
COUNTRIES = Countries([])
NAMES = sorted({name for kind in KINDS for name in kind.model.model_fields})
LETTERS = "aé日ع \t\n\r\u0085\u2028\ufeff\x00\u202e:-#'\"[]{}&*!|>%@`,?~\\012"
WORDS = (
    "CHN", "Viet Namm", "2003-08-14", "2003-02-30", "2003-08", "2003", "NO", "012", "yes", "bilateral", "bilatral", "own", "x",
    "en", "1", "-1", "~", "null", "", "https://example.org", "CTBT", "public", "{country}", "a: b", "- a", "unknown", "month",
)  # fmt: skip


def keys() -> st.SearchStrategy[str]:
    """Fields as the records have them, and slips of the pen."""
    known = st.sampled_from(NAMES)
    slip = st.builds(
        lambda name, at, letter: name[:at] + letter + name[at + 1 :],
        known,
        st.integers(0, 6),
        st.sampled_from("xé :"),
    )
    return known | known | known | slip | st.just("")


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(WORDS) | st.text(LETTERS, max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys(), inner, max_size=4),
    max_leaves=8,
)


def file_of(kind: FileKind) -> DataFile:
    name = kind.pattern.replace("*", "x")
    return DataFile(Path(name), f"data/{name}", kind)


def told_well(file: DataFile, content: bytes) -> Loaded:
    """What is loaded, once every problem is seen to have its place within the file."""
    loaded = load_file(file, content, COUNTRIES)
    text = content.decode("utf-8-sig", "replace")
    # YAML and CSV count more letters as ends of lines than an editor does; past the last is the end
    lines = max(text.count("\n"), len(text.splitlines())) + 1
    for problem in loaded.problems:
        assert problem.source.path == file.name
        assert 1 <= problem.source.line <= lines, problem
        assert problem.source.column >= 1, problem
        assert problem.message
    for reference in loaded.references:
        assert 1 <= reference.source.line <= lines
    return loaded


@cache
def samples(kind: str) -> tuple[str, ...]:
    """The shipped files of a kind, the shorter ones."""
    found = next(k for k in KINDS if k.kind == kind)
    paths = sorted((ROOT / "data").glob(found.pattern))
    return tuple(p.read_text("utf-8")[:1500] for p in paths[:4])


YAML_KINDS = [k for k in KINDS if k.pattern.endswith(".yaml")]
CSV_KINDS = [k for k in KINDS if k.pattern.endswith(".csv")]


@MANY
@given(st.sampled_from(YAML_KINDS), VALUES, st.booleans())
def test_random_fields_and_values_raise_nothing(kind: FileKind, value: Any, flow: bool) -> None:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow)
    told_well(file_of(kind), text.encode())


@MANY
@given(st.sampled_from(YAML_KINDS), st.text(LETTERS, max_size=40) | st.binary(max_size=30))
def test_random_letters_and_bytes_raise_nothing(kind: FileKind, text: str | bytes) -> None:
    told_well(file_of(kind), text if isinstance(text, bytes) else text.encode())


@MANY
@given(st.sampled_from(KINDS), st.data())
def test_a_real_file_with_random_damage_raises_nothing(kind: FileKind, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(samples(kind.kind)))
    for _ in range(data.draw(st.integers(1, 3))):
        start, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 30))
        put = data.draw(st.text(LETTERS, max_size=4) | st.sampled_from(WORDS))
        text = text[:start] + put + text[start + length :]
    told_well(file_of(kind), text.encode())


@MANY
@given(st.sampled_from(CSV_KINDS), st.data())
def test_random_tables_raise_nothing(kind: FileKind, data: st.DataObject) -> None:
    fields = st.sampled_from([*kind.model.model_fields]) | keys()
    head = data.draw(st.lists(fields, max_size=6))
    cell = st.sampled_from(WORDS) | st.text(LETTERS, max_size=5)
    rows = data.draw(st.lists(st.lists(cell, max_size=7), max_size=4))
    made = io.StringIO()
    csv.writer(
        made, quoting=data.draw(st.sampled_from((csv.QUOTE_ALL, csv.QUOTE_MINIMAL)))
    ).writerows([head, *rows])
    text, at = made.getvalue(), data.draw(st.integers(0, 60))
    text = text[:at] + data.draw(st.sampled_from(("", "", '"', '"x', ","))) + text[at:]
    told_well(file_of(kind), text.encode())


def plain(record: Any) -> Any:
    """A record as people would write it: without its place."""
    if isinstance(record, dict):
        return {k: plain(v) for k, v in record.items() if k != "origin" and v is not None}
    if isinstance(record, (list, tuple)):
        return [plain(item) for item in record]
    return record


def as_text(value: Any) -> Any:
    """Every value as text, as a file has it."""
    if isinstance(value, dict):
        return {k: as_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_text(v) for v in value]
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


@settings(MANY, max_examples=40)
@given(RECORDS)
def test_a_record_that_is_written_down_again_is_the_same(record: list[dict[str, Any]]) -> None:
    events = file_of(next(k for k in KINDS if k.kind == "event"))
    first = told_well(events, json.dumps(record, indent=1).encode())
    assert first.problems == []
    written = [plain(n.record.model_dump(mode="json")) for n in first.records]
    text = yaml.safe_dump(as_text(written), allow_unicode=True, sort_keys=True)
    again = told_well(events, text.encode())
    assert again.problems == []
    assert [plain(n.record.model_dump(mode="json")) for n in again.records] == written
    assert [(r.kind, r.name) for r in again.references] == [
        (r.kind, r.name) for r in first.references
    ]


@pytest.mark.parametrize("kind", YAML_KINDS, ids=lambda kind: kind.kind)
def test_every_shipped_record_that_is_written_down_again_is_the_same(kind: FileKind) -> None:
    countries = COUNTRIES
    for path in sorted((ROOT / "data").glob(kind.pattern)):
        file = DataFile(path, f"data/{path.relative_to(ROOT / 'data').as_posix()}", kind)
        first = load_file(file, path.read_bytes(), countries)
        top = [n.record for n in first.records if type(n.record) is kind.model]
        written = [plain(record.model_dump(mode="json")) for record in top]
        if not written:
            continue
        one = as_text(written if kind.shape == "many" else written[0])
        again = load_file(file, yaml.safe_dump(one, allow_unicode=True).encode(), countries)
        assert again.problems == []
        kept = [n.record for n in again.records if type(n.record) is kind.model]
        assert [plain(record.model_dump(mode="json")) for record in kept] == written
