"""Pictures of figures, drawn from a paper's data by matplotlib.

In: the checked tree with `<img src="chart:NAME">`, the paper's charts by name, theme and page. Out:
a copy of the tree with the pictures in it: SVG with letters as outlines, or PNG for Word. The same
data give the same bytes on any day, in any place, whatever matplotlib's own settings there are.
"""

from __future__ import annotations

import base64
import copy
import io
import logging
import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Literal
from unicodedata import combining, east_asian_width

from lxml import etree

from briefgen.digits import Digits
from briefgen.errors import BriefgenError, Problem, Source
from briefgen.render.fonts import families
from briefgen.render.numerals import digits_of, in_digits

Element = etree._Element
Kind = Literal["svg", "png"]
SCHEME = "chart:"
DPI = 200  # of the PNG
_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
_HEIGHT = 31.0  # millimetres from the foot of the bars to the top of their scale
_ROW = 4.4  # millimetres of a line of the key, and of a line under the bars
_MOST_LABELS = 24  # more bars than this are named only now and then
_FALLBACK = "DejaVu Sans"  # comes with matplotlib
_DARKEST = 0.3  # how light in grey print the first shade may be
_LIGHTEST = 0.92  # how far the last shade is towards white
_INCH = 25.4


def with_charts(
    tree: Element,
    charts: Mapping[str, Mapping[str, Any]],
    *,
    theme: Mapping[str, Any],
    page: Mapping[str, Any],
    kind: Kind,
) -> Element:
    """A copy of the tree in which every named chart is a picture; the tree itself without any.

    Raises BriefgenError when a letter has no glyph in the fonts of the theme.
    """
    if not any(_name(image) for image in tree.iter("img")):
        return tree
    made = copy.deepcopy(tree)
    text_width = float(page["width"] - page["margin_left"] - page["margin_right"])
    for image in made.iter("img"):
        name = _name(image)
        if name:
            width = float(image.get("width") or text_width)
            image.set("width", f"{width:g}")
            mirrored = tree.get("dir") == "rtl"
            chart = _in_digits(charts[name], digits_of(tree))
            content = draw(chart, theme=theme, width=width, kind=kind, mirrored=mirrored)
            code = base64.b64encode(content).decode("ascii")
            image.set("src", f"data:{_TYPES[kind]};base64,{code}")
    return made


def _in_digits(chart: Mapping[str, Any], digits: Digits) -> dict[str, Any]:
    """A chart whose texts have the digits of the paper; its numbers get them when drawn."""

    def change(value: Any) -> Any:
        if isinstance(value, str):
            return in_digits(value, digits)
        if isinstance(value, Mapping):
            return {key: change(inner) for key, inner in value.items()}
        return [change(inner) for inner in value] if isinstance(value, (list, tuple)) else value

    return {**change(chart), "digits": digits.table}


def _name(image: Element) -> str:
    """The name of the chart that an image asks for, if it asks for one."""
    source = image.get("src") or ""
    return source.removeprefix(SCHEME) if source.startswith(SCHEME) else ""


def draw(
    chart: Mapping[str, Any],
    *,
    theme: Mapping[str, Any],
    width: float,
    kind: Kind,
    mirrored: bool = False,
) -> bytes:
    """The picture of one chart, `width` in millimetres; `mirrored` begins at the right."""
    with _settled(theme) as found:
        figure = _figure(chart, theme, width, mirrored)
        made = io.BytesIO()
        bare = ("Date", "Creator", "Format", "Type") if kind == "svg" else ("Software",)
        figure.savefig(made, format=kind, dpi=DPI, metadata=dict.fromkeys(bare))
    if found:
        raise BriefgenError(
            Problem(Source("chart"), "", message, "mend the fonts of bureau.yaml")
            for message in dict.fromkeys(found)
        )
    return made.getvalue()


