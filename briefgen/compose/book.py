"""The front of a book that binds a pack's papers: its title and its contents, as plain data.

In: the States of the book with the pages on which their papers begin. Out: the data of the front.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from briefgen.compose.common import Data, frame
from briefgen.compose.cover import KINDS
from briefgen.compose.marked import worded
from briefgen.compose.words import Words, upper_first
from briefgen.markings import Handling
from briefgen.selection import Request

PAGE = "https://page.invalid/"  # made into a link within the book when it is bound


@dataclass(frozen=True, slots=True)
class BookState:
    """A State of a book: the first page of each of its papers, by kind, counted from 1."""

    country: str
    pages: Mapping[str, int]


def compose_book(
    words: Words,
    request: Request,
    states: Sequence[BookState],
    handlings: Sequence[Handling],
    pages: int,
    group: str | None = None,
) -> Data:
    """The data of the front; its marking is the highest of all that is bound."""
    treaties = [words.local(words.store.treaties[t].short) for t in request.treaties]
    about = words.listed(map(upper_first, treaties))
    whom = upper_first(words.local(words.store.groups[group].name)) if group else ""
    both = words.say("{subject} – {whom}", subject=about, whom=whom) if about and whom else ""
    subject = both or about or whom or words.say("all topics")
    kinds = list(dict.fromkeys(kind for state in states for kind in state.pages))
    return {
        "paper": frame(
            words, request, "book", words.say("Country packs: {subject}", subject=subject)
        ),
        "marking": worded(words, words.gate.joined(handlings)),
        "figures": {"states": len(states), "pages": pages},
        "heads": [words.say(KINDS[kind]) for kind in kinds],
        "states": [
            {
                "country": words.country(state.country),
                "cells": [_cell(state.pages.get(kind)) for kind in kinds],
            }
            for state in states
        ],
        "sources": [],
    }


def _cell(page: int | None) -> Data:
    return {"page": page, "link": f"{PAGE}{page}" if page else ""}
