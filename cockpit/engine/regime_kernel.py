"""The compiled walk behind the regime: one close at a time from carried state, for ten years or for tonight alike."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[Any]

SMA_DAYS: Final = 50
LEAST_CLOSES: Final = 45
"""Of the 50 sessions of the mean, so many must have a close."""
MOMENTUM_DAYS: Final = 63
VIX_DAYS: Final = 252
BREADTH_ON: Final = 0.55
"""Breadth turns on above this and off below the other; between them it stays what it was."""
BREADTH_OFF: Final = 0.45
VIX_QUANTILE: Final = 0.90
STRESS_RETURN: Final = -0.03
ROUNDING: Final = 1e-12
"""A mean of fifty equal closes may miss them by so much."""

WEAK: Final = 0
NEUTRAL: Final = 1
BULL: Final = 2
UNKNOWN: Final = -1


class Why(IntEnum):
    """Why a day's weather is unknown."""

    KNOWN = 0
    YOUNG = 1
    INDEX = 2
    BREADTH = 3


_KNOWN, _YOUNG, _INDEX, _BREADTH = (int(why) for why in Why)

CARRIED: Final = np.dtype(
    [
        ("closes", "f8", (MOMENTUM_DAYS + 1,)),  # rings, the newest at (n - 1) % length
        ("vixes", "f8", (VIX_DAYS,)),
        ("n", "i8"),  # sessions seen
        ("state", "i8"),  # WEAK until proven
        ("held", "i8"),  # closes in that state
        ("candidate", "i8"),  # the state that asks to be next; UNKNOWN for none
        ("run", "i8"),  # closes in a row on which it asked
        ("broad", "i8"),  # 1 broad, 0 narrow, UNKNOWN before the first breadth
    ],
    align=True,
)
"""All that is kept from one close to the next."""

WEATHER: Final = np.dtype(
    [
        ("state", "i8"),  # WEAK, NEUTRAL, BULL, or UNKNOWN
        ("held", "i8"),
        ("score", "i8"),  # how many of trend, momentum and breadth are good; UNKNOWN where the weather is
        ("why", "i8"),  # a Why
        ("stress", "i8"),  # 1 when weakness needs only one close
        ("sma_closes", "i8"),  # closes behind the 50-session mean; fewer where some are missing
        ("over_sma", "f8"),  # close over that mean, less 1
        ("momentum", "f8"),  # 63-session return
        ("breadth", "f8"),
        ("vix", "f8"),  # NaN where it is not watched
        ("vix_high", "f8"),  # its 90 % quantile over 252 sessions
        ("day_return", "f8"),
    ],
    align=True,
)
"""One session's weather with its evidence."""


@njit(cache=True, nogil=True)
def walk(close: Rows, breadth: Rows, vix: Rows, has_vix: bool, persist: int, carried: Rows, weather: Rows) -> None:
    """Judge every close in order. Shapes: [day]; `carried` is `CARRIED` [1], `weather` is `WEATHER` [day], written."""
    kept = carried[0]
    for day in range(len(close)):
        kept.closes[kept.n % (MOMENTUM_DAYS + 1)] = close[day]
        kept.vixes[kept.n % VIX_DAYS] = vix[day]
        kept.n += 1
        seen = weather[day]
        measured(kept, breadth[day], vix[day], has_vix, seen)
        if seen.why != _KNOWN:
            forget(kept)
            seen.state, seen.held, seen.score = UNKNOWN, 0, UNKNOWN
            continue
        kept.broad = broadened(breadth[day], kept.broad)
        seen.score = int(seen.over_sma > ROUNDING) + int(seen.momentum > 0) + int(kept.broad == 1)
        asked = BULL if seen.score == 3 else (NEUTRAL if seen.score == 2 else WEAK)
        is_calm = not has_vix or vix[day] <= seen.vix_high  # an unknown VIX is not below anything: no calm
        seen.stress = int(seen.day_return <= STRESS_RETURN or not is_calm)
        settle(asked, seen.stress == 1, persist, kept)
        seen.state, seen.held = kept.state, kept.held


