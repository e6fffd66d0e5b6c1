"""The addendum: what has changed since a brief was made, on one page, under the brief's number.

In: the manifest of the brief as it went up, the new data of the same brief. Out: the data of the
addendum: what is new, what changed, what no longer holds, each with its reason and source.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from briefgen.compose.common import Data, frame, sources
from briefgen.compose.facts import differences, facts_of
from briefgen.compose.marked import marking_of, of_data
from briefgen.compose.words import Words
from briefgen.markings import Handling
from briefgen.phrases import phrase
from briefgen.selection import Request

# What a page of changes tells, by the key of a fact, in this order; the statements of a new contact
# are told by its answers and counted.
_GROUPS = (
    (phrase("Contacts"), ("event",)),
    (phrase("What they said"), ("answer",)),
    (phrase("Status"), ("status", "action", "figures")),
    (phrase("Points and lines"), ("point", "line", "objective", "avoid")),
    (phrase("Commitments"), ("commitment",)),
    (phrase("The meeting, people, background"), ("meeting", "person", "position")),
)
_CHANGES = {
    "added": phrase("New"),
    "changed": phrase("Changed"),
    "removed": phrase("No longer"),
}


def compose_addendum(
    words: Words,
    request: Request,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    limit: int | None = None,
) -> Data:
    """The data of the addendum to the brief of manifest `old`, from the new data of that brief.

    At most `limit` changes are told, in the order of the groups; `more` says how many are not.
    """
    number = int(old.get("addendum", 0)) + 1
    brief = old["paper"]["number"]
    before = Handling.of(old["handling"]) if "handling" in old else Handling(old.get("marking", ""))
    changes = differences(old["facts"], facts_of(new), new["near_misses"])
    if not words.gate.allows(before):
        changes = _without_before(words, changes)
    paper: Data = {
        "paper": {
            **frame(
                words,
                request,
                "addendum",
                words.say("Addendum {n} to brief {number}", n=number, number=brief),
            ),
            "edition": "addendum",
            "number": brief,
            "version": new["paper"]["version"],
            "addendum": number,
        },
        "marking": {},
        "country": new["country"],
        "title": new["paper"]["title"],
        "before": {
            "version": old["paper"]["version"],
            "as_of": words.date(date.fromisoformat(old["as_of"])),
        },
        "groups": [],
        "total": len(changes),
        "more": 0,
    }
    left, told = limit or len(changes), list[str]()
    for label, kinds in _GROUPS:
        rows = [row for row in _rows(words, kinds, changes) if not _told(row, told)]
        told += [row["after"] for row in rows if row["after"]]
        paper["more"] += max(0, len(rows) - left)
        if rows[:left]:
            paper["groups"].append({"label": words.say(label), "changes": rows[:left]})
        left -= len(rows[:left])
    paper["sources"] = sources(words, paper, request.as_of)
    kept = any(row["before"] for group in paper["groups"] for row in group["changes"])
    own = [of_data(new["marking"]), *([before] if kept else [])]
    paper["marking"] = marking_of(words, paper, *own)
    return paper


def _without_before(words: Words, changes: list[Data]) -> list[Data]:
    """The changes without what the brief said before, which may not pass to these readers."""
    gone = [change for change in changes if change["change"] == "removed"]
    words.gate.release.held.update(f"earlier entry:{change['key']}" for change in gone)
    return [{**change, "before": ""} for change in changes if change not in gone]


def _told(row: Data, told: list[str]) -> bool:
    """Whether the page has told it already: an undertaking is also their last answer."""
    return bool(row["after"]) and any(text in row["after"] for text in told)


def _rows(words: Words, kinds: tuple[str, ...], changes: list[Data]) -> list[Data]:
    told = [c for c in changes if c["key"].split(":")[0] in kinds and not _inner(c)]
    return [_row(words, change, changes) for change in told]


def _inner(change: Data) -> bool:
    """Whether a change is a statement within a contact."""
    return change["key"].startswith("event:") and "#" in change["key"]


def _row(words: Words, change: Data, changes: list[Data]) -> Data:
    kind = change["change"]
    statements = [c for c in changes if c["key"].startswith(f"{change['key']}#")]
    parts = [
        {
            "document": s["document"],
            "short": words.short_title(s["document"]),
            "places": s["places"],
        }
        for s in change["sources"]
    ]
    return {
        "change": words.say(_CHANGES[kind]),
        "before": change["before"],
        "after": change["after"],
        "statements": len(statements),
        "reason": change["reason"],
        "note": {"parts": parts} if parts else None,
    }
