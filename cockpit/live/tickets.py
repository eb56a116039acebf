"""What is known of each order of the day: its newest terms, its state on evidence, and what was booked of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cockpit.clock import ist_day
from cockpit.money import value_paise
from cockpit.orders import Charges, Fill, Order, Role, Status
from cockpit.ports import Costs


@dataclass(slots=True)
class Ticket:
    """One order of ours. It changes by evidence alone: what the broker answered or what stands in its books."""

    order: Order
    status: Status
    broker_id: str = ""
    filled: int = 0
    """Booked from the trade book."""
    told_filled: int = 0
    """What the order book says, which may be ahead of or behind the trade book."""
    ended_filled: int = 0
    """What the order book said was filled when it ended; more than that came late."""
    turnover: int = 0
    charged: Charges = field(default_factory=Charges)
    n_changes: int = 0
    wants_cancel: bool = False
    is_at_target: bool = False
    naked_since: int = 0
    """Since when what is held of it is without protection, ns UTC; 0 while it has some."""
    leaving_until: int = 0
    """Until when no new stop is made for it, because an exit waits for the last one to be gone, ns UTC."""
    alarmed: int = 0
    """When that was said last."""

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is expected of it; a fill may come all the same."""
        return self.status.is_terminal

    @property
    def done(self) -> int:
        """Answer how much of it is filled by either book: the trade book may lag behind the order book, or lead it."""
        return max(self.filled, self.told_filled)

    @property
    def has_ended(self) -> bool:
        """Tell whether it ended before it was filled; what fills then comes late."""
        return self.status in (Status.CANCELLED, Status.REJECTED, Status.LAPSED)

    @property
    def is_doubtful(self) -> bool:
        """Tell whether it may be live without our knowing: sent or about to be, and not seen at the broker."""
        return self.status in (Status.INTENT, Status.UNKNOWN)

    @property
    def left(self) -> int:
        """Answer how much of it may still fill."""
        return self.order.quantity - self.done

    def booked(self, quantity: int, price: int, costs: Costs, ts: int) -> Charges:
        """Take in one fill and answer the charges it adds; over an order they sum to its own, to the paisa."""
        self.filled += quantity
        self.turnover += value_paise(price, quantity)
        due = costs.order_charges(self.order.product, self.order.side, self.filled, self.turnover, ist_day(ts))
        added = due - self.charged
        self.charged = due
        return added


class Tickets:
    """The day's orders, found by our id, by the broker's and by the tag; in the order they were made."""

    def __init__(self) -> None:
        self._by_id: dict[str, Ticket] = {}
        self._by_broker_id: dict[str, Ticket] = {}
        self._by_tag: dict[str, Ticket] = {}
        self._entries: dict[str, Ticket] = {}
        self._below: dict[str, list[Ticket]] = {}

    def __iter__(self) -> Iterator[Ticket]:
        return iter(tuple(self._by_id.values()))

    def get(self, order_id: str) -> Ticket | None:
        """Answer the order of our id."""
        return self._by_id.get(order_id)

    def of_broker(self, broker_id: str) -> Ticket | None:
        """Answer the order that the broker knows by `broker_id`."""
        return self._by_broker_id.get(broker_id)

    def of_tag(self, tag: str) -> Ticket | None:
        """Answer the order that bears `tag`."""
        return self._by_tag.get(tag)

    def add(self, ticket: Ticket) -> None:
        """Take in an order; one that is known already changes nothing."""
        order = ticket.order
        if order.order_id in self._by_id:
            return
        self._by_id[order.order_id] = ticket
        if order.role is Role.ENTRY:
            self._entries[order.order_id] = ticket
        else:
            self._below.setdefault(order.parent_id, []).append(ticket)
        self._by_tag[order.tag] = ticket
        if ticket.broker_id:
            self._by_broker_id[ticket.broker_id] = ticket

    def identify(self, ticket: Ticket, broker_id: str) -> None:
        """Learn the broker's id of an order."""
        ticket.broker_id = broker_id
        self._by_broker_id[broker_id] = ticket

    def entries(self) -> tuple[Ticket, ...]:
        """Answer the entries."""
        return tuple(self._entries.values())

    def below(self, entry: Ticket) -> tuple[Ticket, ...]:
        """Answer the stops and exits of an entry, oldest first."""
        return tuple(self._below.get(entry.order.order_id, ()))

    def held(self, entry: Ticket) -> int:
        """Answer how much of an entry is still open, unsigned."""
        return entry.done - sum(ticket.done for ticket in self.below(entry))

    def book(self, ticket: Ticket, fill: Fill) -> None:
        """Take in a fill that the journal has already."""
        ticket.filled += fill.quantity
        ticket.turnover += value_paise(fill.price, fill.quantity)
        ticket.charged += fill.charges
