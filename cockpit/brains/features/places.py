"""Alpha158's order statistics: the quantiles of the closes of each window, and today's place among them.

The windows of all names are sorted side by side by one fixed network of comparisons (Batcher's odd-even merge), so that
the work does not depend on the prices and the compiler can take many names at once.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import CLOSE, Family, Rows, compiled, lay
from cockpit.brains.features.windows import WINDOWS, operators

UPPER, LOWER = 0.8, 0.2
"""The two quantiles: between two closes, interpolated in a straight line."""


@compiled
def places(
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
    """Compute QTLU, QTLD and RANK (mean rank of equals, as a share of the window)."""
    n_names, step = rows.shape[2], len(WINDOWS)
    block, sorted_rows = np.empty((3 * step, n_names)), np.empty((64, n_names))
    for t in range(first, last):
        close = rows[CLOSE, t]
        for w in range(step):
            n = WINDOWS[w]
            size = _filled(rows[CLOSE], t, n, sorted_rows)
            _sort(sorted_rows, size)
            _quantile(sorted_rows, UPPER * (n - 1), close, block[w])
            _quantile(sorted_rows, LOWER * (n - 1), close, block[step + w])
        _rank(rows[CLOSE], t, block, 2 * step)
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _filled(closes: Rows, t: int, n: int, sorted_rows: Rows) -> int:
    """Copy a window to be sorted; answer the power of two it was filled up to with rows that sort to the end."""
    size = 1
    while size < n:
        size *= 2
    for k in range(size):
        if k < n:
            sorted_rows[k] = closes[t - k]
        else:
            sorted_rows[k] = np.inf
    return size


@compiled
def _sort(rows: Rows, n: int) -> None:
    p = 1
    while p < n:
        k = p
        while k >= 1:
            for start in range(k % p, n - k, 2 * k):
                for i in range(start, min(start + k, n - k)):
                    if i // (2 * p) == (i + k) // (2 * p):
                        _exchange(rows[i], rows[i + k])
            k //= 2
        p *= 2


@compiled
def _exchange(low: Rows, high: Rows) -> None:
    for j in range(len(low)):
        a, b = low[j], high[j]
        low[j] = min(a, b)
        high[j] = max(a, b)


@compiled
def _quantile(sorted_rows: Rows, place: float, close: Rows, column: Rows) -> None:
    below = int(place)
    share = place - below
    low, high = sorted_rows[below], sorted_rows[below + 1]
    for j in range(len(close)):
        column[j] = (low[j] + (high[j] - low[j]) * share) / close[j]


@compiled
def _rank(closes: Rows, t: int, block: Rows, at: int) -> None:
    close, n_names = closes[t], closes.shape[1]
    less, equal = np.zeros(n_names), np.zeros(n_names)
    k = 0
    for w in range(len(WINDOWS)):
        while k < WINDOWS[w]:
            past = closes[t - k]
            for j in range(n_names):
                less[j] += 1.0 if past[j] < close[j] else 0.0
                equal[j] += 1.0 if past[j] == close[j] else 0.0
            k += 1
        for j in range(n_names):
            block[at + w, j] = (less[j] + (equal[j] + 1.0) / 2.0) / k


PLACES: Final = Family("places", operators("places", ("QTLU", "QTLD", "RANK")), places)
