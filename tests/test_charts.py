"""The picture of the contacts: true to the record, the same every day, read by eye and by ear."""

from __future__ import annotations

import datetime
import io
import os
import struct
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from docx.oxml.ns import qn
from lxml import etree

from briefgen.bureaus import load_bureau
from briefgen.compose import compose_history
from briefgen.compose.words import Words
from briefgen.dates import PartialDate
from briefgen.errors import BriefgenError
from briefgen.records import Channel
from briefgen.render import render
from briefgen.render.charts import draw, grey, shades
from briefgen.render.html import render_html
from briefgen.selection import Request, select
from briefgen.store import Store
from tests.conftest import ROOT, edit
from tests.test_docx import audit
from tests.test_papers import compose, made

SETTINGS = load_bureau(ROOT, "base").settings
THEME, PAGE = SETTINGS["theme"], SETTINGS["page"]
WIDTH = PAGE["width"] - PAGE["margin_left"] - PAGE["margin_right"]
FRAME = "<html lang='en'><head><title>T</title></head><body><main>{}</main></body></html>"


def chart_of(store: Store, name: str = "history-ctbt") -> dict[str, Any]:
    chart: dict[str, Any] = compose(store, name)["charts"]["contacts"]
    return chart


def history(
    store: Store,
    since: str | None,
    until: str | None,
    as_of: str = "2003-08-31",
    locale: str = "en-GB",
) -> dict[str, Any]:
    request = Request(
        as_of=datetime.date.fromisoformat(as_of), home=store.ministry.country, treaties=("CTBT",),
        since=PartialDate(since) if since else None, until=PartialDate(until) if until else None,
    )  # fmt: skip
    words = Words(store, locale[:2], locale)
    return compose_history(words, request, select(store, request), None)


# -- the figures -----------------------------------------------------------------------------------


def test_the_bars_count_the_very_events_of_the_record(store: Store) -> None:
    request = Request(
        as_of=datetime.date(2003, 8, 31), home=store.ministry.country, treaties=("CTBT",),
        since=PartialDate("2002-08"), until=PartialDate("2003-08"),
    )  # fmt: skip
    events = [c.event for c in select(store, request).included]
    contacts = [e for e in events if e.channel is not Channel.DOMESTIC]
    words = Words(store, "en", "en-GB")
    expected = Counter(
        (words.month(e.date), words.term("level", e.level.own) if e.level.own else "No level recorded")
        for e in contacts
        if e.date
    )  # fmt: skip
    chart = chart_of(store)
    drawn = {
        (bar["label"], level["label"]): count
        for bar in chart["bars"]
        for level, count in zip(chart["levels"], bar["counts"], strict=True)
        if count
    }
    assert drawn == expected
    assert chart["total"] == len(contacts) == 26
    assert chart["not_drawn"] == ["4 domestic steps"]


def test_the_bars_agree_with_the_chronology_of_the_same_paper(store: Store) -> None:
    data = compose(store, "history-ctbt")
    told = {
        month["month"]: sum(c["channel"] != "domestic" for c in month["contacts"])
        for month in data["months"]
    }
    bars = {bar["label"]: bar["total"] for bar in data["charts"]["contacts"]["bars"]}
    assert {label: total for label, total in bars.items() if total} == {
        label: total for label, total in told.items() if total
    }


def test_every_sum_adds_up(store: Store) -> None:
    chart = chart_of(store)
    assert all(bar["total"] == sum(bar["counts"]) for bar in chart["bars"])
    columns = list(zip(*(bar["counts"] for bar in chart["bars"]), strict=True))
    assert [level["total"] for level in chart["levels"]] == [sum(column) for column in columns]
    assert sum(bar["total"] for bar in chart["bars"]) == chart["total"]


def test_a_month_without_contact_is_there_with_nought(store: Store) -> None:
    bars = chart_of(store)["bars"]
    assert len(bars) == 13
    assert [bars[0]["label"], bars[-1]["label"]] == ["August 2002", "August 2003"]
    (december,) = [bar for bar in bars if bar["label"] == "December 2002"]
    assert (december["total"], set(december["counts"])) == (0, {0})


def test_the_window_asked_for_is_drawn_and_not_only_what_was_found(store: Store) -> None:
    bars = history(store, "2002-05", "2003-08")["charts"]["contacts"]["bars"]
    assert [bar["total"] for bar in bars[:4]] == [0, 0, 0, 4]


