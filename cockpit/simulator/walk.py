"""How prices move inside one session: market, sector and own steps add up, and some days go on as they began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.simulator.draws import DayDraws, Steps
from cockpit.simulator.effects import OVERNIGHT_SHARE, TREND_BUSY_SHARE, TREND_SHARE, TREND_SIZE
from cockpit.simulator.grid import FULL_DAY_STEPS
from cockpit.simulator.traits import Traits

FIRST_STEPS: Final = 3
"""The first 15 minutes set the direction of a trend day."""
BUSY_ABOVE: Final = 0.45
TICK_TABLE: Final = ((250_00, 1), (1_000_00, 5), (5_000_00, 10), (10_000_00, 50), (20_000_00, 100))
"""Tick size in paise below each price in paise, by the close of the month before (exchange rule since 2025-04-15)."""
TOP_TICK: Final = 500


@dataclass(frozen=True, slots=True)
class Scales:
    """How big a day's moves are: what the walk of the day needs to know of all days before."""

    market: float
    sector: float
    own: NDArray[Any]
    """float32 [name], fat tail of the day included."""
    drift: NDArray[Any]
    """float32 [name]: log return from open to close that is planned: planted effects and the market's drift."""


def variance_profile(n_steps: int) -> NDArray[Any]:
    """Answer each step's share of the session's variance: much in the morning, little at noon, some at the close."""
    k = np.arange(n_steps)
    shape = 1 + 8.0 * np.exp(-k / 3) + 0.6 * np.exp(-(n_steps - 1 - k) / 5)
    return np.asarray(shape / shape.sum())


def trending(dice: DayDraws, busy: NDArray[Any]) -> NDArray[Any]:
    """Tell which names go on today in the direction of their first 15 minutes."""
    return np.asarray(dice.trend < np.where(busy, TREND_BUSY_SHARE, TREND_SHARE))


def unusually_busy(dice: DayDraws, results: NDArray[Any]) -> NDArray[Any]:
    """Tell which names trade unusual volume today."""
    return np.asarray((0.3 * dice.busyness + 0.5 * (dice.tone != 0) + 0.8 * results) > BUSY_ABOVE)


def log_paths(traits: Traits, scales: Scales, inside: Steps, trend: NDArray[Any]) -> NDArray[Any]:
    """Answer float64 [name, step]: the log price after each step, relative to the open."""
    n_steps = len(inside.market)
    profile = variance_profile(n_steps)
    root = np.sqrt(profile * (1 - OVERNIGHT_SHARE) * n_steps / FULL_DAY_STEPS)
    tau = np.cumsum(np.full(n_steps, 1 / n_steps))
    # In place from here on: this is most of the work of six years.
    paths = np.cumsum(inside.own * root.astype(np.float32), axis=1).astype(np.float64)
    paths *= scales.own[:, None]
    paths += traits.beta[:, None] * (scales.market * np.cumsum(inside.market * root))
    paths += (scales.sector * np.cumsum(inside.sector * root, axis=1))[traits.sector]
    paths += scales.drift[:, None] * tau
    if n_steps > FIRST_STEPS:
        ramp = np.clip((np.arange(n_steps) - FIRST_STEPS + 1) / (n_steps - FIRST_STEPS), 0, 1) ** 0.7
        going = np.flatnonzero(trend)
        size = TREND_SIZE * np.sqrt(1 - OVERNIGHT_SHARE) * scales.own[going] * np.sign(paths[going, FIRST_STEPS - 1])
        paths[going] += size[:, None] * ramp
    return paths


def tick_sizes(close: NDArray[Any]) -> NDArray[Any]:
    """Answer the tick size that each close (paise) leads to."""
    tick = np.full(len(close), TOP_TICK, dtype=np.int64)
    for below, size in reversed(TICK_TABLE):
        tick[close < below] = size
    return tick


def on_tick(price: NDArray[Any], tick: NDArray[Any]) -> NDArray[Any]:
    """Round prices (paise) to the nearest tick, at least one tick."""
    return np.asarray(np.maximum(np.rint(price / tick).astype(np.int64) * tick, tick))


def band_of(previous: NDArray[Any], band: NDArray[Any], tick: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Answer the lowest and the highest price of the day, on the tick grid, inside the band."""
    low = np.ceil(previous * (1 - band) / tick).astype(np.int64) * tick
    high = np.floor(previous * (1 + band) / tick).astype(np.int64) * tick
    low = np.maximum(low, tick)
    return low, np.maximum(high, low)


def knots_of(opening: NDArray[Any], paths: NDArray[Any], tick: NDArray[Any], band: tuple[Any, Any]) -> NDArray[Any]:
    """Answer int64 [name, step]: the price at the end of each step, on the grid and inside the band."""
    prices = np.exp(paths)
    prices *= opening[:, None]
    prices /= tick[:, None]
    knots = np.rint(prices, out=prices).astype(np.int64)
    knots *= tick[:, None]
    return np.asarray(np.clip(knots, band[0][:, None], band[1][:, None], out=knots))
