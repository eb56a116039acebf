"""Read tables for outside tools: orders, fills, trades and days in plain SQL, made from the journal and never trusted.

They are dropped and filled again by `rebuild`; nothing in the cockpit reads them. Units: `_paise` and prices are
integers, `ts` is ns UTC, `at` the same instant as Indian wall-clock text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import sqlalchemy as sa

from cockpit.account import Account, Trade
from cockpit.clock import ist
from cockpit.facts import DayClosed, FillBooked, Genesis, OrderChanged, OrderPlaced
from cockpit.orders import Fill, Order
from cockpit.ports import Entry

READ_TABLES: Final = sa.MetaData()
DAY_NUMBERS: Final = (
    "trades", "gross_paise", "charges_paise", "net_paise", "equity_paise", "refusals", "bars", "ticks",
)  # fmt: skip


def _table(name: str, *, texts: str, numbers: str) -> sa.Table:
    return sa.Table(
        f"projection_{name}",
        READ_TABLES,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(text, sa.Text) for text in texts.split()),
        *(sa.Column(number, sa.BigInteger) for number in numbers.split()),
    )


ORDERS: Final = _table(
    "orders",
    texts="order_id intent_id parent_id role symbol side kind product rule status reason at",
    numbers="token quantity filled price trigger_price ts",
)
FILLS: Final = _table(
    "fills",
    texts="trade_id order_id intent_id role symbol side product rule at",
    numbers="token quantity price charges_paise slippage_paise ts",
)
TRADES: Final = _table(
    "trades",
    texts="intent_id symbol rule product side exit_role opened_at closed_at",
    numbers="token quantity entry_paise exit_paise gross_paise charges_paise net_paise opened_ts closed_ts",
)
DAYS: Final = _table(
    "days",
    texts="day",
    numbers=" ".join(DAY_NUMBERS),
)

Rows = Mapping[sa.Table, list[dict[str, Any]]]


def gathered(entries: Iterable[Entry]) -> Rows:
    """Fold a journal into the rows of the read tables."""
    orders: dict[str, dict[str, Any]] = {}
    fills: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    account = Account.opened(0)
    for entry in entries:
        match entry.fact:
            case Genesis(cash_paise=cash):
                account = Account.opened(cash)
            case OrderPlaced(order=order):
                orders[order.order_id] = _order(order)
            case OrderChanged(moved=moved):
                if moved.order is not None:
                    orders[moved.order_id] = _order(moved.order)
                if moved.order_id in orders:
                    orders[moved.order_id] |= {
                        "status": str(moved.status),
                        "filled": moved.filled,
                        "reason": moved.reason,
                    }
            case FillBooked(fill=fill):
                account = account.book(fill)
                fills.append(_fill(fill))
            case DayClosed() as day:
                days.append({"day": day.day.isoformat()} | {name: getattr(day, name) for name in DAY_NUMBERS})
    trades = [_trade(trade) for trade in account.trades]
    return {ORDERS: list(orders.values()), FILLS: fills, TRADES: trades, DAYS: days}


def laid(connection: sa.Connection, rows: Rows) -> dict[str, int]:
    """Put the rows in place of what the read tables held, in the caller's transaction; answer how many in each."""
    READ_TABLES.drop_all(connection)
    READ_TABLES.create_all(connection)
    for table, lines in rows.items():
        if lines:
            connection.execute(table.insert(), [{"id": i, **line} for i, line in enumerate(lines, 1)])
    return {table.name: len(lines) for table, lines in rows.items()}


def _at(ts: int) -> str:
    return ist(ts).isoformat(sep=" ")


def _order(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "intent_id": order.intent_id,
        "parent_id": order.parent_id,
        "role": str(order.role),
        "symbol": order.symbol,
        "side": order.side.name,
        "kind": str(order.kind),
        "product": str(order.product),
        "rule": order.rule,
        "status": "INTENT",
        "reason": "",
        "at": _at(order.ts),
        "token": order.token,
        "quantity": order.quantity,
        "filled": 0,
        "price": order.price,
        "trigger_price": order.trigger,
        "ts": order.ts,
    }


def _fill(fill: Fill) -> dict[str, Any]:
    return {
        "trade_id": fill.trade_id,
        "order_id": fill.order_id,
        "intent_id": fill.intent_id,
        "role": str(fill.role),
        "symbol": fill.symbol,
        "side": fill.side.name,
        "product": str(fill.product),
        "rule": fill.rule,
        "at": _at(fill.ts),
        "token": fill.token,
        "quantity": fill.quantity,
        "price": fill.price,
        "charges_paise": fill.charges.total,
        "slippage_paise": fill.slippage,
        "ts": fill.ts,
    }


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "intent_id": trade.intent_id,
        "symbol": trade.symbol,
        "rule": trade.rule,
        "product": str(trade.product),
        "side": trade.side.name,
        "exit_role": str(trade.exit_role),
        "opened_at": _at(trade.opened_ts),
        "closed_at": _at(trade.closed_ts),
        "token": trade.token,
        "quantity": trade.quantity,
        "entry_paise": trade.entry_paise,
        "exit_paise": trade.exit_paise,
        "gross_paise": trade.gross_paise,
        "charges_paise": trade.charges.total,
        "net_paise": trade.net_paise,
        "opened_ts": trade.opened_ts,
        "closed_ts": trade.closed_ts,
    }
