"""Made data for the widgets: a seeded walk in real bars, and a chart or tile that shows it."""

from __future__ import annotations

from datetime import date, time

import numpy as np
from pytestqt.qtbot import QtBot

from cockpit.clock import NS, instant
from cockpit.market import Bars, Instrument, Interval, bars_of
from cockpit.widgets.candles import FocusChart

DAY = date(2026, 11, 20)
OPEN = instant(DAY, time(9, 15))
MINUTE = 60 * NS
RELIANCE = Instrument(738561, "RELIANCE")


def walk(
    n: int = 150, seed: int = 7, start: int = 141_000, opens: int = OPEN, interval: Interval = Interval.M1
) -> Bars:
    """Answer `n` bars of a seeded random walk on a 5 paise tick, VWAP included."""
    draw = np.random.default_rng(seed)
    bars = bars_of(n)
    bars["token"], bars["interval_s"] = RELIANCE.token, int(interval)
    bars["ts_open"] = opens + np.arange(n) * int(interval) * NS
    paths = start * np.exp(np.cumsum(draw.normal(0.0, 0.0004, (n, 5)), axis=None).reshape(n, 5))
    paths = np.round(paths / 5).astype(np.int64) * 5
    bars["open"], bars["close"] = paths[:, 0], paths[:, -1]
    bars["high"], bars["low"] = paths.max(axis=1), paths.min(axis=1)
    bars["volume"] = draw.integers(2_000, 20_000, n)
    typical = (bars["high"] + bars["low"] + bars["close"]) / 3
    bars["vwap"] = np.cumsum(typical * bars["volume"]) / np.cumsum(bars["volume"])
    return bars


def chart_of(qtbot: QtBot, bars: Bars, interval: Interval = Interval.M1) -> FocusChart:
    """Answer a shown chart of these bars, 900 x 500 px."""
    chart = FocusChart()
    qtbot.addWidget(chart)
    chart.resize(900, 500)
    chart.set_instrument(RELIANCE, 141_000)
    chart.show()
    qtbot.waitExposed(chart)
    chart.set_bars(bars, interval)
    return chart


def moved(bars: Bars, index: int = -1, **fields: int) -> Bars:
    """Answer a copy of one bar with some fields changed."""
    row = bars[index:][:1].copy()
    for name, value in fields.items():
        row[name] = value
    return row
