"""The house: its papers are true, its words are found, nothing of the workshop shows."""

from __future__ import annotations

import re

import pytest

from briefgen.loading import find_files, load_file
from briefgen.loading.layout import KINDS
from briefgen.schemas import dictionary
from briefgen.store import Store
from tests.conftest import ROOT

DICTIONARY = ROOT / "data" / "README.md"
MARK = "<!-- From here on made from the records by `make golden`. -->\n"


def described(store: Store) -> str:
    """The dictionary with examples from the sample record."""
    return dictionary(
        named.record
        for file in find_files(store.workspace)[0]
        for named in load_file(file, file.path.read_bytes(), store.countries).records
    )


def test_the_dictionary_names_every_field_as_the_records_have_it(store: Store, renew: bool) -> None:
    text = DICTIONARY.read_text("utf-8")
    head, mark, made = text.partition(MARK)
    assert mark
    if renew:
        DICTIONARY.write_text(head + MARK + "\n" + described(store), "utf-8")
        made = "\n" + described(store)
    assert made == "\n" + described(store), "if this is meant: make golden"


def test_every_field_of_every_record_has_a_meaning_and_an_example(store: Store) -> None:
    rows = [line for line in described(store).splitlines() if line.startswith("| `")]
    assert len(rows) > 150
    assert [row for row in rows if not row.split("|")[4].strip()] == []
    nested = ("list of ", "EntryIntoForce", "Place", "Levels", "Delegations")
    bare = [row for row in rows if row.rstrip("| ").endswith("|") or row.endswith("|  |")]
    assert [row for row in bare if not row.split("|")[3].strip().startswith(nested)] == []


def test_the_introduction_of_the_dictionary_names_every_kind_of_file() -> None:
    head = DICTIONARY.read_text("utf-8").partition(MARK)[0]
    assert [k.pattern for k in KINDS if k.pattern.split("/")[0] not in head] == []


def test_no_module_outgrows_its_idea() -> None:
    modules = list((ROOT / "briefgen").rglob("*.py"))
    assert len(modules) > 30
    long = {p.name: n for p in modules if (n := len(p.read_text("utf-8").splitlines())) > 600}
    assert long == {}


def test_every_module_opens_by_saying_what_comes_in_and_what_goes_out() -> None:
    for path in sorted((ROOT / "briefgen").rglob("*.py")):
        text = path.read_text("utf-8")
        assert text.startswith('"""'), path
        if path.name not in ("__init__.py", "__main__.py"):
            opening = text.split('"""')[1]
            assert re.search(r"\bIn:", opening), path
            assert re.search(r"\bOut:", opening), path


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_no_registry_is_named_where_packages_are_pinned(name: str) -> None:
    assert "http" not in (ROOT / name).read_text("utf-8")


def test_every_dependency_is_pinned_and_given_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pinned = {
        line.split("==")[0].casefold()
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    }
    reasons = (ROOT / "CONTRIBUTING.md").read_text("utf-8").casefold()
    for requirement in wanted:
        name = re.split(r"[<>=\[]", requirement)[0].casefold()
        assert name in pinned, name
        assert f"| {name} |" in reasons, name
