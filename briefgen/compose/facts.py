"""What every statement of a paper rests on, so that a paper can be explained and compared.

In: the data of a paper whose parts carry a `fact`. Out: the list of facts: the statement, the rule
that brought it in, the reason, the sources, and the file and line where it is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from briefgen.records import Origin
from briefgen.selection import Reason

Data = dict[str, Any]
# Parts of a paper that hold no statement about the world.
_MARKS = frozenset(("fact", "record", "records"))  # what a part of a paper rests on
_APART = frozenset(("paper", "marking", "sources", "sections", "drafter_notes", "near_misses"))


def fact(key: str, reason: Reason, origin: Origin | None, text: str = "") -> Data:
    """The mark that a part of a paper carries; `text` where the part's own `text` is not it.

    Keys name the same fact in every paper: `event:ID`, `event:ID#2`, `status:CTBT:CHN`.
    """
    return {
        "key": key,
        "text": text,
        "rule": reason.rule,
        "reason": reason.sentence,
        "file": origin.file if origin else "",
        "line": origin.line if origin else 0,
    }


def facts_of(paper: Mapping[str, Any]) -> list[Data]:
    """The facts of a paper, section by section, in the order of the paper."""
    return [
        {"section": section, **found}
        for section, part in paper.items()
        if section not in _APART
        for found in _walk(part)
    ]


def _walk(part: Any) -> Iterator[Data]:
    if isinstance(part, Mapping):
        mark = part.get("fact")
        if mark:
            note = part.get("note") or {}
            sources = [
                {"document": p["document"], "places": p["places"]} for p in note.get("parts", ())
            ]
            yield {**mark, "text": mark["text"] or part.get("text") or "", "sources": sources}
        for name, inner in part.items():
            if name != "fact":
                yield from _walk(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _walk(inner)


def version_of(paper: Mapping[str, Any]) -> str:
    """A short mark of all that a paper says, and in which order: the same facts, the same version.

    A newer program that says the same gives the same mark.
    """
    frame = paper["paper"]
    said = [[f["section"], f["key"], f["text"], f["sources"]] for f in facts_of(paper)]
    head = [frame["title"], frame["as_of"], frame.get("edition", ""), paper["marking"]["id"]]
    text = json.dumps([head, said], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def without_facts(part: Any) -> Any:
    """The data without the marks: what may leave the house."""
    if isinstance(part, Mapping):
        return {k: without_facts(v) for k, v in part.items() if k not in _MARKS}
    if isinstance(part, list):
        return [without_facts(item) for item in part]
    return part


def differences(
    old: Iterable[Data], new: Iterable[Data], left_out: Iterable[Data] = ()
) -> list[Data]:
    """What changed between the facts of two papers, fact by fact.

    `left_out` are the near misses of the new paper: they say why a fact is gone. Each is
    `{change, key, section, before, after, reason, sources}` with change `added`, `removed` or
    `changed`; a fact that stands in several sections counts once.
    """
    before, after = _by_key(old), _by_key(new)
    why = {miss["key"]: miss["reason"] for miss in left_out}

    def gone(key: str) -> str:
        """Why a fact is gone: by its own key, or by that of the event that it is of."""
        return why.get(key) or why.get(key.partition("#")[0]) or "Nothing selects it any more."

    found = []
    for key, now in after.items():
        was = before.get(key)
        if was is None:
            found.append(_difference("added", now, "", now["text"]))
        elif was["text"] != now["text"]:
            found.append(_difference("changed", now, was["text"], now["text"]))
    found += [
        _difference(
            "removed",
            {**was, "reason": gone(key)},
            was["text"],
            "",
        )
        for key, was in before.items()
        if key not in after
    ]
    return found


def _by_key(facts: Iterable[Data]) -> dict[str, Data]:
    found: dict[str, Data] = {}
    for item in facts:
        found.setdefault(item["key"], dict(item))
    return found


def _difference(change: str, item: Data, before: str, after: str) -> Data:
    return {
        "change": change,
        "key": item["key"],
        "section": item["section"],
        "before": before,
        "after": after,
        "reason": item["reason"],
        "sources": item["sources"],
    }
