"""The exchange behind the practice broker: takes, changes and cancels orders, and moves them as the tape goes on.

A success of `place` only says that the order was taken; what became of it stands in the order book, as at the broker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import numpy as np

from cockpit.clock import NS
from cockpit.market import Instrument, Phase
from cockpit.orders import Side
from cockpit.simulator.account_book import SQUARE_OFF_FEE, AccountBook, Holding
from cockpit.simulator.book import Taken, matched, shares_ahead, triggered
from cockpit.simulator.client_order import (
    CANCELLED,
    CANCELLING,
    COMPLETE,
    MODIFYING,
    OPEN,
    RECEIVED,
    REJECTED,
    TRIGGER_PENDING,
    WORKING,
    ClientOrder,
    ClientTrade,
    Wish,
)
from cockpit.simulator.day_clock import DayClock
from cockpit.simulator.effects import MODEL
from cockpit.simulator.kite_replies import WireError, bad_input
from cockpit.simulator.order_wishes import Form, changed_wish, parsed_wish
from cockpit.simulator.practice_day import PracticeDay, Sight
from cockpit.simulator.protection import protected_limit, protection_percent, protection_tags
from cockpit.simulator.session_events import SessionEvents

MOST_MODIFICATIONS: Final = 25
TAKES_S: Final = 1
"""Seconds until an order, a change or a cancellation has walked to the exchange."""
N_HOLDINGS: Final = 3
RMS: Final = "PRACTICE-RMS"
Row = Mapping[str, Any]


def _never(token: int) -> bool:
    return False


class Exchange:
    """Keep one client's orders and match them against the market of one practice day."""

    def __init__(self, day: PracticeDay, clock: DayClock, is_halted: Callable[[int], bool] = _never) -> None:
        self._day = day
        self._is_halted = is_halted
        self._clock = clock
        self._events = SessionEvents(day.grid)
        self._orders: dict[str, ClientOrder] = {}
        self._live: dict[str, ClientOrder] = {}
        self._waiting_change: dict[str, Wish] = {}
        self._taken: dict[int, Taken] = {}
        self._news: list[Row] = []
        self.trades: list[ClientTrade] = []
        self.account = AccountBook(_first_holdings(day))

    # ---- what a client may ask

    def place(self, variety: str, form: Form, *, visible_from: int = -1) -> ClientOrder:
        """Take an order.

        Errors: WireError for a form that cannot be an order, a closed market, or funds or shares that are short.
        """
        wish = parsed_wish(variety, form, self.listed)
        self._check_hours(wish)
        sight = self._sight(wish.instrument.token)
        price = wish.price or wish.trigger or sight.last
        self._check_means(wish, price)
        order = self._taken_order(wish)
        order.visible_from = visible_from
        refusal = _price_refusal(wish, sight)
        if refusal:
            order.move(RECEIVED[1], self._clock.now())
            self._tell(order, REJECTED, refusal)
            del self._live[order.order_id]
            return order
        if wish.order_type == "MARKET":
            self._protect(order, sight.last)
        start = TRIGGER_PENDING if wish.order_type in ("SL", "SL-M") else OPEN
        for status in RECEIVED[1:]:
            order.move(status, self._clock.now())
        order.pending = [(self._clock.second + TAKES_S, start)]
        return order

    def modify(self, order_id: str, form: Form) -> ClientOrder:
        """Take a change of a working order; it holds once it has walked to the exchange.

        Errors: WireError when the order cannot be changed any more, or was changed 25 times.
        """
        order = self._working(order_id, "modified")
        if order.n_modified >= MOST_MODIFICATIONS:
            raise bad_input("Maximum allowed order modifications exceeded.")
        changed = changed_wish(order.wish, form)
        if changed.quantity <= order.filled:
            raise bad_input(f"Quantity {changed.quantity} is not above the {order.filled} already filled.")
        sight = self._sight(changed.instrument.token)
        refusal = _price_refusal(changed, sight)
        if refusal:
            raise bad_input(refusal)
        grown = replace(changed, quantity=max(0, changed.quantity - order.wish.quantity))
        if grown.quantity:
            self._check_means(grown, changed.price or changed.trigger or sight.last)
        order.n_modified += 1
        self._waiting_change[order_id] = changed
        for status in MODIFYING:
            order.move(status, self._clock.now())
        back = TRIGGER_PENDING if changed.order_type in ("SL", "SL-M") and not _has_triggered(order) else OPEN
        order.pending = [(self._clock.second + TAKES_S, back)]
        return order

    def cancel(self, order_id: str) -> ClientOrder:
        """Take a cancellation; fills that come before it has walked to the exchange still count."""
        order = self._working(order_id, "cancelled")
        order.move(CANCELLING, self._clock.now())
        order.pending = [(self._clock.second + TAKES_S, CANCELLED)]
        return order

    def order(self, order_id: str) -> ClientOrder:
        """Answer an order; WireError when there is none."""
        if order_id not in self._orders:
            raise bad_input("Couldn't find that `order_id`.")
        return self._orders[order_id]

    def orders(self) -> list[ClientOrder]:
        """Answer the day's orders that can be seen, in the order placed."""
        return [o for o in self._orders.values() if o.visible_from <= self._clock.second]

    def working(self) -> Sequence[ClientOrder]:
        """Answer the orders that hold margin."""
        return [o for o in self._live.values() if not o.is_over]

    def last_paise(self, token: int) -> int:
        """Answer the last price of a name."""
        return self._sight(token).last

    def previous_paise(self, token: int) -> int:
        """Answer the close before today of a name."""
        return self._sight(token).previous

    @property
    def second(self) -> int:
        """Answer the tape's present second."""
        return self._clock.second

    @property
    def day(self) -> date:
        """Answer the day that is practised."""
        return self._day.day

    # ---- what the day does

    def reach(self, second: int) -> Sequence[Row]:
        """Let the tape come to a second; answer the order updates it brought."""
        if self._live or self.account.positions:
            for product_closing in self._events.square_offs(second):
                self._square_off(product_closing)
        for order in tuple(self._live.values()):
            self._walk(order, second)
            if order.status in WORKING or order.status == CANCELLING:
                self._match(order, second)
            if order.is_over:
                self._live.pop(order.order_id, None)
        return self._taken_news()

    def _walk(self, order: ClientOrder, second: int) -> None:
        while order.pending and order.pending[0][0] <= second and not order.is_over:
            status = order.pending.pop(0)[1]
            if changed := self._waiting_change.pop(order.order_id, None):
                order.wish = changed
                if changed.order_type == "MARKET":
                    self._protect(order, self._sight(changed.instrument.token).last)
            self._tell(order, status)
            if status == OPEN:
                sight = self._sight(order.wish.instrument.token)
                order.queue, order.looked = shares_ahead(order, sight), -1

    def _match(self, order: ClientOrder, second: int) -> None:
        token = order.wish.instrument.token
        phase = self._day.phase(order.wish.instrument, self._day.grid.ts(second))
        auction_price = self._events.auction_price(self._day.tape(token), second)
        if auction_price and order.status == OPEN:
            self._match_auction(order, auction_price)
        if self._events.ends(order.wish.instrument, second, order.status == TRIGGER_PENDING):
            self._tell(order, CANCELLED, "PRACTICE: the session of this order is over")
            return
        if phase is not Phase.CONTINUOUS or order.is_over or self._is_halted(token):
            return
        changed = self._day.changed_at(token, second)
        if changed != order.looked:
            order.looked = changed
            self._look(order, self._sight(token))
        if order.wish.validity == "TTL" and not order.is_over:
            lasts = order.wish.validity_minutes * 60 * NS
            if self._day.grid.ts(second) >= order.placed_ts + lasts:
                self._tell(order, CANCELLED)

    def _look(self, order: ClientOrder, sight: Sight) -> None:
        """Hold an order against a book that it has not met yet."""
        if order.status == TRIGGER_PENDING and triggered(order, sight):
            self._trigger(order, sight)
        if order.status in (OPEN, CANCELLING):
            self._fill_from(order, sight)
            if order.wish.validity == "IOC" and not order.is_over:
                self._tell(order, CANCELLED)

    def _fill_from(self, order: ClientOrder, sight: Sight) -> None:
        token = order.wish.instrument.token
        taken = self._taken[token] = self._taken.get(token, Taken()).renewed(sight.second)
        for shares, price in matched(order, sight, self._day.traded_in(token, sight.second), taken):
            self._fill(order, shares, price)

    def _match_auction(self, order: ClientOrder, price: int) -> None:
        """Fill at the auction's one price what was willing to trade at it."""
        if (order.wish.price - price) * order.wish.side >= 0:
            self._fill(order, order.left, price)

    def _trigger(self, order: ClientOrder, sight: Sight) -> None:
        if order.wish.order_type == "SL-M":
            self._protect(order, sight.last)
        order.queue = shares_ahead(order, sight)
        self._tell(order, OPEN)

    def _fill(self, order: ClientOrder, shares: int, price: int) -> None:
        order.filled += shares
        order.value_paise += shares * price
        trade = ClientTrade(f"{len(self.trades) + 1:08d}", order, shares, price, self._clock.now())
        self.trades.append(trade)
        self.account.take(trade)
        self._tell(order, COMPLETE if not order.left else order.status)

    def _square_off(self, by_auction: bool) -> None:
        """Close what intraday positions are open, as the broker's risk desk does, for a fee."""
        for order in tuple(self._live.values()):
            if order.wish.product == "MIS" and self._events.is_of(order.wish.instrument, by_auction):
                self._tell(order, CANCELLED, "PRACTICE: intraday orders are cancelled at square-off")
                self._live.pop(order.order_id)
        for (token, product), position in tuple(self.account.positions.items()):
            if product != "MIS" or not position.net or not self._events.is_of(position.instrument, by_auction):
                continue
            side = Side.SELL if position.net > 0 else Side.BUY
            order = self._taken_order(
                Wish(position.instrument, side, "MIS", "MARKET", abs(position.net), protection=3.0), placed_by=RMS
            )
            self._protect(order, self._sight(token).last)
            order.pending = [(self._clock.second, OPEN)]
            self.account.fees_paise += SQUARE_OFF_FEE

    # ---- small parts

    def _taken_order(self, wish: Wish, placed_by: str | None = None) -> ClientOrder:
        number = len(self._orders) + 1
        order_id = f"{self._day.day:%y%m%d}{number:09d}"
        order = ClientOrder(order_id, f"1{self._day.day:%d}{number:012d}", wish, self._clock.now())
        order.placed_by = placed_by or order.placed_by
        self._orders[order_id] = self._live[order_id] = order
        order.move(RECEIVED[0], self._clock.now())
        return order

    def _protect(self, order: ClientOrder, last: int) -> None:
        """Show a market order as what it is at the broker: a limit order at its protection, with tags that say so."""
        wish = order.wish
        percent = protection_percent(wish.protection, last)
        order.wish = replace(
            wish, order_type="LIMIT", price=protected_limit(wish.side, last, percent, wish.instrument.tick_size)
        )
        order.tags = protection_tags(percent)

    def _tell(self, order: ClientOrder, status: str, message: str | None = None) -> None:
        order.move(status, self._clock.now(), message)
        self._news.append(order.history[-1])

    def _taken_news(self) -> list[Row]:
        news, self._news = self._news, []
        return news

    def news(self) -> list[Row]:
        """Take the order updates that did not wait for the tape."""
        return self._taken_news()

    def _sight(self, token: int) -> Sight:
        sight = self._day.sight(token, self._clock.second)
        assert sight is not None, "an order's instrument is listed"
        return sight

    def listed(self, key: str) -> Instrument | None:
        """Answer the instrument of a trading key, None when it is not listed."""
        token = self._day.token(key)
        return None if token is None else self._day.instrument(token)

    def _working(self, order_id: str, verb: str) -> ClientOrder:
        order = self.order(order_id)
        if order.status not in WORKING:
            state = "being processed" if not order.is_over else f"already {order.status.lower()}"
            raise WireError(400, "OrderException", f"Order cannot be {verb} as it is {state}.")
        return order

    def _check_hours(self, wish: Wish) -> None:
        now = self._clock.now()
        phase = self._day.phase(wish.instrument, now)
        if phase not in (Phase.PRE_OPEN, Phase.CONTINUOUS, Phase.AUCTION):
            raise bad_input(f"Markets are closed right now ({phase.value}). PRACTICE takes orders from 09:00.")
        if self._is_halted(wish.instrument.token):
            raise bad_input(f"PRACTICE: trading of {wish.instrument.symbol} is halted.")
        if phase is Phase.AUCTION and wish.order_type in ("SL", "SL-M"):
            raise bad_input("The closing auction takes no stop orders.")
        if wish.product == "MIS" and self._events.is_squared_off(wish.instrument, self._clock.second):
            raise bad_input("MIS orders are not taken after the intraday square-off time.")

    def _check_means(self, wish: Wish, price: int) -> None:
        if wish.product == "CNC" and wish.side is Side.SELL:
            promised = sum(
                o.left
                for o in self.working()
                if o.wish.instrument.token == wish.instrument.token
                and o.wish.product == "CNC"
                and o.wish.side is Side.SELL
            )
            free = self.account.sellable(wish.instrument.token) - promised
            if wish.quantity > free:
                raise WireError(
                    400, "HoldingException", f"Insufficient stock holding. Quantity {wish.quantity}, free {free}."
                )
        needed, free_paise = self.account.needed_paise(wish, price), self.account.free_paise(self.working())
        if needed > free_paise:
            raise WireError(
                400,
                "MarginException",
                f"Insufficient funds. Required margin is {needed / 100:.2f}"
                f" but available margin is {free_paise / 100:.2f}.",
            )


