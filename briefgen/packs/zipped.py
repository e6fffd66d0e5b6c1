"""A pack as one zip file, the same bytes for the same pack.

In: a pack's folder and its outcome. Out: `FOLDER.zip` beside it, with its manifest inside, so that
whoever unpacks it can verify it.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from briefgen.output import write_all
from briefgen.packs.ground import zip_path
from briefgen.packs.proof import MANIFEST
from briefgen.packs.run import Outcome, Teller

_WHEN = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can tell: no clock in it
_PACKED = (".docx", ".xlsx", ".pdf")  # compressed already


def zip_of(out: Path, outcome: Outcome, tell: Teller) -> None:
    """Write the zip, unless it stands there already as it would be."""
    path = zip_path(out)
    content = _content(out, [*outcome.files, MANIFEST])
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return
    write_all(path.parent, {path.name: content})
    tell("zipped", {"file": path.name, "bytes": len(content)})


def _content(out: Path, names: list[str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in sorted(names):
            info = zipfile.ZipInfo(f"{out.resolve().name}/{name}", _WHEN)
            packed = name.endswith(_PACKED)
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, (out / name).read_bytes())
    return made.getvalue()
