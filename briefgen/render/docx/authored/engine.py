"""The engine of Word templates: docxtpl's conventions under our own rules.

In: the XML of a part with its tags joined, and plain data. Out: the XML filled, and every fault
that came up on the way: what is not there is recorded, never printed as nothing. docxtpl turns tags
of paragraphs, rows and cells into plain ones; the sandbox is ours, escaping is always on.
"""

from __future__ import annotations

import datetime
import io
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import Undefined
from lxml import etree

from briefgen.confined import filling
from briefgen.errors import Problem, did_you_mean
from briefgen.render.docx.authored.tags import Tag
from briefgen.render.docx.xml import Element
from briefgen.render.sandbox import Sandbox

NOTE_OPEN, NOTE_CLOSE = "\ufdd0", "\ufdd1"  # Unicode keeps them from ever being text
_OF_HTML = ("e", "escape", "striptags")
_FILE = "<template>"
_LINE_BREAKS = re.compile("\r\n?|\x0b|\x0c|\x85|\u2028|\u2029")
_NO_LETTERS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

Fault = tuple[int, str, str]  # the tag by its place in the source, message, hint


def clean(text: str) -> str:
    """Text as Word may hold it: one kind of line break, no control characters."""
    return _NO_LETTERS.sub("", _LINE_BREAKS.sub("\n", text))


