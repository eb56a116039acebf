"""A house: an open data folder with its lock, settings, ledger and books, in which a flow is given its plugs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from cockpit import __version__, journal_log
from cockpit.bus import Bus
from cockpit.clock import Clock, WallClock
from cockpit.day_backup import DayBackup
from cockpit.engine.desk import TradingDesk
from cockpit.engine.flow import Flow, Plugs
from cockpit.engine.reports import DayReports
from cockpit.engine.risk.gate import Gate
from cockpit.errors import BadInput, CockpitError, LedgerDown, UnadjustedSplit
from cockpit.facts import DayOpened, Genesis, Halt, Incident, ScanPublished, TicksQuarantined
from cockpit.heard_feed import HeardFeed, Keep, Troubles
from cockpit.market import TradingDay
from cockpit.opinions import Scan
from cockpit.orders import Mode
from cockpit.paper.broker import PaperBroker
from cockpit.paper.costs import ChargeTable
from cockpit.paper.recovery import carried_in
from cockpit.places import resources_folder
from cockpit.ports import Broker, Feed
from cockpit.roster import rules, strategies
from cockpit.storage.home import Home
from cockpit.storage.instance import held
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.projections import Projection
from cockpit.storage.recorder import TickRecorder
from cockpit.supervision import Death, Supervisor
from cockpit.told import Level, Line
from cockpit.venues.charge_check import NoteDoor, charge_gaps
from cockpit.venues.kite_reader import Ears
from cockpit.venues.kite_rest import KiteRest
from cockpit.wish import Wish

BEAT_S: Final = 1.0
SUPERVISION: Final = "SUPERVISION"
"""Who halts when something on a money path died."""
CHARGES_REMEDY: Final = (
    "Compare with the contract note; if the tariff has changed, mend resources/charges.toml with its date."
)
DEATH_REMEDY: Final = "Look at the log; it has the whole story. Report it if it comes back."
RECORD_REMEDY: Final = (
    "Mend the folder of ticks. Trading is not touched by this; today cannot be replayed tick by tick."
)


@dataclass(slots=True)
class Run:
    """One day that is running, with everything that must be closed when it ends."""

    flow: Flow
    desk: TradingDesk
    reports: DayReports
    resources: Path
    ledger_name: str
    opened: DayOpened
    heard: HeardFeed
    supervisor: Supervisor
    _stack: AsyncExitStack
    _backup: DayBackup | None = None
    _note: NoteDoor | None = None
    """Who can say what the day's orders cost by the broker's word; None where there is no broker."""

    async def play(self) -> None:
        """Run the day to its end; where time moves by itself the clock has its say once a second, frames or none.

        Errors: whatever ends the day before its end, LedgerDown first of all.
        """
        start = self.supervisor.start
        works = [start(self.flow.run(), "the flow", is_money=True)]
        if isinstance(self.flow.plugs.clock, WallClock):
            works.append(start(self._beat(), "the beat", is_money=True))
            works.append(start(self._look(), "the look at the broker's books", is_money=True))
        try:
            await self.supervisor.first(*works)
            self._tell_repeats()
            await self._check_charges()
            await self._back_up()
        except Exception as fault:
            journal_log.last_words(fault)
            await self._halt(fault)
            raise
        finally:
            await self.supervisor.end(*works)

    async def _halt(self, fault: Exception) -> None:
        """Let the next start find trading halted: what ended a money path is looked at by a person first."""
        if not isinstance(fault, LedgerDown):  # a journal that is down keeps nothing, and nothing is sent without it
            async with self.flow.lane:
                await self.flow.dealer.halt(Halt.CANCEL, SUPERVISION, f"{type(fault).__name__}: {fault}")

    def _tell_repeats(self) -> None:
        # They are ordinary on a healthy feed (each subscription repeats the last tick), so they are told once, summed.
        if n := self.flow.trust.n_repeats:
            reason = "they repeated the tick before to the last bit; none was counted twice"
            self.flow.plugs.bus.tell(TicksQuarantined(self.flow.plugs.clock.now(), 0, "all names", n, reason))

    async def _check_charges(self) -> None:
        """Hold our charges against the broker's note once the day is over; a difference is an incident, never a fix."""
        fills = self.flow.plugs.books.fills()
        if self._note is None or self.flow.plugs.books.opened is not None or not fills:
            return
        try:
            said = [gap.sentence for gap in await charge_gaps(self._note, fills)]
        except CockpitError as fault:
            said = [f"the day's charges were not compared with the broker's note: {fault}"]
        for words in said:
            now = self.flow.plugs.clock.now()
            await self.flow.dealer.keep(Incident(now, "charges", words, CHARGES_REMEDY))

    async def _back_up(self) -> None:
        closed = self.flow.plugs.books.closed
        if self._backup is not None and closed is not None and closed.day == self.opened.day:
            await self._backup.make(closed.day, closed.ts)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            await self.flow.beat()
            await self.heard.write()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            await self.flow.look_when_due()

    async def close(self) -> None:
        """Close what was opened, last first."""
        await self._stack.aclose()


