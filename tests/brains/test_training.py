"""Training: a record on unseen days decides, later days change nothing, and no skill does not look like skill."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from functools import cache
from typing import Any

import numpy as np
import pytest

from cockpit.brains.learning.boosting import BoostingParams
from cockpit.brains.learning.labels import Labels
from cockpit.brains.learning.linear import Ridge
from cockpit.brains.learning.model import Model
from cockpit.brains.learning.model_card import Learner
from cockpit.brains.learning.model_files import files_of, model_from
from cockpit.brains.learning.training import Fitted, fit
from cockpit.brains.learning.trees import Trees
from cockpit.brains.learning.walk_record import Plan
from cockpit.clock import instant
from cockpit.errors import Abstained, BadInput
from cockpit.opinions import FeatureHistory, Score
from tests.brains.made_history import made_history

PLAN = Plan(
    first=240, months=6, stop_days=60, seeds=(1, 2, 3), boosting=BoostingParams(rounds=60, patience=15, threads=1)
)


def upto(history: FeatureHistory, row: int = -1) -> date:
    day: date = history.days[row].astype(object)
    return day


@cache
def fitted(ic: float = 0.1, bent: bool = False, seed: int = 1) -> tuple[Fitted, FeatureHistory, Labels]:
    history, labels = made_history(ic=ic, seed=seed, bent=bent)
    return fit("technical", history, labels, upto=upto(history), plan=PLAN), history, labels


def test_a_signal_that_a_line_can_read_is_left_to_the_line_and_the_card_says_why() -> None:
    found, *_ = fitted()
    card = found.model.card
    assert card.learner is Learner.LINEAR
    assert isinstance(found.model.learner, Ridge)
    assert "not more than the 2 it takes" in card.why
    assert f"{card.linear.mean:+.4f}" in card.why
    assert f"{card.boosted.mean:+.4f}" in card.why
    assert card.linear.mean == pytest.approx(0.1, abs=0.03)
    assert card.linear.t > 2


def test_a_signal_that_no_line_can_read_is_given_to_the_trees_because_they_beat_it_beyond_noise() -> None:
    found, *_ = fitted(ic=0.3, bent=True)
    card = found.model.card
    assert card.learner is Learner.BOOSTED
    assert isinstance(found.model.learner, Trees)
    assert card.paired.t > 2
    assert abs(card.linear.t) < 2
    assert card.boosted.mean > 0.1
    assert found.model.learner.n_trees == int(np.median(card.params["stopped_at"]))


def test_a_history_without_a_signal_shows_none() -> None:
    records = [fitted(ic=0.0, seed=seed)[0].model.card for seed in (1, 2, 3)]
    assert all(abs(card.linear.t) < 2.5 and abs(card.boosted.t) < 2.5 for card in records)
    assert all(card.learner is Learner.LINEAR for card in records)


def test_the_card_counts_what_was_learned_from_tried_and_fitted() -> None:
    found, history, labels = fitted()
    card = found.model.card
    assert (card.columns, card.schema) == (history.columns, history.schema)
    assert (card.first_day, card.trained_until) == (upto(history, 0), upto(history))
    assert card.last_day == upto(history, -1 - labels.span)
    assert card.days == len(history.days) - labels.span
    assert card.rows == card.days * len(history.tokens)
    assert card.trials == 3 + 4
    assert card.fits == card.folds * 4 == len(card.params["stopped_at"]) * 4
    assert len(card.seeds) == 3
    assert card.seed_spread > 0
    assert card.tested_from == upto(history, int(np.flatnonzero(np.isfinite(found.ics))[0]))


def test_what_is_calibrated_was_said_of_days_no_model_had_seen_and_keeps_its_word() -> None:
    found, history, _ = fitted(ic=0.3, bent=True)
    n_tested = int(np.isfinite(found.said[: len(history.days) - 6]).sum())
    assert found.model.calibration.n_resolved == pytest.approx(n_tested, rel=0.01)
    card = found.model.card
    assert card.kept.slope == pytest.approx(1.0, abs=0.35)
    assert card.kept.brier < 0.25
    assert card.kept.skill_bp > 0
    assert card.bend > 0


def test_days_after_the_evening_of_the_fit_change_nothing() -> None:
    history, labels = made_history(ic=0.1)
    evening, cut = upto(history, 439), 440
    spoilt_values = history.values.copy()
    spoilt_values[cut:] = np.random.default_rng(1).normal(size=spoilt_values[cut:].shape) * 100
    spoilt = replace(history, values=spoilt_values)
    later = cut - labels.span  # labels from here on are decided after the evening
    moved = replace(labels, rank=labels.rank.copy(), beats=labels.beats.copy())
    moved.rank[later:], moved.beats[later:] = -labels.rank[later:], 1 - labels.beats[later:]
    short = replace(history, days=history.days[:cut], values=history.values[:cut], stale=history.stale[:cut])
    cut_labels = replace(labels, days=labels.days[:cut], forward=labels.forward[:cut], rank=labels.rank[:cut],
                         beats=labels.beats[:cut])  # fmt: skip
    answers = [
        files_of(fit("technical", features, truth, upto=evening, plan=PLAN).model)
        for features, truth in ((history, labels), (spoilt, moved), (short, cut_labels))
    ]
    assert answers[0] == answers[1] == answers[2]


def test_a_fitted_model_scores_the_evening_it_was_fitted_on_and_survives_its_files() -> None:

    for found, history, _ in (fitted(), fitted(ic=0.3, bent=True)):
        panel = history.panel(-1, instant(upto(history), time(20)))
        views = model_from(files_of(found.model)).score(panel)
        assert views == found.model.score(panel)
        values = np.array([view.value for view in views if isinstance(view, Score)])
        assert len(values) == len(history.tokens)
        assert 0.25 < values.min() < values.max() < 0.75


def test_names_with_too_little_known_are_not_learned_from() -> None:
    history, labels = made_history(ic=0.1)
    values = history.values.copy()
    values[:, :20, :11] = np.nan  # 9 of 20 columns are left
    found = fit("technical", replace(history, values=values), labels, upto=upto(history), plan=PLAN)
    card = found.model.card
    assert card.rows == card.days * (len(history.tokens) - 20)
    stale = history.stale.copy()
    stale[:, :20, :11] = True
    assert (
        fit("technical", replace(history, stale=stale), labels, upto=upto(history), plan=PLAN).model.card.rows
        == card.rows
    )


def test_the_warm_up_of_the_features_is_skipped() -> None:
    history, labels = made_history(ic=0.1)
    values = history.values.copy()
    values[:60] = np.nan
    found: Model = fit("technical", replace(history, values=values), labels, upto=upto(history), plan=PLAN).model
    assert found.card.first_day == upto(history, 60)


@pytest.mark.parametrize("wrong", ["tokens", "days"])
def test_features_and_labels_of_different_names_or_days_are_refused(wrong: str) -> None:
    history, labels = made_history(200)
    changed: dict[str, Any] = {"tokens": labels.tokens[::-1], "days": labels.days + 1}
    with pytest.raises(BadInput, match="same days and names"):
        fit("technical", history, replace(labels, **{wrong: changed[wrong]}), upto=upto(history), plan=PLAN)


def test_too_little_known_is_said_so() -> None:
    history, labels = made_history(300, 30)
    with pytest.raises(Abstained, match="too few"):
        fit("technical", history, labels, upto=upto(history, 200), plan=PLAN)
    with pytest.raises(Abstained, match="days of record"):
        fit("technical", history, labels, upto=upto(history), plan=replace(PLAN, first=250, months=1))
    with pytest.raises(Abstained, match="no name has half"):
        fit("technical", replace(history, stale=~history.stale), labels, upto=upto(history), plan=PLAN)
