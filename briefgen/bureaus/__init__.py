"""Bureaus: whose look, whose words, whose templates.

In: the folders of `templates/`. Out: a `Bureau` with its chain, settings and words.
"""

from pathlib import Path

from briefgen.bureaus.chain import Bureau, bureau_ids, read_bureau, sections_of
from briefgen.bureaus.folder import folder_problems, words_problems
from briefgen.bureaus.settings import PAPERS, BureauSettings
from briefgen.errors import BriefgenError, Severity

__all__ = [
    "PAPERS",
    "Bureau",
    "BureauSettings",
    "bureau_ids",
    "load_bureau",
    "read_bureau",
    "sections_of",
]


def load_bureau(workspace: Path, given: str) -> Bureau:
    """The bureau named by id in any case, whole and sound.

    Raises RequestError for an unknown bureau; BriefgenError with all faults of its settings, and of
    its folder: a file, block, section, picture or message that nobody asks for.
    """
    bureau = read_bureau(workspace, given)
    found = [*folder_problems(bureau), *words_problems(bureau)]
    errors = [p for p in found if p.severity is Severity.ERROR]
    if errors:
        raise BriefgenError(errors)
    return bureau
