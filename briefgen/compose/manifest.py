"""The manifest of a paper: which version it is, and what every statement in it rests on.

In: the data of a paper, the request behind it, the files made. Out: plain data, written beside the
paper; from it a paper is explained, and compared with a later one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from briefgen import __version__, strict_json
from briefgen.compose.facts import Data, facts_of, version_of
from briefgen.dates import PartialDate
from briefgen.selection import Request

ENDING = ".manifest.json"
_MAYBE = (str, type(None))
_FACT = {"key": str, "text": str, "rule": str, "reason": str, "file": str, "line": int}
# What a manifest must hold to be explained and compared, whoever has written it.
_SHAPE = {
    "paper": {"number": str, "version": str},
    "as_of": str,
    "request": {
        **{name: [str] for name in ("countries", "treaties", "topics")},
        **dict.fromkeys(("since", "until", "ceiling", "meeting"), _MAYBE),
    },
    "facts": [{**_FACT, "section": str, "sources": [{"document": str, "places": str}]}],
    "left_out": [_FACT],
}
_HANDLING = {"level": str, "caveats": [str], "readers": (list, type(None))}
_BESIDE = {"addendum": int, "marking": str, "handling": _HANDLING}


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


def read_manifest(path: Path) -> Data:
    """The manifest of a paper; raises OSError when there is none, ValueError when it is not one."""
    found: Data = strict_json.read(path)
    shape = {
        **_SHAPE,
        **{k: v for k, v in _BESIDE.items() if isinstance(found, dict) and k in found},
    }
    if fault := strict_json.shape_fault(found, shape):
        raise ValueError(fault)
    date.fromisoformat(found["as_of"])
    for name in ("since", "until"):
        if found["request"][name]:
            PartialDate(found["request"][name])
    return found
