"""The tools of the person who customises: every slip told with its line, every step shown."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from briefgen.bureaus import bureau_ids
from briefgen.store import Store
from briefgen.trials import check_bureau
from tests.conftest import ROOT, Run, edit
from tests.test_bureaus import bureau_with

SLIPS: dict[str, str | bytes] = {
    "bureau.yaml": "theme:\n  letterhead: [Bureau \U00010570]\n",
    "brief.html.j2": (
        '{% extends "brief.html.j2" %}\n'
        "{% block press %}\n"
        "{% if not press %}<p>Of {{ country.nmae }} we say nothing.</p>{% endif %}\n"
        "{% for point in points %}{{ point.laed }}{% endfor %}\n"
        "<p>{{ contry.name }}</p>\n"
        "{% endblock %}\n"
    ),
    "history.html.j2": '{% extends "history.html.j2" %}\n{% block figures %}<centre>x</centre>{% endblock %}\n',
    "style.css": "h1 { colr: red; }\n\nh2 { color: #12345; }\n",
}
TOLD = (
    "templates/own/brief.html.j2:3:36: 'nmae' is not known here (did you mean 'name'?)\n"
    "    {% if not press %}<p>Of {{ country.nmae }} we say nothing.</p>{% endif %}\n"
    + " " * 39 + "^\n",
    "templates/own/brief.html.j2:4:35: 'laed' is not known here (did you mean 'lead'?)",
    "templates/own/brief.html.j2:5:7: 'contry' is not known here (did you mean 'country'?)",
    "templates/own/history.html.j2:2:20: history from the record: uses <centre>, which is not in the vocabulary",
    "templates/own/style.css:1:6: Ignored `colr: red`: unknown property. (did you mean 'color'?)",
    "templates/own/style.css:3:6: Ignored `color: #12345`",
    "no font has U+10570",
    "warning: brief.html.j2: press: is not recorded with what it stands over (briefgen bureau accept own)",
)  # fmt: skip


def test_check_tells_everything_at_once_with_its_line_and_a_caret(
    workspace: Path, briefgen: Run
) -> None:
    bureau_with(workspace, "own", SLIPS)
    found = briefgen("--workspace", str(workspace), "bureau", "check", "own")
    assert found.returncode == 1
    for told in TOLD:
        assert told in found.stdout, told
    assert "Traceback" not in found.stderr
    assert found.stdout.splitlines()[-1].startswith("own: 35 papers made, ")


@pytest.mark.parametrize("id_", bureau_ids(ROOT))
def test_the_shipped_bureaus_bear_awkward_data(id_: str) -> None:
    with Store(ROOT, None) as store:
        report = check_bureau(ROOT, store, id_)
    assert [str(p) for p in report.problems] == []
    assert report.papers == 35


def test_check_tells_of_an_upgrade_below_and_shows_it(workspace: Path, briefgen: Run) -> None:
    block = '{% extends "speaking.html.j2" %}\n{% block kicker %}{{ super() }}{% endblock %}\n'
    bureau_with(workspace, "own", {"speaking.html.j2": block})
    at = ("--workspace", str(workspace), "bureau")
    said = briefgen(*at, "accept", "own")
    assert said.stdout.endswith("accepted.yaml: 1 override\n")
    edit(
        workspace / "templates/base/speaking.html.j2",
        "{% block kicker %}",
        "{% block kicker %}THE ",
    )
    found = briefgen(*at, "check", "own", "--strict")
    assert found.returncode == 1
    assert found.stdout.endswith("own: 35 papers made, 0 errors, 1 warning\n")
    assert (
        "templates/own/speaking.html.j2:2:1: warning: speaking.html.j2: kicker: was written against another version"
        in found.stdout
    )
    assert "\n    +THE " in found.stdout


def test_new_list_and_show_tell_what_comes_from_where(workspace: Path, briefgen: Run) -> None:
    at = ("--workspace", str(workspace), "bureau")
    made = briefgen(*at, "new", "my-bureau", "--extends", "arms-control")
    assert made.returncode == 0, made.stderr
    assert [p.name for p in (workspace / "templates/my-bureau").iterdir()] == ["bureau.yaml"]
    edit(workspace / "templates/my-bureau/bureau.yaml", "#locale: en-GB", "locale: en-US")
    listed = json.loads(briefgen(*at, "list", "--json").stdout)
    own = next(row for row in listed if row["bureau"] == "my-bureau")
    assert own == {
        "bureau": "my-bureau",
        "name": "My bureau",
        "extends": "arms-control > base",
        "locale": "en-US",
        "overrides": "0",
    }
    shown = json.loads(briefgen(*at, "show", "my-bureau", "brief", "--json").stdout)
    giver = {row["setting"]: row["layer"] for row in shown["settings"]}
    assert giver["locale"] == "my-bureau"
    assert giver["numbering"] == "arms-control"
    assert giver["theme.sizes.body"] == "base, papers.brief"
    assert giver["page.width"] == "base"
    assert giver["theme.logo"] == "(built in)"
    status = next(row for row in shown["blocks"] if row["block"] == "status")
    assert status["shown as"] == "section 2"
    assert status["written in"].startswith("arms-control/brief.html.j2:3 over base/brief.html.j2:")
    styles = next(row for row in shown["files"] if row["file"] == "style.css")
    assert styles["layer"] == "base"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new", "My Bureau"), "'My Bureau' cannot name a folder: write small letters and '-'"),
        (("new", "base"), "templates/base: is there already (take another name; nothing was changed)"),
        (("new", "own", "--extends", "bas"), "unknown bureau 'bas' (did you mean 'base'?)"),
        (("show", "base", "breif"), "unknown paper 'breif' (did you mean 'brief'?)"),
        (("previw", "base"), "unknown command 'bureau previw' (did you mean 'preview'?)"),
        (("check", "arms-contrl"), "unknown bureau 'arms-contrl' (did you mean 'arms-control'?)"),
    ],
)  # fmt: skip
def test_a_slip_at_the_command_line_is_told(
    workspace: Path, briefgen: Run, arguments: tuple[str, ...], said: str
) -> None:
    found = briefgen("--workspace", str(workspace), "bureau", *arguments)
    assert found.returncode in (1, 2)
    assert said in found.stderr


def test_a_new_bureau_may_begin_with_a_word_file_that_leaves_the_text_as_it_is(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    at = ("--workspace", str(workspace), "bureau")
    assert briefgen(*at, "new", "plain").returncode == 0
    made = briefgen(*at, "new", "look", "--word", "brief")
    assert made.returncode == 0, made.stderr
    names = {p.name for p in (workspace / "templates/look").iterdir()}
    assert names == {"bureau.yaml", "reference-brief.docx"}
    for id_ in ("plain", "look"):
        found = briefgen(*at, "preview", id_, "-o", "p", "--dpi", "40")
        assert found.returncode == 0, found.stderr
    for page in ("1", "2"):
        plain, look = (
            Image.open(tmp_path / f"p/{id_}-brief-{page}.png") for id_ in ("plain", "look")
        )
        between = (0, 24, 331, 446)  # header and footer are those of the Word file
        assert plain.crop(between).tobytes() == look.crop(between).tobytes()
    slip = briefgen(*at, "new", "other", "--word", "breif")
    assert "unknown paper 'breif' (did you mean 'brief'?)" in slip.stderr
    assert not (workspace / "templates/other").exists()


def test_preview_writes_every_format_and_a_picture_a_page(
    workspace: Path, briefgen: Run, tmp_path: Path
) -> None:
    stale = tmp_path / "p" / "base-brief-9.png"
    stale.parent.mkdir()
    stale.write_bytes(b"")
    made = briefgen(
        "--workspace", str(workspace), "bureau", "preview", "base", "-o", "p", "--dpi", "40"
    )
    assert made.returncode == 0, made.stderr
    names = [Path(line).name for line in made.stdout.splitlines()]
    assert names == [
        "base-brief.html",
        "base-brief.pdf",
        "base-brief.docx",
        "base-brief-1.png",
        "base-brief-2.png",
    ]
    assert not stale.exists()
    with Image.open(tmp_path / "p/base-brief-1.png") as page:
        assert page.size == (331, 468)  # A4 at 40 dots per inch
        assert len(set(page.convert("L").tobytes())) > 50


def test_watching_makes_the_preview_again_at_every_save(workspace: Path, tmp_path: Path) -> None:
    bureau_with(workspace, "own", {})
    command = [sys.executable, "-m", "briefgen", "--workspace", str(workspace), "bureau", "preview",
               "own", "speaking", "--watch", "-o", str(tmp_path / "p"), "--dpi", "30"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "BRIEFGEN_CACHE": str(tmp_path / "c")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout

        def until(ending: str) -> str:
            return next(line for line in process.stdout or () if line.rstrip().endswith(ending))

        until("ends)")
        first = (tmp_path / "p/own-speaking.html").read_text("utf-8")
        settings = workspace / "templates/own/bureau.yaml"
        settings.write_text("extends: base\ntheme: {colours: {acent: '#123456'}}\n", "utf-8")
        assert "did you mean 'accent'" in until("'accent'?)")
        until("ends)")
        settings.write_text("extends: base\ntheme: {colours: {accent: '#123456'}}\n", "utf-8")
        until("ends)")
        second = (tmp_path / "p/own-speaking.html").read_text("utf-8")
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    assert "#123456" not in first
    assert "#123456" in second
