"""For which States a pack is made: named, a group's members, every State, or a travel plan.

In: what was asked for and an open store. Out: `Targets`: codes in order, each once, and the
meetings that the travel plan names. Every mistake of the plan is told with its line, all at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from briefgen.dates import PartialDate
from briefgen.errors import BriefgenError, Problem, RequestError, Source
from briefgen.loading import decode, read_bytes, strict_csv
from briefgen.making import meeting_of
from briefgen.records import Channel, Event
from briefgen.selection import Request
from briefgen.store import Store

COLUMNS = ("country", "meeting")


@dataclass(frozen=True, slots=True)
class Targets:
    """The States of a pack: alpha-3 codes; `meetings` by code; `group` where it alone was named."""

    countries: tuple[str, ...]
    meetings: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None


def targets(
    store: Store,
    request: Request,
    *,
    named: Sequence[str] = (),
    group: str | None = None,
    everyone: bool = False,
    table: Path | None = None,
) -> Targets:
    """The States asked for; those named come first, then the travel plan's, then the group's.

    Raises RequestError for unknown names, BriefgenError for a travel plan that has mistakes.
    """
    codes = [store.country(name) for name in named]
    if store.ministry.country in codes:
        name = store.countries.name(store.ministry.country)
        raise RequestError(f"{name} is the home State: a paper is about another one")
    meetings = _travel_plan(store, request, table) if table else {}
    codes += meetings
    group_id = store.resolve("group", group) if group else None
    if group_id:
        codes += _members(store, group_id, request)
    if everyone:
        codes += _everyone(store, request)
    found = tuple(dict.fromkeys(codes))
    if not found:
        raise RequestError("no State is on record for this pack")
    chosen = {code: meeting for code, meeting in meetings.items() if meeting}
    return Targets(found, chosen, None if named or table else group_id)


def _members(store: Store, group: str, request: Request) -> list[str]:
    """The members of a group on the as-of date, in the order of their codes."""
    day = PartialDate(request.as_of.isoformat())
    codes = {m.country for m in store.memberships(group=group) if m.counts_on(day)}
    codes.discard(request.home)
    if not codes:
        raise RequestError(f"group '{group}' has no member on record on {request.as_of}")
    return sorted(codes)


def _everyone(store: Store, request: Request) -> list[str]:
    """Every State of the treaties asked for; without one, every State met or addressed."""
    if request.treaties:
        codes = {code for treaty in request.treaties for code in store.actions(treaty)}
    else:
        codes = set(_on_record(store))
    return sorted(codes - {request.home})


def _on_record(store: Store) -> Iterator[str]:
    officials = store.officials
    for event in store.all(Event, "event"):
        yield from event.target_countries
        if event.channel is Channel.BILATERAL:
            for person in event.participants:
                known = officials.get(person.official or "")
                if code := person.country or (known.country if known else None):
                    yield code


def _travel_plan(store: Store, request: Request, path: Path) -> dict[str, str]:
    """The countries of a travel plan with the meeting named for each, or an empty text."""
    try:
        text, problems = decode(read_bytes(path), path.name)
    except OSError as error:
        raise RequestError(f"--from-file {path}: {error.strerror}") from None
    if text is None:
        raise BriefgenError(problems)
    rows, told = strict_csv.parse(text, path.name, COLUMNS)
    faults = told.all_of(path.name)
    found: dict[str, str] = {}
    for row in rows:
        faults += _add(store, request, row, path.name, found)
    if not faults and not found:
        hint = "give it a header with the column country, and a row a State"
        faults = [Problem(Source(path.name, 1), "", "names no State", hint)]
    if faults:
        raise BriefgenError(faults)
    return found


def _add(
    store: Store, request: Request, row: strict_csv.Row, name: str, found: dict[str, str]
) -> Iterator[Problem]:
    """A row of the plan; what is wrong with it is told, never passed over."""
    given, meeting = row.values.get("country", ""), row.values.get("meeting", "")
    place = Source(name, row.line, row.columns.get("country", 1))
    if not given:
        yield Problem(place, "country", "is empty", "name a State, or delete the row")
        return
    try:
        code = store.country(given)
    except RequestError as error:
        yield Problem(place, "country", str(error))
        return
    if code == request.home:
        yield Problem(place, "country", f"'{given}' is the home State", "delete the row")
    elif code in found:
        yield Problem(place, "country", f"'{given}' stands twice", "keep one of the rows")
    else:
        found[code] = meeting
        if meeting:
            yield from _meeting_faults(store, request, code, row, name)


def _meeting_faults(
    store: Store, request: Request, code: str, row: strict_csv.Row, name: str
) -> Iterator[Problem]:
    asked = replace(request, countries=(code,), treaties=(), topics=())
    try:
        meeting_of(store, row.values["meeting"], asked)
    except RequestError as error:
        yield Problem(Source(name, row.line, row.columns["meeting"]), "meeting", str(error))
