"""What the house thinks: features, scores, weights, verdicts, what came true, the regime and the evening's picks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import BadInput, WeightsUnavailable

WEIGHT_TOLERANCE: Final = 1e-9
WEIGHT_REASONS: Final = ("learned", "cold_start", "rolled_back")
"""Where shares can come from: outcomes, a person who began on purpose, or an older snapshot that had earned trust."""


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
class Alarm:
    """Something learned is not what it claims to be: who, both numbers, and the sentence. It never changes a number."""

    code: str
    who: str
    as_of: int
    value: float
    limit: float
    sentence: str
    stops: bool = False
    """True when nothing may be scored until a person has looked."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What share each brain has earned. It cannot be built empty, partial, negative or not summing to 1."""

    snapshot_id: str
    as_of: int
    shares: Mapping[str, float]
    evidence_sessions: int
    """Sessions whose predictions came true or not before these shares were made."""
    reason: str
    """One of `WEIGHT_REASONS`; only a stored cold start may be uniform."""
    session: date | None = None
    """The evening they were made, None where nobody said; then their age is unknown and they may not be used."""
    parent: str = ""
    """The snapshot they were learned from, empty for a cold start."""
    earned: Mapping[str, float] = field(default_factory=dict)
    """The shares before shrinking, floor and cap, from which the next evening learns."""
    losses: Mapping[str, float] = field(default_factory=dict)
    """Mean Brier loss of each brain over the evidence that was new this evening; a silent brain is missing."""
    n_eff: float = 0.0
    """Independent sessions behind the shares: sessions divided by the horizon."""
    trust: float = 0.0
    """How far the earned shares count against equal ones, 0..1."""
    by: str = ""
    """Who wrote them."""
    note: str = ""
    alarms: tuple[Alarm, ...] = ()

    def __post_init__(self) -> None:
        shares = dict(self.shares)
        total = math.fsum(shares.values())
        if not shares or any(not math.isfinite(s) or s < 0 for s in shares.values()):
            raise WeightsUnavailable(f"weights {shares} given; one finite share of 0 or more per brain expected")
        if abs(total - 1.0) > WEIGHT_TOLERANCE:
            raise WeightsUnavailable(f"weights {shares} sum to {total!r}; 1 expected")
        if self.reason not in WEIGHT_REASONS:
            raise WeightsUnavailable(f"weights say reason {self.reason!r}; one of {WEIGHT_REASONS} expected")
        for name in ("shares", "earned", "losses"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        if self.is_uniform and self.reason != "cold_start":
            raise WeightsUnavailable(
                f"uniform weights say {self.reason!r}; only a cold start, written on purpose, is so"
            )

    @property
    def is_uniform(self) -> bool:
        """Tell whether several brains have the same share."""
        return len(self.shares) > 1 and max(self.shares.values()) - min(self.shares.values()) <= WEIGHT_TOLERANCE


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


PREDICTION: Final = np.dtype(
    [
        ("token", "i8"),
        ("raw", "f8"),  # the brain's own score before calibration, 0..1
        ("value", "f8"),  # the probability it stood for, 0..1
    ],
    align=True,
)
"""One name of a `Predictions`."""

OUTCOME: Final = np.dtype(
    [
        ("token", "i8"),
        ("raw", "f8"),
        ("value", "f8"),
        ("beat", "i8"),  # 1 when the name beat the universe's median, 0 when not
        ("excess", "f8"),  # its return minus that median, a ratio
    ],
    align=True,
)
"""One name of an `Outcome`."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What one brain, the ensemble or a shadow of it said on one evening, with the ids of all that it came from.

    Shapes: `rows` is `PREDICTION` [name], ascending by token; a name nobody spoke of has no row.
    """

    brain: str
    session: date
    horizon: int
    """Sessions from the entry at the next open to the exit at an open."""
    as_of: int
    weights_id: str
    schema: str
    model: str
    calibration: str
    rows: NDArray[Any]
    trained_until: date | None = None
    """The last session whose prices any label of the model has seen; None for a model that learned nothing."""

    def __post_init__(self) -> None:
        rows = self.rows
        if rows.dtype != PREDICTION or self.horizon < 1:
            raise BadInput(f"predictions of {self.brain}: rows of {rows.dtype} over {self.horizon} sessions given")
        if (np.diff(rows["token"]) <= 0).any():
            raise BadInput(f"predictions of {self.brain} on {self.session}: tokens must ascend, each once")
        if not ((rows["value"] >= 0) & (rows["value"] <= 1)).all():
            raise BadInput(
                f"predictions of {self.brain} on {self.session}: every value lies in 0..1; silence has no row"
            )

    @property
    def key(self) -> tuple[str, date, int]:
        """Answer what may be predicted, and marked, only once."""
        return self.brain, self.session, self.horizon


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came true of one `Predictions`. Shapes: `rows` is `OUTCOME` [name that resolved], ascending by token."""

    said: Predictions
    resolved_on: date
    rows: NDArray[Any]
    unresolved: tuple[tuple[int, str], ...] = ()
    """Tokens that could not be marked, each with the reason."""


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
    reason: str = ""
    """Why the weather is unknown, where it is; empty when it is known."""


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
    confidence: float = math.nan
    """0..1, how sure the ensemble is; NaN for a scan of factors, which does not know."""
    silent: tuple[tuple[str, str], ...] = ()
    """Brains that had no view of this name, each with its reason."""


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
    regime: Regime | None = None
    """The market's weather that evening; None for a scan that did not look."""
    exposure: float = math.nan
    """Share of equity that regime and confidence allow tomorrow, 0..1; NaN when not judged."""
    weights: str = ""
    """Snapshot of the weights the ensemble judged with; empty for a scan of factors alone."""
    models: tuple[tuple[str, str], ...] = ()
    """Brain and version of the model that scored."""
    silent: tuple[tuple[str, str], ...] = ()
    """Brains that had no view of any name that evening, each with its reason."""
