"""A made-up record of any size, of the same shape as the real one: the same bytes every time.

In: a folder, a number of events, a number of States, a seed. Out: a workspace: the shipped data and
templates, and events, officials and documents whose ids begin with `syn-`. With the State `CHOSEN`
there are `CONTACTS` contacts, however many events there are, or as many as are asked for.

    python -m tests.bench.dataset FOLDER 2000
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
CHOSEN = "PLW"  # a member of no group
CONTACTS = 30
PER_FILE = 1000
BEGIN, END = date(1985, 1, 1), date(2003, 8, 31)
LEVELS = ("minister", "deputy-minister", "ambassador", "director-general", "working")
KINDS = ("foreign-ministers", "vice-ministers", "consultation", "dialogue", "meal", "visit")
ACTS = ("requests", "strongly-requests", "calls-on", "appeals", "urges")
GROUPS = ("ASEAN", "CTBT_ANNEX2", "EU", "G8", "ARF")
TREATIES = ("NPT", "BWC", "CWC", "APMBC")
TOPICS = {
    "CTBT": "nuclear-testing", "NPT": "nuclear-disarmament", "BWC": "first-committee",
    "CWC": "first-committee", "APMBC": "landmines",
}  # fmt: skip
ASKS = ("maintain-moratorium", "comply", "clarify", "cooperate", "attend-at-high-level")
WORDS = (
    "the talks were frank and covered every point on the list", "a date was left open",
    "the reply would be studied at home", "the next round was to follow in spring",
    "both sides set out what they had done since", "it was put in writing the next day",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What every event of a record is drawn from."""

    home: str
    countries: tuple[str, ...]
    documents: int
    events: int
    seed: str
    contacts: int = CONTACTS
    own_notes: bool = False


