"""No word of a paper is the program's alone: what is not of the record, a bureau can say its way.

The papers are made for a bureau whose catalogue says every message in other letters. What then
stands in a paper in Latin letters is of the record, or was left in English by us.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, nodes

from briefgen.bureaus import Bureau, load_bureau
from briefgen.bureaus.messages import known_messages
from briefgen.compose import compose_history, compose_record
from briefgen.compose.gaps import Gaps
from briefgen.compose.gaps_paper import compose_gaps
from briefgen.compose.words import Words
from briefgen.dates import PartialDate
from briefgen.records import Event
from briefgen.render.html import render_html
from briefgen.selection import Request, select
from briefgen.store import Store
from briefgen.trials.papers import Sample, sample_of, sample_trials
from tests.conftest import ROOT, edit

# A language whose dates and names of countries have no Latin letter, and that no record has.
LOCALE = "el"
OTHER = {ord(c): ord(c) + 0xFEE0 for c in map(chr, range(33, 127)) if c.isalpha()}
# Words of the program that are typed or matched letter by letter: commands, keys, numbers of papers.
TYPED = re.compile(
    r"briefgen (?:diff|explain \S+ --as-of \S+)|\bclearances\b"
    r"|\b[A-Z]{3}-\d{4}-\d\d-\d\d\b|\b[0-9a-f]{8}\b"
)
# Keys under which the record gives a text without saying in which language it is.
PLAIN = ("id", "city", "place", "address", "name")
_WORD = re.compile(r"[A-Za-z]+")


def in_other_letters(message: str) -> str:
    parts = re.split(r"(\{\w+\})", message)
    return "".join(p if p.startswith("{") else p.translate(OTHER) for p in parts)


def pseudo_bureau(folder: Path, leave_out: str = "") -> Bureau:
    """A bureau on top of base that says every message of papers in other letters."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    shutil.copytree(ROOT / "templates/base", folder / "templates/base")
    own = folder / "templates/pseudo"
    (own / "words").mkdir(parents=True)
    (own / "bureau.yaml").write_text(f"name: Pseudo\nextends: base\nlocale: {LOCALE}\n", "utf-8")
    catalogue = Catalog(locale=LOCALE, charset="utf-8", fuzzy=False)
    for english, forms in known_messages(load_bureau(ROOT, "base")).items():
        if english != leave_out:
            said = tuple(in_other_letters(form) for form in forms)
            plural = len(forms) > 1
            catalogue.add(forms if plural else english, said if plural else said[0])
    made = io.BytesIO()
    write_po(made, catalogue)
    (own / "words" / f"{LOCALE}.po").write_bytes(made.getvalue())
    return load_bureau(folder, "pseudo")


# -- the papers ------------------------------------------------------------------------------------


def histories(store: Store, bureau: Bureau) -> dict[str, Callable[[], Any]]:
    words = Words(store, bureau.language, LOCALE, None, bureau.phrases)
    home = store.ministry.country

    def history(as_of: date, **scope: Any) -> Callable[[], Any]:
        request = Request(as_of, home, **scope)
        return lambda: compose_history(words, request, select(store, request), None)

    year = {"since": PartialDate("2002-08"), "until": PartialDate("2003-08")}
    august = date(2003, 8, 31)
    return {
        "a year on a treaty": history(august, treaties=("CTBT",), **year),
        "from the beginning, by year": history(
            august, treaties=("CTBT",), since=PartialDate("1996")
        ),
        "with a contact of uncertain date": history(date(2003, 8, 15)),
        "one month": history(august, since=PartialDate("2003-08"), until=PartialDate("2003-08")),
        "a State never met": history(august, countries=("KEN",)),
        "two States, two treaties": history(august, countries=("CHN", "IRN"),
                                            treaties=("CTBT", "NPT")),
    }  # fmt: skip


def records(store: Store, bureau: Bureau) -> dict[str, Callable[[], Any]]:
    words = Words(store, bureau.language, LOCALE, None, bureau.phrases)

    def record(event: Event) -> Callable[[], Any]:
        request = Request(date(2006, 1, 1), store.ministry.country)
        return lambda: compose_record(words, request, event)

    return {event.id: record(event) for event in store.all(Event, "event")}


