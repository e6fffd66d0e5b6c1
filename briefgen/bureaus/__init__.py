"""Bureaus: whose look, whose words, whose templates.

In: the folders of `templates/`. Out: a `Bureau` with its chain, settings and words.
"""

from briefgen.bureaus.chain import Bureau, bureau_ids, load_bureau, sections_of
from briefgen.bureaus.settings import PAPERS, BureauSettings

__all__ = ["PAPERS", "Bureau", "BureauSettings", "bureau_ids", "load_bureau", "sections_of"]
