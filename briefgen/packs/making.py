"""A whole pack from its order: lock, plan, workers, index, book, manifest, zip.

In: an open store, an order, and how it is wanted. Out: the pack on disk and its `Outcome`; or, for
a dry run, what would be done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from briefgen import confined
from briefgen.ahead import at_hand
from briefgen.bureaus import Bureau, load_bureau, read_bureau
from briefgen.confined import Limits
from briefgen.making import released
from briefgen.output import locked, told
from briefgen.packs import folders, reuse, stamps
from briefgen.packs.book import BOOK, book_mark, book_of
from briefgen.packs.bundle import Bundle, bundle_of, unpack
from briefgen.packs.ground import require_room
from briefgen.packs.index import PAGE, TABLE, index_files
from briefgen.packs.order import PackOrder
from briefgen.packs.plan import Plan, plan, settings_of, stale_files
from briefgen.packs.pool import Executor, Here, Pool
from briefgen.packs.proof import MANIFEST, UNFINISHED, Data
from briefgen.packs.record import mark_of
from briefgen.packs.run import Outcome, Run, Teller, read_before, stands, written_before
from briefgen.packs.worker import Setting, Worker, opened
from briefgen.packs.zipped import zip_of
from briefgen.releasing import require_clean
from briefgen.scratch import scratch
from briefgen.store import Store
from briefgen.withholding import withheld_from

_PATIENCE = 1.0  # seconds to wait for another run that did not say how long it takes
_FEW = 3  # papers that are made here, beside a companion, sooner than workers are started


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a pack is made: where, with how many workers, and what besides the papers.

    `cache` is the folder of indices and memories; `scheduler` the address of a Dask cluster.
    """

    out: Path
    cache: Path
    jobs: int = 1
    book: bool = False
    zipped: bool = False
    wait: bool = False
    scheduler: str | None = None


def make_pack(store: Store, order: PackOrder, wanted: Wanted, tell: Teller) -> Outcome:
    """Make the pack; raises BriefgenError for what concerns it as a whole, Stopped when stopped."""
    with _setting(store, order) as setting, _hold(wanted):
        require_room(order, wanted.out, _whole_names(order, wanted), zipped=wanted.zipped)
        place = reuse.place(wanted.cache, wanted.out)
        memory = reuse.recall(place)
        _make_ready(order, setting)
        steps = plan(order, wanted.out, store, setting.bundles, setting.installed, memory)
        run = Run(order, setting, wanted.out, memory, tell)
        run.work(steps, _executor(setting, wanted, steps))
        extras = _extras(store, setting, wanted, tell)
        outcome = run.finish(store, extras)
        reuse.keep(run.remembered(), place)
        if wanted.zipped:
            zip_of(wanted.out, outcome, tell)
    return outcome


@contextmanager
def _hold(wanted: Wanted) -> Iterator[None]:
    """The pack's folder for this run alone, without what a killed run has left in it."""
    patience = None if wanted.wait else _PATIENCE
    with locked(wanted.out, patience=patience, hint=", or give --wait"):
        with told(wanted.out):
            folders.clear(wanted.out)
            if (wanted.out / MANIFEST).is_file():  # the last run was killed when all was done
                (wanted.out / UNFINISHED).unlink(missing_ok=True)
        yield


def _whole_names(order: PackOrder, wanted: Wanted) -> list[str]:
    """The places of the files that are no State's."""
    books = [f"{id_}/{BOOK}" if order.named else BOOK for id_ in order.bureaus]
    return [PAGE, TABLE, *(books if wanted.book else [])]


def foresee(store: Store, order: PackOrder, out: Path, cache: Path) -> Data:
    """What a run would do: papers to make and to keep State by State, with the reason.

    What changed is composed to be compared, and nothing is rendered or written.
    """
    with _setting(store, order) as setting:
        memory = reuse.recall(reuse.place(cache, out))
        steps = plan(order, out, store, setting.bundles, setting.installed, memory)
        states = list(_foreseen(steps, setting))
        names = {
            f"{step.task.folder}/{name}" for step in steps.steps for name in step.standing.ours
        }
        gone = [
            n for n in stale_files(written_before(out), names) if (out / n).exists() and "/" in n
        ]
    return {
        "states": states,
        "make": sum(len(row["make"]) for row in states),
        "keep": sum(len(row["keep"]) for row in states),
        "remove": gone,
    }


def _foreseen(steps: Plan, setting: Setting) -> Iterator[Data]:
    worker = Worker(setting)
    for step in steps.steps:
        task, why = step.task, step.why
        if step.same or not step.standing.ours:
            papers = list(task.papers)
            make, keep = ([], papers) if step.same else (papers, [])
        else:
            composed = worker.try_compose(task)
            make = [p.kind for p in composed if task.known.get(p.stem) != p.inputs]
            keep = [p.kind for p in composed if p.kind not in make]
        why = why or "nothing changed"
        yield {"state": task.key, "make": make, "keep": keep, "why": why}


