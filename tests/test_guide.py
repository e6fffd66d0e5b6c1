"""The guide for bureaus: its lists are those of the code, its examples run, its pictures are there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.shared import RGBColor

from briefgen.bureaus import PAPERS, bureau_ids, load_bureau, read_bureau, sections_of
from briefgen.bureaus.blocks import blocks_of
from briefgen.bureaus.settings import BureauSettings
from briefgen.fitting import fit
from briefgen.loading.reader import find_model
from briefgen.records.meanings import meanings
from briefgen.render import render
from briefgen.render.pictures import pictures
from briefgen.store import Store
from briefgen.trials.awkward import AS_OF, awkward_workspace
from briefgen.trials.papers import WHOLE, Sample, sample_of, sample_trials
from briefgen.trials.shapes import Shape, listed, shape_of
from tests.conftest import ROOT, Run

GUIDE = ROOT / "templates/README.md"
PICTURES = ROOT / "templates/pictures"
MADE = re.compile(r"<!-- made: (\w+) -->\n(.*?)<!-- end -->", re.DOTALL)
FENCE = re.compile(r"```(\w+)(?: (\S+))?\n(.*?)```", re.DOTALL)


# -- what is made ----------------------------------------------------------------------------------


def bureaus_made() -> Iterator[str]:
    for id_ in bureau_ids(ROOT):
        bureau = read_bureau(ROOT, id_)
        head = [
            line[2:]
            for line in (bureau.layers[0] / "bureau.yaml").read_text("utf-8").splitlines()
            if line.startswith("# ")
        ]
        yield f"### {id_}"
        yield ""
        yield head[0]
        yield ""
        for paper in ("brief", "history"):
            yield f'<img src="pictures/{id_}-{paper}.png" width="340" alt="Page one of the {paper} of {id_}"/>'
        yield ""


def settings_made(model: Any = BureauSettings, path: str = "") -> Iterator[str]:
    if not path:
        yield "| setting | meaning |"
        yield "|---|---|"
    for name, info in model.model_fields.items():
        inner = find_model(info.annotation)
        meaning = " ".join(meanings(model).get(name, "").split()).replace("|", "\\|")
        here = f"{path}{name}"
        if inner is None or meaning:
            yield f"| `{here}` | {meaning} |"
        if inner is not None:
            many = "tuple[" in str(info.annotation)
            between = "[]." if many else ".PAPER." if name == "papers" else "."
            yield from settings_made(inner, f"{here}{between}")


def blocks_made() -> Iterator[str]:
    base = load_bureau(ROOT, "base")
    yield "| paper | sections | other blocks |"
    yield "|---|---|---|"
    for paper in PAPERS:
        sections = sections_of(base, paper)
        files = [ROOT / "templates/base" / n for n in (f"{paper}.html.j2", "page.html.j2")]
        others = [
            n for n in dict.fromkeys(b for f in files for b in blocks_of(f)) if n not in sections
        ]
        yield f"| {paper} | {', '.join(f'`{s}`' for s in sections)} | {', '.join(f'`{o}`' for o in others)} |"


@cache
def shapes() -> dict[str, Shape]:
    base, found = load_bureau(ROOT, "base"), dict[str, list[dict[str, Any]]]()
    import tempfile

    with Store(ROOT, None) as store, tempfile.TemporaryDirectory() as folder:
        sample = sample_of(store)
        assert sample
        awkward = awkward_workspace(store, Path(folder))
        with Store(awkward.workspace, None) as other:
            tries = [
                (store, sample),
                (other, Sample("awkward", awkward.named, AS_OF, awkward.event)),
            ]
            for source, about in tries:
                for name, maker in sample_trials(source, base, about).items():
                    found.setdefault("brief" if name == WHOLE else name, []).append(maker().data)
    return {paper: shape_of(data) for paper, data in found.items()}


def names_made() -> Iterator[str]:
    for paper in PAPERS:
        yield f"<details><summary>{paper}</summary>"
        yield ""
        yield "| name | what it is |"
        yield "|---|---|"
        for name, kind, _ in listed(shapes()[paper], depth=4):
            yield f"| `{name}` | {kind} |"
        yield ""
        yield "</details>"
        yield ""


MAKERS = {
    "bureaus": bureaus_made,
    "settings": settings_made,
    "blocks": blocks_made,
    "names": names_made,
}


def test_the_lists_of_the_guide_are_those_of_the_code(renew: bool) -> None:
    text = GUIDE.read_text("utf-8")
    assert {m[1] for m in MADE.finditer(text)} == set(MAKERS)

    def made(match: re.Match[str]) -> str:
        lines = "\n".join(MAKERS[match[1]]())
        return f"<!-- made: {match[1]} -->\n{lines.rstrip()}\n<!-- end -->"

    shown = MADE.sub(made, text)
    if renew:
        GUIDE.write_text(shown, "utf-8")
        text = shown
    assert shown == text, "if this is meant: make golden"


def test_every_setting_is_explained() -> None:
    rows = [line.split(" | ") for line in settings_made() if line.startswith("| `")]
    assert [row[0] for row in rows if not row[1].strip(" |")] == []


@pytest.mark.parametrize("paper", ["brief", "history"])
@pytest.mark.parametrize("id_", bureau_ids(ROOT))
def test_each_shipped_bureau_is_shown_as_it_is(id_: str, paper: str, renew: bool) -> None:
    bureau = load_bureau(ROOT, id_)
    with Store(ROOT, None) as store:
        sample = sample_of(store)
        assert sample
        trial = sample_trials(store, bureau, sample)[paper]()
        found = fit(bureau, f"{paper}.html.j2", trial.data, trial.words)
    first = pictures(render(bureau, f"{paper}.html.j2", found.data, ["pdf"])["pdf"], 60)[0]
    path = PICTURES / f"{id_}-{paper}.png"
    if renew:
        PICTURES.mkdir(exist_ok=True)
        path.write_bytes(first)
    # Letters are drawn a little otherwise on another machine: the page is held to the eye's measure.
    assert _unlike(path.read_bytes(), first) < 0.02, "if this is meant: make golden"


def _unlike(one: bytes, other: bytes) -> float:
    """How far two pictures are apart, from 0 (the same) to 1."""
    import io

    from PIL import Image, ImageChops, ImageStat

    first, second = (Image.open(io.BytesIO(b)).convert("L").reduce(4) for b in (one, other))
    if first.size != second.size:
        return 1.0
    return float(ImageStat.Stat(ImageChops.difference(first, second)).mean[0]) / 255


def test_no_picture_is_of_a_bureau_that_is_gone() -> None:
    wanted = {f"{id_}-{paper}.png" for id_ in bureau_ids(ROOT) for paper in ("brief", "history")}
    assert {p.name for p in PICTURES.iterdir()} == wanted


# -- the examples ----------------------------------------------------------------------------------


def word_file(workspace: Path, made: Path, path: str, change: str) -> None:
    """What a person does in Word: opens the preview, changes a style, saves it as the reference."""
    style, colour = re.fullmatch(r"(.+): colour (\w{6})\n", change).groups()  # type: ignore[union-attr]
    document = Document(str(made / "my-look-brief.docx"))
    document.styles[style].font.color.rgb = RGBColor.from_string(colour)
    document.save(str(workspace / path))


def test_the_examples_of_the_guide_run_and_print_what_it_shows(
    workspace: Path, briefgen: Run, tmp_path: Path, renew: bool
) -> None:
    text = GUIDE.read_text("utf-8")
    made = workspace / "out/preview"

    def played(match: re.Match[str]) -> str:
        kind, path, body = match.groups()
        if kind == "word":
            word_file(workspace, made, path, body)
        elif path:
            (workspace / path).parent.mkdir(exist_ok=True)
            (workspace / path).write_text(body, "utf-8")
        if kind != "console":
            return match[0]
        lines = []
        for command in (line[2:] for line in body.splitlines() if line.startswith("$ ")):
            result = briefgen(*shlex.split(command)[1:], cwd=workspace)
            printed = (result.stdout + result.stderr).replace(f"{workspace}/", "")
            lines += [
                f"$ {command}",
                *(line.rstrip() for line in printed.splitlines() if line.strip()),
            ]
        return "```console\n" + "\n".join(lines) + "\n```"

    shown = FENCE.sub(played, text)
    if renew:
        GUIDE.write_text(shown, "utf-8")
        text = shown
    assert shown == text, "if this is meant: make golden"
    look = (made / "my-look-brief.html").read_text("utf-8")
    assert "#b00020" in look.lower()
    styles = Document(str(made / "my-look-brief.docx")).styles
    assert str(styles["Heading 2"].font.color.rgb) == "B00020"
