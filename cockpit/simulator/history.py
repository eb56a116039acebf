"""The daily history of the practice market: one walker takes one step a session; seed and dates decide all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import BadInput
from cockpit.market import Session
from cockpit.simulator import effects
from cockpit.simulator.draws import DayDraws, draws, steps
from cockpit.simulator.grid import FULL_DAY_STEPS, Grid, grid_of
from cockpit.simulator.listings import Listing
from cockpit.simulator.planted import Signals
from cockpit.simulator.traits import drawn_traits, results_days
from cockpit.simulator.walk import (
    Scales,
    band_of,
    knots_of,
    log_paths,
    on_tick,
    tick_sizes,
    trending,
    unusually_busy,
)

HISTORY_FROM: Final = date(2021, 1, 1)
"""The market's first session; every practice day stands on the same past."""
INDEX_START: Final = 1_500_000
LEAST_VOLUME: Final = 400
EXCESS: Final = 0.45
"""How far a day's extremes lie beyond the five-minute grid, in step volatilities."""


@dataclass(frozen=True, slots=True)
class History:
    """Columns [day, name] unless said otherwise; prices in paise as they traded, before any adjustment."""

    days: NDArray[Any]
    """datetime64[D] [day]."""
    open: NDArray[Any]
    high: NDArray[Any]
    low: NDArray[Any]
    close: NDArray[Any]
    previous: NDArray[Any]
    """The close before, in today's shares: what the wire calls close and what bands are made from."""
    volume: NDArray[Any]
    delivery: NDArray[Any]
    own: NDArray[Any]
    drift: NDArray[Any]
    later: NDArray[Any]
    """Part of the log volume that the day's own moves brought: the morning does not know it yet."""
    tick: NDArray[Any]
    split: NDArray[Any]
    """Shares that one share became this morning; 1 on nearly all days."""
    market: NDArray[Any]
    """[day]: daily volatility of the market."""
    sector: NDArray[Any]
    regime: NDArray[Any]
    index: NDArray[Any]
    """[day, 4]: open, high, low, close of the index, in hundredths."""

    def row(self, day: date) -> int:
        """Answer the row of a session; BadInput when it is none or lies outside."""
        row = int(np.searchsorted(self.days, np.datetime64(day, "D")))
        if row >= len(self.days) or self.days[row] != np.datetime64(day, "D"):
            raise BadInput(f"{day} is no session of the practice market ({self.days[0]} to {self.days[-1]})")
        return row


def simulated(seed: int, listings: Sequence[Listing], sessions: Sequence[Session]) -> History:
    """Walk the market through `sessions`, the first of which is the first session since `HISTORY_FROM`."""
    walker = _Walker(seed, listings, sessions)
    for t in range(len(sessions)):
        walker.step(t)
    return walker.history


