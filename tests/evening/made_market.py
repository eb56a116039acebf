"""A small market with a planted reversal, two brains that look at it, and a shelf and nights in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from cockpit.brains.learning.boosting import BoostingParams
from cockpit.brains.learning.training import Plan
from cockpit.brains.weighing.weights import cold_start
from cockpit.engine.nightly import Chain, Night
from cockpit.evening.almanac import Almanac, as_of, measured
from cockpit.evening.model_shelf import ModelShelf
from cockpit.evening.retraining import contested
from cockpit.evening.track import Track
from cockpit.evening.vigil import VigilShelf
from cockpit.evening.weight_shelf import WeightShelf
from cockpit.evening.work import Plugs, Work
from cockpit.evening_ports import Brain
from cockpit.evidence import INDEX_DAY, TABLES, Evidence, Missing, Origin, Sourced
from cockpit.facts import JournalFact, RegimeMoved
from cockpit.market import DailyPanel
from cockpit.opinions import FeatureHistory
from cockpit.settings import ScanSettings
from cockpit.storage.nights import NightFolder
from cockpit.storage.shelf import FileShelf
from tests.engine.made_panels import made_panel

LAST = date(2026, 7, 31)
N_DAYS, N_NAMES = 420, 70
PLAN = Plan(first=120, months=3, seeds=(1,), stop_days=40, boosting=BoostingParams(rounds=8, min_data_in_leaf=50))
SETTINGS = ScanSettings(watch_low=10, watch_high=20, history_days=60)


@dataclass(frozen=True)
class Looking:
    """A brain with one look at the past: the return of so many days, reversed, and a column of nothing."""

    name: str
    days: int
    letter: str = "X"
    columns: tuple[str, ...] = ("reversal", "nothing")

    def features(self, evidence: Evidence) -> FeatureHistory:
        panel = evidence.prices.value
        values = np.full((*panel.close.shape, 2), np.nan, dtype=np.float32)
        values[self.days :, :, 0] = -(panel.close[self.days :] / panel.close[: -self.days] - 1)
        values[..., 1] = np.arange(panel.close.shape[1]) % 7
        tokens = tuple(i.token for i in panel.instruments)
        return FeatureHistory(panel.days, tokens, self.columns, values, np.isnan(values), f"{self.name} looks")

    def words(self, column: str, value: float) -> str:
        return f"{column} {value:+.3f}"


class Raising(Looking):
    """A brain that fails whenever it is asked to measure."""

    def features(self, evidence: Evidence) -> FeatureHistory:
        raise ZeroDivisionError("a bug of its own")


SHORT, MIDDLE, LONG = Looking("short", 2), Looking("middle", 4), Looking("long", 8)
"""Three, because two brains that may have half of the weight each have nothing to learn."""


def prices(seed: int = 3) -> DailyPanel:
    """Walk names that give back a part of what they did in the last two days."""
    dice = np.random.default_rng(seed)
    moves = dice.normal(0, 0.012, (N_DAYS, N_NAMES))
    for t in range(2, N_DAYS):
        moves[t] -= 0.25 * (moves[t - 1] + moves[t - 2])
    return made_panel(500 * np.exp(np.cumsum(moves, axis=0)), LAST)


def evidence(panel: DailyPanel | None = None) -> Evidence:
    """Answer prices and an index; everything else is missing, and says so."""
    panel = panel or prices()
    index = np.zeros(len(panel.days), INDEX_DAY)
    index["day"], index["close"] = panel.days, panel.close.mean(axis=1)
    index["vix"] = np.nan
    index["visible"] = [as_of(day) for day in panel.days.astype(object)]
    origin = Origin("made", as_of(LAST), as_of(LAST))
    tables = {name: Missing(name, "not made") for name in (*TABLES, "headlines", "surveillance")}
    return Evidence(
        session=LAST, as_of=as_of(LAST), prices=Sourced(panel, origin), **{**tables, "index": Sourced(index, origin)}
    )


@dataclass
class Place:
    """A market's folder with everything plugged together; `facts` is its journal."""

    root: Path
    whole: Evidence = field(default_factory=evidence)
    brains: Sequence[Brain] = (SHORT, MIDDLE, LONG)
    facts: list[JournalFact] = field(default_factory=list)
    _almanac: Almanac | None = None

    def __post_init__(self) -> None:
        shelf = FileShelf(self.root / "shelf")
        self.shelf = shelf
        self.models, self.weights, self.vigils = ModelShelf(shelf), WeightShelf(shelf), VigilShelf(shelf)
        self.nights = NightFolder(self.root / "nights")
        self.track = Track(self.nights)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(brain.name for brain in self.brains)

    @property
    def almanac(self) -> Almanac:
        self._almanac = self._almanac or measured(self.whole, self.brains)
        return self._almanac

    @property
    def sessions(self) -> tuple[date, ...]:
        return tuple(self.whole.prices.value.days.astype(object))

    def write(self, facts: Sequence[JournalFact]) -> None:
        self.facts += [fact for fact in facts if fact not in self.facts]

    def teach(self, upto: date, *, begin: bool = True) -> None:
        """Train every brain that can be, and sign a cold start."""
        for name in self.names:
            if name not in self.almanac.silent:
                contested(name, self.almanac, self.models, self.track, upto, PLAN)
        if begin:
            self.weights.write(cold_start(self.names, upto, as_of(upto), "a test", "a first evening made for a test"))

    def work(self, session: date) -> Work:
        plugs = Plugs(
            brains=self.names,
            words={brain.name: brain.words for brain in self.brains},
            evidence=lambda day: self.whole.known(day, as_of(day)),
            almanac=lambda _: self.almanac,
            models=self.models,
            weights=self.weights,
            vigils=self.vigils,
            nights=self.nights,
            track=self.track,
            write=self.write,
            settings=SETTINGS,
            exposure_before=self._exposure_before,
            refit=lambda *_: False,
            plan=PLAN,
            looks_at_inputs=lambda _: True,
        )
        return Work(plugs, session)

    def _exposure_before(self, session: date) -> float | None:
        known = [f.exposure for f in self.facts if isinstance(f, RegimeMoved) and f.ts < as_of(session)]
        return known[-1] if known else None

    def evening(self, session: date) -> Night:
        return Chain(self.work(session).steps(), self.nights, lambda *_: None).run(session)
