"""How much a name moves: spread of its log returns and of its ranges, and how it moves with the market."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    BOTH_5,
    FIVE,
    MARKET_5,
    MARKET_SQUARE_5,
    RANGE_5,
    RETURN_5,
    RETURN_SQUARE_5,
    Family,
    Rows,
    compiled,
    declared,
    lay,
)
from cockpit.brains.features.windows import ROUNDING

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
                _add(rows, t - k, sums)
                if k < RANGE_SPAN:
                    for j in range(n_names):
                        sums[5, j] += rows[RANGE_5, t - k, j]
                k += FIVE
            share, others = 1.0 / k, 1.0 / (k - 1)
            for j in range(n_names):
                block[w, j] = np.sqrt(max(sums[1, j] - sums[0, j] * sums[0, j] * share, 0.0) * others)
        _compare(sums, block[step:])
        lay(block, ages[t - first], lookbacks, out[t - first], at)


@compiled
def _add(rows: Rows, t: int, sums: Rows) -> None:
    own, square, both = rows[RETURN_5, t], rows[RETURN_SQUARE_5, t], rows[BOTH_5, t]
    market, market_square = rows[MARKET_5, t], rows[MARKET_SQUARE_5, t]
    for j in range(len(own)):
        sums[0, j] += own[j]
        sums[1, j] += square[j]
        sums[2, j] += market[j]
        sums[3, j] += market_square[j]
        sums[4, j] += both[j]


@compiled
def _compare(sums: Rows, block: Rows) -> None:
    share, range_share = 1.0 / MARKET_SPAN, 1.0 / (RANGE_SPAN * PARKINSON)
    for j in range(block.shape[1]):
        own = sums[1, j] - sums[0, j] * sums[0, j] * share
        market = sums[3, j] - sums[2, j] * sums[2, j] * share
        both = sums[4, j] - sums[0, j] * sums[2, j] * share
        moves = market > ROUNDING * sums[3, j]
        block[0, j] = np.sqrt(sums[5, j] * range_share)
        block[1, j] = both / market if moves else np.nan
        block[2, j] = both / np.sqrt(own * market) if moves and own > ROUNDING * sums[1, j] else np.nan


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
