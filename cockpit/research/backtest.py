"""A backtest is a day played through the very flow that trades: no second engine, no kinder fills, no other rules.

The roof hands in what the rooms may not know of each other: the feed of recorded frames, a ledger with its books, and
the house's strategies and rules. Days given one after the other to the same ledger are one account that lives on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cockpit.account import Account, Trade
from cockpit.bus import Bus
from cockpit.clock import TapeClock
from cockpit.engine.flow import Flow, Plugs
from cockpit.engine.risk.gate import Gate
from cockpit.errors import BadInput
from cockpit.facts import BarClosed, DayClosed, Genesis
from cockpit.market import Bars, TradingDay
from cockpit.money import Paise
from cockpit.orders import Mode
from cockpit.paper.bar_matching import look_bars
from cockpit.paper.broker import PaperBroker
from cockpit.paper.costs import ChargeTable
from cockpit.paper.floor import Look
from cockpit.paper.matching import look_ticks
from cockpit.paper.recovery import carried_in
from cockpit.ports import Books, Feed, Ledger, Rule, Strategy
from cockpit.settings import Settings

ACCOUNT: Final = "backtest"


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: which strategies under which rules, settings and charges, and with how much money."""

    strategies: Callable[[Settings], Sequence[Strategy]]
    """Make fresh strategies; one instance sees one day."""
    rules: Sequence[Rule]
    costs: ChargeTable
    cash_paise: Paise
    settings: Settings
    looks: tuple[Look, Look] = (look_ticks, look_bars)
    """The matching of ticks and of bars; the plain twins answer the same, slower."""


@dataclass(frozen=True, slots=True)
class Played:
    """What one day came to. `bars` are all that closed, of every interval, in the order told."""

    trades: tuple[Trade, ...]
    account: Account
    closed: DayClosed
    bars: tuple[Bars, ...]


async def backtested(day: TradingDay, feed: Feed, trial: Trial, ledger: Ledger, books: Books) -> Played:
    """Play `day` to its end; `books` are those of `ledger`, and both have taken in the day when this answers.

    Errors: BadInput for a ledger with an unfinished day, with another mode's money, or with this day already played,
    and for a feed that ends before its tape does.
    """
    clock = TapeClock(day.session.plain[0].opens)
    await _begin(trial.cash_paise, clock.now(), ledger, books)
    carried = carried_in(books.account.positions, ())
    paper = trial.settings.paper
    broker = PaperBroker(day, trial.costs, paper, Mode.REPLAY, clock.now, carried=carried, looks=trial.looks)
    bars: list[Bars] = []
    bus = Bus(_stop)
    bus.hear(BarClosed, lambda fact: bars.append(fact.bars))
    plugs = Plugs(
        clock=clock,
        feed=feed,
        broker=broker,
        ledger=ledger,
        books=books,
        costs=trial.costs,
        strategies=trial.strategies(trial.settings),
        gate=Gate(trial.rules),
        bus=bus,
        settings=trial.settings,
        source="a tape",
    )
    n_before = len(books.account.trades)
    flow = Flow(plugs, day)
    await flow.open()
    await flow.run()
    closed = books.closed
    if closed is None or closed.day != day.session.day:
        raise BadInput(f"the feed of {day.session.day} stopped before its tape ended: half a day answers nothing")
    return Played(books.account.trades[n_before:], books.account, closed, tuple(bars))


async def _begin(cash_paise: Paise, ts: int, ledger: Ledger, books: Books) -> None:
    if books.opened is not None:
        raise BadInput(f"the ledger's day {books.opened.day} was never closed: a backtest plays whole days; begin anew")
    if books.genesis is None:
        genesis = Genesis(ts, Mode.REPLAY, ACCOUNT, cash_paise, ACCOUNT)
        await ledger.write(genesis)
        books.apply(genesis)
    elif books.genesis.mode is not Mode.REPLAY:
        raise BadInput(f"the ledger is of mode {books.genesis.mode.value}: a backtest plays in ledgers of its own")


def _stop(ear: object, fault: Exception) -> None:
    # The only watcher is the backtest itself: what fails there must not be left out of its answer.
    raise fault
