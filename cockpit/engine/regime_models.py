"""Challengers of the rules: a hidden Markov model and a jump model, asked only for what they knew at the time.

Both come from packages that nobody needs to trade; one that is missing says so by name. Neither package's usual answer
is used where it looks ahead: `predict` and `predict_proba` of a hidden Markov model revise the past by the future, so
states here come from our own forward filter, and of the jump model only `predict_online` is asked. States are put in
order when the model is fitted: the calmest is BULL, the wildest WEAK.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cockpit.engine.regime_kernel import BULL, NEUTRAL, WEAK
from cockpit.errors import Abstained, BadInput

Rows: TypeAlias = NDArray[Any]

LEAST_DAYS: Final = 250
"""A model fitted on less than a year of returns has hardly seen a change."""
SEED: Final = 0
ORDERED: Final = {2: (WEAK, BULL), 3: (WEAK, NEUTRAL, BULL)}
"""The house's states for so many hidden ones, wildest first."""
DOWNSIDE_LIFE: Final = 10
SORTINO_LIVES: Final = (20, 60)
"""Half-lives in sessions of the jump model's features. Source: Shu, Yu and Mulvey 2024."""
YOUNG_DAYS: Final = 60
SMALLEST_LOSS: Final = 1e-4
"""Downside deviation is at least this: one basis point."""


@dataclass(frozen=True, slots=True, eq=False)
class HiddenMarkov:
    """A fitted Gaussian hidden Markov model. Shapes: float64 [state], wildest first; `moves` [state, next state]."""

    start: Rows
    moves: Rows
    mean: Rows
    sd: Rows

    def filtered(self, returns: Rows) -> Rows:
        """Answer each day's chance of each state, from returns up to that day alone: float64 [day, state]."""
        chance, found = self.start, np.empty((len(returns), len(self.mean)))
        for day, seen in enumerate(_densities(self, returns)):
            expected = chance if day == 0 else chance @ self.moves
            joint = expected * seen
            chance = joint / joint.sum()
            found[day] = chance
        return found

    def states(self, returns: Rows) -> Rows:
        """Answer each day's likeliest state in the house's codes: int [day]."""
        return np.asarray(np.array(ORDERED[len(self.mean)])[self.filtered(returns).argmax(axis=1)])


@dataclass(frozen=True, slots=True, eq=False)
class Jumps:
    """A fitted jump model: where its states lie among standardised features, and what a change of state costs."""

    model: Any
    mean: Rows
    sd: Rows
    codes: Rows
    """The house's code of each of the package's states."""

    def states(self, returns: Rows) -> Rows:
        """Answer each day's state in the house's codes, from returns up to that day alone: int [day]."""
        rows = (jump_features(returns) - self.mean) / self.sd
        states: Rows = self.codes[np.asarray(self.model.predict_online(rows)).astype(int)]
        return states


def fitted_hidden_markov(returns: Rows, n_states: int = 3, seed: int = SEED) -> HiddenMarkov:
    """Fit a Gaussian hidden Markov model to daily log returns.

    Errors: Abstained when the package is missing; BadInput for fewer than 250 returns, or unknown ones.
    """
    _refuse(returns, n_states)
    try:
        from hmmlearn.hmm import GaussianHMM
    except ImportError as none:
        raise Abstained("the hidden Markov model needs the package hmmlearn: install cockpit[challengers]") from none
    scale = returns.std()
    model = GaussianHMM(n_states, covariance_type="diag", n_iter=200, tol=1e-2, random_state=seed)
    model.fit((returns / scale)[:, None])
    sd = np.sqrt(np.asarray(model.covars_).reshape(n_states)) * scale
    order = np.argsort(-sd)
    moves, mean = np.asarray(model.transmat_), np.asarray(model.means_).reshape(n_states) * scale
    return HiddenMarkov(np.asarray(model.startprob_)[order], moves[np.ix_(order, order)], mean[order], sd[order])


def fitted_jumps(returns: Rows, penalty: float = 50.0, n_states: int = 2, seed: int = SEED) -> Jumps:
    """Fit a jump model to features of daily log returns; a higher `penalty` makes for fewer changes.

    Errors: Abstained when the package is missing; BadInput for fewer than 250 returns, or unknown ones.
    """
    _refuse(returns, n_states)
    try:
        from jumpmodels.jump import JumpModel
    except ImportError as none:
        raise Abstained("the jump model needs the package jumpmodels: install cockpit[challengers]") from none
    rows, returns = jump_features(returns)[YOUNG_DAYS:], returns[YOUNG_DAYS:]
    mean, sd = rows.mean(axis=0), rows.std(axis=0)
    model = JumpModel(n_components=n_states, jump_penalty=penalty, random_state=seed)
    model.fit((rows - mean) / sd, ret_ser=returns, sort_by="vol")
    of_state = np.array([returns[np.asarray(model.labels_) == k].std() for k in range(n_states)])
    codes = np.empty(n_states, dtype=int)
    codes[np.argsort(-of_state)] = ORDERED[n_states]
    return Jumps(model, mean, sd, codes)


def jump_features(returns: Rows) -> Rows:
    """Answer what the jump model looks at: log downside deviation and two Sortino ratios, float64 [day, 3].

    Each is an exponential mean over the past; until some losses were seen the ratios are wild, so fits leave the first
    days out.
    """
    downside = {life: np.sqrt(_faded(np.minimum(returns, 0) ** 2, life)) for life in (DOWNSIDE_LIFE, *SORTINO_LIVES)}
    loss = {life: np.maximum(deviation, SMALLEST_LOSS) for life, deviation in downside.items()}
    ratios = [_faded(returns, life) / loss[life] for life in SORTINO_LIVES]
    return np.column_stack([np.log(loss[DOWNSIDE_LIFE]), *ratios])


def _faded(values: Rows, half_life: float) -> Rows:
    """Answer the exponential mean of the past, weights adjusted to sum to 1 from the first day on."""
    keep, total, weight = 0.5 ** (1 / half_life), 0.0, 0.0
    means = np.empty(len(values))
    for day, value in enumerate(values):
        total, weight = keep * total + value, keep * weight + 1
        means[day] = total / weight
    return means


def _densities(model: HiddenMarkov, returns: Rows) -> Rows:
    """Answer how well each state explains each return, the best of a day scaled to 1: float64 [day, state]."""
    log = -0.5 * ((returns[:, None] - model.mean) / model.sd) ** 2 - np.log(model.sd)
    seen: Rows = np.exp(log - log.max(axis=1, keepdims=True))
    return seen


def _refuse(returns: Rows, n_states: int) -> None:
    if n_states not in ORDERED:
        raise BadInput(f"{n_states} states asked for; 2 or 3 expected")
    if len(returns) < LEAST_DAYS or not np.isfinite(returns).all():
        raise BadInput(f"{len(returns)} returns given; {LEAST_DAYS} or more, all of them known, expected")
