"""What the paper broker knows is a fold of the journal: this reads orders, newest reports and fills back into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cockpit.account import Position
from cockpit.errors import LedgerCorrupt
from cockpit.money import value_paise
from cockpit.orders import Charges, Fill, Order, OrderMoved, Role, Status
from cockpit.paper.costs import OrderMeter
from cockpit.paper.holdings import Holdings
from cockpit.paper.resting import STOPS, Ticket

UNHEARD = frozenset({Status.INTENT, Status.SENT, Status.UNKNOWN})
"""States in which no report of this exchange stands behind the order."""
FORCED = "-Q"


def forced_id(intent_id: str, number: int) -> str:
    """Answer the id of the exit that the broker itself places because nobody squared off."""
    return f"{intent_id}{FORCED}{number}"


def is_forced(order: Order) -> bool:
    """Tell whether the broker itself placed this exit."""
    return order.role is Role.EXIT and order.order_id.rpartition("-")[2].startswith(FORCED[1:])


def carried_in(positions: Mapping[int, Position], fills: Sequence[Fill]) -> tuple[Position, ...]:
    """Answer what was held before the day of `fills` began, in token order; `positions` are those after them.

    A position that the day's fills closed is gone from `positions`: it is told from the fills that closed it.
    """
    held = {token: position.quantity for token, position in positions.items()}
    named = dict(positions)
    for fill in fills:
        held[fill.token] = held.get(fill.token, 0) - fill.signed_quantity
        named.setdefault(
            fill.token, Position(fill.token, fill.symbol, fill.product, 0, 0, fill.intent_id, fill.rule, fill.ts)
        )
    return tuple(replace(named[token], quantity=quantity) for token, quantity in sorted(held.items()) if quantity)


@dataclass(slots=True)
class Recovered:
    """The day as told so far. `heard` is when each order was last reported on; `unheard` names those never reported."""

    tickets: dict[str, Ticket]
    heard: dict[str, int]
    unheard: frozenset[str]
    n_fills: int
    delivered: set[int]

    @classmethod
    def read(
        cls,
        orders: Mapping[str, tuple[Order, OrderMoved | None]],
        fills: Sequence[Fill],
        day: date,
        holdings: Holdings,
    ) -> Recovered:
        """Fold orders and fills, in the order told; `holdings` is moved by the fills.

        Errors: LedgerCorrupt when a fill has no order, or an order's report and its fills disagree on the quantity.
        """
        tickets = {
            order_id: _ticket(order, moved, seq, day) for seq, (order_id, (order, moved)) in enumerate(orders.items())
        }
        for fill in fills:
            _take_in(fill, tickets, holdings)
        for ticket in tickets.values():
            _check(ticket, orders[ticket.order.order_id][1])
            _remember_terms(ticket.order, holdings)
        return cls(
            tickets=tickets,
            heard={order_id: moved.ts for order_id, (_, moved) in orders.items() if moved is not None},
            unheard=frozenset(o for o, (_, moved) in orders.items() if moved is None or moved.status in UNHEARD),
            n_fills=len(fills),
            delivered={fill.token for fill in fills if fill.charges.dp},
        )


def _ticket(order: Order, moved: OrderMoved | None, seq: int, day: date) -> Ticket:
    newest = order if moved is None or moved.order is None else moved.order
    waiting = Status.TRIGGER_PENDING if order.kind in STOPS else Status.OPEN
    status = waiting if moved is None or moved.status in UNHEARD else moved.status
    return Ticket(newest, seq, status, OrderMeter(order.product, order.side, day))


def _take_in(fill: Fill, tickets: dict[str, Ticket], holdings: Holdings) -> None:
    if fill.order_id not in tickets:
        raise LedgerCorrupt(f"fill {fill.trade_id} belongs to order {fill.order_id}, which the journal does not hold")
    ticket = tickets[fill.order_id]
    meter = ticket.meter
    # What the tariff does not make (square-off fee, depository) is not the meter's to repeat or to take back.
    metered: Charges = replace(fill.charges, penalty=0, dp=0)
    ticket.meter = replace(
        meter,
        quantity=meter.quantity + fill.quantity,
        turnover_paise=meter.turnover_paise + value_paise(fill.price, fill.quantity),
        booked=meter.booked + metered,
    )
    ticket.filled += fill.quantity
    holdings.book(ticket.order, fill.quantity)


def _check(ticket: Ticket, moved: OrderMoved | None) -> None:
    told = 0 if moved is None else moved.filled
    if ticket.filled != told and (moved is None or moved.status not in UNHEARD):
        raise LedgerCorrupt(f"{ticket.order.order_id}: its newest report says {told} filled, its fills {ticket.filled}")


def _remember_terms(order: Order, holdings: Holdings) -> None:
    holding = holdings.of(order.parent_id)
    if holding is None or holding.carried:
        return
    if order.role is Role.STOP:
        holding.stop = order.trigger
    elif order.role is Role.TARGET:
        holding.target = order.price