def test_months_after_the_as_of_date_are_not_drawn_as_empty(store: Store) -> None:
    bars = history(store, "2002-08", "2003-12", "2003-03-31")["charts"]["contacts"]["bars"]
    assert bars[-1]["label"] == "March 2003"


def test_levels_stand_in_the_order_of_the_house_and_none_recorded_comes_last(store: Store) -> None:
    labels = [level["label"] for level in chart_of(store)["levels"]]
    words = Words(store, "en", "en-GB")
    order = [words.term("level", level) for level in store.terms("level")]
    assert labels[-1] == "No level recorded"
    assert labels[:-1] == [label for label in order if label in labels]


def test_the_alternative_text_says_every_figure(store: Store) -> None:
    chart = chart_of(store)
    alt = chart["alt"]
    assert alt.startswith(
        "Stacked bars. Contacts by month and level of our side, August 2002 to August 2003: "
        "26 contacts. August 2002: 4 (Heads of State, Government or party 1; Ministers 1; "
    )
    assert alt.endswith("No contact on record in December 2002.")
    for bar in chart["bars"]:
        for level, count in zip(chart["levels"], bar["counts"], strict=True):
            assert not count or f"{level['label']} {count}" in alt


def test_a_long_window_is_drawn_by_year(store: Store) -> None:
    chart = history(store, "1996", "2003-08")["charts"]["contacts"]
    assert chart["unit"] == "year"
    assert [bar["label"] for bar in chart["bars"]] == [str(year) for year in range(1996, 2004)]
    assert chart["total"] == 26
    chart = history(store, "1000", None)["charts"]["contacts"]
    assert [bar["label"] for bar in chart["bars"]] == ["2002", "2003"]


def test_a_contact_dated_only_by_year_is_put_into_no_month(workspace: Path) -> None:
    edit(workspace / "data/events/2003-04.yaml", "date: 2003-04", "date: 2003")
    with Store(workspace, None) as store:
        data = history(store, None, None, as_of="2004-06-30")
    chart = data["charts"]["contacts"]
    assert chart["unit"] == "month"
    assert chart["total"] == sum(bar["total"] for bar in chart["bars"]) == 25
    assert "1 contact dated only by year" in chart["not_drawn"]
    (undecided,) = [m["contacts"] for m in data["months"] if m["month"] == "2003"]
    assert [c["date"] for c in undecided] == ["2003"]
    assert data["figures"]["by_level"]
    tree = render_html(load_bureau(workspace, "base"), "history.html.j2", data)
    assert "Contacts by level of our side" in [c.text for c in tree.iter("caption")]


def test_heads_of_many_columns_are_numbers_with_a_key(store: Store) -> None:
    from briefgen.compose.charts import _columns

    labels = [Words(store, "en", "en-GB").term("level", level) for level in store.terms("level")]
    columns = _columns([*labels, "No level recorded"], [1] * 9)
    assert [column["head"] for column in columns] == list("123456789")
    assert columns[1]["label"] == "2 Ministers"
    assert sum(column["share"] for column in columns) == pytest.approx(100, abs=0.1)


def test_no_word_of_a_head_is_broken_for_want_of_room(store: Store) -> None:
    from briefgen.compose.charts import LETTERS, LEVELS, _columns, _need, _widths

    class Said(Words):
        def say(self, message: str, /, **values: Any) -> str:
            return "Gesamtsumme" if message == "Total" else super().say(message, **values)

    bars = [{"short": "September 2002"}, {"short": "Mai 2003"}]
    widths = _widths(Said(store, "de", "de"), bars)
    assert sum(widths.values()) == 100
    room = {name: part * LETTERS / LEVELS for name, part in widths.items()}
    assert room["total"] >= len("Gesamtsumme") + 2
    assert room["step"] >= len("September 2002") + 1
    assert _columns(["Ministers"] * 6, [1] * 6, 59.0)[0]["head"] == "1"
    assert _columns(["Ministers"] * 6, [1] * 6, 70.0)[0]["head"] == "Ministers"
    assert _need("局長級") < _need("レベルの記録なし") == _need("レベルの記録がないもの")


