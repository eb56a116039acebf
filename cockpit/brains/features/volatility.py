"""How much a name moves: spread of its log returns and of its ranges, and how it moves with the market."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from cockpit.brains.features.columns import LOG_RANGE, MARKET, RETURN, Family, Rows, compiled, declared, lay
from cockpit.brains.features.windows import FLAT

SPANS: Final = (5, 20, 60)
RANGE_SPAN: Final = 20
MARKET_SPAN: Final = 60
PARKINSON: Final = 4.0 * math.log(2.0)
"""Parkinson 1980: the mean square of ln(H/L) over this is the variance of a day."""


@compiled
def volatility(
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
    """Compute the spread of daily log returns, Parkinson's spread of ranges, and beta and correlation to the market."""
    n_names, step = rows.shape[2], len(SPANS)
    block, sums = np.empty((step + 3, n_names)), np.empty((6, n_names))
    for t in range(first, last):
        sums[:] = 0.0
        k = 0
        for w in range(step):
            while k < SPANS[w]:
                _add(rows[RETURN, t - k], rows[MARKET, t - k], sums)
                if k < RANGE_SPAN:
                    _add_range(rows[LOG_RANGE, t - k], sums[5])
                k += 1
            for j in range(n_names):
                block[w, j] = np.sqrt(max(sums[1, j] - sums[0, j] * sums[0, j] / k, 0.0) / (k - 1))
        _compare(sums, block[step:])
        lay(block, ages[t - first], lookbacks, out[t - first], at)


@compiled
def _add(own: Rows, market: Rows, sums: Rows) -> None:
    for j in range(len(own)):
        sums[0, j] += own[j]
        sums[1, j] += own[j] * own[j]
        sums[2, j] += market[j]
        sums[3, j] += market[j] * market[j]
        sums[4, j] += own[j] * market[j]


@compiled
def _add_range(log_range: Rows, total: Rows) -> None:
    for j in range(len(log_range)):
        total[j] += log_range[j] * log_range[j]


@compiled
def _compare(sums: Rows, block: Rows) -> None:
    n = MARKET_SPAN
    for j in range(block.shape[1]):
        own = sums[1, j] - sums[0, j] * sums[0, j] / n
        market = sums[3, j] - sums[2, j] * sums[2, j] / n
        both = sums[4, j] - sums[0, j] * sums[2, j] / n
        moves = market > FLAT * n
        block[0, j] = np.sqrt(sums[5, j] / RANGE_SPAN / PARKINSON)
        block[1, j] = both / market if moves else np.nan
        block[2, j] = both / np.sqrt(own * market) if moves and own > FLAT * n else np.nan


VOLATILITY: Final = Family(
    "volatility",
    declared(
        "volatility",
        *((f"volatility_{span}", "ratio a day", span) for span in SPANS),
        (f"parkinson_{RANGE_SPAN}", "ratio a day", RANGE_SPAN - 1),
        (f"beta_{MARKET_SPAN}", "ratio", MARKET_SPAN),
        (f"market_corr_{MARKET_SPAN}", "ratio", MARKET_SPAN),
    ),
    volatility,
)
