"""Every paper of every shipped bureau, in both formats, as files.

In: the workspace, a folder. Out: `Paper`s: the file, and what must be found in it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from briefgen.bureaus import Bureau, bureau_ids, load_bureau, read_bureau
from briefgen.making import BriefOrder, compose_brief_of, compose_history_of, meeting_of
from briefgen.packs.order import FORMATS, PAPERS
from briefgen.render import page_numbers, render
from briefgen.render.binding import Bound, bind, count_pages
from briefgen.selection import Request
from briefgen.store import Store
from briefgen.trials.check import Report, every_trial
from briefgen.trials.papers import Trial
from tests.conftest import ROOT, edit


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that was made, its marking, and the part of PDF/A that a PDF claims."""

    path: Path
    marking: str
    part: str = "2a"

    @property
    def name(self) -> str:
        """Bureau and file."""
        return f"{self.path.parent.name}/{self.path.name}"


def papers_of(bureau: str, folder: Path) -> list[Paper]:
    """Every paper of one bureau, on the record and on awkward data; the brief also with its data.

    Raises BriefgenError when one cannot be made.
    """
    report, into = Report(), folder / bureau
    into.mkdir(parents=True)
    house = read_bureau(ROOT, bureau)
    with tempfile.TemporaryDirectory() as scratch, Store(ROOT, None) as store:
        store.require_sound()
        with every_trial(report, house, store, Path(scratch)) as made:
            report_is_clean(report)
            found = [p for trials in made.values() for t in trials for p in _files(house, t, into)]
            first = made["brief"][0]
            holding = house.with_settings({"pdf": {"embed_data": True}})
            found.append(bound_book(house, found, into, made["book"][0]))
            return [*found, *_files(holding, first, into, " with data", ("pdf",), "3a")]


def bound_book(house: Bureau, papers: list[Paper], into: Path, front: Trial) -> Paper:
    """The papers of a pack bound into one; its marking is that of its front."""
    names = {f"{kind}-from-the-record.pdf" for kind in PAPERS}
    pdfs = [paper.path.read_bytes() for paper in papers if paper.path.name in names]
    assert len(pdfs) == len(PAPERS)
    first = render(house, "book.html.j2", front.data, ["pdf"])["pdf"]
    pages = sum(map(count_pages, [first, *pdfs]))
    numbers = page_numbers(house, "book.html.j2", pages)
    path = into / "bound-book.pdf"
    path.write_bytes(bind(first, [Bound("A State", pdf) for pdf in pdfs], numbers))
    return Paper(path, str(front.data["marking"]["label"]))


def marked_papers(folder: Path) -> list[Paper]:
    """Brief and history of every bureau in a workspace under a scheme with portion marks, parts of
    it marked and limited to some readers: what a Word or PDF file holds then, and else does not."""
    workspace, into = folder / "workspace", folder / "marked"
    for name in ("data", "templates"):
        shutil.copytree(ROOT / name, workspace / name)
    edit(workspace / "data/ministry.yaml", "scheme: japan", "scheme: us")
    edit(workspace / "data/ministry.yaml", "marking: public", "marking: unclassified")
    mark = "  marking: {level: secret, readers: [AUS]}\n"
    for file in sorted((workspace / "data/events").glob("2002-*.yaml")):
        file.write_text(
            re.sub(r"(- id: .*\n)", rf"\1{mark}", file.read_text("utf-8"), count=1), "utf-8"
        )
    into.mkdir()
    found: list[Paper] = []
    with Store(workspace, None) as store:
        store.require_sound()
        for bureau in bureau_ids(workspace):
            house = load_bureau(workspace, bureau)
            request = Request(date(2003, 8, 13), "JPN", countries=("CHN",))
            order = BriefOrder(request, meeting_of(store, None, request))
            for paper, composed in (
                ("brief", compose_brief_of(house, store, order)),
                ("history", compose_history_of(house, store, request)),
            ):
                template = f"{paper}.html.j2"
                for kind, content in render(
                    composed.bureau, template, composed.data, FORMATS
                ).items():
                    path = into / f"{bureau}-{paper}.{kind}"
                    path.write_bytes(content)
                    found.append(Paper(path, str(composed.data["marking"]["label"])))
    assert all("//REL TO JPN, AUS" in paper.marking for paper in found)
    return found


def report_is_clean(report: Report) -> None:
    """Raise with whatever could not be composed."""
    if report.problems:
        raise AssertionError("\n".join(map(str, report.problems)))


def _files(
    house: Any, trial: Any, into: Path, more: str = "", formats: Any = FORMATS, part: str = "2a"
) -> Iterator[Paper]:
    stem = f"{trial.label}{more}".replace(" ", "-")
    for kind, content in render(house, f"{trial.paper}.html.j2", trial.data, formats).items():
        path = into / f"{stem}.{kind}"
        assert not path.exists(), f"two papers are called {path.name}"
        path.write_bytes(content)
        yield Paper(path, trial.data["marking"]["label"], part)


def every_paper(folder: Path) -> list[Paper]:
    """Every paper of every bureau, made on two cores."""
    bureaus = [load_bureau(ROOT, name).id for name in bureau_ids(ROOT)]
    with ProcessPoolExecutor(2) as pool:
        marked = pool.submit(marked_papers, folder)
        found = pool.map(papers_of, bureaus, [folder] * len(bureaus))
        return [*chain.from_iterable(found), *marked.result()]
