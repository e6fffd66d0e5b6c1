"""A pack and what stands where it goes: links, files of others, runs that were killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from briefgen import scratch as scratches
from briefgen.errors import BriefgenError
from briefgen.output import locked
from briefgen.packs import folders, ground, making
from briefgen.packs.making import Wanted, make_pack
from briefgen.packs.order import PackOrder, Task
from briefgen.packs.pool import Here
from briefgen.packs.proof import MANIFEST, UNFINISHED, verify
from briefgen.packs.run import Outcome
from briefgen.packs.worker import Made, Setting
from briefgen.scratch import scratch
from briefgen.selection import Request
from briefgen.store import Store
from tests.conftest import ROOT, edit
from tests.killing import kill_at, moments, steps_of
from tests.packing import contents

STATES = ("CHN", "IND")
ORDER = PackOrder(
    Request(date(2003, 8, 31), "JPN", treaties=("CTBT",)), STATES, ("base",), papers=("cover",),
    formats=("docx",),
)  # fmt: skip


def _silent(_: str, __: Mapping[str, Any]) -> None:
    """Nobody listens."""


@dataclass
class Edition:
    """A workspace, and what its workers and its index came to, so that they need not work again."""

    workspace: Path
    made: dict[str, Made] = field(default_factory=dict)
    whole: dict[str, bytes] = field(default_factory=dict)

    def pack(self, out: Path, cache: Path, order: PackOrder = ORDER, **wanted: Any) -> Outcome:
        """A pack made in this process, with what is known of its papers already."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(making, "_executor", lambda setting, *_: lambda: self.workers(setting))
            extras = making._extras
            patch.setattr(making, "_extras", lambda *given: self.extras(extras(*given)))
            with Store(self.workspace, cache) as store:
                return make_pack(store, order, Wanted(out, cache, **wanted), _silent)

    def workers(self, setting: Setting) -> Edition:
        """This, as an executor."""
        self.setting = setting
        return self

    def run(self, tasks: Iterable[Task]) -> Iterator[Made]:
        for task in tasks:
            if task.key not in self.made:
                fresh = replace(task, known={})
                (self.made[task.key],) = Here(self.setting).run([fresh])
            yield self.made[task.key]

    def stop(self) -> None:
        """Nothing is under way."""

    def extras(self, extras: Callable[[Outcome], Mapping[str, bytes]]) -> Any:
        def known(outcome: Outcome) -> Mapping[str, bytes]:
            self.whole = self.whole or dict(extras(outcome))
            return self.whole

        return known


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Edition, Edition]:
    """Two editions of one pack, each made once: a template was changed between them."""
    found = []
    for name in ("first", "second"):
        folder = tmp_path_factory.mktemp(name)
        for room in ("data", "templates"):
            shutil.copytree(ROOT / room, folder / "ws" / room)
        if name == "second":
            template = folder / "ws/templates/base/cover.html.j2"
            edit(template, "{% block standing %}", "{% block standing %}<p>Anew</p>")
            edit(
                template.with_name("index.html.j2"),
                "{% block figures %}",
                "{% block figures %}<p>Anew</p>",
            )
        edition = Edition(folder / "ws")
        edition.pack(folder / "pack", folder / "cache")
        found.append(edition)
    return found[0], found[1]


@pytest.fixture
def scratch_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's place for scratch folders, for this test alone."""
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_a_pack_killed_at_50_moments_is_whole_and_the_next_run_leaves_no_litter(
    editions: tuple[Edition, Edition], tmp_path: Path, scratch_place: Path
) -> None:
    first, second = editions
    out, kept = tmp_path / "pack", tmp_path / "kept"
    first.pack(out, tmp_path / "cache")
    (out / "CHN/notes.txt").write_text("of others")
    second.pack(tmp_path / "new/pack", tmp_path / "cache")
    old, new = contents(out), contents(tmp_path / "new/pack")
    assert {name for name in new if old[name] != new[name]} >= {"index.html", MANIFEST}
    out.rename(kept)

    def anew() -> None:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(kept, out)

    def work() -> None:
        second.pack(out, tmp_path / "cache")

    anew()
    ends = set()
    for step in moments(work, "pack", 50):
        anew()
        kill_at(work, step)
        stood = contents(out)
        for state in STATES:
            own = {n: c for n, c in stood.items() if n.startswith(f"{state}/{state}-")}
            of = [{n: c for n, c in whole.items() if n in own} for whole in (old, new)]
            assert own in of, (step, state)
        if MANIFEST in stood and not any("/." in f"/{name}" for name in stood):
            strangers = {problem.source.path for problem in verify(out)}
            assert strangers <= {"CHN/notes.txt"}, step
            assert stood in (old, {**new, "CHN/notes.txt": b"of others"}), step
        ends.add((MANIFEST in stood, stood["index.html"] == new["index.html"]))
        steps_of(work)
        assert contents(out) == {**new, "CHN/notes.txt": b"of others"}, step
        assert list(scratch_place.iterdir()) == [], step
        assert not [p for p in (tmp_path / "cache").iterdir() if p.name.startswith(".")], step
    assert ends >= {(True, False), (False, False), (False, True), (True, True)}


