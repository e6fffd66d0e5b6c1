"""Where States stand on a treaty, for `briefgen status`.

In: a treaty, an as-of date and perhaps a group. Out: the documented JSON and rows for a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from briefgen.compose.common import Statuses
from briefgen.compose.machine import status_data
from briefgen.compose.words import Words
from briefgen.status import tally
from briefgen.store import Store


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The status of a treaty: `data` for machines, `rows` for people."""

    data: dict[str, Any]
    rows: list[tuple[str, ...]]


def treaty_status(store: Store, treaty: str, as_of: date, group: str | None) -> StatusReport:
    """Status on `as_of` (inclusive) of all States, or of a group's members on that date.

    `counts` are always over all States; `groups` holds the treaty's named lists and the group.
    """
    statuses = Statuses(Words(store, "en", "en-GB"), as_of)
    everyone = statuses.states(treaty)
    codes = statuses.members(group) if group else list(everyone)
    states = sorted((statuses.state(treaty, code) for code in codes), key=lambda s: s.country)
    named = [entry.group for entry in store.treaties[treaty].lists]
    groups = dict.fromkeys([*named, *([group] if group else [])])
    data = status_data(
        treaty,
        as_of.isoformat(),
        tally(everyone.values()),
        {name: statuses.tally(treaty, name) for name in groups},
        states,
    )
    rows = [
        (
            store.countries.name(s["country"]),
            s["country"],
            s["status"].replace("_", " "),
            s["signed"] or "",
            s["ratified"] or "",
            s["withdrawn"] or "",
        )
        for s in data["states"]
    ]
    return StatusReport(data, sorted(rows))
