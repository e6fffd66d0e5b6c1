"""`briefgen brief` and `briefgen history`: from a request to files.

In: options. Out: the paper's files, named on standard output when all are written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from briefgen.cli.common import (
    as_of_day,
    countries_of,
    members_of,
    request_of,
    scope_options,
    sound_store,
    workspace_of,
)
from briefgen.errors import RequestError

if TYPE_CHECKING:
    from briefgen.bureaus import Bureau
    from briefgen.compose.words import Words
    from briefgen.records import Meeting
    from briefgen.selection import Request
    from briefgen.store import Store

_FORMATS = ("docx", "pdf", "html", "json")


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
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command("brief")
@click.argument("country")
@click.option("--meeting", metavar="ID", help="The meeting; else the next one on record.")
@scope_options
@paper_options
@click.option("--drafts", is_flag=True, help="Print expired and uncleared lines too, as DRAFT.")
@click.pass_context
def brief_command(
    ctx: click.Context, /, country: str, meeting: str | None, bureau: str | None,
    formats: Sequence[str], out: Path, drafts: bool, **scope: Any,
) -> None:  # fmt: skip
    """Make the brief on COUNTRY: the ask, the points, their answers, status, contacts, sources.

    COUNTRY is a name, code or alias in any case.
    """
    from briefgen.compose import compose_brief
    from briefgen.compose.brief import BriefOptions
    from briefgen.selection import select

    with sound_store(ctx) as store:
        request = request_of(store, countries_of(store, [country]), scope)
        chosen = _meeting(store, meeting, request)
        who = bureau_of(ctx, store, bureau).for_paper("brief")
        words = words_of(store, who, request.ceiling)
        options = BriefOptions(who.settings["sections"], who.settings.get("points"), drafts)
        data = compose_brief(words, request, select(store, request), chosen, options)
    parts = [*request.countries, "brief", *request.treaties, request.as_of.isoformat()]
    make_paper(who, "brief.html.j2", data, parts, formats, out)


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
    from briefgen.compose import compose_history
    from briefgen.selection import select

    with sound_store(ctx) as store:
        named = countries_of(store, countries)
        group_id = store.resolve("group", group) if group else None
        members = members_of(store, group_id, as_of_day(scope)) if group_id else ()
        request = request_of(store, tuple(dict.fromkeys([*named, *members])), scope)
        who = bureau_of(ctx, store, bureau).for_paper("history")
        words = words_of(store, who, request.ceiling)
        data = compose_history(words, request, select(store, request), group_id)
    subjects = [*named, *([group_id] if group_id else []), *request.treaties]
    parts = [*(subjects or ["all"]), "history", *_window(request)]
    make_paper(who, "history.html.j2", data, parts, formats, out)


def _window(request: Request) -> list[str]:
    """The window of a history in its file name; the as-of date where the window does not say it."""
    since, until = request.since, request.until
    window = [str(since)] if since else []
    window += ["to", str(until)] if until else []
    said = until is not None and until.last == request.as_of
    return window if said else [*window, request.as_of.isoformat()]


def _meeting(store: Store, given: str | None, request: Request) -> Meeting | None:
    """The meeting named, or the next one with the country that may be released."""
    from briefgen.compose.brief import next_meeting
    from briefgen.records import Meeting
    from briefgen.selection import releasable

    (country,) = request.countries
    if given is not None:
        found = store.get(Meeting, "meeting", store.resolve("meeting", given))
        if found.country != country:
            other = store.countries.in_sentence(found.country)
            raise RequestError(f"meeting '{found.id}' is with {other}")
        if not releasable(store, found.marking, request.ceiling):
            raise RequestError(f"meeting '{found.id}' is marked above '{request.ceiling}'")
        return found
    meetings = store.all(Meeting, "meeting")
    open_ones = [m for m in meetings if releasable(store, m.marking, request.ceiling)]
    return next_meeting(open_ones, country, request.as_of)


def bureau_of(ctx: click.Context, store: Store, given: str | None) -> Bureau:
    """The bureau asked for, else the ministry's own."""
    from briefgen.bureaus import load_bureau

    return load_bureau(workspace_of(ctx), given or store.ministry.bureau)


def words_of(store: Store, bureau: Bureau, ceiling: str | None) -> Words:
    """The house's words in the bureau's language."""
    from briefgen.compose.words import Words

    locale = bureau.settings["locale"]
    return Words(store, locale.split("-")[0], locale, ceiling)


def make_paper(
    bureau: Bureau,
    template: str,
    data: dict[str, Any],
    parts: Sequence[str],
    formats: Sequence[str],
    out: Path,
) -> None:
    """Render everything first, then write everything, then say where."""
    from briefgen.output import file_stem, write_all
    from briefgen.render import render

    stem = file_stem(parts)
    wanted = list(dict.fromkeys(formats)) or ["docx", "pdf"]
    files = {
        f"{stem}.{kind}": content
        for kind, content in render(bureau, template, data, wanted).items()
    }
    for path in write_all(out, files):
        click.echo(str(path))