def test_a_run_killed_when_all_was_done_leaves_nothing_unfinished(
    editions: tuple[Edition, Edition], tmp_path: Path
) -> None:
    editions[0].pack(tmp_path / "pack", tmp_path / "cache")
    whole = contents(tmp_path / "pack")
    shutil.copy(tmp_path / "pack" / MANIFEST, tmp_path / "pack" / UNFINISHED)
    editions[0].pack(tmp_path / "pack", tmp_path / "cache")
    assert contents(tmp_path / "pack") == whole


def test_an_older_copy_that_was_put_back_is_not_taken_for_the_last_run(
    editions: tuple[Edition, Edition], tmp_path: Path
) -> None:
    out = tmp_path / "pack"
    editions[0].pack(out, tmp_path / "cache")
    shutil.copytree(out, tmp_path / "backup")
    editions[1].pack(out, tmp_path / "cache")
    new = contents(out)
    shutil.rmtree(out)
    shutil.copytree(tmp_path / "backup", out)
    editions[1].pack(out, tmp_path / "cache")
    assert contents(out) == new


def test_files_of_a_state_that_is_no_longer_asked_for_go(
    editions: tuple[Edition, Edition], tmp_path: Path
) -> None:
    out = tmp_path / "pack"
    editions[0].pack(out, tmp_path / "cache")
    whole = dict(editions[0].whole)
    outcome = editions[0].pack(out, tmp_path / "cache", replace(ORDER, countries=("CHN",)))
    assert outcome.removed == sorted(outcome.removed)
    assert outcome.removed
    assert not (out / "IND").exists()
    assert set(contents(out)) == set(outcome.manifest["files"]) | {MANIFEST}
    assert whole == editions[0].whole


# -- what stands in the way ------------------------------------------------------------------------


def refused(edition: Edition, folder: Path, order: PackOrder = ORDER, **wanted: Any) -> list[str]:
    """Why no pack is made, without the folder's own name; nothing is changed."""
    before = {p: p.lstat().st_mtime_ns for p in folder.rglob("*") if "cache" not in p.parts}
    with pytest.raises(BriefgenError) as error:
        edition.pack(folder / "pack", folder / "cache", order, **wanted)
    after = {p: p.lstat().st_mtime_ns for p in folder.rglob("*") if "cache" not in p.parts}
    assert {p for p in after if not p.is_dir()} == {p for p in before if not p.is_dir()}
    return [str(problem).removeprefix(f"{folder}/") for problem in error.value.problems]


def test_files_of_others_where_a_pack_goes_are_left(
    editions: tuple[Edition, Edition], tmp_path: Path
) -> None:
    out = tmp_path / "pack"
    out.mkdir()
    (out / "index.html").write_text("my home page")
    (out / MANIFEST).write_text('{"name": "my web application"}')
    (tmp_path / "pack.zip").write_text("my backup")
    assert refused(editions[0], tmp_path, zipped=True) == [
        "pack.zip: is no zip of this pack (move it away, or name another folder with --out)",
        "pack/index.html: was not made by a pack (move it away, or name another folder with --out)",
        "pack/manifest.json: is no manifest of a pack: it has no files (move it away, or"
        " name another folder with --out)",
    ]


