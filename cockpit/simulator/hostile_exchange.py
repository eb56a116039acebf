"""A tiny exchange under a hostile broker: it takes orders, moves them along a seeded path, and is the truth.

What it holds is what really happened; what the broker's books show of it comes later, in parts, or out of date.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Final

from cockpit.broker_books import BrokerOrder, BrokerPosition, BrokerTrade
from cockpit.clock import NS
from cockpit.errors import NotFound, Rejection
from cockpit.money import Price
from cockpit.orders import Order, OrderKind, Role, Side, Status
from cockpit.simulator.hostile_draws import N_NAMES

STEP_NS: Final = 2 * NS
N_STEPS: Final = 200
N_PATHS: Final = 64
TICK: Final = 5
MS: Final = 1_000_000
FIRST_TOKEN: Final = 101
SYMBOLS: Final = {FIRST_TOKEN + n: f"NAME{n}" for n in range(N_NAMES)}
WORKING: Final = frozenset({Status.SENT, Status.OPEN, Status.TRIGGER_PENDING})


@lru_cache(N_PATHS)
def path(number: int) -> tuple[tuple[Price, ...], ...]:
    """Answer the price of every name at every step, shared by all sessions of one path."""
    dice = random.Random(1_000_003 + number)
    rows = []
    for name in range(N_NAMES):
        price, row = (80_000 + 8_000 * name), []
        for _ in range(N_STEPS):
            row.append(price)
            price += TICK * round(dice.gauss(0, price * 0.0004 / TICK))
        rows.append(tuple(row))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class Bent:
    """How one order is treated beyond the rules: times in ns, 0 where it is treated well."""

    hidden: int = 0
    trade_hidden: int = 0
    slow: int = 0
    rejected_after: int = 0
    filled_after_cancel: int = 0
    parts: int = 1
    shares_trade_id: bool = False


@dataclass(slots=True)
class Ticket:
    """One order as the exchange knows it; `rows` are its book rows with the instant each began to hold."""

    broker_order_id: str
    order: Order
    bent: Bent
    accepted: int
    status: Status
    text: str
    kind: OrderKind
    price: Price
    trigger: Price
    quantity: int
    filled: int = 0
    value: int = 0
    reason: str = ""
    is_late: bool = False
    """Whether shares were filled after the cancel was confirmed."""
    since: list[int] = field(default_factory=list)
    rows: list[BrokerOrder] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Answer how many shares are not filled."""
        return self.quantity - self.filled

    @property
    def is_working(self) -> bool:
        """Tell whether it may fill without anything unusual."""
        return self.status in WORKING


