"""Small honest stand-ins for the doors of the engine: books, ledger, broker, feed, costs and strategy, and a rig."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cockpit.account import Account
from cockpit.broker_books import BrokerBooks
from cockpit.bus import Bus
from cockpit.clock import Clock, TapeClock
from cockpit.engine import risk
from cockpit.engine.flow import Flow, Plugs
from cockpit.engine.risk.gate import Gate
from cockpit.errors import LedgerDown
from cockpit.facts import (
    JOURNAL,
    DayClosed,
    DayOpened,
    FeedMoved,
    FeedState,
    FillBooked,
    Genesis,
    HaltMoved,
    IntentMade,
    IntentRefused,
    IntentWithdrawn,
    JournalFact,
    OrderChanged,
    OrderPlaced,
    ScanPublished,
    StrategyMoved,
)
from cockpit.market import Bars, Ticks, TradingDay
from cockpit.opinions import Scan
from cockpit.orders import (
    Charges,
    Decision,
    Fill,
    Intent,
    Mode,
    Order,
    OrderMoved,
    Product,
    Refusal,
    Report,
    Side,
    Withdrawal,
)
from cockpit.ports import Entry, Rule
from cockpit.settings import Settings
from tests.engine.made_books import NOTHING_THERE, mirrored
from tests.engine.made_days import at, made_day
from tests.engine.made_orders import opening_facts


def house_rules(mode: Mode = Mode.PAPER) -> tuple[Rule, ...]:
    """Answer one rule of every file in the risk room, so that a new file is under test from its first day."""
    found: list[Rule] = []
    for entry in pkgutil.iter_modules(risk.__path__):
        module = importlib.import_module(f"{risk.__name__}.{entry.name}")
        kinds = [k for k in vars(module).values() if isinstance(k, type) and k.__module__ == module.__name__]
        found.extend(k(mode) if entry.name == "mode" else k() for k in kinds if hasattr(k, "code"))
    return tuple(found)


class FakeBooks:
    """Books kept with the ground's own account fold and nothing clever."""

    def __init__(self, *facts: JournalFact) -> None:
        self.account = Account.opened(0)
        self.halt: HaltMoved | None = None
        self.armed: frozenset[str] = frozenset()
        self.opened: DayOpened | None = None
        self.closed: DayClosed | None = None
        self.scan: Scan | None = None
        self.genesis: Genesis | None = None
        self.peak_paise = 0
        self.last_ts = 0
        self._clear()
        for fact in facts:
            self.apply(fact)

    def _clear(self) -> None:
        self._orders: dict[str, tuple[Order, OrderMoved | None]] = {}
        self._fills: list[Fill] = []
        self._intents: dict[str, tuple[Intent, tuple[Refusal, ...]]] = {}
        self._withdrawn: dict[str, Withdrawal] = {}

    def orders(self) -> Mapping[str, tuple[Order, OrderMoved | None]]:
        return self._orders

    def fills(self) -> Sequence[Fill]:
        return self._fills

    def intents(self) -> Mapping[str, tuple[Intent, tuple[Refusal, ...]]]:
        return self._intents

    def withdrawals(self) -> Mapping[str, Withdrawal]:
        return self._withdrawn

    def apply(self, fact: JournalFact) -> None:
        self.last_ts = max(self.last_ts, instant_of(fact))
        match fact:
            case Genesis():
                self.genesis, self.account, self.peak_paise = fact, Account.opened(fact.cash_paise), fact.cash_paise
            case DayOpened():
                self._clear()
                self.opened = fact
            case DayClosed():
                self.closed = fact
                self.opened, self.peak_paise = None, max(self.peak_paise, fact.equity_paise)
            case ScanPublished(scan=scan):
                self.scan = scan
            case IntentMade(intent=intent):
                self._intents[intent.intent_id] = (intent, ())
            case IntentRefused():
                self._intents[fact.intent_id] = (self._intents[fact.intent_id][0], fact.refusals)
            case IntentWithdrawn(withdrawal=withdrawal):
                self._withdrawn[withdrawal.intent_id] = withdrawal
            case OrderPlaced(order=order):
                self._orders[order.order_id] = (order, None)
            case OrderChanged(moved=moved):
                order = moved.order or self._orders[moved.order_id][0]
                self._orders[moved.order_id] = (order, moved)
            case FillBooked(fill=fill):
                self._fills.append(fill)
                self.account = self.account.book(fill)
            case _:
                self._apply_command(fact)

    def _apply_command(self, fact: JournalFact) -> None:
        if isinstance(fact, HaltMoved):
            self.halt = fact
        elif isinstance(fact, StrategyMoved):
            self.armed = self.armed | {fact.rule} if fact.armed else self.armed - {fact.rule}


