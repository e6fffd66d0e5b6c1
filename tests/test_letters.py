"""Letters: what may not stand in a text is refused by its number, in data, templates and options."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from briefgen import letters
from briefgen.bureaus import Bureau, load_bureau
from briefgen.errors import BriefgenError
from briefgen.render import docx, glyphs, pdf, render
from briefgen.render.html import render_html
from briefgen.render.lettering import require_form
from briefgen.store import Store
from tests.conftest import ROOT, Run, edit
from tests.test_docx import tree
from tests.test_html import FRAME
from tests.test_loading import EVENT, load, problems
from tests.test_papers import compose_paper

REFUSED = {
    "\0": "U+0000", "\x1b": "U+001B", "\x7f": "U+007F", "\x85": "U+0085", "\x9b": "U+009B",
    "\u2028": "U+2028", "\u2029": "U+2029", "\u202a": "U+202A", "\u202e": "U+202E",
    "\u2066": "U+2066", "\u2069": "U+2069", "\ufeff": "U+FEFF", "\ufffd": "U+FFFD",
    "\ue000": "U+E000", "\u0378": "U+0378", "\ufdd0": "U+FDD0", "\U000e0041": "U+E0041",
}  # fmt: skip
PILE = "e" + "\u0301\u0327" * 1000
LONG = "W" * 20_000


@pytest.mark.parametrize(("letter", "name"), REFUSED.items(), ids=REFUSED.values())
def test_a_letter_that_may_stand_in_no_text_is_refused_by_number_and_place(
    letter: str, name: str
) -> None:
    (found,) = problems(EVENT.replace("T}", f"T{letter}x}}"))
    assert re.match(rf"data/events/x\.yaml:2:16: holds .*{re.escape(name)}", found)


@pytest.mark.parametrize(
    ("escape", "name"),
    [(r"\0", "U+0000"), (r"\e", "U+001B"), (r"\u202e", "U+202E"), (r"\N", "U+0085"),
     (r"\L", "U+2028"), (r"\uE000", "U+E000"), (r"\U000E0041", "U+E0041")],
)  # fmt: skip
def test_a_letter_written_as_an_escape_is_refused_too(escape: str, name: str) -> None:
    (found,) = problems(EVENT.replace("{en: T}", f'{{en: "T{escape}x"}}'))
    assert found.startswith("data/events/x.yaml:2:15: holds ")
    assert name in found


def test_half_a_letter_written_as_an_escape_is_refused_with_its_line() -> None:
    (found,) = problems(EVENT.replace("{en: T}", '{en: "T\\ud800"}'))
    assert re.match(r"data/events/x\.yaml:2:\d+: is not valid YAML: .*Unicode", found)


@pytest.mark.parametrize("text", ["a\u0301", '"a\\u0301"'])
def test_a_text_is_kept_in_composed_form(text: str) -> None:
    loaded = load("event", EVENT.replace("{en: T}", f"{{en: {text}}}"))
    assert loaded.problems == []
    assert loaded.records[0].record.title == {"en": "á"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [PILE, '"e' + r"\u0301" * 30 + '"'])
def test_a_pile_of_marks_is_refused(text: str) -> None:
    (found,) = problems(EVENT.replace("{en: T}", f"{{en: {text}}}"))
    assert re.search(r":2:1\d: piles [\d,]+ marks on one letter \(U\+0301", found)


@pytest.mark.parametrize("text", ["Tiếng Việt", "בְּרֵאשִׁ֖ית", "བསྒྲུབས", "نّٰ", "क्ष्म्य", "🏳️‍🌈", "می‌خواهم"])
def test_marks_and_joiners_of_real_languages_pass(text: str) -> None:
    assert problems(EVENT.replace("{en: T}", f"{{en: {text}}}")) == []


@pytest.mark.parametrize("text", [LONG, f'"{LONG[:900]}\\\n    {LONG[:900]}"'])
def test_a_word_that_no_line_can_hold_is_refused_with_its_length(text: str) -> None:
    (found,) = problems(EVENT.replace("{en: T}", f"{{en: {text}}}"))
    assert re.match(r"data/events/x\.yaml:2:15: holds a word of (20,000|1,800) letters", found)


def test_a_long_text_without_spaces_passes_where_its_script_has_none() -> None:
    assert problems(EVENT.replace("{en: T}", f"{{ja: {'核実験' * 2000}}}")) == []


@pytest.mark.parametrize("word", ["Pаris", "Сuba", "ΒΕIJING"])
def test_a_word_of_two_scripts_that_look_alike_is_doubted(word: str) -> None:
    (found,) = load("event", EVENT.replace("{en: T}", f"{{en: In {word} today}}")).problems
    assert re.match(
        rf"data/events/x\.yaml:2:\d+: warning: '{word}' mixes Latin letters with U\+0[34]..",
        str(found),
    )


@pytest.mark.parametrize("text", ["Р-36М", "Россия и NATO", "10 μm, 5 kΩ", "Ελλάδα (Greece)"])
def test_words_beside_one_another_in_two_scripts_are_not_doubted(text: str) -> None:
    assert problems(EVENT.replace("{en: T}", f"{{en: '{text}'}}")) == []


def test_a_doubt_stops_no_paper_and_hides_no_other_problem(workspace: Path) -> None:
    path = workspace / "data/events/2003-04.yaml"
    edit(path, "Japan called on Israel", "Jаpan called on Israel")
    with Store(workspace, None) as store:
        assert [str(p.severity) for p in store.problems()] == ["warning"]
        assert store.broken_files() == set()
        store.require_sound()


# -- what the loader has not seen ------------------------------------------------------------------


@pytest.fixture
def bureau(workspace: Path) -> Bureau:
    return load_bureau(workspace, "base")


@pytest.mark.parametrize("kind", ["docx", "pdf", "html"])
@pytest.mark.parametrize(("letter", "name"), [("\u202e", "U+202E"), ("\ue000", "U+E000")])
def test_data_from_elsewhere_is_refused_alike_for_every_format(
    store: Store, kind: str, letter: str, name: str
) -> None:
    data = compose_paper(store, "brief", ("ISR",), (), "2003-08-31")
    data["paper"]["title"] += letter
    with pytest.raises(BriefgenError, match=rf"paper\.title: holds .*{re.escape(name)}"):
        render(load_bureau(ROOT, "base"), "brief.html.j2", data, [kind])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<p>a</p>\n<p>b\u202ec</p>", "templates/base/x.html.j2:2:5: holds the invisible control"),
        ("<p>&#x202E;</p>", "holds the invisible control character U+202E"),
        ("<p>{{ x }}</p>", "holds the invisible control character U+202E"),
        (f"<p>{LONG}</p>", "holds a word of 20,000 letters"),
        ("<p title='&#xE000;'>x</p>", "holds U+E000"),
    ],
)  # fmt: skip
def test_a_templates_own_letters_are_refused_with_its_line(
    bureau: Bureau, body: str, told: str
) -> None:
    (bureau.layers[0] / "x.html.j2").write_text(FRAME.format(body), "utf-8")
    with pytest.raises(BriefgenError) as caught:
        render_html(bureau, "x.html.j2", {"x": "\u202e"})
    assert told in str(caught.value)


def test_a_word_forms_own_letters_are_refused_but_for_those_of_its_fonts_of_signs() -> None:
    require_form(["\uf0b7 a"], "x.docx")
    with pytest.raises(BriefgenError, match=r"x\.docx: holds .*U\+202E"):
        require_form(["a", "\u202e"], "x.docx")


@pytest.mark.parametrize(
    ("argument", "name"),
    [("Chi\u202ena", "U+202E"), ("\x1b[31mChina", "U+001B"), ("a\nb", "U+000A")],
)
def test_what_a_command_is_given_is_looked_at_before_anything_is_made_of_it(
    briefgen: Run, tmp_path: Path, argument: str, name: str
) -> None:
    for given in (("brief", argument), ("brief", "China", "--meeting", argument)):
        result = briefgen("-w", str(ROOT), *given, "--out", str(tmp_path / "out"))
        assert result.returncode == 2
        assert result.stderr.count("\n") == 1
        assert name in result.stderr
        assert argument not in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_argument_that_is_no_text_is_refused_in_a_line(briefgen: Run) -> None:
    result = briefgen("-w", str(ROOT), "brief", "Chi\udcffna")
    assert result.returncode == 2
    assert "holds U+DCFF, which is half a letter" in result.stderr


def test_a_file_whose_name_is_no_text_is_told_and_read_by_nobody(
    workspace: Path, briefgen: Run
) -> None:
    for name in ("a\udcff.yaml", "b\n.yaml", "c\u202e.yaml"):
        (workspace / "data/events" / name).write_text("- id: x\n")
    result = briefgen("-w", str(workspace), "check")
    assert result.returncode == 1
    for name in ("a<U+DCFF>.yaml", "c<U+202E>.yaml"):
        assert f"data/events/{name}: its name holds" in result.stdout
    assert "U+000A" in result.stdout
    assert "Traceback" not in result.stderr


# -- letters that no font has ----------------------------------------------------------------------

UNSET = "\U00010570\U00012f90"  # of scripts that no common font has


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_all_letters_that_no_font_has_are_told_at_once_whichever_format_is_asked_for(
    store: Store, kind: str
) -> None:
    data = compose_paper(store, "brief", ("ISR",), (), "2003-08-31")
    data["paper"]["title"] += f" {UNSET[1]}"
    data["points"][0]["lead"] = f"{UNSET[0]} {UNSET[1]}"
    with pytest.raises(BriefgenError, match=r"theme\.fonts: no font has U\+10570, U\+12F90 \("):
        render(load_bureau(ROOT, "base"), "brief.html.j2", data, [kind])


def test_a_letter_is_missing_only_where_no_font_has_it_or_its_parts() -> None:
    there = "→日本語 مرحبا שלום ไทย a\u200db \ufe0f \u1e00 \U0001d15e"
    assert glyphs.missing(f"Café – “x” … {there}{UNSET}") == sorted(UNSET)


# -- titles and words of any length ----------------------------------------------------------------


def test_a_title_of_300_letters_is_whole_in_the_paper_and_cut_in_the_properties(
    workspace: Path, tmp_path: Path
) -> None:
    title = ("Consultation on disarmament " * 12)[:299] + "Z"
    with Store(workspace, None) as store:
        data = compose_paper(store, "brief", ("ISR",), (), "2003-08-31")
    data["paper"]["title"] = data["title"] = title
    made = render(load_bureau(workspace, "base"), "brief.html.j2", data, ["docx", "pdf"])
    with zipfile.ZipFile(io.BytesIO(made["docx"])) as package:
        core = etree.fromstring(package.read("docProps/core.xml"))
        body = "".join(map(str, etree.fromstring(package.read("word/document.xml")).itertext()))
    assert core.findtext("{http://purl.org/dc/elements/1.1/}title") == title[:255]
    assert title in body
    path = tmp_path / "a.pdf"
    path.write_bytes(made["pdf"])
    command = ["pdftotext", "-raw", str(path), "-"]
    shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert " ".join(title.split()) in " ".join(shown.split())


@pytest.mark.parametrize("word", ["W" * letters.MOST_WORD, ("e" + "\u0301" * 8) * 100])
def test_the_longest_word_that_passes_stays_inside_the_margin(word: str, tmp_path: Path) -> None:
    settings: Any = load_bureau(ROOT, "base").settings
    style = (ROOT / "templates/base/style.css").read_text("utf-8")
    root = tree(
        f"<h1>T</h1><p>{word}</p><table><tbody><tr><td>a</td><td>{word}</td></tr></tbody></table>"
    )
    page = settings["page"]
    path = tmp_path / "a.pdf"
    path.write_bytes(
        pdf.write(root, styles=[style], theme=settings["theme"], page=page, notes="endnotes")
    )
    assert docx.write(root, theme=settings["theme"], page=page, notes="endnotes")
    command = ["pdftotext", "-bbox", str(path), "-"]
    shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    edges = [
        (float(a), float(b)) for a, b in re.findall(r'xMin="([\d.]+)".*xMax="([\d.]+)"', shown)
    ]
    per_mm = 72 / 25.4
    right = (page["width"] - page["margin_right"]) * per_mm
    assert len(edges) > 4
    assert min(a for a, _ in edges) >= page["margin_left"] * per_mm - 1
    assert max(b for _, b in edges) <= right + 1


def test_a_message_is_one_line_of_bounded_length_whatever_it_quotes() -> None:
    found = problems(EVENT.replace("bilateral", f'"a\\nb{"c" * 900}"').replace("id: x", "id: y"))
    assert len(found) == 1
    assert "\n" not in found[0]
    assert len(found[0]) < 400
