"""The live broker: real orders over a real broker's door, by a protocol that assumes nothing.

An order is sent once. Only what the broker says ends it; whatever else happens leaves it UNKNOWN, which blocks its name
and is resolved by its tag in the order book, never by a timer. Fills come from the trade book, each once. What must
rest at the broker for a position is asked for as a report, made durable by the dealer, and only then sent.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from cockpit.broker_books import BrokerBooks, BrokerOrder
from cockpit.clock import NS
from cockpit.errors import (
    BadRequest,
    BrokerError,
    CockpitError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejection,
    TokenExpired,
)
from cockpit.live.evidence import Evidence
from cockpit.live.protection import MOST_CHANGES, Need, alarm, is_naked, is_touched, needed, stop_order
from cockpit.live.tickets import Ticket, Tickets
from cockpit.market import Bars, Ticks
from cockpit.money import Price
from cockpit.orders import Fill, Mode, Order, OrderKind, OrderMoved, Product, Report, Role, Status, order_tag
from cockpit.ports import Costs, OrderDoor

AFTER_CLOSE_NS: Final = 300 * NS
"""So long after the close an order that is in no book was never placed: the broker shows late ones within this."""
NAKED_NS: Final = 10 * NS
"""A position may be without a stop at the broker for so long: an order's deadline and a look or two."""
LEAVING_NS: Final = 20 * NS
"""An exit is tried again within this; a new stop in between would stand in its way for ever."""
ALARM_EVERY_NS: Final = 60 * NS


