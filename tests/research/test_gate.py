"""The gate: noise does not pass, skill can, and what is missing is said with both numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cockpit.errors import BadInput
from cockpit.research.gate import Check, Judged, Limits, Tier, Verdict, drawdown, judged, win_rates
from cockpit.research.study import Study, Tried
from tests.research.made_studies import SANE, noise_study, skilled_study, study

QUICK = Limits(draws=200, blocks=8)


def check(found: Judged, words: str) -> Check:
    return next(c for c in found.checks if words in c.sentence)


def test_of_two_hundred_studies_of_noise_hardly_one_passes() -> None:
    passed = 0
    for seed in range(200):
        made, tried = noise_study(seed)
        passed += judged(made, tried, QUICK, seed=seed).verdict is Verdict.PASS
    assert passed / 200 <= 0.01


def test_without_the_count_of_what_was_tried_noise_would_pass_often() -> None:
    """The same studies, the other 39 trials kept silent: this is what the ledger of trials is for."""
    passed = 0
    for seed in range(60):
        made, _ = noise_study(seed)
        passed += judged(made, Tried(1, made.returns[:, None]), QUICK, seed=seed).verdict is Verdict.PASS
    assert passed / 60 > 0.3


def test_strong_skill_that_was_tried_once_passes_with_every_check() -> None:
    found = [judged(*skilled_study(seed, 3.0), QUICK, seed=seed) for seed in range(10)]
    assert sum(f.verdict is Verdict.PASS for f in found) >= 8
    passed = next(f for f in found if f.verdict is Verdict.PASS)
    assert passed.missing == ()
    assert {c.tier for c in passed.checks} == set(Tier)


def test_weak_skill_is_not_proven_and_the_record_it_needs_is_named() -> None:
    found = judged(*skilled_study(5, 0.9, sessions=300), QUICK)
    assert found.verdict is Verdict.NOT_PROVEN
    assert found.missing
    assert found.sessions == 300 < found.sessions_needed < math.inf


def test_many_wins_without_an_edge_are_not_proven_and_the_break_even_is_shown() -> None:
    passed = 0
    for seed in range(120):
        wins = np.random.default_rng(seed).random(1200) < 0.58
        trades = np.where(wins, 0.42 / 0.58, -1.0)
        returns = np.array([part.sum() * 0.001 for part in np.array_split(trades, 600)])
        found = judged(study(returns, trades_r=trades), Tried(1, returns[:, None]), QUICK)
        passed += found.verdict is Verdict.PASS
        assert found.break_even == pytest.approx(0.58, abs=1e-9)
        assert "breaks even at 58.0%" in check(found, "expectancy").sentence
    assert passed / 120 <= 0.09  # one trial passes by luck one time in twenty; 0.09 is two errors above


def test_what_was_never_checked_is_missing_and_never_taken_for_clean() -> None:
    blind = replace(SANE, coverage=math.nan, same_features=None, findings=None, planted_t=math.nan, shuffled_t=math.nan)
    made, tried = skilled_study(1, 3.0)
    found = judged(replace(made, sanity=blind, seeds=None, paths=None), tried, QUICK)
    assert found.verdict is Verdict.NOT_PROVEN
    absent = ("cannot be told", "not checked", "not walked", "one seed only")
    assert sum(c.value in absent and c.verdict is Verdict.NOT_PROVEN for c in found.checks) == 7


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sanity": replace(SANE, findings=("kmid looks ahead",))}, "Look-ahead"),
        ({"sanity": replace(SANE, same_features=False)}, "Features"),
        ({"sanity": replace(SANE, planted_t=0.4)}, "planted"),
        ({"sanity": replace(SANE, shuffled_t=-3.0)}, "shuffled"),
        ({"sanity": replace(SANE, coverage=0.5)}, "every input"),
    ],
)
def test_an_insane_study_fails_however_well_it_earns(change: dict[str, object], words: str) -> None:
    made, tried = skilled_study(1, 3.0)
    found = judged(replace(made, **change), tried, QUICK)  # type: ignore[arg-type]
    assert found.verdict is Verdict.FAIL
    assert check(found, words).verdict is Verdict.FAIL


def losing(made: Study) -> Study:
    return replace(made, returns=made.returns - 0.01, trades_r=made.trades_r - 1.0)


def test_a_strategy_that_loses_after_costs_fails() -> None:
    made, tried = skilled_study(1, 1.0)
    found = judged(losing(made), tried, QUICK)
    assert found.verdict is Verdict.FAIL
    assert found.sessions_needed == math.inf


def test_one_that_lives_from_the_first_bar_is_called_fragile() -> None:
    made, tried = skilled_study(1, 3.0)
    found = judged(replace(made, lagged=made.returns - made.returns.mean() * 0.9), tried, QUICK)
    assert check(found, "one bar later").verdict is Verdict.NOT_PROVEN
    assert found.verdict is Verdict.NOT_PROVEN


def test_holding_the_market_is_not_skill() -> None:
    rng = np.random.default_rng(4)
    market = rng.normal(0.0012, 0.008, 1250)
    returns = 1.5 * market - 0.0004
    found = judged(study(returns, benchmark=market), Tried(1, returns[:, None]), QUICK)
    assert check(found, "against holding").verdict is not Verdict.PASS
    assert found.verdict is not Verdict.PASS


def test_a_daily_ic_is_judged_with_its_overlap() -> None:
    rng = np.random.default_rng(2)
    made, tried = skilled_study(1, 3.0)
    slow = np.convolve(rng.normal(0, 0.1, 1260), np.ones(11) / 11, mode="valid") + 0.004
    found = judged(replace(made, ics=slow[:1250]), tried, QUICK)
    naive = slow.mean() / slow.std() * np.sqrt(len(slow))
    assert abs(float(check(found, "rank IC:").value)) < 0.6 * abs(naive)


def test_a_trial_that_is_not_on_record_is_refused() -> None:
    made, tried = noise_study(1)
    with pytest.raises(BadInput, match="not on record"):
        judged(made, Tried(3, tried.returns))


def test_a_missing_return_is_no_zero() -> None:
    returns = np.full(300, 0.001)
    returns[7] = np.nan
    with pytest.raises(BadInput, match="not a zero"):
        study(returns)


def test_the_same_study_is_judged_the_same_twice() -> None:
    made, tried = noise_study(5)
    assert judged(made, tried, QUICK, seed=1) == judged(made, tried, QUICK, seed=1)


def test_drawdown_and_break_even_by_hand() -> None:
    assert drawdown(np.array([0.1, -0.5, 0.2])) == pytest.approx(0.5)
    assert win_rates(np.array([2.0, -1.0, -1.0])) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    rate, even = win_rates(np.array([1.0, 2.0]))
    assert rate == 1.0
    assert math.isnan(even)
