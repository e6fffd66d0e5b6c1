"""`briefgen brief` and `briefgen history`: from a request to files.

In: options. Out: the paper's files, named on standard output when all are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from briefgen.cli.common import (
    as_of_day,
    countries_of,
    members_of,
    request_of,
    scope_options,
    sound_store,
)
from briefgen.cli.making import (
    Order,
    bureau_of,
    clean,
    compose_order,
    make_paper,
    make_ready_for,
    named_files,
    paper_options,
    render_paper,
    tell_held,
    tell_length,
    tell_notes,
    withheld_by,
    write_apart,
)
from briefgen.errors import BriefgenError
from briefgen.making import (
    Composed,
    brief_parts,
    compose_history_of,
    history_parts,
    named_by,
    with_manifest,
)

_EDITIONS = ("full", "speaking", "leave-behind")


@click.command("brief")
@click.argument("country")
@click.option("--meeting", metavar="ID", help="The meeting; else the next one on record.")
@scope_options
@paper_options
@click.option(
    "--edition",
    type=click.Choice(_EDITIONS),
    default="full",
    show_default=True,
    help="speaking: the points in large type; leave-behind: only what may be given away.",
)
@click.option("--drafts", is_flag=True, help="Print expired and uncleared lines too, as DRAFT.")
@click.option("--clearance", is_flag=True, help="Also the clearance page, as a paper of its own.")
@click.pass_context
def brief_command(
    ctx: click.Context, /, country: str, meeting: str | None, bureau: str | None,
    formats: Sequence[str], out: Path, edition: str, drafts: bool, clearance: bool, **scope: Any,
) -> None:  # fmt: skip
    """Make the brief on COUNTRY: the ask, the points, their answers, status, contacts, sources.

    COUNTRY is a name, code or alias in any case. Beside the paper stands its manifest, by which
    `explain`, `diff` and `addendum` know it; a leave-behind has none.
    """
    order = Order(country, scope, meeting, bureau, drafts, edition)
    page = Order(country, scope, meeting, bureau, drafts, sections=("clearance", "sources"))

    def make() -> dict[str, bytes]:
        with sound_store(ctx) as store:
            composed = compose_order(ctx, store, order)
            cover = compose_order(ctx, store, page) if clearance else None
            withheld = withheld_by(store, composed.request)
        files = _files(composed, edition, formats)
        if cover:
            parts = named_by(cover, [*brief_parts(composed.request), "clearance"])
            files |= render_paper(cover.bureau, "brief.html.j2", cover.data, parts, formats)
        tell_notes(composed.data)
        tell_held(composed.request)
        return clean(files, withheld)

    write_apart(ctx, formats, out, make)


def _files(composed: Composed, edition: str, formats: Sequence[str]) -> dict[str, bytes]:
    """The files of an edition; of a leave-behind only after the last look."""
    from briefgen.compose.facts import without_facts
    from briefgen.releasing import leaks

    template = "brief.html.j2" if edition == "full" else f"{edition}.html.j2"
    parts = [*brief_parts(composed.request), *([edition] if edition != "full" else [])]
    if edition == "leave-behind":
        composed = replace(composed, data=without_facts(composed.data))
    parts = named_by(composed, parts)
    composed, made = named_files(composed, template, parts, formats)
    tell_length(composed)
    if edition != "leave-behind":
        return with_manifest(made, parts, composed)
    found = leaks(made, composed.withheld)
    if found:
        raise BriefgenError(found)
    return made


@click.command("history")
@click.option(
    "--country",
    "-c",
    "countries",
    multiple=True,
    metavar="C",
    help="Only contacts with this country; may be repeated.",
)
@click.option("--group", "-g", metavar="G", help="Only contacts with the members of a group.")
@scope_options
@paper_options
@click.pass_context
def history_command(
    ctx: click.Context, /, countries: Sequence[str], group: str | None, bureau: str | None,
    formats: Sequence[str], out: Path, **scope: Any,
) -> None:  # fmt: skip
    """Make an outreach history: figures, occasions by kind, chronology by month.

    Without a country, group or treaty it holds the whole record.
    """

    def make() -> dict[str, bytes]:
        with sound_store(ctx) as store:
            named = countries_of(store, countries)
            group_id = store.resolve("group", group) if group else None
            members = members_of(store, group_id, as_of_day(scope)) if group_id else ()
            request = request_of(store, tuple(dict.fromkeys([*named, *members])), scope)
            house = bureau_of(ctx, store, bureau)
            make_ready_for(house, "history.html.j2")
            composed = compose_history_of(house, store, request, group_id)
            withheld = withheld_by(store, composed.request)
        subjects = [*named, *([group_id] if group_id else []), *request.treaties]
        parts = history_parts(request, subjects)
        return make_paper(composed, "history.html.j2", parts, formats, withheld)

    write_apart(ctx, formats, out, make)
