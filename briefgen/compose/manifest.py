"""The manifest of a paper: which version it is, and what every statement in it rests on.

In: the data of a paper, the request behind it, the files made. Out: plain data, written beside the
paper; from it a paper is explained, and compared with a later one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from briefgen import __version__
from briefgen.compose.facts import Data, facts_of, version_of
from briefgen.selection import Request

ENDING = ".manifest.json"


def manifest_of(
    paper: Mapping[str, Any], request: Request, files: Mapping[str, bytes], **more: Any
) -> Data:
    """The manifest of a paper; `more` goes on top, such as the number of an addendum."""
    frame = paper["paper"]
    meeting = paper.get("meeting")
    return {
        "briefgen": __version__,
        "paper": {
            **{key: frame.get(key, "") for key in ("kind", "edition", "title")},
            "number": frame.get("number") or next(iter(files), "").rpartition(".")[0],
            "version": frame.get("version") or version_of(paper),
        },
        "as_of": request.as_of.isoformat(),
        "marking": paper["marking"]["id"],
        "handling": paper["marking"]["handling"],
        "request": {
            "countries": list(request.countries),
            "treaties": list(request.treaties),
            "topics": list(request.topics),
            "since": str(request.since) if request.since else None,
            "until": str(request.until) if request.until else None,
            "ceiling": request.ceiling,
            "readers": list(request.readers),
            "meeting": meeting["id"] if meeting else None,
        },
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "facts": facts_of(paper),
        "left_out": list(paper.get("near_misses", ())),
        "dropped": dict(paper.get("dropped", {})),
        **more,
    }
