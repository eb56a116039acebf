"""Training five brains: our ranked, once-binned, quantised fits beside five plain LightGBM fits, by processor time.

The panel is made, 614 names over 1,250 days and 60 columns; the five brains learn five labels of it. Both sides grow
100 trees of 31 leaves on the first four fifths and are asked about the rest, fit by fit in turn, on one thread each.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import Row, row
from cockpit.brains.learning.boosting import Binned, BoostingParams
from cockpit.brains.learning.ranks import centred_ranks, rank_ics, ranked_columns

N_DAYS, N_NAMES, N_COLUMNS, N_BRAINS = 1_250, 614, 60, 5
TRAIN: Final = 1_000
ROUNDS: Final = 100
PLAIN: Final = {
    "objective": "l2", "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 500, "lambda_l2": 10.0,
    "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1, "max_bin": 255, "deterministic": True,
    "force_col_wise": True, "num_threads": 1, "verbosity": -1, "seed": 1,
}  # fmt: skip
"""The defaults this project began with, as anyone would write them down."""


def run() -> list[Row]:
    """Train both ways and answer the processor seconds and the rank ICs on days not learned from."""
    values, labels = made_panel()
    columns = [f"COLUMN{i}" for i in range(N_COLUMNS)]
    params = BoostingParams(rounds=ROUNDS, threads=1)
    shared, binned = taken(partial(_binned, values, columns))
    ranked = ranked_columns(values[TRAIN:])
    ours, peers, our_ics, peer_ics = shared, 0.0, [], []
    for brain, rank in enumerate(labels):
        peer_s, plain = taken(partial(_plain, values, rank))
        our_s, grown = taken(partial(binned.grown, rank, np.arange(TRAIN), None, params, brain))
        ours, peers = ours + our_s, peers + peer_s
        our_ics.append(_ic(grown.trees.raw(ranked.reshape(-1, N_COLUMNS)), rank))
        peer_ics.append(_ic(plain.predict(values[TRAIN:].reshape(-1, N_COLUMNS)), rank))
    return [
        row("train five brains, 614 x 1,250 x 60", ours, peers, unit="s CPU", target=2.0),
        row(
            "their mean rank IC out of sample", _mean(our_ics), _mean(peer_ics), unit="IC", target=0.95, better="higher"
        ),
    ]


def made_panel(seed: int = 1) -> tuple[NDArray[np.float32], list[NDArray[Any]]]:
    """Make features with a linear and a bent signal, and five rank labels of it, each with its own noise."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((N_DAYS, N_NAMES, N_COLUMNS), dtype=np.float32)
    signal = values[..., :6] @ np.array([0.03, 0.02, 0.02, 0.015, 0.015, 0.01])
    signal = signal + 0.04 * np.maximum(values[..., 6], 0) * np.sign(values[..., 7])
    noisy = (signal + rng.standard_normal((N_DAYS, N_NAMES)) for _ in range(N_BRAINS))
    return values, [centred_ranks(label).astype(np.float64) for label in noisy]


def taken(call: Callable[[], Any]) -> tuple[float, Any]:
    """Answer the processor seconds a call took, and its answer."""
    begun = time.process_time()
    answer = call()
    return time.process_time() - begun, answer


def _binned(values: NDArray[np.float32], columns: list[str]) -> Binned:
    return Binned(ranked_columns(values), columns)


def _plain(values: NDArray[np.float32], rank: NDArray[Any]) -> Any:
    data = lgb.Dataset(values[:TRAIN].reshape(-1, N_COLUMNS), label=rank[:TRAIN].ravel(), params=PLAIN)
    return lgb.train(PLAIN, data, ROUNDS)


def _ic(said: NDArray[Any], rank: NDArray[Any]) -> float:
    return float(rank_ics(said.reshape(-1, N_NAMES), rank[TRAIN:]).mean())


def _mean(ics: list[float]) -> float:
    return sum(ics) / len(ics)
