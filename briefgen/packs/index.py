"""The index of a run: one page to click through, one spreadsheet to sort.

In: the outcome of a run and the house's words. Out: the bytes of `index.html` and `index.xlsx`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from briefgen.bureaus import Bureau
from briefgen.compose.index import compose_index
from briefgen.compose.words import Words
from briefgen.making import Composed, released, sealed, words_of
from briefgen.packs.run import Outcome
from briefgen.phrases import direction
from briefgen.render import render
from briefgen.render.sheet import Cell, Link, Sheet, write
from briefgen.store import Store

PAGE, TABLE = "index.html", "index.xlsx"


def index_files(
    house: Bureau, store: Store, outcome: Outcome, books: Sequence[str] = ()
) -> dict[str, bytes]:
    """The index as a page and as a table; `books` are the places of the books in the pack."""
    order = outcome.order
    bureau = house.for_paper("index")
    request = released(house, store, order.request)
    words = words_of(store, bureau, request.release)
    data = compose_index(
        words,
        request,
        outcome.entries,
        outcome.rows,
        group=order.group,
        named=order.named,
        books=books,
    )
    data = sealed(Composed(bureau, words, request, data)).data
    page = render(house, "index.html.j2", data, ["html"])["html"]
    return {PAGE: page, TABLE: write(_sheet(bureau, words, data, order.request.as_of))}


def _sheet(bureau: Bureau, words: Words, data: Mapping[str, Any], as_of: date) -> Sheet:
    """The table of the index; a column for each paper in each format."""
    states = data["states"]
    places = dict.fromkeys(
        (paper["kind"], paper["label"], file["kind"])
        for state in states
        for paper in state["papers"]
        for file in paper["files"]
    )
    columns = _columns(words, data)
    heads = [*(head for _, head, _ in columns), *(f"{label}: {kind}" for _, label, kind in places)]
    widths = [*(width for _, _, width in columns), *([12] * len(places))]
    colours = bureau.settings["theme"]["colours"]
    return Sheet(
        title=str(data["paper"]["title"]),
        heads=heads,
        widths=widths,
        rows=[_cells(state, [name for name, _, _ in columns], list(places)) for state in states],
        marking=str(data["marking"]["label"]),
        author=str(data["paper"]["ministry"]),
        as_of=as_of,
        right_to_left=direction(bureau.language) == "rtl",
        accent=colours["accent"],
        band=colours["band"],
    )


def _columns(words: Words, data: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """What each column tells, its head and its width in letters; none that would stay empty."""
    columns = [
        ("country", words.say("State"), 34),
        ("code", words.say("Code"), 7),
        ("bureau", words.say("Bureau"), 18),
        ("standing", str(data["standing_on"]) or words.say("Standing"), 48),
        ("contacts", words.say("Contacts"), 11),
        ("on", words.say("Last contact"), 13),
        ("title", words.say("Occasion"), 52),
        ("months", words.say("Months"), 9),
        ("asks", words.say("Open asks"), 11),
        ("wrong", words.say("What went wrong"), 60),
    ]
    given = {name for state in data["states"] for name, cell in _row(state).items() if cell}
    return [c for c in columns if c[0] in given or c[0] not in ("bureau", "wrong")]


def _row(state: Mapping[str, Any]) -> dict[str, Cell]:
    last = state["last"] or {}
    return {**state, "on": last.get("on", ""), "title": last.get("title", "")}


def _cells(
    state: Mapping[str, Any], columns: list[str], places: list[tuple[str, str, str]]
) -> list[Cell]:
    row = _row(state)
    files = {
        (paper["kind"], paper["label"], file["kind"]): Link(file["path"], file["kind"])
        for paper in state["papers"]
        for file in paper["files"]
    }
    return [*(row[name] for name in columns), *(files.get(place) for place in places)]
