"""Workers may die at any moment: nothing is lost, nobody waits for a lock of the dead."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from briefgen.packs import making, pool, worker
from briefgen.packs.order import PackOrder, Task
from briefgen.packs.worker import Made, Setting
from briefgen.selection import Request
from briefgen.store import Store
from tests.packing import SCOPE, Packs, grandchildren, told_by

STATES = ("CHN", "IND", "IRN", "VNM", "PAK", "ISR", "EGY", "COL")
LARGE = 3_000_000  # bytes: more than any pipe holds


@pytest.fixture
def packs(workspace: Path, tmp_path: Path) -> Packs:
    return Packs(workspace, tmp_path)


@pytest.fixture
def setting(packs: Packs) -> Iterator[Setting]:
    with Store(packs.workspace, packs.cache) as store, making._setting(store, order()) as found:
        yield found


def order() -> PackOrder:
    return PackOrder(Request(date(2003, 8, 31), "JPN"), STATES, ("base",))


def told(setting: Setting, jobs: int = 2) -> dict[str, Made]:
    return {made.task.key: made for made in pool.Pool(setting, jobs).run(order().tasks())}


def large(task: Task) -> Made:
    return Made(task, files={"large": bytes(LARGE)})


def deadly(task: Task) -> Made:
    """India's worker is killed, whoever it is."""
    if task.key == "IND":
        os.kill(os.getpid(), signal.SIGKILL)
    return told_by(task)


def deadly_once(task: Task) -> Made:
    """The first worker that comes to its second task is killed, with the next one in its hand."""
    marker = Path(task.known["marker"])
    if hasattr(deadly_once, "done") and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(deadly_once, "done", True)  # noqa: B010 - it is the process that remembers
    return told_by(task)


def never(task: Task) -> Made:
    threading.Event().wait()
    return told_by(task)


def use(monkeypatch: pytest.MonkeyPatch, make: Callable[[Task], Made]) -> None:
    monkeypatch.setattr(worker, "make", make)


def test_every_task_is_done_once_whatever_its_size(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, large)
    found = list(pool.Pool(setting, 2).run(order().tasks()))
    assert sorted(made.task.key for made in found) == sorted(STATES)
    assert all(len(made.files["large"]) == LARGE for made in found)


def test_a_task_that_kills_its_worker_twice_is_told_and_the_others_are_done(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, deadly)
    found = told(setting)
    assert set(found) == set(STATES)
    assert [key for key, made in found.items() if made.faults] == ["IND"]
    assert str(found["IND"].faults[0]) == (
        "IND: its worker process died, 2 times (killed, or out of memory: try again with fewer"
        " --jobs)"
    )


def test_tasks_in_the_hand_of_a_worker_that_dies_are_done_by_others(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(monkeypatch, deadly_once)
    marker = tmp_path / "killed"
    tasks = [replace(task, known={"marker": str(marker)}) for task in order().tasks()]
    found = {made.task.key: made for made in pool.Pool(setting, 2).run(tasks)}
    assert marker.exists()
    assert set(found) == set(STATES)
    assert not [made for made in found.values() if made.faults]


def test_a_worker_killed_while_it_waits_stops_nobody(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, told_by)
    workers = pool.Pool(setting, 2)
    found = []
    for made in workers.run(order().tasks()):
        found.append(made.task.key)
        for hand in list(workers._hands):  # at its task, or between two: both come to pass
            hand.kill()
            break
    assert sorted(found) == sorted(STATES)


def test_workers_that_cannot_begin_tell_why(setting: Setting, tmp_path: Path) -> None:
    found = told(replace(setting, index=tmp_path / "gone.sqlite"))
    assert set(found) == set(STATES)
    for made in found.values():
        assert made.faults
        assert not any("died" in str(fault) for fault in made.faults)


def test_all_stop_at_once_when_they_are_told_to(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, never)
    workers = pool.Pool(setting, 2)
    made = threading.Thread(target=lambda: list(workers.run(order().tasks())))
    made.start()
    while not workers._hands:
        made.join(0.01)
    processes = [hand._process for hand in workers._hands]
    workers.stop()
    made.join(30)
    assert not made.is_alive()
    assert [process.exitcode for process in processes] == [-signal.SIGKILL] * len(processes)


def test_workers_go_when_their_coordinator_is_killed(packs: Packs) -> None:
    process = packs.start("pack", *STATES, *SCOPE, "-o", "pack", "--jobs", "2")
    assert process.stderr
    for line in process.stderr:
        if line.startswith("[1/"):
            break
    workers = grandchildren(process.pid)
    assert workers
    process.kill()
    process.communicate(timeout=60)  # ends when the last of them has let go of the pipe
    gone = threading.Event()
    for _ in range(600):
        if not any(Path(f"/proc/{pid}/stat").exists() for pid in workers):
            gone.set()
            break
        gone.wait(0.05)
    assert gone.is_set()
