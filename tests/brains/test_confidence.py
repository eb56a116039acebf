"""Confidence and exposure: good news raises them, the untold counts one half, and they fall faster than they rise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, norm

from cockpit.brains.record.accuracy import Estimate
from cockpit.brains.weighing.confidence import beyond, break_even, confidence, eased, exposure
from cockpit.errors import BadInput
from cockpit.opinions import Regime, RegimeState

NAN = float("nan")
BANDS = {RegimeState.BULL: (0.65, 0.85), RegimeState.NEUTRAL: (0.50, 0.75), RegimeState.WEAK: (0.08, 0.40)}
GIVEN: dict[str, Any] = {
    "ic": Estimate(0.02, 0.01, 63), "won": 29, "lost": 21, "must_win": 0.5,
    "momentum": 0.05, "momentum_sd": 0.1, "breadth": 0.6,
}  # fmt: skip


def regime(state: RegimeState) -> Regime:
    return Regime(state, 1, 3, *BANDS[state], evidence=())


@pytest.mark.parametrize(
    ("state", "sure", "share"),
    [
        (RegimeState.BULL, 1.0, 0.85),
        (RegimeState.BULL, 0.0, 0.65),
        (RegimeState.NEUTRAL, 0.5, 0.625),
        (RegimeState.WEAK, 0.5, 0.24),
    ],
)
def test_confidence_fills_the_band_of_the_regime(state: RegimeState, sure: float, share: float) -> None:
    assert exposure(regime(state), sure) == pytest.approx(share)


def test_the_whole_is_the_weighted_sum_of_its_parts() -> None:
    found = confidence(**GIVEN)
    assert found.skill == pytest.approx(norm.cdf(2))
    assert found.wins == pytest.approx(0.802, abs=5e-4)
    assert found.momentum == pytest.approx(norm.cdf(0.5))
    assert found.breadth == 0.6
    parts = 0.35 * found.skill + 0.25 * found.wins + 0.2 * found.momentum + 0.2 * found.breadth
    assert found.value == pytest.approx(parts)
    assert found.untold == ()


def test_fifty_trades_prove_little_and_less_against_a_prior() -> None:
    assert beyond(0.5, 29, 21, prior=1) == pytest.approx(0.869, abs=5e-4)
    assert beyond(0.5, 29, 21) == pytest.approx(0.802, abs=5e-4)
    assert beyond(0.6, 290, 210) == pytest.approx(beta(310, 230).sf(0.6))


def test_without_any_data_everything_counts_one_half_and_is_named() -> None:
    found = confidence(Estimate(NAN, NAN, 0), 0, 0, 0.6, NAN, NAN, NAN)
    assert found.value == 0.5
    assert (found.skill, found.wins, found.momentum, found.breadth) == (0.5, 0.5, 0.5, 0.5)
    assert found.untold == ("skill", "wins", "momentum", "breadth")
    assert confidence(**{**GIVEN, "momentum_sd": 0.0}).untold == ("momentum",)


better = st.sampled_from(["ic", "won", "lost", "momentum", "breadth", "must_win"])


@given(better, st.floats(0.01, 0.3))
def test_better_news_never_lowers_confidence(part: str, by: float) -> None:
    change = {
        "ic": Estimate(0.02 + by, 0.01, 63), "won": 29 + int(100 * by), "lost": 21 - int(50 * by),
        "momentum": 0.05 + by, "breadth": 0.6 + by, "must_win": 0.5 - by,
    }[part]  # fmt: skip
    assert confidence(**{**GIVEN, part: change}).value >= confidence(**GIVEN).value


def test_the_hit_rate_that_breaks_even_follows_from_stop_target_and_cost() -> None:
    assert break_even(1.0, 2.0, 0.0) == pytest.approx(1 / 3)
    assert break_even(1.0, 0.724, 0.0) == pytest.approx(0.58, abs=5e-4)
    assert break_even(1.0, 2.0, 0.25) == pytest.approx(1.25 / 3)
    for never in ((1.0, 0.2, 0.2), (0.0, 1.0, 0.1), (1.0, 1.0, -0.1), (NAN, 1.0, 0.1)):
        with pytest.raises(BadInput):
            break_even(*never)


def test_exposure_falls_fast_and_rises_slowly() -> None:
    assert eased(0.8, 0.2) == pytest.approx(0.55)
    assert eased(0.2, 0.8) == pytest.approx(0.30)
    assert eased(0.5, 0.45) == pytest.approx(0.45)
    assert eased(0.5, 0.55) == pytest.approx(0.55)


@given(st.floats(0, 1), st.floats(0, 1))
def test_exposure_never_leaves_the_way_to_what_is_wanted(yesterday: float, wanted: float) -> None:
    low, high = min(yesterday, wanted), max(yesterday, wanted)
    assert low - 1e-12 <= eased(yesterday, wanted) <= high + 1e-12


@pytest.mark.parametrize(
    "change", [{"won": -1}, {"must_win": 0.0}, {"must_win": NAN}, {"breadth": 1.1}, {"breadth": -0.1}]
)
def test_numbers_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        confidence(**{**GIVEN, **change})
    for sure in (1.1, -0.1, NAN):
        with pytest.raises(BadInput):
            exposure(regime(RegimeState.BULL), sure)
