"""`check` finds what cannot be right, and nothing false."""

from __future__ import annotations

from pathlib import Path

import pytest

from briefgen.checking import check_substance
from briefgen.store import Store
from tests.conftest import edit


def doubts(workspace: Path) -> list[str]:
    with Store(workspace, None) as store:
        assert store.problems() == []
        return [str(p) for p in check_substance(store)]


SYRIA = (
    "sy-fm-2003-05 statement 1: Syria was asked to ratify the CTBT on 2003-05, but had not signed"
)


def test_the_record_holds_one_ask_that_contradicts_status_and_nothing_false(store: Store) -> None:
    assert store.problems() == []
    (found,) = check_substance(store)
    assert found.rule == "ask-against-status"
    assert str(found).startswith(f"data/events/2003-05.yaml:15:7: warning: {SYRIA}")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("2003-01", "ask: sign\n", "ask: ratify\n", "India was asked to ratify the CTBT on 2003-01,"),
        ("2003-04", "ask: ratify", "ask: sign", "Israel was asked to sign the CTBT on 2003-04, but ha"),
        ("2003-04", "{official: shalom}", "{country: FRA}\n    - {official: shalom}", ""),
        ("2003-04", "      by: own", "      by: FRA", "spoken by FRA, who was not present"),
        ("2003-04", "    - {official: shalom}\n", "", ""),
    ],
)  # fmt: skip
def test_a_doubt_is_told_and_the_rest_is_not(
    workspace: Path, file: str, old: str, new: str, told: str
) -> None:
    edit(workspace / f"data/events/{file}.yaml", old, new)
    found = [d for d in doubts(workspace) if SYRIA not in d]
    assert [told in d for d in found] == ([True] if told else [])


def test_an_event_without_a_source_is_told(workspace: Path) -> None:
    path = workspace / "data/events/2003-04.yaml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("  sources:")], "utf-8")
    assert any("il-fm-2003-04: rests on no source" in d for d in doubts(workspace))


def test_the_same_contact_recorded_twice_is_told_with_both_places(workspace: Path) -> None:
    path = workspace / "data/events/2003-04.yaml"
    copy = path.read_text("utf-8").replace("id: il-fm-2003-04", "id: again")
    copy = copy.replace("date: 2003-04", "date: 2003-04-20")
    (workspace / "data/events/z.yaml").write_text(copy, "utf-8")
    told = [d for d in doubts(workspace) if "may be the same contact as" in d]
    assert len(told) == 1
    assert "data/events/z.yaml" in told[0]
    assert "data/events/2003-04.yaml:2:3" in told[0]


def test_meetings_of_one_commission_in_the_same_words_are_not_the_same(store: Store) -> None:
    assert [p for p in check_substance(store) if p.rule == "told-twice"] == []


def test_an_office_held_by_nobody_on_that_date_is_an_error(workspace: Path) -> None:
    edit(workspace / "data/officials.yaml", "since: 2003-04\n", "since: 2003-05\n")
    (found, _) = sorted(doubts(workspace))
    assert found == (
        "data/events/2003-04.yaml:2:3: il-fm-2003-04: shalom held no office on 2003-04"
        " (see the dates in data/officials.yaml)"
    )


def test_the_other_side_cannot_speak_where_nobody_sat(workspace: Path) -> None:
    path = workspace / "data/events/2003-04.yaml"
    edit(path, "    - {official: shalom}\n", "")
    edit(path, "      by: own", "      by: other")
    assert any("spoken by the other side, who was not present" in d for d in doubts(workspace))


def test_doubts_are_told_of_all_that_could_be_read(workspace: Path) -> None:
    """Broken terms, a lost official and a lost treaty do not hide Syria's ask."""
    edit(workspace / "data/officials.yaml", "id: shalom", "id: shalon")
    edit(workspace / "data/events/2003-03.yaml", "treaty: CTBT", "treaty: CTB")
    edit(workspace / "data/terms.yaml", "levels:", "levls:")
    with Store(workspace, None) as store:
        assert store.problems()
        assert [p.rule for p in check_substance(store)] == ["ask-against-status"]
    (workspace / "data/ministry.yaml").unlink()
    with Store(workspace, None) as store:
        assert check_substance(store) == []


def test_words_to_be_read_aloud_that_name_another_state_are_an_error(workspace: Path) -> None:
    meeting = workspace / "data/meetings/2003-08-14-japan-china.yaml"
    edit(meeting, "    names: [IRN]\n", "")
    lines = workspace / "data/lines/others.yaml"
    edit(lines, "Until accession, a stop", "As Kenya knows, a stop")
    found = [d for d in doubts(workspace) if SYRIA not in d]
    assert found == [
        "data/lines/others.yaml:11:3: apmbc-answer-borders: names Kenya in words to be read"
        " aloud (take the name out, or allow it: names: [KEN])",
        "data/meetings/2003-08-14-japan-china.yaml:48:5: cn-disarmament-2003-08-14: names"
        " Iran in words to be read aloud (take the name out, or allow it: names: [IRN])",
    ]
