"""Switch each guard off, one at a time, and see that its tests fail: `make guards`.

In: the guards, all or those whose name or case is given. Out: a line a guard, and exit code 1 when
a test still passes without its guard. The tree is copied; nothing here is changed.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.guards import ROOT, Guard, guards

_COPIED = ("briefgen", "data", "templates", "tests", "pyproject.toml", "README.md", "SECURITY.md",
           "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "constraints.txt", ".ci")  # fmt: skip
_PATIENCE = 90  # seconds for a test: without its guard it may never end
_MEMORY = 4_000_000_000  # bytes, of each of its processes


def main() -> int:
    """Try the guards asked for; 0 when every test of every one fails without it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="part of a guard's name, or a case")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    chosen = [g for g in guards() if not asked.only or any(_meant(g, o) for o in asked.only)]
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))  # also of what is started here
    started, idle = time.monotonic(), 0
    with ThreadPoolExecutor(asked.jobs) as threads:
        for guard, ends in threads.map(_try, chosen):
            passed = [test for test, end in ends.items() if end == "passes"]
            idle += bool(passed)
            case = ", ".join(guard.cases)
            print(f"{'IDLE  ' if passed else 'needed'}  {guard.name} [{case}]", flush=True)
            for test, end in ends.items():
                if end != "fails":
                    print(f"        {end} without it: {test}", flush=True)
    seconds = time.monotonic() - started
    print(f"{len(chosen)} guards, {len(chosen) - idle} needed, {idle} idle ({seconds:.0f} s)")
    return 1 if idle or not chosen else 0


def _meant(guard: Guard, given: str) -> bool:
    return given in guard.cases or (not given.isdigit() and given in guard.name)


def _try(guard: Guard) -> tuple[Guard, dict[str, str]]:
    """The guard, and how each of its tests ends without it."""
    with tempfile.TemporaryDirectory(prefix="guard-") as scratch:
        root = Path(scratch)
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copyfile(source, root / name)
        path = root / guard.file
        path.write_text(guard.switched_off(path.read_text("utf-8")), "utf-8")
        return guard, {test: _end(root, test) for test in guard.tests}


def _end(root: Path, test: str) -> str:
    """How a test ends on the copy: it passes, fails, or does not end and has failed."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", test]
    with subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            told, _ = process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return "does not end"
    if process.returncode > 1:  # no such test, or tests that cannot be collected
        sys.stdout.write(told.decode(errors="replace")[-2000:])
        return "passes"
    return "fails" if process.returncode else "passes"


if __name__ == "__main__":
    sys.exit(main())
