"""The smart-money brain: what was delivered, on which side volume fell, who dealt in bulk, and whose holding moved.

Its evidence is weak: a study of Indian bulk deals of 2012 to 2023 found some signal and no use for short-term longs.
What institutions do in the whole market (cash flows, index positions) is the same number for every name; it cannot tell
one from another, so it belongs to the regime and is not measured here.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.features.roster import SMART_MONEY
from cockpit.brains.filings import holdings
from cockpit.brains.filings.as_known import Evenings
from cockpit.brains.filings.holdings import changes
from cockpit.brains.filings.measures import Measure, laid, schema_of
from cockpit.brains.pipeline import Pipeline
from cockpit.clock import ist
from cockpit.evidence import EVENING, Evidence, Missing, Rows
from cockpit.market import DailyPanel
from cockpit.opinions import FeatureHistory

FADE_SESSIONS: Final = 3.0
"""Half of a deal is forgotten after so many sessions."""
FORGET_SESSIONS: Final = 10
"""A deal counts for so many sessions."""
VOLUME_SESSIONS: Final = 20
LARGEST: Final = 5.0
"""A net deal counts at most so many days of usual volume."""
DEALS_LIFE: Final = 10
"""Somebody deals in bulk every day: a list whose newest row is older than this many sessions has stopped coming."""
HOLDINGS_LIFE_DAYS: Final = 130

MEASURES: Final = (
    Measure("delivery_z_20", "sd", 19, "delivered share {value:+.1f} sd from its 20 sessions"),
    Measure("delivery_signed", "ratio", 1, "{value:+.0f} % delivered, with the sign of the day", 100),
    Measure("obv_slope_20", "ratio", 19, "on-balance volume drifts {value:+.2f} sessions' volume a day"),
    Measure("cmf_20", "ratio", 19, "Chaikin's money flow {value:+.2f}"),
    Measure("mfi_14", "ratio", 14, "money flow index {value:.0f} %", 100),
    Measure("fund_deals", "days of volume", FORGET_SESSIONS, "funds net {value:+.2f} days' volume in bulk deals"),
    Measure("other_deals", "days of volume", FORGET_SESSIONS, "others net {value:+.2f} days' volume in bulk deals"),
    Measure("promoter_change", "ratio", 0, "promoters {value:+.2f} % of the company since last quarter", 100),
    Measure("foreign_change", "ratio", 0, "foreign funds {value:+.2f} % of the company since last quarter", 100),
    Measure("domestic_change", "ratio", 0, "domestic funds {value:+.2f} % of the company since last quarter", 100),
)
DELIVERED: Final = ("delivery_z_20", "delivery_signed")
"""What rests on the exchange's delivery file: judged before that is out, a day knows the session before's."""
HOLDERS: Final = ("promoter", "foreign", "domestic")

Grid = tuple[NDArray[Any], NDArray[Any]]


class SmartMoneyBrain:
    """Read delivery, volume, bulk deals and quarterly holdings. Prices alone are enough to speak."""

    name = "smart_money"
    letter = "M"

    def __init__(self) -> None:
        self._pipeline = Pipeline(SMART_MONEY)

    @property
    def columns(self) -> tuple[str, ...]:
        """Answer the measures, in order."""
        return tuple(measure.name for measure in MEASURES)

    @cached_property
    def schema(self) -> str:
        """Answer the fingerprint of the measures, of the pipeline's part and of what computes the rest."""
        own = schema_of(self.name, MEASURES, {__name__, holdings.__name__})
        return f"{own[:32]}{self._pipeline.schema[:32]}"

    def features(self, evidence: Evidence) -> FeatureHistory:
        """Measure every evening. Deals or holdings that nobody could supply leave their columns unknown."""
        evenings, panel = Evenings.of(evidence), evidence.prices.value
        found = self._pipeline.history(panel)
        grids: dict[str, Grid] = {
            name: (found.values[:, :, k].astype(np.float64), found.stale[:, :, k])
            for k, name in enumerate(found.columns)
        }
        if ist(evidence.as_of).time() < EVENING:
            grids |= {name: _a_day_later(*grids[name]) for name in DELIVERED}
        unknown = np.full(evenings.shape, np.nan), np.zeros(evenings.shape, dtype=bool)
        deals, ownership = evidence.deals, evidence.ownership
        for name, is_fund in (("fund_deals", True), ("other_deals", False)):
            grids[name] = unknown if isinstance(deals, Missing) else bulk(evenings, panel, deals.value, is_fund=is_fund)
        for holder in HOLDERS:
            grids[f"{holder}_change"] = unknown
            if not isinstance(ownership, Missing):
                token, visible, value = changes(ownership.value, holder)
                known = evenings.newest(token, visible, value)
                grids[f"{holder}_change"] = known.value, evenings.days_since(known.seen) > HOLDINGS_LIFE_DAYS
        return laid(evenings, MEASURES, self.schema, grids)

    def words(self, column: str, value: float) -> str:
        """Say one measure's value in plain words."""
        return next(m for m in MEASURES if m.name == column).said(value)


