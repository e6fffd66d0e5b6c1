"""What may be released: nothing above the ceiling leaves, in any byte of any file of any paper."""

from __future__ import annotations

import re
import shutil
import typing
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from briefgen import records as r
from briefgen.bureaus import Bureau, load_bureau
from briefgen.compose import compose_record
from briefgen.compose.addendum import compose_addendum
from briefgen.compose.brief import SECTIONS
from briefgen.compose.facts import without_facts
from briefgen.compose.gaps import Gaps
from briefgen.compose.gaps_paper import compose_gaps
from briefgen.compose.manifest import manifest_of
from briefgen.errors import BriefgenError
from briefgen.gate import Gate, Release
from briefgen.making import (
    BriefOrder,
    Composed,
    compose_brief_of,
    compose_history_of,
    meeting_of,
    sealed,
    with_manifest,
    words_of,
)
from briefgen.markings import Handling
from briefgen.packs.bundle import bundle_of
from briefgen.packs.order import PackOrder, Task
from briefgen.packs.papers import compose_task
from briefgen.releasing import leaks, released_wrongly, require_clean, text_in
from briefgen.render import render
from briefgen.selection import Request
from briefgen.store import Store
from briefgen.withholding import _CODES, Withheld, withheld_from
from tests.canaries import AS_OF, STATE, plant
from tests.conftest import ROOT, Run

