"""`make bench`: figures that are ratios, measured side by side in one run, each beside its goal.

    python -m tests.bench.run [--quick] [--only ROW]... [--keep DIR] [--readme README.md]

In: nothing but this machine. Out: the table on standard output, `out/bench.json`, `out/bench.md`, and
the table in the README. Progress is told on standard error. A whole run takes under 15 minutes.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from briefgen.errors import did_you_mean
from tests.bench import dataset
from tests.bench.setting import AS_OF, ROOT, Bench, machine, say
from tests.bench.table import Figure, markdown, plain, put

PEERS = Path(__file__).parent / "peers"
RECORD = 3000  # events of the record that papers are made of: about 40 a State's brief
MILLION = 1_000_000
SAMPLE = 24  # States on which slow peers are measured; their times are scaled, and said to be
BRIEF = ("--as-of", AS_OF, "-b", "bench")
Rows = Iterator[Figure]


def peer(name: str, *folders: Path) -> list[str]:
    """The command line of a peer."""
    return [sys.executable, str(PEERS / f"{name}.py"), *map(str, folders)]


def cold(bench: Bench) -> Rows:
    """A brief in a process of its own; the index exists, as on a desk officer's second call."""
    workspace, state = bench.workspace(RECORD), dataset.CHOSEN
    paper = bench.exported(workspace, state)
    ours = bench.briefgen(workspace, "brief", state, *BRIEF, "-o", str(bench.folder / "cold"))
    commands = {"ours": ours, "naive": peer("naive", paper)}
    if shutil.which("soffice"):
        commands["office"] = peer("office", paper)
    if _has_typst():
        commands["typst"] = peer("typeset", paper)
    bench.run(ours)
    times = bench.interleaved(commands)
    bench.measured["cold"] = times["ours"]
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in times.items())
    yield Figure("cold brief, DOCX + PDF, to a naive script", times["ours"] / times["naive"], 0.55,
                 "x", f"whole processes, median of {bench.rounds} in turn: {told}")  # fmt: skip
    if "office" in times:
        yield Figure("cold brief, to docxtpl + LibreOffice", times["ours"] / times["office"], 0.70,
                     "x", "the same run; LibreOffice's pages differ")  # fmt: skip
    if "typst" in times:
        yield Figure("cold brief, to Typst (PDF alone, no DOCX)", times["ours"] / times["typst"],
                     None, "x", "Typst is faster")  # fmt: skip


def _has_typst() -> bool:
    import importlib.util

    return importlib.util.find_spec("typst") is not None


def warm(bench: Bench) -> Rows:
    """One process that has made papers before; what one call leaves behind is collected first."""
    from tests.bench.warm import Warm

    made = Warm(bench)
    pdf = _in_turn({"ours": made.pdf, "bare": made.bare_pdf}, 7)
    over = (pdf["ours"] / pdf["bare"] - 1) * 100
    yield Figure("own cost beyond WeasyPrint's write_pdf, warm", over, 3, "%",
                 f"from the composed data {pdf['ours'] * 1000:.0f} ms, bare write_pdf of the same "
                 f"HTML and CSS {pdf['bare'] * 1000:.0f} ms")  # fmt: skip
    docx = _in_turn(
        {
            "ours": made.docx,
            "ours from the data": made.docx_from_data,
            "plain": made.plain_docx,
            "docxtpl": made.docxtpl,
        },
        9,
    )
    told = ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in docx.items())
    yield Figure("DOCX, warm, to plain python-docx calls", docx["ours"] / docx["plain"], 0.15, "x",
                 f"from the HTML that PDF and DOCX share: {told}")  # fmt: skip
    yield Figure("DOCX, warm, to docxtpl", docx["ours"] / docx["docxtpl"], 0.7, "x",
                 "the same run; docxtpl opens its template each time, as its users do")  # fmt: skip


