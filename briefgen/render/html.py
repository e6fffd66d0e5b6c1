"""One semantic HTML document from a bureau's template and the data of a paper.

In: plain data. Out: the checked tree that both the PDF and the DOCX are made from. Jinja runs in an
immutable sandbox with strict names and escaping; the vocabulary is closed, and what is outside it
is an error that names the template and the element. Notes are numbered here, so that both formats
number them alike.
"""

from __future__ import annotations

import datetime
import marshal
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, FunctionLoader, StrictUndefined, TemplateSyntaxError
from jinja2.bccache import Bucket
from jinja2.exceptions import TemplateNotFound
from lxml import etree

from briefgen.ahead import aside
from briefgen.bureaus import Bureau
from briefgen.bureaus.chain import shown
from briefgen.confined import filling
from briefgen.errors import BriefgenError, Problem, Source, did_you_mean
from briefgen.letters import Fault, faults
from briefgen.phrases import Spoken, direction
from briefgen.render.content import content_faults
from briefgen.render.directions import set_directions
from briefgen.render.finishing import finish
from briefgen.render.images import fault_of, held_in
from briefgen.render.lettering import text_faults
from briefgen.render.numerals import set_numerals
from briefgen.render.portions import ATTRIBUTE, mark_portions, portion_faults
from briefgen.render.quoting import quote
from briefgen.render.sandbox import FILTERS, Sandbox

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
    "span": _COMMON | {ATTRIBUTE},
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
    "html": frozenset(),
    "head": frozenset(("html",)),
    "body": frozenset(("html",)),
    "main": frozenset(("body",)),
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
_PICTURES = ("chart:", "asset:", "data:")
_MOST_DEPTH = 40  # elements within elements: what lays out pages goes as deep
_FLATTER = "let fewer elements stand in one another"
_MOST_SPAN = 100  # columns or rows of one cell
_COUNTS = {"colspan": _MOST_SPAN, "rowspan": _MOST_SPAN, "start": 9999}
_LINKS = ("https:", "mailto:", "#")
_FILE = re.compile(r"pack:(?:[\w-][\w.-]*/)*[\w-][\w.-]*", re.ASCII)  # beside the page


class _Environment(Sandbox):
    """The sandbox; a template that extends or includes its own name means the next layer below."""

    def join_path(self, template: str, parent: str) -> str:
        below, _, name = parent.rpartition(":")
        return f"{int(below or 0) + 1}:{name}" if template == name else template


class _Compiled(BytecodeCache):
    """Templates once compiled in this process, by their name, place and text."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}
        self._ahead: Callable[[], bytes] | None = None

    def begin(self, work: Callable[[], object]) -> None:
        """Let a process beside this one do work that compiles templates; they are taken from it
        when the first is asked for."""

        def made() -> bytes:
            work()
            return marshal.dumps(self._kept)

        self._ahead = aside(made)

    def load_bytecode(self, bucket: Bucket) -> None:
        if self._ahead is not None:
            found, self._ahead = self._ahead(), None
            self._kept |= marshal.loads(found) if found else {}
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()
_NAMED = re.compile(r"\{%-?\s*(?:extends|import|from|include)\s+[\"']([\w.-]+)[\"']")


class _Unknown(StrictUndefined):
    """A name that the data does not have: the message says which names are near."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        name, owner = str(self._undefined_name), self._undefined_obj
        if self._undefined_hint:
            return str(self._undefined_hint)
        if isinstance(owner, Mapping):
            near = did_you_mean(name, map(str, owner)) or f"known: {', '.join(map(str, owner))}"
            return f"'{name}' is not known here\n{near}"
        return f"'{name}' is undefined"