def _has_triggered(order: ClientOrder) -> bool:
    return any(row["status"] == OPEN for row in order.history)


def _price_refusal(wish: Wish, sight: Sight) -> str:
    """Answer why the exchange rejects the prices of a wish, "" when it does not."""
    tick = wish.instrument.tick_size
    if wish.trigger % tick:
        return "16316 : The trigger price is not a multiple of tick size"
    if wish.price % tick:
        return "16283 : The order price is not a multiple of the tick size"
    for price in (wish.price, wish.trigger):
        if price and not sight.band_low <= price <= sight.band_high:
            return (
                f"17070 : The Price is out of the current execution range:"
                f" {sight.band_low / 100:.2f} to {sight.band_high / 100:.2f}"
            )
    return ""


def _first_holdings(day: PracticeDay) -> list[Holding]:
    """Answer a few delivery shares to practise with, drawn from the seed."""
    market = day.market
    rng = np.random.default_rng([market.seed, MODEL, 40])
    large = [x for x in market.listings if x.cap == "LARGE"] or list(market.listings)
    found = []
    for k in sorted(rng.choice(len(large), min(N_HOLDINGS, len(large)), replace=False).tolist()):
        row = market.day_row(large[k].token, day.day)
        average = row.previous * int(rng.integers(85, 112)) // 100
        found.append(Holding(row.instrument, int(rng.integers(5, 60)), average - average % row.tick))
    return found
