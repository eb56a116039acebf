"""The exchange's no: what it refuses of an order before the market ever sees it, in words that name both numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NoReturn

from cockpit.clock import NS, hhmmss
from cockpit.errors import Rejection
from cockpit.market import Instrument, Phase, Quote, Series, Session
from cockpit.money import Price, price_text
from cockpit.orders import Order, OrderKind, Product, Role, Side
from cockpit.paper.resting import STOPS

DELIVERY_ONLY: Final = frozenset({Series.BE, Series.BZ, Series.ST})
PRICED: Final = (OrderKind.LIMIT, OrderKind.STOP_LIMIT)
SCALE: Final = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """What the exchange knows when an order arrives. `net` is signed; `exiting` is what working exits will close."""

    instrument: Instrument
    session: Session
    now: int
    quote: Quote | None
    band_low: Price
    band_high: Price
    paused_until: int
    net: int
    exiting: int
    product: Product | None
    """Product of what is held or working in the name; None when nothing is."""
    working_side: Side | None
    """Side of the entries that work in the name."""


def accept(order: Order, standing: Standing, stale_ns: int) -> None:
    """Let the order pass or raise.

    Errors: Rejection with the exchange's reason. A market entry on a stale quote is refused; an exit never is.
    """
    _check_time(order, standing)
    _check_terms(order, standing)
    if order.role is Role.EXIT:
        _check_exit(order, standing)
    elif order.role is Role.ENTRY:
        _check_entry(order, standing, stale_ns)
    else:
        _no(order, f"a {order.role.value} order of its own was given; the bracket of an entry makes its children")


def check_prices(order: Order, standing: Standing) -> None:
    """Let quantity, price and trigger pass or raise.

    Errors: Rejection for a broken lot, tick or band, or for a price that the order's kind must or cannot have.
    """
    instrument = standing.instrument
    if order.quantity <= 0 or order.quantity % instrument.lot_size:
        _no(order, f"quantity {order.quantity} is not a multiple of the lot size {instrument.lot_size}")
    for word, price, is_due in (
        ("limit price", order.price, order.kind in PRICED),
        ("trigger price", order.trigger, order.kind in STOPS),
    ):
        if (price > 0) != is_due:
            _no(order, f"{order.kind.value} order with {word} {price_text(price)}")
        if price % instrument.tick_size:
            tick = price_text(instrument.tick_size)
            _no(order, f"16316 : The {word} {price_text(price)} is not a multiple of tick size {tick}")
        _check_band(order, word, price, standing)
    if order.kind is OrderKind.STOP_LIMIT and (order.price - order.trigger) * int(order.side) < 0:
        prices = f"trigger {price_text(order.trigger)}, price {price_text(order.price)}"
        _no(order, f"the limit of a stop order must lie beyond its trigger: {prices}")


def _check_band(order: Order, word: str, price: Price, standing: Standing) -> None:
    low, high = standing.band_low, standing.band_high
    if price and ((low and price < low) or (high and price > high)):
        band = f"{price_text(low)} to {price_text(high)}"
        _no(order, f"The {word} {price_text(price)} lies outside the day's band {band}")


def _check_time(order: Order, standing: Standing) -> None:
    phase = standing.session.phase(standing.instrument, standing.now)
    if phase is not Phase.CONTINUOUS:
        _no(order, f"the market is in phase {phase.value} at {hhmmss(standing.now)}; paper trades in the open session")
    if standing.now < standing.paused_until:
        _no(order, f"the whole market is halted until {hhmmss(standing.paused_until)}")
    if order.valid_until and order.valid_until <= standing.now:
        _no(order, f"valid until {hhmmss(order.valid_until)} given at {hhmmss(standing.now)}")
    if order.role is Role.ENTRY and order.product is Product.MIS and standing.now >= standing.session.square_off_hard:
        _no(order, f"no new MIS order after {hhmmss(standing.session.square_off_hard)}; now {hhmmss(standing.now)}")


def _check_terms(order: Order, standing: Standing) -> None:
    instrument = standing.instrument
    if instrument.is_index:
        _no(order, f"{instrument.symbol} is an index and does not trade")
    if instrument.price_scale != SCALE:
        _no(order, f"price scale {instrument.price_scale}; paper fills prices at scale {SCALE} only")
    if instrument.series in DELIVERY_ONLY and order.product is not Product.CNC:
        _no(order, f"series {instrument.series.value} is trade to trade: CNC expected, {order.product.value} given")
    check_prices(order, standing)


def _check_exit(order: Order, standing: Standing) -> None:
    room = abs(standing.net) - standing.exiting
    if standing.net * int(order.side) >= 0 or order.quantity > room:
        held = f"{standing.net} held, {standing.exiting} of it leaving already"
        _no(order, f"exit {order.side.name} {order.quantity} would flip the position: {held}")
    if standing.product is not order.product:
        _no(order, f"exit in {order.product.value}; the position is {standing.product and standing.product.value}")


def _check_entry(order: Order, standing: Standing, stale_ns: int) -> None:
    side = int(order.side)
    if order.product is Product.CNC and order.side is Side.SELL:
        _no(order, "CNC sells only what is held: there is no intraday short in delivery")
    if standing.net * side < 0 or (standing.working_side is not None and standing.working_side is not order.side):
        _no(order, f"entry {order.side.name} against {standing.net} held or an opposite entry that works")
    if standing.product is not None and standing.product is not order.product:
        _no(order, f"entry in {order.product.value}; the name is held or working in {standing.product.value}")
    if order.bracket is not None:
        _check_bracket(order, standing)
    quote = standing.quote
    if order.kind is OrderKind.MARKET:
        if quote is None:
            _no(order, f"no quote was seen today; at most {stale_ns / NS:.1f} s old expected")
        age = standing.now - quote.ts
        if age > stale_ns:
            _no(order, f"the quote is {age / NS:.1f} s old; at most {stale_ns / NS:.1f} s expected")
    elif order.kind in STOPS and quote is not None and (quote.last_price - order.trigger) * side > 0:
        prices = f"trigger {price_text(order.trigger)}, last price {price_text(quote.last_price)}"
        _no(order, f"the trigger of a {order.side.name} stop is behind the last price: {prices}")


def _check_bracket(order: Order, standing: Standing) -> None:
    assert order.bracket is not None
    side, entry = int(order.side), order.price or order.trigger
    target = 0 if order.bracket.target is None else order.bracket.target
    for word, price in (("stop", order.bracket.stop), ("target", target)):
        if price % standing.instrument.tick_size:
            tick = price_text(standing.instrument.tick_size)
            _no(order, f"16316 : The {word} {price_text(price)} is not a multiple of tick size {tick}")
        _check_band(order, word, price, standing)
    stop = order.bracket.stop
    if stop <= 0 or (entry and (entry - stop) * side <= 0):
        _no(order, f"stop {price_text(stop)} does not lie behind the entry {price_text(entry)}")
    if target and (target - max(entry, stop, key=lambda price: price * side)) * side <= 0:
        _no(order, f"target {price_text(target)} does not lie beyond entry {price_text(entry)} and stop")


def _no(order: Order, said: str) -> NoReturn:
    raise Rejection(f"{order.order_id} {order.symbol}: {said}", code=400, raw=said)
