"""What an experiment lays before the gate: its returns net of costs, its trades, and the proofs that it is sane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import BadInput


@dataclass(frozen=True, slots=True)
class Sanity:
    """What was checked before any profit was looked at. NaN and None mean it was not checked."""

    coverage: float
    """Share of the (session, name) cells that had every input."""
    same_features: bool | None
    """Whether training, backtest and live make the same features, by their fingerprint."""
    findings: tuple[str, ...] | None
    """What the look-ahead and warm-up analysers found, each naming its column; empty is clean."""
    planted_t: float
    """t of the rank IC that the pipeline finds where one of 0.05 was planted."""
    shuffled_t: float
    """t of the rank IC that it finds where labels were shuffled."""


@dataclass(frozen=True, slots=True)
class Study:
    """One experiment's result. Shapes: float64 [session] unless said; all returns are shares of equity, net of costs.

    Everything is out of sample: a session is in here only if nothing of it was learned from.
    """

    name: str
    sanity: Sanity
    returns: NDArray[Any]
    """At the charges in force and the slippage assumed."""
    strained: NDArray[Any]
    """The same at twice that slippage."""
    lagged: NDArray[Any]
    """The same with every order one bar later."""
    benchmark: NDArray[Any]
    """What holding the market earned on the same sessions."""
    trades_r: NDArray[Any]
    """Net result of each closed trade in multiples of its risk, in order. Shapes: [trade]."""
    ics: NDArray[Any] | None = None
    """Daily rank IC; None for a rule that ranks nothing."""
    span: int = 5
    """Sessions over which an outcome is decided, which is how far daily ICs overlap."""
    seeds: NDArray[Any] | None = None
    """The returns of every seed that was fitted. Shapes: [seed, session]."""
    is_drawn: bool = True
    """Whether anything in it is drawn at random; where nothing is, there is no seed to be lucky with."""
    paths: NDArray[Any] | None = None
    """The returns along every path of the combinatorial splits. Shapes: [path, session]."""
    turnover: float = field(default=float("nan"))
    """Traded value a session over equity."""
    capacity_rupees: float = field(default=float("nan"))
    """Equity at which its orders reach the share of daily volume that the house allows."""

    def __post_init__(self) -> None:
        n = len(self.returns)
        for word in ("strained", "lagged", "benchmark"):
            if len(getattr(self, word)) != n:
                raise BadInput(f"{self.name}: {len(getattr(self, word))} sessions {word}, {n} expected")
        for word in ("returns", "strained", "lagged", "benchmark", "trades_r"):
            if not np.isfinite(getattr(self, word)).all():
                raise BadInput(f"{self.name}: {word} has a figure that is not finite; a missing one is not a zero")


@dataclass(frozen=True, slots=True)
class Tried:
    """All that was tried on the way, as the trial ledger counts it: crashed fits and given-up ideas included."""

    count: int
    returns: NDArray[Any]
    """Of those trials that came to returns, on the study's sessions. Shapes: [session, trial]."""
    incumbent: NDArray[Any] | None = None
    """What is in force now on the same sessions; None where nothing is, and holding the market is beaten instead."""
