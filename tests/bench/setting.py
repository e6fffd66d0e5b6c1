"""Where a benchmark is made: workspaces, exported papers, processes that are measured.

In: a folder. Out: `Bench`: commands with a clean environment, their times, the memory of workers.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from lxml import etree

from tests.bench import dataset

ROOT = Path(__file__).resolve().parents[2]
AS_OF = "2003-08-31"
BUREAU = """name: Benchmark
extends: base
papers:
  brief:
    contacts: 40
    length: {pages: 6, over: warn}
"""
_STYLES = {"h1": "Heading 1", "h2": "Heading 2", "h3": "Heading 3", "li": "List Bullet"}


@dataclass(slots=True)
class Bench:
    """A benchmark under way; `rounds` is how often whole processes are measured."""

    folder: Path
    rounds: int = 5
    measured: dict[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process: its own home and cache, nothing of the user's."""
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LD_LIBRARY_PATH")}
        return {**kept, "HOME": str(self.folder / "home"), "PYTHONPATH": str(ROOT),
                "BRIEFGEN_CACHE": str(self.folder / "cache")}  # fmt: skip

    def workspace(self, events: int) -> Path:
        """A workspace of so many events, with the benchmark's bureau."""
        path = self.folder / f"record-{events}"
        if not path.exists():
            say(f"making a record of {events:,} events")
            dataset.make(path, events)
            bureau = path / "templates/bench"
            bureau.mkdir()
            (bureau / "bureau.yaml").write_text(BUREAU, "utf-8")
        return path

    def briefgen(self, workspace: Path, *arguments: str) -> list[str]:
        """The command line of a run."""
        return [sys.executable, "-m", "briefgen", "-w", str(workspace), *arguments]

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; raises RuntimeError when it fails."""
        (self.folder / "home").mkdir(exist_ok=True)
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{done.stderr[-2000:]}")
        return done

    def timed(self, command: Sequence[str]) -> float:
        """The seconds of a whole process, from its start to its end."""
        started = time.perf_counter()
        self.run(command)
        return time.perf_counter() - started

    def interleaved(self, commands: Mapping[str, Sequence[str]]) -> dict[str, float]:
        """The median seconds of commands that are run in turn."""
        found: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(self.rounds):
            for name, command in commands.items():
                found[name].append(self.timed(command))
        return {name: statistics.median(times) for name, times in found.items()}

    def peaks(self, command: Sequence[str]) -> tuple[float, list[float]]:
        """Seconds of a run, and the highest memory (MB) of each of its workers."""
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        peaks: dict[int, float] = {}
        watch = threading.Thread(target=_watch, args=(process, peaks))
        watch.start()
        _, told = process.communicate()
        watch.join()
        if process.returncode:
            raise RuntimeError(told[-2000:])
        return time.perf_counter() - started, list(peaks.values())

    def exported(self, workspace: Path, state: str) -> Path:
        """A folder with the paper's own HTML and CSS and its text, for those who are compared."""
        folder = self.folder / "papers" / state
        if not (folder / "blocks.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            brief = ("brief", state, "--as-of", AS_OF, "-b", "bench", "-f", "html", "-o")
            self.run(self.briefgen(workspace, *brief, str(folder)))
            (made,) = folder.glob("*.html")
            made.rename(folder / "paper.html")
            text = (folder / "paper.html").read_text("utf-8")
            (folder / "blocks.json").write_text(json.dumps(blocks_of(text)), "utf-8")
        return folder


def blocks_of(html: str) -> list[tuple[str, Any]]:
    """The text of a paper block by block: (style, text), and tables as rows of texts."""
    root = etree.fromstring(html.encode(), etree.HTMLParser(encoding="utf-8"))
    found: list[tuple[str, Any]] = []

    def words(element: Any) -> str:
        return " ".join("".join(element.itertext()).split())

    def walk(element: Any) -> None:
        for child in element:
            if child.tag == "table":
                rows = [[words(cell) for cell in row if cell.tag in ("th", "td")]
                        for row in child.iter("tr")]  # fmt: skip
                found.append(("table", rows))
            elif child.tag in ("section", "header", "footer", "main", "ul", "ol", "dl", "nav"):
                walk(child)
            elif text := words(child):
                found.append((_STYLES.get(str(child.tag), "Normal"), text))

    body = root.find("body")
    assert body is not None
    walk(body)
    return found


def _watch(process: subprocess.Popen[str], peaks: dict[int, float]) -> None:
    """Note the highest memory of every grandchild: what is forked from the warm parent."""
    while process.poll() is None:
        parents = dict(_parents())
        children = {pid for pid, above in parents.items() if above == process.pid}
        for pid, above in parents.items():
            if above in children:
                peaks[pid] = max(peaks.get(pid, 0), _peak(pid))
        time.sleep(0.1)


def _parents() -> list[tuple[int, int]]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            found.append(
                (int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[1]))
            )
        except OSError:
            continue
    return found


def _peak(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1000
    except OSError:
        pass
    return 0.0


def machine() -> list[str]:
    """The machine and the versions that the figures are of."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    names = ("weasyprint", "python-docx", "docxtpl", "lxml")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    office = "LibreOffice" if shutil.which("soffice") else "no LibreOffice"
    cores = len(os.sched_getaffinity(0))
    return [f"{model}, {cores} cores; Python {platform.python_version()}; {versions}; {office}."]


def say(text: str) -> None:
    """Progress, for people."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
