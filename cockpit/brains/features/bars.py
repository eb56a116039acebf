"""Alpha158's bar shapes and price ratios: how the day's open, high, low and close lie to each other.

Source: qlib's Alpha158. Daily panels carry no traded average, so TYPICAL0 = (H+L+C)/3C stands where qlib has VWAP0.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import CLOSE, HIGH, LOW, OPEN, TYPICAL, Family, Rows, compiled, declared, lay

TINY: Final = 1e-12
"""qlib's guard: a bar without range has shape 0."""
SHAPES: Final = ("KMID", "KLEN", "KMID2", "KUP", "KUP2", "KLOW", "KLOW2", "KSFT", "KSFT2")
PRICES: Final = ("OPEN0", "HIGH0", "LOW0", "TYPICAL0")


@compiled
def bar_shapes(
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
    """Compute the nine shapes and four ratios."""
    block = np.empty((13, rows.shape[2]))
    for t in range(first, last):
        o, h, lo, c = rows[OPEN, t], rows[HIGH, t], rows[LOW, t], rows[CLOSE, t]
        for j in range(rows.shape[2]):
            spread = h[j] - lo[j] + TINY
            top, bottom = max(o[j], c[j]), min(o[j], c[j])
            block[0, j] = (c[j] - o[j]) / o[j]
            block[1, j] = (h[j] - lo[j]) / o[j]
            block[2, j] = (c[j] - o[j]) / spread
            block[3, j] = (h[j] - top) / o[j]
            block[4, j] = (h[j] - top) / spread
            block[5, j] = (bottom - lo[j]) / o[j]
            block[6, j] = (bottom - lo[j]) / spread
            block[7, j] = (2 * c[j] - h[j] - lo[j]) / o[j]
            block[8, j] = (2 * c[j] - h[j] - lo[j]) / spread
        for j in range(rows.shape[2]):
            block[9, j] = o[j] / c[j]
            block[10, j] = h[j] / c[j]
            block[11, j] = lo[j] / c[j]
            block[12, j] = rows[TYPICAL, t, j] / c[j]
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


BAR_SHAPES: Final = Family(
    "bar shapes", declared("bar shapes", *((name, "ratio", 0) for name in (*SHAPES, *PRICES))), bar_shapes
)
