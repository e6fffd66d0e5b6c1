"""`briefgen scan`: what finished files hold that is above a ceiling.

In: files and folders, a workspace, a ceiling or readers. Out: one line for each text of the record
that may not be in them, by record and field, never the text; exit code 1 when there is one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from briefgen.cli.common import DATE, release_options, released_to, today
from briefgen.errors import BriefgenError, Problem, RequestError, Source

if TYPE_CHECKING:
    from briefgen.dates import PartialDate


@click.command("scan")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--against",
    type=click.Path(path_type=Path, file_okay=False),
    help="The workspace whose record is looked for; else the one in use.",
)
@release_options
@click.option("--as-of", type=DATE, metavar="DATE", help="Memberships on this date; else today.")
@click.pass_context
def scan_command(
    ctx: click.Context, /, files: Sequence[Path], against: Path | None, ceiling: str | None,
    readers: str | None, as_of: PartialDate | None,
) -> None:  # fmt: skip
    """Look into finished FILES for whatever may not be released.

    Every part of a Word file or table, every string, stream and attachment of a PDF, its text, all
    properties and names are held against each text of the record that is marked above the ceiling
    or not for all the readers. Folders are looked through whole.
    """
    from briefgen.cli.common import cache_folder, workspace_of
    from briefgen.gate import Release
    from briefgen.releasing import released_wrongly
    from briefgen.store import Store
    from briefgen.withholding import withheld_from

    if not (ceiling or readers):
        raise click.UsageError("say what may be released: --ceiling LEVEL, --readers LIST, or both")
    day = as_of.last if as_of else today()
    with Store(against or workspace_of(ctx), cache_folder()) as store:
        store.require_sound()
        release = Release(on=day, **released_to(store, ceiling, readers, day))
        withheld = withheld_from(store, release)
    found: list[Problem] = []
    looked = 0
    for path in _files(files):
        looked += 1
        found += released_wrongly({str(path): _read(path)}, withheld, "do not send it out")
    if found:
        for problem in found:
            click.echo(str(problem), err=True)
        sys.exit(1)
    click.echo(f"{looked} file{'s' if looked != 1 else ''}: nothing that may not be released")


def _files(given: Sequence[Path]) -> Iterator[Path]:
    """The files named, and those in the folders named, each once."""
    seen: set[Path] = set()
    for path in given:
        inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in inside:
            if file not in seen:
                seen.add(file)
                yield file
    if not seen:
        raise RequestError("no file to look into")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BriefgenError([Problem(Source(str(path)), "", f"{error.strerror}")]) from None
