"""Made feature histories with a planted signal of known strength, for whatever learns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.labels import Labels, beats_median
from cockpit.brains.learning.ranks import centred_ranks
from cockpit.opinions import FeatureHistory

SCHEMA = "5" * 64


def made_history(
    n_days: int = 500, n_names: int = 96, n_columns: int = 20, *, ic: float = 0.05, seed: int = 1, bent: bool = False
) -> tuple[FeatureHistory, Labels]:
    """Make normal features of which the first carries a signal of the given IC; `bent`: two that no line can read."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_days, n_names, n_columns)).astype(np.float32)
    signal = values[..., 0]
    if bent:
        signal = np.where(values[..., 0] > 0, values[..., 1], -values[..., 1]).astype(np.float32)
    forward: NDArray[Any] = 0.04 * (ic * signal + np.sqrt(1 - ic**2) * rng.normal(size=(n_days, n_names)))
    forward[-6:] = np.nan
    days = np.busday_offset(np.datetime64("2020-01-01"), np.arange(n_days), roll="forward")
    tokens = tuple(range(101, 101 + n_names))
    columns = tuple(f"COLUMN{i}" for i in range(n_columns))
    history = FeatureHistory(days, tokens, columns, values, np.zeros(values.shape, dtype=bool), SCHEMA)
    return history, labels_of(days, tokens, forward)


def labels_of(days: NDArray[Any], tokens: tuple[int, ...], forward: NDArray[Any], horizon: int = 5) -> Labels:
    """Make labels of given forward returns."""
    return Labels(days, tokens, horizon, forward, centred_ranks(forward).astype("f8"), beats_median(forward))
