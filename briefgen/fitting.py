"""Fitting a paper into the pages that its bureau allows.

In: a bureau, the template, the data, the house's words. Out: the data that fits, and what the
drafter is told. Length is measured after layout, as the PDF has it; the DOCX says the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from briefgen.bureaus import Bureau
from briefgen.bureaus.chain import place_of
from briefgen.compose.shortening import droppable, shortened
from briefgen.compose.words import Words
from briefgen.errors import BriefgenError, Problem, Source

if TYPE_CHECKING:
    from briefgen.render.pdf import Layout

Data = dict[str, Any]
Measure = Callable[[Mapping[str, Any]], "Layout"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Data that fits, and what is to be told of it, a sentence each."""

    data: Data
    notes: tuple[str, ...] = ()


def fit(bureau: Bureau, template: str, data: Data, words: Words) -> Fitted:
    """The data of a paper within its limit of pages; as it is where the bureau sets none.

    Raises BriefgenError when the paper is longer and the rule is `fail`, or when nothing more may
    be left out.
    """
    from briefgen.render import layout_of

    paper = template.removesuffix(".html.j2")
    settings = bureau.for_paper(paper).settings.get("length")
    if not settings or data.get("paper", {}).get("kind") != paper:
        return Fitted(data)
    limit = settings["pages"]
    rule = Rule(paper, limit, settings.get("over", "fail"), tuple(settings.get("drop", ())))

    def measure(made: Mapping[str, Any]) -> Layout:
        return layout_of(bureau, template, made, limit)

    try:
        return fitted(rule, data, words, measure)
    except TooLongError as error:
        raise BriefgenError([_problem(bureau, rule, error)]) from None


@dataclass(frozen=True, slots=True)
class Rule:
    """How long which paper may be, and what gives way in which order."""

    paper: str
    pages: int
    over: str
    drop: tuple[str, ...]


class TooLongError(Exception):
    """The paper cannot be made to fit; `layout` says where it runs over."""

    def __init__(self, layout: Layout, dropped: int) -> None:
        super().__init__()
        self.layout = layout
        self.dropped = dropped


def fitted(rule: Rule, data: Data, words: Words, measure: Measure) -> Fitted:
    """The data with as few items left out as are needed; raises TooLongError.

    The number is found by bisection: a paper with fewer items is never longer.
    """
    layout = measure(data)
    if layout.pages <= rule.pages:
        return Fitted(data)
    if rule.over == "warn":
        return Fitted(data, (_runs_over(rule, layout),))
    order = droppable(rule.paper, data, rule.drop) if rule.over == "shorten" else []
    as_of = date.fromisoformat(data["paper"]["as_of"])

    def made(number: int) -> Data:
        return shortened(words, data, Counter(order[:number]), as_of)

    best, low, high = None, 1, len(order)
    if high:
        last = measure(made(high))
        if last.pages > rule.pages:
            raise TooLongError(last, high)
        best = made(high)
    while low < high:
        middle = (low + high) // 2
        attempt = made(middle)
        if measure(attempt).pages <= rule.pages:
            best, high = attempt, middle
        else:
            low = middle + 1
    if best is None:
        raise TooLongError(layout, 0)
    dropped = [f"{name}: {row['text']}" for name, row in best["dropped"].items()]
    return Fitted(best, (f"{_runs_over(rule, layout)}; left out: {' '.join(dropped)}",))


def _runs_over(rule: Rule, layout: Layout) -> str:
    """Which section runs over, and by how much."""
    where = f"section '{layout.section}'" if layout.section else "what stands after the sections"
    lines = f"{layout.lines} line{'' if layout.lines == 1 else 's'}"
    return (
        f"the {rule.paper} has {layout.pages} pages, the limit is {rule.pages}: {where} runs over, "
        f"and {layout.beyond} mm (about {lines}) stand beyond page {rule.pages}"
    )


def _problem(bureau: Bureau, rule: Rule, error: TooLongError) -> Problem:
    """A paper that is too long, at the place of its limit."""
    place = Source(f"templates/{bureau.id}/bureau.yaml")
    for layer, own in zip(bureau.layers, bureau.own, strict=True):
        if own.get("papers", {}).get(rule.paper, {}).get("length"):
            place = place_of(layer, ("papers", rule.paper, "length"))
            break
    hint = "over: shorten, and name in drop what may give way; or smaller type, fewer sections"
    if error.dropped:
        hint = f"{error.dropped} items were left out already: add to drop, or allow more pages"
    field = f"papers.{rule.paper}.length"
    return Problem(place, field, _runs_over(rule, error.layout), hint)
