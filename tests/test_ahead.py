"""The companion that lays out pages ahead changes nothing but time, and may die."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from briefgen import ahead
from briefgen.bureaus import load_bureau
from briefgen.errors import BriefgenError
from briefgen.making import BriefOrder, Composed, compose_brief_of, make_files
from briefgen.render import beside, html, lettering, make_ready, render
from briefgen.render.beside import LaidAhead
from briefgen.selection import Request
from briefgen.store import Store
from tests.conftest import ROOT

TEMPLATE = "brief.html.j2"


@pytest.fixture
def companion(monkeypatch: pytest.MonkeyPatch) -> Iterator[ahead.Companion]:
    monkeypatch.setattr(ahead, "_cores", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    ahead.begin("briefgen.render.beside:serve")
    found = ahead.at_hand()
    assert found
    yield found
    ahead.end()


def paper(store: Store, country: str = "CHN") -> Composed:
    request = Request(date(2003, 8, 31), store.ministry.country, (country,), ("CTBT",))
    return compose_brief_of(load_bureau(ROOT, "base"), store, BriefOrder(request))


def test_its_files_are_those_that_are_made_without_it(store: Store, request: Any) -> None:
    composed = paper(store)
    _, alone = make_files(composed, TEMPLATE, ("docx", "pdf"))
    request.getfixturevalue("companion")
    made, together = make_files(composed, TEMPLATE, ("docx", "pdf"))
    assert isinstance(made.laid, LaidAhead)
    assert together == alone
    assert made.laid.layout.pages == 2


def test_when_it_dies_the_paper_is_made_here(store: Store, companion: ahead.Companion) -> None:
    composed = paper(store)
    os.kill(companion.pid, signal.SIGKILL)
    _, made = make_files(composed, TEMPLATE, ("pdf",))
    ahead.end()
    assert made == make_files(composed, TEMPLATE, ("pdf",))[1]


def test_what_is_wrong_with_a_paper_comes_back_with_its_place(
    store: Store, companion: ahead.Companion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lettering, "missing", lambda text: [])  # so that the layout meets it
    composed = paper(store)
    data = {**composed.data, "paper": {**composed.data["paper"], "title": "Brief \U00010570"}}
    with pytest.raises(BriefgenError, match="PDF: no font has U\\+10570"):
        render(composed.bureau, TEMPLATE, data, ["pdf"])
    assert make_files(composed, TEMPLATE, ("pdf",))[1]["pdf"][:5] == b"%PDF-"


def test_templates_are_compiled_beside_while_the_paper_is_composed(
    store: Store, companion: ahead.Companion, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed = paper(store)
    monkeypatch.setattr(html, "_COMPILED", html._Compiled())
    make_ready(composed.bureau, TEMPLATE)
    here: list[str] = []
    plain = html._Environment.compile

    def compile_(self: Any, source: Any, name: Any = None, *given: Any, **more: Any) -> Any:
        here.append(name)
        return plain(self, source, name, *given, **more)

    monkeypatch.setattr(html._Environment, "compile", compile_)
    made = make_files(composed, TEMPLATE, ("docx", "pdf"))[1]
    assert here == []
    ahead.end()
    monkeypatch.setattr(html, "_COMPILED", html._Compiled())
    assert make_files(composed, TEMPLATE, ("docx", "pdf"))[1] == made
    assert TEMPLATE in here


def test_work_that_fails_beside_is_left_to_be_done_here(companion: ahead.Companion) -> None:
    def dies() -> bytes:
        os.kill(os.getpid(), signal.SIGKILL)
        return b"never"

    assert ahead.aside(lambda: b"done")() == b"done"
    assert ahead.aside(lambda: str(1 / 0).encode())() == b""
    assert ahead.aside(dies)() == b""
    ahead.end()
    assert ahead.aside(lambda: b"done")() == b""


def test_work_whose_outcome_nobody_fetches_keeps_nobody_from_ending(
    companion: ahead.Companion,
) -> None:
    """More than a pipe holds: the process that does the work stands still, with our ends in hand."""
    outcome = ahead.aside(lambda: bytes(1_000_000))
    (working,) = ahead._under_way
    ahead.end()
    for pid in (working, companion.pid):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert outcome() == b""


def test_another_process_that_ends_leaves_the_companion_to_its_owner(
    companion: ahead.Companion,
) -> None:
    pid = os.fork()
    if pid == 0:
        ahead.end()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    os.kill(companion.pid, 0)


def test_half_a_word_of_work_beside_is_none(
    companion: ahead.Companion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off(work: Any, pipe: int) -> None:
        os.write(pipe, b"do")
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(ahead, "_work", breaks_off)
    assert ahead.aside(lambda: b"done")() == b""


def test_a_specimen_that_cannot_be_laid_out_answers_nobody(
    store: Store, companion: ahead.Companion
) -> None:
    composed = paper(store)
    settings = composed.bureau.settings
    far = ["p { background: url(https://example.invalid/a.png) }"]
    beside.make_ready(far, settings["theme"], settings["page"])
    made = make_files(composed, TEMPLATE, ("docx", "pdf"))[1]
    ahead.end()
    assert make_files(composed, TEMPLATE, ("docx", "pdf"))[1] == made


def test_it_goes_when_it_is_let_go(companion: ahead.Companion) -> None:
    ahead.end()
    assert ahead.at_hand() is None
    with pytest.raises(ProcessLookupError):
        os.kill(companion.pid, 0)


def test_none_is_begun_where_there_are_threads_or_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_cores", lambda: 1)
    ahead.begin("briefgen.render.beside:serve")
    assert ahead.at_hand() is None
    monkeypatch.setattr(ahead, "_cores", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    ahead.begin("briefgen.render.beside:serve")
    assert ahead.at_hand() is None


def test_no_paper_leaves_anything_in_the_process_for_the_next(store: Store) -> None:
    first, other = paper(store), paper(store, "IND")
    before = render(first.bureau, TEMPLATE, first.data, ["docx", "pdf", "html"])
    between = render(other.bureau, TEMPLATE, other.data, ["docx", "pdf", "html"])
    after = render(first.bureau, TEMPLATE, first.data, ["docx", "pdf", "html"])
    assert before == after
    assert between["pdf"] != before["pdf"]