def instant_of(fact: JournalFact) -> int:
    """Answer the instant a fact speaks of."""
    for holder in ("scan", "intent", "withdrawal", "order", "moved", "fill"):
        if hasattr(fact, holder):
            held = getattr(fact, holder)
            return int(held.as_of if holder == "scan" else held.ts)
    return int(fact.ts)  # type: ignore[union-attr]


class FakeLedger:
    """Keep facts in a list; `fails_at` is the number of the write that finds the disk gone, and all after it."""

    def __init__(self, diary: list[tuple[str, Any]], fails_at: int | None = None) -> None:
        self.facts: list[JournalFact] = []
        self.fails_at = fails_at
        self._diary = diary
        self._n_writes = 0

    async def write(self, *facts: JournalFact) -> int:
        self._n_writes += 1
        if self.fails_at is not None and self._n_writes >= self.fails_at:
            raise LedgerDown("the disk is gone")
        assert all(isinstance(fact, JOURNAL) for fact in facts), "only facts of the journal are written"
        self.facts.extend(facts)
        self._diary.extend(("wrote", fact) for fact in facts)
        return len(self.facts)

    def read(self, since: int = 0) -> Iterator[Entry]:
        for seq, fact in enumerate(self.facts[since:], start=since + 1):
            yield Entry(seq, instant_of(fact), type(fact).__name__, fact, "")

    @property
    def head(self) -> tuple[int, str]:
        return len(self.facts), ""

    async def close(self) -> None:
        pass


class FakeBroker:
    """Take orders and tell what the test scripted; `answers` maps an order id (or `*`) to what `place` raises."""

    def __init__(self, diary: list[tuple[str, Any]], mode: Mode = Mode.PAPER) -> None:
        self.mode = mode
        self.answers: dict[str, Exception] = {}
        self.cancel_answer: Exception | None = None
        self.placed: list[Order] = []
        self.cancelled: list[str] = []
        self.n_seen = 0
        self.on_place: Callable[[Order], list[Report]] = lambda order: []
        self.on_cancel: Callable[[str], list[Report]] = lambda order_id: []
        self.told: list[Report] = []
        self.answer_books: Callable[[], BrokerBooks] = lambda: NOTHING_THERE
        """What `books` answers; a rig lets it agree with the ledger. It may raise."""
        self._diary = diary

    async def books(self) -> BrokerBooks:
        return self.answer_books()

    async def place(self, order: Order) -> None:
        self._diary.append(("placed", order))
        self.placed.append(order)
        answer = self.answers.get(order.order_id, self.answers.get("*"))
        if answer is not None:
            raise answer
        self.told.extend(self.on_place(order))

    async def modify(
        self, order_id: str, *, quantity: int | None = None, price: int | None = None, trigger: int | None = None
    ) -> None:
        raise AssertionError("nothing in the flow changes orders yet")

    async def cancel(self, order_id: str) -> None:
        self._diary.append(("cancelled", order_id))
        self.cancelled.append(order_id)
        if self.cancel_answer is not None:
            raise self.cancel_answer
        self.told.extend(self.on_cancel(order_id))

    def see(self, ticks: Ticks) -> None:
        self.n_seen += len(ticks)

    def see_bars(self, bars: Bars) -> None:
        self.n_seen += len(bars)

    def reports(self) -> list[Report]:
        told, self.told = self.told, []
        return told


