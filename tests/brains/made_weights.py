"""Weights, brains and planted skill for tests: what a brain of a known information coefficient would have said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from cockpit.brains.weighing.weight_text import signed
from cockpit.brains.weighing.weights import cold_start
from cockpit.opinions import Weights

BRAINS = ("technical", "fundamental", "sentiment", "smart_money", "quantitative")
PLANTED = (0.06, 0.045, 0.03, 0.015, 0.0)
"""Information coefficients in the order of `BRAINS`."""
EVENING = date(2026, 3, 2)


def begun(session: date = EVENING, brains: tuple[str, ...] = BRAINS) -> Weights:
    return cold_start(brains, session, 1, "a trader", "first evening of the house")


def made_weights(shares: Mapping[str, float] | None = None, session: date = EVENING, **more: Any) -> Weights:
    given = dict(zip(BRAINS, (0.3, 0.25, 0.2, 0.15, 0.1), strict=True)) if shares is None else dict(shares)
    return signed(Weights("", 1, given, 100, "learned", session, earned=given, by="nightly", **more))


def following(session: date, n: int) -> date:
    return session + timedelta(days=n)


def said_and_true(
    ics: tuple[float, ...], n_days: int, n_names: int, seed: int, claimed: tuple[float, ...] | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Answer (probabilities [day, brain, name], beat [day, name]) of independent brains that claim some skill."""
    draws = np.random.default_rng(seed)
    ic = np.array(ics)
    spread = draws.standard_normal((n_days, n_names))
    noise = draws.standard_normal((n_days, len(ics), n_names))
    signals = ic[None, :, None] * spread[:, None, :] + np.sqrt(1 - ic**2)[None, :, None] * noise
    claim = np.array(ics if claimed is None else claimed)
    said = ndtr(claim[None, :, None] * signals / np.sqrt(1 - claim**2)[None, :, None])
    return said, (spread > np.median(spread, axis=1, keepdims=True)).astype(float)


def daily_losses(said: NDArray[Any], beat: NDArray[Any]) -> NDArray[Any]:
    """Answer the mean Brier loss [day, brain]."""
    losses: NDArray[Any] = ((said - beat[:, None, :]) ** 2).mean(axis=2)
    return losses
