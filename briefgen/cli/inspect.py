"""`briefgen select`, `events` and `status`: the record itself, as tables or JSON.

In: options. Out: tables on standard output, or with `--json` the documented forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from briefgen.cli.common import (
    DATE,
    as_of_day,
    countries_of,
    print_json,
    print_table,
    request_of,
    scope_options,
    sound_store,
    treaties_of,
)
from briefgen.dates import PartialDate


@click.command("select")
@click.argument("countries", nargs=-1, metavar="[COUNTRY]...")
@scope_options
@click.option("--left-out", is_flag=True, help="Show what is not in, and why.")
@click.option("--json", "as_json", is_flag=True, help="Both lists as JSON.")
@click.pass_context
def select_command(
    ctx: click.Context, /, countries: Sequence[str], left_out: bool, as_json: bool, **scope: Any
) -> None:
    """Show which events a paper on COUNTRY would hold, by which rule and why."""
    from briefgen.compose.machine import selection_data
    from briefgen.selection import select

    with sound_store(ctx) as store:
        request = request_of(store, countries_of(store, countries), scope)
        selection = select(store, request, wide=True)
        if as_json:
            print_json(selection_data(selection))
            return
    if left_out:
        print_table(
            f"Left out: {len(selection.left_out)}",
            ("Date", "Event", "Rule", "Why"),
            [
                (str(o.event.date or "undated"), o.event.id, o.reason.rule, o.reason.sentence)
                for o in selection.left_out
            ],
        )
        return
    print_table(
        f"Included: {len(selection.included)}, left out: {len(selection.left_out)} (--left-out)",
        ("Date", "Event", "Rule", "Why"),
        [
            (str(c.event.date or "undated"), c.event.id, c.reason.rule, c.reason.sentence)
            for c in selection.included
        ],
    )


@click.command("events")
@click.option(
    "--country",
    "-c",
    "countries",
    multiple=True,
    metavar="C",
    help="At the table or addressed; may be repeated.",
)
@click.option("--treaty", "-t", "treaties", multiple=True, metavar="T", help="May be repeated.")
@click.option("--since", type=DATE, metavar="DATE", help="From this date (inclusive).")
@click.option("--until", type=DATE, metavar="DATE", help="Up to this date (inclusive).")
@click.option("--json", "as_json", is_flag=True, help="The events in full as JSON.")
@click.pass_context
def events_command(
    ctx: click.Context,
    countries: Sequence[str],
    treaties: Sequence[str],
    since: PartialDate | None,
    until: PartialDate | None,
    as_json: bool,
) -> None:
    """List the events of the record, as recorded, whatever the date."""
    from briefgen.compose.machine import event_data
    from briefgen.selection import record_events

    with sound_store(ctx) as store:
        events = record_events(
            store, countries_of(store, countries), treaties_of(store, treaties), since, until
        )
        if as_json:
            print_json([event_data(store, event) for event in events])
            return
        rows = [
            (
                str(event.date or "undated"),
                event.id,
                event.channel.value,
                ", ".join([*event.target_countries, *event.target_groups])
                or ("all States" if event.to_all_states else ""),
                next(iter(event.title.values())),
            )
            for event in events
        ]
    print_table(f"Events: {len(rows)}", ("Date", "Event", "Channel", "Addressed to", "Title"), rows)


@click.command("status")
@click.argument("treaty")
@click.option("--as-of", type=DATE, metavar="DATE", help="On this date; else today.")
@click.option("--group", "-g", metavar="G", help="Only the members of a group on that date.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def status_command(
    ctx: click.Context, treaty: str, as_of: PartialDate | None, group: str | None, as_json: bool
) -> None:
    """Show where States stand on TREATY, computed as of a date."""
    from briefgen.compose.status import treaty_status

    with sound_store(ctx) as store:
        treaty_id = store.resolve("treaty", treaty)
        group_id = store.resolve("group", group) if group else None
        report = treaty_status(store, treaty_id, as_of_day({"as_of": as_of}), group_id)
    if as_json:
        print_json(report.data)
        return
    counts = report.data["counts"]
    print_table(
        f"{treaty_id} on {report.data['as_of']}: {counts['signed']} signed, "
        f"{counts['ratified']} ratified",
        ("State", "Code", "Status", "Signed", "Ratified", "Withdrawn"),
        report.rows,
    )
    for name, row in report.data["groups"].items():
        click.echo(
            f"{name}: {row['total']} in all, {row['ratified']} ratified, "
            f"{row['signed_only']} signed only, {row['not_signed']} not signed"
        )