@contextmanager
def _settled(theme: Mapping[str, Any]) -> Iterator[list[str]]:
    """Matplotlib with settings of ours alone; what it complains of meanwhile is kept."""
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.ERROR)  # of a folder for its cache that it may not write, of fonts
    try:
        import matplotlib

        ours = {
            **{k: v for k, v in matplotlib.rcParamsDefault.items() if "backend" not in k},
            "font.family": _families(theme),
            "font.size": theme["sizes"]["small"],
            "text.parse_math": False,
            "svg.fonttype": "path",
            "svg.hashsalt": "briefgen",
            "hatch.linewidth": 0.5,
        }
        with warnings.catch_warnings(record=True) as caught, matplotlib.rc_context():
            warnings.simplefilter("always")
            matplotlib.rcParams.update(ours)
            caught.clear()
            found: list[str] = []
            yield found
            told = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
            found += [" ".join(message.split()) for message in told]
    finally:
        log.setLevel(level)


def _families(theme: Mapping[str, Any]) -> list[str]:
    """The theme's fonts that this machine has, one for each script, and one that is always there.

    Matplotlib lists the fonts in the order of the file system: sorted, the choice is the same.
    """
    from matplotlib.font_manager import FontProperties, fontManager

    fonts = theme["fonts"]
    stand_in = (theme.get("alternatives") or {}).get(fonts["heading"])
    latin, east_asian, complex_ = families(fonts, "heading")
    wanted = [latin, stand_in, east_asian, complex_]
    known = {font.name for font in fontManager.ttflist}
    if fonts["heading"] not in known:  # perhaps newer than matplotlib's list of fonts
        with suppress(ValueError):
            heading = FontProperties(family=[fonts["heading"]])
            fontManager.findfont(heading, fallback_to_default=False)
        known = {font.name for font in fontManager.ttflist}
    fontManager.ttflist.sort(key=lambda font: str(font.fname))
    return [name for name in dict.fromkeys(wanted) if name in known] + [_FALLBACK]


# -- the drawing -----------------------------------------------------------------------------------


