"""What of the record a task has read, so that a later run knows whether it must be made again.

In: an open store. Out: the mark of the whole record, and `Reads`: every question that was put to
the store, with a mark of its answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from briefgen.store import Store

Reads = dict[str, str]
_BETWEEN = "\t"  # the words of a question


def mark_of(store: Store) -> str:
    """A mark of every data file's content."""
    text = "\n".join(f"{name} {mark}" for name, mark in store.files().items())
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def recording(store: Store) -> Iterator[Reads]:
    """What is read of the store while the block runs; filled when it ends."""
    found: Reads = {}
    with store.recording() as asked:
        yield found
    found |= answers(store, (_BETWEEN.join(question) for question in asked))


def answers(store: Store, questions: Iterable[str]) -> Reads:
    """The marks of the answers that the store gives now, line and column of records included."""
    return {q: store.digest_of(q.split(_BETWEEN)) for q in questions}


def in_words(question: str) -> str:
    """A question as a reason names it: `event 2003-05-01-x`."""
    name, *words = question.split(_BETWEEN)
    return " ".join(words) if name == "one" else " ".join((name, *words))
