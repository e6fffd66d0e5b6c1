"""`make check-documents`: every paper of every bureau in every format, held to real validators.

    python -m tests.documents.check --tools .venv/validators [--keep DIR]

In: nothing but the workspace. Out: a line for each validator, every fault, and 1 if there is one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.documents.made import every_paper
from tests.documents.validators import validate


def main() -> int:
    """Make, validate, tell."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tools", type=Path, required=True, help="what .ci/documents filled")
    options.add_argument("--keep", type=Path, help="keep the papers here, to be looked at")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        start = time.perf_counter()
        papers = every_paper(folder)
        print(f"{len(papers)} papers made in {time.perf_counter() - start:.0f} s", flush=True)
        faults = 0
        for verdict in validate(papers, given.tools):
            faults += len(verdict.faults)
            said = f"{len(verdict.faults)} faults" if verdict.faults else "passed"
            print(f"{verdict.validator}: {verdict.files} files, {said}", flush=True)
            for fault in verdict.faults:
                print(f"  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
