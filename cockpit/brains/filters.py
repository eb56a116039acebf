"""The filters that every scan begins with: what cannot be bought and sold tomorrow falls out, each with the reason.

Filters come first; a name keeps the first filter that dropped it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import Abstained
from cockpit.market import DailyPanel, Instrument, Series
from cockpit.money import CRORE
from cockpit.opinions import Dropped, Funnel
from cockpit.settings import ScanSettings

YEAR: Final = 252
LIQUIDITY_DAYS: Final = 20
SPLIT_JUMP: Final = 0.30
"""A one-day move beyond this without a corporate action is taken for an unadjusted split, not for a bargain."""
TRADABLE: Final = frozenset({Series.EQ})
"""Series that may be bought and sold the same day; trade-to-trade and SME series may not."""


class Filters:
    """Keep which names are left after each filter, and why the others are not. Shapes: `left` is bool [name]."""

    def __init__(self, panel: DailyPanel) -> None:
        self._symbols = [i.symbol for i in panel.instruments]
        self.left = np.ones(len(self._symbols), dtype=bool)
        self.steps = [Funnel("universe", len(self._symbols))]
        self.dropped: list[Dropped] = []

    def drop(self, name: str, out: NDArray[Any], reasons: list[str]) -> None:
        """Drop the names marked in `out`, each with its reason."""
        for column in np.flatnonzero(self.left & out):
            self.dropped.append(Dropped(self._symbols[column], name, reasons[column]))
        self.left &= ~out
        self.steps.append(Funnel(name, int(self.left.sum())))


def evening_of(panel: DailyPanel, day: date) -> DailyPanel:
    """Answer the panel as it was known after the close of `day`.

    Errors: Abstained when `day` is not a session of it.
    """
    known = panel.upto(day)
    if not len(known.days) or known.days[-1] != np.datetime64(day, "D"):
        last = known.days[-1] if len(known.days) else "nothing"
        raise Abstained(
            f"the newest session in {panel.source} is {last}; {day} was asked for: get that day's prices first"
        )
    return known


def traded_rupees(panel: DailyPanel) -> NDArray[Any]:
    """Answer the mean value traded over the last 20 sessions. Shape: float64 [name]; NaN where days are missing."""
    value = (panel.close * panel.volume)[-LIQUIDITY_DAYS:]
    return value.mean(axis=0) if len(value) == LIQUIDITY_DAYS else np.full(panel.close.shape[1], np.nan)


def filtered(
    panel: DailyPanel, settings: ScanSettings, surveillance: Mapping[str, str], explained: Mapping[str, frozenset[date]]
) -> Filters:
    """Run every filter over the universe at the panel's last session.

    Errors: Abstained when too many names are stale: half a scan is not a scan.
    """
    filters = Filters(panel)
    filters.drop("series", *_series(panel.instruments))
    filters.drop("surveillance", *_surveillance(panel.instruments, surveillance))
    filters.drop("history", *_history(panel, settings.history_days))
    _drop_stale(filters, panel, settings)
    filters.drop("split", *_jumps(panel, explained))
    filters.drop("price", *_cheap(panel, settings.price_rupees))
    filters.drop("liquidity", *_illiquid(traded_rupees(panel), settings.adv_crore))
    return filters


def _series(instruments: tuple[Instrument, ...]) -> tuple[NDArray[Any], list[str]]:
    out = np.array([i.series not in TRADABLE for i in instruments])
    return out, [f"series {i.series.value} cannot be sold the day it is bought" for i in instruments]


def _surveillance(instruments: tuple[Instrument, ...], measures: Mapping[str, str]) -> tuple[NDArray[Any], list[str]]:
    out = np.array([i.symbol in measures for i in instruments])
    return out, [f"under {measures.get(i.symbol, '')}" for i in instruments]


def _history(panel: DailyPanel, least: int) -> tuple[NDArray[Any], list[str]]:
    have = (~np.isnan(panel.close)).sum(axis=0)
    return have <= least, [f"{n} sessions of history; more than {least} needed" for n in have]


def _drop_stale(filters: Filters, panel: DailyPanel, settings: ScanSettings) -> None:
    # A row without any volume repeats an old price: nothing traded at it that day.
    stale = np.isnan(panel.close[-1]) | ~(panel.volume[-1] > 0)
    names = [panel.instruments[c].symbol for c in np.flatnonzero(stale & filters.left)]
    considered = int(filters.left.sum())
    if considered and len(names) > settings.stale_share * considered:
        shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        raise Abstained(
            f"{len(names)} of {considered} names have no trade on {panel.days[-1]}; at most"
            f" {settings.stale_share:.0%} may be missing: {shown}"
        )
    filters.drop("stale", stale, [f"no trade on {panel.days[-1]}"] * len(panel.instruments))


def _jumps(panel: DailyPanel, explained: Mapping[str, frozenset[date]]) -> tuple[NDArray[Any], list[str]]:
    close = panel.close[-YEAR - 1 :]
    days = panel.days[-YEAR - 1 :]
    close = _carried(close)  # a split behind a missing day is a split all the same
    with np.errstate(invalid="ignore", divide="ignore"):
        moves = close[1:] / close[:-1] - 1
    out = np.zeros(close.shape[1], dtype=bool)
    reasons = [""] * close.shape[1]
    for row, column in np.argwhere(np.abs(moves) > SPLIT_JUMP):
        day = days[row + 1].astype(object)
        if day not in explained.get(panel.instruments[column].symbol, frozenset()):
            out[column] = True
            reasons[column] = f"moved {moves[row, column]:+.0%} on {day} and no corporate action explains it"
    return out, reasons


def _carried(close: NDArray[Any]) -> NDArray[Any]:
    rows = np.where(np.isnan(close), 0, np.arange(len(close))[:, None])
    carried: NDArray[Any] = np.take_along_axis(close, np.maximum.accumulate(rows, axis=0), axis=0)
    return carried


def _cheap(panel: DailyPanel, least: int) -> tuple[NDArray[Any], list[str]]:
    return panel.close[-1] < least, [f"price {p:,.2f}; at least {least} needed" for p in panel.close[-1]]


def _illiquid(rupees: NDArray[Any], least_crore: float) -> tuple[NDArray[Any], list[str]]:
    crore = rupees / CRORE
    # A name whose traded value is unknown is not liquid.
    return ~(crore >= least_crore), [f"trades {c:,.2f} crore a day; {least_crore:g} needed" for c in crore]
