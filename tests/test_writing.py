"""A paper takes the place of its earlier self, and of nothing else."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from briefgen import confined
from briefgen.cli import main
from briefgen.cli.writing import put
from briefgen.output import READY, locked
from tests.conftest import ROOT, Run
from tests.killing import kill_at, moments, steps_of
from tests.test_output import found

STEM = "CHN-brief-2003-08-13"
BRIEF = ("brief", "China", "--as-of", "2003-08-13")
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Files]:
    """The files of a brief, made once for each list of formats and day, each in a process."""
    made: dict[tuple[str, ...], Files] = {}

    def paper(*formats: str, day: str = "2003-08-13") -> Files:
        key = (day, *formats)
        if key not in made:
            out = tmp_path_factory.mktemp("made")
            wanted = [part for kind in formats for part in ("-f", kind)]
            code = command("brief", "China", "--as-of", day, *wanted, out=out)
            assert code == 0
            made[key] = {name.replace(day, "2003-08-13"): c for name, c in found(out).items()}
        return made[key]

    return paper


def command(*arguments: str, out: Path) -> int:
    """The real command line, in a process forked from this one; its exit code."""
    pid = os.fork()
    if pid == 0:
        code = 9
        try:
            os.environ["BRIEFGEN_CACHE"] = str(out.parent / "cache")
            main(["-w", str(ROOT), *arguments, "-o", str(out)])
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def fill(folder: Path, files: Files) -> None:
    """Let a folder hold these files and nothing else."""
    folder.mkdir(exist_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def writing(files: Files, out: Path) -> Callable[[], object]:
    """The real `brief` command from where its paper is made: that is done already."""

    def write() -> None:
        setattr(confined, "run", lambda _: files)  # noqa: B010 - in a process of its own
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        main(["-w", str(ROOT), *BRIEF, "-f", "html", "-o", str(out)])

    return write


def test_a_brief_killed_at_50_moments_is_the_old_one_or_the_new_one(
    papers: Callable[..., Files], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    old = papers("docx", "html", "json", day="2003-08-12")
    new = papers("docx", "html", "json")
    own = f"{STEM}.manifest.json"
    assert len(old) == len(new) == 4
    manifest = json.loads(old[own])
    names = {name: manifest["files"][name.replace("08-13", "08-12")] for name in old if name != own}
    old = {**old, own: json.dumps({**manifest, "files": names, "name": json.loads(new[own])["name"]}).encode()}  # fmt: skip
    fill(out, old)
    work, sets = writing(new, out), set()
    for step in moments(work, "brief", 50):
        fill(out, old)
        kill_at(work, step)
        stood = {name: content for name, content in found(out).items() if "/" not in name}
        assert all(stood[name] in (old[name], new[name]) for name in old), step
        assert stood in (old, new) or (out / READY).is_dir(), step
        steps_of(writing(new, out))
        assert found(out) == new, step
        assert sorted(path.name for path in out.iterdir()) == sorted(new), step
        sets.add(stood == old)
    assert sets == {True, False}


def test_two_briefs_at_once_into_one_folder_are_one_or_the_other(
    papers: Callable[..., Files], tmp_path: Path
) -> None:
    sets = [papers("docx", "html"), {**papers("docx", "html", day="2003-08-12")}]
    own = f"{STEM}.manifest.json"
    fill(tmp_path / "out", {})
    name = json.loads(sets[0][own])["name"]
    sets[1][own] = json.dumps({**json.loads(sets[1][own]), "name": name, "files": {}}).encode()
    children = []
    for files in sets * 3:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                with locked(tmp_path / "out"):
                    fill(tmp_path / "out", {})
                    put(files, tmp_path / "out")
                    code = 0 if found(tmp_path / "out") == files else 2
            finally:
                os._exit(code)
        children.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 6
    assert found(tmp_path / "out") in sets


def test_a_brief_waits_for_whoever_writes_in_its_folder(
    papers: Callable[..., Files], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        with locked(out):
            os.write(theirs, b"!")
            signal.pause()
        os._exit(1)
    os.close(theirs)
    assert os.read(ours, 1) == b"!"
    first = os.fork()
    if first == 0:
        code = 1
        try:
            put(papers("html"), out)
            code = 0
        finally:
            os._exit(code)
    assert found(out) == {}
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(ours)
    assert os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) == 0
    assert found(out) == papers("html")


def test_a_file_that_was_changed_by_hand_is_left_with_all_others(
    briefgen: Run, papers: Callable[..., Files], tmp_path: Path
) -> None:
    made = papers("docx", "html")
    fill(tmp_path / "out", made)
    (tmp_path / "out" / f"{STEM}.docx").write_bytes(b"edited by hand")
    before = found(tmp_path / "out")
    result = briefgen(*BRIEF, "-f", "docx", "-f", "html")
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"out/{STEM}.docx: was changed since it was made (move it away, or name another folder"
        " with --out)",
        "briefgen: 1 problem; nothing written",
    ]
    assert found(tmp_path / "out") == before


def test_a_file_of_the_same_name_that_was_not_made_here_is_left(
    briefgen: Run, tmp_path: Path
) -> None:
    mine = {f"{STEM}.html": b"mine", f"{STEM}.manifest.json": b"[1]"}
    fill(tmp_path / "out", mine)
    result = briefgen(*BRIEF, "-f", "html")
    assert result.returncode == 1
    assert f"out/{STEM}.html: was not made here" in result.stderr
    assert f"out/{STEM}.manifest.json: is no manifest of a paper" in result.stderr
    assert "Traceback" not in result.stderr
    assert found(tmp_path / "out") == mine


@pytest.mark.parametrize("what", ["out", "target"])
def test_a_link_in_the_way_of_a_brief_is_refused_and_its_victim_unharmed(
    what: str, briefgen: Run, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    if what == "out":
        (tmp_path / "out").symlink_to(victim)
    else:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / f"{STEM}.html").symlink_to(victim / "file")
    result = briefgen(*BRIEF, "-f", "html")
    assert result.returncode == 1
    assert "is a link" in result.stderr
    assert result.stderr.endswith("briefgen: 1 problem; nothing written\n")
    assert found(victim) == {"file": b"precious"}
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_another_paper_of_the_same_name_is_not_written_over(
    papers: Callable[..., Files], tmp_path: Path
) -> None:
    """Two events `a_b` and `a.b` would have one file."""
    from briefgen.errors import BriefgenError

    made = papers("html")
    own = f"{STEM}.manifest.json"
    put(made, tmp_path)
    other = {**made, own: json.dumps({**json.loads(made[own]), "name": ["CHN_brief"]}).encode()}
    with pytest.raises(BriefgenError, match="is another paper of the same name"):
        put(other, tmp_path)
    assert found(tmp_path) == made


def test_a_name_that_differs_in_capitals_alone_is_refused(
    papers: Callable[..., Files], tmp_path: Path
) -> None:
    from briefgen.errors import BriefgenError

    (tmp_path / f"{STEM.lower()}.HTML").write_text("mine")
    with pytest.raises(BriefgenError, match="is one name with"):
        put(papers("html"), tmp_path)
    assert list(found(tmp_path)) == [f"{STEM.lower()}.HTML"]


def test_formats_that_are_not_made_again_are_told_and_the_manifest_has_them_as_older(
    papers: Callable[..., Files], tmp_path: Path
) -> None:
    own = f"{STEM}.manifest.json"
    put(papers("docx"), tmp_path)
    marks = json.loads(papers("docx")[own])["files"]
    _, warnings = put(papers("html"), tmp_path)
    assert [str(warning) for warning in warnings] == [
        f"{tmp_path}/{STEM}.docx: warning: is from an earlier run and was not made again"
        " (give --format docx too, or delete it)"
    ]
    assert json.loads(found(tmp_path)[own])["older"] == marks
    _, warnings = put(papers("docx"), tmp_path)  # which is still known to be ours
    assert [warning.source.path for warning in warnings] == [f"{tmp_path}/{STEM}.html"]


def test_formats_that_are_sure_to_say_the_same_stay_in_the_manifest(
    papers: Callable[..., Files], tmp_path: Path
) -> None:
    put(papers("docx", "html"), tmp_path)
    _, warnings = put(papers("html"), tmp_path)
    assert warnings == []
    manifest = json.loads(found(tmp_path)[f"{STEM}.manifest.json"])
    assert set(manifest["files"]) == {f"{STEM}.docx", f"{STEM}.html"}
    assert "older" not in manifest


def test_a_format_that_is_deleted_is_no_longer_in_the_manifest(
    papers: Callable[..., Files], tmp_path: Path
) -> None:
    put(papers("docx", "html"), tmp_path)
    (tmp_path / f"{STEM}.docx").unlink()
    put(papers("html"), tmp_path)
    assert found(tmp_path) == papers("html")


def test_a_workspace_that_cannot_be_copied_whole_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second room fails; nothing of the first is left, and the next try succeeds."""
    from briefgen.cli.workspace import _copy
    from briefgen.errors import BriefgenError
    from briefgen.output import told

    copytree = shutil.copytree
    failed: list[Path] = []

    def full(source: Path, *given: Any) -> None:
        copytree(source, *given)
        if source == ROOT / "templates" and not failed:
            failed.append(source)
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(BriefgenError, match="cannot be written: No space left"), told(tmp_path):
        _copy(ROOT, tmp_path)
    assert list(tmp_path.iterdir()) == []
    _copy(ROOT, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "templates"]


