"""Files come whole or not at all, under names that are safe everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefgen.errors import BriefgenError
from briefgen.output import file_stem, write_all


@pytest.mark.parametrize(
    ("parts", "stem"),
    [
        (["CHN", "brief", "2003-08-13"], "CHN-brief-2003-08-13"),
        (["../../etc", "passwd"], "etc-passwd"),
        (["-rf"], "rf"),
        (["con"], "x-con"),
        (["a\nb", "é"], "a-b-e"),
        (["日本"], "x-"),
        (["a" * 300], "a" * 120),
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


def test_all_files_are_written_and_nothing_is_left_beside_them(tmp_path: Path) -> None:
    paths = write_all(tmp_path / "new" / "out", {"a.txt": b"1", "b.txt": b"2"})
    assert [p.read_bytes() for p in paths] == [b"1", b"2"]
    assert sorted(p.name for p in (tmp_path / "new" / "out").iterdir()) == ["a.txt", "b.txt"]


def test_a_link_in_the_folder_is_replaced_and_its_victim_unharmed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.txt").symlink_to(victim)
    write_all(out, {"a.txt": b"new"})
    assert victim.read_text() == "precious"
    assert (out / "a.txt").read_bytes() == b"new"
    assert not (out / "a.txt").is_symlink()


def test_when_one_file_cannot_be_written_none_is_changed(tmp_path: Path) -> None:
    write_all(tmp_path, {"a.txt": b"old"})
    with pytest.raises(BriefgenError, match="the files that were there before are unchanged"):
        write_all(tmp_path, {"a.txt": b"new", "b" * 300: b"too long a name"})
    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
