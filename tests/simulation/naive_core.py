"""The naive design, as a baseline: it sends again in doubt, books what is pushed, gives orders up by a timer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from cockpit.clock import NS, ist_day
from cockpit.engine.exits import entry_order, exit_order
from cockpit.errors import BadInput, Rejection
from cockpit.facts import DayOpened, FillBooked, Genesis, Halt, HaltMoved, IntentMade, OrderChanged, OrderPlaced
from cockpit.orders import Charges, Fill, Intent, Mode, Order, OrderMoved, Proposal, Role, Status
from cockpit.ports import Books, Costs
from cockpit.promises_core import CASH, LIMITS
from cockpit.simulator.world_ports import Push, Surroundings

PATIENCE_NS = 30 * NS


class NaiveCore:
    """What many retail programs do: order state in memory, three tries, fills from the socket."""

    def __init__(self, around: Surroundings, books: Books, costs: Costs) -> None:
        self.around, self.books, self.costs = around, books, costs
        self.orders = {o.tag: o for o, _ in books.orders().values()}
        self.acked: dict[str, int] = {}
        self.gross = 0
        self.is_halted = False  # in memory: a restart forgets it

    async def keep(self, *facts):
        await self.around.ledger.write(*facts)
        for fact in facts:
            self.books.apply(fact)

    async def start(self) -> None:
        now = self.around.clock.now()
        if self.books.genesis is None:
            await self.keep(Genesis(now, Mode.LIVE, "PROOF", CASH, "naive"))
        if self.books.opened is None:
            await self.keep(DayOpened(now, ist_day(now), Mode.LIVE, "hostile world", (), CASH))

    async def want(self, intent: Intent, quantity: int) -> None:
        value = intent.entry * quantity
        if self.is_halted or intent.token in self.books.account.positions:
            return
        if self.gross + value > CASH * LIMITS.gross:
            return
        if intent.intent_id not in self.books.intents():
            await self.keep(IntentMade(intent))
        await self.place(entry_order(Proposal(intent, quantity), self.around.clock.now(), "PROOF"))
        self.gross += value

    async def place(self, order: Order) -> None:
        self.orders[order.tag] = order
        if order.order_id not in self.books.orders():
            await self.keep(OrderPlaced(order))
        for _ in range(3):
            try:
                await self.around.door.send(order)
            except Rejection as no:
                await self.moved(order, Status.REJECTED, 0, str(no))
                return
            except Exception:
                await asyncio.sleep(0.5)
                continue
            self.acked[order.order_id] = self.around.clock.now()
            await self.moved(order, Status.OPEN, 0, "")
            return
        await self.moved(order, Status.REJECTED, 0, "three tries failed")

    async def moved(self, order: Order, status: Status, filled: int, why: str) -> None:
        await self.keep(OrderChanged(OrderMoved(order.order_id, self.around.clock.now(), status, filled, why)))

    async def withdraw(self, intent_id: str) -> None: ...

    async def halt(self, level: Halt) -> None:
        self.is_halted = True
        await self.keep(HaltMoved(self.around.clock.now(), level, "operator", "pressed"))

    async def revive(self) -> None:
        self.is_halted = False
        await self.keep(HaltMoved(self.around.clock.now(), Halt.NONE, "operator", "revived"))

    async def flatten(self, token: int) -> None:
        order = exit_order(self.books, token, self.around.clock.now(), "PROOF")
        if order is not None:
            await self.place(order)

    def see(self, prices: Mapping[int, int]) -> None: ...

    async def hear(self, push: Push) -> None:
        order = self.orders.get(push.order.tags[0])
        if order is None:
            return
        if push.trade is not None:
            await self.book(order, push)
        await self.moved(order, push.order.status, push.order.filled, "")

    async def book(self, order: Order, push: Push) -> None:
        trade = push.trade
        assert trade is not None
        due = self.costs.order_charges(
            order.product, order.side, trade.quantity, trade.quantity * trade.price, ist_day(trade.ts)
        )
        fill = Fill(
            trade.trade_id, order.order_id, order.intent_id, order.role, order.token, order.symbol, order.side,
            trade.quantity, trade.price, trade.ts, order.product, order.rule, due or Charges(),
        )  # fmt: skip
        try:
            self.books.account.book(fill)
            await self.keep(FillBooked(fill))
        except BadInput:
            return  # the account or the ledger would not have it

    async def beat(self) -> None:
        now = self.around.clock.now()
        for order, moved in list(self.books.orders().values()):
            is_old = now - order.ts > PATIENCE_NS
            if order.role is Role.ENTRY and is_old and (moved is None or moved.status in (Status.SENT, Status.OPEN)):
                await self.moved(order, Status.CANCELLED, 0, "no fill in 30 s: given up")

    async def logged_in(self) -> None: ...

    async def close(self) -> None: ...
