"""Columns of whole items are laid out once, and look as WeasyPrint's own do."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefgen.bureaus import load_bureau
from briefgen.render import columns, pdf
from briefgen.render.columns import Item, shared
from tests.conftest import ROOT
from tests.test_docx import tree

BUREAU = load_bureau(ROOT, "base")
STYLE = (ROOT / "templates/base/style.css").read_text("utf-8")
WHOLE = ".list { columns: 3; column-gap: 5mm; margin: 0 } .list li { break-inside: avoid }"
LONG = "a State that has signed and has not ratified, and was asked to by a Minister, " * 2


def items(heights: Sequence[float], margin: float = 1) -> list[Item]:
    ends = [*itertools.accumulate(h + margin for h in heights)]
    return [
        Item(end - h - margin, end - margin, margin) for h, end in zip(heights, ends, strict=True)
    ]


def heights_of(listed: Sequence[Item], ends: Sequence[int]) -> list[float]:
    begins = [0, *ends[:-1]]
    return [
        listed[e - 1].bottom + listed[e - 1].margin - listed[b].top
        for b, e in zip(begins, ends, strict=True)
        if e > b
    ]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=9), st.integers(1, 4))
def test_columns_that_fit_are_as_low_as_any_can_be(heights: list[int], count: int) -> None:
    listed = items(heights)
    ends = shared(listed, count, 10_000)
    assert ends is not None
    assert ends[-1] == len(listed)
    assert len(ends) <= count
    cuts = itertools.combinations_with_replacement(range(len(listed) + 1), count - 1)
    best = min(max(heights_of(listed, [*cut, len(listed)])) for cut in cuts)
    assert max(heights_of(listed, ends)) == pytest.approx(best)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(1, 4))
def test_columns_that_do_not_fit_are_filled_and_the_rest_is_left(
    heights: list[int], count: int
) -> None:
    listed, room = items(heights), 70.0
    ends = shared(listed, count, room)
    assert ends is not None
    assert max(heights_of(listed, ends)) <= room
    if ends[-1] < len(listed):
        assert len(ends) == count
        for begin, end in itertools.pairwise([0, *ends]):
            assert listed[end].bottom + listed[end].margin - listed[begin].top > room


def test_an_item_higher_than_the_page_is_left_to_weasyprint() -> None:
    assert shared(items([10, 80]), 2, 70) is None


def lists(count: int, sign: str = "") -> str:
    rows = "".join(f"<li>{sign}{n} {LONG[: (n * 37) % 130]}</li>" for n in range(count))
    return f'<p>Before.</p><ol class="list">{rows}</ol><p>After.</p>'


def made(text: str, style: str = WHOLE, direction: str = "ltr") -> bytes:
    settings = BUREAU.settings
    body = tree(text)
    body.set("dir", direction)
    return pdf.write(
        body,
        styles=[STYLE, style],
        theme=settings["theme"],
        page=settings["page"],
        notes="endnotes",
    )


class Word(NamedTuple):
    x: float  # points from the left
    y: float  # points from the top
    text: str


def words(content: bytes) -> list[list[Word]]:
    """The words of each page, with their places."""
    told = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=content, capture_output=True, check=True
    ).stdout.decode()
    found = r'xMin="([\d.]+)" yMin="([\d.]+)".*?>([^<]*)</word>'
    return [
        [Word(float(x), float(y), text) for x, y, text in re.findall(found, page)]
        for page in told.split("<page ")[1:]
    ]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Which of the lists in columns were laid out in our way; to begin with, none may be."""
    pdf.warm()
    found: list[bool] = []
    plain = columns._of_whole_items

    def asking(context: Any, box: Any) -> bool:
        found.append(plain(context, box))
        return found[-1]

    monkeypatch.setattr(columns, "_of_whole_items", asking)
    return found


@pytest.mark.parametrize("count", [1, 2, 7, 40, 400])
def test_a_list_says_the_same_on_the_same_pages(
    monkeypatch: pytest.MonkeyPatch, asked: list[bool], count: int
) -> None:
    ours = words(made(lists(count)))
    assert asked
    assert all(asked)
    monkeypatch.setattr(columns, "_of_whole_items", lambda *given: False)
    theirs = words(made(lists(count)))
    assert [[w.text for w in page] for page in ours[:-1]] == [
        [w.text for w in page] for page in theirs[:-1]
    ]
    assert sorted(w.text for w in ours[-1]) == sorted(w.text for w in theirs[-1])
    after = [next(w.y for w in p[-1] if w.text == "After.") for p in (ours, theirs)]
    assert after[0] <= after[1] + 0.5  # points: as low as theirs, or lower


def test_in_a_text_from_right_to_left_the_first_column_is_at_the_right(asked: list[bool]) -> None:
    body = lists(20).replace("<li>0 ", "<li>First ").replace("<li>19 ", "<li>Last ")
    page = words(made(body, direction="rtl"))[0]
    assert all(asked)
    first, last = (next(w.x for w in page if sign in w.text) for sign in ("First", "Last"))
    assert first > last + 100


@pytest.mark.parametrize(
    "style",
    [
        ".list { columns: 3; margin: 0 }",
        f"{WHOLE} .list {{ height: 90mm }}",
        f"{WHOLE} .list li {{ margin-top: 1mm }}",
        f"{WHOLE} .list li:nth-child(4) {{ break-before: column }}",
        f"{WHOLE} .list li:nth-child(4) {{ column-span: all }}",
        f"{WHOLE} .list {{ column-fill: auto }}",
    ],
)
def test_whatever_is_no_plain_list_is_left_to_weasyprint(
    monkeypatch: pytest.MonkeyPatch, asked: list[bool], style: str
) -> None:
    ours = made(lists(30), style)
    assert asked
    assert not any(asked)
    monkeypatch.setattr(columns, "_wrapping", lambda layout: layout)
    assert made(lists(30), style) == ours


def test_another_weasyprint_keeps_its_own_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    import weasyprint
    from weasyprint.layout import block

    pdf.warm()
    monkeypatch.setattr(block, "columns_layout", block.columns_layout.wrapped)
    monkeypatch.setattr(weasyprint, "__version__", "71.0")
    assert columns.install() is False
    assert not hasattr(block.columns_layout, "wrapped")
