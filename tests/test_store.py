"""The index is fast, safe to delete, and right whatever happens to the files."""

from __future__ import annotations

import concurrent.futures
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from briefgen.errors import BriefgenError
from briefgen.records import Event
from briefgen.store import Store, reading, renewal
from briefgen.store.reads import QUERIES
from tests.bench.dataset import CHOSEN, CONTACTS, make
from tests.conftest import ROOT, edit
from tests.test_reads import CHANGES, altered

PAGE = 4096  # bytes of a page of an index


def titles(workspace: Path, cache: Path) -> dict[str, str]:
    with Store(workspace, cache) as store:
        return {e.id: e.title["en"] for e in store.all(Event, "event")}


def refreshed(workspace: Path, cache: Path) -> tuple[str, ...]:
    with Store(workspace, cache) as store:
        return store.refresh.read


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_a_second_run_reads_no_file_again(workspace: Path, cache: Path) -> None:
    assert len(refreshed(workspace, cache)) > 20
    assert refreshed(workspace, cache) == ()


def test_only_an_edited_file_is_read_again(workspace: Path, cache: Path) -> None:
    refreshed(workspace, cache)
    edit(workspace / "data/events/2003-04.yaml", "Japan-Israel Foreign", "Israel-Japan Foreign")
    assert refreshed(workspace, cache) == ("data/events/2003-04.yaml",)
    assert titles(workspace, cache)["il-fm-2003-04"].startswith("Israel-Japan")


def test_an_edit_that_keeps_size_and_time_is_seen(workspace: Path, cache: Path) -> None:
    path = workspace / "data/events/2003-04.yaml"
    refreshed(workspace, cache)
    before = path.stat()
    edit(path, "Japan-Israel Foreign", "JAPAN-Israel Foreign")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert titles(workspace, cache)["il-fm-2003-04"].startswith("JAPAN")


def test_a_renamed_file_keeps_its_events_once(workspace: Path, cache: Path) -> None:
    count = len(titles(workspace, cache))
    events = workspace / "data/events"
    (events / "2003-04.yaml").rename(events / "april.yaml")
    with Store(workspace, cache) as store:
        assert store.refresh.removed == ("data/events/2003-04.yaml",)
        assert store.problems() == []
        event = store.get(Event, "event", "il-fm-2003-04")
        assert event.origin is not None
        assert event.origin.file == "data/events/april.yaml"
        assert len(store.ids("event")) == count


def test_a_removed_file_takes_its_events_along(workspace: Path, cache: Path) -> None:
    assert "il-fm-2003-04" in titles(workspace, cache)
    (workspace / "data/events/2003-04.yaml").unlink()
    assert "il-fm-2003-04" not in titles(workspace, cache)


def test_a_broken_index_is_made_anew(workspace: Path, cache: Path) -> None:
    count = len(titles(workspace, cache))
    for path in cache.glob("*.sqlite"):
        path.write_bytes(b"not a database" * 100)
    assert len(titles(workspace, cache)) == count


@pytest.mark.parametrize("damage", [b"", b"\0", b"noise"])
def test_a_damaged_index_gives_what_the_record_says_or_is_thrown_away(
    damage: bytes, workspace: Path, cache: Path
) -> None:
    """Pages of it cut off, emptied or overwritten, at places chosen by chance."""
    chance, mended = random.Random(damage), 0
    with Store(workspace, None) as sound:
        truth = content(sound)
    refreshed(workspace, cache)
    (index,) = cache.glob("*.sqlite")
    whole = index.read_bytes()
    pages = len(whole) // PAGE
    for _ in range(8):
        broken = bytearray(whole)
        if not damage:
            del broken[chance.randrange(len(whole)) :]
        else:
            for page in chance.sample(range(pages), 8):
                noise = chance.randbytes(PAGE) if len(damage) > 1 else bytes(PAGE)
                broken[page * PAGE : (page + 1) * PAGE] = noise
        index.write_bytes(broken)
        for _ in range(2):
            try:
                with Store(workspace, cache) as store:
                    assert content(store) == truth
                    assert len(store.all(Event, "event")) == 30
                    mended += 1
                    break
            except BriefgenError as error:
                told = str(error)
                assert told.endswith("(it was thrown away: run the same command again)")
                assert not index.exists()
    assert mended == 8


def test_another_database_in_the_place_of_the_index_is_replaced(
    workspace: Path, cache: Path
) -> None:
    before = titles(workspace, cache)
    (index,) = cache.glob("*.sqlite")
    index.unlink()
    with sqlite3.connect(index) as db:
        db.execute("CREATE TABLE meta(other TEXT)")
    db.close()
    assert titles(workspace, cache) == before
    assert refreshed(workspace, cache) == ()


