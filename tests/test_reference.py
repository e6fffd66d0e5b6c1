"""A bureau's reference.docx: its look reaches DOCX and PDF alike, and nothing else of it does."""

from __future__ import annotations

import io
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from lxml import etree
from pypdf import PdfReader

from briefgen.bureaus import load_bureau
from briefgen.errors import BriefgenError, Severity
from briefgen.render import render
from briefgen.render.docx import write
from briefgen.render.reference.checking import bureau_problems, problems
from briefgen.render.reference.starting import starter
from tests.conftest import ROOT
from tests.test_docx import EVERYTHING, audit, part

Files = dict[str, bytes]
SETTINGS = load_bureau(ROOT, "base").for_paper("brief").settings
THEME, PAGE = SETTINGS["theme"], SETTINGS["page"]
DATA: dict[str, Any] = {
    "paper": {"title": "Brief on <Rules> & ways", "language": "en-GB", "kind": "brief",
              "ministry": "Ministry of Foreign Affairs", "as_of_text": "13 August 2003"},
    "marking": {"label": "For official use"},
}  # fmt: skip
TEMPLATE = (
    '<html lang="en-GB"><head><title>T</title><meta name="author" content="A"/></head>'
    '<body class="brief"><header class="running"><p class="start">Plain head</p>'
    '<p class="centre marking">{{ marking.label }}</p></header>'
    '<footer class="running"><p class="start">Plain foot</p>'
    '<p class="centre marking">{{ marking.label }}</p></footer>'
    f"<main>{EVERYTHING}</main></body></html>"
)
PAGES = '<h1>T</h1><p>one</p><p class="page-break">two</p><p class="page-break">three</p>'


# -- references, as Word writes them ---------------------------------------------------------------


def like_ours() -> bytes:
    """A file that has every style of our papers as the theme has it, and no header."""
    tree = etree.fromstring('<html lang="en-GB"><head/><body><main><p>x</p></main></body></html>')
    return without(write(tree, theme=THEME, notes="endnotes", page=PAGE), "word/theme/theme1.xml")


def without(content: bytes, member: str) -> bytes:
    """Without a theme part every font and colour says itself what it is."""
    rels = "word/_rels/document.xml.rels"

    def drop(data: bytes) -> bytes:
        return re.sub(rb"<Relationship [^>]*theme1\.xml[^>]*/>", b"", data)

    types = b"[Content_Types].xml".decode()
    return edited(content, {rels: drop, types: lambda d: re.sub(rb"<Override [^>]*theme1\.xml[^>]*/>", b"", d)}, drop=[member])  # fmt: skip


def edited(
    content: bytes,
    changes: Mapping[str, bytes | Callable[[bytes], bytes]],
    drop: list[str] | None = None,
) -> bytes:
    """A package with members changed, added or taken out."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", 8) as new:
        for name in old.namelist():
            change = changes.get(name)
            data = old.read(name)
            if name not in (drop or ()):
                new.writestr(name, change(data) if callable(change) else change or data)
        for name, change in changes.items():
            if name not in old.namelist():
                assert isinstance(change, bytes), f"no member {name}"
                new.writestr(name, change)
    return made.getvalue()


def styled(content: bytes, name: str, change: Callable[[Any], None]) -> bytes:
    """A reference with one style changed."""

    def apply(data: bytes) -> bytes:
        root = xml(data)
        (style,) = root.xpath(f'//w:style[w:name/@w:val="{name}"]', namespaces={"w": W})
        change(style)
        return etree.tostring(root)

    return edited(content, {"word/styles.xml": apply})


def changed(**values: str) -> Callable[[Any], None]:
    """Set run properties of a style: `color="FF0000", sz="40"`."""

    def apply(style: Any) -> None:
        for key, value in values.items():
            style.find(f"{qn('w:rPr')}/{qn(f'w:{key}')}").set(qn("w:val"), value)

    return apply


def word(build: Callable[[Any], None]) -> bytes:
    """A file made by python-docx from its own template: theme fonts, latent styles, rsids."""
    document = Document()
    build(document)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def headed(*runs: str, also: Callable[[Any], None] = lambda _: None) -> bytes:
    """A file whose header is one paragraph of these runs, as Word splits them."""

    def build(document: Any) -> None:
        for run in runs:
            document.sections[0].header.paragraphs[0].add_run(run)
        also(document)

    return word(build)


def png(width: int = 8, height: int = 4, text: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))  # fmt: skip

    rows = b"".join(b"\0" + b"\x20\x60\x40" * width for _ in range(height))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    note = chunk(b"tEXt", b"Author\0" + text) if text else b""
    return b"\x89PNG\r\n\x1a\n" + head + note + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")  # fmt: skip


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture
def bureau_with(tmp_path: Path) -> Callable[..., Any]:
    """A bureau on base with a reference, a template of its own and perhaps more files."""

    def make(reference: bytes | None, template: str = TEMPLATE, **files: str) -> Any:
        shutil.copytree(ROOT / "templates" / "base", tmp_path / "templates" / "base", dirs_exist_ok=True)  # fmt: skip
        folder = tmp_path / "templates" / "letter"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "bureau.yaml").write_text(files.get("yaml", "extends: base\n"))
        (folder / "brief.html.j2").write_text(template)
        if reference is not None:
            (folder / "reference.docx").write_bytes(reference)
        if "css" in files:
            (folder / "style.css").write_text(files["css"])
        return load_bureau(tmp_path, "letter")

    return make


def made(bureau: Any, *formats: str) -> Files:
    return render(bureau, "brief.html.j2", DATA, formats or ("docx", "pdf", "html"))


def xml(content: bytes) -> Any:
    """Parsed, with types that lxml's stubs do not know."""
    return etree.fromstring(content)


