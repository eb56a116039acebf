"""Ranks: as the textbook has them, of known names only, and of one day alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from cockpit.brains.learning.ranks import centred_ranks, rank_ics, ranked_columns

NUMBERS = st.sampled_from([1.0, 2.0, -3.5, 0.0, 7.25, np.nan, np.inf, -np.inf])


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_ranks_are_the_textbooks_with_ties_shared_and_only_finite_names_counted(row: list[float]) -> None:
    values = np.array([row])
    known = np.isfinite(values)
    ranks = centred_ranks(values)
    if known.sum() < 2:
        assert np.isnan(ranks).all()
        return
    wanted = (rankdata(values[known]) - 1) / (known.sum() - 1) - 0.5
    np.testing.assert_allclose(ranks[known], wanted, atol=1e-6)
    assert np.isnan(ranks[~known]).all()
    assert abs(ranks[known].mean()) < 1e-6


def test_every_column_is_ranked_among_the_names_of_its_own_day() -> None:
    values = np.random.default_rng(1).normal(size=(70, 11, 3)).astype("f4")
    whole = ranked_columns(values)
    for day in (0, 31, 32, 69):
        np.testing.assert_array_equal(whole[day], ranked_columns(values[day]))
        for column in range(3):
            np.testing.assert_array_equal(whole[day, :, column], centred_ranks(values[day, :, column]))


def test_rank_ic_is_spearmans_correlation_of_the_names_known_on_both_sides() -> None:
    rng = np.random.default_rng(2)
    predicted, true = rng.normal(size=(2, 4, 40)).round(1)
    predicted[1, :15] = np.nan
    true[1, 10:20] = np.nan
    predicted[2, :25] = np.nan  # 15 names left: too few
    predicted[3] = 1.0  # all tied: no correlation
    ics = rank_ics(predicted, true)
    for day in (0, 1):
        both = np.isfinite(predicted[day]) & np.isfinite(true[day])
        assert ics[day] == pytest.approx(spearmanr(predicted[day][both], true[day][both]).statistic, abs=1e-6)
    assert np.isnan(ics[2:]).all()
