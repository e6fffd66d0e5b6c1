"""Run a fuzzer for a time: `python -m tests.fuzz.run yaml --seconds 600`; it needs atheris.

In: the name of a target, seconds, a folder in which what was learnt is kept. Out: a line with the
runs, branches and inputs kept; and for an input that breaks a promise the file that it is in, what
it broke and how to see it again, with exit code 1. `--input FILE` feeds one file to the target.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz import FOUND, NAMES, target

ROOT = Path(__file__).resolve().parent.parent.parent
_RAISED = re.compile(r"[\w.]*(Error|Exception|Interrupt)\b")
_PATIENCE = 20  # seconds for one input
_MEMORY = 2048  # megabytes


def main() -> int:
    """Run what is asked for; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".venv/fuzz")
    parser.add_argument("--input", type=Path, help="feed this file alone, and show what it does")
    parser.add_argument("--inside", nargs="*", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.input:
        target(asked.target).one(asked.input.read_bytes())
        return 0
    if asked.inside is not None:
        _fuzz(asked.target, asked.inside)
        return 0
    return _watch(asked.target, asked.seconds, asked.corpus / asked.target)


def _watch(name: str, seconds: int, corpus: Path) -> int:
    """Run the fuzzer as a process beside this one, and tell what came of it."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        folder = Path(scratch)
        command = [
            sys.executable, "-m", "tests.fuzz.run", name, "--inside", str(corpus),
            str(_seeded(name, folder / "seeds")), str(_written(name, folder / "words")),
            f"{folder}/broken-", str(seconds),
        ]  # fmt: skip
        corpus.mkdir(parents=True, exist_ok=True)
        told: list[str] = []
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace",
        )  # fmt: skip
        assert process.stdout
        for line in process.stdout:
            told.append(line.rstrip("\n"))
        code = process.wait()
        broken = sorted(folder.glob("broken-*"))
        print(f"{name}: {_figures(told)}, {len(list(corpus.iterdir()))} inputs kept", flush=True)
        if not broken and code:
            print("\n".join(told[-20:]), flush=True)
        for path in broken:
            print(_kept(name, path, told), flush=True)
        return 1 if broken or code else 0


def _seeded(name: str, folder: Path) -> Path:
    folder.mkdir()
    for number, seed in enumerate(target(name).seeds()):
        (folder / f"{number:04}").write_bytes(seed)
    return folder


def _written(name: str, path: Path) -> Path:
    """The words of a target as libFuzzer reads them."""
    made = []
    for word in target(name).words:
        plain = word.replace('"', '\\"').replace("\n", "\\x0a").replace("\r", "\\x0d")
        made.append(f'"{plain}"\n')
    path.write_text("".join(made), "utf-8")
    return path


def _figures(told: list[str]) -> str:
    """Runs and branches, from the last line that has them."""
    line = next((t for t in reversed(told) if re.match(r"#\d+\t.* cov: \d+", t)), "")
    runs, branches = re.match(r"#(\d+)", line), re.search(r"cov: (\d+)", line)
    done = next((m[1] for t in told if (m := re.match(r"Done (\d+) runs", t))), None)
    return f"{done or (runs[1] if runs else 0)} runs, {branches[1] if branches else 0} branches"


def _kept(name: str, broken: Path, told: list[str]) -> str:
    """Keep an input that broke a promise; what is told of it, in one line."""
    content = broken.read_bytes()
    path = FOUND / name / hashlib.sha256(content).hexdigest()[:12]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    says = [t for t in told if _RAISED.match(t)] or [t for t in told if "ERROR: libFuzzer" in t]
    shown = path.relative_to(ROOT)
    what = says[0][:300] if says else "the fuzzer stopped"
    return f"{shown}: {what} (mend it; see it: python -m tests.fuzz.run {name} --input {shown})"


def _fuzz(name: str, given: list[str]) -> None:
    """In the process that fuzzes: watch the modules of the target, then feed it."""
    import atheris

    corpus, seeds, words, broken, seconds = given
    with atheris.instrument_imports(include=list(NAMES[name][1])):
        found = target(name)
        for seed in found.seeds():  # what is imported late is watched too
            found.one(seed)
            break
    arguments = [
        sys.argv[0], corpus, seeds, *([f"-dict={words}"] if found.words else []), f"-artifact_prefix={broken}",
        f"-max_total_time={seconds}", f"-timeout={_PATIENCE}", f"-rss_limit_mb={_MEMORY}",
        f"-max_len={found.longest}", "-print_final_stats=1",
    ]  # fmt: skip
    atheris.Setup(arguments, found.one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
