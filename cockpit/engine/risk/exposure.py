"""What is at stake now: value held and working, the risk down to the stops, and the orders that lock their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cockpit.account import Position
from cockpit.clock import NS
from cockpit.money import Paise
from cockpit.orders import Order, OrderMoved, Role, Status
from cockpit.ports import Books

MINUTE_NS: Final = 60 * NS


def booked_quantities(books: Books) -> Mapping[str, int]:
    """Answer how much of each of the day's orders is booked as fills: the fills are the truth, not the reports."""
    booked: dict[str, int] = {}
    for fill in books.fills():
        booked[fill.order_id] = booked.get(fill.order_id, 0) + fill.quantity
    return booked


def may_still_fill(order: Order, moved: OrderMoved | None, booked: Mapping[str, int]) -> bool:
    """Tell whether fills of `order` may still arrive.

    An order without any report may be live; one that ended may have been filled further than is booked so far.
    """
    return moved is None or not moved.status.is_terminal or moved.filled > booked.get(order.order_id, 0)


def working_entries(books: Books) -> tuple[Order, ...]:
    """Answer the entry orders that may still fill, those without a report or of unknown outcome included."""
    booked = booked_quantities(books)
    return tuple(
        order
        for order, moved in books.orders().values()
        if order.role is Role.ENTRY and may_still_fill(order, moved, booked)
    )


def locking_orders(books: Books) -> tuple[Order, ...]:
    """Answer the orders that lock their name for new entries: working entries, and any order of unknown outcome.

    A stop that may or may not be live could open a position of its own once the name is flat.
    """
    booked = booked_quantities(books)
    return tuple(
        order
        for order, moved in books.orders().values()
        if (order.role is Role.ENTRY and may_still_fill(order, moved, booked))
        or (moved is not None and moved.status is Status.UNKNOWN)
    )


def name_value(books: Books, token: int) -> Paise:
    """Answer the unsigned value held (at cost) and working in one name."""
    held = books.account.positions.get(token)
    return _working_value(books, token) + (abs(held.cost_paise) if held else 0)


def gross_value(books: Books) -> Paise:
    """Answer the unsigned value held (at cost) and working over all names."""
    return _working_value(books, None) + sum(abs(p.cost_paise) for p in books.account.positions.values())


def open_risk(books: Books) -> Paise:
    """Answer what is lost, before costs, if every resting stop fills at its trigger.

    A position without a resting stop is at risk with all that it cost.
    """
    if not books.account.positions:
        return 0
    stops = {
        order.token: order.trigger
        for order, moved in books.orders().values()
        if order.role is Role.STOP and (moved is None or not moved.status.is_terminal)
    }
    return sum(_at_risk(held, stops.get(token)) for token, held in books.account.positions.items())


def entry_counts(books: Books, token: int) -> tuple[int, int]:
    """Answer how many entries were sent today: (in all, in this name)."""
    in_all = in_name = 0
    for order, _ in books.orders().values():
        if order.role is Role.ENTRY:
            in_all += 1
            in_name += order.token == token
    return in_all, in_name


def orders_sent(books: Books, now: int) -> tuple[int, int]:
    """Answer how many orders left: (within the minute before `now`, in all today).

    Counted from the journal, so that a restart forgets none. A target is no order of its own at a real broker: the
    stop that rests there is changed into it.
    """
    sent = [order.ts for order, _ in books.orders().values() if order.role is not Role.TARGET]
    return sum(ts > now - MINUTE_NS for ts in sent), len(sent)


def recent_rejects(books: Books, since: int) -> int:
    """Answer how many orders the broker rejected at or after `since` (ns UTC)."""
    n = 0
    for _, moved in books.orders().values():
        if moved is not None and moved.status is Status.REJECTED and moved.ts >= since:
            n += 1
    return n


def _working_value(books: Books, token: int | None) -> Paise:
    booked = booked_quantities(books)
    return sum(
        (order.quantity - booked.get(order.order_id, 0)) * _price_of(books, order)
        for order in working_entries(books)
        if token is None or order.token == token
    )


def _price_of(books: Books, order: Order) -> Paise:
    # A market order has no price of its own; what the strategy saw when it decided is on its intent.
    return order.trigger or order.price or books.intents()[order.intent_id][0].entry


def _at_risk(held: Position, trigger: int | None) -> Paise:
    if trigger is None:
        return abs(held.cost_paise)
    return max(0, held.cost_paise - trigger * held.quantity)
