"""Papers from templates written in Word: filled, safe, and every fault told with its place."""

from __future__ import annotations

import copy
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from briefgen.bureaus import load_bureau
from briefgen.errors import BriefgenError, Problem
from briefgen.render import render
from briefgen.render.docx.authored import differences, fill, problems
from briefgen.render.html import plain, render_html
from briefgen.store import Store
from briefgen.trials.papers import sample_of, sample_trials
from tests.conftest import ROOT
from tests.test_docx import audit
from tests.texts import docx_notes, squeeze

NAME = "templates/mission/brief.docx"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DATA: dict[str, Any] = {
    "paper": {"kind": "brief", "title": "On A & B", "language": "en-GB", "as_of": "2003-08-13",
              "as_of_text": "13 August 2003", "ministry": "The ministry", "home": {"name": "Here"}},
    "marking": {"id": "public", "label": "Public"},
    "country": {"name": "Trinidad & Tobago <b>", "code": "TTO"},
    "meeting": None,
    "points": [
        {"text": "First", "note": {"parts": [{"short": "Doc", "places": "p. 1"}]}},
        {"text": "Second", "note": {"parts": [{"short": "Doc", "places": "p. 1"}]}},
        {"text": "Third", "note": {"parts": [{"short": "Other", "places": ""}]}},
    ],
}  # fmt: skip
MARKED = ("{{ marking.label }}",)


