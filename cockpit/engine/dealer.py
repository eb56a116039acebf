"""The dealer: orders go out, reports come back, and every step is written before it is told."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Final

from cockpit.bus import Bus
from cockpit.clock import NS, Clock, monotonic_ns
from cockpit.engine.exits import doubtful_stops, exit_order, to_cancel
from cockpit.engine.risk.exposure import orders_sent
from cockpit.engine.risk.order_rate import is_spent
from cockpit.engine.waiting import Pace, WaitingExits
from cockpit.errors import BadInput, LedgerDown, NotPermitted, NotSent, Rejection
from cockpit.facts import ExitAsked, FillBooked, Halt, HaltMoved, Incident, JournalFact, OrderChanged, OrderPlaced
from cockpit.orders import Fill, Order, OrderMoved, Report, Role, Status
from cockpit.ports import Books, Broker, Ledger

HOUSE: Final = "the house"
"""Who halted or squared off when no person did."""
GOES_ON: Final = "Look at the named place; trading goes on where it can."


class Dealer:
    """Stand between the lane and the broker. Nothing here decides what to trade; nothing here is unwritten."""

    def __init__(self, clock: Clock, broker: Broker, ledger: Ledger, books: Books, bus: Bus) -> None:
        self._clock = clock
        self._broker = broker
        self._ledger = ledger
        self._books = books
        self._bus = bus
        self._pace: Pace | None = None
        self._waiting = WaitingExits()
        self.ledger_ms = math.nan
        """How long the newest write took to become durable."""

    # -- write, then tell --------------------------------------------------------------------------

    async def keep(self, *facts: JournalFact) -> None:
        """Make facts durable, take them into the books, then tell them, in that order.

        A caller who is cancelled meanwhile is let go only afterwards: a fact that is durable is also in the books.
        Errors: LedgerDown; then nothing was taken in and nothing told.
        """
        began = monotonic_ns()
        is_cancelled = await self._written(facts)
        self.ledger_ms = (monotonic_ns() - began) / NS * 1000
        for fact in facts:
            self._books.apply(fact)
        for fact in facts:
            self._bus.tell(fact)
        if is_cancelled:
            raise asyncio.CancelledError

    async def _written(self, facts: Sequence[JournalFact]) -> bool:
        writing = asyncio.ensure_future(self._ledger.write(*facts))
        is_cancelled = False
        while not writing.done():
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                is_cancelled = True
        writing.result()
        return is_cancelled

    async def note(self, where: str, what: str) -> None:
        """Write that something went wrong and was survived."""
        await self.keep(Incident(self._clock.now(), where, what, GOES_ON))

    # -- place, cancel, settle ---------------------------------------------------------------------

    async def place(self, order: Order) -> None:
        """Wait for a place in the second, write an order, send it once, and write what is known of it then."""
        await self._turn()
        await self.keep(OrderPlaced(order))
        await self._send(order)
        await self.settle()

    async def _send(self, order: Order) -> None:
        if order.role is Role.ENTRY and self._is_halted:  # a halt may be written while the order was
            await self.keep(self._moved(order, Status.CANCELLED, f"never left us: {self._halt_words}"))
            return
        try:
            await self._broker.place(order)
        except NotSent as no:
            await self.keep(self._moved(order, Status.CANCELLED, f"never left us: {no}"))
            await self._not_sent(order, no)
        except Rejection as no:
            await self.keep(self._moved(order, Status.REJECTED, no.raw or str(no)))
            if order.role is Role.STOP:
                # What cannot be protected is not held: the exit is sized by what is, and can only reduce.
                await self.note("broker", f"{order.order_id}: the stop was refused ({no}); its position is closed")
                await self.flatten((order.token,), HOUSE, "its stop was refused")
        except Exception as fault:  # whatever else went wrong, the order may be live
            await self._doubted(order, fault)

    async def _turn(self) -> None:
        if self._pace is None:
            self._pace = Pace(self._clock, (order.ts for order, _ in self._books.orders().values()))
        await self._pace.turn()

    async def _not_sent(self, order: Order, no: NotSent) -> None:
        if order.role is Role.EXIT:
            is_broken = no.__cause__ is not None
            await self._put_off(order, HOUSE, "an exit that never left is made anew", str(no), is_broken=is_broken)
        if isinstance(cause := no.__cause__, NotPermitted):
            # Every further order would meet the same no: the registered address, the plan or the key is wrong.
            await self.halt(Halt.ENTRIES, "BROKER", f"{cause} {cause.remedy}")

    async def _put_off(self, order: Order, by: str, reason: str, why: str, *, is_broken: bool = False) -> None:
        if self._waiting.put_off(order.token, by, reason, self._clock.now(), is_broken=is_broken):
            await self.note("exit", f"{order.symbol}: the exit waits and is tried again: {why}")

    async def _doubted(self, order: Order, fault: Exception) -> None:
        said = f"{type(fault).__name__}: {fault}"
        await self.keep(self._moved(order, Status.UNKNOWN, said))
        await self.note("broker", f"{order.order_id}: {said}")

    async def cancel(self, order_ids: Sequence[str]) -> None:
        """Ask the broker to cancel; what it says about it arrives as reports."""
        for order_id in order_ids:
            try:
                await self._broker.cancel(order_id)
            except Exception as fault:
                await self.note("broker", f"cancel of {order_id}: {type(fault).__name__}: {fault}")
        await self.settle()

    async def settle(self) -> None:
        """Book what the broker has reported, each fill once."""
        reports = self._broker.reports()
        facts, breaks = self._booked(reports)
        if facts:
            await self.keep(*facts)
        # What a broker asks to have placed for a position is durable now; only now is it sent.
        wished = [r.order for r in reports if isinstance(r, OrderMoved) and r.status is Status.INTENT and r.order]
        for order in wished:
            await self._turn()
            await self._send(order)
        if breaks:
            # A fill the account cannot take is a break between us and the broker: nothing more is opened on it.
            await self.halt(Halt.CANCEL, "RECONCILE", f"cannot be booked: {'; '.join(breaks)}")
        alarms = [r for r in reports if isinstance(r, OrderMoved) and r.is_alarm]
        for alarm in alarms:
            await self._sound(alarm)
        if wished or alarms:
            await self.settle()
            return
        for token, waiting in self._waiting.taken(self._clock.now()):
            await self.flatten((token,), waiting.by, waiting.reason)

    async def _sound(self, alarm: OrderMoved) -> None:
        """Open nothing more while a position is without protection, and close that position."""
        order, _ = self._books.orders()[alarm.order_id]
        await self.note("protection", alarm.reason)
        await self.halt(Halt.ENTRIES, "PROTECTION", alarm.reason)
        await self.flatten((order.token,), HOUSE, "it is without protection")

    def _booked(self, reports: Sequence[Report]) -> tuple[list[JournalFact], list[str]]:
        # The fills are tried one after the other on one account, as the books will take them in: a fill that is
        # durable and cannot be folded would make the journal unreadable for ever.
        account, facts, breaks = self._books.account, list[JournalFact](), list[str]()
        for report in reports:
            if not isinstance(report, Fill):
                facts.append(OrderChanged(report))
                continue
            try:
                after = account.book(report)
            except BadInput as fault:
                breaks.append(str(fault))
                continue
            if after is not account:
                account = after
                facts.append(FillBooked(report))
        return facts, breaks

    # -- exits and halts ---------------------------------------------------------------------------

    async def flatten(self, tokens: Sequence[int], by: str, reason: str) -> int:
        """Close the positions of `tokens` at the market and answer how many exits were sent, or wait to be.

        Each position gets one exit at a time; its resting children go first, at the broker. While a stop of it may or
        may not be live, or no order has room, the exit waits: it is tried again when reports are settled.
        """
        n_sent, now = 0, self._clock.now()
        for token in tokens:
            order = exit_order(self._books, token, now, self.account_name)
            if order is None:
                self._waiting.done(token)
                continue
            n_sent += 1
            if why := await self._kept_back(order, now):
                await self._put_off(order, by, reason, why)
                continue
            order = exit_order(self._books, token, now, self.account_name)
            if order is None:  # what was settled meanwhile closed it, or sent the exit that was waiting
                continue
            await self.keep(ExitAsked(now, token, order.symbol, by, reason))
            await self.place(order)
            self._waiting.sent(token)
        return n_sent

    async def _kept_back(self, order: Order, now: int) -> str:
        """Answer why an exit must wait; empty when nothing keeps it back."""
        if is_spent(sent := orders_sent(self._books, now)):
            return f"{sent[0]} orders left within a minute and {sent[1]} today, no more are allowed"
        if doubtful := doubtful_stops(self._books, order):
            await self.cancel(doubtful)
            if doubtful_stops(self._books, order):
                return f"{', '.join(doubtful)} may be live and could turn the position"
        return ""

    async def halt(self, level: Halt, by: str, reason: str) -> None:
        """Halt to `level`, durable before it has effect; a halt can only rise here."""
        before = self._books.halt
        if before is None or level > before.level:
            await self.keep(HaltMoved(self._clock.now(), level, by, reason))
        await self.enforce()

    async def enforce(self) -> None:
        """Do what the halt in force demands, again and again: a late fill or a refused exit must not outlive it."""
        halted = self._books.halt
        if halted is None or halted.level < Halt.CANCEL:
            return
        if waiting := to_cancel(self._books):
            await self.cancel(waiting)
        if halted.level >= Halt.FLATTEN:
            await self.flatten(tuple(self._books.account.positions), halted.by, halted.reason)

    @property
    def _is_halted(self) -> bool:
        return self._books.halt is not None and self._books.halt.level >= Halt.ENTRIES

    @property
    def _halt_words(self) -> str:
        halted = self._books.halt
        return f"halted by {halted.by}: {halted.reason}" if halted is not None else ""

    @property
    def account_name(self) -> str:
        """Answer the account's name, which makes order tags its own.

        Errors: LedgerDown when the journal has no first fact yet.
        """
        genesis = self._books.genesis
        if genesis is None:
            raise LedgerDown("the ledger has no genesis: open it before the day")
        return genesis.account

    def _moved(self, order: Order, status: Status, reason: str) -> OrderChanged:
        return OrderChanged(OrderMoved(order.order_id, self._clock.now(), status, 0, reason))
