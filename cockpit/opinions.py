"""What the house thinks: features, scores, weights, verdicts, the regime and the evening's picks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from numpy.typing import NDArray

from cockpit.errors import WeightsUnavailable

WEIGHT_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class FeaturePanel:
    """Numbers for the universe at one instant.

    Shapes: `values` is [name, feature] float64, `stale` the same shape of bool; rows follow `tokens`, columns
    `columns`. `schema` is the fingerprint of the pipeline that made them; a model trained on another refuses to score.
    """

    as_of: int
    tokens: tuple[int, ...]
    columns: tuple[str, ...]
    values: NDArray[Any]
    stale: NDArray[Any]
    schema: str


@dataclass(frozen=True, slots=True)
class FeatureHistory:
    """Numbers for the universe on many days, each known at that day's close.

    Shapes: `days` is datetime64[D] [day]; `values` is float32 [day, name, column], NaN where an input was missing;
    `stale` the same shape of bool, true where a number stands on an old input. Rows follow `tokens`, columns `columns`.
    `schema` is the fingerprint of what made them.
    """

    days: NDArray[Any]
    tokens: tuple[int, ...]
    columns: tuple[str, ...]
    values: NDArray[Any]
    stale: NDArray[Any]
    schema: str

    def panel(self, row: int, as_of: int) -> FeaturePanel:
        """Answer one day's numbers as a panel known at `as_of`."""
        return FeaturePanel(
            as_of, self.tokens, self.columns, self.values[row].astype("f8"), self.stale[row], self.schema
        )


@dataclass(frozen=True, slots=True)
class Score:
    """One brain's calibrated view of one name: `value` in 0..1 is the probability of beating the universe's median."""

    brain: str
    token: int
    as_of: int
    value: float
    confidence: float
    reasons: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if not (0.0 <= self.value <= 1.0 and 0.0 <= self.confidence <= 1.0):
            raise ValueError(f"score {self.value!r} or confidence {self.confidence!r} of {self.brain} is outside 0..1")


@dataclass(frozen=True, slots=True)
class Abstain:
    """A refusal to have a view, with the reason. It is never a number."""

    who: str
    token: int
    as_of: int
    reason: str


View: TypeAlias = Score | Abstain


@dataclass(frozen=True, slots=True)
class Weights:
    """What share each brain has earned. It cannot be built empty, partial, negative or not summing to 1."""

    snapshot_id: str
    as_of: int
    shares: Mapping[str, float]
    evidence_sessions: int
    reason: str
    """`learned` or `cold_start`; only a stored cold start may be uniform."""

    def __post_init__(self) -> None:
        shares = dict(self.shares)
        total = math.fsum(shares.values())
        if not shares or any(not math.isfinite(s) or s < 0 for s in shares.values()):
            raise WeightsUnavailable(f"weights {shares} given; one finite share of 0 or more per brain expected")
        if abs(total - 1.0) > WEIGHT_TOLERANCE:
            raise WeightsUnavailable(f"weights {shares} sum to {total!r}; 1 expected")
        if self.reason not in ("learned", "cold_start"):
            raise WeightsUnavailable(f"weights say reason {self.reason!r}; 'learned' or 'cold_start' expected")
        object.__setattr__(self, "shares", MappingProxyType(shares))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ensemble's view of one name, carrying the scores and the weights it came from."""

    token: int
    as_of: int
    value: float
    confidence: float
    views: tuple[View, ...]
    weights: Weights
    degraded: tuple[str, ...] = ()
    """Brains whose weight was redistributed for this name because they abstained."""


class RegimeState(StrEnum):
    """The market's weather. Unknown weather is WEAK."""

    BULL = "BULL"
    NEUTRAL = "NEUTRAL"
    WEAK = "WEAK"


@dataclass(frozen=True, slots=True)
class Regime:
    """The market's weather with its exposure band (0..1 of equity), how long it has held, and why."""

    state: RegimeState
    as_of: int
    days_held: int
    band_low: float
    band_high: float
    evidence: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """One name of the evening's watchlist with its rank and the reason it is there."""

    token: int
    symbol: str
    rank: int
    score: float
    """0..1, cross-sectional rank of the scan's composite."""
    reason: str
    parts: tuple[tuple[str, float], ...]
    """The components behind the score, each a cross-sectional rank in 0..1."""
    close: int
    """Last close at the instrument's price scale."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """One name that a filter took out, with the filter's sentence."""

    symbol: str
    filter: str
    reason: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many names were left after one filter."""

    filter: str
    left: int


@dataclass(frozen=True, slots=True)
class Scan:
    """One evening's scan: what was considered, what fell out and why, and what is left to watch."""

    session: date
    as_of: int
    source: str
    funnel: tuple[Funnel, ...]
    picks: tuple[Pick, ...]
    dropped: tuple[Dropped, ...]
