"""How others make the same paper, as a competent person would write it at first.

In: a folder with `paper.html` (the paper's own HTML and CSS) and `blocks.json` (its text, block by
block). Out: DOCX and PDF in that folder.
"""
