"""The ensemble: a weighted mean of calibrated probabilities, and a refusal wherever that would be a pretence.

A brain that is silent on a name has no weight there and the others share it out among themselves; with less than half
of the weight present nothing is said of the name, and without usable weights nothing is said at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import WeightsUnavailable
from cockpit.opinions import Abstain, Score, Verdict, View, Weights

ENSEMBLE: Final = "ensemble"
QUORUM: Final = 0.5
"""Less weight than this present on a name, and nothing is said of it."""
ROUNDING: Final = 1e-9
Judgement: TypeAlias = Verdict | Abstain


@dataclass(frozen=True, slots=True)
class Pool:
    """What the ensemble makes of many names at once. Shapes: float64 [name], `used` [brain, name]."""

    value: NDArray[Any]
    """Probability; NaN where the quorum was missed."""
    present: NDArray[Any]
    """Share of the weight whose brains spoke."""
    used: NDArray[Any]
    """The weights used, each column summing to 1; 0 throughout where the quorum was missed."""


def pooled(said: NDArray[Any], shares: NDArray[Any]) -> Pool:
    """Pool probabilities of each name over the brains that spoke of it.

    Shapes: `said` is float64 [brain, name], NaN where a brain is silent; `shares` float64 [brain], summing to 1.
    """
    spoke = ~np.isnan(said)
    counted = np.where(spoke, shares[:, None], 0.0)
    present = counted.sum(axis=0)
    is_enough = present >= QUORUM - ROUNDING
    used = np.where(is_enough, counted / np.where(is_enough, present, 1.0), 0.0)
    value = (used * np.where(spoke, said, 0.0)).sum(axis=0)
    return Pool(np.where(is_enough, value, np.nan), present, used)


def judge(
    tokens: Sequence[int], as_of: int, views: Mapping[str, Sequence[View]], weights: Weights | WeightsUnavailable
) -> list[Judgement]:
    """Judge every name, in the order of `tokens`, from what each brain said at `as_of`.

    A brain that said nothing, or spoke at another instant, is silent. Weights that are missing, or that are not for
    these brains, make every answer an Abstain with the reason.
    """
    if isinstance(weights, WeightsUnavailable):
        return [Abstain(ENSEMBLE, token, as_of, f"no weights: {weights}") for token in tokens]
    if strangers := set(views) - set(weights.shares):
        reason = f"weights {weights.snapshot_id} know nothing of {', '.join(sorted(strangers))}"
        return [Abstain(ENSEMBLE, token, as_of, reason) for token in tokens]
    brains = sorted(weights.shares)
    heard = [_heard(brain, tokens, as_of, views.get(brain, ())) for brain in brains]
    said = np.array([[v.value if isinstance(v, Score) else np.nan for v in row] for row in heard]).reshape(
        len(brains), -1
    )
    sure = np.array([[v.confidence if isinstance(v, Score) else 0.0 for v in row] for row in heard]).reshape(said.shape)
    shares = np.array([weights.shares[brain] for brain in brains])
    pool = pooled(said, shares)
    sureness = np.minimum((shares[:, None] * sure).sum(axis=0), 1.0)  # silence is no sureness: it is not shared out
    return [
        _judged(token, as_of, tuple(row[i] for row in heard), weights, float(pool.value[i]), float(sureness[i]))
        for i, token in enumerate(tokens)
    ]


def _heard(brain: str, tokens: Sequence[int], as_of: int, views: Sequence[View]) -> list[View]:
    of = {view.token: view for view in views}
    return [_fresh(brain, token, as_of, of.get(token)) for token in tokens]


def _fresh(brain: str, token: int, as_of: int, view: View | None) -> View:
    if view is None:
        return Abstain(brain, token, as_of, "said nothing of this name")
    if isinstance(view, Score) and view.brain != brain:
        return Abstain(brain, token, as_of, f"a score of {view.brain} was handed in for it")
    if view.as_of != as_of:
        return Abstain(brain, token, as_of, f"its view is of another instant ({view.as_of})")
    return view


def _judged(token: int, as_of: int, views: tuple[View, ...], weights: Weights, value: float, sure: float) -> Judgement:
    silent = tuple(v.who for v in views if isinstance(v, Abstain) and weights.shares[v.who] > 0)
    if np.isnan(value):
        return Abstain(
            ENSEMBLE, token, as_of, f"less than {QUORUM:.0%} of the weight spoke; silent: {', '.join(silent)}"
        )
    return Verdict(token, as_of, min(value, 1.0), sure, views, weights, silent)
