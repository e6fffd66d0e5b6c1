"""The records that people write in `data/`, as typed values.

In: the plain text of one record (strings, lists, maps). Out: frozen records, or pydantic's errors,
which `loading` turns into problems with a place. Each field's docstring is its entry in the
dictionary (`data/README.md`) and in the JSON Schemas.
"""

from briefgen.records.base import (
    Citation,
    CountryNames,
    Located,
    Origin,
    Record,
    Ref,
    references,
)
from briefgen.records.contacts import (
    AgendaItem,
    Channel,
    Commitment,
    Delegations,
    Document,
    Event,
    ItemHeading,
    Levels,
    Meeting,
    Office,
    Official,
    Participant,
    Place,
    Statement,
    item_group,
)
from briefgen.records.house import (
    Act,
    Ask,
    Asks,
    CountryEntry,
    Ministry,
    Series,
    Term,
    Terms,
)
from briefgen.records.lines import (
    Also,
    Audience,
    Clearance,
    Line,
    LineKind,
    Rung,
    Standing,
)
from briefgen.records.markings import Caveat, Level, Marking, Releasable, Scheme, Schemes
from briefgen.records.treaties import (
    Action,
    EntryIntoForce,
    Group,
    Membership,
    NamedList,
    Position,
    Treaty,
    TreatyAction,
)

__all__ = [
    "Act", "Action", "AgendaItem", "Also", "Ask", "Asks", "Audience", "Caveat", "Channel",
    "Citation", "Clearance", "Commitment", "CountryEntry", "CountryNames", "Delegations",
    "Document", "EntryIntoForce", "Event", "Group", "ItemHeading", "Level", "Levels", "Line",
    "LineKind", "Located", "Marking", "Meeting", "Membership", "Ministry", "NamedList", "Office",
    "Official", "Origin", "Participant", "Place", "Position", "Record", "Ref", "Releasable", "Rung",
    "Scheme", "Schemes", "Series", "Standing", "Statement", "Term", "Terms", "Treaty",
    "TreatyAction", "item_group", "references",
]  # fmt: skip
