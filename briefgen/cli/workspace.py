"""`briefgen check`, `schema` and `init`: care of the workspace.

In: options. Out: problems one a line, schema files, a new workspace.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import click

from briefgen.cli.common import open_store, print_json, sample_workspace
from briefgen.errors import BriefgenError, Problem, Severity, Source, told

_ROOMS = ("data", "templates")


@click.command("check")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--json", "as_json", is_flag=True, help="The problems as JSON.")
@click.pass_context
def check_command(ctx: click.Context, strict: bool, as_json: bool) -> None:
    """Check the whole record: form, references and substance, all problems at once.

    Exit 0 when clean (warnings alone are clean unless --strict), 1 with problems, 2 wrong usage.
    """
    from briefgen.bureaus import bureau_ids, load_bureau
    from briefgen.checking import check_substance

    with open_store(ctx) as store:
        problems = store.problems()
        for bureau in bureau_ids(store.workspace):
            try:
                load_bureau(store.workspace, bureau)
            except BriefgenError as error:
                problems += error.problems
        problems = sorted([*problems, *check_substance(store)], key=lambda p: p.order)
    errors = sum(strict or p.severity is Severity.ERROR for p in problems)
    warnings = len(problems) - errors
    if as_json:
        print_json(
            {"errors": errors, "warnings": warnings, "problems": [p.as_data() for p in problems]}
        )
    else:
        for line in told(problems):
            click.echo(line)
        click.echo(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    sys.exit(1 if errors else 0)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


@click.command("schema")
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Folder to write the schemas to.",
)
def schema_command(out: Path) -> None:
    """Write a JSON Schema for each kind of data file, made from the records themselves."""
    from briefgen.output import write_all
    from briefgen.schemas import schemas

    files = {
        name: (json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
        for name, schema in schemas().items()
    }
    for path in write_all(out, files):
        click.echo(str(path))


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init_command(folder: Path) -> None:
    """Start a workspace in DIR from the sample: its data/ and templates/, to be edited."""
    from briefgen.output import locked, told

    with locked(folder), told(folder):  # of two runs at once the second finds what the first made
        begun = _all_but_moved(folder)
        taken = [name for name in _ROOMS if os.path.lexists(folder / name)]
        if begun:
            _new(folder, _ROOMS[-1]).rename(folder / _ROOMS[-1])
        elif taken:
            what = f"already holds {' and '.join(taken)}"
            hint = "name an empty folder; nothing was changed"
            raise BriefgenError([Problem(Source(str(folder)), "", what, hint)])
        else:
            _copy(sample_workspace(), folder)
    click.echo(f"{folder}/data\n{folder}/templates")


def _new(folder: Path, name: str) -> Path:
    return folder / f".briefgen.{name}.new"


def _all_but_moved(folder: Path) -> bool:
    """Whether a run was killed when all was copied and the last room alone had not its name yet."""
    first, last = _ROOMS
    return (
        (folder / first).is_dir()
        and not os.path.lexists(_new(folder, first))
        and not os.path.lexists(folder / last)
        and _new(folder, last).is_dir()
    )


def _copy(sample: Path, folder: Path) -> None:
    """Both rooms beside their places, then in them; a copy that fails leaves nothing."""
    made = {name: _new(folder, name) for name in _ROOMS}
    try:
        for name, room in made.items():
            shutil.rmtree(room, ignore_errors=True)  # of a run that was killed
            shutil.copytree(sample / name, room)
        for name, room in made.items():
            room.rename(folder / name)
    finally:
        for room in made.values():
            shutil.rmtree(room, ignore_errors=True)