@pytest.mark.parametrize("name", ["history-kenya-empty"])
def test_a_history_without_contacts_has_no_picture(store: Store, name: str) -> None:
    assert compose(store, name)["charts"] == {}
    tree, files = made(name)
    assert list(tree.iter("img", "figure")) == []
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as package:
        assert not [n for n in package.namelist() if "media" in n]


def test_domestic_steps_alone_are_no_picture(workspace: Path) -> None:
    for path in (workspace / "data/events").glob("20*.yaml"):
        path.unlink()
    with Store(workspace, None) as store:
        data = history(store, None, None)
    assert data["figures"]["total"] == 4
    assert data["charts"] == {}


# -- the picture -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_figures_are_the_same_bytes(store: Store, kind: Any) -> None:
    chart = chart_of(store)
    pictures = {draw(chart, theme=THEME, width=WIDTH, kind=kind) for _ in range(3)}
    assert len(pictures) == 1


def test_no_setting_folder_clock_or_place_changes_a_byte(tmp_path: Path) -> None:
    files = []
    for number, (zone, locale) in enumerate((("Asia/Tokyo", "C"), ("America/New_York", "C.UTF-8"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        if number:
            (folder / "matplotlibrc").write_text(
                "font.size: 30\nsvg.fonttype: none\nsavefig.bbox: tight\naxes.facecolor: red\n"
                "savefig.dpi: 10\nfont.family: serif\nlegend.frameon: True\nnonsense: 1\n"
            )
            (folder / "nothing").write_text("no folder")
        environment = {
            **os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": str(ROOT),
            "BRIEFGEN_CACHE": str(folder / "cache"), "PYTHONHASHSEED": str(number),
            "MPLCONFIGDIR": str(folder / ("nothing" if number else "settings")),
        }  # fmt: skip
        command = ["-m", "briefgen", "-w", str(ROOT), "history", "-t", "CTBT", "--since", "2002-08",
                   "--until", "2003-08"]  # fmt: skip
        done = subprocess.run(
            [sys.executable, *command], cwd=folder, env=environment, check=True, capture_output=True
        )
        assert done.stderr == b""
        files.append([p.read_bytes() for p in sorted((folder / "out").iterdir())])
    assert files[0] == files[1]


def test_the_svg_holds_outlines_and_neither_letters_nor_dates_nor_addresses(store: Store) -> None:
    root = etree.fromstring(draw(chart_of(store), theme=THEME, width=WIDTH, kind="svg"))
    names = {etree.QName(e).localname for e in root.iter(etree.Element)}
    assert "path" in names
    assert names.isdisjoint({"text", "image", "metadata", "date", "script"})
    links = [str(v) for e in root.iter() for k, v in e.attrib.items() if str(k).endswith("href")]
    assert all(link.startswith("#") for link in links)


def test_shades_stay_apart_in_grey_print() -> None:
    for accent in ("#1d3a5f", "#7a1f1f", "#ffe680", "#000000", "#ffffff"):
        greys = [grey(shade) for shade in shades(accent, 9)]
        assert all(later - earlier > 0.06 for earlier, later in pairwise(greys))


def test_the_picture_wears_the_colours_of_its_bureau(store: Store) -> None:
    red = {**THEME, "colours": {**THEME["colours"], "accent": "#4a0d0d"}}
    content = draw(chart_of(store), theme=red, width=WIDTH, kind="svg")
    assert b"#4a0d0d" in content
    assert THEME["colours"]["accent"].encode() not in content


def test_a_font_that_is_not_there_is_stood_in_for(store: Store) -> None:
    theme = {**THEME, "fonts": {**THEME["fonts"], "heading": "No Such Font"}}
    assert b"<path" in draw(chart_of(store), theme=theme, width=WIDTH, kind="svg")


def relabelled(chart: dict[str, Any], label: str) -> dict[str, Any]:
    levels = [{**level, "label": label} for level in chart["levels"]]
    return {**chart, "levels": levels}


@pytest.mark.parametrize(
    "label", ["局長級", "مستوى", "$x^2$ and $y$", "{}", "_hidden", "<b>&amp;", "Very long " * 20]
)
def test_any_label_is_drawn_as_it_is_written(store: Store, label: str) -> None:
    chart = relabelled(chart_of(store), label)
    shown, bare = (
        draw(c, theme=THEME, width=WIDTH, kind="svg") for c in (chart, relabelled(chart, ""))
    )
    assert shown.count(b"<use") > bare.count(b"<use")


def test_a_label_that_looks_like_a_formula_has_every_sign_that_is_written(store: Store) -> None:
    formula, word = (
        draw(relabelled(chart_of(store), label), theme=THEME, width=WIDTH, kind="svg")
        for label in ("$x^2$", "vwxyz")
    )
    assert formula.count(b"<use") == word.count(b"<use")


def test_a_letter_without_a_glyph_in_a_picture_is_an_error_and_not_a_box(store: Store) -> None:
    with pytest.raises(BriefgenError, match=r"Glyph .* missing .*bureau\.yaml"):
        draw(relabelled(chart_of(store), "\U000f0000"), theme=THEME, width=WIDTH, kind="svg")


@pytest.mark.parametrize("locale", ["en-GB", "ja", "ar"])
@pytest.mark.parametrize(
    "window", [("2003-08", "2003-08"), ("2001-01", "2003-08"), ("1990", "2003-08")]
)
def test_any_window_in_any_language_is_drawn(
    store: Store, locale: str, window: tuple[str, str]
) -> None:
    chart = history(store, *window, locale=locale)["charts"]["contacts"]
    assert draw(chart, theme=THEME, width=WIDTH, kind="png").startswith(b"\x89PNG")


# -- in the papers ---------------------------------------------------------------------------------


def structure(element: Any) -> Iterator[Any]:
    yield element
    children = element.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary):
            yield from structure(child)


def test_the_picture_in_the_pdf_is_drawn_and_not_a_raster() -> None:
    document = pikepdf.open(io.BytesIO(made("history-ctbt")[1]["pdf"]))
    streams = [o for o in document.objects if isinstance(o, pikepdf.Stream)]
    assert [s for s in streams if s.get("/Subtype") == "/Image"] == []
    drawn = [str(step.operator) for step in pikepdf.parse_content_stream(document.pages[0])]
    assert drawn.count("c") > 500


def test_the_figure_in_the_pdf_says_its_alternative_text(store: Store) -> None:
    document = pikepdf.open(io.BytesIO(made("history-ctbt")[1]["pdf"]))
    figures = [e for e in structure(document.Root.StructTreeRoot) if e.get("/S") == "/Figure"]
    assert [str(figure.Alt) for figure in figures] == [chart_of(store)["alt"]]


def test_the_picture_in_word_is_described_as_wide_as_the_text_and_sharp(
    store: Store, tmp_path: Path
) -> None:
    content = made("history-ctbt")[1]["docx"]
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        (name,) = [n for n in package.namelist() if n.startswith("word/media/")]
        picture, document = package.read(name), etree.fromstring(package.read("word/document.xml"))
    assert name.endswith(".png")
    assert struct.unpack(">I", picture[16:20])[0] == pytest.approx(WIDTH / 25.4 * 200, abs=1)
    (described,) = document.iter(qn("wp:docPr"))
    assert described.get("descr") == chart_of(store)["alt"]
    (extent,) = document.iter(qn("wp:extent"))
    assert int(extent.get("cx") or 0) == WIDTH * 36000
    path = tmp_path / "history.docx"
    path.write_bytes(content)
    assert audit(path).returncode == 0


def test_both_files_with_a_picture_are_the_same_every_time(store: Store) -> None:
    bureau, data = load_bureau(ROOT, "base"), compose(store, "history-iran")
    once, again = (render(bureau, "history.html.j2", data, ["docx", "pdf"]) for _ in range(2))
    assert once == again == made("history-iran")[1]


def test_the_table_stands_right_under_its_picture_with_the_same_figures(store: Store) -> None:
    chart, (tree, _) = chart_of(store), made("history-ctbt")
    table = tree.find(".//figure").getnext()
    rows = [["".join(cell.itertext()) for cell in row] for row in table.find("tbody")]
    assert rows[:-1] == [
        [bar["short"], *map(str, bar["counts"]), str(bar["total"])] for bar in chart["bars"]
    ]
    totals = [str(level["total"]) for level in chart["levels"]]
    assert rows[-1] == ["Total", *totals, str(chart["total"])]
    heads = ["".join(cell.itertext()) for cell in table.find("thead/tr")]
    assert heads == ["Month", *(level["label"] for level in chart["levels"]), "Total"]


def test_the_html_holds_its_picture_and_asks_for_none(store: Store) -> None:
    data = compose(store, "history-ctbt")
    page = render(load_bureau(ROOT, "base"), "history.html.j2", data, ["html"])["html"].decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "chart:contacts" not in page


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("<img src='chart:contcts' alt='x'/>", "unknown chart 'contcts' (did you mean 'contacts'"),
        ("<img src='chart:' alt='x'/>", "unknown chart '' (the paper's data has contacts)"),
        ("<img src='chart:../contacts' alt='x'/>", "unknown chart '../contacts'"),
        ("<img src='chart:contacts'/>", "has an image without alt text"),
        ("<img src='chart:contacts' alt=' '/>", "has an image without alt text"),
        ("<img src='file:///etc/passwd' alt='x'/>", "shows the picture 'file:///etc/passwd' (write"),
        ("<img src='https://example.org/x.png' alt='x'/>", "shows the picture 'https://example.org"),
        ("<img src='chart:contacts' alt='x' width='50%'/>", "a picture '50%' wide (write millim"),
    ],
)  # fmt: skip
def test_a_fault_of_a_picture_is_told_with_its_place(
    workspace: Path, image: str, told: str
) -> None:
    bureau = load_bureau(workspace, "base")
    (bureau.layers[0] / "x.html.j2").write_text(FRAME.format(f"<figure>{image}</figure>"), "utf-8")
    with pytest.raises(BriefgenError) as caught:
        render_html(bureau, "x.html.j2", {"charts": {"contacts": {}}})
    assert told in str(caught.value)
    assert str(caught.value).startswith("templates/base/x.html.j2:")


