"""The quantitative brain: what fell comes back, what rose for a year goes on, what is calm pays; and what acting costs.

Reversal over 5, 10 and 21 sessions, raw and against the own sector; 12-1 momentum; low and idiosyncratic volatility;
the year's high; illiquidity. Trading each change of a ranking costs more than a weak signal brings, so what is held is
let go only when it has fallen well behind, and every rank IC is shown beside the one that would pay for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Final

import numpy as np

from cockpit.brains.pipeline import FACTORS, Pipeline
from cockpit.brains.technical import measured
from cockpit.errors import BadInput
from cockpit.evidence import Evidence
from cockpit.opinions import FeatureHistory

ENTER: Final = 10
LEAVE: Final = 30
WORDS: Final = {
    "momentum_12_1": "moved {value:+.0%} in the year before its last month",
    "high_252": "closed at {value:.0%} of its year's high",
    "amihud_21": "moves {value:.2%} for each crore traded",
    "reversal_z": "fell {value:+.1f} sd more than all names over 5, 10 and 21 sessions",
    "reversal_sector_z": "fell {value:+.1f} sd more than its sector over 5, 10 and 21 sessions",
    "calm_z": "is {value:+.1f} sd calmer than all names",
    "own_calm_z": "is {value:+.1f} sd calmer than all names, the market's moves aside",
}


class QuantitativeBrain:
    """Read where a name stands among all names."""

    name = "quantitative"
    letter = "Q"

    @property
    def columns(self) -> tuple[str, ...]:
        """Answer the factors, in order."""
        return FACTORS

    @cached_property
    def schema(self) -> str:
        """Answer the fingerprint of the factors and of what computes them."""
        return Pipeline(FACTORS).schema

    def features(self, evidence: Evidence) -> FeatureHistory:
        """Measure every day of the evidence's prices. Needs nothing but prices."""
        return measured(Pipeline(FACTORS), evidence)

    def words(self, column: str, value: float) -> str:
        """Say one factor's value in plain words."""
        if not np.isfinite(value):
            return f"{column} is not known"
        if column.startswith("reversal_") and column.removeprefix("reversal_").isdigit():
            return f"moved {np.expm1(-value):+.1%} in {column.removeprefix('reversal_')} sessions"
        if column == "momentum_12_1":
            value = float(np.expm1(value))
        return WORDS[column].format(value=value)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a day's ranking changes in what is held."""

    held: frozenset[int]
    entered: tuple[int, ...]
    """Best rank first."""
    left: tuple[tuple[int, str], ...]
    """Ascending by token, each with its reason."""


def turned(ranks: Mapping[int, int], held: Set[int], *, enter: int = ENTER, leave: int = LEAVE) -> Turn:
    """Answer what is held after a ranking: nobody leaves while ranked `leave` or better, nobody enters beyond `enter`.

    `ranks` maps a token to its rank, 1 the best; a held name without a rank leaves, since nothing speaks for it. No
    more than `enter` names are held, so a newcomer waits until a place is free.
    """
    if not 1 <= enter <= leave:
        raise BadInput(
            f"enter {enter} and leave {leave} given; 1 or more, and leaving no better than entering, expected"
        )
    left = tuple(
        (token, _why(ranks, token, leave)) for token in sorted(held) if not ranks.get(token, leave + 1) <= leave
    )
    stayed = set(held) - {token for token, _ in left}
    waiting = sorted(
        (token for token, rank in ranks.items() if rank <= enter and token not in stayed), key=ranks.__getitem__
    )
    entered = tuple(waiting[: max(enter - len(stayed), 0)])
    return Turn(frozenset(stayed.union(entered)), entered, left)


def _why(ranks: Mapping[int, int], token: int, leave: int) -> str:
    return f"ranked {ranks[token]}, {leave} is the last to stay" if token in ranks else "without a rank"


def break_even_ic(cost: float, spread: float, picked: int, among: int) -> float:
    """Answer the rank IC at which the best `picked` of `among` names earn their round trip, all changed each time.

    Units: `cost` of the round trip and `spread`, the standard deviation of returns across names over the holding time,
    are ratios.
    """
    if not (cost >= 0 and spread > 0):
        raise BadInput(f"cost {cost} and spread {spread} given; ratios, the spread above 0, expected")
    return cost / (spread * best_of_normal(picked, among))


def best_of_normal(picked: int, among: int) -> float:
    """Answer how many standard deviations above the mean the best `picked` of `among` names stand, on average."""
    if not 0 < picked < among:
        raise BadInput(f"{picked} of {among} names given; some, and not all of them, expected")
    share = picked / among
    normal = NormalDist()
    return normal.pdf(normal.inv_cdf(1 - share)) / share
