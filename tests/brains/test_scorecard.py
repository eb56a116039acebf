"""The scorecard: weights upside down are found within sixty evenings, good ones are let be, and credit adds up."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cockpit.brains.record.scorecard import lead, reviewed, standings, trailing, upside_down
from cockpit.brains.record.track_record import session_losses
from cockpit.brains.weighing.ambiguity import mismatch
from cockpit.brains.weighing.ensemble import ENSEMBLE
from cockpit.brains.weighing.shadows import BEST, NOTHING, UNIFORM
from cockpit.brains.weighing.shapley import brier_worth, left_out, shapley, top_worth, worths
from cockpit.brains.weighing.weight_book import usable
from cockpit.brains.weighing.weights import carried, learned
from cockpit.errors import WeightsUnavailable
from cockpit.opinions import Weights
from tests.brains.made_records import record_of
from tests.brains.made_weights import BRAINS, EVENING, PLANTED, begun, following, made_weights, said_and_true

LEARNED = np.array([0.265, 0.225, 0.189, 0.176, 0.145])
"""What planted skill earns in 250 sessions."""
UPSIDE_DOWN = LEARNED[::-1].copy()
EQUAL = np.full(5, 0.2)


def named(shares: NDArray[Any]) -> dict[str, float]:
    return dict(zip(BRAINS, shares.tolist(), strict=True))


def test_weights_upside_down_raise_the_alarm_within_sixty_marked_evenings() -> None:
    alarms = [trailing(record_of(lambda _: UPSIDE_DOWN, 60, 500, seed), 9) for seed in range(12)]
    assert all(a is not None and a.code == "BELOW_UNIFORM" and a.value < -2 for a in alarms)
    few_names = [trailing(record_of(lambda _: UPSIDE_DOWN, 60, 96, seed), 9) for seed in range(30)]
    assert sum(a is not None for a in few_names) >= 21


def test_learned_weights_and_equal_ones_raise_no_alarm() -> None:
    assert [trailing(record_of(lambda _: LEARNED, 60, 500, seed), 9) for seed in range(12)] == [None] * 12
    assert trailing(record_of(lambda _: EQUAL, 60, 200, 1), 9) is None
    without_skill = [record_of(lambda _: LEARNED, 60, 96, seed, (0.0,) * 5) for seed in range(40)]
    assert sum(trailing(r, 9) is not None for r in without_skill) <= 4


def test_fewer_evenings_than_sixty_are_no_ground_for_an_alarm() -> None:
    assert trailing(record_of(lambda _: UPSIDE_DOWN, 59, 500, 1), 9) is None


def test_trailing_weights_are_taken_back_to_the_last_good_ones_and_it_is_said() -> None:
    good = made_weights(named(LEARNED), following(EVENING, -1))
    bad = made_weights(named(UPSIDE_DOWN), following(EVENING, 59))
    record = record_of(lambda _: UPSIDE_DOWN, 60, 500, 3)
    review = reviewed(record, [good, bad], 9)
    assert review.back is not None
    assert review.back.shares == good.shares
    assert review.back.reason == "rolled_back"
    assert "BELOW_UNIFORM" in {a.code for a in review.back.alarms} & {a.code for a in review.alarms}
    assert "lost to equal shares" in review.back.note


def test_where_nothing_good_is_left_to_go_back_to_scoring_stops() -> None:
    bad = made_weights(named(UPSIDE_DOWN), following(EVENING, 59))
    review = reviewed(record_of(lambda _: UPSIDE_DOWN, 60, 500, 3), [bad], 9)
    assert review.back is not None
    assert review.alarms[0].stops
    with pytest.raises(WeightsUnavailable, match="lost to equal shares"):
        usable(review.back, BRAINS, 1)


def test_evenings_before_the_going_back_are_not_held_against_the_weights_since() -> None:
    good = made_weights(named(LEARNED), following(EVENING, -1))
    bad = made_weights(named(UPSIDE_DOWN), following(EVENING, 59))
    record = record_of(lambda day: UPSIDE_DOWN if day < 60 else LEARNED, 65, 500, 3)
    back = reviewed(record.days(slice(60)), [good, bad], 9).back
    assert back is not None
    later = carried(back, following(EVENING, 64), 10, "kept")
    assert reviewed(record, [good, bad, back, later], 11).back is None
    assert trailing(record, 11) is not None  # which without that rule they would be


def test_shares_that_are_silently_equal_cannot_be_written_and_are_seen_the_evening_they_are_used() -> None:
    with pytest.raises(WeightsUnavailable, match="uniform"):
        replace(made_weights(), shares=dict.fromkeys(BRAINS, 0.2))
    record = record_of(lambda _: EQUAL, 1, 96, 5)
    claimed = np.array([made_weights().shares[b] for b in BRAINS])
    alarm = mismatch(record.said[:5, 0], claimed, record.of(ENSEMBLE)[0], 9)
    assert alarm is not None
    assert alarm.stops


def test_an_update_upside_down_is_found_in_a_whole_replay_and_an_upright_one_is_not() -> None:
    """Learn evening by evening, once as written and once with the losses turned around; review every evening."""

    def replay(sign: float, n_days: int = 200) -> tuple[list[Weights], int | None]:
        # outcomes do not depend on weights, so the brains' losses are those of any record
        losses = session_losses(record_of(lambda _: EQUAL, n_days, 300, 8), BRAINS)
        history, used = [begun(following(EVENING, -1))], []
        for day in range(n_days):
            evening = following(EVENING, day)
            rows = [
                replace(r, losses={b: 0.25 + sign * (x - 0.25) for b, x in r.losses.items()})
                for r in losses if r.resolved_on == evening
            ]  # fmt: skip
            history.append(learned(history[-1], rows, evening, day + 2))
            used.append(np.array([history[-1].shares[b] for b in BRAINS]))
        record = record_of(lambda day: used[day], n_days, 300, 8)
        found = (n for n in range(60, n_days + 1) if trailing(record.days(slice(n)), 9) is not None)
        return history, next(found, None)

    upright, never = replay(1.0)
    assert never is None
    assert upright[-1].shares["technical"] > 0.22 > upright[-1].shares["quantitative"]
    _, evening = replay(-1.0)
    assert evening is not None


def test_every_voice_has_a_standing_with_errors_that_know_of_overlap() -> None:
    record = record_of(lambda _: LEARNED, 120, 300, 2)
    of = {s.voice: s for s in standings(record)}
    assert set(of) == set(record.voices)
    assert of["technical"].sessions == 120
    assert of["technical"].n_eff == 24
    assert of["technical"].ic.mean == pytest.approx(0.06 * 0.8, abs=0.02)
    assert of["technical"].ic_low < of["technical"].ic.mean < of["technical"].ic_high
    assert of["technical"].low < of["technical"].accuracy < of["technical"].high
    assert of[ENSEMBLE].brier < of[NOTHING].brier == 0.25
    assert of[NOTHING].names == 0
    assert (of[NOTHING].low, of[NOTHING].high) == (0, 1)
    assert np.isnan(of[NOTHING].accuracy)
    assert lead(record, ENSEMBLE, UNIFORM).mean > 0
    assert lead(record, ENSEMBLE, NOTHING).t > 2
    assert np.isfinite(of[BEST].brier)


def test_standings_by_regime_add_up_to_the_whole() -> None:
    record = record_of(lambda _: LEARNED, 60, 100, 2)
    regimes = np.array(["BULL", "WEAK", "WEAK"] * 20)
    of = {(s.voice, s.regime): s for s in standings(record, regimes)}
    assert len(of) == 3 * len(record.voices)
    for voice in BRAINS:
        parts = [of[voice, "BULL"], of[voice, "WEAK"]]
        assert [p.sessions for p in parts] == [20, 40]
        assert sum(p.hits for p in parts) == of[voice, ""].hits
        assert sum(p.names for p in parts) == of[voice, ""].names


def test_a_brain_whose_liked_names_do_worse_is_named() -> None:
    record = record_of(lambda _: LEARNED, 60, 500, 2, (-0.06, 0.045, 0.03, 0.015, 0.0))
    assert [(a.code, a.who) for a in upside_down(record, 9)][:1] == [("INVERTED", "technical")]
    assert upside_down(record_of(lambda _: LEARNED, 60, 500, 2), 9) == ()


simplices = st.lists(st.floats(0, 1), min_size=5, max_size=5).filter(lambda x: sum(x) > 0.5)


@given(simplices, st.integers(0, 50))
def test_credit_adds_up_and_a_brain_without_weight_gets_exactly_none(raw: list[float], seed: int) -> None:
    shares = np.array(raw) / sum(raw)
    shares[3] = 0.0
    shares /= shares.sum()
    said, beat = (x[0] for x in said_and_true(PLANTED, 1, 40, seed, (0.2,) * 5))
    for worth in (brier_worth(said, shares, beat), top_worth(said, shares, beat - 0.5, 8)):
        credit, of = shapley(worth, 5), worths(worth, 5)
        assert credit.sum() == pytest.approx(of[-1] - of[0], abs=1e-9)
        assert credit[3] == 0
        assert left_out(worth, 5)[3] == 0


def test_two_brains_alike_get_equal_credit() -> None:
    said, beat = (x[0] for x in said_and_true(PLANTED, 1, 60, 4, (0.2,) * 5))
    said[1] = said[0]
    shares = np.array([0.25, 0.25, 0.2, 0.2, 0.1])
    credit = shapley(brier_worth(said, shares, beat), 5)
    assert credit[0] == pytest.approx(credit[1], abs=1e-15)


def test_credit_equals_the_mean_over_all_orders_of_joining() -> None:
    worth_of = np.random.default_rng(1).random(32)
    total = np.zeros(5)
    for order in permutations(range(5)):
        place = 0
        for brain in order:
            total[brain] += worth_of[place | 1 << brain] - worth_of[place]
            place |= 1 << brain
    found = shapley(lambda brains: float(worth_of[int((brains << np.arange(5)).sum())]), 5)
    np.testing.assert_allclose(found, total / 120, atol=1e-12)
