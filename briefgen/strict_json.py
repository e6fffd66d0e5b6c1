"""JSON from outside, read strictly: what a manifest says is said once, in numbers that are numbers.

In: a file or its bytes. Out: plain data, or a ValueError that says in a line what is wrong. A name
given twice, NaN and Infinity, numbers beyond all use, deep nesting and letters that may not stand
in a text are refused, and so is data of another shape than the reader expects.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from briefgen import letters

MOST_BYTES = 100_000_000  # a pack of two hundred States has a manifest of some 5 MB
MOST_DEPTH = 32
_MOST_DIGITS = 18  # whole numbers that every reader of JSON keeps exactly, and more than any use

Shape = Any  # a type, a tuple of types, a list of one shape, a map of names to shapes


def read(path: Path) -> Any:
    """The data of a file; raises OSError when it cannot be read, ValueError for what it says."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    return parse(content)


def parse(content: bytes) -> Any:
    """The data that is written; raises ValueError for all that is not plain JSON."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    try:
        found = json.loads(
            text,
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_int=_whole,
            parse_float=_fraction,
        )
    except RecursionError:
        raise _too_deep() from None
    _look_through(found, escaped="\\u" in text or not text.isascii())
    return found


def shape_fault(data: Any, shape: Shape, name: str = "it") -> str:
    """Where data has another shape than the one wanted, in words; empty when it has that shape.

    A map may hold more than the names that are wanted.
    """
    return next(_shape_faults(data, shape, name), "")


def _shape_faults(data: Any, shape: Shape, name: str) -> Iterator[str]:
    if isinstance(shape, Mapping):
        if not isinstance(data, dict):
            yield f"{name} is no map"
            return
        for key, inner in shape.items():
            within = key if name == "it" else f"{name}.{key}"
            if key in data:
                yield from _shape_faults(data[key], inner, within)
            else:
                yield f"it has no {within}"
    elif isinstance(shape, list):
        if not isinstance(data, list):
            yield f"{name} is no list"
            return
        for number, item in enumerate(data, 1):
            yield from _shape_faults(item, shape[0], f"{name}, no. {number}")
    elif not isinstance(data, shape) or (isinstance(data, bool) and shape is int):
        yield f"{name} is {_kind(data)}"


def _kind(data: Any) -> str:
    names = {dict: "a map", list: "a list", str: "a text", bool: "yes or no", type(None): "nothing"}
    return names.get(type(data), "a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"it gives '{letters.printable(name[:60])}' twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"it holds {text}, which is no number")


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"it holds a number of {len(text.lstrip('-')):,} digits")
    return int(text)


def _fraction(text: str) -> float:
    found = float(text)
    if math.isinf(found) or len(text) > 40:
        raise ValueError(f"it holds the number {text[:30]}, which is beyond all use")
    return found


def _look_through(data: Any, *, escaped: bool) -> None:
    """Refuse deep nesting, and letters that may not stand in a text."""
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > MOST_DEPTH:
            raise _too_deep()
        below: list[Any] = []
        for item in level:
            inner = [*item, *item.values()] if isinstance(item, dict) else item
            for part in inner if isinstance(item, (dict, list)) else (item,):
                if isinstance(part, (dict, list)):
                    below.append(part)
                elif isinstance(part, str) and escaped and not part.isprintable():
                    _refuse_letters(part)
        level = below


def _refuse_letters(text: str) -> None:
    if fault := next(letters.faults(text), None):
        raise ValueError(f"a text in it {fault.message}")


def _too_deep() -> ValueError:
    return ValueError(f"it is nested too deeply, beyond {MOST_DEPTH} levels")
