"""What README shows is what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import ROOT, Run

README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands(block: str) -> list[str]:
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def test_every_command_prints_what_readme_shows(briefgen: Run, tmp_path: Path, renew: bool) -> None:
    text = README.read_text("utf-8")
    blocks = BLOCK.findall(text)
    assert sum(len(commands(block)) for block in blocks) >= 10

    def played(match: re.Match[str]) -> str:
        lines = []
        for command in commands(match[1]):
            result = briefgen(*shlex.split(command)[1:])
            printed = result.stdout + result.stderr
            body = [line.rstrip() for line in printed.splitlines() if line.strip()]
            lines += [f"$ {command}", *body]
        return "```console\n" + "\n".join(lines) + "\n```"

    shown = BLOCK.sub(played, text)
    if renew:
        README.write_text(shown, "utf-8")
        text = shown
    assert shown == text, "if this is meant: make golden"


def test_every_command_is_shown() -> None:
    from briefgen.cli import _COMMANDS

    shown = {
        c.split()[1] for block in BLOCK.findall(README.read_text("utf-8")) for c in commands(block)
    }
    assert shown == set(_COMMANDS)


@pytest.mark.parametrize(
    "heading", ["What is promised, and what shows it", "What is promised when input means harm"]
)
def test_what_is_promised_is_shown_by_tests_that_are_there(heading: str) -> None:
    table = README.read_text("utf-8").partition(f"### {heading}\n")[2].partition("\n##")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"(test_\w+\.py)::(\w+)", row[-1])
        assert named or "`make check-documents`" in row[-1], row[0]
        for file, test in named:
            text = (ROOT / "tests" / file).read_text("utf-8")
            assert re.search(rf"^def {test}\(", text, re.MULTILINE), f"{file}::{test}"


def test_the_picture_of_the_first_page_is_there() -> None:
    name = re.search(r"!\[.*\]\((.*?)\)", README.read_text("utf-8"))
    assert name is not None
    assert (ROOT / name[1]).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
