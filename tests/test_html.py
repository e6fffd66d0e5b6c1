"""Templates: a closed vocabulary, strict names, a sandbox; every fault with its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from briefgen.bureaus import Bureau, load_bureau
from briefgen.errors import BriefgenError, RequestError
from briefgen.render.html import number_notes, plain, render_html
from tests.conftest import edit

FRAME = "<html lang='en'><head><title>T</title></head><body><main>{}</main></body></html>"


@pytest.fixture
def bureau(workspace: Path) -> Bureau:
    return load_bureau(workspace, "base")


def fault(bureau: Bureau, body: str, data: dict[str, Any] | None = None) -> str:
    (bureau.layers[0] / "x.html.j2").write_text(FRAME.format(body), "utf-8")
    with pytest.raises(BriefgenError) as caught:
        render_html(bureau, "x.html.j2", data or {})
    return str(caught.value)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            "<p>{{ minster }}</p>",
            "templates/base/x.html.j2:1:64: 'minster' is undefined (did you mean",
        ),
        ("<p>{{ minister.nme }}</p>", "'nme' is not known here (did you mean 'name'?)"),
        ("<p>{% for x in %}</p>", "templates/base/x.html.j2:1:1: "),
        ("<video/>", "uses <video>, which is not in the vocabulary"),
        ("<script>x</script>", "uses <script>"),
        ("<p style='color:red'>x</p>", "<p> has the attribute 'style'"),
        ("<ul><p>x</p></ul><li>y</li>", "<li> stands in <main>"),
        ("<ul>loose<li>y</li></ul>", "has 'loose' directly in <ul> (put it into one of ['li'])"),
        ("<ol><li>y</li><p>x</p></ol>", "<p> stands in <ol> (there may stand ['li'])"),
        ("<table><tbody><tr>loose<td>y</td></tr></tbody></table>", "has 'loose' directly in <tr>"),
        ("<figure>loose</figure>", "has 'loose' directly in <figure>"),
        ("</main><p>beside</p><main>", "<p> stands in <body>"),
        ("</main><main>", "has not one <main>"),
        (
            "</main><header class='running'><p>x</p></header><main>",
            "has a running header whose <p>",
        ),
        ("<p><a href='javascript:x'>y</a></p>", "links to 'javascript:x'"),
        ("<p><a href='file:///etc/passwd'>y</a></p>", "links to 'file:///etc/passwd'"),
        ("<p><a href='//host/share'>y</a></p>", "links to '//host/share'"),
        ("<p><a href='#gone'>y</a></p>", "links to '#gone', which no element has as its id"),
        ("<p>a<br>b</p>", "is not well-formed"),
        ("<figure><img src='data:image/png;base64,AA'/></figure>", "has an image without alt text"),
        (
            "{% include '../../../etc/passwd' %}",
            "no template '../../../etc/passwd' (looked in templ",
        ),
        ("{% include '/etc/passwd' %}", "no template '/etc/passwd'"),
        ("<p>{{ minister.__class__ }}</p>", "'__class__' may not be asked of a map"),
        ("<p>{{ 9**9999999 }}</p>", "'**' is not allowed"),
        ("<p>{{ 'A' * 1000000000 }}</p>", "'*' is not allowed"),
        ("<p>{{ '%1000000000d' % 1 }}</p>", "'%' is not allowed"),
        ("{% for n in range(99999) %}{% endfor %}", "'range' is undefined"),
    ],
)
def test_a_fault_in_a_template_is_told_with_its_place(bureau: Bureau, body: str, told: str) -> None:
    assert told in fault(bureau, body, {"minister": {"name": "x"}})


def test_a_template_linked_from_outside_the_chain_is_not_read(
    bureau: Bureau, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (bureau.layers[0] / "link.html.j2").symlink_to(secret)
    assert "no template 'link.html.j2'" in fault(bureau, "{% include 'link.html.j2' %}")


def test_several_faults_are_told_at_once(bureau: Bureau) -> None:
    assert len(fault(bureau, "<video/><audio/><p onclick='x'>y</p>").splitlines()) == 3


def test_data_is_escaped_and_never_run(bureau: Bureau) -> None:
    (bureau.layers[0] / "x.html.j2").write_text(FRAME.format("<p>{{ x }}</p>"), "utf-8")
    root = render_html(bureau, "x.html.j2", {"x": "<b> & {{ 7*7 }}"})
    assert root.findtext(".//p") == "<b> & {{ 7*7 }}"


def test_only_plain_data_reaches_a_template() -> None:
    assert plain({"a": (1, "x", None, True, [2.5])}) == {"a": [1, "x", None, True, [2.5]]}
    with pytest.raises(TypeError, match="object may not reach a template"):
        plain({"a": object()})


def test_notes_are_numbered_by_first_citing_and_equal_notes_once() -> None:
    root = etree.fromstring("<p><note>a</note><note>b</note><note> a</note><note>a</note></p>")
    number_notes(root)
    found = [(n.get("data-number"), n.get("data-first")) for n in root]
    assert [number for number, _ in found] == ["1", "2", "3", "1"]
    assert [first for _, first in found] == ["yes", "yes", "yes", "no"]


def test_a_bureau_holds_only_what_differs(workspace: Path) -> None:
    folder = workspace / "templates" / "asia"
    folder.mkdir()
    (folder / "bureau.yaml").write_text(
        "extends: base\nnotes: footnotes\ntheme: {colours: {accent: '#7a1f1f'}}\n"
    )
    (folder / "style.css").write_text("h1 { color: red }")
    bureau = load_bureau(workspace, "ASIA")
    assert [layer.name for layer in bureau.layers] == ["asia", "base"]
    assert bureau.settings["notes"] == "footnotes"
    assert bureau.settings["theme"]["colours"]["accent"] == "#7a1f1f"
    assert bureau.settings["theme"]["colours"]["text"] == "#1b1d21"
    assert [p.parent.name for p in bureau.find_all("style.css")] == ["asia", "base"]
    assert bureau.find("brief.html.j2") == workspace / "templates/base/brief.html.j2"


def test_an_unknown_bureau_gets_did_you_mean(workspace: Path) -> None:
    with pytest.raises(RequestError, match=r"unknown bureau 'bas' \(did you mean 'base'"):
        load_bureau(workspace, "bas")


def test_a_chain_that_runs_in_a_circle_is_refused(workspace: Path) -> None:
    edit(workspace / "templates/base/bureau.yaml", "name: Ministry default", "extends: base")
    with pytest.raises(BriefgenError, match="runs in a circle: base > base"):
        load_bureau(workspace, "base")


def test_a_mistake_in_a_bureaus_settings_is_told_with_its_place(workspace: Path) -> None:
    edit(workspace / "templates/base/bureau.yaml", "notes: endnotes ", "nots: endnotes ")
    edit(workspace / "templates/base/bureau.yaml", '"#1d3a5f"', '"blue"')
    with pytest.raises(BriefgenError) as caught:
        load_bureau(workspace, "base")
    told = str(caught.value)
    assert (
        "templates/base/bureau.yaml:4:1: nots: is not a known field (did you mean 'notes'?)" in told
    )
    assert "theme.colours.accent: 'blue' has the wrong form" in told


def test_a_locale_that_nobody_knows_is_told(workspace: Path) -> None:
    edit(workspace / "templates/base/bureau.yaml", "locale: en-GB", "locale: en-XQZ-GB")
    with pytest.raises(BriefgenError, match="locale: 'en-XQZ-GB' is not a known locale"):
        load_bureau(workspace, "base")


def test_a_setting_that_no_layer_gives_is_told_by_name(workspace: Path) -> None:
    edit(workspace / "templates/base/bureau.yaml", "    body: Noto Serif\n", "")
    with pytest.raises(BriefgenError, match=r"theme\.fonts\.body: is given by no layer"):
        load_bureau(workspace, "base")
