"""Drift: a fallen hit rate is proven as fast as theory allows, noise is let be, and remedies come one at a time."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import jensenshannon

from cockpit.brains.drift.ladder import CALM_EVENINGS, PATIENCE, Ladder, Rung
from cockpit.brains.drift.signs import (
    Cusum,
    Level,
    Sign,
    attribution_sign,
    calibration_sign,
    concept_sign,
    js_distance,
    parity_sign,
)
from cockpit.brains.learning.logistic import expit
from cockpit.brains.record.accuracy import Estimate
from cockpit.brains.record.reliability import ece_by_chance, reliability
from cockpit.errors import BadInput

VALIDATED, FALLEN, COLLAPSED = 0.58, 0.48, 0.40
RUNS = 300


@cache
def paths() -> dict[str, NDArray[Any]]:
    """Answer CUSUM scores [run, observation]: before a change, and after it to each lower rate."""
    draws = np.random.default_rng(0)
    found: dict[str, list[list[float]]] = {"before": [], "fallen": [], "collapsed": []}
    for _ in range(RUNS):
        wins = draws.random(300) < VALIDATED
        found["before"].append(Cusum(VALIDATED).scores(wins))
        for name, rate in (("fallen", FALLEN), ("collapsed", COLLAPSED)):
            found[name].append(Cusum(VALIDATED).after(wins).scores(draws.random(600) < rate))
    return {name: np.array(rows) for name, rows in found.items()}


@pytest.mark.parametrize(
    ("height", "false_alarms", "delay", "collapse"), [(4, 0.07, 137, 65), (5, 0.02, 170, 82), (6, 0.003, 226, 103)]
)
def test_a_fall_is_proven_as_fast_and_noise_mistaken_as_seldom_as_measured(
    height: float, false_alarms: float, delay: float, collapse: float
) -> None:
    found = {name: scores >= height for name, scores in paths().items()}
    assert found["before"][:, 30:].any(axis=1).mean() == pytest.approx(false_alarms, abs=0.05)
    for name, median in (("fallen", delay), ("collapsed", collapse)):
        reached = found[name].any(axis=1)
        assert 1 - reached.mean() <= 0.05
        delays = np.where(reached, found[name].argmax(axis=1) + 1, 600)
        assert np.median(delays) == pytest.approx(median, rel=0.2)


def test_nothing_is_said_in_the_first_thirty_observations() -> None:
    worst = Cusum(VALIDATED).after([False] * 30)
    assert worst.score > 5
    assert worst.level is Level.CALM
    assert worst.after([False]).level is Level.ACT


def test_the_levels_are_warn_at_three_and_act_at_five() -> None:
    levels = [Cusum(VALIDATED, score=score, seen=100).level for score in (2.99, 3.0, 4.99, 5.0)]
    assert levels == [Level.CALM, Level.WARN, Level.WARN, Level.ACT]
    sign = Cusum(VALIDATED, score=5.5, seen=170).sign("technical")
    assert (sign.value, sign.limit, sign.level) == (5.5, 5.0, Level.ACT)
    assert "58%" in sign.sentence
    assert "48%" in sign.sentence


@given(st.lists(st.booleans(), max_size=200), st.integers(0, 200))
def test_the_state_survives_a_restart_bit_for_bit(wins: list[bool], cut: int) -> None:
    whole = Cusum(VALIDATED).after(wins)
    kept = json.dumps(asdict(Cusum(VALIDATED).after(wins[:cut])))
    assert Cusum(**json.loads(kept)).after(wins[cut:]) == whole
    assert whole.score >= 0
    assert whole.seen == len(wins)


@pytest.mark.parametrize("given", [(0.05,), (1.0,), (0.58, 0.0), (0.58, 0.1, -1.0), (0.58, 0.1, float("nan"))])
def test_a_state_that_cannot_be_is_refused(given: tuple[Any, ...]) -> None:
    with pytest.raises(BadInput):
        Cusum(*given)


def rows(n: int, seed: int, sureness: float) -> tuple[NDArray[Any], NDArray[Any]]:
    draws = np.random.default_rng(seed)
    z = draws.standard_normal(n)
    return expit(sureness * z), (draws.random(n) < expit(z)).astype(float)


def calibration(sureness: float, seed: int = 0, n: int = 3000, horizon: int = 5) -> Sign:
    said, beat = rows(n, seed, sureness)
    return calibration_sign("technical", reliability(said, beat), ece_by_chance(said, 100), horizon)


def test_probabilities_that_became_too_sure_are_acted_on_and_calibrated_ones_let_be() -> None:
    sure = calibration(4.0)
    assert (sure.level, sure.limit) == (Level.ACT, 0.5)
    assert sure.value == pytest.approx(0.25, abs=0.08)
    assert calibration(0.4).limit == 1.5
    assert [calibration(1.0, seed).level for seed in range(10)] == [Level.CALM] * 10
    assert calibration(1.6).level is Level.WARN


def test_a_slope_outside_by_noise_alone_is_let_be() -> None:
    draws = np.random.default_rng(3)
    for _ in range(20):  # a weak brain over few rows: its slope is anywhere
        said = expit(0.05 * draws.standard_normal(200))
        sign = calibration_sign("t", reliability(said, (draws.random(200) < said).astype(float)), 1.0, 5)
        assert sign.level is Level.CALM


def test_a_correlation_below_zero_beyond_noise_is_acted_on() -> None:
    assert concept_sign("technical", Estimate(-0.02, 0.01, 63)).level is Level.ACT
    assert concept_sign("technical", Estimate(-0.01, 0.01, 63)).level is Level.CALM
    assert concept_sign("technical", Estimate(-0.02, 0.01, 30)).level is Level.CALM
    assert concept_sign("technical", Estimate(float("nan"), float("nan"), 2)).level is Level.CALM


@given(st.lists(st.floats(0, 1), min_size=3, max_size=8).filter(lambda x: sum(x) > 0.1), st.integers(0, 99))
def test_the_distance_of_reasons_is_jensen_and_shannons(given: list[float], seed: int) -> None:
    p, q = np.array(given), np.random.default_rng(seed).random(len(given))
    assert js_distance(p, q) == pytest.approx(jensenshannon(p, q, base=2), abs=1e-7)
    assert js_distance(p, p) == pytest.approx(0, abs=1e-7)


def test_reasons_that_moved_are_warned_of() -> None:
    before = {"reversal": 0.5, "momentum": 0.3, "volume": 0.2}
    assert attribution_sign("technical", before, before).level is Level.CALM
    assert attribution_sign("technical", before, {"reversal": 0.1, "gap": 0.9}).level is Level.WARN
    with pytest.raises(BadInput):
        js_distance(np.zeros(3), np.ones(3))


def test_a_single_live_feature_that_differs_from_the_replay_is_a_hard_alarm() -> None:
    assert parity_sign("technical", 0).level is Level.CALM
    alarm = parity_sign("technical", 1).alarm(9)
    assert (alarm.code, alarm.stops) == ("DRIFT_PARITY", True)
    assert not concept_sign("technical", Estimate(-0.02, 0.01, 63)).alarm(9).stops


def signs(level: Level) -> list[Sign]:
    return [Sign("outcomes", "technical", 1.0, 1.0, level, "A sign."), Sign("psi", "x", 0.0, 1.0, Level.CALM, "None.")]


def evenings(ladder: Ladder, level: Level, n: int) -> Ladder:
    for _ in range(n):
        ladder = ladder.after(signs(level))
    return ladder


def test_remedies_come_one_at_a_time_and_each_gets_its_evenings() -> None:
    ladder, rungs = Ladder("technical"), []
    for _ in range(1 + 3 * PATIENCE):
        ladder = ladder.after(signs(Level.ACT))
        rungs.append(ladder.rung)
    assert rungs == [Rung.SHRINK] * PATIENCE + [Rung.RECALIBRATE] * PATIENCE + [Rung.RETRAIN] * PATIENCE + [Rung.KILL]
    assert ladder.is_silent


def test_a_warning_is_shown_and_changes_nothing_however_long_it_lasts() -> None:
    ladder = evenings(Ladder("technical"), Level.WARN, 100)
    assert (ladder.rung, ladder.caution, ladder.is_silent) == (Rung.WARN, 1.0, False)
    assert evenings(Ladder("technical"), Level.ACT, 1).caution == 0.5


def test_twenty_calm_evenings_lead_one_rung_down() -> None:
    up = evenings(Ladder("technical"), Level.ACT, 1 + PATIENCE)
    assert up.rung is Rung.RECALIBRATE
    assert evenings(up, Level.CALM, CALM_EVENINGS - 1).rung is Rung.RECALIBRATE
    assert evenings(up, Level.CALM, CALM_EVENINGS).rung is Rung.SHRINK
    interrupted = evenings(evenings(evenings(up, Level.CALM, 19), Level.WARN, 1), Level.CALM, 19)
    assert interrupted.rung is Rung.RECALIBRATE
    assert evenings(up, Level.CALM, 5 * CALM_EVENINGS).rung is Rung.CALM


def test_the_last_rung_is_latched_over_a_restart_until_somebody_signs() -> None:
    killed = Ladder("technical").after(signs(Level.HARD))
    kept = json.loads(json.dumps(asdict(killed)))
    again = evenings(Ladder(**{**kept, "rung": Rung(kept["rung"])}), Level.CALM, 200)
    assert again.is_silent
    for by, why in (("", "found the cause of it"), ("me", "ok")):
        with pytest.raises(BadInput, match="released by"):
            again.released(by, why)
    assert again.released("me", "found the cause of it").rung is Rung.SHRINK
    assert all(rung.sentence for rung in Rung)


@given(st.lists(st.sampled_from([Level.CALM, Level.WARN, Level.ACT]), max_size=120))
def test_no_rung_is_skipped_on_the_way_up_beyond_shrinking_nor_on_the_way_down(levels: list[Level]) -> None:
    ladder = Ladder("technical")
    for level in levels:
        after = ladder.after(signs(level))
        assert after.rung - ladder.rung in ((-1, 0, 1) if ladder.rung >= Rung.WARN else (0, 1, 2))
        ladder = after


def test_the_sign_of_outcomes_counts_evenings_in_its_words() -> None:
    sign = Cusum(0.6).after([False] * 40).sign("technical")
    assert "technical is right on 50% of evenings and no longer on 60%" in sign.sentence
    assert "after 40 evenings" in sign.sentence
