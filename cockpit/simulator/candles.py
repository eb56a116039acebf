"""Bars of a tape, made as the exchange makes its candles: of trades in continuous trading only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import NS
from cockpit.market import Bars, Interval, bars_of
from cockpit.simulator.grid import Grid
from cockpit.simulator.index_tape import IndexTape
from cockpit.simulator.tape import Continuous


def candles_of(token: int, day: Continuous, grid: Grid, interval: Interval, until: int | None = None) -> Bars:
    """Answer the bars of one name, counted from the open; `until` leaves out what happened at that second or later."""
    inside = day.traded if until is None else day.traded & (day.second < until)
    return _bars(token, grid, interval, day.second[inside], day.last[inside], day.volume[inside])


def index_candles(tape: IndexTape, grid: Grid, interval: Interval, until: int | None = None) -> Bars:
    """Answer the bars of the index; an index has no volume."""
    inside = (tape.second >= grid.plain[0]) & (tape.second <= grid.plain[-1])
    if until is not None:
        inside &= tape.second < until
    second = tape.second[inside]
    return _bars(tape.token, grid, interval, second, tape.last[inside], np.zeros(len(second), dtype=np.int64))


def _bars(token: int, grid: Grid, interval: Interval, second: Any, last: Any, shares: NDArray[Any]) -> Bars:
    opens = int(grid.plain[0])
    bar = (second - opens) // int(interval)
    starts = np.flatnonzero(np.diff(bar, prepend=-1))
    bars = bars_of(len(starts))
    if not len(starts):
        return bars
    bars["token"], bars["interval_s"] = token, int(interval)
    bars["ts_open"] = grid.start + (opens + bar[starts] * int(interval)) * NS
    bars["open"] = last[starts]
    bars["high"] = np.maximum.reduceat(last, starts)
    bars["low"] = np.minimum.reduceat(last, starts)
    bars["close"] = last[np.append(starts[1:], len(last)) - 1]
    bars["volume"] = np.add.reduceat(shares, starts)
    return bars
