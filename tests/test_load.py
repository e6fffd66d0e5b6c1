"""Long papers have right page numbers and bounded cost; of many bureaus only one's chain is read;
where nothing is on record the paper is valid and says so."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from briefgen.bureaus import load_bureau
from briefgen.render import columns, lengthy, pdf
from tests.bench import dataset
from tests.conftest import ROOT, Run, edit
from tests.test_docx import audit, tree

CONTACTS = 220
PAGES = 40  # at least
NARROW = "limits: {memory: 700, cpu: 200}\n"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BUREAU = load_bureau(ROOT, "base")
STYLE = (ROOT / "templates/base/style.css").read_text("utf-8")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A history of hundreds of contacts, a note each, made in little memory: pdf and docx."""
    home = tmp_path_factory.mktemp("load")
    workspace = dataset.make(home / "ws", CONTACTS, contacts=CONTACTS, own_notes=True)
    with (workspace / "data/ministry.yaml").open("a", encoding="utf-8") as file:
        file.write(NARROW)
    command = ["-m", "briefgen", "-w", str(workspace), "history", "-c", dataset.CHOSEN]
    told = subprocess.run(
        [sys.executable, *command, "--as-of", "2003-08-31", "-o", str(home / "out")],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(home)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return {path.suffix[1:]: path.read_bytes() for path in (home / "out").iterdir()}


@pytest.fixture(scope="module")
def pages(history: dict[str, bytes]) -> list[str]:
    """The words of each page."""
    return text_of(history["pdf"])


def text_of(content: bytes) -> list[str]:
    told = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
    ).stdout.decode()
    return told.split("\f")[:-1]


def entries_of(pages: list[str]) -> list[tuple[str, int]]:
    """The entries of the contents on page one, each with the page that it names."""
    _, _, rest = pages[0].partition("\nContents\n")
    found = re.findall(r"^ *(\w[\w ]*?) {2,}(\d+)$", rest.partition("\nIn figures\n")[0], re.M)
    return [(label, int(page)) for label, page in found]


# -- page numbers ----------------------------------------------------------------------------------


def test_every_page_of_a_long_paper_says_its_number_and_how_many_there_are(
    pages: list[str],
) -> None:
    assert len(pages) >= PAGES
    feet = [re.findall(r" (\d+) / (\d+)$", page.rstrip(), re.M)[-1] for page in pages]
    assert feet == [(str(n), str(len(pages))) for n in range(1, len(pages) + 1)]


def test_every_entry_of_the_contents_names_the_page_that_it_leads_to(pages: list[str]) -> None:
    entries = entries_of(pages)
    assert [label for label, _ in entries][:2] == ["In figures", "Bilateral occasions"]
    assert len([label for label, _ in entries if label.isdigit()]) == 19  # 1985 to 2003
    for label, named in entries:
        head = rf"^ *[A-Z][a-z]+ {label}$" if label.isdigit() else rf"^ *{label}$"
        found = [n for n, page in enumerate(pages, 1) if re.search(head, page, re.M)]
        assert named in found, f"{label} stands on {found}"
        assert not label.isdigit() or named == found[0]


def test_the_contents_in_word_are_fields_that_lead_to_bookmarks_and_say_the_same(
    history: dict[str, bytes], pages: list[str]
) -> None:
    with zipfile.ZipFile(io.BytesIO(history["docx"])) as package:
        body = etree.fromstring(package.read("word/document.xml"))
    names = {mark.get(f"{W}name") for mark in body.iter(f"{W}bookmarkStart")}
    assert not [field for field in body.iter(f"{W}fldChar") if field.get(f"{W}dirty")]
    found = []
    for line in body.iter(f"{W}p"):
        code = "".join(c.text or "" for c in line.iter(f"{W}instrText"))
        if code.strip().startswith("PAGEREF"):
            assert code.split()[1] in names
            found.append("".join(t.text or "" for t in line.iter(f"{W}t")))
    assert found == [f"{label}{page}" for label, page in entries_of(pages)]


