"""Data from outside: bounded time and memory, a clear line, nothing run and nothing passed over."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from briefgen import strict_json
from briefgen.bureaus import load_bureau
from briefgen.compose.manifest import read_manifest
from briefgen.errors import did_you_mean
from briefgen.loading import encoding
from briefgen.render import render
from briefgen.render.docx.authored import fill
from briefgen.render.sheet import Link, Sheet, write
from briefgen.store import Store
from tests.conftest import ROOT, Run
from tests.test_authored import DATA, NAME, members, texts, word
from tests.test_loading import EVENT, load, problems
from tests.test_papers import compose_paper

MEGABYTE = 1_000_000
GROUPS = "group,country,joined,source,note\n"
ROW = "ASEAN,Vietnam,1995-07-28,d,"


# -- YAML ------------------------------------------------------------------------------------------

DEEP = {
    "flow": "a: " + "[" * 3000 + "]" * 3000,
    "flow over lines": "[\n" * 50_000,
    "maps in lists": "a: " + "{b: [\n" * 20_000,
    "lists on a line": "- " * 50_000,
    "lists by one space": "\n".join(" " * n + "-" for n in range(3000)),
    "maps by one space": "\n".join(" " * n + "a:" for n in range(3000)),
    "keys of keys": "? " * 50_000,
    "keys in brackets": "[? " * 50_000,
    "tagged": "!!seq [ " * 20_000,
}
BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)
)
_LOAD = """
import resource, sys
from tests.test_loading import load
here = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (here + int(sys.argv[1]),) * 2)
print(load("event", sys.stdin.read()).problems[0])
"""


def told_in_little_memory(text: str, megabytes: int = 120) -> str:
    """The first problem of a file, by a process that may take so much beside what it is."""
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, str(megabytes * MEGABYTE)],
        input=text, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_nesting_in_any_form_is_refused_in_little_memory(text: str) -> None:
    found = told_in_little_memory(text)
    assert re.match(r"data/events/x\.yaml:\d+:\d+: nested too deeply, beyond 32 levels", found)


def test_an_alias_bomb_is_refused_in_little_memory() -> None:
    assert "an alias (*name) repeats another value" in told_in_little_memory(BOMB)


def test_a_record_of_the_depth_that_any_needs_is_read_to_its_end() -> None:
    found = problems(EVENT + "  deep: " + "[" * 25 + "]" * 25)
    assert len(found) == 1
    assert "deep: is not a known field" in found[0]


def test_a_file_beyond_all_use_is_refused_unread(workspace: Path, briefgen: Run) -> None:
    path = workspace / "data/events/huge.yaml"
    with path.open("wb") as file:
        file.truncate(2_000 * MEGABYTE)
    assert len(encoding.read_bytes(path)) == encoding.MOST_BYTES + 1
    result = briefgen("-w", str(workspace), "check")
    assert result.returncode == 1
    assert (
        "data/events/huge.yaml: is larger than 16 MB (part it into several files)" in result.stdout
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("event", "- x\n" * 1000),
        ("event", "- id: x\n" + "".join(f"  k{n}: v\n" for n in range(1000))),
        ("event", "".join("k: v\n" for _ in range(1000))),
        ("event", "- id: x\n  target_countries: [" + ", ".join(f"Xy{n}" for n in range(1000)) + "]"),
        ("membership", GROUPS + "A,B\n" * 1000),
        ("membership", GROUPS + "ASEAN,Vietnam,19,d,\n" * 1000),
        ("membership", GROUPS + "ASEAN,Vietnam,1995,d,=1\n" * 1000),
    ],
)  # fmt: skip
def test_of_very_many_mistakes_the_first_are_told_and_the_others_counted(
    kind: str, text: str
) -> None:
    found = problems(text, kind)
    assert len(found) == 101
    assert re.search(
        r":\d+:\d+: has at least (9\d\d|1,[89]\d\d) more problems \(mend these first\)", found[-1]
    )
    assert sorted(places := [int(line.split(":")[1]) for line in found]) == places


def test_of_very_many_broken_files_so_many_lines_are_printed_as_anybody_reads(
    workspace: Path, briefgen: Run
) -> None:
    for n in range(8):
        (workspace / f"data/events/z{n}.yaml").write_text("- x\n" * 200)
    for command in (("check",), ("brief", "China")):
        result = briefgen("-w", str(workspace), *command)
        said = (result.stdout + result.stderr).splitlines()
        assert result.returncode == 1
        assert len(said) in (502, 503)
        assert re.match(r"\.\.\. and 30\d more problems", said[500])


def test_no_near_name_is_looked_for_where_none_can_be() -> None:
    assert did_you_mean("bilatral", ["bilateral"])
    assert did_you_mean("bilatera" * 30, ["bilatera" * 30]) == ""


# -- tables ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "text", "name"),
    [
        ("utf-16", "group,country\nASEAN,Vietnam\n", "UTF-16"),
        ("utf-16-be", "\ufeffgroup,country\n", "UTF-16"),
        ("utf-16-le", "group,country\nASEAN,Vietnam\n", "UTF-16"),
        ("utf-16-be", "group,country\nASEAN,Vietnam\n", "UTF-16"),
        ("utf-32", "group,country\n", "UTF-32"),
        ("cp1252", "group,country\nASEAN,Côte d’Ivoire\n", "Windows-1252"),
        ("latin-1", "group,country\nASEAN,São Tomé\n", "Windows-1252"),
        ("cp1251", "group,country\nASEAN,Россия и Вьетнам\n", "Windows-1251"),
        ("shift_jis", "group,country\nASEAN,ベトナムは加盟国です\n", "Shift_JIS"),
        ("euc_jp", "group,country\nASEAN,ベトナムは加盟国です\n", "EUC-JP"),
    ],
)  # fmt: skip
def test_another_encoding_is_refused_by_its_name(codec: str, text: str, name: str) -> None:
    (found,) = problems(text.encode(codec), "membership")
    assert re.match(
        rf"data/groups\.csv:[12]:1: is not UTF-8 text, it looks like {name}"
        r" \(save it as CSV UTF-8\)",
        found,
    )


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_utf_8_loads_with_and_without_its_mark_and_with_any_end_of_line(
    mark: str, end: str
) -> None:
    text = mark + (GROUPS + ROW + "Hội nghị\n").replace("\n", end)
    loaded = load("membership", text.encode())
    assert loaded.problems == []
    assert loaded.records[0].record.note == "Hội nghị"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("group;country;joined;source\n", "semicolons"),
        ("group\tcountry\tjoined\tsource\n", "tabs"),
        ("sep=;\ngroup;country\n", "semicolons"),
    ],
)
def test_a_table_parted_by_other_signs_is_told_as_such(text: str, words: str) -> None:
    assert problems(text, "membership") == [
        f"data/groups.csv:1:1: is parted by {words} (save it as CSV UTF-8 with commas)"
    ]


@pytest.mark.parametrize(
    "cell", ["=1+1", "＝1", "+1", "-1", "@SUM(A1)", "＋1", "－1", "＠x", "#REF!", '"=1,2"', "#N/A"]
)
def test_a_cell_that_computes_is_told_and_not_taken_for_its_text(cell: str) -> None:
    (found,) = problems(f"{GROUPS}{ROW}{cell}\n", "membership")
    told = re.match(r"data/groups\.csv:2:28: note: '(.*)' is a formula of a spreadsheet", found)
    assert told
    assert told[1] == cell.strip('"')


def test_a_line_within_a_cell_is_kept_and_rows_are_told_by_their_first_line() -> None:
    loaded = load("membership", f'{GROUPS}{ROW}"one\ntwo"\n{ROW}x,y\n')
    assert [str(p) for p in loaded.problems] == [
        "data/groups.csv:4:1: has 6 cells, the header has 5 (a text with a comma needs quotes"
        " around it)"
    ]
    assert loaded.records[0].record.note == "one\ntwo"  # type: ignore[attr-defined]
    assert loaded.records[0].source.line == 2


@pytest.mark.parametrize("rest", ["x\n", "x" * 200_000])
def test_a_quotation_mark_that_is_not_closed_is_told_where_it_opens(rest: str) -> None:
    (found,) = problems(f'{GROUPS}{ROW}a\n{ROW}"{rest}', "membership")
    assert found.startswith(
        "data/groups.csv:3:1: is not valid CSV: a quotation mark that opens here"
    )


def test_a_cell_of_a_word_that_no_line_can_hold_is_told() -> None:
    (found,) = problems(f"{GROUPS}{ROW}{'x' * 20_000}\n", "membership")
    assert "data/groups.csv:2:28: holds a word of 20,000 letters" in found.replace("note: ", "")


@pytest.mark.parametrize("content", [b"country\nV\xc3", "country\nVietnam\n".encode("utf-16")])
def test_a_travel_plan_is_read_by_the_same_rule(
    briefgen: Run, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "plan.csv").write_bytes(content)
    out = str(tmp_path / "out")
    result = briefgen("-w", str(ROOT), "pack", "--from-file", "plan.csv", "--out", out)
    assert result.returncode == 1
    assert re.search(r"plan\.csv:[12]:1: is not UTF-8 text", result.stderr)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "＝1", "＋1", "－1", "＠x"])
def test_the_index_of_a_pack_holds_no_formula_and_no_link_from_its_data(text: str) -> None:
    made = write(sheet([text, 'https://x.org"', Link("a.pdf", text)]))
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        page = etree.fromstring(package.read("xl/worksheets/sheet1.xml"))
        looks = etree.fromstring(package.read("xl/styles.xml"))
        links = package.read("xl/worksheets/_rels/sheet1.xml.rels").decode()
        strings = etree.fromstring(package.read("xl/sharedStrings.xml"))
    name = "{*}"
    assert page.findall(f".//{name}f") == []
    cells = {c.get("r"): c for c in page.iter(f"{name}c")}
    assert cells["A2"].get("t") == "s"
    shown = ["".join(map(str, s.itertext())) for s in strings]
    assert shown[int(cells["A2"].findtext(f"{name}v") or "")] == text
    forms = looks.findall(f"{name}cellXfs/{name}xf")
    quoted = {
        cell: forms[int(cells[cell].get("s") or "")].get("quotePrefix") for cell in ("A2", "B2")
    }
    assert quoted == {"A2": "1", "B2": None}
    assert re.findall(r'Target="([^"]*)"', links) == ["a.pdf"]


def sheet(cells: list[Any]) -> Sheet:
    return Sheet(
        "T", ["a"] * len(cells), [9] * len(cells), [cells], "PUBLIC", "M", date(2003, 8, 31)
    )


# -- JSON ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": NaN}', "it holds NaN, which is no number"),
        ('{"a": -Infinity}', "it holds -Infinity"),
        ('{"a": 1e999}', "it holds the number 1e999"),
        ('{"a": %s}' % ("9" * 5000), "it holds a number of 5,000 digits"),
        ('{"a": %s.5}' % ("9" * 5000), "beyond all use"),
        ('{"a": 1, "b": 2, "a": 3}', "it gives 'a' twice"),
        ("[" * 40 + "]" * 40, "it is nested too deeply, beyond 32 levels"),
        ("[" * 100_000, "it is nested too deeply"),
        ('{"a":' * 100_000, "it is nested too deeply"),
        (r'{"a": "\ud800"}', "a text in it holds U+D800, which is half a letter"),
        (r'{"\u202e": 1}', "a text in it holds the invisible control character U+202E"),
        (r'["\u001b[31m"]', "U+001B"),
        ("not json", "Expecting value: line 1 column 1"),
        ("\x00", "Expecting value"),
    ],
)  # fmt: skip
def test_json_that_is_no_plain_data_is_refused_in_a_line(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        strict_json.parse(text.encode())


def test_json_of_another_encoding_or_beyond_all_use_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="it is not UTF-8 text"):
        strict_json.parse('{"a": "é"}'.encode("latin-1"))
    path = tmp_path / "x.json"
    with path.open("wb") as file:
        file.truncate(strict_json.MOST_BYTES + MEGABYTE)
    with pytest.raises(ValueError, match="it is larger than 100 MB"):
        strict_json.read(path)


def test_plain_json_is_read_as_it_is() -> None:
    data = {"a": [1, -2.5, True, None, "x\n日本"], "b": {"c": {}}}
    assert strict_json.parse(json.dumps(data).encode("utf-8-sig")) == data


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A brief with its manifest."""
    folder = tmp_path_factory.mktemp("paper")
    command = [sys.executable, "-m", "briefgen", "-w", str(ROOT), "brief", "China",
               "--as-of", "2003-08-13", "-f", "json", "-o", str(folder)]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.manifest.json"))


