"""Files that people edit become records and problems.

In: the files of `data/`. Out: for each file a `Loaded`: its records, the names by which they refer
to other records, and everything that is wrong with it. Nothing here stops at the first mistake.
"""

from briefgen.loading.encoding import decode, read_bytes
from briefgen.loading.layout import DataFile, find_files
from briefgen.loading.reader import Loaded, NamedRecord, Reference, load_file

__all__ = [
    "DataFile",
    "Loaded",
    "NamedRecord",
    "Reference",
    "decode",
    "find_files",
    "load_file",
    "read_bytes",
]
