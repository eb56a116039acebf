"""Support and resistance: prices at which the last 120 sessions turned again and again.

A turn is a high above, or a low below, those of three sessions on either side; it is known three sessions later, not
before. Turns that lie within half a mean range of each other are one level; its touches are counted.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import CLOSE, HIGH, LOW, Family, Rows, compiled, declared, lay

SPAN: Final = 120
SIDE: Final = 3
"""Sessions on either side that a turn must stand out from."""
RANGE_SPAN: Final = 20
NEAR: Final = 0.5
"""How near turns must be to make one level, in mean ranges."""
FEWEST: Final = 2
"""Touches that make a level."""
MOST_TURNS: Final = 2 * SPAN


@compiled
def levels(
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
    """Compute how far the nearest level below and above the close is, in mean ranges, and how often each was touched.

    Missing where there is no such level: a name at its high has no resistance.
    """
    n_names = rows.shape[2]
    block, turns = np.empty((4, n_names)), np.empty(MOST_TURNS)
    for t in range(first, last):
        for j in range(n_names):
            block[:, j] = np.nan
            if ages[t - first, j] > SPAN + SIDE:
                unit = _mean_range(rows, t, j)
                n = _turns(rows, t, j, turns)
                _nearest(np.sort(turns[:n]), NEAR * unit, unit, rows[CLOSE, t, j], block[:, j])
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _mean_range(rows: Rows, t: int, j: int) -> float:
    total = 0.0
    for k in range(RANGE_SPAN):
        total += rows[HIGH, t - k, j] - rows[LOW, t - k, j]
    return total / RANGE_SPAN


@compiled
def _turns(rows: Rows, t: int, j: int, turns: Rows) -> int:
    """Collect the prices of the turns that are known by row `t`; answer how many."""
    n = 0
    for k in range(SIDE, SPAN - SIDE):
        high, low = rows[HIGH, t - k, j], rows[LOW, t - k, j]
        is_top, is_bottom = True, True
        for s in range(1, SIDE + 1):
            # Of equal neighbours the older one is the turn.
            is_top &= high > rows[HIGH, t - k - s, j] and high >= rows[HIGH, t - k + s, j]
            is_bottom &= low < rows[LOW, t - k - s, j] and low <= rows[LOW, t - k + s, j]
        if is_top:
            turns[n] = high
            n += 1
        if is_bottom:
            turns[n] = low
            n += 1
    return n


@compiled
def _nearest(turns: Rows, near: float, unit: float, close: float, told: Rows) -> None:
    """Join sorted turns to levels; tell how far the nearest below and above are, then how often each was touched."""
    start = 0
    while start < len(turns):
        end, total = start, 0.0
        while end < len(turns) and turns[end] - turns[start] <= near:
            total += turns[end]
            end += 1
        price = total / (end - start)
        if end - start >= FEWEST and unit > 0.0:
            if price <= close:
                told[0], told[2] = (close - price) / unit, float(end - start)
            elif np.isnan(told[1]):
                told[1], told[3] = (price - close) / unit, float(end - start)
        start = end


LEVELS: Final = Family(
    "levels",
    declared(
        "levels",
        ("support_distance", "mean ranges", SPAN + SIDE),
        ("resistance_distance", "mean ranges", SPAN + SIDE),
        ("support_touches", "touches", SPAN + SIDE),
        ("resistance_touches", "touches", SPAN + SIDE),
    ),
    levels,
)
