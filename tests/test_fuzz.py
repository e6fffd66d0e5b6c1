"""What fuzzing found stays mended: seeds and found inputs are fed to the same targets, no atheris."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from briefgen.errors import BriefgenError
from tests.conftest import ROOT
from tests.fuzz import NAMES, found, target
from tests.fuzz.trees import drawn
from tests.fuzz.word_files import checked

_PROCESSOR = 20  # seconds for one found input
_MEMORY = 2_000_000_000  # bytes


@pytest.mark.parametrize("name", NAMES)
def test_the_repositorys_own_files_keep_every_promise(name: str) -> None:
    seeds = list(target(name).seeds())
    assert len(seeds) > 20
    for seed in seeds:
        target(name).one(seed)


@pytest.mark.parametrize(
    ("name", "path"), [(n, p) for n in NAMES for p in found(n)], ids=lambda v: getattr(v, "name", v)
)
def test_what_was_found_is_mended_in_bounded_time_and_memory(name: str, path: Path) -> None:
    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR, _PROCESSOR))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))

    command = [sys.executable, "-m", "tests.fuzz.run", name, "--input", str(path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=bounded
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_papers_of_the_record_are_drawn_from_their_seeds_and_not_refused() -> None:
    seeds = list(target("docx").seeds())
    words = 0
    for seed in seeds:
        words += len("".join(checked(drawn(seed)).itertext()))
    assert words > 10_000


def test_a_paper_drawn_from_any_steps_is_one_or_is_refused() -> None:
    outcomes = set()
    for step in range(256):
        for head in (0, 1):
            try:
                checked(drawn(bytes([head, step, step, 7, step]) * 8))
                outcomes.add("made")
            except BriefgenError:
                outcomes.add("refused")
    assert outcomes == {"made", "refused"}


@pytest.mark.parametrize("name", NAMES)
def test_a_target_notices_a_broken_promise(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[target(name).one.__module__]
    if name == "yaml":
        monkeypatch.setattr(module, "_lines", lambda _: [])
        broken = b"\0- a: ["
    else:
        monkeypatch.setattr(module, "html_words", lambda _: [])
        broken = b"\0\0\x80a"
    with pytest.raises(AssertionError):
        target(name).one(broken)
