"""Returns over the last sessions, the gap, and the shape of today's candle."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import CLOSE, HIGH, LOW, OPEN, Family, Rows, compiled, declared, lay

SPANS: Final = (1, 2, 5, 10, 20, 60)


@compiled
def moves(
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
    """Compute simple returns, the gap from yesterday's close, and body, shadows, range and close's place in it."""
    n_names, step = rows.shape[2], len(SPANS)
    block = np.empty((step + 6, n_names))
    for t in range(first, last):
        close = rows[CLOSE, t]
        for w in range(step):
            past = rows[CLOSE, t - SPANS[w]]
            for j in range(n_names):
                block[w, j] = close[j] / past[j] - 1.0
        _candle(rows, t, block[step:])
        lay(block, ages[t - first], lookbacks, out[t - first], at)


@compiled
def _candle(rows: Rows, t: int, block: Rows) -> None:
    o, h, lo, c, before = rows[OPEN, t], rows[HIGH, t], rows[LOW, t], rows[CLOSE, t], rows[CLOSE, t - 1]
    for j in range(len(o)):
        block[0, j] = o[j] / before[j] - 1.0
        block[1, j] = (c[j] - o[j]) / o[j]
        block[2, j] = (h[j] - max(o[j], c[j])) / o[j]
        block[3, j] = (min(o[j], c[j]) - lo[j]) / o[j]
        block[4, j] = (h[j] - lo[j]) / o[j]
        # A bar without range has no place in it.
        block[5, j] = (c[j] - lo[j]) / (h[j] - lo[j]) if h[j] > lo[j] else np.nan


MOVES: Final = Family(
    "moves",
    declared(
        "moves",
        *((f"return_{span}", "ratio", span) for span in SPANS),
        ("gap", "ratio", 1),
        *((name, "ratio", 0) for name in ("body", "upper_shadow", "lower_shadow", "range", "close_place")),
    ),
    moves,
)
