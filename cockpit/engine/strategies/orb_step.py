"""The compiled steps of the opening range breakout: gather the range, rank the names, judge each one.

Every price is first multiplied by the side, so there is one rule and the short one is its mirror by construction.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[Any]


class Finding(IntEnum):
    """What became of a name at the end of its opening range; all but INTENT are reasons not to trade it."""

    WAITING = 0
    INTENT = 1
    INDEX = 2
    INCOMPLETE = 3
    TOO_LATE = 4
    VOLUME_UNKNOWN = 5
    VOLUME_LOW = 6
    RANK_LOW = 7
    ATR_UNKNOWN = 8
    RANGE_NARROW = 9
    RANGE_WIDE = 10
    CHEAP = 11
    GAP_UNKNOWN = 12
    GAP_WIDE = 13
    DOJI = 14
    SHORTS_OFF = 15
    NEAR_BAND = 16
    NO_ROOM = 17


class Limits(NamedTuple):
    """The settings of the rule as the kernel takes them."""

    relative_volume: float
    top: int
    range_low: float
    range_high: float
    price_rupees: int
    band_gap: float
    gap: float
    doji: float
    stop_atr: float
    target_r: float
    shorts: bool


RANGES: Final = np.dtype(
    [
        ("token", "i8"),
        ("is_index", "i8"),
        ("tick", "i8"),
        ("scale", "i8"),
        ("n_bars", "i8"),  # bars of the opening range seen
        ("n_partial", "i8"),
        ("open", "i8"),
        ("high", "i8"),
        ("low", "i8"),
        ("close", "i8"),
        ("volume", "i8"),
        ("relative_volume", "f8"),  # NaN until known
        ("rank", "i8"),  # 1 is the highest relative volume; 0 unranked
        ("finding", "i8"),  # a Finding
        ("side", "i8"),
        ("entry", "i8"),
        ("stop", "i8"),
        ("target", "i8"),
    ],
    align=True,
)
"""One name's opening range and what became of it."""

_INTENT, _INDEX, _INCOMPLETE = int(Finding.INTENT), int(Finding.INDEX), int(Finding.INCOMPLETE)
_VOLUME_UNKNOWN, _VOLUME_LOW, _RANK_LOW = (
    int(Finding.VOLUME_UNKNOWN), int(Finding.VOLUME_LOW), int(Finding.RANK_LOW),
)  # fmt: skip
_ATR_UNKNOWN, _RANGE_NARROW, _RANGE_WIDE = (
    int(Finding.ATR_UNKNOWN), int(Finding.RANGE_NARROW), int(Finding.RANGE_WIDE),
)  # fmt: skip
_CHEAP, _GAP_UNKNOWN, _GAP_WIDE = int(Finding.CHEAP), int(Finding.GAP_UNKNOWN), int(Finding.GAP_WIDE)
_DOJI, _SHORTS_OFF = int(Finding.DOJI), int(Finding.SHORTS_OFF)
_NEAR_BAND, _NO_ROOM = int(Finding.NEAR_BAND), int(Finding.NO_ROOM)


@njit(cache=True, nogil=True)
def gather(bars: Rows, ranges: Rows, opens: int, ends: int) -> None:
    """Add the bars that open in [opens, ends) to their names' ranges; both arrays are in token order."""
    slot = 0
    for i in range(len(bars)):
        bar = bars[i]
        if not opens <= bar.ts_open < ends:
            continue
        while slot < len(ranges) and ranges[slot].token < bar.token:
            slot += 1
        if slot < len(ranges) and ranges[slot].token == bar.token:
            _widen(ranges[slot], bar)


@njit(cache=True, nogil=True)
def _widen(name: Any, bar: Any) -> None:
    if name.n_bars == 0:
        name.open, name.high, name.low = bar.open, bar.high, bar.low
    name.high = max(name.high, bar.high)
    name.low = min(name.low, bar.low)
    name.close = bar.close
    name.volume += bar.volume
    name.n_bars += 1
    name.n_partial += bar.partial


