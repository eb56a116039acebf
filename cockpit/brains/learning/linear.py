"""Ridge regression on ranked columns: the baseline that every boosted model has to beat before it is used.

Its sums over days are kept running, so a walk-forward of a hundred refits reads the history once. A column that is
missing for a name counts as the middle of the day: it adds exactly nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.ranks import rank_ics
from cockpit.errors import Abstained, BadInput

PENALTIES: Final = (0.001, 0.01, 0.1, 1.0)
"""Ridge penalties that are tried, as a share of the columns' mean sum of squares; each counts as a trial."""


@dataclass(frozen=True, slots=True)
class Ridge:
    """A weighted sum of ranked columns. Shapes: `weights` is float64 [column]."""

    columns: tuple[str, ...]
    weights: NDArray[np.float64]
    penalty: float

    def __post_init__(self) -> None:
        if self.weights.shape != (len(self.columns),) or not np.isfinite(self.weights).all():
            raise BadInput(f"weights of shape {self.weights.shape} given; one finite number per column expected")

    def raw(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Answer each row's number. Shapes: [row, column] in, [row] out; NaN in is missing and adds nothing."""
        return np.asarray(self.contributions(X).sum(axis=1))

    def contributions(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Answer each column's share of each row's number; a row's sum is its number.

        Shapes: [row, column] in, [row, column + 1] out; the last is the mean, 0, since ranks have mean 0.
        """
        if X.ndim != 2 or X.shape[1] != len(self.columns):
            raise BadInput(f"rows of shape {X.shape} given; [row, {len(self.columns)}] expected")
        shares = np.zeros((len(X), X.shape[1] + 1))
        np.copyto(shares[:, :-1], X * self.weights, where=np.isfinite(X))
        return shares


class Sums:
    """What a ridge needs to know of each stretch of days: sums of products, kept so that any days can be added up.

    Shapes: `ranked` is float32 [day, name, column], `rank` [day, name] with NaN where the label is unknown.
    """

    def __init__(self, ranked: NDArray[np.float32], rank: NDArray[Any], columns: Sequence[str]) -> None:
        if ranked.shape != (*rank.shape, len(columns)):
            raise BadInput(f"ranks of shape {ranked.shape} and labels of {rank.shape} do not belong together")
        self.columns = tuple(columns)
        self._ranked, self._rank = ranked, rank
        self._upto = 0
        self._squares = np.zeros((len(columns), len(columns)))
        self._products = np.zeros(len(columns))

    def ridges(self, train: NDArray[Any], penalties: Sequence[float] = PENALTIES) -> tuple[Ridge, ...]:
        """Fit one ridge per penalty on the days `train`, which are the first days without a hole.

        Errors: Abstained when no label is known on them; BadInput when they are not the first days.
        """
        n = len(train)
        if not np.array_equal(train, np.arange(n)):
            raise BadInput("the first days, all of them, expected")
        if n < self._upto:
            return Sums(self._ranked, self._rank, self.columns).ridges(train, penalties)
        self._add(self._upto, n)
        scale = np.trace(self._squares) / len(self.columns)
        if not scale > 0:
            raise Abstained(f"no label is known on {n} days")
        whole = np.eye(len(self.columns)) * scale
        return tuple(
            Ridge(self.columns, np.linalg.solve(self._squares + penalty * whole, self._products), penalty)
            for penalty in penalties
        )

    def _add(self, first: int, last: int) -> None:
        for day in range(first, last):
            known = np.isfinite(self._rank[day])
            if known.any():
                X = self._ranked[day][known].astype(np.float64)
                X = np.where(np.isfinite(X), X, 0.0)
                self._squares += X.T @ X
                self._products += X.T @ self._rank[day][known]
        self._upto = last


def best_of(ridges: Sequence[Ridge], ranked: NDArray[np.float32], rank: NDArray[Any], days: NDArray[Any]) -> Ridge:
    """Choose the ridge whose mean rank IC on held-out days is highest.

    Errors: Abstained when no day has enough names to rank.
    """
    ics = [float(np.nanmean(_known(rank_ics(said_by(r, ranked, days), rank[days])))) for r in ridges]
    return ridges[int(np.argmax(ics))]


def said_by(ridge: Ridge, ranked: NDArray[np.float32], days: NDArray[Any]) -> NDArray[np.float64]:
    """Answer a ridge's numbers on many days. Shapes: [day, name]."""
    part = ranked[days]
    return ridge.raw(part.reshape(-1, part.shape[2])).reshape(part.shape[:2])


def _known(ics: NDArray[np.float64]) -> NDArray[np.float64]:
    known = ics[np.isfinite(ics)]
    if not len(known):
        raise Abstained("no day held out has enough names to rank")
    return known
