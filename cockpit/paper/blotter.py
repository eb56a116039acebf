"""The paper broker's books: each order's ticket, what is held, the children that protect it, and what is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from cockpit.errors import NotFound
from cockpit.market import TradingDay
from cockpit.money import Price
from cockpit.orders import Charges, Fill, Order, OrderMoved, Product, Report, Role, Side, Status
from cockpit.paper.costs import ChargeTable, OrderMeter
from cockpit.paper.floor import Floor
from cockpit.paper.holdings import Holding, Holdings
from cockpit.paper.resting import NO_FEE, STOPS, Resting, Ticket
from cockpit.paper.terms import FillRules

CHILDREN: Final = (Role.STOP, Role.TARGET)


@dataclass(frozen=True, slots=True)
class Strike:
    """One execution as the matching found it; `beyond` is what the model took past the reference price, in paise."""

    quantity: int
    price: Price
    ts: int
    beyond: int
    model: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Birth:
    """The bar in which an entry filled: its stop may be hit in that same bar. `unsure`: it filled somewhere inside."""

    ts_open: int
    unsure: bool


class Blotter:
    """Move tickets, holdings and children together, and note every move for the report.

    Law: in every name, children never add up to more than what is held and not already leaving by an exit. `balance`
    restores it after each event, so no two children can both close the same share.
    """

    def __init__(
        self, day: TradingDay, costs: ChargeTable, rules: FillRules, floor: Floor, now: Callable[[], int]
    ) -> None:
        self.resting = Resting()
        self.holdings = Holdings()
        self.tickets: dict[str, Ticket] = {}
        self.n_fills = 0
        self.fills: list[Fill] = []
        """The day's executions in order: the trade book."""
        self.delivered: set[int] = set()
        self._on: date = day.session.day
        self._costs = costs
        self._latency = max(1, rules.latency_ns)
        self._patience = rules.patience_ns
        self._floor = floor
        self._now = now
        self._reports: list[Report] = []

    def taken(self) -> list[Report]:
        """Take the reports noted since the last call, oldest first."""
        taken, self._reports = self._reports, []
        return taken

    def known(self, order_id: str) -> Ticket:
        """Answer the ticket of an order.

        Errors: NotFound for an id that was never placed today.
        """
        if order_id not in self.tickets:
            raise NotFound(f"order {order_id!r} is not in today's book of {len(self.tickets)} orders", code=404)
        return self.tickets[order_id]

    # -- orders ------------------------------------------------------------------------------------

    def admit(self, order: Order, *, fee: Charges = NO_FEE, reason: str = "") -> None:
        """Let an accepted order work; an exit first takes what stands in its way.

        An order that the broker itself made comes with the `reason` and is told whole, for nobody knows it yet.
        """
        status = Status.TRIGGER_PENDING if order.kind in STOPS else Status.OPEN
        ticket = Ticket(order, len(self.tickets), status, OrderMeter(order.product, order.side, self._on), fee=fee)
        is_exit = order.role is Role.EXIT
        for other in list(self.resting) if is_exit else ():
            if other.order.token == order.token and other.order.role is Role.ENTRY:
                self.end(other, Status.CANCELLED, "the position is being closed")
        self.tickets[order.order_id] = ticket
        row = self.rest(ticket)
        if is_exit:
            row["due"] = row["ready"] + self._patience
            self.balance(order.token, order.ts)
        self.say(ticket, order.ts, reason, order if reason else None)

    def rest(self, ticket: Ticket, heard: int = 0) -> Any:
        """Put a ticket among those that match, not before the instant after it was last `heard` of."""
        order = ticket.order
        slot = self._floor.slot(order.token)
        closes = self._floor.closes(slot)
        row = self.resting.add(
            ticket,
            slot,
            placed=order.ts,
            ready=max(order.ts + self._latency, heard + 1),
            expires=min(order.valid_until or closes, closes),
        )
        row["guard_ts"] = heard if row["guard"] else 0
        self._note_sibling(ticket)
        return row

    def change(self, ticket: Ticket, order: Order) -> None:
        """Give a ticket new terms, already accepted; they are at the exchange after the latency."""
        ts = self._now()
        ticket.order = order
        holding = self.holdings.of(order.parent_id) if order.role in CHILDREN else None
        if holding is not None:
            holding.stop = order.trigger if order.role is Role.STOP else holding.stop
            holding.target = order.price if order.role is Role.TARGET else holding.target
        self.resting.write(ticket)
        self.resting.row(ticket)["ready"] = ts + self._latency
        for other in self.resting:
            self._note_sibling(other)
        self.say(ticket, ts, "changed", order)

    def end(self, ticket: Ticket, status: Status, reason: str, ts: int = 0) -> None:
        """End what is unfilled of a ticket, and say why."""
        if ticket.left:
            self.resting.end(ticket)
        ticket.status = status
        self.say(ticket, ts or self._now(), reason)

    def say(self, ticket: Ticket, ts: int, reason: str = "", order: Order | None = None) -> None:
        """Note how a ticket stands; `order` carries its newest terms where they changed."""
        moved = OrderMoved(ticket.order.order_id, ts, ticket.status, ticket.filled, reason, order)
        self._reports.append(moved)

    # -- fills -------------------------------------------------------------------------------------

    def book(self, ticket: Ticket, strike: Strike) -> None:
        """Book one execution: its charges, its fill, its share of what is held."""
        o = ticket.order
        ticket.filled += strike.quantity
        self.n_fills += 1
        ticket.meter, charges = ticket.meter.fill(self._costs, strike.quantity, strike.price)
        fill = Fill(
            trade_id=f"P{self._on:%Y%m%d}{self.n_fills:06d}",
            order_id=o.order_id,
            intent_id=o.intent_id,
            role=o.role,
            token=o.token,
            symbol=o.symbol,
            side=o.side,
            quantity=strike.quantity,
            price=strike.price,
            ts=strike.ts,
            product=o.product,
            rule=o.rule,
            charges=charges + self._fee(ticket),
            slippage=strike.beyond,
            model=strike.model,
            flags=(*strike.flags, "partial") if ticket.left else strike.flags,
            exchange=self._floor.instruments[self._floor.slot(o.token)].exchange,
        )
        self.holdings.book(o, strike.quantity)
        self.fills.append(fill)
        self._reports.append(fill)
        if not ticket.left:
            ticket.status = Status.FILLED
            self.resting.end(ticket)

    def follow(self, ticket: Ticket, ts: int, birth: Birth | None = None) -> None:
        """Do what a fill entails: children follow what is held, and a child's fill ends the rest of its entry."""
        entry = self.tickets.get(ticket.order.parent_id) if ticket.order.role in CHILDREN else None
        if entry is not None and entry.left:
            self.end(entry, Status.CANCELLED, f"its {ticket.order.role.value.lower()} was filled", ts)
        self.balance(ticket.order.token, ts, birth)

    def _fee(self, ticket: Ticket) -> Charges:
        fee, ticket.fee = ticket.fee, NO_FEE
        o = ticket.order
        is_sale = o.product is Product.CNC and o.side is Side.SELL and o.token not in self.delivered
        if is_sale and any(holding.carried for holding in self.holdings.in_name(o.token)):
            self.delivered.add(o.token)
            fee += self._costs.row(self._on).dp_charge().rounded()
        return fee

    # -- children ----------------------------------------------------------------------------------

    def balance(self, token: int, ts: int, birth: Birth | None = None) -> None:
        """Size the children of a name to what they must cover: make, resize or cancel. Says nothing if all is well."""
        is_halted = ts < self._floor.paused_until
        for holding, cover in self.holdings.uncovered(token, self.resting.exiting(token)):
            for role in CHILDREN:
                self._size(holding, role, 0 if is_halted else cover, ts, birth)

    def balance_all(self, ts: int) -> None:
        """Balance every name in which something is held, in token order."""
        for token in sorted({holding.token for holding in self.holdings}):
            self.balance(token, ts)

    def _size(self, holding: Holding, role: Role, cover: int, ts: int, birth: Birth | None) -> None:
        child = self.child_of(holding.entry_id, role)
        if child is None:
            if cover and holding.price_of(role) and ts < self._floor.closes(self._floor.slot(holding.token)):
                self._bear(holding, role, cover, ts, birth)
        elif not cover:
            why = "an exit closes the position" if holding.left else "the position is closed"
            self.end(child, Status.CANCELLED, why, ts)
        elif child.left != cover:
            child.order = replace(child.order, quantity=child.filled + cover)
            self.resting.write(child)
            self.say(child, ts, f"sized to the {cover} held", child.order)

    def child_of(self, entry_id: str, role: Role) -> Ticket | None:
        """Answer the working child of an entry, None when there is none."""
        return next((t for t in self.resting if t.order.parent_id == entry_id and t.order.role is role), None)

    def _bear(self, holding: Holding, role: Role, cover: int, ts: int, birth: Birth | None) -> None:
        family = (t.order for t in self.tickets.values() if t.order.parent_id == holding.entry_id)
        number = 1 + sum(order.role is role for order in family)
        order = holding.child(role, number, cover, ts)
        status = Status.TRIGGER_PENDING if role is Role.STOP else Status.OPEN
        ticket = Ticket(order, len(self.tickets), status, OrderMeter(order.product, order.side, self._on))
        self.tickets[order.order_id] = ticket
        row = self.rest(ticket)
        if birth is not None:
            row["born"], row["unsure"] = birth.ts_open, birth.unsure
        self.say(ticket, ts, f"made for {holding.entry_id}", order)

    def _note_sibling(self, ticket: Ticket) -> None:
        holding = self.holdings.of(ticket.order.parent_id) if ticket.order.role is Role.STOP else None
        if holding is not None:
            self.resting.row(ticket)["other"] = holding.target
