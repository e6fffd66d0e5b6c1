"""Lines to take and the ask ladder: for whom, when, in which words, and what the drafter is told."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from briefgen.compose import compose_brief
from briefgen.compose.brief import BriefOptions, next_meeting
from briefgen.compose.words import Words
from briefgen.errors import BriefgenError
from briefgen.gate import Release
from briefgen.lines import LineSelection, select_lines
from briefgen.records import Meeting
from briefgen.selection import Request, select
from briefgen.store import Store
from tests.conftest import Run, edit

CLEARED = "cleared: {office: Legal Affairs, on: 2003-01-15}"


def brief(
    store: Store, country: str, as_of: str, treaties: tuple[str, ...] = (), **options: Any
) -> dict[str, Any]:
    """The data of a brief, all sections on."""
    day = datetime.date.fromisoformat(as_of)
    ceiling = options.pop("ceiling", None)
    request = Request(
        as_of=day, home=store.ministry.country, countries=(country,), treaties=treaties,
        ceiling=ceiling,
    )  # fmt: skip
    meeting = next_meeting(store.all(Meeting, "meeting"), country, day)
    words = Words(store, "en", "en-GB", Release(ceiling))
    return compose_brief(words, request, select(store, request), meeting, BriefOptions(**options))


def taken(
    store: Store, country: str, as_of: str, *, drafts: bool = False, ceiling: str | None = None,
    level: str | None = None,
) -> LineSelection:  # fmt: skip
    day = datetime.date.fromisoformat(as_of)
    request = Request(as_of=day, home="JPN", countries=(country,), ceiling=ceiling)
    treaties = set(store.treaties)
    return select_lines(
        store,
        request,
        treaties=treaties,
        topics={"nuclear-disarmament"},
        level=level,
        drafts=drafts,
    )


def with_line(workspace: Path, fields: str) -> Store:
    """The sample with one more line, `test-line`."""
    body = f"- id: test-line\n{fields}"
    indented = body.replace("\n", "\n  ").rstrip() + "\n"
    (workspace / "data/lines/test.yaml").write_text(indented, "utf-8")
    return Store(workspace, None)


def rules(selection: LineSelection) -> dict[str, str]:
    found = {t.line.id: t.reason.rule for t in selection.taken}
    return {**found, **{o.line.id: o.reason.rule for o in selection.left_out}}


# -- audience, validity, clearance ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("audience", "country", "as_of", "fits"),
    [
        ("{countries: [China]}", "CHN", "2003-08-13", True),
        ("{countries: [China]}", "IND", "2003-08-13", False),
        ("{except_countries: [China]}", "CHN", "2003-08-13", False),
        ("{groups: [CTBT_ANNEX2]}", "VNM", "2003-08-13", True),
        ("{groups: [CTBT_ANNEX2]}", "SYR", "2003-08-13", False),
        ("{groups: [ASEAN]}", "TLS", "2025-01-01", False),
        ("{groups: [ASEAN]}", "TLS", "2026-01-01", True),
        ("{status: [signed]}", "DZA", "2003-07-10", True),
        ("{status: [signed]}", "DZA", "2003-07-11", False),
        ("{status: [ratified], groups: [CTBT_ANNEX2]}", "DZA", "2003-07-11", True),
        ("{levels: [minister]}", "CHN", "2003-08-13", False),
    ],
)
def test_a_line_is_for_its_audience_on_the_day(
    workspace: Path, audience: str, country: str, as_of: str, fits: bool
) -> None:
    fields = f"kind: press line\ntreaty: CTBT\naudience: {audience}\ntext: x\n{CLEARED}\n"
    with with_line(workspace, fields) as store:
        found = rules(taken(store, country, as_of))
    assert ("test-line" in found) == fits


def test_a_line_for_a_level_is_taken_at_a_meeting_of_that_level(workspace: Path) -> None:
    fields = f"kind: press line\naudience: {{levels: [minister]}}\ntext: x\n{CLEARED}\n"
    with with_line(workspace, fields) as store:
        assert "test-line" in rules(taken(store, "CHN", "2003-08-13", level="minister"))
        assert "test-line" not in rules(taken(store, "CHN", "2003-08-13", level="ambassador"))


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        (CLEARED, "line"),
        (f"valid_until: 2003-08-13\n{CLEARED}", "line"),
        (f"valid_until: 2003-08-12\n{CLEARED}", "line-expired"),
        (f"valid_from: 2003-08-14\n{CLEARED}", "line-not-yet-valid"),
        ("valid_from: 2003-08-13", "line-not-cleared"),
        ("cleared: {office: Legal Affairs, status: pending}", "line-not-cleared"),
        ("cleared: {office: Legal Affairs, status: refused, on: 2003-01-15}", "line-not-cleared"),
        ("cleared: {office: Legal Affairs, on: 2003-08-14}", "line-not-cleared"),
        ("cleared: {office: Legal Affairs, on: 2003-08}", "line-not-cleared"),
        (f"marking: hi\n{CLEARED}", "above-ceiling"),
    ],
)
def test_an_expired_or_uncleared_line_is_not_used(workspace: Path, fields: str, rule: str) -> None:
    with with_line(workspace, f"kind: press line\ntext: x\n{fields}\n") as store:
        assert rules(taken(store, "CHN", "2003-08-13", ceiling="official"))["test-line"] == rule
        drafts = rules(taken(store, "CHN", "2003-08-13", ceiling="official", drafts=True))
    wanted = "line-draft" if rule in ("line-expired", "line-not-cleared") else rule
    assert drafts["test-line"] == wanted


def test_a_line_left_out_is_told_and_printed_as_draft_on_demand(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    with_line(workspace, "kind: press line\ntext: We spoke of peace.\n")
    command = ("-w", str(workspace), "brief", "Kenya", "--as-of", "2003-08-31", "-f", "html")
    quiet = briefgen(*command)
    assert quiet.returncode == 0
    assert (
        "test.yaml:1: warning: Line 'test-line' is left out. Nobody has cleared it." in quiet.stderr
    )
    page = tmp_path / "out/KEN-brief-2003-08-31.html"
    assert "We spoke of peace" not in page.read_text("utf-8")
    asked = briefgen(*command, "--drafts")
    assert "test-line" not in asked.stderr
    assert "<mark>DRAFT</mark> We spoke of peace." in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("kind: if raised\ntext: 'Ask {contry}.'", "'{contry}' is not a variable of a line"),
        ("kind: to say\ntext: x", "'to say' is not known"),
        ("kind: to make\ntext: x", "a line 'to make' needs a treaty or a topic"),
        (
            "kind: avoid\naudience: {status: [signed]}\ntext: x",
            "an audience by status needs a treaty",
        ),
        ("kind: avoid\ntreaty: CTBTX\ntext: x", "unknown treaty 'CTBTX'"),
        ("kind: avoid\ncleared: {office: L}\ntext: x", "status 'cleared' does not fit"),
        ("kind: avoid\nvalid_from: 2003-02\nvalid_until: 2003-01\ntext: x", "before it starts"),
        ("kind: avoid\nreleasable_to: Atlantis\ntext: x", "unknown country 'Atlantis'"),
    ],
)
def test_a_mistake_in_a_line_is_told_with_its_place(
    workspace: Path, fields: str, told: str
) -> None:
    with with_line(workspace, fields) as store:
        found = [str(p) for p in store.problems() if "test.yaml" in str(p)]
    assert len(found) == 1
    assert told in found[0]


# -- the ladder ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("treaty", "country", "as_of", "ask"),
    [
        ("CTBT", "IND", "2003-08-31", "sign-and-ratify"), ("CTBT", "SYR", "2003-08-31", "sign-and-ratify"),
        ("CTBT", "CHN", "2003-08-31", "ratify"), ("CTBT", "BRN", "2003-08-31", "ratify"),
        ("CTBT", "SGP", "2003-08-31", "implement-and-universalise"),
        ("CTBT", "RUS", "2023-11-02", "implement-and-universalise"), ("CTBT", "RUS", "2023-11-03", "return"),
        ("APMBC", "CHN", "2003-08-31", "accede"), ("APMBC", "USA", "1999-02-28", "sign-and-ratify"),
        ("APMBC", "KEN", "2003-08-31", "implement-and-universalise"),
        ("NPT", "IND", "2003-08-31", "accede"), ("NPT", "CHN", "2003-08-31", "disarm"),
        ("NPT", "PRK", "2003-08-31", "comply"), ("NPT", "KEN", "2003-08-31", "implement-and-universalise"),
        ("CWC", "SYR", "2003-08-31", "accede"), ("CWC", "ISR", "2003-08-31", "ratify"),
        ("BWC", "SYR", "2003-08-31", "ratify"), ("BWC", "ISR", "2003-08-31", "accede"),
        ("IAEA-AP", "USA", "2003-08-31", "ratify"), ("IAEA-AP", "CHN", "2003-08-31", "implement-and-universalise"),
        ("IAEA-AP", "IND", "2003-08-31", "clarify"),
    ],
)  # fmt: skip
def test_the_ladder_leads_from_the_standing_to_the_ask(
    store: Store, treaty: str, country: str, as_of: str, ask: str
) -> None:
    (point,) = brief(store, country, as_of, (treaty,))["points"]
    assert point["ask"] == ask
    assert point["lead"].endswith(".")
    assert "{" not in point["lead"] + point["reason"] + point["also"]


def test_the_softer_first_step_is_a_setting(workspace: Path) -> None:
    with Store(workspace, None) as store:
        assert brief(store, "IND", "2003-08-31", ("CTBT",))["points"][0]["ask"] == "sign-and-ratify"
    edit(workspace / "data/ministry.yaml", "raise_open: yes", "raise_open: yes\nfirst_step: yes")
    with Store(workspace, None) as store:
        point = brief(store, "IND", "2003-08-31", ("CTBT",))["points"][0]
        signed = brief(store, "CHN", "2003-08-31", ("CTBT",))["points"][0]
    assert point["ask"] == "sign"
    assert point["lead"] == "We call on India to sign the CTBT."
    assert signed["ask"] == "ratify"


def test_a_meeting_may_ask_for_the_full_step_against_the_setting(workspace: Path) -> None:
    edit(workspace / "data/ministry.yaml", "raise_open: yes", "raise_open: yes\nfirst_step: yes")
    (workspace / "data/meetings/in.yaml").write_text(
        "id: in-2003\ntitle: Talks\ndate: 2003-09-01\ncountry: IND\nfirst_step: no\n", "utf-8"
    )
    with Store(workspace, None) as store:
        assert brief(store, "IND", "2003-08-31")["points"][0]["ask"] == "sign-and-ratify"


@pytest.mark.parametrize(
    ("country", "as_of", "asked"),
    [
        ("IND", "2003-08-31", True), ("PAK", "2003-08-31", True), ("USA", "2003-08-31", True),
        ("CHN", "2003-08-31", True), ("RUS", "2024-01-01", True), ("RUS", "2003-08-31", False),
        ("VNM", "2003-08-31", False), ("SYR", "2003-08-31", False), ("FRA", "2003-08-31", False),
        ("PRK", "2003-08-31", False), ("PRK", "2006-10-09", True),
    ],
)  # fmt: skip
def test_a_non_party_that_has_tested_is_also_asked_to_keep_its_moratorium(
    store: Store, country: str, as_of: str, asked: bool
) -> None:
    (point,) = brief(store, country, as_of, ("CTBT",))["points"]
    assert ("moratorium" in point["also"]) == asked


# -- the wording ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "as_of", "words"),
    [
        # The highest level counts: deputy ministers in August 2002, before Directors-General.
        ("CHN", "2003-08-31", "We request China to ratify the CTBT at the earliest opportunity."),
        (
            "VNM",
            "2003-08-31",
            "We call on Viet Nam to ratify the CTBT at the earliest opportunity.",
        ),
        # Nothing was said of a time to Israel, so nothing is said now.
        ("ISR", "2003-08-31", "We call on Israel to ratify the CTBT."),
        # Never asked before: the ladder's own words.
        ("EGY", "2003-08-31", "We call on Egypt to ratify the CTBT at the earliest opportunity."),
    ],
)
def test_verb_and_qualifier_are_those_last_used_at_the_highest_level(
    store: Store, country: str, as_of: str, words: str
) -> None:
    assert brief(store, country, as_of, ("CTBT",))["points"][0]["lead"] == words


def test_a_second_ask_keeps_its_own_past_verb(store: Store) -> None:
    point = brief(store, "USA", "2003-08-31", ("CTBT",))["points"][0]
    assert point["also"] == (
        "Until the treaty is in force we strongly request the United States to maintain its"
        " moratorium on nuclear test explosions."
    )


def told(data: dict[str, Any], rule: str) -> list[str]:
    return [n["text"] for n in data["drafter_notes"] if n["rule"] == rule]


def test_a_weaker_verb_than_last_time_is_a_warning(workspace: Path) -> None:
    path = workspace / "data/ministry.yaml"
    edit(path, "raise_open: yes", "raise_open: yes\nwording: as-drafted")
    with Store(workspace, None) as store:
        data = brief(store, "USA", "2003-08-31", ("CTBT",))
    (warning,) = told(data, "verb-changed")
    assert warning == (
        "“call on” is weaker than “strongly requested”, used in August 2003, Directors-General for"
        " the same ask on the CTBT."
    )
    assert "we call on the United States to maintain" in data["points"][0]["also"]


def test_a_line_with_a_stronger_verb_is_a_warning_and_the_same_verb_is_none(
    workspace: Path,
) -> None:
    fields = (
        "kind: to make\ntreaty: CTBT\naudience: {countries: [CHN]}\nask: ratify\nverb: urges\n"
        f"text: 'We {{verb}} {{country}} to ratify {{treaty}}.'\n{CLEARED}\n"
    )
    with with_line(workspace, fields) as store:
        data = brief(store, "CHN", "2003-08-13", ("CTBT",))
    assert data["points"][0]["lead"] == "We urge China to ratify the CTBT."
    (warning,) = told(data, "verb-changed")
    assert "“urge” is stronger than “requested”" in warning
    with with_line(workspace, fields.replace("urges", "calls-on")) as store:
        assert told(brief(store, "CHN", "2003-08-13", ("CTBT",)), "verb-changed") == []


def test_a_line_whose_ask_the_standing_does_not_call_for_is_not_used(workspace: Path) -> None:
    fields = f"kind: to make\ntreaty: CTBT\nask: ratify\ntext: Ratify at once.\n{CLEARED}\n"
    with with_line(workspace, fields) as store:
        data = brief(store, "SYR", "2003-08-31", ("CTBT",))
    assert "Ratify at once" not in str(data["points"])
    (warning,) = told(data, "line-against-status")
    assert "asks to ratify, where the standing calls for sign-and-ratify" in warning


def test_another_ask_than_last_time_is_told_to_the_drafter(store: Store) -> None:
    (note,) = told(brief(store, "IND", "2003-08-31", ("CTBT",)), "ask-changed")
    assert note.startswith("Last asked to sign the CTBT (in January 2003, Ministers)")
    assert told(brief(store, "CHN", "2003-08-31", ("CTBT",)), "ask-changed") == []


def test_past_language_is_shown_with_verb_qualifier_treaty_date_and_level(store: Store) -> None:
    rows = brief(store, "CHN", "2003-08-31", ("CTBT",))["clearance"]["past_language"]
    assert [(r["text"], r["date"], r["level"]) for r in rows] == [
        ("requested to ratify the CTBT at the earliest opportunity", "9 August 2002",
         "Deputy ministers (vice-minister level)"),
        ("requested to keep its moratorium on nuclear tests", "24 September 2002",
         "Directors-General"),
    ]  # fmt: skip


# -- other States' names -------------------------------------------------------------------------


def test_a_point_that_names_another_state_is_refused_with_its_place(workspace: Path) -> None:
    path = workspace / "data/meetings/2003-08-14-japan-china.yaml"
    edit(path, "openness builds confidence", "openness helps Viet Nam and builds confidence")
    with Store(workspace, None) as store, pytest.raises(BriefgenError) as caught:
        brief(store, "CHN", "2003-08-13")
    (problem,) = caught.value.problems
    assert str(problem) == (
        "data/meetings/2003-08-14-japan-china.yaml:22:1: point:nuclear-disarmament: names Viet Nam"
        " in a talking point for China (take the name out, or allow it: names: [VNM])"
    )


@pytest.mark.parametrize("kind", ["to make", "if raised", "defensive", "press line"])
def test_a_spoken_line_names_another_state_only_by_its_leave(workspace: Path, kind: str) -> None:
    fields = f"kind: {kind}\ntreaty: CTBT\ntext: As Burma did.\n{CLEARED}\n"
    with with_line(workspace, fields) as store, pytest.raises(BriefgenError, match="Myanmar"):
        brief(store, "CHN", "2003-08-31", ("CTBT",))
    with with_line(workspace, f"{fields}names: [MMR]\n") as store:
        assert "As Burma did." in str(brief(store, "CHN", "2003-08-31", ("CTBT",)))


def test_a_name_within_a_longer_name_is_not_another_state(store: Store) -> None:
    named = store.countries.named_in
    assert named("Guinea-Bissau and Papua New Guinea") == ["GNB", "PNG"]
    assert named("the Democratic Republic of the Congo") == ["COD"]
    assert named("Nigeria") == ["NGA"]
    assert named("a chad of paper, a turkey, the US dollar and Indiana") == []


def test_the_marking_of_a_line_is_that_of_the_paper_at_least(workspace: Path) -> None:
    fields = f"kind: avoid\ntext: x\nmarking: official\n{CLEARED}\n"
    with with_line(workspace, fields) as store:
        assert brief(store, "CHN", "2003-08-31")["marking"]["id"] == "official"
        low = brief(store, "CHN", "2003-08-31", ceiling="public")
    assert low["marking"]["id"] == "public"
    assert "line:test-line" not in str(low)


def test_a_line_to_make_without_an_ask_is_added_to_the_point(workspace: Path) -> None:
    fields = f"kind: to make\ntreaty: CTBT\ntext: It would be noticed.\n{CLEARED}\n"
    with with_line(workspace, fields) as store:
        (point,) = brief(store, "CHN", "2003-08-31", ("CTBT",))["points"]
    assert point["lead"].startswith("We request China to ratify the CTBT")
    assert point["reason"].endswith("104 States have ratified. It would be noticed.")


def test_objectives_are_those_of_the_meeting_and_else_of_the_lines(store: Store) -> None:
    eve = [o["text"] for o in brief(store, "CHN", "2003-08-13")["objectives"]]
    assert eve[0].startswith("Obtain a commitment to early ratification of the CTBT")
    later = [o["fact"]["key"] for o in brief(store, "CHN", "2003-08-31")["objectives"]]
    assert later == ["line:ctbt-objective-signed", "line:ctbt-objective-moratorium",
                     "line:apmbc-objective"]  # fmt: skip
