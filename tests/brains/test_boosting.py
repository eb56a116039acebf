"""Boosting: the same seed grows the same trees, planted skill is found, and shuffled labels teach nothing."""

from __future__ import annotations

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from cockpit.brains.learning.boosting import BINS, Binned, BoostingParams
from cockpit.brains.learning.ranks import rank_ics, ranked_columns
from cockpit.brains.record.accuracy import newey_west
from cockpit.errors import Abstained, BadInput
from tests.brains.made_history import made_history

PARAMS = BoostingParams(rounds=80, patience=20, threads=1)
TRAIN, STOP, TEST = np.arange(300), np.arange(306, 350), np.arange(356, 494)


def found(ic: float, seed: int, *, shuffled: bool = False) -> tuple[float, float]:
    """Train on 350 days and answer the IC on the next 138, with its t."""
    history, labels = made_history(ic=ic, seed=seed)
    ranked, rank = ranked_columns(history.values), labels.rank
    if shuffled:
        rank = np.random.default_rng(seed).permuted(rank, axis=1)
    trees = Binned(ranked, history.columns).grown(rank, TRAIN, STOP, PARAMS, seed).trees
    said = trees.raw(ranked[TEST].reshape(-1, 20)).reshape(len(TEST), -1)
    estimate = newey_west(rank_ics(said, rank[TEST]), 0)  # made days are independent
    return estimate.mean, estimate.t


@pytest.mark.slow
def test_planted_skill_of_five_hundredths_is_found_in_seven_of_eight_seeds() -> None:
    runs = [found(0.05, seed) for seed in range(8)]
    assert 0.030 <= np.mean([ic for ic, _ in runs]) <= 0.050
    assert sum(t > 2 for _, t in runs) >= 7


@pytest.mark.slow
def test_shuffled_labels_teach_nothing_in_seven_of_eight_seeds() -> None:
    runs = [found(0.05, seed, shuffled=True) for seed in range(8)]
    assert abs(np.mean([ic for ic, _ in runs])) < 0.009
    assert sum(abs(t) < 2 for _, t in runs) >= 7


def test_the_same_seed_grows_the_same_trees_and_another_does_not() -> None:
    history, labels = made_history(200)
    binned = Binned(ranked_columns(history.values), history.columns)
    texts = [binned.grown(labels.rank, np.arange(150), None, PARAMS, seed).trees.text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_the_trees_answer_as_lightgbm_does_and_stop_at_the_round_that_was_best() -> None:
    history, labels = made_history(200, ic=0.2)
    ranked = ranked_columns(history.values)
    ranked[10, :7, 3] = np.nan
    grown = Binned(ranked, history.columns).grown(labels.rank, np.arange(140), np.arange(146, 190), PARAMS, 1)
    assert grown.rounds == grown.trees.n_trees < PARAMS.rounds
    X = ranked[10].astype("f8")
    wanted = lgb.Booster(model_str=grown.trees.text).predict(X)
    np.testing.assert_array_equal(grown.trees.raw(X), wanted)
    fewer = Binned(ranked, history.columns).grown(
        labels.rank, np.arange(140), None, replace(PARAMS, rounds=grown.rounds), 1
    )
    np.testing.assert_array_equal(fewer.trees.raw(X), wanted)


def test_bins_are_the_same_whatever_the_days_so_that_no_later_day_moves_them() -> None:
    history, labels = made_history(200)
    ranked = ranked_columns(history.values)
    poisoned = ranked.copy()
    poisoned[120:] = np.random.default_rng(5).choice([-0.5, 0.5, np.nan], size=poisoned[120:].shape)
    trees = [
        Binned(days, history.columns).grown(labels.rank[: len(days)], np.arange(110), None, PARAMS, 1).trees
        for days in (ranked, poisoned, ranked[:130])
    ]
    assert trees[0].text == trees[1].text == trees[2].text
    asked = trees[0].threshold[trees[0].child[:, 0] != np.arange(len(trees[0].child))]
    halfway = (asked[np.abs(asked) > 1e-30] + 0.5) * (BINS - 1) % 1  # beside exactly nothing, which has its own bin
    assert np.abs(halfway - 0.5).max() < 1e-3


def test_what_cannot_be_learned_from_is_refused() -> None:
    history, labels = made_history(60, 30, 3)
    binned = Binned(ranked_columns(history.values), history.columns)
    with pytest.raises(Abstained, match="no label is known on 6 days"):
        binned.grown(labels.rank, np.arange(54, 60), None, PARAMS, 1)
    with pytest.raises(BadInput, match="labels of shape"):
        binned.grown(labels.rank[:50], np.arange(20), None, PARAMS, 1)
    with pytest.raises(BadInput, match="ranks of shape"):
        Binned(ranked_columns(history.values), history.columns[:2])
    few = labels.rank.copy()
    few[40:50, 10:] = np.nan
    with pytest.raises(Abstained, match="no day held out"):
        binned.grown(few, np.arange(30), np.arange(40, 50), PARAMS, 1)
