"""The first nightly scan: from the whole universe to tomorrow's watchlist, with a reason for each name in and each out.

The composite is a weighted sum of cross-sectional ranks: 5-day reversal (what fell most against the others tends to
come back), 12-1 momentum (a year's rise without its last month) and low volatility (60 days). All three are
published effects; the weights are settings. Filters come first; a name keeps the first filter that dropped it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import Abstained
from cockpit.market import DailyPanel, Instrument, Series
from cockpit.money import CRORE
from cockpit.opinions import Dropped, Funnel, Pick, Scan
from cockpit.settings import ScanSettings

REVERSAL_DAYS: Final = 5
YEAR: Final = 252
MONTH: Final = 21
VOLATILITY_DAYS: Final = 60
LIQUIDITY_DAYS: Final = 20
SPLIT_JUMP: Final = 0.30
"""A one-day move beyond this without a corporate action is taken for an unadjusted split, not for a bargain."""
TRADABLE: Final = frozenset({Series.EQ})
"""Series that may be bought and sold the same day; trade-to-trade and SME series may not."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What the scan measures. Shapes: float64 [name]; NaN where history is too short."""

    reversal: NDArray[Any]
    """Minus the 5-day return."""
    momentum: NDArray[Any]
    """Return from 252 to 21 sessions ago."""
    volatility: NDArray[Any]
    """Standard deviation of 60 daily log returns."""
    adv_rupees: NDArray[Any]
    """Mean traded value of 20 sessions."""