DAY = date.fromisoformat(AS_OF)
FORMATS = ("docx", "pdf", "html", "json")
CANARY = re.compile(r"zqx[a-z]{3}kanarie", re.IGNORECASE)
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A workspace with a canary in every text of every record above the ceiling."""
    folder = tmp_path_factory.mktemp("canaries")
    for name in ("data", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    return folder, plant(folder, "hi")


# -- every paper -----------------------------------------------------------------------------------


def every_file(store: Store, request: Request) -> Files:
    """Every kind of paper that would show the canaries, in every format, with its manifest."""
    house = load_bureau(store.workspace, "base").with_settings({"pdf": {"embed_data": True}})
    found: Files = {}
    for name, composed, template in every_paper(house, store, request):
        made = render(composed.bureau, template, composed.data, FORMATS)
        files = {f"{name}.{kind}": content for kind, content in made.items()}
        found |= files if name == "leave-behind" else with_manifest(files, [name], composed)
    return found


def every_paper(
    house: Bureau, store: Store, request: Request
) -> Iterator[tuple[str, Composed, str]]:
    about = replace(request, countries=(STATE,))
    order = BriefOrder(about, meeting_of(store, None, about), sections=SECTIONS)
    full = compose_brief_of(house, store, order)
    yield "brief", full, "brief.html.j2"
    for edition in ("speaking", "leave-behind"):
        made = compose_brief_of(house, store, replace(order, edition=edition, sections=()))
        data = without_facts(made.data) if edition == "leave-behind" else made.data
        yield edition, replace(made, data=data), f"{edition}.html.j2"
    yield "history", compose_history_of(house, store, about), "history.html.j2"
    for event in store.all(r.Event, "event"):
        if "anarie" in event.id or event.id == "open-event":
            yield from recorded(house, store, request, event)
    words = words_of(store, house.for_paper("gaps"), request.release)
    gaps = compose_gaps(Gaps(words, request, None, (STATE,)))
    yield "gaps", sealed(Composed(house.for_paper("gaps"), words, request, gaps)), "gaps.html.j2"
    yield from addendum(house, store, order, full)
    yield from cover(house, store, about)


def recorded(
    house: Bureau, store: Store, request: Request, event: r.Event
) -> Iterator[tuple[str, Composed, str]]:
    words = words_of(store, house.for_paper("record"), request.release)
    if words.gate.passes(f"event:{event.id}", event.marking):
        data = compose_record(words, request, event)
        composed = sealed(Composed(house.for_paper("record"), words, request, data))
        yield (
            f"record-{'open' if event.id == 'open-event' else 'secret'}",
            composed,
            "record.html.j2",
        )


def addendum(
    house: Bureau, store: Store, order: BriefOrder, new: Composed
) -> Iterator[tuple[str, Composed, str]]:
    """An addendum to the brief that was made without any ceiling, on nothing known yet."""
    free = replace(order.request, ceiling=None, readers=(), held=set())
    whole = compose_brief_of(house, store, replace(order, request=free))
    empty = compose_brief_of(
        house, store, replace(order, request=replace(free, as_of=date(2003, 1, 1)))
    )
    for name, old in (("addendum", whole), ("addendum-all-new", empty)):
        told = compose_addendum(new.words, new.request, manifest_of(old.data, free, {}), new.data)
        data = {**told, "near_misses": []}
        bureau = house.for_paper("addendum")
        yield name, replace(new, bureau=bureau, data=data), "addendum.html.j2"


def cover(house: Bureau, store: Store, about: Request) -> Iterator[tuple[str, Composed, str]]:
    order = PackOrder(about, (STATE,), ("base",))
    (task,) = [t for t in order.tasks() if isinstance(t, Task)]
    bundle = bundle_of(store.workspace, house)
    _, papers = compose_task(house, store, task, bundle, "x")
    yield "cover", papers[0].composed, "cover.html.j2"


def canaries_in(files: Mapping[str, bytes]) -> set[str]:
    """The canaries in the files, found in their texts and in their plain bytes."""
    found: set[str] = set()
    for name, content in files.items():
        for text in (name, text_in(name, content), content.decode("latin-1")):
            squeezed = re.sub(r"[\W_]+", "", text)
            found |= {match.group().capitalize() for match in CANARY.finditer(squeezed)}
    return found


# -- the canaries ----------------------------------------------------------------------------------


def test_no_canary_above_the_ceiling_is_in_any_byte_of_any_paper(
    planted: tuple[Path, dict[str, str]],
) -> None:
    workspace, _ = planted
    with Store(workspace, None) as store:
        request = Request(DAY, "JPN", ceiling="official")
        files = every_file(store, request)
        withheld = withheld_from(store, request.release)
    assert {name.rpartition(".")[2] for name in files} == set(FORMATS)
    assert len(files) >= 40
    assert canaries_in(files) == set()
    assert released_wrongly(files, withheld) == []
    assert request.held, "and what was held back is known"


def test_the_same_papers_hold_the_canaries_and_the_scan_names_each_when_the_filter_is_off(
    planted: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, canaries = planted
    with Store(workspace, None) as store:
        request = Request(DAY, "JPN", ceiling="official")
        withheld = withheld_from(store, request.release)
        monkeypatch.setattr(Gate, "allows", lambda self, handling: True)
        files = every_file(store, request)
    there = canaries_in(files)
    unprinted = {canaries[word] for word in set(canaries) - there}
    assert unprinted == UNPRINTED
    assert there - named_by_scan(files, withheld) == set()
    record = {str(path): path.read_bytes() for path in (workspace / "data").rglob("*.yaml")}
    assert set(canaries) - named_by_scan(record, withheld) == set(), "not one escapes the scan"


def named_by_scan(files: Mapping[str, bytes], withheld: Withheld) -> set[str]:
    """The canaries of the records and fields that the scan names."""
    entries: dict[str, str] = {}
    for entry in withheld.entries:
        entries[entry["what"]] = entries.get(entry["what"], "") + entry["text"]
    named = {p.message.partition("withheld: ")[2] for p in released_wrongly(files, withheld)}
    told = "".join(text for what, text in entries.items() if what in named)
    return {match.group().capitalize() for match in CANARY.finditer(told)}


# What no paper of these prints, whatever the ceiling: remarks for the drafter, spellings, the date of
# what is done, and lines whose place the meeting's own words or the ladder's have taken.
UNPRINTED = {
    "document.note", "event.participants.as_printed", "meeting.own.participants.as_printed",
    "meeting.other.participants.as_printed", "event.statements.commitment.due_as_printed",
    "open.statements.commitment.due_as_printed", "line.objective.cue", "line.objective.text",
    "line.objective.sources.place", "line.their likely point.cue", "line.to make.cue",
    "line.to make.sources.place",
}  # fmt: skip


def test_every_text_of_a_record_that_bears_a_marking_has_its_canary(
    planted: tuple[Path, dict[str, str]],
) -> None:
    """A new field cannot be forgotten: the canaries are held against the types."""
    workspace, _ = planted
    kinds: dict[str, type[r.Record]] = {
        "event": r.Event, "line": r.Line, "meeting": r.Meeting, "document": r.Document,
    }  # fmt: skip
    with Store(workspace, None) as store:
        for kind, model in kinds.items():
            found = {p for record in store.all(model, kind) for p in _canary_paths(record)}
            assert set(_text_fields(model)) - found - CLOSED == set(), kind


# Texts that the record checks against others, so that no canary can stand there.
CLOSED = {"statements.item", "items.number"}


def _canary_paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _canary_paths(getattr(value, name), f"{path}.{name}".lstrip("."))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _canary_paths(inner, path)
    elif CANARY.search(str(value)):
        yield path


def _text_fields(model: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        if name in _CODES:
            continue
        inner = _models_in(info.annotation)
        here = f"{path}.{name}".lstrip(".")
        if inner:
            yield from _text_fields(inner, here)
        elif _holds_text(info.annotation):
            yield here


def _models_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in typing.get_args(annotation) if (m := _models_in(a))), None)


def _holds_text(annotation: Any) -> bool:
    if typing.get_origin(annotation) is typing.Literal:
        return False
    return annotation is str or any(map(_holds_text, typing.get_args(annotation)))


# -- the scan --------------------------------------------------------------------------------------

SECRET = {"what": "event:x, title", "text": "Kanarienvogel", "whole": True}


def word_file(body: str = "", **members: str) -> bytes:
    import io

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("word/document.xml", f"<w xmlns:w='u'><w:t>{body}</w:t></w>")
        for name, text in members.items():
            package.writestr(name.replace("__", "/"), text)
    return made.getvalue()


def pdf_file(
    style: str = "", head: str = "", body: str = "", attached: bytes | None = None
) -> bytes:
    import weasyprint

    page = f"<html lang=en><head><title>T</title>{head}<style>{style}</style></head><body>{body}</body></html>"
    files = (
        [weasyprint.Attachment(string=attached.decode("latin-1"), name="a.txt")]
        if attached
        else None
    )
    content: bytes = weasyprint.HTML(string=page).write_pdf(
        attachments=files, pdf_variant="pdf/a-3a"
    )
    return content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", lambda: word_file("Kanarien</w:t><w:t>vogel")),
        ("a.docx", lambda: word_file("<w:vanish/>kanarienvogel")),
        ("a.docx", lambda: word_file(docProps__core="<a><k>Kanarienvogel</k></a>")),
        ("a.docx", lambda: word_file(word__Kanarienvogel="x")),
        ("a.docx", lambda: word_file(**{"a.xml": "<a title='Kanarienvogel'/>"})),
        ("a.docx", lambda: word_file(**{"a.xml": "<a><!-- Kanarienvogel --></a>"})),
        ("a.xlsx", lambda: word_file(**{"embedded.bin": "Kanarienvogel"})),
        ("a.zip", lambda: word_file(**{"a.txt": "KANARIENVOGEL".encode("utf-16-le").decode("latin-1")})),
        ("a.pdf", lambda: pdf_file(body="<h1>Kanarien&shy;vogel</h1>")),
        ("a.pdf", lambda: pdf_file(body="<h1>T</h1><p style='color: white'>Kanarienvogel</p>")),
        ("a.pdf", lambda: pdf_file("p { width: 1cm; overflow-wrap: anywhere }", body="<p>Kanarienvogel</p>")),
        ("a.pdf", lambda: pdf_file(head="<meta name=keywords content=Kanarienvogel>")),
        ("a.pdf", lambda: pdf_file(body="<h1 style=\"bookmark-label: 'Kanarienvogel'\">x</h1>")),
        ("a.pdf", lambda: pdf_file(body="<a href='https://x.org/?q=Kanarienvogel'>x</a>")),
        ("a.pdf", lambda: pdf_file(body="<h1>x</h1>", attached=b'{"a": "Kanarienvogel"}')),
        ("a.html", lambda: b"<p title='Kanarienvogel'>x</p>"),
        ("a.json", lambda: b'{"a": "kanarien-vogel"}'),
        ("Kanarienvogel.txt", lambda: b"x"),
    ],
)  # fmt: skip
def test_the_scan_finds_a_word_wherever_it_hides(name: str, content: Any) -> None:
    (problem,) = leaks({name: content()}, [SECRET])
    assert "event:x, title" in problem.message
    assert "anarienvogel" not in problem.message, "a message must not be a leak"


def test_the_scan_finds_nothing_in_a_file_without_the_word() -> None:
    assert leaks({"a.docx": word_file("Kanarie")}, [SECRET]) == []


def test_a_text_that_may_be_told_is_no_leak(planted: tuple[Path, dict[str, str]]) -> None:
    """Tokyo stands in a withheld record and in open ones: finding it gives nothing away."""
    withheld = Withheld([{"what": "x", "text": "Tokyo", "whole": True}], "beijingtokyo")
    assert released_wrongly({"a.txt": b"In Tokyo"}, withheld) == []
    withheld.open = "beijing"
    with pytest.raises(BriefgenError):
        require_clean({"a.txt": b"In Tokyo"}, withheld)


def test_fixed_words_of_papers_are_no_leak_though_a_withheld_record_holds_them(
    workspace: Path, briefgen: Run
) -> None:
    """`delegation` is what papers call those of whom no name is known."""
    path = workspace / "data/events/2003-03.yaml"
    event = (
        "- id: withheld\n  title: {en: Talks}\n  date: 2003-03-03\n  channel: bilateral\n"
        "  kind: consultation\n  marking: hi\n  target_countries: [CHN]\n  participants:\n"
        "    - {country: JPN, office: {en: delegation}}\n    - {country: CHN, office: {en: Left out}}\n"
        "  sources: [{document: untc-ctbt-status}]\n"
    )
    path.write_text(f"{path.read_text('utf-8').rstrip()}\n\n{event}", "utf-8")
    make = ("-w", str(workspace), "brief", "China", "--as-of", AS_OF, "-o", "out")
    made = briefgen(*make, "--ceiling", "official")
    assert made.returncode == 0, made.stderr
    assert "held back: 1 event" in made.stderr


def test_a_release_build_that_would_leak_writes_nothing(
    planted: tuple[Path, dict[str, str]], briefgen: Run, tmp_path: Path
) -> None:
    """A bureau's template that names what was held back is stopped by the scan."""
    workspace = tmp_path / "leaky"
    shutil.copytree(planted[0], workspace)
    word = next(word for word, where in planted[1].items() if where == "event.title")
    template = workspace / "templates/base/brief.html.j2"
    template.write_text(
        template.read_text("utf-8").replace(
            '{{ _("Objectives") }}', f"Some words about {word} and more"
        ),
        "utf-8",
    )
    asked = ("-w", str(workspace), "brief", "China", "--as-of", AS_OF, "-o", "out")
    stopped = briefgen(*asked, "--ceiling", "official")
    assert stopped.returncode == 1
    assert "holds what is withheld: event:event-" in stopped.stderr
    assert "nothing written" in stopped.stderr
    assert briefgen(*asked).returncode == 0


