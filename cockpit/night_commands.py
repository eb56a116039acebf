"""What the commands of the night do: train the brains, walk evenings, and say what came of it."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from cockpit.brains.learning.training import Plan
from cockpit.brains.record.scorecard import Standing, lead, standings
from cockpit.brains.record.track_record import TrackRecord
from cockpit.brains.weighing.ensemble import ENSEMBLE
from cockpit.brains.weighing.shadows import BEST, UNIFORM
from cockpit.errors import Abstained, BadInput, CockpitError, WeightsUnavailable
from cockpit.evening.retraining import Contest
from cockpit.facts import ScanPublished
from cockpit.judged_scan import is_trained
from cockpit.nightly_run import Market, NightHouse, opened, practice_market_of, recorded_market
from cockpit.opinions import Scan, Weights
from cockpit.places import resources_folder
from cockpit.storage.home import Home
from cockpit.told import without_nan

T = TypeVar("T")
PUBLISHED: Final = "publish"
PRACTICE_EVE: Final = date(2026, 11, 19)
"""The evening before the day that is practised when none is given."""
SEEDS: Final = (1, 2, 3)
HEAD: Final = (
    f"{'voice':<14}{'evenings':>9}{'rank IC':>9}{'error':>8}{'t':>7}  {'95 % interval':<18}{'hit rate':>9}  "
    f"{'interval':<16}{'Brier':>8}"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command answers: text for a person and plain values for a script."""

    text: str
    as_json: Any


@dataclass(frozen=True, slots=True)
class Training:
    """How models are trained: months between the refits of a record, sessions before its first, seeds compared."""

    months: int = 6
    first: int = 504
    seeds: tuple[int, ...] = SEEDS

    @property
    def plan(self) -> Plan:
        """Answer the same in the words of the brains."""
        return Plan(first=self.first, months=self.months, seeds=self.seeds)


@dataclass(frozen=True, slots=True)
class Whose:
    """Which market a command is about: recordings in a folder, the NSE itself, or the practice market of a seed."""

    data: Path | None = None
    nse: bool = False
    seed: int = 7

    @property
    def market(self) -> str:
        """Answer the name of its folders."""
        return "recorded" if self.data is not None else "nse" if self.nse else f"practice-{self.seed}"

    async def opened(self, session: date | None, home: Home) -> Market:
        """Answer the market as known on the evening of `session`, its newest (the practice eve) when it is None."""
        resources = resources_folder()
        if self.data is not None:
            return await asyncio.to_thread(recorded_market, self.data, resources)
        if self.nse:
            from cockpit.live_market import nse_market

            return await nse_market(session, resources, home)
        return await asyncio.to_thread(practice_market_of, self.seed, session or PRACTICE_EVE, resources, home)


async def trained(
    whose: Whose, home: Path | None, until: date | None, only: Sequence[str], training: Training
) -> Shown:
    """Train brains on what was known by one evening, and sign a cold start where there are no weights yet.

    `until` is the newest evening when it is None.
    """

    def work(house: NightHouse) -> Shown:
        upto = until or house.market.sessions[-1]
        results = list(house.train(upto, training.plan, only))
        lines = [_contest_line(result) for result in results]
        begun = ""
        if house.weights.newest() is None:
            house.begin_weights(upto, getpass.getuser(), "equal shares of a first evening, nothing has come true yet")
            begun = (
                f"weights: equal shares of {upto}, signed by {getpass.getuser()}; `cockpit nightly` learns from here"
            )
            lines.append(begun)
        told = [asdict(r) if isinstance(r, Contest) else {"brain": r[0], "won": False, "why": r[1]} for r in results]
        return Shown("\n".join(lines), {"models": told, "cold_start": bool(begun)})

    return await _in_house(whose, home, until, work)


async def walked(
    whose: Whose,
    home: Path | None,
    begin: date | None,
    end: date | None,
    refit_months: int,
    training: Training,
) -> Shown:
    """Do the whole work of every evening from `begin` to `end`, and answer the scorecard of all that came true.

    The newest evening stands for an `end` of None, and `end` for a `begin` of None. An evening whose evidence does not
    allow scoring is left out, which the journal and the answer tell; the next one may be better.

    Errors: Abstained naming the evening and the step, when it is the last or when what was learned cannot be used.
    """

    def work(house: NightHouse) -> Shown:
        last = end or house.market.sessions[-1]
        first = begin or last
        evenings = house.almanac.sessions(first, last)
        if not evenings:
            raise BadInput(f"no session of {house.market.name} between {first} and {last}")
        left_out: list[str] = []
        for n, session in enumerate(evenings):
            house.tell(f"evening of {session}", n, len(evenings))
            night, _ = house.evening(session, training.plan, refit_months)
            if night.fault is None:
                continue
            told = f"the evening of {session} stopped at {night.stopped_at}: {night.fault}"
            if session == evenings[-1] or not _may_pass(night.fault):
                raise Abstained(told, remedy=night.fault.remedy)
            left_out.append(told)
        return scorecard_shown(house, last, left_out)

    return await _in_house(whose, home, end, work)


def _may_pass(fault: CockpitError) -> bool:
    """Tell whether a fault is of one evening's evidence alone, so that the next evening may do without it."""
    return isinstance(fault, Abstained) and not isinstance(fault, WeightsUnavailable)


