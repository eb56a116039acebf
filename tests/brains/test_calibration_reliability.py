"""Reliability: the Brier score falls into its parts, and a slope tells upright from upside down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.brains.learning.logistic import expit
from cockpit.brains.record.reliability import ece_band, ece_by_chance, reliability
from cockpit.errors import Abstained


def calibrated_rows(n: int, seed: int = 0, spread: float = 0.6):  # type: ignore[no-untyped-def]
    draws = np.random.default_rng(seed)
    said = expit(spread * draws.standard_normal(n))
    return said, (draws.random(n) < said).astype(float)


def test_probabilities_that_keep_their_word_have_no_reliability_term_and_a_slope_of_one() -> None:
    found = reliability(*calibrated_rows(20_000))
    assert found.reliability < 0.002
    assert found.ece < 0.015
    assert found.line.slope == pytest.approx(1, abs=0.08)
    assert found.line.intercept == pytest.approx(0, abs=0.04)
    assert found.resolution > 0.01
    assert len(found.bins) == 10
    assert {b.n for b in found.bins} == {2000}
    assert sum(b.low <= b.said <= b.high for b in found.bins) >= 8


def test_probabilities_upside_down_have_a_slope_of_minus_one() -> None:
    said, beat = calibrated_rows(20_000)
    found = reliability(1 - said, beat)
    assert found.line.slope == pytest.approx(-1, abs=0.08)
    assert found.line.slope + 2 * found.line.slope_error < 0


def test_one_half_said_of_everything_costs_exactly_a_quarter() -> None:
    beat = np.random.default_rng(1).integers(0, 2, 999).astype(float)
    found = reliability(np.full(999, 0.5), beat)
    assert found.brier == 0.25
    assert found.log_loss == pytest.approx(np.log(2))
    assert len(found.bins) == 1
    assert found.resolution == 0
    assert np.isnan(found.line.slope)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200))
def test_the_parts_add_up_to_the_whole(rows: list[tuple[float, bool]]) -> None:
    said, beat = np.array([p for p, _ in rows]), np.array([float(b) for _, b in rows])
    found = reliability(said, beat)
    whole = found.reliability - found.resolution + found.uncertainty + found.within
    assert found.brier == pytest.approx(whole, abs=1e-12)
    assert sum(b.n for b in found.bins) == len(rows)


def test_probabilities_equal_within_their_bins_leave_nothing_hidden() -> None:
    draws = np.random.default_rng(2)
    said = draws.choice([0.3, 0.5, 0.7], 3000)
    found = reliability(said, (draws.random(3000) < said).astype(float))
    assert found.within == pytest.approx(0, abs=1e-15)
    assert found.brier == pytest.approx(found.reliability - found.resolution + found.uncertainty, abs=1e-12)


def test_a_calibrated_58_42_forecast_has_the_skill_that_theory_gives_it() -> None:
    draws = np.random.default_rng(3)
    said = draws.choice([0.42, 0.58], 400_000)
    found = reliability(said, (draws.random(400_000) < said).astype(float))
    assert found.brier == pytest.approx(0.2436, abs=3e-4)
    assert found.log_loss == pytest.approx(0.6803, abs=6e-4)
    assert found.skill_bp == pytest.approx(256, abs=15)


def test_the_error_of_a_calibrated_brain_lies_within_its_chance_and_of_an_overconfident_one_beyond() -> None:
    said, beat = calibrated_rows(3000, seed=4)
    limit = ece_by_chance(said)
    assert reliability(said, beat).ece < limit
    sure = expit(3 * np.log(said / (1 - said)))
    assert reliability(sure, beat).ece > ece_by_chance(sure)
    above = sum(reliability(*calibrated_rows(3000, seed=s)).ece > limit for s in range(40))
    assert above <= 2


def test_the_band_of_the_error_holds_the_error_and_widens_with_fewer_sessions() -> None:
    said, beat = calibrated_rows(6000, seed=5, spread=1.5)
    sure = expit(3 * np.log(said / (1 - said)))
    many = ece_band(sure, beat, np.arange(6000) // 50, 10)
    few = ece_band(sure[:1000], beat[:1000], np.arange(1000) // 50, 10)
    assert many[0] < reliability(sure, beat).ece < many[1]
    assert few[1] - few[0] > many[1] - many[0]


def test_without_a_row_there_is_no_reliability() -> None:
    with pytest.raises(Abstained):
        reliability(np.array([]), np.array([]))
