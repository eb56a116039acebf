"""Folds: no label of a training day reaches a tested day, checked pair by pair, and a shuffle cannot be asked for."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cockpit.brains.learning import folds as module
from cockpit.brains.learning.folds import Fold, Walk, checked, held_out, purged, walked
from cockpit.errors import Abstained, BadInput

DAYS = np.busday_offset(np.datetime64("2020-01-01"), np.arange(900), roll="forward")


def overlaps(train: NDArray[Any], test: NDArray[Any], span: int) -> int:
    """Count, pair by pair, the labels that share a day."""
    return sum(bool(j <= i + span and i <= j + span) for j in train for i in test)


@given(st.integers(1, 21), st.sampled_from([1, 2, 6]), st.integers(60, 400))
def test_no_pair_of_training_and_tested_days_overlaps_and_every_day_is_tested_once(
    span: int, months: int, first: int
) -> None:
    days = DAYS[:600]
    found = walked(days, Walk(span, first, months))
    for fold in found[:: max(1, len(found) // 3)]:
        assert overlaps(fold.train[-30:], fold.test, span) == 0
        assert fold.train.max() < fold.test.min()
        assert len(fold.train) >= first
        assert list(fold.train) == list(range(len(fold.train)))  # expanding: nothing old is forgotten
    tested = np.concatenate([fold.test for fold in found])
    np.testing.assert_array_equal(tested, np.arange(tested[0], len(days)))


def test_a_new_fold_begins_with_a_calendar_month() -> None:
    found = walked(DAYS, Walk(6))
    begins = [DAYS[fold.test[0]] for fold in found]
    months = [day.astype("datetime64[M]") for day in begins]
    assert [int(m.astype(int)) for m in np.diff(months)] == [1] * (len(months) - 1)
    assert all(DAYS[fold.test[0] - 1].astype("datetime64[M]") < m for fold, m in zip(found, months, strict=True))
    assert len(walked(DAYS, Walk(6, months=3))) == -(-len(found) // 3)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=40, unique=True), st.integers(1, 12), st.integers(0, 12))
def test_purging_around_any_days_leaves_no_overlap_and_the_embargo_after_them(
    test: list[int], span: int, embargo: int
) -> None:
    rows = np.array(sorted(test))
    kept = purged(100, rows, span, embargo)
    wanted = [j for j in range(100) if all(j < i - span or j > i + span + max(embargo, span) for i in test)]
    assert kept.tolist() == wanted
    assert overlaps(kept, rows, span) == 0


def test_days_to_decide_on_when_to_stop_are_purged_from_what_is_learned() -> None:
    fold = held_out(np.arange(300), 60, 6)
    assert fold.test.tolist() == list(range(240, 300))
    assert fold.train[-1] == 233
    with pytest.raises(Abstained, match="cannot spare 60"):
        held_out(np.arange(60), 60, 6)


def test_a_date_that_comes_twice_is_refused() -> None:
    doubled = np.concatenate([DAYS[:300], DAYS[299:]])
    with pytest.raises(BadInput, match="a date in two rows"):
        walked(doubled, Walk(6))
    with pytest.raises(BadInput, match="ascending"):
        walked(DAYS[::-1], Walk(6))


def test_a_day_under_test_twice_or_reached_by_a_label_is_refused() -> None:
    train = np.arange(100)
    with pytest.raises(BadInput, match="day 120 is under test twice"):
        checked((Fold(train, np.arange(110, 121)), Fold(train, np.arange(120, 130))), 6)
    with pytest.raises(BadInput, match="label of day 99 reaches"):
        checked((Fold(train, np.arange(105, 110)),), 6)
    with pytest.raises(BadInput, match="reaches"):
        checked((Fold(np.arange(111, 200), np.arange(105, 110)),), 6)
    assert checked((Fold(train, np.arange(106, 110)),), 6)


def test_too_short_a_record_is_no_record() -> None:
    with pytest.raises(Abstained, match="too few"):
        walked(DAYS[:510], Walk(6))
    with pytest.raises(BadInput, match="at least one"):
        walked(DAYS, Walk(6, months=0))


def test_nothing_here_takes_a_shuffle() -> None:
    functions = [f for _, f in inspect.getmembers(module, inspect.isfunction)]
    taken = {name for f in functions for name in inspect.signature(f).parameters}
    assert not {name for name in taken | set(Walk.__dataclass_fields__) if "shuffle" in name or "random" in name}
    with pytest.raises(TypeError):
        walked(DAYS, Walk(6), shuffle=True)  # type: ignore[call-arg]


# -- what a shuffle would have claimed ---------------------------------------------------------------


def nearest(train: NDArray[Any], test: NDArray[Any], X: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    apart = ((X[test][:, None, :] - X[train][None, :, :]) ** 2).sum(axis=2)
    answer: NDArray[Any] = y[train][apart.argmin(axis=1)]
    return answer


def test_shuffled_folds_find_skill_in_pure_noise_and_purged_ones_do_not() -> None:
    """The nearest neighbour on random walks knows nothing of labels that are 20-day sums of independent noise."""
    shuffled, kept_apart = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        n, span = 1000, 20
        X = np.cumsum(rng.normal(size=(n, 3)), axis=0)
        y = np.convolve(rng.normal(size=n + span), np.ones(span), "valid")[1 : n + 1]
        mixed = rng.permutation(n)
        for way, blocks in ((shuffled, np.array_split(mixed, 5)), (kept_apart, np.array_split(np.arange(n), 5))):
            said = np.empty(n)
            for block in blocks:
                test = np.sort(block)
                train = np.setdiff1d(np.arange(n), test) if way is shuffled else purged(n, test, span)
                said[test] = nearest(train, test, X, y)
            way.append(np.corrcoef(said, y)[0, 1])
    assert np.mean(shuffled) == pytest.approx(0.743, abs=0.05)
    assert abs(np.mean(kept_apart)) < 0.12
