"""Logistic regression on one number, by Newton's method: what calibration and its check both stand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

EDGE: Final = 1e-6
"""Probabilities are kept this far from 0 and 1 before their logit is taken."""
STEPS: Final = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted `logit(p) = intercept + slope * x` with the errors of its numbers; NaN slope where x is constant."""

    slope: float
    intercept: float
    slope_var: float
    intercept_var: float
    covariance: float

    @property
    def slope_error(self) -> float:
        """Answer the standard error of the slope, rows taken as independent."""
        return float(np.sqrt(self.slope_var))


def logit(p: NDArray[Any]) -> NDArray[Any]:
    """Answer the log odds of probabilities, kept finite."""
    inside = np.clip(p, EDGE, 1 - EDGE)
    odds: NDArray[Any] = np.log(inside / (1 - inside))
    return odds


def expit(x: NDArray[Any]) -> NDArray[Any]:
    """Answer the probabilities of log odds."""
    p: NDArray[Any] = 1 / (1 + np.exp(-np.clip(x, -700, 700)))
    return p


def fitted_line(x: NDArray[Any], target: NDArray[Any]) -> Line:
    """Fit targets in 0..1 by maximum likelihood. Shapes: float64 [row] both, at least one row."""
    if np.ptp(x) == 0:
        base = float(logit(target.mean(keepdims=True))[0])
        return Line(np.nan, base, np.nan, np.nan, np.nan)
    centre = x.mean()
    X = np.column_stack([np.ones_like(x), x - centre])
    beta = np.array([float(logit(target.mean(keepdims=True))[0]), 0.0])
    for _ in range(STEPS):
        move = np.linalg.solve(_curvature(X, beta), X.T @ (target - expit(X @ beta)))
        beta = beta + _damped(X, target, beta, move) * move
        if np.abs(move).max() < 1e-12:
            break
    spread = np.linalg.inv(_curvature(X, beta))
    covariance = spread[0, 1] - centre * spread[1, 1]
    var0 = spread[0, 0] - 2 * centre * spread[0, 1] + centre**2 * spread[1, 1]
    return Line(float(beta[1]), float(beta[0] - centre * beta[1]), float(spread[1, 1]), float(var0), float(covariance))


def _curvature(X: NDArray[Any], beta: NDArray[Any]) -> NDArray[Any]:
    p = expit(X @ beta)
    bent: NDArray[Any] = (X * (p * (1 - p))[:, None]).T @ X + 1e-9 * np.eye(2)  # the ridge only keeps it invertible
    return bent


def _loss(X: NDArray[Any], target: NDArray[Any], beta: NDArray[Any]) -> float:
    z = X @ beta
    return float((np.logaddexp(0.0, z) - target * z).sum())


def _damped(X: NDArray[Any], target: NDArray[Any], beta: NDArray[Any], move: NDArray[Any]) -> float:
    before, step = _loss(X, target, beta), 1.0
    while step > 1e-6 and _loss(X, target, beta + step * move) > before:
        step /= 2
    return step