class Mark(str):
    """The mark of a note, which is not escaped."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


class Word(Sandbox):
    """The sandbox of Word templates; `faults` are what came up since the last part was begun."""

    def __init__(self, cite: Callable[[Mapping[str, Any]], str]) -> None:
        super().__init__(undefined=_unknown_in(self), finalize=self.shown)
        self.cite = cite
        self.faults: list[Fault] = []
        for name in _OF_HTML:
            del self.filters[name]
        self.filters["note"] = self.note
        self.globals.clear()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A part of a map before one of Python's own names: `topic.items` is the data's."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def note(self, found: Any) -> str:
        """The filter that cites: `{{ statement.note|note }}`; where there is no note, nothing."""
        if found is None:
            return ""
        if not isinstance(found, Mapping) or "parts" not in found:
            self.fault("'note' cites what is no note", "write {{ statement.note|note }}")
            return ""
        return Mark(f"{NOTE_OPEN}{self.cite(found)}{NOTE_CLOSE}")

    def shown(self, value: Any) -> Any:
        """What a tag prints: text, numbers, dates; all else is a fault."""
        if isinstance(value, (Mark, Undefined)):
            return value
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, datetime.date) or type(value) in (int, float):
            return str(value)
        if value is None:
            hint = "say what stands there without it: {% if x %}{{ x }}{% endif %}"
            self.fault("has no value in this paper", hint)
        elif isinstance(value, bool):
            self.fault("is yes or no, not words", "ask it: {% if x %} ... {% endif %}")
        elif callable(value):
            self.fault("is a way of asking, not words", 'write x["name"] for a part of that name')
        else:
            self.fault("is a list or map, not words", "go through it: {% for one in x %}")
        return ""

    def fault(self, message: str, hint: str) -> None:
        """Record a fault of the tag that is being filled."""
        frame: Any = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != _FILE:
            frame = frame.f_back
        template = frame.f_globals.get("__jinja_template__") if frame else None
        line = template.get_corresponding_lineno(frame.f_lineno) if template else 0
        if (line, message, hint) not in self.faults:
            self.faults.append((line, message, hint))


def _unknown_in(environment: Word) -> type[Undefined]:
    """What stands for a name that is not there: it records that, and lets the rest be filled."""

    class Unknown(Undefined):
        __slots__ = ()

        def _tell(self, *_: Any, **__: Any) -> Any:
            name, owner = str(self._undefined_name), self._undefined_obj
            hint = "ask first: {% if x is defined %}"
            if isinstance(owner, Mapping):
                hint = did_you_mean(name, map(str, owner)) or hint
            message = str(self._undefined_hint or f"'{name}' is not known here")
            if owner is None:
                message = f"'{name}' is asked of what has no value in this paper"
                hint = "ask first whether it is there: {% if x %}{{ x.name }}{% endif %}"
            environment.fault(message, hint)
            return ""

        def __str__(self) -> str:
            return str(self._tell())

        def __bool__(self) -> bool:
            return bool(self._tell())

        def __len__(self) -> int:
            return len(self._tell())

        def __iter__(self) -> Any:
            return iter(self._tell())

        def __getattr__(self, name: str) -> Any:
            if name[:2] == "__":
                raise AttributeError(name)
            self._tell()
            return self

        def __getitem__(self, key: Any) -> Any:
            self._tell()
            return self

        def __call__(self, *arguments: Any, **named: Any) -> Any:
            self._tell()
            return self

        def __eq__(self, other: object) -> bool:
            self._tell()
            return False

        __hash__ = Undefined.__hash__

    for name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "lt", "le", "gt", "ge",
                 "neg", "int", "float", "html"):  # fmt: skip
        setattr(Unknown, f"__{name}__", Unknown._tell)
    return Unknown


def filled(
    root: Element, tags: Sequence[Tag], data: Mapping[str, Any], environment: Word
) -> tuple[Element | None, list[Problem]]:
    """A part with its tags filled; None in place of it when faults kept it from that."""
    if not tags:
        return root, []
    engine = DocxTemplate(io.BytesIO())
    source = engine.patch_xml(etree.tostring(root, encoding="unicode"))
    order = re.findall(r"\{\{.*?\}\}|\{%.*?%\}", source, re.DOTALL)
    source = re.sub(r"\{\{|\{%", lambda m: f"{m.group()}\n", _on_one_line(source))
    environment.faults = []
    pieces: list[str] = []
    try:
        template = environment.from_string(source)
        with filling():
            pieces += environment.written(template.generate(data))
    except MemoryError:
        raise
    except Exception as error:  # a template may raise what it likes; all of it is its fault
        message, _, hint = str(error).partition("\n")
        environment.faults.append((_line_of(error), message, hint or "mend the tag"))
    if environment.faults:
        return None, [_problem(fault, order, tags) for fault in environment.faults]
    return _read(engine, "".join(pieces), tags)


def _on_one_line(source: str) -> str:
    """The source without line breaks of its own, so that its lines count the tags."""
    return source.replace("\n", " ")


def _line_of(error: BaseException) -> int:
    line = getattr(error, "lineno", None) or 0
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == _FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _problem(fault: Fault, order: Sequence[str], tags: Sequence[Tag]) -> Problem:
    """A fault at its tag: the one with the same words, and as many of those before it."""
    line, message, hint = fault
    index = line - 2  # the first line is what stands before the first tag
    words = _words(order[index]) if 0 <= index < len(order) else ""
    alike = [tag for tag in tags if _words(tag.source) == words]
    nth = sum(_words(text) == words for text in order[: max(index, 0)])
    tag = alike[min(nth, len(alike) - 1)] if alike else tags[0]
    name = re.search(r"'(\w+)'", message)
    shown = message
    if message.startswith(("is ", "has ")):
        shown = f"'{tag.said[:60]}' {message}"
    elif not message.startswith("'"):
        shown = f"cannot be filled: {message}"
    return tag.problem(shown, hint, name.group(1) if name else "")


def _words(tag: str) -> str:
    return re.sub(r"^\{[{%](?:p|tr|tc|r)?\s+|\s+|[%}]\}$", "", tag)


def _read(
    engine: DocxTemplate, text: str, tags: Sequence[Tag]
) -> tuple[Element | None, list[Problem]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        hint = "let each block begin and end in the same paragraph, cell or table"
        return None, [tags[0].problem("the tags of this part tear paragraphs or tables", hint)]
    if any(tag.level == "tc" or tag.word in ("colspan", "vm", "hm") for tag in tags):
        root = engine.fix_tables(etree.tostring(root, encoding="unicode"))
    return root, []
