"""A whole made day in one process: trust, bars and rules beside plain dict objects, and the flow with its broker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.bench_bars import CLOSES, OPENS, PlainBars, block_copy, dict_ticks, made_day, made_stream
from benchmarks.rows import Row, row
from cockpit.bus import Bus
from cockpit.clock import NS, TapeClock
from cockpit.engine.bars import BarBuilder
from cockpit.engine.flow import Flow, Plugs
from cockpit.engine.risk.gate import Gate
from cockpit.engine.trust import Trust
from cockpit.facts import FillBooked, Genesis
from cockpit.market import DEPTH, Interval, Ticks, TradingDay
from cockpit.orders import Mode
from cockpit.paper.broker import PaperBroker
from cockpit.paper.costs import ChargeTable
from cockpit.roster import rules, strategies
from cockpit.settings import Settings
from cockpit.storage.memory import MemoryLedger
from cockpit.storage.projections import Projection
from cockpit.venues.replay import ReplayFeed

NAMES = 60
SECONDS = (CLOSES - OPENS) // NS
TURN = 300
"""Contenders take turns every five minutes of the day, so that a busy machine is busy for all of them."""
TICK_SIZE = 5
MINUTE = int(Interval.M1)
T = TypeVar("T")
COSTS = ChargeTable.load(Path(__file__).resolve().parents[1] / "resources" / "charges.toml")


def run() -> list[Row]:
    """Measure microseconds a frame of 60 full ticks, the mean over all 22,500 frames of one day.

    Engine: trust, bars of seven intervals, VWAP and both rules. The peer does minutes, VWAP and the opening range and
    nothing else: it doubts no tick. The flow adds orders, risk, marks and the journal, so nobody stands beside it.
    """
    return asyncio.run(measured(made_tape(), watched_day()))


async def measured(tape: Ticks, day: TradingDay) -> list[Row]:
    """Play the day through the three contenders, five minutes each in turn."""
    flow, fills = await opened_flow(day)
    engine, peer = Engine(day), PlainBars()
    spent = dict.fromkeys(("flow", "engine", "peer"), 0)
    for frames in turns(tape):
        spent["engine"] += timed(engine.push, [block_copy(frame) for frame in frames])
        spent["peer"] += timed(peer.push, [dict_ticks(frame) for frame in frames])
        begun = time.perf_counter_ns()
        for frame in frames:
            await flow.take(frame)
        spent["flow"] += time.perf_counter_ns() - begun
    if not fills or engine.trust.n_quarantined.any() or flow.n_ticks != len(tape):
        raise AssertionError(f"{len(fills)} fills on {flow.n_ticks} ticks: this day is not the one that was meant")
    us = {who: ns / 1000 / SECONDS for who, ns in spent.items()}
    what = f"a day of {NAMES} names"
    return [
        row(f"{what}, engine beside a part of it in dicts", us["engine"], us["peer"], unit="us/frame"),
        row(f"{what}, flow with broker and journal", us["flow"], None, unit="us/frame"),
        row(f"{what}, flow from open to close", us["flow"] * SECONDS / 1e6, None, unit="s"),
    ]


class Engine:
    """The engine without money: trust, bars, and both rules hearing every closed minute."""

    def __init__(self, day: TradingDay) -> None:
        self.trust, self.bars = Trust(day, Settings().feed, lambda told: None), BarBuilder(day)
        self.strategies = strategies(Settings())
        for strategy in self.strategies:
            strategy.open_day(day)

    def push(self, frame: Ticks) -> None:
        """Take one frame."""
        for bars in self.bars.push(self.trust.sift(frame)):
            if int(bars["interval_s"][0]) == MINUTE:
                for strategy in self.strategies:
                    strategy.decide(bars)


def timed(push: Callable[[T], object], frames: list[T]) -> int:
    """Answer the ns that pushing all `frames` takes."""
    begun = time.perf_counter_ns()
    for frame in frames:
        push(frame)
    return time.perf_counter_ns() - begun


def turns(tape: Ticks) -> Iterator[list[Ticks]]:
    """Yield the day's frames, one turn's at a time."""
    for first in range(0, len(tape), TURN * NAMES):
        turn = tape[first : first + TURN * NAMES]
        yield [turn[at : at + NAMES] for at in range(0, len(turn), NAMES)]


async def opened_flow(day: TradingDay) -> tuple[Flow, list[FillBooked]]:
    """Plug the flow of a practice day together, without disk, wire or screen; answer it and where its fills go."""
    clock, ledger, books, settings = TapeClock(OPENS), MemoryLedger(), Projection(), Settings()
    genesis = Genesis(OPENS, Mode.PRACTICE, "bench", settings.paper.cash_rupees * 100, "bench")
    await ledger.write(genesis)
    books.apply(genesis)
    fills: list[FillBooked] = []
    bus = Bus(complain)
    bus.hear(FillBooked, fills.append)
    plugs = Plugs(
        clock=clock,
        feed=ReplayFeed(iter(()), OPENS),
        broker=PaperBroker(day, COSTS, settings.paper, Mode.PRACTICE, clock.now),
        ledger=ledger,
        books=books,
        costs=COSTS,
        strategies=strategies(settings),
        gate=Gate(rules(Mode.PRACTICE)),
        bus=bus,
        settings=settings,
        source="made",
    )
    flow = Flow(plugs, day)
    await flow.open()
    return flow, fills


def complain(ear: object, fault: Exception) -> None:
    """Let no fault of an ear pass: a benchmark of something broken is worth nothing."""
    raise fault


def made_tape() -> Ticks:
    """Make the day: full ticks of every name every second, on the grid, with a book of five levels around the price."""
    ticks = made_stream(NAMES, SECONDS)
    rng = np.random.default_rng(11)
    steps = rng.integers(-2, 3, (SECONDS, NAMES)) * TICK_SIZE
    ticks["last_price"] = (100_000 + np.cumsum(steps, axis=0)).reshape(-1)
    for level in range(DEPTH):
        ticks["bid_price"][:, level] = ticks["last_price"] - TICK_SIZE * (level + 1)
        ticks["ask_price"][:, level] = ticks["last_price"] + TICK_SIZE * (level + 1)
    ticks["bid_quantity"] = ticks["ask_quantity"] = 500
    return ticks


def watched_day() -> TradingDay:
    """Make what was known the evening before, such that both rules find names to trade."""
    day = made_day(NAMES)
    day.stats["atr14"], day.stats["sigma_day"], day.stats["adv_shares"] = 1_500.0, 0.01, 5_000_000.0
    day.stats["band_low"] = day.stats["band_high"] = np.nan
    usual = 60 * 250 * np.arange(1, 376, dtype=np.float64)
    day.volume_curve[:] = usual / np.linspace(1.0, 3.0, NAMES)[:, None]
    return day