def test_a_long_paper_is_valid_in_word(history: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "history.docx"
    path.write_bytes(history["docx"])
    result = audit(path)
    assert result.returncode == 0, result.stdout


def test_contents_tell_the_numbers_of_the_headings_where_these_are_numbered() -> None:
    from briefgen.render.finishing import number_headings

    found = tree('<nav class="toc"><ul><li><a href="#x">X</a></li></ul></nav><h2 id="x">X</h2>')
    number_headings(found)
    assert [e.text for e in found.iter("a", "h2")] == ["1\u2002X", "1\u2002X"]


def test_without_a_pdf_the_contents_of_a_word_file_name_no_pages(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    edit(workspace / "templates/base/bureau.yaml", "contents: 100 ", "contents: 1 ")
    command = ("history", "-c", "China", "--as-of", "2003-08-13", "-f", "docx", "-o", "out")
    assert briefgen("-w", str(workspace), *command).returncode == 0
    (made,) = (tmp_path / "out").glob("*.docx")
    assert audit(made).returncode == 0
    with zipfile.ZipFile(made) as package:
        text = package.read("word/document.xml").decode()
    entries = [p for p in text.split("<w:p>") if '<w:pStyle w:val="Toc' in p]
    assert len(entries) > 3
    assert all("<w:hyperlink" in entry and "<w:tab/>" not in entry for entry in entries)
    assert "PAGEREF" not in text


# -- what it costs ---------------------------------------------------------------------------------


def laid(body: str, style: str = "") -> Any:
    settings = BUREAU.settings
    return pdf.laid_here(
        tree(body),
        styles=[STYLE, style],
        theme=settings["theme"],
        page=settings["page"],
        notes="endnotes",
    )


def test_the_items_of_a_long_list_in_columns_are_laid_out_a_few_times_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pdf.warm()
    count, measured = 900, 0
    plain = columns._items

    def counting(made: Any) -> Any:
        nonlocal measured
        measured += len(made.children)
        return plain(made)

    monkeypatch.setattr(columns, "_items", counting)
    rows = "".join(f"<li>{number} and what was said of it</li>" for number in range(count))
    style = ".list { columns: 2; margin: 0 } .list li { break-inside: avoid }"
    assert laid(f'<ol class="list">{rows}</ol>', style).layout.pages > 4
    assert count <= measured <= 2 * count


def test_the_pages_of_a_pdf_are_listed_once_and_not_for_every_tag(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pydyf

    pdf.warm()
    listed = 0
    plain = pydyf.PDF.page_references.fget.wrapped

    def counting(made: Any) -> Any:
        nonlocal listed
        listed += 1
        return plain(made)

    monkeypatch.setattr(pydyf.PDF, "page_references", property(lengthy._kept(counting)))
    laid("".join(f"<p>{number}</p>" for number in range(300))).pdf()
    assert 1 <= listed <= 3


def test_the_styles_of_elements_are_let_go_before_the_pages_are_laid_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from weasyprint import document

    pdf.warm()
    kept = []
    lay = document.layout_document

    def counting(html: Any, root: Any, context: Any) -> Any:
        kept.append(len(context.style_for.get_computed_styles()))
        return lay(html, root, context)

    monkeypatch.setattr(document, "layout_document", counting)
    laid("".join(f"<p>{number}</p>" for number in range(200)))
    assert kept[0] < 20


def test_the_pdf_is_the_same_to_the_byte_as_without_these_savings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pydyf
    from weasyprint import document

    pdf.warm()
    rows = "".join(f'<h2 id="h{n}">{n}</h2><p>Text <a href="#h{n}">{n}</a>.</p>' for n in range(60))
    ours = laid(rows).pdf()
    plain = pydyf.PDF.page_references.fget.wrapped
    monkeypatch.setattr(pydyf.PDF, "page_references", property(plain))
    built = document.build_formatting_structure.wrapped
    monkeypatch.setattr(document, "build_formatting_structure", built)
    monkeypatch.setattr(lengthy, "VERSIONS", ())
    assert laid(rows).pdf() == ours


def test_another_weasyprint_keeps_its_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    import weasyprint
    from weasyprint import document

    pdf.warm()
    built = document.build_formatting_structure.wrapped
    monkeypatch.setattr(document, "build_formatting_structure", built)
    monkeypatch.setattr(weasyprint, "__version__", "71.0")
    assert lengthy.install() is False
    assert document.build_formatting_structure is built


def test_a_paper_too_long_for_its_memory_is_refused_in_one_line(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    with (workspace / "data/ministry.yaml").open("a", encoding="utf-8") as file:
        file.write("limits: {memory: 64}\n")
    told = briefgen("-w", str(workspace), "history", "--as-of", "2003-08-31", "-f", "pdf")
    assert told.returncode == 1
    assert "limits.memory in data/ministry.yaml" in told.stderr
    assert "Traceback" not in told.stderr
    assert not list(tmp_path.rglob("*.pdf"))


# -- many bureaus ----------------------------------------------------------------------------------

_TELLING = """
import os, sys

def tell(event, given):
    if event == "open" and "templates/" in str(given[0]):
        os.write(2, f"{given[0]}\\n".encode())

sys.addaudithook(tell)
from briefgen.cli import main
sys.argv = ["briefgen", *sys.argv[1:]]
main()
"""


@pytest.fixture
def many(workspace: Path) -> Path:
    """A workspace with 300 bureaus more."""
    for number in range(300):
        folder = workspace / f"templates/bureau-{number:03}"
        folder.mkdir()
        text = f"name: Bureau {number}\nextends: base\nlabels: {{Sources: Sources {number}}}\n"
        (folder / "bureau.yaml").write_text(text, "utf-8")
    return workspace


def read_of(workspace: Path, *arguments: str) -> tuple[str, set[str]]:
    """What a run says, and the bureaus whose files it opened."""
    done = subprocess.run(
        [sys.executable, "-c", _TELLING, "-w", str(workspace), *arguments],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(workspace.parent)},
        cwd=workspace.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout, set(re.findall(r"templates/([^/\s]+)/", done.stderr))


def test_a_brief_of_one_of_300_bureaus_reads_the_files_of_its_chain_alone(many: Path) -> None:
    command = ("brief", "China", "--as-of", "2003-08-13", "-b", "bureau-150", "-f", "html")
    _, bureaus = read_of(many, *command)
    assert bureaus == {"bureau-150", "base"}


def test_all_of_300_bureaus_are_listed(many: Path) -> None:
    said, _ = read_of(many, "bureau", "list")
    assert all(f"bureau-{number:03}" in said for number in range(300))


# -- nothing on record -----------------------------------------------------------------------------


def test_a_group_without_members_is_refused_and_never_taken_for_all_states(
    workspace: Path, briefgen: Run
) -> None:
    _without_members(workspace)
    told = briefgen("-w", str(workspace), "history", "-g", "ARF", "--as-of", "2003-08-13")
    assert told.returncode == 2
    assert told.stderr == "briefgen: group 'ARF' has no member on record on 2003-08-13\n"


def _without_events(workspace: Path) -> None:
    for folder in ("events", "meetings"):  # meetings name events
        for path in (workspace / "data" / folder).iterdir():
            path.unlink()


def _without_members(workspace: Path) -> None:
    rows = (workspace / "data/groups.csv").read_text("utf-8").splitlines(keepends=True)
    kept = [row for row in rows if not row.startswith("ARF,")]
    (workspace / "data/groups.csv").write_text("".join(kept), "utf-8")


def _without_actions(workspace: Path) -> None:
    path = workspace / "data/treaties/APMBC.csv"
    path.write_text(path.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")


@pytest.mark.parametrize(
    ("empty", "command", "says"),
    [
        (_without_events, ("brief", "China"), "No direct contact with China is on record"),
        (_without_events, ("history", "-c", "China"), "No contact on record"),
        (_without_events, ("history",), "No contact on record"),
        (_without_events, ("gaps", "--group", "ASEAN", "--paper"), "No direct contact on record"),
        (_without_actions, ("history", "-c", "China", "-t", "APMBC"), "0 States"),
        (_without_actions, ("brief", "China", "-t", "APMBC"), "Ottawa Convention"),
    ],
    ids=[
        "brief",
        "history-of-a-State",
        "whole-history",
        "gaps",
        "history-of-a-treaty-without-actions",
        "brief-on-a-treaty-without-actions",
    ],
)
def test_where_nothing_is_on_record_the_paper_is_valid_and_says_so(
    workspace: Path,
    briefgen: Run,
    tmp_path: Path,
    empty: Callable[[Path], None],
    command: tuple[str, ...],
    says: str,
) -> None:
    empty(workspace)
    told = briefgen("-w", str(workspace), *command, "--as-of", "2003-08-13", "-o", "out")
    assert told.returncode == 0, told.stderr
    (docx,), (made,) = ((tmp_path / "out").glob(f"*.{kind}") for kind in ("docx", "pdf"))
    assert audit(docx).returncode == 0
    assert says.casefold() in " ".join(" ".join(text_of(made.read_bytes())).split()).casefold()
