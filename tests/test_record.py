"""The record holds every event, date, person, place, ask and answer of the two documents.

The table below was drawn up from the documents themselves: date with its precision, place, who for
each side, the asks and of whom, and the places in the document that tell of the event.
"""

from __future__ import annotations

import pytest

from briefgen.records import Event
from briefgen.store import Store
from tests.test_papers import made, text_of

CTBT = "mofa-ctbt-efforts-2003-08"
CHINA = "mofa-cn-consultation-2003-08"
Row = tuple[str, str, str, str, str, str]

# id, date, place, people, asks, places in the document
ROWS: tuple[Row, ...] = (
    ("asean-fm-2002-08-01", "2002-08-01", "BRN", "kawaguchi", "ratify:ASEAN", "I.2, first item|II, August 2002, first item"),
    ("peace-ceremonies-2002-08", "2002-08", "Hiroshima and Nagasaki", "koizumi", "bring-into-force:*", "II, August 2002, second item"),
    ("cn-deputy-fm-2002-08-09", "2002-08-09", "Tokyo", "takano wang-yi", "ratify:CHN", "I.1, China|II, August 2002, third item"),
    ("us-commission-4-2002-08-26", "2002-08-26", "Tokyo", "amano bolton", "maintain-moratorium:USA ratify:USA", "I.1, United States|II, August 2002, fourth item"),
    ("unga-koizumi-2002-09", "2002-09", "", "koizumi", "", "II, September 2002, first item"),
    ("ctbt-friends-2002-09-14", "2002-09-14", "New York", "kawaguchi AUS NLD", "sign-and-ratify:*", "I.2, second item|II, September 2002, second item"),
    ("cn-disarmament-2002-09-24", "2002-09-24", "Tokyo", "amano liu-jieyi", "ratify:CHN maintain-moratorium:CHN", "I.1, China|II, September 2002, third item"),
    ("ir-vice-minister-2002-09-27", "2002-09-27", "Tokyo", "takano aminzadeh", "ratify:IRN", "I.1, Iran|II, September 2002, fourth item"),
    ("vn-summit-2002-10-03", "2002-10-03", "Tokyo", "koizumi nong-duc-manh", "ratify:VNM", "I.1, Vietnam|II, October 2002, first item"),
    ("vn-fm-2002-10-04", "2002-10-04", "Tokyo", "kawaguchi nguyen-dy-nien", "ratify:VNM", "I.1, Vietnam|II, October 2002, second item"),
    ("ir-khatami-lunch-2002-10-10", "2002-10-10", "", "kawaguchi khatami-mr", "ratify:IRN", "I.1, Iran|II, October 2002, third item"),
    ("unga-resolution-first-committee-2002-10-23", "2002-10-23", "", "JPN", "bring-into-force:*", "I.2, third item|II, October 2002, fourth item"),
    ("unga-resolution-plenary-2002-11-22", "2002-11-22", "", "JPN", "bring-into-force:*", "I.2, related information"),
    ("in-fm-2003-01", "2003-01", "New Delhi", "kawaguchi sinha", "sign:IND", "II, January 2003, first item"),
    ("us-commission-5-2003-01", "2003-01", "Tokyo", "amano bolton", "maintain-moratorium:USA", "II, January 2003, second item"),
    ("in-vice-minister-2003-02", "2003-02", "New Delhi", "tanaka sibal", "sign:IND", "II, February 2003"),
    ("vn-political-military-2003-03", "2003-03", "Hanoi", "atsumi ho-xuan-son", "ratify:VNM", "II, March 2003, first item"),
    ("pk-vice-minister-2003-03", "2003-03", "Islamabad", "tanaka khokhal", "sign:PAK", "II, March 2003, second item"),
    ("il-fm-2003-04", "2003-04", "Jerusalem", "kawaguchi shalom", "ratify:ISR", "II, April 2003"),
    ("sy-fm-2003-05", "2003-05", "Damascus", "kawaguchi shara", "ratify:SYR", "II, May 2003, first item"),
    ("il-motegi-2003-05", "2003-05", "ISR", "motegi shalom", "ratify:ISR", "II, May 2003, second item"),
    ("arf-10-2003-06", "2003-06", "", "kawaguchi", "ratify:CTBT_ANNEX2", "II, June 2003, first item"),
    ("vn-fm-2003-06", "2003-06", "Hanoi", "kawaguchi nguyen-dy-nien", "ratify:VNM", "II, June 2003, second item"),
    ("joint-letter-2003-07", "2003-07", "", "kawaguchi FIN AUT", "ratify:* attend-at-high-level:*", "II, July 2003"),
    ("us-commission-6-2003-08", "2003-08", "Tokyo", "amano bolton", "maintain-moratorium:USA", "II, August 2003"),
    ("cn-disarmament-2003-08-14", "2003-08-14", "Beijing", "amano liu-jieyi", "disarm:CHN be-transparent:CHN ratify:CHN cooperate:CHN accede:CHN cooperate-with-iaea:IRN sign-ratify-implement:IRN", "opening paragraph"),
    ("domestic-takasaki", "", "Takasaki", "", "", "I.3, first item (Takasaki)"),
    ("domestic-matsushiro", "", "Matsushiro", "", "", "I.3, first item (Matsushiro)"),
    ("domestic-tsukuba", "", "Tsukuba", "", "", "I.3, first item (Tsukuba)"),
    ("domestic-secretariat", "", "", "", "", "I.3, second item"),
)  # fmt: skip