@pytest.mark.parametrize("name", ["index.html", "index.xlsx", MANIFEST])
def test_a_link_where_a_file_of_the_pack_goes_is_refused(
    name: str, editions: tuple[Edition, Edition], tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / name).symlink_to(victim)
    (problem,) = refused(editions[0], tmp_path)
    assert problem == f"pack/{name}: is a link (move it away; nothing was written)"
    assert victim.read_text() == "precious"


def test_a_folder_of_the_pack_that_is_a_link_is_refused(
    editions: tuple[Edition, Edition], tmp_path: Path
) -> None:
    (tmp_path / "behind").mkdir()
    (tmp_path / "pack").symlink_to(tmp_path / "behind")
    (problem,) = refused(editions[0], tmp_path)
    assert problem.startswith("pack: is a link to ")
    (tmp_path / "pack").unlink()
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack/base").symlink_to(tmp_path / "behind")
    (problem,) = refused(editions[0], tmp_path, replace(ORDER, named=True))
    assert problem.startswith("pack/base: is not a folder of the pack but a link or a file")
    assert list((tmp_path / "behind").iterdir()) == []


@pytest.mark.parametrize("what", ["link", "file", "inner link", "foreign", "folder", "read-only"])
def test_what_stands_in_the_way_of_one_state_is_its_fault_alone(
    what: str, editions: tuple[Edition, Edition], tmp_path: Path
) -> None:
    out, victim = tmp_path / "pack", tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    name = "CHN-cover-CTBT-2003-08-31.docx"
    out.mkdir()
    if what == "link":
        (out / "CHN").symlink_to(victim)
    elif what == "file":
        (out / "CHN").write_text("mine")
    else:
        (out / "CHN").mkdir()
        if what == "inner link":
            (out / "CHN" / name).symlink_to(victim / "file")
        elif what == "folder":
            (out / "CHN" / name).mkdir()
        else:
            (out / "CHN" / name).write_text("mine")
    if what == "read-only":
        editions[0].pack(tmp_path / "other", tmp_path / "cache")
        shutil.rmtree(out)
        shutil.copytree(tmp_path / "other", out)
        (out / "CHN" / name).write_text("changed")
        (out / "CHN" / name).chmod(0o444)
    outcome = editions[1].pack(out, tmp_path / "cache")
    (problem,) = outcome.faults["CHN"]
    assert problem.source.path.startswith(f"{out}/CHN")
    assert "move it away" in problem.hint
    assert set(outcome.faults) == {"CHN"}
    assert (victim / "file").read_text() == "precious"
    assert len(list(victim.iterdir())) == 1
    assert (out / "IND/IND-cover-CTBT-2003-08-31.docx").is_file()
    if what == "foreign":
        assert (out / "CHN" / name).read_text() == "mine"