class _Walker:
    def __init__(self, seed: int, listings: Sequence[Listing], sessions: Sequence[Session]) -> None:
        self._seed = seed
        self._sessions = sessions
        self._traits = drawn_traits(seed, listings)
        n, n_days = len(listings), len(sessions)
        self._results = results_days(seed, n, [s.day for s in sessions])
        self._signals = Signals(self._traits, n_days)
        self._market_log = 0.0
        self._sector_log = 0.0
        self._own_log = np.zeros(n)
        self._activity = np.zeros(n)
        self._regime = 1
        self.history = _empty(n_days, n, np.array([s.day for s in sessions], dtype="datetime64[D]"))

    def step(self, t: int) -> None:
        day = self._sessions[t].day
        traits = self._traits
        dice = draws(self._seed, day, len(traits.beta), traits.n_sectors)
        previous, tick = self._morning(t, dice)
        scales = self._scales(t, dice)
        grid = grid_of(self._sessions[t])
        band = band_of(previous, traits.band, tick)
        opening = np.clip(on_tick(previous * np.exp(self._gap(t, dice, scales)), tick), *band)
        inside = steps(self._seed, day, len(traits.beta), traits.n_sectors, grid.n_steps)
        busy = unusually_busy(dice, self._results[t])
        knots = knots_of(opening, log_paths(traits, scales, inside, trending(dice, busy)), tick, band)
        self._keep_prices(t, grid, dice, opening, knots, tick, band)
        self._keep_index(t, grid, knots)
        self._evening(t, dice, busy, grid.n_steps / FULL_DAY_STEPS)

    def _morning(self, t: int, dice: DayDraws) -> tuple[NDArray[Any], NDArray[Any]]:
        """Answer the close before in today's shares and today's tick size; splits happen here."""
        h, n = self.history, len(self._traits.beta)
        if t == 0:
            previous = self._traits.start
            tick = tick_sizes(previous)
            ratio = np.ones(n, dtype=np.int64)
        else:
            before = h.close[t - 1].astype(np.int64)
            ratio = np.where(
                (dice.split < 1) & (before > 20_000),
                np.where(before > 150_000, np.where(before > 500_000, 10, 5), 2),
                1,
            )
            new_month = self._sessions[t].day.month != self._sessions[t - 1].day.month
            tick = tick_sizes(before) if new_month else h.tick[t - 1].astype(np.int64)
            previous = on_tick(before / ratio, tick)
        h.previous[t], h.tick[t], h.split[t] = previous, tick, ratio
        return previous, tick

    def _scales(self, t: int, dice: DayDraws) -> Scales:
        self._turn_weather(dice)
        _, drift_year, volatility_year, _ = effects.REGIMES[self._regime]
        per_day = np.sqrt(effects.SESSIONS_A_YEAR)
        self._market_log = 0.95 * self._market_log + 0.11 * dice.market[1]
        market = volatility_year / per_day * np.exp(self._market_log)
        quiet = self._traits.own * np.exp(self._own_log)
        planted = self._signals.drift(t, dice, self._results[t]) * quiet
        drift = planted + self._traits.beta * drift_year / effects.SESSIONS_A_YEAR * 0.6 - quiet**2 / 2
        own = quiet * dice.tail * np.where(self._results[t], 1.4, 1.0)
        scales = Scales(market, 0.6 * market + 0.002, own.astype(np.float32), drift.astype(np.float32))
        h = self.history
        h.own[t], h.drift[t], h.market[t], h.sector[t] = scales.own, scales.drift, scales.market, scales.sector
        h.regime[t] = self._regime
        return scales

    def _turn_weather(self, dice: DayDraws) -> None:
        if dice.regime < effects.REGIMES[self._regime][3]:
            others = [r for r in range(len(effects.REGIMES)) if r != self._regime]
            self._regime = others[int(dice.regime_next * len(others))]

    def _gap(self, t: int, dice: DayDraws, scales: Scales) -> NDArray[Any]:
        root = np.sqrt(effects.OVERNIGHT_SHARE)
        traits = self._traits
        drift = effects.REGIMES[self._regime][1] / effects.SESSIONS_A_YEAR * 0.4
        jump = effects.NEWS_JUMP * dice.tone + np.where(self._results[t], effects.RESULTS_JUMP * dice.surprise, 0.0)
        common = traits.beta * (scales.market * root * dice.market[0] + drift)
        sector = (scales.sector * root * dice.sector_gap)[traits.sector]
        own = scales.own * root * dice.gap + jump * traits.own * np.exp(self._own_log)
        return np.asarray(common + sector + own)

    def _keep_prices(
        self, t: int, grid: Grid, dice: DayDraws, opening: Any, knots: Any, tick: Any, band: tuple[Any, Any]
    ) -> None:
        h, auction = self.history, self._traits.auction & grid.has_auction
        seen = np.concatenate([opening[:, None], knots], axis=1)
        early = seen[:, : grid.n_auction_steps + 1]
        high = np.where(auction, early.max(axis=1), seen.max(axis=1))
        low = np.where(auction, early.min(axis=1), seen.min(axis=1))
        reach = EXCESS * dice.excess * h.own[t] / np.sqrt(FULL_DAY_STEPS) * opening
        high = np.minimum(high + np.floor(reach[0] / tick).astype(np.int64) * tick, band[1])
        low = np.maximum(low - np.floor(reach[1] / tick).astype(np.int64) * tick, band[0])
        h.open[t], h.high[t], h.low[t] = opening, high, low
        # The auction finds its price near where trading ended; beyond the day's range it does not go.
        h.close[t] = np.where(auction, np.clip(knots[:, -1], low, high), knots[:, -1])

    def _keep_index(self, t: int, grid: Grid, knots: NDArray[Any]) -> None:
        h, held = self.history, np.flatnonzero(self._traits.index_weight)
        auction = (self._traits.auction & grid.has_auction)[held]
        path = knots[held]
        # What closes by auction stands still from the end of its trading until the auction prints.
        path[auction, grid.n_auction_steps :] = path[auction, grid.n_auction_steps - 1][:, None]
        path = np.concatenate([h.open[t][held][:, None], path, h.close[t][held][:, None]], axis=1)
        before = INDEX_START if t == 0 else int(h.index[t - 1, 3])
        level = np.rint(index_levels(before, self._traits.index_weight[held], path, h.previous[t][held])).astype(
            np.int64
        )
        h.index[t] = level[0], level.max(), level.min(), level[-1]

    def _evening(self, t: int, dice: DayDraws, busy: NDArray[Any], length: float) -> None:
        h, traits = self.history, self._traits
        move = np.log(h.close[t] / h.previous[t])
        quiet = traits.own * np.exp(self._own_log)
        self._activity = 0.9 * self._activity + 0.12 * dice.activity
        gap = np.log(h.open[t] / h.previous[t])
        stirred = _stirred(move / quiet)
        h.later[t] = stirred - _stirred(gap / quiet)
        loud = 0.30 * dice.busyness + stirred
        loud += np.where(self._results[t], 0.8, 0.0) + np.where(dice.tone != 0, 0.5, 0.0) + np.where(busy, 0.15, 0.0)
        grown = np.exp(self._signals.log_close(t - 1) + np.log(h.previous[0]) - np.log(traits.start))
        value = traits.adv_paise * np.sqrt(grown) * np.exp(self._activity + loud - 0.15) * length
        h.volume[t] = np.maximum(value / h.close[t], LEAST_VOLUME)
        shock = 0.08 * dice.delivery
        h.delivery[t] = np.clip(traits.delivery + shock, 0.03, 0.97)
        self._own_log = np.clip(
            0.94 * self._own_log + 0.07 * dice.volatility + 0.05 * (np.abs(move) / quiet - 1), -0.9, 1.2
        )
        self._signals.close(t, move, dice, self._results[t])


