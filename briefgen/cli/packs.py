"""`briefgen pack`, `verify` and `why`: the papers of many States, and the proof of them.

In: options. Out: a folder of papers, its progress told on standard error and its outcome on
standard output; what of a pack is not as it was made; what a paper rests on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from briefgen.cli.common import (
    as_of_day,
    cache_folder,
    print_json,
    print_table,
    scope_options,
    workspace_of,
)
from briefgen.cli.making import lay_out_ahead
from briefgen.cli.progress import Reporter, reporter

if TYPE_CHECKING:
    from briefgen.packs.order import PackOrder
    from briefgen.packs.run import Outcome
    from briefgen.store import Store

_PAPERS = ("cover", "brief", "history")
_EXECUTORS = ("local", "dask")


@click.command("pack")
@click.argument("countries", nargs=-1, metavar="[COUNTRY]...")
@click.option("--group", "-g", metavar="G", help="The members of a group on the as-of date.")
@click.option("--all", "everyone", is_flag=True, help="Every State of the treaty, or on record.")
@click.option(
    "--from-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="CSV",
    help="A table with the columns country and, if wanted, meeting.",
)
@scope_options
@click.option(
    "--bureau", "-b", "bureaus", multiple=True, metavar="B",
    help="May be repeated; each has a folder of its own.",
)  # fmt: skip
@click.option(
    "--paper", "papers", multiple=True, type=click.Choice(_PAPERS),
    help="May be repeated; else all three.",
)  # fmt: skip
@click.option(
    "--format", "-f", "formats", multiple=True, type=click.Choice(("docx", "pdf")),
    help="May be repeated; else both.",
)  # fmt: skip
@click.option(
    "--out", "-o", type=click.Path(path_type=Path, file_okay=False), default=Path("out/pack"),
    show_default=True, help="Folder of the pack.",
)  # fmt: skip
@click.option("--book", is_flag=True, help="Also all papers bound in one PDF (one a bureau).")
@click.option("--zip", "zipped", is_flag=True, help="Also the whole folder as FOLDER.zip.")
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 256), default=None, metavar="N",
    help="Worker processes; else one a core.",
)  # fmt: skip
@click.option(
    "--dry-run", "-n", is_flag=True, help="Tell what would be made and why; make nothing."
)
@click.option("--wait", is_flag=True, help="Wait for another run into the same folder.")
@click.option("--quiet", "-q", is_flag=True, help="Tell only what went wrong.")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON, one a line.")
@click.option("--notes", is_flag=True, help="Tell at the end what drafters should look at.")
@click.option(
    "--executor", type=click.Choice(_EXECUTORS), default="local", show_default=True,
    help="Where papers are rendered: on this machine, or on a Dask cluster.",
)  # fmt: skip
@click.option("--scheduler", metavar="ADDRESS", help="Of the Dask cluster: tcp://host:8786")
@click.pass_context
def pack_command(ctx: click.Context, /, **options: Any) -> None:
    """Make the papers of many States in one run: a cover, the brief and the outreach history each.

    Papers that would come out the same are kept; a State's fault does not stop the others. Exit 0
    when all is made, 1 with faults, 2 wrong usage, 130 when stopped.
    """
    _refuse_mixtures(options)
    told = reporter(quiet=options["quiet"], as_json=options["as_json"], notes=options["notes"])
    if not options["dry_run"] and _nothing_changed(ctx, options, told):
        return
    if options["executor"] == "local" and not options["dry_run"]:
        _begin_ahead(ctx, options)
    from briefgen.cli.common import sound_store

    with sound_store(ctx) as store:
        order = _order(ctx, store, options)
        if options["dry_run"]:
            _dry_run(ctx, store, order, options, told)
            return
        outcome = _make(ctx, store, order, options, told)
    told.finished(outcome)
    sys.exit(1 if outcome.faults else 0)


def _refuse_mixtures(options: Mapping[str, Any]) -> None:
    named = [options["countries"], options["group"], options["everyone"], options["from_file"]]
    if not any(named):
        raise click.UsageError("name countries, or give --group, --all or --from-file")
    if options["everyone"] and (options["countries"] or options["group"] or options["from_file"]):
        raise click.UsageError("--all is every State: name no others beside it")
    if (options["executor"] == "dask") != bool(options["scheduler"]):
        raise click.UsageError("--executor dask and --scheduler ADDRESS go together")
    if options["quiet"] and options["as_json"]:
        raise click.UsageError("--quiet and --json: one at a time")
    if options["book"] and options["formats"] and "pdf" not in options["formats"]:
        raise click.UsageError("--book binds the PDFs: let --format pdf be among the formats")


def _question(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the run is asked for, as far as the pack depends on it."""
    apart = ("dry_run", "notes", "wait", "quiet", "as_json", "jobs", "executor", "scheduler", "out")
    asked = {name: str(value) for name, value in options.items() if name not in apart}
    return {**asked, "as_of": as_of_day(options).isoformat()}


