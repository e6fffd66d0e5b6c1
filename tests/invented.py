"""Random records: events of every kind in a small workspace of six States, to try laws on.

In: nothing but Hypothesis and the sample. Out: strategies of events, as the maps that people write,
and of requests; `Small`, a workspace that holds whichever events it is given.
"""

from __future__ import annotations

import csv
import datetime
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

from briefgen.dates import PartialDate
from briefgen.selection import Request
from briefgen.store import Store
from tests.conftest import ROOT

Record = dict[str, Any]
HOME = "JPN"
STATES = ("CHN", "VNM", "IND", "SGP", "ISR")
GROUPS = ("ASEAN", "CTBT_ANNEX2")
TREATIES = ("CTBT", "NPT")
TOPICS = ("nuclear-testing", "landmines", "iran")
LEVELS = ("public", "official", "hi")
DOCUMENTS = ("mofa-ctbt-efforts-2003-08", "untc-ctbt-status")


# Hypothesis gives a number, and chance makes the rest of it: so records are as unlike as they can be.
_SEEDS = st.integers(0, 2**32).map(Random)


# -- dates -----------------------------------------------------------------------------------------


def _day(chance: Random, first: int = 2002, last: int = 2003) -> datetime.date:
    return datetime.date(first, 1, 1) + datetime.timedelta(
        chance.randrange((last + 1 - first) * 365)
    )


def _date(chance: Random) -> str:
    """A day, a month or a year."""
    return _day(chance).isoformat()[: chance.choice((4, 7, 7, 10, 10, 10))]


def _period(chance: Random) -> Record:
    """No date, a date, or a first and a last one."""
    if chance.random() < 0.1:
        return {}
    given = _date(chance)
    if chance.random() < 0.8:
        return {"date": given}
    end = PartialDate(given).first + datetime.timedelta(chance.randrange(40))
    return {"date": given, "end": end.isoformat()}


# -- events ----------------------------------------------------------------------------------------


def _few(chance: Random, names: Sequence[str], most: int = 2) -> list[str]:
    return chance.sample(names, chance.randint(0, most))


def _marking(chance: Random) -> Record:
    return {"marking": chance.choice(LEVELS)} if chance.random() < 0.4 else {}


def _statement(chance: Random, states: Sequence[str], groups: Sequence[str]) -> Record:
    made: Record = {
        "topic": chance.choice(TOPICS),
        "by": chance.choice(("own", "other", "both")),
        "act": "calls-on",
        "of": _few(chance, states, 1),
        "text": {"en": f"Something was said ({chance.randrange(100)})."},
        **_marking(chance),
    }
    if chance.random() < 0.6:
        made["treaty"] = chance.choice(TREATIES)
        made |= chance.choice(({}, {"ask": "ratify"}))
    if groups and chance.random() < 0.2:
        made["of_groups"] = [chance.choice(groups)]
    return made


def _event(
    chance: Random, states: Sequence[str], groups: Sequence[str], channels: Sequence[str]
) -> Record:
    home = [HOME] if chance.random() < 0.8 else []
    count = chance.randint(0, 3)
    made: Record = {
        "title": {"en": "An occasion"},
        "channel": chance.choice(channels),
        "kind": "consultation",
        "participants": [{"country": code} for code in (*home, *_few(chance, states))],
        "target_countries": _few(chance, states),
        "treaties": _few(chance, TREATIES),
        "order": str(chance.randrange(3)),
        "statements": [_statement(chance, states, groups) for _ in range(count)],
        "sources": [{"document": d} for d in _few(chance, DOCUMENTS, 1)],
        **_period(chance),
        **_marking(chance),
    }
    if groups:
        made["target_groups"] = [chance.choice(groups)] if chance.random() < 0.2 else []
        made["to_all_states"] = "yes" if chance.random() < 0.2 else "no"
    return made


CHANNELS = ("bilateral", "bilateral", "multilateral", "public", "domestic")


def _record(chance: Random) -> list[Record]:
    events = (_event(chance, STATES, GROUPS, CHANNELS) for _ in range(chance.randint(1, 12)))
    return [{"id": f"e{number}", **event} for number, event in enumerate(events)]


RECORDS = _SEEDS.map(_record)


def elsewhere(here: str) -> st.SearchStrategy[Record]:
    """An event with other States alone: it names at least one of them, and speaks to no group and
    not to all States, of which `here` may be one."""
    others = [code for code in (*STATES, "KEN", "BRA") if code != here]

    def made(chance: Random) -> Record:
        event = _event(chance, others, (), ("bilateral", "multilateral"))
        event["target_countries"] = event["target_countries"] or [chance.choice(others)]
        return {"id": "elsewhere", **event}

    return _SEEDS.map(made)


# -- requests --------------------------------------------------------------------------------------


def requests(*, window: bool = False, **given: Any) -> st.SearchStrategy[Request]:
    """Something that may be asked for; what is `given` stands, a `window` has both its ends."""

    def made(chance: Random) -> Request:
        start = PartialDate(chance.choice(("2001", "2002", "2002-03", "2002-06-15", "2003-01")))
        end = PartialDate(chance.choice(("2003", "2003-12-31", "2003-10", "2003-06-15", "2003-05")))
        asked: dict[str, Any] = {
            "as_of": _day(chance, 2002, 2005),
            "home": HOME,
            "countries": chance.choice(((), *((c,) for c in STATES), ("CHN", "VNM"))),
            "treaties": chance.choice(((), (), ("CTBT",), ("NPT",), TREATIES)),
            "topics": chance.choice((*[()] * 5, ("nuclear-testing",))),
            "since": start if window else chance.choice((None, start)),
            "until": end if window else chance.choice((None, end)),
            "ceiling": chance.choice((*[None] * 4, *LEVELS)),
        }
        return Request(**{**asked, **given})

    return _SEEDS.map(made)


# -- a workspace -----------------------------------------------------------------------------------


class Small:
    """A workspace with what events refer to, and no event but those that it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        data = folder / "data"
        for name in ("events", "treaties", "lines"):
            (data / name).mkdir(parents=True)
        for name in ("ministry", "terms", "markings", "asks", "countries", "groups", "documents"):
            shutil.copy(ROOT / f"data/{name}.yaml", data)
        shutil.copy(ROOT / "data/lines/ctbt.yaml", data / "lines")
        for path in (ROOT / "data/treaties").iterdir():
            if path.suffix == ".csv":
                _few_rows(f"treaties/{path.name}", data)
            else:
                shutil.copy(path, data / "treaties")
        _few_rows("groups.csv", data)
        shutil.copytree(ROOT / "templates/base", folder / "templates/base")

    @contextmanager
    def holding(self, *files: Sequence[Mapping[str, Any]]) -> Iterator[Store]:
        """An open store of the events of some files, in that order."""
        folder = self.folder / "data/events"
        for old in folder.iterdir():
            old.unlink()
        for number, events in enumerate(files):
            lines = (f"- {json.dumps(event, ensure_ascii=False)}\n" for event in events)
            (folder / f"{number}.yaml").write_text("".join(lines), "utf-8")
        with Store(self.folder, self.folder / "cache") as store:
            assert store.problems() == []
            yield store


def _few_rows(name: str, data: Path) -> None:
    """The rows of a table about the States that events speak of."""
    with (ROOT / "data" / name).open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    kept = [row for row in rows if {HOME, *STATES} & set(row)]
    with (data / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *kept])
