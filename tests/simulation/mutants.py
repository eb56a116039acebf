"""Bugs planted on purpose into the real core, one small patch each: the hostile world must catch every one.

`python -m tests.simulation.mutants` prints the first seed that shows each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cockpit.broker_books import BrokerOrder, BrokerTrade
from cockpit.clock import ist_day
from cockpit.engine.dealer import Dealer
from cockpit.errors import LedgerDown, OutcomeUnknown, Rejection
from cockpit.facts import Halt, HaltMoved, JournalFact, OrderPlaced
from cockpit.live.broker import LiveBroker
from cockpit.live.evidence import Evidence
from cockpit.live.tickets import Ticket
from cockpit.orders import Fill, Intent, Order, OrderMoved, Report, Status
from cockpit.paper.costs import ChargeTable
from cockpit.ports import RiskView
from cockpit.promises_core import ACCOUNT, BY, DeskCore
from cockpit.promises_page import Planted
from cockpit.promises_run import parts_of, tried
from cockpit.simulator.world_ports import Push, Surroundings
from cockpit.storage.projections import rebuilt

PATIENCE_NS = 12_000_000_000


def made(
    around: Surroundings,
    costs: ChargeTable,
    *,
    core: type[DeskCore] = DeskCore,
    broker: type[LiveBroker] = LiveBroker,
    dealer: type[Dealer] = Dealer,
    door: Callable[[Any], Any] = lambda door: door,
) -> DeskCore:
    """Make one life of the core with some of its parts exchanged."""
    real = broker(door(around.door), costs, around.clock.now, account=ACCOUNT, closes=around.closes)
    return core(around, rebuilt(around.ledger), real, costs, dealer)


def bug(name: str, promise: int, **parts: Any) -> Planted:
    """Plant a bug."""
    return Planted(name, promise, lambda: parts_of(name, lambda around, costs: made(around, costs, **parts)))


# -- the door --------------------------------------------------------------------------------------


class Doorway:
    """Pass everything on to the real door."""

    def __init__(self, door: Any) -> None:
        self.door = door

    def __getattr__(self, name: str) -> Any:
        return getattr(self.door, name)


class RetryingDoor(Doorway):
    async def send(self, order: Order) -> str:
        try:
            return await self.door.send(order)
        except OutcomeUnknown:
            return await self.door.send(order)


class HopefulDoor(Doorway):
    async def send(self, order: Order) -> str:
        try:
            return await self.door.send(order)
        except OutcomeUnknown as doubt:
            raise Rejection(str(doubt), code=doubt.code) from doubt


# -- the broker ------------------------------------------------------------------------------------


class EarlyAbsent(LiveBroker):
    async def look(self) -> None:
        await super().look()
        for ticket in self._tickets:
            is_old = self._now() - ticket.order.ts > PATIENCE_NS
            if ticket.status is Status.UNKNOWN and not ticket.broker_id and is_old:
                ticket.status = Status.REJECTED
                said = "not in the book after two clean looks"
                self._reports.append(OrderMoved(ticket.order.order_id, self._now(), Status.REJECTED, 0, said))


class Misreading(LiveBroker):
    """Read the broker's books by another evidence than the real one."""

    evidence: type[Evidence] = Evidence

    def __init__(self, door: Any, costs: ChargeTable, now: Callable[[], int], *, account: str, closes: int) -> None:
        super().__init__(door, costs, now, account=account, closes=closes)
        self._evidence = self.evidence(self._tickets, costs)


class EveryFillIsNew(Evidence):
    n_reads = 0

    def read(self, orders: Any, trades: Any) -> list[Report]:
        self.n_reads += 1  # fills get a name of this reading, so neither account nor ledger can know them again
        return super().read(orders, [replace(t, trade_id=f"{t.trade_id}/{self.n_reads}") for t in trades])


class NoDedup(Misreading):
    evidence = EveryFillIsNew


class KnowsOnlyThisLife(Evidence):
    life = ""

    def remember(self, fills: Any) -> None:
        self.life = f"/{len(fills)}" if fills else ""
        super().remember(fills)

    def read(self, orders: Any, trades: Any) -> list[Report]:
        return super().read(orders, [replace(t, trade_id=t.trade_id + self.life) for t in trades])