@njit(cache=True, nogil=True)
def rank(ranges: Rows, usual_volume: Rows, n_needed: int) -> int:
    """Work out relative volumes and rank the names whose range is complete; answer how many were ranked.

    Ties go to the lower token, so that the same day always gives the same ranks.
    """
    n_ranked = 0
    for i in range(len(ranges)):
        name = ranges[i]
        name.relative_volume = np.nan
        is_complete = name.n_bars == n_needed and name.n_partial == 0
        if name.is_index == 0 and is_complete and usual_volume[i] > 0:
            name.relative_volume = name.volume / usual_volume[i]
            n_ranked += 1
    order = np.argsort(-ranges["relative_volume"], kind="mergesort")
    for place in range(n_ranked):
        ranges[order[place]].rank = place + 1
    return n_ranked


@njit(cache=True, nogil=True)
def judge(ranges: Rows, stats: Rows, n_needed: int, limits: Limits) -> None:
    """Give every name its finding, and those that pass their side, entry, stop and target."""
    for i in range(len(ranges)):
        ranges[i].finding = _filtered(ranges[i], stats[i], n_needed, limits)
        if ranges[i].finding == _INTENT:
            ranges[i].finding = _planned(ranges[i], stats[i], limits)


@njit(cache=True, nogil=True)
def _filtered(name: Any, stat: Any, n_needed: int, limits: Limits) -> int:
    if name.is_index == 1:
        return _INDEX
    if name.n_bars != n_needed or name.n_partial > 0:
        return _INCOMPLETE
    if np.isnan(name.relative_volume):
        return _VOLUME_UNKNOWN
    if name.relative_volume < limits.relative_volume:
        return _VOLUME_LOW
    if name.rank > limits.top:
        return _RANK_LOW
    if not stat.atr14 > 0:
        return _ATR_UNKNOWN
    if name.high - name.low < limits.range_low * stat.atr14:
        return _RANGE_NARROW
    if name.high - name.low > limits.range_high * stat.atr14:
        return _RANGE_WIDE
    if abs(name.close) < limits.price_rupees * name.scale:
        return _CHEAP
    return _steady(name, stat, limits)


@njit(cache=True, nogil=True)
def _steady(name: Any, stat: Any, limits: Limits) -> int:
    if not abs(stat.previous_close) > 0:
        return _GAP_UNKNOWN
    if abs(name.open - stat.previous_close) / abs(stat.previous_close) > limits.gap:
        return _GAP_WIDE
    body = name.close - name.open
    if body == 0 or abs(body) < limits.doji * (name.high - name.low):
        return _DOJI
    if body < 0 and not limits.shorts:
        return _SHORTS_OFF
    return _INTENT


@njit(cache=True, nogil=True)
def _planned(name: Any, stat: Any, limits: Limits) -> int:
    """Lay entry, stop and target of a name that passed; the stop is rounded nearer, the target farther."""
    side = 1 if name.close > name.open else -1
    high, low = (name.high, name.low) if side == 1 else (-name.low, -name.high)
    entry = high + name.tick
    room = limits.band_gap * abs(entry)
    # A name without a band carries NaN, and no distance from NaN is ever too small.
    if stat.band_high - side * entry < room or side * entry - stat.band_low < room:
        return _NEAR_BAND
    stop = max(low, _tick_up(entry - limits.stop_atr * stat.atr14, name.tick))
    if stop >= entry:
        return _NO_ROOM
    target = entry + _tick_up(limits.target_r * (entry - stop), name.tick)
    name.side, name.entry, name.stop, name.target = side, side * entry, side * stop, side * target
    return _INTENT


@njit(cache=True, nogil=True)
def _tick_up(price: float, tick: int) -> int:
    return int(np.ceil(price / tick)) * tick
