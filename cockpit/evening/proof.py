"""The nightly proof that the weights shown were the weights used, from what was stored and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.weighing.ambiguity import ambiguity, broken, mismatch
from cockpit.brains.weighing.ensemble import ENSEMBLE
from cockpit.opinions import Alarm, Outcome, Predictions, Weights


def of_what_was_said(stored: Sequence[Predictions], weights: Weights) -> Alarm | None:
    """Answer an alarm that stops scoring when the stored ensemble is not what the claimed weights make of the rest."""
    values = {p.brain: (p.rows["token"], p.rows["value"]) for p in stored}
    said, ensemble, _ = _laid(values, weights, {})
    return mismatch(said, _shares(weights), ensemble, stored[0].as_of) if stored else None


def of_what_came_true(outcomes: Sequence[Outcome], weights: Weights, as_of: int) -> Alarm | None:
    """Answer an alarm that stops scoring when an evening's losses do not add up as its weights demand."""
    values = {o.said.brain: (o.rows["token"], o.rows["value"]) for o in outcomes}
    beat = {o.said.brain: (o.rows["token"], o.rows["beat"]) for o in outcomes}
    if ENSEMBLE not in values:
        return None  # it said nothing that evening, so nothing is to be proved
    said, ensemble, true = _laid(values, weights, beat)
    if not np.isfinite(ensemble + true).any():
        return None
    return broken(ambiguity(said, _shares(weights), ensemble, true), as_of)


def _shares(weights: Weights) -> NDArray[np.float64]:
    return np.array([weights.shares[brain] for brain in sorted(weights.shares)])


def _laid(
    values: Mapping[str, tuple[NDArray[Any], NDArray[Any]]],
    weights: Weights,
    beat: Mapping[str, tuple[NDArray[Any], NDArray[Any]]],
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Lay stored rows side by side: [brain, name] of the weighed brains, and [name] of the ensemble and the truth."""
    of_brains = [values[b][0] for b in (*weights.shares, ENSEMBLE) if b in values]
    tokens = np.unique(np.concatenate(of_brains)) if of_brains else np.empty(0, "i8")

    def row(found: tuple[NDArray[Any], NDArray[Any]] | None) -> NDArray[np.float64]:
        board = np.full(len(tokens), np.nan)
        if found is not None:
            board[np.searchsorted(tokens, found[0])] = found[1]
        return board

    said = np.array([row(values.get(brain)) for brain in sorted(weights.shares)])
    return said, row(values.get(ENSEMBLE)), row(beat.get(ENSEMBLE))
