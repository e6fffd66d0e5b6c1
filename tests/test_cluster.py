"""A pack on a Dask cluster: real workers on loopback, one killed in the middle, nothing lost."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from briefgen.confined import Limits
from briefgen.packs import making
from briefgen.packs.cluster import Sent, render_there
from briefgen.packs.order import PackOrder
from briefgen.selection import Request
from briefgen.store import Store
from tests.packing import SCOPE, Packs, contents

STATES = ("China", "India", "Iran", "Viet Nam", "Pakistan", "Israel", "Egypt", "Colombia")


@pytest.fixture
def packs(workspace: Path, tmp_path: Path) -> Packs:
    return Packs(workspace, tmp_path)


class Cluster:
    """A scheduler and workers, each a process group of its own."""

    def __init__(self, packs: Packs) -> None:
        self.packs = packs
        self.started: list[subprocess.Popen[bytes]] = []
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self.start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        name = f"{arguments[0]}-{len(self.started)}.log"
        with (self.packs.folder / name).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{arguments[0]}", *arguments[1:]],
                cwd=self.packs.folder, env=self.packs.environment(), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.started.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start(
            "worker", self.address, "--nworkers", "1", "--nthreads", "1", "--no-dashboard",
            "--no-nanny", "--death-timeout", "60",
        )  # fmt: skip

    def stop(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def cluster(packs: Packs) -> Iterator[Cluster]:
    found = Cluster(packs)
    try:
        yield found
    finally:
        found.stop()


def test_a_cluster_that_loses_a_worker_loses_no_paper_and_makes_the_same_bytes(
    packs: Packs, cluster: Cluster
) -> None:
    first, _ = cluster.worker(), cluster.worker()
    wanted = ("--paper", "cover", "--paper", "brief", "--format", "pdf")
    process = packs.start(
        "pack", *STATES, *wanted, *SCOPE, "-o", "pack", "--executor", "dask", "--scheduler",
        cluster.address,
    )  # fmt: skip
    assert process.stderr
    for line in process.stderr:
        if line.startswith("[2/8]"):
            break
    os.killpg(first.pid, signal.SIGKILL)
    _, wrong = process.communicate(timeout=150)
    assert process.returncode == 0, wrong
    assert sorted(re.findall(r"^\[\d/8\] (\w+): made cover, brief$", wrong, re.M)) != []
    assert packs.run("verify", "pack").returncode == 0
    local = Packs(packs.workspace, packs.folder / "local")
    local.folder.mkdir()
    assert local.pack(*STATES, *wanted).returncode == 0
    assert contents(packs.out) == contents(local.out)


def test_a_cluster_that_is_not_there_is_told(packs: Packs) -> None:
    result = packs.pack("China", "--executor", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert result.returncode == 2
    assert "no Dask cluster with a worker at tcp://127.0.0.1:9" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_worker_with_another_program_makes_no_paper(packs: Packs) -> None:
    order = PackOrder(Request(date(2003, 8, 31), "JPN"), ("CHN",), ("base",))
    with Store(packs.workspace, packs.cache) as store, making._setting(store, order) as setting:
        sent = Sent("base", "brief.html.j2", ("pdf",), "another", Limits(), {})
        found = render_there(setting.bundles["base"], sent)
    assert isinstance(found, list)
    assert "another version of briefgen, of a library or of the fonts" in str(found[0])
