"""Shorter papers: which items of a section give way, the lowest-ranked first, and how it is told.

In: the data of a paper, how many items go from which section. Out: the data without them: a line
for the end of each section that gave way, and all that follows from it, so that no source is named
and no fact counted that the paper no longer holds. Facts, objectives, what to avoid, status and
sources never give way. A section keeps one item at least.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from briefgen.compose.common import Data, notes_in
from briefgen.compose.facts import facts_of, version_of
from briefgen.compose.points import IF_TIME, as_reactive
from briefgen.compose.words import Words

Place = tuple[list[Data], Data]  # an item, and the list that holds it


def _nothing(paper: Data, gone: Sequence[Data], words: Words) -> None:
    """Nothing follows from dropping these."""


def _none_hidden(_paper: Data) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class GivesWay:
    """How one section gives way.

    `items` are all its items, the lowest-ranked first; `kept` says which of them stay whatever
    happens; `hidden` is how many it does not show anyway, and tells, before anything is dropped.
    `line` tells how many are not shown; `settle` mends what else speaks of those that went.
    """

    items: Callable[[Data], list[Place]]
    line: Callable[[Words, Data, int], str]
    kept: Callable[[Data, Data], bool] = lambda _paper, _item: False
    hidden: Callable[[Data], int] = _none_hidden
    settle: Callable[[Data, Sequence[Data], Words], None] = _nothing

    def may_go(self, paper: Data) -> list[Place]:
        """What may be dropped, in the order of dropping; one item stays in any case."""
        found = self.items(paper)
        free = [place for place in found if not self.kept(paper, place[1])]
        return free[:-1] if free and len(free) == len(found) else free


def most(paper: Data, kind: str, sections: Sequence[str]) -> dict[str, int]:
    """How many items each of these sections could drop; one that the paper has not, none."""
    rules = RULES.get(kind, {})
    return {
        name: len(rules[name].may_go(paper)) if name in rules and paper.get(_part(name)) else 0
        for name in sections
    }


def dropped_items(paper: Data, kind: str, drops: Mapping[str, int]) -> list[tuple[str, Data]]:
    """The items that would go, each with its section."""
    return [
        (name, item)
        for name, count in drops.items()
        if count
        for _, item in RULES[kind][name].may_go(paper)[:count]
    ]


def shorten(paper: Data, kind: str, drops: Mapping[str, int], words: Words, why: str = "") -> Data:
    """The paper without the lowest-ranked items of each section, as many as `drops` says.

    What is dropped stands among the near misses, with `why` as its reason.
    """
    made: Data = copy.deepcopy(paper)
    rules = RULES[kind]
    # All is chosen before anything goes, so that no section's choice hangs on another's.
    gone = {name: rules[name].may_go(made)[:count] for name, count in drops.items() if count}
    counts = {name: _counts(made, rules[name], len(places)) for name, places in gone.items()}
    for name, places in gone.items():
        for listed, item in places:
            listed[:] = [other for other in listed if other is not item]
        rules[name].settle(made, [item for _, item in places], words)
    made["dropped"] = {
        name: {**found, "line": rules[name].line(words, made, found["not_shown"])}
        for name, found in counts.items()
    }
    _follow(made, paper, why)
    return made


def _counts(paper: Data, rule: GivesWay, count: int) -> Data:
    """How many are dropped, how many are then not shown, and of how many."""
    hidden = rule.hidden(paper)
    total = len(rule.items(paper)) + hidden
    return {"count": count, "not_shown": count + hidden, "of": total}


def _follow(paper: Data, before: Data, why: str) -> None:
    """Sources, facts and the version are those of what is left."""
    cited = dict.fromkeys(p["document"] for note in notes_in(paper) for p in note["parts"])
    known = {document["id"]: document for document in before["sources"]}
    paper["sources"] = [known[id_] for id_ in cited if id_ in known]
    left = {fact["key"] for fact in facts_of(paper)}
    gone = {f["key"]: f for f in facts_of(before) if f["key"] not in left}
    paper["near_misses"] = [
        *paper.get("near_misses", ()),
        *(
            {**{k: f[k] for k in ("key", "text", "file", "line")}, "rule": "length", "reason": why}
            for f in gone.values()
        ),
    ]
    if "version" in paper["paper"]:
        paper["paper"]["version"] = version_of(paper)


def told_of(item: Data) -> Data:
    """An item for the log: in words, and with its place in the record."""
    mark = next(_marks(item), {})
    words = mark.get("text") or item.get("text") or item.get("topic") or ""
    return {"text": str(words), "file": mark.get("file", ""), "line": mark.get("line", 0)}


def _marks(part: Any) -> Iterator[Data]:
    if isinstance(part, Mapping):
        if part.get("fact"):
            yield part["fact"] | {"text": part["fact"]["text"] or part.get("text", "")}
        for inner in part.values():
            yield from _marks(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _marks(inner)


# -- the brief -------------------------------------------------------------------------------------


def _oldest_first(places: list[Place]) -> list[Place]:
    """Undated items first, for how old they are is not known; the order of equals stays."""
    return sorted(places, key=lambda place: str(place[1]["on"]))


def _contacts(paper: Data) -> list[Place]:
    part = paper["contacts"]
    lists = [part["direct"], *(group["contacts"] for group in part["reached"])]
    return _oldest_first([(listed, item) for listed in lists for item in listed])


def _last_direct(paper: Data, item: Data) -> bool:
    direct = paper["contacts"]["direct"]
    return bool(direct) and item is direct[-1]


def _contacts_hidden(paper: Data) -> int:
    part = paper["contacts"]
    return sum(int(each["more"]) for each in (part, *part["reached"]))


def _contacts_settled(paper: Data, _gone: Sequence[Data], _words: Words) -> None:
    """The line at the end counts all that are not shown: the text need not say it again."""
    for part in (paper["contacts"], *paper["contacts"]["reached"]):
        part["more"] = 0


def _positions(paper: Data) -> list[Place]:
    listed = paper["positions"]
    return [(listed, item) for item in reversed(listed)]


def _pointed_to(paper: Data, position: Data) -> bool:
    """A point that says `answer recorded, see below` needs the answer below."""
    answers = {
        point["last_answer"]["key"] for point in paper.get("points", ()) if point["last_answer"]
    }
    return bool(position["answer"]) and position["answer"]["key"] in answers


def _positions_settled(paper: Data, gone: Sequence[Data], _words: Words) -> None:
    """A commitment told `as above` is told in full when what stood above is gone."""
    lost = {item["answer"]["key"] for item in gone if item["answer"]}
    lost -= {item["answer"]["key"] for item in paper["positions"] if item["answer"]}
    for group in paper.get("commitments", ()):
        for row in group["rows"]:
            row["above"] &= row["fact"]["key"].removeprefix("commitment:") not in lost


def _commitments(paper: Data) -> list[Place]:
    rows = [(group["rows"], row) for group in paper["commitments"] for row in group["rows"]]
    return _oldest_first(rows[::-1])  # within a group the newest stands first


def _commitments_settled(paper: Data, _gone: Sequence[Data], _words: Words) -> None:
    paper["commitments"] = [group for group in paper["commitments"] if group["rows"]]


def _background(paper: Data) -> list[Place]:
    listed = paper["background"]["closed"]
    return _oldest_first([(listed, item) for item in listed])


def _reasons(paper: Data) -> list[Place]:
    listed = paper["left_out"]["why"]
    return [(listed, item) for item in sorted(listed, key=lambda row: int(row["count"]))]


def _points_settled(paper: Data, gone: Sequence[Data], words: Words) -> None:
    """Points that give way stand first under `if raised`, if the paper has that section."""
    if "reactive" in paper:
        label = words.say(IF_TIME)
        moved = [{**as_reactive(point), "cue": "", "label": label} for point in reversed(gone)]
        paper["reactive"][:0] = moved


def _points_line(words: Words, paper: Data, n: int) -> str:
    if "reactive" not in paper:
        return words.counted(n, "{n} more point is not shown.", "{n} more points are not shown.")
    section = words.say("If raised")
    return words.counted(
        n, "{n} more point: see “{section}”.", "{n} more points: see “{section}”.", section=section
    )


def _from_the_end(name: str) -> Callable[[Data], list[Place]]:
    return lambda paper: [(paper[name], item) for item in reversed(paper[name])]


# -- the history -----------------------------------------------------------------------------------


def _chronology(paper: Data) -> list[Place]:
    return _oldest_first([(m["contacts"], item) for m in paper["months"] for item in m["contacts"]])


def _chronology_settled(paper: Data, gone: Sequence[Data], _words: Words) -> None:
    """What was said stands in the chronology alone: it is no longer cited by the other list."""
    ids = {item["id"] for item in gone}
    paper["months"] = [month for month in paper["months"] if month["contacts"]]
    for _, item in _occasions(paper):
        if item["id"] in ids:
            item["statements"] = []


def _occasions(paper: Data) -> list[Place]:
    groups = [group for occasion in paper["occasions"] for group in occasion["groups"]]
    return _oldest_first([(g["contacts"], item) for g in groups for item in g["contacts"]])


def _occasions_settled(paper: Data, _gone: Sequence[Data], _words: Words) -> None:
    for occasion in paper["occasions"]:
        occasion["groups"] = [group for group in occasion["groups"] if group["contacts"]]
    paper["occasions"] = [occasion for occasion in paper["occasions"] if occasion["groups"]]


def _part(section: str) -> str:
    """Under which name the data of a section stand."""
    return {"chronology": "months"}.get(section, section)


RULES: dict[str, dict[str, GivesWay]] = {
    "brief": {
        "left_out": GivesWay(
            _reasons,
            lambda words, _paper, n: words.counted(
                n, "{n} more reason is not shown.", "{n} more reasons are not shown."
            ),
        ),
        "people": GivesWay(
            _from_the_end("people"),
            lambda words, _paper, n: words.counted(
                n, "{n} person met earlier is not shown.", "{n} people met earlier are not shown."
            ),
            kept=lambda _paper, item: bool(item["expected"]),
        ),
        "background": GivesWay(
            _background,
            lambda words, _paper, n: words.counted(
                n,
                "{n} earlier contact with others is not shown.",
                "{n} earlier contacts with others are not shown.",
            ),
        ),
        "contacts": GivesWay(
            _contacts,
            lambda words, _paper, n: words.counted(
                n,
                "{n} earlier contact: see the outreach history.",
                "{n} earlier contacts: see the outreach history.",
            ),
            kept=_last_direct,
            hidden=_contacts_hidden,
            settle=_contacts_settled,
        ),
        "commitments": GivesWay(
            _commitments,
            lambda words, _paper, n: words.counted(
                n,
                "{n} earlier commitment: see the outreach history.",
                "{n} earlier commitments: see the outreach history.",
            ),
            settle=_commitments_settled,
        ),
        "positions": GivesWay(
            _positions,
            lambda words, _paper, n: words.counted(
                n,
                "{n} more topic is not shown.",
                "{n} more topics are not shown.",
            ),
            kept=_pointed_to,
            settle=_positions_settled,
        ),
        "reactive": GivesWay(
            _from_the_end("reactive"),
            lambda words, _paper, n: words.counted(
                n,
                "{n} more line to answer with is not shown.",
                "{n} more lines to answer with are not shown.",
            ),
        ),
        "points": GivesWay(_from_the_end("points"), _points_line, settle=_points_settled),
    },
    "history": {
        "chronology": GivesWay(
            _chronology,
            lambda words, _paper, n: words.counted(
                n, "{n} more entry is not told here.", "{n} more entries are not told here."
            ),
            settle=_chronology_settled,
        ),
        "occasions": GivesWay(
            _occasions,
            lambda words, _paper, n: words.counted(
                n,
                "{n} more entry is not listed here.",
                "{n} more entries are not listed here.",
            ),
            settle=_occasions_settled,
        ),
    },
}
SHORTENABLE: dict[str, tuple[str, ...]] = {kind: tuple(rules) for kind, rules in RULES.items()}
