"""A template that means harm: what it reaches for is refused by name, with its file and line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document

from briefgen import confined
from briefgen.bureaus import load_bureau
from briefgen.confined import Limits
from briefgen.errors import BriefgenError
from briefgen.render.docx.authored import fill
from briefgen.render.html import render_html
from briefgen.render.sandbox import FILTERS, Sandbox
from tests.conftest import Run, edit

FRAME = "<html lang='en'><head><title>T</title></head><body><main><p>\n@</p></main></body></html>"
DATA = {"minister": {"name": "x"}, "rows": ["a", "b"], "marking": {"label": "PUBLIC"}}


@pytest.fixture
def limited() -> Iterator[None]:
    """Little time and memory for what is tried here."""
    before = confined.limits()
    confined.use(Limits(template=2, cpu=20, wall=40, memory=600))
    yield
    confined.use(before)


def of_html(workspace: Path, tag: str) -> str:
    """What is told of a template that holds this tag in its second line."""
    bureau = load_bureau(workspace, "base")
    (workspace / "templates/base/x.html.j2").write_text(FRAME.replace("@", tag), "utf-8")

    def make() -> None:
        confined.allow("templates/base/x.html.j2")
        render_html(bureau, "x.html.j2", DATA)

    with pytest.raises(BriefgenError) as found:
        confined.run(make)
    return str(found.value)


def of_word(tmp_path: Path, tag: str) -> str:
    """What is told of a form written in Word that holds this tag in its second paragraph."""
    form = Document()
    form.sections[0].header.paragraphs[0].text = "{{ marking.label }}"
    form.sections[0].footer.paragraphs[0].text = "{{ marking.label }}"
    form.add_paragraph("{{ marking.label }}")
    form.add_paragraph(tag)
    form.save(str(tmp_path / "form.docx"))

    def make() -> None:
        confined.allow("templates/own/brief.docx")
        fill("templates/own/brief.docx", (tmp_path / "form.docx").read_bytes(), DATA)

    with pytest.raises(BriefgenError) as found:
        confined.run(make)
    return str(found.value)


# What reaches for the program: through names, attributes, filters, methods that format.
REACHING = {
    "{{ cycler.__init__.__globals__ }}": "cycler",
    "{{ lipsum.__globals__['os'].popen('id').read() }}": "lipsum",
    "{{ self.__init__.__globals__ }}": "__init__",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}": "__class__",
    "{{ minister['__class__'] }}": "__class__",
    "{{ minister|attr('__class__') }}": "attr",
    "{{ rows|map(attribute='__class__')|list }}": "__class__",
    "{{ rows|map('attr', '__class__')|list }}": "attr",
    "{{ rows|selectattr('__class__')|list }}": "__class__",
    "{{ rows|groupby('__class__') }}": "__class__",
    "{{ rows|sum(attribute='__class__') }}": "__class__",
    "{{ '{0.__class__}'.format(minister) }}": "format",
    "{{ '{x.__class__}'.format_map(minister) }}": "format_map",
    "{{ ''.format.__self__ }}": "format",
    "{{ rows.append('c') }}": "append",
    "{{ rows.clear() }}": "clear",
    "{{ minister.update(a=1) }}": "update",
    "{{ minister.pop('name') }}": "pop",
    "{{ rows.sort() }}": "sort",
    "{{ 'x'.encode() }}": "encode",
    "{{ minister._private }}": "_private",
    "{{ minister|pprint }}": "pprint",
    "{{ minister|tojson }}": "tojson",
    "{{ '<b>'|safe }}": "safe",
    "{{ minister|xmlattr }}": "xmlattr",
    "{{ 'a'|urlize }}": "urlize",
    "{% import 'os' as os %}": "os",
    "{% do rows.append(1) %}": "do",
    "{% debug %}": "debug",
}
# What eats the machine, in one step or in loops.
HUNGRY = {
    "{{ 9**9999999 }}": "'**' is not allowed",
    "{{ 'A' * 10**9 }}": "'**' is not allowed",
    "{{ 'A' * 1000000000 }}": "'*' is not allowed",
    "{{ rows * 1000000000 }}": "'*' is not allowed",
    "{{ '%1000000000d' % 1 }}": "'%' is not allowed",
    "{{ 'A'|center(1000000000) }}": "center",
    "{{ 'A'|indent(1000000000) }}": "indent",
    "{{ 'A'|format(1) }}": "format",
    "{{ 'A'.ljust(1000000000) }}": "ljust",
    "{{ 'A'.rjust(1000000000) }}": "rjust",
    "{{ 'A'.center(1000000000) }}": "center",
    "{{ 'A'.zfill(1000000000) }}": "zfill",
    "{{ 'A\t'.expandtabs(1000000000) }}": "expandtabs",
    "{{ 'A'.translate({}) }}": "translate",
    "{{ rows|batch(1000000000, 'x')|list }}": "batch",
    "{{ rows|slice(1000000000)|list }}": "slice",
    "{{ 'a b'|wordwrap(1) }}": "wordwrap",
    "{{ 10000000000000000 * 3 }}": "numbers above",
    "{% for n in range(1000000000) %}{% endfor %}": "range",
}


@pytest.mark.parametrize("tag", [*REACHING, *HUNGRY])
def test_a_template_that_reaches_out_is_refused_with_its_line(
    workspace: Path, limited: None, tag: str
) -> None:
    found = of_html(workspace, tag)
    assert found.startswith("templates/base/x.html.j2:2:")
    assert {**REACHING, **HUNGRY}[tag] in found


@pytest.mark.parametrize("tag", [*REACHING, *HUNGRY])
def test_a_form_written_in_word_that_reaches_out_is_refused_at_its_tag(
    tmp_path: Path, limited: None, tag: str
) -> None:
    found = of_word(tmp_path, tag)
    assert "templates/own/brief.docx" in found
    assert "'{{ marking.label }}'" not in found


def many(text: str, times: int) -> str:
    return "".join(text.replace("#", str(n)) for n in range(times))


ENDLESS = {
    "loops in loops": many("{% for a# in x %}", 6) + many("{% endfor %}", 6),
    "a macro that calls itself": "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "a template that includes itself": "{% include 'x.html.j2' %}",
    "brackets in brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "a text that grows by replacing": "{{ x" + "|replace('x', x)" * 3 + " }}",
    "a text that grows by joining": many("{% set x = x ~ x %}", 40) + "{{ x }}",
    "a list that grows": many("{% set l = l + l %}", 40),
    "an endless number": "{{ 1" + "0" * 5000 + " }}",
}


@pytest.mark.parametrize("tag", ENDLESS.values(), ids=ENDLESS)
def test_a_template_that_has_no_end_is_stopped(workspace: Path, limited: None, tag: str) -> None:
    start = "{% set x = '" + "x" * 2000 + "' %}{% set l = ['x'] %}"
    assert "x.html.j2" in of_html(workspace, start + tag)


def test_compiling_is_within_the_limits_as_well(workspace: Path, briefgen: Run) -> None:
    """What a compiler works out from constants, ahead and beside the process of the paper."""
    own = workspace / "templates/own"
    own.mkdir()
    (own / "bureau.yaml").write_text("extends: base\nname: Own\n")
    x = "x" * 2000
    bomb = f"{{{{ '{x}'|replace('x', '{x}')|replace('x', '{x}') }}}}"
    (own / "brief.html.j2").write_text(
        f'{{% extends "brief.html.j2" %}}\n{{% block points %}}{bomb}{{% endblock %}}'
    )
    edit(
        workspace / "data/ministry.yaml",
        "raise_open: yes",
        "raise_open: yes\nlimits: {memory: 900}",
    )
    found = briefgen("-w", str(workspace), "brief", "China", "-b", "own", "-f", "docx", "-f", "pdf")
    assert found.returncode == 1
    assert "needs more than 900 MB of memory" in found.stderr


def test_only_filters_that_make_little_of_little_are_there() -> None:
    assert set(Sandbox().filters) == FILTERS
    assert not FILTERS & {"attr", "center", "indent", "format", "safe", "batch", "slice", "tojson"}
    assert set(Sandbox().globals) <= {"dict", "namespace"}


# -- which templates there are ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../secret.html.j2", "../../../etc/passwd", "/etc/passwd", "words/../secret.html.j2",
     "..\\\\secret.html.j2", "./secret.html.j2", ".secret.html.j2", "words//x", "9:x.html.j2",
     "-1:x.html.j2", "a:b:c", "", "nul\0x"],
)  # fmt: skip
@pytest.mark.parametrize("how", ["include", "import", "extends"])
def test_templates_are_taken_by_name_from_the_chain_alone(
    workspace: Path, limited: None, name: str, how: str
) -> None:
    for place in ("secret.html.j2", "base/.secret.html.j2"):
        (workspace / "templates" / place).write_text("<p>SECRET</p>")
    end = " as x" if how == "import" else ""
    found = of_html(workspace, f"{{% {how} '{name}'{end} %}}")
    assert "templates/base/x.html.j2" in found
    assert "SECRET" not in found


@pytest.mark.parametrize("linked", ["brief.html.j2", "style.css", "brief.docx", "reference.docx",
                                    "bureau.yaml", "words/en.po", "words", "logo.png", "."])  # fmt: skip
def test_no_link_leads_out_of_the_bureau(
    workspace: Path, briefgen: Run, tmp_path: Path, linked: str
) -> None:
    """Every file that a bureau can have, as a link to a file outside of the chain."""
    own, outside = workspace / "templates/own", tmp_path / "outside"
    (own / "words").mkdir(parents=True)
    (own / "bureau.yaml").write_text("extends: base\nname: Own\n")
    outside.mkdir()
    (outside / "bureau.yaml").write_text("extends: base\nname: SECRET\n")
    target = outside / Path(linked).name if linked != "." else outside
    if target.suffix and not target.exists():
        target.write_text("SECRET")
    target.mkdir(exist_ok=True) if not target.suffix else None
    link = own / linked if linked != "." else own
    if link.is_dir():
        for path in link.iterdir():
            path.rmdir() if path.is_dir() else path.unlink()
        link.rmdir()
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    arguments = ("brief", "China", "--as-of", "2003-08-13", "-f", "html", "-b", "own")
    found = briefgen("-w", str(workspace), *arguments)
    assert found.returncode in (1, 2)
    assert "link" in found.stderr
    assert "SECRET" not in found.stderr
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_of_a_bureau_that_is_no_paper_of_people_is_refused_unread(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    """Too large to be a template; the message names it before it is read."""
    own = workspace / "templates/own"
    own.mkdir()
    (own / "bureau.yaml").write_text("extends: base\nname: Own\n")
    with (own / "brief.html.j2").open("wb") as file:
        file.truncate(3_000_000_000)  # it has no bytes on disk
    found = briefgen("-w", str(workspace), "brief", "China", "-b", "own", "-f", "html")
    assert found.returncode == 1
    assert "templates/own/brief.html.j2: holds 3000 MB, more than" in found.stderr
    assert not (tmp_path / "out").exists()


def test_a_pipe_in_a_bureaus_folder_is_not_waited_for(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    own = workspace / "templates/own"
    own.mkdir()
    (own / "bureau.yaml").write_text("extends: base\nname: Own\n")
    os.mkfifo(own / "style.css")
    found = briefgen("-w", str(workspace), "brief", "China", "-b", "own")
    assert found.returncode == 1
    assert "templates/own/style.css: is no file: a pipe, a socket or a device" in found.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["brief.html.j2", "style.css"])
def test_a_template_in_another_encoding_is_refused_by_its_name(
    workspace: Path, briefgen: Run, tmp_path: Path, name: str
) -> None:
    own = workspace / "templates/own"
    own.mkdir()
    (own / "bureau.yaml").write_text("extends: base\nname: Own\n")
    (own / name).write_bytes("{# Zur Verfügung #}\n".encode("cp1252"))
    found = briefgen("-w", str(workspace), "brief", "China", "-b", "own")
    assert found.returncode == 1
    assert (
        f"templates/own/{name}:1:1: is not UTF-8 text, it looks like Windows-1252" in found.stderr
    )
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "out").exists()
