"""The proof: thousands of hostile sessions of the real core, and the planted bugs that must be caught."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final

from cockpit.clock import NS, monotonic_ns
from cockpit.live.broker import LiveBroker
from cockpit.paper.costs import ChargeTable
from cockpit.places import resources_folder
from cockpit.promises_core import ACCOUNT, CAP, DeskCore
from cockpit.promises_page import Caught, Page, Planted, codes_of
from cockpit.simulator.campaign import Tally, first_failing, played, shrunk
from cockpit.simulator.hostile_draws import drawn
from cockpit.simulator.world_ports import Core, Parts, Surroundings
from cockpit.storage.memory import MemoryLedger
from cockpit.storage.projections import rebuilt

STRETCH: Final = 100
"""Seeds given to a worker at a time."""
MUTANT_SEEDS: Final = 2_000
"""A planted bug that no session of so many shows has got away."""
PLANTED: Final = "tests.simulation.mutants"
"""Where the planted bugs live: in the source tree, not in the program."""
REGRESSIONS: Final = Path("tests/simulation/regressions")
MOST_SHRUNK: Final = 3


def prove(first: int, seeds: int, jobs: int, out: Path, *, tries_bugs: bool, quiet: bool) -> Page:
    """Play `seeds` sessions in `jobs` processes, try the planted bugs, write `promises.json` and answer the page.

    Of what fails the first few plans are shrunk and saved, as regressions where the source tree is.
    """
    began = monotonic_ns()
    tally = Tally()
    for stretch in _stretches(first, seeds, jobs):
        tally.join(stretch)
        if not quiet:
            sys.stderr.write(f"{tally.sessions} of {seeds} sessions, {tally.bad} bad\r")
            sys.stderr.flush()
    seconds = (monotonic_ns() - began) / NS
    saved = tuple(_saved(tally, REGRESSIONS if REGRESSIONS.is_dir() else out))
    caught = tuple(tried(bug) for bug in planted()) if tries_bugs else ()
    page = Page("live", first, tally, seconds, caught, saved)
    out.mkdir(parents=True, exist_ok=True)
    (out / "promises.json").write_text(json.dumps(page.as_json, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return page


def parts_of(name: str, core: Callable[[Surroundings, ChargeTable], Core]) -> Parts:
    """Answer the design that `core` makes, over the real chain in memory and the real tariff."""
    costs = tariff()
    return Parts(name, MemoryLedger, lambda around: core(around, costs), rebuilt, costs, CAP)


def live_parts() -> Parts:
    """Answer the real design: dealer, gate, watch and books of the house around the live broker."""
    return parts_of("live", live_core)


def live_core(around: Surroundings, costs: ChargeTable) -> DeskCore:
    """Make one life of the real core."""
    broker = LiveBroker(around.door, costs, around.clock.now, account=ACCOUNT, closes=around.closes)
    return DeskCore(around, rebuilt(around.ledger), broker, costs)


@cache
def tariff() -> ChargeTable:
    """Read the tariff, once for all sessions."""
    return ChargeTable.load(resources_folder() / "charges.toml")


def planted() -> tuple[Planted, ...]:
    """Answer the planted bugs; none where the source tree is not there."""
    try:
        module = importlib.import_module(PLANTED)
    except ModuleNotFoundError:
        return ()
    return tuple(module.PLANTED)


def tried(bug: Planted, seeds: int = MUTANT_SEEDS) -> Caught:
    """Look for the first session that shows a planted bug and that the real core passes."""
    first, real = 0, live_parts()
    while (found := first_failing(range(first, seeds), bug.parts())) is not None:
        seed, breaches = found
        if first_failing((seed,), real) is None:
            own = next((b for b in breaches if b.code in codes_of(bug.promise)), breaches[0])
            return Caught(bug.name, bug.promise, seed, own.code.value)
        first = seed + 1
    return Caught(bug.name, bug.promise, None, "")


def _stretches(first: int, seeds: int, jobs: int) -> Iterator[Tally]:
    ranges = [(n, min(n + STRETCH, first + seeds)) for n in range(first, first + seeds, STRETCH)]
    if jobs == 1:
        yield from map(_stretch, ranges)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_stretch, ranges)


def _stretch(seeds: tuple[int, int]) -> Tally:
    return played(range(*seeds), live_parts())


def _saved(tally: Tally, folder: Path) -> Iterator[str]:
    for seed, breaches in tally.failing[:MOST_SHRUNK]:
        code = breaches[0].code
        plan = shrunk(drawn(seed), live_parts(), code)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"seed_{seed}_{code.name.lower()}.json"
        tree = {"code": code.name, "sentence": breaches[0].sentence, "plan": plan.as_json}
        path.write_text(json.dumps(tree, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        yield str(path)
