"""The one way a day flows: a frame of ticks comes in at the top, durable facts leave at the bottom. Read it downward.

Live, paper, replay and practice are this same flow with other plugs. Everything here happens in one lane: frames and
the commands of the desk take turns. What changes money is written before anyone is told; who is told can change
nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cockpit.bus import Bus
from cockpit.clock import NS, Clock, hhmmss
from cockpit.engine.audit import Audit
from cockpit.engine.bars import BarBuilder
from cockpit.engine.dealer import HOUSE, Dealer
from cockpit.engine.exits import entry_order, to_cancel
from cockpit.engine.pulse import Irregular, Pulse
from cockpit.engine.risk.gate import Gate
from cockpit.engine.risk.sizing import sized
from cockpit.engine.risk.switches import LATCHING
from cockpit.engine.timetable import Due, Timetable
from cockpit.engine.trust import Trust, stamps_of
from cockpit.engine.watch import Watch
from cockpit.errors import BadInput
from cockpit.facts import (
    BarClosed,
    BarMoved,
    DayOpened,
    FeedMoved,
    FeedState,
    Halt,
    IntentMade,
    IntentRefused,
    IntentWithdrawn,
    StrategyMoved,
    SwitchState,
    TicksQuarantined,
    TicksSeen,
)
from cockpit.market import BAR, Bars, Ticks, TradingDay
from cockpit.orders import Decision, Intent, Mode, Product, Proposal, Refusal, Withdrawal
from cockpit.ports import Books, Broker, Costs, Feed, Frame, Ledger, Strategy
from cockpit.settings import Settings

MINUTE_NS: Final = 60 * NS


@dataclass(frozen=True, slots=True)
class Plugs:
    """What makes a flow live, paper, replay or practice."""

    clock: Clock
    feed: Feed
    broker: Broker
    ledger: Ledger
    books: Books
    costs: Costs
    strategies: Sequence[Strategy]
    gate: Gate
    bus: Bus
    settings: Settings
    source: str
    """Where the ticks come from, in words, for the journal."""


class Flow:
    """Run one day. Give it the plugs and the day, call `open`, then `run`; the desk's commands may come at any time."""

    def __init__(self, plugs: Plugs, day: TradingDay) -> None:
        self.plugs = plugs
        self.day = day
        self.bars = BarBuilder(day)
        self.trust = Trust(day, plugs.settings.feed, self._tell_quarantined)
        self.dealer = Dealer(plugs.clock, plugs.broker, plugs.ledger, plugs.books, plugs.bus)
        self.audit = Audit(plugs.clock, plugs.broker, plugs.books, self.dealer, plugs.bus)
        self.watch = Watch(plugs.books, plugs.costs, self.trust, day, plugs.settings.risk, plugs.broker.mode)
        self.timetable = Timetable(day.session)
        self.pulse = Pulse(plugs.clock)
        self.lane = asyncio.Lock()
        self._looking = asyncio.Lock()
        self.n_ticks = 0
        self.n_bars = 0
        self.feed_state = FeedState.CONNECTING
        self._caught_up_from = 0
        self._blind_ns = 0
        self._enforced = 0
        self._gap_from = 0
        self._unsaid: FeedMoved | None = None
        for strategy in plugs.strategies:
            strategy.open_day(day)

    # -- the day -----------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the day in the journal, or go on with one that a crash left open; then prove the books once.

        Going on, the flow rebuilds bars and the strategies' memory from the day's data but decides nothing, tells
        nothing and lets no broker see anything before the instant the journal had reached.

        Errors: BadInput for a day that was closed before, and for a held name that the day does not watch.
        """
        self._check_watched()
        await self._open_or_go_on()
        theirs = await self.audit.read()
        if not self._is_catching_up:
            await self.dealer.settle()  # what happened while nobody was here is booked before it is compared
        await self.audit.take(theirs)

    async def _open_or_go_on(self) -> None:
        opened, closed = self.plugs.books.opened, self.plugs.books.closed
        if closed is not None and closed.day == self.day.session.day:
            raise BadInput(f"{closed.day} was closed in this ledger at {hhmmss(closed.ts)}: a day is played once")
        if opened is not None and opened.day == self.day.session.day:
            self._caught_up_from = self.plugs.books.last_ts
            return
        symbols = tuple(i.symbol for i in self.day.instruments if not i.is_index)
        ts = self.plugs.clock.now()
        # A day begins with what the last one ended with, to the paisa, or the days' profits would not add up.
        equity = closed.equity_paise if closed is not None else self.watch.equity(ts).equity_paise
        await self.dealer.keep(
            DayOpened(ts, self.day.session.day, self.plugs.broker.mode, self.plugs.source, symbols, equity),
            *(StrategyMoved(ts, s.name, True, HOUSE, "armed at the opening") for s in self.plugs.strategies),
        )

    async def run(self) -> None:
        """Take frames until the feed ends, then close the day.

        Errors: LedgerDown stops everything at once: without a journal there is no trading.
        """
        async for frame in self.plugs.feed.stream():
            async with self.lane:
                if isinstance(frame, FeedMoved):
                    await self._note_feed(frame)
                else:
                    await self.take(frame)
            if self.plugs.broker.mode is not Mode.LIVE:  # it answers at once, so every tape is looked at alike
                await self.look_when_due()
            if self.feed_state is FeedState.ENDED:
                break
        if self.feed_state is FeedState.ENDED:
            async with self.lane:
                await self.close()

    async def take(self, frame: Frame) -> None:
        """Take one frame of ticks or ready-made bars through all stations, top to bottom."""
        assert not isinstance(frame, FeedMoved)
        if frame.dtype == BAR:
            closed = await self._take_bars(frame)
        else:
            closed = await self._take_ticks(frame)
        for bars in closed:
            await self._close_bars(bars)
        await self._keep_timetable()
        self._tell_marks()

    async def close(self) -> None:
        """Close whatever bars are unfinished, name the positions that are left, and write the day's arithmetic."""
        for bars in self.bars.advance(self.day.session.closes):
            await self._close_bars(bars)
        if self.plugs.books.opened is None:
            return
        await self._say_feed()
        account = self.plugs.books.account
        if account.positions:
            held = ", ".join(f"{p.symbol} {p.quantity}" for p in account.positions.values())
            await self.dealer.note("square-off", f"positions left at the close: {held}")
        await self.dealer.keep(self.watch.day_closed(self.plugs.clock.now(), self.n_bars, self.n_ticks))

    def _check_watched(self) -> None:
        watched = {i.token for i in self.day.instruments}
        blind = [p.symbol for token, p in self.plugs.books.account.positions.items() if token not in watched]
        if blind:
            raise BadInput(
                f"{', '.join(blind)} held and not among the day's {len(watched)} instruments: what is not watched can"
                " neither be marked nor left; watch every name that is held"
            )

    # -- 1 to 2: stream, trust, build --------------------------------------------------------------

    async def _take_ticks(self, frame: Ticks) -> list[Bars]:
        self.n_ticks += len(frame)
        if self.pulse.is_beating:
            self.pulse.saw(frame)
            await self._mind_clock(self.pulse.felt())  # the first frame after a sleep may come before the first beat
        ticks = self.trust.sift(frame)
        if not len(ticks):
            return []
        self.plugs.clock.advance(int(stamps_of(ticks).max()))
        now = self.plugs.clock.now()
        if now > self._caught_up_from:
            self.plugs.broker.see(ticks)
            await self.dealer.settle()
        self.watch.saw_frame(now)
        if self._gap_from:
            self.bars.feed_gap(self._gap_from, now)
            self._gap_from = 0
        closed = self.bars.push(ticks)
        self.plugs.bus.tell(TicksSeen(ticks))
        self.plugs.bus.tell(BarMoved(self.bars.moving(self.day.interval)))
        return closed

    async def _take_bars(self, bars: Bars) -> list[Bars]:
        self._blind_ns = int(self.day.interval) * NS
        self.plugs.clock.advance(int(bars["ts_open"][0]) + self._blind_ns)
        now = self.plugs.clock.now()
        if now > self._caught_up_from:
            self.plugs.broker.see_bars(bars)
            await self.dealer.settle()
        for row in bars:
            self.trust.believe(self.day.slot(int(row["token"])), int(row["close"]), now)
        self.watch.saw_frame(now)
        return self.bars.push_bars(bars)

    # -- 3 to 7: shape, score, judge and weigh come before the open; here the rules decide on closed bars

    async def _close_bars(self, bars: Bars) -> None:
        self.plugs.bus.tell(BarClosed(bars))
        if int(bars["interval_s"][0]) != int(self.day.interval):
            return
        self.n_bars += len(bars)
        for strategy in self.plugs.strategies:
            for decision in await self._decisions(strategy, bars):
                if self._is_catching_up:
                    continue
                if isinstance(decision, Withdrawal):
                    await self._withdraw(decision)
                elif decision.intent_id not in self.plugs.books.intents():
                    await self._want(decision)

    async def _decisions(self, strategy: Strategy, bars: Bars) -> list[Decision]:
        try:
            return _signed(strategy, strategy.decide(bars))
        except Exception as fault:
            await self._disarm(strategy.name, f"failed on the bars of {hhmmss(int(bars['ts_open'][0]))}: {fault!r}")
            return []

    async def _disarm(self, rule: str, why: str) -> None:
        if rule in self.plugs.books.armed:
            await self.dealer.note("strategy", f"{rule} {why}")
            await self.dealer.keep(StrategyMoved(self.plugs.clock.now(), rule, False, HOUSE, why))

    async def _withdraw(self, withdrawal: Withdrawal) -> None:
        if withdrawal.intent_id not in self.plugs.books.withdrawals():
            await self.dealer.keep(IntentWithdrawn(withdrawal))
        if withdrawal.intent_id in to_cancel(self.plugs.books):
            await self.dealer.cancel((withdrawal.intent_id,))

    # -- 8: ask ------------------------------------------------------------------------------------

    async def _want(self, intent: Intent) -> None:
        now = self.plugs.clock.now()
        try:
            proposal, refusals = self._asked(intent, now)
        except Exception as fault:  # an intent that cannot even be asked about is the strategy's fault, not the day's
            await self._disarm(intent.rule, f"made an intent that cannot be judged, {intent.intent_id}: {fault!r}")
            return
        if refusals:
            await self.dealer.keep(IntentMade(intent), IntentRefused(intent.intent_id, now, refusals))
            return
        await self.dealer.keep(IntentMade(intent))
        await self.dealer.place(entry_order(proposal, now, self.dealer.account_name))

    def _asked(self, intent: Intent, now: int) -> tuple[Proposal, tuple[Refusal, ...]]:
        view = self.watch.view(intent, now)
        proposal = sized(intent, view.instrument, view.equity_paise, view.adv_shares, view.limits)
        refusals = self.plugs.gate.ask(proposal, self.watch.costed(view, proposal))
        return proposal, (*refusals, *self.audit.objections(proposal))

    # -- what the broker says of it ----------------------------------------------------------------

    async def look_when_due(self) -> None:
        """Once a minute hold the broker's books against ours: read beside the lane, compared within it.

        A slow broker keeps nobody waiting but the caller; for a real one that is the roof, beside frames and beat.
        """
        async with self._looking:
            if self.audit.is_due and not self._is_catching_up:
                theirs = await self.audit.read()
                async with self.lane:
                    await self.dealer.settle()
                    await self.audit.take(theirs)

    # -- what the clock demands --------------------------------------------------------------------

    async def beat(self) -> None:
        """Let the clock have its say when no frame comes: reports are booked, halts enforced, positions squared off.

        The roof calls it once a second where time moves by itself; a tape has only its own frames. What fell due while
        the machine slept is done, or said to be overdue, at the first beat.
        """
        async with self.lane:
            session, now = self.day.session, self.plugs.clock.now()
            await self._mind_clock(self.pulse.beat(judges_skew=session.opens <= now < session.closes))
            await self.dealer.settle()
            await self._keep_timetable()
            self._tell_marks()

    async def _mind_clock(self, irregular: Sequence[Irregular]) -> None:
        for found in irregular:
            if found.is_grave:
                self.audit.doubt(found.sentence)
            self.audit.hurry()
            await self.dealer.note("clock", found.sentence)

    async def _keep_timetable(self) -> None:
        if self._is_catching_up:
            return
        await self._say_feed()
        await self._trip_switches()
        now, books = self.plugs.clock.now(), self.plugs.books
        if now >= self._enforced + MINUTE_NS:
            self._enforced = now
            await self.dealer.enforce()
        intraday = [t for t, p in books.account.positions.items() if p.product is Product.MIS]
        for due in self.timetable.due(now, flat=not intraday, blind_ns=self._blind_ns):
            await self.dealer.cancel(to_cancel(books))
            await self.dealer.flatten(intraday, HOUSE, "square-off on time")
            if due is Due.OVERDUE:
                await self.dealer.note("square-off", f"positions are not flat at {hhmmss(now)}")

    async def _trip_switches(self) -> None:
        halted = self.plugs.books.halt
        if halted is not None and halted.level >= Halt.CANCEL:
            return
        for switch in self.watch.switches():
            if switch.state is SwitchState.TRIPPED and switch.code in LATCHING:
                await self.dealer.halt(
                    Halt.CANCEL, switch.code, f"{switch.sentence} {switch.value}, limit {switch.limit}"
                )
                return

    async def _note_feed(self, moved: FeedMoved) -> None:
        self.feed_state = moved.state
        if moved.state in (FeedState.LOST, FeedState.SILENT, FeedState.TOKEN_DEAD) and not self._gap_from:
            self._gap_from = self.watch.newest_frame
        self._unsaid = moved
        if not self._is_catching_up:
            await self._say_feed()

    async def _say_feed(self) -> None:
        if self._unsaid is not None:
            moved, self._unsaid = self._unsaid, None
            await self.dealer.keep(moved)

    # -- small words -------------------------------------------------------------------------------

    @property
    def _is_catching_up(self) -> bool:
        # What was seen at the very instant the journal ends may be decided now; the broker saw it before the crash.
        return self.plugs.clock.now() < self._caught_up_from

    def _tell_quarantined(self, told: TicksQuarantined) -> None:
        self.plugs.bus.tell(told)

    def _tell_marks(self) -> None:
        if self._is_catching_up:
            return
        now = self.plugs.clock.now()
        self.plugs.bus.tell(self.watch.marked(now))
        self.plugs.bus.tell(self.watch.risk_seen(now))


def _signed(strategy: Strategy, decisions: Sequence[Decision]) -> list[Decision]:
    for decision in decisions:
        # An intent under another rule's name would pass the gate on that rule's arming.
        if not isinstance(decision, Withdrawal) and decision.rule != strategy.name:
            raise BadInput(f"{strategy.name} signed intent {decision.intent_id} as {decision.rule!r}: not its name")
    return list(decisions)
