"""The paper broker's look at a frame: 60 names a second, idle and with 20 stops waiting."""

from __future__ import annotations

import asyncio
import math
import time
from pathlib import Path

from benchmarks.bench_bars import DAY, OPENS, made_day, made_stream
from benchmarks.rows import Row, row
from cockpit.clock import TapeClock
from cockpit.market import TickMode, Ticks
from cockpit.orders import Bracket, Mode, Order, OrderKind, Product, Role, Side
from cockpit.paper.broker import PaperBroker
from cockpit.paper.costs import ChargeTable
from cockpit.settings import PaperSettings

NAMES, SECONDS = 60, 1200
COSTS = ChargeTable.load(Path(__file__).resolve().parents[1] / "resources" / "charges.toml")


def run() -> list[Row]:
    """Measure microseconds a frame. No peer: the readable twin searches plainly, and beating it would prove nothing."""
    frames = made_frames()
    return [
        row(
            f"paper broker, {NAMES} names, {working} orders working",
            frame_us(frames, working),
            None,
            unit="us/frame",
        )
        for working in (0, 20)
    ]


def made_frames() -> list[Ticks]:
    """Make frames of full ticks with a book of five levels around the last price."""
    ticks = made_stream(NAMES, SECONDS)
    ticks["mode"] = int(TickMode.FULL)
    for level in range(ticks["bid_price"].shape[1]):
        ticks["bid_price"][:, level] = ticks["last_price"] - 5 * (level + 1)
        ticks["ask_price"][:, level] = ticks["last_price"] + 5 * (level + 1)
    ticks["bid_quantity"] = ticks["ask_quantity"] = 500
    return [ticks[at : at + NAMES] for at in range(0, len(ticks), NAMES)]


def frame_us(frames: list[Ticks], working: int) -> float:
    """Answer the mean microseconds a frame costs, its reports taken; the first frame is not counted."""
    day, clock = made_day(NAMES), TapeClock(OPENS)
    day.stats["band_low"] = day.stats["band_high"] = math.nan
    broker = PaperBroker(day, COSTS, PaperSettings(), Mode.PRACTICE, clock.now)
    broker.see(frames[0])
    clock.advance(int(frames[0]["ts_event"].max()))
    dearest = max(int(frame["last_price"].max()) for frame in frames)
    for slot in range(working):
        asyncio.run(broker.place(waiting_stop(day.instruments[slot].token, 2 * dearest // 100 * 100, clock.now())))
    begun = time.perf_counter()
    for frame in frames[1:]:
        clock.advance(int(frame["ts_event"][0]))
        broker.see(frame)
        broker.reports()
    mean = (time.perf_counter() - begun) / (len(frames) - 1) * 1e6
    if not math.isfinite(mean):
        raise AssertionError("nothing was measured")
    return mean


def waiting_stop(token: int, trigger: int, ts: int) -> Order:
    """Make a buy stop that no price of the stream reaches."""
    order_id = f"{DAY:%Y%m%d}{token}"
    return Order(
        order_id=order_id,
        intent_id=order_id,
        parent_id="",
        role=Role.ENTRY,
        token=token,
        symbol=f"N{token}",
        side=Side.BUY,
        quantity=100,
        kind=OrderKind.STOP,
        price=0,
        trigger=trigger,
        product=Product.MIS,
        rule="BENCH",
        tag=order_id,
        ts=ts,
        valid_until=0,
        bracket=Bracket(trigger // 2 // 100 * 100, None),
    )
