"""Distance from simple averages of 5 to 200 sessions, Bollinger's band, and the straight line through 20 closes."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    CLOSE,
    CLOSE_5,
    CLOSE_20,
    FIVE,
    INVERSE,
    Family,
    Rows,
    compiled,
    declared,
    lay,
)
from cockpit.brains.features.windows import ROUNDING, add_line

SPANS: Final = (5, 10, 20, 50, 200)
"""All of them are put together from sums of 5 and of 20 closes."""
BAND: Final = 20
"""Sessions of the band and the line; one of the spans."""
BAND_WIDTH: Final = 2.0
"""Standard deviations (of the population, as Bollinger has it) between the average and the band."""


@compiled
def averages(
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
    """Compute close over average less 1, place in the band and its width, the line's slope over close and its fit."""
    step = len(SPANS)
    block, sums = np.empty((step + 4, rows.shape[2])), np.empty((3, rows.shape[2]))
    for t in range(first, last):
        close = rows[CLOSE, t]
        _short(rows[CLOSE_5], rows[CLOSE_20], t, close, block)
        _long(rows[CLOSE_20], t, close, block[step - 1])
        sums[:] = 0.0
        for k in range(0, BAND, FIVE):
            add_line(rows[CLOSE], t - k, close, float(k), sums)
        _band(sums, close, rows[INVERSE, t], block[step:])
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _short(fives: Rows, twenties: Rows, t: int, close: Rows, block: Rows) -> None:
    """Answer the distances from the averages of 5, 10, 20 and 50 sessions."""
    for j in range(len(close)):
        ten, twenty = fives[t, j] + fives[t - 5, j], twenties[t, j]
        fifty = (twenty + twenties[t - 20, j]) + (fives[t - 40, j] + fives[t - 45, j])
        block[0, j] = close[j] * 5.0 / fives[t, j] - 1.0
        block[1, j] = close[j] * 10.0 / ten - 1.0
        block[2, j] = close[j] * 20.0 / twenty - 1.0
        block[3, j] = close[j] * 50.0 / fifty - 1.0


@compiled
def _long(twenties: Rows, t: int, close: Rows, column: Rows) -> None:
    """Answer the distance from the average of 200 sessions."""
    for j in range(len(close)):
        total = twenties[t, j]
        for k in range(20, 200, 20):
            total += twenties[t - k, j]
        column[j] = close[j] * 200.0 / total - 1.0


@compiled
def _band(sums: Rows, close: Rows, inverse: Rows, block: Rows) -> None:
    middle, per_spread, share = (BAND - 1) / 2.0, 12.0 / (BAND * (BAND * BAND - 1)), 1.0 / BAND
    for j in range(len(close)):
        mean = sums[0, j] * share
        squares = max(sums[2, j] - sums[0, j] * mean, 0.0)
        moves = squares > ROUNDING * sums[2, j]
        half = BAND_WIDTH * np.sqrt(squares * share)
        line = middle * sums[0, j] - sums[1, j]
        block[0, j] = 0.5 - 0.5 * mean / half if moves else np.nan
        block[1, j] = 2.0 * half / (close[j] + mean)
        block[2, j] = line * per_spread * inverse[j]
        block[3, j] = line * line * per_spread / squares if moves else np.nan


AVERAGES: Final = Family(
    "averages",
    declared(
        "averages",
        *((f"sma_{span}", "ratio", span - 1) for span in SPANS),
        *((name, "ratio", BAND - 1) for name in ("band_place_20", "band_width_20", "slope_20", "fit_20")),
    ),
    averages,
)
