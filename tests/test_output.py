"""Files come whole or not at all, as one set, under names that are safe everywhere."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefgen import output
from briefgen.errors import BriefgenError
from briefgen.output import file_stem, locked, require_names, write_all
from tests.killing import kill_at, moments

OLD = {"a.txt": b"old", "b.txt": b"old too", "c.json": b"{}"}
FRESH = {"a.txt": b"new", "b.txt": b"new too", "c.json": b"[]", "d.txt": b"more"}


def found(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its place there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("parts", "stem"),
    [
        (["CHN", "brief", "2003-08-13"], "CHN-brief-2003-08-13"),
        (["../../etc", "passwd"], "etc-passwd"),
        (["-rf"], "rf"),
        (["con"], "x-con"),
        (["Nul"], "x-Nul"),
        (["a\nb", "é"], "a-b-e"),
    ],
)
def test_a_name_holds_only_letters_digits_and_hyphens(parts: list[str], stem: str) -> None:
    assert file_stem(parts) == stem


@given(st.lists(st.text(), min_size=1))
def test_no_text_makes_an_unsafe_name(parts: list[str]) -> None:
    stem = file_stem(parts)
    assert 1 <= len(stem) <= 122
    assert all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in stem)
    assert not stem.startswith("-")
    require_names("out", [f"{stem}.docx"])


def test_a_name_of_300_letters_is_cut_and_still_its_own_with_its_date() -> None:
    one = file_stem(["a" * 300, "brief", "2003-08-13"])
    assert len(one) <= 120
    assert one.startswith("aaaa")
    assert one.endswith("-2003-08-13")
    others = [
        file_stem(["a" * 301, "brief", "2003-08-13"]),
        file_stem(["a" * 300, "history", "2003-08-13"]),
        file_stem(["a" * 300, "brief", "2003-08-14"]),
    ]
    assert len({one, *others}) == 4


def test_names_in_other_letters_are_not_all_one() -> None:
    stems = {file_stem([name, "2003"]) for name in ("日本", "中国", "日本b", "x")}
    assert len(stems) == 4
    assert all(stem.endswith("2003") for stem in stems)


@pytest.mark.parametrize(
    "name",
    ["../../x", "a/b", "a\\b", "", ".", "..", "-rf", "~", "a\nb", "a\0b", "con", "NUL.docx",
     "com1.tar.gz", "a:b", "a ", "a.", "b" * 256],
)  # fmt: skip
def test_a_name_that_is_not_safe_everywhere_is_refused(name: str, tmp_path: Path) -> None:
    write_all(tmp_path / "out", OLD)
    with pytest.raises(BriefgenError, match="cannot name a file"):
        write_all(tmp_path / "out", {"a.txt": b"new", name: b"x"})
    assert found(tmp_path) == {f"out/{name}": content for name, content in OLD.items()}


@pytest.mark.parametrize(
    ("one", "two"), [("a.txt", "A.TXT"), ("é.txt", "e\u0301.txt"), ("ß.txt", "SS.txt")]
)
def test_two_names_that_are_one_on_some_systems_are_refused(
    one: str, two: str, tmp_path: Path
) -> None:
    with pytest.raises(BriefgenError, match="are one name on some systems"):
        write_all(tmp_path, {one: b"1", two: b"2"})
    assert found(tmp_path) == {}


def test_all_files_are_written_and_nothing_is_left_beside_them(tmp_path: Path) -> None:
    paths = write_all(tmp_path / "new" / "out", {"a.txt": b"1", "b.txt": b"2"})
    assert [p.read_bytes() for p in paths] == [b"1", b"2"]
    assert sorted(p.name for p in (tmp_path / "new" / "out").iterdir()) == ["a.txt", "b.txt"]


# -- what stands in the way ------------------------------------------------------------------------


def test_a_link_in_the_folder_is_not_followed_and_not_replaced(tmp_path: Path) -> None:
    victim, out = tmp_path / "victim", tmp_path / "out"
    victim.write_text("precious")
    write_all(out, {"b.txt": b"old"})
    (out / "a.txt").symlink_to(victim)
    with pytest.raises(BriefgenError, match=r"a\.txt: is a link \(move it away"):
        write_all(out, {"b.txt": b"new", "a.txt": b"new"})
    assert victim.read_text() == "precious"
    assert (out / "a.txt").is_symlink()
    assert (out / "b.txt").read_bytes() == b"old"


def test_a_folder_that_is_a_link_is_refused_and_nothing_is_put_behind_it(tmp_path: Path) -> None:
    (tmp_path / "behind").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "behind")
    with pytest.raises(BriefgenError, match=r"out: is a link to .*behind \(name the folder"):
        write_all(tmp_path / "out", OLD)
    assert found(tmp_path) == {}
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    with pytest.raises(BriefgenError, match="nowhere: is a link to"):
        write_all(tmp_path / "nowhere", OLD)
    assert not (tmp_path / "gone").exists()


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("precious")
    with pytest.raises(BriefgenError, match="out: cannot be written: File exists"):
        write_all(tmp_path / "out", OLD)
    assert found(tmp_path) == {"out": b"precious"}


def test_a_folder_and_a_read_only_file_in_the_way_are_left_as_they_are(tmp_path: Path) -> None:
    write_all(tmp_path, {"a.txt": b"old", "b.txt": b"mine"})
    (tmp_path / "c.json").mkdir()
    (tmp_path / "c.json/inside").write_text("precious")
    (tmp_path / "b.txt").chmod(0o444)
    with pytest.raises(BriefgenError) as refused:
        write_all(tmp_path, FRESH)
    assert [problem.message for problem in refused.value.problems] == [
        "may not be written: it is read-only",
        "is a folder",
    ]
    assert found(tmp_path) == {"a.txt": b"old", "b.txt": b"mine", "c.json/inside": b"precious"}


@pytest.mark.parametrize("name", [output.NEW, output.READY, output.OLD])
def test_a_link_in_the_place_of_what_a_run_needs_for_a_moment_is_not_followed(
    name: str, tmp_path: Path
) -> None:
    out, victim = tmp_path / "out", tmp_path / "victim"
    write_all(out, OLD)
    write_all(victim, {"a.txt": b"precious", "d.txt": b"precious"})
    (out / name).symlink_to(victim)
    write_all(out, FRESH)
    assert found(out) == FRESH
    assert found(victim) == {"a.txt": b"precious", "d.txt": b"precious"}


def test_a_link_in_the_place_of_the_lock_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", _only_files(fcntl.flock))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(BriefgenError, match="cannot be written"):
        write_all(tmp_path / "out", OLD)
    assert not (tmp_path / "victim").exists()


# -- what fails ------------------------------------------------------------------------------------


def _failing(call: Callable[..., Any], number: int, after: int) -> Callable[..., Any]:
    left = [after]

    def failing(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == -1:
            raise OSError(number, os.strerror(number))
        return call(*arguments, **named)

    return failing


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("call", ["fsync", "rename", "replace", "open", "mkdir"])
def test_when_the_disk_refuses_anything_the_old_files_stand(
    call: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = 0
    for after in range(20):
        folder = tmp_path / str(after)
        write_all(folder, OLD)
        told = ""
        with monkeypatch.context() as patch:
            patch.setattr(os, call, _failing(getattr(os, call), number, after))
            try:
                write_all(folder, FRESH)
            except BriefgenError as error:
                told = str(error)
        stood = {n: c for n, c in found(folder).items() if told or not n.startswith(".briefgen")}
        if told:
            assert f"{os.strerror(number)} (the files that were there before" in told
        assert stood == (OLD if told else FRESH), (after, told)
        refused += bool(told)
    assert refused


def test_a_disk_that_is_full_leaves_the_old_files(tmp_path: Path) -> None:
    """A real limit on the size of files, in a process of its own."""
    write_all(tmp_path, OLD)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            write_all(tmp_path, {**FRESH, "b.txt": b"x" * 100_000})
        except BriefgenError as error:
            code = 0 if "cannot be written: File too large" in str(error) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert found(tmp_path) == OLD


def test_ctrl_c_between_two_files_puts_the_first_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tmp_path, OLD)
    calls = []

    def interrupted(*arguments: Any, **named: Any) -> None:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        replace(*arguments, **named)

    replace = os.replace
    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_all(tmp_path, FRESH)
    assert found(tmp_path) == OLD


def test_where_files_have_no_second_names_what_was_decided_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tmp_path, OLD)
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", _failing(os.link, errno.EPERM, 0))
        patch.setattr(os, "replace", _failing(os.replace, errno.EIO, 2))
        with pytest.raises(BriefgenError, match="the next run completes it"):
            write_all(tmp_path, FRESH)
    write_all(tmp_path, {"e.txt": b"another"})
    assert found(tmp_path) == {**FRESH, "e.txt": b"another"}


def test_each_file_and_each_folder_is_on_disk_before_what_rests_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of a set: its files and their folder, then the decision, then the places."""
    write_all(tmp_path, OLD)
    told: list[str] = []
    fsync = os.fsync

    def noted(word: str, call: Callable[..., None]) -> Callable[..., None]:
        def noting(*arguments: Any, **named: Any) -> None:
            told.append(word)
            call(*arguments, **named)

        return noting

    def synced(handle: int) -> None:
        told.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")  # noqa: PTH112
        fsync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", noted("decided", os.rename))
    monkeypatch.setattr(os, "replace", noted("placed", os.replace))
    write_all(tmp_path, FRESH)
    assert told == [*["file"] * 4, "folder", "decided", "folder", *["placed"] * 4, "folder"]


