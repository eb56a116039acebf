"""How much a name moves: spread of its log returns and of its ranges, and how it moves with the market."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    BOTH_5,
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
from cockpit.brains.features.sums import sum_sixty, sum_twenty
from cockpit.brains.features.windows import ROUNDING

SPANS: Final = (5, 20, 60)
"""Five and what its sums are put together to: see `sums.py`."""
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
    slots: Rows,
) -> None:
    """Compute the spread of daily log returns, Parkinson's spread of ranges, and beta and correlation to the market."""
    block, sums = np.empty((len(SPANS) + 3, rows.shape[2])), np.empty((5, rows.shape[2]))
    for t in range(first, last):
        _spread(rows[RETURN_5, t], rows[RETURN_SQUARE_5, t], SPANS[0], block[0])
        sum_twenty(rows[RETURN_5], t, sums[0])
        sum_twenty(rows[RETURN_SQUARE_5], t, sums[1])
        _spread(sums[0], sums[1], SPANS[1], block[1])
        sum_sixty(rows[RETURN_5], t, sums[0])
        sum_sixty(rows[RETURN_SQUARE_5], t, sums[1])
        _spread(sums[0], sums[1], SPANS[2], block[2])
        sum_twenty(rows[RANGE_5], t, sums[2])
        _parkinson(sums[2], block[3])
        sum_sixty(rows[MARKET_5], t, sums[2])
        sum_sixty(rows[MARKET_SQUARE_5], t, sums[3])
        sum_sixty(rows[BOTH_5], t, sums[4])
        _compare(sums, block[4:])
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _spread(total: Rows, squares: Rows, n: int, column: Rows) -> None:
    share, others = 1.0 / n, 1.0 / (n - 1)
    for j in range(len(column)):
        column[j] = np.sqrt(max(squares[j] - total[j] * total[j] * share, 0.0) * others)


@compiled
def _parkinson(ranges: Rows, column: Rows) -> None:
    share = 1.0 / (RANGE_SPAN * PARKINSON)
    for j in range(len(column)):
        column[j] = np.sqrt(ranges[j] * share)


@compiled
def _compare(sums: Rows, block: Rows) -> None:
    share = 1.0 / MARKET_SPAN
    for j in range(block.shape[1]):
        own = sums[1, j] - sums[0, j] * sums[0, j] * share
        market = sums[3, j] - sums[2, j] * sums[2, j] * share
        both = sums[4, j] - sums[0, j] * sums[2, j] * share
        moves = market > ROUNDING * sums[3, j]
        block[0, j] = both / market if moves else np.nan
        block[1, j] = both / np.sqrt(own * market) if moves and own > ROUNDING * sums[1, j] else np.nan


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
