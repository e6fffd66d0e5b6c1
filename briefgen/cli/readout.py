"""`briefgen record`: from one event to its overview.

In: an event's id and options. Out: the paper's files, named on standard output when all are
written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from briefgen.cli.common import DATE, release_options, released_to, sound_store, today
from briefgen.cli.making import bureau_of, make_paper, paper_options, withheld_by, write_apart
from briefgen.making import Composed, released, sealed, words_of

if TYPE_CHECKING:
    from briefgen.dates import PartialDate
    from briefgen.records import Event
    from briefgen.store import Store


@click.command("record")
@click.argument("event", metavar="EVENT-ID")
@click.option(
    "--as-of",
    type=DATE,
    metavar="DATE",
    help="The date that the paper speaks for; else the last day of the event.",
)
@release_options
@paper_options
@click.pass_context
def record_command(
    ctx: click.Context, /, event: str, as_of: PartialDate | None, ceiling: str | None,
    readers: str | None, bureau: str | None, formats: Sequence[str], out: Path,
) -> None:  # fmt: skip
    """Make the overview of one contact: when, where, who, and what each side said.

    EVENT-ID is an id of the record; `briefgen events` lists them.
    """
    from briefgen.compose import compose_record
    from briefgen.records import Event
    from briefgen.selection import Request

    def make() -> dict[str, bytes]:
        with sound_store(ctx) as store:
            found = store.get(Event, "event", store.resolve("event", event))
            house = bureau_of(ctx, store, bureau)
            day = as_of.last if as_of else _own_day(store, found)
            to_whom = released_to(store, ceiling, readers, day)
            asked = Request(as_of=day, home=store.ministry.country, **to_whom)
            request, who = released(house, store, asked), house.for_paper("record")
            words = words_of(store, who, request.release)
            data = compose_record(words, request, found)
            composed = sealed(Composed(who, words, request, data))
            withheld = withheld_by(store, request)
        return make_paper(composed, "record.html.j2", [found.id, "record"], formats, withheld)

    write_apart(ctx, formats, out, make)


def _own_day(store: Store, event: Event) -> date:
    """The last day of the event; of an undated one the day by which it was told of; else today."""
    from briefgen.compose.record import known_on

    known = known_on(store, event)
    return known.last if known else today()
