"""Opinions: weights that cannot be empty, partial, negative or uniform by accident, and predictions that are whole."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cockpit.errors import BadInput, WeightsUnavailable
from cockpit.opinions import OUTCOME, PREDICTION, Outcome, Predictions, Score, Weights


@pytest.mark.parametrize(
    "shares",
    [{}, {"t": 0.5}, {"t": 1.1, "q": -0.1}, {"t": float("nan"), "q": 1.0}, {"t": 0.5, "q": 0.5000001}],
)
def test_weights_that_are_no_weights_cannot_be_built(shares: dict[str, float]) -> None:
    with pytest.raises(WeightsUnavailable):
        Weights("w1", 0, shares, 10, "learned")


def test_weights_say_whether_they_were_learned_or_are_a_cold_start() -> None:
    with pytest.raises(WeightsUnavailable, match="cold_start"):
        Weights("w1", 0, {"t": 1.0}, 0, "default")


def test_equal_shares_are_a_cold_start_or_nothing() -> None:
    equal = {"t": 1 / 3, "q": 1 / 3, "f": 1 / 3}
    assert Weights("w1", 0, equal, 0, "cold_start").is_uniform
    for reason in ("learned", "rolled_back"):
        with pytest.raises(WeightsUnavailable, match="uniform"):
            Weights("w1", 0, equal, 0, reason)
    assert not Weights("w1", 0, {"t": 1.0}, 0, "learned").is_uniform  # one brain alone has no equals


def test_weights_cannot_be_changed_after_they_were_built() -> None:
    shares = {"t": 0.4, "q": 0.6}
    weights = Weights("w1", 0, shares, 10, "learned", earned=shares, losses=shares)
    shares["t"] = 9.0
    for kept in (weights.shares, weights.earned, weights.losses):
        assert kept["t"] == 0.4
        with pytest.raises(TypeError):
            kept["t"] = 1.0  # type: ignore[index]


def test_a_score_outside_zero_to_one_cannot_be_built() -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        Score("t", 1, 0, 1.2, 0.5)


def predictions(rows: NDArray[Any], horizon: int = 5) -> Predictions:
    return Predictions("t", date(2026, 3, 2), horizon, 1, "w", "s", "m", "c", rows)


def rows_of(*values: float, tokens: tuple[int, ...] | None = None) -> NDArray[Any]:
    rows = np.zeros(len(values), PREDICTION)
    rows["token"] = range(len(values)) if tokens is None else tokens
    rows["value"] = values
    return rows


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (rows_of(0.5, float("nan")), "silence has no row"),
        (rows_of(0.5, 1.1), r"in 0\.\.1"),
        (rows_of(0.5, 0.5, tokens=(2, 1)), "ascend"),
        (rows_of(0.5, 0.5, tokens=(1, 1)), "each once"),
        (np.zeros(2, OUTCOME), "rows of"),
    ],
)
def test_predictions_that_are_not_whole_cannot_be_built(rows: NDArray[Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        predictions(rows)
    with pytest.raises(BadInput, match="over 0 sessions"):
        predictions(rows_of(0.5), horizon=0)


def test_a_prediction_is_known_by_who_when_and_how_far() -> None:
    said = predictions(rows_of(0.4, 0.6))
    assert said.key == ("t", date(2026, 3, 2), 5)
    assert Outcome(said, date(2026, 3, 10), np.zeros(0, OUTCOME)).unresolved == ()
    assert predictions(rows_of()).rows.size == 0
