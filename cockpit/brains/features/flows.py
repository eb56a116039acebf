"""Volume against its own past, and what price does on it: CCI, money flow, on-balance volume, correlations."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    CLOSE,
    FIVE,
    LOG_VOLUME,
    RETURN_5,
    RETURN_SQUARE_5,
    RETURN_VOLUME_CHANGE_5,
    SIGNED_MONEY,
    SIGNED_VOLUME,
    TYPICAL,
    VOLUME,
    VOLUME_5,
    VOLUME_CHANGE_5,
    VOLUME_CHANGE_SQUARE_5,
    Family,
    Rows,
    compiled,
    declared,
    lay,
)
from cockpit.brains.features.sums import sum_sixty, sum_twenty
from cockpit.brains.features.turnover import correlate, pair
from cockpit.brains.features.windows import ROUNDING

SPANS: Final = (5, 20, 60)
SPAN: Final = 20
"""Sessions of everything here but the volume ratios and MFI."""
MFI_SPAN: Final = 14
CCI_SCALE: Final = 0.015
"""Lambert's constant."""


@compiled
def flows(
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
    """Compute volume ratios, volume's z, CCI, MFI (0 to 1), OBV's share of volume, and price-volume correlations."""
    n_names, step = rows.shape[2], len(SPANS)
    block, level, change = np.empty((step + 6, n_names)), np.empty((5, n_names)), np.empty((5, n_names))
    for t in range(first, last):
        _turnover(rows, t, level, block)
        stand(rows[VOLUME], t, block[step])
        _commodity_channel(rows[TYPICAL], t, block[step + 1])
        _money_flow(rows[SIGNED_MONEY], t, block[step + 2])
        _balance(rows[SIGNED_VOLUME], t, level[0], block[step + 3])
        level[:] = 0.0
        for k in range(0, SPAN, FIVE):
            pair(rows[CLOSE], rows[LOG_VOLUME], t, k, level)
        correlate(level, SPAN, block[step + 4])
        _sum_changes(rows, t, change)
        correlate(change, SPAN, block[step + 5])
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _turnover(rows: Rows, t: int, sums: Rows, block: Rows) -> None:
    """Answer volume over its mean of 5, 20 and 60 sessions, and leave the sum of 20 in front."""
    volume, five, twenty, sixty = rows[VOLUME, t], rows[VOLUME_5, t], sums[0], sums[1]
    sum_twenty(rows[VOLUME_5], t, twenty)
    sum_sixty(rows[VOLUME_5], t, sixty)
    for j in range(len(volume)):
        block[0, j] = volume[j] * 5.0 / five[j] if five[j] > 0.0 else np.nan
        block[1, j] = volume[j] * 20.0 / twenty[j] if twenty[j] > 0.0 else np.nan
        block[2, j] = volume[j] * 60.0 / sixty[j] if sixty[j] > 0.0 else np.nan


@compiled
def _sum_changes(rows: Rows, t: int, sums: Rows) -> None:
    """Sum log returns x and changes of volume y over the span, as they are, for both are small: x, y, xx, yy, xy."""
    sum_twenty(rows[RETURN_5], t, sums[0])
    sum_twenty(rows[VOLUME_CHANGE_5], t, sums[1])
    sum_twenty(rows[RETURN_SQUARE_5], t, sums[2])
    sum_twenty(rows[VOLUME_CHANGE_SQUARE_5], t, sums[3])
    sum_twenty(rows[RETURN_VOLUME_CHANGE_5], t, sums[4])


@compiled
def stand(series: Rows, t: int, column: Rows) -> None:
    """Answer how many standard deviations row `t` lies from the mean of its 20 sessions; missing where constant."""
    today, sums = series[t], np.zeros((2, series.shape[1]))
    for k in range(0, SPAN, FIVE):
        i = t - k
        a, b, c, d, e = series[i], series[i - 1], series[i - 2], series[i - 3], series[i - 4]
        for j in range(len(today)):
            u, v, w, x, y = a[j] - today[j], b[j] - today[j], c[j] - today[j], d[j] - today[j], e[j] - today[j]
            sums[0, j] += (u + v) + (w + x) + y
            sums[1, j] += (u * u + v * v) + (w * w + x * x) + y * y
    for j in range(len(today)):
        squares = sums[1, j] - sums[0, j] * sums[0, j] * (1.0 / SPAN)
        moves = squares > ROUNDING * sums[1, j]
        column[j] = sums[0, j] * (-1.0 / SPAN) / np.sqrt(squares * (1.0 / (SPAN - 1))) if moves else np.nan


@compiled
def _commodity_channel(typical: Rows, t: int, column: Rows) -> None:
    today = typical[t]
    for j in range(len(column)):
        away, apart = 0.0, 0.0
        for k in range(1, SPAN):
            away += typical[t - k, j] - today[j]
        mean = today[j] + away * (1.0 / SPAN)
        for k in range(SPAN):
            apart += abs(typical[t - k, j] - mean)
        column[j] = -away / (CCI_SCALE * apart) if apart > 0.0 else np.nan


@compiled
def _money_flow(money: Rows, t: int, column: Rows) -> None:
    for j in range(len(column)):
        net, total = 0.0, 0.0
        for k in range(MFI_SPAN):
            net += money[t - k, j]
            total += abs(money[t - k, j])
        column[j] = (total + net) / (2.0 * total) if total > 0.0 else np.nan


@compiled
def _balance(signed: Rows, t: int, total: Rows, column: Rows) -> None:
    """Answer the change of on-balance volume as a share of all volume, `total`, in the span: between -1 and 1."""
    for j in range(len(column)):
        net = 0.0
        for k in range(SPAN):
            net += signed[t - k, j]
        column[j] = net / total[j] if total[j] > 0.0 else np.nan


FLOWS: Final = Family(
    "flows",
    declared(
        "flows",
        *((f"volume_{span}", "ratio", span - 1) for span in SPANS),
        ("volume_z_20", "sd", SPAN - 1),
        ("cci_20", "mean deviations", SPAN - 1),
        ("mfi_14", "ratio", MFI_SPAN),
        ("obv_20", "ratio", SPAN),
        ("price_volume_20", "ratio", SPAN - 1),
        ("change_volume_20", "ratio", SPAN),
    ),
    flows,
)
