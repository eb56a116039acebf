"""Many paths through one history: every day once on each, and nothing learned from what is under test."""

from __future__ import annotations

import numpy as np
import pytest

from cockpit.brains.learning.folds import checked
from cockpit.errors import Abstained, BadInput
from cockpit.research.paths import Combinations, paths, splits

DAYS = np.arange("2020-01-01", "2020-10-27", dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("folds", "tested", "n_splits", "n_paths"), [(6, 2, 15, 5), (8, 2, 28, 7), (10, 2, 45, 9), (12, 3, 220, 55)]
)
def test_splits_and_paths_are_as_many_as_the_book_says(folds: int, tested: int, n_splits: int, n_paths: int) -> None:
    how = Combinations(5, folds, tested)
    assert (how.n_splits, how.n_paths) == (n_splits, n_paths)
    assert how.n_paths == how.n_splits * tested // folds


def test_no_pair_of_days_learned_and_tested_overlaps() -> None:
    how = Combinations(span=5, folds=6, embargo=7)
    for split in splits(DAYS, how):
        checked((split.fold,), how.span)
        for learned in split.train.tolist():
            for _, block in split.blocks:
                # brute force: no label meets, and nothing is learned within the embargo after a block
                assert not block[0] - 5 <= learned <= block[-1] + 5 + 7


def test_every_path_covers_every_day_exactly_once() -> None:
    how = Combinations(span=3, folds=6)
    said = np.full((how.n_splits, len(DAYS)), np.nan)
    for row, split in enumerate(splits(DAYS, how)):
        said[row, split.fold.test] = row
    whole = paths(said, how)
    assert whole.shape == (how.n_paths, len(DAYS))
    assert np.isfinite(whole).all()
    # no split serves two paths of the same block
    for day in range(len(DAYS)):
        assert len(set(whole[:, day].tolist())) == how.n_paths


def test_a_date_in_two_rows_is_refused() -> None:
    twice = np.sort(np.r_[DAYS, DAYS[40:41]])
    with pytest.raises(BadInput, match="both sides"):
        next(splits(twice, Combinations(5)))


def test_too_few_days_and_senseless_cuts_are_refused() -> None:
    with pytest.raises(Abstained, match="too few"):
        next(splits(DAYS[:50], Combinations(5)))
    for folds, tested in ((5, 5), (5, 0), (30, 10)):
        with pytest.raises(BadInput):
            Combinations(5, folds, tested)
    with pytest.raises(BadInput, match="15 expected"):
        paths(np.zeros((3, 300)), Combinations(5, 6))


def test_neighbours_that_share_their_future_deceive_a_shuffle_and_not_the_paths() -> None:
    """1-NN on random walks, labels are 20-day sums of independent noise: there is nothing to find."""
    shuffled, honest = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        n, span = 1000, 20
        walks = rng.normal(size=(n, 3)).cumsum(axis=0)
        noise = rng.normal(size=n + span)
        label = np.array([noise[t + 1 : t + 1 + span].sum() for t in range(n)])
        shuffled.append(_scored(walks, label, [np.sort(part) for part in np.array_split(rng.permutation(n), 5)], None))
        blocks = list(np.array_split(np.arange(n), 5))
        honest.append(_scored(walks, label, blocks, span))
    assert np.mean(shuffled) > 0.6  # what a shuffle would have claimed
    assert abs(np.mean(honest)) < 0.2


def _scored(walks: np.ndarray, label: np.ndarray, tests: list[np.ndarray], span: int | None) -> float:
    from cockpit.brains.learning.folds import purged

    said = np.empty(len(label))
    for test in tests:
        train = np.setdiff1d(np.arange(len(label)), test) if span is None else purged(len(label), test, span)
        near = ((walks[test, None, :] - walks[None, train, :]) ** 2).sum(axis=2).argmin(axis=1)
        said[test] = label[train[near]]
    return float(np.corrcoef(said, label)[0, 1])
