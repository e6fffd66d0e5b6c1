"""The words of papers: English messages in templates and code, and what a bureau says instead.

In: `.po` catalogues and labels, nearest layer first. Out: `Phrases`, which says a message in the
bureau's own words, and texts that know that they are in another language than the paper.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from briefgen.errors import Problem, Severity, Source, did_you_mean

_NAMES = re.compile(r"\{(\w+)\}")
_RIGHT_TO_LEFT = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"))


def direction(language: str) -> str:
    """`rtl` or `ltr`, by a language tag such as `ar` or `ja-JP`."""
    return "rtl" if language.split("-", maxsplit=1)[0].lower() in _RIGHT_TO_LEFT else "ltr"


class Spoken(str):
    """A text that holds words in another language; as HTML those stand in a `span` with `lang`.

    As text it is plain: joining and cutting it gives plain text without the marks.
    """

    html: str

    def __new__(cls, text: str, html: str = "") -> Spoken:
        """`html` is the same text with its marks, escaped already."""
        made = super().__new__(cls, text)
        made.html = html or str(escape(text))
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.html

    def __html__(self) -> str:
        return self.html


def foreign(text: str, language: str, mark: str = "") -> Spoken:
    """A text in another language than the paper; `mark` stands behind it where it is shown."""
    attributes = f'lang="{escape(language)}" dir="{direction(language)}"'
    shown = f"<span {attributes}>{escape(text)}</span>"
    if mark:
        shown += f' <span class="aside">{escape(mark)}</span>'
    return Spoken(text, shown)


def marked_text(text: str, number: int) -> Spoken:
    """A text of which it is known how it is marked: `number` leads to its handling."""
    shown = getattr(text, "html", None) or escape(text)
    return Spoken(text, f'<span data-marking="{number}">{shown}</span>')


def fill(message: str, values: Mapping[str, Any]) -> str:
    """A message with its {names} filled in; the marks of what is filled in are kept.

    Raises KeyError for a name that is not known.
    """
    text = _NAMES.sub(lambda m: str(values[m[1]]), message)
    if not any(hasattr(v, "__html__") for v in (message, *values.values())):
        return text
    html = _NAMES.sub(lambda m: str(escape(values[m[1]])), str(escape(message)))
    plain = (
        Markup(html).striptags() if any(isinstance(v, Markup) for v in values.values()) else text
    )
    return Spoken(plain, html)


def as_marked(text: str, change: Callable[[str], str]) -> str:
    """A text changed, with its marks where it has some; the change must leave tags alone."""
    html = getattr(text, "html", None)
    return Spoken(change(str(text)), change(html)) if html else change(text)


def phrase(message: str) -> str:
    """A message that is said elsewhere: marks it for the list of messages."""
    return message


def joined(parts: Iterable[str], between: str = " ") -> str:
    """The parts that are not empty, one behind the other, with their marks."""
    kept = [part for part in parts if part]
    text = between.join(kept)
    if not any(hasattr(part, "__html__") for part in kept):
        return text
    return Spoken(text, str(escape(between)).join(str(escape(part)) for part in kept))


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a catalogue: the English, what is said instead, its line in the file."""

    id: tuple[str, ...]
    said: tuple[str, ...]
    line: int
    fuzzy: bool = False


class Catalogue:
    """The messages of one `.po` file, or a bureau's labels."""

    def __init__(self, messages: Iterable[Message], plural: Any = None) -> None:
        self._said = {m.id[0]: m.said for m in messages if all(m.said) and not m.fuzzy}
        self._plural = plural or (lambda number: int(number != 1))

    def get(self, message: str, number: int | None = None) -> str | None:
        """What is said for a message; None where this catalogue does not say."""
        said = self._said.get(message)
        if said is None:
            return None
        form = 0 if number is None else self._plural(number)
        return said[min(form, len(said) - 1)]


class Phrases:
    """Says messages in a bureau's words; what no catalogue says is said in English."""

    def __init__(self, language: str = "en", catalogues: Sequence[Catalogue] = ()) -> None:
        self.language = language
        self._catalogues = catalogues
        self.unsaid: set[str] = set()

    def say(self, message: str, /, **values: Any) -> str:
        """A message with its {names} filled in."""
        return fill(self._found(message, None) or message, values)

    def counted(self, number: int, one: str, many: str, /, **values: Any) -> str:
        """A message by number, in the plural form of the language; `{n}` is the number."""
        found = self._found(one, number)
        return fill(found or (one if number == 1 else many), {"n": number, **values})

    def _found(self, message: str, number: int | None) -> str | None:
        for catalogue in self._catalogues:
            if (said := catalogue.get(message, number)) is not None:
                return said
        if self.language != "en":
            self.unsaid.add(message)
        return None


def read_catalogue(
    content: bytes, name: str, language: str
) -> tuple[Catalogue, list[Message], list[Problem]]:
    """A `.po` file as a catalogue, its messages, and what is wrong with its form."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        found = read_po(io.BytesIO(content), locale=language.replace("-", "_"), abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", -1) + 1
        problem = Problem(
            Source(name, line, 1),
            "",
            f"is not a .po catalogue: {error}",
            'write msgid "English" and below it msgstr "your words"',
        )
        return Catalogue(()), [], [problem]
    messages = [
        Message(_tuple(m.id), _tuple(m.string), m.lineno or 0, m.fuzzy) for m in found if m.id
    ]
    return Catalogue(messages, _plural_of(found.plural_expr)), messages, []


def _tuple(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _plural_of(expression: str) -> Any:
    """The plural rule of a catalogue's head, read by gettext's own reader of such rules."""
    import gettext

    compiled = getattr(gettext, "c2py")(expression)  # noqa: B009 - part of gettext, untyped
    return lambda number: int(compiled(number))


def check_catalogue(
    messages: Sequence[Message], known: Mapping[str, Sequence[str]], name: str
) -> list[Problem]:
    """Messages that no paper says, names that are not the message's, and what is not yet said.

    `known` are the messages of papers: the English (the singular) and its forms.
    """
    problems = []
    for message in messages:
        place = Source(name, message.line, 1)
        english = message.id[0]
        if english not in known:
            hint = did_you_mean(english, known) or "see the messages in templates/base/words.pot"
            problems.append(Problem(place, "msgid", f"no paper says '{_short(english)}'", hint))
            continue
        if message.fuzzy or not all(message.said):
            why = "is marked fuzzy" if message.fuzzy else "has no words yet"
            problems.append(
                Problem(
                    place,
                    "msgstr",
                    f"'{_short(english)}' {why}",
                    "it is said in English",
                    Severity.WARNING,
                    "unsaid",
                )
            )
            continue
        problems += _names_problems(message, known[english], place)
    return problems


def _names_problems(message: Message, forms: Sequence[str], place: Source) -> list[Problem]:
    wanted = {n for form in forms for n in _NAMES.findall(form)}
    problems = []
    for said in message.said:
        given = set(_NAMES.findall(said))
        for extra in sorted(given - wanted):
            hint = did_you_mean(extra, wanted) or f"known: {', '.join(sorted(wanted)) or 'none'}"
            problems.append(Problem(place, "msgstr", f"'{{{extra}}}' is not known here", hint))
        lost = wanted - given - {"n"}
        if lost:
            names = ", ".join(f"{{{n}}}" for n in sorted(lost))
            hint = "what it stands for would not be printed"
            problems.append(
                Problem(
                    place,
                    "msgstr",
                    f"leaves out {names}",
                    "what it stands for would not be printed",
                    Severity.WARNING,
                )
            )
    return problems


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
