"""A broker's door for tests: an order book and a trade book that do what they are told, in no real time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from cockpit.broker_books import BrokerHolding, BrokerOrder, BrokerPosition, BrokerTrade, Funds
from cockpit.orders import Order, OrderKind, Status

TEXTS = {status: status.value for status in Status} | {Status.SENT: "PUT ORDER REQ RECEIVED"}


@dataclass
class FakeDoor:
    """Takes every order at once unless told otherwise; `fails` are raised by the next calls of that name, in order."""

    ts: int = 1
    book: dict[str, BrokerOrder] = field(default_factory=dict)
    fills: list[BrokerTrade] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    fails: dict[str, list[Exception]] = field(default_factory=dict)
    lost: bool = False
    """The next order is taken, and its answer is lost."""
    hidden: set[str] = field(default_factory=set)
    """Orders that are live and not in the book yet."""

    async def send(self, order: Order) -> str:
        self._call("send", order.order_id)
        broker_id = self.taken(order)
        if self.lost:
            self.lost = False
            raise self.fails["lost"][0]
        return broker_id

    def taken(self, order: Order) -> str:
        """Take an order as the exchange does."""
        broker_id = f"B{len(self.book) + 1}"
        status = Status.TRIGGER_PENDING if order.kind is OrderKind.STOP else Status.OPEN
        self.book[broker_id] = BrokerOrder(
            broker_id, "", status, TEXTS[status], "", (order.tag,), order.token, "NSE", order.symbol, order.side,
            str(order.product), str(order.kind), order.quantity, 0, order.quantity, 0, order.price, order.trigger,
            Decimal(0), self.ts,
        )  # fmt: skip
        return broker_id

    async def change(
        self, broker_order_id: str, token: int, *, quantity: Any = None, price: Any = None, trigger: Any = None,
        kind: Any = None,
    ) -> None:  # fmt: skip
        self._call("change", (broker_order_id, quantity, price, trigger, kind))
        row = self.book[broker_order_id]
        self.book[broker_order_id] = replace(
            row, quantity=quantity or row.quantity, price=price or row.price, kind=str(kind or row.kind),
            status=Status.OPEN if kind is OrderKind.LIMIT else row.status,
        )  # fmt: skip

    async def withdraw(self, broker_order_id: str) -> None:
        self._call("withdraw", broker_order_id)
        if not self.book[broker_order_id].status.is_terminal:
            self.moved(broker_order_id, Status.CANCELLED)

    async def orders(self) -> Sequence[BrokerOrder]:
        self._call("orders", None)
        return [row for broker_id, row in self.book.items() if broker_id not in self.hidden]

    async def trades(self) -> Sequence[BrokerTrade]:
        self._call("trades", None)
        return list(self.fills)

    async def positions(self) -> Sequence[BrokerPosition]:
        self._call("positions", None)
        return []

    async def holdings(self) -> Sequence[BrokerHolding]:
        self._call("holdings", None)
        return []

    async def funds(self) -> Funds:
        self._call("funds", None)
        return Funds(0, 0, 0, 0, 0, 0)

    def moved(self, broker_id: str, status: Status, text: str = "", reason: str = "") -> None:
        """Let the broker say another state."""
        row = self.book[broker_id]
        self.book[broker_id] = replace(row, status=status, status_text=text or TEXTS[status], reason=reason)

    def filled(self, broker_id: str, quantity: int, price: int, trade_id: str = "") -> BrokerTrade:
        """Let an order fill by so many."""
        row = self.book[broker_id]
        done = row.filled + quantity
        status = Status.FILLED if done >= row.quantity else Status.OPEN if row.kind == "LIMIT" else row.status
        self.book[broker_id] = replace(row, filled=done, status=status, status_text=TEXTS[status])
        trade = BrokerTrade(
            trade_id or f"T{len(self.fills) + 1}", broker_id, "NSE", row.token, row.symbol, row.side, row.product,
            quantity, price, self.ts,
        )  # fmt: skip
        self.fills.append(trade)
        return trade

    def n(self, name: str) -> int:
        """Answer how often a call was made."""
        return sum(call == name for call, _ in self.calls)

    def _call(self, name: str, what: Any) -> None:
        self.calls.append((name, what))
        if waiting := self.fails.get(name):
            raise waiting.pop(0)
