"""The first file of a new bureau: a `bureau.yaml` that says what could be said in it.

In: the chain that the bureau extends. Out: its text: nothing is set but the name, and every setting
stands there as a comment with its meaning and the value that holds now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from briefgen.bureaus.chain import Bureau
from briefgen.bureaus.settings import BureauSettings
from briefgen.records.meanings import meanings

_NEVER_WRAPPED = 10_000  # a second line of a comment could not be told from its first


def starting_text(below: Bureau, id_: str) -> str:
    """The text of a new bureau's settings; every line but the first ones is a comment."""
    name = id_.replace("-", " ").capitalize()
    head = [
        f"# {name}: what differs from {below.id}. All that is not said here stays as it is there.",
        f"# Take the '#' away before a setting to change it, then: briefgen bureau preview {id_}",
        f"name: {name}",
        f"extends: {below.id}",
    ]
    return "\n".join([*head, *_comments(below.settings)]) + "\n"


def _comments(settings: Mapping[str, Any]) -> Iterator[str]:
    for name in BureauSettings.model_fields:
        if name in ("name", "extends"):
            continue
        meaning = " ".join(meanings(BureauSettings).get(name, "").split())
        yield ""
        yield f"# {meaning}"
        yield from (f"#{line}" for line in _written(name, settings.get(name)).splitlines())


def _written(name: str, value: Any) -> str:
    """A setting as people write it: short lists and maps in one line."""
    if isinstance(value, (str, int, float)):
        return f"{name}: {_plain(value)}"
    text = yaml.dump(
        {name: _plain(value)},
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=_NEVER_WRAPPED,
    )
    return str(text)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
