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
BLOCK: Final = 32
"""Days ranked at a time: the order of ten years of columns at once would take more memory than the columns."""


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
    if values.ndim == 2:
        return np.ascontiguousarray(centred_ranks(values.T).T)
    ranks = np.empty(values.shape, dtype=np.float32)
    for first in range(0, len(values), BLOCK):
        days = slice(first, first + BLOCK)
        ranks[days] = np.swapaxes(centred_ranks(np.swapaxes(values[days], 1, 2)), 1, 2)
    return ranks


def rank_ics(predicted: NDArray[Any], came_true: NDArray[Any], fewest: int = 20) -> NDArray[np.float64]:
    """Answer each day's Spearman correlation between what was predicted and what came true.

    Shapes: [day, name] both; the answer is [day], NaN on days with fewer than `fewest` names known on both sides.
    """
    both = np.isfinite(predicted) & np.isfinite(came_true)
    left = centred_ranks(np.where(both, predicted, np.nan))
    right = centred_ranks(np.where(both, came_true, np.nan))
    return ranks_together(left, right, fewest)


def ranks_together(left: NDArray[np.float32], right: NDArray[np.float32], fewest: int = 20) -> NDArray[np.float64]:
    """Answer each day's correlation of two sets of centred ranks of the same names, as `rank_ics` does.

    Shapes: [day, name] both, NaN at the same places; the answer is [day].
    """
    ics = np.full(len(left), np.nan)
    _correlated(left, right, max(fewest, FEWEST), ics)
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


@njit(cache=True)
def _correlated(left: Any, right: Any, fewest: int, ics: Any) -> None:
    for day in range(len(left)):
        n, both, own, other = 0, 0.0, 0.0, 0.0
        for name in range(left.shape[1]):
            a, b = np.float64(left[day, name]), np.float64(right[day, name])
            if not (np.isnan(a) or np.isnan(b)):
                n += 1
                both += a * b
                own += a * a
                other += b * b
        # Ranks are centred, so a correlation is a ratio of sums; a day on which all are tied has none.
        if n >= fewest and own > 0.0 and other > 0.0:
            ics[day] = both / np.sqrt(own * other)
