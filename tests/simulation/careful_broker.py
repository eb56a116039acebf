"""The order protocol in its plainest form, the twin of a live broker: one send, evidence alone, each fill once.

It makes no brackets: what it proves is the world, which must find nothing in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cockpit.broker_books import BrokerBooks, BrokerOrder, BrokerTrade
from cockpit.clock import Clock, ist_day
from cockpit.errors import (
    BadRequest,
    BrokerError,
    BrokerUnavailable,
    NotPermitted,
    RateLimited,
    Rejection,
    TokenExpired,
)
from cockpit.market import Bars, Ticks
from cockpit.money import Price
from cockpit.orders import Charges, Fill, Mode, Order, OrderMoved, Report, Status
from cockpit.ports import Costs, OrderDoor

NOTHING_PLACED = (Rejection, BadRequest, NotPermitted, TokenExpired, RateLimited, BrokerUnavailable)
RANK = {Status.INTENT: 0, Status.UNKNOWN: 0, Status.SENT: 1, Status.TRIGGER_PENDING: 2, Status.OPEN: 3}


@dataclass(slots=True)
class Known:
    """One order of ours as far as evidence goes."""

    order: Order
    status: Status
    broker_order_id: str = ""
    filled: int = 0
    """As the order book says."""
    turnover: int = 0
    shares: int = 0
    charges: Charges = field(default_factory=Charges)


class CarefulBroker:
    """Stand before an order door; `closes` is when an order that nobody has seen may be called absent."""

    def __init__(self, door: OrderDoor, costs: Costs, clock: Clock, closes: int) -> None:
        self._door = door
        self._costs = costs
        self._clock = clock
        self._closes = closes
        self._known: dict[str, Known] = {}
        self._by_tag: dict[str, Known] = {}
        self._by_broker_id: dict[str, Known] = {}
        self._seen: set[tuple[str, str, str, int]] = set()
        self._unwanted: dict[str, None] = {}
        self._told: list[Report] = []

    @property
    def mode(self) -> Mode:
        return Mode.LIVE

    async def place(self, order: Order) -> None:
        known = self._know(order, Status.INTENT)
        try:
            self._name(known, await self.send(order))
        except NOTHING_PLACED as no:
            known.status = Status.REJECTED
            raise Rejection(str(no), code=no.code, raw=no.raw) from no
        except Exception:
            known.status = Status.UNKNOWN
            raise
        self._move(known, Status.SENT, 0, "", self._clock.now())

    async def send(self, order: Order) -> str:
        return await self._door.send(order)

    async def modify(
        self, order_id: str, *, quantity: int | None = None, price: Price | None = None, trigger: Price | None = None
    ) -> None:
        known = self._known[order_id]
        await self._door.change(
            known.broker_order_id, known.order.token, quantity=quantity, price=price, trigger=trigger
        )

    async def cancel(self, order_id: str) -> None:
        known = self._known[order_id]
        if known.status.is_terminal:
            return
        self._unwanted[order_id] = None
        if known.broker_order_id:
            await self._door.withdraw(known.broker_order_id)

    def logged_in(self) -> None: ...

    def see(self, ticks: Ticks) -> None: ...

    def see_bars(self, bars: Bars) -> None: ...

    def reports(self) -> list[Report]:
        told, self._told = self._told, []
        return told

    async def books(self) -> BrokerBooks:
        raise NotImplementedError

    async def look(self) -> None:
        """Read order book, then trade book, and report what is new."""
        asked = self._clock.now()
        rows, trades = await self._door.orders(), await self._door.trades()
        for row in rows:
            self._see_row(row)
        for trade in trades:
            self._see_trade(trade)
        if asked >= self._closes:
            self._call_absent()
        for order_id in [o for o in self._unwanted if not self._known[o].status.is_terminal]:
            if self._known[order_id].broker_order_id:
                try:
                    await self._door.withdraw(self._known[order_id].broker_order_id)
                except BrokerError:
                    continue  # the next look says what became of it

    def restore(self, orders: Mapping[str, tuple[Order, OrderMoved | None]], fills: Sequence[Fill]) -> None:
        for order, moved in orders.values():
            known = self._know(order, Status.UNKNOWN if moved is None else moved.status)
            if moved is None:
                said = "written, and no report of it: it may be live"
                self._told.append(OrderMoved(order.order_id, self._clock.now(), Status.UNKNOWN, 0, said))
            else:
                known.filled = moved.filled
                if moved.broker_order_id:
                    self._name(known, moved.broker_order_id)
        for fill in fills:
            self._seen.add(fill.key)
            known = self._known[fill.order_id]
            known.turnover += fill.quantity * fill.price
            known.shares += fill.quantity
            known.charges += fill.charges

    # -- evidence ----------------------------------------------------------------------------------

    def _know(self, order: Order, status: Status) -> Known:
        known = self._known[order.order_id] = Known(order, status)
        self._by_tag[order.tag] = known
        return known

    def _name(self, known: Known, broker_order_id: str) -> None:
        known.broker_order_id = broker_order_id
        self._by_broker_id[broker_order_id] = known

    def _see_row(self, row: BrokerOrder) -> None:
        known = self._by_broker_id.get(row.broker_order_id) or self._by_tag.get(row.tags[0])
        if known is None:
            return
        if not known.broker_order_id:
            self._name(known, row.broker_order_id)
        old, new = known.status, row.status
        is_news = (new, row.filled) != (old, known.filled)
        is_later = RANK.get(new, 9) >= RANK.get(old, 9) and row.filled >= known.filled
        if is_news and is_later and (not old.is_terminal or row.filled > known.filled):
            ended = new if not old.is_terminal or new is Status.FILLED else old
            self._move(known, ended, row.filled, row.reason, row.ts)

    def _move(self, known: Known, status: Status, filled: int, reason: str, ts: int) -> None:
        known.status, known.filled = status, filled
        moved = OrderMoved(known.order.order_id, ts, status, filled, reason, broker_order_id=known.broker_order_id)
        self._told.append(moved)

    def _see_trade(self, trade: BrokerTrade) -> None:
        known = self._by_broker_id.get(trade.broker_order_id)
        if known is None:
            return
        if self.is_new((trade.exchange, trade.trade_id, known.order.order_id, int(trade.side))):
            fill = self.fill_of(known, trade)
            self._seen.add(fill.key)
            known.turnover += fill.quantity * fill.price
            known.shares += fill.quantity
            known.charges += fill.charges
            self._told.append(fill)

    def is_new(self, key: tuple[str, str, str, int]) -> bool:
        return key not in self._seen

    def fill_of(self, known: Known, trade: BrokerTrade) -> Fill:
        order = known.order
        turnover, shares = known.turnover + trade.quantity * trade.price, known.shares + trade.quantity
        due = self._costs.order_charges(order.product, order.side, shares, turnover, ist_day(trade.ts))
        return Fill(
            trade_id=trade.trade_id,
            order_id=order.order_id,
            intent_id=order.intent_id,
            role=order.role,
            token=order.token,
            symbol=order.symbol,
            side=order.side,
            quantity=trade.quantity,
            price=trade.price,
            ts=trade.ts,
            product=order.product,
            rule=order.rule,
            charges=due - known.charges,
            exchange=trade.exchange,
        )

    def _call_absent(self) -> None:
        for known in self._known.values():
            if known.status in (Status.UNKNOWN, Status.INTENT) and not known.broker_order_id:
                self._move(
                    known, Status.LAPSED, 0, "in no book after the close: it never reached the broker", self._closes
                )