def damaged(path: Path, change: Callable[[Any], Any]) -> Any:
    data = json.loads(path.read_text("utf-8"))
    return change(data) or data


SHAPES: dict[str, Callable[[Any], Any]] = {
    "it is no map": lambda m: [m],
    "it has no paper": lambda m: m.pop("paper") and None,
    "paper is no map": lambda m: m.update(paper=[]),
    "it has no paper.number": lambda m: m["paper"].pop("number") and None,
    "as_of is a number": lambda m: m.update(as_of=2003),
    "Invalid isoformat string": lambda m: m.update(as_of="yesterday"),
    "request is no map": lambda m: m.update(request="x"),
    "request.countries is no list": lambda m: m["request"].update(countries="CHN"),
    "'2003-13' does not exist": lambda m: m["request"].update(since="2003-13"),
    "facts is no list": lambda m: m.update(facts={}),
    "facts, no. 2 is no map": lambda m: m["facts"].__setitem__(1, "x"),
    "it has no facts, no. 1.rule": lambda m: m["facts"][0].pop("rule") and None,
    "facts, no. 1.sources is no list": lambda m: m["facts"][0].update(sources=None),
    "facts, no. 1.line is yes or no": lambda m: m["facts"][0].update(line=True),
    "left_out is nothing": lambda m: m.update(left_out=None),
    "handling is no map": lambda m: m.update(handling="high"),
}


