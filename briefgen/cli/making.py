"""What the commands that make papers share: options, bureau, words, composing a brief, files.

In: the click context, options, a store. Out: the data of a paper, and its files with a manifest,
named on standard output when all are written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from briefgen import confined
from briefgen.cli.common import countries_of, request_of, workspace_of
from briefgen.making import (
    BriefOrder,
    Composed,
    compose_brief_of,
    make_files,
    meeting_of,
    named_by,
    released,
    with_manifest,
)

if TYPE_CHECKING:
    from briefgen.bureaus import Bureau
    from briefgen.selection import Request
    from briefgen.store import Store
    from briefgen.withholding import Withheld

_FORMATS = ("docx", "pdf", "html", "json")


_SETTINGS = "briefgen.settings"


def _for_this_run(part: str, name: str) -> Callable[..., Any]:
    """An option that stands over a setting of the bureau, for one run."""

    def keep(ctx: click.Context, _: click.Parameter, value: Any) -> Any:
        if value is not None:
            ctx.meta.setdefault(_SETTINGS, {}).setdefault(part, {})[name] = value
        return value

    return keep


def paper_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of any paper: whose look, which files, where."""
    options = [
        click.option(
            "--bureau", "-b", metavar="B", help="Whose templates and look; else the default."
        ),
        click.option(
            "--format",
            "-f",
            "formats",
            multiple=True,
            type=click.Choice(_FORMATS),
            help="May be repeated; else docx and pdf.",
        ),
        click.option(
            "--out",
            "-o",
            type=click.Path(path_type=Path),
            default=Path("out"),
            show_default=True,
            help="Folder to write to.",
        ),
        click.option(
            "--marking",
            metavar="LEVEL",
            expose_value=False,
            callback=_for_this_run("release", "marking"),
            help="Raise the paper's marking to this level; it is never lowered.",
        ),
        click.option(
            "--embed-data",
            is_flag=True,
            default=None,
            expose_value=False,
            callback=_for_this_run("pdf", "embed_data"),
            help="Attach the paper's data to its PDF as JSON, which makes it PDF/A-3a.",
        ),
        click.option(
            "--pdf-variant",
            type=click.Choice(("2a", "3a")),
            expose_value=False,
            callback=_for_this_run("pdf", "variant"),
            help="The part of PDF/A; else 2a, or 3a with data.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for when a brief is asked for."""

    country: str
    scope: Mapping[str, Any]
    meeting: str | None = None
    bureau: str | None = None
    drafts: bool = False
    edition: str = "full"
    sections: tuple[str, ...] = ()


def compose_order(ctx: click.Context, store: Store, order: Order) -> Composed:
    """The data of the brief, in the edition that is asked for."""
    house = bureau_of(ctx, store, order.bureau)
    asked = request_of(store, countries_of(store, [order.country]), dict(order.scope))
    request = released(house, store, asked)
    meeting = meeting_of(store, order.meeting, request)
    make_ready_for(house, "brief.html.j2")
    wanted = BriefOrder(request, meeting, order.drafts, order.edition, order.sections)
    return compose_brief_of(house, store, wanted)


def tell_length(composed: Composed) -> None:
    """What was too long and what was dropped, on standard error."""
    tell_notes({"drafter_notes": composed.told})


def tell_notes(data: Mapping[str, Any]) -> None:
    """What the drafter should look at, on standard error, each with its place."""
    for note in data.get("drafter_notes", ()):
        place = f"{note['file']}:{note['line']}: " if note["file"] else ""
        click.echo(f"{place}{note['severity']}: {note['text']}", err=True)


def bureau_of(ctx: click.Context, store: Store, given: str | None) -> Bureau:
    """The bureau asked for, else the ministry's own, with what options say of its settings."""
    from briefgen.bureaus import load_bureau

    house = load_bureau(workspace_of(ctx), given or store.ministry.bureau)
    return house.with_settings(ctx.meta.get(_SETTINGS, {}))


def make_paper(
    composed: Composed,
    template: str,
    parts: Sequence[str],
    formats: Sequence[str],
    withheld: Withheld | None = None,
) -> dict[str, bytes]:
    """The paper's files with its manifest, by name."""
    parts = named_by(composed, parts)
    composed, files = named_files(composed, template, parts, formats)
    tell_length(composed)
    tell_held(composed.request)
    return clean(with_manifest(files, parts, composed), withheld)


def named_files(
    composed: Composed, template: str, parts: Sequence[str], formats: Sequence[str]
) -> tuple[Composed, dict[str, bytes]]:
    """The paper within its pages, and its files by name."""
    from briefgen.output import file_stem

    wanted = list(dict.fromkeys(formats)) or ["docx", "pdf"]
    composed, made = make_files(composed, template, wanted)
    stem = file_stem(parts)
    return composed, {f"{stem}.{kind}": content for kind, content in made.items()}


def write_apart(
    ctx: click.Context,
    formats: Sequence[str],
    out: Path,
    make: Callable[[], dict[str, bytes]],
) -> None:
    """Write what a process of its own makes, which keeps to the limits on a paper, and say where.

    When it is stopped, what was written before is as it was.
    """

    def begun() -> dict[str, bytes]:
        lay_out_ahead(ctx, formats)
        return make()

    write_files(confined.run(begun), out)


def lay_out_ahead(ctx: click.Context, formats: Sequence[str]) -> None:
    """Start loading the layout engine beside this process, where a PDF will be made."""
    if not formats or "pdf" in formats:
        from briefgen import ahead

        ahead.begin("briefgen.render.beside:serve")
        ctx.call_on_close(ahead.end)


def make_ready_for(house: Bureau, template: str) -> None:
    """Tell the companion, if one was started, whose look the paper will have."""
    from briefgen import ahead

    if ahead.at_hand():
        from briefgen.render import make_ready

        make_ready(house, template)


def render_paper(
    bureau: Bureau,
    template: str,
    data: dict[str, Any],
    parts: Sequence[str],
    formats: Sequence[str],
    laid: Any = None,
) -> dict[str, bytes]:
    """The files of a paper by name; `laid` is the paper on its pages, where it was measured."""
    from briefgen.output import file_stem
    from briefgen.render import render

    stem = file_stem(parts)
    wanted = list(dict.fromkeys(formats)) or ["docx", "pdf"]
    made = render(bureau, template, data, wanted, laid)
    return {f"{stem}.{kind}": content for kind, content in made.items()}


def withheld_by(store: Store, request: Request) -> Withheld | None:
    """What the files of a release may not hold; None where all may pass."""
    if not request.release.limits:
        return None
    from briefgen.withholding import withheld_from

    return withheld_from(store, request.release)


def tell_held(request: Request) -> None:
    """How much was held back, by kind, on standard error; what it was is not told."""
    kinds = Counter(_kind_held(key) for key in request.held)
    if kinds:
        counted = ", ".join(_counted(n, kind) for kind, n in sorted(kinds.items()))
        click.echo(f"held back: {counted}", err=True)


def _kind_held(key: str) -> str:
    kind = key.partition(":")[0]
    return "statement" if kind == "event" and "#" in key else kind


def _counted(number: int, kind: str) -> str:
    several = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
    return f"{number} {kind if number == 1 else several}"


def clean(files: Mapping[str, bytes], withheld: Withheld | None) -> dict[str, bytes]:
    """The files, none of which holds what is withheld; raises BriefgenError when one does."""
    if withheld:
        from briefgen.releasing import require_clean

        require_clean(files, withheld)
    return dict(files)


def write_files(files: Mapping[str, bytes], out: Path) -> None:
    """Write everything, then say where, and what of an earlier run stands beside it."""
    from briefgen.cli.writing import put

    written, warnings = put(files, out)
    for path in written:
        click.echo(str(path))
    for warning in warnings:
        click.echo(str(warning), err=True)