class MemoryDedup(Misreading):
    evidence = KnowsOnlyThisLife


class OneOrderATrade(Evidence):
    def _filled(self, ticket: Ticket, trade: BrokerTrade) -> list[Report]:
        is_known = any(trade_id == trade.trade_id for _, trade_id, _, _ in self.seen)
        return [] if is_known else super()._filled(ticket, trade)


class DedupByTradeId(Misreading):
    evidence = OneOrderATrade


class OverIsOver(Evidence):
    def _filled(self, ticket: Ticket, trade: BrokerTrade) -> list[Report]:
        is_over = ticket.status in (Status.CANCELLED, Status.REJECTED)
        return [] if is_over else super()._filled(ticket, trade)


class NoLateFills(Misreading):
    evidence = OverIsOver


class RoundsByFill(Evidence):
    def _filled(self, ticket: Ticket, trade: BrokerTrade) -> list[Report]:
        shares, turnover, charged = ticket.filled, ticket.turnover, ticket.charged
        reports = super()._filled(ticket, trade)
        if reports and isinstance(reports[-1], Fill):
            order = ticket.order
            value = trade.quantity * trade.price
            alone = self.costs.order_charges(order.product, order.side, trade.quantity, value, ist_day(trade.ts))
            reports[-1] = replace(reports[-1], charges=alone)
            assert (ticket.filled, ticket.turnover) == (shares + trade.quantity, turnover + value), charged
        return reports


class ChargesByFill(Misreading):
    evidence = RoundsByFill


class AnyRowIsNews(Evidence):
    def _moved(self, ticket: Ticket, row: BrokerOrder) -> list[Report]:
        if (row.status, row.filled) == (ticket.status, ticket.told_filled):
            return []
        ticket.status, ticket.told_filled = row.status, row.filled
        return [row.moved(ticket.order.order_id)]


class BelievesAnyBook(Misreading):
    evidence = AnyRowIsNews


class NoReconcile(LiveBroker):
    def restore(self, orders: Mapping[str, tuple[Order, OrderMoved | None]], fills: Sequence[Fill]) -> None:
        known = {i: (o, m) for i, (o, m) in orders.items() if m is not None and m.status is not Status.UNKNOWN}
        super().restore(known, fills)


class CancelIsOver(LiveBroker):
    async def cancel(self, order_id: str) -> None:
        await super().cancel(order_id)
        ticket = self._known(order_id)
        if not ticket.is_over:
            ticket.status = Status.CANCELLED
            moved = OrderMoved(order_id, self._now(), Status.CANCELLED, ticket.told_filled, "cancel was accepted")
            self._reports.append(moved)


class SilentlyNaked(LiveBroker):
    async def _protect(self, entry: Ticket) -> None: ...

    def _sound_alarms(self) -> None: ...


class ExitsBesideStops(LiveBroker):
    async def _clear_the_way(self, order: Order) -> None: ...


# -- the dealer ------------------------------------------------------------------------------------


class WritesAfterwards(Dealer):
    async def place(self, order: Order) -> None:
        fault: Exception | None = None
        try:
            await self._broker.place(order)
        except Exception as said:
            fault = said
        await self.keep(OrderPlaced(order))
        if fault is not None:
            is_no = isinstance(fault, Rejection)
            await self.keep(self._moved(order, Status.REJECTED if is_no else Status.UNKNOWN, str(fault)))
        await self.settle()


class SendsWithoutDisk(Dealer):
    async def keep(self, *facts: JournalFact) -> None:
        try:
            await super().keep(*facts)
        except LedgerDown:
            for fact in facts:
                self._books.apply(fact)


class SendsUnderHalt(Dealer):
    _is_halted = property(lambda self: False)  # type: ignore[assignment]


class NoPace(Dealer):
    async def _turn(self) -> None: ...


class KillsOnPaper(Dealer):
    async def enforce(self) -> None: ...


# -- the desk --------------------------------------------------------------------------------------


class CapIgnoresInflight(DeskCore):
    def view(self, intent: Intent) -> RiskView:
        held = sum(abs(p.cost_paise) for p in self.books.account.positions.values())
        return replace(super().view(intent), gross_paise=held)