def render_html(bureau: Bureau, template: str, data: Mapping[str, Any]) -> Element:
    """The tree of one paper; raises BriefgenError with the template's file and line."""
    bureau = bureau.for_template(template)
    environment = _environment(bureau)
    try:
        settings = settings_for(bureau)
        found = environment.get_template(template)
        with filling():
            text = "".join(environment.written(found.generate({**data, "settings": settings})))
    except TemplateNotFound as error:
        looked = ", ".join(f"templates/{layer.name}" for layer in bureau.layers)
        name = str(error.name).rpartition(":")[2]
        place = _template_place(error, bureau, template)
        raise _failure(place, f"no template '{name}'", f"looked in {looked}") from None
    except TemplateSyntaxError as error:
        place = _source(bureau, error.name or template, error.lineno)
        raise _failure(place, str(error.message), _near_filter(error)) from None
    except MemoryError:
        raise
    except Exception as error:
        place = _template_place(error, bureau, template)
        message, _, near = str(error).partition("\n")
        hint = near or _undefined_hint(error, data)
        raise _failure(_at_word(place, bureau, message), message, hint) from None
    root = _checked(bureau, template, text, data)
    mark_portions(root, (data.get("marking") or {}).get("portions"))
    finish(root, bureau)
    set_directions(root)
    number_notes(root)
    set_numerals(root, bureau.settings["numerals"])
    return root


def compile_ahead(bureau: Bureau, template: str) -> None:
    """Begin to compile a template, and those that it names, beside this process."""
    environment = _environment(bureau)
    _COMPILED.begin(lambda: _compile(environment, template, set()))


def _compile(environment: _Environment, name: str, done: set[str]) -> None:
    if name in done:
        return
    done.add(name)
    environment.get_template(name)
    assert environment.loader
    text, _, _ = environment.loader.get_source(environment, name)
    for other in _NAMED.findall(text):
        _compile(environment, environment.join_path(other, name), done)


def settings_for(bureau: Bureau) -> dict[str, Any]:
    """The settings as templates see them."""
    return {**bureau.settings, "direction": direction(bureau.language)}


def note_wording(bureau: Bureau) -> Callable[[Mapping[str, Any]], Element]:
    """How the bureau's templates word a note of the data, as a `note` element."""
    source = '{% import "macros.html.j2" as say %}{{ say.note(found) }}'
    template = _environment(bureau).from_string(source)

    def worded(found: Mapping[str, Any]) -> Element:
        note = etree.fromstring(template.render(found=found).strip())
        quote(note, bureau.language)
        return note

    return worded


def _environment(bureau: Bureau) -> _Environment:
    def source(name: str) -> tuple[str, str, Any] | None:
        path = _layered(bureau, name)
        return (path.read_text("utf-8"), str(path), lambda: True) if path else None

    environment = _Environment(
        loader=FunctionLoader(source),
        undefined=_Unknown,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    environment.globals["_"] = bureau.phrases.say
    environment.globals["n_"] = bureau.phrases.counted
    return environment


def _layered(bureau: Bureau, name: str) -> Path | None:
    """The file of a template; `2:brief.html.j2` is the third nearest of that name."""
    below, _, plain = name.rpartition(":")
    found = bureau.find_all(plain)
    index = int(below or 0)
    return found[index] if index < len(found) else None


def _source(bureau: Bureau, name: str, line: int = 0, column: int = 1) -> Source:
    """A place in a template, as messages name it."""
    path = _layered(bureau, name)
    plain = name.rpartition(":")[2]
    return Source(shown(path) if path else f"templates/{bureau.id}/{plain}", line, column)


def _template_place(error: BaseException, bureau: Bureau, template: str) -> Source:
    """The innermost template line of a traceback."""
    trace, place = error.__traceback__, _source(bureau, template)
    while trace:
        name = trace.tb_frame.f_code.co_filename
        if any(name.startswith(str(layer)) for layer in bureau.layers):
            place = Source(shown(Path(name)), trace.tb_lineno, 1)
        trace = trace.tb_next
    return place


def _written_at(bureau: Bureau, template: str, message: str) -> Source:
    """Where the element that a fault speaks of is written, the nearest layer first."""
    element = re.search(r"<(\w+)>", message)
    for name in (template, "page.html.j2", "macros.html.j2") if element else ():
        for path in bureau.find_all(name):
            text = path.read_text("utf-8")
            found = re.search(rf"<{element[1]}\b", text) if element else None
            if found:
                line = text.count("\n", 0, found.start()) + 1
                column = found.start() - text.rfind("\n", 0, found.start())
                return Source(shown(path), line, column)
    return _source(bureau, template)


def _at_word(place: Source, bureau: Bureau, message: str) -> Source:
    """The place of the word that a message quotes, where its line holds it."""
    word = message.split("'")[1] if message.count("'") > 1 else ""
    path = next(
        (p for layer in bureau.layers if shown(p := layer / Path(place.path).name) == place.path),
        None,
    )
    if not word or path is None or not place.line:
        return place
    line = path.read_text("utf-8").splitlines()[place.line - 1]
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line)
    return Source(place.path, place.line, found.start() + 1 if found else 1)


