"""A paper shows what its bureau's chain holds; nothing is fetched, and no link leads astray."""

from __future__ import annotations

import base64
import io
import re
import socket
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pikepdf
import pypdf
import pytest
from lxml import etree
from PIL import Image, PngImagePlugin

from briefgen import confined
from briefgen.bureaus import load_bureau
from briefgen.confined import Limits
from briefgen.errors import BriefgenError
from briefgen.render import pdf, render
from briefgen.render.html import render_html
from briefgen.render.images import fault_of, picture
from tests.conftest import ROOT, Run

FRAME = "<html lang='en'><head><title>T</title></head><body><main>{}</main></body></html>"
MARKED = {"marking": {"label": "PUBLIC"}}


class Counter(BaseHTTPRequestHandler):
    """A server that keeps a list of what it is asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/css")
        self.end_headers()
        self.wfile.write(b"p { color: red }")

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and what it has been asked for."""
    asked: list[str] = []
    handler = type("Own", (Counter,), {"asked": asked})
    found = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}", asked
    found.shutdown()
    thread.join()
    found.server_close()


def bureau_of(workspace: Path, **files: str | bytes) -> Path:
    """A bureau of its own with these files; `__` in a name stands for a full stop."""
    own = workspace / "templates/own"
    own.mkdir(exist_ok=True)
    (own / "bureau.yaml").write_text("extends: base\nname: Own\n")
    for name, content in files.items():
        path = own / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return own


# -- styles ----------------------------------------------------------------------------------------

# Each place of a style from which something could be fetched; `@` is the address.
STYLES = {
    "a background": "p { background: url(@/a.png) }",
    "a background in quotes": 'p { background-image: url("@/a.png") }',
    "the mark of a list": "li { list-style-image: url(@/a.png) } ",
    "the mark of a list, shortly": "ul { list-style: url(@/a.png) }",
    "words put before": "p::before { content: url(@/a.png) }",
    "a border": "p { border-image: url(@/a.png) 1 }",
    "a border's source": "p { border-image-source: url(@/a.png) }",
    "an import": "@import url(@/a.css);",
    "an import in quotes": "@import '@/a.css';",
    "an import in a layer": "@import url(@/a.css) layer(x);",
    "an import for print": "@import url(@/a.css) print;",
    "a font": "@font-face { font-family: F; src: url(@/a.ttf) } p { font-family: F }",
    "a font in another form": "@font-face { font-family: F; src: url(@/a.woff2) format('woff2') }",
    "the page": "@page { background: url(@/a.png) }",
    "a corner of the page": "@page { @top-left { content: url(@/a.png) } }",
    "several": "p { background: linear-gradient(red, blue), url(@/a.png) }",
    "a picture set": "p { background: image-set('@/a.png' 1x) }",
    "a mask": "p { mask-image: url(@/a.png) }",
}
ELSEWHERE = ["http", "file:///etc/passwd?", "//127.0.0.1:9/x", "/etc/passwd?", "..", "ftp://h"]


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_style_fetches_nothing_and_stops_the_paper(
    workspace: Path, server: tuple[str, list[str]], style: str
) -> None:
    address, asked = server
    for start in ELSEWHERE:
        sheet = style.replace("@/", f"{address if start == 'http' else start}/")
        bureau_of(
            workspace, style__css=sheet, cover__html__j2=FRAME.format("<ul><li>x</li></ul><p>x</p>")
        )
        bureau = load_bureau(workspace, "own")
        with pytest.raises(BriefgenError) as found:
            render(bureau, "cover.html.j2", MARKED, ["pdf"])
        assert re.search(r"not part of the bureau|unknown property|invalid", str(found.value))
    assert asked == []


def test_a_style_in_a_paper_of_the_command_line_asks_for_nothing(
    workspace: Path, server: tuple[str, list[str]], briefgen: Run, tmp_path: Path
) -> None:
    address, asked = server
    bureau_of(workspace, style__css=f"p {{ background: url({address}/a.png) }}")
    found = briefgen("-w", str(workspace), "brief", "China", "--as-of", "2003-08-13", "-b", "own")
    assert found.returncode == 1
    assert "is not part of the bureau's templates" in found.stderr
    assert asked == []
    assert not (tmp_path / "out").exists()


def test_a_font_that_a_style_brings_is_refused_also_when_it_is_written_out(workspace: Path) -> None:
    """Broken, hostile or sound: fonts are those of the machine, which its keeper answers for."""
    font = base64.b64encode(b"\0\1\0\0" + bytes(200)).decode()
    sheet = f"@font-face {{ font-family: F; src: url(data:font/ttf;base64,{font}) }}"
    bureau_of(workspace, style__css=sheet, cover__html__j2=FRAME.format("<p>x</p>"))
    with pytest.raises(BriefgenError, match="is not part of the bureau's templates"):
        render(load_bureau(workspace, "own"), "cover.html.j2", MARKED, ["pdf"])


