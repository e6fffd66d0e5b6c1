"""What briefgen is built on: declared, with a floor below which holes are known, and pinned."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DECLARED = [Requirement(text) for text in PROJECT["dependencies"]]
EXTRA = [Requirement(t) for texts in PROJECT["optional-dependencies"].values() for t in texts]
PINS = {
    str(canonicalize_name(name)): Version(pinned)
    for name, pinned in re.findall(
        r"^([\w.-]+)==([\w.]+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE
    )
}
# The table of SECURITY.md: a library and the least of its versions without a known hole.
FLOORS = dict(
    re.findall(
        r"^\| ([a-z]\w+) \| ([\d.]+) \|", (ROOT / "SECURITY.md").read_text("utf-8"), re.MULTILINE
    )
)


def least(requirement: Requirement) -> Version:
    """The least version that a requirement admits."""
    floors = [Version(s.version) for s in requirement.specifier if s.operator in (">=", "==", "~=")]
    assert floors, f"{requirement} has no floor"
    return max(floors)


def test_the_floors_are_those_that_the_page_on_security_tells() -> None:
    assert set(FLOORS) == {"fonttools", "jinja2", "lxml", "pillow", "weasyprint"}
    declared = {str(canonicalize_name(r.name)): r for r in DECLARED}
    for name, floor in FLOORS.items():
        assert least(declared[name]) >= Version(floor), name


@pytest.mark.parametrize("requirement", [*DECLARED, *EXTRA], ids=str)
def test_what_is_declared_has_a_floor_and_a_pin_above_it(requirement: Requirement) -> None:
    pinned = PINS[str(canonicalize_name(requirement.name))]
    assert pinned >= least(requirement)
    assert pinned in requirement.specifier


def test_what_is_installed_is_what_is_pinned() -> None:
    for requirement in DECLARED:
        name = str(canonicalize_name(requirement.name))
        assert Version(version(name)) == PINS[name], name


def test_each_dependency_says_why_it_is_there() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for requirement in [*DECLARED, *EXTRA]:
        assert f"| {requirement.name.lower()} |" in told.lower(), requirement.name


def test_nothing_is_imported_that_is_not_declared() -> None:
    """What another library happens to bring may be gone with its next version."""
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "briefgen").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in _names(node)
    } - {"briefgen", *sys.stdlib_module_names}
    assert {"weasyprint", "lxml", "PIL"} <= imported
    declared = {str(canonicalize_name(r.name)) for r in DECLARED}
    declared |= {str(canonicalize_name(r.name)) for r in EXTRA if r.name == "distributed"}
    found = packages_distributions()
    for module in sorted(imported - _OF_OTHERS):
        names = {str(canonicalize_name(name)) for name in found[module]}
        assert names & declared, f"{module} comes with {names}, and none is declared"


@pytest.mark.parametrize(
    ("report", "told", "code"),
    [
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', "1 of 1 libraries", 0),
        ('{"dependencies": [{"name": "a", "skip_reason": "x"}]}', "NOTHING was audited", 0),
        ("", "NOTHING was audited (no network)", 0),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions":'
         ' ["2"]}]}]}', "a 1: CVE-1 (mended in 2)", 1),
    ],
)  # fmt: skip
def test_an_audit_says_what_it_could_not_ask(
    tmp_path: Path, report: str, told: str, code: int
) -> None:
    (tmp_path / "report").write_text(report)
    (tmp_path / "log").write_text("trying\nno network\n")
    command = [sys.executable, str(ROOT / ".ci/audit.py"), "report", "log"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == code
    assert told in found.stdout


# The CSS and PDF of WeasyPrint, which its own pin brings: only with it they are of use.
_OF_OTHERS = {"cssselect2", "pydyf", "markupsafe", "pydantic_core", "tinycss2"}


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
