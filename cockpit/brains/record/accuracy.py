"""How sure a track record is: statistics that count days and not rows, and know that overlapping days are not many.

Predictions over H sessions made every day share most of their outcome. Taken as independent, a brain without skill
looks skilled one time in three; errors are therefore made with lags up to 2H, or by resampling blocks of days.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Z95: Final = 1.959963984540054
LEAST_NAMES: Final = 10
"""A rank correlation over fewer names says nothing."""
LEAST_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over days with its error; all but `n` are NaN for fewer than 3 days."""

    mean: float
    error: float
    n: int
    lag: int = 0
    """Days of overlap the error knows of; an error made of many lags on few days is itself unsure."""

    @property
    def t(self) -> float:
        """Answer how many errors the mean lies from 0; 0 for a mean of exactly 0, infinite for one without error."""
        if self.error == 0:
            return 0.0 if self.mean == 0 else float(np.copysign(np.inf, self.mean))
        return self.mean / self.error

    @property
    def low(self) -> float:
        """Answer the lower end of the 95 % interval."""
        return self.mean - self.critical * self.error

    @property
    def high(self) -> float:
        """Answer the upper end of the 95 % interval."""
        return self.mean + self.critical * self.error

    @property
    def critical(self) -> float:
        """Answer how many errors a 95 % interval reaches: 1.96 and more, the more lags the days had to feed.

        Source: Kiefer and Vogelsang 2005, table 1, Bartlett kernel, 97.5 %.
        """
        b = min((self.lag + 1) / self.n, 1.0) if self.lag and self.n else 0.0
        return Z95 + 2.9694 * b + 0.4160 * b**2 - 0.5324 * b**3


def rank_ic(said: NDArray[Any], excess: NDArray[Any]) -> NDArray[Any]:
    """Answer each day's rank correlation of what was said with what came: float64 [day], NaN where it cannot be told.

    Shapes: float64 [day, name] both, NaN where nothing was said or came. Ties share their mean rank.
    """
    return np.array([_spearman(p, r) for p, r in zip(said, excess, strict=True)], dtype="f8")


def _spearman(said: NDArray[Any], came: NDArray[Any]) -> float:
    both = ~(np.isnan(said) | np.isnan(came))
    if both.sum() < LEAST_NAMES:
        return np.nan
    a, b = _ranks(said[both]), _ranks(came[both])
    spread = sqrt(float((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread > 0 else np.nan


def _ranks(values: NDArray[Any]) -> NDArray[Any]:
    _, at, n = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(n)
    ranks: NDArray[Any] = (ends - (n - 1) / 2)[at]
    return np.asarray(ranks - ranks.mean())


def newey_west(series: NDArray[Any], lag: int) -> Estimate:
    """Answer the mean of a daily series with an error that knows of overlap up to `lag` days (2H by rule).

    Shapes: float64 [day]; days of NaN are left out. Source: Newey and West 1987, Bartlett weights.
    """
    x = series[~np.isnan(series)]
    n = len(x)
    if n < LEAST_DAYS:
        return Estimate(np.nan, np.nan, n)
    off = x - x.mean()
    variance = float(off @ off) / n
    lag = min(lag, n - 1)
    for k in range(1, lag + 1):
        variance += 2 * (1 - k / (lag + 1)) * float(off[k:] @ off[:-k]) / n
    return Estimate(float(x.mean()), sqrt(max(variance, 0.0) / n), n, lag)


def resampled_days(n: int, mean_block: float, n_draws: int, seed: int) -> NDArray[Any]:
    """Answer rows of days drawn in blocks of random length, wrapping around: int [draw, n].

    Source: Politis and Romano 1994, the stationary bootstrap.
    """
    draws = np.random.default_rng(seed)
    begins = draws.random((n_draws, n)) < 1 / mean_block
    begins[:, 0] = True
    start = np.where(begins, draws.integers(0, n, (n_draws, n)), 0)
    at = np.maximum.accumulate(np.where(begins, np.arange(n), 0), axis=1)  # the day on which each one's block began
    days: NDArray[Any] = (np.take_along_axis(start, at, axis=1) + np.arange(n) - at) % n
    return days


def bootstrap_mean(series: NDArray[Any], mean_block: float, n_draws: int = 2_000, seed: int = 0) -> tuple[float, float]:
    """Answer the 95 % interval of a daily mean by the stationary bootstrap; NaN for fewer than 3 days."""
    x = series[~np.isnan(series)]
    if len(x) < LEAST_DAYS:
        return np.nan, np.nan
    means = x[resampled_days(len(x), mean_block, n_draws, seed)].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def wilson(hits: float, n: float) -> tuple[float, float]:
    """Answer the 95 % interval of a rate of `hits` in `n` (which may be an effective count); (0, 1) for none.

    Source: Wilson 1927.
    """
    if n <= 0:
        return 0.0, 1.0
    rate, z2 = hits / n, Z95**2
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def effective_count(hits: NDArray[Any], n: NDArray[Any], lag: int) -> float:
    """Answer how many independent predictions a record is worth, given how its daily hit rate really varies.

    Shapes: [day] both. Names of one day share the market and days share outcomes, so rows are worth less than one each.
    """
    counted = n > 0
    total = float(n[counted].sum())
    if counted.sum() < LEAST_DAYS:
        return 0.0
    rate = float(hits[counted].sum()) / total
    error = newey_west((hits[counted] - rate * n[counted]) / n[counted].mean(), lag).error
    if error == 0 or rate in (0.0, 1.0):
        return total
    return min(rate * (1 - rate) / error**2, total)
