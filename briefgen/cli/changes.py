"""`briefgen explain`, `diff` and `addendum`: what a paper rests on, and what has changed since.

In: a paper made before (any of its files, or its manifest), or a country. Out: tables or JSON on
standard output, or the addendum's files.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from briefgen.cli.common import (
    print_json,
    print_table,
    scope_options,
    sound_store,
)
from briefgen.cli.making import (
    Order,
    bureau_of,
    clean,
    compose_order,
    paper_options,
    render_paper,
    tell_held,
    tell_length,
    withheld_by,
    write_apart,
)
from briefgen.dates import PartialDate
from briefgen.errors import RequestError, did_you_mean
from briefgen.making import Composed, fitted, named_by, sealed, with_manifest

if TYPE_CHECKING:
    from briefgen.store import Store

_NO_SCOPE: dict[str, Any] = {
    "treaties": (), "topics": (), "since": None, "until": None, "as_of": None, "ceiling": None,
    "readers": None,
}  # fmt: skip
_LEFT_OUT = "left-out"


@click.command("explain")
@click.argument("what", metavar="PAPER|COUNTRY")
@click.option("--meeting", metavar="ID", help="The meeting; else the next one on record.")
@click.option("--section", metavar="S", help="Only this section; left-out for what is not in it.")
@click.option("--json", "as_json", is_flag=True, help="The manifest as JSON.")
@scope_options
@click.pass_context
def explain_command(
    ctx: click.Context, /, what: str, meeting: str | None, section: str | None, as_json: bool,
    **scope: Any,
) -> None:  # fmt: skip
    """Tell for every statement its rule, reason, source and place; for what is left out, why.

    PAPER is a file made before, explained as it was made; COUNTRY is explained as of now.
    """
    path = Path(what)
    if path.is_file() or path.suffix in (".pdf", ".docx", ".json", ".html"):
        manifest = _read(path)
    else:
        with sound_store(ctx) as store:
            composed = compose_order(ctx, store, Order(what, scope, meeting))
        manifest = _manifest(composed)
    if as_json:
        print_json(manifest)
        return
    facts = _in_section(manifest["facts"], section)
    if section != _LEFT_OUT:
        _print_facts(manifest["paper"], facts)
    if section in (None, _LEFT_OUT):
        _print_left_out(manifest)


def _in_section(facts: list[dict[str, Any]], section: str | None) -> list[dict[str, Any]]:
    """The statements of one section; raises RequestError when there is no such section."""
    if section in (None, _LEFT_OUT):
        return facts
    known = list(dict.fromkeys(fact["section"] for fact in facts))
    if section not in known:
        hint = did_you_mean(str(section), known) or f"known: {', '.join([*known, _LEFT_OUT])}"
        raise RequestError(f"no statement in a section '{section}' ({hint})")
    return [fact for fact in facts if fact["section"] == section]


def _print_facts(paper: Mapping[str, Any], facts: list[dict[str, Any]]) -> None:
    print_table(
        f"{paper['number']}, version {paper['version']}: {len(facts)} statements",
        ("Section", "Rule", "Where", "Statement, reason, source"),
        [(fact["section"], fact["rule"], _place(fact), _told(fact)) for fact in facts],
    )


def _print_left_out(manifest: Mapping[str, Any]) -> None:
    print_table(
        f"Left out: {len(manifest['left_out'])}",
        ("Rule", "Where", "What and why"),
        [
            (miss["rule"], _place(miss), f"{miss['text']}\n{miss['reason']}")
            for miss in manifest["left_out"]
        ],
    )


def _place(fact: Mapping[str, Any]) -> str:
    """The file without `data/`, and the line."""
    name = str(fact["file"]).removeprefix("data/")
    return f"{name}:{fact['line']}" if name else "computed"


def _told(fact: Mapping[str, Any]) -> str:
    sources = "; ".join(
        f"{s['document']}{', ' + s['places'] if s['places'] else ''}" for s in fact["sources"]
    )
    lines = (fact["text"], fact["reason"], f"[{sources}]" if sources else "")
    return "\n".join(line for line in lines if line)


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="The differences as JSON.")
@click.pass_context
def diff_command(ctx: click.Context, old: str, new: str, as_json: bool) -> None:
    """Compare two versions of a brief, fact by fact, with the reason.

    OLD and NEW are files of a paper, or COUNTRY@DATE for the brief as of that date. Exit 0 when
    they say the same, 1 when they differ.
    """
    from briefgen.compose.facts import differences

    before, after = _version(ctx, old), _version(ctx, new)
    found = differences(before["facts"], after["facts"], after["left_out"])
    if as_json:
        print_json(found)
    elif not found:
        click.echo(f"{_name(before)} and {_name(after)} say the same")
    else:
        signs = {"added": "+", "changed": "~", "removed": "-"}
        title = f"{_name(before)} → {_name(after)}: {len(found)} differences"
        rows = [(signs[d["change"]], d["key"], _changed(d)) for d in found]
        print_table(title, ("", "Fact", "What and why"), rows)
    sys.exit(1 if found else 0)


def _changed(change: Mapping[str, Any]) -> str:
    texts = [change["before"], change["after"]]
    return "\n".join([*(f"{t}" for t in texts if t), change["reason"]])


def _name(manifest: Mapping[str, Any]) -> str:
    return f"{manifest['paper']['number']} ({manifest['paper']['version']})"


@click.command("addendum")
@click.argument("what", metavar="PAPER|COUNTRY")
@click.option(
    "--since-version",
    metavar="MANIFEST|DATE",
    help="The version that went up: its manifest or another of its files, or its as-of date.",
)
@scope_options
@paper_options
@click.pass_context
def addendum_command(
    ctx: click.Context, /, what: str, since_version: str | None, bureau: str | None,
    formats: Sequence[str], out: Path, **scope: Any,
) -> None:  # fmt: skip
    """Tell on one page what has changed since a brief was made, under the brief's own number.

    PAPER is a file of that brief; for a COUNTRY, --since-version says which brief is meant.
    """
    from briefgen.compose.addendum import compose_addendum

    path = Path(what)
    given = since_version or (what if path.is_file() else None)
    if given is None:
        raise RequestError("say which version went up: --since-version MANIFEST or DATE")

    def make() -> dict[str, bytes]:
        with sound_store(ctx) as store:
            country = _country(store, what, path)
            old = _since(ctx, store, country, given, scope, bureau)
            order = Order(country, _scope_of(old, scope), old["request"]["meeting"], bureau)
            new = compose_order(ctx, store, order)
            if new.request.as_of < date.fromisoformat(old["as_of"]):
                raise RequestError(
                    f"--as-of {new.request.as_of} lies before the brief's own date {old['as_of']}"
                )
            who = bureau_of(ctx, store, bureau).for_paper("addendum")
            limit = who.settings.get("points")
            told = compose_addendum(new.words, new.request, old, new.data, limit)
            withheld = withheld_by(store, new.request)
            whole = sealed(Composed(who, new.words, new.request, told))
        data = whole.data
        number = data["paper"]["addendum"]
        parts = [data["paper"]["number"], "addendum", str(number)]
        paper = fitted(whole, "addendum.html.j2")
        parts = named_by(paper, parts)
        made = render_paper(who, "addendum.html.j2", data, parts, formats, paper.laid)
        tell_length(paper)
        kept = {**new.data, "paper": {**new.data["paper"], "number": data["paper"]["number"]}}
        after = Composed(who, new.words, new.request, kept)
        tell_held(new.request)
        return clean(with_manifest(made, parts, after, addendum=number), withheld)

    write_apart(ctx, formats, out, make)


def _scope_of(old: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """The scope of the brief that went up, so that like meets like; options go before it."""
    asked = old["request"]
    kept = {
        "treaties": tuple(asked["treaties"]),
        "topics": tuple(asked["topics"]),
        "since": PartialDate(asked["since"]) if asked["since"] else None,
        "until": PartialDate(asked["until"]) if asked["until"] else None,
        "ceiling": asked["ceiling"],
        "readers": ",".join(asked.get("readers", ())),
    }
    return {name: scope[name] or kept.get(name) for name in scope}


def _country(store: Store, what: str, path: Path) -> str:
    """The country named, or that of the paper."""
    if not path.is_file():
        return store.country(what)
    countries = _read(path)["request"]["countries"]
    if len(countries) != 1:
        raise RequestError(f"{path} is not a brief: an addendum belongs to a brief")
    return str(countries[0])


def _since(
    ctx: click.Context, store: Store, country: str, given: str, scope: dict[str, Any],
    bureau: str | None,
) -> dict[str, Any]:  # fmt: skip
    """The manifest of the version that went up; of a date, the brief as it is now for that date."""
    path = Path(given)
    if path.is_file():
        old = _read(path)
        if old["request"]["countries"] != [country]:
            other = ", ".join(old["request"]["countries"]) or "no country"
            raise RequestError(f"{given} is a paper on {other}, not on {country}")
        return old
    try:
        day = PartialDate(given)
    except ValueError:
        raise RequestError(f"'{given}' is neither a file nor a date (2003-08-13)") from None
    return _manifest(
        compose_order(ctx, store, Order(country, {**scope, "as_of": day}, None, bureau))
    )


def _version(ctx: click.Context, given: str) -> dict[str, Any]:
    """A version of a brief: read from its manifest, or composed for COUNTRY@DATE."""
    country, at, day = given.rpartition("@")
    if Path(given).is_file() or not at:
        return _read(Path(given))
    try:
        as_of = PartialDate(day)
    except ValueError as error:
        raise RequestError(f"{given}: {error}") from None
    with sound_store(ctx) as store:
        order = Order(country, {**_NO_SCOPE, "as_of": as_of})
        return _manifest(compose_order(ctx, store, order))


def _manifest(composed: Composed) -> dict[str, Any]:
    from briefgen.compose.manifest import manifest_of

    return manifest_of(composed.data, composed.request, {})


def _read(path: Path) -> dict[str, Any]:
    """The manifest of a paper, found by any of its files.

    Raises RequestError when there is none, or when the file is not one.
    """
    from briefgen.compose.manifest import ENDING, read_manifest

    named = path.name.endswith(ENDING)
    place = path if named else path.with_name(f"{path.stem}{ENDING}")
    try:
        return read_manifest(place)
    except OSError as error:
        why = f"{place}: {error.strerror}"
        raise RequestError(f"no manifest of '{path}' ({why}); make the brief again") from None
    except ValueError as error:
        raise RequestError(f"{place} is not a manifest: {error}") from None
