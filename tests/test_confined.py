"""Whatever a template does to the process that renders it, the ministry's own process lives on."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from briefgen import ahead, confined
from briefgen.cli import group
from briefgen.confined import Limits
from briefgen.errors import BriefgenError, Problem, RequestError, Source
from briefgen.packs import making, pool, worker
from briefgen.packs.order import Task
from briefgen.packs.worker import Made
from briefgen.render.files import Prepared
from briefgen.store import Store
from tests.conftest import Run, edit
from tests.packing import SCOPE, Packs
from tests.test_pool import order

MEGABYTE = 1_000_000
# Three loops, one in the other, over what any template can write down.
BOMB = "{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}"
BOMB = "{% set x = '" + "x" * 3000 + "' %}\n" + BOMB


@pytest.fixture
def limited() -> Iterator[Callable[..., None]]:
    """Sets limits for what is run from this test."""
    before = confined.limits()
    yield lambda **given: confined.use(Limits(**given))
    confined.use(before)


def told(work: Callable[[], Any]) -> str:
    """What is told of work that cannot be done in its limits."""

    def limited_work() -> Any:
        confined.allow("templates/own/brief.html.j2")
        return work()

    with pytest.raises(BriefgenError) as found:
        confined.run(limited_work)
    return str(found.value)


def spin() -> None:
    while True:
        pass


# -- one process -----------------------------------------------------------------------------------


def test_work_gives_what_it_gives_in_a_process_of_its_own() -> None:
    pid, large = confined.run(lambda: (os.getpid(), bytes(3 * MEGABYTE)))
    assert pid != os.getpid()
    assert len(large) == 3 * MEGABYTE


def test_what_work_raises_is_raised_here_with_all_that_it_says() -> None:
    problem = Problem(Source("data/a.yaml", 3, 4), "x", "is wrong", "mend it")

    def fails() -> None:
        raise BriefgenError([problem])

    with pytest.raises(BriefgenError) as found:
        confined.run(fails)
    assert found.value.problems == [problem]


def test_a_fault_that_cannot_be_sent_is_told_all_the_same() -> None:
    class OwnError(Exception):
        def __reduce__(self) -> Any:
            raise TypeError("never")

    def fails() -> None:
        raise OwnError("what it was")

    with pytest.raises(RuntimeError, match="OwnError: what it was"):
        confined.run(fails)


def test_a_process_that_is_killed_is_told_and_kills_nobody() -> None:
    found = told(lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert found.startswith("templates/own/brief.html.j2: the process that made it was ended by SI")
    assert "4000 MB, limits.memory in data/ministry.yaml" in found


def test_processor_time_is_limited(limited: Callable[..., None]) -> None:
    limited(cpu=1)
    assert told(spin) == (
        "templates/own/brief.html.j2: took more than 1 s of processor time, and was stopped"
        " (make it simpler, or raise limits.cpu in data/ministry.yaml)"
    )


def test_each_paper_has_processor_time_of_its_own(limited: Callable[..., None]) -> None:
    import resource

    limited(cpu=7)

    def soft_limits() -> list[float]:
        found = []
        for _ in range(2):
            confined.allow("paper")
            used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
            found.append(resource.getrlimit(resource.RLIMIT_CPU)[0] - used)
        return found

    assert all(7 <= left <= 8 for left in confined.run(soft_limits))


def test_the_clock_is_limited(limited: Callable[..., None]) -> None:
    limited(wall=1)
    found = told(threading.Event().wait)
    assert "templates/own/brief.html.j2: was not done after 1 s, and was stopped" in found


def test_memory_is_limited(limited: Callable[..., None]) -> None:
    limited(memory=100)
    assert "needs more than 100 MB of memory" in told(lambda: bytearray(200 * MEGABYTE))

    def smaller() -> int:
        confined.allow("x")
        return len(bytearray(50 * MEGABYTE))

    assert confined.run(smaller) == 50 * MEGABYTE


@pytest.mark.parametrize(
    "error",
    [
        ImportError("libx.so.1: failed to map segment from shared object"),
        OSError("libx.so.1: cannot allocate memory in static TLS block"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_want_of_memory_is_told_as_such_whatever_meets_it(
    limited: Callable[..., None], error: Exception
) -> None:
    limited(memory=100)

    def starve() -> None:
        try:
            raise error
        except Exception as cause:
            raise RuntimeError("a library has no words for it") from cause

    assert "needs more than 100 MB of memory" in told(starve)


def test_limits_hold_from_the_moment_that_they_are_known() -> None:
    """Before the first paper: what a bureau has written is read and compiled by then."""

    def read() -> int:
        confined.use(Limits(memory=100))
        return len(bytearray(200 * MEGABYTE))

    with pytest.raises(BriefgenError, match="needs more than 100 MB of memory"):
        confined.run(read)


def test_the_size_of_a_file_is_limited(limited: Callable[..., None], tmp_path: Path) -> None:
    limited(file=1)

    def write() -> None:
        confined.allow("x")
        (tmp_path / "large").write_bytes(bytes(2 * MEGABYTE))

    with pytest.raises(OSError, match="File too large"):
        confined.run(write)


def test_there_is_no_network_neither_for_python_nor_for_what_it_calls() -> None:
    asked: list[str] = []

    class Counter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Counter)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def fetch() -> list[str]:
        import urllib.request

        confined.allow("x")
        tried = []
        for ask in (
            lambda: urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/"),
            lambda: socket.create_connection(("127.0.0.1", server.server_port)),
            lambda: socket.getaddrinfo("example.invalid", 80),
        ):
            try:
                ask()
            except OSError as error:
                tried.append(type(error).__name__)
        descriptor = ctypes.CDLL(None).socket(socket.AF_INET, socket.SOCK_STREAM, 0)
        return [*tried, "kernel" if descriptor < 0 else "open"]

    found = confined.run(fetch)
    server.shutdown()
    thread.join()
    server.server_close()
    assert asked == []
    assert found == ["URLError", "PermissionError", "PermissionError", "kernel"]


def test_what_is_left_undone_beside_it_keeps_no_work_from_ending() -> None:
    """A refusal while templates are compiled beside: nobody asks for them any more."""

    def refused() -> None:
        ahead._companion = ahead.Companion(os.getpid(), socket.socketpair()[0])
        ahead.aside(lambda: bytes(MEGABYTE))
        ahead._companion = None
        raise RequestError("no")

    with pytest.raises(RequestError):
        confined.run(refused)


def test_the_process_goes_when_the_one_that_waits_is_killed(tmp_path: Path) -> None:
    """Two processes: one waits for the other, is killed, and leaves no orphan."""
    reader, writer = os.pipe()
    waiting = os.fork()
    if waiting == 0:
        os.close(reader)
        try:
            confined.run(lambda: (os.write(writer, b"begun"), threading.Event().wait()))
        finally:
            os._exit(0)
    os.close(writer)
    assert os.read(reader, 5) == b"begun"
    os.kill(waiting, signal.SIGKILL)
    os.waitpid(waiting, 0)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == b""  # it comes to its end when nobody holds the other side


# -- papers ----------------------------------------------------------------------------------------


def plant(workspace: Path, block: str, *, limits: str = "{template: 1}") -> None:
    """A bureau whose brief holds a block of its own, in a ministry with limits."""
    folder = workspace / "templates/own"
    folder.mkdir()
    (folder / "bureau.yaml").write_text("extends: base\nname: Own\n")
    text = f'{{% extends "brief.html.j2" %}}\n{{% block points %}}\n{block}\n{{% endblock %}}\n'
    (folder / "brief.html.j2").write_text(text)
    edit(workspace / "data/ministry.yaml", "raise_open: yes", f"raise_open: yes\nlimits: {limits}")


@pytest.mark.parametrize("kind", ["docx", "pdf", "html"])
def test_a_template_that_never_ends_is_stopped_and_told_with_its_line(
    workspace: Path, briefgen: Run, tmp_path: Path, kind: str
) -> None:
    arguments = ("brief", "China", "--as-of", "2003-08-13", "-f", kind)
    before = briefgen("-w", str(workspace), *arguments)
    assert before.returncode == 0, before.stderr
    files = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    plant(workspace, BOMB)
    found = briefgen("-w", str(workspace), *arguments, "-b", "own")
    assert found.returncode == 1
    assert found.stderr == (
        "templates/own/brief.html.j2:4:1: takes more than 1 s to fill (make it simpler, or raise"
        " limits.template in data/ministry.yaml)\nbriefgen: 1 problem; nothing written\n"
    )
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == files


def test_a_template_that_doubles_a_text_for_ever_is_stopped(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    doubled = "{% set n.x = n.x ~ n.x %}" * 60
    plant(workspace, f"{{% set n = namespace(x='x') %}}{doubled}", limits="{memory: 300}")
    found = briefgen("-w", str(workspace), "brief", "China", "-b", "own")
    assert found.returncode == 1
    assert "templates/brief.html.j2" not in found.stderr
    assert "brief.html.j2: needs more than 300 MB of memory" in found.stderr
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "out").exists()


def test_a_paper_that_grows_beyond_all_bounds_is_stopped(workspace: Path, briefgen: Run) -> None:
    line = "<p>" + "x" * 5000 + "</p>"
    many = "x" * 5000
    plant(workspace, f"{{% for a in '{many}' %}}{line}{{% endfor %}}", limits="{template: 60}")
    found = briefgen("-w", str(workspace), "brief", "China", "-b", "own")
    assert found.returncode == 1
    assert "makes more than 20,000,000 letters" in found.stderr


def test_a_form_written_in_word_that_never_ends_is_stopped(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    from docx import Document

    plant(workspace, "")
    (workspace / "templates/own/brief.html.j2").unlink()
    form = Document()
    form.sections[0].header.paragraphs[0].text = "{{ marking.label }}"
    form.sections[0].footer.paragraphs[0].text = "{{ marking.label }}"
    loops = [f"{{% for n{depth} in status.rows %}}" for depth in range(16)]
    form.add_paragraph("".join([*loops, "x", *["{% endfor %}"] * len(loops)]))
    form.save(str(workspace / "templates/own/brief.docx"))
    found = briefgen("-w", str(workspace), "brief", "China", "-b", "own", "-f", "docx")
    assert found.returncode == 1
    assert "templates/own/brief.docx" in found.stderr
    assert "takes more than 1 s to fill" in found.stderr
    assert not (tmp_path / "out").exists()


def test_a_pack_goes_on_with_the_next_state(workspace: Path, tmp_path: Path) -> None:
    plant(workspace, f"{{% if 'China' in paper.title %}}{BOMB}{{% endif %}}{{{{ super() }}}}")
    packs = Packs(workspace, tmp_path)
    arguments = ("--paper", "brief", "-b", "own", "--jobs", "1")
    result = packs.pack("China", "India", "Iran", "Viet Nam", *arguments)
    assert result.returncode == 1
    assert "takes more than 1 s to fill" in result.stderr
    made = sorted(path.name for path in packs.out.rglob("*.pdf"))
    assert [name[:3] for name in made] == ["IND", "IRN", "VNM"]


def test_check_tells_of_a_template_that_eats_memory_and_checks_the_other_bureaus(
    workspace: Path, briefgen: Run
) -> None:
    doubled = "{% set n.x = n.x ~ n.x %}" * 60
    plant(workspace, f"{{% set n = namespace(x='x') %}}{doubled}", limits="{memory: 1500}")
    found = briefgen("-w", str(workspace), "bureau", "check", "own", "arms-control")
    assert found.returncode == 1
    assert "needs more than 1500 MB of memory" in found.stdout
    assert "arms-control: 35 papers made, nothing to mend" in found.stdout


# -- packs -----------------------------------------------------------------------------------------


def spinning(task: Task) -> Made:
    confined.allow(task.key)
    if task.key == "IND":
        spin()
    return Made(task)


def waiting(task: Task) -> Made:
    confined.allow(task.key)
    if task.key == "IND":
        threading.Event().wait()
    return Made(task, notes=({"confined": confined.joined()},))


def faults(
    packs: Packs, limits: Limits, make: Callable[[Task], Made], monkeypatch: pytest.MonkeyPatch
) -> dict[str, list[str]]:
    """What is told of each State of a pack made by workers with these limits."""
    from dataclasses import replace

    monkeypatch.setattr(worker, "make", make)
    with Store(packs.workspace, packs.cache) as store, making._setting(store, order()) as setting:
        workers = pool.Pool(replace(setting, limits=limits), 2)
        tasks = [replace(task, papers=("brief",)) for task in order().tasks()]
        return {m.task.key: [str(f) for f in m.faults] for m in workers.run(tasks)}


def test_a_worker_out_of_processor_time_costs_its_state_alone_and_is_not_tried_again(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = faults(Packs(workspace, tmp_path), Limits(cpu=1), spinning, monkeypatch)
    assert len(found) == 8
    assert {key: told for key, told in found.items() if told} == {
        "IND": [
            "IND: took more than 1 s of processor time, and was stopped (make it simpler, or"
            " raise limits.cpu in data/ministry.yaml)"
        ]
    }


def test_a_worker_that_is_not_done_in_time_costs_its_state_alone(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = faults(Packs(workspace, tmp_path), Limits(wall=1), waiting, monkeypatch)
    assert len(found) == 8
    assert [key for key, told in found.items() if told] == ["IND"]
    assert "was not done after 1 s" in found["IND"][0]


# -- nothing is rendered elsewhere -----------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("brief", "China", "--as-of", "2003-08-13", "--clearance"),
        ("brief", "China", "--as-of", "2003-08-13", "--edition", "leave-behind"),
        ("history", "--country", "China", "--until", "2003-08"),
        ("record", "cn-disarmament-2003-08-14"),
        ("gaps", "--as-of", "2003-08-13", "--paper"),
        ("addendum", "China", "--since-version", "2003-08-13", "--as-of", "2003-08-31"),
        ("pack", "China", *SCOPE, "--paper", "cover", "--book"),
        ("bureau", "preview", "base", "cover"),
        ("bureau", "check", "base"),
    ],
)
def test_every_command_renders_in_a_process_of_limits(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The commands here in this process, with a mark in place of the other process."""
    rendered: list[bool] = []
    state = {"confined": False}

    def run(work: Callable[[], Any]) -> Any:
        state["confined"] = True
        try:
            return work()
        finally:
            state["confined"] = False

    plain = Prepared.__init__

    def watched(self: Any, *given: Any) -> None:
        rendered.append(state["confined"])
        plain(self, *given)

    monkeypatch.setattr(confined, "run", run)
    monkeypatch.setattr(Prepared, "__init__", watched)
    monkeypatch.setenv("BRIEFGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(group, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert rendered
    assert all(rendered)
