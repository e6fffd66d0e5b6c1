"""One paper from an order: composed in a bureau's words, kept within its pages, with its manifest.

In: a bureau, an open store, a request. Out: `Composed`, the data of the paper and what its files
are made with. The command line and the packs order papers here, so that both make the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from briefgen.errors import RequestError, did_you_mean

if TYPE_CHECKING:
    from briefgen.bureaus import Bureau
    from briefgen.compose.words import Words
    from briefgen.gate import Release
    from briefgen.records import Meeting
    from briefgen.selection import Request
    from briefgen.store import Store


@dataclass(frozen=True, slots=True)
class BriefOrder:
    """What is asked for when a brief is asked for; `sections` empty are the bureau's own."""

    request: Request
    meeting: Meeting | None = None
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


def words_of(store: Store, bureau: Bureau, release: Release) -> Words:
    """The house's words in the bureau's language."""
    from briefgen.compose.words import Words

    settings = bureau.settings
    return Words(store, bureau.language, settings["locale"], release, bureau.phrases, settings)


def released(house: Bureau, store: Store, request: Request) -> Request:
    """The request with the ceiling and readers of the bureau where it names none itself.

    Raises RequestError for a ceiling or reader of bureau.yaml that is not known here.
    """
    own = house.settings["release"]
    found = request
    if request.ceiling is None and own["ceiling"]:
        found = replace(found, ceiling=ceiling_of(store, own["ceiling"]))
    if not request.readers and own["readers"]:
        found = replace(found, readers=readers_of(store, own["readers"], request.as_of))
    return found


def ceiling_of(store: Store, given: str) -> str:
    """A level of the ministry's scheme by id or label in any case; raises RequestError."""
    from briefgen.names import fold

    names: dict[str, str] = {}
    for level in store.scheme.levels:
        for name in (level.id, *level.label.values()):
            names.setdefault(fold(name), level.id)
    found = names.get(fold(given))
    if found is None:
        ids = [level.id for level in store.scheme.levels]
        hint = did_you_mean(given, [*ids, *names]) or f"known: {', '.join(ids)}"
        raise RequestError(f"unknown marking '{given}' ({hint})")
    return found


def readers_of(store: Store, given: Sequence[str], on: date) -> tuple[str, ...]:
    """The States of a list of States and groups, each once; a group stands for its members.

    Raises RequestError for what is neither, and for a group without a member on that day.
    """
    from briefgen.dates import PartialDate

    found: dict[str, None] = {}
    day = PartialDate(on.isoformat())
    for name in given:
        try:
            group = store.resolve("group", name)
        except RequestError:
            found[store.country(name)] = None
            continue
        members = [m.country for m in store.memberships(group=group) if m.counts_on(day)]
        if not members:
            raise RequestError(f"group '{group}' has no member on record on {on}: who reads?")
        found.update(dict.fromkeys(members))
    return tuple(found)


def sealed(composed: Composed) -> Composed:
    """The paper with the marking that it goes out with, raised where somebody asks for it, and each
    of its texts marked, where the scheme wants portion marks. Comes last, for every paper.

    Raises RequestError for a level by hand that would lower the marking, or is not known.
    """
    from briefgen.compose.marked import of_data, raised, with_portions

    words, data, settings = composed.words, composed.data, composed.bureau.settings
    levels = [level.id for level in words.store.scheme.levels]
    if least := settings.get("marking"):
        level = ceiling_of(words.store, least)
        if levels.index(level) > levels.index(of_data(data["marking"]).level):
            data = {**data, "marking": raised(words, data["marking"], level)}
    if by_hand := settings["release"]["marking"]:
        level = ceiling_of(words.store, by_hand)
        data = {**data, "marking": raised(words, data["marking"], level)}
    return replace(composed, data=with_portions(words, data))


def named_by(composed: Composed, parts: Sequence[str]) -> list[str]:
    """The words of a paper's file name, with the level of its marking where the bureau wants it."""
    marked = composed.bureau.settings["release"]["file_name"]
    return [*parts, *([str(composed.data["marking"]["id"])] if marked else [])]


def compose_brief_of(house: Bureau, store: Store, order: BriefOrder) -> Composed:
    """The data of the brief on one country, in the edition that is asked for."""
    return sealed(_compose_brief(house, store, order))


