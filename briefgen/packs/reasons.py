"""What a paper of a pack rests on: its events, statuses and lines, each with its rule.

In: any file of a paper or of a pack. Out: plain data and tables: for a paper every record that is
in it, by which rule and why, and where it is written; for a file of the pack as a whole, the papers
that it is made of. A file that is not as it was made is told so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from briefgen import strict_json
from briefgen.errors import RequestError
from briefgen.packs.proof import MANIFEST, Data, read_manifest, sha256

ENDING = ".manifest.json"
_KINDS = {
    "event": "Events", "status": "Statuses", "line": "Lines to take", "meeting": "The meeting",
    "official": "Officials",
}  # fmt: skip
_COLUMNS = ("Record", "Statements", "Rule", "Where", "Why")
_PAPERS = ("Paper", "Version", "Records", "File")
_FACT = {"key": str, "file": str, "line": int, "rule": str, "reason": str, "section": str}
_PAPER = {"paper": {"title": str, "version": str}, "as_of": str, "files": {}, "facts": [_FACT]}
_PACK = {"states": [{"papers": [{"title": str, "version": str, "records": list, "files": [str]}]}]}


def reasons(file: Path) -> Data:
    """Why a file says what it says; raises RequestError when nothing is known of it."""
    if not file.is_file():
        raise RequestError(f"{file}: no such file")
    own = file.with_name(f"{file.name.removesuffix(ENDING).removesuffix(file.suffix)}{ENDING}")
    if file.name.endswith(ENDING):
        own = file
    if own.is_file():
        return _of_paper(file, own)
    for folder in (file.parent, *list(file.resolve().parents)[:3]):
        if (folder / MANIFEST).is_file():
            return _of_pack(file, folder)
    raise RequestError(f"{file}: no manifest of it is beside it, nor one of a pack above it")


def _of_paper(file: Path, own: Path) -> Data:
    try:
        manifest = strict_json.read(own)
    except (OSError, ValueError) as error:
        raise RequestError(f"{own} is not a manifest of a paper: {error}") from None
    if fault := strict_json.shape_fault(manifest, _PAPER):
        raise RequestError(f"{own} is not a manifest of a paper: {fault}")
    facts, files, paper = manifest["facts"], manifest["files"], manifest["paper"]
    notices = []
    if file != own and files.get(file.name) != sha256(file.read_bytes()):
        notices.append(f"{file.name} was changed since it was made: this is what it was made from")
    records = _records(facts)
    groups: dict[str, list[Data]] = {}
    for found in records:
        groups.setdefault(_KINDS.get(found["kind"], "Others"), []).append(found)
    title = f"{paper['title']}, version {paper['version']}, as of {manifest['as_of']}"
    tables = [
        (f"{title}: {name}, {len(listed)}", _COLUMNS, [_row(found) for found in listed])
        for name, listed in groups.items()
    ]
    return {"paper": paper, "as_of": manifest["as_of"], "inputs": manifest.get("inputs"),
            "records": records, "notices": notices, "tables": tables}  # fmt: skip


def _records(facts: Iterable[Mapping[str, Any]]) -> list[Data]:
    """The records of a paper, each once, in the order of the paper."""
    found: dict[str, Data] = {}
    for fact in facts:
        key, _, statement = str(fact["key"]).partition("#")
        record = found.setdefault(
            key,
            {
                "record": key,
                "kind": key.partition(":")[0],
                "statements": [],
                "rules": {},
                "file": fact["file"],
                "line": fact["line"],
                "sections": [],
            },
        )
        if statement and statement not in record["statements"]:
            record["statements"].append(statement)
        record["rules"].setdefault(fact["rule"], fact["reason"])
        if fact["section"] not in record["sections"]:
            record["sections"].append(fact["section"])
    return list(found.values())


def _row(record: Mapping[str, Any]) -> tuple[str, ...]:
    place = f"{record['file']}:{record['line']}" if record["file"] else "computed"
    reasons_ = "\n".join(dict.fromkeys(record["rules"].values()))
    name = str(record["record"]).partition(":")[2]
    return (name, ", ".join(record["statements"]), ", ".join(record["rules"]), place, reasons_)


def _of_pack(file: Path, folder: Path) -> Data:
    """A file of the pack as a whole: what it is made of."""
    manifest = read_manifest(folder)
    name = file.resolve().relative_to(folder.resolve()).as_posix()
    known = manifest["files"]
    if name != MANIFEST and name not in known:
        raise RequestError(f"{file} does not belong to the pack in {folder}")
    notices = []
    if name != MANIFEST and known[name] != sha256(file.read_bytes()):
        notices.append(f"{name} was changed since the pack was made")
    if fault := strict_json.shape_fault(manifest, _PACK):
        raise RequestError(f"{folder / MANIFEST} is no manifest of a pack: {fault}")
    papers = [paper for state in manifest["states"] for paper in state["papers"]]
    rows = [
        (paper["title"], paper["version"], str(len(paper["records"])), paper["files"][0])
        for paper in papers
    ]
    title = f"{name}, as of {manifest['as_of']}: made of {len(papers)} papers"
    return {"file": name, "as_of": manifest["as_of"], "papers": papers, "notices": notices,
            "tables": [(title, _PAPERS, rows)]}  # fmt: skip