def section_of(content: bytes) -> Any:
    document: Any = Document(io.BytesIO(content))
    return document.sections[0]


def rules(html: bytes) -> str:
    """The CSS that the reference gives: what stands outside any layer."""
    css = html.decode().split("<style>")[1].split("</style>")[0]
    depth, outside, start = 0, "", 0
    for place, letter in enumerate(css):
        if letter == "{":
            if depth == 0:
                head = css[start:place].strip()
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                outside += (
                    "" if head.startswith("@layer") else f"{css[start : place + 1].strip()}\n"
                )
                start = place + 1
    return outside


def words_of(content: bytes, kind: str) -> dict[str, str]:
    """The words of every header or footer of a DOCX, by part."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {
            name: "".join(xml(package.read(name)).itertext(f"{{{W}}}t"))
            for name in package.namelist() if re.match(rf"word/{kind}\d*\.xml", name)
        }  # fmt: skip


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


# -- styles ----------------------------------------------------------------------------------------


def test_a_reference_that_says_what_the_theme_says_changes_nothing(bureau_with: Any) -> None:
    plain = made(bureau_with(None))
    worn = made(bureau_with(like_ours()))
    assert worn["pdf"] == plain["pdf"]
    assert rules(worn["html"]) == ""
    same = [etree.tostring(part(f["docx"], "word/styles.xml"), method="c14n") for f in (plain, worn)]  # fmt: skip
    assert same[0] == same[1]


@pytest.mark.parametrize(
    ("name", "id_", "rule"),
    [
        ("heading 2", "Heading2", '[data-style="heading 2"]'),
        ("Subtitle", "Subtitle", '[data-style="Subtitle"]'),
        ("Table Heading", "TableHeading", '[data-style="Table Heading"]'),
        ("endnote text", "EndnoteText", ".notes > li"),
        ("Aside", "Aside", '[data-style="Aside"]'),
    ],
)
def test_one_style_changed_in_word_changes_that_style_in_both_formats_and_nothing_else(
    bureau_with: Any, name: str, id_: str, rule: str
) -> None:
    def change(style: Any) -> None:
        properties = style.find(qn("w:rPr"))
        for tag, value in (("color", "C00000"), ("sz", "40")):
            for old in properties.findall(qn(f"w:{tag}")):
                properties.remove(old)
            properties.append(parse_xml(f'<w:{tag} {nsdecls("w")} w:val="{value}"/>'))

    before, after = (
        made(bureau_with(like_ours())),
        made(bureau_with(styled(like_ours(), name, change))),
    )
    styles = [
        {s.get(qn("w:styleId")): etree.tostring(s, method="c14n")
         for s in part(files["docx"], "word/styles.xml").iter(qn("w:style"))}
        for files in (before, after)
    ]  # fmt: skip
    assert {key for key in styles[0] if styles[0][key] != styles[1][key]} == {id_}
    assert list(styles[0]) == list(styles[1])
    (line,) = rules(after["html"]).splitlines()
    assert line.startswith(rule)
    said = set(re.findall(r"([\w-]+):", line.partition("{")[2]))
    # The brief sets its lines at an exact distance: for larger letters that is another ratio.
    assert said - {"line-height"} == {"color", "font-size"}
    assert before["pdf"] != after["pdf"]
    for member in ("word/document.xml", "word/header1.xml", "word/numbering.xml"):
        first, second = (etree.tostring(part(f["docx"], member)) for f in (before, after))
        assert first == second, member


def test_what_is_no_colour_and_no_font_cannot_write_css_or_html(bureau_with: Any) -> None:
    def change(style: Any) -> None:
        properties = style.find(qn("w:rPr"))
        properties.find(qn("w:color")).set(qn("w:val"), "0} html {display: none")
        properties.find(qn("w:rFonts")).set(qn("w:ascii"), '</style><p>"x')

    html = made(bureau_with(styled(like_ours(), "heading 2", change)), "html")["html"].decode()
    assert "display: none" not in html
    assert 'font-family: "stylepx"' in html


def test_a_changed_list_does_not_change_the_list_inside_it(bureau_with: Any) -> None:
    def red(style: Any) -> None:
        style.find(qn("w:rPr")).append(parse_xml(f'<w:color {nsdecls("w")} w:val="C00000"/>'))

    css = rules(made(bureau_with(styled(like_ours(), "List Number", red)), "html")["html"])
    assert '[data-style="List Number"] { color: #c00000 }' in css
    assert '[data-style="List Bullet 2"] { color: #1b1d21 }' in css


def test_spaces_alignment_borders_and_keeping_reach_the_pdf(bureau_with: Any) -> None:
    def change(style: Any) -> None:
        style.replace(style.find(qn("w:pPr")), parse_xml(
            f'<w:pPr {nsdecls("w")}><w:keepNext/><w:pBdr><w:bottom w:val="single" w:sz="12" w:space="4" '
            'w:color="00AA00"/></w:pBdr><w:spacing w:before="120" w:after="60" w:line="360" '
            'w:lineRule="exact"/><w:ind w:left="567" w:firstLine="284"/><w:jc w:val="center"/></w:pPr>'
        ))  # fmt: skip

    css = rules(made(bureau_with(styled(like_ours(), "Lead", change)), "html")["html"])
    for said in ("margin-top: 6pt", "margin-bottom: 3pt", "line-height: 1.895", "margin-left: 28.35pt",
                 "text-indent: 14.2pt", "text-align: center", "break-after: avoid",
                 "border-bottom: 1.5pt solid #00aa00", "padding-bottom: 4pt"):  # fmt: skip
        assert said in css, said


def test_theme_fonts_and_colours_are_what_the_theme_part_says(bureau_with: Any) -> None:
    def build(document: Any) -> None:
        style = document.styles["Heading 3"].element
        style.rPr.find(qn("w:color")).set(qn("w:val"), "auto")

    def apply(data: bytes) -> bytes:
        return data.replace(b'typeface="Calibri"', b'typeface="DejaVu Sans"').replace(b"4F81BD", b"123456")  # fmt: skip

    reference = edited(word(build), {"word/theme/theme1.xml": apply})
    files = made(bureau_with(reference))
    line = next(x for x in rules(files["html"]).splitlines() if '"heading 3"' in x)
    assert 'font-family: "DejaVu Sans"' in line
    assert "color: #123456" in line
    assert part(files["docx"], "word/theme/theme1.xml").xpath(
        "//a:minorFont/a:latin/@typeface", namespaces={"a": "http://schemas.openxmlformats.org/drawingml/2006/main"}
    ) == ["Cambria"]  # fmt: skip
    heading = next(s for s in part(files["docx"], "word/styles.xml").iter(qn("w:style"))
                   if s.get(qn("w:styleId")) == "Heading3")  # fmt: skip
    assert heading.find(f"{qn('w:rPr')}/{qn('w:rFonts')}").get(qn("w:asciiTheme")) == "majorHAnsi"


def test_styles_are_found_by_name_whatever_their_id_and_case(bureau_with: Any) -> None:
    def apply(data: bytes) -> bytes:
        data = data.replace(b'"Heading2"', b'"berschrift2"').replace(b'"heading 2"', b'"Heading 2"')
        return data.replace(b'w:basedOn w:val="Normal"', b'w:basedOn w:val="Standard"').replace(
            b'styleId="Normal"', b'styleId="Standard"')  # fmt: skip

    reference = edited(
        styled(like_ours(), "heading 2", changed(color="C00000")), {"word/styles.xml": apply}
    )
    files = made(bureau_with(reference))
    assert rules(files["html"]).splitlines() == ['[data-style="heading 2"] { color: #c00000 }']
    ids = [
        s.get(qn("w:styleId")) for s in part(files["docx"], "word/styles.xml").iter(qn("w:style"))
    ]
    assert "Heading2" in ids
    assert "berschrift2" not in ids


def test_what_a_style_rests_on_is_taken_with_it(bureau_with: Any, tmp_path: Path) -> None:
    def apply(data: bytes) -> bytes:
        root = xml(data)
        root.append(etree.fromstring(
            f'<w:style xmlns:w="{W}" w:type="paragraph" w:customStyle="1" w:styleId="House"><w:name w:val="House"/>'
            '<w:basedOn w:val="Normal"/><w:rPr><w:color w:val="00AA00"/></w:rPr></w:style>'
        ))  # fmt: skip
        style = root.xpath('//w:style[w:name/@w:val="Lead"]', namespaces={"w": W})[0]
        style.find(qn("w:basedOn")).set(qn("w:val"), "House")
        return etree.tostring(root)

    files = made(bureau_with(edited(like_ours(), {"word/styles.xml": apply})))
    assert '[data-style="Lead"] { color: #00aa00 }' in rules(files["html"])
    path = tmp_path / "a.docx"
    path.write_bytes(files["docx"])
    assert audit(path).returncode == 0


def test_style_css_of_a_nearer_layer_wins_and_that_of_the_same_layer_loses(
    bureau_with: Any, tmp_path: Path
) -> None:
    reference = styled(like_ours(), "heading 2", changed(color="C00000"))
    bureau_with(reference, css="body.brief main h2 { color: #00aa00; font-style: italic }")
    nearer = tmp_path / "templates" / "division"
    nearer.mkdir()
    (nearer / "bureau.yaml").write_text("extends: letter\n")
    (nearer / "style.css").write_text("h2 { letter-spacing: 2pt }")
    css = made(load_bureau(tmp_path, "division"), "html")["html"].decode()
    order = [
        css.index("body.brief main h2"),
        css.index("color: #c00000"),
        css.index("letter-spacing: 2pt"),
    ]
    assert order == sorted(order)
    assert "body.brief main h2" not in rules(css.encode())
    assert "letter-spacing: 2pt" in rules(css.encode())


def test_styles_that_the_reference_lacks_are_all_named() -> None:
    found = [
        p for p in problems("r.docx", headed("{{ marking.label }}"), THEME) if p.subject == "styles"
    ]
    (told,) = found
    assert told.severity is Severity.WARNING
    for name in ("Kicker", "Lead", "Table Text", "Marking Character"):
        assert name in told.message
    assert "Body Text" not in told.message
    assert not [p for p in problems("r.docx", like_ours(), THEME) if p.subject == "styles"]


def test_lines_too_close_for_their_letters_are_told() -> None:
    reference = styled(like_ours(), "heading 2", changed(sz="60"))
    (told,) = [p for p in problems("r.docx", reference, THEME) if "cut off" in p.message]
    assert told.subject == "heading 2"
    assert told.severity is Severity.WARNING
    assert not [p for p in problems("r.docx", like_ours(), THEME) if "cut off" in p.message]


def test_the_first_reference_of_a_bureau_has_every_style_and_changes_nothing(
    bureau_with: Any,
) -> None:
    bureau = bureau_with(None)
    first = starter(bureau, "brief")
    found = problems("r.docx", first, THEME)
    assert found == []
    shown = {
        p.style.name.casefold()
        for p in Document(io.BytesIO(first)).paragraphs
        if p.style and p.style.name
    }
    assert {"heading 4", "point", "list number 3", "source", "term", "quote"} <= shown
    folder = bureau.layers[0]
    (folder / "reference-brief.docx").write_bytes(first)
    files = made(bureau)
    assert not [
        line
        for line in rules(files["html"]).splitlines()
        if not line.startswith(("[data-running", "@page"))
    ]
    assert words_of(files["docx"], "header") == {
        "word/header1.xml": "Brief on <Rules> & waysFor official use13 August 2003"
    }


def test_a_reference_for_one_kind_of_paper_leaves_the_others_alone(bureau_with: Any) -> None:
    bureau = bureau_with(headed("For all papers"))
    folder = bureau.layers[0]
    (folder / "reference-brief.docx").write_bytes(headed("For the brief"))
    (folder / "history.html.j2").write_text(TEMPLATE)
    assert "For the brief" in words_of(made(bureau, "docx")["docx"], "header")["word/header1.xml"]
    other = render(bureau, "history.html.j2", DATA, ["docx"])["docx"]
    assert "For all papers" in words_of(other, "header")["word/header1.xml"]


def test_a_font_that_the_machine_lacks_is_told_with_what_stands_in() -> None:
    reference = word(lambda d: setattr(d.styles["Normal"].font, "name", "No Such Sans"))
    told = [p for p in problems("r.docx", reference, THEME) if "No Such Sans" in p.message]
    assert len(told) == 1
    assert "Noto Serif" in told[0].hint


# -- page ------------------------------------------------------------------------------------------


def a5(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(148), Mm(210)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin = section.bottom_margin = Mm(30)
    section.header_distance, section.footer_distance = Mm(9), Mm(8)


def test_page_set_up_reaches_both_formats(bureau_with: Any) -> None:
    files = made(bureau_with(word(a5)))
    box = PdfReader(io.BytesIO(files["pdf"])).pages[0].mediabox
    assert (round(box.width / 72 * 25.4), round(box.height / 72 * 25.4)) == (148, 210)
    section = section_of(files["docx"])
    assert (round(section.page_width.mm), round(section.left_margin.mm)) == (148, 15)
    assert (round(section.header_distance.mm), round(section.footer_distance.mm)) == (9, 8)
    assert "margin: 30.0mm 15.0mm 30.0mm 15.0mm" in files["html"].decode()


def test_a_page_without_room_for_words_is_refused(bureau_with: Any) -> None:
    def narrow(document: Any) -> None:
        document.sections[0].left_margin = document.sections[0].right_margin = Mm(100)

    with pytest.raises(BriefgenError, match="mm for words"):
        made(bureau_with(word(narrow)), "pdf")


def test_a_nearer_layer_may_change_the_page_of_the_reference(
    bureau_with: Any, tmp_path: Path
) -> None:
    bureau_with(word(a5))
    nearer = tmp_path / "templates" / "division"
    nearer.mkdir()
    (nearer / "bureau.yaml").write_text("extends: letter\npage: {margin_left: 33}\n")
    section = section_of(made(load_bureau(tmp_path, "division"), "docx")["docx"])
    assert (round(section.left_margin.mm), round(section.right_margin.mm)) == (33, 15)


# -- headers and footers ---------------------------------------------------------------------------


def field(paragraph: Any, code: str, result: str) -> None:
    for xml in ('<w:fldChar w:fldCharType="begin"/>', f"<w:instrText>{code}</w:instrText>",
                '<w:fldChar w:fldCharType="separate"/>', f"<w:t>{result}</w:t>",
                '<w:fldChar w:fldCharType="end"/>'):  # fmt: skip
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{xml}</w:r>"))


def letterhead(document: Any) -> None:
    """A header with a picture and zones, a footer with page numbers."""
    section = document.sections[0]
    head = section.header.paragraphs[0]
    head.add_run().add_picture(io.BytesIO(png()), width=Mm(16))
    head.add_run("\t{{ marking.label }}\tAsia desk")
    foot = section.footer.paragraphs[0]
    foot.add_run("Page ")
    field(foot, r" PAGE \* MERGEFORMAT ", "7")
    foot.add_run(" of ")
    field(foot, "NUMPAGES", "9")


def test_header_words_picture_and_page_numbers_are_in_both_formats(
    bureau_with: Any, tmp_path: Path
) -> None:
    files = made(bureau_with(word(letterhead)))
    pages = pages_of(files["pdf"])
    for number, page in enumerate(pages, 1):
        assert "Asia desk" in page
        assert f"Page {number} of {len(pages)}" in page
        assert "Plain head" not in page
    assert len(PdfReader(io.BytesIO(files["pdf"])).pages[0].images) == 1
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as package:
        header, footer = package.read("word/header1.xml"), package.read("word/footer1.xml")
        assert [n for n in package.namelist() if n.startswith("word/media/")] == [
            "word/media/image1.png"
        ]
        assert b"image1.png" in package.read("word/_rels/header1.xml.rels")
    assert b"<pic:pic" in header
    assert [f.strip() for f in re.findall(r"<w:instrText[^>]*>([^<]*)<", footer.decode())] == ["PAGE", "NUMPAGES"]  # fmt: skip
    assert "Asia desk" in files["html"].decode()
    path = tmp_path / "a.docx"
    path.write_bytes(files["docx"])
    result = audit(path)
    assert result.returncode == 0, result.stdout


def test_placeholders_are_filled_also_where_word_has_split_them(bureau_with: Any) -> None:
    reference = headed(
        "A: {", "{ paper.", "title }", "} · {{ “x” ~ paper.as_of_text }} {{marking.label}}"
    )
    files = made(bureau_with(reference))
    said = "A: Brief on <Rules> & ways · x13 August 2003 For official use"
    assert words_of(files["docx"], "header")["word/header1.xml"] == said
    assert said in " ".join(pages_of(files["pdf"])[0].split())


def test_data_that_looks_like_a_placeholder_is_shown_as_it_is(bureau_with: Any) -> None:
    data = {**DATA, "paper": {**DATA["paper"], "title": "{{ marking.label }}"}}
    files = render(bureau_with(headed("{{ paper.title }}")), "brief.html.j2", data, ["docx"])
    assert "{{ marking.label }}" in words_of(files["docx"], "header")["word/header1.xml"]


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("{{ paper.titel }}", "'titel' is not known here", "did you mean 'title'?"),
        ("{{ markng.label }}", "'markng' is not known here", "did you mean 'marking'?"),
        ("{{ paper }}", "is a group of values, not a text", "name one of title"),
        ("{{ paper.title | uper }}", "No filter named 'uper'", "did you mean 'upper'"),
        ("{{ paper.title", "has '{{' without its other half", "in one paragraph"),
        ("{% if paper %}", "has '{%': only {{ }} is filled in here", "write the words"),
        ("{{ paper.title.__class__.mro() }}", "", ""),
        ("{{ 9**9999999 }}", "'**' is not allowed", ""),
    ],
)
def test_a_placeholder_that_cannot_be_filled_is_told_with_its_part(
    bureau_with: Any, typed: str, message: str, hint: str
) -> None:
    def also(document: Any) -> None:
        document.sections[0].footer.paragraphs[0].text = "{{ paper.nothing }}"

    with pytest.raises(BriefgenError) as caught:
        made(bureau_with(headed(typed, also=also)), "docx")
    found = {p.subject: p for p in caught.value.problems}
    assert sorted(found) == ["footer 1", "header 1"]
    assert found["header 1"].source.path == "templates/letter/reference.docx"
    assert message in found["header 1"].message
    assert hint in found["header 1"].hint
    assert found["header 1"].detail == typed


def test_the_marking_is_never_lost_and_never_doubled(bureau_with: Any) -> None:
    def also(document: Any) -> None:
        document.sections[0].footer.paragraphs[0].text = "FOR official   use only"

    files = made(bureau_with(headed("Asia desk", also=also)))
    assert words_of(files["docx"], "header")["word/header1.xml"] == "For official useAsia desk"
    assert words_of(files["docx"], "footer")["word/footer1.xml"] == "FOR official   use only"
    first = part(files["docx"], "word/header1.xml")[0]
    assert first.find(f"{qn('w:pPr')}/{qn('w:pStyle')}").get(qn("w:val")) == "Marking"
    for page in pages_of(files["pdf"]):
        assert len(re.findall("for official use", page, re.IGNORECASE)) >= 2
    told = [p.subject for p in problems("r", headed("Asia desk", also=also), THEME) if "marking" in p.message]  # fmt: skip
    assert told == ["footer 1", "header 1"]


def test_first_and_even_pages_have_their_own_header_in_both_formats(bureau_with: Any) -> None:
    def also(document: Any) -> None:
        section = document.sections[0]
        section.different_first_page_header_footer = True
        document.settings.odd_and_even_pages_header_footer = True
        section.first_page_header.paragraphs[0].text = "First head"
        section.even_page_header.paragraphs[0].text = "Even head"

    template = re.sub("<main>.*</main>", f"<main>{PAGES}</main>", TEMPLATE, flags=re.DOTALL)
    files = made(bureau_with(headed("Odd head", also=also), template))
    heads = [re.findall("(First|Even|Odd) head", page) for page in pages_of(files["pdf"])]
    assert heads == [["First"], ["Even"], ["Odd"]]
    assert all("Plain foot" in page for page in pages_of(files["pdf"]))
    document = Document(io.BytesIO(files["docx"]))
    section = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer
    assert "First head" in "".join(p.text for p in section.first_page_header.paragraphs)
    assert "Even head" in "".join(p.text for p in section.even_page_header.paragraphs)
    for footer in (section.footer, section.first_page_footer, section.even_page_footer):
        assert "Plain foot" in footer.paragraphs[0].text


def test_a_tall_letterhead_pushes_the_words_down(bureau_with: Any) -> None:
    def also(document: Any) -> None:
        document.sections[0].header.add_paragraph().add_run().add_picture(io.BytesIO(png()), height=Mm(60))  # fmt: skip

    html = made(bureau_with(headed("{{ marking.label }}", also=also)), "html")["html"].decode()
    found = re.search(r"@page \{ margin-top: ([\d.]+)mm", " ".join(html.split()))
    assert found is not None
    assert float(found[1]) > 72


def test_a_template_may_keep_its_own_running_header(bureau_with: Any) -> None:
    template = TEMPLATE.replace('<header class="running">', '<header class="running own">')
    files = made(bureau_with(headed("Asia desk"), template))
    assert all("Plain head" in page and "Asia desk" not in page for page in pages_of(files["pdf"]))
    assert "Plain head" in words_of(files["docx"], "header")["word/header1.xml"]


def test_tables_in_a_header_stand_in_both_formats(bureau_with: Any) -> None:
    def also(document: Any) -> None:
        header = document.sections[0].header
        table = header.add_table(1, 2, Mm(150))
        table.style = "Table Grid"
        table.cell(0, 0).text, table.cell(0, 1).text = "Left cell", "Right cell"

    files = made(bureau_with(headed("{{ marking.label }}", also=also)))
    assert "Left cell" in pages_of(files["pdf"])[0]
    header = part(files["docx"], "word/header1.xml")
    name = header.find(f".//{qn('w:tblStyle')}").get(qn("w:val"))
    styles = part(files["docx"], "word/styles.xml")
    assert [s for s in styles.iter(qn("w:style")) if s.get(qn("w:styleId")) == name]


def test_properties_in_another_order_than_word_keeps_come_out_in_its_order(
    bureau_with: Any, tmp_path: Path
) -> None:
    def also(document: Any) -> None:
        line = document.sections[0].header.add_paragraph("{{ marking.label }}")
        line._p.insert(0, parse_xml(
            f'<w:pPr {nsdecls("w")}><w:jc w:val="right"/><w:pBdr><w:bottom w:val="single" w:sz="8" '
            'w:space="4" w:color="6B1F2A"/></w:pBdr><w:keepNext/></w:pPr>'
        ))  # fmt: skip

    path = tmp_path / "a.docx"
    path.write_bytes(made(bureau_with(headed("Asia desk", also=also)), "docx")["docx"])
    result = audit(path)
    assert result.returncode == 0, result.stdout


def test_a_header_in_latin_letters_reads_from_the_left_in_an_arabic_paper(bureau_with: Any) -> None:
    template = TEMPLATE.replace('<html lang="en-GB">', '<html lang="ar" dir="rtl">')
    html = made(bureau_with(headed("Asia desk\t{{ marking.label }}\tright"), template), "html")[
        "html"
    ]
    running = html.decode().split('data-running="header-default"')[-1].split("</header>")[0]
    assert 'dir="ltr"' in running
    assert running.index("Asia desk") < running.index("For official use") < running.index("right<")


def test_fields_that_say_who_or_when_are_told_and_their_result_is_dropped(bureau_with: Any) -> None:
    def also(document: Any) -> None:
        field(document.sections[0].header.paragraphs[0], " AUTHOR ", "Canary")

    reference = headed("{{ marking.label }}", also=also)
    (told,) = [p for p in problems("r", reference, THEME) if "field" in p.message]
    assert told.subject == "header 1"
    assert told.hint == "type {{ paper.ministry }} in its place"
    files = made(bureau_with(reference), "docx", "html")
    assert "Canary" not in words_of(files["docx"], "header")["word/header1.xml"]
    assert b"Canary" not in files["html"]


# -- what never travels ----------------------------------------------------------------------------


def haunted() -> bytes:
    """A reference with a canary in every place that a Word file has for one."""

    def build(document: Any) -> None:
        letterhead(document)
        document.add_paragraph("Canary body")
        document.core_properties.author = document.core_properties.title = "Canary author"
        head = document.sections[0].header
        head.paragraphs[0]._p.set(qn("w:rsidR"), "00CANARY")
        hidden = head.paragraphs[0].add_run("Canary hidden")
        hidden.font.hidden = True
        field(head.paragraphs[0], "FILENAME", "Canary.docx")
        for element in head._element.iter(qn("wp:docPr"), qn("pic:cNvPr")):
            element.set("name", "Canary picture")
            element.set("title", "Canary title")
            element.set("descr", "Canary.PNG")
        next(head._element.iter(qn("pic:cNvPr"))).set("descr", r"C:\Canary\crest.png")
        link = head.part.relate_to("https://canary.example/", HYPERLINK, is_external=True)
        head.paragraphs[0]._p.append(parse_xml(
            f'<w:hyperlink {nsdecls("w", "r")} r:id="{link}" w:tooltip="Canary tip"><w:r><w:t>Desk</w:t></w:r></w:hyperlink>'
        ))  # fmt: skip
        for xml in ('<w:commentRangeStart w:id="7"/>', '<w:bookmarkStart w:id="1" w:name="Canary"/>',
                    '<w:bookmarkEnd w:id="1"/>', "<w:del w:id='3' w:author='Canary'><w:r><w:delText>Canary</w:delText></w:r></w:del>",
                    "<w:ins w:id='4' w:author='Canary'><w:r><w:t>kept</w:t></w:r></w:ins>"):  # fmt: skip
            tag = xml.split(" ", 1)
            head.paragraphs[0]._p.append(parse_xml(f"{tag[0]} {nsdecls('w')} {tag[1]}"))
        style = document.styles["Heading 2"].element
        style.insert(1, parse_xml(f'<w:aliases {nsdecls("w")} w:val="Canary alias"/>'))
        document.settings.element.append(parse_xml(f'<w:docVars {nsdecls("w")}><w:docVar w:name="Canary" w:val="Canary"/></w:docVars>'))  # fmt: skip

    reference = word(build)
    picture = png(text=b"Canary artist")
    external = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
        b'Target="file:///canary.dotm" TargetMode="External"/></Relationships>'
    )
    comments = f'<w:comments xmlns:w="{W}"><w:comment w:id="7" w:author="Canary"/></w:comments>'.encode()  # fmt: skip
    return edited(reference, {
        "word/media/image1.png": picture,
        "word/_rels/settings.xml.rels": external,
        "word/comments.xml": comments,
        "word/footnotes.xml": f'<w:footnotes xmlns:w="{W}"><w:footnote w:id="1"><w:p><w:r><w:t>Canary</w:t></w:r></w:p></w:footnote></w:footnotes>'.encode(),
        "word/glossary/document.xml": f'<w:glossaryDocument xmlns:w="{W}" w:x="Canary"/>'.encode(),
        "customXml/item1.xml": b"<a>Canary</a>",
        "docProps/custom.xml": b"<a>Canary</a>",
        "word/theme/theme1.xml": lambda d: d.replace(b'name="Office', b'name="Canary'),
    })  # fmt: skip


HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


def test_nothing_of_the_reference_but_its_look_is_in_any_paper(
    bureau_with: Any, tmp_path: Path
) -> None:
    reference = haunted()
    with zipfile.ZipFile(io.BytesIO(reference)) as package:
        planted = sum(b"canary" in package.read(n).lower() for n in package.namelist())
    assert planted >= 10
    files = made(bureau_with(reference))
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as package:
        for name in package.namelist():
            assert b"canary" not in package.read(name).lower(), name
            assert b"rsid" not in package.read(name).lower(), name
            assert "comment" not in name
            assert "custom" not in name
    assert b"canary" not in files["html"].lower()
    whole = b"".join(
        stream.get_data() if hasattr(stream, "get_data") else str(stream).encode()
        for number in range(1, len(PdfReader(io.BytesIO(files["pdf"])).xref[0]) + 1)
        if (stream := PdfReader(io.BytesIO(files["pdf"])).get_object(number)) is not None
    )
    assert b"canary" not in whole.lower()
    words = words_of(files["docx"], "header")["word/header1.xml"]
    assert "Desk" in words
    assert "kept" in words
    path = tmp_path / "a.docx"
    path.write_bytes(files["docx"])
    result = audit(path)
    assert result.returncode == 0, result.stdout


def test_links_to_outside_are_told_with_their_name() -> None:
    told = [p for p in problems("r.docx", haunted(), THEME) if "leads outside" in p.message]
    assert [p.subject for p in told if "attachedTemplate" in p.message] == ["rId1 of word/_rels/settings.xml.rels"]  # fmt: skip
    assert any("https://canary.example/" in p.message for p in told)
    assert all(p.severity is Severity.WARNING for p in told)


def test_the_same_reference_gives_the_same_bytes(bureau_with: Any) -> None:
    first, second = (made(bureau_with(haunted())) for _ in range(2))
    assert first == second


# -- refusals --------------------------------------------------------------------------------------


def twice(content: bytes) -> bytes:
    made = io.BytesIO(content)
    with zipfile.ZipFile(made, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr("word/styles.xml", "<a/>")
    return made.getvalue()


def emf(document: Any) -> None:
    document.sections[0].header.paragraphs[0].add_run().add_picture(io.BytesIO(png()), width=Mm(9))


def cropped(document: Any) -> None:
    emf(document)
    blip = next(document.sections[0].header._element.iter(qn("a:blip")))
    crop = etree.Element(qn("a:srcRect"))
    crop.set("l", "20000")
    blip.addnext(crop)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be opened"),
        (b"\xd0\xcf\x11\xe0 old", "is an old Word file"),
        (like_ours()[:3000], "cannot be opened"),
        (edited(like_ours(), {"word/styles.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "has a DOCTYPE in word/styles.xml"),
        (edited(like_ours(), {"../evil.xml": b"<a/>"}), "'../evil.xml', a path that leads out of it"),
        (edited(like_ours(), {"word/vbaProject.bin": b"x"}), "holds macros (word/vbaProject.bin)"),
        (edited(like_ours(), {"word/embeddings/oleObject1.bin": b"x"}), "holds an embedded file (word/embeddings/oleObject1.bin)"),
        (edited(like_ours(), {"word/media/bomb.xml": b" " * 3_000_000}), "times smaller than it is"),
        (edited(like_ours(), {"word/styles.xml": b"<w:styles"}), "holds word/styles.xml, which is not well-formed"),
        (edited(word(emf), {"word/media/image1.png": b"\x01\0\0\0EMF"}), "shows a picture of a kind that papers cannot hold"),
        (word(cropped), "holds a picture of which a part is cut off but still there"),
        (edited(like_ours(), {"word/document.xml": b'<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"/>'}), "is written in another dialect"),
    ],
)  # fmt: skip
def test_a_harmful_or_broken_reference_is_refused_by_name(
    bureau_with: Any, content: bytes, message: str
) -> None:
    errors = [p for p in problems("templates/letter/reference.docx", content, THEME)
              if p.severity is Severity.ERROR]  # fmt: skip
    assert any(message in p.message for p in errors), errors
    with pytest.raises(BriefgenError) as caught:
        made(bureau_with(content), "pdf")
    assert any(message in p.message for p in caught.value.problems)
    assert caught.value.problems[0].source.path == "templates/letter/reference.docx"


def test_a_member_that_is_there_twice_is_refused() -> None:
    (told,) = problems("r.docx", twice(like_ours()), THEME)
    assert told.message == "holds the member 'word/styles.xml' twice"


def test_check_tells_what_is_wrong_with_every_reference_of_the_chain(
    bureau_with: Any, tmp_path: Path
) -> None:
    bureau = bureau_with(headed("Asia desk"))
    (tmp_path / "templates" / "base" / "reference.docx").write_bytes(b"no")
    told = {p.source.path for p in bureau_problems(bureau)}
    assert told == {"templates/letter/reference.docx", "templates/base/reference.docx"}
