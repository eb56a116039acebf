"""The first nightly scan: from the whole universe to tomorrow's watchlist, with a reason for each name in and each out.

The composite is a weighted sum of cross-sectional ranks: 5-day reversal (what fell most against the others tends to
come back), 12-1 momentum (a year's rise without its last month) and low volatility (60 days). All three are
published effects; the weights are settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.filters import YEAR, evening_of, filtered, traded_rupees
from cockpit.errors import Abstained
from cockpit.market import DailyPanel
from cockpit.money import CRORE
from cockpit.opinions import Pick, Scan
from cockpit.settings import ScanSettings

REVERSAL_DAYS: Final = 5
MONTH: Final = 21
VOLATILITY_DAYS: Final = 60


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
    return Factors(reversal, momentum, volatility, traded_rupees(panel))


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
    known = evening_of(panel, day)
    measured = factors(known)
    funnel = filtered(known, settings, surveillance or {}, explained_jumps or {})
    funnel.drop("measure", *_unmeasured(measured, settings))
    picks = _picked(known, measured, funnel.left, settings)
    funnel.drop("watchlist", *_not_chosen(known, picks, int(funnel.left.sum())))
    return Scan(day, as_of, panel.source, tuple(funnel.steps), picks, tuple(funnel.dropped))


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
