"""The one door to LightGBM: boosted trees trained in a worker on ranked columns, handed over as inert text.

Ranked columns have the same bins on every day, so bins are fixed beforehand and never learned from the future; a
history is binned once, and every fold, seed and label is trained on that. Gradients are quantised. Nothing here runs
live.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.ranks import centred_ranks, ranks_together
from cockpit.brains.learning.trees import Trees, parsed, written
from cockpit.errors import Abstained, BadInput

BINS: Final = 63
"""Levels of a ranked column; one more bin is for what is missing."""


@dataclass(frozen=True, slots=True)
class BoostingParams:
    """How trees are grown. The defaults are small on purpose: the signal is weak and the names are few.

    `rounds` is the most; where days are held out, growing stops at the round whose rank IC on them was best. More
    `threads` than one wait for each other at every column, which on a busy machine is slower than one.
    """

    rounds: int = 300
    patience: int = 30
    learning_rate: float = 0.05
    num_leaves: int = 31
    max_depth: int = 6
    min_data_in_leaf: int = 500
    lambda_l2: float = 10.0
    feature_fraction: float = 0.5
    threads: int = 1

    def vendor(self, seed: int) -> dict[str, Any]:
        """Answer the parameters in LightGBM's words. The same seed grows the same trees."""
        named = {name: value for name, value in asdict(self).items() if name not in ("rounds", "patience", "threads")}
        return named | _FIXED | {"seed": seed, "num_threads": self.threads}


_FIXED: Final[dict[str, Any]] = {
    "objective": "l2",
    "metric": "None",
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
    "max_bin": BINS + 1,
    "min_data_in_bin": 1,
    "feature_pre_filter": False,
    # Whole numbers for gradients: a third less work, and with renewed leaves no loss of rank IC.
    "use_quantized_grad": True,
    "num_grad_quant_bins": 4,
    "quant_train_renew_leaf": True,
}


@dataclass(frozen=True, slots=True)
class Grown:
    """Trees with the round they were stopped at."""

    trees: Trees
    rounds: int


class Binned:
    """A history binned once, of which any days may be learned.

    Shapes: `ranked` is float32 [day, name, column] as `ranks.ranked_columns` answers it.
    """

    def __init__(self, ranked: NDArray[np.float32], columns: Sequence[str]) -> None:
        if ranked.ndim != 3 or ranked.shape[2] != len(columns):
            raise BadInput(f"ranks of shape {ranked.shape} given; [day, name, {len(columns)}] expected")
        self.columns = tuple(columns)
        self._shape = ranked.shape
        flat = ranked.reshape(-1, len(columns))
        params = BoostingParams().vendor(0)
        self._levels = lgb.Dataset(_levels(len(columns)), params=params, feature_name=[written(c) for c in columns])
        self._whole = lgb.Dataset(flat, label=np.zeros(len(flat)), reference=self._levels, params=params)
        self._whole.construct()

    def grown(
        self, rank: NDArray[Any], train: NDArray[Any], stop: NDArray[Any] | None, params: BoostingParams, seed: int
    ) -> Grown:
        """Grow trees on the days `train`; with days `stop`, keep the round that ranked their names best.

        Shapes: `rank` is [day, name], the labels, NaN where unknown; `train` and `stop` are rows of days.

        Errors: Abstained when no label is known on the days given.
        """
        vendor = params.vendor(seed)
        learned, _ = self._part(rank, train, vendor)
        if stop is None:
            return self._read(lgb.train(vendor, learned, params.rounds), params.rounds)
        judged, where = self._part(rank, stop, vendor)
        best = lgb.early_stopping(params.patience, first_metric_only=True, verbose=False)
        booster = lgb.train(
            vendor, learned, params.rounds, valid_sets=[judged], feval=_rank_ic(rank[stop], where), callbacks=[best]
        )
        return self._read(booster, int(booster.best_iteration))

    def _part(self, rank: NDArray[Any], days: NDArray[Any], vendor: dict[str, Any]) -> tuple[Any, NDArray[Any]]:
        if rank.shape != self._shape[:2]:
            raise BadInput(f"labels of shape {rank.shape} given; {self._shape[:2]} expected")
        known = np.isfinite(rank[days])
        if not known.any():
            raise Abstained(f"no label is known on {len(days)} days")
        rows = (days[:, None] * self._shape[1] + np.arange(self._shape[1]))[known]
        part = self._whole.subset(rows, params=vendor)
        part.construct()
        part.set_label(rank[days][known])
        return part, known

    def _read(self, booster: Any, rounds: int) -> Grown:
        text = booster.model_to_string(num_iteration=rounds, importance_type="gain")
        return Grown(parsed(text, self.columns), rounds)


def _levels(n_columns: int) -> NDArray[np.float32]:
    """Make the rows that fix the bins: each level of a rank once, and what is missing."""
    steps = np.linspace(-0.5, 0.5, BINS, dtype=np.float32)
    return np.repeat(np.r_[steps, np.float32(np.nan)][:, None], n_columns, axis=1)


def _rank_ic(rank: NDArray[Any], known: NDArray[Any]) -> Callable[[NDArray[Any], Any], tuple[str, float, bool]]:
    came_true = centred_ranks(np.where(known, rank, np.nan))
    said = np.full(rank.shape, np.nan, dtype=np.float32)
    ranked = np.isfinite(ranks_together(came_true, came_true))
    if not ranked.any():
        raise Abstained("no day held out has enough names to rank")

    def judged(predicted: NDArray[Any], _: Any) -> tuple[str, float, bool]:
        said[known] = predicted
        return "rank_ic", _mean_ic(ranks_together(centred_ranks(said), came_true)[ranked]), True

    return judged


def _mean_ic(ics: NDArray[np.float64]) -> float:
    """Answer the mean over days; a day on which the trees tell no two names apart ranks nobody and counts as 0."""
    return float(np.where(np.isfinite(ics), ics, 0.0).mean())