def test_a_workspace_begun_by_a_killed_run_is_whole_after_the_next(tmp_path: Path) -> None:
    """Killed at 50 moments: the next run copies anew, or gives the last room its name."""
    folder = tmp_path / "mine"

    def begin() -> None:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        main(["-w", str(ROOT), "init", str(folder)])

    whole = None
    for step in (*moments(begin, "init"), None):
        shutil.rmtree(folder, ignore_errors=True)
        if step is not None:
            kill_at(begin, step)
        if not {"data", "templates"} <= {p.name for p in folder.glob("*")}:
            steps_of(begin)  # to its end
        told = sorted(path.relative_to(folder) for path in folder.rglob("*"))
        whole = whole or told
        assert told == whole, step
    assert whole
    assert {path.parts[0] for path in whole} == {"data", "templates"}


def test_a_bureau_is_not_named_as_no_folder_may_be(briefgen: Run, workspace: Path) -> None:
    result = briefgen("-w", str(workspace), "bureau", "new", "con")
    assert result.returncode == 1
    assert "'con' cannot name a file: Windows keeps it for itself" in result.stderr
    assert not (workspace / "templates/con").exists()


def test_a_bureau_that_a_killed_run_had_begun_is_begun_anew(briefgen: Run, workspace: Path) -> None:
    (workspace / "templates/mine/.briefgen.new").mkdir(parents=True)
    result = briefgen("-w", str(workspace), "bureau", "new", "mine")
    assert result.returncode == 0, result.stderr
    assert [p.name for p in (workspace / "templates/mine").iterdir()] == ["bureau.yaml"]
    again = briefgen("-w", str(workspace), "bureau", "new", "mine")
    assert "is there already" in again.stderr
