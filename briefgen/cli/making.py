"""What the commands that make papers share: options, bureau, words, composing a brief, files.

In: the click context, options, a store. Out: the data of a paper, and its files with a manifest,
named on standard output when all are written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from briefgen.cli.common import countries_of, request_of, workspace_of
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


@dataclass(frozen=True, slots=True)
class Composed:
    """A paper composed: its data, and what its files are made with.

    `withheld` are the words that may not be found in the files of a paper to be given away; `laid`
    is the paper on its pages where its length was measured, `told` what is to be said of that.
    """

    bureau: Bureau
    words: Words
    request: Request
    data: dict[str, Any]
    withheld: tuple[dict[str, Any], ...] = ()
    laid: Any = None
    told: tuple[dict[str, Any], ...] = ()


def compose_order(ctx: click.Context, store: Store, order: Order) -> Composed:
    """The data of the brief, in the edition that is asked for."""
    from briefgen.compose import compose_brief
    from briefgen.compose.brief import SECTIONS, BriefOptions
    from briefgen.compose.editions import leave_behind, speaking, withheld
    from briefgen.selection import select

    request = request_of(store, countries_of(store, [order.country]), dict(order.scope))
    meeting = _meeting(store, order.meeting, request)
    house = bureau_of(ctx, store, order.bureau)
    bureau = house.for_paper("brief" if order.edition == "full" else order.edition)
    words = words_of(store, bureau, request.ceiling)
    wanted = house.for_paper("brief").settings
    whole = order.edition != "full"
    sections = order.sections or (SECTIONS if whole else wanted["sections"])
    options = BriefOptions(
        sections, wanted.get("points"), wanted.get("contacts"), order.drafts, order.edition
    )
    if whole and _may_lose_points(wanted):  # an edition makes the points that the brief makes
        brief = compose_order(ctx, store, replace(order, edition="full"))
        options = replace(options, points=len(brief.data["points"]) or options.points)
    full = compose_brief(words, request, select(store, request), meeting, options)
    if not whole and not order.sections:
        composed = Composed(bureau, words, request, full)
        return fitted(composed, "brief.html.j2", only_shorten=True)
    if order.edition == "speaking":
        return Composed(bureau, words, request, speaking(words, full))
    if order.edition == "leave-behind":
        given = leave_behind(words, request, full)
        return Composed(bureau, words, request, given, tuple(withheld(store, given, full)))
    return Composed(bureau, words, request, full)


def _may_lose_points(brief: Mapping[str, Any]) -> bool:
    """Whether a brief that is too long may make fewer points."""
    length = brief.get("length") or {}
    return length.get("over") == "shorten" and "points" in length.get("drop", ())


def fitted(composed: Composed, template: str, *, only_shorten: bool = False) -> Composed:
    """The paper within the pages that the bureau allows, measured once.

    Raises BriefgenError when it is longer and the bureau wants none then.
    """
    if composed.laid is not None:
        return composed
    from briefgen.fitting import fit

    bureau, words = composed.bureau, composed.words
    found = fit(bureau, template, composed.data, words, only_shorten=only_shorten)
    return replace(composed, data=found.data, laid=found.laid, told=found.notes)


def tell_length(composed: Composed) -> None:
    """What was too long and what was dropped, on standard error."""
    tell_notes({"drafter_notes": composed.told})


def tell_notes(data: Mapping[str, Any]) -> None:
    """What the drafter should look at, on standard error, each with its place."""
    for note in data.get("drafter_notes", ()):
        place = f"{note['file']}:{note['line']}: " if note["file"] else ""
        click.echo(f"{place}{note['severity']}: {note['text']}", err=True)


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

    settings = bureau.settings
    return Words(store, bureau.language, settings["locale"], ceiling, bureau.phrases, settings)


def make_paper(
    composed: Composed, template: str, parts: Sequence[str], formats: Sequence[str], out: Path
) -> None:
    """Render everything first, then write everything with its manifest, then say where."""
    composed = fitted(composed, template)
    files = render_paper(composed.bureau, template, composed.data, parts, formats, composed.laid)
    tell_length(composed)
    write_files(with_manifest(files, parts, composed), out)


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


def with_manifest(
    files: dict[str, bytes], parts: Sequence[str], composed: Composed, **more: Any
) -> dict[str, bytes]:
    """The files and, beside them, the manifest that explains them."""
    from briefgen.compose.manifest import ENDING, manifest_of
    from briefgen.output import file_stem

    data = manifest_of(composed.data, composed.request, files, **more)
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    return {**files, f"{file_stem(parts)}{ENDING}": text.encode()}


def write_files(files: Mapping[str, bytes], out: Path) -> None:
    """Write everything, then say where."""
    from briefgen.output import write_all

    for path in write_all(out, files):
        click.echo(str(path))
