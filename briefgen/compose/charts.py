"""The pictures of a paper, as plain data: what is drawn, and the same in words and in a table.

In: the contacts of a paper and its window. Out: bars and levels with their counts. The picture, its
alternative text and its table are made from these counts alone, so that they cannot disagree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from math import ceil
from unicodedata import combining, east_asian_width

from briefgen.compose.common import Data
from briefgen.compose.words import Words
from briefgen.dates import PartialDate, Precision
from briefgen.phrases import joined, phrase
from briefgen.records import Event

LETTERS = 65  # that the heads of the levels have room for, two of them the space of each column
LEVELS = 79  # their part of the table's width, in percent; the rest is for the steps and the total
STEP, TOTAL = 13, 8  # at least
UNBROKEN = 9.0  # the width of five full-width letters, in letters of middling width
MOST = 36  # bars that can still be read; a longer window is drawn by year

_TITLES = {
    "month": phrase("Contacts by month and level of our side"),
    "year": phrase("Contacts by year and level of our side"),
}
Window = tuple[date | None, date | None]
Step = tuple[int, int]  # a year and a month
Dated = Sequence[tuple[PartialDate, str | None]]  # dates of contacts with the level of our side


def contacts_chart(
    words: Words, contacts: Sequence[Event], window: Window, domestic: int = 0
) -> Data | None:
    """Contacts by month (in a long window by year) and level of our side; None without any.

    `window` is the first and the last day asked for; a side that is not bounded reaches to the
    first or the last contact. `domestic` steps are not contacts, and only told of. Nothing is drawn
    whose date does not say where it belongs.
    """
    dated = [(day, event.level.own) for event in contacts if (day := event.date)]
    drawn = [(day, level) for day, level in dated if day.precision is not Precision.YEAR]
    unit, steps = "month", _steps(drawn, window, "month")
    if not 0 < len(steps) <= MOST:
        unit, drawn, steps = "year", dated, _years(dated, window)
    if not drawn:
        return None
    counts = Counter((_step(day, unit), level) for day, level in drawn)
    order: list[str | None] = [*words.store.terms("level"), None]
    levels = [level for level in order if any(counts[step, level] for step in steps)]
    bars = [
        {
            **_names(words, step, unit),
            "counts": [counts[step, level] for level in levels],
            "total": sum(counts[step, level] for level in levels),
        }
        for step in steps
    ]
    widths = _widths(words, bars)
    chart: Data = {
        "title": words.say(_TITLES[unit]),
        "unit": unit,
        "scale": words.say("Contacts"),
        "levels": _columns(
            [
                words.term("level", level) if level else words.say("No level recorded")
                for level in levels
            ],
            [sum(counts[step, level] for step in steps) for level in levels],
            LETTERS * widths["levels"] / LEVELS,
        ),
        "bars": bars,
        "widths": widths,
        "total": len(drawn),
        "complete": len(drawn) == len(contacts),
        "not_drawn": list(_not_drawn(words, contacts, unit, domestic)),
    }
    chart["alt"] = _in_words(words, chart)
    return chart


def _step(day: PartialDate | date, unit: str) -> Step:
    """The year and the month that a day belongs to; by year, the first month of the year."""
    first = day.first if isinstance(day, PartialDate) else day
    return first.year, first.month if unit == "month" else 1


def _steps(drawn: Dated, window: Window, unit: str) -> list[Step]:
    """Every month or year of the window and of the contacts, also those in which nothing was."""
    if not drawn:
        return []
    ends = [_step(day, unit) for day in (*(day for day, _ in drawn), *window) if day]
    (first, since), (last, until) = min(ends), max(ends)
    if unit == "year":
        return [(year, 1) for year in range(first, last + 1)]
    months = range(first * 12 + since - 1, last * 12 + until)
    return [(month // 12, month % 12 + 1) for month in months]


def _years(drawn: Dated, window: Window) -> list[Step]:
    """The years of the window; of one too long to read, those from first to last contact."""
    steps = _steps(drawn, window, "year")
    return steps if len(steps) <= MOST else _steps(drawn, (None, None), "year")


def _widths(words: Words, bars: Sequence[Data]) -> dict[str, int]:
    """The parts of the table's width, in percent: steps and total as their words need them."""
    letter = LEVELS / LETTERS
    step = max(_width(bar["short"]) for bar in bars) + 2
    total = _width(words.say("Total")) + 2
    found = {"step": max(STEP, ceil(step * letter)), "total": max(TOTAL, ceil(total * letter))}
    return {**found, "levels": 100 - sum(found.values())}


