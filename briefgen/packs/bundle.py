"""All that a bureau's papers are made with, as one bundle of bytes.

In: a workspace and a bureau. Out: the files of its chain by their paths in the workspace, which a
worker on this machine or another unpacks and loads. A run is made from its bundles alone, so that
a template that is edited meanwhile changes no paper half way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from briefgen.bureaus import Bureau

COUNTRIES = "data/countries.yaml"
_FACT = re.compile(rb"\.fact\b|\[\s*[\"']fact[\"']")


@dataclass(frozen=True)
class Bundle:
    """The files of a bureau's chain; names are relative to the workspace, with `/`."""

    bureau: str
    files: Mapping[str, bytes]

    @cached_property
    def digest(self) -> str:
        """A mark of every file's name and content."""
        found = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            found.update(f"{name}\0{len(content)}\0".encode() + content)
        return found.hexdigest()

    @cached_property
    def shows_facts(self) -> bool:
        """Whether a template may show the places of facts; a Word form is not looked into."""
        return any(
            name.endswith(".docx") or (name.endswith(".j2") and _FACT.search(content))
            for name, content in self.files.items()
        )


def bundle_of(workspace: Path, bureau: Bureau) -> Bundle:
    """The bundle of a bureau; symbolic links are left out, as they are when papers are made."""
    return Bundle(bureau.id, _read(workspace.resolve(), _paths(workspace.resolve(), bureau.layers)))


def _paths(workspace: Path, layers: Iterable[Path]) -> Iterable[Path]:
    for layer in layers:
        for path in sorted((workspace / "templates" / layer.name).rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.parent.is_symlink():
                yield path
    if (workspace / COUNTRIES).is_file():  # a bureau may call countries by any name on record
        yield workspace / COUNTRIES


def _read(workspace: Path, paths: Iterable[Path]) -> dict[str, bytes]:
    return {path.relative_to(workspace).as_posix(): path.read_bytes() for path in paths}


def unpack(bundle: Bundle, folder: Path) -> Path:
    """Write a bundle under a folder of its own, once; the folder is a workspace for its bureau."""
    root = folder / bundle.digest[:24]
    done = root / "unpacked"
    if not done.exists():
        for name, content in bundle.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        done.touch()
    return root
