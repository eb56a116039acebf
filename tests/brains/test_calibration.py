"""Calibration: probabilities that keep their word, maps that keep the order, and no learning from what was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from cockpit.brains.learning.calibration import (
    Calibration,
    OutOfFold,
    PlattMap,
    calibrated,
    out_of_fold,
    read,
    unproven,
    written,
)
from cockpit.brains.learning.logistic import expit, fitted_line, logit
from cockpit.brains.learning.venn_abers import fitted_venn_abers
from cockpit.errors import Abstained, BadInput
from cockpit.opinions import OUTCOME, PREDICTION, Outcome, Predictions

Floats = NDArray[Any]
TODAY = date(2026, 3, 2)


def seen_of(raw: Floats, beat: Floats, **dates: int) -> OutOfFold:
    """Make rows with dates given as days before today."""
    days = {"session": 10, "trained_until": 20, "resolved_on": 1} | dates
    stamps = {k: np.full(len(raw), np.datetime64(TODAY - timedelta(days=n), "D")) for k, n in days.items()}
    return OutOfFold(raw, beat, **stamps)


def weak_signal(n: int, seed: int, slope: float = 0.2) -> tuple[Floats, Floats, Floats]:
    """Answer (raw, truth, beat) of a brain five times too sure of a weak signal."""
    draws = np.random.default_rng(seed)
    z = draws.standard_normal(n)
    truth = expit(slope * z)
    return expit(z), truth, (draws.random(n) < truth).astype(float)


def brute_force(raw: Floats, beat: Floats, at: float, label: int) -> float:
    """Fit by the definition: the calibration set with the new case in it, read off at the new case."""
    fit = IsotonicRegression().fit(np.append(raw, at), np.append(beat, label))
    return float(fit.predict([at])[0])


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.45, 0.5, 0.61, 0.8]), st.booleans()), min_size=1, max_size=40),
)
def test_venn_abers_equals_its_definition_case_by_case(rows: list[tuple[float, bool]]) -> None:
    raw, beat = np.array([r for r, _ in rows]), np.array([float(b) for _, b in rows])
    fitted = fitted_venn_abers(raw, beat)
    tests = np.array([0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.61, 0.7, 0.8, 0.9])
    low, high = fitted.band(tests)
    np.testing.assert_allclose(low, [brute_force(raw, beat, t, 0) for t in tests], atol=1e-12)
    np.testing.assert_allclose(high, [brute_force(raw, beat, t, 1) for t in tests], atol=1e-12)


def test_venn_abers_equals_its_definition_on_a_real_sized_set() -> None:
    raw, _, beat = weak_signal(1500, 1)
    fitted = fitted_venn_abers(raw, beat)
    tests = np.concatenate([raw[:20], np.random.default_rng(2).random(20), [0.0, 1.0]])
    low, high = fitted.band(tests)
    np.testing.assert_allclose(low, [brute_force(raw, beat, t, 0) for t in tests], atol=1e-12)
    np.testing.assert_allclose(high, [brute_force(raw, beat, t, 1) for t in tests], atol=1e-12)
    assert (low < high).all()
    assert ((fitted.value(tests) >= low) & (fitted.value(tests) <= high)).all()


def test_the_band_narrows_as_evidence_grows() -> None:
    widths = []
    for n in (200, 1000, 5000):
        raw, _, beat = weak_signal(n, 3)
        low, high = fitted_venn_abers(raw, beat).band(np.linspace(0.2, 0.8, 50))
        widths.append(float((high - low).mean()))
    assert widths[0] > 2 * widths[1] > 4 * widths[2] / 2
    assert widths[2] < 0.02


@cache
def fitted_once(n: int, seed: int) -> Calibration:
    raw, _, beat = weak_signal(n, seed)
    return calibrated("technical", seen_of(raw, beat), TODAY, 5)


@pytest.mark.parametrize("n", [200, 5000])
@given(st.lists(st.floats(0, 1), min_size=2, max_size=50), st.integers(0, 5))
def test_no_map_reorders_names(n: int, scores: list[float], seed: int) -> None:
    fitted = fitted_once(n, seed)
    assert fitted.kind == ("platt" if n < 1000 else "venn_abers")
    values = fitted.value(np.sort(np.array(scores)))
    assert (np.diff(values) >= -1e-15).all()
    assert ((values >= 0) & (values <= 1)).all()


def test_the_line_is_the_one_that_maximises_likelihood() -> None:
    raw, _, beat = weak_signal(800, 4)
    line = fitted_line(logit(raw), beat)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit(raw)[:, None], beat)
    assert line.slope == pytest.approx(peer.coef_[0, 0], abs=1e-5)
    assert line.intercept == pytest.approx(peer.intercept_[0], abs=1e-5)
    z = np.array([fitted_line(logit(r), b).slope for r, _, b in (weak_signal(800, s) for s in range(200))])
    assert line.slope_error == pytest.approx(z.std(), rel=0.15)
    assert z.mean() == pytest.approx(0.2, abs=0.02)


def test_a_perfect_score_and_a_constant_one_are_survived() -> None:
    beat = np.tile([0.0, 1.0], 100)
    perfect = calibrated("technical", seen_of(np.where(beat == 1, 0.9, 0.1), beat), TODAY, 5)
    assert perfect.value(np.array([0.1, 0.9])) == pytest.approx([1 / 102, 101 / 102], abs=1e-3)
    flat = calibrated("technical", seen_of(np.full(200, 0.7), beat), TODAY, 5)
    np.testing.assert_allclose(flat.value(np.array([0.1, 0.7, 0.9])), 0.5)


def test_each_map_is_used_where_it_is_better() -> None:
    def brier(n: int, predict: Any) -> float:
        losses = []
        for seed in range(12):
            raw, _, beat = weak_signal(n, seed)
            test, truth, _ = weak_signal(4000, 100 + seed)
            losses.append(((predict(raw, beat)(test) - truth) ** 2 + truth * (1 - truth)).mean())
        return float(np.mean(losses))

    def raw_score(raw: Floats, beat: Floats) -> Any:
        return lambda test: test

    def isotonic(raw: Floats, beat: Floats) -> Any:
        return IsotonicRegression(out_of_bounds="clip").fit(raw, beat).predict

    def house(raw: Floats, beat: Floats) -> Any:
        return calibrated("technical", seen_of(raw, beat), TODAY, 5).value

    few = [brier(200, of) for of in (raw_score, isotonic, house)]
    np.testing.assert_allclose(few, [0.2725, 0.2550, 0.2497], atol=0.0025)
    assert few[1] > 0.25 > few[2]  # isotonic on little is worse than saying one half
    many = [brier(5000, of) for of in (raw_score, isotonic, house)]
    np.testing.assert_allclose(many, [0.2729, 0.2480, 0.2479], atol=0.0015)
    assert many[2] <= many[1]


def test_a_brain_upside_down_raises_an_alarm_and_gets_a_flat_map() -> None:
    for n in (400, 4000):
        raw, _, beat = weak_signal(n, 6, slope=1.0)
        fitted = calibrated("technical", seen_of(1 - raw, beat), TODAY, 5)
        assert [a.code for a in fitted.alarms] == ["INVERTED"]
        assert fitted.alarms[0].value == pytest.approx(-1, abs=0.25)
        assert np.ptp(fitted.value(np.linspace(0, 1, 9))) == 0


def test_a_brain_without_skill_raises_no_alarm() -> None:
    alarms = 0
    for seed in range(40):
        raw, _, beat = weak_signal(600, seed, slope=0.0)
        alarms += len(calibrated("technical", seen_of(raw, beat), TODAY, 5).alarms)
    assert alarms == 0


@pytest.mark.parametrize(
    ("dates", "said"),
    [({"trained_until": 9}, "had seen prices after them"), ({"resolved_on": -1}, "cannot be known yet")],
)
def test_a_calibration_on_what_was_seen_or_is_to_come_is_refused(dates: dict[str, int], said: str) -> None:
    raw, _, beat = weak_signal(300, 1)
    with pytest.raises(BadInput, match=said):
        calibrated("technical", seen_of(raw, beat, **dates), TODAY, 5)


def test_too_little_or_one_sided_evidence_is_no_calibration() -> None:
    raw, _, beat = weak_signal(300, 1)
    with pytest.raises(Abstained, match="99 resolved"):
        calibrated("technical", seen_of(raw[:99], beat[:99]), TODAY, 5)
    with pytest.raises(Abstained, match="both kinds"):
        calibrated("technical", seen_of(raw, np.ones(300)), TODAY, 5)
    with pytest.raises(BadInput, match="raw scores"):
        calibrated("technical", seen_of(raw + np.nan, beat), TODAY, 5)


def test_what_resolves_after_the_evening_changes_no_bit_of_the_map() -> None:
    raw, _, beat = weak_signal(600, 1)
    rows = seen_of(raw, beat)
    rows = replace(rows, resolved_on=rows.resolved_on + np.arange(600) // 200)
    known = rows.resolved_on <= np.datetime64(TODAY)
    assert 0 < known.sum() < 600

    def fitted(beat: Floats) -> str:
        kept = {name: getattr(rows, name)[known] for name in ("raw", "session", "trained_until", "resolved_on")}
        return written(calibrated("technical", OutOfFold(beat=beat[known], **kept), TODAY, 5))

    assert fitted(beat) == fitted(np.where(known, beat, 1 - beat))


def test_a_brain_nobody_has_seen_at_work_hardly_leaves_one_half() -> None:
    of = unproven("fundamental", TODAY)
    np.testing.assert_allclose(of.value(np.array([0.1, 0.5, 0.9])), [0.445, 0.5, 0.555], atol=1e-3)
    assert of.kind == "unproven"


def test_silence_stays_silence() -> None:
    assert np.isnan(unproven("fundamental", TODAY).value(np.array([np.nan, 0.5]))).tolist() == [True, False]


@pytest.mark.parametrize("n", [300, 2000])
def test_a_map_comes_back_from_its_text_bit_for_bit_and_a_changed_one_does_not(n: int) -> None:
    raw, _, beat = weak_signal(n, 8)
    fitted = calibrated("technical", seen_of(raw, beat), TODAY, 5)
    text = written(fitted)
    again = read(text)
    tests = np.linspace(0, 1, 101)
    np.testing.assert_array_equal(again.value(tests), fitted.value(tests))
    np.testing.assert_array_equal(again.band(tests), fitted.band(tests))
    assert (again.version, written(again)) == (fitted.version, text)
    assert fitted.version != calibrated("quantitative", seen_of(raw, beat), TODAY, 5).version
    for spoilt in (
        text.replace("technical", "sentiment"),
        text.replace(f'"n_resolved":{n}', '"n_resolved":9'),
        "{}",
        "",
    ):
        with pytest.raises(BadInput):
            read(spoilt)


def test_the_band_of_a_line_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = []
    for seed in range(100):
        raw, _, beat = weak_signal(400, seed)
        fitted = calibrated("technical", seen_of(raw, beat), TODAY, 5).map
        assert isinstance(fitted, PlattMap)
        low, high = fitted.band(expit(np.array([0.0, 1.0])))
        covered.append((low <= expit(np.array([0.0, 0.2]))) & (expit(np.array([0.0, 0.2])) <= high))
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)


def test_outcomes_are_collected_with_the_dates_that_matter() -> None:
    rows = np.zeros(2, PREDICTION)
    rows["token"] = [1, 2]
    said = Predictions("technical", TODAY, 5, 1, "w", "s", "m", "c", rows, TODAY - timedelta(days=3))
    came = np.zeros(1, OUTCOME)
    came["token"], came["raw"], came["beat"] = 2, 0.7, 1
    seen = out_of_fold([Outcome(said, TODAY + timedelta(days=8), came), Outcome(said, TODAY, came[:0])])
    assert seen.raw.tolist() == [0.7]
    assert seen.session.tolist() == [TODAY]
    assert seen.trained_until.tolist() == [TODAY - timedelta(days=3)]
    assert seen.resolved_on.tolist() == [TODAY + timedelta(days=8)]
    with pytest.raises(Abstained):
        out_of_fold([])
    nothing_learned = replace(said, trained_until=None)
    assert np.isnat(out_of_fold([Outcome(nothing_learned, TODAY, came)]).trained_until).all()
