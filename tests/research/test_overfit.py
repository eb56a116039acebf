"""Being the best of many: worth nothing in noise, worth something where skill was planted."""

from __future__ import annotations

import numpy as np
import pytest

from cockpit.errors import Abstained, BadInput
from cockpit.research.overfit import overfit


def noise(seed: int, n: int = 20, periods: int = 1000) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.01, (periods, n))


def test_the_best_of_noise_is_as_often_below_the_middle_as_above() -> None:
    found = np.mean([overfit(noise(seed), 12).probability for seed in range(30)])
    assert 0.38 < found < 0.62


def test_planted_skill_among_twenty_stays_the_best() -> None:
    probabilities = []
    for seed in range(20):
        returns = noise(seed)
        returns[:, 7] += 3.0 / np.sqrt(250) * 0.01
        probabilities.append(overfit(returns, 12).probability)
    assert np.mean(probabilities) < 0.2


def test_a_small_case_agrees_with_counting_by_hand() -> None:
    rng = np.random.default_rng(5)
    returns = rng.normal(0.02, 1.0, (40, 3))
    parts = np.array_split(returns, 4)
    from itertools import combinations

    below = 0
    for chosen in combinations(range(4), 2):
        inside = np.concatenate([parts[k] for k in chosen])
        outside = np.concatenate([parts[k] for k in range(4) if k not in chosen])
        best = (inside.mean(axis=0) / inside.std(axis=0)).argmax()
        there = outside.mean(axis=0) / outside.std(axis=0)
        rank = (there < there[best]).sum() + 1
        below += rank / 4 <= 0.5
    assert overfit(returns, 4).probability == pytest.approx(below / 6)


def test_sixteen_blocks_make_all_halves() -> None:
    assert overfit(noise(1, 5), 16).logits.shape == (12870,)


def test_configurations_that_are_all_alike_say_nothing() -> None:
    assert overfit(np.repeat(noise(3, 1), 4, axis=1), 8).probability == 1.0  # the middle is not above the middle


def test_one_configuration_an_odd_cut_and_a_hole_are_refused() -> None:
    with pytest.raises(Abstained):
        overfit(noise(1, 1))
    with pytest.raises(BadInput, match="even"):
        overfit(noise(1), 7)
    holed = noise(1)
    holed[3, 2] = np.nan
    with pytest.raises(BadInput, match="not a zero"):
        overfit(holed)
