"""Volume against its own past, and what price does on it: CCI, money flow, on-balance volume, correlations."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    CLOSE,
    LOG_VOLUME,
    RETURN,
    TYPICAL,
    VOLUME,
    Family,
    Rows,
    compiled,
    declared,
    lay,
)
from cockpit.brains.features.turnover import correlate, pair

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
    block, volume_sums = np.empty((step + 6, n_names)), np.empty((2, n_names))
    for t in range(first, last):
        volume_sums[:] = 0.0
        k = 0
        for w in range(step):
            while k < SPANS[w]:
                _add_volume(rows[VOLUME, t - k], rows[VOLUME, t], volume_sums)
                k += 1
            _levels(rows[VOLUME, t], volume_sums, k, block[w], block[step])
        _commodity_channel(rows[TYPICAL], t, block[step + 1])
        _money_flow(rows, t, block[step + 2])
        _balance(rows, t, block[step + 3])
        _correlations(rows, t, block[step + 4 :])
        lay(block, ages[t - first], lookbacks, out[t - first], at)


@compiled
def _add_volume(past: Rows, volume: Rows, sums: Rows) -> None:
    for j in range(len(past)):
        away = past[j] - volume[j]
        sums[0, j] += away
        sums[1, j] += away * away


@compiled
def _levels(volume: Rows, sums: Rows, n: int, ratio: Rows, standing: Rows) -> None:
    for j in range(len(volume)):
        mean = volume[j] + sums[0, j] / n
        ratio[j] = volume[j] / mean if mean > 0.0 else np.nan
    if n == SPAN:
        for j in range(len(volume)):
            squares = sums[1, j] - sums[0, j] * sums[0, j] / n
            moves = squares > 1e-13 * sums[1, j]
            standing[j] = -sums[0, j] / n / np.sqrt(squares / (n - 1)) if moves else np.nan


@compiled
def _commodity_channel(typical: Rows, t: int, column: Rows) -> None:
    n_names = typical.shape[1]
    mean, away = np.zeros(n_names), np.zeros(n_names)
    for k in range(SPAN):
        for j in range(n_names):
            mean[j] += (typical[t - k, j] - typical[t, j]) / SPAN
    for k in range(SPAN):
        for j in range(n_names):
            away[j] += abs(typical[t - k, j] - typical[t, j] - mean[j]) / SPAN
    for j in range(n_names):
        column[j] = -mean[j] / (CCI_SCALE * away[j]) if away[j] > 0.0 else np.nan


@compiled
def _money_flow(rows: Rows, t: int, column: Rows) -> None:
    n_names = rows.shape[2]
    up, down = np.zeros(n_names), np.zeros(n_names)
    for k in range(MFI_SPAN):
        now, before, volume = rows[TYPICAL, t - k], rows[TYPICAL, t - k - 1], rows[VOLUME, t - k]
        for j in range(n_names):
            money = now[j] * volume[j]
            up[j] += money * (1.0 if now[j] > before[j] else 0.0)
            down[j] += money * (1.0 if now[j] < before[j] else 0.0)
    for j in range(n_names):
        column[j] = up[j] / (up[j] + down[j]) if up[j] + down[j] > 0.0 else np.nan


@compiled
def _balance(rows: Rows, t: int, column: Rows) -> None:
    """Answer the change of on-balance volume over the span as a share of all volume in it: between -1 and 1."""
    n_names = rows.shape[2]
    balance, total = np.zeros(n_names), np.zeros(n_names)
    for k in range(SPAN):
        now, before, volume = rows[CLOSE, t - k], rows[CLOSE, t - k - 1], rows[VOLUME, t - k]
        for j in range(n_names):
            sign = (1.0 if now[j] > before[j] else 0.0) - (1.0 if now[j] < before[j] else 0.0)
            balance[j] += sign * volume[j]
            total[j] += volume[j]
    for j in range(n_names):
        column[j] = balance[j] / total[j] if total[j] > 0.0 else np.nan


@compiled
def _correlations(rows: Rows, t: int, block: Rows) -> None:
    n_names = rows.shape[2]
    level, change = np.zeros((5, n_names)), np.zeros((5, n_names))
    for k in range(SPAN):
        pair(rows[CLOSE, t - k], rows[CLOSE, t], rows[LOG_VOLUME, t - k], rows[LOG_VOLUME, t], level)
        returns, now, before = rows[RETURN, t - k], rows[LOG_VOLUME, t - k], rows[LOG_VOLUME, t - k - 1]
        for j in range(n_names):
            a, b = returns[j], now[j] - before[j]
            change[0, j] += a
            change[1, j] += b
            change[2, j] += a * a
            change[3, j] += b * b
            change[4, j] += a * b
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
