"""Whether probabilities mean what they say: the Brier score in its parts, the reliability diagram, slope and error.

Murphy's parts: `brier = reliability - resolution + uncertainty`, up to the variance inside the bins. Slope and
intercept are of `logit(beat) on logit(said)`: 1 and 0 when calibrated, a slope of -1 when upside down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.logistic import EDGE, Line, fitted_line, logit
from cockpit.brains.record.accuracy import resampled_days, wilson
from cockpit.errors import Abstained

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of the reliability diagram."""

    n: int
    said: float
    """Mean probability."""
    beat: float
    """Share that came true."""
    low: float
    """Wilson 95 % interval of that share."""
    high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well probabilities kept their word."""

    n: int
    brier: float
    log_loss: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    """What the bins hide: variance inside them less twice their inner covariance with the truth."""
    ece: float
    """Mean distance of said and true over the bins, weighted by their names."""
    line: Line
    bins: tuple[Bin, ...]

    @property
    def skill_bp(self) -> float:
        """Answer the Brier skill against saying the base rate, in basis points; NaN where only one outcome occurred."""
        return 1e4 * (1 - self.brier / self.uncertainty) if self.uncertainty > 0 else np.nan


def reliability(said: NDArray[Any], beat: NDArray[Any], n_bins: int = BINS) -> Reliability:
    """Measure probabilities against what came true.

    Shapes: `said` float64 [row] in 0..1, `beat` [row] of 0 and 1.

    Errors: Abstained when there is no row.
    """
    if not len(said):
        raise Abstained("no prediction has resolved: reliability cannot be told")
    at, n = _binned(said, n_bins)
    mean, true, base = _means(said, at, n), _means(beat, at, n), float(beat.mean())
    inside = np.clip(said, EDGE, 1 - EDGE)
    off, around = said - mean[at], beat - true[at]
    return Reliability(
        n=len(said),
        brier=float(((said - beat) ** 2).mean()),
        log_loss=float(-(beat * np.log(inside) + (1 - beat) * np.log(1 - inside)).mean()),
        reliability=float((n * (mean - true) ** 2).sum() / len(said)),
        resolution=float((n * (true - base) ** 2).sum() / len(said)),
        uncertainty=base * (1 - base),
        within=float((off**2).mean() - 2 * (off * around).mean()),
        ece=float((n * np.abs(mean - true)).sum() / len(said)),
        line=fitted_line(logit(said), beat.astype("f8")),
        bins=tuple(
            Bin(int(k), float(p), float(y), *wilson(float(y * k), float(k)))
            for k, p, y in zip(n, mean, true, strict=True)
        ),
    )


def ece_band(
    said: NDArray[Any], beat: NDArray[Any], session: NDArray[Any], mean_block: float, n_draws: int = 300, seed: int = 0
) -> tuple[float, float]:
    """Answer the 95 % band of the calibration error, whole sessions resampled in blocks. Shapes: all [row]."""
    days, at = np.unique(session, return_inverse=True)
    rows = np.split(np.argsort(at, kind="stable"), np.cumsum(np.bincount(at))[:-1])
    drawn = (np.concatenate([rows[d] for d in draw]) for draw in resampled_days(len(days), mean_block, n_draws, seed))
    low, high = np.quantile([_ece(said[r], beat[r]) for r in drawn], [0.025, 0.975])
    return float(low), float(high)


def ece_by_chance(said: NDArray[Any], n_draws: int = 300, seed: int = 0, quantile: float = 0.99) -> float:
    """Answer the calibration error that perfectly calibrated probabilities stay under with chance `quantile`."""
    draws = np.random.default_rng(seed)
    at, n = _binned(said, BINS)
    mean = _means(said, at, n)
    errors = []
    for _ in range(n_draws):
        true = np.bincount(at, weights=draws.random(len(said)) < said, minlength=len(n)) / n
        errors.append(float((n * np.abs(mean - true)).sum() / len(said)))
    return float(np.quantile(errors, quantile))


def _ece(said: NDArray[Any], beat: NDArray[Any]) -> float:
    at, n = _binned(said, BINS)
    return float((n * np.abs(_means(said, at, n) - _means(beat, at, n))).sum() / len(said))


def _binned(said: NDArray[Any], n_bins: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Cut into bins of equal mass; equal values stay together, so a constant makes one bin."""
    edges = np.unique(np.quantile(said, np.linspace(0, 1, n_bins + 1)[1:-1]))
    _, at = np.unique(np.searchsorted(edges, said, side="right"), return_inverse=True)
    return at, np.bincount(at)


def _means(values: NDArray[Any], at: NDArray[Any], n: NDArray[Any]) -> NDArray[Any]:
    means: NDArray[Any] = np.bincount(at, weights=values, minlength=len(n)) / n
    return means