@njit(cache=True, nogil=True)
def measured(kept: Any, breadth: float, vix: float, has_vix: bool, seen: Any) -> None:
    """Write the evidence of the newest close, and why the weather cannot be told where it cannot."""
    n_ring = MOMENTUM_DAYS + 1
    seen.over_sma = seen.momentum = seen.day_return = seen.vix_high = np.nan
    seen.sma_closes = seen.stress = 0
    seen.breadth, seen.vix = breadth, (vix if has_vix else np.nan)
    seen.why = _YOUNG if kept.n < n_ring else _KNOWN
    if seen.why == _KNOWN:
        total = 0.0
        for back in range(SMA_DAYS):
            value = kept.closes[(kept.n - 1 - back) % n_ring]
            if value > 0:
                total += value
                seen.sma_closes += 1
        last, before = kept.closes[(kept.n - 1) % n_ring], kept.closes[(kept.n - 2) % n_ring]
        base = kept.closes[kept.n % n_ring]
        has_all = np.isfinite(total + last + before + base) and min(last, before, base) > 0
        if not (has_all and seen.sma_closes >= LEAST_CLOSES):
            seen.why = _INDEX
        elif not 0.0 <= breadth <= 1.0:  # NaN is not between either
            seen.why = _BREADTH
        if seen.why != _INDEX:
            seen.over_sma = last / (total / seen.sma_closes) - 1
            seen.momentum, seen.day_return = last / base - 1, last / before - 1
    if has_vix:
        seen.vix_high = high_of(kept.vixes, min(kept.n, VIX_DAYS))


@njit(cache=True, nogil=True)
def high_of(ring: Rows, n: int) -> float:
    """Answer the 90 % quantile of the known values among the first `n` of the ring; NaN for fewer than 63."""
    known = np.sort(ring[:n][~np.isnan(ring[:n])])
    if len(known) < MOMENTUM_DAYS:
        return np.nan
    place = VIX_QUANTILE * (len(known) - 1)
    under = int(place)
    above = min(under + 1, len(known) - 1)
    return float(known[under] + (place - under) * (known[above] - known[under]))


@njit(cache=True, nogil=True)
def broadened(breadth: float, broad: int) -> int:
    """Answer whether the market is broad, given whether it was."""
    if broad == UNKNOWN:
        return 1 if breadth > 0.5 else 0
    if breadth > BREADTH_ON:
        return 1
    return 0 if breadth < BREADTH_OFF else broad


@njit(cache=True, nogil=True)
def settle(asked: int, is_stress: bool, persist: int, kept: Any) -> None:
    """Move to the state asked for once it was asked on `persist` closes in a row; to WEAK at once under stress."""
    kept.held += 1
    if asked == kept.state:
        kept.candidate, kept.run = UNKNOWN, 0
        return
    kept.run = kept.run + 1 if asked == kept.candidate else 1
    kept.candidate = asked
    if kept.run >= (1 if asked == WEAK and is_stress else persist):
        kept.state, kept.held = asked, 1
        kept.candidate, kept.run = UNKNOWN, 0


@njit(cache=True, nogil=True)
def forget(kept: Any) -> None:
    """Fall back to WEAK: what comes after an unknown day has to be proven again."""
    kept.state, kept.held = WEAK, 0
    kept.candidate, kept.run, kept.broad = UNKNOWN, 0, UNKNOWN


@njit(cache=True, nogil=True)
def above_own_mean(close: Rows, share: Rows, known: Rows) -> None:
    """Write each day's share of names above their own 50-session mean, and how many could be told.

    Shapes: `close` is [day, name], NaN where missing; `share` float64 and `known` int64 [day], written.
    """
    n_days, n_names = close.shape
    for day in range(n_days):
        above = 0
        known[day] = 0
        for name in range(n_names):
            if day < SMA_DAYS - 1 or np.isnan(close[day, name]):
                continue
            total = 0.0
            for back in range(SMA_DAYS):
                total += close[day - back, name]
            if not np.isnan(total):
                known[day] += 1
                above += int(close[day, name] > total / SMA_DAYS)
        share[day] = above / known[day] if known[day] > 0 else np.nan
