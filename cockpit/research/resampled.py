"""Resampling that respects time: intervals by the stationary bootstrap, and whether the best truly beats a benchmark.

Returns that follow each other are not independent, so blocks of random length are drawn, wrapped around the end.
Sources: Politis and Romano 1994; Hansen 2005 (SPA, consistent p-value).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.record.accuracy import resampled_days
from cockpit.errors import Abstained, BadInput

DRAWS: Final = 1000
BLOCK: Final = 10.0
NEGLIGIBLE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the bounds between which it lies at the level asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Superior:
    """Whether the best of many beats the benchmark: the p-value of "none does", and each one's studentised edge."""

    p: float
    best: int
    edges: NDArray[np.float64]


def mean_of(history: NDArray[Any]) -> NDArray[np.float64]:
    """Answer the mean of each history. Shapes: [draw, period] in, [draw] out."""
    answer: NDArray[np.float64] = history.mean(axis=1)
    return answer


def interval(
    returns: NDArray[Any],
    figure: Callable[[NDArray[Any]], NDArray[np.float64]] = mean_of,
    *,
    level: float = 0.90,
    block: float = BLOCK,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """Answer a figure of `returns` (float64 [period]) with its bootstrap interval; `figure` takes [draw, period].

    Errors: Abstained for fewer periods than two blocks hold: what is resampled then is one block again and again.
    """
    given = np.asarray(returns, dtype=np.float64)
    _checked(given[:, None], block)
    found = figure(given[resampled_days(len(given), block, draws, seed)])
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(figure(given[None, :])[0]), float(low), float(high))


def superior(edges: NDArray[Any], *, block: float = BLOCK, draws: int = DRAWS, seed: int = 0) -> Superior:
    """Test whether any column of `edges`, each one's return less the benchmark's, is truly above zero (SPA).

    The p-value is Hansen's consistent one: columns that are clearly worse than the benchmark do not count, so that
    adding bad candidates cannot hide a good one. Shapes: float64 [period, candidate].
    Errors: Abstained for fewer periods than two blocks; BadInput for one that is not finite.
    """
    given = _checked(np.asarray(edges, dtype=np.float64), block)
    n = len(given)
    mean = given.mean(axis=0)
    error = np.maximum(_long_run(given, block) / np.sqrt(n), 1e-300)
    # A candidate behind by more than this many errors cannot be the best one by chance (the law of iterated logs).
    clearly_worse = mean / error <= -np.sqrt(2 * np.log(np.log(max(n, 3))))
    centre = np.where(clearly_worse, 0.0, mean)
    rows = resampled_days(n, block, draws, seed)
    chance = np.array([float(((given[row].mean(axis=0) - centre) / error).max()) for row in rows])
    seen = max(0.0, float((mean / error).max()))
    p = float((np.maximum(chance, 0.0) >= seen).mean())
    return Superior(p, int(np.argmax(mean / error)), mean / error)


def _long_run(given: NDArray[np.float64], block: float) -> NDArray[np.float64]:
    """Answer the standard deviation of root-n times the mean under the stationary bootstrap. Shapes: [candidate]."""
    n, away, keep = len(given), given - given.mean(axis=0), 1 - 1 / block
    total = (away**2).mean(axis=0)
    for lag in range(1, n):
        weight = (1 - lag / n) * keep**lag + lag / n * keep ** (n - lag)
        if weight >= NEGLIGIBLE:
            total = total + 2 * weight * (away[:-lag] * away[lag:]).sum(axis=0) / n
    answer: NDArray[np.float64] = np.sqrt(np.maximum(total, 0.0))
    return answer


def _checked(given: NDArray[np.float64], block: float) -> NDArray[np.float64]:
    if len(given) < 2 * block:
        raise Abstained(f"{len(given)} periods in blocks of {block:g}: two blocks at least needed")
    if not np.isfinite(given).all():
        raise BadInput("a return that is not finite: a missing return is not a zero")
    return given
