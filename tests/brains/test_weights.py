"""Weights: the known regret of fixed share is kept, shares stay a simplex, and skill rises while a fault shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import spearmanr

from cockpit.brains.weighing.weight_text import content_id
from cockpit.brains.weighing.weights import (
    RECIPE,
    Recipe,
    SessionLosses,
    carried,
    cold_start,
    fixed_share,
    learned,
    projected,
    released,
    rolled_back,
    stopped,
    trust_in,
    used_shares,
)
from cockpit.errors import BadInput, WeightsUnavailable
from cockpit.opinions import Alarm
from tests.brains.made_weights import (
    BRAINS,
    EVENING,
    PLANTED,
    begun,
    daily_losses,
    following,
    made_weights,
    said_and_true,
)

Floats = NDArray[Any]
CLAIM = (0.045,) * 5
UNIFORM = np.full(5, 0.2)


def walked(losses: Floats, eta: float, alpha: float) -> Floats:
    """Answer the earned shares before each session and after the last: [day + 1, brain]."""
    shares = np.full((len(losses) + 1, losses.shape[1]), 1 / losses.shape[1])
    for day, row in enumerate(losses):
        shares[day + 1] = fixed_share(shares[day], row, eta, alpha)
    return shares


def evidence(n: int, losses: Floats, lag: int = 6) -> list[SessionLosses]:
    return [
        SessionLosses(following(EVENING, i - lag + 1), following(EVENING, i + 1), dict(zip(BRAINS, row, strict=True)))
        for i, row in enumerate(losses[:n].tolist())
    ]


def test_one_step_gives_the_shares_that_were_worked_out_by_hand() -> None:
    after = fixed_share(UNIFORM, np.array([1.0, 0, 0, 0, 0]), 4.0, 0.01)
    np.testing.assert_allclose(after, [0.00651246, 0.24837189, 0.24837189, 0.24837189, 0.24837189], atol=5e-9)


def test_without_sharing_the_regret_on_any_linear_losses_stays_under_the_bound() -> None:
    n_days, eta = 252, np.sqrt(8 * np.log(5) / 252)
    bound = np.sqrt(n_days * np.log(5) / 2)
    assert bound == pytest.approx(14.240, abs=5e-4)
    draws, regrets = np.random.default_rng(0), []
    for run in range(60):
        losses = draws.random((n_days, 5)) ** draws.choice([0.2, 1, 5], 5)
        if run % 3 == 0:  # whoever leads is punished
            losses = adversarial(n_days, float(eta), lambda shares: (shares == shares.max()).astype(float))
        shares = walked(losses, float(eta), 0.0)[:-1]
        regrets.append((shares * losses).sum() - losses.sum(axis=0).min())
    assert max(regrets) <= bound


def adversarial(n_days: int, eta: float, answer: Callable[[Floats], Floats]) -> Floats:
    losses, shares = np.zeros((n_days, 5)), UNIFORM
    for day in range(n_days):
        losses[day] = answer(shares)
        shares = fixed_share(shares, losses[day], eta, 0.0)
    return losses


def test_the_regret_of_a_brier_pool_never_exceeds_two_log_n_however_long_it_runs() -> None:
    worst = 0.0
    for seed in range(60):
        draws = np.random.default_rng(seed)
        p, y = (
            draws.random((400, 5)) ** draws.choice([0.3, 1, 3], 5),
            (draws.random(400) < draws.random()).astype(float),
        )
        losses = (p - y[:, None]) ** 2
        shares = walked(losses, 0.5, 0.0)[:-1]
        pool = ((shares * p).sum(axis=1) - y) ** 2
        worst = max(worst, float((np.cumsum(pool)[:, None] - np.cumsum(losses, axis=0)).max()))
    assert 0 < worst <= 2 * np.log(5)


@pytest.mark.parametrize(("switches", "bound"), [(0, 20.1), (1, 51.1), (3, 78.7)])
def test_the_regret_against_a_comparator_that_switches_stays_under_the_tracking_bound(
    switches: int, bound: float
) -> None:
    n_days = 500
    alpha = switches / (n_days - 1)
    entropy = 0.0 if not alpha else -alpha * np.log(alpha) - (1 - alpha) * np.log(1 - alpha)
    room = (switches + 1) * np.log(5) + (n_days - 1) * entropy
    known = np.sqrt(n_days / 2 * room)
    assert known == pytest.approx(bound, abs=0.06)
    for seed in range(25):
        draws = np.random.default_rng(seed)
        cuts = np.sort(draws.choice(np.arange(1, n_days), switches, replace=False))
        best = draws.permuted(np.arange(5))[: switches + 1][np.searchsorted(cuts, np.arange(n_days), side="right")]
        losses = draws.random((n_days, 5))
        losses[np.arange(n_days), best] *= draws.random()
        # fixed share with the exact rate of switching: alpha / N round again is alpha * (N - 1) / N of leaving
        shares = walked(losses, float(np.sqrt(8 * room / n_days)), alpha * 5 / 4)[:-1]
        assert (shares * losses).sum() - losses[np.arange(n_days), best].sum() <= known


@given(
    st.lists(st.floats(0.01, 1), min_size=5, max_size=5),
    st.lists(st.floats(0, 1), min_size=5, max_size=5),
    st.integers(0, 4),
    st.floats(0, 1),
    st.sampled_from([4.0, 12.0, 20.0]),
)
def test_a_higher_loss_of_a_brain_never_raises_its_share(
    shares: list[float], losses: list[float], brain: int, more: float, eta: float
) -> None:
    before = np.array(shares) / sum(shares)
    worse = np.array(losses)
    worse[brain] += more
    first, second = (used_shares(fixed_share(before, np.array(x), eta, 0.01), 0.7) for x in (losses, worse))
    assert second[brain] <= first[brain] + 1e-12


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=9).filter(lambda x: sum(x) > 0.1), st.floats(0, 1), st.floats(0, 1)
)
def test_pouring_keeps_the_simplex_the_order_and_is_the_nearest_point(
    given: list[float], low: float, high: float
) -> None:
    n = len(given)
    floor, cap = low / n, 1 / n + high * (1 - 1 / n)
    shares = np.array(given) / sum(given)
    poured = projected(shares, floor, cap)
    assert abs(poured.sum() - 1) <= 1e-12
    assert poured.min() >= floor - 1e-15
    assert poured.max() <= cap + 1e-15
    assert (np.diff(poured[np.argsort(shares, kind="stable")]) >= -1e-12).all()
    np.testing.assert_allclose(projected(poured, floor, cap), poured, atol=1e-12)
    # nearest: moving toward any feasible corner of the poured set does not come nearer to what was given
    other = projected(shares[::-1].copy(), floor, cap)
    assert (shares - poured) @ (other - poured) <= 1e-12


def test_shares_that_cannot_be_within_floor_and_cap_are_refused() -> None:
    with pytest.raises(BadInput, match="cannot share 1"):
        projected(np.array([0.5, 0.5]), 0.6, 0.9)
    with pytest.raises(BadInput, match=r"eta in 4\.\.20"):
        Recipe(eta=60)
    with pytest.raises(BadInput, match="floor"):
        Recipe(floor=0.5, cap=0.4)


def final_shares(ics: tuple[float, ...], eta: float, update: Callable[..., Floats] = fixed_share) -> Floats:
    finals = []
    for seed in range(20):
        shares = UNIFORM
        for row in daily_losses(*said_and_true(ics, 250, 96, seed, CLAIM)):
            shares = update(shares, row, eta, 0.01)
        finals.append(used_shares(shares, trust_in(250 / 5, RECIPE.n0)))
    return np.array(finals)


def test_brains_without_skill_stay_near_equal_and_a_greedy_rate_would_not() -> None:
    far = {eta: np.abs(final_shares((0.0,) * 5, eta) - 0.2).max(axis=1).mean() for eta in (4.0, 12.0, 60.0)}
    assert far[4.0] == pytest.approx(0.011, abs=0.006)
    assert far[12.0] == pytest.approx(0.031, abs=0.015)
    assert far[60.0] > 0.1


def test_planted_skill_is_found_in_its_order_and_an_inverted_update_would_find_it_backwards() -> None:
    shares = final_shares(PLANTED, 12.0)
    np.testing.assert_allclose(shares.mean(axis=0), [0.265, 0.225, 0.189, 0.176, 0.146], atol=0.03)
    assert np.mean([spearmanr(row, PLANTED).statistic for row in shares]) > 0.8
    inverted = final_shares(PLANTED, 12.0, lambda w, loss, eta, alpha: fixed_share(w, -loss, eta, alpha))
    assert np.mean([spearmanr(row, PLANTED).statistic for row in inverted]) < -0.8


def test_ten_sessions_of_evidence_hardly_move_any_share() -> None:
    for seed in range(10):
        snapshot = learned(
            begun(), evidence(10, daily_losses(*said_and_true(PLANTED, 10, 96, seed, CLAIM))), following(EVENING, 20), 2
        )
        assert max(abs(s - 0.2) for s in snapshot.shares.values()) < 0.02
        assert snapshot.alarms == ()


def test_a_snapshot_says_what_it_was_learned_from() -> None:
    parent = begun()
    losses = daily_losses(*said_and_true(PLANTED, 3, 200, 1))
    snapshot = learned(parent, evidence(3, losses), following(EVENING, 3), 2)
    assert (snapshot.reason, snapshot.parent, snapshot.evidence_sessions) == ("learned", parent.snapshot_id, 3)
    assert snapshot.n_eff == pytest.approx(0.6)
    assert snapshot.trust == pytest.approx(0.6 / 24.6)
    np.testing.assert_allclose([snapshot.losses[b] for b in BRAINS], losses.mean(axis=0))
    np.testing.assert_allclose([snapshot.earned[b] for b in BRAINS], walked(losses, 12.0, 0.01)[-1])
    assert snapshot.snapshot_id == content_id(snapshot) != parent.snapshot_id


def test_evening_by_evening_learns_the_same_as_all_at_once() -> None:
    losses = daily_losses(*said_and_true(PLANTED, 30, 96, 4))
    rows = evidence(30, losses)
    one = learned(begun(), rows, following(EVENING, 30), 9)
    step = begun()
    for row in rows:
        step = learned(step, [row], row.resolved_on, 9)
    assert dict(step.shares) == pytest.approx(dict(one.shares), abs=1e-15)
    assert step.evidence_sessions == 30


def test_what_resolves_later_has_no_say_in_the_shares_of_an_evening() -> None:
    losses = daily_losses(*said_and_true(PLANTED, 12, 96, 5))
    changed = losses.copy()
    changed[8:] = np.random.default_rng(0).random((4, 5))
    evening = following(EVENING, 8)
    first, second = (learned(begun(), evidence(8, x), evening, 2) for x in (losses, changed))
    assert first == second
    with pytest.raises(BadInput, match="expected"):
        learned(begun(), evidence(9, losses), evening, 2)
    with pytest.raises(BadInput, match="expected"):
        learned(first, evidence(8, losses), following(EVENING, 9), 3)
    with pytest.raises(BadInput, match="expected"):  # nor does what the evening before has learned from already
        learned(first, evidence(8, losses)[-1:], following(EVENING, 9), 3)


def test_too_little_evidence_keeps_the_shares_and_says_so() -> None:
    parent = made_weights()
    silent = SessionLosses(following(EVENING, -5), following(EVENING, 1), {})
    for rows in ([], [silent]):
        kept = learned(parent, rows, following(EVENING, 1), 2)
        assert kept.shares == parent.shares
        assert kept.earned == parent.earned
        assert (kept.session, kept.parent) == (following(EVENING, 1), parent.snapshot_id)
        assert "kept" in kept.note
    same = SessionLosses(following(EVENING, -5), following(EVENING, 1), dict.fromkeys(BRAINS, 0.25))
    assert learned(begun(), [same], following(EVENING, 1), 2).reason == "cold_start"


@given(st.lists(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=5, max_size=5), max_size=12), st.floats(0, 1))
def test_whatever_came_true_shares_stay_a_simplex_between_floor_and_cap(
    rows: list[list[float | None]], caution: float
) -> None:
    losses = [{b: x for b, x in zip(BRAINS, row, strict=True) if x is not None} for row in rows]
    dated = [SessionLosses(EVENING, following(EVENING, i + 1), row) for i, row in enumerate(losses)]
    snapshot = learned(begun(), dated, following(EVENING, 20), 2, caution=caution)
    assert sum(snapshot.shares.values()) == pytest.approx(1, abs=1e-12)
    assert sum(snapshot.earned.values()) == pytest.approx(1, abs=1e-9)
    assert all(RECIPE.floor - 1e-12 <= share <= RECIPE.cap + 1e-12 for share in snapshot.shares.values())
    assert snapshot.is_uniform == (snapshot.reason == "cold_start")


def test_a_brain_that_was_silent_keeps_its_earned_share_while_the_others_learn() -> None:
    after = fixed_share(UNIFORM, np.array([np.nan, 0.2, 0.3, 0.25, 0.25]), 12.0, 0.0)
    assert after[0] == 0.2
    assert after[1] > 0.2 > after[2]
    assert after.sum() == pytest.approx(1)
    np.testing.assert_array_equal(fixed_share(UNIFORM, np.full(5, np.nan), 12.0, 0.01), UNIFORM)


def test_losses_of_strangers_or_out_of_bounds_are_refused() -> None:
    for losses in ({"astrology": 0.2}, {"technical": float("nan")}, {"technical": 1.5}):
        with pytest.raises(BadInput, match="losses of"):
            learned(begun(), [SessionLosses(EVENING, following(EVENING, 1), losses)], following(EVENING, 1), 2)


def test_a_share_that_jumps_in_one_evening_is_an_alarm() -> None:
    parent = made_weights()
    row = SessionLosses(
        following(EVENING, -5), following(EVENING, 1), dict(zip(BRAINS, (1.0, 0, 0, 0, 0), strict=True))
    )
    jumped = learned(parent, [row], following(EVENING, 1), 2)
    assert {(a.code, a.who) for a in jumped.alarms} >= {("WEIGHT_JUMP", "technical")}
    assert all(a.value > a.limit == 0.05 for a in jumped.alarms)


def test_caution_draws_the_shares_toward_equal() -> None:
    losses = evidence(30, daily_losses(*said_and_true(PLANTED, 30, 96, 4)))
    bold, shy = (learned(begun(), losses, following(EVENING, 30), 2, caution=c) for c in (1.0, 0.5))
    assert shy.trust == bold.trust / 2
    assert max(shy.shares.values()) < max(bold.shares.values())


@pytest.mark.parametrize(("by", "why"), [("", "first evening of the house"), (" ", "first evening"), ("me", "start")])
def test_a_cold_start_needs_somebody_and_a_reason(by: str, why: str) -> None:
    with pytest.raises(BadInput, match="cold start"):
        cold_start(BRAINS, EVENING, 1, by, why)


def test_going_back_finds_the_newest_snapshot_that_was_good_before_the_trouble() -> None:
    alarm = Alarm("BELOW_UNIFORM", "ensemble", 5, -2.4, -2.0, "The ensemble trails equal shares.")
    first, good = begun(following(EVENING, -90)), made_weights(session=following(EVENING, -70))
    suspect = replace(made_weights(session=following(EVENING, -65)), alarms=(alarm,))
    current = made_weights(dict(zip(BRAINS, (0.1, 0.15, 0.2, 0.25, 0.3), strict=True)))
    since = following(EVENING, -60)
    back = rolled_back([first, good, suspect, current], alarm, since, 9)
    assert back.shares == good.shares
    assert (back.reason, back.parent, back.session) == ("rolled_back", good.snapshot_id, current.session)
    assert current.snapshot_id in back.note
    assert back.alarms == (alarm,)
    assert rolled_back([first, current], alarm, since, 9).reason == "cold_start"
    assert rolled_back([good, current], alarm, following(EVENING, -69), 9).parent == good.snapshot_id
    with pytest.raises(WeightsUnavailable):
        rolled_back([good, current], alarm, following(EVENING, -70), 9)
    with pytest.raises(WeightsUnavailable, match="free of alarms"):
        rolled_back([suspect, current], alarm, since, 9)


def test_what_was_gone_back_from_is_never_gone_back_to() -> None:
    alarm = Alarm("BELOW_UNIFORM", "ensemble", 5, -2.4, -2.0, "The ensemble trails equal shares.")
    good = made_weights(session=following(EVENING, -70))
    bad = made_weights(dict(zip(BRAINS, (0.1, 0.15, 0.2, 0.25, 0.3), strict=True)), note="the bad one")
    back = rolled_back([good, bad], alarm, following(EVENING, -60), 9)
    later = carried(back, following(EVENING, 30), 10, "kept")
    assert (back.by, later.by) == ("scorecard", "nightly")
    assert carried(begun(), following(EVENING, 1), 10, "kept").by == "a trader"
    again = rolled_back([good, bad, back, later], alarm, following(EVENING, 20), 11)
    assert again.parent == good.snapshot_id
    resumed = carried(later, following(EVENING, 40), 12, "kept")
    assert rolled_back([good, bad, back, later, resumed], alarm, following(EVENING, 50), 13).shares == good.shares


def test_a_stop_lasts_through_learning_and_carrying_until_somebody_releases_it() -> None:
    alarm = Alarm("AMBIGUITY", "ensemble", 5, 1e-3, 1e-12, "The weights shown were not the weights used.")
    held = stopped(made_weights(), alarm, 3)
    row = evidence(1, daily_losses(*said_and_true(PLANTED, 1, 96, 4)))
    for later in (learned(held, row, following(EVENING, 1), 4), carried(held, following(EVENING, 1), 4, "kept")):
        assert [a for a in later.alarms if a.stops] == [replace(alarm, stops=True)]
        with pytest.raises(BadInput, match="released by"):
            released(later, 5, "me", "ok")
        assert released(later, 5, "me", "looked: the recorder was old").alarms == ()
