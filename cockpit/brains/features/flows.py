"""Volume against its own past, and what price does on it: CCI, money flow, on-balance volume, correlations."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    CLOSE,
    FIVE,
    LOG_VOLUME,
    RETURN,
    SIGNED_MONEY,
    SIGNED_VOLUME,
    TYPICAL,
    VOLUME,
    VOLUME_5,
    VOLUME_CHANGE,
    Family,
    Rows,
    compiled,
    declared,
    lay,
)
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
    at: int,
) -> None:
    """Compute volume ratios, volume's z, CCI, MFI (0 to 1), OBV's share of volume, and price-volume correlations."""
    n_names, step = rows.shape[2], len(SPANS)
    block, total = np.empty((step + 6, n_names)), np.empty(n_names)
    for t in range(first, last):
        volume = rows[VOLUME, t]
        total[:] = 0.0
        k = 0
        for w in range(step):
            while k < SPANS[w]:
                _add(rows[VOLUME_5, t - k], total)
                k += FIVE
            for j in range(n_names):
                block[w, j] = volume[j] * k / total[j] if total[j] > 0.0 else np.nan
        stand(rows[VOLUME], t, block[step])
        _commodity_channel(rows[TYPICAL], t, block[step + 1])
        _money_flow(rows[SIGNED_MONEY], t, block[step + 2])
        _balance(rows, t, block[step + 3])
        _correlations(rows, t, block[step + 4 :])
        lay(block, ages[t - first], lookbacks, out[t - first], at)


@compiled
def _add(five: Rows, total: Rows) -> None:
    for j in range(len(total)):
        total[j] += five[j]


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
        squares = sums[1, j] - sums[0, j] * sums[0, j] / SPAN
        moves = squares > ROUNDING * sums[1, j]
        column[j] = -sums[0, j] / SPAN / np.sqrt(squares / (SPAN - 1)) if moves else np.nan


@compiled
def _commodity_channel(typical: Rows, t: int, column: Rows) -> None:
    n_names = typical.shape[1]
    mean, away, today = np.zeros(n_names), np.zeros(n_names), typical[t]
    for k in range(0, SPAN, FIVE):
        i = t - k
        a, b, c, d, e = typical[i], typical[i - 1], typical[i - 2], typical[i - 3], typical[i - 4]
        for j in range(n_names):
            now = today[j]
            mean[j] += (((a[j] - now) + (b[j] - now)) + ((c[j] - now) + (d[j] - now)) + (e[j] - now)) / SPAN
    for k in range(0, SPAN, FIVE):
        i = t - k
        a, b, c, d, e = typical[i], typical[i - 1], typical[i - 2], typical[i - 3], typical[i - 4]
        for j in range(n_names):
            now, m = today[j], mean[j]
            near = abs(a[j] - now - m) + abs(b[j] - now - m)
            away[j] += near + (abs(c[j] - now - m) + abs(d[j] - now - m)) + abs(e[j] - now - m)
    for j in range(n_names):
        column[j] = -mean[j] / (CCI_SCALE * away[j] / SPAN) if away[j] > 0.0 else np.nan


@compiled
def _money_flow(money: Rows, t: int, column: Rows) -> None:
    n_names = money.shape[1]
    net, total = np.zeros(n_names), np.zeros(n_names)
    for k in range(0, MFI_SPAN, 2):
        a, b = money[t - k], money[t - k - 1]
        for j in range(n_names):
            net[j] += a[j] + b[j]
            total[j] += abs(a[j]) + abs(b[j])
    for j in range(n_names):
        column[j] = (total[j] + net[j]) / (2.0 * total[j]) if total[j] > 0.0 else np.nan


@compiled
def _balance(rows: Rows, t: int, column: Rows) -> None:
    """Answer the change of on-balance volume over the span as a share of all volume in it: between -1 and 1."""
    n_names = rows.shape[2]
    balance, total = np.zeros(n_names), np.zeros(n_names)
    for k in range(0, SPAN, FIVE):
        add_five(rows[SIGNED_VOLUME], t - k, balance)
        _add(rows[VOLUME_5, t - k], total)
    for j in range(n_names):
        column[j] = balance[j] / total[j] if total[j] > 0.0 else np.nan


@compiled
def add_five(series: Rows, t: int, total: Rows) -> None:
    """Add five rows of a series from row `t` back to a sum."""
    a, b, c, d, e = series[t], series[t - 1], series[t - 2], series[t - 3], series[t - 4]
    for j in range(len(total)):
        total[j] += (a[j] + b[j]) + (c[j] + d[j]) + e[j]


@compiled
def _correlations(rows: Rows, t: int, block: Rows) -> None:
    n_names = rows.shape[2]
    level, change = np.zeros((5, n_names)), np.zeros((5, n_names))
    for k in range(0, SPAN, FIVE):
        pair(rows[CLOSE], rows[LOG_VOLUME], t, k, level)
        pair(rows[RETURN], rows[VOLUME_CHANGE], t, k, change)
    correlate(level, SPAN, block[0])
    correlate(change, SPAN, block[1])


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
