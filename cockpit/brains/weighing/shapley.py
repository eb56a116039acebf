"""Which brain brought what: every subset of brains is asked, so the shares of credit are exact and add up."""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.weighing.ensemble import pooled

Worth: TypeAlias = Callable[[NDArray[Any]], float]
"""What a subset of brains is worth: given a bool [brain], answer a number; the empty one sets the zero."""


def shapley(worth: Worth, n_brains: int) -> NDArray[Any]:
    """Answer each brain's share of `worth(all) - worth(none)`: float64 [brain]. Source: Shapley 1953."""
    of = worths(worth, n_brains)
    subsets = np.arange(2**n_brains)
    size = np.array([int(s).bit_count() for s in subsets])
    credit = np.zeros(n_brains)
    for brain in range(n_brains):
        without = subsets[(subsets >> brain) & 1 == 0]
        chance = np.array([1 / (n_brains * comb(n_brains - 1, int(k))) for k in size[without]])
        credit[brain] = float(chance @ (of[without | (1 << brain)] - of[without]))
    return credit


def worths(worth: Worth, n_brains: int) -> NDArray[Any]:
    """Answer the worth of every subset, bit b of the place meaning brain b: float64 [2 ** brains]."""
    return np.array([worth((place >> np.arange(n_brains)) & 1 == 1) for place in range(2**n_brains)])


def left_out(worth: Worth, n_brains: int) -> NDArray[Any]:
    """Answer what is lost when each brain alone is left out: float64 [brain]."""
    everybody = np.ones(n_brains, dtype=bool)
    whole = worth(everybody)
    return np.array([whole - worth(np.arange(n_brains) != brain) for brain in range(n_brains)])


def brier_worth(said: NDArray[Any], shares: NDArray[Any], beat: NDArray[Any]) -> Worth:
    """Answer a worth: how far a subset's pool is below the loss of saying one half.

    Shapes: `said` [brain, name], NaN where silent; `shares` [brain]; `beat` [name]. Names nobody of the subset has a
    view of count as one half.
    """

    def worth(brains: NDArray[Any]) -> float:
        value = _pool(said, shares, brains)
        return float((0.25 - np.where(np.isnan(value), 0.25, (value - beat) ** 2)).mean())

    return worth


def top_worth(said: NDArray[Any], shares: NDArray[Any], excess: NDArray[Any], n_top: int) -> Worth:
    """Answer a worth: mean excess return of the names a subset's pool likes best; nothing liked earns nothing."""

    def worth(brains: NDArray[Any]) -> float:
        value = _pool(said, shares, brains)
        liked = np.flatnonzero(~np.isnan(value))
        best = liked[np.argsort(-value[liked], kind="stable")[:n_top]]
        return float(excess[best].mean()) if len(best) else 0.0

    return worth


def _pool(said: NDArray[Any], shares: NDArray[Any], brains: NDArray[Any]) -> NDArray[Any]:
    part = np.where(brains, shares, 0.0)
    if part.sum() == 0:
        return np.full(said.shape[1], np.nan)
    return pooled(said, part / part.sum()).value
