"""The check of a bureau: everything wrong with it, from misspelt names to letters without a font.

In: a workspace, a store, the id of a bureau. Out: problems, all at once, each with its place: of
settings, files, blocks, names, words, styles, of overrides whose ground has changed, and of every
paper made from the record and from awkward data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from briefgen.bureaus import PAPERS, Bureau, read_bureau
from briefgen.bureaus.chain import place_of, shown
from briefgen.bureaus.folder import file_problems, folder_problems, words_problems
from briefgen.bureaus.overrides import rot_problems
from briefgen.errors import BriefgenError, Problem, RequestError, Severity
from briefgen.fitting import fit
from briefgen.making import ceiling_of, readers_of
from briefgen.render import render
from briefgen.render.reference.checking import bureau_problems
from briefgen.scratch import scratch
from briefgen.store import Store
from briefgen.trials.awkward import AS_OF, MANY, awkward_workspace
from briefgen.trials.forms import form_file_problems, form_problems
from briefgen.trials.papers import WHOLE, Sample, Trial, sample_of, sample_trials
from briefgen.trials.shapes import name_problems, shape_of

Watch = Callable[[str], None]
_ALL = (*PAPERS, WHOLE)
_LONG = ("brief", "history", "gaps")


@dataclass(slots=True)
class Report:
    """What a check found, and how many papers it made."""

    problems: list[Problem] = field(default_factory=list)
    papers: int = 0

    def add(self, problems: list[Problem], where: str = "") -> None:
        """Take in problems, each once: the first paper that shows one is named."""
        known = {_same(p) for p in self.problems}
        for problem in problems:
            if _same(problem) not in known:
                subject = problem.subject or where
                self.problems.append(replace(problem, subject=subject) if where else problem)
                known.add(_same(problem))

    @property
    def errors(self) -> int:
        """How many of the problems are errors."""
        return sum(p.severity is Severity.ERROR for p in self.problems)


def _same(problem: Problem) -> tuple[object, ...]:
    return problem.source, problem.message, problem.hint


def check_bureau(workspace: Path, store: Store, id_: str, watch: Watch | None = None) -> Report:
    """Everything that is wrong with a bureau; `watch` is told which paper is being made.

    Raises RequestError for an unknown bureau.
    """
    report = Report()
    unopened: list[Problem] = []
    try:
        bureau = read_bureau(workspace, id_, unopened)
    except BriefgenError as error:
        report.add(error.problems)
        return report
    if unopened:  # no paper can be made of it; what its other files are can be told
        told = {problem.source.path for problem in unopened}
        others = [*file_problems(bureau), *bureau_problems(bureau), *form_file_problems(bureau)]
        report.add([*unopened, *(p for p in others if p.source.path not in told)])
        report.problems.sort(key=lambda p: p.order)
        return report
    report.add([*folder_problems(bureau), *words_problems(bureau), *rot_problems(bureau)])
    report.add([*style_problems(bureau), *bureau_problems(bureau)])
    report.add(release_problems(bureau, store))
    if any("is not a .po catalogue" in p.message for p in report.problems):
        return report  # without words no paper can be made
    with scratch() as folder:
        _make_all(report, bureau, store, folder, watch or (lambda _: None))
    report.problems.sort(key=lambda p: p.order)
    return report


def style_problems(bureau: Bureau) -> list[Problem]:
    """What of the chain's style sheets is not understood."""
    from briefgen.render import pdf

    paths = bureau.find_all("style.css")
    return [p for path in paths for p in pdf.style_problems(path.read_text("utf-8"), shown(path))]


def release_problems(bureau: Bureau, store: Store) -> list[Problem]:
    """Levels and readers that a bureau names and its ministry does not know, with their place."""
    found = []
    for layer, own in zip(bureau.layers, bureau.own, strict=True):
        for path, known in _release_questions(own, store):
            try:
                known()
            except RequestError as error:
                found.append(Problem(place_of(layer, path), ".".join(path), str(error)))
    return found


def _release_questions(
    own: Mapping[str, Any], store: Store
) -> Iterator[tuple[tuple[str, ...], Callable[[], object]]]:
    """Each level and list of readers of a layer, with what asks whether it is known."""
    release = own.get("release") or {}
    levels: dict[tuple[str, ...], str | None] = {
        ("release", name): release.get(name) for name in ("ceiling", "marking")
    }
    for paper, settings in (own.get("papers") or {}).items():
        levels["papers", paper, "marking"] = settings.get("marking")
    for path, level in levels.items():
        if level:
            yield path, partial(ceiling_of, store, level)
    if release.get("readers"):
        yield ("release", "readers"), partial(readers_of, store, release["readers"], AS_OF)


def _make_all(report: Report, bureau: Bureau, store: Store, folder: Path, watch: Watch) -> None:
    """Compose every paper on every kind of data; look at the names, then at what is made."""
    with every_trial(report, bureau, store, folder) as made:
        for paper, trials in made.items():
            report.add(name_problems(bureau, paper, shape_of(t.data for t in trials)))
            report.add(form_problems(bureau, paper, trials))
        for paper, trials in made.items():
            for trial in trials[:1] if sample_of(store) else ():
                _measure(report, bureau, paper, trial)
            for trial in trials:
                watch(trial.label)
                _render(report, bureau, paper, trial)


@contextmanager
def every_trial(
    report: Report, bureau: Bureau, store: Store, folder: Path
) -> Iterator[dict[str, list[Trial]]]:
    """Every paper, composed on the record and on awkward data, those from the record first.

    What cannot be composed is added to the report. `folder` is for the awkward workspace.
    """
    awkward = awkward_workspace(store, folder)
    made: dict[str, list[Trial]] = {paper: [] for paper in PAPERS}
    sample = sample_of(store)
    with Store(awkward.workspace, None) as other:
        other.require_sound()
        tries: list[tuple[Store, Sample, tuple[str, ...]]] = []
        tries += [(store, sample, _ALL)] if sample else []
        tries += [
            (other, Sample("awkward names", awkward.named, AS_OF, awkward.event), _ALL),
            (other, Sample("no contacts", awkward.never, AS_OF), _ALL),
            (other, Sample(f"{MANY} contacts", awkward.often, AS_OF), _LONG),
        ]
        for source, about, papers in tries:
            for trial in _composed(report, source, bureau, about, papers):
                made[trial.paper].append(trial)
        yield made


def _composed(
    report: Report, store: Store, bureau: Bureau, sample: Sample, papers: tuple[str, ...]
) -> Iterator[Trial]:
    for paper, maker in sample_trials(store, bureau, sample).items():
        if paper in papers:
            try:
                yield maker()
            except BriefgenError as error:
                report.add(error.problems, f"{paper} from {sample.label}")


def _measure(report: Report, bureau: Bureau, paper: str, trial: Trial) -> None:
    """Whether the paper from the record fits into the pages that its bureau allows."""
    try:
        fit(bureau, f"{paper}.html.j2", trial.data, trial.words)
    except BriefgenError as error:
        report.add(error.problems)


def _render(report: Report, bureau: Bureau, paper: str, trial: Trial) -> None:
    """Make a paper in both formats; a fault in one does not hide that in the other."""
    for kind in ("docx", "pdf"):
        try:
            render(bureau, f"{paper}.html.j2", trial.data, [kind])
        except BriefgenError as error:
            report.add(error.problems, trial.label)
    report.papers += 1
