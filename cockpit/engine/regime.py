"""The market's weather: BULL, NEUTRAL or WEAK from the index's trend, its momentum and how many names take part.

Three answers are counted: NIFTY above its 50-session mean, its 63-session return above zero, more than half of the
names above their own mean. Three are bull, two neutral, fewer weak. A change has to last two closes; into WEAK one is
enough when the volatility index stands in its highest tenth or is not known, or the index lost 3 % that day. What
cannot be told is refused, and a refusal is WEAK with its reason, never NEUTRAL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cockpit.engine.regime_kernel import (
    BULL,
    CARRIED,
    NEUTRAL,
    SMA_DAYS,
    UNKNOWN,
    WEAK,
    WEATHER,
    Why,
    above_own_mean,
    walk,
)
from cockpit.errors import Abstained, BadInput
from cockpit.opinions import Regime, RegimeState

Rows: TypeAlias = NDArray[Any]

PERSIST: Final = 2
LEAST_NAMES: Final = 30
"""Breadth over fewer names is not the market's."""
LEAST_SHARE: Final = 0.6
"""Of the names that traded, so many must have 50 closes for breadth to be told."""
STATES: Final[Mapping[int, RegimeState]] = {
    WEAK: RegimeState.WEAK,
    NEUTRAL: RegimeState.NEUTRAL,
    BULL: RegimeState.BULL,
}
BANDS: Final[Mapping[RegimeState, tuple[float, float]]] = {
    RegimeState.BULL: (0.65, 0.85),
    RegimeState.NEUTRAL: (0.50, 0.75),
    RegimeState.WEAK: (0.08, 0.40),
}
"""Share of equity at work, least and most."""
REASONS: Final[Mapping[Why, str]] = {
    Why.YOUNG: "fewer than 64 sessions of the index are known",
    Why.INDEX: "the close of the index is missing today, the day before, 63 sessions ago or on more than 5 of 50 days",
    Why.BREADTH: "the share of names above their 50-session mean is not known",
}


def begun() -> Rows:
    """Answer the state before the first close: `CARRIED` [1]."""
    carried = np.zeros(1, CARRIED)
    carried["closes"] = carried["vixes"] = np.nan
    carried["candidate"] = carried["broad"] = UNKNOWN
    return carried


def advanced(
    carried: Rows, close: Rows, breadth: Rows, vix: Rows | None = None, persist: int = PERSIST
) -> tuple[Rows, Rows]:
    """Judge more closes from where `carried` stands; answer their weather, `WEATHER` [day], and the state after them.

    Shapes: float64 [day] each: the index's closes, breadth 0..1, and the volatility index, or None where nobody watches
    it. The state handed in is left as it was. One close at a time gives bit for bit what all at once gives.

    Errors: BadInput when the arrays differ in length or `persist` is below 1.
    """
    quiet = np.full(len(close), np.nan) if vix is None else np.asarray(vix, "f8")
    if not len(close) == len(breadth) == len(quiet) or persist < 1:
        raise BadInput(f"{len(close)} closes, {len(breadth)} breadths, {len(quiet)} VIX, persist {persist} given")
    after, weather = carried.copy(), np.zeros(len(close), WEATHER)
    walk(np.asarray(close, "f8"), np.asarray(breadth, "f8"), quiet, vix is not None, persist, after, weather)
    return weather, after


def regimes(close: Rows, breadth: Rows, vix: Rows | None = None, persist: int = PERSIST) -> Rows:
    """Answer the weather of a whole history, each day from what was known at its close: `WEATHER` [day]."""
    return advanced(begun(), close, breadth, vix, persist)[0]


def regime_of(weather: Any, as_of: int) -> Regime:
    """Answer one day's weather (a row of `WEATHER`) as the noun it is.

    Errors: Abstained with the reason where it is unknown; `weak_because` makes of it what unknown weather is.
    """
    why = Why(int(weather["why"]))
    if why is not Why.KNOWN:
        raise Abstained(f"the market's weather is unknown: {REASONS[why]}")
    state = STATES[int(weather["state"])]
    names: tuple[str, ...] = ("over_sma", "momentum", "breadth", "day_return", "vix", "vix_high")
    if weather["sma_closes"] < SMA_DAYS:
        names = ("sma_closes", *names)
    evidence = [(name, float(weather[name])) for name in names if not np.isnan(weather[name])]
    return Regime(
        state,
        as_of,
        int(weather["held"]),
        *BANDS[state],
        (("score", float(weather["score"])), ("stress", float(weather["stress"])), *evidence),
    )


def weak_because(reason: str, as_of: int) -> Regime:
    """Answer what unknown weather is: WEAK, held for no day, with the reason for all to see."""
    return Regime(RegimeState.WEAK, as_of, 0, *BANDS[RegimeState.WEAK], (), reason)


def regime_or_weak(weather: Any, as_of: int) -> Regime:
    """Answer one day's weather, WEAK with the reason where it is unknown."""
    try:
        return regime_of(weather, as_of)
    except Abstained as unknown:
        return weak_because(str(unknown), as_of)


def breadth50(close: Rows) -> Rows:
    """Answer each day's share of names above their own 50-session mean: float64 [day], NaN where too few can be told.

    Shapes: `close` is float64 [day, name], NaN where missing; 30 names and 60 % of those that traded must be known.
    """
    share, known = np.empty(len(close)), np.empty(len(close), "i8")
    above_own_mean(np.ascontiguousarray(close, "f8"), share, known)
    traded = (~np.isnan(close)).sum(axis=1)
    return np.where((known >= LEAST_NAMES) & (known >= LEAST_SHARE * traded), share, np.nan)
