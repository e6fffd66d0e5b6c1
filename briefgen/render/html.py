"""One semantic HTML document from a bureau's template and the data of a paper.

In: plain data. Out: the checked tree that both the PDF and the DOCX are made from. Jinja runs in an
immutable sandbox with strict names and escaping; the vocabulary is closed, and what is outside it
is an error that names the template and the element. Notes are numbered here, so that both formats
number them alike.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from briefgen.bureaus import Bureau
from briefgen.errors import BriefgenError, Problem, Source, did_you_mean

Element = etree._Element

_COMMON = frozenset(("class", "id", "lang", "dir"))
_INLINE = "a strong em sup sub abbr time cite q mark br span note"
_ALLOWED: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        [
            "html",
            "head",
            "title",
            "body",
            "main",
            "section",
            "article",
            "header",
            "footer",
            "nav",
            "aside",
            "h1",
            "h2",
            "h3",
            "h4",
            "p",
            "ul",
            "li",
            "dl",
            "dt",
            "dd",
            "table",
            "caption",
            "colgroup",
            "thead",
            "tbody",
            "tr",
            "blockquote",
            "figure",
            "figcaption",
            "hr",
        ],
        _COMMON,
    ),
    **dict.fromkeys(_INLINE.split(), _COMMON),
    "meta": frozenset(("name", "content")),
    "ol": _COMMON | {"start"},
    "col": frozenset(("width",)),
    "th": _COMMON | {"scope", "colspan", "rowspan"},
    "td": _COMMON | {"colspan", "rowspan"},
    "img": _COMMON | {"src", "alt", "width"},
    "a": _COMMON | {"href"},
    "abbr": _COMMON | {"title"},
    "time": _COMMON | {"datetime"},
}
_PARENTS: dict[str, frozenset[str]] = {
    "li": frozenset(("ul", "ol")),
    "dt": frozenset(("dl",)),
    "dd": frozenset(("dl",)),
    "caption": frozenset(("table",)),
    "colgroup": frozenset(("table",)),
    "col": frozenset(("colgroup",)),
    "thead": frozenset(("table",)),
    "tbody": frozenset(("table",)),
    "tr": frozenset(("thead", "tbody")),
    "th": frozenset(("tr",)),
    "td": frozenset(("tr",)),
    "figcaption": frozenset(("figure",)),
    "img": frozenset(("figure",)),
    "meta": frozenset(("head",)),
    "title": frozenset(("head",)),
}
# What may stand in a list, a table, a figure: those that belong there, and no words of its own.
_CHILDREN: dict[str, frozenset[str]] = {
    container: frozenset(name for name, parents in _PARENTS.items() if container in parents)
    for container in frozenset().union(*_PARENTS.values())
}
_ZONES = frozenset(("start", "centre", "end"))
_PICTURES = ("chart:", "data:image/")
_LINKS = ("https:", "mailto:", "#")


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, without the arithmetic by which a template could eat the machine."""

    intercepted_binops = frozenset(("**", "*", "%"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if operator == "**" or not numbers:
            raise TemplateError(f"'{operator}' is not allowed on these values in a template")
        return super().call_binop(context, operator, left, right)


def render_html(bureau: Bureau, template: str, data: Mapping[str, Any]) -> Element:
    """The tree of one paper; raises BriefgenError with the template's file and line."""
    environment = _environment(bureau)
    try:
        text = environment.get_template(template).render({**data, "settings": bureau.settings})
    except TemplateNotFound as error:
        looked = ", ".join(f"templates/{layer.name}" for layer in bureau.layers)
        raise _failure(
            bureau, template, 0, f"no template '{error.name}'", f"looked in {looked}"
        ) from None
    except TemplateSyntaxError as error:
        name = error.name or template
        raise _failure(bureau, name, error.lineno, str(error.message), "mend the tag") from None
    except Exception as error:
        name, line = _template_place(error, bureau, template)
        raise _failure(bureau, name, line, str(error), _undefined_hint(error, data)) from None
    return _checked(bureau, template, text, data.get("charts") or {})


def _environment(bureau: Bureau) -> _Environment:
    def source(name: str) -> tuple[str, str, Any] | None:
        path = bureau.find(name)
        return (path.read_text("utf-8"), str(path), lambda: True) if path else None

    environment = _Environment(
        loader=FunctionLoader(source),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("lipsum", "cycler", "joiner", "range"):
        environment.globals.pop(name, None)
    return environment


def _template_place(error: BaseException, bureau: Bureau, template: str) -> tuple[str, int]:
    """The innermost template line of a traceback."""
    trace, place = error.__traceback__, (template, 0)
    while trace:
        name = trace.tb_frame.f_code.co_filename
        found = next((layer for layer in bureau.layers if name.startswith(str(layer))), None)
        if found:
            place = (name[len(str(found)) + 1 :], trace.tb_lineno)
        trace = trace.tb_next
    return place


def _undefined_hint(error: Exception, data: Mapping[str, Any]) -> str:
    words = str(error).split("'")
    return did_you_mean(words[1], data) if len(words) > 2 else ""


def _failure(bureau: Bureau, name: str, line: int, message: str, hint: str) -> BriefgenError:
    path = bureau.find(name)
    folder = path.parent.name if path else bureau.id
    return BriefgenError(
        [Problem(Source(f"templates/{folder}/{name}", line, 1), "", message, hint)]
    )


def _checked(bureau: Bureau, template: str, text: str, charts: Mapping[str, Any]) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        near = text.splitlines()[error.lineno - 1].strip()[:60] if error.lineno else ""
        message = f"makes HTML that is not well-formed near '{near}': {error.msg}"
        hint = "close every element: <br/>, <p>...</p>"
        raise _failure(bureau, template, 0, message, hint) from None
    faults = list(dict.fromkeys([*_faults(root), *_picture_faults(root, charts)]))
    if faults:
        place = _failure(bureau, template, 0, "", "").problems[0].source
        raise BriefgenError(Problem(place, "", message, hint) for message, hint in faults)
    number_notes(root)
    return root


def _faults(root: Element) -> Iterator[tuple[str, str]]:
    """What of a tree is outside the vocabulary, as (message, hint)."""
    ids = {i for e in root.iter() if (i := e.get("id"))}
    for element in root.iter():
        name = str(element.tag)
        allowed = _ALLOWED.get(name)
        if allowed is None:
            yield f"uses <{name}>, which is not in the vocabulary", did_you_mean(name, _ALLOWED)
            continue
        for attribute in map(str, element.attrib):
            if attribute not in allowed:
                yield f"<{name}> has the attribute '{attribute}'", f"allowed: {sorted(allowed)}"
        if name == "col" and not element.get("width"):
            yield "has a <col> without a width", 'write <col width="30%"/>'
        parent = element.getparent()
        parents = _PARENTS.get(name)
        if parents and parent is not None and _name(parent) not in parents:
            yield f"<{name}> stands in <{_name(parent)}>", f"it belongs in {sorted(parents)}"
        yield from _container_faults(element, name)
        yield from _link_faults(element, ids)
    if len(root.findall("body/main")) != 1:
        yield (
            "has not one <main>",
            "all but running headers and footers stands in one <main>",
        )


def _container_faults(element: Element, name: str) -> Iterator[tuple[str, str]]:
    """What a list, a table, a figure or a running header holds and may not."""
    wanted = _CHILDREN.get(name)
    if name in ("header", "footer") and "running" in (element.get("class") or "").split():
        wanted = frozenset(("p",))
        zones = [z for p in element for z in (p.get("class") or "").split() if z in _ZONES]
        if len(zones) != len(element) or len(zones) != len(set(zones)):
            yield (
                f"has a running {name} whose <p> are not one each of its zones",
                f"give each <p> one class of {sorted(_ZONES)}",
            )
    if name == "body":
        wanted = frozenset(("header", "main", "footer"))
    if wanted is None:
        return
    for child in element:
        if _name(child) not in wanted and _name(child) not in _PARENTS:
            yield f"<{_name(child)}> stands in <{name}>", f"there may stand {sorted(wanted)}"
    words = [element.text, *(child.tail for child in element)]
    if loose := next((w.strip() for w in words if w and w.strip()), ""):
        yield f"has '{loose[:40]}' directly in <{name}>", f"put it into one of {sorted(wanted)}"


def _link_faults(element: Element, ids: set[str]) -> Iterator[tuple[str, str]]:
    target = element.get("href")
    if target is not None and not target.startswith(_LINKS):
        yield f"links to '{target[:60]}'", "links may begin with https:, mailto: or #"
    elif target and target.startswith("#") and target[1:] not in ids:
        yield f"links to '{target}', which no element has as its id", "give the target an id"


def _picture_faults(root: Element, charts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Pictures without words for those who do not see them, of no use, or from elsewhere."""
    for image in root.iter("img"):
        if not (image.get("alt") or "").strip():
            yield "has an image without alt text", "say in alt what the picture shows"
        source, width = image.get("src") or "", image.get("width")
        name = source.removeprefix("chart:")
        if source.startswith("chart:") and name not in charts:
            known = f"the paper's data has {', '.join(sorted(charts)) or 'no chart'}"
            yield f"shows the unknown chart '{name[:60]}'", did_you_mean(name, charts) or known
        elif not source.startswith(_PICTURES):
            hint = "write chart: and the name of a chart of the paper's data"
            yield f"shows the picture '{source[:60]}'", hint
        if width is not None and not re.fullmatch(r"[1-9]\d{0,2}(\.\d+)?", width, re.ASCII):
            yield f"shows a picture '{width[:20]}' wide", 'write millimetres: width="120"'


def number_notes(root: Element) -> None:
    """Number the notes by first citing; equal notes share a number.

    Sets `data-number` and `data-first` (yes or no) on every `note`.
    """
    numbers: dict[str, str] = {}
    for note in root.iter("note"):
        key = " ".join(etree.tostring(note, encoding="unicode", with_tail=False).split())
        first = key not in numbers
        number = numbers.setdefault(key, str(len(numbers) + 1))
        note.set("data-number", number)
        note.set("data-first", "yes" if first else "no")


def plain(value: Any) -> Any:
    """Data that a template may see: dicts, lists, text, numbers, dates; all else is refused."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or type(value) in (str, int, float, bool, datetime.date):
        return value
    raise TypeError(f"{type(value).__name__} may not reach a template")


def _name(element: Element) -> str:
    return str(element.tag)
