"""A flow plugged for tests: any frames, either kind of rules, either kind of matching, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from cockpit.account import Trade
from cockpit.bus import Bus
from cockpit.clock import TapeClock
from cockpit.engine.flow import Flow, Plugs
from cockpit.engine.risk.gate import Gate
from cockpit.engine.strategies.orb_twin import OpeningRangeTwin
from cockpit.engine.strategies.vwap_pullback_twin import VwapPullbackTwin
from cockpit.facts import BarClosed, Genesis
from cockpit.market import TradingDay
from cockpit.orders import Mode
from cockpit.paper.bar_matching import look_bars
from cockpit.paper.broker import PaperBroker
from cockpit.paper.costs import ChargeTable
from cockpit.paper.matching import look_ticks
from cockpit.paper.matching_twin import look_bars as plain_look_bars
from cockpit.paper.matching_twin import look_ticks as plain_look_ticks
from cockpit.places import resources_folder
from cockpit.ports import Ledger, Strategy
from cockpit.roster import rules, strategies
from cockpit.settings import Settings
from cockpit.storage.memory import MemoryLedger
from cockpit.storage.projections import Projection
from cockpit.venues.replay import ReplayFeed

CASH = 100_000_000


@dataclass(slots=True)
class Played:
    """What a day left behind."""

    trades: tuple[Trade, ...]
    bars: list[bytes]
    head: tuple[int, str]
    facts: list[Any] = field(default_factory=list)


async def played(
    day: TradingDay, frames: Iterator[NDArray[Any]], *, plain: bool = False, ledger: Ledger | None = None
) -> Played:
    """Play `frames` through the flow, with compiled kernels or (`plain`) with their readable twins."""
    settings, clock, books = Settings(), TapeClock(day.session.plain[0].opens), Projection()
    kept = ledger or MemoryLedger()
    genesis = Genesis(clock.now(), Mode.REPLAY, "same day", CASH, "test")
    await kept.write(genesis)
    books.apply(genesis)
    costs = ChargeTable.load(resources_folder() / "charges.toml")
    looks = (plain_look_ticks, plain_look_bars) if plain else (look_ticks, look_bars)
    broker = PaperBroker(day, costs, settings.paper, Mode.REPLAY, clock.now, looks=looks)
    bus = Bus(_raise)
    bars: list[bytes] = []
    bus.hear(BarClosed, lambda fact: bars.append(fact.bars.tobytes()))
    feed = ReplayFeed(frames, day.session.opens)
    traders = _plain_rules(settings) if plain else strategies(settings)
    plugs = Plugs(clock, feed, broker, kept, books, costs, traders, Gate(rules(Mode.REPLAY)), bus, settings, "a tape")
    flow = Flow(plugs, day)
    await flow.open()
    await flow.run()
    return Played(books.account.trades, bars, kept.head, [entry.fact for entry in kept.read()])


def _plain_rules(settings: Settings) -> Sequence[Strategy]:
    return (OpeningRangeTwin(settings.orb), VwapPullbackTwin(settings.vwap))


def _raise(ear: object, fault: Exception) -> None:
    raise fault
