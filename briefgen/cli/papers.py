"""`briefgen brief` and `briefgen history`: from a request to files.

In: options. Out: the paper's files, named on standard output when all are written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from briefgen.cli.common import (
    as_of_day,
    ceiling_of,
    countries_of,
    members_of,
    scope_options,
    sound_store,
    topics_of,
    treaties_of,
    workspace_of,
)
from briefgen.dates import PartialDate
from briefgen.errors import RequestError

if TYPE_CHECKING:
    from briefgen.bureaus import Bureau
    from briefgen.records import Meeting
    from briefgen.store import Store

_FORMATS = ("docx", "pdf", "html", "json")


def _paper_options(command: Callable[..., Any]) -> Callable[..., Any]:
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
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command("brief")
@click.argument("country")
@click.option("--meeting", metavar="ID", help="The meeting; else the next one on record.")
@scope_options
@_paper_options
@click.pass_context
def brief_command(
    ctx: click.Context,
    country: str,
    meeting: str | None,
    treaties: Sequence[str],
    topics: Sequence[str],
    since: PartialDate | None,
    until: PartialDate | None,
    as_of: PartialDate | None,
    ceiling: str | None,
    bureau: str | None,
    formats: Sequence[str],
    out: Path,
) -> None:
    """Make the brief on COUNTRY: the ask, the points, their answers, status, contacts, sources.

    COUNTRY is a name, code or alias in any case.
    """
    from briefgen.compose import compose_brief
    from briefgen.selection import Request, select

    with sound_store(ctx) as store:
        day = as_of_day(as_of)
        request = Request(
            as_of=day,
            home=store.ministry.country,
            countries=countries_of(store, [country]),
            treaties=treaties_of(store, treaties),
            topics=topics_of(store, topics),
            since=since,
            until=until,
            ceiling=ceiling_of(store, ceiling),
        )
        chosen = _meeting(store, meeting, request.countries[0], as_of or PartialDate(str(day)))
        who = _bureau(ctx, store, bureau)
        words = _words(store, who)
        data = compose_brief(words, request, select(store, request), chosen)
    stem = _stem([request.countries[0], "brief", *request.treaties, day.isoformat()])
    _make(who, "brief.html.j2", data, stem, formats, out)


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
@_paper_options
@click.pass_context
def history_command(
    ctx: click.Context,
    countries: Sequence[str],
    group: str | None,
    treaties: Sequence[str],
    topics: Sequence[str],
    since: PartialDate | None,
    until: PartialDate | None,
    as_of: PartialDate | None,
    ceiling: str | None,
    bureau: str | None,
    formats: Sequence[str],
    out: Path,
) -> None:
    """Make an outreach history: figures, occasions by kind, chronology by month.

    Without a country, group or treaty it holds the whole record.
    """
    from briefgen.compose import compose_history
    from briefgen.selection import Request, select

    if since and until and until.last < since.first:
        raise RequestError(f"--until {until} lies before --since {since}")
    with sound_store(ctx) as store:
        day = as_of_day(as_of, until)
        group_id = store.resolve("group", group) if group else None
        members = members_of(store, group_id, day) if group_id else ()
        codes = tuple(dict.fromkeys([*countries_of(store, countries), *members]))
        request = Request(
            as_of=day,
            home=store.ministry.country,
            countries=codes,
            treaties=treaties_of(store, treaties),
            topics=topics_of(store, topics),
            since=since,
            until=until,
            ceiling=ceiling_of(store, ceiling),
        )
        who = _bureau(ctx, store, bureau)
        data = compose_history(_words(store, who), request, select(store, request), group_id)
    subjects = [
        *countries_of(store, countries),
        *([group_id] if group_id else []),
        *request.treaties,
    ]
    stem = _stem([*(subjects or ["all"]), "history", *_window(since, until, day)])
    _make(who, "history.html.j2", data, stem, formats, out)


def _window(since: PartialDate | None, until: PartialDate | None, day: date) -> list[str]:
    """The window of a history in its file name; the as-of date where the window does not say it."""
    window = [str(since)] if since else []
    window += ["to", str(until)] if until else []
    return window if until and until.last == day else [*window, day.isoformat()]


def _meeting(store: Store, given: str | None, country: str, as_of: PartialDate) -> Meeting | None:
    """The meeting named, or the next one with the country."""
    from briefgen.compose.brief import next_meeting
    from briefgen.records import Meeting

    if given is None:
        return next_meeting(store.all(Meeting, "meeting"), country, as_of)
    found = store.get(Meeting, "meeting", store.resolve("meeting", given))
    if found.country != country:
        other = store.countries.in_sentence(found.country)
        raise RequestError(f"meeting '{found.id}' is with {other}")
    return found


def _bureau(ctx: click.Context, store: Store, given: str | None) -> Bureau:
    from briefgen.bureaus import load_bureau

    return load_bureau(workspace_of(ctx), given or store.ministry.bureau)


def _words(store: Store, bureau: Bureau) -> Any:
    from briefgen.compose.words import Words

    locale = bureau.settings["locale"]
    return Words(store, locale.split("-")[0], locale)


def _stem(parts: Sequence[str]) -> str:
    from briefgen.output import file_stem

    return file_stem(parts)


def _make(
    bureau: Bureau,
    template: str,
    data: dict[str, Any],
    stem: str,
    formats: Sequence[str],
    out: Path,
) -> None:
    """Render everything first, then write everything, then say where."""
    from briefgen.output import write_all
    from briefgen.render import render

    wanted = list(dict.fromkeys(formats)) or ["docx", "pdf"]
    files = {
        f"{stem}.{kind}": content
        for kind, content in render(bureau, template, data, wanted).items()
    }
    for path in write_all(out, files):
        click.echo(str(path))
