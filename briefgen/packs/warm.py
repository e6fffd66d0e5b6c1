"""Imported by the parent of all workers: what they need is there before the first task.

In: nothing. Out: nothing but imported modules. No paper is made here and no font is loaded, so that
what is forked from it begins clean.
"""

from briefgen.packs import worker
from briefgen.render import warm

warm()

__all__ = ["worker"]