@pytest.mark.parametrize(("told", "change"), SHAPES.items(), ids=SHAPES)
def test_a_manifest_of_another_shape_is_told_by_the_part_that_is_wrong(
    paper: Path, tmp_path: Path, told: str, change: Callable[[Any], Any]
) -> None:
    assert read_manifest(paper)["facts"]
    path = tmp_path / "x.manifest.json"
    path.write_text(json.dumps(damaged(paper, change)), "utf-8")
    with pytest.raises(ValueError, match=re.escape(told).replace("nothing", "(no list|nothing)")):
        read_manifest(path)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "[]", '{"files": [], "as_of": "x", "form": 1}', '{"form": 1, "form": 2}',
     '{"files": {}, "as_of": NaN, "form": 1}', r'{"files": {"a\u0000": "x"}, "as_of": "x", "form": 1}'],
    ids=["deep", "list", "no files", "twice", "NaN", "NUL"],
)  # fmt: skip
def test_no_command_that_reads_json_ends_in_a_traceback(
    briefgen: Run, tmp_path: Path, text: str
) -> None:
    for name in ("manifest.json", "x.manifest.json"):
        (tmp_path / name).write_text(text, "utf-8")
    commands = (
        ("verify", "."), ("why", "manifest.json"), ("why", "x.manifest.json"),
        ("explain", "x.manifest.json"), ("diff", "x.manifest.json", "x.manifest.json"),
        ("addendum", "China", "--since-version", "x.manifest.json"),
    )  # fmt: skip
    for command in commands:
        result = briefgen("-w", str(ROOT), *command)
        assert result.returncode in (1, 2), command
        assert "manifest" in result.stderr
        assert "Traceback" not in result.stderr