def bulk(evenings: Evenings, panel: DailyPanel, deals: Rows, *, is_fund: bool) -> Grid:
    """Answer the net quantity dealt in bulk, in days of the name's usual volume, faded over the sessions since.

    What a client bought and sold of a name on one day cancels: most bulk deals are such round trips. A name without a
    deal has 0, because the list is of all deals; before the list began nothing is known.
    Shapes: (value float64, stale bool), both [day, name].
    """
    n_days, _ = evenings.shape
    day, name = evenings.first(deals["visible"]), evenings.names(deals["token"])
    counted = (day < n_days) & (name >= 0) & (deals["is_fund"] == is_fund)
    net = np.zeros(evenings.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        for (at, column), quantity in _net(deals[counted], day[counted], name[counted]):
            net[at, column] += quantity / usual_volume(panel.volume, at, column)
    net = np.clip(np.where(np.isfinite(net), net, 0.0), -LARGEST, LARGEST)
    faded = np.zeros(evenings.shape)
    for age in range(min(FORGET_SESSIONS, n_days)):
        faded[age:] += net[: n_days - age] * 0.5 ** (age / FADE_SESSIONS)
    known = np.arange(n_days) >= (day.min() if len(day) else n_days)
    return np.where(known[:, None], faded, np.nan), np.broadcast_to(_stopped(day, n_days)[:, None], evenings.shape)


def _a_day_later(value: NDArray[Any], old: NDArray[Any]) -> Grid:
    nothing = np.full((1, value.shape[1]), np.nan), np.zeros((1, old.shape[1]), dtype=bool)
    return np.vstack([nothing[0], value[:-1]]), np.vstack([nothing[1], old[:-1]])


def usual_volume(volume: NDArray[Any], day: int, name: int) -> float:
    """Answer a name's mean volume of the 20 sessions up to a day; NaN when it hardly traded in them."""
    recent = volume[max(0, day - VOLUME_SESSIONS + 1) : day + 1, name]
    traded = recent[recent > 0]
    return float(traded.mean()) if len(traded) >= VOLUME_SESSIONS // 2 else float("nan")


def _net(deals: Rows, day: NDArray[Any], name: NDArray[Any]) -> list[tuple[tuple[int, int], float]]:
    """Net each client's deals of a name and day, so that one client's round trip comes to nothing."""
    by_client: dict[tuple[int, int, int], float] = {}
    for deal, at, column in zip(deals, day.tolist(), name.tolist(), strict=True):
        key = (at, column, int(deal["client"]))
        by_client[key] = by_client.get(key, 0.0) + float(deal["side"]) * float(deal["quantity"])
    return [((at, column), quantity) for (at, column, _), quantity in by_client.items() if quantity]


def _stopped(day: NDArray[Any], n_days: int) -> NDArray[Any]:
    newest = np.full(n_days, -1)
    newest[day[day < n_days]] = day[day < n_days]
    return np.arange(n_days) - np.maximum.accumulate(newest) > DEALS_LIFE
