"""Challengers of the regime: they find planted states, never revise the past, and say by name what is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cockpit.engine.regime_kernel import BULL, NEUTRAL, WEAK
from cockpit.engine.regime_models import (
    HiddenMarkov,
    Jumps,
    fitted_hidden_markov,
    fitted_jumps,
    jump_features,
)
from cockpit.errors import Abstained, BadInput

Floats = NDArray[Any]
Fit = Callable[[Floats], HiddenMarkov | Jumps]
FITS: tuple[Fit, ...] = (fitted_hidden_markov, fitted_jumps)


def planted(n: int, seed: int) -> tuple[Floats, Floats]:
    """Answer (returns, states) of a two-state market: calm and rising, wild and falling."""
    draws = np.random.default_rng(seed)
    states = np.empty(n, dtype=int)
    state = BULL
    for day in range(n):
        if draws.random() < (0.01 if state == BULL else 0.03):
            state = BULL + WEAK - state
        states[day] = state
    calm = states == BULL
    return np.where(calm, 0.0007, -0.001) + np.where(calm, 0.007, 0.020) * draws.standard_normal(n), states


def balanced_accuracy(found: Floats, states: Floats) -> float:
    return float(np.mean([(found[states == s] == s).mean() for s in np.unique(states)]))


@cache
def hidden_markov(seed: int) -> HiddenMarkov:
    return fitted_hidden_markov(planted(2000, seed)[0], n_states=2)


@cache
def jumps(penalty: float) -> Jumps:
    return fitted_jumps(planted(1500, 1)[0], penalty)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_filter_finds_planted_states_it_has_not_been_fitted_on(seed: int) -> None:
    returns, states = planted(1500, 100 + seed)
    assert balanced_accuracy(hidden_markov(seed).states(returns), states) > 0.9


def test_states_are_ordered_from_wild_to_calm_whatever_the_package_called_them() -> None:
    for seed in (1, 2, 3):
        model = hidden_markov(seed)
        assert model.sd[0] > model.sd[1]
        assert model.sd == pytest.approx([0.020, 0.007], rel=0.15)
        assert model.moves.sum(axis=1) == pytest.approx([1, 1])
    three = fitted_hidden_markov(planted(1500, 1)[0], n_states=3)
    assert (np.diff(three.sd) < 0).all()
    assert set(three.states(planted(1500, 1)[0])) <= {WEAK, NEUTRAL, BULL}
    calm, wild = (jumps(50.0).states(planted(1500, 1)[0]) == s for s in (BULL, WEAK))
    returns = planted(1500, 1)[0]
    assert returns[calm].std() < returns[wild].std()


def test_the_filter_is_the_package_asked_of_each_prefix_for_its_last_day() -> None:
    from hmmlearn.hmm import GaussianHMM

    model, returns = hidden_markov(1), planted(300, 9)[0]
    peer = GaussianHMM(2, covariance_type="diag")
    peer.startprob_, peer.transmat_ = model.start, model.moves
    peer.means_, peer.covars_ = model.mean[:, None], model.sd[:, None] ** 2
    found = model.filtered(returns)
    for n in (1, 2, 50, 299):
        np.testing.assert_allclose(peer.predict_proba(returns[:n, None])[-1], found[n - 1], atol=1e-9)
    smoothed = peer.predict_proba(returns[:, None])
    assert np.abs(smoothed - found).max() > 0.05  # which is what the package says with the future in hand


@pytest.mark.parametrize("fit", FITS)
def test_what_comes_later_changes_no_bit_of_an_earlier_state(fit: Fit) -> None:
    model = fit(planted(600, 4)[0])
    returns = planted(400, 5)[0]
    whole = model.states(returns)
    for n in (1, 57, 200, 399):
        np.testing.assert_array_equal(model.states(returns[:n]), whole[:n])
    poisoned = returns.copy()
    poisoned[200:] *= -3
    np.testing.assert_array_equal(model.states(poisoned)[:200], whole[:200])
    features, cut = jump_features(returns), jump_features(returns[:100])
    assert features[:100].tobytes() == cut.tobytes()


def test_a_higher_price_of_change_never_makes_more_changes() -> None:
    returns = planted(1500, 1)[0]
    counts = [int((np.diff(jumps(price).states(returns)) != 0).sum()) for price in (0.0, 10.0, 50.0, 200.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_the_jump_model_is_weaker_than_the_filter_on_the_filters_own_market() -> None:
    returns, states = planted(1500, 101)
    price = balanced_accuracy(jumps(50.0).states(returns), states)
    assert 0.5 < price < balanced_accuracy(hidden_markov(1).states(returns), states)


@pytest.mark.parametrize(("fit", "package"), [(fitted_hidden_markov, "hmmlearn"), (fitted_jumps, "jumpmodels")])
def test_a_package_that_is_not_there_is_named(fit: Fit, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (package, f"{package}.hmm", f"{package}.jump"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(Abstained, match=f"package {package}"):
        fit(planted(300, 1)[0])


@pytest.mark.parametrize("fit", FITS)
def test_too_few_or_unknown_returns_are_refused(fit: Fit) -> None:
    returns = planted(300, 1)[0]
    for wrong in (returns[:249], np.append(returns, np.nan)):
        with pytest.raises(BadInput):
            fit(wrong)
    with pytest.raises(BadInput, match="4 states"):
        fitted_hidden_markov(returns, n_states=4)
