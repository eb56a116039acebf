"""Returns over the last sessions, the gap, and the shape of today's candle."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import CLOSE, HIGH, INVERSE, LOW, OPEN, Family, Rows, compiled, declared, lay

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
    slots: Rows,
) -> None:
    """Compute simple returns, the gap from yesterday's close, and body, shadows, range and close's place in it."""
    step = len(SPANS)
    block = np.empty((step + 6, rows.shape[2]))
    for t in range(first, last):
        for w in range(step):
            _move(rows[CLOSE, t], rows[CLOSE, t - SPANS[w]], rows[INVERSE, t - SPANS[w]], block[w])
        _move(rows[OPEN, t], rows[CLOSE, t - 1], rows[INVERSE, t - 1], block[step])
        _candle(rows, t, block[step + 1 :])
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _move(now: Rows, past: Rows, inverse: Rows, column: Rows) -> None:
    for j in range(len(column)):
        column[j] = (now[j] - past[j]) * inverse[j]


@compiled
def _candle(rows: Rows, t: int, block: Rows) -> None:
    o, h, lo, c = rows[OPEN, t], rows[HIGH, t], rows[LOW, t], rows[CLOSE, t]
    for j in range(len(o)):
        share = 1.0 / o[j]
        block[0, j] = (c[j] - o[j]) * share
        block[1, j] = (h[j] - max(o[j], c[j])) * share
        block[2, j] = (min(o[j], c[j]) - lo[j]) * share
        block[3, j] = (h[j] - lo[j]) * share
        # A bar without range has no place in it.
        block[4, j] = (c[j] - lo[j]) / (h[j] - lo[j]) if h[j] > lo[j] else np.nan


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