def test_the_log_counts_what_was_held_back_and_the_paper_only_where_asked_to(
    planted: tuple[Path, dict[str, str]], briefgen: Run, tmp_path: Path
) -> None:
    told = briefgen(
        "-w", str(planted[0]), "brief", "China", "--as-of", AS_OF, "--ceiling", "official",
        "-f", "json", "-o", "out",
    )  # fmt: skip
    assert "held back: 1 document, 1 event, 7 lines, 1 meeting, 1 statement" in told.stderr
    with Store(planted[0], None) as store:
        for tell, count in ((False, None), (True, 1)):
            house = load_bureau(store.workspace, "base").with_settings({"release": {"tell": tell}})
            about = Request(DAY, "JPN", countries=(STATE,), ceiling="official")
            data = compose_history_of(house, store, about).data
            assert data["left_out"]["counts"].get("above-ceiling") == count


def test_scan_looks_into_finished_files_and_names_record_and_field(
    planted: tuple[Path, dict[str, str]], briefgen: Run, tmp_path: Path
) -> None:
    workspace = str(planted[0])
    make = ("-w", workspace, "brief", "China", "--as-of", AS_OF, "-f", "docx", "-f", "pdf")
    assert briefgen(*make, "-o", "free").returncode == 0
    assert briefgen(*make, "--ceiling", "official", "-o", "cut").returncode == 0
    found = briefgen("scan", "free", "cut", "--against", workspace, "--ceiling", "official")
    assert found.returncode == 1
    lines = found.stderr.splitlines()
    assert all(line.startswith("free/") for line in lines)
    assert any("CHN-brief-2003-08-12.pdf: holds what is withheld: meeting:" in x for x in lines)
    clean = briefgen("scan", "cut", "--against", workspace, "--ceiling", "official")
    assert (clean.returncode, clean.stdout) == (0, "3 files: nothing that may not be released\n")
    unasked = briefgen("scan", "cut", "--against", workspace)
    assert unasked.returncode == 2
    assert "--ceiling" in unasked.stderr


