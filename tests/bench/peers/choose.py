"""Choose the events of a State by index, and by a scan: `python choose.py WORKSPACE INDEX STATE`.

In: a workspace and its index. Out: one line of JSON: milliseconds, number of events, megabytes.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from pathlib import Path


def resident() -> float:
    """Megabytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def main(workspace: str, index: str, state: str) -> None:
    from briefgen.store import Store

    kinds = ("participant", "target", "mentioned")
    before, started = resident(), time.perf_counter()
    with Store.opened(Path(workspace), Path(index)) as store:
        events = store.events(sorted(store.event_ids([(kind, state) for kind in kinds])))
        taken = time.perf_counter() - started
        grown = resident() - before
    started = time.perf_counter()
    with sqlite3.connect(f"file:{index}?mode=ro", uri=True) as database:
        found = database.execute(
            "SELECT count(*) FROM record WHERE kind = 'event' AND json LIKE ?", (f'%"{state}"%',)
        ).fetchone()[0]
    scanned = time.perf_counter() - started
    print(json.dumps({"ms": taken * 1000, "scan": scanned * 1000, "events": len(events),
                      "scanned": found, "mb": grown}))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
