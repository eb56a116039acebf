"""A name's sessions in its own time: rows as they came, what is worked out of them once, and how gaps are closed.

A name that does not trade on a day has no session that day: nothing is filled in and nothing of it moves. When it comes
back, its earlier rows are moved up to meet the new one, so that every window counts sessions of its own. After a rest
longer than `LONGEST_REST` it begins anew, like a listing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    APART,
    CLOSE,
    FLOW,
    HIGH,
    LOG_CLOSE,
    LOG_RANGE,
    LOG_VOLUME,
    LOW,
    MARKET,
    N_RAW,
    N_SERIES,
    OPEN,
    RETURN,
    TRUE_RANGE,
    TYPICAL,
    VOLUME,
    VOLUME_CHANGE,
    Rows,
    compiled,
)

DEEPEST: Final = 253
"""Rows that the longest window reads: a year of sessions before today's."""
LONGEST_REST: Final = 20
DEPTH: Final = DEEPEST + LONGEST_REST
"""Rows kept behind the newest one."""


@compiled
def seat(rows: Rows, age: Rows, missed: Rows, first: int, last: int, ages: Rows, rests: Rows) -> None:
    """Note who has a session on each row: how many of its own by then, and how many days it rested before.

    Shapes: `age` and `missed` int64 [name], carried; `ages` and `rests` int64 [row - first, name], written. A row is a
    session when its four prices are positive numbers; all else of a row that is none is made missing.
    """
    for t in range(first, last):
        for j in range(rows.shape[2]):
            here = rows[OPEN, t, j] > 0 and rows[HIGH, t, j] > 0 and rows[LOW, t, j] > 0 and rows[CLOSE, t, j] > 0
            rests[t - first, j] = 0
            if here:
                if missed[j] > LONGEST_REST:
                    age[j] = 0
                elif age[j] > 0:
                    rests[t - first, j] = missed[j]
                age[j] += 1
                missed[j] = 0
            else:
                missed[j] += 1
                for s in range(N_RAW):
                    rows[s, t, j] = np.nan
            ages[t - first, j] = age[j] if here else 0


@compiled
def close_gaps(rows: Rows, t: int, rests: Rows) -> None:
    """Move the earlier rows of each name that comes back at row `t` up to it; `rests` int64 [name] is for how far."""
    for j in range(rows.shape[2]):
        m = rests[j]
        if m > 0:
            for s in range(N_SERIES):
                for back in range(1, DEEPEST + 1):
                    rows[s, t - back, j] = rows[s, t - back - m, j]


@compiled
def work_out(rows: Rows, ages: Rows, groups: Rows, market: Rows, first: int, last: int) -> None:
    """Work out the series that several families read, for rows `first` to `last`.

    Shapes: `market` float64 [1 + name]: the market's log level, then its level at each name's last session; carried.
    The market is the mean log return of the names that trade; a name that rested is set against all of its rest.
    """
    for t in range(first, last):
        age = ages[t - first]
        _measure(rows, age, t)
        market[0] += _market_return(rows, age, groups, t)
        for j in range(rows.shape[2]):
            rows[MARKET, t, j] = market[0] - market[1 + j] if age[j] > 1 else np.nan
            market[1 + j] = market[0] if age[j] > 0 else market[1 + j]


@compiled
def _measure(rows: Rows, age: Rows, t: int) -> None:
    high, low, close, volume = rows[HIGH, t], rows[LOW, t], rows[CLOSE, t], rows[VOLUME, t]
    close_1, volume_1, log_close_1 = rows[CLOSE, t - 1], rows[VOLUME, t - 1], rows[LOG_CLOSE, t - 1]
    for j in range(rows.shape[2]):
        rows[LOG_CLOSE, t, j] = np.log(close[j])
        rows[LOG_VOLUME, t, j] = np.log(volume[j] + 1.0)
        rows[LOG_RANGE, t, j] = np.log(high[j] / low[j])
    for j in range(rows.shape[2]):
        # After nothing, a share count has no ratio: that one session's change is missing, not infinite.
        ratio = volume[j] / volume_1[j] if volume_1[j] > 0.0 else np.nan
        rows[VOLUME_CHANGE, t, j] = np.log(ratio + 1.0) if age[j] > 1 else np.nan
    for j in range(rows.shape[2]):
        before = close_1[j] if age[j] > 1 else np.nan
        rows[RETURN, t, j] = rows[LOG_CLOSE, t, j] - log_close_1[j] if age[j] > 1 else np.nan
        top = high[j] if high[j] > before or age[j] <= 1 else before
        bottom = low[j] if low[j] < before or age[j] <= 1 else before
        rows[TRUE_RANGE, t, j] = top - bottom
        rows[TYPICAL, t, j] = (high[j] + low[j] + close[j]) / 3.0
        spread = high[j] - low[j]
        lean = ((close[j] - low[j]) - (high[j] - close[j])) / spread if spread > 0.0 else 0.0
        rows[FLOW, t, j] = lean * volume[j]


@compiled
def _market_return(rows: Rows, age: Rows, groups: Rows, t: int) -> float:
    total, n = 0.0, 0
    for j in range(rows.shape[2]):
        if age[j] > 1 and groups[j] != APART:
            total += rows[RETURN, t, j]
            n += 1
    return total / n if n > 0 else 0.0
