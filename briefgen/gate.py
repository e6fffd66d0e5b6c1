"""What may pass to the readers of a paper: at or below its ceiling, open to all who will read it.

In: the store, a `Release`, the markings of records. Out: yes or no; what was held back is noted by
its key. The gate fails closed: what has no marking, or one that the scheme does not know, does not
pass a gate that asks for anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from briefgen.dates import PartialDate
from briefgen.markings import Handling, handling_of, joined, ladder_of
from briefgen.records import Marking
from briefgen.store import Store

Readers = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """To whom a paper goes: `ceiling` is the highest level that they may be given (None: any),
    `readers` are the codes of the States that will read it (none: our own alone), `on` the day.

    `held` collects the keys of what did not pass: `event:ID`, `event:ID#2`, `line:ID` ...
    """

    ceiling: str | None = None
    readers: Readers = ()
    on: date = date.max
    held: set[str] = field(default_factory=set, compare=False, repr=False)

    @property
    def limits(self) -> bool:
        """Whether anything can be held back at all."""
        return bool(self.ceiling or self.readers)


def open_gate(store: Store) -> Gate:
    """The gate of what may be given to anybody: nothing above the lowest level passes."""
    return Gate(store, Release(ceiling=store.scheme.levels[0].id))


class Gate:
    """Asks of one release whether records may pass."""

    def __init__(self, store: Store, release: Release) -> None:
        self._store = store
        self.release = release
        self._kept: dict[Marking, Handling | None] = {}

    def passes(self, key: str, *markings: Marking | None) -> bool:
        """Whether what bears a marking may pass: the first that is given, else the ministry's.

        What does not is noted under its key.
        """
        if not self.release.limits:
            return True
        handling = self.handling(*markings)
        passed = self.allows(handling)
        if not passed:
            self.release.held.add(key)
        return passed

    def allows(self, handling: Handling | None) -> bool:
        """Whether something handled so may pass; None is what nobody knows how to handle."""
        return not self.release.limits or (handling is not None and self._allowed(handling))

    def handling(self, *markings: Marking | None) -> Handling | None:
        """What the first marking given means, else that of the ministry; None for none, or one
        that the scheme does not know."""
        given = next((m for m in markings if m is not None), self._store.ministry.marking)
        if given is None:
            return None
        if given not in self._kept:
            self._kept[given] = handling_of(given, self._store.scheme, self._members)
        return self._kept[given]

    def lowest(self) -> Handling:
        """The lowest marking of the scheme: of words that no record gave."""
        return Handling(self._store.scheme.levels[0].id)

    def joined(self, handlings: Iterable[Handling | None]) -> Handling:
        """The handling of a whole, never below the ministry's own.

        A part without a known marking, such as a paper made under another scheme, counts as the
        highest of the scheme.
        """
        scheme, own = self._store.scheme, self._store.ministry.marking
        highest, known = Handling(scheme.levels[-1].id), {level.id for level in scheme.levels}
        found = [h if h is not None and h.level in known else highest for h in handlings]
        if own is not None:
            found.append(self.handling(own) or highest)
        return joined(found or [self.lowest()], ladder_of(scheme, lambda label: ""))

    def _allowed(self, handling: Handling) -> bool:
        order = [level.id for level in self._store.scheme.levels]
        ceiling, home = self.release.ceiling, self._store.ministry.country
        if handling.level not in order:
            return False
        if ceiling is not None and order.index(handling.level) > order.index(ceiling):
            return False
        others = set(self.release.readers) - {home}
        return handling.readers is None or others <= handling.readers

    def _members(self, group: str) -> Iterable[str]:
        day = PartialDate(self.release.on.isoformat())
        return [m.country for m in self._store.memberships(group=group) if m.counts_on(day)]