def word(*body: str | list[list[str]], header: tuple[str, ...] = MARKED, footer: str = "") -> bytes:
    """A Word file: paragraphs, tables as lists of rows; `¦` parts a run as Word does."""
    document = Document()
    section = document.sections[0]
    for text in header:
        _runs(section.header.paragraphs[0], text)
    if footer:
        _runs(section.footer.paragraphs[0], footer)
    for block in body:
        if isinstance(block, str):
            _runs(document.add_paragraph(), block)
        else:
            table = document.add_table(rows=len(block), cols=len(block[0]))
            for row, texts in zip(table.rows, block, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    _runs(cell.paragraphs[0], text)
    return saved(document)


def _runs(paragraph: Any, text: str) -> None:
    for piece in text.split("¦"):
        paragraph.add_run(piece).bold = len(piece) % 2 == 0


def saved(document: Any) -> bytes:
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def texts(content: bytes) -> list[str]:
    """What the body says, paragraph by paragraph, those in tables too."""
    body = Document(io.BytesIO(content)).element.body
    paragraphs = body.iter(qn("w:p"))
    return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in paragraphs]


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def with_members(content: bytes, **changed: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, data in {**members(content), **changed}.items():
            package.writestr(name, data)
    return made.getvalue()


def told(*body: str | list[list[str]], data: Any = None, **running: Any) -> list[str]:
    """The problems of a template, as lines."""
    found = problems(NAME, word(*body, **running), data or DATA)
    return [f"{p.subject}: {p.message} ({p.hint})" for p in found]


def refusal(content: bytes, data: Any = None) -> list[Problem]:
    with pytest.raises(BriefgenError) as error:
        fill(NAME, content, data or DATA)
    return error.value.problems


# -- the shipped form ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def china(store: Store) -> dict[str, Any]:
    bureau = load_bureau(ROOT, "permanent-mission")
    sample = sample_of(store)
    assert sample is not None
    assert (sample.country, sample.as_of.isoformat()) == ("CHN", "2003-08-13")
    return dict(plain(sample_trials(store, bureau, sample)["brief"]().data))


@pytest.fixture(scope="module")
def form(china: dict[str, Any]) -> bytes:
    """The brief on China from the permanent mission's own Word file."""
    bureau = load_bureau(ROOT, "permanent-mission")
    return render(bureau, "brief.html.j2", china, ["docx"])["docx"]


def test_the_missions_form_says_every_point_answer_and_line(
    form: bytes, china: dict[str, Any]
) -> None:
    said = squeeze("".join(texts(form)))
    assert len(china["points"]) == 6
    for point in china["points"]:
        assert squeeze(point["lead"] or point["topic"]) in said
        assert squeeze(point["reason"]) in said
    for line in (*china["objectives"], *china["reactive"], *china["avoid"]):
        assert squeeze(line["text"]) in said
    for row in china["status"]["rows"]:
        assert squeeze(row["treaty"]) in said


def test_no_tag_entity_or_sentinel_is_left_in_the_form(form: bytes) -> None:
    for name, content in members(form).items():
        if name.endswith(".xml"):
            words = "".join(t.text or "" for t in etree.fromstring(content).iter(qn("w:t")))
            assert not set("{}\ufdd0\ufdd1") & set(words), name
            assert "&amp;" not in words
            assert "None" not in words


def test_the_form_bears_the_marking_in_header_footer_and_first_lines(form: bytes) -> None:
    document = Document(io.BytesIO(form))
    for part in (document.sections[0].header, document.sections[0].footer):
        assert "Public" in "".join(p.text for p in part.paragraphs)
    assert "Public" in texts(form)[:4]


def test_the_form_is_valid_and_the_same_on_any_day(
    form: bytes, china: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "form.docx"
    path.write_bytes(form)
    done = audit(path)
    assert done.returncode == 0, done.stdout
    bureau = load_bureau(ROOT, "permanent-mission")
    assert render(bureau, "brief.html.j2", china, ["docx"])["docx"] == form


def test_the_forms_notes_are_those_of_the_pdf_each_once(form: bytes, china: dict[str, Any]) -> None:
    notes = [squeeze(note) for note in docx_notes(form, "footnotes")]
    tree = render_html(load_bureau(ROOT, "permanent-mission"), "brief.html.j2", china)
    worded = {squeeze("".join(map(str, note.itertext()))) for note in tree.iter("note")}
    assert len(notes) == len(set(notes)) == 16
    assert set(notes) == worded


def test_the_file_of_the_form_names_the_paper_not_its_maker(form: bytes) -> None:
    properties = Document(io.BytesIO(form)).core_properties
    assert properties.title == "Japan-China Consultation on Disarmament and Non-proliferation"
    assert properties.author == "Ministry of Foreign Affairs of Japan"
    assert properties.category == "Public"
    assert properties.created.isoformat() == "2003-08-13T00:00:00+00:00"
    assert b"rsid" not in b"".join(members(form).values())


def test_the_form_says_what_is_not_on_record(china: dict[str, Any]) -> None:
    bare = copy.deepcopy(china)
    bare |= {"meeting": None, "last_contact": None, "points": [], "reactive": [], "avoid": [],
             "positions": [], "objectives": [], "sources": []}  # fmt: skip
    bare["contacts"]["direct"] = []
    said = texts(
        render(load_bureau(ROOT, "permanent-mission"), "brief.html.j2", bare, ["docx"])["docx"]
    )
    assert "No direct contact on record." in said
    assert "No treaty and no topic on record calls for a point." in said
    assert "No source is cited: the record holds nothing for this paper." in said
    assert "Objectives" not in said


def test_the_shipped_form_says_what_the_pdf_says(form: bytes, china: dict[str, Any]) -> None:
    tree = render_html(load_bureau(ROOT, "permanent-mission"), "brief.html.j2", china)
    assert differences(form, tree, china) == []


def test_what_a_form_leaves_out_is_told_by_part_of_the_data(china: dict[str, Any]) -> None:
    tree = render_html(load_bureau(ROOT, "permanent-mission"), "brief.html.j2", china)
    content = word("{{ paper.title }}", "{% for p in points %}{{ p.lead }}{% endfor %}")
    found = {p.subject: p for p in differences(fill(NAME, content, china), tree, china, NAME)}
    assert {"points", "reactive", "avoid", "status", "contacts"} <= set(found)
    assert found["avoid"].message == "in the PDF, not in the Word paper: 1 text"
    assert found["avoid"].severity == "warning"
    assert found["avoid"].detail == (
        "avoid[].text: Do not name a year in which the CTBT will enter into force."
    )


def test_a_country_or_day_left_over_from_another_paper_is_an_error(china: dict[str, Any]) -> None:
    bureau = load_bureau(ROOT, "permanent-mission")
    content = word("As told to Kenya on 3 May 2001, {{ country.name }}")
    made = fill(NAME, content, {**china, "settings": {}})
    found = differences(made, render_html(bureau, "brief.html.j2", china), china, NAME)
    errors = [p.message for p in found if p.severity == "error"]
    assert errors == [
        "the Word paper names the country 'Kenya', the PDF does not",
        "the Word paper names the day '3 may 2001', the PDF does not",
    ]


# -- filling ---------------------------------------------------------------------------------------


def test_what_the_data_holds_comes_out_as_it_was_typed() -> None:
    data = {**DATA, "country": {"name": 'A < B & C "q" {{ 7*7 }} ]]> </w:t>\x00\x07'}}
    assert texts(fill(NAME, word("{{ country.name }}"), data)) == [
        'A < B & C "q" {{ 7*7 }} ]]> </w:t>'
    ]


def test_line_breaks_and_tabs_of_the_data_are_words_own() -> None:
    data = {**DATA, "country": {"name": "one\r\ntwo\x0bthree\tfour"}}
    body = Document(io.BytesIO(fill(NAME, word("{{ country.name }}"), data))).element.body
    assert [c.tag.split("}")[1] for c in body.iter() if c.tag in (qn("w:br"), qn("w:tab"))] == [
        "br", "br", "tab",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("{{ coun¦try.na¦me }}", "Trinidad & Tobago <b>"),
        ("a {¦{ country.code }¦} b", "a TTO b"),
        ("{{ points|map(attribute=“text”)|join(‘, ’) }}", "First, Second, Third"),
        ("{{ points|map(attribute=”text”)|join(’/’) }}", "First/Second/Third"),
        ("{{ meeting or “it’s “quoted” & <b>” }}", "it’s “quoted"),
        ("{{ meeting or “it’s A & B <c>” }}", "it’s A & B <c>"),
        ("{% if meeting %}no{% else %}yes{% endif %}{# a remark #}", "yes"),
        ('{{ "{" }}x{{ "}" }}', "{x}"),
        ("{% set n = points|length %}{{ n }} points", "3 points"),
    ],
)
def test_tags_parted_and_curled_by_word_are_read_as_meant(typed: str, printed: str) -> None:
    if "“quoted” &" in typed:
        assert "cannot be read" in told(typed)[0]
    else:
        assert texts(fill(NAME, word(typed), DATA)) == [printed]


def test_rows_and_paragraphs_are_repeated_without_their_tags() -> None:
    made = fill(
        NAME,
        word("{%p for p in points %}", "{{ loop.index }} {{ p.text }}", "{%p endfor %}",
             [["Head", "Note"], ["{%tr for p in points %}", ""], ["{{ p.text }}", "x"],
              ["{%tr endfor %}", ""]]),
        DATA,
    )  # fmt: skip
    assert texts(made)[:3] == ["1 First", "2 Second", "3 Third"]
    assert texts(made)[3:] == ["Head", "Note", "First", "x", "Second", "x", "Third", "x", ""]


@pytest.mark.parametrize(
    ("table", "printed"),
    [
        ([["{% colspan 2 %}wide {{ country.code }}", "x"], ["a", "b"]], ["wide TTO", "x", "a", "b"]),
        ([["{% cellbg 'FFEE00' %}{{ country.code }}", "x"]], ["TTO", "x"]),
        ([["{%tr for p in points %}", ""], ["{% vm %}same", "{{ p.text }}"], ["{%tr endfor %}", ""]],
         ["same", "First", "", "Second", "", "Third"]),
        ([["{%tc for p in points %}", "{{ p.text }}", "{%tc endfor %}"]],
         ["First", "Second", "Third"]),
    ],
)  # fmt: skip
def test_cells_are_coloured_joined_and_repeated_as_people_know_it(
    table: list[list[str]], printed: list[str], tmp_path: Path
) -> None:
    made = fill(NAME, word(table), DATA)
    assert texts(made) == [*printed, ""]
    path = tmp_path / "cells.docx"
    path.write_bytes(made)
    done = audit(path)
    assert done.returncode == 0, done.stdout


def test_equal_notes_share_a_number_and_the_numbers_agree_with_the_list(tmp_path: Path) -> None:
    content = word("{%p for p in points %}", "{{ p.text }}{{ p.note|note }}.", "{%p endfor %}")
    for kind in ("endnotes", "footnotes"):
        made = fill(NAME, content, DATA, notes=kind)
        assert docx_notes(made, kind) == [" Doc, p. 1.", " Other."]
        body = Document(io.BytesIO(made)).element.body
        cited = [e.get(qn("w:id")) for e in body.iter(qn(f"w:{kind[:-1]}Reference"))]
        assert cited == ["1", "2"]
        assert [c.text for c in body.iter(qn("w:instrText"))] == [" NOTEREF _Note1 \\f \\h "]
        path = tmp_path / f"{kind}.docx"
        path.write_bytes(made)
        done = audit(path)
        assert done.returncode == 0, done.stdout


def test_a_cell_whose_paragraphs_are_all_left_out_keeps_one() -> None:
    content = word([["{%p if meeting %}", "x"], ["y", "z"]])
    document = Document(io.BytesIO(content))
    cell = document.tables[0].rows[0].cells[0]
    for text in ("gone", "{%p endif %}"):
        cell.add_paragraph(text)
    made = Document(io.BytesIO(fill(NAME, saved(document), DATA)))
    assert [c.text for c in made.tables[0].rows[0].cells] == ["", "x"]
    assert len(made.tables[0].rows[0].cells[0].paragraphs) == 1


# -- the marking -----------------------------------------------------------------------------------


def test_a_template_without_the_marking_is_refused() -> None:
    hint = "type {{ marking.label }} into the header or footer of these pages"
    assert told("x", header=("As of",)) == [
        f"section 1: the marking 'Public' is not in the header or footer of every page ({hint})"
    ]
    assert told("x", header=("As of",), footer="{{ marking.label }}") == []


def test_a_first_page_of_its_own_needs_the_marking_too() -> None:
    document = Document(io.BytesIO(word("x")))
    document.sections[0].different_first_page_header_footer = True
    found = refusal(saved(document))
    assert [p.message for p in found] == [
        "the marking 'Public' is not in the header or footer of the first page"
    ]


# -- faults ----------------------------------------------------------------------------------------

P1 = "body, paragraph 1: "
FAULTS = {
    "{{ country.nmae }}": "'country.nmae' is not known here (did you mean 'country.name'?)",
    "{{ contry.name }}": "'contry' is not known here (did you mean 'country'?)",
    "{{ country.name|uper }}": "no filter 'uper' (did you mean 'upper'?)",
    "{{ points|sort(attribute='txt') }}": "'txt' is not known here (did you mean 'text'?)",
    "{{ country.name is definde }}": "no test 'definde' (did you mean 'defined' or 'undefined'?)",
    "{ { name }}": "'{ { name }}' is no tag and would be printed as it stands (write {{ name }})",
    "{name}": "'{name}' is no tag and would be printed as it stands (write {{ name }})",
    "{{ country.name }": "'{{ country.name }' is not closed (write {{ country.name }})",
    "{{ country.name": "'{{ country.name' is not closed (close it with }} in the same paragraph)",
    "{% if meeting %}x": "'if' is never closed (close it with {% endif %})",
    "{%p for p in points %}": "'for' is never closed (close it with {%p endfor %})",
    "{%p endfor %}": "'endfor' closes nothing: no 'for' is open here "
    "(take it out, or open it before with {%p for ... %})",
    "{% fro p in points %}": "'fro' is not known here (did you mean 'for'?)",
    "{% p if meeting %}": "'p' is apart from its '{%' (write {%p if meeting %}: no space before p)",
    "{% include 'x' %}": "'include' has no place in a Word paper "
    "(a Word paper knows for, if, elif, else and set)",
    "{{ points.text }}": "'points' is a list: it has no '.text' "
    "(go through it with {% for one in ... %})",
    "{{ points }}": "'points' is a list or map, not words (go through it: {% for one in x %})",
    "{{ meeting }}": "'meeting' has no value in this paper "
    "(say what stands there without it: {% if x %}{{ x }}{% endif %})",
    "{{ meeting.date }}": "'date' is asked of what has no value in this paper "
    "(ask first whether it is there: {% if x %}{{ x.name }}{% endif %})",
    "{{ a b }}": "cannot be read: expected the end of the tag, got 'b' "
    "(write {{ name }}, {{ name|filter }} or {% if name == 'word' %})",
    "{{ points[0].text – 1 }}": "cannot be read: '–' may not stand in a tag "
    "(type it again: Word's AutoCorrect changes dashes and signs)",
    "{{ ''.__class__ }}": "'__class__' is out of a template's reach (ask for what the data has)",
    "{{ points|attr('__class__') }}": "no filter 'attr'",
    "{{ country.name.format(1) }}": "'country.name.format()' cannot be called in a Word paper "
    "(data is shown, sorted and joined)",
    "{{ 9**9999999 }}": "'**' is not allowed on these values in a template (mend the tag)",
    "{{ 'A'*1000000000 }}": "'*' is not allowed on these values in a template (mend the tag)",
    "{{ country.name|safe }}": "no filter 'safe'",
    "{{ cycler.__init__ }}": "'cycler' is not known here",
    "{{ country.update({'a': 1}) }}": "'country.update()' cannot be called in a Word paper",
}


@pytest.mark.parametrize("typed", FAULTS)
def test_a_fault_of_a_tag_is_told_with_its_mend(typed: str) -> None:
    found = told(typed)
    assert found[0].startswith(P1 + FAULTS[typed]), found
    assert refusal(word(typed))


def test_a_row_of_a_table_is_told_when_it_would_lose_words() -> None:
    assert told([["{%tr for p in points %} lost", ""], ["a", ""], ["{%tr endfor %}", ""]]) == [
        P1 + "'for' takes its table row out, and with it 'lost' "
        "(let the tag stand alone in its table row)"
    ]
    assert told([["{%tr for p in points %}", "{%tr endfor %}"]]) == [
        P1 + "'for' shares its table row with '{%tr endfor %}' "
        "(give each a table row of its own: it is taken out with all it holds)"
    ]
    assert told("{%tr if meeting %}", "{%tr endif %}")[0] == (
        P1 + "'{%tr if' stands outside a table row (use {%p in paragraphs)"
    )


def test_a_block_ends_where_it_began() -> None:
    assert told("{% if meeting %}a", "b{% endif %}") == [
        "body, paragraph 2: 'if' is opened in body, paragraph 1 and closed in another paragraph "
        "(give each a paragraph: {%p if ... %}, {%p endif %})"
    ]
    assert told("{% for p in points %}", footer="{% endfor %}") == [
        P1 + "'for' is opened here and closed in footer 1, paragraph 1 "
        "(close it in the body: no tag reaches from one part into another)"
    ]
    assert told("{% if meeting %}{% for p in points %}{% endif %}{% endfor %}") == [
        P1 + "'endif' comes before the 'for' inside is closed "
        "(first close '{% for p in points %}' of paragraph 1 with {% endfor %})"
    ]


def test_every_fault_is_told_at_once_also_where_the_data_does_not_lead() -> None:
    found = told(
        "{%p if meeting %}", "{{ contry.name }}", "{%p endif %}", "{ { x }}",
        "{%p for p in points %}", "{{ p.nte|note }}", "{%p endfor %}",
        header=("{{ marking.lable }}",), footer="{{ paper.titel }}",
    )  # fmt: skip
    assert [line.split(" (")[0] for line in found] == [
        "footer 1, paragraph 1: 'paper.titel' is not known here",
        "header 1, paragraph 1: 'marking.lable' is not known here",
        "body, paragraph 2: 'contry' is not known here",
        "body, paragraph 4: '{ { x }}' is no tag and would be printed as it stands",
        "body, paragraph 6: 'p.nte' is not known here",
    ]


def test_a_caret_stands_under_the_word_that_is_wrong() -> None:
    (problem,) = problems(NAME, word("Dear all, in {{ country.na¦em }} today"), DATA)
    assert str(problem.source) == f"{NAME}:1:25"
    assert problem.detail.splitlines() == [
        "Dear all, in {{ country.naem }} today",
        "                        ^^^^",
    ]


def test_a_note_stands_in_the_body_alone() -> None:
    header = ("{{ marking.label }}{{ points[0].note|note }}",)
    assert told("x", header=header) == [
        "header 1, paragraph 1: a note cannot stand in header 1 (cite in the body)"
    ]


def test_a_name_is_known_when_any_paper_has_it() -> None:
    content = word("{% if meeting %}{{ meeting.date }}{% endif %}")
    meeting = {**DATA, "meeting": {"date": "1 May"}}
    assert problems(NAME, content, DATA, meeting) == []
    wrong = word("{% if meeting %}{{ meeting.dat }}{% endif %}")
    assert [p.message for p in problems(NAME, wrong, DATA, meeting)] == [
        "'meeting.dat' is not known here"
    ]


# -- what is not let in, and not let out -----------------------------------------------------------


def test_nothing_of_the_templates_maker_leaves_the_house() -> None:
    document = Document(io.BytesIO(word("{{ country.code }}")))
    run = document.paragraphs[0].runs[0]
    comment = document.add_comment(run, text="CANARY comment", author="CANARY author")
    assert comment.comment_id == 0
    document.core_properties.comments = "CANARY remark"
    document.core_properties.last_modified_by = "CANARY maker"
    rsids = f'<w:rsids xmlns:w="{W}"><w:rsid w:val="00CACACA"/></w:rsids>'
    document.settings.element.append(parse_xml(rsids))
    document.paragraphs[0]._p.set(qn("w:rsidR"), "00CACACA")
    made = members(fill(NAME, saved(document), DATA))
    everything = b"".join(made.values()) + "".join(made).encode()
    for trace in (b"CANARY", b"00CACACA", b"comment", b"thumbnail", b"customXml", b"python-docx"):
        assert trace not in everything, trace


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"word/vbaProject.bin": b"x"}, "holds macros (word/vbaProject.bin)"),
        ({"../evil.xml": b"<a/>"}, "holds the member '../evil.xml', a path that leads out of it"),
        ({"word/bomb.xml": b" " * 30_000_000}, "holds 'word/bomb.xml', packed "),
        ({"word/a.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'},
         "has a DOCTYPE in word/a.xml, which Word never writes"),
        ({"word/a.xml": b"<a>"}, "holds word/a.xml, which is not well-formed"),
        ({"word/_rels/x.rels": b'<Relationships xmlns="r"><Relationship Id="a" Type="http://s/oleObject"'
          b' Target="embeddings/o.bin"/></Relationships>'},
         "holds an OLE object (embeddings/o.bin)"),
    ],
)  # fmt: skip
def test_a_file_that_could_do_harm_is_refused_by_name(
    spoil: dict[str, bytes], message: str
) -> None:
    content = word("x")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in {**members(content), **spoil}.items():
            package.writestr(name, data)
    found = refusal(made.getvalue())
    assert found[0].message.startswith(message)
    assert problems(NAME, made.getvalue(), DATA) == found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no zip", "cannot be opened: it is damaged or no Word file"),
        (b"\xd0\xcf\x11\xe0rest", "is an old Word file (.doc) or protected by a password"),
    ],
)
def test_what_is_no_word_file_is_refused(content: bytes, message: str) -> None:
    assert [p.message for p in refusal(content)] == [message]


