"""Alpha158's volume operators: level and spread of volume, and how it goes along with price in each window.

Source: qlib's Alpha158. Where qlib keeps a division by no volume at bay with 1e-12, the column is missing here.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.bars import TINY
from cockpit.brains.features.columns import (
    CLOSE,
    LOG_VOLUME,
    VOLUME,
    VOLUME_CHANGE,
    Family,
    Rows,
    compiled,
    lay,
)
from cockpit.brains.features.windows import FLAT, WINDOWS, operators


@compiled
def turnover(
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
    """Compute CORR (close with log volume), CORD (their changes), VMA, VSTD and WVMA."""
    n_names, step = rows.shape[2], len(WINDOWS)
    block, level, change = np.empty((5 * step, n_names)), np.empty((5, n_names)), np.empty((5, n_names))
    shares = np.empty((4, n_names))
    for t in range(first, last):
        level[:], change[:], shares[:] = 0.0, 0.0, 0.0
        k = 0
        for w in range(step):
            while k < WINDOWS[w]:
                pair(rows[CLOSE, t - k], rows[CLOSE, t], rows[LOG_VOLUME, t - k], rows[LOG_VOLUME, t], level)
                _pair_changes(rows, t, k, change)
                _weigh(rows, t, k, shares)
                k += 1
            correlate(level, k, block[w])
            correlate(change, k, block[step + w])
            _spreads(shares, rows[VOLUME, t], k, block, 2 * step + w)
        lay(block, ages[t - first], lookbacks, out[t - first], at)


@compiled
def pair(x: Rows, x0: Rows, y: Rows, y0: Rows, sums: Rows) -> None:
    """Take one older row of two series into the sums of their correlation, `x` as a ratio to today's."""
    for j in range(len(x)):
        a, b = (x[j] - x0[j]) / x0[j], y[j] - y0[j]
        sums[0, j] += a
        sums[1, j] += b
        sums[2, j] += a * a
        sums[3, j] += b * b
        sums[4, j] += a * b


@compiled
def _pair_changes(rows: Rows, t: int, k: int, sums: Rows) -> None:
    now, before, volume = rows[CLOSE, t - k], rows[CLOSE, t - k - 1], rows[VOLUME_CHANGE, t - k]
    for j in range(len(now)):
        a, b = (now[j] - before[j]) / before[j], volume[j]
        sums[0, j] += a
        sums[1, j] += b
        sums[2, j] += a * a
        sums[3, j] += b * b
        sums[4, j] += a * b


@compiled
def correlate(sums: Rows, n: int, column: Rows) -> None:
    """Answer the correlation behind sums of x, y, xx, yy, xy; missing where either series is constant."""
    for j in range(len(column)):
        xx = sums[2, j] - sums[0, j] * sums[0, j] / n
        yy = sums[3, j] - sums[1, j] * sums[1, j] / n
        xy = sums[4, j] - sums[0, j] * sums[1, j] / n
        # What is left of equal numbers after summing is rounding, and has no direction.
        moves = xx > FLAT * n + 1e-13 * sums[2, j] and yy > FLAT * n + 1e-13 * sums[3, j]
        column[j] = min(max(xy / np.sqrt(xx * yy), -1.0), 1.0) if moves else np.nan


@compiled
def _weigh(rows: Rows, t: int, k: int, sums: Rows) -> None:
    now, before, volume, today = rows[CLOSE, t - k], rows[CLOSE, t - k - 1], rows[VOLUME, t - k], rows[VOLUME, t]
    for j in range(len(now)):
        away, weight = volume[j] - today[j], abs(now[j] - before[j]) / before[j] * volume[j]
        sums[0, j] += away
        sums[1, j] += away * away
        sums[2, j] += weight
        sums[3, j] += weight * weight


@compiled
def _spreads(sums: Rows, volume: Rows, n: int, block: Rows, at: int) -> None:
    step = len(WINDOWS)
    for j in range(len(volume)):
        known = volume[j] if volume[j] > 0.0 else np.nan
        squares = max(sums[1, j] - sums[0, j] * sums[0, j] / n, 0.0)
        weights = max(sums[3, j] - sums[2, j] * sums[2, j] / n, 0.0)
        block[at, j] = (sums[0, j] / n + volume[j]) / known
        block[at + step, j] = np.sqrt(squares / (n - 1)) / known
        block[at + 2 * step, j] = np.sqrt(weights / (n - 1)) / (sums[2, j] / n + TINY)


TURNOVER: Final = Family(
    "turnover",
    (
        *operators("turnover", ("CORR",)),
        *operators("turnover", ("CORD",), before=1),
        *operators("turnover", ("VMA", "VSTD")),
        *operators("turnover", ("WVMA",), before=1),
    ),
    turnover,
)