def _in_turn(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median processor seconds of calls in turn, what they leave behind cleared away."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    gc.collect()
    gc.freeze()  # what is loaded for good is not looked through again
    for _ in range(rounds):
        for name, call in calls.items():
            gc.collect()
            started = time.process_time()
            call()
            gc.collect()  # what a call leaves to be cleared away is its own cost
            found[name].append(time.process_time() - started)
    return {name: statistics.median(times) for name, times in found.items()}


def packs(bench: Bench) -> Rows:
    """The brief of 195 States in both formats; then nothing changed; then one event."""
    workspace = bench.workspace(RECORD)
    out = bench.folder / "pack"
    states = _states(bench, workspace)
    wanted = (*BRIEF, "--paper", "brief", "--quiet")
    whole = (*states, *wanted, "-o", str(out), "--jobs", "2")
    loop = _loop(bench, workspace, states)
    say(f"the briefs of {len(states)} States, 2 jobs")
    full, peaks = bench.peaks(bench.briefgen(workspace, "pack", *whole))
    bench.measured |= {"full": full, "states": len(states), "peak": max(peaks)}
    yield from _peers(bench, workspace, states, full, loop)
    yield from _jobs(bench, workspace, states[:SAMPLE], wanted)
    same = statistics.median(
        bench.timed(bench.briefgen(workspace, "pack", *whole)) for _ in range(bench.rounds)
    )
    yield Figure("nothing changed", same, 0.4, "s", f"{len(states)} States, whole process")
    yield Figure("nothing changed, to the full run", same / full, 0.01, "x",
                 f"{same:.2f} s of {full:.1f} s")  # fmt: skip
    yield from _edited(bench, workspace, whole)
    yield from _memory(bench, workspace, states, wanted, max(peaks))


def _states(bench: Bench, workspace: Path) -> list[str]:
    """All States of the record, the one with the most contacts first."""
    plan = bench.run(bench.briefgen(workspace, "pack", "--all", *BRIEF, "--dry-run", "--json"))
    found = [row["state"].rpartition("/")[2] for row in json.loads(plan.stdout)["states"]]
    return sorted(found, key=lambda code: (code != dataset.CHOSEN, code))[: bench_states(bench)]


def bench_states(bench: Bench) -> int:
    """How many States a pack has: 195, fewer in a quick run."""
    return 195 if bench.rounds > 2 else 12


def _some(bench: Bench, workspace: Path, states: list[str]) -> list[Path]:
    """The papers of some States, for peers that are measured on them."""
    some = states[1 : 1 + min(SAMPLE, len(states) - 1)]
    return [bench.exported(workspace, state) for state in some]


def _loop(bench: Bench, workspace: Path, states: list[str]) -> float:
    """Seconds of a plain loop over all States, scaled from some."""
    say("a plain loop")
    folders = _some(bench, workspace, states)
    return bench.timed(peer("naive", *folders)) * len(states) / len(folders)


def _peers(bench: Bench, workspace: Path, states: list[str], full: float, before: float) -> Rows:
    """A plain loop, before and after ours, and a batch of LibreOffice, on some of the States."""
    some = _some(bench, workspace, states)
    loop = (before + _loop(bench, workspace, states)) / 2
    scale, folders = len(states) / len(some), some
    yield Figure("195 packs, 2 jobs, to a plain loop in one process", full / loop, 0.40, "x",
                 f"{full:.1f} s; the loop {loop:.0f} s, scaled from {len(some)} States")  # fmt: skip
    if shutil.which("soffice"):
        office = bench.timed(peer("office", *folders)) * scale
        yield Figure("195 packs, 2 jobs, to docxtpl + one LibreOffice batch", full / office, 0.95,
                     "x", f"the batch {office:.0f} s, scaled from {len(some)} States")  # fmt: skip


def _jobs(bench: Bench, workspace: Path, states: list[str], wanted: tuple[str, ...]) -> Rows:
    """One worker and two, on the same States, in turn."""
    times: dict[str, float] = {}
    for turn in range(2):
        for jobs in ("1", "2"):
            out = bench.folder / f"pack-{jobs}-{turn}"
            command = (*states, *wanted, "-o", str(out), "--jobs", jobs)
            taken = bench.timed(bench.briefgen(workspace, "pack", *command))
            times[jobs] = min(taken, times.get(jobs, taken))
    yield Figure("2 jobs against 1", times["1"] / times["2"], 1.9, "x faster",
                 f"{len(states)} States, the best of two in turn: {times['1']:.1f} s, {times['2']:.1f} s",
                 at_least=True)  # fmt: skip


def _edited(bench: Bench, workspace: Path, whole: tuple[str, ...]) -> Rows:
    """One event is edited; what is touched is made again."""
    path, text, edited = _edit(workspace)
    path.write_text(edited, "utf-8")
    command = [*bench.briefgen(workspace, "pack", *whole), "--json"]
    command.remove("--quiet")
    started = time.perf_counter()
    told = [json.loads(line) for line in bench.run(command).stdout.splitlines()]
    seconds = time.perf_counter() - started
    path.write_text(text, "utf-8")
    papers = sum(len(event["made"]) for event in told if event["event"] == "done")
    cold_ = bench.measured.get("cold") or bench.timed(
        bench.briefgen(workspace, "brief", dataset.CHOSEN, *BRIEF, "-o", str(bench.folder / "c"))
    )
    value = seconds / max(1, papers) / cold_
    yield Figure("one event changed, for each paper touched, to the cold brief", value, 1.2, "x",
                 f"{seconds:.2f} s for {papers} of the papers; a cold brief {cold_:.2f} s")  # fmt: skip


def _edit(workspace: Path) -> tuple[Path, str, str]:
    """A file of events, its text, and the text with one statement edited: what was said to us at
    the last contact with the State that a benchmark chooses."""
    mark = f"target_countries: [{dataset.CHOSEN}]"
    texts = {path: path.read_text("utf-8") for path in (workspace / "data/events").glob("syn-*")}
    path = max(path for path, text in texts.items() if mark in text)
    before, found, after = texts[path].rpartition(mark)
    return path, texts[path], before + found + after.replace("Synthetic", "Edited", 1)


def _memory(
    bench: Bench, workspace: Path, states: list[str], wanted: tuple[str, ...], peak: float
) -> Rows:
    out = str(bench.folder / "pack-16")
    few = bench.briefgen(workspace, "pack", *states[:16], *wanted, "-o", out, "--jobs", "2")
    _, peaks = bench.peaks(few)
    yield Figure("memory of a worker", peak, 120, "MB", f"highest of all, {len(states)} papers")
    yield Figure("memory, 195 papers to 16", peak / max(peaks), 1.15, "x",
                 f"{peak:.0f} MB and {max(peaks):.0f} MB")  # fmt: skip


def million(bench: Bench) -> Rows:
    """A record of a million events: loading, refreshing, choosing."""
    count = MILLION if bench.rounds > 2 else 20_000
    workspace = bench.workspace(count)
    say(f"loading {count:,} events")
    status = bench.briefgen(workspace, "status", "CTBT", "--as-of", AS_OF)
    load = bench.timed(status)
    yield Figure(f"loading {count:,} events into the index", load, None, "s",
                 f"{load / count * 1e6:.0f} µs an event, YAML to index, 2 processes")  # fmt: skip
    path = sorted((workspace / "data/events").glob("*.yaml"))[3]
    path.write_text(path.read_text("utf-8").replace("frank", "open", 1), "utf-8")
    changed = bench.timed(status)
    again = bench.timed(status)
    yield Figure("refreshing after one file changed", max(0.0, changed - again), 1, "s",
                 f"whole `status`: {changed:.2f} s with the refresh, {again:.2f} s without")  # fmt: skip
    index = max((bench.folder / "cache").glob("*.sqlite"), key=lambda p: p.stat().st_size)
    command = [sys.executable, str(PEERS / "choose.py"), str(workspace), str(index), dataset.CHOSEN]
    runs = [json.loads(bench.run(command).stdout) for _ in range(max(3, bench.rounds))]
    taken = statistics.median(run["ms"] for run in runs)
    scan = statistics.median(run["scan"] for run in runs)
    grown = statistics.median(run["mb"] for run in runs)
    detail = f"{runs[0]['events']} events as records, file opened, of {count:,}"
    yield Figure("selection by index", taken, 5, "ms", detail)
    yield Figure("selection, to a scan", taken / scan, 0.02, "x", f"the scan {scan:.0f} ms")
    yield Figure("memory of a selection", grown, 10, "MB", "what the process grew by")


ROWS: dict[str, Callable[[Bench], Rows]] = {
    "cold": cold,
    "warm": warm,
    "packs": packs,
    "million": million,
}


def chosen(names: list[str]) -> list[str]:
    """The rows asked for; exits with the nearest name for one that is not known."""
    for name in names:
        if name not in ROWS:
            near = did_you_mean(name, ROWS) or f"known: {', '.join(ROWS)}"
            raise SystemExit(f"bench: no row '{name}' ({near})")
    return names or list(ROWS)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small, to see that all runs")
    parser.add_argument("--only", action="append", default=[], metavar="ROW")
    parser.add_argument("--keep", type=Path, help="keep records and indices here")
    parser.add_argument("--readme", type=Path, help="put the table into this file")
    asked = parser.parse_args()
    rows = chosen(asked.only)
    home = asked.keep or Path(tempfile.mkdtemp(prefix="bench-"))
    home.mkdir(parents=True, exist_ok=True)
    bench = Bench(home.resolve(), rounds=2 if asked.quick else 5)
    figures: list[Figure] = []
    started = time.perf_counter()
    try:
        for name in rows:
            say(name)
            for figure in ROWS[name](bench):
                figures.append(figure)
                print("\n".join(plain([figure])), flush=True)
    finally:
        if not asked.keep:
            shutil.rmtree(home, ignore_errors=True)
    say(f"{time.perf_counter() - started:.0f} s in all")
    table = markdown(figures, machine())
    (ROOT / "out").mkdir(exist_ok=True)
    (ROOT / "out/bench.md").write_text(table + "\n", "utf-8")
    data = {"machine": machine(), "figures": [f.as_data() for f in figures], **bench.measured}
    (ROOT / "out/bench.json").write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    if asked.readme:
        put(asked.readme, table)


if __name__ == "__main__":
    main()