async def freed(whose: Whose, home: Path | None, brain: str, why: str) -> Shown:
    """Release a silenced brain, or the weights when no brain is named, from the newest evening on; the reason stays."""

    def work(house: NightHouse) -> Shown:
        session, by = house.market.sessions[-1], getpass.getuser()
        if brain:
            house.release_brain(brain, session, by, why)
            return Shown(f"{brain} may speak again from {session}", {"brain": brain, "session": str(session)})
        weights = house.release_weights(session, by, why)
        return Shown(
            f"weights {weights.snapshot_id} may be used from {session}",
            {"weights": weights.snapshot_id, "session": str(session)},
        )

    return await _in_house(whose, home, None, work)


async def scanned_by_brains(whose: Whose, home: Path | None, evening: date | None) -> Scan | None:
    """Answer the evening's published scan, doing the evening's work up to it where it was not done yet.

    None when no brain was ever trained on this market: then there is nothing to judge with.
    """

    def work(house: NightHouse) -> Scan | None:
        session = evening or house.market.sessions[-1]
        for entry in house.ledger.read():
            if isinstance(entry.fact, ScanPublished) and entry.fact.scan.session == session:
                return entry.fact.scan
        house.market.check(session)
        night, done = house.until(session, PUBLISHED)
        if night.fault is not None:
            raise night.fault
        return done.scan

    if not is_trained(Home.at(home), whose.market):
        return None
    return await _in_house(whose, home, evening, work)


def scorecard_shown(house: NightHouse, upto: date, left_out: Sequence[str] = ()) -> Shown:
    """Say what came true by the evening of `upto`: skill with honest errors, the ensemble's worth, the weights."""
    record = house.track.record(upto)
    if record is None:
        return Shown("\n".join(["nothing has come true yet", *left_out]), {"standings": []})
    regimes = np.array([house.almanac.regime(day).state.value for day in record.sessions.astype(object)])
    found = standings(record, regimes)
    snapshots = house.weights.history()
    rivals = [over for over in (UNIFORM, BEST) if {over, ENSEMBLE} <= set(record.voices)]
    ahead = {over: lead(record, ENSEMBLE, over) for over in rivals}
    days = record.sessions
    lines = [
        f"{len(days)} evenings marked, {days[0]} to {days[-1]}; errors know that outcomes overlap (lag 2H)",
        f"{len(left_out)} evenings left out" + "".join(f"\n  {words}" for words in left_out),
        "",
        HEAD,
        *(_standing_line(s) for s in found if not s.regime),
        "",
        *(
            f"ensemble over {over}: {1e4 * e.mean:+.2f} bp of Brier loss, error {1e4 * e.error:.2f}, t {e.t:+.2f}"
            for over, e in ahead.items()
        ),
        "",
        "by regime",
        *(f"{s.regime:<9}{_standing_line(s)}" for s in found if s.regime),
        "",
        "weights by month (last snapshot of each)",
        *_weight_lines(snapshots),
    ]
    return Shown("\n".join(lines), without_nan(_scorecard_json(found, snapshots, record)))


async def _in_house(whose: Whose, home: Path | None, session: date | None, work: Callable[[NightHouse], T]) -> T:
    place = Home.at(home)
    market = await whose.opened(session, place)
    async with opened(market, place, _progress) as house:
        answer = await asyncio.to_thread(work, house)
    _progress("", 1, 1)
    return answer


def _progress(stage: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{stage} {done}/{total}".ljust(78)[:78] if stage else "\r" + " " * 78 + "\r")
        sys.stderr.flush()


def _contest_line(result: Contest | tuple[str, str]) -> str:
    if isinstance(result, tuple):
        return f"{result[0]:<14} not trained: {result[1]}"
    state = "published" if result.won else "kept beside the champion"
    return " ".join(
        [f"{result.brain:<14} {result.version[:12]} {state}: {result.why}", *(a.sentence for a in result.alarms)]
    )


def _standing_line(s: Standing) -> str:
    told = f"{s.voice:<14}{s.sessions:>9}"
    if np.isnan(s.ic.t):
        told += f"{'—':>9}{'—':>8}{'—':>7}  {'—':<18}"
    else:
        interval = f"[{s.ic.low:+.4f}, {s.ic.high:+.4f}]"
        told += f"{s.ic.mean:>+9.4f}{s.ic.error:>8.4f}{s.ic.t:>+7.2f}  {interval:<18}"
    if not s.names:
        return f"{told}{'no call':>9}  {'—':<16}{s.brier:>8.5f}"
    return f"{told}{s.accuracy:>9.2%}  {f'[{s.low:.1%}, {s.high:.1%}]':<16}{s.brier:>8.5f}"


def _weight_lines(snapshots: Iterable[Weights]) -> list[str]:
    by_month: dict[str, Weights] = {}
    for weights in snapshots:
        if weights.session is not None:
            by_month[f"{weights.session:%Y-%m}"] = weights
    return [
        f"{month}  " + "  ".join(f"{brain} {share:.3f}" for brain, share in w.shares.items()) + f"  ({w.reason})"
        for month, w in sorted(by_month.items())
    ]


def _scorecard_json(found: Sequence[Standing], snapshots: Iterable[Weights], record: TrackRecord) -> dict[str, Any]:
    return {
        "evenings": len(record.sessions),
        "standings": [
            {
                "voice": s.voice, "regime": s.regime, "sessions": s.sessions, "ic": s.ic.mean, "ic_error": s.ic.error,
                "ic_t": s.ic.t, "accuracy": s.accuracy, "low": s.low, "high": s.high, "brier": s.brier,
            }
            for s in found
        ],
        "weights": [
            {"session": str(w.session), "reason": w.reason, "shares": dict(w.shares), "note": w.note} for w in snapshots
        ],
    }  # fmt: skip
