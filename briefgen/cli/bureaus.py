"""`briefgen bureau`: list, new, show, check, accept, preview: care of a bureau's own papers.

In: options. Out: tables and problems on the terminal, a new bureau's folder, pictures.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from briefgen import confined
from briefgen.cli.common import print_json, print_table, sound_store, workspace_of
from briefgen.cli.making import tell_notes
from briefgen.errors import BriefgenError, Problem, RequestError, Source

if TYPE_CHECKING:
    from briefgen.store import Store
    from briefgen.trials.check import Report

_TEXTS = (".j2", ".yaml", ".css", ".po")


class _Bureaus(click.Group):
    """Names the nearest command for one that is not known."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from briefgen.errors import did_you_mean

        if args and args[0] not in self.commands and not args[0].startswith("-"):
            near = did_you_mean(args[0], self.commands) or f"known: {', '.join(self.commands)}"
            raise click.UsageError(f"unknown command 'bureau {args[0]}' ({near})")
        return super().resolve_command(ctx, args)


@click.group("bureau", cls=_Bureaus)
def bureau_command() -> None:
    """Make, show, check and preview a bureau's own papers.

    A bureau is a folder of templates/ that holds only what differs from the bureau that it extends.
    """


@bureau_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def list_command(ctx: click.Context, as_json: bool) -> None:
    """List the bureaus of the workspace: what they extend, their language, what they change."""
    from briefgen.bureaus import bureau_ids, read_bureau
    from briefgen.bureaus.overrides import overrides_of

    workspace = workspace_of(ctx)
    rows = []
    for id_ in bureau_ids(workspace):
        bureau = read_bureau(workspace, id_)
        below = " > ".join(layer.name for layer in bureau.layers[1:])
        own = bureau.own[0].get("name", "")
        changed = len(overrides_of(bureau))
        rows.append((id_, own, below, bureau.settings["locale"], str(changed)))
    columns = ("bureau", "name", "extends", "locale", "overrides")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(f"{len(rows)} bureaus", columns, rows)


@bureau_command.command("new")
@click.argument("name")
@click.option("--extends", "below", default="base", show_default=True, metavar="B",
              help="The bureau whose papers are the ground.")  # fmt: skip
@click.option(
    "--word",
    metavar="PAPER",
    help="Also reference-PAPER.docx: every style of that paper, to be changed in Word.",
)
@click.pass_context
def new_command(ctx: click.Context, name: str, below: str, word: str | None) -> None:
    """Start the bureau NAME: a folder with a bureau.yaml that explains every setting."""
    from briefgen.bureaus import load_bureau
    from briefgen.bureaus.starting import starting_text
    from briefgen.output import LEFT, require_names, write_all

    workspace = workspace_of(ctx)
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > 40:
        raise RequestError(f"'{name}' cannot name a folder: write small letters and '-'")
    ground = load_bureau(workspace, below)
    require_names("templates", [name])
    folder = workspace / "templates" / name
    if folder.is_dir() and all(path.name in LEFT for path in folder.iterdir()):
        pass  # all that a killed run has come to
    elif folder.exists():
        hint = "take another name; nothing was changed"
        raise BriefgenError([Problem(Source(f"templates/{name}"), "", "is there already", hint)])
    files = {"bureau.yaml": starting_text(ground, name).encode()}
    if paper := known_paper(word):
        from briefgen.render.reference.starting import starter

        files[f"reference-{paper}.docx"] = starter(ground, paper)
    for path in write_all(folder, files):
        click.echo(str(path))


