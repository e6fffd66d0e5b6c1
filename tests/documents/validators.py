"""The validators: veraPDF, qpdf, Microsoft's Open XML SDK, openxml-audit, each with its faults.

In: papers, and the folder that `.ci/documents` filled. Out: for each validator the files that it
looked at and what it found. A validator that is not there is an error, never a pass.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.conftest import ROOT
from tests.documents import own
from tests.documents.made import Paper

_JAXB = (
    "jaxb-runtime", "jaxb-api", "jaxb-impl", "jaxb-core", "istack-commons-runtime", "txw2",
    "javax.activation", "stax-ex", "FastInfoset",
)  # fmt: skip
_JAVA = Path("/usr/share/java")
_LINK = re.compile(r"External relationship target: (https?://|mailto:)")  # sources are linked
_TOGETHER = 40  # PDFs that one veraPDF looks at


@dataclass(slots=True)
class Verdict:
    """What a validator says: how many files it looked at, and every fault."""

    validator: str
    files: int
    faults: list[str] = field(default_factory=list)


def validate(papers: Sequence[Paper], tools: Path) -> list[Verdict]:
    """The verdict of every validator on these papers."""
    pdfs = [p for p in papers if p.path.suffix == ".pdf"]
    words = [p for p in papers if p.path.suffix == ".docx"]
    return [
        Verdict("veraPDF: PDF/A and PDF/UA-1", len(pdfs), vera(pdfs, tools)),
        Verdict("qpdf", len(pdfs), _each(qpdf, pdfs)),
        Verdict("Open XML SDK", len(words), _each(partial(open_xml_sdk, tools=tools), words)),
        Verdict("openxml-audit", len(words), _each(audit, words)),
        Verdict("our own checks of PDF", len(pdfs), _each(own.pdf_faults, pdfs)),
        Verdict("our own checks of DOCX", len(words), _each(own.docx_faults, words)),
    ]


def _each(look: Callable[[Paper], list[str]], papers: Sequence[Paper]) -> list[str]:
    """What is found in each of the papers, two at a time."""
    with ProcessPoolExecutor(2) as pool:
        return [fault for faults in pool.map(look, papers, chunksize=4) for fault in faults]


def vera(papers: Sequence[Paper], tools: Path) -> list[str]:
    """What breaks PDF/UA-1, or the part of PDF/A that a paper claims."""
    parts = [papers[n : n + _TOGETHER] for n in range(0, len(papers), _TOGETHER)]
    with ThreadPoolExecutor(2) as pool:
        return [f for faults in pool.map(lambda some: _vera(some, tools), parts) for f in faults]


def _vera(papers: Sequence[Paper], tools: Path) -> list[str]:
    wanted = [(flavour, p) for p in papers for flavour in ("ua1", p.part)]
    jars = [*(str(_JAVA / f"{name}.jar") for name in _JAXB), str(tools / "verapdf.jar")]
    command = ["java", "-Xmx1g", "-cp", ":".join(jars), str(ROOT / ".ci/validators/VeraPdf.java")]
    pairs = [word for flavour, paper in wanted for word in (flavour, str(paper.path))]
    result = subprocess.run([*command, *pairs], capture_output=True, text=True, check=False)
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    lines = [fields for fields in lines if fields[0] in ("pass", "fail")]
    told = {(fields[1], fields[2]) for fields in lines}
    silent = [f"{p.name}: {flavour}: no verdict: {result.stderr[-400:]}"
              for flavour, p in wanted if (flavour, str(p.path)) not in told]  # fmt: skip
    return silent + [": ".join(fields[1:]) for fields in lines if fields[0] == "fail"]


def qpdf(paper: Paper) -> list[str]:
    """What qpdf says of the syntax of a PDF."""
    result = _run(["qpdf", "--check", str(paper.path)])
    return [] if result.returncode == 0 else [f"{paper.name}: {result.stdout}{result.stderr}"]


def open_xml_sdk(paper: Paper, tools: Path) -> list[str]:
    """What Microsoft's own library finds wrong in a Word file."""
    tool = tools / "node_modules/.bin/ooxml-validator"
    result = _run([str(tool), str(paper.path)])
    try:
        said = json.loads(result.stdout)
    except ValueError:
        return [f"{paper.name}: no verdict: {result.stdout}{result.stderr}"]
    found = [f"{paper.name}: {json.dumps(error)}" for error in said["errors"]]
    return found or ([] if said["ok"] and result.returncode == 0 else [f"{paper.name}: {said}"])


def audit(paper: Paper) -> list[str]:
    """What openxml-audit finds, its look for what comes from outside with it."""
    from openxml_audit import FileFormat, OpenXmlValidator

    checker = OpenXmlValidator(file_format=FileFormat.MICROSOFT_365, security_validation=True)
    result = checker.validate(str(paper.path))
    return [f"{paper.name}: {e}" for e in result.errors if not _LINK.search(str(e))]


def _run(command: Iterable[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(command), capture_output=True, text=True, check=False)