class HostileExchange:
    """Take, change, cancel and match orders; `heard` is called with a ticket after each of its changes."""

    def __init__(
        self,
        now: Callable[[], int],
        at: Callable[..., None],
        start: int,
        number: int,
        heard: Callable[[Ticket], None],
        may_be_late: Callable[[int], bool],
    ) -> None:
        self._now = now
        self._at = at
        self._start = start
        self._path = path(number % N_PATHS)
        self._heard = heard
        self._may_be_late = may_be_late
        self.tickets: list[Ticket] = []
        self.trades: list[BrokerTrade] = []
        self.fills: list[tuple[Ticket, BrokerTrade, int]] = []
        """Every trade with its ticket and the instant from which the trade book shows it."""
        self.net: dict[int, int] = {}
        self.flips: list[str] = []
        """Exits that turned a position round."""

    # -- prices ------------------------------------------------------------------------------------

    def last(self, token: int) -> Price:
        """Answer the newest price of a name."""
        step = min((self._now() - self._start) // STEP_NS, N_STEPS - 1)
        return self._path[token - FIRST_TOKEN][step]

    # -- orders ------------------------------------------------------------------------------------

    def take(self, order: Order, bent: Bent) -> Ticket:
        """Accept an order; it may walk slowly to the market, or be rejected there."""
        waiting = Status.TRIGGER_PENDING if order.trigger else Status.OPEN
        walks = bent.slow or bent.rejected_after
        ticket = Ticket(
            broker_order_id=f"26{len(self.tickets) + 1:06d}",
            order=order,
            bent=bent,
            accepted=self._now(),
            status=Status.SENT if walks else waiting,
            text="PUT ORDER REQ RECEIVED" if walks else waiting.value,
            kind=order.kind,
            price=order.price,
            trigger=order.trigger,
            quantity=order.quantity,
        )
        self.tickets.append(ticket)
        self._changed(ticket)
        if bent.rejected_after:
            self._at(self._now() + bent.rejected_after, self._reject, ticket)
        elif bent.slow:
            self._at(self._now() + bent.slow, self._arrive, ticket)
        else:
            self._at(self._now() + 50 * MS, self.look, ticket)
        return ticket

    def change(
        self,
        broker_order_id: str,
        quantity: int | None,
        price: Price | None,
        trigger: Price | None,
        kind: OrderKind | None,
    ) -> None:
        """Change a resting order.

        Errors: Rejection for one that is over; NotFound for one the broker never had.
        """
        ticket = self._ticket(broker_order_id)
        if not ticket.is_working or (quantity is not None and quantity <= ticket.filled):
            raise Rejection(f"{broker_order_id} is {ticket.text}: cannot be changed", code=400)
        ticket.quantity = quantity or ticket.quantity
        ticket.kind = kind or ticket.kind
        ticket.price = price or ticket.price
        if ticket.kind in (OrderKind.LIMIT, OrderKind.MARKET):
            ticket.trigger = 0
            if ticket.status is Status.TRIGGER_PENDING:
                ticket.status, ticket.text = Status.OPEN, "OPEN"
        else:
            ticket.trigger = trigger or ticket.trigger
            if ticket.status is Status.OPEN:
                ticket.status, ticket.text = Status.TRIGGER_PENDING, "TRIGGER PENDING"
        self._changed(ticket)
        self._at(self._now() + 50 * MS, self.look, ticket)

    def cancel(self, broker_order_id: str) -> None:
        """Cancel a resting order; a late fill may still come, of an entry alone, where `may_be_late` allows it.

        On an exit it could turn a position round whatever anybody did. Errors: as for `change`.
        """
        ticket = self._ticket(broker_order_id)
        if not ticket.is_working:
            raise Rejection(f"{broker_order_id} is {ticket.text}: cannot be cancelled", code=400)
        ticket.status, ticket.text = Status.CANCELLED, "CANCELLED"
        self._changed(ticket)
        if (
            ticket.bent.filled_after_cancel
            and ticket.order.role is Role.ENTRY
            and self._may_be_late(ticket.order.token)
        ):
            self._at(self._now() + ticket.bent.filled_after_cancel, self._fill_late, ticket)

    def step(self) -> None:
        """Let every working order look at the newest price, the oldest first."""
        for ticket in self.tickets:
            if ticket.is_working:
                self.look(ticket)

    def look(self, ticket: Ticket) -> None:
        """Let one order look at the newest price."""
        if ticket.status not in (Status.OPEN, Status.TRIGGER_PENDING):
            return
        side, last = ticket.order.side, self.last(ticket.order.token)
        if ticket.status is Status.TRIGGER_PENDING:
            if (last - ticket.trigger) * side < 0:
                return
            ticket.status, ticket.text = Status.OPEN, "OPEN"
            ticket.kind = OrderKind.MARKET if ticket.kind is OrderKind.STOP else OrderKind.LIMIT
        if ticket.kind is OrderKind.LIMIT and (last - ticket.price) * side > 0:
            return
        part = -(-ticket.order.quantity // ticket.bent.parts)
        self._fill(ticket, min(part, ticket.left), last)

    # -- what the books show -----------------------------------------------------------------------

    def orders(self, at: int) -> tuple[BrokerOrder, ...]:
        """Answer the order book as it stood at an instant, hidden orders left out."""
        return tuple(
            t.rows[bisect_right(t.since, at) - 1]
            for t in self.tickets
            if t.accepted + t.bent.hidden <= at and t.since[0] <= at
        )

    def trade_book(self, at: int) -> tuple[BrokerTrade, ...]:
        """Answer the trade book as it stood at an instant."""
        return tuple(trade for _, trade, shown in self.fills if shown <= at)

    def positions(self, at: int) -> tuple[BrokerPosition, ...]:
        """Answer the net positions at an instant, from the trades shown by then."""
        sums: dict[int, list[int]] = {}
        for trade in self.trade_book(at):
            row = sums.setdefault(trade.token, [0, 0, 0])
            row[0] += trade.quantity * trade.side
            row[1 if trade.side is Side.BUY else 2] += trade.quantity * trade.price
        return tuple(self._position(token, *row) for token, row in sums.items())

    def _position(self, token: int, net: int, bought: int, sold: int) -> BrokerPosition:
        last = self.last(token)
        return BrokerPosition(
            token=token,
            exchange="NSE",
            symbol=SYMBOLS[token],
            product="MIS",
            quantity=net,
            overnight_quantity=0,
            multiplier=Decimal(1),
            average_price=Decimal(0),
            last_price=Decimal(last) / 100,
            buy_value=Decimal(bought) / 100,
            sell_value=Decimal(sold) / 100,
            pnl=Decimal(sold - bought + net * last) / 100,
        )

    # -- what happens to an order ------------------------------------------------------------------

    def _ticket(self, broker_order_id: str) -> Ticket:
        ticket = next((t for t in self.tickets if t.broker_order_id == broker_order_id), None)
        if ticket is None:
            raise NotFound(f"order {broker_order_id!r} does not exist", code=404)
        return ticket

    def _arrive(self, ticket: Ticket) -> None:
        if ticket.status is Status.SENT:
            ticket.status = Status.TRIGGER_PENDING if ticket.trigger else Status.OPEN
            ticket.text = ticket.status.value
            self._changed(ticket)
            self.look(ticket)

    def _reject(self, ticket: Ticket) -> None:
        if ticket.status is Status.SENT:
            ticket.status, ticket.text, ticket.reason = Status.REJECTED, "REJECTED", "RMS: margin exceeds"
            self._changed(ticket)

    def _fill_late(self, ticket: Ticket) -> None:
        if ticket.left:
            ticket.is_late = True
            self._fill(ticket, ticket.left, self.last(ticket.order.token))

    def _fill(self, ticket: Ticket, quantity: int, price: Price) -> None:
        order, now = ticket.order, self._now()
        ticket.filled += quantity
        ticket.value += quantity * price
        if not ticket.left:
            ticket.status, ticket.text = Status.FILLED, "COMPLETE"
        trade = BrokerTrade(
            trade_id=self._trade_id(ticket, is_first=ticket.filled == quantity),
            broker_order_id=ticket.broker_order_id,
            exchange="NSE",
            token=order.token,
            symbol=order.symbol,
            side=order.side,
            product=order.product.value,
            quantity=quantity,
            price=price,
            ts=now,
        )
        self.trades.append(trade)
        self.fills.append((ticket, trade, now + ticket.bent.trade_hidden))
        self._move(ticket, quantity)
        self._changed(ticket)

    def _trade_id(self, ticket: Ticket, *, is_first: bool) -> str:
        if is_first and ticket.bent.shares_trade_id and self.trades:
            newest = self.trades[-1]
            if newest.broker_order_id != ticket.broker_order_id:
                return newest.trade_id  # both legs of a trade with oneself bear one id
        return f"T{len(self.trades) + 1}"

    def _move(self, ticket: Ticket, quantity: int) -> None:
        order = ticket.order
        before = self.net.get(order.token, 0)
        after = self.net[order.token] = before + quantity * order.side
        if order.role is not Role.ENTRY and abs(after) > abs(before):
            self.flips.append(f"{order.role} {order.order_id} turned {order.symbol} from {before} to {after}")

    def _changed(self, ticket: Ticket) -> None:
        now = self._now()
        row = _row(ticket, now)
        if ticket.since and ticket.since[-1] == now:
            ticket.rows[-1] = row
        else:
            ticket.since.append(now)
            ticket.rows.append(row)
        self._heard(ticket)


def _row(ticket: Ticket, now: int) -> BrokerOrder:
    order, is_over = ticket.order, not ticket.is_working
    return BrokerOrder(
        broker_order_id=ticket.broker_order_id,
        parent_id="",
        status=ticket.status,
        status_text=ticket.text,
        reason=ticket.reason,
        tags=(order.tag,),
        token=order.token,
        exchange="NSE",
        symbol=order.symbol,
        side=order.side,
        product=order.product.value,
        kind=ticket.kind.value,
        quantity=ticket.quantity,
        filled=ticket.filled,
        pending=0 if is_over else ticket.left,
        cancelled=ticket.left if is_over and ticket.status is Status.CANCELLED else 0,
        price=ticket.price,
        trigger=ticket.trigger,
        average_price=Decimal(0),
        ts=now,
    )