def _nothing_changed(ctx: click.Context, options: Mapping[str, Any], told: Reporter) -> bool:
    """Whether the pack stands as the same run left it; then there is nothing to load or make."""
    from briefgen.packs import quick

    found = quick.unchanged(
        options["out"], workspace_of(ctx), cache_folder(), _question(options), options["from_file"]
    )
    if found is not None:
        told.unchanged(found, options["out"])
    return found is not None


def _begin_ahead(ctx: click.Context, options: Mapping[str, Any]) -> None:
    """Begin loading what rendering needs while the run is planned: a companion where a pack was
    made before and little will have changed, else the warm parent of workers."""
    from briefgen.packs import quick

    if quick.was_made(options["out"], cache_folder()):
        lay_out_ahead(ctx, options["formats"])
    else:
        from briefgen.packs.pool import warm_up

        warm_up()


def _order(ctx: click.Context, store: Store, options: Mapping[str, Any]) -> PackOrder:
    from briefgen.bureaus import read_bureau
    from briefgen.cli.common import request_of
    from briefgen.packs.order import FORMATS, PAPERS, PackOrder
    from briefgen.packs.targets import targets

    request = request_of(store, (), dict(options))
    found = targets(
        store,
        request,
        named=options["countries"],
        group=options["group"],
        everyone=options["everyone"],
        table=options["from_file"],
    )
    named = tuple(dict.fromkeys(options["bureaus"])) or (store.ministry.bureau,)
    workspace = workspace_of(ctx)
    return PackOrder(
        request=request,
        countries=found.countries,
        bureaus=tuple(dict.fromkeys(read_bureau(workspace, name).id for name in named)),
        named=bool(options["bureaus"]),
        papers=tuple(options["papers"]) or PAPERS,
        formats=tuple(options["formats"]) or FORMATS,
        meetings=found.meetings,
        group=found.group,
    )


def _make(
    ctx: click.Context, store: Store, order: PackOrder, options: Mapping[str, Any], told: Reporter
) -> Outcome:
    from briefgen.packs import quick
    from briefgen.packs.making import Wanted, make_pack
    from briefgen.packs.run import Stopped

    wanted = Wanted(
        out=options["out"],
        cache=cache_folder(),
        jobs=options["jobs"] or _cores(),
        book=options["book"],
        zipped=options["zipped"],
        wait=options["wait"],
        scheduler=options["scheduler"],
    )
    question = _question(options)
    before = quick.look(workspace_of(ctx), question, options["from_file"], None)
    try:
        with told:
            outcome = make_pack(store, order, wanted, told.tell)
    except Stopped as stop:
        done = f"{stop.done} of {stop.total} States are done"
        click.echo(f"briefgen: stopped; {done}; the same command goes on from there", err=True)
        sys.exit(130)
    if not outcome.faults:
        quick.remember(options["out"], cache_folder(), before)
    return outcome


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _dry_run(
    ctx: click.Context, store: Store, order: PackOrder, options: Mapping[str, Any], told: Reporter
) -> None:
    from briefgen.packs.making import foresee

    found = foresee(store, order, options["out"], cache_folder())
    if options["as_json"]:
        print_json(found)
        return
    rows = [(row["state"], ", ".join(row["make"]) or "–", ", ".join(row["keep"]) or "–", row["why"])
            for row in found["states"]]  # fmt: skip
    counts = f"{found['make']} papers to make, {found['keep']} to keep"
    print_table(f"Plan for {options['out']}: {counts}", ("State", "Make", "Keep", "Why"), rows)
    for name in found["remove"]:
        click.echo(f"would be removed: {name}")


@click.command("verify")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def verify_command(folder: Path, as_json: bool) -> None:
    """Check a pack against its manifest: what was changed, is missing or does not belong.

    Exit 0 when every file is as it was made, 1 when not.
    """
    from briefgen.packs.proof import read_manifest, verify

    manifest = read_manifest(folder)
    found = verify(folder, manifest)
    count = len(manifest["files"])
    if as_json:
        print_json({"files": count, "problems": [problem.as_data() for problem in found]})
    else:
        for problem in found:
            click.echo(str(problem))
        if found:
            wrong = f"{len(found)} problem{'' if len(found) == 1 else 's'}"
            click.echo(f"{wrong} among {count} files", err=True)
        else:
            click.echo(f"{count} files, all as they were made ({manifest['as_of']})")
    sys.exit(1 if found else 0)


@click.command("why")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def why_command(file: Path, as_json: bool) -> None:
    """Tell which events, statuses and lines are in the paper FILE, and by which rule each came in.

    FILE is any file of a paper, or a file of a pack: its index, its book, its manifest.
    """
    from briefgen.packs.reasons import reasons

    found = reasons(file)
    if as_json:
        print_json(found)
        return
    for notice in found["notices"]:
        click.echo(f"briefgen: {notice}", err=True)
    for title, columns, rows in found["tables"]:
        print_table(title, columns, rows)
