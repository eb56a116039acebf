"""From the ensemble's verdicts to tomorrow's watchlist: filters first, then the best names, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.filters import Filters, evening_of, filtered, traded_rupees
from cockpit.brains.weighing.ensemble import Judgement
from cockpit.brains.weighing.shadows import EVEN
from cockpit.errors import Abstained
from cockpit.evidence import Evidence, Missing, Sourced
from cockpit.market import DailyPanel
from cockpit.money import CRORE
from cockpit.opinions import Abstain, Pick, Regime, Scan, Score, Verdict
from cockpit.settings import ScanSettings

NAMED: Final = 3
"""How many features a reason names."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What an evening's verdicts stand on."""

    regime: Regime
    exposure: float
    """Share of equity that regime and confidence allow, 0..1."""
    weights: str
    models: tuple[tuple[str, str], ...]
    silent: tuple[tuple[str, str], ...]
    """Brains without a view of any name, with the reason."""


def watchlisted(evidence: Evidence, judged: Sequence[Judgement], basis: Basis, settings: ScanSettings) -> Scan:
    """Answer the evening's scan from one judgement a name, in the order of the panel's instruments.

    Errors: Abstained when the evening is not in the prices, too many names are stale, or fewer than `watch_low` are
    left with a verdict.
    """
    panel = evening_of(evidence.prices.value, evidence.session)
    filters = filtered(panel, settings, _surveillance(evidence), explained_jumps(evidence))
    filters.drop("quality", *_unfit(evidence))
    filters.drop("verdict", *_unjudged(judged))
    try:
        picks = _picked(panel, judged, filters, settings)
    except Abstained as few:
        silent = "; ".join(f"{brain} is silent: {why}" for brain, why in basis.silent)
        raise Abstained(f"{few}{f' ({silent})' if silent else ''}") from None
    filters.drop("watchlist", *_not_chosen(panel, judged, picks))
    return Scan(
        session=evidence.session,
        as_of=evidence.as_of,
        source=panel.source,
        funnel=tuple(filters.steps),
        picks=picks,
        dropped=tuple(filters.dropped),
        regime=basis.regime,
        exposure=basis.exposure,
        weights=basis.weights,
        models=basis.models,
        silent=basis.silent,
    )


def explained_jumps(evidence: Evidence) -> Mapping[str, frozenset[date]]:
    """Answer symbol to the ex-dates of its splits and bonuses, as far as any are known."""
    if isinstance(evidence.actions, Missing):
        return {}
    rows = evidence.actions.value
    rows = rows[rows["shares"] != 1]
    return {
        name.symbol: frozenset(rows["ex_day"][rows["token"] == name.token].astype(object).tolist())
        for name in evidence.prices.value.instruments
    }


def _surveillance(evidence: Evidence) -> Mapping[str, str]:
    return evidence.surveillance.value if isinstance(evidence.surveillance, Sourced) else {}


def _unfit(evidence: Evidence) -> tuple[NDArray[Any], list[str]]:
    symbols = [i.symbol for i in evidence.prices.value.instruments]
    return np.array([s in evidence.unfit for s in symbols]), [evidence.unfit.get(s, "") for s in symbols]


def _unjudged(judged: Sequence[Judgement]) -> tuple[NDArray[Any], list[str]]:
    return np.array([isinstance(j, Abstain) for j in judged]), [
        j.reason if isinstance(j, Abstain) else "" for j in judged
    ]


def _picked(
    panel: DailyPanel, judged: Sequence[Judgement], filters: Filters, settings: ScanSettings
) -> tuple[Pick, ...]:
    verdicts = {c: j for c, j in enumerate(judged) if isinstance(j, Verdict) and filters.left[c]}
    # Equal verdicts fall back to the symbol, so that the same evening always gives the same list.
    order = sorted(verdicts, key=lambda c: (-verdicts[c].value, panel.instruments[c].symbol))[: settings.watch_high]
    if len(order) < settings.watch_low:
        raise Abstained(f"{len(order)} names passed all filters with a verdict; a watchlist needs {settings.watch_low}")
    rupees = traded_rupees(panel)
    return tuple(
        _pick(panel, verdicts[column], column, rank, float(rupees[column]))
        for rank, column in enumerate(order, start=1)
    )


def _pick(panel: DailyPanel, verdict: Verdict, column: int, rank: int, rupees: float) -> Pick:
    instrument = panel.instruments[column]
    return Pick(
        token=instrument.token,
        symbol=instrument.symbol,
        rank=rank,
        score=verdict.value,
        reason=f"{_said(verdict)}; trades {rupees / CRORE:,.0f} crore",
        parts=tuple((view.brain, view.value) for view in verdict.views if isinstance(view, Score)),
        close=round(float(panel.close[-1, column]) * instrument.price_scale),
        confidence=verdict.confidence,
        silent=tuple((view.who, view.reason) for view in verdict.views if isinstance(view, Abstain)),
    )


def _said(verdict: Verdict) -> str:
    """Name what lifts a name most: brains by their share of the verdict, with the strongest features of the first."""
    shares = verdict.weights.shares
    scores = [view for view in verdict.views if isinstance(view, Score)]
    scores.sort(key=lambda view: -shares[view.brain] * (view.value - EVEN))
    brains = ", ".join(f"{view.brain} {view.value:.0%}" for view in scores)
    lifting = [f"{name} {share:+.3f}" for name, share in scores[0].reasons if share > 0][:NAMED] if scores else []
    return f"{verdict.value:.1%}: {brains}" + (f" ({', '.join(lifting)})" if lifting else "")


def _not_chosen(
    panel: DailyPanel, judged: Sequence[Judgement], picks: tuple[Pick, ...]
) -> tuple[NDArray[Any], list[str]]:
    chosen = {pick.token for pick in picks}
    last = picks[-1].score
    out = np.array([i.token not in chosen for i in panel.instruments])
    said = [f"{j.value:.1%}, under the last pick's {last:.1%}" if isinstance(j, Verdict) else "" for j in judged]
    return out, said
