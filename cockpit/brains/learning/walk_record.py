"""The record of a brain's two learners on days they had not seen, walked forward month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.boosting import Binned, BoostingParams
from cockpit.brains.learning.folds import EMBARGO, Fold, Walk, held_out, walked
from cockpit.brains.learning.linear import PENALTIES, Ridge, Sums, best_of, said_by

SEEDS: Final = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a brain is fitted. Units: `first`, `stop_days` and `embargo` in sessions, `months` between refits.

    A refit every month is the record as production would have made it; one every three costs a third.
    """

    first: int = 504
    months: int = 1
    embargo: int = EMBARGO
    stop_days: int = 126
    """The newest training days, held out to decide on them when to stop growing and which penalty to take."""
    seeds: tuple[int, ...] = SEEDS
    penalties: tuple[float, ...] = PENALTIES
    boosting: BoostingParams = field(default_factory=BoostingParams)

    @property
    def trials(self) -> int:
        """Answer how many ways of learning are compared: every penalty and every seed."""
        return len(self.penalties) + len(self.seeds)

    def walk(self, span: int) -> Walk:
        """Answer how the days are walked when a label is decided `span` sessions after its own."""
        return Walk(span, self.first, self.months, self.embargo)


@dataclass(frozen=True, slots=True)
class Record:
    """What both learners said of days they had not seen.

    Shapes: `linear` and each of `boosted`, one per seed, are float64 [day, name] over all days, NaN outside the tests.
    `rounds` holds where each fold of the first seed stopped, `penalties` what each fold chose.
    """

    folds: tuple[Fold, ...]
    linear: NDArray[np.float64]
    boosted: tuple[NDArray[np.float64], ...]
    rounds: tuple[int, ...]
    penalties: tuple[float, ...]

    @property
    def fits(self) -> int:
        """Answer how many models the record took."""
        return len(self.folds) * (len(self.boosted) + 1)


def record_of(
    ranked: NDArray[np.float32], rank: NDArray[Any], columns: Sequence[str], days: NDArray[Any], plan: Plan, span: int
) -> tuple[Record, Binned]:
    """Walk both learners over the days; the binned history comes along for the fit that follows.

    Shapes: `ranked` is [day, name, column], `rank` [day, name] with NaN where a label is unknown or a name not usable.

    Errors: Abstained when the days are too few.
    """
    folds = walked(days, plan.walk(span))
    binned = Binned(ranked, columns)
    before, whole = Sums(ranked, rank, columns), Sums(ranked, rank, columns)
    linear, boosted = np.full(rank.shape, np.nan), tuple(np.full(rank.shape, np.nan) for _ in plan.seeds)
    rounds, penalties = [], []
    for fold in folds:
        inner = held_out(fold.train, plan.stop_days, span)
        chosen = best_of(before.ridges(inner.train, plan.penalties), ranked, rank, inner.test)
        (ridge,) = whole.ridges(fold.train, [chosen.penalty])
        linear[fold.test] = said_by(ridge, ranked, fold.test)
        penalties.append(chosen.penalty)
        for at, seed in enumerate(plan.seeds):
            grown = binned.grown(rank, inner.train, inner.test, plan.boosting, seed)
            boosted[at][fold.test] = _asked(grown.trees, ranked, fold.test)
            if at == 0:
                rounds.append(grown.rounds)
    return Record(folds, linear, boosted, tuple(rounds), tuple(penalties)), binned


def last_ridge(
    ranked: NDArray[np.float32], rank: NDArray[Any], columns: Sequence[str], days: NDArray[Any], penalty: float
) -> Ridge:
    """Fit the baseline on all of the first days."""
    (ridge,) = Sums(ranked, rank, columns).ridges(days, [penalty])
    return ridge


def _asked(trees: Any, ranked: NDArray[np.float32], days: NDArray[Any]) -> NDArray[np.float64]:
    part = ranked[days]
    answer: NDArray[np.float64] = trees.raw(part.reshape(-1, part.shape[2])).reshape(part.shape[:2])
    return answer
