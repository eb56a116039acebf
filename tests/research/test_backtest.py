"""A backtest is the flow itself: equal to a day in the house, whole or refused, and one account over many days."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit.account import folded
from cockpit.errors import BadInput
from cockpit.facts import DayClosed, DayOpened, FillBooked, Genesis
from cockpit.market import Interval
from cockpit.orders import Decision, Mode, Side
from cockpit.ports import Strategy
from cockpit.research.backtest import Trial, backtested
from cockpit.settings import Settings
from cockpit.storage.memory import MemoryLedger
from cockpit.storage.projections import Projection
from tests.engine.fakes import FakeFeed, FakeStrategy
from tests.engine.made_days import at, made_day, made_ticks
from tests.engine.made_orders import made_intent
from tests.engine.test_promises import check_arithmetic, tomorrow
from tests.simulation.plugged import CASH, house_trial

DAY_NS = 86_400 * 10**9
BUYS: dict[int, list[Decision]] = {2: [made_intent(ts=at("09:17"), entry=100_000, stop=98_500, target=101_000)]}

LATE = [(1, "09:15"), (2, "15:09"), (3, "15:10"), (4, "15:11"), (5, "15:12")]
"""A quiet next day: where the square-off falls due, and the ticks in which it fills."""


def frames(day_ns: int = 0) -> list[object]:
    """Make ticks in which the entry at 1,000.00 is triggered and its target traded through."""
    prices = [99_500, 99_500, 99_500, 100_000, 100_500, 101_500, 102_000, 102_000]
    start = at("09:15") + day_ns
    rows = [(101, start + n * 20 * 10**9, prices[n // 3], 10_000 * (n + 1)) for n in range(3 * len(prices))]
    return [made_ticks([row]) for row in rows]


def trying(script: dict[int, list[Decision]]) -> Trial:
    def only(settings: Settings) -> tuple[Strategy, ...]:
        return (FakeStrategy(script=script),)

    return replace(house_trial(), strategies=only)


async def test_a_backtest_answers_the_trades_bars_and_account_that_its_journal_implies() -> None:
    ledger, books = MemoryLedger(), Projection()
    played = await backtested(made_day(1), FakeFeed(frames()), trying(BUYS), ledger, books)
    facts = [entry.fact for entry in ledger.read()]
    fills = [fact.fill for fact in facts if isinstance(fact, FillBooked)]
    (trade,) = played.trades
    assert (trade.side, trade.exit_paise > trade.entry_paise) == (Side.BUY, True)
    assert played.account == folded(CASH, fills)
    assert played.closed == facts[-1]
    assert played.closed.net_paise == trade.net_paise == played.account.cash_paise - CASH
    assert {int(bars["interval_s"][0]) for bars in played.bars} >= {int(Interval.M1)}
    assert sum(int(bars["interval_s"][0]) == 60 for bars in played.bars) == played.closed.bars == 8


async def test_the_same_tape_gives_the_same_journal() -> None:
    heads = []
    for _ in range(2):
        ledger = MemoryLedger()
        await backtested(made_day(1), FakeFeed(frames()), trying(BUYS), ledger, Projection())
        heads.append(ledger.head)
    assert heads[0] == heads[1]
    assert heads[0][0] > 8


async def test_days_given_to_one_ledger_are_one_account() -> None:
    ledger, books = MemoryLedger(), Projection()
    first = await backtested(made_day(1), FakeFeed(frames()), trying(BUYS), ledger, books)
    second = await backtested(tomorrow(), FakeFeed(frames(DAY_NS)), trying({}), ledger, books)
    opened = [entry.fact for entry in ledger.read() if isinstance(entry.fact, DayOpened)]
    assert len(first.trades) == 1
    assert second.trades == ()
    assert opened[1].equity_paise == first.closed.equity_paise == second.closed.equity_paise
    assert sum(isinstance(entry.fact, Genesis) for entry in ledger.read()) == 1


async def test_a_feed_that_stops_before_its_tape_ends_is_no_answer() -> None:
    class Broken(FakeFeed):
        async def stream(self):  # type: ignore[no-untyped-def]
            yield made_ticks([(101, at("09:15"), 100_000, 1)])

    ledger, books = MemoryLedger(), Projection()
    with pytest.raises(BadInput, match="half a day answers nothing"):
        await backtested(made_day(1), Broken([]), trying({}), ledger, books)
    assert not [entry for entry in ledger.read() if isinstance(entry.fact, DayClosed)]
    with pytest.raises(BadInput, match="never closed"):
        await backtested(made_day(1), FakeFeed(frames()), trying({}), ledger, books)


async def test_a_day_is_played_once_and_never_in_another_modes_ledger() -> None:
    ledger, books = MemoryLedger(), Projection()
    await backtested(made_day(1), FakeFeed(frames()), trying({}), ledger, books)
    with pytest.raises(BadInput, match="played once"):
        await backtested(made_day(1), FakeFeed(frames()), trying({}), ledger, books)
    live, live_books = MemoryLedger(), Projection()
    genesis = Genesis(at("08:00"), Mode.LIVE, "me", CASH, "test")
    await live.write(genesis)
    live_books.apply(genesis)
    with pytest.raises(BadInput, match="mode LIVE"):
        await backtested(made_day(1), FakeFeed(frames()), trying({}), live, live_books)
    assert live.head[0] == 1


async def test_what_is_held_overnight_is_squared_off_the_next_day_and_both_days_add_up() -> None:
    ledger, books = MemoryLedger(), Projection()
    held = await backtested(made_day(1), FakeFeed(frames()[:14]), trying(BUYS), ledger, books)
    assert [p.quantity for p in held.account.positions.values()] == [books.fills()[0].quantity]
    late = [made_ticks([(101, at(when) + DAY_NS, 99_000 + 5 * n, 50_000 * n)]) for n, when in LATE]
    left = await backtested(tomorrow(), FakeFeed(late), trying({}), ledger, books)
    assert left.account.positions == {}
    assert [trade.closed_ts for trade in left.trades] >= [at("15:10") + DAY_NS]
    check_arithmetic([entry.fact for entry in ledger.read()], flat=True)