def _columns(labels: Sequence[str], totals: Sequence[int], letters: float = LETTERS) -> list[Data]:
    """The levels as columns: a head, and a share of the width as its longest word needs it.

    Where words would break, the heads are numbers, and the label says the number too.
    """
    needs = [max(map(_need, re.findall(r"[^\s-]+-?", label))) + 2 for label in labels]
    if sum(needs) <= letters:
        heads = list(labels)
    else:
        heads = [str(number) for number in range(1, len(labels) + 1)]
        labels = [joined(both) for both in zip(heads, labels, strict=True)]
        needs = [1.0] * len(labels)
    return [
        {"label": label, "head": head, "total": total, "share": round(100 * need / sum(needs), 2)}
        for label, head, total, need in zip(labels, heads, totals, needs, strict=True)
    ]


def _need(word: str) -> float:
    """The room that a word needs; one of full-width letters may break."""
    wide = any(east_asian_width(c) in "WF" for c in word)
    return min(_width(word), UNBROKEN) if wide else _width(word)


def _width(text: str) -> float:
    """About how many letters of middling width a text is wide."""
    return sum(map(_letter, text))


def _letter(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 1.8
    if combining(letter):
        return 0
    return 0.6 if letter in "fijlrtI().,'- " else 1.5 if letter in "mwMW" else 1


def _names(words: Words, step: Step, unit: str) -> Data:
    """What a month or year is called: in full, in short, and in two lines under its bar."""
    day = date(*step, 1)
    if unit == "year":
        year = words.date(PartialDate(f"{day:%Y}"))
        return {"label": year, "short": year, "tick": year, "under": ""}
    return {
        "label": words.month(PartialDate(f"{day:%Y-%m}")),
        "short": words.month_in_short(day, year=True),
        "tick": words.month_in_short(day),
        "under": words.year_of_month(day),
    }


def _not_drawn(words: Words, contacts: Sequence[Event], unit: str, domestic: int) -> Iterator[str]:
    """What the picture leaves out."""
    if domestic:
        yield words.counted(domestic, "{n} domestic step", "{n} domestic steps")
    undated = sum(1 for e in contacts if not e.date)
    coarse = sum(1 for e in contacts if e.date and e.date.precision is Precision.YEAR)
    if undated:
        yield words.counted(undated, "{n} contact without a date", "{n} contacts without a date")
    if coarse and unit == "month":
        yield words.counted(
            coarse, "{n} contact dated only by year", "{n} contacts dated only by year"
        )


def _in_words(words: Words, chart: Data) -> str:
    """The figures of a chart as one who does not see it is told them."""
    bars = chart["bars"]
    labels = [level["label"] for level in chart["levels"]]
    first, last = bars[0]["label"], bars[-1]["label"]
    known = {"title": chart["title"], "first": first}
    if first == last:
        opening = words.counted(
            chart["total"],
            "Stacked bars. {title}, {first}: {n} contact.",
            "Stacked bars. {title}, {first}: {n} contacts.",
            **known,
        )
    else:
        opening = words.counted(
            chart["total"],
            "Stacked bars. {title}, {first} to {last}: {n} contact.",
            "Stacked bars. {title}, {first} to {last}: {n} contacts.",
            **known,
            last=last,
        )
    parts = [opening]
    between = words.say("; ")
    for bar in bars:
        if bar["total"]:
            found = zip(labels, bar["counts"], strict=True)
            of_it = between.join(f"{label} {count}" for label, count in found if count)
            message = phrase("{bar}: {n} ({levels}).")
            parts.append(words.say(message, bar=bar["label"], n=bar["total"], levels=of_it))
    none = [bar["label"] for bar in bars if not bar["total"]]
    if none:
        parts.append(words.say("No contact on record in {times}.", times=words.listed(none)))
    return " ".join(parts)
