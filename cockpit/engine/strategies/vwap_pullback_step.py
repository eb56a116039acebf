"""The compiled step of the VWAP pullback: one closed bar of one name, seen from the long side and from its mirror.

Every price is first multiplied by the side, so there is one rule and the short one is its mirror by construction.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[Any]


class Act(IntEnum):
    """What the step decided."""

    WANT = 0
    CANCEL = 1
    REPLACE = 2


class Limits(NamedTuple):
    """The settings of the rule and the times of the day as the kernel takes them; instants and durations in ns."""

    opens: int
    step: int
    trend_from: int
    first_touch: int
    last_touch: int
    last_valid: int
    slope_bars: int
    relative_volume: float
    trend_share: float
    push_sd: float
    touch_sd: float
    touches: int
    trigger_bars: int
    cancel_sd: float
    stop_sd: float
    target_r: float
    at_extreme: bool
    shorts: bool


NAMES: Final = np.dtype(
    [
        ("token", "i8"),
        ("tick", "i8"),
        ("is_blind", "i8"),  # 1 when its first bar was partial: then VWAP is not the session's
        ("n_seen", "i8"),  # bars with volume this session
        ("n_trend", "i8"),  # of them, since the trend count began
        ("volume", "i8"),
        ("last_bar", "i8"),  # number of the newest bar in its VWAP row
        ("n_intents", "i8"),
        ("busy", "f8"),  # session volume over its usual at the newest bar; NaN unknown
        ("rise", "f8"),  # VWAP's change over the slope window; NaN before there is one
    ],
    align=True,
)
"""What one name carries for both sides."""

SIDES: Final = np.dtype(
    [
        ("n_beyond", "i8"),  # bars since the trend count began that closed on this side of VWAP
        ("is_pushed", "i8"),  # 1 after a push, until a touch uses it up or a close breaks it
        ("pullback", "i8"),  # lowest low since the push
        ("extreme", "i8"),  # highest high of the session
        ("touches", "i8"),
        ("waiting", "i8"),  # number of the intent whose trigger has not traded yet; 0 when none
        ("trigger", "i8"),
        ("valid_until", "i8"),
    ],
    align=True,
)
"""What one name carries for one side; prices multiplied by the side."""

ACTS: Final = np.dtype(
    [
        ("act", "i8"),
        ("slot", "i8"),
        ("side", "i8"),
        ("number", "i8"),
        ("touch", "i8"),
        ("entry", "i8"),
        ("stop", "i8"),
        ("target", "i8"),
        ("valid_until", "i8"),
        ("close", "i8"),
        ("vwap", "f8"),
        ("sd", "f8"),
        ("share", "f8"),
        ("busy", "f8"),
    ],
    align=True,
)
"""A decision, with the numbers of its sentence."""

ACTS_PER_NAME: Final = 4
NOTHING_YET: Final = np.int64(2**62)

_WANT, _CANCEL, _REPLACE = int(Act.WANT), int(Act.CANCEL), int(Act.REPLACE)


@njit(cache=True, nogil=True)
def decide(bars: Rows, names: Rows, sides: Rows, vwaps: Rows, usual: Rows, limits: Limits, acts: Rows) -> int:
    """Take bars that closed together; write what was decided into `acts`, in token order, and answer how many.

    Shapes: `sides` [slot, (long, short)]; `vwaps` and `usual` [slot, bar]; both arrays of bars and names by token.
    """
    n_acts = slot = 0
    for i in range(len(bars)):
        while slot < len(names) and names[slot].token < bars[i].token:
            slot += 1
        if slot == len(names) or names[slot].token != bars[i].token:
            continue
        bar, name = bars[i], names[slot]
        number = (bar.ts_open - limits.opens) // limits.step
        if bar.volume <= 0 or not bar.vwap_sd >= 0 or not 0 <= number < vwaps.shape[1]:
            continue
        take_in(bar, name, vwaps[slot], number, usual[slot, number], limits)
        for k in range(2 if limits.shorts else 1):
            fresh = look(bar, name, sides[slot, k], 1 - 2 * k, limits, acts, n_acts)
            acts["slot"][n_acts:fresh] = slot
            n_acts = fresh
    return n_acts


@njit(cache=True, nogil=True)
def take_in(bar: Any, name: Any, vwaps: Rows, number: int, usual: float, limits: Limits) -> None:
    """Remember what both sides share: volume, counts, and VWAP by bar number, carried forward over quiet bars."""
    if name.n_seen == 0:
        name.is_blind = bar.partial
        name.last_bar = number - 1
    for quiet in range(name.last_bar + 1, number):
        vwaps[quiet] = vwaps[name.last_bar]
    vwaps[number] = bar.vwap
    name.last_bar = number
    name.n_seen += 1
    name.volume += bar.volume
    if bar.ts_open >= limits.trend_from:
        name.n_trend += 1
    before = number - limits.slope_bars
    name.rise = bar.vwap - vwaps[before] if before >= 0 else np.nan
    name.busy = name.volume / usual if usual > 0 else np.nan


@njit(cache=True, nogil=True)
def look(bar: Any, name: Any, here: Any, side: int, limits: Limits, acts: Rows, n_acts: int) -> int:
    """Look at one bar from one side; write decisions from index `n_acts` on and answer the next free index."""
    high, low = (bar.high, bar.low) if side == 1 else (-bar.low, -bar.high)
    close, vwap, sd = side * bar.close, side * bar.vwap, bar.vwap_sd
    ends = bar.ts_open + limits.step
    here.extreme = high if name.n_seen == 1 else max(here.extreme, high)
    if bar.ts_open >= limits.trend_from and close > vwap:
        here.n_beyond += 1
    is_broken = close < vwap - limits.cancel_sd * sd
    if here.waiting > 0 and must_cancel(here, high, ends, is_broken):
        n_acts = take_back(acts, n_acts, _CANCEL, side, here, bar)
    if here.is_pushed == 1:
        here.pullback = min(here.pullback, low)
        if is_touch(bar, low, close, vwap, sd, ends, limits):
            here.is_pushed = 0
            here.touches += 1
            n_acts = answer(bar, name, here, side, limits, acts, n_acts)
    if is_broken:
        here.is_pushed = 0
    if sd > 0 and high >= vwap + limits.push_sd * sd:
        here.is_pushed = 1
        here.pullback = NOTHING_YET
    return n_acts


@njit(cache=True, nogil=True)
def must_cancel(here: Any, high: int, ends: int, is_broken: bool) -> bool:
    """Tell whether the waiting intent must be taken back; one that traded or ran out of time just waits no more."""
    if high >= here.trigger or ends >= here.valid_until:
        here.waiting = 0
        return False
    return is_broken


@njit(cache=True, nogil=True)
def is_touch(bar: Any, low: int, close: int, vwap: float, sd: float, ends: int, limits: Limits) -> bool:
    """Tell whether a wholly watched bar came back to VWAP and held it, within the hours of the rule."""
    is_in_time = bar.ts_open >= limits.first_touch and ends <= limits.last_touch
    near = limits.touch_sd * sd
    return is_in_time and bar.partial == 0 and sd > 0 and low <= vwap + near and close >= vwap - near


@njit(cache=True, nogil=True)
def answer(bar: Any, name: Any, here: Any, side: int, limits: Limits, acts: Rows, n_acts: int) -> int:
    """Answer a touch: an intent if the trend, the volume and the room allow it, in place of one that still waits."""
    share = here.n_beyond / name.n_trend if name.n_trend > 0 else np.nan
    is_trending = share >= limits.trend_share and side * name.rise > 0
    is_allowed = name.is_blind == 0 and here.touches <= limits.touches and name.busy >= limits.relative_volume
    entry, stop, target = plan(bar, name.tick, here, side, limits)
    ends = bar.ts_open + limits.step
    if not (is_trending and is_allowed and target > entry and ends < limits.last_valid):
        return n_acts
    if here.waiting > 0:
        n_acts = take_back(acts, n_acts, _REPLACE, side, here, bar)
    name.n_intents += 1
    here.waiting, here.trigger = name.n_intents, entry
    here.valid_until = min(ends + limits.trigger_bars * limits.step, limits.last_valid)
    act = acts[n_acts]
    note(act, _WANT, side, here, bar)
    act.entry, act.stop, act.target = side * entry, side * stop, side * target
    act.share, act.busy, act.valid_until = share, name.busy, here.valid_until
    return n_acts + 1


@njit(cache=True, nogil=True)
def plan(bar: Any, tick: int, here: Any, side: int, limits: Limits) -> tuple[int, int, int]:
    """Lay entry, stop and target, prices multiplied by the side; the stop is rounded farther, a target in R too."""
    entry = (bar.high if side == 1 else -bar.low) + tick
    floor = side * bar.vwap - limits.stop_sd * bar.vwap_sd
    stop = int(np.floor(min(float(here.pullback), floor) / tick)) * tick - tick
    if limits.at_extreme:
        return entry, stop, here.extreme
    return entry, stop, entry + int(np.ceil(limits.target_r * (entry - stop) / tick)) * tick


@njit(cache=True, nogil=True)
def take_back(acts: Rows, n_acts: int, why: int, side: int, here: Any, bar: Any) -> int:
    """Take back the intent that waits; answer the next free index."""
    note(acts[n_acts], why, side, here, bar)
    here.waiting = 0
    return n_acts + 1


@njit(cache=True, nogil=True)
def note(act: Any, what: int, side: int, here: Any, bar: Any) -> None:
    """Write down which intent a decision is about, and the bar it was made on."""
    act.act, act.side, act.number, act.touch = what, side, here.waiting, here.touches
    act.close, act.vwap, act.sd = bar.close, bar.vwap, bar.vwap_sd
