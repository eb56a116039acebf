"""Track records made for tests: brains of planted skill, an ensemble with given weights, and the shadows beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.record.track_record import TrackRecord
from cockpit.brains.weighing.ensemble import ENSEMBLE, pooled
from cockpit.brains.weighing.shadows import SHADOWS, best_brain, shadows
from tests.brains.made_weights import BRAINS, EVENING, PLANTED, daily_losses, said_and_true

HORIZON = 5
SharesOf = Callable[[int], NDArray[Any]]
"""Given a day's place, answer the shares used that evening."""


def sessions_from(n: int) -> NDArray[Any]:
    return np.datetime64(EVENING, "D") + np.arange(n)


def record_of(shares: SharesOf, n_days: int, n_names: int, seed: int, ics: tuple[float, ...] = PLANTED) -> TrackRecord:
    """Answer the record of the five brains, the ensemble that used `shares`, and its shadows."""
    brains, beat = said_and_true(ics, n_days, n_names, seed, (0.045,) * 5)
    losses = daily_losses(brains, beat)
    said = np.empty((len(BRAINS) + 1 + len(SHADOWS), n_days, n_names))
    said[: len(BRAINS)] = brains.transpose(1, 0, 2)
    for day in range(n_days):
        said[len(BRAINS), day] = pooled(brains[day], shares(day)).value
        beside = shadows(brains[day], best_brain(losses[: max(day - HORIZON, 0)]))
        said[len(BRAINS) + 1 :, day] = [beside[name] for name in SHADOWS]
    excess = np.where(beat == 1, 1.0, -1.0) * np.random.default_rng(seed).random((n_days, n_names))
    return TrackRecord(
        (*BRAINS, ENSEMBLE, *SHADOWS), sessions_from(n_days), sessions_from(n_days) + HORIZON + 1,
        np.arange(n_names), said, beat, excess, HORIZON,
    )  # fmt: skip
