"""Which rows of the broker's order book are ours: matched by the broker's id, else by tag; the rest is foreign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cockpit.broker_books import BrokerBooks, BrokerOrder
from cockpit.engine.risk.exposure import booked_quantities, may_still_fill
from cockpit.ports import Books


@dataclass(frozen=True, slots=True)
class Claims:
    """The broker's orders sorted by whose they are."""

    rows: Mapping[str, BrokerOrder]
    """Ours, by our order id."""
    doubles: tuple[tuple[str, BrokerOrder], ...]
    """Rows that bear the tag of an order which has a row already, and which moved or may move something."""
    foreign: tuple[BrokerOrder, ...]
    booked: Mapping[str, int]
    """How much of each of our orders is booked, by our order id."""
    names: frozenset[int]
    """Tokens that we hold or have ordered today."""
    working: frozenset[int]
    """Tokens in which an order of ours may still fill, by our word or the broker's."""
    strange: Counter[tuple[int, str]]
    """Signed quantity that foreign trades brought in, by token and product."""


def claimed(theirs: BrokerBooks, ours: Books) -> Claims:
    """Answer whose every row of the order book is."""
    orders, booked = ours.orders(), booked_quantities(ours)
    by_id = {moved.broker_order_id: order_id for order_id, (_, moved) in orders.items() if moved is not None}
    by_id.pop("", None)
    by_tag = {order.tag: order_id for order_id, (order, _) in orders.items() if order.tag}
    rows = {by_id[row.broker_order_id]: row for row in theirs.orders if row.broker_order_id in by_id}
    doubles, foreign = list[tuple[str, BrokerOrder]](), list[BrokerOrder]()
    for row in theirs.orders:
        if row.broker_order_id in by_id:
            continue
        order_id = next((by_tag[tag] for tag in row.tags if tag in by_tag), None)
        if order_id is None:
            foreign.append(row)
        elif order_id not in rows or _is_void(rows[order_id]):
            rows[order_id] = row
        elif not _is_void(row):
            doubles.append((order_id, row))
    strangers = {row.broker_order_id for row in foreign}
    strange = Counter[tuple[int, str]]()
    for trade in theirs.trades:
        if trade.broker_order_id in strangers:
            strange[trade.token, trade.product] += trade.quantity * int(trade.side)
    works = {o.token for o, moved in orders.values() if may_still_fill(o, moved, booked)}
    works |= {row.token for row in rows.values() if not row.status.is_terminal}
    names = frozenset({*ours.account.positions, *(order.token for order, _ in orders.values())})
    return Claims(rows, tuple(doubles), tuple(foreign), booked, names, frozenset(works), strange)


def _is_void(row: BrokerOrder) -> bool:
    return row.status.is_terminal and not row.filled
