"""What the tests of packs share: a workspace, the command as a process, the look of a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from briefgen.packs.order import Task
from briefgen.packs.worker import Made
from tests.conftest import ROOT

SCOPE = ("--treaty", "CTBT", "--as-of", "2003-08-31")


def told_by(task: Task) -> Made:
    """What a worker tells of itself: its process, and whether all was there before its task."""
    return Made(task, notes=({"pid": os.getpid(), "warm": "weasyprint" in sys.modules},))


class Packs:
    """`briefgen pack` and its company in a workspace, with a cache of its own."""

    def __init__(self, workspace: Path, folder: Path) -> None:
        self.workspace = workspace
        self.folder = folder
        self.cache = folder / "cache"

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of the command."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BRIEFGEN")}
        return {**kept, "BRIEFGEN_CACHE": str(self.cache), "PYTHONPATH": str(ROOT), **more}

    def command(self, *arguments: str) -> list[str]:
        """The command as a process is started."""
        workspace = str(self.workspace)
        return [sys.executable, "-m", "briefgen", "--workspace", workspace, *arguments]

    def run(
        self, *arguments: str, cwd: Path | None = None, umask: int = -1, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            self.command(*arguments), cwd=cwd or self.folder, env=self.environment(**more),
            capture_output=True, text=True, timeout=170, check=False, umask=umask,
        )  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command in a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments), cwd=self.folder, env=self.environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def pack(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """Make a pack in the folder `pack`."""
        return self.run("pack", *arguments, *SCOPE, "-o", "pack", **more)

    @property
    def out(self) -> Path:
        """The pack."""
        return self.folder / "pack"

    def events(self, *arguments: str) -> list[dict[str, Any]]:
        """Make a pack and take what it tells as JSON."""
        result = self.pack(*arguments, "--json")
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its name there, but for the lock."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """When each file was written, and which file it is."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def words_in(path: Path) -> str:
    """All that a file says: a PDF's text and strings, a Word file's every part."""
    if path.suffix == ".pdf":
        from pypdf import PdfReader

        reader = PdfReader(path)
        told = " ".join(str(value) for value in (reader.metadata or {}).values())
        return " ".join((told + " ".join(p.extract_text() for p in reader.pages)).split())
    if path.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(path) as archive:
            return " ".join(archive.read(n).decode("utf-8", "replace") for n in archive.namelist())
    return path.read_text("utf-8")


def grandchildren(parent: int) -> list[int]:
    """The processes that work: the grandchildren, forked from the warm parent."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found.append((int(path.parent.name), int(fields[1])))
    children = {pid for pid, above in found if above == parent}
    return sorted(pid for pid, above in found if above in children)