def _stirred(move: NDArray[Any]) -> NDArray[Any]:
    """Answer by how much (log) a move in own volatilities raises the volume."""
    return np.asarray(0.35 * np.clip(np.abs(move) - 0.9, -0.6, 3.0))


def index_levels(before: int, weight: NDArray[Any], prices: NDArray[Any], previous: NDArray[Any]) -> NDArray[Any]:
    """Answer the index [instant] from prices [name, instant]: yesterday's level times the weighted price relatives."""
    return np.asarray(before * (weight[:, None] * (prices / previous[:, None])).sum(axis=0))


def _empty(n_days: int, n: int, days: NDArray[Any]) -> History:
    kinds: dict[str, Any] = {
        "volume": np.int64, "delivery": np.float32, "own": np.float32, "drift": np.float32, "later": np.float32,
        "tick": np.int16, "split": np.int8,
    }  # fmt: skip
    columns: dict[str, Any] = {
        f.name: np.zeros((n_days, n), dtype=kinds.get(f.name, np.int32)) for f in fields(History) if f.name != "days"
    }
    columns |= {"market": np.zeros(n_days), "sector": np.zeros(n_days), "regime": np.zeros(n_days, dtype=np.int8)}
    return History(days=days, **columns | {"index": np.zeros((n_days, 4), dtype=np.int32)})
