"""`briefgen bureau`: list, new, show, check, accept, preview: care of a bureau's own papers.

In: options. Out: tables and problems on the terminal, a new bureau's folder, pictures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from briefgen.cli.common import print_json, print_table, workspace_of
from briefgen.errors import BriefgenError, Problem, RequestError, Source

if TYPE_CHECKING:
    from briefgen.bureaus import Bureau


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
@click.pass_context
def new_command(ctx: click.Context, name: str, below: str) -> None:
    """Start the bureau NAME: a folder with a bureau.yaml that explains every setting."""
    from briefgen.bureaus import load_bureau
    from briefgen.bureaus.starting import starting_text
    from briefgen.output import write_all

    workspace = workspace_of(ctx)
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > 40:
        raise RequestError(f"'{name}' cannot name a folder: write small letters and '-'")
    ground = load_bureau(workspace, below)
    folder = workspace / "templates" / name
    if folder.exists():
        hint = "take another name; nothing was changed"
        raise BriefgenError([Problem(Source(f"templates/{name}"), "", "is there already", hint)])
    for path in write_all(folder, {"bureau.yaml": starting_text(ground, name).encode()}):
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
        "settings": (("setting", "value", "layer"), list(setting_rows(bureau, paper))),
        "blocks": (("block", "shown as", "written in"), list(block_rows(bureau, paper or "brief"))),
        "files": (("file", "what it is", "layer"), list(file_rows(bureau))),
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


def known_paper(given: str | None) -> str | None:
    """The name of a kind of paper; RequestError with the nearest match for another."""
    from briefgen.bureaus import PAPERS
    from briefgen.errors import did_you_mean

    if given is None or given in PAPERS:
        return given
    hint = did_you_mean(given, PAPERS) or f"known: {', '.join(PAPERS)}"
    raise RequestError(f"unknown paper '{given}' ({hint})")


def excerpt(bureau: Bureau, problem: Problem) -> str:
    """The line of a problem with a caret under its place, and what else there is to see."""
    lines = []
    path = bureau.layers[0].parent.parent / problem.source.path
    if problem.source.line and path.suffix in (".j2", ".yaml", ".css", ".po") and path.is_file():
        text = path.read_text("utf-8", errors="replace").splitlines()
        if problem.source.line <= len(text):
            line, column = text[problem.source.line - 1], max(problem.source.column, 1)
            start = max(0, column - 70)
            lines = [f"    {line[start : start + 100]}", " " * (3 + column - start) + "^"]
    lines += [f"    {line}" for line in problem.detail.splitlines()]
    return "\n".join(lines)


def tell(bureau: Bureau, problems: list[Problem]) -> None:
    """Problems with their lines, for people."""
    for problem in problems:
        click.echo(str(problem))
        if more := excerpt(bureau, problem):
            click.echo(more)
