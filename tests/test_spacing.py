"""Full-width punctuation brings its own space: none of ours stands beside it."""

from __future__ import annotations

import pytest
from lxml import etree

from briefgen.bureaus import load_bureau
from briefgen.render.finishing import finish
from briefgen.render.spacing import close_up
from tests.conftest import ROOT


def closed_up(body: str) -> str:
    root = etree.fromstring(f"<html lang='ja'><body><main>{body}</main></body></html>")
    close_up(root)
    main = root.find("body/main")
    assert main is not None
    return "".join(etree.tostring(child, encoding="unicode") for child in main)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("<p>批准国は104か国。 残る12か国</p>", "<p>批准国は104か国。残る12か国</p>"),
        ("<p><strong>未署名：</strong> インド</p>", "<p><strong>未署名：</strong>インド</p>"),
        ("<p>A。<note>出典。</note> B</p>", "<p>A。<note>出典。</note>B</p>"),
        ("<p>A<note>甲。 乙。</note>。</p>", "<p>A<note>甲。乙。</note>。</p>"),
        (
            '<p><span lang="en">Text.</span> <span class="aside">［英語］</span> 、東京</p>',
            '<p><span lang="en">Text.</span><span class="aside">［英語］</span>、東京</p>',
        ),
        ("<p>CTBT, NPT. IAEA: a</p>", "<p>CTBT, NPT. IAEA: a</p>"),
        ("<ul><li>甲。</li> <li>乙</li></ul>", "<ul><li>甲。</li> <li>乙</li></ul>"),
        ("<p>署名 · 公開 – 甲</p>", "<p>署名 · 公開 – 甲</p>"),
    ],
)
def test_no_space_stands_beside_full_width_punctuation(given: str, made: str) -> None:
    assert closed_up(given) == made


def test_a_paper_in_another_language_keeps_its_spaces() -> None:
    text = "<html lang='en'><body><main><p>He wrote 「平和。 友好」 twice.</p></main></body></html>"
    root = etree.fromstring(text)
    finish(root, load_bureau(ROOT, "base"))
    assert root.findtext("body/main/p") == "He wrote 「平和。 友好」 twice."
    finish(root, load_bureau(ROOT, "asia-oceania"))
    assert root.findtext("body/main/p") == "He wrote「平和。友好」twice."
