"""The linear baseline: the textbook's ridge, from running sums, in which a missing column adds nothing."""

from __future__ import annotations

import numpy as np
import pytest

from cockpit.brains.learning.linear import PENALTIES, Ridge, Sums, best_of, said_by
from cockpit.brains.learning.ranks import rank_ics, ranked_columns
from cockpit.errors import Abstained, BadInput
from tests.brains.made_history import made_history


def test_the_ridge_solves_the_textbooks_normal_equations() -> None:
    history, labels = made_history(60, 30, 5)
    ranked = ranked_columns(history.values)
    labels.rank[3, :10] = np.nan
    ranked[5, 4, 2] = np.nan
    (ridge,) = Sums(ranked, labels.rank, history.columns).ridges(np.arange(50), [0.1])
    known = np.isfinite(labels.rank[:50])
    X = ranked[:50][known].astype("f8")
    X[np.isnan(X)] = 0
    y = labels.rank[:50][known]
    wanted = np.linalg.solve(X.T @ X + 0.1 * np.trace(X.T @ X) / 5 * np.eye(5), X.T @ y)
    np.testing.assert_allclose(ridge.weights, wanted, rtol=1e-10)


def test_later_days_are_added_to_what_is_known_and_earlier_ones_are_summed_anew() -> None:
    history, labels = made_history(60, 30, 5)
    ranked = ranked_columns(history.values)
    running = Sums(ranked, labels.rank, history.columns)
    for n in (20, 40, 30, 50):
        (ridge,) = running.ridges(np.arange(n), [0.01])
        (fresh,) = Sums(ranked, labels.rank, history.columns).ridges(np.arange(n), [0.01])
        np.testing.assert_array_equal(ridge.weights, fresh.weights)
    with pytest.raises(BadInput, match="first days"):
        running.ridges(np.arange(10, 20))


def test_shares_sum_to_the_number_and_a_missing_column_adds_exactly_nothing() -> None:
    ridge = Ridge(("a", "b"), np.array([0.5, -2.0]), 0.1)
    X = np.array([[0.2, 0.1], [np.nan, 0.1], [np.nan, np.nan]])
    np.testing.assert_allclose(ridge.contributions(X), [[0.1, -0.2, 0], [0, -0.2, 0], [0, 0, 0]])
    np.testing.assert_array_equal(ridge.raw(X), ridge.contributions(X).sum(axis=1))
    with pytest.raises(BadInput, match="shape"):
        ridge.raw(X[:, :1])


def test_a_planted_linear_signal_is_found_and_the_penalty_is_chosen_on_days_held_out() -> None:
    history, labels = made_history(300, 96, 10, ic=0.1)
    ranked = ranked_columns(history.values)
    ridges = Sums(ranked, labels.rank, history.columns).ridges(np.arange(200))
    assert [r.penalty for r in ridges] == list(PENALTIES)
    best = best_of(ridges, ranked, labels.rank, np.arange(206, 290))
    ics = [np.nanmean(rank_ics(said_by(r, ranked, np.arange(206, 290)), labels.rank[206:290])) for r in ridges]
    assert best is ridges[int(np.argmax(ics))]
    assert max(ics) == pytest.approx(0.1, abs=0.03)


def test_without_a_known_label_there_is_no_baseline() -> None:
    history, labels = made_history(40, 30, 3)
    ranked = ranked_columns(history.values)
    labels.rank[:] = np.nan
    with pytest.raises(Abstained, match="no label is known on 20 days"):
        Sums(ranked, labels.rank, history.columns).ridges(np.arange(20))
    with pytest.raises(Abstained, match="enough names"):
        best_of([Ridge(history.columns, np.ones(3), 1.0)], ranked, labels.rank, np.arange(20, 30))
    with pytest.raises(BadInput, match="one finite number"):
        Ridge(("a",), np.array([np.nan]), 0.1)