class UnknownIsNothing(DeskCore):
    def view(self, intent: Intent) -> RiskView:
        view, orders = super().view(intent), self.books.orders()
        unknown = [o for o in view.working if (m := orders[o.order_id][1]) is None or m.status is Status.UNKNOWN]
        value = sum(o.quantity * (o.trigger or o.price or intent.entry) for o in unknown)
        working = tuple(o for o in view.working if o not in unknown)
        return replace(view, working=working, gross_paise=max(0, view.gross_paise - value))


class CapInMemory(DeskCore):
    mine = 0

    def view(self, intent: Intent) -> RiskView:
        return replace(super().view(intent), gross_paise=self.mine)

    async def want(self, intent: Intent, quantity: int) -> None:
        before = intent.intent_id in self.books.orders()
        await super().want(intent, quantity)
        if not before and intent.intent_id in self.books.orders():
            self.mine += intent.entry * quantity


class KillForgotten(DeskCore):
    is_pressed = False

    def view(self, intent: Intent) -> RiskView:
        view = super().view(intent)
        return view if self.is_pressed else replace(view, halt=Halt.NONE)

    async def halt(self, level: Halt) -> None:
        self.is_pressed = True
        await super().halt(level)


class KillRace(DeskCore):
    async def halt(self, level: Halt) -> None:
        await self.dealer.keep(HaltMoved(self.around.clock.now(), level, BY, "pressed by the plan"))
        await super().halt(level)


class DoubleClick(DeskCore):
    def knows(self, intent: Intent) -> bool:
        return False


class PushesOnly(DeskCore):
    async def hear(self, push: Push) -> None:
        self.broker._reports += self.broker._evidence.read(  # type: ignore[attr-defined]
            [push.order], [push.trade] if push.trade else []
        )
        async with self.lane:
            await self.dealer.settle()


class NoPoll(PushesOnly):
    async def beat(self) -> None:
        self.is_proved = True
        async with self.lane:
            await self.dealer.settle()
            await self.dealer.enforce()


class OpensUnproved(DeskCore):
    async def start(self) -> None:
        self.is_proved = True
        await super().start()


PLANTED = (
    bug("blind_retry", 1, door=RetryingDoor),
    bug("early_absent", 3, broker=EarlyAbsent),
    bug("timeout_is_fail", 3, door=HopefulDoor),
    bug("cancel_is_over", 3, broker=CancelIsOver),
    bug("any_book_is_news", 3, broker=BelievesAnyBook),
    bug("intent_after_send", 2, dealer=WritesAfterwards),
    bug("cap_ignores_inflight", 4, core=CapIgnoresInflight),
    bug("unknown_is_nothing", 4, core=UnknownIsNothing),
    bug("cap_in_memory", 4, core=CapInMemory),
    bug("no_dedup", 5, broker=NoDedup),
    bug("memory_dedup", 5, broker=MemoryDedup),
    bug("dedup_by_trade_id", 5, broker=DedupByTradeId),
    bug("no_late_fills", 5, broker=NoLateFills),
    bug("trust_push", 5, core=PushesOnly),
    bug("no_poll", 5, core=NoPoll),
    bug("charges_by_fill", 7, broker=ChargesByFill),
    bug("no_reconcile", 8, broker=NoReconcile),
    bug("no_pace", 10, dealer=NoPace),
    bug("naked_in_silence", 11, broker=SilentlyNaked),
    bug("exit_beside_stop", 12, broker=ExitsBesideStops),
    bug("sends_without_disk", 16, dealer=SendsWithoutDisk),
    bug("kill_race", 32, core=KillRace, dealer=SendsUnderHalt),
    bug("kill_on_paper", 32, dealer=KillsOnPaper),
    bug("kill_forgotten_on_restart", 32, core=KillForgotten, dealer=SendsUnderHalt),
    bug("double_click", 1, core=DoubleClick),
)


def main() -> None:
    for planted in PLANTED:
        caught = tried(planted)
        print(
            f"{planted.name:<28} {caught.seed if caught.seed is not None else 'GOT AWAY':>8}  {caught.code}", flush=True
        )


if __name__ == "__main__":
    main()