def gaps(store: Store, bureau: Bureau) -> dict[str, Callable[[], Any]]:
    words = Words(store, bureau.language, LOCALE, None, bureau.phrases)

    def paper(as_of: date, *countries: str, treaty: str | None = "CTBT") -> Callable[[], Any]:
        request = Request(as_of, store.ministry.country, treaties=(treaty,) if treaty else ())
        return lambda: compose_gaps(Gaps(words, request, None, countries))

    return {
        "a treaty": paper(date(2003, 8, 31)),
        "a treaty, later": paper(date(2024, 1, 1)),
        "before the record begins": paper(date(1999, 1, 1)),
        "with a contact of uncertain date": paper(date(2003, 8, 15), treaty=None),
        "a treaty that is closed": paper(date(2003, 8, 31), treaty="NPT"),
        "two States": paper(date(2003, 8, 31), "CHN", "VNM"),
    }


# -- what they say ---------------------------------------------------------------------------------


@cache
def plain_data() -> re.Pattern[str]:
    """What the record gives without a language: cities, places in a source, ids, addresses."""

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, list):
            for inner in value:
                yield from walk(inner)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key in PLAIN and isinstance(inner, str):
                    yield re.sub(r"^https?://|/$", "", inner)
                yield from walk(inner)

    files = sorted((ROOT / "data").rglob("*.yaml"))
    found = {t for f in files for t in walk(yaml.load(f.read_text("utf-8"), yaml.BaseLoader))}
    longest = sorted((re.escape(t) for t in found if t), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest)})(?!\w)")


def shown_texts(tree: Any) -> Iterator[tuple[str, str]]:
    """The texts of a paper that are in its own language, each with the element it stands in."""

    def walk(element: Any) -> Iterator[tuple[str, str]]:
        own = element.get("lang") in (None, LOCALE)
        if own and not (element.get("href") or "").startswith("http") and not _kept(element):
            yield element.tag, element.text or ""
            for child in element:
                yield from walk(child)
                yield element.tag, child.tail or ""

    yield from walk(tree.find("body"))


def _kept(element: Any) -> bool:
    """Whether it is what an addendum tells of the paper before it, whose manifest knows no marks."""
    whole = element.getroottree().find("body").get("class")
    return bool(whole == "addendum" and element.get("class") == "aside")


def english_words(tree: Any) -> list[str]:
    """The words in Latin letters that are not of the record."""
    return [
        f"<{tag}> {word}: {text.strip()}"
        for tag, text in shown_texts(tree)
        for word in _WORD.findall(plain_data().sub("", TYPED.sub("", text)))
    ]


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    return pseudo_bureau(tmp_path_factory.mktemp("pseudo"))


def render_as(bureau: Bureau, paper: str, data: Any) -> Any:
    return render_html(bureau, f"{paper}.html.j2", data)


@pytest.mark.parametrize(
    ("paper", "composed"), [("history", histories), ("record", records), ("gaps", gaps)]
)
def test_a_paper_says_nothing_that_a_bureau_cannot_say_its_way(
    store: Store, bureau: Bureau, paper: str, composed: Callable[..., Any]
) -> None:
    for name, compose in composed(store, bureau).items():
        assert english_words(render_as(bureau, paper, compose())) == [], name


@pytest.mark.parametrize(
    "paper",
    ["brief", "brief with every section", "speaking", "leave-behind", "addendum", "record"],
)
def test_what_is_made_for_a_meeting_says_nothing_else_either(
    store: Store, bureau: Bureau, paper: str
) -> None:
    sample = sample_of(store)
    assert sample is not None
    for country in (sample.country, "USA", "KEN"):
        about = Sample(country, country, sample.as_of, sample.event)
        trial = sample_trials(store, bureau, about)[paper]()
        assert english_words(render_as(bureau, trial.paper, trial.data)) == [], country


# -- that it is found ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "said", "hard"),
    [
        ("history", '{{ _("In figures") }}', "In figures"),
        ("history", '_("; ") }}{{ _("no response recorded")', '"; " }}{{ "no response recorded"'),
        ("macros", '{{ _("Total") }}', "Total"),
    ],
)
def test_a_label_left_in_english_is_found(
    store: Store, tmp_path: Path, template: str, said: str, hard: str
) -> None:
    bureau = pseudo_bureau(tmp_path)
    edit(tmp_path / f"templates/base/{template}.html.j2", said, hard)
    compose = histories(store, bureau)["a year on a treaty"]
    assert english_words(render_as(bureau, "history", compose()))


