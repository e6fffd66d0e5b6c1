"""The store: every record of a workspace in one SQLite index, renewed only where files changed.

In: a workspace folder and a cache folder. Out: `Store`, which answers by index and never walks over
all records; `Refresh`, what opening it had to do; `Reads`, what was asked of it.
"""

from briefgen.store.index import Store
from briefgen.store.reads import Read, Reads
from briefgen.store.renewal import Refresh

__all__ = ["Read", "Reads", "Refresh", "Store"]
