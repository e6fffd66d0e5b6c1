"""A selection becomes the plain data of one paper.

In: the store, a request and a selection. Out: dicts, lists, text and numbers, and nothing else:
what a template sees can neither call into the program nor reach what was not selected.
"""

from briefgen.compose.brief import compose_brief
from briefgen.compose.history import compose_history
from briefgen.compose.record import compose_record

__all__ = ["compose_brief", "compose_history", "compose_record"]
