"""Input drift: features are held against chance and against what matters, and silence is not a value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, ks_2samp

from cockpit.brains.drift.inputs import (
    category_sign,
    discoveries,
    feature_psi,
    input_signs,
    ks,
    psi,
    psi_by_chance,
)
from cockpit.brains.drift.signs import Level
from cockpit.errors import BadInput

COLUMNS = tuple(f"f{i}" for i in range(20))


def features(n_days: int, seed: int, n_names: int = 50) -> NDArray[Any]:
    return np.random.default_rng(seed).standard_normal((n_days * n_names, len(COLUMNS)))


def kinds(found: list[Any]) -> dict[str, set[str]]:
    named: dict[str, set[str]] = {}
    for sign in found[1:]:
        named.setdefault(sign.who, set()).add(sign.kind)
    return named


def test_the_index_of_known_shares_is_the_known_one() -> None:
    assert psi(np.array([0.5, 0.5]), np.array([0.6, 0.4])) == pytest.approx(0.0405, abs=5e-5)
    assert psi(np.array([0.2, 0.8, 0.0]), np.array([0.2, 0.8, 0.0])) == 0
    x = np.random.default_rng(1).standard_normal(500)
    assert feature_psi(x, x) == 0
    assert feature_psi(np.ones(100), np.ones(50)) == 0


def test_the_limit_knows_the_sample_size_where_the_folk_limits_do_not() -> None:
    draws = np.random.default_rng(0)

    def by_chance(n: int, m: int, runs: int) -> NDArray[Any]:
        return np.array([feature_psi(draws.standard_normal(n), draws.standard_normal(m)) for _ in range(runs)])

    few = by_chance(1000, 60, 400)
    assert (few > 0.1).mean() == pytest.approx(0.82, abs=0.05)
    assert (few > 0.25).mean() == pytest.approx(0.19, abs=0.05)
    for n, m, limit in ((1000, 250, 0.108), (5000, 1000, 0.026)):
        assert psi_by_chance(n, m) == pytest.approx(limit, abs=5e-4)
        assert np.quantile(by_chance(n, m, 600), 0.99) == pytest.approx(limit, rel=0.12)


def test_the_distance_of_distributions_is_kolmogorovs_and_smirnovs() -> None:
    draws = np.random.default_rng(2)
    for shift in (0.0, 0.1, 0.3):
        a, b = draws.standard_normal(400), draws.standard_normal(300) + shift
        distance, p = ks(a, b, 400, 300)
        known = ks_2samp(a, b, method="asymp")
        assert distance == pytest.approx(known.statistic, abs=1e-12)
        assert p == pytest.approx(known.pvalue, rel=0.25)
    a, b = draws.standard_normal(4000), draws.standard_normal(3000)
    assert ks(a, b, 40, 30)[1] > ks(a, b, 4000, 3000)[1]


def test_discoveries_are_benjamini_and_hochbergs() -> None:
    draws = np.random.default_rng(3)
    for _ in range(50):
        p = np.concatenate([draws.random(15), draws.random(5) * 0.003])
        np.testing.assert_array_equal(discoveries(p), false_discovery_control(p) <= 0.05)
    assert not discoveries(np.array([])).any()


def test_features_as_in_training_raise_nothing_and_drifted_ones_are_named() -> None:
    train = features(120, 1)
    assert [s.level for s in input_signs("technical", COLUMNS, train, features(20, 2), 120, 20)] == [Level.CALM]
    live = features(20, 2)
    live[:, 3] += 1.0
    live[:, 7] *= 2.0
    live[::5, 9] = np.nan
    found = input_signs("technical", COLUMNS, train, live, 120, 20)
    assert kinds(found) == {"f3": {"psi", "ks"}, "f7": {"psi", "ks"}, "f9": {"missing"}}
    assert found[0].level is Level.WARN
    assert all(s.value > s.limit for s in found[1:])
    live[:, 11] -= 1.0
    assert input_signs("technical", COLUMNS, train, live, 120, 20)[0].level is Level.ACT


def test_many_names_of_a_few_days_are_a_few_days() -> None:
    """Names of one day share the market: a chance day moves all of them, and is no drift."""
    draws = np.random.default_rng(4)

    def clustered(n_days: int) -> NDArray[Any]:
        own = draws.standard_normal((n_days, 200, len(COLUMNS)))
        shared = draws.standard_normal((n_days, 1, len(COLUMNS)))
        return (0.98 * own + 0.2 * shared).reshape(-1, len(COLUMNS))

    train = clustered(50)
    quiet = [input_signs("technical", COLUMNS, train, clustered(10), 50, 10)[0].level for _ in range(8)]
    assert quiet.count(Level.CALM) >= 7


def test_a_few_days_differ_by_chance_more_than_folk_limits_allow_and_nothing_is_said() -> None:
    train, live = features(50, 5, n_names=20), features(3, 6, n_names=20)
    over = [feature_psi(train[:, i], live[:, i]) > 0.1 for i in range(len(COLUMNS))]
    assert np.mean(over) > 0.5
    assert [s.level for s in input_signs("technical", COLUMNS, train, live, 50, 3)] == [Level.CALM]


def test_a_feature_that_is_missing_throughout_is_said_to_be_missing_and_not_compared() -> None:
    live = features(20, 2)
    live[:, 0] = np.nan
    found = input_signs("technical", COLUMNS, features(60, 1), live, 60, 20)
    assert kinds(found) == {"f0": {"missing"}}


def test_too_few_days_tell_nothing() -> None:
    moved = features(1, 2) + 5.0
    (sign,) = input_signs("technical", COLUMNS, features(60, 1), moved, 60, 1)
    assert (sign.level, sign.value) == (Level.CALM, 0.0)
    with pytest.raises(BadInput, match="20 columns named, 20 and 3 given"):
        input_signs("technical", COLUMNS, features(60, 1), moved[:, :3], 60, 20)


def test_a_mix_of_categories_that_moved_is_warned_of() -> None:
    before = np.array([500.0, 300, 200])
    assert category_sign("announcement", before, np.array([51.0, 29, 20])).level is Level.CALM
    assert category_sign("announcement", before, np.array([20.0, 20, 60])).level is Level.WARN
    assert category_sign("announcement", before, np.array([0.0, 0, 6])).level is Level.CALM