class LiveBroker:
    """Trade one day through `door`; `closes` is when the market does (ns UTC), `account` makes our tags our own.

    `look` reads the broker's books and must be called again and again: every second or two while something works, and
    whenever the broker pushes. `see` must be given the market, for the targets.
    """

    def __init__(self, door: OrderDoor, costs: Costs, now: Callable[[], int], *, account: str, closes: int) -> None:
        self._door = door
        self._now = now
        self._account = account
        self._closes = closes
        self._tickets = Tickets()
        self._evidence = Evidence(self._tickets, costs)
        self._reports: list[Report] = []
        self.is_frozen = False
        """Whether the token died: nothing is asked of the broker until `logged_in`."""

    @property
    def mode(self) -> Mode:
        """Answer whose money this broker moves."""
        return Mode.LIVE

    @property
    def foreign(self) -> Mapping[str, BrokerOrder]:
        """Answer the orders in the broker's book that are not ours, by its id."""
        return self._evidence.foreign

    @property
    def naked(self) -> frozenset[str]:
        """Answer the entries of which something is held that no order at the broker would close."""
        return frozenset(t.order.order_id for t in self._tickets.entries() if is_naked(self._tickets, t))

    # -- orders ------------------------------------------------------------------------------------

    async def place(self, order: Order) -> None:
        """Send a durable order, once.

        Errors: the broker's no on evidence; OutcomeUnknown when it may be live; NotSent for what never left: an exit
        whose stop may still fill or which is larger than what is held, a dead token, a used up pace, a wrong address.
        """
        known = self._tickets.get(order.order_id)
        if known is not None and known.status is not Status.INTENT:
            raise Rejection(f"{order.order_id} was placed before; an order is sent once", code=400)
        _check(order)
        if order.role is Role.EXIT:
            await self._clear_the_way(order)
        ticket = known or Ticket(order, Status.INTENT)
        self._tickets.add(ticket)
        await self._send(ticket)

    async def modify(
        self, order_id: str, *, quantity: int | None = None, price: Price | None = None, trigger: Price | None = None
    ) -> None:
        """Change a resting order.

        Errors: NotFound for an unknown order; Rejection for one that is over, doubtful, or was changed too often.
        """
        ticket = self._known(order_id)
        if ticket.is_over or ticket.is_doubtful or ticket.n_changes >= MOST_CHANGES:
            raise Rejection(f"{order_id} is {ticket.status.value} after {ticket.n_changes} changes: it cannot change")
        await self._change(ticket, quantity=quantity, price=price, trigger=trigger)

    async def cancel(self, order_id: str) -> None:
        """Cancel what is unfilled; it is over only when the broker's book says so.

        An order that is not found at the broker yet is cancelled when it is found.
        """
        ticket = self._known(order_id)
        if not ticket.is_over:
            ticket.wants_cancel = True
            await self._withdraw(ticket)

    def see(self, ticks: Ticks) -> None:
        """Watch the targets of what is held."""
        prices = {int(row["token"]): int(row["last_price"]) for row in ticks}
        self._watch(prices)

    def see_bars(self, bars: Bars) -> None:
        """Watch the targets where no ticks come."""
        self._watch({int(row["token"]): int(row["close"]) for row in bars})

    def reports(self) -> list[Report]:
        """Take what happened since the last call, oldest first."""
        told, self._reports = self._reports, []
        return told

    # -- the broker's books ------------------------------------------------------------------------

    async def look(self) -> None:
        """Read the order book, then the trade book; queue what is new and ask for what must rest at the broker.

        Errors: whatever the broker answers instead of its books; nothing is taken in then.
        """
        await self._read()
        await self._follow()
        self._sound_alarms()
        self._end_of_day()

    async def books(self) -> BrokerBooks:
        """Read all of the broker's books, orders first, and take in what is new of ours."""
        asked = self._now()
        async with self._token():
            orders, trades = tuple(await self._door.orders()), tuple(await self._door.trades())
            positions, holdings = tuple(await self._door.positions()), tuple(await self._door.holdings())
            funds = await self._door.funds()
        self._reports += self._evidence.read(orders, trades)
        return BrokerBooks(asked, self._now(), orders, trades, positions, holdings, funds)

    def logged_in(self) -> None:
        """Go on with a new token."""
        self.is_frozen = False

    def restore(self, orders: Mapping[str, tuple[Order, OrderMoved | None]], fills: Sequence[Fill]) -> None:
        """Put back the day's orders and fills from the journal, into a fresh broker.

        What was written and never reported may be live: it is UNKNOWN, and reported so, until the books say more.
        """
        for order, moved in orders.values():
            ticket = Ticket(order, Status.UNKNOWN if moved is None else moved.status)
            if moved is None or moved.status is Status.INTENT:
                ticket.status = Status.UNKNOWN
                said = "written and never reported: it may be live"
                self._reports.append(OrderMoved(order.order_id, self._now(), Status.UNKNOWN, 0, said))
            elif moved.broker_order_id:
                ticket.broker_id = moved.broker_order_id
            ticket.told_filled = ticket.ended_filled = moved.filled if moved is not None else 0
            self._tickets.add(ticket)
        self._evidence.remember(fills)

    # -- how it is done ----------------------------------------------------------------------------

    async def _read(self) -> None:
        async with self._token():
            orders = await self._door.orders()
            trades = await self._door.trades()
        self._reports += self._evidence.read(orders, trades)

    async def _send(self, ticket: Ticket) -> None:
        order_id = ticket.order.order_id
        ticket.status = Status.UNKNOWN  # from here on only evidence says otherwise
        try:
            async with self._token():
                broker_id = await self._door.send(ticket.order)
        except OutcomeUnknown:
            raise
        except BrokerError as no:
            ticket.status = Status.REJECTED
            if isinstance(no, Rejection | BadRequest):
                raise Rejection(str(no), code=no.code, raw=no.raw) from no
            raise NotSent(str(no), code=no.code, raw=no.raw, remedy=no.remedy) from no
        if not ticket.broker_id:
            self._tickets.identify(ticket, broker_id)
        if ticket.is_doubtful:
            ticket.status = Status.SENT
            self._reports.append(OrderMoved(order_id, self._now(), Status.SENT, 0, broker_order_id=broker_id))

    async def _clear_the_way(self, order: Order) -> None:
        """Take the entry's rest and the stop that an exit would double; see that it is gone and what is then held."""
        entry = self._tickets.get(order.parent_id)
        if entry is None:
            raise Rejection(f"{order.order_id} closes {order.parent_id}, which is no entry of today: close it by hand")
        entry.leaving_until = self._now() + LEAVING_NS
        for ticket in (entry, *self._tickets.below(entry)):
            if not ticket.is_over:
                ticket.wants_cancel = True
                await self._withdraw(ticket)
        try:
            await self._read()
        except CockpitError as fault:
            raise NotSent(f"{order.order_id}: what is held cannot be seen, so nothing was sent: {fault}") from fault
        live = [t.order.order_id for t in self._tickets.below(entry) if not t.is_over]
        if live:
            raise NotSent(f"{', '.join(live)} may still fill: an exit beside it could turn the position")
        held = self._tickets.held(entry)
        if held < order.quantity:
            raise NotSent(f"{held} are held and {order.quantity} were to be closed: the exit is made anew")

    async def _withdraw(self, ticket: Ticket) -> None:
        if ticket.broker_id and not ticket.is_over:
            # Whatever the broker answers, only its book tells whether the order is over; it is asked again until then.
            with contextlib.suppress(BrokerError):
                async with self._token():
                    await self._door.withdraw(ticket.broker_id)

    async def _change(
        self, ticket: Ticket, *, quantity: int | None = None, price: Price | None = None,
        trigger: Price | None = None, kind: OrderKind | None = None,
    ) -> None:  # fmt: skip
        ticket.n_changes += 1
        old = ticket.order
        async with self._token():
            await self._door.change(
                ticket.broker_id, old.token, quantity=quantity, price=price, trigger=trigger, kind=kind
            )
        new = replace(
            old,
            quantity=old.quantity if quantity is None else quantity,
            price=old.price if price is None else price,
            trigger=old.trigger if trigger is None else trigger,
            kind=old.kind if kind is None else kind,
        )
        ticket.order = new
        self._reports.append(
            OrderMoved(
                new.order_id, self._now(), ticket.status, ticket.told_filled, "changed by us", new, ticket.broker_id
            )
        )

    async def _follow(self) -> None:
        """Withdraw what is to go, and bring what rests at the broker in line with what is held."""
        for entry in self._tickets.entries():
            if not entry.is_over and any(child.done for child in self._tickets.below(entry)):
                entry.wants_cancel = True  # what is being left is not entered further
        for ticket in self._tickets:
            if ticket.wants_cancel:
                await self._withdraw(ticket)
        for entry in self._tickets.entries():
            # What could not be changed now is tried again at the next look.
            with contextlib.suppress(BrokerError):
                await self._protect(entry)

    async def _protect(self, entry: Ticket) -> None:
        wish = needed(self._tickets, entry, self._now())
        bracket = entry.order.bracket
        if wish.need is Need.PLACE:
            order = stop_order(self._tickets, entry, wish.quantity, self._now(), self._tag)
            self._tickets.add(Ticket(order, Status.INTENT))
            self._reports.append(OrderMoved(order.order_id, self._now(), Status.INTENT, 0, "protects", order))
        if wish.stop is None or bracket is None:
            return
        if wish.need in (Need.WITHDRAW, Need.RENEW):
            wish.stop.wants_cancel = True
            await self._withdraw(wish.stop)
        elif wish.need is Need.RESIZE:
            await self._change(wish.stop, quantity=wish.quantity)
        elif wish.need is Need.TO_TARGET and bracket.target is not None:
            await self._change(wish.stop, price=bracket.target, kind=OrderKind.LIMIT)
        elif wish.need is Need.TO_STOP:
            await self._change(wish.stop, trigger=bracket.stop, kind=OrderKind.STOP)

    def _watch(self, prices: Mapping[int, int]) -> None:
        for entry in self._tickets.entries():
            price = prices.get(entry.order.token)
            if price is None or self._tickets.held(entry) <= 0:
                continue
            for stop in self._tickets.below(entry):
                if stop.order.role is Role.STOP and not stop.is_over:
                    stop.is_at_target = is_touched(entry, price)

    def _sound_alarms(self) -> None:
        """Say of each position that is without protection for too long, again and again."""
        now = self._now()
        for entry in self._tickets.entries():
            if not is_naked(self._tickets, entry):
                entry.naked_since = entry.alarmed = 0
                continue
            entry.naked_since = entry.naked_since or now
            if now >= entry.naked_since + NAKED_NS and now >= entry.alarmed + ALARM_EVERY_NS:
                entry.alarmed = now
                self._reports.append(alarm(self._tickets, entry, now))

    def _end_of_day(self) -> None:
        now = self._now()
        for ticket in self._tickets:
            # Neither soon after the close nor soon after it was sent: a book may show an order late.
            is_time = now >= max(self._closes, ticket.order.ts) + AFTER_CLOSE_NS
            if is_time and ticket.is_doubtful and not ticket.broker_id:
                ticket.status = Status.LAPSED
                said = "in no book of the broker after the close: it was never placed"
                self._reports.append(OrderMoved(ticket.order.order_id, now, Status.LAPSED, 0, said))

    def _known(self, order_id: str) -> Ticket:
        ticket = self._tickets.get(order_id)
        if ticket is None:
            raise NotFound(f"{order_id} is no order of today")
        return ticket

    def _tag(self, order_id: str) -> str:
        return order_tag(self._account, order_id)

    @contextlib.asynccontextmanager
    async def _token(self) -> AsyncIterator[None]:
        """Ask nothing of a broker whose token is dead, and notice when it dies."""
        if self.is_frozen:
            raise TokenExpired("the token is dead: nothing was asked; log in once")
        try:
            yield
        except TokenExpired:
            self.is_frozen = True
            raise


def _check(order: Order) -> None:
    if order.product is not Product.MIS:
        raise Rejection(f"{order.order_id} is {order.product.value}: live delivery orders are not there yet")
    if order.role is Role.ENTRY and order.bracket is None:
        raise Rejection(f"{order.order_id} has no stop: a live entry without one is never sent")
