"""What is at stake now: value held and working, the risk down to the stops, and the view a rule may look at."""

from __future__ import annotations

from cockpit.account import Account
from cockpit.money import Paise
from cockpit.orders import Order, OrderMoved, Role, Status
from cockpit.ports import Books


def working_entries(books: Books) -> tuple[Order, ...]:
    """Answer the entry orders that may still fill; an order without any report may be live and counts."""
    return tuple(
        order
        for order, moved in books.orders().values()
        if order.role is Role.ENTRY and (moved is None or not moved.status.is_terminal)
    )


def order_value(order: Order, moved: OrderMoved | None) -> Paise:
    """Answer what the unfilled rest of a working order is worth at its own price."""
    rest = order.quantity - (moved.filled if moved else 0)
    return rest * (order.trigger or order.price)


def name_value(books: Books, token: int) -> Paise:
    """Answer the unsigned value held (at cost) and working in one name."""
    held = books.account.positions.get(token)
    working = sum(
        order_value(order, books.orders()[order.order_id][1])
        for order in working_entries(books)
        if order.token == token
    )
    return working + (abs(held.cost_paise) if held else 0)


def gross_value(books: Books) -> Paise:
    """Answer the unsigned value held (at cost) and working over all names."""
    held = sum(abs(p.cost_paise) for p in books.account.positions.values())
    return held + sum(order_value(o, books.orders()[o.order_id][1]) for o in working_entries(books))


def open_risk(books: Books) -> Paise:
    """Answer what is lost, before costs, if every resting stop fills at its trigger."""
    stops = {
        order.token: order.trigger
        for order, moved in books.orders().values()
        if order.role is Role.STOP and (moved is None or not moved.status.is_terminal)
    }
    return sum(_at_risk(books.account, token, trigger) for token, trigger in stops.items())


def _at_risk(account: Account, token: int, trigger: int) -> Paise:
    held = account.positions.get(token)
    return max(0, held.cost_paise - trigger * held.quantity) if held else 0


def entry_counts(books: Books, token: int) -> tuple[int, int]:
    """Answer how many entries were sent today: (in all, in this name)."""
    entries = [order for order, _ in books.orders().values() if order.role is Role.ENTRY]
    return len(entries), sum(order.token == token for order in entries)


def recent_rejects(books: Books, since: int) -> int:
    """Answer how many orders the broker rejected at or after `since` (ns UTC)."""
    return sum(
        moved is not None and moved.status is Status.REJECTED and moved.ts >= since
        for _, moved in books.orders().values()
    )
