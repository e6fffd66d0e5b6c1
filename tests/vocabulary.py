"""Random papers of the closed vocabulary, as the templates of a bureau might write them.

In: nothing but Hypothesis. Out: strategies of the body of a paper as text of XHTML: headings,
paragraphs, lists, terms, tables, figures, notes and links, in several scripts, with white space of
every kind. Whatever they make passes the check of `render/html.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hypothesis import strategies as st

RED_SQUARE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
LATIN = (
    "a", "I", "of", "fine", "office", "AVATAR", "Curaçao", "naïve", "1996", "12", "3.5", "(x)", "end.", "<b>", "&", "&amp;",
    "]]>", "“so”", "O’Neill", "A–B", "H2O", "CTBT", "50%", "no\u00a0break", "wide\u2003gap", "x;", "a/b", "±", "€5",
)  # fmt: skip
KANJI = (
    "日本",
    "核実験禁止条約",
    "「署名」",
    "する。",
    "2003年8月",
    "カナ",
    "全　角",
    "韓国",
    "中文",
)
ARABIC = ("معاهدة", "حظر", "تجارب", "سفير", "وزير")
# What HTML takes for one space, and what it takes for letters.
SPACES = (
    " ", " ", " ", "  ", "\n", "\n      ", "\t", " \t ", "\r", "\u00a0", "\u3000", "\u200b", "\u2060",
)  # fmt: skip
HREFS = ("https://example.org/a?b=1&c=2", "mailto:a@example.org", "#here")
CLASSES = ("", "", "", "lead", "ask", "meta", "empty", "contact", "subtitle", "keep", "page-break")


def _joined(before: str, words: Sequence[tuple[str, str]]) -> str:
    written = ((escape(word, quote=False), space.replace("\r", "&#13;")) for word, space in words)
    return before + "".join(word + space for word, space in written)


def texts(pool: Sequence[str], most: int = 4) -> st.SearchStrategy[str]:
    """Words of a pool with space of any kind, or none, behind each, and perhaps before them."""
    word = st.tuples(st.sampled_from(pool), st.sampled_from(("", *SPACES)))
    before = st.sampled_from(("", "", "", " ", "\n  "))
    return st.builds(_joined, before, st.lists(word, min_size=1, max_size=most))


def _element(name: str, inner: str, attributes: str = "") -> str:
    return f"<{name}{' ' + attributes if attributes else ''}>{inner}</{name}>"


_BARE = texts((*LATIN, *LATIN, *KANJI))
_ARABIC = texts(ARABIC, 3)


def _wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One inline element around words."""
    plain = st.sampled_from(("strong", "em", "sup", "sub", "cite", "q", "mark", "span"))
    tongue = st.sampled_from(("", 'lang="fr"', 'lang="ja"', 'class="aside"'))
    return st.one_of(
        st.builds(_element, plain, inner),
        st.builds(lambda i, a: _element("span", i, a), inner, tongue),
        st.builds(lambda i: _element("q", i, 'lang="ja"'), inner),
        st.builds(lambda i: _element("abbr", i, 'title="In full"'), inner),
        st.builds(lambda i: _element("time", i, 'datetime="2003-08"'), inner),
        _ARABIC.map(lambda words: _element("span", words, 'lang="ar"')),
    )


def _link(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda i, href: _element("a", i, f'href="{escape(href)}"'), inner, st.sampled_from(HREFS)
    )


_WORDS = st.recursive(
    _BARE, lambda inner: _wrapped(st.lists(inner, max_size=3).map("".join)), max_leaves=4
)
_NOTE = st.lists(_WORDS, min_size=1, max_size=2).map("".join).map(lambda i: _element("note", i))
_PIECE = st.one_of(_WORDS, _WORDS, _WORDS, _link(_WORDS), _NOTE, st.just("<br/>"))
LINES = st.lists(_PIECE, min_size=1, max_size=5).map("".join)
SHORT = st.lists(_WORDS, max_size=2).map("".join)


def _paragraphs() -> st.SearchStrategy[str]:
    given = st.sampled_from(CLASSES).map(lambda name: f'class="{name}"' if name else "")
    names = st.sampled_from(("p", "p", "p", "h2", "h3", "h4"))
    arabic = st.lists(_ARABIC, min_size=1, max_size=2).map(" ".join)
    return st.one_of(
        st.builds(_element, names, LINES, given),
        arabic.map(lambda words: _element("p", words, 'lang="ar"')),
        LINES.map(lambda words: _element("p", words, 'lang="ja"')),
    )