def test_a_broken_font_in_the_bureaus_folder_is_read_by_no_paper(workspace: Path) -> None:
    bureau_of(workspace, x__ttf=b"\0\1\0\0" + bytes(200), style__css="")
    sheet = "@font-face { font-family: F; src: url(x.ttf) } p { font-family: F }"
    bureau_of(workspace, style__css=sheet, cover__html__j2=FRAME.format("<p>x</p>"))
    with pytest.raises(BriefgenError, match="not part of the bureau"):
        render(load_bureau(workspace, "own"), "cover.html.j2", MARKED, ["pdf"])


# -- templates -------------------------------------------------------------------------------------

MARKUP = {
    "<link rel='attachment' href='file:///etc/passwd'/>": "<link>",
    "<link rel='stylesheet' href='@/a.css'/>": "<link>",
    "<style>@import '@/a.css';</style>": "<style>",
    "<p style='background: url(@/a.png)'>x</p>": "'style'",
    "<base href='file:///srv/'/>": "<base>",
    "<object data='@/a'></object>": "<object>",
    "<embed src='@/a'/>": "<embed>",
    "<iframe src='@/a'></iframe>": "<iframe>",
    "<svg><image href='@/a.png'/></svg>": "<svg>",
    "<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>": "svg",
    "<form action='@/a'><input name='a'/></form>": "<form>",
    "<script src='@/a.js'></script>": "<script>",
    "<p><a rel='attachment' href='https://example.org/'>x</a></p>": "'rel'",
    "<figure><img alt='x' src='@/a.png'/></figure>": "shows the picture",
    "<figure><img alt='x' src='file:///etc/passwd'/></figure>": "shows the picture",
    "<figure><img alt='x' src='asset:../base/bureau.yaml'/></figure>": "which no layer holds",
    "<figure><img alt='x' src='asset:bureau.yaml'/></figure>": "which is no PNG and no JPEG",
    "<figure><img alt='x' src='data:image/svg+xml,%3Csvg/%3E'/></figure>": "no PNG and no JPEG",
    "<figure><img alt='x' src='data:text/html,x'/></figure>": "no PNG and no JPEG",
    "<figure><img alt='x' src='data:image/png;base64,AAAA'/></figure>": "no PNG and no JPEG",
    "<figure><img alt='x' srcset='@/a.png 2x' src='asset:x.png'/></figure>": "'srcset'",
    "<table background='@/a.png'><tbody><tr><td>x</td></tr></tbody></table>": "'background'",
    "<q cite='@/a'>x</q>": "'cite'",
}  # fmt: skip


@pytest.mark.parametrize("markup", MARKUP)
def test_a_template_brings_nothing_from_elsewhere(
    workspace: Path, server: tuple[str, list[str]], markup: str
) -> None:
    address, asked = server
    body = FRAME.format(markup.replace("@", address))
    bureau_of(workspace, cover__html__j2=body)
    for kind in ("pdf", "docx", "html"):
        with pytest.raises(BriefgenError) as found:
            render(load_bureau(workspace, "own"), "cover.html.j2", MARKED, [kind])
        assert MARKUP[markup] in str(found.value)
        assert "templates/own/cover.html.j2" in str(found.value)
    assert asked == []


LINKS = ["javascript:alert(1)", "JaVaScRiPt:x", " javascript:x", "java\tscript:x", "file:///etc/passwd",
         "\\\\host\\share", "//host/share", "http://example.org", "brief.html", "/etc/passwd", "../x",
         "data:text/html,x", "vbscript:x", "ftp://x", "", "https", "?x", "pack:../x", "pack:/etc/x"]  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
def test_a_link_leads_to_https_mailto_or_a_place_in_the_paper(workspace: Path, link: str) -> None:
    bureau = load_bureau(workspace, "base")
    body = FRAME.format(f"<p><a href='{link.replace(chr(9), '&#9;')}'>x</a></p>")
    (workspace / "templates/base/x.html.j2").write_text(body)
    with pytest.raises(BriefgenError, match=r"links to|not allowed"):
        render_html(bureau, "x.html.j2", {})


