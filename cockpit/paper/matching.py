"""How ticks fill orders: compiled, one look a frame, stopping at each order that something happened to.

A market order pays the shown depth, level by level; where no depth is on the wire it pays the last price and a
half-spread. Every rule errs against us. `matching_twin` says the same in plain Python.
"""

from __future__ import annotations

from typing import Any, Final

from numba import njit

from cockpit.market import DEPTH, TickMode
from cockpit.paper.pricing import against, complain, earn, guard, impact, in_band, strike
from cockpit.paper.terms import Met, Rows, Why

_NO_VOLUME, _NO_SIDE, _PROTECTION = int(Why.NO_VOLUME), int(Why.NO_SIDE), int(Why.PROTECTION)
_FILLED, _TRIGGERED, _GAP, _LAPSED = int(Met.FILLED), int(Met.TRIGGERED), int(Met.GAP), int(Met.LAPSED)
_WAITS, _HALTED, _DEPTH = int(Met.WAITS), int(Met.HALTED), int(Met.DEPTH)
_FULL = int(TickMode.FULL)
NOT_WATCHED: Final = -1


@njit(cache=True, nogil=True)
def seat_of(token: int, names: Rows, guess: int) -> int:
    """Answer the slot of `token`, -1 when it is not watched; names ascend by token, and frames mostly follow them."""
    if guess < len(names) and names[guess].token == token:
        return guess
    low, high = 0, len(names)
    while low < high:
        middle = (low + high) // 2
        if names[middle].token < token:
            low = middle + 1
        else:
            high = middle
    return low if low < len(names) and names[low].token == token else NOT_WATCHED


@njit(cache=True, nogil=True)
def in_session(name: Any, ts: int, windows: Rows) -> bool:
    """Tell whether the name trades continuously at `ts`; `windows` is [timetable, window, (opens, closes)]."""
    inside = False
    for w in range(windows.shape[1]):
        inside |= windows[name.timetable, w, 0] <= ts < windows[name.timetable, w, 1]
    return inside