def _lists(item: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(item.map(lambda i: _element("li", i)), min_size=1, max_size=3)
    opening = st.sampled_from(
        ("ul", "ol", 'ol start="4"', 'ul class="sources"', 'ol class="points"')
    )
    return st.builds(lambda o, i: f"<{o}>\n{' '.join(i)}</{o[:2]}>", opening, items)


def _terms(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.builds(
        lambda t, d: f"<dt>Term {t}</dt>\n<dd>{d}</dd>", LINES, st.one_of(LINES, inner)
    )
    kind = st.sampled_from(("", ' class="facts"', ' class="facts voices"', ' class="positions"'))
    pairs = st.lists(pair, min_size=1, max_size=3).map("".join)
    return st.builds(lambda k, p: f"<dl{k}>{p}</dl>", kind, pairs)


@st.composite
def _tables(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """A table whose cells span columns and rows, within the grid."""
    columns = draw(st.integers(1, 3))
    parts = []
    if draw(st.booleans()):
        parts.append(_element("caption", draw(LINES)))
    if draw(st.booleans()):
        widths = "".join(f'<col width="{100 // columns}%"/>' for _ in range(columns))
        parts.append(_element("colgroup", widths))
    if draw(st.booleans()):
        parts.append(_element("thead", draw(_rows(columns, 1, SHORT, "th"))))
    parts.append(_element("tbody", draw(_rows(columns, draw(st.integers(1, 3)), inner, "td"))))
    return _element("table", "\n".join(parts))


@st.composite
def _rows(
    draw: st.DrawFn, columns: int, rows: int, inner: st.SearchStrategy[str], name: str
) -> str:
    taken: set[tuple[int, int]] = set()
    made = []
    for row in range(rows):
        cells = []
        for column in range(columns):
            if (row, column) in taken:
                continue
            free = (column + 1 < columns) and (row, column + 1) not in taken
            wide = 2 if free and draw(st.booleans()) else 1
            last = column + wide == columns  # spans no rows, so that every row has a cell
            high = 2 if row + 1 < rows and not last and draw(st.booleans()) else 1
            taken |= {(row + r, column + c) for r in range(high) for c in range(wide)}
            spans = (
                f'colspan="{wide}"' if wide > 1 else "",
                f'rowspan="{high}"' if high > 1 else "",
            )
            cells.append(_element(name, draw(inner), " ".join(filter(None, spans))))
        made.append(_element("tr", " ".join(cells)))
    return "".join(made)


def _figures() -> st.SearchStrategy[str]:
    picture = f'<img src="data:image/png;base64,{RED_SQUARE}" alt="A red square" width="20"/>'
    return st.builds(
        lambda words: f"<figure>{picture}<figcaption>{words}</figcaption></figure>", LINES
    )


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """What holds blocks, and loose words between them."""
    mixed = st.lists(st.one_of(inner, inner, _BARE), min_size=1, max_size=3).map("".join)
    flow = st.one_of(LINES, mixed)
    around = st.sampled_from(
        ("section", "article", "aside", "header", "footer", "blockquote", "nav")
    )
    return st.one_of(
        _lists(flow), _lists(flow), _terms(mixed), _tables(flow), st.builds(_element, around, mixed)
    )


_CONTENTS = st.lists(LINES, min_size=1, max_size=2).map(
    lambda items: f'<nav class="toc"><ul>{"".join(f"<li>{i}</li>" for i in items)}</ul></nav>'
)
_LEAF = st.one_of(
    _paragraphs(), _paragraphs(), _figures(), _CONTENTS, st.just('<hr class="page-break"/>')
)
BLOCKS = st.recursive(_LEAF, _around, max_leaves=5)


def papers(most: int = 5) -> st.SearchStrategy[str]:
    """The body of a paper: a title to which links lead, and blocks."""
    title = LINES.map(lambda words: f'<h1 id="here">{words}</h1>')
    return st.builds(
        lambda t, b: "\n".join((t, *b)), title, st.lists(BLOCKS, min_size=1, max_size=most)
    )
