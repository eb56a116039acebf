"""Traces of informed money in daily prices: what share was delivered, and on which side of the bar volume fell."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    DELIVERY,
    FIVE,
    FLOW,
    RETURN,
    SIGNED_VOLUME,
    VOLUME,
    Family,
    Rows,
    compiled,
    declared,
    lay,
)
from cockpit.brains.features.flows import stand
from cockpit.brains.features.sums import add_five

SPAN: Final = 20


@compiled
def smart_money(
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
    """Compute delivery's z, delivery with the sign of the day, the slope of OBV and Chaikin's money flow."""
    block = np.empty((4, rows.shape[2]))
    for t in range(first, last):
        _delivery(rows, t, block)
        _balance_slope(rows, t, block[2])
        _money_flow(rows, t, block[3])
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _delivery(rows: Rows, t: int, block: Rows) -> None:
    stand(rows[DELIVERY], t, block[0])
    for j in range(block.shape[1]):
        block[1, j] = rows[DELIVERY, t, j] * np.sign(rows[RETURN, t, j])


@compiled
def _balance_slope(rows: Rows, t: int, column: Rows) -> None:
    """Answer the slope of the line through 20 values of on-balance volume, over the mean volume of a session."""
    n_names, middle, spread = rows.shape[2], (SPAN - 1) / 2.0, SPAN * (SPAN * SPAN - 1) / 12.0
    back, sums = np.zeros(n_names), np.zeros((3, n_names))
    for k in range(SPAN):
        signed, volume = rows[SIGNED_VOLUME, t - k], rows[VOLUME, t - k]
        for j in range(n_names):
            # How far OBV lay k sessions ago from today's; only differences count for a slope.
            sums[0, j] += back[j]
            sums[1, j] += k * back[j]
            sums[2, j] += volume[j]
            back[j] -= signed[j]
    for j in range(n_names):
        slope = (middle * sums[0, j] - sums[1, j]) / spread
        column[j] = slope / (sums[2, j] / SPAN) if sums[2, j] > 0.0 else np.nan


@compiled
def _money_flow(rows: Rows, t: int, column: Rows) -> None:
    n_names = rows.shape[2]
    flow, total = np.zeros(n_names), np.zeros(n_names)
    for k in range(0, SPAN, FIVE):
        add_five(rows[FLOW], t - k, flow)
        add_five(rows[VOLUME], t - k, total)
    for j in range(n_names):
        column[j] = flow[j] / total[j] if total[j] > 0.0 else np.nan


SMART: Final = Family(
    "smart money",
    declared(
        "smart money",
        ("delivery_z_20", "sd", SPAN - 1),
        ("delivery_signed", "ratio", 1),
        ("obv_slope_20", "ratio", SPAN - 1),
        ("cmf_20", "ratio", SPAN - 1),
    ),
    smart_money,
)