# -- a kill ----------------------------------------------------------------------------------------


def test_killed_at_any_step_the_set_is_old_or_new_and_the_next_run_leaves_no_litter(
    tmp_path: Path,
) -> None:
    """Every step of an exchange of files. Only between decision and end do both stand, and then the
    folder says so."""

    def exchange() -> None:
        write_all(tmp_path / "out", FRESH)

    def again() -> dict[str, bytes]:
        for path in sorted((tmp_path / "out").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        write_all(tmp_path / "out", OLD)
        return found(tmp_path / "out")

    again()
    seen = set()
    for step in moments(exchange, "exchange", 500):
        before = again()
        kill_at(exchange, step)
        stood = found(tmp_path / "out")
        named = {name: content for name, content in stood.items() if "/" not in name}
        decided = (tmp_path / "out" / output.READY).exists()
        assert all(named[name] in (content, FRESH[name]) for name, content in OLD.items()), step
        if not decided:
            assert named in (before, FRESH), step
        with locked(tmp_path / "out"):
            assert not output.left_over(tmp_path / "out"), step
        write_all(tmp_path / "out", {"e.txt": b"another"})
        after = found(tmp_path / "out")
        assert after.pop("e.txt") == b"another"
        assert after in (before, FRESH), step
        assert (after == FRESH) == (decided or named == FRESH), step
        seen.add((decided, after == FRESH))
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted([*after, "e.txt"])
    assert seen == {(False, False), (True, True), (False, True)}


# -- two runs at once ------------------------------------------------------------------------------


def _only_files(flock: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """A file system that can lock no folder."""

    def refusing(handle: int, how: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{handle}"):  # noqa: PTH112 - a handle, no path
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        flock(handle, how)

    return refusing


def _hold(folder: Path) -> tuple[int, int]:
    """A process that holds a folder until it is killed; its id, and a pipe that told it does."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        with locked(folder):
            os.write(theirs, b"!")
            signal.pause()
        os._exit(1)
    os.close(theirs)
    assert os.read(ours, 1) == b"!"
    return pid, ours


@pytest.mark.parametrize("folders_lock", [True, False])
def test_a_second_run_waits_and_is_then_refused(
    folders_lock: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not folders_lock:
        monkeypatch.setattr(fcntl, "flock", _only_files(fcntl.flock))
    monkeypatch.setattr(output, "PATIENCE", 0.1)
    write_all(tmp_path, OLD)
    pid, pipe = _hold(tmp_path)
    try:
        with (
            pytest.raises(BriefgenError, match="another run is writing in this folder"),
            locked(tmp_path, patience=0.1),
        ):
            pass
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(pipe)
    write_all(tmp_path, FRESH)
    assert {n: c for n, c in found(tmp_path).items() if n != output.LOCK} == FRESH
    assert (tmp_path / output.LOCK).exists() != folders_lock, "a lock on a folder leaves no file"


def test_who_waits_goes_on_when_the_other_is_done(tmp_path: Path) -> None:
    write_all(tmp_path, OLD)
    pid, pipe = _hold(tmp_path)
    waiting = threading.Thread(target=write_all, args=(tmp_path, FRESH))
    waiting.start()
    assert found(tmp_path) == OLD
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(pipe)
    waiting.join(30)
    assert found(tmp_path) == FRESH


def test_who_waited_for_a_folder_that_was_exchanged_writes_into_the_new_one(
    tmp_path: Path,
) -> None:
    write_all(tmp_path / "out", OLD)
    pid, pipe = _hold(tmp_path / "out")
    waiting = threading.Thread(target=write_all, args=(tmp_path / "out", FRESH))
    waiting.start()
    waiting.join(0.1)
    (tmp_path / "out").rename(tmp_path / "away")
    (tmp_path / "out").mkdir()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(pipe)
    waiting.join(30)
    assert found(tmp_path / "away") == OLD
    assert found(tmp_path / "out") == FRESH


def test_runs_that_write_at_once_never_mix_their_sets(tmp_path: Path) -> None:
    children = []
    for number in range(6):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                for _ in range(15):
                    write_all(tmp_path, dict.fromkeys("abcd", b"%d" % number))
                    with locked(tmp_path):
                        assert len(set(found(tmp_path).values())) == 1
                code = 0
            finally:
                os._exit(code)
        children.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 6
    assert len(found(tmp_path)) == 4