def test_a_pack_of_a_release_holds_no_canary_and_is_scanned(
    planted: tuple[Path, dict[str, str]], briefgen: Run, tmp_path: Path
) -> None:
    made = briefgen(
        "-w", str(planted[0]), "pack", "China", "India", "--as-of", AS_OF, "--ceiling", "official",
        "--book", "-o", "pack",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "entries held back" in made.stdout
    folder = Path(made.stdout and tmp_path) / "pack"
    files = {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert any(name.endswith("book.pdf") for name in files)
    assert canaries_in(files) == set()


# -- who reads -------------------------------------------------------------------------------------


def gate_of(store: Store, **given: Any) -> Gate:
    return Gate(store, Release(on=DAY, **given))


def test_what_some_may_not_read_is_held_back_from_all(store: Store) -> None:
    marking = r.Marking.model_validate({"level": "official", "readers": ("AUS", "KOR")})
    for readers, passes in (
        (("AUS",), True),
        (("AUS", "JPN"), True),
        (("AUS", "CHN"), False),
        ((), True),
    ):
        assert gate_of(store, ceiling="hi", readers=readers).passes("x", marking) is passes, readers


def test_readers_by_group_are_its_members_of_the_day(store: Store) -> None:
    marking = r.Marking.model_validate({"level": "public", "reader_groups": ("ASEAN",)})
    assert gate_of(store, readers=("VNM", "MYS")).passes("x", marking)
    assert not gate_of(store, readers=("VNM", "AUS")).passes("x", marking)
    before = Gate(store, Release(readers=("VNM",), on=date(1990, 1, 1)))
    assert not before.passes("x", marking), "Viet Nam joined in 1995"


@pytest.mark.parametrize("level", ["Official", "secrte", ""])
def test_a_marking_that_the_scheme_does_not_know_never_passes(store: Store, level: str) -> None:
    marking = r.Marking(level=level)
    gate = gate_of(store, ceiling="gokuhi")
    assert not gate.passes("event:x", marking)
    assert gate.release.held == {"event:x"}


def test_a_paper_made_under_another_scheme_counts_as_the_highest_and_passes_nowhere(
    store: Store,
) -> None:
    foreign = Handling("cosmic")
    assert gate_of(store).joined([foreign]).level == "gokuhi"
    assert not gate_of(store, ceiling="gokuhi").allows(foreign)


def test_readers_of_a_paper_are_those_that_all_its_parts_allow(store: Store) -> None:
    gate = gate_of(store)
    parts = [
        gate.handling(r.Marking.model_validate({"level": "public", "readers": readers}))
        for readers in (("AUS", "KOR", "USA"), ("KOR", "USA"))
    ]
    assert gate.joined([*parts, gate.lowest()]).readers == frozenset(("KOR", "USA"))