# -- data that looks like something else -----------------------------------------------------------

ODD = "{{ 7*7 }} {% raw %} {# no #} <script>x</script> ]]> </w:t> &#x0; &amp; **b** $x^2$ \\\\N"


def test_text_that_looks_like_code_is_shown_as_written_wherever_it_stands(
    workspace: Path, tmp_path: Path
) -> None:
    """In the title, the running header, the body, the properties, a table, of each format."""
    written = ODD.replace("\\\\", "\\")
    with Store(workspace, None) as store:
        data = compose_paper(store, "brief", ("ISR",), (), "2003-08-31")
    data["paper"]["title"] = data["title"] = written
    data["points"][0]["lead"] = written
    made = render(load_bureau(workspace, "base"), "brief.html.j2", data, ["docx", "pdf", "html"])
    with zipfile.ZipFile(io.BytesIO(made["docx"])) as package:
        texts = {
            name: " ".join(
                "".join(map(str, etree.fromstring(package.read(name)).itertext())).split()
            )
            for name in package.namelist()
            if name.endswith(".xml")
        }
    assert texts["word/document.xml"].count(written) >= 2
    assert written in texts["docProps/core.xml"]
    page = made["html"].decode()
    assert page.count("&lt;script&gt;x&lt;/script&gt; ]]&gt; &lt;/w:t&gt; &amp;#x0; &amp;amp;") >= 2
    assert "<script>" not in page
    path = tmp_path / "a.pdf"
    path.write_bytes(made["pdf"])
    for command in (["pdftotext", "-raw", str(path), "-"], ["pdfinfo", str(path)]):
        shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        assert "".join(written.split()) in "".join(shown.split())


def test_a_bureaus_own_word_file_shows_such_text_as_written() -> None:
    written = ODD.replace("\\\\", "\\")
    data = {**DATA, "paper": {**DATA["paper"], "title": written}}
    form = word("{{ paper.title }}", [["a", "{{ paper.title }}"]], footer="{{ paper.title }}")
    made = fill(NAME, form, data, notes="endnotes", wording=lambda found: etree.Element("note"))
    assert texts(made).count(written) == 2
    assert written in "".join(
        map(str, etree.fromstring(members(made)["word/footer1.xml"]).itertext())
    )
    assert written in "".join(
        map(str, etree.fromstring(members(made)["docProps/core.xml"]).itertext())
    )


# -- facts that cannot be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day", ["31/02/2026", "2026-02-31", "02.2026", "2026-2-1", "+2026", "0000"]
)
def test_a_date_that_is_none_is_told_in_files_of_both_kinds(day: str) -> None:
    (found,) = problems(EVENT.replace("2002-08", f"'{day}'"))
    assert re.search(
        rf"x\.yaml:3:9: x: date: '{re.escape(day)}' (is not a date|does not exist)", found
    )
    table = f"{GROUPS}ASEAN,Vietnam,{day},d,\n"
    assert all("2:15: " in told for told in problems(table, "membership"))
    assert problems(table, "membership")
