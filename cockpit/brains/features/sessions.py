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
    CLOSE_20,
    FLOW,
    HIGH,
    INVERSE,
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
    RETURN_VOLUME_CHANGE_5,
    SIGNED_MONEY,
    SIGNED_VOLUME,
    TOP_5,
    TOP_SINCE_5,
    TRUE_RANGE,
    TYPICAL,
    VOLUME,
    VOLUME_5,
    VOLUME_CHANGE,
    VOLUME_CHANGE_5,
    VOLUME_CHANGE_SQUARE_5,
    Rows,
    compiled,
)
from cockpit.brains.features.logarithms import logarithms
from cockpit.brains.features.sums import sum_five, sum_twenty

DEEPEST: Final = 253
"""Rows that the longest window reads: a year of sessions before today's."""
LONGEST_REST: Final = 20
DEPTH: Final = DEEPEST + LONGEST_REST
"""Rows kept behind the newest one."""
SHALLOWEST: Final = 70
"""Rows that windows of all but the deep series read: 63 sessions, and five-session sums at their far end."""
SHALLOW: Final = SHALLOWEST + LONGEST_REST
THIRD: Final = 1.0 / 3.0


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
    ratios = np.empty((4, rows.shape[2]))
    for t in range(first, last):
        age = ages[t - first]
        _compare(rows, age, t, ratios)
        _take_logarithms(rows, t, ratios)
        market[0] += _market_return(rows, age, groups, t)
        for j in range(rows.shape[2]):
            rows[MARKET, t, j] = market[0] - market[1 + j] if age[j] > 1 else np.nan
            market[1 + j] = market[0] if age[j] > 0 else market[1 + j]
        _measure(rows, age, t)
        _sum_up(rows, t)
        _top(rows[HIGH], t, rows[TOP_5, t], rows[TOP_SINCE_5, t])
        _bottom(rows[LOW], t, rows[BOTTOM_5, t], rows[BOTTOM_SINCE_5, t])


@compiled
def _compare(rows: Rows, age: Rows, t: int, ratios: Rows) -> None:
    """Answer close over the last, volume and 1, high over low, and 1 more than volume over the last."""
    high, low, close, volume = rows[HIGH, t], rows[LOW, t], rows[CLOSE, t], rows[VOLUME, t]
    close_1, volume_1 = rows[CLOSE, t - 1], rows[VOLUME, t - 1]
    for j in range(len(age)):
        ratios[0, j] = close[j] / close_1[j] if age[j] > 1 else np.nan
        ratios[1, j] = volume[j] + 1.0
        ratios[2, j] = high[j] / low[j]
        # After nothing, a share count has no ratio: that one session's change is missing, not infinite.
        ratios[3, j] = volume[j] / volume_1[j] + 1.0 if volume_1[j] > 0.0 and age[j] > 1 else np.nan


@compiled
def _take_logarithms(rows: Rows, t: int, ratios: Rows) -> None:
    logarithms(ratios[0], rows[RETURN, t])
    logarithms(ratios[1], rows[LOG_VOLUME, t])
    logarithms(ratios[3], rows[VOLUME_CHANGE, t])
    logarithms(ratios[2], ratios[0])
    for j in range(rows.shape[2]):
        rows[LOG_RANGE_SQUARE, t, j] = ratios[0, j] * ratios[0, j]


@compiled
def _measure(rows: Rows, age: Rows, t: int) -> None:
    high, low, close, volume = rows[HIGH, t], rows[LOW, t], rows[CLOSE, t], rows[VOLUME, t]
    close_1, inverse_1, typical_1 = rows[CLOSE, t - 1], rows[INVERSE, t - 1], rows[TYPICAL, t - 1]
    for j in range(len(age)):
        before = close_1[j] if age[j] > 1 else np.nan
        rows[INVERSE, t, j] = 1.0 / close[j]
        rows[CHANGE, t, j] = (close[j] - before) * inverse_1[j]
        top = high[j] if high[j] > before or age[j] <= 1 else before
        bottom = low[j] if low[j] < before or age[j] <= 1 else before
        rows[TRUE_RANGE, t, j] = top - bottom
        rows[SIGNED_VOLUME, t, j] = _signed(close[j] - before, volume[j])
    for j in range(len(age)):
        typical = (high[j] + low[j] + close[j]) * THIRD
        rows[TYPICAL, t, j] = typical
        move = typical - typical_1[j] if age[j] > 1 else np.nan
        rows[SIGNED_MONEY, t, j] = _signed(move, typical * volume[j])
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
    sum_twenty(rows[CLOSE_5], t, rows[CLOSE_20, t])
    sum_five(rows[VOLUME], t, rows[VOLUME_5, t])
    sum_five(rows[LOG_RANGE_SQUARE], t, rows[RANGE_5, t])
    _sum_pairs(rows[RETURN], rows[MARKET], t, rows[MARKET_5, t], rows[MARKET_SQUARE_5, t], rows[BOTH_5, t])
    squares, both = rows[VOLUME_CHANGE_SQUARE_5, t], rows[RETURN_VOLUME_CHANGE_5, t]
    _sum_pairs(rows[RETURN], rows[VOLUME_CHANGE], t, rows[VOLUME_CHANGE_5, t], squares, both)
    _sum_squares(rows[RETURN], t, rows[RETURN_5, t], rows[RETURN_SQUARE_5, t])


@compiled
def _sum_pairs(x: Rows, y: Rows, t: int, total: Rows, squares: Rows, both: Rows) -> None:
    """Sum five rows of y, of its squares and of x times y from row `t` back."""
    xa, xb, xc, xd, xe = x[t], x[t - 1], x[t - 2], x[t - 3], x[t - 4]
    ya, yb, yc, yd, ye = y[t], y[t - 1], y[t - 2], y[t - 3], y[t - 4]
    for j in range(len(total)):
        a, b, c, d, e = ya[j], yb[j], yc[j], yd[j], ye[j]
        both[j] = (xa[j] * a + xb[j] * b) + (xc[j] * c + xd[j] * d) + xe[j] * e
        squares[j] = (a * a + b * b) + (c * c + d * d) + e * e
        total[j] = (a + b) + (c + d) + e


@compiled
def _sum_squares(x: Rows, t: int, total: Rows, squares: Rows) -> None:
    """Sum five rows of x and of its squares from row `t` back."""
    xa, xb, xc, xd, xe = x[t], x[t - 1], x[t - 2], x[t - 3], x[t - 4]
    for j in range(len(total)):
        a, b, c, d, e = xa[j], xb[j], xc[j], xd[j], xe[j]
        squares[j] = (a * a + b * b) + (c * c + d * d) + e * e
        total[j] = (a + b) + (c + d) + e


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
