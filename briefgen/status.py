"""Where States stand on a treaty on a date; always computed from the actions, never stored.

In: treaty actions and an as-of date. Out: a `State` a country, and counts. An action counts only
when its whole period lies on or before the as-of date, so a year alone never runs ahead.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date

from briefgen.dates import PartialDate, Precision
from briefgen.records import Action, Standing, Treaty, TreatyAction

CONSENT = frozenset(
    (Action.RATIFICATION, Action.ACCEPTANCE, Action.APPROVAL, Action.ACCESSION, Action.SUCCESSION)
)


@dataclass(frozen=True, slots=True)
class State:
    """A State's standing with the dates that made it; `counted` are the actions behind it."""

    country: str
    standing: Standing
    signed: PartialDate | None = None
    consented: PartialDate | None = None
    consent: Action | None = None
    in_force: PartialDate | None = None
    in_force_by: bool = False
    withdrawn: PartialDate | None = None
    disputed: PartialDate | None = None
    counted: tuple[TreatyAction, ...] = ()


def state_of(country: str, actions: Iterable[TreatyAction], treaty: Treaty, as_of: date) -> State:
    """The standing of one State on `as_of` (inclusive), from its own actions."""
    counted = tuple(
        sorted((a for a in actions if a.date.last <= as_of), key=lambda a: (a.date.last, a.action))
    )
    signed = _last(counted, (Action.SIGNATURE,))
    if signed and _after(_last(counted, (Action.WITHDRAWAL_OF_SIGNATURE,)), signed):
        signed = None
    consent = _last(counted, CONSENT)
    force = _last(counted, (Action.ENTRY_INTO_FORCE,))
    undone = _last(counted, (Action.WITHDRAWAL, Action.WITHDRAWAL_OF_RATIFICATION))
    bound = consent or force
    if undone and bound and not _after(undone, bound):
        undone = None
    disputed = _last(counted, (Action.DISPUTED_WITHDRAWAL,))
    return State(
        country=country,
        standing=_standing(signed, bound, undone, treaty),
        signed=signed.date if signed else None,
        consented=consent.date if consent else None,
        consent=consent.action if consent else None,
        in_force=force.date if force else None,
        in_force_by=bool(force and force.precision is Precision.BY),
        withdrawn=undone.date if undone else None,
        disputed=disputed.date if disputed else None,
        counted=counted,
    )


def _last(actions: tuple[TreatyAction, ...], kinds: Container[Action]) -> TreatyAction | None:
    for action in reversed(actions):
        if action.action in kinds:
            return action
    return None


def _after(later: TreatyAction | None, earlier: TreatyAction) -> bool:
    return later is not None and later.date.last >= earlier.date.last


def _standing(
    signed: TreatyAction | None,
    bound: TreatyAction | None,
    undone: TreatyAction | None,
    treaty: Treaty,
) -> Standing:
    if undone and undone.action is Action.WITHDRAWAL_OF_RATIFICATION:
        return Standing.RATIFICATION_WITHDRAWN
    if undone:
        return Standing.WITHDRAWN
    if bound:
        return Standing.RATIFIED
    if signed:
        return Standing.SIGNED
    return Standing.NOT_SIGNED if treaty.coverage == "complete" else Standing.UNKNOWN


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of some States have done what; `signed_only` includes withdrawn ratifications."""

    total: int
    signed: int
    ratified: int
    signed_only: int
    not_signed: int
    outstanding: tuple[str, ...]


def tally(states: Iterable[State]) -> Tally:
    """Count States; `outstanding` names those that are not bound, in the order given."""
    listed = list(states)
    open_standings = (Standing.SIGNED, Standing.RATIFICATION_WITHDRAWN)
    ratified = sum(s.standing is Standing.RATIFIED for s in listed)
    signed_only = sum(s.standing in open_standings for s in listed)
    return Tally(
        total=len(listed),
        signed=sum(s.signed is not None for s in listed),
        ratified=ratified,
        signed_only=signed_only,
        not_signed=len(listed) - ratified - signed_only,
        outstanding=tuple(s.country for s in listed if s.standing is not Standing.RATIFIED),
    )


def signature_open(treaty: Treaty, as_of: date) -> bool:
    """Whether the treaty can still be signed on `as_of`; it closes on the day given."""
    return treaty.closed is None or as_of < treaty.closed.first
