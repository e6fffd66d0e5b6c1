"""The check of templates written in Word: every tag, on all the data that the trials have.

In: a bureau, a kind of paper, its trials. Out: problems of the template, and, when it has none,
what the Word paper and the PDF of the first trial do not both say.
"""

from __future__ import annotations

from collections.abc import Sequence

from briefgen.bureaus import PAPERS, Bureau
from briefgen.bureaus.chain import shown
from briefgen.errors import BriefgenError, Problem
from briefgen.render import render
from briefgen.render.docx.authored import differences, problems
from briefgen.render.docx.authored.word import WordFile
from briefgen.render.docx.safety import read_word_file
from briefgen.render.html import plain, render_html, settings_for
from briefgen.trials.papers import Trial


def form_file_problems(bureau: Bureau) -> list[Problem]:
    """What the Word templates of a bureau hold and may not, before anything is filled in."""
    found: list[Problem] = []
    for form in filter(None, (bureau.find(f"{paper}.docx") for paper in PAPERS)):
        try:
            found += WordFile(shown(form), read_word_file(form, shown(form))).problems()
        except BriefgenError as error:
            found += error.problems
    return found


def form_problems(bureau: Bureau, paper: str, trials: Sequence[Trial]) -> list[Problem]:
    """What is wrong with the Word template of a paper, where the bureau has one."""
    form = bureau.find(f"{paper}.docx")
    if form is None or not trials:
        return []
    name, template = shown(form), f"{paper}.html.j2"
    settings = settings_for(bureau.for_paper(paper))
    papers = [{**plain(trial.data), "settings": settings} for trial in trials]
    try:
        found = problems(name, read_word_file(form, name), *papers)
    except BriefgenError as error:
        found = error.problems
    if found:
        return found
    first = trials[0].data
    made = render(bureau, template, first, ["docx"])["docx"]
    return differences(made, render_html(bureau, template, plain(first)), first, name)
