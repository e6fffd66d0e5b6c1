"""A pack: every State's papers whole, only what changed made again, every file proven."""

from __future__ import annotations

import json
import os
import re
import signal
import zipfile
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest

from briefgen.packs import making, pool, worker
from briefgen.packs.order import PackOrder
from briefgen.selection import Request
from briefgen.store import Store
from tests.conftest import edit
from tests.packing import SCOPE, Packs, contents, grandchildren, stamps, told_by, words_in


@pytest.fixture
def packs(workspace: Path, tmp_path: Path) -> Packs:
    return Packs(workspace, tmp_path)


def test_each_state_has_a_folder_with_cover_brief_and_history_in_both_formats(packs: Packs) -> None:
    result = packs.pack("China", "India", "--jobs", "2")
    assert result.returncode == 0, result.stderr
    assert "warning" not in result.stderr + result.stdout
    papers = {
        f"{code}/{code}-{kind}-CTBT-2003-08-31.{ending}"
        for code in ("CHN", "IND")
        for kind in ("cover", "brief", "history")
        for ending in ("docx", "pdf", "manifest.json")
    }
    assert set(contents(packs.out)) == papers | {"index.html", "index.xlsx", "manifest.json"}
    verified = packs.run("verify", "pack")
    assert (verified.returncode, verified.stdout) == (
        0, "20 files, all as they were made (2003-08-31)\n",
    )  # fmt: skip
    cover = words_in(packs.out / "CHN/CHN-cover-CTBT-2003-08-31.pdf")
    assert "Brief on China" in cover
    assert "Signed 24 September 1996; not ratified" in cover
    assert "Outreach history: CTBT – China" in cover


