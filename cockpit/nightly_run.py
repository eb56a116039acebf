"""The nights of one market: evidence, brains, shelf and journal plugged together, for one evening or many.

Runs in a process of its own or behind a command; nothing here is imported by the window.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from cockpit import __version__
from cockpit.brain_roster import brains
from cockpit.brains.learning.training import Plan
from cockpit.brains.weighing.weight_text import signed
from cockpit.brains.weighing.weights import cold_start, released
from cockpit.clock import ist_day
from cockpit.engine.nightly import Chain, Night, Step
from cockpit.errors import Abstained, BadInput, WeightsUnavailable
from cockpit.evening.almanac import Almanac, as_of, measured
from cockpit.evening.model_shelf import ModelShelf
from cockpit.evening.retraining import Contest, announced, contested
from cockpit.evening.track import Track
from cockpit.evening.vigil import VigilShelf
from cockpit.evening.weight_shelf import WeightShelf
from cockpit.evening.work import Plugs, Work
from cockpit.evidence import Evidence
from cockpit.facts import Genesis, Incident, JournalFact, RegimeMoved, WeightsMoved
from cockpit.judged_scan import NIGHTLY
from cockpit.opinions import Weights
from cockpit.orders import Mode
from cockpit.storage.codec import encoded
from cockpit.storage.home import Home
from cockpit.storage.instance import held
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.nights import NightFolder
from cockpit.storage.shelf import FileShelf
from cockpit.venues.quality import gated

RELEASED: Final = "None needed: it begins on the second rung, with what it learned counted half."
FRIDAY: Final = 4
BROKE: Final = "Run it again: it goes on where it stopped. If it breaks off again, report what it says."
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Market:
    """One market whose evenings can be judged: a name for its folders, and the evidence of its newest evening."""

    name: str
    whole: Evidence
    """Through the quality gate: what is measured."""
    raw: Evidence | None = None
    """As the sources gave it, where it differs; each evening passes the gate with what was known by then."""

    @property
    def sessions(self) -> Sequence[date]:
        """Answer its sessions, oldest first."""
        return tuple(self.whole.prices.value.days.astype(object))

    def check(self, session: date) -> None:
        """Refuse a day that is no session of this market, naming what there is."""
        days = self.sessions
        if session not in set(days):
            raise BadInput(
                f"{session} is no session of {self.name}", remedy=f"Give a session between {days[0]} and {days[-1]}."
            )


def recorded_market(folder: Path, resources: Path) -> Market:
    """Answer the market of a folder of recordings, through the quality gate once for all of its evenings.

    Errors: BadInput when the folder has no daily prices; Abstained when the gate refuses them.
    """
    from cockpit.venues.recorded_evidence import recorded_evidence
    from cockpit.venues.renames import load_renames

    whole = recorded_evidence(folder, load_renames(resources / "renames.csv"))
    return Market("recorded", gated(whole), whole)


def practice_market_of(seed: int, session: date, resources: Path, home: Home) -> Market:
    """Answer the practice market of a seed, up to the evening of `session`."""
    from cockpit.practice_run import practice_market
    from cockpit.simulator.evidence import practice_evidence

    market = practice_market(seed, resources, home)
    whole = practice_evidence(market, session)
    return Market(f"practice-{seed}", gated(whole), whole)


class NightHouse:
    """An open market: its almanac, shelf, nights and journal. Make it with `opened`."""

    def __init__(self, market: Market, home: Home, ledger: SqlLedger, tell: Tell) -> None:
        self.market, self.home, self.tell = market, home, tell
        self.ledger = ledger
        shelf = FileShelf(home.root / "shelf" / market.name)
        self.models, self.weights, self.vigils = ModelShelf(shelf), WeightShelf(shelf), VigilShelf(shelf)
        self.nights = NightFolder(home.root / "nights" / market.name)
        self.track = Track(self.nights)
        self.settings = home.read_settings()
        self.brains = brains()
        self._almanac: Almanac | None = None
        self._known: set[str] = set()
        self._exposures: dict[date, float] = {}
        self._learn([entry.fact for entry in ledger.read()])
        self._loop = asyncio.get_running_loop()

    @property
    def names(self) -> tuple[str, ...]:
        """Answer the brains' names."""
        return tuple(brain.name for brain in self.brains)

    @property
    def almanac(self) -> Almanac:
        """Answer everything measured of the market's evenings; each row knows its own evening only."""
        if self._almanac is None:
            self._almanac = measured(self.market.whole, self.brains, self.tell)
        return self._almanac

    def write(self, facts: Sequence[JournalFact]) -> None:
        """Make facts durable from a working thread; what the journal knows already is left out."""
        new = [fact for fact in facts if encoded(fact) not in self._known]
        if new:
            asyncio.run_coroutine_threadsafe(self.ledger.write(*new), self._loop).result()
            self._learn(new)  # only what is durable is known

    def _learn(self, facts: Sequence[JournalFact]) -> None:
        self._known.update(encoded(fact) for fact in facts)
        self._exposures.update({ist_day(f.ts): f.exposure for f in facts if isinstance(f, RegimeMoved)})

    # -- what can be done here, from a thread ------------------------------------------------------------

    def train(self, upto: date, plan: Plan, only: Sequence[str] = ()) -> Iterator[Contest | tuple[str, str]]:
        """Train each brain on what was known by the evening of `upto`; answer what became of it, or why not."""
        self.market.check(upto)
        chosen = [name for name in self.names if not only or name in only]
        for n, brain in enumerate(chosen):
            self.tell(f"training {brain}", n, len(chosen))
            try:
                yield contested(brain, self.almanac, self.models, self.track, upto, plan, partial(self._announce, upto))
            except Abstained as reason:
                yield brain, str(reason)

    def _announce(self, upto: date, contest: Contest) -> None:
        self.write(announced(contest, as_of(upto)))

    def begin_weights(self, session: date, by: str, why: str) -> None:
        """Write a cold start on purpose: equal shares, signed. It is refused where weights were learned already."""
        newest = self.weights.newest()
        if newest is not None:
            raise BadInput(
                f"weights of {newest.session} are in use ({newest.reason})",
                remedy="Run `cockpit nightly` to bring them up to date; a cold start never replaces what was learned.",
            )
        weights = cold_start(self.names, session, as_of(session), by, why)
        self.write([WeightsMoved(as_of(session), weights)])
        self.weights.write(weights)

    def release_weights(self, session: date, by: str, why: str) -> Weights:
        """Let stopped or aged weights be used again from the evening of `session`: somebody looked and signs for it.

        Errors: WeightsUnavailable when there are none; BadInput for nobody or a reason under 10 characters.
        """
        newest = self.weights.newest()
        if newest is None:
            raise WeightsUnavailable("no snapshot of weights was ever stored: `cockpit train` begins with one")
        free = signed(replace(released(newest, as_of(session), by, why), session=session))
        self.write([WeightsMoved(as_of(session), free)])
        self.weights.write(free)
        return free

    def release_brain(self, brain: str, session: date, by: str, why: str) -> None:
        """Let a brain that drift silenced speak again: somebody looked and signs; BadInput as `Vigil.released`."""
        free = self.vigils.read(self.names).released(brain, by, why)
        self.write([Incident(as_of(session), brain, f"may speak again, released by {by}: {why}", RELEASED)])
        self.vigils.write(free, session)

    def evening(self, session: date, plan: Plan, refit_months: int) -> tuple[Night, Work]:
        """Do the whole work of one evening; answer how far it came, and the work for whoever wants to look into it."""
        work = Work(self._plugs(plan, refit_months), session)
        return self._run(work, work.steps()), work

    def until(self, session: date, step: str) -> tuple[Night, Work]:
        """Do an evening's work up to and with `step`, which leaves the rest for the night."""
        work = Work(self._plugs(Plan(), 0), session)
        steps = work.steps()
        last = [s.name for s in steps].index(step)
        return self._run(work, steps[: last + 1]), work

    def _run(self, work: Work, steps: Sequence[Step]) -> Night:
        """Run steps; what stops them, a fault with a name or a bug, is in the journal before anybody hears of it."""
        try:
            night = Chain(steps, self.nights, self.tell).run(work.session)
        except Exception as bug:
            self._tell_stop(work, f"broke off: {type(bug).__name__}: {bug}", BROKE)
            raise
        if night.fault is not None:
            self._tell_stop(work, f"stopped at {night.stopped_at}: {night.fault}", night.fault.remedy)
        return night

    def _tell_stop(self, work: Work, what: str, remedy: str) -> None:
        self.write([Incident(work.as_of, "evening", f"the evening of {work.session} {what}", remedy)])

    def _plugs(self, plan: Plan, refit_months: int) -> Plugs:
        return Plugs(
            brains=self.names,
            words={brain.name: brain.words for brain in self.brains},
            evidence=self._evidence,
            almanac=lambda evidence: self.almanac,
            models=self.models,
            weights=self.weights,
            vigils=self.vigils,
            nights=self.nights,
            track=self.track,
            write=self.write,
            settings=self.settings.scan,
            exposure_before=self._exposure_before,
            refit=lambda session, before: bool(refit_months) and _begins(session, before, refit_months),
            plan=plan,
            looks_at_inputs=lambda session: session.weekday() == FRIDAY,
        )

    def _evidence(self, session: date) -> Evidence:
        self.market.check(session)
        source = self.market.raw or self.market.whole
        return gated(source.known(session, as_of(session)))

    def _exposure_before(self, session: date) -> float | None:
        before = [day for day in self._exposures if day < session]
        return self._exposures[max(before)] if before else None


def _begins(session: date, before: date, months: int) -> bool:
    """Tell whether `session` is the first of a month (of every `months`-th) in which models are fitted again."""
    return session.month != before.month and (session.month - 1) % months == 0


@asynccontextmanager
async def opened(market: Market, home: Home, tell: Tell) -> AsyncIterator[NightHouse]:
    """Open a market's nights in a data folder; one process at a time.

    Errors: AlreadyRunning when another one works on the nights of this folder.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(held(home.root / "nights"))  # not the folder's own lock: a window may be open on it
        path = home.ledger(f"{NIGHTLY}/{market.name}")
        ledger = SqlLedger.open(path, anchors=home.anchors(f"{NIGHTLY}/{market.name}"))
        stack.push_async_callback(ledger.close)
        if not ledger.head[0]:
            first = market.sessions[0]
            await ledger.write(Genesis(as_of(first), Mode.REPLAY, market.name, 0, __version__))
        yield NightHouse(market, home, ledger, tell)
