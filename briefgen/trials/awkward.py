"""A workspace as awkward as data can be, in the ministry's own words for levels, kinds and topics.

In: a workspace. Out: a copy of its data in another folder, with other contacts: with a State of a
very long name and letters that break careless templates, with one that was met three hundred times;
and the code of one that was never met.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from briefgen.loading.layout import KINDS, find_files
from briefgen.store import Store

AS_OF = date(2024, 6, 30)
MANY = 300
MARKS = "&<>\"' {{ 7*7 }} {% if %} #{x} \\N <b>bold</b> &amp; ’“”"
LONG = (
    "Unitary Federal and Plurinational Commonwealth of the Northern Archipelagos and Dependencies"
)
ARABIC = "مشاورات حول نزع السلاح (الجولة 3)"
EAST_ASIAN = "第3回軍縮・不拡散協議「核実験」について"
_WORD = "Nichtverbreitungsvertragsüberprüfungskonferenzvorbereitungsausschusssitzungsprotokoll"
_DROPPED = ("event", "meeting", "line")


@dataclass(frozen=True, slots=True)
class Awkward:
    """The workspace, and who is who in it."""

    workspace: Path
    named: str
    never: str
    often: str
    event: str


def awkward_workspace(store: Store, folder: Path) -> Awkward:
    """Write the workspace below `folder`; `store` is of the one that it is made from."""
    source, made = store.workspace, folder / "awkward"
    dropped = {kind.pattern for kind in KINDS if kind.kind in _DROPPED}
    for file in find_files(source)[0]:
        if file.kind.pattern not in dropped:
            target = made / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.path, target)
    named, never, often = _strangers(store)
    countries = made / "data/countries.yaml"
    entry = {"code": named, "name": {"en": f"{LONG} {MARKS}"}, "article": True}
    before = countries.read_text("utf-8").rstrip() + "\n" if countries.is_file() else ""
    countries.write_text(before + _yaml([_text(entry)]), "utf-8")
    events = [*_odd(store, named), *_often(store, often)]
    (made / "data/events").mkdir(parents=True)
    (made / "data/events/awkward.yaml").write_text(_yaml(events), "utf-8")
    return Awkward(made, named, never, often, str(events[0]["id"]))


def _strangers(store: Store) -> tuple[str, str, str]:
    """Three States that the workspace says nothing of, so that their names are free."""
    import pycountry

    taken = {*store.ids("country"), store.ministry.country}
    free = [c.alpha_3 for c in pycountry.countries if c.alpha_3 not in taken]
    return free[0], free[1], free[2]


def _odd(store: Store, country: str) -> list[dict[str, Any]]:
    """Contacts with one State, each with texts of another kind."""
    texts = (f"{MARKS} {LONG}", ARABIC, EAST_ASIAN, _WORD, "x")
    return [
        _event(store, f"awkward-{number}", country, text, AS_OF - timedelta(days=40 * number))
        for number, text in enumerate(texts, 1)
    ]


def _often(store: Store, country: str) -> list[dict[str, Any]]:
    return [
        _event(store, f"often-{n}", country, f"Contact {n}", AS_OF - timedelta(days=11 * n))
        for n in range(1, MANY + 1)
    ]


def _event(store: Store, id_: str, country: str, text: str, day: date) -> dict[str, Any]:
    """A contact in the ministry's own terms, with an ask and an answer."""
    kind, level, topic = (next(iter(store.terms(k))) for k in ("kind", "level", "topic"))
    acts = list(store.terms("act"))
    document = next(iter(store.documents))
    home = store.ministry.country
    said = [{"topic": topic, "by": side, "act": acts[0], "text": {"en": f"{side}: {text}"}}
            for side in ("own", "other")]  # fmt: skip
    return {
        "id": id_,
        "title": {"en": text},
        "date": day.isoformat(),
        "place": {"city": text[:30], "country": country},
        "channel": "bilateral",
        "kind": kind,
        "level": {"own": level, "other": level},
        "participants": [
            {"country": home, "office": {"en": f"Delegation, {text}"}},
            {"country": country, "office": {"en": f"Delegation, {text}"}},
        ],
        "target_countries": [country],
        "statements": said,
        "sources": [{"document": document, "place": text[:40]}],
    }


def _text(value: Any) -> Any:
    """Yes and no as the record writes them."""
    return {k: ("yes" if v is True else v) for k, v in value.items()}


def _yaml(rows: list[dict[str, Any]]) -> str:
    return str(yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=1000))
