"""What commands share: finding the workspace, opening the store, options, printing tables.

In: the click context and the environment. Out: an open `Store`, parsed options, tables on standard
output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from briefgen import confined
from briefgen.confined import Limits
from briefgen.dates import PartialDate
from briefgen.errors import RequestError

if TYPE_CHECKING:
    from briefgen.selection import Request
    from briefgen.store import Store

_F = TypeVar("_F", bound=Callable[..., Any])
_PLAIN_WIDTH = 110


class DateText(click.ParamType[PartialDate]):
    """A day, a month or a year on the command line."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> PartialDate:
        """The date, or click's error with the forms that are understood."""
        if isinstance(value, PartialDate):
            return value
        try:
            return PartialDate(str(value).strip())
        except ValueError as error:
            self.fail(str(error), param, ctx)


DATE = DateText()


_RELEASE = (
    click.option("--ceiling", metavar="LEVEL", help="Highest level that may be released."),
    click.option(
        "--readers",
        metavar="LIST",
        help="States and groups that will read it, parted by commas; else the bureau's.",
    ),
)


def release_options(command: _F) -> _F:
    """The options that say to whom a paper may go."""
    for option in reversed(_RELEASE):
        command = option(command)
    return command


def released_to(store: Store, ceiling: str | None, readers: str | None, on: date) -> dict[str, Any]:
    """The ceiling and the readers of a request; raises RequestError for unknown ones."""
    from briefgen.making import ceiling_of, readers_of

    listed = [name.strip() for name in (readers or "").split(",") if name.strip()]
    return {
        "ceiling": ceiling_of(store, ceiling) if ceiling else None,
        "readers": readers_of(store, listed, on),
    }


def scope_options(command: _F) -> _F:
    """The options that say what a paper or a selection is about."""
    options = [
        click.option(
            "--treaty",
            "-t",
            "treaties",
            multiple=True,
            metavar="T",
            help="Only this treaty; may be repeated.",
        ),
        click.option(
            "--topic",
            "topics",
            multiple=True,
            metavar="ID",
            help="Only this topic; may be repeated.",
        ),
        click.option("--since", type=DATE, metavar="DATE", help="From this date (inclusive)."),
        click.option("--until", type=DATE, metavar="DATE", help="Up to this date (inclusive)."),
        click.option(
            "--as-of",
            type=DATE,
            metavar="DATE",
            help="The date that the paper speaks for: nothing later is known.",
        ),
        *_RELEASE,
    ]
    for option in reversed(options):
        command = option(command)
    return command


def workspace_of(ctx: click.Context) -> Path:
    """The workspace: as named, else the nearest folder upwards with data/ and templates/, else
    the sample inside the package."""
    named = (ctx.find_root().obj or {}).get("workspace")
    if named:
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data").is_dir() and (folder / "templates").is_dir():
            return folder
    return sample_workspace()


def sample_workspace() -> Path:
    """The workspace that comes with briefgen."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "sample"
    return inside if inside.is_dir() else package.parent


def open_store(ctx: click.Context) -> Store:
    """The store of the workspace, renewed; its problems are for the caller to tell."""
    from briefgen.store import Store

    return Store(workspace_of(ctx), cache_folder())


def cache_folder() -> Path:
    """Where indices are kept, and what packs remember: safe to delete."""
    named = os.environ.get("BRIEFGEN_CACHE")
    home = os.environ.get("XDG_CACHE_HOME")
    shared = Path(home) if home else Path.home() / ".cache"
    return Path(named) if named else shared / "briefgen"


def sound_store(ctx: click.Context) -> Store:
    """The store of a workspace without errors, whose limits hold from here on.

    Raises BriefgenError with all errors else.
    """
    store = open_store(ctx)
    store.require_sound()
    confined.use(Limits(**store.ministry.limits.model_dump()))
    return store


def today() -> date:
    """The clock, read here alone; SOURCE_DATE_EPOCH stands in for it where it is set."""
    from datetime import UTC, datetime

    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC).date() if epoch else date.today()


def as_of_day(scope: Mapping[str, Any]) -> date:
    """The as-of date: as given, else the end of the window asked for, else today."""
    given, until = scope["as_of"], scope.get("until")
    if given:
        day: date = given.last
        return day
    return min(until.last, today()) if until else today()


def request_of(store: Store, countries: tuple[str, ...], scope: Mapping[str, Any]) -> Request:
    """The request that the scope options and countries make.

    Raises RequestError for unknown names and for a window that ends before it begins.
    """
    from briefgen.selection import Request

    since, until, day = scope["since"], scope["until"], as_of_day(scope)
    if since and until and until.last < since.first:
        raise RequestError(f"--until {until} lies before --since {since}")
    return Request(
        as_of=day,
        home=store.ministry.country,
        countries=countries,
        treaties=treaties_of(store, scope["treaties"]),
        topics=tuple(store.resolve("topic", name) for name in scope["topics"]),
        since=since,
        until=until,
        **released_to(store, scope["ceiling"], scope["readers"], day),
    )


def treaties_of(store: Store, given: Sequence[str]) -> tuple[str, ...]:
    """Treaties by id, name or alias, each once."""
    return tuple(dict.fromkeys(store.resolve("treaty", name) for name in given))


def countries_of(store: Store, given: Sequence[str]) -> tuple[str, ...]:
    """Countries by any name, each once; the home State is not a counterpart."""
    codes = tuple(dict.fromkeys(store.country(name) for name in given))
    if store.ministry.country in codes:
        name = store.countries.name(store.ministry.country)
        raise RequestError(f"{name} is the home State: a paper is about another one")
    return codes


def members_of(store: Store, group: str, on: date) -> tuple[str, ...]:
    """The members of a group on a day, without the home State.

    Raises RequestError when it had none: an empty list would mean every country.
    """
    day = PartialDate(on.isoformat())
    rows = store.memberships(group=group)
    codes = dict.fromkeys(m.country for m in rows if m.counts_on(day))
    found = tuple(code for code in codes if code != store.ministry.country)
    if not found:
        raise RequestError(f"group '{group}' has no member on record on {on}")
    return found


def print_json(data: Any) -> None:
    """Data as JSON, letters as they are."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table for people; plain and of fixed width when not written to a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    console = Console(width=width, highlight=False, soft_wrap=False)
    table = Table(title=Text(title), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in columns:
        # Ids and dates stay whole, so that they can be copied; only the last column wraps.
        table.add_column(column, overflow="fold", no_wrap=column != columns[-1])
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