def test_a_message_that_code_says_and_no_list_names_is_found(store: Store, tmp_path: Path) -> None:
    bureau = pseudo_bureau(tmp_path, leave_out="Bilateral occasions")
    compose = histories(store, bureau)["a year on a treaty"]
    found = english_words(render_as(bureau, "history", compose()))
    assert found == [f"<h2> {word}: Bilateral occasions" for word in ("Bilateral", "occasions")]


# -- the templates, also where no paper of the sample leads ----------------------------------------

_SAYS = ("_", "n_")
_TAG = re.compile(r"<[^>]*>")
_READ = re.compile(r"""\b(?:alt|title)=["']([^"']*)["']""")


def bare_words(text: str) -> list[str]:
    """The words of a template that it prints without saying them as a message.

    Expressions within tags are kept as `@`, so that what is printed between tags stands alone.
    """
    tree = Environment(autoescape=True).parse(text)
    printed = "".join(
        part.data if isinstance(part, nodes.TemplateData) else "@"
        for output in tree.find_all(nodes.Output)
        for part in output.nodes
    )
    constants = [
        str(constant.value)
        for output in tree.find_all(nodes.Output)
        for part in output.nodes
        for constant in _printed_constants(part)
    ]
    attributes = _READ.findall(printed)
    texts = (TYPED.sub("", _TAG.sub("", printed)), *attributes, *constants)
    return [word for text in texts for word in _WORD.findall(text)]


def _printed_constants(node: Any) -> Iterator[Any]:
    """The texts that an expression can print: no messages, no keys, no names of pictures."""
    if isinstance(node, nodes.Const):
        yield node
    elif isinstance(node, nodes.CondExpr):
        yield from _printed_constants(node.expr1)
        yield from _printed_constants(node.expr2) if node.expr2 else ()
    elif isinstance(node, (nodes.Concat, nodes.And, nodes.Or, nodes.Add)):
        for inner in node.iter_child_nodes():
            yield from _printed_constants(inner)
    elif isinstance(node, nodes.Filter):
        yield from _printed_constants(node.node)
        for inner in node.args:
            yield from _printed_constants(inner)
    elif isinstance(node, nodes.Call):
        said = isinstance(node.node, nodes.Name) and node.node.name in _SAYS
        for value in [k.value for k in node.kwargs] if said else []:
            yield from _printed_constants(value)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "templates/base").glob("*.j2")), ids=lambda p: p.name
)
def test_no_template_of_base_prints_a_word_that_it_does_not_say(path: Path) -> None:
    assert bare_words(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>{{ _('Points') }} and more</p>", ["and", "more"]),
        ("{{ 'undated' if not x else x }}", ["undated"]),
        ("{{ x or 'none' }}", ["none"]),
        ("{{ x | join(' and ') }}", ["and"]),
        ("{{ _('Since {date}', date='ever') }}", ["ever"]),
        ('<img src="chart:x" alt="A picture"/>', ["A", "picture"]),
        ("<p class='lead'>{{ _('Points') }}{{ x['key'] }}{{ say.chart('contacts', y) }}</p>", []),
    ],
)
def test_a_bare_word_of_a_template_is_found(template: str, words: list[str]) -> None:
    assert bare_words(template) == words


# -- what the shipped bureaus say ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["asia-oceania", "middle-east"])
def test_a_shipped_bureau_in_another_language_says_every_message(name: str) -> None:
    bureau = load_bureau(ROOT, name)
    for english, forms in known_messages(bureau).items():
        values = dict.fromkeys(re.findall(r"\{(\w+)\}", " ".join(forms)), "7")
        for number in range(12 if len(forms) > 1 else 1):
            if len(forms) > 1:
                bureau.phrases.counted(number, *forms, **{**values, "n": number})
            else:
                bureau.phrases.say(english, **values)
    assert bureau.phrases.unsaid == set()


def test_arabic_counts_by_its_own_rule() -> None:
    phrases = load_bureau(ROOT, "middle-east").phrases
    one, many = "{n} domestic step", "{n} domestic steps"
    said = [phrases.counted(n, one, many) for n in (0, 1, 2, 3, 11, 102)]
    assert said == [
        "لا خطوة داخلية", "خطوة داخلية واحدة", "خطوتان داخليتان", "3 خطوات داخلية",
        "11 خطوة داخلية", "102 خطوة داخلية",
    ]  # fmt: skip
