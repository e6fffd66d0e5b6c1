"""What a pack is asked for, and the work that this makes: one task a State and a bureau.

In: countries, a request that holds for all of them, bureaus, papers and formats. Out: `Task`s in
the order of the pack, each small enough to be sent to a worker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from briefgen.selection import Request

PAPERS = ("cover", "brief", "history")  # in the order of a folder and of the book
FORMATS = ("docx", "pdf")


@dataclass(frozen=True, slots=True)
class PackOrder:
    """A pack: `request` without countries; `countries` are alpha-3 codes, in order.

    `bureaus` are ids; where `named`, each has a folder of its own. `meetings` names the meeting of
    a country, which has else its next one. `group` is the group that the countries came from.
    """

    request: Request
    countries: tuple[str, ...]
    bureaus: tuple[str, ...]
    named: bool = False
    papers: tuple[str, ...] = PAPERS
    formats: tuple[str, ...] = FORMATS
    meetings: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None

    def tasks(self) -> Iterator[Task]:
        """The work, bureau by bureau and country by country."""
        for bureau in self.bureaus:
            for country in self.countries:
                yield Task(
                    bureau=bureau,
                    request=replace(self.request, countries=(country,)),
                    folder=f"{bureau}/{country}" if self.named else country,
                    papers=tuple(p for p in PAPERS if p in self.papers),
                    formats=tuple(f for f in FORMATS if f in self.formats),
                    meeting=self.meetings.get(country),
                )

    def as_data(self) -> dict[str, Any]:
        """The order as the manifest tells it."""
        request = self.request
        return {
            "countries": list(self.countries),
            "group": self.group,
            "treaties": list(request.treaties),
            "topics": list(request.topics),
            "since": str(request.since) if request.since else None,
            "until": str(request.until) if request.until else None,
            "ceiling": request.ceiling,
            "readers": list(request.readers),
            "bureaus": list(self.bureaus),
            "papers": [p for p in PAPERS if p in self.papers],
            "formats": [f for f in FORMATS if f in self.formats],
            "meetings": dict(sorted(self.meetings.items())),
        }


@dataclass(frozen=True, slots=True)
class Task:
    """One State's papers in one bureau's look; `folder` is relative to the pack, with `/`.

    `known` are the marks of the inputs of papers that stand whole in the folder, by file stem.
    """

    bureau: str
    request: Request
    folder: str
    papers: tuple[str, ...]
    formats: tuple[str, ...]
    meeting: str | None = None
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def country(self) -> str:
        """The alpha-3 code of the State."""
        return self.request.countries[0]

    @property
    def key(self) -> str:
        """What names the task within its pack."""
        return self.folder
