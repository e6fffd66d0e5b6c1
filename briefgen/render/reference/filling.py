"""The headers and footers of a reference, filled in from a paper's data.

In: the cleaned parts and the plain data of a paper. Out: the same parts with every `{{ name }}`
filled in, also where Word has split it, and with the paper's marking where the part did not show
it. An unknown name is an error that says in which part it stands.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined

from briefgen.errors import BriefgenError, Problem, Severity, Source, did_you_mean
from briefgen.render.reference.reading import Part, Reference
from briefgen.render.reference.xml import XML_SPACE, Element, make, q
from briefgen.render.sandbox import Sandbox

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_STRAIGHT = str.maketrans("“”„‟‘’‚‛", "\"\"\"\"''''")
_SHOWS_MARKING = re.compile(r"\{\{[^}]*\bmarking\s*\.\s*label\b[^}]*\}\}")
_SPACE = re.compile(r"\s+")
_ORDER = ("default", "first", "even")


class _Unknown(StrictUndefined):
    """A name that the data does not have: the message says which names are near."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        name, owner = str(self._undefined_name), self._undefined_obj
        known = list(map(str, owner)) if isinstance(owner, Mapping) else []
        return f"'{name}' is not known here\n{did_you_mean(name, known) or ', '.join(known)}"


def fill(
    reference: Reference, data: Mapping[str, Any], phrases: Mapping[str, Callable[..., Any]]
) -> dict[tuple[str, str], Part]:
    """The filled parts; `phrases` are functions that a placeholder may call.

    Raises BriefgenError with every placeholder that cannot be filled.
    """
    filler = _Filler(reference, data, phrases)
    made = {key: filler.part(part) for key, part in _ordered(reference.parts)}
    if filler.problems:
        raise BriefgenError(filler.problems)
    label = str((data.get("marking") or {}).get("label") or "")
    return {key: _marked(part, label) for key, part in made.items()}


def placeholder_problems(reference: Reference) -> Iterator[Problem]:
    """What is wrong with placeholders whatever the data, and where the marking is not shown."""
    filler = _Filler(reference, {}, {})
    for _, part in _ordered(reference.parts):
        for paragraph in _paragraphs(part):
            filler.form(part, _joined(paragraph))
        words = "".join(_joined(p) for p in _paragraphs(part))
        if not _SHOWS_MARKING.search(words):
            end = "top" if part.kind == "header" else "foot"
            hint = "type {{ marking.label }} where it should stand"
            message = f"does not show the marking: papers add it at its {end}"
            yield filler.problem(part, message, hint, warning=True)
    yield from filler.problems


def _ordered(parts: Mapping[tuple[str, str], Part]) -> list[tuple[tuple[str, str], Part]]:
    return sorted(parts.items(), key=lambda item: (item[0][0], _ORDER.index(item[0][1])))


