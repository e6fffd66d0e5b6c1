"""The command line: files named at the end, tables, stable JSON, exit codes, never a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Run, edit

SAMPLE = ("--workspace", str(ROOT))


def data(result: subprocess.CompletedProcess[str]) -> Any:
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_brief_names_its_files_at_the_end(briefgen: Run, tmp_path: Path) -> None:
    result = briefgen(*SAMPLE, "brief", "China", "--as-of", "2003-08-13")
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "out/CHN-brief-2003-08-13.docx", "out/CHN-brief-2003-08-13.pdf",
        "out/CHN-brief-2003-08-13.manifest.json",
    ]  # fmt: skip
    assert (tmp_path / "out/CHN-brief-2003-08-13.docx").read_bytes()[:2] == b"PK"
    assert (tmp_path / "out/CHN-brief-2003-08-13.pdf").read_bytes()[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("brief", "Viet Nam", "--as-of", "2003-08-31"), "VNM-brief-2003-08-31"),
        (("brief", "PAK", "--treaty", "ctbt", "--as-of", "2003-08"), "PAK-brief-CTBT-2003-08-31"),
        (("history", "--country", "IRN", "--as-of", "2003-08-31"), "IRN-history-2003-08-31"),
        (
            ("history", "--treaty", "CTBT", "--since", "2002-08", "--until", "2003-08"),
            "CTBT-history-2002-08-to-2003-08",
        ),
        (("history", "--group", "asean", "--as-of", "2003-08-31"), "ASEAN-history-2003-08-31"),
        (("history", "--as-of", "2003-08-31"), "all-history-2003-08-31"),
    ],
)
def test_any_country_treaty_group_and_date_makes_a_paper(
    briefgen: Run, arguments: tuple[str, ...], name: str
) -> None:
    result = briefgen(*SAMPLE, *arguments, "--format", "html", "--format", "json", "-o", "here")
    assert result.returncode == 0
    names = [f"here/{name}.html", f"here/{name}.json"]
    assert result.stdout.splitlines()[:2] == names
    assert result.stdout.splitlines()[2:] == [f"here/{name}.manifest.json"]


def test_the_history_command_holds_every_contact_of_the_chronology(
    briefgen: Run, tmp_path: Path
) -> None:
    window = ("--since", "2002-08", "--until", "2003-08")
    briefgen(*SAMPLE, "history", "--treaty", "CTBT", *window, "-f", "json")
    paper = json.loads((tmp_path / "out/CTBT-history-2002-08-to-2003-08.json").read_text("utf-8"))
    assert paper["figures"]["total"] == 30


def test_events_as_json_have_the_documented_form(briefgen: Run) -> None:
    events = data(briefgen(*SAMPLE, "events", "--country", "Syria", "--json"))
    (event,) = events
    assert event["origin"] == {"file": "data/events/2003-05.yaml", "line": 2}
    assert event | {"origin": None} == {
        "id": "sy-fm-2003-05", "date": "2003-05", "precision": "month", "end": None,
        "title": {"en": "Japan-Syria Foreign Ministers' Meeting", "ja": "日・シリア外相会談"},
        "channel": "bilateral", "kind": "foreign-ministers", "series": None, "round": None,
        "level": {"own": "minister", "other": "minister"},
        "place": {"venue": None, "city": "Damascus", "country": "SYR"},
        "participants": [
            {"name": "Yoriko Kawaguchi", "office": "Minister for Foreign Affairs",
             "country": "JPN", "role": "head"},
            {"name": "Shara", "office": "Foreign Minister", "country": "SYR", "role": "head"},
        ],
        "target_countries": ["SYR"], "target_groups": [], "to_all_states": False,
        "treaties": ["CTBT"], "items": [],
        "statements": [
            {"topic": "nuclear-testing", "treaty": "CTBT", "item": None, "by": "own",
             "act": "calls-on", "ask": "ratify", "of": ["SYR"], "qualifier": None,
             "text": {"en": "Japan called on Syria to ratify the CTBT.",
                      "ja": "日本側から、シリアに対し、CTBTを批准するよう求めた。"},
             "answers": None, "answers_also": [], "marking": None, "sources": []}
        ],
        "marking": "public", "note": None,
        "sources": [
            {"document": "mofa-ctbt-efforts-2003-08", "place": "II, May 2003, first item"}
        ],
        "origin": None,
    }  # fmt: skip


def test_select_as_json_tells_what_is_in_and_out_and_why(briefgen: Run) -> None:
    arguments = ("select", "China", "--treaty", "CTBT", "--as-of", "2003-08-13", "--json")
    found = data(briefgen(*SAMPLE, *arguments))
    assert found["request"]["countries"] == ["CHN"]
    assert found["request"]["as_of"] == "2003-08-13"
    first = next(i for i in found["included"] if i["event"] == "cn-deputy-fm-2002-08-09")
    assert first == {
        "event": "cn-deputy-fm-2002-08-09", "date": "2002-08-09", "statements": [1],
        "rule": "direct-contact", "reason": "Direct contact with China.",
    }  # fmt: skip
    out = {o["event"]: o["rule"] for o in found["left_out"]}
    assert out["cn-disarmament-2003-08-14"] == "after-as-of"
    assert set(out) | {i["event"] for i in found["included"]} == {
        e["id"] for e in data(briefgen(*SAMPLE, "events", "--json"))
    }


def test_select_prints_a_table_of_what_is_in_and_of_what_is_not(briefgen: Run) -> None:
    arguments = (*SAMPLE, "select", "China", "--as-of", "2003-08-13")
    assert "Direct contact with China." in briefgen(*arguments).stdout
    left_out = briefgen(*arguments, "--left-out").stdout
    assert "after-as-of" in left_out
    assert "cn-deputy-fm" not in left_out


def test_status_as_json_has_the_documented_form(briefgen: Run) -> None:
    found = data(briefgen(*SAMPLE, "status", "ctbt", "--as-of", "2003-08-14", "--json"))
    assert found["treaty"] == "CTBT"
    assert found["as_of"] == "2003-08-14"
    assert found["counts"] == {"signed": 168, "ratified": 104}
    assert found["groups"] == {
        "CTBT_ANNEX2": {"total": 44, "ratified": 32, "signed_only": 9, "not_signed": 3}
    }
    china = next(s for s in found["states"] if s["country"] == "CHN")
    assert china == {
        "country": "CHN", "status": "signed", "signed": "1996-09-24", "ratified": None,
        "withdrawn": None,
    }  # fmt: skip


def test_a_group_is_found_by_alias_in_any_case(briefgen: Run) -> None:
    arguments = ("status", "Test Ban", "--group", "annex2", "--as-of", "2003-08-14", "--json")
    assert len(data(briefgen(*SAMPLE, *arguments))["states"]) == 44


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("brief", "Chna"), "unknown country 'Chna' (did you mean 'China'"),
        (("brief", "China", "--treaty", "CTBTT"), "unknown treaty 'CTBTT' (did you mean 'CTBT'"),
        (("brief", "China", "--as-of", "2003-02-30"), "'2003-02-30' does not exist in the calendar"),
        (("brief", "China", "--meeting", "nope"), "unknown meeting 'nope'"),
        (("brief", "Iran", "--meeting", "cn-disarmament-2003-08-14"), "is with China"),
        (("brief", "China", "--bureau", "bas"), "unknown bureau 'bas' (did you mean 'base'"),
        (("brief", "China", "--ceiling", "topsecret"), "unknown marking 'topsecret'"),
        (("brief", "Japan"), "Japan is the home State"),
        (("history", "--group", "asian"), "unknown group 'asian' (did you mean 'ASEAN'"),
        (("history", "--since", "2003", "--until", "2002"), "--until 2002 lies before --since 2003"),
        (("history", "--group", "NPDI", "--as-of", "2003-08"), "group 'NPDI' has no member on record on"),
        (("breif", "China"), "unknown command 'breif' (did you mean 'brief'?)"),
        (("brief",), "Missing argument 'COUNTRY'"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_told_in_one_line_with_exit_2(
    briefgen: Run, arguments: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    result = briefgen(*SAMPLE, *arguments)
    assert result.returncode == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_check_is_clean_with_one_warning_and_strict_turns_it_into_an_error(briefgen: Run) -> None:
    plain, strict = briefgen(*SAMPLE, "check"), briefgen(*SAMPLE, "check", "--strict")
    assert (plain.returncode, strict.returncode) == (0, 1)
    assert plain.stdout.splitlines()[-1] == "0 errors, 1 warning"
    assert strict.stdout.splitlines()[-1] == "1 error, 0 warnings"
    assert len(plain.stdout.splitlines()) == 2


def test_check_tells_all_problems_one_a_line_and_then_their_number(
    briefgen: Run, workspace: Path
) -> None:
    edit(workspace / "data/events/2003-04.yaml", "official: shalom", "official: shalon")
    edit(workspace / "data/events/2003-01.yaml", "channel: bilateral", "channel: bilatral")
    edit(
        workspace / "data/treaties/CTBT.csv", "CHN,signature,1996-09-24", "CHN,signatur,1996-09-31"
    )
    result = briefgen("-w", str(workspace), "check")
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert lines[-1] == "5 errors, 0 warnings"
    assert all(re.match(r"data/[\w./-]+:\d+:\d+: ", line) for line in lines[:-1])
    found = data_of_failure(briefgen("-w", str(workspace), "check", "--json"))
    assert found["errors"] == 5
    assert found["problems"][0]["source"]["path"] == "data/events/2003-01.yaml"


def data_of_failure(result: subprocess.CompletedProcess[str]) -> Any:
    assert result.returncode == 1
    return json.loads(result.stdout)


def test_no_paper_is_made_from_a_broken_record(
    briefgen: Run, workspace: Path, tmp_path: Path
) -> None:
    edit(workspace / "data/events/2003-04.yaml", "official: shalom", "official: shalon")
    result = briefgen("-w", str(workspace), "brief", "China", "--as-of", "2003-08-13")
    assert result.returncode == 1
    assert result.stderr.splitlines()[0].startswith("data/events/2003-04.yaml:12:18: il-fm-2003-04")
    assert result.stderr.splitlines()[-1] == "briefgen: 1 problem; nothing written"
    assert not (tmp_path / "out").exists()


def test_the_workspace_is_the_nearest_folder_upwards(briefgen: Run, workspace: Path) -> None:
    deep = workspace / "a" / "b"
    deep.mkdir(parents=True)
    edit(workspace / "data/events/2003-05.yaml", "Japan-Syria Foreign", "SYRIA Foreign")
    result = briefgen("events", "--country", "Syria", cwd=deep)
    assert "SYRIA Foreign" in result.stdout


def test_the_workspace_may_be_named_by_the_environment(briefgen: Run, workspace: Path) -> None:
    edit(workspace / "data/events/2003-05.yaml", "Japan-Syria Foreign", "SYRIA Foreign")
    result = briefgen("events", "-c", "Syria", env={"BRIEFGEN_WORKSPACE": str(workspace)})
    assert "SYRIA Foreign" in result.stdout


def test_without_a_workspace_the_sample_is_taken(briefgen: Run) -> None:
    assert "30" in briefgen("events").stdout.splitlines()[0]


def test_init_starts_a_workspace_that_works_and_overwrites_none(
    briefgen: Run, tmp_path: Path
) -> None:
    result = briefgen("init", "mine")
    assert result.returncode == 0, result.stderr
    assert briefgen("check", cwd=tmp_path / "mine").returncode == 0
    again = briefgen("init", "mine")
    assert again.returncode == 1
    assert "already holds data and templates" in again.stderr


def test_another_ministry_replaces_the_data_and_no_code_names_one(
    briefgen: Run, workspace: Path, tmp_path: Path
) -> None:
    """Viet Nam takes the record over: the same contacts, seen from the other side."""
    path = workspace / "data/ministry.yaml"
    edit(path, "country: JPN", "country: VNM")
    edit(path, "Ministry of Foreign Affairs of Japan", "Ministry of Foreign Affairs of Viet Nam")
    result = briefgen("-w", str(workspace), "brief", "Japan", "--as-of", "2003-08-31", "-f", "json")
    assert result.returncode == 0, result.stderr
    paper = json.loads((tmp_path / "out/JPN-brief-2003-08-31.json").read_text("utf-8"))
    assert len(paper["contacts"]["direct"]) == 4
    for source in (ROOT / "briefgen").rglob("*.py"):
        code = re.sub(r'""".*?"""', "", source.read_text("utf-8"), flags=re.DOTALL)
        assert "Japan" not in code, source
        assert "JPN" not in code, source


def test_the_schemas_accept_the_record_and_refuse_a_slip(briefgen: Run, tmp_path: Path) -> None:
    import jsonschema
    import yaml

    briefgen("schema", "--out", "schemas")
    schema = json.loads((tmp_path / "schemas/event.schema.json").read_text("utf-8"))
    text = (ROOT / "data/events/2003-04.yaml").read_text("utf-8")
    record = yaml.safe_load(text)
    record[0]["date"] = str(record[0]["date"])
    jsonschema.validate(record, schema)
    record[0]["chanel"] = "bilateral"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, schema)
    assert "description" in schema["$defs"]["Event"]["properties"]["channel"]


def test_help_answers_without_loading_what_it_does_not_need() -> None:
    code = (
        "import sys\nfrom briefgen.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'weasyprint', 'docx', 'lxml', 'pydantic', 'babel', 'pycountry', 'rich', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert result.stdout.splitlines()[-1] == "[]"


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_lost(
    briefgen: Run, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file where a folder is wanted")
    result = briefgen(*SAMPLE, "brief", "Kenya", "--as-of", "2003-08-31", "-f", "json")
    assert result.returncode == 1
    assert "out: cannot be written" in result.stderr
    assert (tmp_path / "out").read_text() == "a file where a folder is wanted"


def test_the_package_holds_the_templates_and_the_sample(tmp_path: Path) -> None:
    """A wheel is built, unpacked far from the repository, and makes a paper."""
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = wheels.iterdir()
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as package:
        package.extractall(site)
    environment = {**os.environ, "PYTHONPATH": str(site), "BRIEFGEN_CACHE": str(tmp_path / "c")}
    command = [sys.executable, "-m", "briefgen", "brief", "Kenya", "--as-of", "2003-08-31"]
    result = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.stderr == ""
    assert result.stdout.splitlines()[0] == "out/KEN-brief-2003-08-31.docx"


def test_above_the_ceiling_neither_meeting_nor_document_is_named(
    briefgen: Run, workspace: Path, tmp_path: Path
) -> None:
    meeting = workspace / "data/meetings/2003-08-14-japan-china.yaml"
    edit(meeting, "level: director-general", "level: director-general\nmarking: hi")
    documents = workspace / "data/documents.yaml"
    edit(documents, "  kind: chronology", "  kind: chronology\n  marking: hi")
    arguments = ("-w", str(workspace), "brief", "China", "--as-of", "2003-08-13", "-f", "json")
    assert briefgen(*arguments, "-o", "all").returncode == 0
    assert briefgen(*arguments, "--ceiling", "official").returncode == 0
    full = (tmp_path / "all/CHN-brief-2003-08-13.json").read_text("utf-8")
    released = (tmp_path / "out/CHN-brief-2003-08-13.json").read_text("utf-8")
    for secret in ("Win China's help", "MOFA, CTBT efforts", "mofa-ctbt-efforts-2003-08"):
        assert secret in full
        assert secret not in released


def test_a_month_as_as_of_date_means_its_last_day_for_the_meeting_too(
    briefgen: Run, tmp_path: Path
) -> None:
    briefgen(*SAMPLE, "brief", "China", "--as-of", "2003-08", "-f", "json")
    paper = json.loads((tmp_path / "out/CHN-brief-2003-08-31.json").read_text("utf-8"))
    assert paper["meeting"] is None
    assert paper["last_contact"]["date"] == "14 August 2003"


def test_meeting_bureau_and_window_are_the_drafters_choice(
    briefgen: Run, workspace: Path, tmp_path: Path
) -> None:
    """A meeting by its id after the fact, another bureau's notes, contacts since a month."""
    bureau = workspace / "templates" / "arms"
    bureau.mkdir()
    (bureau / "bureau.yaml").write_text("extends: base\nnotes: footnotes\n", "utf-8")
    result = briefgen(
        "-w", str(workspace), "brief", "China", "--meeting", "cn-disarmament-2003-08-14",
        "--bureau", "ARMS", "--since", "2002-09", "--as-of", "2003-08-31",
        "-f", "json", "-f", "docx",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    paper = json.loads((tmp_path / "out/CHN-brief-2003-08-31.json").read_text("utf-8"))
    assert paper["meeting"]["id"] == "cn-disarmament-2003-08-14"
    reached = [c for group in paper["contacts"]["reached"] for c in group["contacts"]]
    shown = {c["id"] for c in [*paper["contacts"]["direct"], *reached]}
    assert "cn-disarmament-2002-09-24" in shown
    assert "cn-deputy-fm-2002-08-09" not in shown
    with zipfile.ZipFile(tmp_path / "out/CHN-brief-2003-08-31.docx") as package:
        assert "word/footnotes.xml" in package.namelist()