@njit(cache=True, nogil=True)
def look_ticks(
    ticks: Rows,
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
    """Let working orders look at ticks from row `i`, order `k` on; stop after the first one that something happened to.

    Shapes: `eaten` is int64 [side, level], what we took of this tick's depth; `out` int64 [strike, column].
    Answers (tick, next order, what happened as `Met`, why it waits as `Why`, strikes written); `Met` 0 at the end.
    """
    slot = NOT_WATCHED
    while i < len(ticks):
        tick = ticks[i]
        slot = seat_of(tick.token, names, slot + 1)
        if slot != NOT_WATCHED:
            ts = tick.ts_event if tick.ts_event != 0 else tick.ts_seen
            name = names[slot]
            if k == 0:
                if ts < name.ts:
                    i += 1
                    continue
                if _saw(name, tick, ts, eaten, rules[0]):
                    return i, n_working, _HALTED, 0, 0
            if n_working and ts >= rules[0].paused_until and in_session(name, ts, windows):
                while k < n_working:
                    order = working[k]
                    k += 1
                    if order.slot != slot or order.left <= 0 or ts < order.ready:
                        continue
                    met, why, n = meet_tick(order, name, tick, eaten, rules[0], ts, out)
                    if met:
                        return i, k, met, why, n
        k = 0
        i += 1
    return i, 0, 0, 0, 0


@njit(cache=True, nogil=True)
def _saw(name: Any, tick: Any, ts: int, eaten: Rows, rules: Any) -> bool:
    traded = tick.volume - name.volume if name.volume >= 0 else 0
    earn(name, max(0, traded), rules.ppm)
    name.volume = max(name.volume, tick.volume)
    name.ts = ts
    name.last = tick.last_price
    name.bid = tick.bid_price[0] if tick.mode == _FULL else 0
    name.ask = tick.ask_price[0] if tick.mode == _FULL else 0
    eaten[:] = 0
    if name.breaker and tick.close > 0:
        moved = abs(tick.last_price - tick.close) * 100
        reached = 20 if moved >= 20 * tick.close else 15 if moved >= 15 * tick.close else 10
        if moved >= 10 * tick.close and reached > name.level:
            name.level = reached
            return True
    return False


@njit(cache=True, nogil=True)
def meet_tick(order: Any, name: Any, tick: Any, eaten: Rows, rules: Any, ts: int, out: Rows) -> tuple[int, int, int]:
    """Match one order against one tick of its name; answer (`Met`, `Why`, strikes written)."""
    if ts >= order.expires:
        return _LAPSED, 0, 0
    met, worst = 0, 0
    if order.trigger != 0 and order.triggered == 0:
        beyond = (tick.last_price - order.trigger) * order.side
        if beyond < 0:
            return 0, 0, 0
        order.triggered = 1
        met = _TRIGGERED | (_GAP if beyond > 0 else 0)
        worst = tick.last_price if order.limit == 0 else 0
    if order.limit == 0:
        met |= guard(order, name, rules, ts)
    bound = order.guard if order.limit == 0 else order.limit
    if tick.mode == _FULL:
        n, why = _walk(order, name, tick, eaten, rules, bound, worst, out)
    elif order.limit == 0:
        n, why = _cross_unseen(order, name, rules, bound, out)
    else:
        n, why = 0, 0
    if order.limit != 0 and (tick.last_price - order.limit) * order.side < 0:
        n = _traded_through(order, name, out, n)
    for row in range(n):
        order.taken += out[row, 1]
    if n:
        met |= _FILLED | (_DEPTH if tick.mode == _FULL else 0)
    if order.limit == 0:
        order.blocked = 1 if n == 0 and why == _PROTECTION else 0
        if order.insists and order.left > 0 and complain(order, rules, ts, n > 0):
            met |= _WAITS
    return met, why, n


@njit(cache=True, nogil=True)
def _walk(
    order: Any, name: Any, tick: Any, eaten: Rows, rules: Any, bound: int, worst: int, out: Rows
) -> tuple[int, int]:
    buying = order.side > 0
    prices, shown = (tick.ask_price, tick.ask_quantity) if buying else (tick.bid_price, tick.bid_quantity)
    used = eaten[1 if buying else 0]
    n, best = 0, prices[0]
    if best == 0:
        return 0, _NO_SIDE
    # The path of prices does not know of us, so a later slice pays what our earlier ones would have moved.
    moved = impact(order.taken, name.adv, name.sigma, best, rules.impact)
    for level in range(DEPTH):
        if prices[level] == 0 or order.left <= 0:
            break
        if name.free < name.lot:
            return n, _NO_VOLUME
        asked = prices[level]
        if worst != 0 and (worst - asked) * order.side > 0:
            asked = worst
        price = in_band(against(asked + order.side * moved, name.tick_size, order.side), name.band_low, name.band_high)
        if (price - bound) * order.side > 0:
            return n, _PROTECTION
        quantity = min(order.left, name.free, shown[level] - used[level]) // name.lot * name.lot
        if quantity > 0:
            used[level] += quantity
            n = strike(order, name, out, n, price, quantity, best)
    return n, _NO_SIDE if n == 0 else 0


@njit(cache=True, nogil=True)
def _cross_unseen(order: Any, name: Any, rules: Any, bound: int, out: Rows) -> tuple[int, int]:
    buying = order.side > 0
    if (buying and name.band_high != 0 and name.last >= name.band_high) or (not buying and name.last <= name.band_low):
        return 0, _NO_SIDE
    quantity = min(order.left, name.free)
    if quantity <= 0:
        return 0, _NO_VOLUME
    price = slipped(order, name, rules, name.last, quantity)
    if (price - bound) * order.side > 0:
        return 0, _PROTECTION
    return strike(order, name, out, 0, price, quantity, name.last), 0


@njit(cache=True, nogil=True)
def slipped(order: Any, name: Any, rules: Any, reference: int, quantity: int) -> int:
    """Answer the price of crossing an unseen book: half-spread, at least the floor, and the impact of all taken."""
    spread = max(float(rules.floor_ticks * name.tick_size), reference * rules.half_spread)
    moved = impact(order.taken + quantity, name.adv, name.sigma, reference, rules.impact)
    price = against(reference + order.side * (spread + moved), name.tick_size, order.side)
    return int(in_band(price, name.band_low, name.band_high))


@njit(cache=True, nogil=True)
def _traded_through(order: Any, name: Any, out: Rows, n: int) -> int:
    quantity = min(order.left, name.free)
    if quantity <= 0:
        return n
    return int(strike(order, name, out, n, order.limit, quantity, order.limit))
