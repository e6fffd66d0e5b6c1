"""A paper within its pages: measured after layout, and shortened, refused or warned of when over.

In: a paper's data, the bureau's rule on its length, a way to shorten the data and one to lay it
out. Out: the data as it is to be made, laid out, with what the log should tell. The least is
dropped that lets the paper fit: with one item less dropped it would not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from briefgen.bureaus import Bureau
from briefgen.bureaus.chain import place_of
from briefgen.compose.shortening import SHORTENABLE, dropped_items, most, shorten, told_of
from briefgen.compose.words import Words
from briefgen.errors import BriefgenError, Problem, Source
from briefgen.render.layout import HEAD, NOTES, Layout, Part

Data = dict[str, Any]
MEND = "show less by the paper's settings, set smaller type, or allow more pages"


class OnPages(Protocol):
    """A paper laid out."""

    @property
    def layout(self) -> Layout:
        """What it measures."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a paper may be, and what is done with a longer one; `source` is where it is set."""

    pages: int
    over: str = "fail"
    drop: tuple[str, ...] = ()
    source: Source = field(default_factory=lambda: Source("bureau.yaml"))
    subject: str = "length"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A paper as it is to be made; `laid` is None where nothing was measured."""

    data: Data
    laid: Any = None
    notes: tuple[Data, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortener:
    """How a paper's data give way: how much each section can drop, and the data without it."""

    most: Callable[[Sequence[str]], dict[str, int]]
    shorten: Callable[[Mapping[str, int]], Data]
    items: Callable[[Mapping[str, int]], list[tuple[str, Data]]]


def within(data: Data, rule: Rule, measure: Callable[[Data], OnPages], ways: Shortener) -> Fitted:
    """The paper within its pages, or as the rule wants it.

    Raises BriefgenError when it is longer and the rule is `fail`, or all that may give way is gone.
    """
    laid = measure(data)
    if laid.layout.pages <= rule.pages:
        return Fitted(data, laid)
    overrun = told_over(laid.layout, rule.pages)
    if rule.over == "warn":
        return Fitted(data, laid, (_note(_too_long(data, overrun), "warning"),))
    if rule.over == "fail":
        hint = "length.over: shorten drops the lowest-ranked items; else "
        raise _problem(data, rule, overrun, (hint if _can_shorten(ways, rule) else "") + MEND)
    drops, made, short = _least(data, rule, measure, ways, laid)
    return Fitted(made, short, tuple(_log(data, rule, overrun, drops, made, ways)))


def _can_shorten(ways: Shortener, rule: Rule) -> bool:
    return any(ways.most(rule.drop).values())


def _least(
    data: Data, rule: Rule, measure: Callable[[Data], OnPages], ways: Shortener, laid: OnPages
) -> tuple[dict[str, int], Data, OnPages]:
    """The fewest drops with which the paper fits, in the order of the rule.

    Between what does not fit and what does, the next try is where a straight line between their
    lengths says, and every second time the middle, so that few layouts are needed.
    """
    allowed = ways.most(rule.drop)
    low, high = 0, sum(allowed.values())
    drops = _first(allowed, high)
    best = (drops, data, laid)
    if high:
        made = ways.shorten(drops)
        best = (drops, made, measure(made))
    if best[2].layout.pages > rule.pages:
        raise _exhausted(data, rule, best[2].layout, drops)
    short, long = best[2].layout.length(), laid.layout.length()
    straight = True
    while high - low > 1:
        limit = rule.pages * laid.layout.room
        share = (long - limit) / (long - short) if straight and long > short else 0.5
        tried = min(max(low + round((high - low) * share), low + 1), high - 1)
        straight = not straight
        drops = _first(allowed, tried)
        made = ways.shorten(drops)
        found = measure(made)
        if found.layout.pages <= rule.pages:
            high, short, best = tried, found.layout.length(), (drops, made, found)
        else:
            low, long = tried, found.layout.length()
    return best


def _first(allowed: Mapping[str, int], count: int) -> dict[str, int]:
    """So many drops, section by section in the order in which they give way."""
    drops = {}
    for name, most_ in allowed.items():
        drops[name] = min(count, most_)
        count -= drops[name]
    return {name: number for name, number in drops.items() if number}


# -- in words --------------------------------------------------------------------------------------


def told_over(layout: Layout, pages: int) -> str:
    """How long a paper is, and which sections run past its last allowed page by how much."""
    over = layout.over(pages)
    total = sum(height for _, height in over)
    allowed = "1 page is" if pages == 1 else f"{pages} pages are"
    (first, height), *rest = over
    parts = f"{_name(first, layout)} {_much(layout, height)}"
    if rest:
        listed = ", ".join(f"{_name(part, layout)} {round(h)} mm" for part, h in rest)
        parts += f", then {listed}: {_much(layout, total)} in all"
    return f"{layout.pages} pages, where {allowed} allowed; past the end of page {pages}: {parts}"