def test_a_link_in_the_place_of_the_index_is_not_followed(workspace: Path, cache: Path) -> None:
    before = titles(workspace, cache)
    (index,) = cache.glob("*.sqlite")
    index.unlink()
    victim = workspace / "victim"
    victim.touch()
    index.symlink_to(victim)
    assert titles(workspace, cache) == before
    assert victim.read_bytes() == b""


def _die_at_insert(last: int) -> None:
    """Let this process be killed when it has written the rows of so many files."""
    insert, count = renewal.Renewal._insert, [0]

    def deadly(self: Any, *given: Any) -> None:
        insert(self, *given)
        if count[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)
        count[0] += 1

    setattr(renewal.Renewal, "_insert", deadly)  # noqa: B010 - in a process of its own


def test_an_index_that_is_killed_while_it_is_written_is_right_after(
    workspace: Path, cache: Path
) -> None:
    """Killed at every row or so, from the first that is written to the end."""
    with Store(workspace, None) as sound:
        truth = content(sound)
    for number in (0, 5, 20):
        pid = os.fork()
        if pid == 0:
            _die_at_insert(number)
            Store(workspace, cache)
            os._exit(0)
        os.waitpid(pid, 0)
        with Store(workspace, cache) as store:
            assert content(store) == truth
        assert [path.suffix for path in cache.iterdir()] == [".sqlite"]
        for path in cache.iterdir():
            path.unlink()


def test_on_a_full_disk_the_index_stays_in_memory(workspace: Path, cache: Path) -> None:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
            with Store(workspace, cache) as store:
                code = 0 if len(store.ids("event")) == 30 and store.index_path is None else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(titles(workspace, cache)) == 30


def test_an_index_that_another_run_does_not_let_go_is_done_without(
    workspace: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshed(workspace, cache)
    (index,) = cache.glob("*.sqlite")
    holding = sqlite3.connect(index, isolation_level=None)
    holding.execute("BEGIN EXCLUSIVE")
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, **named: connect(path, **{**named, "timeout": 0.05})
    )
    with Store(workspace, cache) as store:
        assert store.index_path is None
        assert len(store.ids("event")) == 30
    holding.close()
    assert index.exists()


def test_a_deleted_index_is_made_anew(workspace: Path, cache: Path) -> None:
    before = titles(workspace, cache)
    for path in cache.iterdir():
        path.unlink()
    assert titles(workspace, cache) == before


def test_without_a_place_to_write_the_index_stays_in_memory(workspace: Path) -> None:
    blocked = workspace / "blocked"
    blocked.write_text("a file where a folder is wanted")
    assert len(titles(workspace, blocked / "index")) == 30


def test_a_new_name_for_a_country_reaches_every_file(workspace: Path, cache: Path) -> None:
    refreshed(workspace, cache)
    edit(workspace / "data/countries.yaml", "name: {en: Viet Nam}", "name: {en: Vietnam}")
    with Store(workspace, cache) as store:
        assert len(store.refresh.read) > 20
        assert store.countries.name("VNM") == "Vietnam"


def test_runs_that_start_at_once_all_find_the_whole_record(workspace: Path, cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from briefgen.store import Store\n"
        "s = Store(Path(sys.argv[1]), Path(sys.argv[2])); print(len(s.ids('event')), s.problems())"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(workspace), str(cache)],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    assert [run.communicate(timeout=60)[0].strip() for run in runs] == ["30 []"] * 4


def test_a_dangling_name_is_told_with_place_and_nearest_match(workspace: Path) -> None:
    edit(workspace / "data/events/2003-04.yaml", "official: shalom", "official: shalon")
    with Store(workspace, None) as store:
        (problem,) = store.problems()
    assert str(problem) == (
        "data/events/2003-04.yaml:12:18: il-fm-2003-04: unknown official 'shalon'"
        " (did you mean 'shalom'?)"
    )


def test_a_name_is_not_missed_in_a_file_that_is_itself_broken(workspace: Path) -> None:
    edit(workspace / "data/terms.yaml", "levels:", "levls:")
    with Store(workspace, None) as store:
        told = [str(p) for p in store.problems()]
    assert len(told) == 2
    assert all("data/terms.yaml" in problem for problem in told)


def test_the_same_id_twice_is_told_with_both_places(workspace: Path) -> None:
    edit(workspace / "data/events/2003-04.yaml", "id: il-fm-2003-04", "id: il-motegi-2003-05")
    with Store(workspace, None) as store:
        (problem,) = store.problems()
    assert "a second event with this id (the first is at data/events/2003-04.yaml:2:3)" in str(
        problem
    )


def test_a_folder_without_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(BriefgenError, match="has no data/ folder"):
        Store(tmp_path, None)


def test_a_problem_mended_is_told_no_more(workspace: Path, cache: Path) -> None:
    path = workspace / "data/events/2003-04.yaml"
    edit(path, "official: shalom", "official: shalon")
    with Store(workspace, cache) as store:
        assert len(store.problems()) == 1
    edit(path, "official: shalon", "official: shalom")
    with Store(workspace, cache) as store:
        assert store.problems() == []


