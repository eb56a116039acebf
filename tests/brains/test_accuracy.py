"""Accuracy: overlapping days are not taken for many, and an interval is as wide as the evidence is thin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest, spearmanr

from cockpit.brains.record.accuracy import (
    bootstrap_mean,
    effective_count,
    newey_west,
    rank_ic,
    resampled_days,
    wilson,
)

H = 5


def overlapping(n_days: int, seed: int) -> NDArray[Any]:
    """Answer the daily IC of a slow signal without skill: each day shares its outcome with the next four."""
    steps = np.random.default_rng(seed).standard_normal(n_days + H - 1)
    summed: NDArray[Any] = np.convolve(steps, np.ones(H), "valid")
    return summed


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(29, 50, 0.442, 0.706), (58, 100, 0.482, 0.672), (290, 500, 0.536, 0.622)]
)
def test_the_interval_of_a_hit_rate_is_the_known_one(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-4)


@given(st.integers(1, 400), st.floats(0, 1))
def test_the_interval_is_wilsons(n: int, share: float) -> None:
    hits = round(share * n)
    interval = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits, n) == pytest.approx((interval.low, interval.high), abs=1e-12)
    assert wilson(0, 0) == (0, 1)


def test_overlap_fools_the_naive_error_and_not_ours() -> None:
    n_runs, n_days = 400, 600
    naive = wide = apart = 0
    for seed in range(n_runs):
        x = overlapping(n_days, seed)
        naive += abs(newey_west(x, 0).t) > 1.96
        wide += abs(newey_west(x, 2 * H).t) > 1.96
        apart += abs(newey_west(x[::H], 0).t) > 1.96
    assert naive / n_runs > 0.30
    assert wide / n_runs < 0.09
    assert apart / n_runs < 0.09


def test_an_interval_over_few_days_is_as_wide_as_its_own_error_is_unsure() -> None:
    n_runs, found = 600, [newey_west(overlapping(60, seed), 2 * H) for seed in range(600)]
    assert sum(e.low <= 0 <= e.high for e in found) / n_runs == pytest.approx(0.93, abs=0.03)
    assert sum(abs(e.t) <= 1.96 for e in found) / n_runs < 0.89  # what the textbook's number would have covered
    assert newey_west(overlapping(5000, 1), 2 * H).critical == pytest.approx(1.96, abs=0.01)
    assert newey_west(overlapping(60, 1), 0).critical == pytest.approx(1.96, abs=1e-3)


def test_the_bootstrap_of_blocks_is_as_wide_as_the_overlap_demands() -> None:
    x = overlapping(1500, 7)
    low, high = bootstrap_mean(x, 2 * H)
    known = newey_west(x, 2 * H)
    assert (high - low) == pytest.approx(known.high - known.low, rel=0.2)
    short = bootstrap_mean(x, 1)
    assert (high - low) > 1.6 * (short[1] - short[0])


def test_resampled_days_come_in_runs_of_the_mean_length_and_evenly() -> None:
    days = resampled_days(200, 10, 500, 1)
    assert days.shape == (500, 200)
    follows = (days[:, 1:] - days[:, :-1]) % 200 == 1
    assert 1 - follows.mean() == pytest.approx(0.1, abs=0.01)
    assert np.bincount(days.ravel(), minlength=200).std() / 500 < 0.25
    np.testing.assert_array_equal(days, resampled_days(200, 10, 500, 1))


@given(st.integers(0, 1000), st.integers(1, 4))
def test_the_daily_rank_correlation_is_spearmans_with_ties_and_gaps(seed: int, coarse: int) -> None:
    draws = np.random.default_rng(seed)
    said, came = draws.standard_normal((2, 3, 40)).round(coarse)
    said[0, :5] = came[1, 3:9] = np.nan
    for day, found in enumerate(rank_ic(said, came)):
        both = ~np.isnan(said[day]) & ~np.isnan(came[day])
        assert found == pytest.approx(spearmanr(said[day][both], came[day][both]).statistic, abs=1e-12)


def test_a_day_of_few_names_or_of_one_opinion_has_no_correlation() -> None:
    assert np.isnan(rank_ic(np.arange(9.0)[None], np.arange(9.0)[None])).all()
    assert np.isnan(rank_ic(np.full((1, 20), 0.5), np.arange(20.0)[None])).all()
    assert rank_ic(np.arange(10.0)[None], np.arange(10.0)[None]) == pytest.approx([1])


def test_too_few_days_have_no_error_and_no_interval() -> None:
    found = newey_west(np.array([0.1, np.nan, 0.2]), 10)
    assert found.n == 2
    assert np.isnan([found.mean, found.error, found.t, found.low]).all()
    assert np.isnan(bootstrap_mean(np.array([0.1, 0.2]), 10)).all()
    assert newey_west(np.zeros(9), 2).t == 0
    assert newey_west(np.full(9, 0.5), 2).t == np.inf


def test_rows_that_move_together_count_for_fewer() -> None:
    draws = np.random.default_rng(3)
    n = np.full(400, 100.0)
    alone = draws.binomial(100, 0.5, 400).astype(float)
    together = 100.0 * draws.binomial(1, 0.5, 400)
    assert effective_count(alone, n, 2 * H) == pytest.approx(40_000, rel=0.35)
    assert effective_count(together, n, 2 * H) == pytest.approx(400, rel=0.35)
    overlapped = np.convolve(draws.binomial(20, 0.5, 404), np.ones(5), "valid")
    assert effective_count(overlapped, n, 2 * H) < 14_000
    assert effective_count(alone[:2], n[:2], 10) == 0
