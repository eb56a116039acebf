"""What a fill costs beyond the price on the screen: impact, rounding, protection and bands, as compiled steps."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from cockpit.paper.terms import PPM, Met


@njit(cache=True, nogil=True)
def impact(shares: int, adv: float, sigma: float, price: int, scale: float) -> float:
    """Answer how far `shares` move `price` by the square-root law, Y * sigma * sqrt(Q / ADV), in price units.

    A name whose ADV or volatility is unknown (NaN) answers 0: what cannot be computed is left out, not invented.
    Source: quantity at 1 % of ADV and 2 % volatility costs 20 basis points with Y = 1.
    """
    if shares <= 0 or not adv > 0 or not sigma > 0:
        return 0.0
    return float(price * scale * sigma * math.sqrt(shares / adv))


@njit(cache=True, nogil=True)
def against(price: float, tick: int, side: int) -> int:
    """Round to the tick against us: up when buying (side 1), down when selling (side -1)."""
    floor = int(price // tick) * tick
    return floor + tick if side > 0 and floor != price else floor


@njit(cache=True, nogil=True)
def in_band(price: int, band_low: int, band_high: int) -> int:
    """Keep a modelled price inside the day's band (0 means none): beyond it nobody trades."""
    if band_high != 0 and price > band_high:
        return band_high
    if price < band_low:
        return band_low
    return price


@njit(cache=True, nogil=True)
def protection(last: int, tick: int, side: int) -> int:
    """Answer the limit that the exchange's automatic protection gives a market order, rounded inward.

    Units: rupees decide the band, so prices are taken at scale 100. Source: under 100 rupees 2 %, to 500 1 %, above
    0.5 %; a last price of 90 protects a buy at 91.80.
    """
    permille = 20 if last < 10_000 else 10 if last <= 50_000 else 5
    if side > 0:
        limit = last * (1000 + permille) // 1000
        return limit - limit % tick
    limit = -(-last * (1000 - permille) // 1000)
    return limit + (-limit) % tick


@njit(cache=True, nogil=True)
def earn(name: Any, volume: int, ppm: int) -> None:
    """Turn volume that traded into shares we may take now: whole lots; the fraction of a lot is kept for later."""
    name.credit += volume * ppm
    name.free = name.credit // (PPM * name.lot) * name.lot
    name.credit -= name.free * PPM


@njit(cache=True, nogil=True)
def strike(order: Any, name: Any, out: Any, n: int, price: int, quantity: int, reference: int) -> int:
    """Write one fill to `out` and take its quantity from the order and the name; answer how many there are now."""
    out[n, 0] = price
    out[n, 1] = quantity
    out[n, 2] = reference
    order.left -= quantity
    name.free -= quantity
    return n + 1


_GUARDED = int(Met.GUARDED)


@njit(cache=True, nogil=True)
def guard(order: Any, name: Any, rules: Any, ts: int) -> int:
    """Anchor the protection of a market order to the last price; answer GUARDED when it was set or moved.

    An exit that its protection has kept waiting too long is protected anew: it must get out, at a worse price.
    """
    fresh = order.guard == 0
    if not fresh and not (order.insists and order.blocked and ts - order.guard_ts >= rules.escalate):
        return 0
    limit = in_band(protection(name.last, name.tick_size, order.side), name.band_low, name.band_high)
    if not fresh and limit * order.side <= order.guard * order.side:
        return 0
    order.guard = limit
    order.guard_ts = ts
    order.blocked = 0
    return _GUARDED


@njit(cache=True, nogil=True)
def complain(order: Any, rules: Any, ts: int, filled: bool) -> bool:
    """Tell whether an order that must get out has waited long enough to say so; a fill starts its patience anew."""
    if filled or order.due == 0:
        order.due = ts + rules.patience
        return False
    if ts < order.due:
        return False
    order.due = ts + rules.alarm
    return True
