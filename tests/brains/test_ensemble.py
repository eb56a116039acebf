"""The ensemble: a weighted mean of who spoke, silence where too few did, and an identity no wrong weight passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from cockpit.brains.weighing.ambiguity import EXACT, ambiguity, broken, mismatch
from cockpit.brains.weighing.ensemble import judge, pooled
from cockpit.brains.weighing.shadows import BEST, NOTHING, SHADOWS, UNIFORM, best_brain, shadows
from cockpit.errors import WeightsUnavailable
from cockpit.opinions import Abstain, Score, Verdict, View
from tests.brains.made_weights import BRAINS, PLANTED, begun, made_weights, said_and_true

SHARES = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
NUDGE = np.array([1e-9, -1e-9, 0, 0, 0])
AT = 7
NAN = np.nan

probabilities = arrays(np.float64, (5, 12), elements=st.floats(0, 1))
silences = arrays(np.bool_, (5, 12))
truths = arrays(np.bool_, 12).map(lambda beat: beat.astype(float))
simplices = arrays(np.float64, 5, elements=st.floats(0.01, 1)).map(lambda raw: raw / raw.sum())


def scores(values: dict[str, dict[int, float]], as_of: int = AT) -> dict[str, list[View]]:
    return {b: [Score(b, token, as_of, v, 0.5) for token, v in of.items()] for b, of in values.items()}


def test_the_verdict_is_the_weighted_mean_and_carries_what_it_came_from() -> None:
    said = dict(zip(BRAINS, (0.6, 0.5, 0.55, 0.4, 0.52), strict=True))
    weights = made_weights()
    (verdict,) = judge([11], AT, scores({b: {11: p} for b, p in said.items()}), weights)
    assert isinstance(verdict, Verdict)
    assert verdict.value == pytest.approx(sum(weights.shares[b] * said[b] for b in BRAINS), abs=1e-15)
    assert verdict.weights is weights
    assert {v.brain for v in verdict.views if isinstance(v, Score)} == set(BRAINS)
    assert verdict.degraded == ()
    assert verdict.confidence == pytest.approx(0.5)


def test_a_silent_brain_loses_its_weight_on_that_name_only() -> None:
    views = scores({b: {1: 0.6, 2: 0.6} for b in BRAINS[1:]} | {"technical": {2: 0.9}})
    first, second = judge([1, 2], AT, views, made_weights())
    assert isinstance(first, Verdict)
    assert isinstance(second, Verdict)
    assert first.value == pytest.approx(0.6)
    assert first.degraded == ("technical",)
    assert first.confidence == pytest.approx(0.5 * 0.7)
    assert second.value == pytest.approx(0.3 * 0.9 + 0.7 * 0.6)
    assert second.degraded == ()


def test_exactly_half_of_the_weight_is_a_quorum_and_less_is_not() -> None:
    half = scores({b: {1: 0.6} for b in ("technical", "sentiment")})
    less = scores({b: {1: 0.6} for b in ("technical", "smart_money")})
    assert isinstance(judge([1], AT, half, made_weights())[0], Verdict)
    (silent,) = judge([1], AT, less, made_weights())
    assert isinstance(silent, Abstain)
    assert "50%" in silent.reason
    assert "sentiment" in silent.reason


def test_without_weights_every_name_gets_the_reason_and_none_a_number() -> None:
    views = scores({b: {1: 0.6, 2: 0.7} for b in BRAINS})
    for weights, said in (
        (WeightsUnavailable("snapshot abc is 4 sessions old"), "4 sessions old"),
        (begun(brains=BRAINS[:4]), "know nothing of quantitative"),
    ):
        answers = judge([1, 2, 3], AT, views, weights)
        assert [a.token for a in answers] == [1, 2, 3]
        assert all(isinstance(a, Abstain) and said in a.reason for a in answers)


def test_a_view_of_another_instant_or_of_another_brain_is_no_view() -> None:
    views = scores({b: {1: 0.6} for b in BRAINS[1:]}) | scores({"technical": {1: 0.9}}, as_of=AT - 1)
    (late,) = judge([1], AT, views, made_weights())
    assert late.degraded == ("technical",) if isinstance(late, Verdict) else False
    swapped = scores({b: {1: 0.6} for b in BRAINS[1:]}) | {"technical": scores({"sentiment": {1: 0.9}})["sentiment"]}
    (strange,) = judge([1], AT, swapped, made_weights())
    assert strange.degraded == ("technical",) if isinstance(strange, Verdict) else False
    assert judge([], AT, views, made_weights()) == []


def test_the_order_of_brains_and_views_changes_no_bit() -> None:
    draws = np.random.default_rng(2)
    said = {b: {t: float(draws.random()) for t in range(30)} for b in BRAINS}
    turned = {b: dict(reversed(said[b].items())) for b in reversed(BRAINS)}
    first = judge(range(30), AT, scores(said), made_weights())
    second = judge(range(30), AT, scores(turned), made_weights())
    assert [v.value for v in first if isinstance(v, Verdict)] == [v.value for v in second if isinstance(v, Verdict)]


@given(probabilities, silences, simplices)
def test_a_pool_stays_within_what_was_said_and_uses_weights_that_sum_to_one(
    said: NDArray[Any], silent: NDArray[Any], shares: NDArray[Any]
) -> None:
    said[silent] = NAN
    pool = pooled(said, shares)
    spoken = ~np.isnan(pool.value)
    assert (spoken == (pool.present >= 0.5 - 1e-9)).all()
    np.testing.assert_allclose(pool.used.sum(axis=0), spoken.astype(float), atol=1e-12)
    for name in np.flatnonzero(spoken):
        assert np.nanmin(said[:, name]) - 1e-12 <= pool.value[name] <= np.nanmax(said[:, name]) + 1e-12


@given(probabilities, silences, simplices, truths)
def test_the_identity_holds_for_the_weights_that_were_used(
    said: NDArray[Any], silent: NDArray[Any], shares: NDArray[Any], beat: NDArray[Any]
) -> None:
    said[silent] = NAN
    said[:, 0] = 0.5
    pool = pooled(said, shares).value
    found = ambiguity(said, shares, pool, beat)
    assert found.gap <= EXACT
    assert found.loss <= found.mean_loss + EXACT
    assert broken(found, AT) is None
    assert mismatch(said, shares, pool, AT) is None


@pytest.mark.parametrize("used", [np.full(5, 0.2), SHARES[::-1].copy(), SHARES + NUDGE])
def test_equal_inverted_or_slightly_other_weights_than_claimed_break_the_identity_at_once(used: NDArray[Any]) -> None:
    said, beat = (x[0] for x in said_and_true(PLANTED, 1, 96, 3))
    pool = pooled(said, used).value
    for alarm in (mismatch(said, SHARES, pool, AT), broken(ambiguity(said, SHARES, pool, beat), AT)):
        assert alarm is not None
        assert alarm.stops
        assert alarm.value > EXACT


def test_a_name_that_the_ensemble_left_out_or_added_is_a_mismatch() -> None:
    said, _ = (x[0] for x in said_and_true(PLANTED, 1, 20, 3))
    said[:3, 4] = NAN  # no quorum there
    pool = pooled(said, SHARES).value
    assert mismatch(said, SHARES, pool, AT) is None
    for name, value in ((3, NAN), (4, 0.5)):
        changed = pool.copy()
        changed[name] = value
        alarm = mismatch(said, SHARES, changed, AT)
        assert alarm is not None
        assert "1 of 20 names" in alarm.sentence


def test_shadows_say_what_equal_shares_the_best_brain_and_nothing_would_have_said() -> None:
    said = np.array([[0.6, NAN], [0.4, NAN], [0.5, 0.7]])
    of = shadows(said, 0)
    assert tuple(of) == SHADOWS
    np.testing.assert_allclose(of[UNIFORM], [0.5, NAN])
    np.testing.assert_allclose(of[BEST], [0.6, NAN])
    np.testing.assert_allclose(of[NOTHING], [0.5, 0.5])
    assert np.isnan(shadows(said, None)[BEST]).all()


def test_the_best_brain_is_the_best_of_what_had_resolved_and_nobody_before_that() -> None:
    losses = np.array([[0.25, 0.24, NAN], [0.24, 0.26, NAN], [0.24, 0.25, 0.2]])
    assert best_brain(losses[:0]) is None
    assert best_brain(losses[:1]) == 1
    assert best_brain(losses[:2]) == 0
    assert best_brain(losses) == 2
    assert best_brain(np.full((3, 2), 0.25)) is None
    assert best_brain(np.full((3, 2), NAN)) is None