def test_no_file_tells_where_it_was_made(workspace: Path, briefgen: Run, tmp_path: Path) -> None:
    """No folder of the machine, of the workspace or of the program is in any byte of a paper."""
    found = briefgen(
        "-w", str(workspace), "brief", "China", "--as-of", "2003-08-13",
        "-f", "docx", "-f", "pdf", "-f", "html", "-f", "json",
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    places = {str(workspace), str(tmp_path), str(Path(pdf.__file__).parent.parent.parent)}
    places |= {str(Path.home()), "/usr/share/fonts"}
    places |= {name for name in (socket.gethostname(),) if len(name) > 5}
    for path in (tmp_path / "out").iterdir():
        for content in members(path):
            for place in places:
                assert place.encode() not in content, (path.name, place)


def members(path: Path) -> Iterator[bytes]:
    """All that a file holds, unpacked."""
    content = path.read_bytes()
    yield content
    if path.suffix == ".docx":
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            yield from (package.read(name) for name in package.namelist())
    if path.suffix == ".pdf":
        for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
            try:
                yield zlib.decompress(match[1])
            except zlib.error:
                yield match[1]


def test_the_address_of_a_page_tells_nothing_of_the_machine() -> None:
    """A link that leads beside the page is none; were one left, it would lead to no folder here."""
    tree = etree.fromstring(FRAME.format("<p><a href='beside.html'>x</a></p>"))
    theme, page = (load_bureau(ROOT, "base").settings[name] for name in ("theme", "page"))
    made = pdf.write(tree, styles=[], theme=theme, page=page, notes="endnotes")
    assert str(Path(pdf.__file__).parent).encode() not in made
    with pikepdf.open(io.BytesIO(made)) as read:
        assert [str(link.A.URI) for link in read.pages[0].Annots] == ["beside.html"]


# -- attachments -----------------------------------------------------------------------------------


def test_nothing_is_attached_that_was_not_asked_for(workspace: Path) -> None:
    bureau_of(workspace, cover__html__j2=FRAME.format("<p>x</p>"))
    made = render(load_bureau(workspace, "own"), "cover.html.j2", MARKED, ["pdf"])["pdf"]
    assert not pypdf.PdfReader(io.BytesIO(made)).attachments
    assert b"EmbeddedFile" not in made


# -- pictures, spans, depth ------------------------------------------------------------------------


def png(width: int = 4, height: int = 4, text: str = "") -> bytes:
    info = PngImagePlugin.PngInfo()
    if text:
        info.add_text("Author", text)
    file = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(file, "PNG", pnginfo=info)
    return file.getvalue()


def jpeg(comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 40), "navy").save(file, "JPEG", comment=comment)
    return file.getvalue()


