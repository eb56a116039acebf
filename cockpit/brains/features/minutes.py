"""The compiled steps of the intraday features: closed bars into what is carried of them, minutes into longer bars."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import Rows, compiled

RSI_SPAN: Final = 14
PLACE_SPAN: Final = 12
VOLUME_SPAN: Final = 20
DEPTH: Final = VOLUME_SPAN
NS: Final = 1_000_000_000
CLOSE, HIGH, LOW, VOLUME = range(4)
"""What is kept of the last bars."""
N_KEPT: Final = 4
UP, DOWN = range(2)
"""What is carried for RSI."""
N_COLUMNS: Final = 5


@compiled
def take(bars: Rows, slots: Rows, kept: Rows, carried: Rows, counts: Rows, ends: Rows, out: Rows) -> None:
    """Take the closed bars of one interval, in order of time, and work out each name's columns as of its newest bar.

    Shapes: `bars` is `Bars`; `slots` int64 [bar], the name of each, -1 for none of ours; `kept` float64 [field, bar
    back, name], newest first; `carried` float64 [2, name]; `counts` int64 [name], bars seen; `ends` int64 [name], ns
    UTC; `out` float64 [name, column].
    """
    for i in range(len(bars)):
        j = slots[i]
        if j < 0:
            continue
        before = kept[CLOSE, 0, j]
        for field in range(N_KEPT):
            for back in range(DEPTH - 1, 0, -1):
                kept[field, back, j] = kept[field, back - 1, j]
        bar = bars[i]
        kept[CLOSE, 0, j], kept[HIGH, 0, j], kept[LOW, 0, j] = bar.close, bar.high, bar.low
        counts[j] += 1
        ends[j] = bar.ts_open + bar.interval_s * NS
        _strength(bar.close - before, counts[j], carried[:, j])
        out[j, 0] = bar.close / before - 1.0 if counts[j] > 1 else np.nan
        out[j, 1] = bar.close / bar.vwap - 1.0
        settled = counts[j] > 10 * RSI_SPAN and carried[UP, j] + carried[DOWN, j] > 0.0
        out[j, 2] = carried[UP, j] / (carried[UP, j] + carried[DOWN, j]) if settled else np.nan
        out[j, 3] = _place(kept[:, :, j], counts[j])
        out[j, 4] = _relative(bar.volume, kept[VOLUME, :, j], counts[j])
        kept[VOLUME, 0, j] = bar.volume


@compiled
def _strength(change: float, count: int, carried: Rows) -> None:
    rise, fall = (abs(change) + change) / 2.0, (abs(change) - change) / 2.0
    if count == 2:
        carried[UP], carried[DOWN] = rise, fall
    elif count > 2:
        carried[UP] += (rise - carried[UP]) / RSI_SPAN
        carried[DOWN] += (fall - carried[DOWN]) / RSI_SPAN


@compiled
def _place(kept: Rows, count: int) -> float:
    if count < PLACE_SPAN:
        return np.nan
    high, low = kept[HIGH, :PLACE_SPAN].max(), kept[LOW, :PLACE_SPAN].min()
    return (kept[CLOSE, 0] - low) / (high - low) if high > low else np.nan


@compiled
def _relative(volume: float, past: Rows, count: int) -> float:
    """Answer a bar's volume over the mean of the bars before it; `past[0]` is still to be written."""
    if count < VOLUME_SPAN:
        return np.nan
    mean = past[1:].mean()
    return volume / mean if mean > 0.0 else np.nan


@compiled
def fold(minutes: Rows, seconds: int, opens: int, until: int, out: Rows) -> int:
    """Put one name's bars of one session together to bars of `seconds`; answer how many are complete.

    A longer bar is complete when it ends by `until`, ns UTC; an unfinished one does not count. `out` is `Bars`, at
    least as long as `minutes`.
    """
    n, is_open = 0, False
    for i in range(len(minutes)):
        minute = minutes[i]
        begin = opens + (minute.ts_open - opens) // (seconds * NS) * (seconds * NS)
        if is_open and out[n].ts_open != begin:
            n, is_open = n + 1, False
        bar = out[n]
        if not is_open:
            out[n] = minute
            bar.ts_open, bar.interval_s = begin, seconds
            is_open = True
        else:
            bar.high, bar.low = max(bar.high, minute.high), min(bar.low, minute.low)
            bar.close, bar.vwap, bar.vwap_sd = minute.close, minute.vwap, minute.vwap_sd
            bar.volume += minute.volume
            bar.n_ticks += minute.n_ticks
            bar.partial |= minute.partial
    return n + 1 if is_open and out[n].ts_open + seconds * NS <= until else n