MISTAKES = (
    (
        r"(?<=id: )[\w-]+",
        ("amano", "ratify", "il-fm-2003-04", "nobody", "pk-vice-minister-2003-03"),
    ),
    (r"(?<=(?:ent|ial|ask|act): )[\w-]+", ("nobody", "amano", "ratify")),
    (r"(?m)^\S.*\n", ("", "broken: [\n")),
    *CHANGES,
)
KINDS = ("event", "official", "document", "treaty", "group", "line", "ask", "rung", "topic")


def content(store: Store) -> dict[str, Any]:
    """All that an index holds, as far as a reader can tell."""
    marks = {kind: store.digest_of(("all", kind)) for kind in KINDS}
    marks |= {f"actions {t}": store.digest_of(("actions", t)) for t in ("CTBT", "NPT")}
    marks |= {f"members {g}": store.digest_of(("members", g)) for g in ("ASEAN", "CTBT_ANNEX2")}
    for kind, name in (("treaty", "CTBT"), ("target", "CHN"), ("own-step", "CTBT")):
        marks[f"{kind} {name}"] = store.digest_of(("linked", kind, name))
    marks["table"] = store.digest_of(("at-the-table", "CHN"))
    return {**marks, "problems": store.problems()}


def test_an_index_renewed_bit_by_bit_is_the_one_made_anew(workspace: Path, cache: Path) -> None:
    """Edits of every kind, sound or not, one on top of the other and now and then taken back."""
    chance = random.Random("renewal")
    told = changed = 0
    for _ in range(60):
        if path := altered(workspace, chance, MISTAKES):
            changed += 1
            with Store(workspace, cache) as renewed, Store(workspace, None) as anew:
                assert content(renewed) == content(anew), path
                told += bool(anew.problems())
            if chance.random() < 0.4:
                shutil.copy(ROOT / path.relative_to(workspace), path)
    assert changed > 20
    assert told > 10


def test_a_second_record_of_an_id_that_goes_is_told_no_more(workspace: Path, cache: Path) -> None:
    events = workspace / "data/events"
    shutil.copy(events / "2003-04.yaml", events / "copy.yaml")
    with Store(workspace, cache) as store:
        assert ["a second event" in p.message for p in store.problems()] == [True]
    edit(workspace / "data/officials.yaml", "- id: koizumi\n", "# A remark.\n- id: koizumi\n")
    with Store(workspace, cache) as store:
        assert len(store.problems()) == 1
    (events / "2003-04.yaml").unlink()
    with Store(workspace, cache) as store:
        assert store.problems() == []


class _NoProcess(ProcessPoolExecutor):
    """A machine on which no process can be started."""

    def submit(self, *_: Any, **__: Any) -> Any:
        raise OSError("no process")


def test_files_read_by_several_processes_are_read_as_by_one(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(workspace / "data/events/2003-04.yaml", "official: shalom", "official: shalon")
    edit(workspace / "data/events/2002-08.yaml", "channel: bilateral", "channel: bilatral")
    with Store(workspace, None) as store:
        one = content(store)
    assert len(one["problems"]) > 2
    started = []

    def begun(*arguments: Any, **named: Any) -> ProcessPoolExecutor:
        started.append(arguments)
        return ProcessPoolExecutor(*arguments, **named)

    monkeypatch.setattr(reading, "MANY", 2)
    monkeypatch.setattr(reading, "workers", lambda: 2)
    for pool in (begun, _NoProcess):
        monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", pool)
        with Store(workspace, None) as store:
            assert content(store) == one
    assert started


def test_a_made_up_record_of_any_size_is_sound_and_the_same_every_time(tmp_path: Path) -> None:
    one, two = (make(tmp_path / name, 300, 20) for name in ("one", "two"))
    files = [p.relative_to(one) for p in sorted(one.rglob("*.*"))]
    assert [(two / f).read_bytes() for f in files] == [(one / f).read_bytes() for f in files]
    with Store(one, None) as store:
        assert store.problems() == []
        assert len(store.ids("event")) == 300 + 30
        assert len(store.event_ids([("target", CHOSEN)])) == CONTACTS


@pytest.mark.parametrize("query", sorted(set(QUERIES) - {"events", "problems", "broken"}))
def test_a_question_is_answered_by_index_and_never_by_a_walk(store: Store, query: str) -> None:
    values = ["x"] * QUERIES[query].count("?")
    steps = [
        row["detail"] for row in store._db.execute(f"EXPLAIN QUERY PLAN {QUERIES[query]}", values)
    ]
    assert [s for s in steps if s.startswith("SCAN")] == []
    if query == "at-the-table":
        assert "official" in steps[0]
