"""Inductive Venn-Abers: two isotonic answers for each score, one for each way the new case could turn out.

For a score the calibration set is fitted once with the new case a loss and once with it a win; the two values there
bound the probability, and their distance says how little is known. All knots are precomputed exactly, on integer
counts, by walking from the new case outward over the blocks that both sides already form.
Source: Vovk and Petej 2014, Venn-Abers predictors; Vovk, Petej and Fedorova 2015, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Blocks: TypeAlias = list[tuple[int, int, int]]
"""For each knot: (wins, cases, end) of the outermost block of the isotonic fit up to that knot; the block beyond it
begins at `end`."""


@dataclass(frozen=True, slots=True, eq=False)
class VennAbersMap:
    """A fitted map. Shapes: float64 [knot]; `knots` ascend, `low` and `high` never fall."""

    knots: NDArray[Any]
    low: NDArray[Any]
    high: NDArray[Any]

    def band(self, raw: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Answer the lower and the upper probability of each score."""
        below = np.concatenate([[0.0], self.low])[np.searchsorted(self.knots, raw, side="right")]
        above = np.concatenate([self.high, [1.0]])[np.searchsorted(self.knots, raw, side="left")]
        return below, above

    def value(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Answer one probability for each score: high / (1 - low + high), which minimises the regret in log loss."""
        low, high = self.band(raw)
        one: NDArray[Any] = 1 / (1 + (1 - low) / high)  # so written, rounding cannot reorder scores
        return one


def fitted_venn_abers(raw: NDArray[Any], beat: NDArray[Any]) -> VennAbersMap:
    """Fit scores to what came true. Shapes: `raw` float64 [row], `beat` [row] of 0 and 1; at least one row."""
    knots, at = np.unique(raw, return_inverse=True)
    wins = np.bincount(at, weights=beat).astype(int).tolist()
    cases = np.bincount(at).tolist()
    left = _blocks(wins, cases)
    right = [(w, c, len(knots) - 1 - end) for w, c, end in reversed(_blocks(_lost(wins, cases), cases[::-1]))]
    low, high = ([_at(k, label, wins, cases, left, right) for k in range(len(knots))] for label in (0, 1))
    return VennAbersMap(knots, np.array(low), np.array(high))


def _lost(wins: list[int], cases: list[int]) -> list[int]:
    """Turn the scale around: losses from the top down rise where wins from the bottom up do."""
    return [c - w for w, c in zip(reversed(wins), reversed(cases), strict=True)]


def _blocks(wins: list[int], cases: list[int]) -> Blocks:
    found: Blocks = []
    for k in range(len(wins)):
        w, c, end = wins[k], cases[k], k - 1
        while end >= 0 and found[end][0] * c >= w * found[end][1]:
            w, c, end = w + found[end][0], c + found[end][1], found[end][2]
        found.append((w, c, end))
    return found


def _at(k: int, label: int, wins: list[int], cases: list[int], left: Blocks, right: Blocks) -> float:
    """Answer the isotonic value at knot `k` with one more case of `label` there; `right` counts losses."""
    w, c, before, after = wins[k] + label, cases[k] + 1, k - 1, k + 1
    while True:
        if before >= 0 and left[before][0] * c >= w * left[before][1]:
            w, c, before = w + left[before][0], c + left[before][1], left[before][2]
        elif after < len(wins) and (right[after][1] - right[after][0]) * c <= w * right[after][1]:
            lost, n, beyond = right[after]
            w, c, after = w + n - lost, c + n, beyond
        else:
            return w / c