def _figure(
    chart: Mapping[str, Any], theme: Mapping[str, Any], width: float, mirrored: bool
) -> Any:
    """Stacked bars with their key above and their sums on top."""
    from matplotlib.figure import Figure

    colours, small = theme["colours"], theme["sizes"]["small"]
    key, columns = _key(chart["levels"], width, small)
    rows = sum(1 + label.count("\n") for label in key) if columns == 1 else -(-len(key) // 2)
    above, below = (rows + 1) * _ROW, 2 * _ROW + 1.5
    height = above + _HEIGHT + below
    figure = Figure(figsize=(width / _INCH, height / _INCH))
    left = 11 / width
    start = 0 if mirrored else left
    axes = figure.add_axes((start, below / height, 1 - left, _HEIGHT / height))
    stacks = _bars(axes, chart, len(key), colours)
    _scales(axes, chart, theme, mirrored)
    if mirrored and columns == 2:
        stacks, key = _right_column_first(stacks, key)
    legend = axes.legend(
        stacks,
        key,
        ncols=columns,
        loc="lower right" if mirrored else "lower left",
        alignment="right" if mirrored else "left",
        markerfirst=not mirrored,
        bbox_to_anchor=(int(mirrored), 1 + 0.6 * _ROW / _HEIGHT),
        frameon=False,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.6,
        handleheight=0.9,
        labelspacing=0.45,
        labelcolor=colours["text"],
    )
    if mirrored:
        for text in legend.get_texts():
            text.set_multialignment("right")
    return figure


def _right_column_first(stacks: list[Any], key: list[str]) -> tuple[list[Any], list[str]]:
    """What stands in two columns, read from the right one; matplotlib fills the left one first."""
    from matplotlib.patches import Patch

    half = -(-len(key) // 2)
    empty = 2 * half - len(key)
    nothing = [Patch(fill=False, linewidth=0) for _ in range(empty)]
    return [*stacks[half:], *nothing, *stacks[:half]], [*key[half:], *[""] * empty, *key[:half]]


def _key(levels: Sequence[Mapping[str, Any]], width: float, size: float) -> tuple[list[str], int]:
    """The labels of the key, and in how many columns they stand: two where they are short."""
    labels = [str(level["label"]) for level in levels]
    letters = width / (size * 0.2)  # that fit into a line, at about 0.55 of the type size each
    if len(labels) > 1 and max(map(_length, labels)) <= letters / 2 - 8:
        return labels, 2
    return ["\n".join(_wrapped(label, max(int(letters) - 8, 10))) for label in labels], 1


def _length(text: str) -> int:
    """How many letters a text is long; full-width ones count twice, marks over letters not."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _wrapped(text: str, letters: int) -> list[str]:
    """The lines of a text; one without spaces between its words breaks at any letter."""
    wide = _length(text) > 1.5 * len(text)
    return textwrap.wrap(text, letters // 2 if wide else letters)


def _bars(
    axes: Any, chart: Mapping[str, Any], number: int, colours: Mapping[str, str]
) -> list[Any]:
    """One stack a month, the highest level at the foot; every other shade is hatched."""
    bars = chart["bars"]
    places = range(len(bars))
    feet = [0] * len(bars)
    looks, stacks = shades(colours["accent"], number), []
    for index, shade in enumerate(looks):
        counts = [bar["counts"][index] for bar in bars]
        stack = axes.bar(
            places,
            counts,
            0.68,
            bottom=feet,
            color=shade,
            edgecolor=looks[0],
            linewidth=0.5,
            hatch="////" if index % 2 else None,
            hatchcolor=hatch_on(shade),
        )
        stacks.append(stack)
        feet = [foot + count for foot, count in zip(feet, counts, strict=True)]
    if len(bars) <= _MOST_LABELS:
        for place, bar in zip(places, bars, strict=True):
            axes.annotate(
                str(bar["total"]).translate(chart.get("digits", {})),
                (place, bar["total"]),
                (0, 2),
                textcoords="offset points",
                ha="center",
                va="bottom",
                color=colours["text" if bar["total"] else "muted"],
            )
    return stacks


def _scales(axes: Any, chart: Mapping[str, Any], theme: Mapping[str, Any], mirrored: bool) -> None:
    """Months under the bars with the year where it begins; whole numbers at the side."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    bars, colours = chart["bars"], theme["colours"]
    most = max(bar["total"] for bar in bars)
    axes.set_xlim(-0.6, len(bars) - 0.4)
    axes.set_ylim(0, most * 1.12 + 0.4)
    axes.xaxis.set_major_locator(FixedLocator(list(range(len(bars)))))
    axes.set_xticklabels(list(_ticks(bars)))
    marks = MaxNLocator(nbins=5, integer=True, min_n_ticks=1).tick_values(0, most)
    axes.set_yticks([int(mark) for mark in marks if 0 <= mark <= most * 1.12 + 0.4])
    numbers = (str(int(mark)) for mark in axes.get_yticks())
    axes.set_yticklabels([number.translate(chart.get("digits", {})) for number in numbers])
    if mirrored:
        axes.invert_xaxis()
        axes.yaxis.tick_right()
        axes.yaxis.set_label_position("right")
    axes.set_ylabel(chart["scale"], color=colours["muted"])
    axes.tick_params(length=0, colors=colours["muted"], labelsize=theme["sizes"]["small"])
    axes.tick_params(axis="x", colors=colours["text"])
    axes.grid(axis="y", color=colours["rule"], linewidth=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color=colours["accent"], linewidth=1)


def _ticks(bars: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The two lines under each bar; the second only where it changes."""
    step = -(-len(bars) // _MOST_LABELS)
    before = ""
    for index, bar in enumerate(bars):
        under = str(bar["under"])
        soon = index == 0 and len(bars) > 1 and bars[1]["under"] != under
        shown = under if under != before and not soon else ""
        yield f"{bar['tick'] if index % step == 0 else ''}\n{shown}"
        before = under


def shades(accent: str, number: int) -> list[str]:
    """So many tints of a colour from dark to light, in steps that are equal in grey print."""
    parts = _parts(accent)
    dark = [part * min(1, _DARKEST / max(grey(accent), 0.01)) for part in parts]
    tints = [_LIGHTEST * index / max(number - 1, 1) for index in range(number)]
    return [_hex([part + (1 - part) * tint for part in dark]) for tint in tints]


def grey(colour: str) -> float:
    """How light a colour is in grey print, from 0 (black) to 1 (white)."""
    return sum(
        share * part for share, part in zip((0.299, 0.587, 0.114), _parts(colour), strict=True)
    )


def hatch_on(shade: str) -> str:
    """The lines drawn over a shade: white on dark, dark on light."""
    return "#ffffff" if grey(shade) < 0.55 else "#333333"


def _parts(colour: str) -> list[float]:
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def _hex(parts: Sequence[float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
