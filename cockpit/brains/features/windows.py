"""Alpha158's rolling operators on prices: level, spread, trend, extremes, place and quantiles of 5 to 60 sessions.

Source: qlib's Alpha158; every column is a ratio to today's close, a share or a correlation, hence without a unit.
Each window is summed anew from its own rows, measured from today's close: nothing drifts, and what is constant has a
spread of exactly 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from cockpit.brains.features.bars import TINY
from cockpit.brains.features.columns import (
    BOTTOM_5,
    BOTTOM_SINCE_5,
    CLOSE,
    FIVE,
    TOP_5,
    TOP_SINCE_5,
    Column,
    Family,
    Rows,
    compiled,
    declared,
    lay,
)

WINDOWS: Final = (5, 10, 20, 30, 60)
LONGEST: Final = 60
ROUNDING: Final = 1e-13
"""Share of a sum of squares below which what is left of it is rounding: the series is constant."""


def operators(family: str, names: Sequence[str], before: int = 0) -> tuple[Column, ...]:
    """Declare each operator over each window, operator by operator; `before` sessions more where changes are read."""
    return declared(family, *((f"{name}{w}", "ratio", w - 1 + before) for name in names for w in WINDOWS))


@compiled
def trends(
    rows: Rows,
    ages: Rows,
    carried: Rows,
    groups: Rows,
    first: int,
    last: int,
    lookbacks: Rows,
    out: Rows,
    slots: Rows,
) -> None:
    """Compute ROC, MA, STD and the straight line through the closes: BETA, RSQR, RESI."""
    n_names = rows.shape[2]
    block, sums = np.empty((6 * len(WINDOWS), n_names)), np.empty((3, n_names))
    for t in range(first, last):
        close = rows[CLOSE, t]
        sums[:] = 0.0
        k = 0
        for w in range(len(WINDOWS)):
            while k < WINDOWS[w]:
                add_line(rows[CLOSE], t - k, close, float(k), sums)
                k += FIVE
            _line(sums, rows[CLOSE, t - k], close, k, block, w)
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def add_line(closes: Rows, t: int, close: Rows, k: float, sums: Rows) -> None:
    """Take five rows into the sums of how far they are from today's close, also times age, and squared."""
    a, b, c, d, e = closes[t], closes[t - 1], closes[t - 2], closes[t - 3], closes[t - 4]
    for j in range(len(close)):
        today = close[j]
        u, v, w, x, y = a[j] - today, b[j] - today, c[j] - today, d[j] - today, e[j] - today
        level = (u + v) + (w + x) + y
        sums[0, j] += level
        sums[1, j] += k * level + ((v + 2.0 * w) + (3.0 * x + 4.0 * y))
        sums[2, j] += (u * u + v * v) + (w * w + x * x) + y * y


@compiled
def _line(sums: Rows, oldest: Rows, close: Rows, n: int, block: Rows, w: int) -> None:
    """Fit the line through `n` closes, and answer all of it in shares of today's."""
    step = len(WINDOWS)
    middle, spread = (n - 1) / 2.0, n * (n * n - 1) / 12.0
    for j in range(len(close)):
        mean = sums[0, j] / n
        squares = max(sums[2, j] - sums[0, j] * mean, 0.0)
        slope = (middle * sums[0, j] - sums[1, j]) / spread
        block[w, j] = oldest[j] / close[j]
        block[step + w, j] = 1.0 + mean / close[j]
        block[2 * step + w, j] = np.sqrt(squares / (n - 1)) / close[j]
        block[3 * step + w, j] = slope / close[j]
        block[4 * step + w, j] = slope * slope * spread / squares if squares > ROUNDING * sums[2, j] else np.nan
        block[5 * step + w, j] = -(mean + slope * middle) / close[j]


@compiled
def extremes(
    rows: Rows,
    ages: Rows,
    carried: Rows,
    groups: Rows,
    first: int,
    last: int,
    lookbacks: Rows,
    out: Rows,
    slots: Rows,
) -> None:
    """Compute MAX, MIN, RSV and where the extremes lie (IMAX, IMIN, IMXD); of equal ones the oldest counts."""
    n_names, step = rows.shape[2], len(WINDOWS)
    block, top, bottom = np.empty((6 * step, n_names)), np.empty((2, n_names)), np.empty((2, n_names))
    for t in range(first, last):
        close = rows[CLOSE, t]
        top[0], bottom[0], top[1], bottom[1] = -np.inf, np.inf, 0.0, 0.0
        k = 0
        for w in range(step):
            while k < WINDOWS[w]:
                widen(rows, t, k, top, bottom)
                k += FIVE
            for j in range(n_names):
                block[w, j] = top[0, j] / close[j]
                block[step + w, j] = bottom[0, j] / close[j]
                block[2 * step + w, j] = (close[j] - bottom[0, j]) / (top[0, j] - bottom[0, j] + TINY)
                block[3 * step + w, j] = (k - top[1, j]) / k
                block[4 * step + w, j] = (k - bottom[1, j]) / k
                block[5 * step + w, j] = (bottom[1, j] - top[1, j]) / k
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def widen(rows: Rows, t: int, k: int, top: Rows, bottom: Rows) -> None:
    """Take the five sessions from `k` before row `t` back into the extremes: their value and how long ago they were.

    Fives are to be taken from the newest back; they may overlap.
    """
    _raise(rows[TOP_5, t - k], rows[TOP_SINCE_5, t - k], k, top[0], top[1])
    _lower(rows[BOTTOM_5, t - k], rows[BOTTOM_SINCE_5, t - k], k, bottom[0], bottom[1])


@compiled
def _raise(values: Rows, ages: Rows, k: int, top: Rows, since: Rows) -> None:
    # All is read before any is written: so the compiler takes many names at once.
    for j in range(len(top)):
        value, age, best, when = values[j], ages[j] + k, top[j], since[j]
        above = value >= best
        top[j] = value if above else best
        since[j] = age if above else when


@compiled
def _lower(values: Rows, ages: Rows, k: int, bottom: Rows, since: Rows) -> None:
    for j in range(len(bottom)):
        value, age, best, when = values[j], ages[j] + k, bottom[j], since[j]
        below = value <= best
        bottom[j] = value if below else best
        since[j] = age if below else when


TRENDS: Final = Family(
    "trends",
    (
        *declared("trends", *((f"ROC{w}", "ratio", w) for w in WINDOWS)),
        *operators("trends", ("MA", "STD", "BETA", "RSQR", "RESI")),
    ),
    trends,
)
EXTREMES: Final = Family("extremes", operators("extremes", ("MAX", "MIN", "RSV", "IMAX", "IMIN", "IMXD")), extremes)
