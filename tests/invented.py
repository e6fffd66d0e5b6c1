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
DAYS = st.dates(datetime.date(2002, 1, 1), datetime.date(2003, 12, 31))

# -- dates -----------------------------------------------------------------------------------------


def _written(day: datetime.date, length: int) -> str:
    return day.isoformat()[:length]


DATES = st.builds(_written, DAYS, st.sampled_from((4, 7, 7, 10, 10, 10)))


@st.composite
def _period(draw: st.DrawFn) -> Record:
    """No date, a date, or a first and a last one."""
    given = draw(st.none() | DATES | DATES | DATES)
    if given is None:
        return {}
    later = draw(st.none() | st.none() | st.integers(0, 40))
    if later is None:
        return {"date": given}
    end = PartialDate(given).first + datetime.timedelta(days=later)
    return {"date": given, "end": end.isoformat()}


# -- events ----------------------------------------------------------------------------------------


def _few(names: Sequence[str], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), unique=True, max_size=most)


@st.composite
def _statements(draw: st.DrawFn, states: Sequence[str], groups: Sequence[str]) -> Record:
    made: Record = {
        "topic": draw(st.sampled_from(TOPICS)),
        "by": draw(st.sampled_from(("own", "other", "both"))),
        "act": "calls-on",
        "text": {"en": f"Something was said ({draw(st.integers(0, 9))})."},
    }
    if draw(st.booleans()):
        made |= {"treaty": draw(st.sampled_from(TREATIES))}
        made |= draw(st.sampled_from(({}, {"ask": "ratify"})))
    if of := draw(_few(states, 1)):
        made["of"] = of
    if groups and draw(st.integers(0, 3)) == 0:
        made["of_groups"] = [draw(st.sampled_from(groups))]
    if level := draw(st.sampled_from((None, None, *LEVELS))):
        made["marking"] = level
    return made


@st.composite
def _event(
    draw: st.DrawFn, states: Sequence[str], groups: Sequence[str], channels: Sequence[str]
) -> Record:
    there = draw(_few(states))
    home = [HOME] if draw(st.integers(0, 3)) else []
    made: Record = {
        "title": {"en": "An occasion"},
        "channel": draw(st.sampled_from(channels)),
        "kind": "consultation",
        "participants": [{"country": code} for code in (*home, *there)],
        "target_countries": draw(_few(states)),
        "treaties": draw(_few(TREATIES)),
        "order": str(draw(st.integers(0, 2))),
        "statements": draw(st.lists(_statements(states, groups), max_size=3)),
        "sources": [{"document": d} for d in draw(_few(DOCUMENTS, 1))],
    }
    made |= draw(_period())
    if groups:
        made["target_groups"] = draw(st.sampled_from(([], [], ["ASEAN"], ["CTBT_ANNEX2"])))
        made["to_all_states"] = draw(st.sampled_from(("no", "no", "no", "yes")))
    if level := draw(st.sampled_from((None, None, *LEVELS))):
        made["marking"] = level
    return made


def _named(events: list[Record]) -> list[Record]:
    return [{"id": f"e{number}", **event} for number, event in enumerate(events)]


CHANNELS = ("bilateral", "bilateral", "multilateral", "public", "domestic")
RECORDS = st.lists(_event(STATES, GROUPS, CHANNELS), min_size=1, max_size=5).map(_named)


@st.composite
def elsewhere(draw: st.DrawFn, here: str) -> Record:
    """An event with other States alone: it names at least one of them, and speaks to no group and
    not to all States, of which `here` may be one."""
    others = [code for code in (*STATES, "KEN", "BRA") if code != here]
    event: Record = draw(_event(others, (), ("bilateral", "multilateral")))
    event["target_countries"] = event["target_countries"] or [draw(st.sampled_from(others))]
    return {"id": "elsewhere", **event}


# -- requests --------------------------------------------------------------------------------------


@st.composite
def requests(draw: st.DrawFn, **given: Any) -> Request:
    """Something that may be asked for; what is `given` stands."""
    start, end = (PartialDate(t) for t in sorted(draw(st.tuples(DATES, DATES))))
    asked: dict[str, Any] = {
        "as_of": draw(DAYS),
        "home": HOME,
        "countries": draw(st.sampled_from(((), *((c,) for c in STATES), ("CHN", "VNM")))),
        "treaties": draw(st.sampled_from(((), (), ("CTBT",), ("NPT",), TREATIES))),
        "topics": draw(st.sampled_from(((), (), (), ("nuclear-testing",)))),
        "since": draw(st.sampled_from((None, start))),
        "until": draw(st.sampled_from((None, end))),
        "ceiling": draw(st.sampled_from((None, None, *LEVELS))),
    }
    return Request(**{**asked, **given})


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
