"""The brief's sections: what each tells, on the real record, and when it says that nothing is known."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from briefgen.bureaus import load_bureau
from briefgen.errors import BriefgenError
from briefgen.render import render
from briefgen.store import Store
from tests.conftest import ROOT, Run, edit
from tests.test_lines import brief
from tests.test_papers import compose_paper, made, text_of
from tests.texts import docx_sections

READ_LINE_BY_LINE = [
    ("CHN", "2003-08-13"), ("CHN", "2003-08-31"), ("USA", "2003-08-15"), ("VNM", "2003-08-31"),
    ("IND", "2003-08-31"), ("IRN", "2003-08-31"), ("ISR", "2003-08-31"), ("SYR", "2003-08-31"),
    ("SGP", "2003-08-31"), ("DZA", "2003-08-31"), ("RUS", "2003-08-31"), ("RUS", "2024-01-01"),
]  # fmt: skip


def pages(content: bytes, path: Path) -> list[str]:
    """The text of each page of a PDF, without its line breaks."""
    path.write_bytes(content)
    shown = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True
    ).stdout
    return [" ".join(page.split()) for page in shown.split("\f") if page.strip()]


@pytest.mark.parametrize(("country", "as_of"), READ_LINE_BY_LINE)
def test_a_brief_fits_two_pages(store: Store, tmp_path: Path, country: str, as_of: str) -> None:
    bureau = load_bureau(ROOT, "base").for_paper("brief")
    data = compose_paper(store, "brief", (country,), (), as_of)
    files = render(bureau, "brief.html.j2", data, ["pdf"])
    assert len(pages(files["pdf"], tmp_path / "brief.pdf")) <= 2


def test_page_one_holds_all_that_the_minister_needs_to_say(tmp_path: Path) -> None:
    tree, files = made("china-2003-08-13")
    first, _ = pages(files["pdf"], tmp_path / "brief.pdf")
    squeezed = "".join(first.split())
    points = tree.findall(".//ol[@class='points']/li/p[@class='lead']")
    assert len(points) == 6
    for point in points:
        strong = "".join(point.find("strong").itertext())
        assert "".join(strong.split()) in squeezed, strong
    for heading in ("Objectives", "Points to make", "If raised", "Points to avoid"):
        assert heading in first
    assert "14 August 2003, Beijing" in first
    assert "Last met 24 September 2002" in first


# -- sections as settings ------------------------------------------------------------------------


def headings(content: bytes) -> list[str]:
    return [heading for heading, _ in docx_sections(content)]


def test_a_bureau_turns_sections_off_and_puts_them_in_its_own_order(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    bureau = workspace / "templates" / "arms"
    bureau.mkdir()
    text = "extends: base\npapers:\n  brief:\n    sections: [status, points, clearance]\n"
    (bureau / "bureau.yaml").write_text(text, "utf-8")
    result = briefgen(
        "-w", str(workspace), "brief", "China", "--as-of", "2003-08-13", "-b", "arms", "-f", "docx"
    )
    assert result.returncode == 0, result.stderr
    found = headings((tmp_path / "out/CHN-brief-2003-08-13.docx").read_bytes())
    assert found[2:6] == ["treatystatusataglance", "pointstomake", "clearance", "pastlanguage"]
    assert "sources" not in found


def test_a_section_that_is_off_names_no_source(store: Store) -> None:
    everything = {d["id"] for d in brief(store, "IRN", "2003-08-31")["sources"]}
    assert "mofa-cn-consultation-2003-08" in everything
    some = brief(store, "IRN", "2003-08-31", sections=("points", "status"))
    assert "mofa-cn-consultation-2003-08" not in {d["id"] for d in some["sources"]}
    assert "background" not in some


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ("[points, statsu]", "'statsu' is not a section (did you mean 'status'?)"),
        ("[points, status, points]", "'points' stands twice"),
    ],
)
def test_a_mistake_in_the_sections_is_told(workspace: Path, sections: str, told: str) -> None:
    bureau = workspace / "templates" / "arms"
    bureau.mkdir()
    text = f"extends: base\npapers:\n  brief:\n    sections: {sections}\n"
    (bureau / "bureau.yaml").write_text(text, "utf-8")
    with pytest.raises(BriefgenError) as caught:
        load_bureau(workspace, "arms")
    assert told in str(caught.value.problems[0])
    assert str(caught.value.problems[0]).startswith("templates/arms/bureau.yaml:4:")


def test_points_beyond_the_limit_are_kept_for_when_time_allows(store: Store) -> None:
    data = brief(store, "CHN", "2003-08-13", points=4)
    assert len(data["points"]) == 4
    later = [row for row in data["reactive"] if row["label"] == "If time allows"]
    assert len(later) == 2
    assert later[0]["text"].startswith("We call on China to accede to the Ottawa Convention.")


def test_without_an_agenda_the_treaties_that_stand_open_are_raised(
    store: Store, workspace: Path
) -> None:
    asks = [(p["treaty"], p["ask"]) for p in brief(store, "IND", "2003-08-31")["points"]]
    assert asks == [("CTBT", "sign-and-ratify"), ("APMBC", "accede"), ("NPT", "accede")]
    disputed = [(p["treaty"], p["ask"]) for p in brief(store, "PRK", "2003-08-31")["points"]]
    assert ("NPT", "comply") in disputed
    edit(workspace / "data/ministry.yaml", "raise_open: yes", "raise_open: no")
    with Store(workspace, None) as other:
        assert [p["treaty"] for p in brief(other, "IND", "2003-08-31")["points"]] == ["CTBT"]


# -- what they say -------------------------------------------------------------------------------


def test_their_last_answer_is_told_with_date_place_and_person(store: Store) -> None:
    rows = {r["topic"]: r for r in brief(store, "CHN", "2003-08-31")["positions"]}
    answer = rows["CTBT"]["answer"]
    assert "National People's Congress is considering ratification" in answer["text"]
    assert (answer["date"], answer["place"], answer["to"]) == (
        "14 August 2003", "Beijing", ["Liu Jieyi"],
    )  # fmt: skip
    assert rows["Ottawa Convention"]["answer"] is None
    assert next(iter(rows)) == "CTBT"


def test_silence_is_told_as_no_response_recorded_and_never_as_no_response() -> None:
    for name in ("china-2003-08-31", "viet-nam-2003-08-31", "united-states-2003-08-15"):
        text = text_of(made(name)[0]).casefold()
        assert "no response recorded" in text
        assert "no response" not in text.replace("no response recorded", "")


def test_a_treatys_paper_takes_its_own_item_of_a_meeting_on_many_topics(store: Store) -> None:
    ctbt = brief(store, "CHN", "2003-08-31", ("CTBT",))
    assert len(ctbt["contacts"]["direct"][-1]["statements"]) == 2
    mines = brief(store, "CHN", "2003-08-31", ("APMBC",))
    (contact,) = mines["contacts"]["direct"]
    assert [s["text"] for s in contact["statements"]] == [
        "Japan requested China's accession to the Ottawa Convention."
    ]
    (row,) = mines["positions"]
    assert row["answer"] is None
    assert row["raised"]["when"] == "on 14 August 2003"


def test_an_ask_that_the_standing_has_overtaken_is_a_point_to_avoid(store: Store) -> None:
    rows = brief(store, "SYR", "2003-08-31", ("CTBT",))["avoid"]
    assert rows[0]["text"] == (
        "Do not repeat the ask to ratify the CTBT, put in May 2003. Standing on 31 August 2003:"
        " Not signed."
    )
    assert rows[0]["note"]["parts"][0]["places"] == "II, May 2003, first item"
    assert len(rows) == 1
    vietnam = brief(store, "VNM", "2007-01-01", ("CTBT",))["avoid"]
    assert "Do not repeat the ask to ratify the CTBT, put in June 2003" in vietnam[0]["text"]


# -- since the last meeting ----------------------------------------------------------------------


def test_the_window_runs_from_the_last_direct_contact(store: Store) -> None:
    since = brief(store, "CHN", "2003-08-13")["since"]
    assert since["last"]["date"] == "24 September 2002"
    assert [e["id"] for e in since["last"]["events"]] == [
        "unga-resolution-first-committee-2002-10-23", "unga-resolution-plenary-2002-11-22",
        "arf-10-2003-06", "joint-letter-2003-07",
    ]  # fmt: skip
    assert since["same"] is True
    assert since["last"]["actions"] == []


def test_the_last_contact_at_the_meetings_own_level_has_a_window_of_its_own(
    workspace: Path,
) -> None:
    (workspace / "data/meetings/ir.yaml").write_text(
        "id: ir-2003\ntitle: Talks\ndate: 2003-09-01\ncountry: IRN\nlevel: deputy-minister\n",
        "utf-8",
    )
    with Store(workspace, None) as store:
        since = brief(store, "IRN", "2003-08-31")["since"]
    assert since["same"] is False
    assert since["last"]["date"] == "10 October 2002"
    assert since["at_level"]["date"] == "27 September 2002"
    assert since["at_level"]["events"][0]["id"] == "ir-khatami-lunch-2002-10-10"
    assert since["level"] == "Deputy ministers (vice-minister level)"


def test_what_the_state_did_on_its_treaties_since_is_told_with_its_source(store: Store) -> None:
    actions = brief(store, "VNM", "2007-01-01")["since"]["last"]["actions"]
    assert [a["text"] for a in actions if a["text"].startswith("CTBT")] == [
        "CTBT: ratification, 10 March 2006"
    ]
    assert actions[0]["note"]["parts"][0]["document"] == "untc-ctbt-status"
    assert brief(store, "VNM", "2003-08-31")["since"]["last"]["actions"] == []


# -- contacts, commitments, people ---------------------------------------------------------------


def test_contacts_are_counted_by_level_with_the_gap_since_the_last(store: Store) -> None:
    contacts = brief(store, "VNM", "2003-08-31")["contacts"]
    assert [(r["label"], r["count"], r["last"]) for r in contacts["by_level"]] == [
        ("Heads of State, Government or party", 1, "3 October 2002"), ("Ministers", 2, "June 2003"),
        ("Directors-General", 1, "March 2003"),
    ]  # fmt: skip
    assert contacts["gap"] == "about 2 months"
    assert brief(store, "CHN", "2003-08-13")["contacts"]["gap"] == "10 months"
    assert brief(store, "CHN", "2003-08-31")["contacts"]["gap"] == "less than a month"
    assert brief(store, "USA", "2003-08-31")["contacts"]["gap"] == "less than a month"


def commitments(data: dict[str, Any]) -> dict[tuple[str, str], list[str]]:
    return {
        (group["side"], group["state"]): [row["topic"] for row in group["rows"]]
        for group in data["commitments"]
    }


def test_commitments_are_carried_forward_until_they_are_due_or_done(workspace: Path) -> None:
    with Store(workspace, None) as store:
        fresh = commitments(brief(store, "CHN", "2003-08-31"))
        later = commitments(brief(store, "CHN", "2004-01-01"))
        assert brief(store, "CHN", "2003-08-13")["commitments"] == []
    assert fresh["Theirs", "open, no date set"] == ["Conference on Disarmament"]
    assert fresh["Joint", "due autumn 2003"] == ["United Nations First Committee"]
    assert later["Joint", "overdue since autumn 2003"] == ["United Nations First Committee"]
    edit(
        workspace / "data/events/2003-08.yaml", "ja: 2003年秋}}",
        "ja: 2003年秋}, done: 2003-11-03, outcome: {en: Agreed.}}",
    )  # fmt: skip
    with Store(workspace, None) as store:
        done = commitments(brief(store, "CHN", "2004-01-01"))
        assert commitments(brief(store, "CHN", "2003-08-31")) == fresh
    assert done["Joint", "done 3 November 2003"] == ["United Nations First Committee"]


def test_an_empty_section_says_so_with_the_date_of_the_last_contact() -> None:
    text = text_of(made("china-2003-08-13")[0])
    assert "None on record with China; last contact 24 September 2002." in text
    nobody = text_of(made("singapore-2003-08-31")[0])
    assert "No direct contact with Singapore is on record up to 31 August 2003" in nobody
    assert "Nobody of Singapore is on record." in nobody


def test_people_stand_with_the_office_of_the_day_and_when_we_met_them(store: Store) -> None:
    people = brief(store, "CHN", "2003-08-13")["people"]
    assert [(p["name"], p["met"]) for p in people] == [
        ("Liu Jieyi", ["24 September 2002"]), ("Wang Yi", ["9 August 2002"]),
    ]  # fmt: skip
    assert people[1]["office"] == "Vice Minister for Foreign Affairs"


# -- background ----------------------------------------------------------------------------------


def test_what_was_said_with_others_is_background_not_to_be_disclosed(store: Store) -> None:
    data = brief(store, "IRN", "2003-08-31")
    (spoken,) = data["background"]["closed"]
    assert spoken["id"] == "cn-disarmament-2003-08-14"
    assert len(spoken["statements"]) == 2
    assert all("Iran" in s["text"] for s in spoken["statements"])
    for section in ("points", "reactive", "positions", "press", "contacts", "since", "objectives"):
        assert "China" not in str(data[section]), section
    assert "Nothing of what was said about Iran with others" in str(data["avoid"])
    assert brief(store, "IRN", "2003-08-13")["background"]["closed"] == []


def test_what_was_said_with_others_raises_the_marking_and_obeys_the_ceiling(
    workspace: Path,
) -> None:
    edit(
        workspace / "data/events/2003-08.yaml",
        'text:\n        en: "Both sides affirmed that Iran should cooperate fully with the IAEA."',
        'marking: hi\n      text:\n        en: "Both sides affirmed that Iran should cooperate fully with the IAEA."',
    )  # fmt: skip
    with Store(workspace, None) as store:
        data = brief(store, "IRN", "2003-08-31")
        assert data["marking"]["id"] == "hi"
        low = brief(store, "IRN", "2003-08-31", ceiling="public")
        assert low["marking"]["id"] == "public"
        assert "cooperate fully with the IAEA" not in str(low)
        assert brief(store, "IRN", "2003-08-31", sections=("points",))["marking"]["id"] == "public"


# -- truth ---------------------------------------------------------------------------------------


def test_a_plan_whose_date_has_passed_is_flagged_as_stale(store: Store) -> None:
    notes = brief(store, "CHN", "2003-08-31", ("CTBT",))["drafter_notes"]
    stale = [n for n in notes if n["rule"] == "stale-plan"]
    assert [(n["text"].split(":")[0], n["file"]) for n in stale] == [
        ("Primary seismological monitoring station", "data/events/domestic.yaml"),
        ("Infrasound monitoring station", "data/events/domestic.yaml"),
    ]
    text = text_of(made("history-ctbt")[0])
    assert "The date planned (2002) has passed; whether it was done is not on record." in text
    early = compose_paper(store, "history", (), ("CTBT",), "2002-12-31")
    assert "has passed" not in str(early["months"])


def test_three_meetings_of_one_commission_in_the_same_words_stay_three(store: Store) -> None:
    direct = brief(store, "USA", "2003-08-31")["contacts"]["direct"]
    assert [c["date"] for c in direct] == ["26 August 2002", "January 2003", "August 2003"]
    words = [[s["text"] for s in c["statements"]] for c in direct]
    assert words[1] == words[2]


def test_the_sixth_commission_is_uncertain_in_its_own_month_and_fact_after_it(
    store: Store,
) -> None:
    doubtful = brief(store, "USA", "2003-08-15")
    assert [d["title"][:13] for d in doubtful["left_out"]["uncertain"]] == ["Sixth meeting"]
    assert "us-commission-6-2003-08" not in str([doubtful["contacts"], doubtful["since"]])
    assert doubtful["last_contact"]["date"] == "January 2003"
    assert brief(store, "USA", "2003-08-31")["last_contact"]["date"] == "August 2003"


def test_addressed_and_present_are_two_things(store: Store) -> None:
    groups = {g["rule"]: g for g in brief(store, "PAK", "2003-06-30")["contacts"]["reached"]}
    assert groups["group-target"]["since"] == 1
    since = brief(store, "PAK", "2003-06-30")["since"]["last"]["events"]
    (forum,) = [e for e in since if e["id"] == "arf-10-2003-06"]
    assert forum["targets"] == ["the Annex 2 States"]
    assert [p["country"] for p in forum["own"]] == ["JPN"]
    assert forum["other"] == []


def test_no_month_becomes_a_day_anywhere_in_a_brief(store: Store) -> None:
    for country in ("IND", "ISR", "SYR", "VNM", "USA", "PAK"):
        text = str(brief(store, country, "2003-08-31"))
        assert re.findall(r"(?<!\d)1 (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug)\w* 2003", text) == []


def test_jerusalem_is_printed_alone(store: Store) -> None:
    (april, may) = brief(store, "ISR", "2003-08-31")["contacts"]["direct"]
    assert april["place"] == "Jerusalem"
    assert may["place"] == "Israel"


def test_a_source_above_the_ceiling_is_named_nowhere(workspace: Path) -> None:
    edit(
        workspace / "data/documents.yaml",
        "- id: untc-ctbt-status\n",
        "- id: untc-ctbt-status\n  marking: hi\n",
    )
    with Store(workspace, None) as store:
        data = brief(store, "VNM", "2007-01-01", ceiling="public")
    assert data["since"]["last"]["actions"][0]["note"] is None
    assert "untc-ctbt-status" not in str(data)
    assert "Depositary, CTBT status" not in str(data)


def test_of_many_contacts_the_newest_are_shown_and_the_rest_counted(store: Store) -> None:
    contacts = brief(store, "VNM", "2003-08-31", contacts=2)["contacts"]
    assert [c["date"] for c in contacts["direct"]] == ["March 2003", "June 2003"]
    assert (contacts["count"], contacts["more"]) == (4, 2)
    assert sum(row["count"] for row in contacts["by_level"]) == 4
    since = brief(store, "CHN", "2003-08-13", contacts=1)["since"]["last"]
    assert ([e["id"] for e in since["events"]], since["more"]) == (["joint-letter-2003-07"], 3)


@pytest.mark.parametrize("name", ["china-2003-08-13", "singapore-2003-08-31", "history-ctbt"])
def test_a_paper_names_its_sources_and_does_not_claim_to_hold_every_contact(name: str) -> None:
    text = text_of(made(name)[0])
    assert "rests on the documents named here and does not claim to hold every contact" in text
    for claim in ("all contacts", "every contact with", "complete record"):
        assert claim not in text.casefold().replace("outreach history: all contacts", "")
