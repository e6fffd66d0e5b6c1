"""How many workers a ministry of 10,000 users needs, from what `make bench` has measured.

    python -m tests.bench.ministry

In: `out/bench.json`. Out: `tests/bench/MINISTRY.md`, a short note that says what is measured and what
is computed.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTE = Path(__file__).parent / "MINISTRY.md"
USERS = 10_000
SHARES = (0.02, 0.05, 0.10, 0.20)  # of the users, who make one brief within the busiest hour
WAIT = 2.0  # seconds that a brief may wait for a worker, on the average
PACKS = ((1, 5), (5, 10), (20, 30), (60, 60))  # packs, minutes
LOAD = 0.85  # of the workers' time that a plan may count on


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured: seconds of a worker for a paper, papers of a pack, megabytes a worker."""

    seconds: float
    papers: int
    memory: float


def waiting(rate: float, seconds: float, workers: int) -> float:
    """The mean wait for a worker in seconds, by Erlang's C formula (M/M/c).

    `rate` is papers a second, `seconds` the mean time for one. Infinite where work comes in faster
    than it is done.
    """
    offered = rate * seconds
    if offered == 0:
        return 0.0
    if workers <= offered:
        return math.inf
    blocked = 1.0  # Erlang's B, worker by worker: no large factorials
    for count in range(1, workers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    delayed = blocked / (1 - offered / workers * (1 - blocked))
    return delayed * seconds / (workers - offered)


def workers_for(rate: float, seconds: float, wait: float) -> int:
    """The fewest workers with which the mean wait is at most `wait` seconds; none for no work."""
    if rate == 0:
        return 0
    count = max(1, math.floor(rate * seconds))
    while waiting(rate, seconds, count) > wait:
        count += 1
    return count


def workers_for_packs(packs: int, minutes: float, measured: Measured) -> int:
    """The fewest workers that make so many packs in so many minutes."""
    work = packs * measured.papers * measured.seconds
    return math.ceil(work / (minutes * 60 * LOAD))


def read(path: Path) -> Measured:
    """What a benchmark has measured; raises SystemExit where it has not been run."""
    try:
        found = json.loads(path.read_text("utf-8"))
        seconds = 2 * found["full"] / found["states"]  # two workers
        return Measured(seconds, found["states"], found["peak"])
    except (OSError, KeyError, ValueError):
        raise SystemExit(f"ministry: no whole benchmark in {path}: run `make bench`") from None


def note(measured: Measured, machine: str) -> str:
    """The note, in Markdown."""
    rows = []
    for share in SHARES:
        rate = USERS * share / 3600
        count = workers_for(rate, measured.seconds, WAIT)
        used = rate * measured.seconds / count
        rows.append(
            f"| {share:.0%} of {USERS:,} users, one brief each in an hour | {rate:.2f} a second |"
            f" {count} | {used:.0%} | {count * measured.memory / 1000:.1f} GB |"
        )
    for packs, minutes in PACKS:
        count = workers_for_packs(packs, minutes, measured)
        rows.append(
            f"| {packs} packs of {measured.papers} briefs in {minutes} minutes |"
            f" {packs * measured.papers / minutes / 60:.1f} a second | {count} | ≤ {LOAD:.0%} |"
            f" {count * measured.memory / 1000:.1f} GB |"
        )
    return "\n".join(
        [
            "# A ministry of 10,000 users: how many workers",
            "",
            f"**Measured** by `make bench` on {machine}",
            f"A worker takes {measured.seconds:.2f} s for a brief of four pages as DOCX and PDF,"
            f" start-up of the run included, and at most {measured.memory:.0f} MB.",
            "",
            "**Computed** from these two figures and nothing else. Briefs asked for one by one come"
            " as they please (M/M/c, Erlang's C formula): the workers are the fewest with which one"
            f" waits {WAIT:.0f} s or less for its turn on the average. Packs are work to be done by"
            f" a time, with workers busy {LOAD:.0%} of it. Not in the model: the network of a"
            " cluster, the time in which the coordinator composes (tens of milliseconds a paper),"
            " papers that are reused and cost nothing, other machines than this one.",
            "",
            "| what | papers | workers | busy | memory |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Write the note."""
    path = ROOT / "out/bench.json"
    measured = read(path)
    machine = json.loads(path.read_text("utf-8"))["machine"][0]
    NOTE.write_text(note(measured, machine), "utf-8")
    print(NOTE.relative_to(ROOT))


if __name__ == "__main__":
    main()
