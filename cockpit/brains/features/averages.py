"""Distance from simple averages of 5 to 200 sessions, Bollinger's band, and the straight line through 20 closes."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import CLOSE, CLOSE_5, FIVE, Family, Rows, compiled, declared, lay
from cockpit.brains.features.windows import ROUNDING, add_line

SPANS: Final = (5, 10, 20, 50, 200)
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
    at: int,
) -> None:
    """Compute close over average less 1, place in the band and its width, the line's slope over close and its fit."""
    n_names, step = rows.shape[2], len(SPANS)
    block, sums, total = np.empty((step + 4, n_names)), np.empty((3, n_names)), np.empty(n_names)
    for t in range(first, last):
        close = rows[CLOSE, t]
        total[:], sums[:] = 0.0, 0.0
        k = 0
        for w in range(step):
            while k < SPANS[w]:
                _add(rows[CLOSE_5, t - k], total)
                k += FIVE
            for j in range(n_names):
                block[w, j] = close[j] * k / total[j] - 1.0
        for k in range(0, BAND, FIVE):
            add_line(rows[CLOSE], t - k, close, float(k), sums)
        _band(sums, close, block[step:])
        lay(block, ages[t - first], lookbacks, out[t - first], at)


@compiled
def _add(five: Rows, total: Rows) -> None:
    for j in range(len(total)):
        total[j] += five[j]


@compiled
def _band(sums: Rows, close: Rows, block: Rows) -> None:
    middle, spread = (BAND - 1) / 2.0, BAND * (BAND * BAND - 1) / 12.0
    for j in range(len(close)):
        mean = sums[0, j] / BAND
        squares = max(sums[2, j] - sums[0, j] * mean, 0.0)
        moves = squares > ROUNDING * sums[2, j]
        half = BAND_WIDTH * np.sqrt(squares / BAND)
        slope = (middle * sums[0, j] - sums[1, j]) / spread
        block[0, j] = (half - mean) / (2.0 * half) if moves else np.nan
        block[1, j] = 2.0 * half / (close[j] + mean)
        block[2, j] = slope / close[j]
        block[3, j] = slope * slope * spread / squares if moves else np.nan


AVERAGES: Final = Family(
    "averages",
    declared(
        "averages",
        *((f"sma_{span}", "ratio", span - 1) for span in SPANS),
        *((name, "ratio", BAND - 1) for name in ("band_place_20", "band_width_20", "slope_20", "fit_20")),
    ),
    averages,
)
