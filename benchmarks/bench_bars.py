"""Bars, VWAP and opening ranges from frames of ticks, beside one plain object a name fed with dict ticks."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import Row, row
from cockpit.clock import NS, instant, ist
from cockpit.engine.bars import BarBuilder
from cockpit.engine.strategies.orb import OpeningRange
from cockpit.market import (
    STATS,
    TICK,
    Instrument,
    Interval,
    Phase,
    Session,
    SessionKind,
    TickMode,
    Ticks,
    TradingDay,
    Window,
    ticks_of,
)
from cockpit.settings import OrbSettings

T = TypeVar("T")
DAY = date(2026, 11, 20)
OPENS, CLOSES = instant(DAY, clock_time(9, 15)), instant(DAY, clock_time(15, 30))
RANGE_MINUTES = 15
MINUTE = int(Interval.M1)
FIRST_TOKEN = 1000


ROUNDS = 7


def run() -> list[Row]:
    """Measure 60 and 3,000 names, one frame a second with a tick of every name, and a whole stream in one call.

    Opening the day is left out on our side and trivial on the peer's; we also build the six longer intervals.
    """
    return [*compared(60, 1200, 12.0), *compared(3000, 100, 50.0)]


def compared(n_names: int, n_seconds: int, target: float) -> list[Row]:
    """Measure one size of watchlist, live and whole, against the peer."""
    ticks, day = made_stream(n_names, n_seconds), made_day(n_names)
    frames = np.split(ticks, n_seconds)
    said = [dict_ticks(frame) for frame in frames]
    peer, ours, at_once = [], [], []
    for _ in range(ROUNDS + 1):
        peer.append(frame_by_frame(said, lambda frame: [dict(tick) for tick in frame], PlainBars().push))
        ours.append(frame_by_frame(frames, block_copy, Bench(day).push))
        at_once.append(frame_by_frame([ticks], lambda whole: whole, Bench(day).push))
    ns = [statistics.median(rounds[1:]) / len(ticks) for rounds in (ours, peer, at_once)]
    what = f"bars + VWAP + ORB, {n_names:,} names"
    return [
        row(f"{what}, frame by frame", ns[0], ns[1], unit="ns/tick", target=target),
        row(f"{what}, stream in one call", ns[2], ns[1], unit="ns/tick", target=50.0),
    ]


def frame_by_frame(frames: Sequence[T], fresh: Callable[[T], T], push: Callable[[T], object]) -> int:
    """Answer the ns spent in `push`; each frame is freshly written before, as the wire's decoder leaves it, untimed."""
    spent = 0
    for frame in frames:
        written = fresh(frame)
        begun = time.perf_counter_ns()
        push(written)
        spent += time.perf_counter_ns() - begun
    return spent


def block_copy(ticks: Ticks) -> Ticks:
    """Copy a frame as one block of memory, as compiled code writes it; numpy's own copy goes field by field."""
    copy: Ticks = ticks.view(np.int64).copy().view(TICK)
    return copy


class Bench:
    """Ours as the flow runs it: the builder, and the opening range rule hearing every closed minute."""

    def __init__(self, day: TradingDay) -> None:
        self.builder, self.rule = BarBuilder(day), OpeningRange(OrbSettings())
        self.rule.open_day(day)

    def push(self, frame: Ticks) -> None:
        """Take one frame."""
        for bars in self.builder.push(frame):
            if int(bars["interval_s"][0]) == MINUTE:
                self.rule.decide(bars)


@dataclass(slots=True)
class PlainName:
    """The peer's state of one name: an object in a dict, minutes only."""

    minute: int = -1
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    close: float = 0.0
    volume: int = 0
    seen_volume: int = 0
    traded: float = 0.0
    traded_squares: float = 0.0
    session_volume: int = 0
    range_high: float = -math.inf
    range_low: float = math.inf

    def closed(self) -> tuple[float, ...]:
        """Close the minute: fold it into VWAP and the opening range, and answer the bar."""
        price = (self.high + self.low + self.close) / 3
        self.traded += price * self.volume
        self.traded_squares += price * price * self.volume
        self.session_volume += self.volume
        if self.minute < RANGE_MINUTES:
            self.range_high, self.range_low = max(self.range_high, self.high), min(self.range_low, self.low)
        vwap = self.traded / self.session_volume if self.session_volume else math.nan
        return self.open, self.high, self.low, self.close, self.volume, vwap


class PlainBars:
    """The peer: an object a name, found in a dict, fed with the ticks that the official client hands out."""

    def __init__(self) -> None:
        self.names: dict[int, PlainName] = {}
        self.bars: list[tuple[float, ...]] = []

    def push(self, frame: list[dict[str, Any]]) -> None:
        """Take one frame."""
        names = self.names
        for tick in frame:
            token, price, when = tick["instrument_token"], tick["last_price"], tick["exchange_timestamp"]
            name = names.get(token)
            if name is None:
                name = names[token] = PlainName()
            minute = (when.hour - 9) * 60 + when.minute - 15
            volume = tick["volume_traded"]
            if minute != name.minute:
                if name.minute >= 0:
                    self.bars.append(name.closed())
                name.minute, name.volume = minute, 0
                name.open = name.high = name.low = price
            elif price > name.high:
                name.high = price
            elif price < name.low:
                name.low = price
            name.close = price
            name.volume += volume - name.seen_volume
            name.seen_volume = volume


def dict_ticks(frame: Ticks) -> list[dict[str, Any]]:
    """Write a frame as the official client does: a dict a tick, rupees as floats, time as a datetime."""
    when: datetime = ist(int(frame["ts_event"][0]))
    return [
        {
            "tradable": True,
            "mode": "full",
            "instrument_token": int(tick["token"]),
            "last_price": int(tick["last_price"]) / 100,
            "last_traded_quantity": int(tick["last_quantity"]),
            "volume_traded": int(tick["volume"]),
            "exchange_timestamp": when,
        }
        for tick in frame
    ]


def made_stream(n_names: int, n_seconds: int) -> Ticks:
    """Make a stream in which every name trades every second."""
    rng = np.random.default_rng(7)
    ticks = ticks_of(n_names * n_seconds)
    grid: NDArray[Any] = ticks.reshape(n_seconds, n_names)
    grid["token"] = FIRST_TOKEN + np.arange(n_names)
    grid["ts_event"] = grid["ts_seen"] = grid["ts_trade"] = (OPENS + np.arange(n_seconds) * NS)[:, None]
    grid["last_price"] = 100_000 + np.cumsum(rng.integers(-10, 11, grid.shape), axis=0)
    grid["volume"] = np.cumsum(rng.integers(1, 500, grid.shape), axis=0)
    grid["last_quantity"] = 10
    grid["mode"] = TickMode.FULL
    return ticks


def made_day(n_names: int) -> TradingDay:
    """Make the day of the stream: continuous trading only, every figure known, volumes too low for an intent."""
    hours = (Window(Phase.CONTINUOUS, OPENS, CLOSES),)
    session = Session(DAY, SessionKind.REGULAR, "bench", hours, hours, CLOSES - 1200 * NS, CLOSES - 600 * NS)
    names = tuple(Instrument(FIRST_TOKEN + i, f"NAME{i}") for i in range(n_names))
    stats = np.ones(n_names, STATS)
    stats["previous_close"], stats["atr14"] = 100_000.0, 1_000.0
    return TradingDay(session, Interval.M1, names, stats, np.full((n_names, 375), 1e9))
