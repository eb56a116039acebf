"""A broker that agrees: its books made from the ledger's own, for tests to bend."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cockpit.broker_books import BrokerBooks, BrokerOrder, BrokerPosition, BrokerTrade, Funds
from cockpit.orders import Fill, Order, OrderMoved, Product, Side, Status
from cockpit.ports import Books

NO_FUNDS = Funds(0, 0, 0, 0, 0, 0)
NOTHING_THERE = BrokerBooks(0, 0, (), (), (), (), NO_FUNDS)
SENT_NOWHERE = (Status.REJECTED,)
ZERO = Decimal(0)


def mirrored(books: Books, now: int) -> BrokerBooks:
    """Answer the books of a broker that knows exactly what the ledger knows, read at `now`."""
    booked = {order_id: sum(f.quantity for f in books.fills() if f.order_id == order_id) for order_id in books.orders()}
    orders = tuple(
        row_of(order, moved, booked[order_id])
        for order_id, (order, moved) in books.orders().items()
        if moved is None or moved.status not in SENT_NOWHERE
    )
    positions = tuple(position(p.token, p.symbol, p.product, p.quantity) for p in books.account.positions.values())
    cash = books.account.cash_paise
    return BrokerBooks(
        now, now, orders, tuple(trade_of(f) for f in books.fills()), positions, (), Funds(cash, cash, 0, 0, 0, 0)
    )


def row_of(order: Order, moved: OrderMoved | None, filled: int, **changes: Any) -> BrokerOrder:
    """Make the order book's row of one of our orders; the broker's id for it is `B-` and ours."""
    status = Status.SENT if moved is None else moved.status
    left = 0 if status.is_terminal else order.quantity - filled
    plain: dict[str, Any] = {
        "broker_order_id": (moved.broker_order_id if moved else "") or f"B-{order.order_id}",
        "parent_id": "",
        "status": status,
        "status_text": status.value,
        "reason": "",
        "tags": (order.tag,),
        "token": order.token,
        "exchange": "NSE",
        "symbol": order.symbol,
        "side": order.side,
        "product": order.product.value,
        "kind": order.kind.value,
        "quantity": order.quantity,
        "filled": filled,
        "pending": left,
        "cancelled": order.quantity - filled - left,
        "price": order.price,
        "trigger": order.trigger,
        "average_price": ZERO,
        "ts": order.ts,
    }
    return BrokerOrder(**(plain | changes))


def trade_of(fill: Fill, broker_order_id: str = "") -> BrokerTrade:
    """Make the trade book's row of one of our fills."""
    return BrokerTrade(
        fill.trade_id,
        broker_order_id or f"B-{fill.order_id}",
        fill.exchange,
        fill.token,
        fill.symbol,
        fill.side,
        fill.product.value,
        fill.quantity,
        fill.price,
        fill.ts,
    )


def strange_trade(token: int, side: Side, quantity: int, order: str = "HAND", product: Product = Product.MIS) -> Any:
    """Make a trade that somebody made by hand."""
    return BrokerTrade(
        f"T-{order}", order, "NSE", token, f"NAME{token - 100}", side, product.value, quantity, 100_000, 0
    )


def position(token: int, symbol: str, product: Product, quantity: int) -> BrokerPosition:
    """Make a position of which only the quantity matters."""
    return BrokerPosition(token, "NSE", symbol, product.value, quantity, 0, Decimal(1), ZERO, ZERO, ZERO, ZERO, ZERO)
