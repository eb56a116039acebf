"""One session in the hostile world: one seed owns clock, market, network, storage and operator.

The core under test lives, crashes and starts again on one journal; a witness holds it to its promises all the while.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import date, time
from functools import partial
from typing import Any, Final

from cockpit.clock import NS, instant
from cockpit.errors import CockpitError, LedgerDown
from cockpit.facts import Genesis, Halt, HaltMoved, JournalFact
from cockpit.orders import Intent, Order, Status
from cockpit.simulator.fault_plan import CHANNEL_OF, Act, ActKind, Channel, Fault, FaultKind, FaultPlan, Want
from cockpit.simulator.hostile_door import HostileDoor
from cockpit.simulator.hostile_draws import CALM_MS
from cockpit.simulator.hostile_exchange import FIRST_TOKEN, MS, Bent, HostileExchange, Ticket
from cockpit.simulator.hostile_intents import intent_of
from cockpit.simulator.hostile_ledger import HostileLedger
from cockpit.simulator.invariants import Breach, Code, Witness
from cockpit.simulator.world_loop import NEVER, VirtualClock, VirtualLoop
from cockpit.simulator.world_ports import Core, Parts, Push, Surroundings

DAY: Final = date(2026, 11, 20)
START: Final = instant(DAY, time(10))
CLOSES: Final = instant(DAY, time(15, 30))
CALM: Final = START + CALM_MS * MS
QUIET_END: Final = CALM + 200 * NS
"""By then everything that was set off before the calm has come, and been looked for."""
LAST_LOOK_NS: Final = 600 * NS
"""So long after the close the last look is taken: by then a real broker's book shows whatever there is."""
BEAT_NS: Final = 4 * NS
QUIET_BEAT_NS: Final = 20 * NS
DOWN_NS: Final = 3 * NS
"""How long a life is gone before the next begins."""
PUSH_WAY: Final = 20 * MS
CLICKS: Final = frozenset({ActKind.KILL, ActKind.FLATTEN_ALL, ActKind.TOKEN_DEATH, ActKind.RESTART, ActKind.TWICE})
"""What a person does that counts beside the faults in the coverage."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one session. `trace` is equal for equal histories; `cover` counts (order state, fault)."""

    seed: int
    breaches: tuple[Breach, ...]
    trace: str
    n_orders: int
    n_fills: int
    n_facts: int
    n_lives: int
    n_unknown: int
    n_dead_requests: int
    """Requests made with the first dead token."""
    kill_ns: tuple[int, ...]
    """From each press of the kill switch to its being durable."""
    most_in_second: int
    """The most orders that left within one calendar second."""
    naked_ns: int
    """The longest stretch that a known position was seen without protection at the exchange."""
    cover: Counter[tuple[str, str]]


