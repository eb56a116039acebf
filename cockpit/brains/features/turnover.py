"""Alpha158's volume operators: level and spread of volume, and how it goes along with price in each window.

Source: qlib's Alpha158. Where qlib keeps a division by no volume at bay with 1e-12, the column is missing here.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.bars import TINY
from cockpit.brains.features.columns import (
    CHANGE,
    CLOSE,
    FIVE,
    LOG_VOLUME,
    VOLUME,
    VOLUME_CHANGE,
    Family,
    Rows,
    compiled,
    lay,
)
from cockpit.brains.features.windows import ROUNDING, WINDOWS, operators


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
    slots: Rows,
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
                pair(rows[CLOSE], rows[LOG_VOLUME], t, k, level)
                pair(rows[CHANGE], rows[VOLUME_CHANGE], t, k, change)
                _weigh(rows, t, k, shares)
                k += FIVE
            correlate(level, k, block[w])
            correlate(change, k, block[step + w])
            _spreads(shares, rows[VOLUME, t], k, block, 2 * step + w)
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def pair(x: Rows, y: Rows, t: int, k: int, sums: Rows) -> None:
    """Take five rows of two series, from `k` before row `t` back, into the sums of x, y, xx, yy, xy less today's."""
    x0, y0, i = x[t], y[t], t - k
    xa, xb, xc, xd, xe = x[i], x[i - 1], x[i - 2], x[i - 3], x[i - 4]
    ya, yb, yc, yd, ye = y[i], y[i - 1], y[i - 2], y[i - 3], y[i - 4]
    for j in range(len(x0)):
        a, b, c, d, e = xa[j] - x0[j], xb[j] - x0[j], xc[j] - x0[j], xd[j] - x0[j], xe[j] - x0[j]
        f, g, h, m, n = ya[j] - y0[j], yb[j] - y0[j], yc[j] - y0[j], yd[j] - y0[j], ye[j] - y0[j]
        sums[0, j] += (a + b) + (c + d) + e
        sums[1, j] += (f + g) + (h + m) + n
        sums[2, j] += (a * a + b * b) + (c * c + d * d) + e * e
        sums[3, j] += (f * f + g * g) + (h * h + m * m) + n * n
        sums[4, j] += (a * f + b * g) + (c * h + d * m) + e * n


@compiled
def correlate(sums: Rows, n: int, column: Rows) -> None:
    """Answer the correlation behind sums of x, y, xx, yy, xy; missing where either series is constant."""
    share = 1.0 / n
    for j in range(len(column)):
        xx = sums[2, j] - sums[0, j] * sums[0, j] * share
        yy = sums[3, j] - sums[1, j] * sums[1, j] * share
        xy = sums[4, j] - sums[0, j] * sums[1, j] * share
        # What is left of equal numbers after summing is rounding, and has no direction.
        moves = xx > ROUNDING * sums[2, j] and yy > ROUNDING * sums[3, j]
        column[j] = min(max(xy / np.sqrt(xx * yy), -1.0), 1.0) if moves else np.nan


@compiled
def _weigh(rows: Rows, t: int, k: int, sums: Rows) -> None:
    today, i = rows[VOLUME, t], t - k
    for m in range(FIVE):
        change, volume = rows[CHANGE, i - m], rows[VOLUME, i - m]
        for j in range(len(today)):
            away, weight = volume[j] - today[j], abs(change[j]) * volume[j]
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