# -- from right to left, and in other letters ------------------------------------------------------


def drawn(chart: dict[str, Any], *, mirrored: bool) -> Any:
    from briefgen.render.charts import _figure, _settled

    with _settled(THEME):
        return _figure(chart, THEME, WIDTH, mirrored)


def test_from_right_to_left_time_and_key_begin_at_the_right(store: Store) -> None:
    from briefgen.digits import NUMERALS
    from briefgen.render.charts import _in_digits

    chart = _in_digits(chart_of(store), NUMERALS["arabic-indic"])
    figure = drawn(chart, mirrored=True)
    (axes,) = figure.axes
    assert axes.xaxis_inverted()
    assert axes.yaxis.get_label_position() == "right"
    assert [t.get_text() for t in axes.get_yticklabels()] == list("٠١٢٣٤")
    assert {t.get_text() for t in axes.texts} == set("٠١٢٤")
    labels = [t.get_text() for t in axes.get_legend().get_texts()]
    half = len(labels) // 2
    assert labels[half:] + labels[:half] == [level["label"] for level in chart["levels"]]
    (plain,) = drawn(chart_of(store), mirrored=False).axes
    assert not plain.xaxis_inverted()
    assert [t.get_text() for t in plain.get_yticklabels()] == list("01234")


def test_a_key_of_odd_number_keeps_its_order_from_right_to_left(store: Store) -> None:
    chart = chart_of(store)
    levels = [{**level, "label": f"L{n}"} for n, level in enumerate(chart["levels"][:5])]
    bars = [{**bar, "counts": bar["counts"][:5]} for bar in chart["bars"]]
    (axes,) = drawn({**chart, "levels": levels, "bars": bars}, mirrored=True).axes
    labels = [t.get_text() for t in axes.get_legend().get_texts()]
    assert labels == ["L3", "L4", "", "L0", "L1", "L2"]


def test_arabic_letters_are_drawn_joined(store: Store) -> None:
    import re

    content = draw({**chart_of(store), "scale": "سس"}, theme=THEME, width=WIDTH, kind="svg")
    written = content.decode().partition("<!-- سس -->")[2].partition("</g>")[0]
    letters = re.findall(r'<use xlink:href="([^"]*)"', written)
    assert len(letters) == len(set(letters)) == 2, "one letter twice, as it stands alone"


def test_a_key_of_full_width_letters_is_broken_where_its_line_ends(store: Store) -> None:
    chart = chart_of(store)
    long = "首脳級（国家・政府・党）" * 6
    levels = [{**level, "label": long} for level in chart["levels"]]
    (axes,) = drawn({**chart, "levels": levels}, mirrored=False).axes
    lines = axes.get_legend().get_texts()[0].get_text().split("\n")
    assert len(lines) > 1
    assert "".join(lines) == long
