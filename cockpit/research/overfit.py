"""How probable it is that the best of many backtests was only the luckiest: PBO by CSCV.

The periods are cut into an even number of blocks; for every half of them the configuration that is best there is
looked up in the other half. If it is below the middle there as often as above, being best meant nothing. Source:
Bailey, Borwein, Lopez de Prado, Zhu 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import Abstained, BadInput

BLOCKS: Final = 16
"""12,870 halves."""


@dataclass(frozen=True, slots=True)
class Overfit:
    """What choosing the best was worth out of sample."""

    probability: float
    """Share of halves whose best lies at or below the middle of the other half."""
    loss: float
    """Share of halves whose best earns nothing or less in the other half."""
    logits: NDArray[np.float64]
    """Where the best of each half stands in the other one: log of its rank over what is left. Shapes: [half]."""


def overfit(returns: NDArray[Any], blocks: int = BLOCKS) -> Overfit:
    """Judge the choice among the columns of `returns` by their Sharpe ratio.

    Shapes: float64 [period, configuration].
    Errors: Abstained for fewer than two configurations or two periods a block; BadInput for an odd number of blocks or
    a return that is not finite.
    """
    given = _checked(np.asarray(returns, dtype=np.float64), blocks)
    parts = np.array_split(given, blocks)
    sums = np.array([part.sum(axis=0) for part in parts])
    squares = np.array([(part**2).sum(axis=0) for part in parts])
    sizes = np.array([len(part) for part in parts])
    halves = _halves(blocks)
    inside = _sharpe(halves @ sums, halves @ squares, halves @ sizes)
    outside = _sharpe((1 - halves) @ sums, (1 - halves) @ squares, (1 - halves) @ sizes)
    best = inside.argmax(axis=1)
    rows = np.arange(len(halves))
    there = outside[rows, best]
    # Ties count half, so that configurations that are all alike say nothing rather than something.
    below = (outside < there[:, None]).sum(axis=1) + 0.5 * ((outside == there[:, None]).sum(axis=1) - 1)
    share = (below + 1) / (given.shape[1] + 1)
    logits = np.log(share / (1 - share))
    return Overfit(float((logits <= 0).mean()), float((there <= 0).mean()), logits)


def _checked(given: NDArray[np.float64], blocks: int) -> NDArray[np.float64]:
    if blocks < 2 or blocks % 2 or blocks > BLOCKS:
        raise BadInput(f"{blocks} blocks given; an even number from 2 to {BLOCKS} expected")
    if given.ndim != 2 or given.shape[1] < 2 or len(given) < 2 * blocks:
        raise Abstained(f"returns of shape {given.shape}: two configurations and {2 * blocks} periods at least needed")
    if not np.isfinite(given).all():
        raise BadInput("a return that is not finite: a missing return is not a zero")
    return given


def _halves(blocks: int) -> NDArray[np.float64]:
    halves = np.zeros((comb(blocks, blocks // 2), blocks))
    for row, chosen in enumerate(combinations(range(blocks), blocks // 2)):
        halves[row, list(chosen)] = 1
    return halves


def _sharpe(sums: NDArray[Any], squares: NDArray[Any], sizes: NDArray[Any]) -> NDArray[np.float64]:
    mean = sums / sizes[:, None]
    variance = np.maximum(squares / sizes[:, None] - mean**2, 0.0)
    still = variance <= 1e-18
    ratio: NDArray[np.float64] = np.where(still, 0.0, mean / np.sqrt(np.where(still, 1.0, variance)))
    return ratio