class House:
    """An open data folder: its lock, settings, ledger and books. Everything opened later is closed before it."""

    def __init__(self, wish: Wish, bus: Bus, stack: AsyncExitStack) -> None:
        self.wish = wish
        self.bus = bus
        self.stack = stack
        self.resources = resources_folder()
        self.home = Home.at(wish.home)
        self.log = journal_log.begin(self.home.root)
        self.log.hear(bus)
        self.log.write(Line(Level.INFO, "house", f"cockpit {__version__} opens a day: {wish.mode.value} {wish.day}"))
        stack.push(_last_words)
        self.settings = self.home.read_settings()
        self.costs = ChargeTable.load(self.resources / "charges.toml")
        self.books = Projection()
        self.ledger: SqlLedger
        self.ledger_name = ""
        self._troubles: Troubles | None = None
        self._died: list[Death] = []
        self._keep: Keep | None = None
        self._clock: Clock = WallClock()
        self.supervisor = Supervisor(self._hear_death)

    def day_ledger(self, kind: str, stem: str) -> str:
        """Answer the ledger of a day that may be played again: the newest if its day is unfinished, else a new one.

        A practice or replayed day that was played to its end is kept as it is; playing it again is another run.
        """
        n = 1
        while (path := self.home.ledger(f"{kind}/{stem}-run{n}")).exists():
            books = Projection()
            for entry in SqlLedger.open(path, read_only=True).read():
                books.apply(entry.fact)
            if books.closed is None:
                break
            n += 1
        return f"{kind}/{stem}-run{n}"

    async def open_ledger(self, name: str, clock: Clock, account: str) -> None:
        """Open the ledger `name`, read the books from it, and write its first fact if it has none.

        Errors: AlreadyRunning when another cockpit uses the folder; LedgerCorrupt when the chain does not verify;
        BadInput when the ledger is of another mode.
        """
        self.stack.enter_context(held(self.home.root))
        self.log.own()
        self.home.check_free(self.settings.store.free_mb)
        where = self.settings.store.ledger_url or self.home.ledger(name)
        anchors = None if self.settings.store.ledger_url else self.home.anchors(name)
        self.ledger = SqlLedger.open(where, anchors=anchors)
        self.ledger_name = self.ledger.name
        self.stack.push_async_callback(self.ledger.close)
        self._clock = clock
        self.supervisor.watch_over(asyncio.get_running_loop())
        self.stack.push_async_callback(self.supervisor.close)
        for entry in self.ledger.read():
            self.books.apply(entry.fact)
        if self.books.genesis is None:
            cash = self.settings.paper.cash_rupees * 100
            genesis = Genesis(clock.now(), self.wish.mode, account, cash, __version__)
            await self.ledger.write(genesis)
            self.books.apply(genesis)
        elif self.books.genesis.mode is not self.wish.mode:
            raise BadInput(
                f"ledger {self.ledger_name} is of mode {self.books.genesis.mode.value}, not {self.wish.mode.value}:"
                " a ledger's mode never changes; give another --home"
            )

    async def publish(self, scan: Scan, ts: int) -> None:
        """Write the scan that a watchlist came from, unless this evening's is already in the journal."""
        if self.books.scan == scan:
            return
        split = [f"{d.symbol} {d.reason}" for d in scan.dropped if d.filter == "split"]
        facts: list[ScanPublished | Incident] = [ScanPublished(ts, scan)]
        if split:
            facts.append(Incident(ts, "scan", f"left out of the scan: {'; '.join(split)}", UnadjustedSplit.remedy))
        await self.ledger.write(*facts)
        for fact in facts:
            self.books.apply(fact)
            self.bus.tell(fact)

    async def tell_incident(self, incident: Incident) -> None:
        """Write an incident of the opening and tell it."""
        await self.ledger.write(incident)
        self.books.apply(incident)
        self.bus.tell(incident)

    def paper_broker(self, day: TradingDay, clock: Clock) -> PaperBroker:
        """Answer the paper broker of this day with whatever the journal says is still working."""
        today = self.books.fills() if self.books.opened is not None else ()
        carried = carried_in(self.books.account.positions, today)
        broker = PaperBroker(day, self.costs, self.settings.paper, self.wish.mode, clock.now, carried=carried)
        if self.books.opened is not None:
            broker.restore(self.books.orders(), self.books.fills())
        return broker

    def _hear_death(self, death: Death) -> None:
        """Log what died, and write and tell it in turn with the frames; before there is a flow it waits for one."""
        self.log.fault(death.where, death.fault)
        if self._keep is None:
            self._died.append(death)
        elif not isinstance(death.fault, LedgerDown):  # that one cannot be written
            self.supervisor.start(self._keep([self._incident(death)]), "the report of a fault", is_brief=True)

    def _incident(self, death: Death) -> Incident:
        remedy = death.fault.remedy if isinstance(death.fault, CockpitError) else DEATH_REMEDY
        return Incident(self._clock.now(), "supervision", death.words, remedy)

    def ears(self, clock: Clock) -> Ears:
        """Answer the ears of this day's feed: troubles become incidents of the journal, notices lines of the log."""
        self._troubles = Troubles(clock)
        return Ears(trouble=self._troubles.hear, notice=self._notice)

    def mind(self, rest: KiteRest) -> None:
        """Keep what `rest` knows to be secret out of the log, and close it at the end."""
        self.log.hide(rest.redactor)
        self.stack.push_async_callback(rest.close)

    def _notice(self, words: str) -> None:
        self.log.write(Line(Level.INFO, "broker", words))

    def _heard(self, day: TradingDay, feed: Feed, clock: Clock) -> HeardFeed:
        """Sit between feed and flow; on a paper day, whose ticks never come again, with a recorder."""
        troubles = self._troubles or Troubles(clock)
        recorder = None
        if self.wish.mode is Mode.PAPER and self.settings.feed.record:
            try:
                recorder = TickRecorder(self.home.ticks, day.session.day, troubles.take)
            except OSError as fault:
                what = f"the day's ticks are not recorded: {fault}"
                troubles.take(Incident(clock.now(), "recorder", what, RECORD_REMEDY))
            else:
                self.stack.push_async_callback(recorder.close)
        return HeardFeed(feed, troubles, recorder)

    def _tell_again(self, opened: DayOpened) -> None:
        """Tell the watchers of a day that goes on what it had written before it was cut off."""
        today = False
        for entry in self.ledger.read():
            today = today or entry.fact == opened
            if today:
                self.bus.tell(entry.fact)

    async def start(
        self,
        day: TradingDay,
        feed: Feed,
        broker: Broker,
        clock: Clock,
        source: str,
        note: NoteDoor | None = None,
    ) -> Run:
        """Plug a flow together, open its day, and answer the run; `note` is asked at its end what its orders cost."""
        heard = self._heard(day, feed, clock)
        since = self.books.last_ts if self.books.opened is not None else 0
        flow = Flow(self._plugs(heard, broker, clock, source), day)
        self.stack.push_async_callback(heard.close)
        await flow.open()
        self._keep = keep = _journal_of(flow, since)
        heard.tell_through(keep)
        if self._died:
            await keep([self._incident(death) for death in self._died])
        assert self.books.opened is not None, "a flow that opened has an open day"
        if since:
            self._tell_again(self.books.opened)
        return Run(
            flow,
            TradingDesk(flow),
            DayReports(flow),
            self.resources,
            self.ledger_name,
            self.books.opened,
            heard,
            self.supervisor,
            self.stack,
            self._day_backup(keep),
            note,
        )

    def _plugs(self, feed: Feed, broker: Broker, clock: Clock, source: str) -> Plugs:
        return Plugs(
            clock=clock,
            feed=feed,
            broker=broker,
            ledger=self.ledger,
            books=self.books,
            costs=self.costs,
            strategies=strategies(self.settings),
            gate=Gate(rules(broker.mode)),
            bus=self.bus,
            settings=self.settings,
            source=source,
        )

    def _day_backup(self, keep: Keep) -> DayBackup | None:
        """Answer the backup of a ledger that goes on; a practice day begins anew, a database is its owner's to copy."""
        if self.wish.mode is not Mode.PAPER or self.settings.store.ledger_url:
            return None
        return DayBackup(Path(self.ledger_name), self.home.backups, self.log.write, lambda incident: keep([incident]))


def _journal_of(flow: Flow, since: int) -> Keep:
    """Answer who writes incidents in turn with the frames; what a day told before it was killed is not told again."""

    async def keep(incidents: Sequence[Incident]) -> None:
        async with flow.lane:
            if fresh := [incident for incident in incidents if incident.ts >= since]:
                await flow.dealer.keep(*fresh)

    return keep


def _last_words(kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
    # What ends the opening of a house is written while its log is open.
    if isinstance(fault, Exception):
        journal_log.last_words(fault)
