"""How orders are written: the entry of an accepted proposal, the exit of a position, and what a cancel must reach."""

from __future__ import annotations

from cockpit.engine.risk.exposure import booked_quantities, may_still_fill
from cockpit.orders import Bracket, Order, OrderKind, Proposal, Role, Status, order_tag
from cockpit.ports import Books


def entry_order(proposal: Proposal, ts: int, account: str) -> Order:
    """Answer the entry order of a proposal the gate let through; its id is the intent's, so one intent is one order."""
    intent = proposal.intent
    resting_limit = intent.kind in (OrderKind.LIMIT, OrderKind.STOP_LIMIT)
    resting_stop = intent.kind in (OrderKind.STOP, OrderKind.STOP_LIMIT)
    return Order(
        order_id=intent.intent_id,
        intent_id=intent.intent_id,
        parent_id="",
        role=Role.ENTRY,
        token=intent.token,
        symbol=intent.symbol,
        side=intent.side,
        quantity=proposal.quantity,
        kind=intent.kind,
        price=intent.entry if resting_limit else 0,
        trigger=intent.entry if resting_stop else 0,
        product=intent.product,
        rule=intent.rule,
        tag=order_tag(account, intent.intent_id),
        ts=ts,
        valid_until=intent.valid_until,
        bracket=Bracket(intent.stop, intent.target),
    )


def exit_order(books: Books, token: int, ts: int, account: str) -> Order | None:
    """Answer a market order that closes what is held of `token`; None when nothing is held or an exit may still fill.

    An order id stands once in a ledger, so the exits of a position carried in from another day bear today's date.
    """
    held = books.account.positions.get(token)
    if held is None:
        return None
    exits = [(o, m) for o, m in books.orders().values() if o.role is Role.EXIT and o.parent_id == held.intent_id]
    booked = booked_quantities(books)
    if any(may_still_fill(order, moved, booked) for order, moved in exits):
        return None
    opened = books.opened
    today = f"{opened.day:%y%m%d}" if opened is not None and held.opened_ts < opened.ts else ""
    order_id = f"{held.intent_id}-{today}X{len(exits) + 1}"
    return Order(
        order_id=order_id,
        intent_id=held.intent_id,
        parent_id=held.intent_id,
        role=Role.EXIT,
        token=token,
        symbol=held.symbol,
        side=held.side.opposite,
        quantity=abs(held.quantity),
        kind=OrderKind.MARKET,
        price=0,
        trigger=0,
        product=held.product,
        rule=held.rule,
        tag=order_tag(account, order_id),
        ts=ts,
        valid_until=0,
    )


def doubtful_stops(books: Books, order: Order) -> tuple[str, ...]:
    """Answer the stops that may or may not be live and could, beside the exit `order`, turn its position round."""
    return tuple(
        order_id
        for order_id, (stop, moved) in books.orders().items()
        if stop.role is Role.STOP
        and stop.parent_id == order.parent_id
        and moved is not None
        and moved.status is Status.UNKNOWN
    )


def to_cancel(books: Books) -> tuple[str, ...]:
    """Answer the ids of entry orders that still work; exits and children stay."""
    return tuple(
        order_id
        for order_id, (order, moved) in books.orders().items()
        if order.role is Role.ENTRY and (moved is None or not moved.status.is_terminal)
    )