class World:
    """Play one plan against one design."""

    def __init__(self, plan: FaultPlan, parts: Parts) -> None:
        self._plan = plan
        self._parts = parts
        self._loop = loop = VirtualLoop(START, self._uncaught)
        self._exchange = HostileExchange(lambda: loop.now, loop.at, START, plan.seed, self._heard, self._may_be_late)
        self.witness = Witness(lambda: loop.now, self._exchange, parts.cap_paise, parts.costs)
        self._door = HostileDoor(loop, self._exchange, self._struck, self, CLOSES)
        self._journal = parts.ledger()
        self._ledger: HostileLedger | None = None
        self._core: Core | None = None
        self._calls: Counter[Channel] = Counter()
        self._faults: dict[tuple[Channel, int], tuple[Fault, ...]] = {}
        for fault in plan.faults:
            key = (CHANNEL_OF[fault.kind], fault.call)
            self._faults[key] = (*self._faults.get(key, ()), fault)
        self._crashes = sorted({f.call for f in plan.faults if f.kind is FaultKind.CRASH}, reverse=True)
        self._wants = {want.number: want for want in plan.wants}
        self._intents: dict[int, Intent] = {}
        self._presses: list[int] = []
        self._kill_ns: list[int] = []
        self._cover: Counter[tuple[str, str]] = Counter()
        self._start_paise = 0
        self.n_lives = 0

    def play(self) -> Outcome:
        """Run the session from its opening to the last look after the close, and answer what became of it."""
        self._schedule()
        self._loop.run_until(QUIET_END)
        if self._core is not None:
            self.witness.settle_flatten(self._core.books)
        self._loop.run_until(CLOSES + LAST_LOOK_NS)
        self._spawn("close")
        self._loop.run_until(CLOSES + 2 * LAST_LOOK_NS)
        self._finish()
        return self._outcome()

    # -- what is going to happen -------------------------------------------------------------------

    def _schedule(self) -> None:
        loop = self._loop
        loop.on_stop = self._crash
        self._aim()
        self._begin()
        for want in self._plan.wants:
            loop.at(START + want.at_ms * MS, self._want, want)
        for act in self._plan.acts:
            loop.at(START + act.at_ms * MS, self._act, act)
        loop.at(CALM, self._calm)
        for ts in range(START + BEAT_NS, CALM, BEAT_NS):
            loop.at(ts, self._spawn, "beat")
            loop.at(ts, self._move)
        for ts in range(CALM, QUIET_END, QUIET_BEAT_NS):
            loop.at(ts, self._spawn, "beat")
            loop.at(ts, self._move)

    def _aim(self) -> None:
        while self._crashes and self._crashes[-1] <= self._loop.steps:
            self._crashes.pop()
        self._loop.stop_at = self._crashes.pop() if self._crashes else NEVER

    def _calm(self) -> None:
        self._loop.stop_at = NEVER
        self._faults = {}
        if self._door.is_dead:
            self._log_in()

    def _struck(self, channel: Channel) -> tuple[Fault, ...]:
        call = self._calls[channel]
        self._calls[channel] = call + 1
        faults = self._faults.get((channel, call), ())
        for fault in faults:
            self._note(fault.kind)
        return faults

    # -- lives -------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.n_lives += 1
        self._ledger = HostileLedger(self._journal, self._struck, self._wrote)
        around = Surroundings(
            clock=VirtualClock(self._loop),
            door=self._door,
            ledger=self._ledger,
            last=lambda token: (self._exchange.last(token), self._loop.now),
            closes=CLOSES,
        )
        try:
            self._core = self._parts.core(around)
        except CockpitError as fault:
            self.witness.broken(Code.CHAIN, f"the journal cannot be read at a start: {fault}")
            return
        self._spawn("start")

    def _crash(self) -> None:
        self._note(FaultKind.CRASH)
        self._end_life()

    def _end_life(self) -> None:
        self._core = None
        self._loop.forget()
        self._aim()
        self._loop.at(self._loop.now + DOWN_NS, self._begin)

    def _spawn(self, verb: str, *args: Any) -> None:
        if self._core is not None:
            work: Coroutine[Any, Any, None] = getattr(self._core, verb)(*args)
            task = self._loop.begin(work)
            task.add_done_callback(partial(self._ended, self.n_lives))

    def _ended(self, life: int, task: asyncio.Task[None]) -> None:
        fault = None if task.cancelled() else task.exception()
        if fault is None or life != self.n_lives or self._core is None:
            return
        if isinstance(fault, LedgerDown):
            self._end_life()  # without a journal there is no trading: the process ends, and somebody starts it again
        else:
            self._uncaught(fault, "a task ended by it")

    def _uncaught(self, fault: BaseException | None, what: str) -> None:
        # A write that failed at the very step of a crash has lost the one who waited for it.
        if not isinstance(fault, LedgerDown):
            self.witness.broken(Code.UNCAUGHT, f"{what}: {fault!r}")

    # -- what strategies and people do -------------------------------------------------------------

    def _move(self) -> None:
        self._exchange.step()
        if self._core is not None:
            if self._parts.protects:
                self.witness.watch_protection(self._core.books)
            self._core.see({token: self._exchange.last(token) for token in self._exchange.net})

    def _want(self, want: Want) -> None:
        if self._core is not None:
            token = FIRST_TOKEN + want.name
            intent = self._intents.setdefault(
                want.number, intent_of(want, token, self._exchange.last(token), self._loop.now)
            )
            self._spawn("want", intent, want.quantity)

    def _act(self, act: Act) -> None:
        if act.kind in CLICKS and self._core is not None:
            self._note(act.kind)
        match act.kind:
            case ActKind.KILL | ActKind.FLATTEN_ALL:
                self._press(Halt.CANCEL if act.kind is ActKind.KILL else Halt.FLATTEN)
            case ActKind.REVIVE:
                self._spawn("revive")
            case ActKind.FLATTEN:
                self._spawn("flatten", FIRST_TOKEN + act.number)
            case ActKind.TOKEN_DEATH:
                self._door.is_dead = True
            case ActKind.LOGIN:
                self._log_in()
            case ActKind.RESTART:
                self._restart()
            case _:
                self._act_on(act)

    def _act_on(self, act: Act) -> None:
        if act.kind is ActKind.WITHDRAW and act.number in self._intents:
            self._spawn("withdraw", self._intents[act.number].intent_id)
        elif act.kind is ActKind.TWICE and act.number in self._wants:
            self._want(self._wants[act.number])

    def _press(self, level: Halt) -> None:
        if self._core is not None and self.witness.halt < Halt.CANCEL:
            self._presses.append(self._loop.now)
        self._spawn("halt", level)

    def _restart(self) -> None:
        if self._core is not None:
            self._end_life()

    def _log_in(self) -> None:
        self._door.is_dead = False
        self._spawn("logged_in")

    # -- what passes the door and the disk ---------------------------------------------------------

    def sending(self, order: Order) -> None:
        """See that the bytes of an order leave."""
        self.witness.sending(order, is_down=self._ledger is not None and self._ledger.is_down)

    def never_arrives(self, order: Order) -> None:
        """Learn that an order that left is lost or was refused at the door."""
        self.witness.never_arrives(order)

    def arriving(self, order: Order, bent: Bent) -> str:
        """Let an order arrive at the exchange, and answer the broker's id."""
        ticket = self._exchange.take(order, bent)
        self.witness.arrived(ticket)
        return ticket.broker_order_id

    def _wrote(self, fact: JournalFact) -> None:
        self.witness.wrote(fact)
        if isinstance(fact, HaltMoved) and fact.level >= Halt.CANCEL:
            self._kill_ns += [self._loop.now - pressed for pressed in self._presses]
            self._presses.clear()
        elif isinstance(fact, Genesis):
            self._start_paise = fact.cash_paise

    def _heard(self, ticket: Ticket) -> None:
        trade = self._exchange.trades[-1] if self._is_newest_trade(ticket) else None
        push, due = Push(ticket.rows[-1], trade), self._loop.now + PUSH_WAY
        faults = {fault.kind: fault.size for fault in self._struck(Channel.PUSH)}
        if FaultKind.PUSH_FORGED in faults:
            self._loop.at(due, self._spawn, "hear", _forged(push))
        if FaultKind.PUSH_LOST not in faults:
            due += faults.get(FaultKind.PUSH_LATE, 0) * MS
            for _ in range(2 if FaultKind.PUSH_DOUBLED in faults else 1):
                self._loop.at(due, self._spawn, "hear", push)

    def _may_be_late(self, token: int) -> bool:
        # Where a name is also wanted the other way, a late fill meets a position that it would turn: the account can
        # only stop and call for a person, which is right and proves nothing.
        return len({want.side for want in self._plan.wants if FIRST_TOKEN + want.name == token}) == 1

    def _is_newest_trade(self, ticket: Ticket) -> bool:
        fills = self._exchange.fills
        return bool(fills) and fills[-1][0] is ticket and fills[-1][1].ts == self._loop.now

    # -- the end -----------------------------------------------------------------------------------

    def _note(self, kind: FaultKind | ActKind) -> None:
        if self._core is not None:
            for order, moved in self._core.books.orders().values():
                if moved is None:
                    state = "WRITTEN"
                elif moved.status is Status.OPEN and 0 < moved.filled < order.quantity:
                    state = "PARTIAL"
                else:
                    state = moved.status.name
                self._cover[state, kind.value] += 1

    def _finish(self) -> None:
        if self._core is None:
            self.witness.broken(Code.STUCK, "no life at the end")
            return
        self.witness.settle(self._core.books, self._start_paise)
        try:
            if self._parts.rebuilt(self._journal) != self._core.books:
                self.witness.broken(Code.BOOKS, "what the journal adds up to is not what the core believes")
        except CockpitError as fault:
            self.witness.broken(Code.CHAIN, f"the journal cannot be read at the end: {fault}")

    def _outcome(self) -> Outcome:
        witness, exchange = self.witness, self._exchange
        history = (
            self._journal.head,
            self._loop.steps,
            self.n_lives,
            witness.sent_ids,
            [(trade.trade_id, trade.quantity, trade.price, trade.ts) for trade in exchange.trades],
        )
        return Outcome(
            seed=self._plan.seed,
            breaches=tuple(witness.breaches),
            trace=hashlib.sha256(repr(history).encode()).hexdigest()[:16],
            n_orders=len(exchange.tickets),
            n_fills=len(exchange.trades),
            n_facts=self._journal.head[0],
            n_lives=self.n_lives,
            n_unknown=len(witness.unknown),
            n_dead_requests=self._door.n_dead,
            kill_ns=tuple(self._kill_ns),
            most_in_second=witness.most_in_second,
            naked_ns=witness.naked_ns,
            cover=self._cover,
        )


def _forged(push: Push) -> Push:
    row = replace(push.order, status=Status.FILLED, status_text="COMPLETE", filled=push.order.quantity)
    if push.trade is None:
        return Push(row)
    return Push(row, replace(push.trade, trade_id="F" + push.trade.trade_id, price=push.trade.price * 2))
