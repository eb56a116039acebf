"""What a Sharpe ratio proves: how sure it is, how many tries it took, and how long a record it needs.

Every ratio here is per period, not per year, and kurtosis is not excess: 3 for a normal. Both are where calculators
on the web differ from the papers. Sources: Bailey and Lopez de Prado 2012 (PSR, MinTRL), 2014 (DSR); Bailey, Borwein,
Lopez de Prado, Zhu 2014 (MinBTL).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from cockpit.errors import Abstained, BadInput

EULER: Final = 0.5772156649015329
SESSIONS_A_YEAR: Final = 250


@dataclass(frozen=True, slots=True)
class Record:
    """The moments of a record of returns: Sharpe ratio per period, its length, skewness, and kurtosis (normal: 3)."""

    sharpe: float
    periods: int
    skew: float = 0.0
    kurtosis: float = 3.0

    @property
    def spread(self) -> float:
        """Answer the variance of the estimated ratio, times (periods - 1).

        Errors: BadInput for moments that no returns can have.
        """
        found = 1 - self.skew * self.sharpe + (self.kurtosis - 1) / 4 * self.sharpe**2
        if not found > 0:
            raise BadInput(f"{self}: no returns have these moments")
        return found


def record_of(returns: NDArray[Any]) -> Record:
    """Answer the moments of a record. Shapes: float64 [period].

    Errors: Abstained when it has under three periods, or never moves; BadInput for one that is not finite.
    """
    given = np.asarray(returns, dtype=np.float64)
    if not np.isfinite(given).all():
        raise BadInput("a return that is not finite: a missing return is not a zero")
    if len(given) < 3:
        raise Abstained(f"{len(given)} periods tell nothing of a Sharpe ratio")
    away = given - given.mean()
    variance = float(np.mean(away**2))
    if variance <= (1e-12 * max(1.0, float(np.abs(given).max()))) ** 2:
        raise Abstained("returns that never move have no Sharpe ratio")
    skew, kurtosis = float(np.mean(away**3)) / variance**1.5, float(np.mean(away**4)) / variance**2
    return Record(float(given.mean()) / float(given.std(ddof=1)), len(given), skew, kurtosis)


def probable(record: Record, above: float = 0.0) -> float:
    """Answer PSR: how probable it is that the true ratio lies above `above`, per period."""
    if record.periods < 2:
        raise Abstained("one period proves nothing")
    return float(ndtr((record.sharpe - above) * math.sqrt(record.periods - 1) / math.sqrt(record.spread)))


def best_of(trials: int) -> float:
    """Answer the expected best of so many independent tries without skill, in standard deviations; 0 for one."""
    if trials < 1:
        raise BadInput(f"{trials} trials: what was tried at least once is one")
    if trials == 1:
        return 0.0
    return float((1 - EULER) * ndtri(1 - 1 / trials) + EULER * ndtri(1 - 1 / (trials * math.e)))


def deflated(record: Record, trials: int, variance: float) -> float:
    """Answer DSR: how probable skill is after so many trials whose ratios (per period) had this variance."""
    if variance < 0 or not math.isfinite(variance):
        raise BadInput(f"variance {variance} of the trials' ratios: 0 or more expected")
    return probable(record, math.sqrt(variance) * best_of(trials))


def periods_needed(record: Record, above: float = 0.0, confidence: float = 0.95) -> float:
    """Answer MinTRL: how many periods prove, at `confidence`, a ratio above `above`; inf when it is not above it."""
    if record.sharpe <= above:
        return math.inf
    return 1 + record.spread * (float(ndtri(confidence)) / (record.sharpe - above)) ** 2


def years_needed(trials: int, sharpe_a_year: float) -> float:
    """Answer MinBTL: how many years of backtest keep the best of so many skill-less trials below a yearly ratio."""
    if sharpe_a_year <= 0:
        raise BadInput(f"yearly Sharpe ratio {sharpe_a_year}: above 0 expected")
    return (best_of(trials) / sharpe_a_year) ** 2


def independent(returns: NDArray[Any]) -> float:
    """Answer how many independent trials the columns of `returns` amount to, by their mean correlation, at least 1.

    Shapes: float64 [period, trial]. A trial that never moves counts as one of its own.
    """
    n = returns.shape[1]
    if n == 1:
        return 1.0
    moving = returns[:, returns.std(axis=0) > 0]
    still = n - moving.shape[1]
    if moving.shape[1] < 2:
        return float(max(1, n))
    rho = np.corrcoef(moving, rowvar=False)
    mean = float(rho[np.triu_indices_from(rho, 1)].mean())
    return float(still + 1 + (moving.shape[1] - 1) * (1 - max(0.0, mean)))


def years_to_tell(delta: float, correlation: float, *, level: float = 0.05, power: float = 0.8) -> float:
    """Answer how many years tell two pipelines apart whose yearly ratios differ by `delta`, one-sided.

    `correlation` is that of their returns: only near twins can be told apart within a working life.
    """
    if delta <= 0 or not -1 <= correlation < 1:
        raise BadInput(f"difference {delta} and correlation {correlation}: above 0, and from -1 to under 1 expected")
    return 2 * (1 - correlation) * ((float(ndtri(1 - level)) + float(ndtri(power))) / delta) ** 2
