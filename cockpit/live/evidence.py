"""Reads a real broker's order book and trade book into reports: each change once, each fill once, nothing assumed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cockpit.broker_books import BrokerOrder, BrokerTrade
from cockpit.live.order_states import followed
from cockpit.live.tickets import Ticket, Tickets
from cockpit.orders import Fill, Order, OrderKind, OrderMoved, Report, Role
from cockpit.ports import Costs

LATE: Final = "late"
"""Flag of a fill that came after its order had ended."""


@dataclass(slots=True)
class Evidence:
    """What the broker's books have told of our orders so far."""

    tickets: Tickets
    costs: Costs
    seen: set[tuple[str, str, str, int]] = field(default_factory=set)
    """Keys of the fills that were booked, as ours and in the broker's own ids."""
    foreign: dict[str, BrokerOrder] = field(default_factory=dict)
    """Orders in the broker's book that are not ours, by its id: made by hand, or a second one under one of our tags."""

    def read(self, orders: Sequence[BrokerOrder], trades: Sequence[BrokerTrade]) -> list[Report]:
        """Answer what is new in the books, fills after the states of their orders, oldest first."""
        reports: list[Report] = []
        for row in orders:
            ticket = self._owner(row)
            if ticket is not None:
                reports += self._moved(ticket, row)
        # An exit may fill within the same second as its entry; the entry comes first, or the account would flip.
        for ticket, trade in sorted(
            self._news(trades), key=lambda row: (row[1].ts, row[0].order.role is not Role.ENTRY)
        ):
            reports += self._filled(ticket, trade)
        return reports

    def remember(self, fills: Iterable[Fill]) -> None:
        """Take in the fills that the journal has."""
        for fill in fills:
            ticket = self.tickets.get(fill.order_id)
            if ticket is not None:
                self.tickets.book(ticket, fill)
            self.seen.add(fill.key)

    def _news(self, trades: Sequence[BrokerTrade]) -> list[tuple[Ticket, BrokerTrade]]:
        """Answer the trades of our orders that are not booked yet."""
        owned = ((self.tickets.of_broker(trade.broker_order_id), trade) for trade in trades)
        return [(t, trade) for t, trade in owned if t is not None and _key(t, trade) not in self.seen]

    def _owner(self, row: BrokerOrder) -> Ticket | None:
        ticket = self.tickets.of_broker(row.broker_order_id)
        if ticket is not None:
            return ticket
        ticket = next((t for t in map(self.tickets.of_tag, row.tags) if t is not None), None)
        if ticket is None or ticket.broker_id:
            self.foreign[row.broker_order_id] = row
            return None
        self.tickets.identify(ticket, row.broker_order_id)
        return ticket

    def _moved(self, ticket: Ticket, row: BrokerOrder) -> list[Report]:
        more = row.filled > ticket.told_filled
        is_stop = ticket.order.kind is OrderKind.STOP
        status = followed(ticket.status, row.status, filled_more=more, may_wait_again=is_stop)
        terms = _terms(ticket, row)
        if status is None and terms is None:
            return []
        said = f"a fill came after it was {ticket.status.value}" if ticket.has_ended and more else ""
        status = ticket.status if status is None else status
        if not ticket.has_ended:
            ticket.ended_filled = max(row.filled, ticket.told_filled)
        ticket.status, ticket.told_filled = status, max(row.filled, ticket.told_filled)
        if terms is not None:
            ticket.order = terms
        moved = row.moved(ticket.order.order_id)
        reason = "; ".join(words for words in (said, moved.reason) if words)
        return [replace(moved, status=status, filled=ticket.told_filled, reason=reason, order=terms)]

    def _filled(self, ticket: Ticket, trade: BrokerTrade) -> list[Report]:
        order = ticket.order
        key = _key(ticket, trade)
        if key in self.seen or self._is_ahead(ticket, trade.quantity):
            return []
        self.seen.add(key)
        # Said by the order book first or, where that lags, seen here first: more was filled than at its end.
        is_late = ticket.has_ended and ticket.filled + trade.quantity > ticket.ended_filled
        reports: list[Report] = []
        if is_late and ticket.filled + trade.quantity > ticket.told_filled:
            said = f"a fill came after it was {ticket.status.value}"
            filled = ticket.filled + trade.quantity
            moved = OrderMoved(order.order_id, trade.ts, ticket.status, filled, said, None, ticket.broker_id)
            reports.append(moved)
        flags = (LATE,) if is_late else ()
        charges = ticket.booked(trade.quantity, trade.price, self.costs, trade.ts)
        reports.append(
            Fill(
                trade.trade_id, order.order_id, order.intent_id, order.role, trade.token, order.symbol, trade.side,
                trade.quantity, trade.price, trade.ts, order.product, order.rule, charges,
                flags=flags, exchange=trade.exchange,
            )
        )  # fmt: skip
        return reports

    def _is_ahead(self, ticket: Ticket, quantity: int) -> bool:
        """Tell whether an exit's fill is in the trade book before the entry's: it waits, or the account would flip."""
        entry = self.tickets.get(ticket.order.parent_id)
        if entry is None:
            return False
        return quantity > entry.filled - sum(t.filled for t in self.tickets.below(entry))


def _key(ticket: Ticket, trade: BrokerTrade) -> tuple[str, str, str, int]:
    """Answer what makes a trade unique, as ours."""
    return (trade.exchange, trade.trade_id, ticket.order.order_id, int(trade.side))


def _terms(ticket: Ticket, row: BrokerOrder) -> Order | None:
    """Answer an order's terms where the book has another quantity than we know: a change whose answer was lost.

    The kind is not compared: a protected market order comes back as a limit.
    """
    if ticket.is_over or ticket.order.role is not Role.STOP or row.quantity in (ticket.order.quantity, 0):
        return None
    return replace(ticket.order, quantity=row.quantity)