@pytest.mark.parametrize("name", ["/victim", "../victim/file", "IND/../../victim/file"])
def test_a_manifest_that_was_tampered_with_lets_nothing_outside_be_removed(
    name: str, editions: tuple[Edition, Edition], tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    (tmp_path / "pack").mkdir()
    named = str(victim / "file") if name == "/victim" else name
    (tmp_path / "pack" / UNFINISHED).write_text(json.dumps({"files": {named: ""}}))
    editions[0].pack(tmp_path / "pack", tmp_path / "cache")
    assert (victim / "file").read_text() == "precious"


def test_stale_files_behind_a_link_are_not_removed(
    editions: tuple[Edition, Edition], tmp_path: Path
) -> None:
    out = tmp_path / "pack"
    editions[0].pack(out, tmp_path / "cache")
    (out / "IND").rename(tmp_path / "victim")
    (out / "IND").symlink_to(tmp_path / "victim")
    before = contents(tmp_path / "victim")
    with pytest.raises(BriefgenError, match="IND: is not a folder of the pack but a link"):
        editions[0].pack(out, tmp_path / "cache", replace(ORDER, countries=("CHN",)))
    assert contents(tmp_path / "victim") == before


@pytest.mark.parametrize(
    ("countries", "bureaus", "named"),
    [
        (("CHN", "Chn"), ("base",), False),
        (("NUL",), ("base",), False),
        (("CHN",), ("base", "BASE"), True),
        (("CHN",), ("é", "e\u0301"), True),
        (("CHN",), ("con",), True),
        (("CHN",), ("../up",), True),
        (("CHN",), ("Manifest.JSON",), True),
    ],
)
def test_folders_that_would_be_one_or_are_not_safe_are_refused(
    countries: tuple[str, ...], bureaus: tuple[str, ...], named: bool, tmp_path: Path
) -> None:
    order = replace(ORDER, countries=countries, bureaus=bureaus, named=named)
    with pytest.raises(BriefgenError, match=r"are one name on|cannot name a file"):
        ground.require_room(order, tmp_path, ["index.html"], zipped=False)


def test_what_others_put_into_a_folder_is_not_lost_when_its_exchange_is_killed(
    tmp_path: Path,
) -> None:
    """Whatever its name begins with."""
    state = tmp_path / "CHN"
    manifest = b'{"files": {"CHN-a.docx": "x"}, "inputs": "", "facts": [], "left_out": []}'
    folders.put(state, {"CHN-a.docx": b"old", "CHN-a.manifest.json": manifest}, (), ())
    (state / "CHN-notes.txt").write_text("of others")
    (state / ".hidden").write_text("of others")
    ours = {"CHN-a.docx", "CHN-a.manifest.json"}

    def work() -> None:
        folders.put(state, {"CHN-a.docx": b"new", "CHN-a.manifest.json": manifest}, (), ours)

    shutil.copytree(tmp_path, tmp_path.with_name("kept"))
    for step in moments(work, "exchange", 300):
        shutil.rmtree(state)
        shutil.copytree(tmp_path.with_name("kept") / "CHN", state)
        kill_at(work, step)
        folders.clear(tmp_path)
        found = contents(tmp_path)
        assert found.pop("CHN/CHN-a.docx") in (b"old", b"new"), step
        assert found == {
            "CHN/CHN-a.manifest.json": manifest, "CHN/CHN-notes.txt": b"of others",
            "CHN/.hidden": b"of others",
        }, step  # fmt: skip


def test_only_what_a_run_has_made_is_cleared_away(
    editions: tuple[Edition, Edition], tmp_path: Path
) -> None:
    out = tmp_path / "pack"
    mine = {".mine.new/file": b"1", ".mine.tmp": b"2", "else/.other.new/file": b"3"}
    for name, content in mine.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    editions[0].pack(out, tmp_path / "cache")
    assert {name: content for name, content in contents(out).items() if name in mine} == mine


def test_a_pack_and_a_paper_wait_for_each_other(
    editions: tuple[Edition, Edition], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_PATIENCE", 0.1)
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        with locked(tmp_path / "pack"):
            os.write(theirs, b"!")
            signal.pause()
        os._exit(1)
    assert os.read(ours, 1) == b"!"
    try:
        (problem,) = refused(editions[0], tmp_path)
        assert problem == (
            "pack: another run is writing in this folder (wait until it is done, or give --wait;"
            " nothing was changed)"
        )
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(ours)
        os.close(theirs)
    editions[0].pack(tmp_path / "pack", tmp_path / "cache")
    assert not (tmp_path / "pack/.lock").exists()


# -- scratch folders -------------------------------------------------------------------------------


def test_a_scratch_folder_of_a_killed_run_goes_and_one_in_use_stays(scratch_place: Path) -> None:
    def killed() -> None:
        with scratch() as folder:
            (folder / "file").write_text("x")
            os.kill(os.getpid(), signal.SIGKILL)

    pid = os.fork()
    if pid == 0:
        killed()
    os.waitpid(pid, 0)
    assert len(list(scratch_place.iterdir())) == 1
    (scratch_place / "briefgen-run-notes").mkdir()
    (scratch_place / "briefgen-notes").mkdir()
    with scratch() as one, scratch() as two:
        names = {path.name for path in scratch_place.iterdir()}
        assert names == {one.name, two.name, "briefgen-run-notes", "briefgen-notes"}
    scratches.sweep()
    names = {path.name for path in scratch_place.iterdir()}
    assert names == {"briefgen-run-notes", "briefgen-notes"}


def test_a_link_that_looks_like_a_scratch_folder_is_not_followed(
    scratch_place: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    (scratch_place / "briefgen-run-abcdefgh").symlink_to(victim)
    scratches.sweep()
    assert (victim / "file").read_text() == "precious"