def _undefined_hint(error: Exception, data: Mapping[str, Any]) -> str:
    words = str(error).split("'")
    return did_you_mean(words[1], data) if len(words) > 2 else ""


def _near_filter(error: TemplateSyntaxError) -> str:
    """The mend of a tag: for a filter that there is not, those that there are."""
    found = re.match(r"No filter named '(\w+)'", str(error.message))
    if not found:
        return "mend the tag"
    return did_you_mean(found[1], FILTERS) or f"known: {', '.join(sorted(FILTERS))}"


def _failure(place: Source, message: str, hint: str) -> BriefgenError:
    return BriefgenError([Problem(place, "", message, hint)])


def _checked(bureau: Bureau, template: str, text: str, data: Mapping[str, Any]) -> Element:
    if found := [_letter_problem(bureau, template, f, text) for f in islice(faults(text), 20)]:
        raise BriefgenError(dict.fromkeys(found))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        near = text.splitlines()[error.lineno - 1].strip()[:60] if error.lineno else ""
        message = f"makes HTML that is not well-formed near '{near}': {error.msg}"
        hint = "close every element: <br/>, <p>...</p>"
        if "Excessive depth" in error.msg:  # the parser's own bound, 256
            message, hint = f"nests elements more than {_MOST_DEPTH} deep", _FLATTER
        raise _failure(_source(bureau, template), message, hint) from None
    pictures = _picture_faults(root, data.get("charts") or {}, bureau)
    portions = portion_faults(root, (data.get("marking") or {}).get("portions"))
    unfit = [(f.message, f.hint) for f in islice(text_faults(root), 20)]
    wrong = list(dict.fromkeys([*_faults(root), *pictures, *portions, *unfit]))
    if wrong:
        raise BriefgenError(
            Problem(_written_at(bureau, template, message), "", message, hint)
            for message, hint in wrong
        )
    return root


def _letter_problem(bureau: Bureau, template: str, fault: Fault, text: str) -> Problem:
    """A letter that may not stand in a text, where a template of the chain holds it."""
    letter, place = text[fault.at], _source(bureau, template)
    for name in (template, "page.html.j2", "macros.html.j2"):
        for path in reversed(bureau.find_all(name)):
            before, found, _ = path.read_text("utf-8").partition(letter)
            if found:
                line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
                place = Source(shown(path), line, column)
    return Problem(place, "", fault.message, fault.hint)


def _faults(root: Element) -> Iterator[tuple[str, str]]:
    """What of a tree is outside the vocabulary, as (message, hint)."""
    ids = {i for main in root.iterfind("body/main") for e in main.iter() if (i := e.get("id"))}
    if _depth(root) > _MOST_DEPTH:
        yield f"nests elements more than {_MOST_DEPTH} deep", _FLATTER
        return
    for element in root.iter():
        name = str(element.tag)
        allowed = _ALLOWED.get(name)
        if allowed is None:
            yield f"uses <{name}>, which is not in the vocabulary", did_you_mean(name, _ALLOWED)
            continue
        for attribute in map(str, element.attrib):
            if attribute not in allowed:
                yield f"<{name}> has the attribute '{attribute}'", f"allowed: {sorted(allowed)}"
        parent = element.getparent()
        parents = _PARENTS.get(name)
        if parents is not None and parent is not None and _name(parent) not in parents:
            where = f"it belongs in {sorted(parents)}" if parents else "it is around all else"
            yield f"<{name}> stands in <{_name(parent)}>", where
        yield from content_faults(element, name)
        yield from _container_faults(element, name)
        yield from _link_faults(element, ids)
        yield from _count_faults(element, name)
    if len(root.findall("body/main")) != 1:
        yield (
            "has not one <main>",
            "all but running headers and footers stands in one <main>",
        )


