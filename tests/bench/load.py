"""What large records cost: a history of 5,000 contacts, a million events, 300 bureaus.

    python -m tests.bench.load [--contacts N] [--events N] [--bureaus N] [--keep DIR]

In: nothing but this machine. Out: `tests/bench/LOAD.md`, a table; progress on standard error. Each
row is a run of its own; its memory is that of its largest process.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import dataset
from tests.bench.setting import AS_OF, Bench, machine, say
from tests.bench.table import Figure, number

NOTE = Path(__file__).parent / "LOAD.md"
HEAD = """# What large records cost

{machine}

Whole runs, from the start of the process to its end: processor seconds of all processes, which
depend less than the clock on what else the machine does. Memory is that of the largest of them. The
limits on a paper are those that hold where `data/ministry.yaml` says nothing, but for the clock's.

| what | measured | how |
|---|---|---|
"""
_NO_CLOCK = "limits: {wall: 7200}\n"
_MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
sys.exit(code)
"""
Rows = Iterator[Figure]


def measured(bench: Bench, what: str, command: list[str]) -> Figure:
    """Processor seconds of a run, and megabytes of its largest process; raises RuntimeError if it
    fails."""
    say(what)
    started = time.perf_counter()
    done = bench.run([sys.executable, "-c", _MEASURED, *command])
    clock = time.perf_counter() - started
    seconds, memory = done.stderr.split()[-2:]
    detail = f"{int(memory) / 1000:,.0f} MB; {clock:,.1f} s by the clock"
    return Figure(what, float(seconds), None, "s", detail)


def history(bench: Bench, contacts: int) -> Rows:
    """A history of contacts with one State, each with a note of its own."""
    workspace = bench.folder / "history"
    if not workspace.exists():
        dataset.make(workspace, contacts, contacts=contacts, own_notes=True)
        with (workspace / "data/ministry.yaml").open("a", encoding="utf-8") as file:
            file.write(_NO_CLOCK)
    order = ("history", "--country", dataset.CHOSEN, "--as-of", AS_OF)
    bench.run(bench.briefgen(workspace, "status", "CTBT", "--as-of", AS_OF))
    what = f"history of {contacts:,} contacts"
    for name, kinds in (("DOCX alone", ["docx"]), ("PDF and DOCX", ["pdf", "docx"])):
        out = bench.folder / f"out-{len(kinds)}"
        formats = [word for kind in kinds for word in ("-f", kind)]
        command = bench.briefgen(workspace, *order, *formats, "-o", str(out))
        yield measured(bench, f"{what}, {name}", command)
    (made,) = out.glob("*.pdf")
    pages = pages_of(made)
    wrong = wrong_feet(pages)
    yield Figure("its pages", len(pages), None, "pages",
                 f"{made.stat().st_size / 1e6:.1f} MB of PDF; {wrong} pages with a wrong number")  # fmt: skip
    entries = wrong_entries(pages)
    yield Figure("its contents", len(entries), None, "entries",
                 f"{sum(entries.values())} name a page that they do not lead to")  # fmt: skip


def pages_of(path: Path) -> list[str]:
    """The words of each page of a PDF."""
    told = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
    return told.stdout.split("\f")[:-1]


def wrong_feet(pages: list[str]) -> int:
    """How many pages do not say `n / all` at their foot."""
    feet = [re.findall(r" (\d+) / (\d+)$", page.rstrip(), re.M)[-1:] for page in pages]
    return sum(foot != [(str(n), str(len(pages)))] for n, foot in enumerate(feet, 1))


def wrong_entries(pages: list[str]) -> dict[str, bool]:
    """The entries of the contents, and whether each names a page on which it does not stand."""
    listed = pages[0].partition("\nContents\n")[2].partition("\nIn figures\n")[0]
    found: dict[str, bool] = {}
    for label, page in re.findall(r"^ *(\w[\w ]*?) {2,}(\d+)$", listed, re.M):
        head = rf"^ *[A-Z][a-z]+ {label}$" if label.isdigit() else rf"^ *{label}$"
        found[label] = not re.search(head, pages[int(page) - 1], re.M)
    return found


def bureaus(bench: Bench, count: int) -> Rows:
    """A workspace of many bureaus: listed, one checked, one asked for, a pack for three."""
    workspace = bench.folder / "bureaus"
    if not workspace.exists():
        dataset.make(workspace, 300)
        for serial in range(count):
            folder = workspace / f"templates/bureau-{serial:03}"
            folder.mkdir()
            text = f"name: Bureau {serial}\nextends: base\nlabels: {{Sources: Sources {serial}}}\n"
            (folder / "bureau.yaml").write_text(text, "utf-8")
    state, one = dataset.CHOSEN, f"bureau-{count // 2:03}"
    brief = ("brief", state, "--as-of", AS_OF)
    bench.run(bench.briefgen(workspace, "status", "CTBT", "--as-of", AS_OF))
    commands = {
        "listing them": ("bureau", "list"),
        "checking one of them": ("bureau", "check", one),
        "a brief of one of them": (*brief, "-b", one, "-o", "out-b"),
        "a brief of base beside them": (*brief, "-b", "base", "-o", "out-base"),
    }
    for what, words in commands.items():
        yield measured(bench, f"{count} bureaus, {what}", bench.briefgen(workspace, *words))


def million(bench: Bench, count: int) -> Rows:
    """A record of very many events: into the index, a brief from it, and what it would hold."""
    workspace = bench.workspace(count)
    brief = ("brief", dataset.CHOSEN, "--as-of", AS_OF, "-o", "out-m")
    commands = {
        "into the index": ("status", "CTBT", "--as-of", AS_OF),
        "the index as it is": ("status", "CTBT", "--as-of", AS_OF),
        "a brief, DOCX and PDF": brief,
        "choosing, with reasons": ("select", dataset.CHOSEN, "--as-of", AS_OF),
    }
    for what, words in commands.items():
        yield measured(bench, f"{count:,} events, {what}", bench.briefgen(workspace, *words))


def table(figures: list[Figure]) -> str:
    """The note."""
    rows = [f"| {f.what} | {number(f.value)} {f.unit} | {f.detail} |\n" for f in figures]
    return HEAD.format(machine="\n".join(machine())) + "".join(rows)


def main() -> None:
    """Measure, write."""
    parser = argparse.ArgumentParser(prog="load", description=__doc__)
    parser.add_argument("--contacts", type=int, default=5000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--bureaus", type=int, default=300)
    parser.add_argument("--only", action="append", default=[], metavar="PART")
    parser.add_argument("--keep", type=Path, help="keep records and indices here")
    parser.add_argument("--note", type=Path, default=NOTE)
    asked = parser.parse_args()
    home = asked.keep or Path(tempfile.mkdtemp(prefix="load-"))
    home.mkdir(parents=True, exist_ok=True)
    bench = Bench(home.resolve(), rounds=1)
    parts: dict[str, Callable[[], Rows]] = {
        "bureaus": lambda: bureaus(bench, asked.bureaus),
        "history": lambda: history(bench, asked.contacts),
        "million": lambda: million(bench, asked.events),
    }
    figures: list[Figure] = []
    try:
        for name in asked.only or parts:
            for figure in parts[name]():
                figures.append(figure)
                say(f"{figure.what}: {number(figure.value)} {figure.unit}; {figure.detail}")
                asked.note.write_text(table(figures), "utf-8")
    finally:
        if not asked.keep:
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
