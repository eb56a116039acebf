"""Trees: our reading of LightGBM's text answers as LightGBM does, bit for bit, and its shares are the exact ones."""

from __future__ import annotations

import itertools
from math import factorial
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from numpy.typing import NDArray

from cockpit.brains.learning.trees import Trees, parsed
from cockpit.errors import BadInput

COLUMNS = tuple("abcdef")


def made(seed: int = 1, rounds: int = 20, **params: Any) -> tuple[Any, NDArray[Any]]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(1500, 6)).round(2)
    X[rng.random(X.shape) < 0.15] = np.nan
    X[:, 5] = rng.integers(0, 3, 1500)
    y = np.where(np.isnan(X[:, 0]), 0.5, X[:, 0] * (X[:, 1] > 0)) + rng.normal(size=1500)
    named = {"num_leaves": 12, "min_data_in_leaf": 20, "verbosity": -1, "num_threads": 1, "seed": seed, **params}
    return lgb.train(named, lgb.Dataset(X, label=y, feature_name=list(COLUMNS)), rounds), X


def read(booster: Any) -> Trees:
    return parsed(booster.model_to_string(), COLUMNS)


def strange_rows(X: NDArray[Any]) -> NDArray[Any]:
    thresholds = np.unique(X[np.isfinite(X)])[:40]
    edge = np.concatenate([thresholds, np.nextafter(thresholds, 9), [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-36]])
    return np.random.default_rng(3).choice(edge, size=(500, 6))


@pytest.mark.parametrize("params", [{}, {"bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.6},
                                    {"use_missing": False}, {"max_depth": 2}, {"min_data_in_leaf": 900}])  # fmt: skip
def test_raw_answers_equal_lightgbms_to_the_last_bit_on_seen_missing_and_strange_rows(params: dict[str, Any]) -> None:
    booster, X = made(**params)
    trees = read(booster)
    for rows in (X, strange_rows(X), X[:1], X[:0]):
        wanted = booster.predict(rows, raw_score=True) if len(rows) else np.zeros(0)
        np.testing.assert_array_equal(trees.raw(rows), wanted)


@pytest.mark.parametrize("params", [{}, {"bagging_fraction": 0.7, "bagging_freq": 1}, {"num_leaves": 31}])
def test_shares_equal_lightgbms_exact_ones_and_sum_to_the_raw_answer(params: dict[str, Any]) -> None:
    booster, X = made(**params)
    trees = read(booster)
    for rows in (X[:200], strange_rows(X)[:200]):
        shares = trees.contributions(rows)
        np.testing.assert_allclose(shares, booster.predict(rows, pred_contrib=True), atol=1e-9)
        np.testing.assert_allclose(shares.sum(axis=1), trees.raw(rows), atol=1e-9)


def test_shares_are_the_mean_over_all_orders_in_which_columns_become_known() -> None:
    booster, X = made(rounds=3, num_leaves=6)
    trees = read(booster)

    def known(row: NDArray[Any], subset: frozenset[int], node: int) -> float:
        left, right = trees.child[node]
        if left == node:
            return float(trees.value[node])
        column = int(trees.feature[node])
        if column in subset:
            x = row[column]
            goes_left = x <= trees.threshold[node] or (np.isnan(x) and trees.nan_left[node])
            return known(row, subset, left if goes_left else right)
        return sum(float(trees.count[n] / trees.count[node]) * known(row, subset, n) for n in (left, right))

    def value(row: NDArray[Any], subset: frozenset[int]) -> float:
        return sum(known(row, subset, int(root)) for root in trees.roots)

    for row in X[:4]:
        wanted = np.zeros(7)
        wanted[6] = value(row, frozenset())
        for i in range(6):
            others = [j for j in range(6) if j != i]
            for k in range(6):
                for chosen in map(frozenset, itertools.combinations(others, k)):
                    weight = factorial(k) * factorial(5 - k) / factorial(6)
                    wanted[i] += weight * (value(row, chosen | {i}) - value(row, chosen))
        np.testing.assert_allclose(trees.contributions(row[None])[0], wanted, atol=1e-12)


def test_a_forest_of_stumps_without_a_split_answers_its_constant() -> None:
    booster, X = made(min_data_in_leaf=1400)
    trees = read(booster)
    np.testing.assert_array_equal(trees.raw(X[:5]), booster.predict(X[:5]))
    np.testing.assert_allclose(trees.contributions(X[:5])[:, -1], trees.raw(X[:5]))
    assert not trees.contributions(X[:5])[:, :-1].any()


def test_what_this_reader_does_not_know_is_refused_by_name() -> None:
    rng = np.random.default_rng(1)
    X = np.c_[rng.normal(size=(1000, 5)), rng.integers(0, 6, 1000)]
    y = X[:, 0] + (X[:, 5] == 3)
    params = {"num_leaves": 8, "verbosity": -1, "num_threads": 1}

    def text(**more: Any) -> str:
        data = lgb.Dataset(X, label=y, feature_name=list(COLUMNS), categorical_feature=more.pop("category", []))
        return str(lgb.train(params | more, data, 5).model_to_string())

    with pytest.raises(BadInput, match="by category"):
        parsed(text(category=["f"]), COLUMNS)
    with pytest.raises(BadInput, match="linear leaves"):
        parsed(text(linear_tree=True), COLUMNS)
    with pytest.raises(BadInput, match="zero for missing"):
        parsed(text(zero_as_missing=True), COLUMNS)
    with pytest.raises(BadInput, match="one number per row, summed"):
        parsed(text(boosting="rf", bagging_fraction=0.5, bagging_freq=1), COLUMNS)


def test_columns_that_are_not_the_forests_own_are_refused() -> None:
    booster, X = made()
    swapped = ("b", "a", *COLUMNS[2:])
    for columns in (swapped, COLUMNS[:5], (*COLUMNS, "g")):
        with pytest.raises(BadInput, match="columns"):
            parsed(booster.model_to_string(), columns)
    with pytest.raises(BadInput, match="shape"):
        read(booster).raw(X[:, :5])


def test_a_text_cut_anywhere_is_refused() -> None:
    text = made(rounds=3)[0].model_to_string()
    end = text.index("end of trees") + len("end of trees")
    for cut in range(0, end, 37):
        with pytest.raises(BadInput):
            parsed(text[:cut], COLUMNS)


@pytest.mark.parametrize(
    ("old", "new"),
    [("leaf_value=", "leaf_value=0.5 "), ("left_child=", "left_child=7 "), ("split_feature=", "split_feature=x "),
     ("num_leaves=12", "num_leaves=11"), ("leaf_count=", "leaf_sum=")],
)  # fmt: skip
def test_a_tree_that_is_not_whole_is_refused_with_its_number(old: str, new: str) -> None:
    text = made(rounds=2)[0].model_to_string()
    assert old in text
    with pytest.raises(BadInput, match="tree 0"):
        parsed(text.replace(old, new, 1), COLUMNS)


def test_branches_that_lead_in_a_circle_are_refused() -> None:
    text = made(rounds=1)[0].model_to_string()
    line = next(line for line in text.splitlines() if line.startswith("left_child="))
    words = line.removeprefix("left_child=").split()
    inner = next(i for i, word in enumerate(words) if int(word) > 0)
    words[inner] = "0"
    with pytest.raises(BadInput, match="do not form one tree"):
        parsed(text.replace(line, "left_child=" + " ".join(words)), COLUMNS)
