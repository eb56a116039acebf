"""A real recorded day through flow, paper broker and journal: twice the same chain, and every paisa accounted for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cockpit.account import folded
from cockpit.bus import Bus
from cockpit.clock import TapeClock
from cockpit.engine.flow import Flow, Plugs
from cockpit.engine.prepare import CURVE_SESSIONS, trading_day
from cockpit.engine.risk.gate import Gate
from cockpit.facts import DayClosed, FillBooked, Genesis, OrderPlaced
from cockpit.orders import Mode, Role
from cockpit.paper.broker import PaperBroker
from cockpit.paper.costs import ChargeTable
from cockpit.roster import rules, strategies
from cockpit.settings import Settings
from cockpit.storage.memory import MemoryLedger
from cockpit.storage.projections import Projection
from cockpit.venues.calendar import NseCalendar
from cockpit.venues.recorded import RecordedMarket
from cockpit.venues.replay import ReplayFeed
from tests.conftest import REPO
from tests.engine.made_orders import (
    CASH,
)

DAY = date(2024, 6, 28)


async def replayed(market: RecordedMarket) -> tuple[MemoryLedger, list[Exception]]:
    session = NseCalendar.load(REPO / "resources").session(DAY)
    assert session is not None
    tape = market.tape(DAY)
    names = market.instruments(tape, DAY)
    past = market.past(tape, DAY, [i.symbol for i in names], CURVE_SESSIONS)
    day = trading_day(session, market.interval(tape), names, market.panel(adjusted=True), past, {})
    clock, ledger, books, settings = TapeClock(session.opens), MemoryLedger(), Projection(), Settings()
    genesis = Genesis(clock.now(), Mode.REPLAY, "made", CASH, "test")
    await ledger.write(genesis)
    books.apply(genesis)
    faults: list[Exception] = []
    costs = ChargeTable.load(REPO / "resources" / "charges.toml")
    plugs = Plugs(
        clock=clock,
        feed=ReplayFeed(market.frames(tape, DAY), session.opens),
        broker=PaperBroker(day, costs, settings.paper, Mode.REPLAY, clock.now),
        ledger=ledger,
        books=books,
        costs=costs,
        strategies=strategies(settings),
        gate=Gate(rules(Mode.REPLAY)),
        bus=Bus(lambda ear, fault: faults.append(fault)),
        settings=settings,
        source="recorded",
    )
    flow = Flow(plugs, day)
    await flow.open()
    await flow.run()
    return ledger, faults


@pytest.mark.slow
async def test_a_real_day_replays_to_the_same_chain_ends_flat_and_adds_up(market_data: Path) -> None:
    market = RecordedMarket(market_data)
    ledger, faults = await replayed(market)
    again, _ = await replayed(market)
    assert ledger.head == again.head
    assert faults == []
    facts = [entry.fact for entry in ledger.read()]
    fills = [fact.fill for fact in facts if isinstance(fact, FillBooked)]
    account = folded(CASH, fills)
    closed = facts[-1]
    assert isinstance(closed, DayClosed)
    assert fills
    assert dict(account.positions) == {}
    assert closed.equity_paise == account.cash_paise == CASH + closed.net_paise
    assert closed.trades == len(account.trades)
    entries = [f.order.order_id for f in facts if isinstance(f, OrderPlaced) and f.order.role is Role.ENTRY]
    assert len(entries) == len(set(entries)) > 0