def test_a_truncated_or_doubled_file_is_refused() -> None:
    content = word("x")
    assert refusal(content[:-200])
    made = io.BytesIO(content)
    with zipfile.ZipFile(made, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr("word/document.xml", b"<a/>")
    assert refusal(made.getvalue())[0].message == "holds the member 'word/document.xml' twice"


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ("<w:ins w:id='1' w:author='a'><w:r><w:t>new</w:t></w:r></w:ins>",
         "holds a tracked change"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>", "holds hidden words: 'secret'"),
        ("<w:fldSimple w:instr=' DATE '><w:r><w:t>1 May</w:t></w:r></w:fldSimple>",
         "holds the field 'DATE', which says other things on another day or desk"),
    ],
)  # fmt: skip
def test_what_would_say_other_things_than_the_data_is_refused(inner: str, message: str) -> None:
    document = Document(io.BytesIO(word("x")))
    paragraph = parse_xml(f"<w:p xmlns:w='{W}'>{inner}</w:p>")
    document.paragraphs[0]._p.addnext(paragraph)
    assert [p.message for p in refusal(saved(document))] == [message]


def test_links_of_the_template_lead_to_the_web_or_nowhere() -> None:
    document = Document(io.BytesIO(word("x")))
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    for address in ("https://example.org/", "file:///srv/private"):
        id_ = document.part.relate_to(address, kind, is_external=True)
        link = (
            f"<w:hyperlink xmlns:w='{W}' xmlns:r='http://schemas.openxmlformats.org/officeDocument"
            f"/2006/relationships' r:id='{id_}'><w:r><w:t>here</w:t></w:r></w:hyperlink>"
        )
        document.paragraphs[0]._p.append(parse_xml(link))
    assert [p.message for p in refusal(saved(document))] == ["links to 'file:///srv/private'"]
