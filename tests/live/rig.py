"""A live broker with its fake door, for tests: its orders, and children sent as the dealer would send them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cockpit.clock import NS
from cockpit.live.broker import LiveBroker
from cockpit.market import ticks_of
from cockpit.orders import Bracket, Fill, Order, OrderKind, OrderMoved, Product, Role, Side, Status, order_tag
from cockpit.paper.costs import ChargeTable
from tests.live.fake_door import FakeDoor

TABLE = ChargeTable.load(Path(__file__).resolve().parents[2] / "resources/charges.toml")
NOON = 1_795_000_000 * NS
CLOSES = NOON + 3 * 3600 * NS
ENTRY = Order(
    "ORB-1", "ORB-1", "", Role.ENTRY, 738561, "RELIANCE", Side.BUY, 10, OrderKind.LIMIT, 141900, 0, Product.MIS, "ORB",
    order_tag("me", "ORB-1"), NOON, CLOSES, Bracket(141000, 143000),
)  # fmt: skip
EXIT = replace(
    ENTRY, order_id="ORB-1-X1", parent_id="ORB-1", role=Role.EXIT, side=Side.SELL, kind=OrderKind.MARKET, price=0,
    tag=order_tag("me", "ORB-1-X1"), bracket=None,
)  # fmt: skip


class Rig:
    """A live broker with its fake door; children that it asks for are sent as the dealer would send them."""

    def __init__(self, door: FakeDoor | None = None) -> None:
        self.now = NOON
        self.door = door or FakeDoor(ts=NOON)
        self.broker = LiveBroker(self.door, TABLE, lambda: self.now, account="me", closes=CLOSES)
        self.moves: list[OrderMoved] = []
        self.fills: list[Fill] = []

    async def look(self) -> None:
        await self.broker.look()
        await self.settle()

    async def settle(self) -> None:
        while reports := self.broker.reports():
            self.moves += [r for r in reports if isinstance(r, OrderMoved)]
            self.fills += [r for r in reports if isinstance(r, Fill)]
            for report in reports:
                if isinstance(report, OrderMoved) and report.status is Status.INTENT and report.order:
                    await self.broker.place(report.order)

    async def entered(self, quantity: int = 10) -> None:
        await self.broker.place(ENTRY)
        self.door.filled("B1", quantity, 141900)
        await self.look()

    def see(self, price: int) -> None:
        ticks = ticks_of(1)
        ticks["token"], ticks["last_price"] = ENTRY.token, price
        self.broker.see(ticks)

    @property
    def stop(self) -> Order:
        return next(m.order for m in reversed(self.moves) if m.order is not None and m.order.role is Role.STOP)

    def state(self, order_id: str) -> Status:
        return next(m.status for m in reversed(self.moves) if m.order_id == order_id)
