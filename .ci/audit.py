"""Say what an audit found: how many libraries could be asked for, and the known holes of each.

In: the JSON of pip-audit, and what it said. Out: lines; exit code 1 where a hole is known, 0 else.
"""

import json
import sys
from pathlib import Path


def main(report: str, log: str) -> int:
    """Tell of a report; one that is not there means that nobody could be asked."""
    try:
        found = json.loads(Path(report).read_text("utf-8"))["dependencies"]
    except (OSError, ValueError, KeyError):
        last = Path(log).read_text("utf-8").strip().splitlines()[-1:]
        print(f"audit: nobody could be asked, so NOTHING was audited ({''.join(last)[:200]})")
        return 0
    asked = [library for library in found if "vulns" in library]
    holes = [(library, hole) for library in asked for hole in library["vulns"]]
    for library, hole in holes:
        mend = ", ".join(hole["fix_versions"]) or "no version yet"
        names = ", ".join([hole["id"], *hole.get("aliases", [])])
        print(f"{library['name']} {library['version']}: {names} (mended in {mend})")
    count = f"{len(asked)} of {len(found)} libraries could be asked for"
    print(
        f"audit: {count}, " + (f"{len(holes)} known holes" if asked else "so NOTHING was audited")
    )
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