class FakeFeed:
    """Yield LIVE, the given frames, then ENDED."""

    def __init__(self, frames: Sequence[Any]) -> None:
        self.frames = frames

    async def stream(self) -> AsyncIterator[Any]:
        yield FeedMoved(at("09:15"), FeedState.LIVE, "made")
        for frame in self.frames:
            yield frame
        yield FeedMoved(at("15:30"), FeedState.ENDED, "made")

    async def watch(self, tokens: Sequence[int]) -> None:
        pass

    async def close(self) -> None:
        pass


class FakeCosts:
    """Ten rupees a round trip, whatever is traded."""

    def order_charges(self, product: Product, side: Side, quantity: int, turnover_paise: int, on: date) -> Charges:
        return Charges(brokerage=500)

    def round_trip_paise(self, product: Product, quantity: int, buy_paise: int, sell_paise: int, on: date) -> int:
        return 1000


class FakeStrategy:
    """Answer what the test put down for the n-th base bar, and keep what it was shown."""

    def __init__(self, name: str = "ORB", script: Mapping[int, Sequence[Decision]] | None = None) -> None:
        self.name = name
        self.script = dict(script or {})
        self.fails_on: frozenset[int] = frozenset()
        self.n_bars = 0
        self.shown: list[bytes] = []

    def open_day(self, day: TradingDay) -> None:
        self.n_bars = 0

    def decide(self, bars: Bars) -> list[Decision]:
        self.n_bars += 1
        self.shown.append(bars.tobytes())
        if self.n_bars in self.fails_on:
            raise RuntimeError("the rule divided by zero")
        return list(self.script.get(self.n_bars, ()))


@dataclass
class Rig:
    """A flow with fakes in every plug, and a diary of what was written, told, placed and cancelled, in order."""

    frames: Sequence[Any] = ()
    strategies: Sequence[FakeStrategy] = ()
    day: TradingDay = field(default_factory=lambda: made_day(2))
    gate_rules: Sequence[Rule] | None = None
    fails_at: int | None = None
    facts: Sequence[JournalFact] = ()
    start: int = field(default_factory=lambda: at("09:15"))
    wall: Clock | None = None
    """A clock that moves by itself; without one the tape moves it."""

    def __post_init__(self) -> None:
        self.diary: list[tuple[str, Any]] = []
        self.faults: list[Exception] = []
        self.ledger = FakeLedger(self.diary, self.fails_at)
        self.broker = FakeBroker(self.diary)
        self.books = FakeBooks(*(self.facts or opening_facts()[:1]))
        self.bus = Bus(lambda ear, fault: self.faults.append(fault))
        for topic in JOURNAL:
            self.bus.hear(topic, lambda fact: self.diary.append(("told", fact)))
        self.clock = self.wall or TapeClock(self.start)
        self.broker.answer_books = lambda: mirrored(self.books, self.clock.now())
        plugs = Plugs(
            clock=self.clock,
            feed=FakeFeed(self.frames),
            broker=self.broker,
            ledger=self.ledger,
            books=self.books,
            costs=FakeCosts(),
            strategies=self.strategies,
            gate=Gate(self.gate_rules or house_rules()),
            bus=self.bus,
            settings=Settings(),
            source="made",
        )
        self.flow = Flow(plugs, self.day)

    async def play(self) -> Rig:
        """Open the day and run it to its end."""
        await self.flow.open()
        await self.flow.run()
        return self

    def wrote(self, *kinds: type) -> list[Any]:
        """Answer the written facts of some kinds, in order."""
        return [fact for fact in self.ledger.facts if isinstance(fact, kinds)]

    def told(self, *kinds: type) -> list[Any]:
        """Answer the told facts of some kinds, in order."""
        return [what for verb, what in self.diary if verb == "told" and isinstance(what, kinds)]
