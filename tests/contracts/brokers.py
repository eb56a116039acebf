"""Benches that put a broker before the same market in the same words, whatever it is made of."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from cockpit.broker_books import BrokerBooks
from cockpit.clock import NS
from cockpit.errors import NotSent
from cockpit.orders import Bracket, Fill, Order, OrderKind, OrderMoved, Product, Role, Side, Status, order_tag
from cockpit.paper.broker import PaperBroker
from cockpit.ports import Broker
from tests.engine.made_days import at
from tests.live.rig import Rig
from tests.paper.floor_plan import FREE, PLAIN_TOKEN, Hall, tick

PRICE, STOP, N = 100_00, 99_00, 100
ENTRY = Order(
    "A", "A", "", Role.ENTRY, PLAIN_TOKEN, "PLAIN", Side.BUY, N, OrderKind.LIMIT, PRICE, 0, Product.MIS, "ORB",
    order_tag("me", "A"), at("10:00"), 0, Bracket(STOP, None),
)  # fmt: skip


def exit_of(quantity: int, n: int = 1) -> Order:
    """Make the n-th exit of the entry."""
    order_id = f"A-X{n}"
    return replace(
        ENTRY, order_id=order_id, parent_id="A", role=Role.EXIT, side=Side.SELL, kind=OrderKind.MARKET, price=0,
        quantity=quantity, tag=order_tag("me", order_id), bracket=None,
    )  # fmt: skip


class Bench(Protocol):
    """A broker and its market."""

    orders: dict[str, tuple[Order, OrderMoved | None]]
    fills: list[Fill]

    @property
    def broker(self) -> Broker:
        """Answer the broker of this life."""

    async def place(self, order: Order) -> None:
        """Place an order and let it arrive."""

    async def cancel(self, order_id: str) -> None:
        """Cancel an order and let that arrive."""

    async def trade(self, order_id: str, quantity: int) -> None:
        """Let so many of an order fill, as far as it still may."""

    async def settle(self) -> None:
        """Take in what is reported, as a journal would."""

    async def restart(self) -> None:
        """Go on with a fresh broker on what the journal has."""


def taken_in(bench: Bench, reports: list[Any]) -> list[Order]:
    """Put reports into the bench's journal, and answer the orders that the broker asks to have sent."""
    asked: list[Order] = []
    for report in reports:
        if isinstance(report, Fill):
            bench.fills.append(report)
            continue
        known = bench.orders.get(report.order_id)
        order = report.order or (known[0] if known else None)
        assert order is not None, f"a report on {report.order_id}, which nobody was told of"
        bench.orders[report.order_id] = (order, report)
        if report.status is Status.INTENT:
            asked.append(order)
    return asked


class PaperBench:
    """The paper broker before made ticks."""

    def __init__(self) -> None:
        self.orders: dict[str, tuple[Order, OrderMoved | None]] = {}
        self.fills: list[Fill] = []
        self.volume, self.second = 100_000, 0
        self.hall = Hall(rules=FREE)
        self._show(PRICE + 50, 0)

    @property
    def broker(self) -> PaperBroker:
        return self.hall.broker

    async def place(self, order: Order) -> None:
        is_new = order.order_id not in self.orders
        await self.broker.place(replace(order, ts=self.hall.clock.now()))
        if is_new:
            self.orders[order.order_id] = (order, None)
        await self.settle()

    async def cancel(self, order_id: str) -> None:
        await self.broker.cancel(order_id)
        await self.settle()

    async def trade(self, order_id: str, quantity: int) -> None:
        order, _ = self.orders[order_id]
        price = {Role.ENTRY: PRICE, Role.STOP: STOP - 10, Role.EXIT: PRICE}[order.role]
        self._show(price, quantity)
        await self.settle()

    async def settle(self) -> None:
        taken_in(self, self.broker.reports())

    async def restart(self) -> None:
        old = self.hall
        self.hall = Hall(rules=FREE)
        self.hall.clock.advance(old.clock.now())
        self.broker.restore(self.orders, self.fills)
        self._show(PRICE + 50, 0)  # the first frame after a start only says how much had traded by then
        await self.settle()

    def _show(self, price: int, quantity: int) -> None:
        self.second += 1
        self.volume += quantity
        frame = tick(
            at("10:00") + self.second * NS,
            price,
            volume=self.volume,
            bids=[(price - 5, max(1, quantity))],
            asks=[(price, max(1, quantity))],
        )
        self.hall.clock.advance(int(frame["ts_event"].max()))
        self.broker.see(frame)


class LiveBench:
    """The live broker before a fake door; what it asks to have sent is sent, as the dealer does."""

    def __init__(self) -> None:
        self.orders: dict[str, tuple[Order, OrderMoved | None]] = {}
        self.fills: list[Fill] = []
        self.rig = Rig()

    @property
    def broker(self) -> Broker:
        return self.rig.broker

    async def place(self, order: Order) -> None:
        is_new = order.order_id not in self.orders
        with contextlib.suppress(NotSent) if order.role is Role.STOP else contextlib.nullcontext():
            await self.broker.place(order)
        if is_new:
            self.orders[order.order_id] = (order, None)
        await self.settle()

    async def cancel(self, order_id: str) -> None:
        await self.broker.cancel(order_id)
        await self.settle()

    async def trade(self, order_id: str, quantity: int) -> None:
        tag = self.orders[order_id][0].tag
        row = next(row for row in self.rig.door.book.values() if tag in row.tags)
        left = 0 if row.status.is_terminal else row.quantity - row.filled
        if left:
            self.rig.door.filled(row.broker_order_id, min(quantity, left), PRICE)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(3):  # what is seen at a look may ask for an order, which the next one sees
            await self.rig.broker.look()
            for order in taken_in(self, self.broker.reports()):
                await self.broker.place(order)
        taken_in(self, self.broker.reports())

    async def restart(self) -> None:
        self.rig = Rig(self.rig.door)
        self.rig.broker.restore(self.orders, self.fills)
        await self.settle()


async def resting(bench: Bench) -> list[tuple[Side, int]]:
    """Answer side and quantity of what rests at the broker, by its own books."""
    books: BrokerBooks = await bench.broker.books()
    return [(row.side, row.quantity - row.filled) for row in books.orders if not row.status.is_terminal]


def net(fills: list[Fill]) -> int:
    """Answer what the fills add up to."""
    return sum(fill.signed_quantity for fill in fills)


def states(orders: Mapping[str, tuple[Order, OrderMoved | None]]) -> dict[str, Status]:
    """Answer the newest state of every order that was reported."""
    return {order_id: moved.status for order_id, (_, moved) in orders.items() if moved is not None}