def make(
    folder: Path,
    events: int,
    countries: int = 195,
    seed: str = "briefgen",
    contacts: int = CONTACTS,
    own_notes: bool = False,
) -> Path:
    """Make the workspace in an empty or new folder, and return it.

    `contacts` are those with `CHOSEN`. With `own_notes` each event cites a place of its own, so that
    a paper has as many notes as events.
    """
    for name in ("data", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    data = folder / "data"
    home = _field(data / "ministry.yaml", "country")
    listed = sorted(_States(data).all - {home, CHOSEN})[: countries - 1]
    documents = max(10, events // 200)
    plan = Plan(home, (*listed, CHOSEN), documents, events, seed, contacts, own_notes)
    _append(data / "officials.yaml", _officials(plan))
    _append(data / "documents.yaml", _documents(plan))
    for number, first in enumerate(range(0, events, PER_FILE)):
        last = min(first + PER_FILE, events)
        chance = Random(f"{seed}/{number}")
        text = "".join(_event(plan, chance, serial) for serial in range(first, last))
        (data / "events" / f"syn-{number:05}.yaml").write_text(text, "utf-8")
    return folder


class _States:
    """The States that the tables of treaties name."""

    def __init__(self, data: Path) -> None:
        self.all: set[str] = set()
        for table in sorted((data / "treaties").glob("*.csv")):
            rows = table.read_text("utf-8").splitlines()
            place = rows[0].split(",").index("country")
            self.all.update(row.split(",")[place] for row in rows[1:])


def _field(path: Path, name: str) -> str:
    rows = path.read_text("utf-8").splitlines()
    return next(r for r in rows if r.startswith(f"{name}:")).partition(":")[2].strip()


def _append(path: Path, more: Iterator[str]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(more)


def _officials(plan: Plan) -> Iterator[str]:
    for country in (plan.home, *plan.countries):
        for number, level in enumerate(LEVELS):
            name = f"syn-{country.lower()}-{number}"
            yield (
                f"- id: {name}\n"
                f"  name: {{en: Synthetic {country} {number}, ja: 合成{number}}}\n"
                f"  country: {country}\n"
                "  offices:\n"
                f"    - {{title: {{en: Synthetic office {number}}}, level: {level}}}\n"
                f"  sources: [{{document: syn-document-0, place: page {number}}}]\n"
            )


def _documents(plan: Plan) -> Iterator[str]:
    for number in range(plan.documents):
        day = BEGIN + (END - BEGIN) * number / plan.documents
        yield (
            f"- id: syn-document-{number}\n"
            f"  title: {{en: Synthetic document {number}}}\n"
            f"  short: {{en: Synthetic {number}, ja: 合成文書{number}}}\n"
            f"  issuer: {{en: Synthetic office}}\n"
            f"  date: {day.isoformat()}\n"
            "  kind: readout\n"
        )


def _event(plan: Plan, chance: Random, serial: int) -> str:
    """One event: four in five are bilateral, the others as in the real record."""
    spread = max(1, plan.events // plan.contacts)
    if serial % spread == 0 and serial < plan.contacts * spread:
        return _bilateral(plan, chance, serial, CHOSEN)
    kind = chance.random()
    if kind < 0.80:
        return _bilateral(plan, chance, serial, chance.choice(plan.countries[:-1]))
    if kind < 0.88:
        return _to_group(plan, chance, serial)
    if kind < 0.94:
        return _multilateral(plan, chance, serial)
    return _to_all(plan, chance, serial) if kind < 0.97 else _domestic(plan, chance, serial)


def _head(chance: Random, serial: int, title: str, rest: str) -> str:
    day = BEGIN + timedelta(chance.randrange((END - BEGIN).days + 1))
    when = day.isoformat() if chance.random() < 0.9 else day.isoformat()[:7]
    return (
        f"- id: syn-{serial:07}\n"
        f"  title: {{en: Synthetic {title} {serial}, ja: 合成会合{serial}}}\n"
        f"  date: {when}\n"
        f"{rest}"
    )


def _bilateral(plan: Plan, chance: Random, serial: int, country: str) -> str:
    rank = chance.randrange(len(LEVELS))
    treaty = "CTBT" if country == CHOSEN or chance.random() < 0.7 else chance.choice(TREATIES)
    asked = _statement(chance, serial, treaty, f"      of: [{country}]\n", 1)
    answers = [
        _said(chance, serial, treaty, number + 2, answers=1 if number == 0 else None)
        for number in range(chance.randrange(1, 4))
    ]
    return (
        _head(
            chance,
            serial,
            "meeting",
            f"  place: {{city: Synthetic city, country: {chance.choice((plan.home, country))}}}\n"
            "  channel: bilateral\n"
            f"  kind: {chance.choice(KINDS)}\n"
            f"  round: {serial + 1}\n"
            f"  level: {{own: {LEVELS[rank]}, other: {LEVELS[rank]}}}\n"
            "  participants:\n"
            f"    - {{official: syn-{plan.home.lower()}-{rank}}}\n"
            f"    - {{official: syn-{country.lower()}-{rank}}}\n"
            f"  target_countries: [{country}]\n",
        )
        + "  statements:\n"
        + asked
        + "".join(answers)
        + _sources(plan, chance, serial)
    )


def _statement(chance: Random, serial: int, treaty: str, of: str, number: int) -> str:
    ask = chance.choice(ASKS)
    japanese = f"        ja: 合成発言{serial}。\n" if chance.random() < 0.5 else ""
    return (
        f"    - topic: {TOPICS[treaty]}\n"
        f"      treaty: {treaty}\n"
        "      by: own\n"
        f"      act: {chance.choice(ACTS)}\n"
        f"      ask: {ask}\n"
        f"{of}"
        "      text:\n"
        "        en: >-\n"
        f"          Synthetic statement {serial}.{number}: it was asked that this be done, and\n"
        f"          {chance.choice(WORDS)}.\n"
        f"{japanese}"
    )


def _said(chance: Random, serial: int, treaty: str, number: int, answers: int | None) -> str:
    return (
        f"    - topic: {TOPICS[treaty]}\n"
        f"      treaty: {treaty}\n"
        "      by: other\n"
        "      act: states\n" + (f"      answers: {answers}\n" if answers else "") + "      text:\n"
        f'        en: "Synthetic reply {serial}.{number}: {chance.choice(WORDS)}."\n'
    )


def _to_group(plan: Plan, chance: Random, serial: int) -> str:
    group, rank = chance.choice(GROUPS), chance.randrange(2)
    return (
        _head(
            chance,
            serial,
            "meeting with a group",
            "  channel: multilateral\n"
            "  kind: group-ministerial\n"
            f"  level: {{own: {LEVELS[rank]}}}\n"
            "  participants:\n"
            f"    - {{official: syn-{plan.home.lower()}-{rank}}}\n"
            f"  target_groups: [{group}]\n",
        )
        + "  statements:\n"
        + _statement(chance, serial, "CTBT", f"      of_groups: [{group}]\n", 1)
        + _sources(plan, chance, serial)
    )


def _multilateral(plan: Plan, chance: Random, serial: int) -> str:
    present = chance.sample(plan.countries[:-1], min(4, len(plan.countries) - 1))
    return (
        _head(
            chance,
            serial,
            "forum",
            "  channel: multilateral\n"
            "  kind: forum\n"
            "  participants:\n"
            f"    - {{official: syn-{plan.home.lower()}-0}}\n"
            + "".join(f"    - {{country: {country}, role: member}}\n" for country in present),
        )
        + "  statements:\n"
        + _statement(chance, serial, "CTBT", "", 1)
        + _sources(plan, chance, serial)
    )


def _to_all(plan: Plan, chance: Random, serial: int) -> str:
    treaty = chance.choice(TREATIES)
    return (
        _head(
            chance,
            serial,
            "address to all States",
            "  channel: public\n  kind: address\n  to_all_states: yes\n"
            f"  participants:\n    - {{official: syn-{plan.home.lower()}-0}}\n",
        )
        + "  statements:\n"
        + _statement(chance, serial, treaty, "", 1)
        + _sources(plan, chance, serial)
    )


def _domestic(plan: Plan, chance: Random, serial: int) -> str:
    treaty = chance.choice(TREATIES)
    return (
        f"- id: syn-{serial:07}\n"
        f"  title: {{en: Synthetic step at home {serial}}}\n"
        "  precision: none\n"
        f"  order: {serial}\n"
        "  channel: domestic\n"
        "  kind: institution\n"
        "  statements:\n"
        f"    - topic: {TOPICS[treaty]}\n"
        f"      treaty: {treaty}\n"
        "      by: own\n"
        "      act: builds\n"
        f"      text: {{en: Synthetic step {serial} was taken at home.}}\n"
        + _sources(plan, chance, serial)
    )


def _sources(plan: Plan, chance: Random, serial: int) -> str:
    document = chance.randrange(plan.documents)
    place = serial if plan.own_notes else document % 40
    return f"  sources: [{{document: syn-document-{document}, place: page {place}}}]\n"


if __name__ == "__main__":
    print(make(Path(sys.argv[1]), int(sys.argv[2])))