def factors(panel: DailyPanel) -> Factors:
    """Measure the factors at the panel's last row."""
    close = panel.close
    n = len(panel.days)
    nothing = np.full(close.shape[1], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        reversal = 1 - close[-1] / close[-1 - REVERSAL_DAYS] if n > REVERSAL_DAYS else nothing
        momentum = close[-1 - MONTH] / close[-1 - YEAR] - 1 if n > YEAR else nothing
        returns = np.diff(np.log(close[-VOLATILITY_DAYS - 1 :]), axis=0)
        volatility = returns.std(axis=0, ddof=1) if n > VOLATILITY_DAYS else nothing
        value = (close * panel.volume)[-LIQUIDITY_DAYS:]
        adv = value.mean(axis=0) if n >= LIQUIDITY_DAYS else nothing
    return Factors(reversal, momentum, volatility, adv)


def scanned(
    panel: DailyPanel,
    day: date,
    as_of: int,
    settings: ScanSettings,
    surveillance: Mapping[str, str] | None = None,
    explained_jumps: Mapping[str, frozenset[date]] | None = None,
) -> Scan:
    """Scan the universe after the close of `day` and answer the next session's watchlist.

    `surveillance` maps a symbol to the exchange measure it is under; `explained_jumps` maps a symbol to the ex-dates of
    its corporate actions.

    Errors: Abstained when `day` is not the panel's last session, when too many names are stale, or when fewer names
    than `watch_low` are left: half a scan is not a scan.
    """
    known = panel.upto(day)
    if not len(known.days) or known.days[-1] != np.datetime64(day, "D"):
        last = known.days[-1] if len(known.days) else "nothing"
        raise Abstained(
            f"the newest session in {panel.source} is {last}; {day} was asked for: get that day's prices first"
        )
    measured = factors(known)
    funnel = _Filters(known)
    funnel.drop("series", *_series(known.instruments))
    funnel.drop("surveillance", *_surveillance(known.instruments, surveillance or {}))
    funnel.drop("history", *_history(known, settings.history_days))
    _drop_stale(funnel, known, settings)
    funnel.drop("split", *_jumps(known, explained_jumps or {}))
    funnel.drop("price", *_cheap(known, settings.price_rupees))
    funnel.drop("liquidity", *_illiquid(measured, settings.adv_crore))
    funnel.drop("measure", *_unmeasured(measured, settings))
    picks = _picked(known, measured, funnel.left, settings)
    funnel.drop("watchlist", *_not_chosen(known, picks, int(funnel.left.sum())))
    return Scan(day, as_of, panel.source, tuple(funnel.steps), picks, tuple(funnel.dropped))


class _Filters:
    """Keep which names are left after each filter, and why the others are not."""

    def __init__(self, panel: DailyPanel) -> None:
        self._symbols = [i.symbol for i in panel.instruments]
        self.left = np.ones(len(self._symbols), dtype=bool)
        self.steps = [Funnel("universe", len(self._symbols))]
        self.dropped: list[Dropped] = []

    def drop(self, name: str, out: NDArray[Any], reasons: list[str]) -> None:
        for column in np.flatnonzero(self.left & out):
            self.dropped.append(Dropped(self._symbols[column], name, reasons[column]))
        self.left &= ~out
        self.steps.append(Funnel(name, int(self.left.sum())))


def _series(instruments: tuple[Instrument, ...]) -> tuple[NDArray[Any], list[str]]:
    out = np.array([i.series not in TRADABLE for i in instruments])
    return out, [f"series {i.series.value} cannot be sold the day it is bought" for i in instruments]


def _surveillance(instruments: tuple[Instrument, ...], measures: Mapping[str, str]) -> tuple[NDArray[Any], list[str]]:
    out = np.array([i.symbol in measures for i in instruments])
    return out, [f"under {measures.get(i.symbol, '')}" for i in instruments]


def _history(panel: DailyPanel, least: int) -> tuple[NDArray[Any], list[str]]:
    have = (~np.isnan(panel.close)).sum(axis=0)
    return have <= least, [f"{n} sessions of history; more than {least} needed" for n in have]


def _drop_stale(funnel: _Filters, panel: DailyPanel, settings: ScanSettings) -> None:
    # A row without any volume repeats an old price: nothing traded at it that day.
    stale = np.isnan(panel.close[-1]) | ~(panel.volume[-1] > 0)
    names = [panel.instruments[c].symbol for c in np.flatnonzero(stale & funnel.left)]
    considered = int(funnel.left.sum())
    if considered and len(names) > settings.stale_share * considered:
        shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        raise Abstained(
            f"{len(names)} of {considered} names have no trade on {panel.days[-1]}; at most"
            f" {settings.stale_share:.0%} may be missing: {shown}"
        )
    funnel.drop("stale", stale, [f"no trade on {panel.days[-1]}"] * len(panel.instruments))


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


def _illiquid(measured: Factors, least_crore: float) -> tuple[NDArray[Any], list[str]]:
    crore = measured.adv_rupees / CRORE
    # A name whose traded value is unknown is not liquid.
    return ~(crore >= least_crore), [f"trades {c:,.2f} crore a day; {least_crore:g} needed" for c in crore]


def _unmeasured(measured: Factors, settings: ScanSettings) -> tuple[NDArray[Any], list[str]]:
    used = (
        ("5-day reversal", measured.reversal, settings.reversal),
        ("12-1 momentum", measured.momentum, settings.momentum),
        ("volatility", measured.volatility, settings.low_volatility),
    )
    missing = [[name for name, values, weight in used if weight and np.isnan(values[c])] for c in _columns(measured)]
    return np.array([bool(m) for m in missing]), [f"{' and '.join(m)} unknown: days are missing" for m in missing]


def _columns(measured: Factors) -> range:
    return range(len(measured.reversal))


def _not_chosen(panel: DailyPanel, picks: tuple[Pick, ...], left: int) -> tuple[NDArray[Any], list[str]]:
    chosen = {pick.symbol for pick in picks}
    out = np.array([i.symbol not in chosen for i in panel.instruments])
    return out, [f"not among the best {len(picks)} of {left}"] * len(panel.instruments)


def ranked(values: NDArray[Any], among: NDArray[Any]) -> NDArray[Any]:
    """Answer cross-sectional ranks in 0..1 of the names in `among` (mean rank for ties), NaN for the others."""
    out: NDArray[Any] = np.full(len(values), np.nan)
    chosen = np.flatnonzero(among & ~np.isnan(values))
    if not len(chosen):
        return out
    distinct, place, count = np.unique(values[chosen], return_inverse=True, return_counts=True)
    if len(distinct) == 1:
        out[chosen] = 0.5
        return out
    mean_rank = np.cumsum(count) - (count + 1) / 2
    out[chosen] = mean_rank[place] / (len(chosen) - 1)
    return out


def _picked(panel: DailyPanel, measured: Factors, left: NDArray[Any], settings: ScanSettings) -> tuple[Pick, ...]:
    parts = {
        "reversal": (ranked(measured.reversal, left), settings.reversal),
        "momentum": (ranked(measured.momentum, left), settings.momentum),
        "low volatility": (ranked(-measured.volatility, left), settings.low_volatility),
    }
    total = sum(weight for _, weight in parts.values())
    if total <= 0:
        raise Abstained("all weights of the scan's composite are 0; raise one in settings [scan]")
    composite = sum(ranks * (weight / total) for ranks, weight in parts.values() if weight)
    score = ranked(np.asarray(composite), left)
    # Equal scores fall back to the symbol, so that the same evening always gives the same list.
    order = sorted(np.flatnonzero(~np.isnan(score)), key=lambda c: (-score[c], panel.instruments[c].symbol))
    chosen = order[: settings.watch_high]
    if len(chosen) < settings.watch_low:
        raise Abstained(f"{len(chosen)} names passed all filters; a watchlist needs {settings.watch_low}")
    return tuple(_pick(panel, measured, parts, score, int(c), rank) for rank, c in enumerate(chosen, start=1))


def _pick(
    panel: DailyPanel,
    measured: Factors,
    parts: Mapping[str, tuple[NDArray[Any], float]],
    score: NDArray[Any],
    column: int,
    rank: int,
) -> Pick:
    instrument = panel.instruments[column]
    said = {
        "reversal": f"5 days {-measured.reversal[column]:+.1%}",
        "momentum": f"12-1 momentum {measured.momentum[column]:+.0%}",
        "low volatility": f"volatility {measured.volatility[column]:.1%} a day",
    }
    counted = {name: ranks for name, (ranks, weight) in parts.items() if weight}
    reason = ", ".join([*(said[name] for name in counted), f"trades {measured.adv_rupees[column] / CRORE:,.0f} crore"])
    return Pick(
        token=instrument.token,
        symbol=instrument.symbol,
        rank=rank,
        score=float(score[column]),
        reason=reason,
        parts=tuple((name, float(ranks[column])) for name, ranks in counted.items()),
        close=round(float(panel.close[-1, column]) * instrument.price_scale),
    )