def row(event: Event) -> Row:
    """An event in the form of the table."""
    place = event.place
    asks = [f"{s.ask}:{','.join([*s.of, *s.of_groups]) or '*'}" for s in event.statements if s.ask]
    return (
        event.id,
        str(event.date or ""),
        (place.city or place.country or "") if place else "",
        " ".join(p.official or p.country or "" for p in event.participants),
        " ".join(asks),
        "|".join(c.place or "" for c in event.sources),
    )


def test_every_event_of_both_documents_is_on_record_as_they_give_it(store: Store) -> None:
    found = {event.id: row(event) for event in store.all(Event, "event")}
    assert found == {r[0]: r for r in ROWS}


def test_the_sources_of_each_event_are_the_documents(store: Store) -> None:
    for event in store.all(Event, "event"):
        document = CHINA if event.id == "cn-disarmament-2003-08-14" else CTBT
        cited = {
            c.document for c in (*event.sources, *(x for s in event.statements for x in s.sources))
        }
        assert cited == {document}


def test_the_consultation_holds_all_its_items_and_answers(store: Store) -> None:
    event = store.get(Event, "event", "cn-disarmament-2003-08-14")
    moves = [(s.item, s.by, s.act, s.answers) for s in event.statements]
    assert moves == [
        ("1", "own", "requests", None), ("1", "own", "requests", None), ("1", "other", "states", 1),
        ("[2]", "own", "requests", None), ("[2]", "other", "explains", 4),
        ("3", "own", "requests", None), ("3", "other", "undertakes", 6),
        ("4 (1)", "own", "appreciates", None), ("4 (1)", "both", "confirms", None),
        ("4 (2)", "own", "requests", None),
        ("5", "both", "confirms", None),
        ("6 (1)", "both", "confirms", None), ("6 (1)", "both", "confirms", None),
        ("6 (2)", "other", "welcomes", None), ("6 (2)", "other", "expects", None),
        ("6 (2)", "own", "appreciates", 14),
        ("6 (2)", "both", "shares-view", None),
    ]  # fmt: skip


