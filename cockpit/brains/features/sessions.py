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
    BOTH_5,
    BOTTOM_5,
    BOTTOM_SINCE_5,
    CHANGE,
    CLOSE,
    CLOSE_5,
    FLOW,
    HIGH,
    LOG_RANGE_SQUARE,
    LOG_VOLUME,
    LOW,
    MARKET,
    MARKET_5,
    MARKET_SQUARE_5,
    N_DEEP,
    N_RAW,
    N_SERIES,
    OPEN,
    RANGE_5,
    RETURN,
    RETURN_5,
    RETURN_SQUARE_5,
    SIGNED_MONEY,
    SIGNED_VOLUME,
    TOP_5,
    TOP_SINCE_5,
    TRUE_RANGE,
    TYPICAL,
    VOLUME,
    VOLUME_5,
    VOLUME_CHANGE,
    Rows,
    compiled,
)

DEEPEST: Final = 253
"""Rows that the longest window reads: a year of sessions before today's."""
LONGEST_REST: Final = 20
DEPTH: Final = DEEPEST + LONGEST_REST
"""Rows kept behind the newest one."""
SHALLOWEST: Final = 70
"""Rows that windows of all but the deep series read: 63 sessions, and five-session sums at their far end."""
SHALLOW: Final = SHALLOWEST + LONGEST_REST


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
                for back in range(1, (DEEPEST if s < N_DEEP else SHALLOWEST) + 1):
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
        _sum_up(rows, t)
        _top(rows[HIGH], t, rows[TOP_5, t], rows[TOP_SINCE_5, t])
        _bottom(rows[LOW], t, rows[BOTTOM_5, t], rows[BOTTOM_SINCE_5, t])


@compiled
def _measure(rows: Rows, age: Rows, t: int) -> None:
    high, low, close, volume = rows[HIGH, t], rows[LOW, t], rows[CLOSE, t], rows[VOLUME, t]
    volume_1 = rows[VOLUME, t - 1]
    for j in range(rows.shape[2]):
        before = rows[CLOSE, t - 1, j] if age[j] > 1 else np.nan
        rows[RETURN, t, j] = np.log(close[j] / before)
        rows[LOG_VOLUME, t, j] = np.log(volume[j] + 1.0)
        rows[LOG_RANGE_SQUARE, t, j] = np.log(high[j] / low[j]) ** 2
        # After nothing, a share count has no ratio: that one session's change is missing, not infinite.
        ratio = volume[j] / volume_1[j] if volume_1[j] > 0.0 and age[j] > 1 else np.nan
        rows[VOLUME_CHANGE, t, j] = np.log(ratio + 1.0)
    for j in range(rows.shape[2]):
        before = rows[CLOSE, t - 1, j] if age[j] > 1 else np.nan
        rows[CHANGE, t, j] = (close[j] - before) / before
        top = high[j] if high[j] > before or age[j] <= 1 else before
        bottom = low[j] if low[j] < before or age[j] <= 1 else before
        rows[TRUE_RANGE, t, j] = top - bottom
        rows[TYPICAL, t, j] = (high[j] + low[j] + close[j]) / 3.0
        move = rows[TYPICAL, t, j] - rows[TYPICAL, t - 1, j] if age[j] > 1 else np.nan
        rows[SIGNED_VOLUME, t, j] = _signed(close[j] - before, volume[j])
        rows[SIGNED_MONEY, t, j] = _signed(move, rows[TYPICAL, t, j] * volume[j])
        spread = high[j] - low[j]
        lean = ((close[j] - low[j]) - (high[j] - close[j])) / spread if spread > 0.0 else 0.0
        rows[FLOW, t, j] = lean * volume[j]


@compiled
def _signed(change: float, amount: float) -> float:
    """Give an amount the sign of a change: nothing where nothing changed, missing where either is."""
    return amount if change > 0.0 else -amount if change < 0.0 else change * amount


@compiled
def _sum_up(rows: Rows, t: int) -> None:
    sum_five(rows[CLOSE], t, rows[CLOSE_5, t])
    sum_five(rows[VOLUME], t, rows[VOLUME_5, t])
    sum_five(rows[LOG_RANGE_SQUARE], t, rows[RANGE_5, t])
    sum_five(rows[RETURN], t, rows[RETURN_5, t])
    sum_five(rows[MARKET], t, rows[MARKET_5, t])
    _multiply(rows[RETURN], rows[RETURN], t, rows[RETURN_SQUARE_5, t])
    _multiply(rows[MARKET], rows[MARKET], t, rows[MARKET_SQUARE_5, t])
    _multiply(rows[RETURN], rows[MARKET], t, rows[BOTH_5, t])


@compiled
def _multiply(x: Rows, y: Rows, t: int, total: Rows) -> None:
    """Sum five rows of a product from row `t` back."""
    xa, xb, xc, xd, xe = x[t], x[t - 1], x[t - 2], x[t - 3], x[t - 4]
    ya, yb, yc, yd, ye = y[t], y[t - 1], y[t - 2], y[t - 3], y[t - 4]
    for j in range(len(total)):
        total[j] = (xa[j] * ya[j] + xb[j] * yb[j]) + (xc[j] * yc[j] + xd[j] * yd[j]) + xe[j] * ye[j]


@compiled
def sum_five(series: Rows, t: int, total: Rows) -> None:
    """Sum five rows of a series from row `t` back."""
    a, b, c, d, e = series[t], series[t - 1], series[t - 2], series[t - 3], series[t - 4]
    for j in range(len(total)):
        total[j] = (a[j] + b[j]) + (c[j] + d[j]) + e[j]


@compiled
def _top(highs: Rows, t: int, top: Rows, since: Rows) -> None:
    a, b, c, d, e = highs[t], highs[t - 1], highs[t - 2], highs[t - 3], highs[t - 4]
    for j in range(len(top)):
        best = max(a[j], b[j], c[j], d[j], e[j])
        when = 1.0 if b[j] == best else 0.0
        when = 2.0 if c[j] == best else when
        when = 3.0 if d[j] == best else when
        top[j], since[j] = best, 4.0 if e[j] == best else when


@compiled
def _bottom(lows: Rows, t: int, bottom: Rows, since: Rows) -> None:
    a, b, c, d, e = lows[t], lows[t - 1], lows[t - 2], lows[t - 3], lows[t - 4]
    for j in range(len(bottom)):
        best = min(a[j], b[j], c[j], d[j], e[j])
        when = 1.0 if b[j] == best else 0.0
        when = 2.0 if c[j] == best else when
        when = 3.0 if d[j] == best else when
        bottom[j], since[j] = best, 4.0 if e[j] == best else when


@compiled
def _market_return(rows: Rows, age: Rows, groups: Rows, t: int) -> float:
    total, n = 0.0, 0
    for j in range(rows.shape[2]):
        if age[j] > 1 and groups[j] != APART:
            total += rows[RETURN, t, j]
            n += 1
    return total / n if n > 0 else 0.0