def claimed(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says that it has so many points."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


PICTURES: dict[str, tuple[bytes, str]] = {
    "of 3,600 million points": (claimed(60_000, 60_000), "far too large"),
    "without width": (claimed(0, 10), "damaged"),
    "cut short": (png(200, 200)[:-40], "damaged"),
    "a JPEG cut short": (jpeg()[:-60], "damaged"),
    "a JPEG that is none": (b"\xff\xd8\xff" + bytes(100), "damaged"),
    "an SVG with a script": (b"<svg xmlns='x'><script>x</script></svg>", "no PNG and no JPEG"),
    "an SVG bomb": (b"<!DOCTYPE s [<!ENTITY a 'a'>]><svg>&a;</svg>", "no PNG and no JPEG"),
    "a GIF": (b"GIF89a" + bytes(50), "no PNG and no JPEG"),
    "nothing": (b"", "no PNG and no JPEG"),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("kind", ["pdf", "docx", "html"])
def test_a_picture_that_cannot_be_shown_is_told_and_not_opened(
    workspace: Path, name: str, kind: str
) -> None:
    content, told = PICTURES[name]
    body = FRAME.format("<figure><img alt='x' src='asset:x.png'/></figure>")
    bureau_of(workspace, x__png=content, cover__html__j2=body)
    with pytest.raises(BriefgenError) as found:
        render(load_bureau(workspace, "own"), "cover.html.j2", MARKED, [kind])
    assert "shows the picture 'templates/own/x.png', which" in str(found.value)
    assert told in str(found.value)


def test_a_bomb_of_a_picture_is_refused_by_what_it_says_of_itself() -> None:
    assert picture(claimed(60_000, 60_000)) is None
    assert picture(claimed(600, 600)) is not None


def test_pictures_lose_what_a_camera_or_a_program_wrote_into_them(workspace: Path) -> None:
    """A logo, in whichever file it stands; the paper's picture is the same to look at."""
    body = FRAME.format(
        "<figure><img alt='x' src='asset:x.png'/></figure>"
        "<figure><img alt='x' src='asset:x.jpg'/></figure>"
        f"<figure><img alt='x' src='data:image/png;base64,{base64.b64encode(png(5, 5, 'CANARY')).decode()}'/></figure>"
    )
    bureau_of(workspace, x__png=png(text="CANARY"), x__jpg=jpeg(b"CANARY"), cover__html__j2=body)
    made = render(load_bureau(workspace, "own"), "cover.html.j2", MARKED, ["pdf", "docx", "html"])
    for kind, content in made.items():
        path = workspace / f"x.{kind}"
        path.write_bytes(content)
        held = b"".join(members(path))
        coded = re.findall(rb"base64,([A-Za-z0-9+/=]+)", held)
        held += b"".join(base64.b64decode(code) for code in coded)
        assert b"CANARY" not in held


def test_a_picture_without_its_words_is_the_same_picture() -> None:
    for content in (png(9, 7, "CANARY"), jpeg(b"CANARY")):
        bare = picture(content)
        assert bare is not None
        assert fault_of(bare.content) == ("", "")
        with Image.open(io.BytesIO(content)) as one, Image.open(io.BytesIO(bare.content)) as other:
            assert one.tobytes() == other.tobytes()


def nested(count: int) -> str:
    return "<section>" * count + "<p>x</p>" + "</section>" * count


def table(cell: str) -> str:
    return f"<table><tbody><tr>{cell}</tr></tbody></table>"


BOUNDED = {
    "sections in sections": (nested(300), "nests elements "),
    "some sections in sections": (nested(60), "nests elements more than 40 deep"),
    "lists in lists": ("<ul><li>" * 150 + "x" + "</li></ul>" * 150, "nests elements "),
    "a cell over 100,000 columns": (table("<td colspan='100000'>x</td>"), "has colspan='100000'"),
    "a cell over 100,000 rows": (table("<td rowspan='100000'>x</td>"), "has rowspan='100000'"),
    "a cell over no column": (table("<td colspan='0'>x</td>"), "has colspan='0'"),
    "a cell over less than none": (table("<td colspan='-1'>x</td>"), "has colspan='-1'"),
    "a cell over some columns": (table("<td colspan='two'>x</td>"), "has colspan='two'"),
    "a list that begins far off": ("<ol start='99999999999'><li>x</li></ol>", "has start='999"),
}


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("kind", ["pdf", "docx", "html"])
def test_depth_and_spans_have_bounds(workspace: Path, name: str, kind: str) -> None:
    markup, told = BOUNDED[name]
    bureau_of(workspace, cover__html__j2=FRAME.format(markup))

    def make() -> None:
        confined.use(Limits(cpu=20, wall=60, memory=1000))
        confined.allow("cover")
        render(load_bureau(workspace, "own"), "cover.html.j2", MARKED, [kind])

    with pytest.raises(BriefgenError) as found:
        confined.run(make)
    assert told in str(found.value)


@pytest.mark.parametrize("width", ["100000", "-5", "1e9", "0", "12mm"])
def test_a_picture_is_as_wide_as_a_page_can_hold(workspace: Path, width: str) -> None:
    body = FRAME.format(f"<figure><img alt='x' src='asset:x.png' width='{width}'/></figure>")
    bureau_of(workspace, x__png=png(), cover__html__j2=body)
    with pytest.raises(BriefgenError, match="shows a picture '"):
        render(load_bureau(workspace, "own"), "cover.html.j2", MARKED, ["pdf"])


@pytest.mark.parametrize(
    ("style", "told"),
    [("* { float: inline-end }", "cannot be laid out"), ("p { display: none", "")],
)
def test_a_style_that_breaks_the_layout_is_told_without_a_traceback(
    workspace: Path, briefgen: Run, style: str, told: str
) -> None:
    bureau_of(workspace, style__css=style)
    found = briefgen("-w", str(workspace), "brief", "China", "--as-of", "2003-08-13", "-b", "own")
    assert "Traceback" not in found.stderr
    assert told in found.stderr
    assert found.returncode == (1 if told else 0)


def test_a_style_whose_layout_never_ends_is_stopped(
    workspace: Path, limited: Callable[..., None]
) -> None:
    body = FRAME.format("<p>x</p>")
    bureau_of(workspace, style__css="* { columns: 3 }", cover__html__j2=body)
    limited(cpu=3, wall=30, memory=1000)
    with pytest.raises(BriefgenError, match="took more than 3 s of processor time"):
        confined.run(
            lambda: render(load_bureau(workspace, "own"), "cover.html.j2", MARKED, ["pdf"])
        )


@pytest.fixture
def limited() -> Iterator[Callable[..., None]]:
    """Sets limits for what is run from this test."""
    before = confined.limits()
    yield lambda **given: confined.use(Limits(**given))
    confined.use(before)
