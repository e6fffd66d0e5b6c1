"""What a paper has read is known whole: what none of its reads tells of has not changed it."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from briefgen.records import Event, Official
from briefgen.store import Reads, Store
from tests.conftest import ROOT, edit
from tests.test_papers import PAPERS, compose

SOME = ("china-2003-08-13", "viet-nam-2003-08-31", "pakistan-ctbt-2003-08-31", "history-iran")
CHANGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\d{4}-\d{2}-\d{2}", ("2003-08-12", "2002-01-01", "2003-08", "2004-02-01")),
    (r"\b(CHN|USA|IRN|VNM|PAK|IND|SYR|ISR)\b", ("CHN", "USA", "IRN", "VNM", "PAK", "FIN")),
    (r"\b(CTBT|NPT|BWC|CWC|APMBC)\b", ("CTBT", "NPT", "BWC", "CWC")),
    (r"\b(CTBT_ANNEX2|ASEAN)\b", ("CTBT_ANNEX2", "ASEAN")),
    (r"(?<=en: )[A-Z][a-z]+", ("Altered",)),
    (r"\b(ratify|sign|maintain-moratorium|accede)\b", ("ratify", "sign", "accede")),
    (r"\b(signature|ratification|accession)\b", ("signature", "ratification", "withdrawal")),
    (r"(?<=document: )[\w-]+", ("mofa-ctbt-efforts-2003-08", "untc-ctbt-status")),
    (r"(?<=official: )[\w-]+", ("amano", "bolton", "wang-yi")),
    (r"\b(bilateral|multilateral|public|domestic)\b", ("bilateral", "public", "domestic")),
    (r"\b(own|other|both)\b", ("own", "other", "both")),
    (r"(?<=\n)(?=- )", ("\n", "# A remark.\n")),
    (r"(?s)\n- (?:id|code|line): .*?(?=\n- |\Z)", ("\n",)),
)


def altered(
    workspace: Path, chance: random.Random, changes: Sequence[tuple[str, tuple[str, ...]]] = CHANGES
) -> Path | None:
    """One place of one file of the data changed; None where nothing fits."""
    path = chance.choice(sorted((workspace / "data").rglob("*.*")))
    pattern, values = chance.choice(changes)
    text = path.read_text("utf-8")
    places = list(re.finditer(pattern, text))
    if path.suffix not in (".yaml", ".csv") or not places:
        return None
    place = chance.choice(places)
    path.write_text(text[: place.start()] + chance.choice(values) + text[place.end() :], "utf-8")
    return path


def composed(store: Store) -> dict[str, tuple[Reads, dict[str, Any]]]:
    found = {}
    for name in SOME:
        with store.recording() as reads:
            paper = compose(store, name)
        found[name] = (reads, paper)
    return found


def digests(store: Store, reads: Reads, *, places: bool = True) -> dict[Any, str]:
    return {read: store.digest_of(read, places=places) for read in sorted(reads)}


def without_places(value: Any) -> Any:
    """The data of a paper, and no line of any file."""
    if isinstance(value, dict):
        return {k: without_places(v) for k, v in value.items() if k not in ("line", "column")}
    return [without_places(v) for v in value] if isinstance(value, list) else value


def edits(workspace: Path, number: int) -> Iterator[Store]:
    """The record after each of many single edits that leave it sound, each from the sample."""
    chance = random.Random("reads")
    while number:
        path = altered(workspace, chance)
        if path is None:
            continue
        with Store(workspace, workspace / "index") as store:
            if not store.problems():
                number -= 1
                yield store
        shutil.copy(ROOT / path.relative_to(workspace), path)


def test_a_paper_none_of_whose_reads_has_changed_is_the_same_paper(workspace: Path) -> None:
    with Store(ROOT, None) as store:
        before = composed(store)
        old = {
            name: {places: digests(store, reads, places=places) for places in (True, False)}
            for name, (reads, _) in before.items()
        }
    outcomes = {True: 0, False: 0}
    for after in edits(workspace, 120):
        for name, (reads, paper) in before.items():
            same = digests(after, reads) == old[name][True]
            alike = digests(after, reads, places=False) == old[name][False]
            outcomes[same] += 1
            if same or alike:
                now = compose(after, name)
                assert not same or now == paper, after.refresh
                assert without_places(now) == without_places(paper), after.refresh
    assert min(outcomes.values()) > 50, outcomes


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_what_the_store_keeps_is_recorded_again_for_the_next_paper(name: str) -> None:
    with Store(ROOT, None) as warm, Store(ROOT, None) as cold:
        compose(warm, name)
        with warm.recording() as again:
            compose(warm, name)
        with cold.recording() as first:
            compose(cold, name)
    assert again == first
    assert len(first) > 10


def test_each_recording_has_what_was_asked_while_it_ran(store: Store) -> None:
    with store.recording() as whole:
        store.country("China")
        with store.recording() as part:
            store.events(["cn-disarmament-2003-08-14"])
    store.events(["il-fm-2003-04"])
    assert part == {("one", "event", "cn-disarmament-2003-08-14")}
    assert whole == part | {("all", "country")}


def test_a_person_looked_up_is_read_and_no_other(store: Store) -> None:
    with store.recording() as reads:
        assert store.officials["amano"].country == "JPN"
        assert store.officials.get("nobody") is None
        assert store.officials.get("") is None
    assert reads == {("one", "official", "amano"), ("one", "official", "nobody")}
    with store.recording() as reads:
        assert [o.id for o in store.all(Official, "official")] == list(store.officials)
    assert ("all", "official") in reads


def test_who_is_looked_up_and_not_there_counts_as_read(workspace: Path) -> None:
    with Store(workspace, None) as store, store.recording() as reads:
        assert "new-one" not in store.officials
        before = digests(store, reads)
    edit(
        workspace / "data/officials.yaml", "- id: amano\n",
        "- {id: new-one, name: New One, country: CHN, offices: [{title: Envoy}]}\n- id: amano\n",
    )  # fmt: skip
    with Store(workspace, None) as store:
        assert store.problems() == []
        assert digests(store, reads) != before


def test_a_remark_above_a_record_moves_it_and_changes_nothing_else(workspace: Path) -> None:
    read = ("one", "event", "il-fm-2003-04")
    with Store(workspace, None) as store:
        before = [store.digest_of(read, places=places) for places in (True, False)]
    path = workspace / "data/events/2003-04.yaml"
    path.write_text(f"# A remark.\n{path.read_text('utf-8')}", "utf-8")
    with Store(workspace, None) as store:
        after = [store.digest_of(read, places=places) for places in (True, False)]
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_a_text_that_looks_like_a_place_is_a_text(workspace: Path) -> None:
    """A title may hold the very letters by which the index writes a place."""
    path = workspace / "data/events/2003-04.yaml"
    sly = """'"origin":{"file":"a","line":1,"column":2}'"""
    found = set()
    for line in ("1", "7"):
        text = (ROOT / "data/events/2003-04.yaml").read_text("utf-8")
        old = next(row for row in text.splitlines() if row.startswith("  title: "))
        title = sly.replace('"line":1', f'"line":{line}')
        path.write_text(text.replace(old, f"  title: {{en: {title}}}"), "utf-8")
        with Store(workspace, None) as store:
            assert store.problems() == []
            found.add(store.digest_of(("one", "event", "il-fm-2003-04"), places=False))
    assert len(found) == 2


def test_a_question_that_is_not_known_has_no_digest(store: Store) -> None:
    assert store.digest_of(("moon-phase", "full")) == ""
    assert store.digest_of(("one", "event")) == ""
    assert len(store.digest_of(("one", "event", "nobody"))) == 32


def test_an_index_just_renewed_is_opened_without_its_files(workspace: Path) -> None:
    with Store(workspace, workspace / "index") as store:
        path = store.index_path
        events = store.ids("event")
    assert path is not None
    shutil.rmtree(workspace / "data")
    with Store.opened(workspace, path) as again:
        assert again.refresh.read == ()
        assert again.ids("event") == events
        assert again.get(Event, "event", "il-fm-2003-04").id == "il-fm-2003-04"
