"""Everything measured of one market over its days: each brain's features, what came true, and the weather.

Each row is what its own evening could know, so one almanac serves every evening in it. What a brain could not measure
is a reason, kept beside the others' features.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from datetime import time as clock_time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.labels import Labels, labels
from cockpit.clock import instant
from cockpit.engine.regime import breadth50, regime_or_weak, regimes, weak_because
from cockpit.errors import Abstained, BadInput, CockpitError
from cockpit.evening_ports import Brain
from cockpit.evidence import Evidence, Missing
from cockpit.market import DailyPanel
from cockpit.opinions import FeatureHistory, FeaturePanel, Regime

EVENING: Final = clock_time(20, 0)
"""When an evening is judged: everything of the day is out."""
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Almanac:
    """What was measured. Shapes: features are [day, name, column] on the days and names of the evidence's prices."""

    evidence: Evidence
    features: Mapping[str, FeatureHistory]
    silent: Mapping[str, str]
    """Brains that could not measure anything, each with the reason."""
    labels: Labels
    index_closes: NDArray[Any]
    """Closes of the index on the prices' days, float64 [day]; NaN where unknown."""
    weather: NDArray[Any] | None
    """`WEATHER` [day] on the prices' days, None when there is no index."""

    @property
    def prices(self) -> DailyPanel:
        """Answer the prices everything was measured of."""
        return self.evidence.prices.value

    @property
    def tokens(self) -> tuple[int, ...]:
        """Answer the names, in the order of the columns."""
        return tuple(i.token for i in self.prices.instruments)

    def row(self, session: date) -> int:
        """Answer the row of a session; BadInput when the prices do not hold it."""
        at = int(np.searchsorted(self.prices.days, np.datetime64(session, "D")))
        if at == len(self.prices.days) or self.prices.days[at] != np.datetime64(session, "D"):
            raise BadInput(f"{session} is no session of {self.prices.source}")
        return at

    def sessions(self, first: date, last: date) -> tuple[date, ...]:
        """Answer the sessions of a range, both ends included."""
        days = self.prices.days
        chosen = days[(days >= np.datetime64(first, "D")) & (days <= np.datetime64(last, "D"))]
        return tuple(chosen.astype(object))

    def panel(self, brain: str, session: date) -> FeaturePanel:
        """Answer one brain's features of one evening.

        Errors: Abstained with the reason when the brain could not measure.
        """
        if brain in self.silent:
            raise Abstained(self.silent[brain])
        return self.features[brain].panel(self.row(session), as_of(session))

    def regime(self, session: date) -> Regime:
        """Answer the weather of an evening; WEAK with the reason where it cannot be told."""
        if self.weather is None:
            index = self.evidence.index
            why = index.reason if isinstance(index, Missing) else "no day of the index is a session of the prices"
            return weak_because(f"no index: {why}", as_of(session))
        return regime_or_weak(self.weather[self.row(session)], as_of(session))


def as_of(session: date) -> int:
    """Answer the instant at which an evening is judged, ns UTC."""
    return instant(session, EVENING)


def measured(evidence: Evidence, brains: Sequence[Brain], tell: Tell = lambda what, n, total: None) -> Almanac:
    """Measure everything; a brain that cannot, or that fails, is silent with the reason and takes nobody with it."""
    features: dict[str, FeatureHistory] = {}
    silent: dict[str, str] = {}
    for n, brain in enumerate(brains):
        tell(brain.name, n, len(brains))
        try:
            features[brain.name] = _of_these(evidence, brain.features(evidence))
        except CockpitError as fault:
            silent[brain.name] = str(fault)
        except Exception as fault:  # one brain that fails must not silence the others, and it says so
            silent[brain.name] = f"{type(fault).__name__}: {fault}"
    close, vix = _index(evidence)
    weather = None
    if np.isfinite(close).any():
        watched = vix if np.isfinite(vix).any() else None
        weather = regimes(close, breadth50(evidence.prices.value.close), watched)
    return Almanac(evidence, features, silent, labels(evidence.prices.value), close, weather)


def _of_these(evidence: Evidence, history: FeatureHistory) -> FeatureHistory:
    prices = evidence.prices.value
    tokens = tuple(i.token for i in prices.instruments)
    if history.tokens != tokens or not np.array_equal(history.days, prices.days):
        raise BadInput("features of other days or names than the prices were measured")
    return history


def _index(evidence: Evidence) -> tuple[NDArray[Any], NDArray[Any]]:
    """Answer the index's and the volatility index's closes on the prices' days, NaN where unknown."""
    days = evidence.prices.value.days
    close, vix = np.full(len(days), np.nan), np.full(len(days), np.nan)
    if not isinstance(evidence.index, Missing) and len(evidence.index.value):
        rows = evidence.index.value
        at = np.minimum(np.searchsorted(rows["day"], days), len(rows) - 1)
        found = rows["day"][at] == days
        close[found], vix[found] = rows["close"][at[found]], rows["vix"][at[found]]
    return close, vix