def _name(part: Part, layout: Layout) -> str:
    if part.id == NOTES:
        return "the notes"
    if part.id == HEAD:
        return "the text" if len(layout.parts) == 1 else "what stands before the first heading"
    return f"section '{part.heading or part.id}'"


def _much(layout: Layout, height: float) -> str:
    lines = layout.lines(height)
    return f"{max(1, round(height))} mm (about {lines} line{'' if lines == 1 else 's'})"


def _problem(data: Data, rule: Rule, overrun: str, hint: str) -> BriefgenError:
    message = _too_long(data, overrun)
    return BriefgenError([Problem(rule.source, rule.subject, message, hint, rule="length")])


def _too_long(data: Data, overrun: str) -> str:
    return f"'{data['paper']['title']}' is too long: {overrun}"


def _exhausted(data: Data, rule: Rule, layout: Layout, drops: Mapping[str, int]) -> BriefgenError:
    gone = ", ".join(f"{name} {count}" for name, count in drops.items())
    dropped = f"all that may give way is dropped ({gone})" if gone else "nothing may give way"
    overrun = f"{told_over(layout, rule.pages)}; {dropped}"
    known = [name for name in SHORTENABLE.get(data["paper"]["kind"], ()) if name not in rule.drop]
    more = f"let more sections give way in length.drop ({', '.join(known)}), " if known else ""
    return _problem(data, rule, overrun, more + MEND)


def _note(text: str, severity: str, file: str = "", line: int = 0) -> Data:
    return {"rule": "length", "severity": severity, "text": text, "file": file, "line": line}


def _log(
    data: Data, rule: Rule, overrun: str, drops: Mapping[str, int], made: Data, ways: Shortener
) -> list[Data]:
    """What was dropped, section by section and item by item, each with its place."""
    counts = ", ".join(
        f"{name} {count} of {made['dropped'][name]['of']}" for name, count in drops.items()
    )
    notes = [_note(f"{_too_long(data, overrun)}; dropped to fit: {counts}", "note")]
    for name, item in ways.items(drops):
        told, moved = told_of(item), name == "points" and "reactive" in made
        how = "moved from 'points' to 'reactive'" if moved else f"dropped from '{name}'"
        notes.append(_note(f"{how}: {told['text']}", "note", told["file"], told["line"]))
    return notes


# -- a bureau's paper ------------------------------------------------------------------------------


def rule_of(bureau: Bureau, paper: str) -> Rule | None:
    """The bureau's rule on the length of a paper; None where it sets no number of pages."""
    length = bureau.for_paper(paper).settings.get("length") or {}
    if "pages" not in length:
        return None
    path = ("papers", paper, "length")
    source = Source(f"templates/{bureau.id}/bureau.yaml")
    for layer, own in zip(bureau.layers, bureau.own, strict=True):
        if "pages" in (own.get("papers", {}).get(paper, {}).get("length") or {}):
            source = place_of(layer, (*path, "pages"))
            break
    return Rule(
        length["pages"],
        length.get("over", "fail"),
        tuple(length.get("drop", ())),
        source,
        f"papers.{paper}.length",
    )


def fit(
    bureau: Bureau,
    template: str,
    data: Data,
    words: Words | None,
    *,
    only_shorten: bool = False,
    laid: OnPages | None = None,
) -> Fitted:
    """A paper of a bureau within its pages; one that was shortened before needs no `words`.

    `laid` is the paper as it is, laid out already or under way.
    With `only_shorten` nothing is measured but where a longer paper is shortened: for those who
    want the data and no files. Raises BriefgenError as `within` does and for faults of templates.
    """
    from briefgen.render import lay_out

    paper = template.removesuffix(".html.j2")
    rule = rule_of(bureau, paper)
    if rule is None or (only_shorten and rule.over != "shorten"):
        return Fitted(data, laid)
    sections = data.get("sections") or bureau.for_paper(paper).settings["sections"]
    room = "1 page" if rule.pages == 1 else f"{rule.pages} pages"
    why = f"Dropped so that the paper keeps to its {room}."
    ways = Shortener(
        most=lambda names: most(data, paper, [name for name in names if name in sections]),
        shorten=lambda drops: shorten(data, paper, drops, _at_hand(words), why),
        items=lambda drops: dropped_items(data, paper, drops),
    )

    def measure(made: Data) -> OnPages:
        return laid if laid is not None and made is data else lay_out(bureau, template, made)

    return within(data, rule, measure, ways)


def _at_hand(words: Words | None) -> Words:
    """The words in which is told what was dropped."""
    if words is None:
        raise RuntimeError("a paper without its words must be shortened before it is sent")
    return words
