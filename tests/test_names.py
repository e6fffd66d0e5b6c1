"""A country is found by every name that people use, and an unknown one is met with help."""

from __future__ import annotations

import csv

import pytest

from briefgen.errors import RequestError
from briefgen.names import Countries, fold
from briefgen.records import CountryEntry
from briefgen.store import Store
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("CN", "CHN"), ("chn", "CHN"), ("China", "CHN"), ("people's republic of china", "CHN"),
        ("Vietnam", "VNM"), ("Viet Nam", "VNM"), ("viet-nam", "VNM"), ("VN", "VNM"),
        ("North Korea", "PRK"), ("dprk", "PRK"), ("South Korea", "KOR"), ("U.S.", "USA"),
        ("us", "USA"), ("the United States", "USA"), ("Russia", "RUS"), ("UK", "GBR"),
        ("Iran, Islamic Republic of", "IRN"), ("Islamic Republic of Iran", "IRN"),
        ("Cote d'Ivoire", "CIV"), ("CÔTE D’IVOIRE", "CIV"), ("Trinidad & Tobago", "TTO"),
        ("Turkey", "TUR"), ("Türkiye", "TUR"), ("USSR", "SUN"), ("EU", "EUE"), ("NO", "NOR"),
    ],
)  # fmt: skip
def test_any_name_code_or_alias_in_any_case_finds_the_country(
    store: Store, given: str, code: str
) -> None:
    assert store.country(given) == code


def test_an_unknown_country_gets_did_you_mean(store: Store) -> None:
    with pytest.raises(RequestError, match="did you mean 'Viet Nam'"):
        store.country("Viet Namm")


def test_a_name_prints_in_the_house_form_and_in_other_languages(store: Store) -> None:
    names = store.countries
    assert names.name("VNM") == "Viet Nam"
    assert names.name("PRK") == "Democratic People's Republic of Korea"
    assert names.in_sentence("USA") == "the United States"
    assert names.in_sentence("CHN") == "China"
    assert names.in_sentence("LAO") == "the Lao People's Democratic Republic"
    assert names.in_sentence("COK") == "the Cook Islands"
    assert names.name("USA", "ja") == "米国"
    assert names.name("VNM", "ja") == "ベトナム"
    assert names.name("EUE", "ar") == "الاتحاد الأوروبي"


def test_every_state_of_the_treaty_tables_has_a_plain_name(store: Store) -> None:
    for path in sorted((ROOT / "data" / "treaties").glob("*.csv")):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                name = store.countries.name(row["country"])
                assert "," not in name, name
                assert "(" not in name, name


def test_an_alias_that_names_two_countries_is_told() -> None:
    countries = Countries([CountryEntry(code="VNM", aliases=("France",))])
    (problem,) = countries.problems("data/countries.yaml")
    assert "'France' already stands for FRA" in str(problem)


def test_folding_forgets_case_accents_dots_and_the_article() -> None:
    assert fold("The U.S.A.") == fold("usa")
    assert fold("CÔTE-D’IVOIRE") == fold("cote d'ivoire")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("中国に対し、CTBTを批准するよう求める。", ["CHN"]),
        ("インドネシア及びパキスタンも批准した。", ["IDN", "PAK"]),
        ("日・シリア外相会談", ["SYR"]),
        ("アメリカ合衆国、英国、イギリスとラテンアメリカ", ["USA", "GBR"]),
        ("このタイミングでマリンスポーツは話題にしない。", []),
        ("ونطلب إلى حكومة الهند", ["IND"]),
        ("وللصين وإيران ولبنان", ["CHN", "IRN", "LBN"]),
        ("مسائل مالية", []),
    ],
)
def test_a_state_is_found_in_a_text_in_japanese_and_arabic(
    store: Store, text: str, codes: list[str]
) -> None:
    assert store.countries.named_in(text) == codes
