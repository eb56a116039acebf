"""Days, ticks and bars made for the tests of bars and rules, in Indian wall-clock time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Any

import numpy as np

from cockpit.clock import NS, instant
from cockpit.market import (
    STATS,
    Bars,
    Instrument,
    Interval,
    Phase,
    Series,
    Session,
    SessionKind,
    TickMode,
    Ticks,
    TradingDay,
    Window,
    bars_of,
    ticks_of,
)

DAY = date(2026, 8, 3)


def at(text: str) -> int:
    """Read `09:15` or `09:15:59` of the made day."""
    return instant(DAY, time.fromisoformat(text))


def made_session() -> Session:
    """Make a regular session under the dated timetable: names with derivatives stop trading at 15:15."""
    before = Window(Phase.PRE_OPEN, at("09:00"), at("09:15"))
    plain = (before, Window(Phase.CONTINUOUS, at("09:15"), at("15:30")))
    auction = (
        before,
        Window(Phase.CONTINUOUS, at("09:15"), at("15:15")),
        Window(Phase.AUCTION, at("15:15"), at("15:35")),
    )
    return Session(DAY, SessionKind.REGULAR, "2026-08", plain, auction, at("15:10"), at("15:20"))


def made_day(
    n: int = 1,
    *,
    interval: Interval = Interval.M1,
    tick_size: int = 5,
    atr: float = 3000.0,
    curve: float = 1000.0,
    previous_close: float = 100_000.0,
    derivatives: Sequence[int] = (),
    index: Sequence[int] = (),
    session: Session | None = None,
) -> TradingDay:
    """Make a day of `n` names with tokens 101, 102, ...; the mean cumulative volume is `curve` per bar."""
    instruments = tuple(
        Instrument(
            token=101 + i,
            symbol=f"NAME{i + 1}",
            tick_size=tick_size,
            series=Series.INDEX if i in index else Series.EQ,
            has_derivatives=i in derivatives,
        )
        for i in range(n)
    )
    stats = np.zeros(n, STATS)
    stats["token"] = [i.token for i in instruments]
    stats["previous_close"], stats["atr14"] = previous_close, atr
    stats["sigma_day"], stats["adv_shares"] = 0.02, 1_000_000.0
    stats["band_low"] = stats["band_high"] = np.nan
    n_bars = 375 * 60 // int(interval)
    volume_curve = np.tile(curve * np.arange(1, n_bars + 1, dtype=np.float64), (n, 1))
    return TradingDay(session or made_session(), interval, instruments, stats, volume_curve)


def made_ticks(rows: Sequence[tuple[Any, ...]], *, mode: TickMode = TickMode.QUOTE, seen: int | None = None) -> Ticks:
    """Make ticks of (token, time, price, cumulative volume); `seen` puts them all into one frame."""
    ticks = ticks_of(len(rows))
    for tick, (token, when, price, volume) in zip(ticks, rows, strict=True):
        ts = at(when) if isinstance(when, str) else when
        tick["token"], tick["ts_event"], tick["last_price"], tick["volume"] = token, ts, price, volume
        tick["ts_seen"] = ts if seen is None else seen
    ticks["mode"] = mode
    return ticks


def made_bars(
    token: int, rows: Sequence[tuple[Any, ...]], *, interval: Interval = Interval.M1, start: str = "09:15"
) -> Bars:
    """Make bars of (open, high, low, close, volume) that follow each other from `start`; None leaves one out."""
    kept = [(i, row) for i, row in enumerate(rows) if row is not None]
    bars = bars_of(len(kept))
    for bar, (i, row) in zip(bars, kept, strict=True):
        bar["open"], bar["high"], bar["low"], bar["close"], bar["volume"] = row
        bar["ts_open"] = at(start) + i * int(interval) * NS
    bars["token"], bars["interval_s"] = token, int(interval)
    return bars


def columns(bars: Bars, *names: str) -> list[tuple[Any, ...]]:
    """Answer the named columns of each row."""
    return [tuple(row[name].item() for name in names) for row in bars]
