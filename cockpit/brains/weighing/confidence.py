"""How sure the house is of itself and of the market, 0..1, and how much of equity that allows.

Four answers are weighed: is there skill, do trades pay more than they must, does the index rise, do most names rise
with it. What has no data yet counts one half and is named. Exposure follows inside the regime's band, down fast and up
slowly. Drawdown rules and kill switches stand above this and are not its business.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, isfinite, isnan, sqrt
from typing import Final

from cockpit.brains.record.accuracy import Estimate
from cockpit.errors import BadInput
from cockpit.opinions import Regime

SHARES: Final = {"skill": 0.35, "wins": 0.25, "momentum": 0.20, "breadth": 0.20}
PRIOR: Final = 20.0
"""Trades won and lost that are assumed before any: a prior worth 40."""
UNTOLD: Final = 0.5
"""What counts where there is no data: as likely good as bad."""
FASTEST_DOWN: Final = 0.25
"""Most of equity by which exposure may fall in one session."""
FASTEST_UP: Final = 0.10


@dataclass(frozen=True, slots=True)
class Confidence:
    """The whole and its four parts, each 0..1."""

    value: float
    skill: float
    """Chance that the rank correlation of the last 63 sessions is above zero."""
    wins: float
    """Chance that trades win more often than they must to pay."""
    momentum: float
    breadth: float
    untold: tuple[str, ...]
    """Parts that had no data and count one half."""


def confidence(
    ic: Estimate, won: int, lost: int, must_win: float, momentum: float, momentum_sd: float, breadth: float
) -> Confidence:
    """Weigh the four answers.

    `ic` is the mean rank correlation of the last 63 sessions with its overlap-aware error; `must_win` the hit rate at
    which trades break even; `momentum` the index's 63-session return and `momentum_sd` its standard deviation over as
    long; `breadth` the share of names above their own 50-session mean. NaN, and no trades, are no data.

    Errors: BadInput for a break-even rate or breadth outside 0..1, or a negative count.
    """
    if won < 0 or lost < 0 or not 0 < must_win < 1 or breadth < 0 or breadth > 1:
        raise BadInput(
            f"{won} won, {lost} lost, break-even {must_win}, breadth {breadth} given; counts and 0..1 expected"
        )
    told = {
        "skill": None if isnan(ic.t) else _normal(ic.t),
        "wins": beyond(must_win, won, lost) if won + lost else None,
        "momentum": _normal(momentum / momentum_sd) if isfinite(momentum) and momentum_sd > 0 else None,
        "breadth": breadth if isfinite(breadth) else None,
    }
    parts = {name: UNTOLD if part is None else part for name, part in told.items()}
    value = sum(SHARES[name] * part for name, part in parts.items())
    return Confidence(value, **parts, untold=tuple(name for name, part in told.items() if part is None))


def beyond(rate: float, won: int, lost: int, prior: float = PRIOR) -> float:
    """Answer the chance that trades truly win more often than `rate`, given so many won and lost."""
    from scipy.special import betaincc

    return float(betaincc(prior + won, prior + lost, rate))


def break_even(stop: float, target: float, cost: float) -> float:
    """Answer the hit rate at which a rule breaks even: stop, target and round-trip cost in one unit.

    Errors: BadInput when the rule can never pay.
    """
    if not (stop > 0 and cost >= 0 and target > cost):
        raise BadInput(f"stop {stop}, target {target}, cost {cost} given; the target must be worth more than the cost")
    return (stop + cost) / (stop + target)


def exposure(regime: Regime, sure: float) -> float:
    """Answer the share of equity that may be at work: the regime's band, filled by confidence."""
    if not 0 <= sure <= 1:
        raise BadInput(f"confidence {sure!r} given; 0..1 expected")
    return regime.band_low + (regime.band_high - regime.band_low) * sure


def eased(yesterday: float, wanted: float) -> float:
    """Answer tomorrow's exposure on the way from yesterday's to the wanted one: down fast, up slowly."""
    return yesterday + min(max(wanted - yesterday, -FASTEST_DOWN), FASTEST_UP)


def _normal(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2