def test_the_index_tells_each_state_and_leads_to_its_files(packs: Packs) -> None:
    packs.pack("China", "India", "--paper", "cover", "--format", "pdf")
    page = (packs.out / "index.html").read_text("utf-8")
    assert '<meta charset="utf-8">' in page
    links = [unquote(link) for link in re.findall(r'href="([^"#]+)"', page)]
    assert links == ["CHN/CHN-cover-CTBT-2003-08-31.pdf", "IND/IND-cover-CTBT-2003-08-31.pdf"]
    assert all((packs.out / link).is_file() for link in links)
    assert "Signed 24 September 1996; not ratified" in page
    with zipfile.ZipFile(packs.out / "index.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        strings = book.read("xl/sharedStrings.xml").decode()
        targets = book.read("xl/worksheets/_rels/sheet1.xml.rels").decode()
    assert "<f>" not in sheet, "no cell is a formula"
    assert all(word in strings for word in ("China", "India", "Not signed", "2003-08-14"))
    assert all(f'Target="{link}"'.replace("/", "\\") in targets for link in links), (
        "as Excel writes"
    )


def test_a_second_run_touches_nothing_and_loads_nothing_heavy(packs: Packs) -> None:
    packs.pack("China", "--paper", "cover")
    before = stamps(packs.out)
    again = packs.pack("China", "--paper", "cover", PYTHONPROFILEIMPORTTIME="1")
    assert again.stdout == "nothing has changed: 5 files in pack are as they were made\n"
    assert stamps(packs.out) == before
    loaded = {line.rpartition("|")[2].strip() for line in again.stderr.splitlines()}
    assert "briefgen.packs.quick" in loaded
    assert not {"weasyprint", "docx", "pydantic", "jinja2", "lxml", "sqlite3"} & loaded


def test_one_event_edited_makes_anew_only_the_papers_that_show_it(packs: Packs) -> None:
    packs.pack("China", "India", "Viet Nam")
    before, papers = stamps(packs.out), contents(packs.out)
    event = packs.workspace / "data/events/2003-08.yaml"
    edit(event, "city: Beijing", "city: Tianjin")
    plan = packs.pack("China", "India", "Viet Nam", "--dry-run")
    assert plan.stdout.startswith("Plan for pack: 3 papers to make, 6 to keep"), plan.stdout
    assert "changed: event cn-disarmament-2003-08-14" in " ".join(plan.stdout.split())
    told = packs.events("China", "India", "Viet Nam")
    assert [(e["state"], e["made"]) for e in told if e["event"] == "done"] == [
        ("CHN", ["cover", "brief", "history"])
    ]
    touched = {name for name, stamp in stamps(packs.out).items() if before.get(name) != stamp}
    assert all(name.startswith("CHN/") or "/" not in name for name in touched - {".lock"})
    history = "CHN/CHN-history-CTBT-2003-08-31.pdf"
    assert contents(packs.out)[history] != papers[history]
    assert packs.run("verify", "pack").returncode == 0


def test_a_record_that_only_moved_makes_no_paper_but_its_manifest_tells_the_line(
    packs: Packs,
) -> None:
    packs.pack("China", "--paper", "brief")
    before = stamps(packs.out)
    event = packs.workspace / "data/events/2003-08.yaml"
    event.write_text("# moved\n\n" + event.read_text("utf-8"), "utf-8")
    (done,) = [e for e in packs.events("China", "--paper", "brief") if e["event"] == "done"]
    assert (done["made"], done["kept"]) == ([], ["brief"])
    after = stamps(packs.out)
    for ending in ("docx", "pdf"):
        name = f"CHN/CHN-brief-CTBT-2003-08-31.{ending}"
        assert after[name] == before[name]
    why = json.loads(packs.run("why", f"pack/{name}", "--json").stdout)
    lines = {r["record"]: r["line"] for r in why["records"]}
    text = event.read_text("utf-8").splitlines()
    assert "cn-disarmament-2003-08-14" in text[lines["event:cn-disarmament-2003-08-14"] - 1]
    assert packs.run("verify", "pack").returncode == 0


def test_what_is_no_longer_asked_for_is_removed_and_told_but_not_what_others_put_there(
    packs: Packs,
) -> None:
    packs.pack("China", "India", "--paper", "cover", "--format", "docx")
    (packs.out / "IND/notes.txt").write_text("mine")
    (packs.out / "CHN/notes.txt").write_text("mine")
    result = packs.pack("China", "--paper", "cover")
    assert "removed, no longer in the pack: 2 files of IND" in result.stderr
    names = set(contents(packs.out))
    assert {"IND/notes.txt", "CHN/notes.txt"} <= names
    assert not any(name.startswith("IND/IND") for name in names)
    assert "CHN/notes.txt: does not belong to the pack" in packs.run("verify", "pack").stdout


def test_a_damaged_or_missing_file_is_made_again(packs: Packs) -> None:
    packs.pack("China", "India", "--paper", "cover")
    whole = contents(packs.out)
    damaged = packs.out / "CHN/CHN-cover-CTBT-2003-08-31.pdf"
    damaged.write_bytes(damaged.read_bytes()[:-9])
    (packs.out / "IND/IND-cover-CTBT-2003-08-31.docx").unlink()
    (packs.out / "index.html").write_text("gone")
    assert packs.pack("China", "India", "--paper", "cover").returncode == 0
    assert contents(packs.out) == whole
    (packs.out / "index.html").write_text("gone")
    assert packs.pack("China", "India", "--paper", "cover").returncode == 0
    assert contents(packs.out) == whole, "and nothing else is told of those that stand"


def test_the_same_inputs_give_the_same_bytes_whoever_makes_them_wherever(
    packs: Packs, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    other = Packs(packs.workspace, tmp_path / "elsewhere")
    states = ("China", "India", "Iran")
    one = packs.pack(*states, "--jobs", "1", "--zip", TZ="Pacific/Kiritimati", LC_ALL="C")
    more = other.pack(*states, "--jobs", "3", "--zip", umask=0o077, TZ="America/Adak",
                      LC_ALL="C.UTF-8", SOURCE_DATE_EPOCH="1700000000")  # fmt: skip
    assert (one.returncode, more.returncode) == (0, 0), one.stderr + more.stderr
    assert contents(packs.out) == contents(other.out)
    assert (tmp_path / "pack.zip").read_bytes() == (tmp_path / "elsewhere/pack.zip").read_bytes()


def test_nothing_of_one_state_is_in_the_papers_of_another(packs: Packs) -> None:
    """Every event is given a word of its own; a paper may hold those of its own events alone."""
    own_only = {"cn-disarmament-2003-08-14": "CHN"}
    canaries = {}
    for path in sorted((packs.workspace / "data/events").glob("*.yaml")):
        text = path.read_text("utf-8")
        for number, id_ in enumerate(re.findall(r"^- id: (\S+)", text, re.M)):
            word = f"Zq{path.stem.replace('-', '')}x{number}q"
            canaries[id_] = word
            text = re.sub(
                rf"(- id: {re.escape(id_)}\n(?:(?!- id:).*\n)*?  title: {{en: \"?)", rf"\g<1>{word} ", text,
                count=1,
            )  # fmt: skip
        path.write_text(text, "utf-8")
    assert len(canaries) > 20
    states = ("China", "India", "Iran", "Viet Nam", "Pakistan", "Israel")
    result = packs.pack(*states, "--jobs", "2")
    assert result.returncode == 0, result.stderr
    found = 0
    for path in sorted(packs.out.glob("*/*.*")):
        if path.suffix not in (".pdf", ".docx"):
            continue
        own = json.loads(_manifest(path).read_text("utf-8"))
        events = {f["key"].partition("#")[0].removeprefix("event:") for f in own["facts"]}
        said = words_in(path)
        for id_, word in canaries.items():
            if word in said:
                found += 1
                assert id_ in events, f"{path.name} shows {id_}, which it was not made from"
                assert own_only.get(id_, path.parent.name) == path.parent.name
    assert found > 20, "the canaries are to be seen"


def _manifest(path: Path) -> Path:
    return path.with_name(f"{path.stem}.manifest.json")


def test_one_states_fault_does_not_stop_the_others(packs: Packs) -> None:
    packs.pack("China", "India", "--paper", "cover")
    whole = contents(packs.out)
    template = packs.workspace / "templates/base/cover.html.j2"
    edit(template, "{% block standing %}", '{% block standing %}{{ 1 // (country.code != "CHN") }}')
    result = packs.pack("China", "India", "--paper", "cover")
    assert result.returncode == 1
    assert "CHN: templates/base/cover.html.j2:6:1:" in result.stderr
    assert "1 States with faults" in result.stdout
    now = contents(packs.out)
    same = {n for n in whole if now[n] == whole[n]}
    assert {n for n in whole if n.startswith("CHN/")} <= same, "the State's papers are as before"
    assert "IND/IND-cover-CTBT-2003-08-31.pdf" not in same
    assert "What went wrong" in now["index.html"].decode()
    assert packs.run("verify", "pack").returncode == 0
    edit(template, '{{ 1 // (country.code != "CHN") }}', "")
    assert packs.pack("China", "India", "--paper", "cover").returncode == 0
    assert contents(packs.out) == whole


def consistent(folder: Path) -> int:
    """The number of papers in a pack; each is all of one run."""
    from briefgen.packs.proof import sha256

    count = 0
    for path in folder.glob("[A-Z]*/*.manifest.json"):
        manifest = json.loads(path.read_bytes())
        for name, mark in manifest["files"].items():
            assert sha256((path.parent / name).read_bytes()) == mark, name
        count += 1
    for path in folder.glob("[A-Z]*/*.*"):
        assert _manifest(path).is_file() or path.name.endswith(".manifest.json"), path
    return count


def test_killed_at_any_moment_every_paper_is_old_and_whole_or_new_and_whole(packs: Packs) -> None:
    states = ("China", "India", "Iran", "Viet Nam", "Pakistan", "Israel")
    wanted = ("--paper", "cover", "--jobs", "2")
    packs.pack(*states, *wanted)
    template = packs.workspace / "templates/base/cover.html.j2"
    first = contents(packs.out)
    edit(template, "{% block standing %}", "{% block standing %}<p>Anew</p>")
    for lines in (0, 1, 2, 3, 2, 2):  # so many are told, then the whole run is killed
        process = packs.start("pack", *states, *wanted, *SCOPE, "-o", "pack")
        assert process.stderr
        for _ in range(lines):
            process.stderr.readline()
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert consistent(packs.out) == len(states)
    result = packs.pack(*states, *wanted)
    assert result.returncode == 0, result.stderr
    resumed = contents(packs.out)
    assert not [name for name in resumed if name.startswith(".") or "/." in name]
    assert resumed.keys() == first.keys()
    assert all("Anew" in words_in(p) for p in packs.out.glob("*/*.docx"))
    assert packs.run("verify", "pack").returncode == 0


def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(packs: Packs) -> None:
    states = ("China", "India", "Iran", "Viet Nam", "Pakistan", "Israel", "Egypt", "Colombia")
    process = packs.start("pack", *states, *SCOPE, "-o", "pack", "--jobs", "1")
    assert process.stderr
    for line in process.stderr:
        if line.startswith("[2/"):
            break
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    stopped = re.search(r"stopped; (\d) of 8 States are done; the same command goes on", told)
    assert stopped, told
    assert consistent(packs.out) == 3 * int(stopped[1])
    assert not (packs.out / "manifest.json").exists()
    unfinished = packs.run("verify", "pack")
    assert unfinished.returncode == 1
    assert "the last run did not finish" in unfinished.stderr
    went_on = packs.events(*states, "--paper", "cover", "--paper", "brief", "--paper", "history")
    kept = [e["state"] for e in went_on if e["event"] == "done" and len(e["kept"]) == 3]
    assert len(kept) == int(stopped[1])
    assert packs.run("verify", "pack").returncode == 0


def test_a_worker_that_is_killed_costs_nothing(packs: Packs) -> None:
    states = ("China", "India", "Iran", "Viet Nam")
    process = packs.start("pack", *states, *SCOPE, "-o", "pack", "--jobs", "2", "--paper", "brief")
    assert process.stderr
    for line in process.stderr:
        if line.startswith("[1/"):
            break
    workers = grandchildren(process.pid)
    assert workers
    os.kill(workers[0], signal.SIGKILL)
    _, wrong = process.communicate(timeout=100)
    assert process.returncode == 0, wrong
    assert consistent(packs.out) == len(states)
    assert packs.run("verify", "pack").returncode == 0


def test_a_second_run_into_the_folder_is_refused_or_waits(packs: Packs) -> None:
    many = ("China", "India", "Egypt", "Israel", "Pakistan", "Kenya", "Syria", "Iran")
    first = packs.start("pack", *many, *SCOPE, "-o", "pack", "--jobs", "1")
    assert first.stderr
    first.stderr.readline()
    refused = packs.pack("Iran", "--paper", "cover")
    assert refused.returncode == 1
    assert refused.stderr == (
        "pack: another run is writing in this folder (wait until it is done, or give --wait;"
        " nothing was changed)\nbriefgen: 1 problem; nothing written\n"
    )
    waited = packs.pack("China", "India", "Iran", "--wait")
    assert waited.returncode == 0, waited.stderr
    assert first.wait(timeout=60) == 0
    first.communicate()
    assert {path.name for path in packs.out.iterdir()} >= {"CHN", "IND", "IRN", "manifest.json"}
    assert packs.run("verify", "pack").returncode == 0


def test_several_bureaus_have_a_folder_each(packs: Packs) -> None:
    two = ("-b", "arms-control", "-b", "middle-east")
    result = packs.pack("China", *two, "--paper", "cover", "--format", "docx")
    assert result.returncode == 0, result.stderr
    names = set(contents(packs.out))
    for bureau in ("arms-control", "middle-east"):
        assert f"{bureau}/CHN/CHN-cover-CTBT-2003-08-31.docx" in names
    arabic = words_in(packs.out / "middle-east/CHN/CHN-cover-CTBT-2003-08-31.docx")
    assert "الصين" in arabic
    assert packs.run("verify", "pack").returncode == 0


def test_a_group_and_a_travel_plan_name_the_states(packs: Packs) -> None:
    plan = packs.pack("--group", "annex2", "--dry-run", "--paper", "cover", "--json")
    states = [row["state"] for row in json.loads(plan.stdout)["states"]]
    assert len(states) == 43
    assert states == sorted(states)
    table = packs.folder / "travel.csv"
    table.write_text("country,meeting\nVietnam,\nIndia,\n", "utf-8")
    plan = packs.pack("--from-file", "travel.csv", "--dry-run", "--json")
    assert [row["state"] for row in json.loads(plan.stdout)["states"]] == ["VNM", "IND"]
    table.write_text("country,meetng\nVietnm,\n,x\nIndia,\nIND,\n", "utf-8")
    wrong = packs.pack("--from-file", "travel.csv")
    assert wrong.returncode == 1
    assert wrong.stderr.splitlines() == [
        "travel.csv:1:9: unknown column 'meetng' (did you mean 'meeting'?)",
        "travel.csv:2:1: country: unknown country 'Vietnm' (did you mean 'Vietnam' or 'Viet Nam'?)",
        "travel.csv:3:1: country: is empty (name a State, or delete the row)",
        "travel.csv:5:1: country: 'IND' stands twice (keep one of the rows)",
        "briefgen: 4 problems; nothing written",
    ]
    assert not packs.out.exists()


def test_verify_names_what_was_changed_is_missing_and_does_not_belong(packs: Packs) -> None:
    packs.pack("China", "--paper", "cover")
    cover = packs.out / "CHN/CHN-cover-CTBT-2003-08-31.pdf"
    cover.write_bytes(cover.read_bytes() + b"\n")
    (packs.out / "CHN/CHN-cover-CTBT-2003-08-31.docx").unlink()
    (packs.out / "CHN/extra.txt").write_text("x")
    (packs.out / "index.html").unlink()
    (packs.out / "index.html").symlink_to(packs.out / "index.xlsx")
    result = packs.run("verify", "pack")
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "CHN/CHN-cover-CTBT-2003-08-31.docx: is missing",
        "CHN/CHN-cover-CTBT-2003-08-31.pdf: was changed since the pack was made",
        "CHN/extra.txt: does not belong to the pack",
        "index.html: is a link, where the manifest has a file",
    ]
    other = packs.run("verify", "cache")
    assert other.returncode == 1
    assert (
        "cache/manifest.json: No such file or directory (name the folder of a pack)" in other.stderr
    )


def test_why_tells_the_records_of_a_paper_and_their_rules(packs: Packs) -> None:
    packs.pack("China", "--paper", "brief")
    name = "pack/CHN/CHN-brief-CTBT-2003-08-31.pdf"
    why = json.loads(packs.run("why", name, "--json").stdout)
    records = {r["record"]: r for r in why["records"]}
    event = records["event:cn-disarmament-2003-08-14"]
    assert event["rules"] == {"direct-contact": "Direct contact with China."}
    assert event["file"] == "data/events/2003-08.yaml"
    assert {r["kind"] for r in why["records"]} >= {"event", "status", "line"}
    table = packs.run("why", name).stdout
    assert "Events" in table
    assert "Statuses" in table
    assert "Lines to take" in table
    of_pack = packs.run("why", "pack/index.html")
    assert "Brief on China" in of_pack.stdout
    (packs.folder / name).write_bytes(b"%PDF-")
    assert "was changed since it was made" in packs.run("why", name).stderr
    assert packs.run("why", "pack/nothing.pdf").returncode == 2


def test_the_zip_holds_the_whole_pack_and_can_be_verified(packs: Packs, tmp_path: Path) -> None:
    packs.pack("China", "--paper", "cover", "--zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        archive.extractall(tmp_path / "sent")
    assert contents(tmp_path / "sent/pack") == contents(packs.out)
    assert packs.run("verify", "sent/pack").returncode == 0
    (tmp_path / "pack.zip").unlink()
    packs.pack("China", "--paper", "cover", "--zip")
    assert (tmp_path / "pack.zip").is_file()


def test_the_manifest_tells_files_inputs_records_data_and_versions(packs: Packs) -> None:
    packs.pack("China", "--paper", "brief")
    text = (packs.out / "manifest.json").read_text("utf-8")
    assert str(packs.folder) not in text
    manifest = json.loads(text)
    assert manifest["as_of"] == "2003-08-31"
    assert manifest["order"]["bureaus"] == ["base"]
    assert set(manifest["versions"]) >= {"briefgen", "python", "weasyprint", "python-docx", "pango"}
    assert "data/events/2003-08.yaml" in manifest["data"]
    assert set(manifest["files"]) == set(contents(packs.out)) - {"manifest.json"}
    (paper,) = manifest["states"][0]["papers"]
    assert re.fullmatch("[0-9a-f]{64}", paper["inputs"])
    assert "event:cn-disarmament-2003-08-14" in paper["records"]
    assert manifest["states"][0]["at_a_glance"]["last_contact"] == "2003-08-14"


def test_a_pack_says_what_it_lacks(packs: Packs) -> None:
    cases = [
        ((), "name countries, or give --group, --all or --from-file"),
        (("--all", "China"), "--all is every State: name no others beside it"),
        (("Chnia",), "unknown country 'Chnia' (did you mean 'China' or 'CHN'?)"),
        (("China", "--executor", "dask"), "--executor dask and --scheduler ADDRESS go together"),
        (("China", "--book", "-f", "docx"), "--book binds the PDFs"),
    ]
    for arguments, message in cases:
        result = packs.pack(*arguments)
        assert result.returncode == 2, arguments
        assert message in result.stderr
        assert "Traceback" not in result.stderr
        assert not packs.out.exists()


def test_workers_are_warm_and_replaced_before_they_can_grow(
    packs: Packs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "TASKS_EACH", 2)
    monkeypatch.setattr(worker, "make", told_by)
    order = PackOrder(
        Request(date(2003, 8, 31), "JPN"), ("CHN", "IND", "IRN", "VNM", "PAK"), ("base",)
    )
    with Store(packs.workspace, packs.cache) as store, making._setting(store, order) as setting:
        made = list(pool.Pool(setting, 1).run(order.tasks()))
    workers = [note["pid"] for one in made for note in one.notes]
    assert len(workers) == 5
    assert len(set(workers)) == 3, "two tasks each"
    assert all(note["warm"] for one in made for note in one.notes)


def test_a_record_that_changes_while_a_pack_is_made_is_told_and_mixed_into_nothing(
    packs: Packs,
) -> None:
    order = PackOrder(Request(date(2003, 8, 31), "JPN"), ("CHN",), ("base",))
    with Store(packs.workspace, packs.cache) as store, making._setting(store, order) as setting:
        at_work = worker.Worker(setting)
        edit(packs.workspace / "data/events/2003-08.yaml", "city: Beijing", "city: Tianjin")
        with Store(packs.workspace, packs.cache):
            (task,) = order.tasks()
            made = at_work.make(task)
    assert not made.files
    assert [str(fault) for fault in made.faults] == [
        "CHN: the record was changed while the pack was made (run the same command again: what is"
        " made already is kept)"
    ]
