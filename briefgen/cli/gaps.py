"""`briefgen gaps`: who was not met since when, what stays unanswered, what changed since.

In: options. Out: tables on standard output, with `--json` the documented form, with `--paper`
files, named on standard output when all are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from briefgen.cli.common import (
    DATE,
    as_of_day,
    members_of,
    print_json,
    print_table,
    release_options,
    request_of,
    sound_store,
)
from briefgen.cli.making import (
    bureau_of,
    clean,
    paper_options,
    render_paper,
    tell_held,
    tell_length,
    withheld_by,
    write_apart,
)
from briefgen.making import Composed, fitted, named_by, released, sealed, words_of

if TYPE_CHECKING:
    from briefgen.compose.gaps import Gaps
    from briefgen.selection import Request
    from briefgen.store import Store

_COLUMNS = ("State", "Last contact", "Level", "Months", "Standing")
_ASKS = ("State", "Put on", "Event", "Ask")
_CHANGES = ("State", "On", "After", "Step")


@click.command("gaps")
@click.option("--group", "-g", metavar="G", help="The members of a group on the as-of date.")
@click.option("--treaty", "-t", metavar="T", help="Only contacts and asks on this treaty.")
@click.option("--as-of", type=DATE, metavar="DATE", help="On this date; else today.")
@release_options
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--paper", is_flag=True, help="Write a paper, by the three options below.")
@paper_options
@click.pass_context
def gaps_command(
    ctx: click.Context, /, group: str | None, treaty: str | None, as_json: bool, paper: bool,
    bureau: str | None, formats: Sequence[str], out: Path, **scope: Any,
) -> None:  # fmt: skip
    """Show which States were not met since when, at which level, and what stays open.

    Without a group: every State met on record, and those that entry into force waits for.
    """
    from briefgen.compose.gaps import Gaps
    from briefgen.compose.gaps_paper import compose_gaps
    from briefgen.compose.words import Words

    _refuse_mixtures(ctx, as_json, paper)
    scope |= {"treaties": [treaty] if treaty else [], "topics": (), "since": None, "until": None}

    def asked(store: Store) -> tuple[Request, str | None, tuple[str, ...]]:
        group_id = store.resolve("group", group) if group else None
        members = members_of(store, group_id, as_of_day(scope)) if group_id else ()
        return request_of(store, (), scope), group_id, members

    def make() -> dict[str, bytes]:
        with sound_store(ctx) as store:
            request, group_id, members = asked(store)
            house = bureau_of(ctx, store, bureau)
            request, who = released(house, store, request), house.for_paper("gaps")
            gaps = Gaps(words_of(store, who, request.release), request, group_id, members)
            withheld = withheld_by(store, request)
            paper_ = sealed(Composed(who, gaps.words, request, compose_gaps(gaps)))
        subjects = [*([group_id] if group_id else []), *request.treaties]
        parts = [*(subjects or ["all"]), "gaps", request.as_of.isoformat()]
        composed = fitted(paper_, "gaps.html.j2")
        named = named_by(composed, parts)
        made = render_paper(who, "gaps.html.j2", composed.data, named, formats, composed.laid)
        tell_length(composed)
        tell_held(request)
        return clean(made, withheld)

    if paper:
        write_apart(ctx, formats, out, make)
        return
    with sound_store(ctx) as store:
        request, group_id, members = asked(store)
        gaps = Gaps(Words(store, "en", "en-GB", request.release), request, group_id, members)
        print_json(gaps.data()) if as_json else _print(gaps)


def _refuse_mixtures(ctx: click.Context, as_json: bool, paper: bool) -> None:
    if as_json and paper:
        raise click.UsageError("--json and --paper: one at a time (the paper has --format json)")
    for name, option in (("bureau", "--bureau"), ("formats", "--format"), ("out", "--out")):
        if not paper and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option} is about the paper: give --paper too")


def _print(gaps: Gaps) -> None:
    found, data = gaps.found, gaps.data()
    about = ", ".join(name for name in (data["treaty"], data["group"]) if name)
    never = sum(not gap.direct for gap in found)
    print_table(
        f"Gaps on {data['as_of']}{f' ({about})' if about else ''}: {len(found)} States, "
        f"{never} not contacted on record",
        _COLUMNS,
        gaps.rows(),
    )
    asks, changes = gaps.ask_rows(), gaps.change_rows()
    if asks:
        print_table(f"Open asks without a recorded answer: {len(asks)}", _ASKS, asks)
    if changes:
        print_table(f"Status changed since the last contact: {len(changes)}", _CHANGES, changes)
    for event in {e.id: e for gap in found for e in gap.doubtful}.values():
        click.echo(f"not counted, for its date is uncertain: {event.id} ({event.date})")
