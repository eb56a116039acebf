"""Opinions: weights that cannot be empty, partial, negative or uniform by accident."""

from __future__ import annotations

import pytest

from cockpit.errors import WeightsUnavailable
from cockpit.opinions import Score, Weights


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


def test_weights_cannot_be_changed_after_they_were_built() -> None:
    shares = {"t": 0.4, "q": 0.6}
    weights = Weights("w1", 0, shares, 10, "learned")
    shares["t"] = 9.0
    assert weights.shares["t"] == 0.4
    with pytest.raises(TypeError):
        weights.shares["t"] = 1.0  # type: ignore[index]


def test_a_score_outside_zero_to_one_cannot_be_built() -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        Score("t", 1, 0, 1.2, 0.5)
