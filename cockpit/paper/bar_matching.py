"""How closed bars fill orders where no ticks exist: next bar at the earliest, stop first, through for limits."""

from __future__ import annotations

from typing import Any

from numba import njit

from cockpit.clock import NS
from cockpit.paper.matching import NOT_WATCHED, in_session, seat_of, slipped
from cockpit.paper.pricing import complain, earn, strike
from cockpit.paper.terms import Met, Rows, Why

_NO_VOLUME, _NO_SIDE = int(Why.NO_VOLUME), int(Why.NO_SIDE)
_FILLED, _TRIGGERED, _GAP, _LAPSED = int(Met.FILLED), int(Met.TRIGGERED), int(Met.GAP), int(Met.LAPSED)
_WAITS, _AMBIGUOUS = int(Met.WAITS), int(Met.AMBIGUOUS)


@njit(cache=True, nogil=True)
def look_bars(
    bars: Rows,
    i: int,
    k: int,
    names: Rows,
    working: Rows,
    n_working: int,
    windows: Rows,
    eaten: Rows,
    rules: Rows,
    out: Rows,
) -> tuple[int, int, int, int, int]:
    """Let working orders look at closed bars; the same turn-taking and answer as `look_ticks`.

    `eaten` is not used: a bar shows no depth; its volume alone limits what may be taken.
    """
    slot = NOT_WATCHED
    while i < len(bars):
        bar = bars[i]
        slot = seat_of(bar.token, names, slot + 1)
        if slot != NOT_WATCHED:
            name = names[slot]
            closes = bar.ts_open + bar.interval_s * NS
            if k == 0:
                earn(name, bar.volume, rules[0].ppm)
                name.ts, name.last, name.bid, name.ask = closes, bar.close, 0, 0
            if n_working and bar.ts_open >= rules[0].paused_until and in_session(name, bar.ts_open, windows):
                while k < n_working:
                    order = working[k]
                    k += 1
                    if order.slot != slot or order.left <= 0:
                        continue
                    met, why, n = meet_bar(order, name, bar, rules[0], closes, out)
                    if met:
                        return i, k, met, why, n
        k = 0
        i += 1
    return i, 0, 0, 0, 0


@njit(cache=True, nogil=True)
def meet_bar(order: Any, name: Any, bar: Any, rules: Any, closes: int, out: Rows) -> tuple[int, int, int]:
    """Match one order against one closed bar of its name; answer (`Met`, `Why`, strikes written)."""
    born_here = order.born == bar.ts_open
    if (bar.ts_open < order.placed and not born_here) or (born_here and order.limit != 0):
        return 0, 0, 0
    if bar.ts_open >= order.expires:
        return _LAPSED, 0, 0
    # A bar that ends after the order does cannot say on which side of that instant its prices lay.
    if closes > order.expires or bar.volume <= 0:
        return 0, 0, 0
    if order.trigger != 0 and order.triggered == 0:
        met, reference = _trigger(order, bar, born_here)
        if met == 0:
            return 0, 0, 0
        order.triggered = 1
    elif order.limit != 0:
        return _rest(order, name, bar, out)
    else:
        met, reference = 0, bar.open
    why, n = _cross(order, name, bar, rules, reference, out)
    if n:
        met |= _FILLED
    if order.limit == 0 and order.insists and order.left > 0 and complain(order, rules, closes, n > 0):
        met |= _WAITS
    return met, why, n


@njit(cache=True, nogil=True)
def _trigger(order: Any, bar: Any, born_here: bool) -> tuple[int, int]:
    opened = (bar.open - order.trigger) * order.side
    if opened >= 0 and not (born_here and order.unsure):
        return _TRIGGERED | (_GAP if opened > 0 else 0), bar.open
    worst, best = (bar.high, bar.low) if order.side > 0 else (bar.low, bar.high)
    if (worst - order.trigger) * order.side < 0:
        return 0, 0
    either = order.other != 0 and (best - order.other) * order.side < 0
    unsure = born_here and order.unsure
    return _TRIGGERED | (_AMBIGUOUS if either or unsure else 0), order.trigger


@njit(cache=True, nogil=True)
def _cross(order: Any, name: Any, bar: Any, rules: Any, reference: int, out: Rows) -> tuple[int, int]:
    band = name.band_high if order.side > 0 else name.band_low
    if band != 0 and bar.high == bar.low == band:
        return _NO_SIDE, 0
    quantity = min(order.left, name.free)
    if quantity <= 0:
        return _NO_VOLUME, 0
    price = slipped(order, name, rules, reference, quantity)
    if order.limit != 0 and (price - order.limit) * order.side > 0:
        return 0, 0
    order.taken += quantity
    return 0, strike(order, name, out, 0, price, quantity, reference)


@njit(cache=True, nogil=True)
def _rest(order: Any, name: Any, bar: Any, out: Rows) -> tuple[int, int, int]:
    far = bar.low if order.side > 0 else bar.high
    quantity = min(order.left, name.free)
    if (far - order.limit) * order.side >= 0 or quantity <= 0:
        return 0, 0, 0
    price = bar.open if (bar.open - order.limit) * order.side < 0 else order.limit
    order.taken += quantity
    return _FILLED, 0, strike(order, name, out, 0, price, quantity, price)
