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
from cockpit.brains.features.columns import CLOSE, HIGH, LOW, Column, Family, Rows, compiled, declared, lay

WINDOWS: Final = (5, 10, 20, 30, 60)
LONGEST: Final = 60
FLAT: Final = 1e-18
"""Mean square below which a series counts as constant; it then has no correlation with anything."""


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
    at: int,
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
                past = rows[CLOSE, t - k]
                for j in range(n_names):
                    away = (past[j] - close[j]) / close[j]
                    sums[0, j] += away
                    sums[1, j] += k * away
                    sums[2, j] += away * away
                k += 1
            _line(sums, rows[CLOSE, t - k], close, k, block, w)
        lay(block, ages[t - first], lookbacks, out[t - first], at)


@compiled
def _line(sums: Rows, oldest: Rows, close: Rows, n: int, block: Rows, w: int) -> None:
    """Fit the line through `n` closes; `sums` hold what they are away from today's, also times age, and squared."""
    step = len(WINDOWS)
    middle, spread = (n - 1) / 2.0, n * (n * n - 1) / 12.0
    for j in range(len(close)):
        mean = sums[0, j] / n
        squares = max(sums[2, j] - sums[0, j] * mean, 0.0)
        slope = (middle * sums[0, j] - sums[1, j]) / spread
        block[w, j] = oldest[j] / close[j]
        block[step + w, j] = 1.0 + mean
        block[2 * step + w, j] = np.sqrt(squares / (n - 1))
        block[3 * step + w, j] = slope
        block[4 * step + w, j] = slope * slope * spread / squares if squares > FLAT * n else np.nan
        block[5 * step + w, j] = -(mean + slope * middle)


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
    at: int,
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
                raise_top(rows[HIGH, t - k], float(k), top[0], top[1])
                lower_bottom(rows[LOW, t - k], float(k), bottom[0], bottom[1])
                k += 1
            for j in range(n_names):
                block[w, j] = top[0, j] / close[j]
                block[step + w, j] = bottom[0, j] / close[j]
                block[2 * step + w, j] = (close[j] - bottom[0, j]) / (top[0, j] - bottom[0, j] + TINY)
                block[3 * step + w, j] = (k - top[1, j]) / k
                block[4 * step + w, j] = (k - bottom[1, j]) / k
                block[5 * step + w, j] = (bottom[1, j] - top[1, j]) / k
        lay(block, ages[t - first], lookbacks, out[t - first], at)


@compiled
def raise_top(high: Rows, age: float, top: Rows, since: Rows) -> None:
    """Take one older row into the highest value and how many sessions ago it was."""
    # Each side alone, all values read before any is written: so the compiler takes many names at once.
    for j in range(len(high)):
        value, best, when = high[j], top[j], since[j]
        above = value >= best
        top[j] = value if above else best
        since[j] = age if above else when


@compiled
def lower_bottom(low: Rows, age: float, bottom: Rows, since: Rows) -> None:
    """Take one older row into the lowest value and how many sessions ago it was."""
    for j in range(len(low)):
        value, best, when = low[j], bottom[j], since[j]
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