def test_only_what_was_answered_has_an_answer(store: Store) -> None:
    answered = {e.id for e in store.all(Event, "event") if any(s.answers for s in e.statements)}
    assert answered == {"unga-resolution-first-committee-2002-10-23", "cn-disarmament-2003-08-14"}


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        ("history-ctbt", [
            "1 August 2002", "9 August 2002", "26 August 2002", "14 September 2002",
            "24 September 2002", "27 September 2002", "3 October 2002", "4 October 2002",
            "10 October 2002", "23 October 2002", "22 November 2002", "January 2003",
            "February 2003", "March 2003", "April 2003", "May 2003", "June 2003", "July 2003",
            "August 2003", "14 August 2003",
            "Koizumi", "Yoriko Kawaguchi", "Toshiyuki Takano", "Wang Yi", "Yukiya Amano",
            "John Bolton", "Liu Jieyi", "Mohsen Aminzadeh", "Nong Duc Manh", "Nguyen Dy Nien",
            "Seyyed Mohammad-Reza Khatami", "Sinha", "Sibal", "Tanaka", "Atsumi", "Ho Xuan Son",
            "Khokhal", "Shalom", "Shara", "Motegi",
            "Prime Minister", "Minister for Foreign Affairs", "Deputy Minister for Foreign Affairs",
            "Vice Minister for Foreign Affairs", "Under Secretary of State", "Foreign Secretary",
            "Director-General for Arms Control and Scientific Affairs",
            "Director General, Department of Arms Control and Disarmament",
            "Director-General, Asian and Oceanian Affairs Bureau",
            "Director General, First Asian Department", "First Deputy Speaker of the Majles",
            "General Secretary, Central Committee of the Communist Party",
            "Senior Vice-Minister for Foreign Affairs",
            "Brunei", "Hiroshima and Nagasaki", "Tokyo", "New York", "New Delhi", "Hanoi",
            "Islamabad", "Jerusalem", "Damascus", "Beijing", "Takasaki", "Matsushiro", "Tsukuba",
            "Australia", "Netherlands", "Finland", "Austria",
            "overwhelming majority", "National People's Congress",
        ]),
        ("history-china", [
            "greatest restraint", "supports the early entry into force", "National People's Congress",
            "presidency of the Conference on Disarmament on 18 August", "Ambassador Inoguchi",
            "breakthrough", "first biennial meeting of States on the Programme of Action",
            "July 2003", "work on small arms matters", "accession to the Ottawa Convention",
            "First Committee of the General Assembly in autumn 2003", "cooperate fully with the IAEA",
            "sign, ratify and implement the Additional Protocol", "six-party talks",
            "settled peacefully", "No response recorded",
        ]),
    ],
)  # fmt: skip
def test_every_fact_of_the_documents_is_found_in_the_papers(paper: str, words: list[str]) -> None:
    papers = (paper, "china-2003-08-31") if paper == "history-china" else (paper,)
    text = " ".join(text_of(made(name)[0]) for name in papers)
    assert [w for w in words if w not in text] == []


def test_jerusalem_stands_alone_and_no_place_is_filled_in(store: Store) -> None:
    place = store.get(Event, "event", "il-fm-2003-04").place
    assert place is not None
    assert (place.city, place.country) == ("Jerusalem", None)
    nowhere = {e.id for e in store.all(Event, "event") if e.place is None}
    assert nowhere >= {"arf-10-2003-06", "joint-letter-2003-07", "ir-khatami-lunch-2002-10-10"}


def test_a_bare_surname_is_tied_to_the_right_person(store: Store) -> None:
    event = store.get(Event, "event", "vn-fm-2003-06")
    assert event.participants[1].official == "nguyen-dy-nien"
    assert event.participants[1].as_printed == "Nguyen"


def test_a_misprinted_name_is_kept_as_a_spelling_and_printed_right(store: Store) -> None:
    inoguchi = store.officials["inoguchi"]
    assert inoguchi.name["en"] == "Kuniko Inoguchi"
    assert inoguchi.spellings == ("Kunihiko Inoguchi",)


def test_the_brief_prints_the_office_held_on_the_day(store: Store) -> None:
    from briefgen.dates import PartialDate

    takano, tanaka = store.officials["takano"], store.officials["tanaka"]
    assert takano.office_on(PartialDate("2002-08-09")) is not None
    assert takano.office_on(PartialDate("2003-02")) is None
    assert tanaka.office_on(PartialDate("2003-02")) is not None
