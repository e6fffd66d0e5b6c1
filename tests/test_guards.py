"""Every guard stands where the list says, every case has one, and every test of the list exists."""

from __future__ import annotations

import re

import pytest

from tests.guards import ROOT, Guard, cases, guards


@pytest.mark.parametrize("guard", guards(), ids=lambda g: g.name)
def test_a_guard_stands_once_and_its_tests_exist(guard: Guard) -> None:
    text = (ROOT / guard.file).read_text("utf-8")
    assert guard.switched_off(text) != text
    assert guard.tests
    for test in guard.tests:
        file, _, name = test.partition("::")
        functions = (ROOT / file).read_text("utf-8")
        assert re.search(rf"^def {re.escape(name.partition('[')[0])}\(", functions, re.MULTILINE)


def test_every_case_is_kept_by_a_guard_and_no_guard_is_of_another() -> None:
    kept = {case for guard in guards() for case in guard.cases}
    assert kept == set(cases())


def test_the_thirty_cases_are_all_there() -> None:
    assert {str(number) for number in range(1, 31)} <= set(cases())


def test_no_two_guards_have_one_name() -> None:
    names = [guard.name for guard in guards()]
    assert len(names) == len(set(names))
