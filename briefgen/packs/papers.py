"""One State's papers: composed from the record, rendered, each with its manifest.

In: a bureau, an open store and a `Task`, or papers composed elsewhere. Out: `Paper`s: what a paper
says, the mark of its inputs, and its files. Composing needs the record and rendering does not, so
that the two can be done on different machines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from briefgen.bureaus import Bureau
from briefgen.compose.cover import compose_cover, paper_entry, row_of
from briefgen.compose.manifest import ENDING, manifest_of
from briefgen.fitting import fit
from briefgen.making import (
    BriefOrder,
    Composed,
    brief_parts,
    compose_brief_of,
    compose_history_of,
    fitted,
    history_parts,
    make_files,
    meeting_of,
    named_by,
    released,
    sealed,
    words_of,
)
from briefgen.output import file_stem
from briefgen.packs.bundle import Bundle
from briefgen.packs.inputs import inputs_of
from briefgen.packs.order import Task
from briefgen.render import render
from briefgen.store import Store

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper composed: `stem` names its files, `inputs` is the mark of what they depend on."""

    kind: str
    stem: str
    inputs: str
    composed: Composed = field(repr=False)

    @property
    def template(self) -> str:
        """The template that makes it."""
        return f"{self.kind}.html.j2"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The files of a paper by format; `data` is what they show, after shortening."""

    data: Data = field(repr=False)
    files: dict[str, bytes] = field(repr=False)
    notes: tuple[Data, ...] = ()


def compose_task(
    house: Bureau, store: Store, task: Task, bundle: Bundle, installed: str
) -> tuple[Data, list[Paper]]:
    """The row of a State and its papers, in the order of the folder.

    Raises BriefgenError and RequestError for whatever is wrong with the record or the order.
    """
    request = released(house, store, task.request)
    makers = {
        "brief": lambda: compose_brief_of(
            house, store, BriefOrder(request, meeting_of(store, task.meeting, request))
        ),
        "history": lambda: compose_history_of(house, store, request),
    }
    cover_words = words_of(store, house.for_paper("cover"), request.release)
    row = row_of(cover_words, request)
    made, entries = [], []
    for kind in task.papers:
        if kind not in makers:
            continue
        composed = makers[kind]()
        stem = _stem(kind, task, composed)
        made.append(_paper(kind, stem, composed, task, bundle, installed))
        names = [f"{stem}.{ending}" for ending in task.formats]
        entries.append(paper_entry(cover_words, kind, composed.data, names))
    if "cover" in task.papers:
        data = compose_cover(cover_words, request, row, entries)
        cover = sealed(Composed(house.for_paper("cover"), cover_words, request, data))
        made.insert(0, _paper("cover", _stem("cover", task, cover), cover, task, bundle, installed))
    return row, made


def _paper(
    kind: str, stem: str, composed: Composed, task: Task, bundle: Bundle, installed: str
) -> Paper:
    mark = inputs_of(composed.data, f"{kind}.html.j2", task.formats, bundle, installed)
    return Paper(kind, stem, mark, composed)


def _stem(kind: str, task: Task, composed: Composed) -> str:
    """State, paper, treaties, then the window of a history and the as-of date, and perhaps the
    level of the marking."""
    request = task.request
    if kind != "history":
        parts = [kind if part == "brief" else part for part in brief_parts(request)]
    else:
        _, *window = history_parts(request, ())
        parts = [task.country, *window[:1], *request.treaties, *window[1:]]
    return file_stem(named_by(composed, parts))


def render_paper(paper: Paper, formats: Sequence[str]) -> Rendered:
    """The files of a paper whose words are at hand, kept within its pages."""
    composed, files = make_files(paper.composed, paper.template, formats)
    return Rendered(composed.data, files, composed.told)


def render_afar(bureau: Bureau, template: str, data: Data, formats: Sequence[str]) -> Rendered:
    """The files of a paper of which nothing but its data is at hand.

    It was shortened where it was composed, so that no words are needed here.
    """
    found = fit(bureau, template, data, None)
    return Rendered(
        found.data, render(bureau, template, found.data, formats, found.laid), found.notes
    )


def shortened(paper: Paper) -> Paper:
    """A paper as it is to be sent away: without what has no room on its pages."""
    composed = fitted(paper.composed, paper.template, only_shorten=True)
    return replace(paper, composed=replace(composed, laid=None))


def manifest_data(
    paper: Paper, task: Task, data: Mapping[str, Any], files: Mapping[str, bytes]
) -> Data:
    """The manifest that stands beside a paper's files."""
    more = {"bureau": task.bureau, "inputs": paper.inputs}
    return manifest_of(data, paper.composed.request, files, **more)


def encoded(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as it is written."""
    return (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode()


def records_in(facts: Iterable[Mapping[str, Any]]) -> list[str]:
    """The records that a paper's facts are of, each once: `event:ID`, `status:CTBT:CHN`."""
    return sorted({str(fact["key"]).partition("#")[0] for fact in facts})


def named_files(stem: str, made: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a paper by name."""
    return {f"{stem}.{kind}": content for kind, content in made.items()}


def manifest_name(stem: str) -> str:
    """The name of a paper's manifest."""
    return f"{stem}{ENDING}"
