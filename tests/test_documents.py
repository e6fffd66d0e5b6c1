"""The checks of finished papers: they can fail, and a validator that is not there never passes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pikepdf
import pytest

from tests.conftest import ROOT
from tests.documents import own
from tests.documents.made import Paper
from tests.documents.validators import audit, open_xml_sdk, vera
from tests.test_docx import EVERYTHING, docx
from tests.test_papers import made

Change = Callable[[str], str]


def word(
    tmp_path: Path, changes: dict[str, Change] | None = None, marking: str = "Public"
) -> Paper:
    """A paper from the record, with parts of its Word file changed."""
    path = tmp_path / "paper.docx"
    content = io.BytesIO(made("china-2003-08-13")[1]["docx"])
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if changes and name in changes:
                data = changes[name](data.decode()).encode()
            new.writestr(name, data)
    return Paper(path, marking)


def test_a_paper_as_it_is_made_has_no_fault(tmp_path: Path) -> None:
    assert own.docx_faults(word(tmp_path)) == []
    path = tmp_path / "paper.pdf"
    path.write_bytes(made("china-2003-08-13")[1]["pdf"])
    assert own.pdf_faults(Paper(path, "Public")) == []


def swap(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert re.search(old, text), old
        return re.sub(old, new, text, count=1)

    return change


def headless(text: str) -> str:
    return text.replace("<w:tblHeader/>", "").replace('w:firstColumn="1"', 'w:firstColumn="0"')


@pytest.mark.parametrize(
    ("part", "change", "told"),
    [
        ("word/document.xml", swap("<w:body>", '<w:body><w:p><w:hyperlink w:anchor="nowhere"/></w:p>'), "leads to the bookmark nowhere"),
        ("word/document.xml", swap('r:id="(rId\\d+)"', 'r:id="rId999"'), "uses rId999, which is no relationship"),
        ("word/_rels/document.xml.rels", swap('Target="endnotes.xml"', 'Target="gone.xml"'), "names the part gone.xml"),
        ("word/_rels/document.xml.rels", swap('Target="https:[^"]+"', 'Target="file:///srv/x"'), "leads to file:///srv/x"),
        ("word/document.xml", swap("<w:body>", "<w:body>" + 2 * '<w:bookmarkStart w:id="901" w:name="x"/>'), "two bookmarks have the id 901"),
        ("word/document.xml", headless, "a table has no headings"),
        ("word/document.xml", swap("<w:cantSplit/>", ""), "a row of a table may break"),
        ("word/document.xml", swap("<w:tblCaption[^>]*/>(<w:tblDescription[^>]*/>)?", ""), "a table has no description"),
        ("word/settings.xml", swap("<w:compat>", '<w:updateFields w:val="true"/><w:compat>'), "the settings hold updateFields"),
        ("docProps/core.xml", swap("<dc:title>[^<]*</dc:title>", ""), "tells no title"),
        ("docProps/core.xml", swap("<dc:creator>[^<]*<", "<dc:creator>python-docx<"), "tells of python-docx"),
        ("word/endnotes.xml", swap('w:type="separator"', 'w:type="continuationNotice"'), "have no separator"),
        ("word/document.xml", swap('<w:endnoteReference w:id="1"/>', ""), "what refers to them differ"),
        ("word/header1.xml", swap("(?i)public", "Secret"), "header of section 1 has no marking"),
        ("word/footer1.xml", swap('(?s)(w:fldCharType="separate"/>.*?<w:t[^>]*>)[^<]*<', r"\1<"), "field without a result"),
    ],
)  # fmt: skip
def test_a_fault_of_a_word_file_that_no_validator_looks_for_is_found(
    tmp_path: Path, part: str, change: Change, told: str
) -> None:
    assert told in " ".join(own.docx_faults(word(tmp_path, {part: change})))


def test_faults_of_a_pdf_that_verapdf_does_not_look_for_are_found(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    with pikepdf.open(io.BytesIO(made("china-2003-08-13")[1]["pdf"])) as pdf:
        for tag in own.tags(pdf.Root.StructTreeRoot.K):
            if str(tag.S) == "/TH" and "/A" in tag:
                del tag.A["/Scope"]
        for page in pdf.pages:
            for link in page.obj.get("/Annots", []):
                link.Contents = pikepdf.String("")
        del pdf.docinfo["/Title"]
        pdf.save(path)
    told = " ".join(own.pdf_faults(Paper(path, "Secret")))
    for fault in (
        "tells no /Title", "a heading of a table has no scope", "has a link that says nothing",
        "page 1 has no marking at its head", "the metadata do not tell the marking",
    ):  # fmt: skip
        assert fault in told


def test_a_validator_that_is_not_there_is_a_fault_and_not_a_pass(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7 nothing")
    words = tmp_path / "a.docx"
    words.write_bytes(docx(EVERYTHING))
    looks: list[Callable[[], list[str]]] = [
        lambda: vera([Paper(path, "")], tmp_path),
        lambda: open_xml_sdk(Paper(words, ""), tmp_path),
    ]
    for look in looks:
        with suppress(FileNotFoundError):  # the process that makes the check ends with it
            assert look(), "silence is no verdict"


def test_openxml_audit_finds_what_is_no_word_file(tmp_path: Path) -> None:
    assert audit(word(tmp_path, {"word/document.xml": swap("<w:body>", "<w:body><w:bogus/>")}))
    assert audit(word(tmp_path)) == []


def test_ci_runs_the_tests_and_the_validators() -> None:
    run = (ROOT / ".ci/run").read_text("utf-8")
    assert "make test" in run
    assert "make check-documents" in run
    target = (ROOT / "Makefile").read_text("utf-8").partition("check-documents: ")[2]
    assert "tests.documents.check" in target
    for name in ("verapdf.txt", "package-lock.json"):
        text = (ROOT / ".ci/validators" / name).read_text("utf-8")
        assert "sha256:" in text or "sha512-" in text, "pinned by its sum"
        assert "http" not in text