def _compose_brief(house: Bureau, store: Store, order: BriefOrder) -> Composed:
    from briefgen.compose import compose_brief
    from briefgen.compose.brief import SECTIONS, BriefOptions
    from briefgen.compose.editions import leave_behind, speaking, withheld
    from briefgen.selection import select

    request = released(house, store, order.request)
    order = replace(order, request=request)
    bureau = house.for_paper("brief" if order.edition == "full" else order.edition)
    words = words_of(store, bureau, request.release)
    wanted = house.for_paper("brief").settings
    whole = order.edition != "full"
    sections = order.sections or (SECTIONS if whole else wanted["sections"])
    options = BriefOptions(
        sections, wanted.get("points"), wanted.get("contacts"), order.drafts, order.edition
    )
    if whole and _may_lose_points(wanted):  # an edition makes the points that the brief makes
        brief = _compose_brief(house, store, replace(order, edition="full"))
        options = replace(options, points=len(brief.data["points"]) or options.points)
    full = compose_brief(words, request, select(store, request), order.meeting, options)
    if not whole and not order.sections:
        composed = Composed(bureau, words, request, full)
        return fitted(composed, "brief.html.j2", only_shorten=True)
    if order.edition == "speaking":
        return Composed(bureau, words, request, speaking(words, full))
    if order.edition == "leave-behind":
        given = leave_behind(words, request, full)
        return Composed(bureau, words, request, given, tuple(withheld(store, given, full)))
    return Composed(bureau, words, request, full)


def compose_history_of(
    house: Bureau, store: Store, request: Request, group: str | None = None
) -> Composed:
    """The data of an outreach history; `group` is the group that its countries belong to."""
    from briefgen.compose import compose_history
    from briefgen.selection import select

    request = released(house, store, request)
    bureau = house.for_paper("history")
    words = words_of(store, bureau, request.release)
    data = compose_history(words, request, select(store, request), group)
    return sealed(Composed(bureau, words, request, data))


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


def make_files(
    composed: Composed, template: str, formats: Sequence[str]
) -> tuple[Composed, dict[str, bytes]]:
    """The paper within its pages, and its files by format.

    The pages are begun first: a companion lays them out while the Word file is written here.
    Raises BriefgenError as `fitted` and `render` do.
    """
    from briefgen.fitting import fit, rule_of
    from briefgen.render import Prepared, render

    bureau, data, laid = composed.bureau, composed.data, composed.laid
    others = [kind for kind in formats if kind != "pdf"]
    prepared = Prepared(bureau, template, data)
    if laid is None and ("pdf" in formats or rule_of(bureau, template.removesuffix(".html.j2"))):
        laid = prepared.lay_out()
    files = prepared.files(others, laid)
    found = fit(bureau, template, data, composed.words, laid=laid)
    if found.data is not data:
        files = render(bureau, template, found.data, others, found.laid)
    if "pdf" in formats:
        files |= render(bureau, template, found.data, ["pdf"], found.laid)
    told = composed.told if composed.laid is not None else found.notes
    made = replace(composed, data=found.data, laid=found.laid, told=told)
    return made, {kind: files[kind] for kind in formats}


def meeting_of(store: Store, given: str | None, request: Request) -> Meeting | None:
    """The meeting named, or the next one with the country that may be released.

    Raises RequestError when the meeting named is with another country or marked too high.
    """
    from briefgen.compose.brief import next_meeting
    from briefgen.gate import Gate
    from briefgen.records import Meeting
    from briefgen.selection import held_back

    gate = Gate(store, request.release)
    (country,) = request.countries
    if given is not None:
        found = store.get(Meeting, "meeting", store.resolve("meeting", given))
        if found.country != country:
            other = store.countries.in_sentence(found.country)
            raise RequestError(f"meeting '{found.id}' is with {other}")
        if not gate.passes(f"meeting:{found.id}", found.marking):
            raise RequestError(f"meeting '{found.id}': {held_back(request.release)}")
        return found
    meetings = store.all(Meeting, "meeting")
    asked = [m for m in meetings if m.country == country]
    open_ones = [m for m in asked if gate.passes(f"meeting:{m.id}", m.marking)]
    return next_meeting(open_ones, country, request.as_of)


def brief_parts(request: Request) -> list[str]:
    """The words of a brief's file name."""
    return [*request.countries, "brief", *request.treaties, request.as_of.isoformat()]


def history_parts(request: Request, subjects: Sequence[str]) -> list[str]:
    """The words of a history's file name; the as-of date where its window does not say it."""
    since, until = request.since, request.until
    window = [str(since)] if since else []
    window += ["to", str(until)] if until else []
    said = until is not None and until.last == request.as_of
    dates = window if said else [*window, request.as_of.isoformat()]
    return [*(subjects or ["all"]), "history", *dates]


def with_manifest(
    files: dict[str, bytes], parts: Sequence[str], composed: Composed, **more: Any
) -> dict[str, bytes]:
    """The files and, beside them, the manifest that explains them."""
    from briefgen.compose.manifest import ENDING, manifest_of
    from briefgen.output import file_stem

    data = manifest_of(composed.data, composed.request, files, name=list(parts), **more)
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    return {**files, f"{file_stem(parts)}{ENDING}": text.encode()}
