"""Portion marks in papers from templates written in Word: set where they belong, by themselves.

In: the data of a paper whose texts are marked, and the filled parts. Out: data in which each marked
text stands between two letters that nobody types, and parts in which these have become a mark
before each paragraph, of a table before each row. Words that the template itself holds bear the
lowest level.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from docx.oxml.ns import qn

from briefgen.markings import Handling, joined, portion
from briefgen.render.docx.xml import Element, text, w

_BEGIN, _NUMBERED, _END = "\uf8f0", "\uf8f1", "\uf8f2"
_MARKED = re.compile(r'^<span data-marking="(\d+)">')
_SIGN = re.compile(f"{_BEGIN}(\\d+){_NUMBERED}")
_ALL = re.compile(f"{_BEGIN}\\d+{_NUMBERED}|[{_BEGIN}{_NUMBERED}{_END}]")


def with_signs(data: Any) -> Any:
    """The data with signs around each marked text; all else as it is."""
    if isinstance(data, Mapping):
        return {name: with_signs(inner) for name, inner in data.items()}
    if isinstance(data, list):
        return [with_signs(inner) for inner in data]
    found = _MARKED.match(getattr(data, "html", ""))
    return f"{_BEGIN}{found[1]}{_NUMBERED}{data}{_END}" if found else data


def mark_parts(roots: Iterable[Element], given: Mapping[str, Any]) -> None:
    """Turn the signs of all parts into portion marks; `given` is the paper's `marking.portions`."""
    handlings = [Handling.of(one) for one in given["handlings"]]
    for root in roots:
        for first, portions in list(_portions(root)):
            numbers = {0, *(int(n) for p in portions for n in _SIGN.findall(_words(p)))}
            spoken = any(_ALL.sub("", _words(p)).strip() for p in portions)
            for paragraph in portions:
                _clean(paragraph)
            if spoken and root.tag not in (qn("w:hdr"), qn("w:ftr")):
                whole = joined([handlings[n] for n in numbers], given["ladder"])
                _set(first, portion(whole, given["ladder"], given["home"]))


def _portions(root: Element) -> Iterator[tuple[Element, list[Element]]]:
    """Each portion: the paragraph that bears its mark, and all whose words count for it."""
    for row in root.iter(qn("w:tr")):
        paragraphs = list(row.iter(qn("w:p")))
        told = next((p for p in paragraphs if _words(p).strip()), None)
        if told is not None:
            yield told, paragraphs
    for paragraph in root.iter(qn("w:p")):
        if next(paragraph.iterancestors(qn("w:tr")), None) is None:
            yield paragraph, [paragraph]


def _words(paragraph: Element) -> str:
    return "".join(node.text or "" for node in paragraph.iter(qn("w:t")))


def _clean(paragraph: Element) -> None:
    """Take the signs out, also where a run ends within one."""
    nodes = list(paragraph.iter(qn("w:t")))
    whole = "".join(node.text or "" for node in nodes)
    if not _ALL.search(whole):
        return
    gone = {place for match in _ALL.finditer(whole) for place in range(*match.span())}
    start = 0
    for node in nodes:
        words = node.text or ""
        node.text = "".join(c for n, c in enumerate(words, start) if n not in gone)
        start += len(words)


def _set(paragraph: Element, mark: str) -> None:
    """Put the mark before the first words of a paragraph."""
    node = next(n for n in paragraph.iter(qn("w:t")) if n.text)
    run = node.getparent()
    assert run is not None
    run.addprevious(w("r", text(f"({mark}) ")))
