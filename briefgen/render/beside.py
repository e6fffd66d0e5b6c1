"""Pages laid out beside the process that needs them, by its companion, where there is one.

In: the checked tree, the bureau's styles and theme. Out: the paper on its pages, asked for at once
and waited for when it is needed. The companion keeps to the limits on a paper, as all who render.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO

from lxml import etree

from briefgen import confined
from briefgen.ahead import Companion, at_hand
from briefgen.errors import BriefgenError
from briefgen.render.layout import Layout
from briefgen.render.pdf import Element, Laid, Notes, laid_here, warm

# What every paper has: letters of each weight, a list, a table, and notes in columns.
_SPECIMEN = """<html><head><title>A</title></head><body class="brief"><main><h1>A</h1>
<p class="kicker">A</p><p>A <strong>b</strong> <em>c</em><sup class="note-ref"><a href="#n"
id="c">1</a></sup></p><h2 id="a">A</h2><ul><li>A</li></ul><ol class="points"><li>A</li></ol>
<dl class="facts"><dt>A</dt><dd>B</dd></dl><table><thead><tr><th>A</th></tr></thead>
<tbody><tr><td>A</td></tr></tbody></table><ol class="notes"><li id="n">A</li></ol></main></body>
</html>"""


def make_ready(styles: Sequence[str], theme: Mapping[str, Any], page: Mapping[str, Any]) -> None:
    """Let the companion, if there is one, load the fonts and styles of a paper that is not yet
    composed: it lays out a specimen."""
    if companion := at_hand():
        looks = {"styles": list(styles), "theme": dict(theme), "page": dict(page)}
        with suppress(OSError):
            _ask(companion, {**looks, "notes": "endnotes"})


def serve(line: BinaryIO) -> None:
    """Lay out papers for another process: see `briefgen.ahead`. Ends with EOFError."""
    warm()
    kept: Laid | None = None
    while True:
        request = pickle.load(line)
        confined.join(request.pop("limits"))
        confined.allow("PDF")
        if not request.keys() & {"pdf", "tree"}:
            with suppress(Exception):  # nobody waits for a specimen; the paper will tell of faults
                laid_here(etree.fromstring(_SPECIMEN), **request)
            continue
        try:
            if "pdf" in request:
                answer: Any = kept.pdf(*request["pdf"]) if kept else None
            else:
                kept = laid_here(etree.fromstring(request.pop("tree")), **request)
                answer = (kept.layout, kept.found)
        except Exception as error:
            answer = error
        pickle.dump(answer, line)
        line.flush()


def _ask(companion: Companion, request: dict[str, Any]) -> None:
    """Send a request with the limits that hold; raises OSError when nobody is there."""
    companion.ask({**request, "limits": confined.limits()})


class LaidAhead:
    """A paper that a companion lays out: asked for at once, waited for when it is needed.

    What the companion cannot do, because it died, is done here; unless it died of a limit.
    """

    def __init__(self, companion: Companion, tree: Element, **given: Any) -> None:
        self._companion: Companion | None = companion
        self._tree, self._given = tree, given
        self._here: Laid | None = None
        self._layout: Layout | None = None
        _ask(companion, {"tree": etree.tostring(tree), **given})

    @property
    def layout(self) -> Layout:
        """What the paper measures; raises BriefgenError as `lay_out` does."""
        if self._layout is None:
            answer = self._answer()
            self._layout = self._laid().layout if answer is None else answer[0]
        return self._layout

    def pdf(self, form: str = "2a", data: bytes | None = None) -> bytes:
        """The PDF; see `Laid.pdf`."""
        layout = self.layout
        if self._companion is not None and layout:
            with suppress(OSError):
                _ask(self._companion, {"pdf": (form, data)})
            answer: bytes | None = self._answer()
            if answer is not None:
                return answer
        return self._laid().pdf(form, data)

    def _answer(self) -> Any:
        """The companion's answer, or None when it is gone; raises what it raised."""
        if self._companion is None:
            return None
        try:
            answer = self._companion.answer()
        except (EOFError, OSError):
            status, self._companion = self._companion.ended(), None
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
                raise BriefgenError([confined.died("PDF", status, confined.limits())]) from None
            return None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _laid(self) -> Laid:
        if self._here is None:
            self._here = laid_here(self._tree, **self._given)
        return self._here


def lay_out(
    tree: Element,
    *,
    styles: Sequence[str],
    theme: Mapping[str, Any],
    page: Mapping[str, Any],
    notes: Notes,
) -> Laid | LaidAhead:
    """The paper laid out on pages, its notes with it; by the companion, where there is one.

    Raises BriefgenError when it cannot be; what is wrong else is told when its PDF is written.
    """
    given: dict[str, Any] = {
        "styles": list(styles),
        "theme": dict(theme),
        "page": dict(page),
        "notes": notes,
    }
    if companion := at_hand():
        with suppress(OSError):
            return LaidAhead(companion, tree, **given)
    return laid_here(tree, **given)