class _Filler:
    """Fills parts and gathers what cannot be filled."""

    def __init__(
        self,
        reference: Reference,
        data: Mapping[str, Any],
        phrases: Mapping[str, Callable[..., Any]],
    ) -> None:
        self.reference = reference
        self.data = data
        self.sandbox = Sandbox(undefined=_Unknown)
        self.sandbox.globals.update(phrases)
        self.problems: list[Problem] = []

    def problem(
        self, part: Part, message: str, hint: str, words: str = "", *, warning: bool = False
    ) -> Problem:
        severity = Severity.WARNING if warning else Severity.ERROR
        place = Source(self.reference.name)
        return Problem(place, part.label, message, hint, severity, detail=words[:200])

    def part(self, part: Part) -> Part:
        filled = replace(part, blocks=[copy.deepcopy(block) for block in part.blocks])
        for paragraph in _paragraphs(filled):
            self._paragraph(part, paragraph)
        return filled

    def _paragraph(self, part: Part, paragraph: Element) -> None:
        words = _joined(paragraph)
        if not self.form(part, words):
            return
        for match in reversed(list(_TAG.finditer(words))):
            said = self._value(part, match, words)
            if said is not None:
                _put(paragraph, match.start(), match.end(), said)

    def form(self, part: Part, words: str) -> bool:
        """Whether every tag of a paragraph is whole and says a value; else it is told."""
        rest = _TAG.sub("", words)
        fault = next((tag for tag in ("{%", "{#", "{{", "}}") if tag in rest), "")
        if fault in ("{%", "{#"):
            message, hint = f"has '{fault}': only {{{{ }}}} is filled in here", "write the words"
            self.problems.append(self.problem(part, message, hint, words))
        elif fault:
            message = f"has '{fault}' without its other half in the same paragraph"
            hint = "write {{ paper.title }} in one paragraph"
            self.problems.append(self.problem(part, message, hint, words))
        return not fault

    def _value(self, part: Part, match: re.Match[str], words: str) -> str | None:
        """What a tag says; None when that has been told as a problem."""
        said = match[1].translate(_STRAIGHT).strip()
        tag = _SPACE.sub(" ", match[0])
        try:
            ask = self.sandbox.compile_expression(said, undefined_to_none=False)
            value = ask(**self.data)
            if isinstance(value, Undefined):
                str(value)  # raises, and says which names are near
            if isinstance(value, (Mapping, list, tuple)) or callable(value):
                kind = "a list" if isinstance(value, (list, tuple)) else "a group of values"
                near = ", ".join(map(str, value)) if isinstance(value, Mapping) else ""
                hint = f"name one of {near}" if near else "name one value"
                message = f"{tag} is {kind}, not a text"
                self.problems.append(self.problem(part, message, hint, words))
                return None
            return "" if value is None else _SPACE.sub(" ", str(value))
        except TemplateError as error:
            message, _, near = str(error.message or error).partition("\n")
            near = near or self._near(message)
            problem = self.problem(part, f"{tag}: {message}", near or "mend the tag", words)
        except Exception as error:  # what a filter says of values that it cannot take
            problem = self.problem(part, f"{tag}: {error}", "mend the tag", words)
        self.problems.append(problem)
        return None

    def _near(self, message: str) -> str:
        quoted = message.split("'")
        known = [*self.data, *self.sandbox.filters]
        return did_you_mean(quoted[1], known) if len(quoted) > 2 else ""


def _paragraphs(part: Part) -> Iterator[Element]:
    for block in part.blocks:
        yield from block.iter(q("w:p"))


def _texts(paragraph: Element) -> Iterator[tuple[int, Element, str]]:
    """Where each run's words begin; whatever else stands there counts as one letter."""
    place = 0
    for element in paragraph.iter(*(q(f"w:{n}") for n in ("t", "tab", "ptab", "br", "drawing"))):
        if element.getparent() is None or _in_field(element):
            continue
        words = (element.text or "") if element.tag == q("w:t") else "\t"
        yield place, element, words
        place += len(words)


def _in_field(element: Element) -> bool:
    """Tab stops stand in the paragraph's properties and are no content."""
    parent = element.getparent()
    return parent is not None and parent.tag != q("w:r")


def _joined(paragraph: Element) -> str:
    return "".join(words for _, _, words in _texts(paragraph))


def _put(paragraph: Element, start: int, end: int, said: str) -> None:
    """Put words in the place of letters, in the look of the first of them."""
    first = True
    for place, element, words in list(_texts(paragraph)):
        here, there = max(start - place, 0), min(end - place, len(words))
        if here >= there or element.tag != q("w:t"):
            continue
        element.text = words[:here] + (said if first else "") + words[there:]
        element.set(XML_SPACE, "preserve")
        first = False


def shows(part: Part, label: str) -> bool:
    """Whether a part shows these words, in any case and whatever the spaces."""
    words = " ".join(_joined(p) for p in _paragraphs(part))
    wanted = re.escape(_SPACE.sub(" ", label).strip().casefold())
    return re.search(rf"(?<!\w){wanted}(?!\w)", _SPACE.sub(" ", words).casefold()) is not None


def _marked(part: Part, label: str) -> Part:
    """The part with the marking: at the top of a header, at the foot of a footer."""
    if not label or shows(part, label):
        return part
    words = make("w:t")
    words.text = label
    words.set(XML_SPACE, "preserve")
    line = make("w:p", make("w:pPr", make("w:pStyle", val="Marking")), make("w:r", words))
    blocks = [line, *part.blocks] if part.kind == "header" else [*part.blocks, line]
    return replace(part, blocks=blocks)
