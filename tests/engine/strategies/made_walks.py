"""Random days for the rules: many names walking, with quiet minutes, partial bars and unknown figures."""

from __future__ import annotations

from typing import Any

import numpy as np

from cockpit.clock import NS
from cockpit.engine.bars import BarBuilder
from cockpit.market import Bars, Interval, TradingDay, bars_of
from cockpit.orders import Decision
from tests.engine.made_days import at, made_day

TICK = 5


def made_walk(seed: int, n: int, interval: Interval, n_bars: int) -> tuple[TradingDay, list[Bars]]:
    """Make a day of `n` names and its closed base bars with their VWAP, one array a closing instant."""
    rng = np.random.default_rng(seed)
    day = made_day(n, interval=interval, index=[n - 1] if rng.random() < 0.5 else [])
    day.stats["atr14"] = rng.uniform(500, 6000, n)
    day.stats["previous_close"] = 100_000 + rng.normal(0, 2000, n)
    day.stats["band_high"] = np.where(rng.random(n) < 0.3, rng.uniform(100_500, 110_000, n), np.nan)
    day.stats["band_low"] = np.where(rng.random(n) < 0.3, rng.uniform(90_000, 99_500, n), np.nan)
    for column in ("atr14", "previous_close"):
        day.stats[column][rng.random(n) < 0.05] = np.nan
    day.volume_curve[:] *= rng.uniform(0.3, 1.5, n)[:, None]
    day.volume_curve[rng.random(n) < 0.05] = np.nan
    closed = BarBuilder(day).push_bars(_walked(rng, day, n_bars))
    return day, [bars for bars in closed if bars["interval_s"][0] == int(interval)]


def _walked(rng: np.random.Generator, day: TradingDay, n_bars: int) -> Bars:
    n = len(day.instruments)
    bars = bars_of(n * n_bars)
    grid = bars.reshape(n_bars, n)
    grid["token"] = [instrument.token for instrument in day.instruments]
    grid["ts_open"] = (at("09:15") + np.arange(n_bars) * int(day.interval) * NS)[:, None]
    bars["interval_s"] = int(day.interval)
    pull = rng.normal(0, 6, n) * np.sign(rng.normal(0, 1, (n_bars, n)) + 0.5)
    steps = np.rint(pull + rng.normal(0, rng.uniform(5, 40, n), (n_bars, n))).astype(np.int64)
    grid["close"] = 100_000 + TICK * np.cumsum(steps, axis=0)
    grid["open"] = np.vstack([np.full((1, n), 100_000), grid["close"][:-1]])
    reach = TICK * rng.integers(0, 30, (2, n_bars, n))
    grid["high"] = np.maximum(grid["open"], grid["close"]) + reach[0]
    grid["low"] = np.minimum(grid["open"], grid["close"]) - reach[1]
    grid["volume"] = rng.integers(0, 3000, (n_bars, n))
    bars["partial"] = rng.random(len(bars)) < 0.001
    return bars[rng.random(len(bars)) > 0.002]


def mirrored(day: TradingDay, closed: list[Bars]) -> tuple[TradingDay, list[Bars]]:
    """Negate every price of a day."""
    stats = day.stats.copy()
    stats["previous_close"] = -day.stats["previous_close"]
    stats["band_low"], stats["band_high"] = -day.stats["band_high"], -day.stats["band_low"]
    turned = []
    for seen in closed:
        bars = seen.copy()
        for column in ("open", "close", "vwap"):
            bars[column] = -bars[column]
        bars["high"], bars["low"] = -bars["low"], -bars["high"]
        turned.append(bars)
    return TradingDay(day.session, day.interval, day.instruments, stats, day.volume_curve), turned


def decided(rule: Any, day: TradingDay, closed: list[Bars]) -> list[Decision]:
    """Run a rule over a day."""
    rule.open_day(day)
    return [decision for bars in closed for decision in rule.decide(bars)]