@bureau_command.command("show")
@click.argument("name")
@click.argument("paper", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def show_command(ctx: click.Context, name: str, paper: str | None, as_json: bool) -> None:
    """Show every setting, block, style and file of the bureau NAME with the layer it comes from.

    With a PAPER (brief, history ...) as it holds for that paper.
    """
    from briefgen.bureaus import load_bureau
    from briefgen.bureaus.showing import block_rows, file_rows, setting_rows

    paper = known_paper(paper)
    bureau = load_bureau(workspace_of(ctx), name)
    parts = {
        "settings": (("setting", "layer", "value"), list(setting_rows(bureau, paper))),
        "blocks": (("block", "shown as", "written in"), list(block_rows(bureau, paper or "brief"))),
        "files": (("file", "layer", "what it is"), list(file_rows(bureau))),
    }
    chain = " > ".join(layer.name for layer in bureau.layers)
    if as_json:
        data = {
            part: [dict(zip(columns, row, strict=True)) for row in rows]
            for part, (columns, rows) in parts.items()
        }
        print_json({"bureau": bureau.id, "chain": chain.split(" > "), **data})
        return
    for part, (columns, rows) in parts.items():
        of = f" of the {paper or 'brief'}" if part == "blocks" else ""
        print_table(f"{chain}: {part}{of}", columns, rows)


@bureau_command.command("accept")
@click.argument("name")
@click.pass_context
def accept_command(ctx: click.Context, name: str) -> None:
    """Record what the overrides of the bureau NAME stand over, as it is now.

    From then on `check` tells when that has changed, and how.
    """
    from briefgen.bureaus import load_bureau
    from briefgen.bureaus.overrides import ACCEPTED, accepted_text, overrides_of
    from briefgen.output import write_all

    bureau = load_bureau(workspace_of(ctx), name)
    found = overrides_of(bureau)
    for path in write_all(bureau.layers[0], {ACCEPTED: accepted_text(found).encode()}):
        click.echo(f"{path}: {len(found)} override{'' if len(found) == 1 else 's'}")


@bureau_command.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--json", "as_json", is_flag=True, help="The problems as JSON.")
@click.pass_context
def check_command(ctx: click.Context, names: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Check the bureaus NAME (all of them without a name) and tell every problem at once.

    Makes every paper from the record and from awkward data: long names, & < > " ', Arabic,
    kanji, no contacts, 300 contacts. Exit 0 when clean (warnings alone are clean unless
    --strict), 1 with problems.
    """
    from briefgen.bureaus import bureau_ids

    workspace, errors, found = workspace_of(ctx), 0, []
    with sound_store(ctx):
        pass  # what is wrong with the record is told once, before any bureau
    for id_ in names or bureau_ids(workspace):
        report = _checked(ctx, id_, None if as_json else _watcher(id_))
        errors += len(report.problems) if strict else report.errors
        found += report.problems
        if not as_json:
            tell(workspace, report.problems)
            click.echo(f"{id_}: {report.papers} papers made, {_counts(report)}")
    if as_json:
        print_json([p.as_data() for p in found])
    sys.exit(1 if errors else 0)


def _checked(ctx: click.Context, id_: str, watch: Callable[[str], None] | None) -> Report:
    """The check of one bureau in a process of its own: one that meets a limit stops no other."""
    from briefgen.trials import check_bureau
    from briefgen.trials.check import Report

    def check() -> Report:
        with sound_store(ctx) as store:
            confined.allow(f"templates/{id_}")
            return check_bureau(workspace_of(ctx), store, id_, watch)

    try:
        return confined.run(check)
    except BriefgenError as error:
        return Report(error.problems)


def _watcher(id_: str) -> Callable[[str], None]:
    """Says on a terminal which paper is being made."""

    def watch(label: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{id_}: {label}", nl=False, err=True)

    return watch


def _counts(report: Report) -> str:
    numbers = {"error": report.errors, "warning": len(report.problems) - report.errors}
    told = [f"{n} {word}{'' if n == 1 else 's'}" for word, n in numbers.items()]
    return ", ".join(told) if report.problems else "nothing to mend"


@bureau_command.command("preview")
@click.argument("name")
@click.argument("paper", required=False)
@click.option("--watch", is_flag=True, help="Make it again at every save, until Ctrl-C.")
@click.option("--out", "-o", type=click.Path(path_type=Path), default=Path("out/preview"),
              show_default=True, help="Folder to write to.")  # fmt: skip
@click.option("--dpi", type=click.IntRange(30, 300), default=80, show_default=True,
              help="How fine the pictures are.")  # fmt: skip
@click.pass_context
def preview_command(
    ctx: click.Context, name: str, paper: str | None, watch: bool, out: Path, dpi: int
) -> None:
    """Show a paper of the bureau NAME as HTML, PDF, DOCX and one picture a page.

    PAPER is a kind of paper, else the brief; it is made from the newest meeting on record.
    """
    paper = known_paper(paper) or "brief"
    workspace = workspace_of(ctx)
    if not watch:
        _preview(ctx, name, paper, out, dpi)
        return
    from watchfiles import watch as changes

    watched = changes(
        workspace / "templates", workspace / "data", raise_interrupt=False, yield_on_timeout=True,
        rust_timeout=1,
    )  # fmt: skip
    next(watched)  # it looks on from here: no save is missed while the first preview is made
    _try_preview(ctx, name, paper, out, dpi)
    for changed in watched:
        if changed:
            _try_preview(ctx, name, paper, out, dpi)


def _try_preview(ctx: click.Context, name: str, paper: str, out: Path, dpi: int) -> None:
    """A preview, or what keeps it from being made; the next save may mend it."""
    try:
        _preview(ctx, name, paper, out, dpi)
    except BriefgenError as error:
        tell(workspace_of(ctx), error.problems)
    click.echo("waiting for a save (Ctrl-C ends)")
    sys.stdout.flush()


def _preview(ctx: click.Context, name: str, paper: str, out: Path, dpi: int) -> None:
    """Write the files of a preview and take away the pages that are no longer there."""
    from briefgen.output import write_all

    def make() -> tuple[str, dict[str, bytes]]:
        with sound_store(ctx) as store:
            return _previewed(workspace_of(ctx), store, name, paper, dpi)

    stem, files = confined.run(make)
    written = write_all(out, files)
    for old in out.glob(f"{stem}-*.png"):
        numbered = old.stem.removeprefix(f"{stem}-").isdigit()
        if old not in written and numbered and (old.is_file() or old.is_symlink()):
            old.unlink()
    for path in written:
        click.echo(str(path))


def _previewed(
    workspace: Path, store: Store, name: str, paper: str, dpi: int
) -> tuple[str, dict[str, bytes]]:
    """What the names of a preview's files begin with, and the files: the paper and its pages."""
    from briefgen.bureaus import load_bureau
    from briefgen.fitting import fit
    from briefgen.render import render
    from briefgen.render.pictures import pictures
    from briefgen.trials.papers import sample_of, sample_trials

    bureau = load_bureau(workspace, name)
    sample = sample_of(store)
    makers = sample_trials(store, bureau, sample) if sample else {}
    if paper not in makers:
        raise RequestError(f"the record holds nothing to make a {paper} from")
    stem = f"{bureau.id}-{paper}"
    trial, template = makers[paper](), f"{paper}.html.j2"
    found = fit(bureau, template, trial.data, trial.words)
    tell_notes({"drafter_notes": found.notes})
    made = render(bureau, template, found.data, ("html", "pdf", "docx"), found.laid)
    files = {f"{stem}.{kind}": content for kind, content in made.items()}
    pages = {f"{stem}-{n}.png": image for n, image in enumerate(pictures(made["pdf"], dpi), 1)}
    return stem, files | pages


def known_paper(given: str | None) -> str | None:
    """The name of a kind of paper; RequestError with the nearest match for another."""
    from briefgen.bureaus import PAPERS
    from briefgen.errors import did_you_mean

    if given is None or given in PAPERS:
        return given
    hint = did_you_mean(given, PAPERS) or f"known: {', '.join(PAPERS)}"
    raise RequestError(f"unknown paper '{given}' ({hint})")


def excerpt(workspace: Path, problem: Problem) -> str:
    """The line of a problem with a caret under its place, and what else there is to see."""
    lines = []
    path = workspace / problem.source.path
    if problem.source.line and path.suffix in _TEXTS and path.is_file():
        text = path.read_text("utf-8", errors="replace").splitlines()
        if problem.source.line <= len(text):
            line, column = text[problem.source.line - 1], max(problem.source.column, 1)
            start = max(0, column - 70)
            lines = [f"    {line[start : start + 100]}", " " * (3 + column - start) + "^"]
    lines += [f"    {line}" for line in problem.detail.splitlines()]
    return "\n".join(lines)


def tell(workspace: Path, problems: list[Problem]) -> None:
    """Problems with their lines, for people."""
    for problem in problems:
        click.echo(str(problem))
        if more := excerpt(workspace, problem):
            click.echo(more)
