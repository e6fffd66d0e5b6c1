"""Manifests, and what is told from them: explain, diff, addendum."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Run, edit
from tests.test_brief import pages

SAMPLE = ("-w", str(ROOT))
EVE = ("brief", "China", "--as-of", "2003-08-13")


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@pytest.fixture
def eve(briefgen: Run, tmp_path: Path) -> Path:
    """The brief of the eve, made into `out/`; its manifest."""
    result = briefgen(*SAMPLE, *EVE, "-f", "pdf")
    assert result.returncode == 0, result.stderr
    return tmp_path / "out/CHN-brief-2003-08-13.manifest.json"


def test_the_manifest_knows_its_files_its_version_and_every_statement(eve: Path) -> None:
    manifest = read(eve)
    (name, digest), *more = manifest["files"].items()
    assert (name, more) == ("CHN-brief-2003-08-13.pdf", [])
    assert hashlib.sha256((eve.parent / name).read_bytes()).hexdigest() == digest
    assert manifest["paper"]["number"] == "CHN-2003-08-13"
    assert manifest["request"]["meeting"] == "cn-disarmament-2003-08-14"
    assert len(manifest["facts"]) > 50
    for fact in manifest["facts"]:
        assert fact["text"]
        assert fact["reason"].endswith(".")
        assert fact["file"] or fact["rule"] in ("last-answer", "background"), fact


def test_a_statement_leads_to_the_line_where_it_is_written(eve: Path) -> None:
    facts = {f["key"]: f for f in read(eve)["facts"]}
    for key, word in (
        ("event:cn-disarmament-2002-09-24#2", "topic: nuclear-testing"),
        ("status:CTBT:CHN", "CHN,signature"), ("line:ctbt-press", "- id: ctbt-press"),
        ("meeting:cn-disarmament-2003-08-14", "id: cn-disarmament-2003-08-14"),
    ):  # fmt: skip
        lines = (ROOT / facts[key]["file"]).read_text("utf-8").splitlines()
        assert word in lines[facts[key]["line"] - 1], key


def test_the_same_brief_has_the_same_version_and_another_another(
    briefgen: Run, eve: Path, workspace: Path, tmp_path: Path
) -> None:
    first = read(eve)["paper"]["version"]
    briefgen(*SAMPLE, *EVE, "-f", "docx", "-o", "again")
    assert read(tmp_path / "again" / eve.name)["paper"]["version"] == first
    edit(
        workspace / "data/events/2002-09.yaml",
        "Japan requested China to keep",
        "Japan asked China to keep",
    )
    briefgen("-w", str(workspace), *EVE, "-f", "docx", "-o", "edited")
    assert read(tmp_path / "edited" / eve.name)["paper"]["version"] != first


def test_explain_tells_rule_reason_source_and_place(briefgen: Run, eve: Path) -> None:
    for what in (str(eve), str(eve.with_name("CHN-brief-2003-08-13.pdf")), "China"):
        scope = ("--as-of", "2003-08-13") if what == "China" else ()
        result = briefgen(*SAMPLE, "explain", what, *scope)
        assert result.returncode == 0, result.stderr
        shown = " ".join(result.stdout.split())
        assert "CHN-2003-08-13" in shown
        assert "events/2002-09.yaml:53" in shown
        assert "The rung for 'signed' on CTBT" in shown
        assert "[mofa-ctbt-efforts-2003-08, II, August 2002," in shown
        assert "Left out: 1" in shown
        assert "after the as-of date 2003-08-13." in shown


def test_explain_tells_of_one_section_alone(briefgen: Run, eve: Path) -> None:
    result = briefgen(*SAMPLE, "explain", str(eve), "--section", "avoid")
    assert "1 statements" in result.stdout or "avoid" in result.stdout
    assert "objectives" not in result.stdout
    wrong = briefgen(*SAMPLE, "explain", str(eve), "--section", "pionts")
    assert wrong.returncode == 2
    assert "no statement in a section 'pionts' (did you mean 'points'?)" in wrong.stderr


def test_a_line_that_is_not_used_is_explained(briefgen: Run, workspace: Path) -> None:
    edit(workspace / "data/lines/ctbt.yaml", "valid_until: 2003-12-31", "valid_until: 2003-06-30")
    result = briefgen("-w", str(workspace), "explain", "China", "--as-of", "2003-08-13", "--json")
    (miss,) = [m for m in json.loads(result.stdout)["left_out"] if m["key"].startswith("line:")]
    assert miss["reason"] == "Expired: valid until 2003-06-30."
    assert miss["file"] == "data/lines/ctbt.yaml"


# -- diff ----------------------------------------------------------------------------------------


def test_diff_tells_what_is_new_changed_and_gone_with_the_reason(
    briefgen: Run, eve: Path, workspace: Path
) -> None:
    path = workspace / "data/events/2002-09.yaml"
    edit(
        path,
        "Japan requested China to keep its moratorium",
        "Japan asked China to keep its moratorium",
    )
    urged = 'text:\n        en: "Japan, Finland and Austria urged early ratification of the CTBT."'
    edit(workspace / "data/events/2003-07.yaml", urged, f"marking: hi\n      {urged}")
    briefgen("-w", str(workspace), *EVE, "--ceiling", "public", "-f", "docx", "-o", "later")
    result = briefgen(*SAMPLE, "diff", str(eve), "later/CHN-brief-2003-08-13.docx", "--json")
    assert result.returncode == 1
    changes = {c["key"]: c for c in json.loads(result.stdout)}
    told = changes["event:cn-disarmament-2002-09-24#2"]
    assert told["change"] == "changed"
    assert (told["before"][:17], told["after"][:13]) == ("Japan requested C", "Japan asked C")
    gone = changes["event:joint-letter-2003-07#1"]
    assert gone["change"] == "removed"


def test_diff_of_two_dates_tells_the_new_contact(briefgen: Run) -> None:
    result = briefgen(*SAMPLE, "diff", "US@2003-08-15", "US@2003-08-31", "--json")
    added = [c["key"] for c in json.loads(result.stdout) if c["change"] == "added"]
    assert added == [
        "event:us-commission-6-2003-08", "event:us-commission-6-2003-08#1",
        "event:us-commission-6-2003-08#2", "position:CTBT",
    ]  # fmt: skip


def test_two_papers_that_say_the_same_are_told_so(briefgen: Run, eve: Path) -> None:
    result = briefgen(*SAMPLE, "diff", str(eve), "China@2003-08-13")
    assert result.returncode == 0
    assert "say the same" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("diff", "nowhere.pdf", "China@2003-08-13"), "no manifest of 'nowhere.pdf'"),
        (("diff", "China@2003-13", "China@2003-08-13"), "China@2003-13"),
        (("diff", "Chna@2003-08-13", "China@2003-08-13"), "unknown country 'Chna'"),
        (("explain", "README.json"), "no manifest of 'README.json'"),
        (("addendum", "China"), "say which version went up"),
        (("addendum", "China", "--since-version", "yesterday"), "neither a file nor a date"),
        (("addendum", "China", "--since-version", "2003-08-31", "--as-of", "2003-08-13"), "lies before"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_told_in_one_line(
    briefgen: Run, arguments: tuple[str, ...], told: str
) -> None:
    result = briefgen(*SAMPLE, *arguments)
    assert result.returncode == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("text", ["not json", "[]", '{"paper": {}}'])
def test_a_file_that_is_no_manifest_is_told(briefgen: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.manifest.json").write_text(text, "utf-8")
    result = briefgen(*SAMPLE, "explain", "x.manifest.json")
    assert result.returncode == 2
    assert "is not a manifest" in result.stderr


# -- addendum ------------------------------------------------------------------------------------


def test_the_addendum_keeps_the_number_and_tells_what_changed_on_one_page(
    briefgen: Run, eve: Path, tmp_path: Path
) -> None:
    result = briefgen(*SAMPLE, "addendum", str(eve), "--as-of", "2003-08-31")
    assert result.stdout.splitlines() == [
        f"out/CHN-2003-08-13-addendum-1.{kind}" for kind in ("docx", "pdf", "manifest.json")
    ]
    content = (tmp_path / "out/CHN-2003-08-13-addendum-1.pdf").read_bytes()
    (page,) = pages(content, tmp_path / "a.pdf")
    assert "Addendum 1 to brief CHN-2003-08-13" in page
    assert f"since version {read(eve)['paper']['version']}, as of 13 August 2003" in page
    assert "New: 14 August 2003: Japan-China Consultation" in page
    assert "(17 statements)" in page
    assert "National People's Congress is considering ratification" in page


def test_the_next_addendum_counts_on_from_the_last(
    briefgen: Run, eve: Path, tmp_path: Path
) -> None:
    briefgen(*SAMPLE, "addendum", str(eve), "--as-of", "2003-08-31", "-f", "html")
    last = tmp_path / "out/CHN-2003-08-13-addendum-1.manifest.json"
    assert read(last)["addendum"] == 1
    result = briefgen(
        *SAMPLE, "addendum", "China", "--since-version", str(last), "--as-of", "2004-01-01",
        "-f", "html",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    page = (tmp_path / "out/CHN-2003-08-13-addendum-2.html").read_text("utf-8")
    assert "Addendum 2 to brief CHN-2003-08-13" in page
    assert "National People" not in page


def test_an_addendum_without_changes_says_so(briefgen: Run, tmp_path: Path) -> None:
    briefgen(
        *SAMPLE, "addendum", "China", "--since-version", "2003-08-13", "--as-of", "2003-08-13",
        "-f", "html",
    )  # fmt: skip
    page = (tmp_path / "out/CHN-2003-08-13-addendum-1.html").read_text("utf-8")
    assert "Nothing has changed since version" in page


def test_an_addendum_belongs_to_a_brief_on_the_same_country(briefgen: Run, eve: Path) -> None:
    result = briefgen(*SAMPLE, "addendum", "India", "--since-version", str(eve))
    assert result.returncode == 2
    assert "is a paper on CHN, not on IND" in result.stderr


def test_an_addendum_is_about_what_the_brief_was_about(briefgen: Run, tmp_path: Path) -> None:
    briefgen(*SAMPLE, *EVE, "--treaty", "APMBC", "-f", "html")
    made = "out/CHN-brief-APMBC-2003-08-13.manifest.json"
    result = briefgen(*SAMPLE, "addendum", made, "--as-of", "2003-08-31", "-f", "html")
    assert result.returncode == 0, result.stderr
    page = (tmp_path / "out/CHN-2003-08-13-addendum-1.html").read_text("utf-8")
    assert "(1 statement)" in page
    assert "National People" not in page
