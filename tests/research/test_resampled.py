"""Intervals that know that days hang together, and a test of the best that counts how many were tried."""

from __future__ import annotations

import numpy as np
import pytest
from arch.bootstrap import SPA

from cockpit.errors import Abstained, BadInput
from cockpit.research.resampled import interval, superior


def test_nine_in_ten_intervals_hold_the_truth_although_days_hang_together() -> None:
    held, naive = 0, 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        steps = rng.normal(size=700)
        returns = np.empty(700)
        returns[0] = steps[0]
        for t in range(1, 700):
            returns[t] = 0.5 * returns[t - 1] + steps[t]
        found = interval(returns, block=20, draws=300, seed=seed)
        held += found.low <= 0 <= found.high
        half = 1.645 * returns.std() / np.sqrt(700)
        naive += abs(returns.mean()) <= half
    assert 0.82 <= held / 150 <= 0.96
    assert naive / 150 < 0.8  # what an interval that takes days for strangers would have held


def edges(seed: int, n: int, skill: float) -> np.ndarray:
    returns = np.random.default_rng(seed).normal(0, 0.01, (500, n))
    returns[:, 0] += skill * 0.01
    return returns


def test_the_best_of_noise_is_seldom_called_superior() -> None:
    # Over 20 candidates and 500 days the test is liberal, as the published one is: one in ten, not one in twenty.
    assert np.mean([superior(edges(seed, 20, 0.0), draws=200, seed=seed).p <= 0.05 for seed in range(120)]) <= 0.17


def test_planted_skill_is_called_superior_and_named() -> None:
    found = [superior(edges(seed, 20, 0.2), draws=200, seed=seed) for seed in range(30)]
    assert np.mean([f.p <= 0.05 for f in found]) > 0.8
    assert np.mean([f.best == 0 for f in found]) > 0.8


def test_candidates_that_are_clearly_bad_cannot_hide_a_good_one() -> None:
    good = edges(3, 2, 0.2)
    bad = np.random.default_rng(9).normal(-0.01, 0.02, (500, 60))
    alone, among = superior(good, draws=400).p, superior(np.c_[good, bad], draws=400).p
    assert abs(alone - among) < 0.02


def test_the_test_agrees_with_the_published_one() -> None:
    for seed, skill in ((0, 0.0), (1, 0.08), (2, 0.12)):
        given = edges(seed, 10, skill)
        theirs = SPA(np.zeros(500), -given, block_size=10, reps=1000, bootstrap="stationary", seed=1)
        theirs.compute()
        assert superior(given, draws=1000).p == pytest.approx(float(theirs.pvalues["consistent"]), abs=0.06)


def test_too_short_a_record_and_a_hole_are_refused() -> None:
    with pytest.raises(Abstained, match="two blocks"):
        interval(np.ones(15))
    with pytest.raises(BadInput, match="not a zero"):
        superior(np.full((50, 2), np.nan))
