"""The walk-forward record: what came true of the days under test has no say in what is said of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cockpit.brains.learning.boosting import BoostingParams
from cockpit.brains.learning.ranks import ranked_columns
from cockpit.brains.learning.walk_record import Plan, record_of
from tests.brains.made_history import made_history

PLAN = Plan(first=240, months=3, stop_days=60, seeds=(1, 2), boosting=BoostingParams(rounds=60, patience=15, threads=1))


def test_labels_and_features_from_a_fold_on_change_nothing_said_in_it_or_before() -> None:
    history, labels = made_history(ic=0.2)
    ranked = ranked_columns(history.values)
    record, _ = record_of(ranked, labels.rank, history.columns, history.days, PLAN, labels.span)
    assert len(record.folds) >= 3
    begins, ends = record.folds[1].test[0], record.folds[1].test[-1] + 1
    turned = labels.rank.copy()
    turned[begins - labels.span :] *= -1  # not decided yet when the fold begins
    later = ranked.copy()
    later[ends:] = -later[ends:]
    again, _ = record_of(later, turned, history.columns, history.days, PLAN, labels.span)
    for before, after in zip((record.linear, *record.boosted), (again.linear, *again.boosted), strict=True):
        np.testing.assert_array_equal(after[:ends], before[:ends])
        assert not np.array_equal(after[ends:], before[ends:])
    assert again.rounds[:2] == record.rounds[:2]


def test_every_day_after_the_first_refit_is_said_once_by_every_learner_and_none_before() -> None:
    history, labels = made_history()
    ranked = ranked_columns(history.values)
    record, _ = record_of(ranked, labels.rank, history.columns, history.days, PLAN, labels.span)
    first = record.folds[0].test[0]
    for said in (record.linear, *record.boosted):
        assert np.isnan(said[:first]).all()
        assert np.isfinite(said[first:]).all()
    assert record.fits == len(record.folds) * 3
    assert PLAN.trials == 2 + 4
    assert replace(PLAN, penalties=(0.1,)).trials == 3
