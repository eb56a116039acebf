"""Software brackets: what must rest at the broker so that no position is ever naked.

A stop rests for exactly what is filled and not yet closed. The target is watched here: when it is touched the resting
stop itself becomes the limit order at the target, so that there is never a second exit which could turn the position.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from cockpit.clock import NS
from cockpit.live.tickets import Ticket, Tickets
from cockpit.orders import ALARM, Order, OrderKind, OrderMoved, Role, Status

MOST_CHANGES: Final = 25
"""Kite refuses to change an order more often."""
AGAIN_NS: Final = 2 * NS
LONGEST_NS: Final = 60 * NS
"""A stop that ended unfilled is followed by the next, at first soon, then ever later: something may refuse them all."""


class Need(Enum):
    """What has to be done for an entry's position."""

    NOTHING = auto()
    WAIT = auto()
    PLACE = auto()
    RESIZE = auto()
    RENEW = auto()
    WITHDRAW = auto()
    TO_TARGET = auto()
    TO_STOP = auto()


@dataclass(frozen=True, slots=True)
class Protection:
    """What an entry needs now: the stop concerned, if there is one, and the quantity it must have."""

    need: Need
    stop: Ticket | None = None
    quantity: int = 0


def needed(tickets: Tickets, entry: Ticket, now: int) -> Protection:
    """Answer what the position of `entry` needs at `now` (ns UTC), on what is known of its orders."""
    below = tickets.below(entry)
    stops = [t for t in below if t.order.role is Role.STOP]
    live = next((t for t in reversed(stops) if not t.is_over), None)
    held = tickets.held(entry)
    is_leaving = now < entry.leaving_until or any(t.order.role is Role.EXIT and not t.is_over for t in below)
    if held <= 0 or is_leaving:
        if live is not None and live.broker_id and not live.wants_cancel:
            return Protection(Need.WITHDRAW, live)
        return Protection(Need.NOTHING, live)
    if live is None:
        return Protection(Need.PLACE if now >= _next_stop(stops) else Need.WAIT, None, held)
    if live.is_doubtful or live.wants_cancel:
        return Protection(Need.WAIT, live, held)
    return _kept(live, held)


def _next_stop(stops: list[Ticket]) -> int:
    """Answer from when on a stop may be made; those that were refused or never left make it later."""
    refused = [t for t in stops if t.status is Status.REJECTED]
    if not refused:
        return 0
    return refused[-1].order.ts + min(AGAIN_NS << min(len(refused) - 1, 8), LONGEST_NS)


def _kept(stop: Ticket, held: int) -> Protection:
    if stop.left != held:
        need = Need.RESIZE if stop.n_changes < MOST_CHANGES else Need.RENEW
        return Protection(need, stop, held + stop.done)
    is_limit = stop.order.kind is OrderKind.LIMIT
    if stop.is_at_target != is_limit and stop.n_changes < MOST_CHANGES:
        return Protection(Need.TO_TARGET if stop.is_at_target else Need.TO_STOP, stop, held)
    return Protection(Need.NOTHING, stop, held)


def stop_order(tickets: Tickets, entry: Ticket, quantity: int, ts: int, tag: Callable[[str], str]) -> Order:
    """Answer the next protective stop of an entry, for `quantity`."""
    assert entry.order.bracket is not None, "an entry without a stop is refused at the door"
    n = sum(t.order.role is Role.STOP for t in tickets.below(entry)) + 1
    order_id = f"{entry.order.order_id}-S{n}"
    return replace(
        entry.order,
        order_id=order_id,
        parent_id=entry.order.order_id,
        role=Role.STOP,
        side=entry.order.side.opposite,
        quantity=quantity,
        kind=OrderKind.STOP,
        price=0,
        trigger=entry.order.bracket.stop,
        tag=tag(order_id),
        ts=ts,
        valid_until=0,
        bracket=None,
    )


def is_touched(entry: Ticket, price: int) -> bool:
    """Tell whether `price` has reached the target of an entry; never without one."""
    bracket = entry.order.bracket
    if bracket is None or bracket.target is None:
        return False
    return (price - bracket.target) * int(entry.order.side) >= 0


def is_naked(tickets: Tickets, entry: Ticket) -> bool:
    """Tell whether more is held of an entry than orders that rest at the broker would close.

    An order that is only on its way there protects nothing: it may still be rejected.
    """
    resting = (t for t in tickets.below(entry) if t.status in (Status.OPEN, Status.TRIGGER_PENDING))
    return tickets.held(entry) > sum(t.left for t in resting)


def alarm(tickets: Tickets, entry: Ticket, now: int) -> OrderMoved:
    """Answer the report that something is held of `entry` without anything at the broker that would close it."""
    order, seconds = entry.order, (now - entry.naked_since) // NS
    below = ", ".join(f"{t.order.order_id} {t.status.value}" for t in tickets.below(entry)[-3:]) or "no stop made"
    said = f"{ALARM}{tickets.held(entry)} {order.symbol} held for {seconds} s without a stop at the broker ({below})"
    return OrderMoved(order.order_id, now, entry.status, entry.told_filled, said, None, entry.broker_id)
