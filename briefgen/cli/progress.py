"""The progress of a run: a bar for people, plain lines for logs, JSON for programs, or silence.

In: the events of a run. Out: lines on standard error, and the outcome on standard output; with
`--json` every event on standard output, one a line.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

from briefgen.packs.proof import MANIFEST

if TYPE_CHECKING:
    from briefgen.packs.run import Outcome


_NAMED = 5  # States named with a note


class Reporter:
    """Tells nothing but faults and what the drafter should look at: `--quiet`, and the base."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """No more events will come."""

    def tell(self, event: str, data: Mapping[str, Any]) -> None:
        """Something has happened."""
        if event == "fault":
            for problem in data["problems"]:
                click.echo(f"{data['state']}: {problem}", err=True)

    def finished(self, outcome: Outcome) -> None:
        """The run is over."""

    def unchanged(self, files: int, out: Path) -> None:
        """Nothing had to be done."""


class Plain(Reporter):
    """A line a State, for what is not a terminal."""

    def __init__(self, *, notes: bool = False) -> None:
        self._done = self._open = 0
        self._notes = notes

    def tell(self, event: str, data: Mapping[str, Any]) -> None:
        """Print what has happened."""
        super().tell(event, data)
        if event == "planned":
            self._open = data["open"]
            self.line(f"{data['states']} States, {data['open']} to look at")
        elif event in ("done", "fault"):
            self._done += 1
            self.state(data)
        elif event == "binding":
            self.line(f"binding {data['papers']} papers into {data['book']}")
        elif event == "removed":
            folders = Counter(name.rpartition("/")[0] or "." for name in data["files"])
            for folder, count in folders.items():
                files = f"{count} file{'' if count == 1 else 's'}"
                self.line(f"removed, no longer in the pack: {files} of {folder}")

    def state(self, data: Mapping[str, Any]) -> None:
        """A State is done."""
        made, kept = ", ".join(data.get("made", ())), ", ".join(data.get("kept", ()))
        what = "; ".join(t for t in (f"made {made}" * bool(made), f"kept {kept}" * bool(kept)) if t)
        told = what or "nothing made"
        self.line(f"[{self._done}/{self._open}] {data['state']}: {told}")

    def line(self, text: str) -> None:
        """A line on standard error."""
        click.echo(text, err=True)

    def finished(self, outcome: Outcome) -> None:
        """What came of it."""
        papers = [name for name in outcome.made if not name.endswith(".json")]
        kept = [name for name in outcome.kept if not name.endswith(".json")]
        parts = [f"{len(papers)} files made", f"{len(kept)} kept"]
        if outcome.removed:
            parts.append(f"{len(outcome.removed)} removed")
        if outcome.faults:
            parts.append(f"{len(outcome.faults)} States with faults")
        if outcome.held:
            parts.append(f"{len(outcome.held)} entries held back")
        click.echo("; ".join(parts))
        self.notes(outcome)

    def notes(self, outcome: Outcome) -> None:
        """What drafters should look at: how much, or with `--notes` each with its States."""
        found: dict[str, list[str]] = {}
        for entry in outcome.entries:
            for note in entry["at_a_glance"].get("notes", ()):
                place = f"{note['file']}:{note['line']}: " if note["file"] else ""
                found.setdefault(f"{place}{note['text']}", []).append(entry["folder"])
        if found and not self._notes:
            what = "1 note" if len(found) == 1 else f"{len(found)} notes"
            click.echo(f"{what} to drafters: --notes shows them, {MANIFEST} holds them")
        elif found:
            for text, states in found.items():
                more = f" and {len(states) - _NAMED} more" if len(states) > _NAMED else ""
                click.echo(f"{text} [{', '.join(states[:_NAMED])}{more}]")

    def unchanged(self, files: int, out: Path) -> None:
        """Nothing had to be done."""
        click.echo(f"nothing has changed: {files} files in {out} are as they were made")


class Bar(Plain):
    """A bar with papers done, rate, time left and the State last done."""

    def __init__(self, *, notes: bool = False) -> None:
        super().__init__(notes=notes)
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.fields[state]:<14}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: Any = None

    def tell(self, event: str, data: Mapping[str, Any]) -> None:
        """Move the bar."""
        if event == "planned" and data["open"]:
            self._bar.start()
            self._task = self._bar.add_task("", total=data["papers"], state="", rate="")
        super().tell(event, data)

    def state(self, data: Mapping[str, Any]) -> None:
        """A State is done."""
        speed = self._bar.tasks[0].finished_speed or self._bar.tasks[0].speed
        rate = f"{speed:.1f} papers/s" if speed else ""
        papers = len(data.get("made", ())) + len(data.get("kept", ()))
        self._bar.update(self._task, advance=papers, state=data["state"], rate=rate)

    def line(self, text: str) -> None:
        """A line above the bar."""
        if self._task is not None:
            self._bar.console.print(text, markup=False, highlight=False)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()


class Machine(Reporter):
    """Every event as a line of JSON."""

    def tell(self, event: str, data: Mapping[str, Any]) -> None:
        """Print the event."""
        click.echo(json.dumps({"event": event, **data}, ensure_ascii=False))

    def finished(self, outcome: Outcome) -> None:
        """What came of it."""
        counts = {
            "made": outcome.made,
            "kept": len(outcome.kept),
            "removed": outcome.removed,
            "faults": sorted(outcome.faults),
            "held_back": len(outcome.held),
        }
        self.tell("finished", counts)

    def unchanged(self, files: int, out: Path) -> None:
        """Nothing had to be done."""
        self.tell("unchanged", {"files": files})


def reporter(*, quiet: bool, as_json: bool, notes: bool) -> Reporter:
    """How a run is told."""
    if as_json:
        return Machine()
    if quiet:
        return Reporter()
    return Bar(notes=notes) if sys.stderr.isatty() else Plain(notes=notes)
