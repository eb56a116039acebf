"""What a Sharpe ratio proves: the papers' own figures, and refusals where nothing is proved."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cockpit.errors import Abstained, BadInput
from cockpit.research.sharpe import (
    Record,
    best_of,
    deflated,
    independent,
    periods_needed,
    probable,
    record_of,
    years_needed,
    years_to_tell,
)

YEAR = 250
ROOT = math.sqrt(YEAR)


@pytest.mark.parametrize(("trials", "expected"), [(100, 0.9004), (46, 0.9505)])
def test_the_deflated_ratio_of_the_paper_is_found_again(trials: int, expected: float) -> None:
    record = Record(2.5 / ROOT, 1250, skew=-3, kurtosis=10)
    assert deflated(record, trials, 0.5 / YEAR) == pytest.approx(expected, abs=5e-5)


def test_the_bar_that_a_hundred_tries_set_is_the_papers() -> None:
    assert math.sqrt(0.5 / YEAR) * best_of(100) == pytest.approx(0.1132, abs=5e-5)


@pytest.mark.parametrize(("trials", "expected"), [(10, 1.575), (50, 2.276), (100, 2.531), (1000, 3.255)])
def test_the_best_of_many_tries_without_skill(trials: int, expected: float) -> None:
    assert best_of(trials) == pytest.approx(expected, abs=5e-4)


def test_one_try_has_nothing_to_be_the_best_of() -> None:
    assert best_of(1) == 0.0
    assert deflated(Record(0.1, 500), 1, 0.4) == probable(Record(0.1, 500))


@pytest.mark.parametrize(("a_year", "years"), [(252, 2.73), (52, 2.83), (12, 3.24)])
def test_a_ratio_of_two_against_one_needs_three_years(a_year: int, years: float) -> None:
    needed = periods_needed(Record(2 / math.sqrt(a_year), 0), above=1 / math.sqrt(a_year))
    assert needed / a_year == pytest.approx(years, abs=6e-3)


NORMAL = {0.5: 2686, 1: 673, 1.5: 301, 2: 170, 3: 77, 3.5: 57}
SKEWED = {0.5: 2731, 1: 697, 1.5: 317, 2: 183, 3: 86, 3.5: 65}


@pytest.mark.parametrize("a_year", NORMAL)
def test_sessions_that_prove_a_ratio_above_nothing(a_year: float) -> None:
    per_day = a_year / math.sqrt(248)
    assert periods_needed(Record(per_day, 0)) == pytest.approx(NORMAL[a_year], rel=0.008)
    assert periods_needed(Record(per_day, 0, -0.5, 6)) == pytest.approx(SKEWED[a_year], rel=0.008)


@pytest.mark.parametrize(("sessions", "a_year"), [(62, 3.35), (90, 2.77), (125, 2.34), (248, 1.65), (496, 1.17)])
def test_the_ratio_that_a_short_record_needs(sessions: int, a_year: float) -> None:
    assert probable(Record(a_year / math.sqrt(248), sessions)) == pytest.approx(0.95, abs=2e-3)


@pytest.mark.parametrize(("trials", "years"), [(10, 2.5), (45, 5.0), (100, 6.4)])
def test_more_tries_need_a_longer_backtest(trials: int, years: float) -> None:
    assert years_needed(trials, 1.0) == pytest.approx(years, abs=0.06)


@pytest.mark.parametrize(("rho", "years"), [(0, 49), (0.5, 25), (0.9, 4.9), (0.95, 2.5)])
def test_only_near_twins_can_be_told_apart(rho: float, years: float) -> None:
    assert years_to_tell(0.5, rho) == pytest.approx(years, rel=0.02)


def test_a_ratio_that_is_not_above_is_never_proved() -> None:
    assert periods_needed(Record(0.05, 100), above=0.05) == math.inf


def test_the_moments_of_a_record_are_those_of_its_returns() -> None:
    rng = np.random.default_rng(1)
    found = record_of(rng.normal(0.1, 1.0, 200_000))
    assert found.sharpe == pytest.approx(0.1, abs=0.01)
    assert (found.skew, found.kurtosis) == (pytest.approx(0, abs=0.03), pytest.approx(3, abs=0.06))


def test_a_record_that_never_moves_and_one_with_a_hole_are_refused() -> None:
    with pytest.raises(Abstained, match="never move"):
        record_of(np.full(50, 0.01))
    with pytest.raises(BadInput, match="not a zero"):
        record_of(np.array([0.1, np.nan, 0.2]))
    with pytest.raises(Abstained, match="2 periods"):
        record_of(np.array([0.1, 0.2]))


def test_ten_copies_of_one_trial_are_one_trial_and_strangers_count_in_full() -> None:
    rng = np.random.default_rng(2)
    one = rng.normal(size=(500, 1))
    assert independent(np.repeat(one, 10, axis=1)) == pytest.approx(1.0)
    assert independent(rng.normal(size=(5000, 10))) == pytest.approx(10, abs=0.3)