def _depth(root: Element) -> int:
    """How many elements stand in one another at most."""
    depth = deepest = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _count_faults(element: Element, name: str) -> Iterator[tuple[str, str]]:
    """Numbers of columns, rows and items that are none, or beyond what a page can hold."""
    for attribute, most in _COUNTS.items():
        given = element.get(attribute)
        if given is None:
            continue
        if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= most):
            yield f"<{name}> has {attribute}='{given[:20]}'", f"write a number from 1 to {most}"


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
    if target is not None and not target.startswith(_LINKS) and not _FILE.fullmatch(target):
        yield f"links to '{target[:60]}'", "links may begin with https:, mailto: or #"
    elif target and target.startswith("#") and target[1:] not in ids:
        yield f"links to '{target}', which no element has as its id", "give the target an id"


def _picture_faults(
    root: Element, charts: Mapping[str, Any], bureau: Bureau
) -> Iterator[tuple[str, str]]:
    """Pictures without words for those who do not see them, of no use, or from elsewhere."""
    assets = [p.name for layer in bureau.layers for p in layer.iterdir()]
    for image in root.iter("img"):
        if not (image.get("alt") or "").strip():
            yield "has an image without alt text", "say in alt what the picture shows"
        source, width = image.get("src") or "", image.get("width")
        name = source.removeprefix("chart:")
        if source.startswith("chart:") and name not in charts:
            known = f"the paper's data has {', '.join(sorted(charts)) or 'no chart'}"
            yield f"shows the unknown chart '{name[:60]}'", did_you_mean(name, charts) or known
        elif source.startswith("asset:") and source.removeprefix("asset:") not in assets:
            given = source.removeprefix("asset:")[:60]
            hint = did_you_mean(given, assets) or "put the picture into the bureau's folder"
            yield f"shows the picture '{given}', which no layer holds", hint
        elif not source.startswith(_PICTURES):
            hint = "write chart: and the name of a chart of the paper's data"
            yield f"shows the picture '{source[:60]}'", hint
        else:
            yield from _content_faults(source, bureau)
        if width is not None and not re.fullmatch(r"[1-9]\d{0,2}(\.\d+)?", width, re.ASCII):
            yield f"shows a picture '{width[:20]}' wide", 'write millimetres: width="120"'


def _content_faults(source: str, bureau: Bureau) -> Iterator[tuple[str, str]]:
    """What is wrong with a picture itself: one of the bureau's folder, or one written out."""
    if source.startswith("asset:"):
        path = bureau.find(source.removeprefix("asset:"))
        content = path.read_bytes() if path else None
        name = shown(path) if path else source
    elif source.startswith("data:"):
        content, name = held_in(source), f"{source[:30]}..."
    else:
        return
    if content is None:
        yield f"shows the picture '{name[:60]}', which is no PNG and no JPEG", "save it as one"
        return
    what, hint = fault_of(content)
    if what:
        yield f"shows the picture '{name[:60]}', which {what}", hint


def number_notes(root: Element) -> None:
    """Number the notes by first citing; equal notes share a number.

    Sets `data-number` and `data-first` (yes or no) on every `note`.
    """
    numbers: dict[str, str] = {}
    for note in root.iter("note"):
        inner = (etree.tostring(child, encoding="unicode") for child in note)
        key = " ".join("".join(("<", note.text or "", *inner, ">")).split())
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
    if value is None or type(value) in (str, int, float, bool, datetime.date, Spoken):
        return value
    raise TypeError(f"{type(value).__name__} may not reach a template")


def _name(element: Element) -> str:
    return str(element.tag)
