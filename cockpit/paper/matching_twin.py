"""The fill rules in plain Python, to be read: the oracle that the compiled matching must equal, order by order.

Read `met_by_tick` and `met_by_bar` downward; each sentence of the rules is one paragraph. The two looks at the end
take turns exactly as the compiled ones do, so a broker can be run on either.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from cockpit.clock import NS
from cockpit.market import TickMode
from cockpit.money import Price, tick_against, tick_down, tick_up
from cockpit.paper.terms import PPM, Met, Rows, Why


class Strike(NamedTuple):
    """One execution: at what price, how many, and the price it is compared with."""

    price: Price
    quantity: int
    reference: Price


class Meeting(NamedTuple):
    """What one order met at one look."""

    met: Met = Met.NOTHING
    why: Why = Why.NONE
    strikes: tuple[Strike, ...] = ()


NOTHING = Meeting()


# -- one order meets one tick ----------------------------------------------------------------------


def met_by_tick(order: Any, name: Any, tick: Any, eaten: Rows, rules: Any, ts: int) -> Meeting:
    """Answer what one order meets at one tick of its name, and move the order on."""
    if ts >= order["expires"]:
        return Meeting(Met.LAPSED)
    side, last = int(order["side"]), int(tick["last_price"])
    is_market, met, worst = order["limit"] == 0, Met.NOTHING, None

    # A stop waits until the last price reaches its trigger. The trade that reached it is the best a stop can hope for.
    if order["trigger"] and not order["triggered"]:
        beyond = (last - int(order["trigger"])) * side
        if beyond < 0:
            return NOTHING
        order["triggered"] = 1
        met = Met.TRIGGERED | (Met.GAP if beyond else Met.NOTHING)
        worst = last if is_market else None

    # A market order never pays more than its protection; an exit that this keeps waiting is protected anew.
    if is_market and _is_reprotected(order, name, rules, ts):
        met |= Met.GUARDED
    bound = int(order["guard"] if is_market else order["limit"])

    # It takes from the shown depth as long as the price stays within its bound.
    strikes: list[Strike] = []
    why, has_depth = Why.NONE, tick["mode"] == TickMode.FULL
    if has_depth:
        why = _take_depth(order, name, tick, eaten, rules, bound, worst, strikes)
    elif is_market:
        why = _take_unseen(order, name, rules, bound, strikes)

    # A resting limit also fills when a trade went strictly through it.
    if not is_market and (last - bound) * side < 0:
        _take_passing(order, name, bound, strikes)

    order["taken"] += sum(strike.quantity for strike in strikes)
    if strikes:
        met |= Met.FILLED | (Met.DEPTH if has_depth else Met.NOTHING)
    if is_market:
        order["blocked"] = not strikes and why is Why.PROTECTION
        met |= Met.WAITS if _complains(order, rules, ts, filled=bool(strikes)) else Met.NOTHING
    return Meeting(met, why, tuple(strikes))


def _take_depth(
    order: Any, name: Any, tick: Any, eaten: Rows, rules: Any, bound: Price, worst: Price | None, strikes: list[Strike]
) -> Why:
    side = int(order["side"])
    shelf = "ask" if side > 0 else "bid"
    used = eaten[1 if side > 0 else 0]
    levels = [
        (level, int(price), int(shown))
        for level, (price, shown) in enumerate(zip(tick[f"{shelf}_price"], tick[f"{shelf}_quantity"], strict=True))
    ]
    best = levels[0][1]
    if not best:
        return Why.NO_SIDE
    moved = _impact(int(order["taken"]), name, best, rules)
    for level, price, shown in levels:
        if not price or order["left"] <= 0:
            break
        if name["free"] < name["lot"]:
            return Why.NO_VOLUME
        asked = price if worst is None else (max if side > 0 else min)(price, worst)
        paid = _in_band(tick_against(asked + side * moved, int(name["tick_size"]), buying=side > 0), name)
        if (paid - bound) * side > 0:
            return Why.PROTECTION
        room = min(int(order["left"]), int(name["free"]), shown - int(used[level]))
        quantity = room // int(name["lot"]) * int(name["lot"])
        if quantity > 0:
            used[level] += quantity
            strikes.append(_struck(order, name, paid, quantity, best))
    return Why.NONE if strikes else Why.NO_SIDE


def _take_passing(order: Any, name: Any, limit: Price, strikes: list[Strike]) -> None:
    room = min(int(order["left"]), int(name["free"]))
    if room > 0:
        strikes.append(_struck(order, name, limit, room, limit))


def _take_unseen(order: Any, name: Any, rules: Any, bound: Price, strikes: list[Strike]) -> Why:
    side, last = int(order["side"]), int(name["last"])
    at_upper = side > 0 and name["band_high"] and last >= name["band_high"]
    at_lower = side < 0 and last <= name["band_low"]
    if at_upper or at_lower:
        return Why.NO_SIDE
    quantity = min(int(order["left"]), int(name["free"]))
    if quantity <= 0:
        return Why.NO_VOLUME
    price = _slipped(order, name, rules, last, quantity)
    if (price - bound) * side > 0:
        return Why.PROTECTION
    strikes.append(_struck(order, name, price, quantity, last))
    return Why.NONE


# -- one order meets one bar -----------------------------------------------------------------------


def met_by_bar(order: Any, name: Any, bar: Any, rules: Any) -> Meeting:
    """Answer what one order meets in one closed bar of its name, and move the order on."""
    opens, closes = int(bar["ts_open"]), int(bar["ts_open"] + bar["interval_s"] * NS)
    is_market, side = order["limit"] == 0, int(order["side"])

    # The first bar that can fill an order opens after its decision. Only a stop may fill where its entry just did.
    is_born_here = order["born"] == opens
    if is_born_here and not is_market:
        return NOTHING
    if opens < order["placed"] and not is_born_here:
        return NOTHING
    if opens >= order["expires"]:
        return Meeting(Met.LAPSED)
    if closes > order["expires"] or bar["volume"] <= 0:
        return NOTHING

    # A limit fills only when the bar went strictly through it, at the better of limit and open.
    is_waiting_stop = bool(order["trigger"]) and not order["triggered"]
    if not is_market and not is_waiting_stop:
        return _rest_in_bar(order, name, bar)

    # A market order fills at the open; a stop at the open if the bar began beyond its trigger, else at the trigger.
    met, reference = Met.NOTHING, int(bar["open"])
    if is_waiting_stop:
        met, reference = _triggered_in_bar(order, bar, is_born_here)
        if not met:
            return NOTHING
        order["triggered"] = 1

    why, strikes = _cross_in_bar(order, name, bar, rules, reference, side)
    if strikes:
        met |= Met.FILLED
    if is_market and _complains(order, rules, closes, filled=bool(strikes)):
        met |= Met.WAITS
    return Meeting(met, why, strikes)


def _rest_in_bar(order: Any, name: Any, bar: Any) -> Meeting:
    side, limit = int(order["side"]), int(order["limit"])
    far = int(bar["low"] if side > 0 else bar["high"])
    room = min(int(order["left"]), int(name["free"]))
    if (far - limit) * side >= 0 or room <= 0:
        return NOTHING
    price = min(limit, int(bar["open"])) if side > 0 else max(limit, int(bar["open"]))
    order["taken"] += room
    return Meeting(Met.FILLED, Why.NONE, (_struck(order, name, price, room, price),))


def _triggered_in_bar(order: Any, bar: Any, is_born_here: bool) -> tuple[Met, Price]:
    side, trigger = int(order["side"]), int(order["trigger"])
    is_unsure = is_born_here and bool(order["unsure"])
    opened = (int(bar["open"]) - trigger) * side
    if opened >= 0 and not is_unsure:
        return Met.TRIGGERED | (Met.GAP if opened else Met.NOTHING), int(bar["open"])
    toward, away = (bar["high"], bar["low"]) if side > 0 else (bar["low"], bar["high"])
    if (int(toward) - trigger) * side < 0:
        return Met.NOTHING, 0
    # The same bar reached stop and target, or holds the entry too: nobody knows in which order. The stop is first.
    is_ambiguous = is_unsure or (order["other"] and (int(away) - int(order["other"])) * side < 0)
    return Met.TRIGGERED | (Met.AMBIGUOUS if is_ambiguous else Met.NOTHING), trigger


def _cross_in_bar(
    order: Any, name: Any, bar: Any, rules: Any, reference: Price, side: int
) -> tuple[Why, tuple[Strike, ...]]:
    band = name["band_high"] if side > 0 else name["band_low"]
    if band and bar["high"] == bar["low"] == band:
        return Why.NO_SIDE, ()
    room = min(int(order["left"]), int(name["free"]))
    if room <= 0:
        return Why.NO_VOLUME, ()
    price = _slipped(order, name, rules, reference, room)
    if order["limit"] and (price - int(order["limit"])) * side > 0:
        return Why.NONE, ()
    order["taken"] += room
    return Why.NONE, (_struck(order, name, price, room, reference),)


# -- what they share -------------------------------------------------------------------------------


def _impact(shares: int, name: Any, price: Price, rules: Any) -> float:
    adv, sigma = float(name["adv"]), float(name["sigma"])
    if shares <= 0 or not adv > 0 or not sigma > 0:
        return 0.0
    return price * float(rules["impact"]) * sigma * math.sqrt(shares / adv)


def _slipped(order: Any, name: Any, rules: Any, reference: Price, quantity: int) -> Price:
    side, tick = int(order["side"]), int(name["tick_size"])
    spread = max(float(rules["floor_ticks"] * tick), reference * float(rules["half_spread"]))
    moved = _impact(int(order["taken"]) + quantity, name, reference, rules)
    return _in_band(tick_against(reference + side * (spread + moved), tick, buying=side > 0), name)


def _in_band(price: Price, name: Any) -> Price:
    highest = int(name["band_high"]) or price
    return min(max(price, int(name["band_low"])), highest)


def _is_reprotected(order: Any, name: Any, rules: Any, ts: int) -> bool:
    side, is_fresh = int(order["side"]), order["guard"] == 0
    is_stuck = order["insists"] and order["blocked"] and ts - order["guard_ts"] >= rules["escalate"]
    if not is_fresh and not is_stuck:
        return False
    last, tick = int(name["last"]), int(name["tick_size"])
    permille = 20 if last < 100_00 else 10 if last <= 500_00 else 5
    if side > 0:
        limit = tick_down(last * (1000 + permille) // 1000, tick)
    else:
        limit = tick_up(-(-last * (1000 - permille) // 1000), tick)
    limit = _in_band(limit, name)
    if not is_fresh and (limit - int(order["guard"])) * side <= 0:
        return False
    order["guard"], order["guard_ts"], order["blocked"] = limit, ts, 0
    return True


def _complains(order: Any, rules: Any, ts: int, *, filled: bool) -> bool:
    if not order["insists"] or order["left"] <= 0:
        return False
    if filled or order["due"] == 0:
        order["due"] = ts + rules["patience"]
        return False
    if ts < order["due"]:
        return False
    order["due"] = ts + rules["alarm"]
    return True


def _struck(order: Any, name: Any, price: Price, quantity: int, reference: Price) -> Strike:
    order["left"] -= quantity
    name["free"] -= quantity
    return Strike(price, quantity, reference)


def _earn(name: Any, volume: int, rules: Any) -> None:
    earned = int(name["credit"]) + volume * int(rules["ppm"])
    lots = earned // (PPM * int(name["lot"]))
    name["free"] = lots * int(name["lot"])
    name["credit"] = earned - int(name["free"]) * PPM


# -- taking turns, as the compiled looks do --------------------------------------------------------


def look_ticks(
    ticks: Rows, i: int, k: int, names: Rows, working: Rows, n_working: int, windows: Rows, eaten: Rows, rules: Rows,
    out: Rows,
) -> tuple[int, int, int, int, int]:  # fmt: skip
    """Let working orders look at ticks from row `i`, order `k` on; stop after the first that something happened to."""
    for at in range(i, len(ticks)):
        tick = ticks[at]
        name = _named(names, tick)
        first, k = k, 0
        if name is None:
            continue
        ts = int(tick["ts_event"] or tick["ts_seen"])
        if first == 0:
            if ts < name["ts"]:
                continue
            if _seen(name, tick, ts, eaten, rules[0]):
                return at, n_working, int(Met.HALTED), 0, 0
        if ts < rules[0]["paused_until"] or not _is_open(name, ts, windows):
            continue
        for row in _turns(working, first, n_working, names, name):
            if ts < working[row]["ready"]:
                continue
            meeting = met_by_tick(working[row], name, tick, eaten, rules[0], ts)
            if meeting.met:
                return _answered(at, row + 1, meeting, out)
    return len(ticks), 0, 0, 0, 0


def look_bars(
    bars: Rows, i: int, k: int, names: Rows, working: Rows, n_working: int, windows: Rows, eaten: Rows, rules: Rows,
    out: Rows,
) -> tuple[int, int, int, int, int]:  # fmt: skip
    """Let working orders look at closed bars; the same turn-taking as `look_ticks`."""
    for at in range(i, len(bars)):
        bar = bars[at]
        name = _named(names, bar)
        first, k = k, 0
        if name is None:
            continue
        opens = int(bar["ts_open"])
        if first == 0:
            _earn(name, int(bar["volume"]), rules[0])
            name["ts"], name["last"] = opens + int(bar["interval_s"]) * NS, bar["close"]
            name["bid"] = name["ask"] = 0
        if opens < rules[0]["paused_until"] or not _is_open(name, opens, windows):
            continue
        for row in _turns(working, first, n_working, names, name):
            meeting = met_by_bar(working[row], name, bar, rules[0])
            if meeting.met:
                return _answered(at, row + 1, meeting, out)
    return len(bars), 0, 0, 0, 0


def _turns(working: Rows, first: int, n_working: int, names: Rows, name: Any) -> Iterator[int]:
    for row in range(first, n_working):
        order = working[row]
        if names[int(order["slot"])]["token"] == name["token"] and order["left"] > 0:
            yield row


def _named(names: Rows, seen: Any) -> Any:
    return next((name for name in names if name["token"] == seen["token"]), None)


def _is_open(name: Any, ts: int, windows: Rows) -> bool:
    return any(opens <= ts < closes for opens, closes in windows[int(name["timetable"])])


def _seen(name: Any, tick: Any, ts: int, eaten: Rows, rules: Any) -> bool:
    traded = int(tick["volume"] - name["volume"]) if name["volume"] >= 0 else 0
    _earn(name, max(0, traded), rules)
    has_depth = tick["mode"] == TickMode.FULL
    name["volume"] = max(int(name["volume"]), int(tick["volume"]))
    name["ts"], name["last"] = ts, tick["last_price"]
    name["bid"] = tick["bid_price"][0] if has_depth else 0
    name["ask"] = tick["ask_price"][0] if has_depth else 0
    eaten[:] = 0
    return bool(name["breaker"]) and _breaks(name, int(tick["last_price"]), int(tick["close"]))


def _breaks(name: Any, last: Price, close: Price) -> bool:
    reached = [level for level in (10, 15, 20) if close > 0 and abs(last - close) * 100 >= level * close]
    if not reached or reached[-1] <= name["level"]:
        return False
    name["level"] = reached[-1]
    return True


def _answered(at: int, following: int, meeting: Meeting, out: Rows) -> tuple[int, int, int, int, int]:
    for row, strike in enumerate(meeting.strikes):
        out[row] = strike
    return at, following, int(meeting.met), int(meeting.why), len(meeting.strikes)
