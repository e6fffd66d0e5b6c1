"""The benchmark does what it says; how fast anything is, no test asserts."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfReader

from tests.bench import dataset, ministry
from tests.bench.peers import naive, office, typeset
from tests.bench.run import ROWS, chosen
from tests.bench.setting import Bench, blocks_of
from tests.bench.table import Figure, markdown, plain, put, replaced
from tests.conftest import ROOT


def test_a_goal_that_is_missed_is_said_to_be_short_and_by_how_much() -> None:
    short = Figure("cold", 0.66, 0.55, "x", "so")
    met = Figure("cold", 0.55, 0.55, "x", "so")
    more = Figure("jobs", 1.5, 1.9, "x", "so", at_least=True)
    told = Figure("load", 272.0, None, "s", "so")
    assert (short.met, met.met, more.met, told.met) == (False, True, False, None)
    assert short.verdict == "SHORT, 1.20 times the goal"
    assert more.verdict == "SHORT, 1.27 times the goal"
    assert (met.verdict, told.verdict) == ("met", "reported")
    assert plain([short])[0].startswith("cold: 0.66 x (goal ≤ 0.55 x): SHORT")
    assert "| cold | ≤ 0.55 x | 0.66 x | SHORT, 1.20 times the goal | so |" in markdown(
        [short], ["m"]
    )


def test_the_table_is_put_between_its_marks_and_nowhere_else(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n", "utf-8")
    put(readme, r"new \1")
    once = readme.read_text("utf-8")
    assert once == "a\n<!-- bench -->\nnew \\1\n<!-- /bench -->\nb\n"
    put(readme, r"new \1")
    assert readme.read_text("utf-8") == once
    with pytest.raises(ValueError, match="no place for the table"):
        replaced("no marks", "new")


def test_the_readme_has_a_place_for_the_table_and_what_is_in_it_came_from_a_benchmark() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    table = text.partition("<!-- bench -->")[2].partition("<!-- /bench -->")[0]
    assert "cold brief, DOCX + PDF, to a naive script" in table
    assert "selection by index" in table
    assert "cores; Python" in table


def test_a_row_that_is_not_known_is_refused_with_the_nearest() -> None:
    assert chosen([]) == list(ROWS)
    assert chosen(["cold"]) == ["cold"]
    with pytest.raises(SystemExit, match="no row 'warn' \\(did you mean 'warm'\\?\\)"):
        chosen(["warn"])


HTML = """<html><head><title>t</title></head><body><header class="running"><p>Run</p></header>
<main><h1>A &amp; B</h1><p>One<sup>1</sup> two</p><ul><li>Three</li></ul>
<table><tr><th>x</th><td>y</td></tr></table></main></body></html>"""


def test_the_peers_make_the_same_text_as_the_paper(tmp_path: Path) -> None:
    blocks = blocks_of(HTML)
    assert blocks == [
        ("Normal", "Run"), ("Heading 1", "A & B"), ("Normal", "One1 two"), ("List Bullet", "Three"),
        ("table", [["x", "y"]]),
    ]  # fmt: skip
    content = io.BytesIO()
    naive.write_docx(blocks, content)
    document = Document(io.BytesIO(content.getvalue()))
    assert [p.text for p in document.paragraphs] == ["Run", "A & B", "One1 two", "Three"]
    assert [c.text for c in document.tables[0].rows[0].cells] == ["x", "y"]
    naive.write_pdf(HTML, tmp_path / "paper.pdf")
    said = PdfReader(tmp_path / "paper.pdf").pages[0].extract_text()
    assert all(word in said for word in ("A & B", "One", "Three", "x", "y"))
    office.make_template(tmp_path / "template.docx")
    office.write_docx(tmp_path / "template.docx", blocks, tmp_path / "office.docx")
    paragraphs = [p.text for p in Document(str(tmp_path / "office.docx")).paragraphs if p.text]
    assert paragraphs == ["Run", "A & B", "One1 two", "Three", "x | y"]
    assert "= A & B" in typeset.source(blocks)


def test_a_made_up_record_is_sound_and_the_same_every_time(tmp_path: Path) -> None:
    first, again = dataset.make(tmp_path / "a", 300), dataset.make(tmp_path / "b", 300)
    names = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    assert all((first / name).read_bytes() == (again / name).read_bytes() for name in names)
    checked = Bench(tmp_path).run(
        [sys.executable, "-m", "briefgen", "-w", str(first), "check", "--json"]
    )
    assert json.loads(checked.stdout)["errors"] == 0


def test_the_peer_that_chooses_by_index_finds_what_a_scan_finds(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    workspace = bench.workspace(400)
    bench.run(bench.briefgen(workspace, "select", dataset.CHOSEN, "--as-of", "2003-08-31"))
    (index,) = (tmp_path / "cache").glob("*.sqlite")
    peer = ROOT / "tests/bench/peers/choose.py"
    command = [sys.executable, str(peer), str(workspace), str(index), dataset.CHOSEN]
    found = json.loads(bench.run(command).stdout)
    assert found["events"] == dataset.CONTACTS
    assert found["scanned"] >= found["events"]


def test_more_work_needs_more_workers_and_no_work_none() -> None:
    assert ministry.workers_for(0, 1.0, 2) == 0
    counts = [ministry.workers_for(rate, 1.0, 2) for rate in (0.1, 1, 5, 20, 100)]
    assert counts == sorted(counts)
    assert counts[-1] >= 100
    assert ministry.waiting(2, 1, 2) == math.inf
    assert ministry.waiting(0, 1, 1) == 0


def test_one_worker_waits_as_long_as_the_books_say() -> None:
    """M/M/1: the mean wait is load x service / (1 - load); M/M/2 at half load waits a third."""
    assert ministry.waiting(0.5, 1, 1) == pytest.approx(1.0)
    assert ministry.waiting(1.0, 1, 2) == pytest.approx(1 / 3)


def test_packs_are_work_divided_by_time() -> None:
    measured = ministry.Measured(seconds=1.0, papers=195, memory=100)
    assert ministry.workers_for_packs(1, 5, measured) == math.ceil(195 / (300 * 0.85))
    note = ministry.note(measured, "a machine.")
    assert "**Measured** by `make bench` on a machine." in note
    assert "**Computed**" in note


def test_without_a_benchmark_the_model_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="run `make bench`"):
        ministry.read(tmp_path / "bench.json")


def test_the_benchmark_tells_its_options(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.run", "--help"], cwd=ROOT, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert "--readme" in done.stdout
