"""Ranks of a day's names among each other, the one scale on which features, labels and predictions are compared.

A rank asks nothing of any other day. So a column means the same in a calm year and in a wild one, its bins never have
to be learned from the future, and one odd price cannot outweigh six hundred sound ones.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

FEWEST: Final = 2
"""A name alone has no rank."""


def centred_ranks(values: NDArray[Any]) -> NDArray[np.float32]:
    """Rank the names of each day, ties sharing their mean rank, from -0.5 (lowest) to 0.5 (highest).

    Shapes: [..., name] in and out; the last axis is ranked. NaN stays NaN and is not counted; the mean of every ranked
    row is 0. A row with one known name has no ranks.
    """
    rows = np.ascontiguousarray(values).reshape(-1, values.shape[-1])
    finite = np.isfinite(rows)
    if not finite.all():
        rows = np.where(finite, rows, np.nan)  # NaN is sorted last, an infinity would not be
    ranks = np.empty(rows.shape, dtype=np.float32)
    _shared_ranks(rows, np.argsort(rows, axis=1), finite.sum(axis=1), ranks)
    return ranks.reshape(values.shape)


def ranked_columns(values: NDArray[Any]) -> NDArray[np.float32]:
    """Rank every column of every day among the names.

    Shapes: [day, name, column] in and out, or [name, column] of one day.
    """
    turned = np.swapaxes(values, -1, -2)
    return np.ascontiguousarray(np.swapaxes(centred_ranks(turned), -1, -2))


def rank_ics(predicted: NDArray[Any], came_true: NDArray[Any], fewest: int = 20) -> NDArray[np.float64]:
    """Answer each day's Spearman correlation between what was predicted and what came true.

    Shapes: [day, name] both; the answer is [day], NaN on days with fewer than `fewest` names known on both sides.
    """
    both = np.isfinite(predicted) & np.isfinite(came_true)
    left = centred_ranks(np.where(both, predicted, np.nan)).astype(np.float64)
    right = centred_ranks(np.where(both, came_true, np.nan)).astype(np.float64)
    enough = both.sum(axis=1) >= max(fewest, FEWEST)
    ics = np.full(len(both), np.nan)
    # The ranks are centred, so a correlation is a ratio of sums; a day on which all are tied has none.
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.nansum(left**2, axis=1) * np.nansum(right**2, axis=1))
        ics[enough] = (np.nansum(left * right, axis=1) / np.where(spread > 0, spread, np.nan))[enough]
    return ics


@njit(cache=True)
def _shared_ranks(rows: Any, order: Any, known: Any, ranks: Any) -> None:
    for row in range(len(rows)):
        n = known[row]
        ranks[row, :] = np.nan
        if n < FEWEST:
            continue
        first = 0
        while first < n:
            last = first
            while last + 1 < n and rows[row, order[row, last + 1]] == rows[row, order[row, first]]:
                last += 1
            share = np.float32((first + last) / 2 / (n - 1) - 0.5)
            for place in range(first, last + 1):
                ranks[row, order[row, place]] = share
            first = last + 1
