"""The orders that work: what each is and has become, beside the compiled row that the matching moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cockpit.orders import Charges, Order, OrderKind, Role, Side, Status
from cockpit.paper.costs import OrderMeter
from cockpit.paper.terms import WORKING, Rows

RANK: Final = {Role.EXIT: 0, Role.STOP: 0, Role.TARGET: 1, Role.ENTRY: 2}
"""What is worse for us matches first."""
NEVER: Final = 2**62
STOPS: Final = (OrderKind.STOP, OrderKind.STOP_LIMIT)
UNPRICED: Final = (OrderKind.MARKET, OrderKind.STOP)
NO_FEE: Final = Charges()


@dataclass(slots=True)
class Ticket:
    """One order with what became of it. `fee` is what its next fill books beside the tariff, once."""

    order: Order
    seq: int
    status: Status
    meter: OrderMeter
    filled: int = 0
    fee: Charges = NO_FEE

    @property
    def left(self) -> int:
        """Answer how much may still fill."""
        return 0 if self.status.is_terminal else self.order.quantity - self.filled

    @property
    def is_triggered(self) -> bool:
        """Tell whether its stop, if it has one, has been reached: that is what OPEN means for a stop order."""
        return self.order.kind in STOPS and self.status is not Status.TRIGGER_PENDING

    @property
    def is_urgent(self) -> bool:
        """Tell whether it must get out now: a market exit, or a protective stop that was reached."""
        if self.order.role not in (Role.EXIT, Role.STOP) or self.order.kind not in UNPRICED:
            return False
        return self.order.kind is OrderKind.MARKET or self.is_triggered


class Resting:
    """Keep tickets that work and their rows side by side; rows are sorted only between frames."""

    def __init__(self) -> None:
        self.rows: Rows = np.zeros(32, dtype=WORKING)
        self._tickets: list[Ticket] = []
        self._at: dict[str, int] = {}
        self.is_untidy = False
        """Set when a ticket changed in a way that moves its place or its urgency."""
        self.urgent: tuple[Ticket, ...] = ()
        self.next_expiry = NEVER

    def __len__(self) -> int:
        return len(self._tickets)

    def __iter__(self) -> Iterator[Ticket]:
        return (ticket for ticket in self._tickets if ticket.left > 0)

    def __getitem__(self, row: int) -> Ticket:
        return self._tickets[row]

    def add(self, ticket: Ticket, slot: int, placed: int, ready: int, expires: int) -> Any:
        """Let `ticket` match from now on; answer its row, for what only some orders carry."""
        if len(self._tickets) == len(self.rows):
            self.rows = np.concatenate([self.rows, np.zeros(len(self.rows), dtype=WORKING)])
        self._at[ticket.order.order_id] = len(self._tickets)
        self.rows[len(self._tickets)] = np.zeros((), dtype=WORKING)
        self._tickets.append(ticket)
        row = self.row(ticket)
        row["seq"], row["slot"], row["side"] = ticket.seq, slot, int(ticket.order.side)
        row["rank"] = RANK[ticket.order.role]
        row["insists"] = ticket.order.role in (Role.EXIT, Role.STOP)
        row["placed"], row["ready"], row["expires"] = placed, ready, expires
        self.write(ticket)
        return row

    def write(self, ticket: Ticket) -> None:
        """Bring the row up to the ticket: what is left, limit, trigger, protection."""
        row = self.row(ticket)
        order = ticket.order
        is_unpriced = order.kind in UNPRICED
        row["left"], row["taken"] = ticket.left, ticket.filled
        row["limit"] = 0 if is_unpriced else order.price
        row["guard"] = order.price if is_unpriced else 0
        row["trigger"] = order.trigger if order.kind in STOPS else 0
        row["triggered"] = ticket.is_triggered
        self.is_untidy = True

    def row(self, ticket: Ticket) -> Any:
        """Answer the row of a ticket that was added and not yet tidied away."""
        return self.rows[self._at[ticket.order.order_id]]

    def end(self, ticket: Ticket) -> None:
        """Take what is left of a ticket from the market; its row goes at the next tidying."""
        self.row(ticket)["left"] = 0
        self.is_untidy = True

    def tidy(self) -> None:
        """Drop what is over and put the rest in the order in which it matches. Only between frames."""
        if not self.is_untidy:
            return
        self.is_untidy = False
        kept = [(t, self.row(t).copy()) for t in self._tickets if t.left > 0]
        kept.sort(key=lambda pair: (RANK[pair[0].order.role], pair[0].seq))
        self._tickets = [ticket for ticket, _ in kept]
        self._at = {ticket.order.order_id: at for at, ticket in enumerate(self._tickets)}
        for at, (_, row) in enumerate(kept):
            self.rows[at] = row
        self.urgent = tuple(t for t in self._tickets if t.is_urgent)
        self.next_expiry = min((int(row["expires"]) for _, row in kept), default=NEVER)

    def side_of(self, token: int, role: Role) -> Side | None:
        """Answer the side of the orders of `role` that work in a name; None when there are none."""
        return next((t.order.side for t in self if t.order.token == token and t.order.role is role), None)

    def exiting(self, token: int) -> int:
        """Answer how much of a name working exits will still close."""
        return sum(t.left for t in self if t.order.token == token and t.order.role is Role.EXIT)
