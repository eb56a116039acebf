"""The factors of the quantitative brain: reversal, 12-1 momentum, low volatility, the year's high, illiquidity.

Reversal and volatility compare a name with the names of the day, reversal also with its own sector.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    APART,
    CLOSE,
    HIGH,
    MARKET,
    REINVESTED,
    RETURN,
    VOLUME,
    Family,
    Kind,
    Rows,
    compiled,
    declared,
    lay,
)
from cockpit.brains.features.standing import score

REVERSALS: Final = (5, 10, 21)
MONTH, YEAR = 21, 252
RISK_SPAN: Final = 63
CRORE: Final = 1e7


@compiled
def factors(
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
    """Compute what needs the name alone: reversals, momentum, the year's high and illiquidity."""
    n_names, step = rows.shape[2], len(REVERSALS)
    block, top, illiquid = np.empty((step + 3, n_names)), np.empty(n_names), np.empty(n_names)
    for t in range(first, last):
        close = rows[CLOSE, t]
        top[:], illiquid[:] = 0.0, 0.0
        for k in range(YEAR):
            _raise(rows[HIGH, t - k], top)
        for k in range(MONTH):
            _impact(rows, t - k, illiquid)
        for j in range(n_names):
            for w in range(step):
                block[w, j] = np.log(rows[CLOSE, t - REVERSALS[w], j] / close[j])
            block[step, j] = np.log(rows[CLOSE, t - MONTH, j] / rows[CLOSE, t - YEAR, j])
            block[step + 1, j] = close[j] / top[j]
            block[step + 2, j] = illiquid[j] / MONTH
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _raise(high: Rows, top: Rows) -> None:
    for j in range(len(top)):
        top[j] = max(top[j], high[j])


@compiled
def _impact(rows: Rows, t: int, total: Rows) -> None:
    """Add Amihud's ratio of one session: its move over the crores that were traded for it."""
    for j in range(len(total)):
        crores = rows[CLOSE, t, j] / rows[REINVESTED, t, j] * rows[VOLUME, t, j] / CRORE
        total[j] += abs(rows[RETURN, t, j]) / crores if crores > 0.0 else np.nan


@compiled
def compared(
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
    """Compute what compares the names: mean reversal z (of all, of the sector), calm and idiosyncratic calm z."""
    n_names, n_groups = rows.shape[2], groups.max() + 1
    block, measured = np.empty((4, n_names)), np.empty((2, n_names))
    everyone = np.minimum(groups, 0)
    for t in range(first, last):
        age = ages[t - first]
        _reversals(rows, t, age, everyone, 1, block[0])
        _reversals(rows, t, age, groups, n_groups, block[1])
        _spreads(rows, t, age, groups, measured)
        score(measured[0], everyone, 1, block[2])
        score(measured[1], everyone, 1, block[3])
        lay(block, age, lookbacks, out[t - first], slots)


@compiled
def _reversals(rows: Rows, t: int, age: Rows, groups: Rows, n_groups: int, column: Rows) -> None:
    fallen, standing = np.empty(len(age)), np.empty(len(age))
    column[:] = 0.0
    for w in range(len(REVERSALS)):
        for j in range(len(age)):
            known = age[j] > REVERSALS[w] and groups[j] != APART
            fallen[j] = np.log(rows[CLOSE, t - REVERSALS[w], j] / rows[CLOSE, t, j]) if known else np.nan
        score(fallen, groups, n_groups, standing)
        for j in range(len(age)):
            column[j] += standing[j] / len(REVERSALS)


@compiled
def _spreads(rows: Rows, t: int, age: Rows, groups: Rows, measured: Rows) -> None:
    """Measure calm: minus the spread of log returns, and of what the market does not explain of them."""
    n, n_names = RISK_SPAN, len(age)
    sums = np.zeros((5, n_names))
    for k in range(n):
        own, market = rows[RETURN, t - k], rows[MARKET, t - k]
        for j in range(n_names):
            sums[0, j] += own[j]
            sums[1, j] += own[j] * own[j]
            sums[2, j] += market[j]
            sums[3, j] += market[j] * market[j]
            sums[4, j] += own[j] * market[j]
    for j in range(n_names):
        whole = max(sums[1, j] - sums[0, j] * sums[0, j] / n, 0.0)
        market = max(sums[3, j] - sums[2, j] * sums[2, j] / n, 0.0)
        both = sums[4, j] - sums[0, j] * sums[2, j] / n
        known = age[j] > n and groups[j] != APART
        rest = max(whole - both * both / market, 0.0) if market > 0.0 else np.nan
        measured[0, j] = -np.sqrt(whole / (n - 1)) if known else np.nan
        measured[1, j] = -np.sqrt(rest / (n - 2)) if known else np.nan


FACTORS_ALONE: Final = Family(
    "factors",
    declared(
        "factors",
        *((f"reversal_{span}", "log ratio", span) for span in REVERSALS),
        ("momentum_12_1", "log ratio", YEAR),
        ("high_252", "ratio", YEAR - 1),
        ("amihud_21", "ratio per crore", MONTH),
    ),
    factors,
)
FACTORS_COMPARED: Final = Family(
    "sectors",
    declared(
        "sectors",
        ("reversal_z", "sd", REVERSALS[-1]),
        ("reversal_sector_z", "sd", REVERSALS[-1]),
        ("calm_z", "sd", RISK_SPAN),
        ("own_calm_z", "sd", RISK_SPAN),
        kind=Kind.CROSS,
    ),
    compared,
)