@contextmanager
def _setting(store: Store, order: PackOrder) -> Iterator[Setting]:
    """What all tasks share; the bundles are unpacked to a folder that lasts as long as the run."""
    bundles = {id_: bundle_of(store.workspace, _checked(store, id_)) for id_ in order.bureaus}
    with scratch() as folder:
        for bundle in bundles.values():
            unpack(bundle, folder)
        yield Setting(
            workspace=store.workspace,
            index=store.index_path,
            record=mark_of(store),
            bundles=bundles,
            scratch=folder,
            installed=stamps.settings_mark(),
            limits=Limits(**store.ministry.limits.model_dump()),
        )


def _make_ready(order: PackOrder, setting: Setting) -> None:
    """Tell the companion, where there is one, what papers will look like if any are made here."""
    if at_hand():
        from briefgen.render import make_ready

        house = house_of(setting.bundles[order.bureaus[0]], setting.scratch)
        make_ready(house, f"{order.papers[0]}.html.j2")


def _checked(store: Store, bureau: str) -> Bureau:
    """A bureau whose folder is sound; raises BriefgenError with all that is wrong in it."""
    load_bureau(store.workspace, bureau)
    return read_bureau(store.workspace, bureau)


def _executor(setting: Setting, wanted: Wanted, steps: Plan) -> Callable[[], Executor]:
    if wanted.scheduler:
        from briefgen.packs.cluster import Cluster

        address = wanted.scheduler
        return lambda: Cluster(setting, address)
    papers = sum(len(step.task.papers) for step in steps.open)
    if at_hand() and papers <= _FEW:
        return lambda: Here(setting)
    jobs = max(1, min(wanted.jobs, len(steps.open)))
    return lambda: Pool(setting, jobs)


def _extras(
    store: Store, setting: Setting, wanted: Wanted, tell: Teller
) -> Callable[[Outcome], Mapping[str, bytes]]:
    """What a pack holds besides its States' folders, made in a process that keeps to limits."""

    def extras(outcome: Outcome) -> dict[str, bytes]:
        kept, to_bind = _books(setting, wanted, outcome, tell) if wanted.book else ({}, {})
        confined.use(setting.limits)
        return confined.run(lambda: _whole(setting, wanted, outcome, kept, to_bind))

    return extras


def _whole(
    setting: Setting,
    wanted: Wanted,
    outcome: Outcome,
    kept: Mapping[str, bytes],
    to_bind: Mapping[str, str],
) -> dict[str, bytes]:
    """The books, those kept and those to be bound, and the index; none holds what is withheld."""
    books = dict(kept)
    with opened(setting) as store:
        for name, id_ in to_bind.items():
            house = house_of(setting.bundles[id_], setting.scratch)
            made = book_of(house, store, outcome.order, _entries(outcome, id_), wanted.out)
            if made is not None:
                books[name] = made
        house = house_of(setting.bundles[outcome.order.bureaus[0]], setting.scratch)
        whole = {**books, **index_files(house, store, outcome, list(books))}
        release = released(house, store, outcome.order.request).release
        require_clean(whole, withheld_from(store, release))
    return whole


def _books(
    setting: Setting, wanted: Wanted, outcome: Outcome, tell: Teller
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The books whose papers are all as they were, and the bureaus of those that must be bound, by
    name."""
    order = outcome.order
    before = read_before(wanted.out)
    kept: dict[str, bytes] = {}
    to_bind: dict[str, str] = {}
    for id_ in order.bureaus:
        entries = _entries(outcome, id_)
        name = f"{id_}/{BOOK}" if order.named else BOOK
        settings = settings_of(setting.bundles[id_], setting.installed)
        mark = book_mark(entries, outcome.files, settings)
        outcome.books[name] = mark
        if before.get("books", {}).get(name) == mark and stands(wanted.out, name, before):
            kept[name] = (wanted.out / name).read_bytes()
            continue
        tell("binding", {"book": name, "papers": sum(len(e["papers"]) for e in entries)})
        to_bind[name] = id_
    return kept, to_bind


def _entries(outcome: Outcome, bureau: str) -> list[Data]:
    """What the pack's manifest tells of a bureau's States, without those that have faults."""
    return [e for e in outcome.entries if e["bureau"] == bureau and not e["faults"]]


def house_of(bundle: Bundle, scratch: Path) -> Bureau:
    """A bureau as its bundle has it."""
    return load_bureau(unpack(bundle, scratch), bundle.bureau)
