"""The only place that knows what time it is: int ns UTC inside, Asia/Kolkata at the edges.

A `Clock` is handed to whoever needs time. `WallClock` is the machine's own (faster for the practice market if asked);
`TapeClock` moves only when the market data moves it, which is what makes a replayed day equal to the live one.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from cockpit.errors import BadInput

IST: Final = ZoneInfo("Asia/Kolkata")
NS: Final = 1_000_000_000
"""Nanoseconds in a second."""
IST_OFFSET_NS: Final = 19_800 * NS
"""India has one zone, UTC+05:30, and no daylight saving, so kernels may add this constant."""
DAY_NS: Final = 86_400 * NS


class Clock(Protocol):
    """Tell the time and wait; everything that depends on time gets one of these."""

    def now(self) -> int:
        """Answer the present instant in ns UTC."""

    def monotonic(self) -> float:
        """Answer seconds on a scale that never goes back, for durations and deadlines."""

    def advance(self, ts: int) -> None:
        """Let market data of instant `ts` move this clock, if it is one that data moves."""

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock's time."""


class WallClock:
    """Tell the machine's time, or a practice time that starts at `start_ns` and runs `speed` times as fast."""

    def __init__(self, start_ns: int | None = None, speed: float = 1.0) -> None:
        if speed <= 0:
            raise BadInput(f"clock speed {speed} given, a number above 0 expected: use 1 for real time")
        self._speed = speed
        self._origin = time.monotonic_ns()
        self._start = time.time_ns() if start_ns is None else start_ns
        self._real = start_ns is None and speed == 1.0

    def now(self) -> int:
        """Answer the present instant in ns UTC."""
        if self._real:
            return time.time_ns()
        return self._start + int((time.monotonic_ns() - self._origin) * self._speed)

    def monotonic(self) -> float:
        """Answer seconds of this clock's own scale."""
        return (time.monotonic_ns() - self._origin) * self._speed / NS

    def advance(self, ts: int) -> None:
        """Ignore `ts`: a wall clock needs no help from the market."""

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this clock's scale on the running loop."""
        await asyncio.sleep(max(0.0, seconds) / self._speed)


class TapeClock:
    """Tell the time of the newest market data seen; it never goes back and never moves by itself."""

    def __init__(self, start_ns: int) -> None:
        self._now = start_ns

    def now(self) -> int:
        """Answer the newest instant the tape has reached, ns UTC."""
        return self._now

    def monotonic(self) -> float:
        """Answer the tape's time in seconds: it cannot go back, so it serves for durations."""
        return self._now / NS

    def advance(self, ts: int) -> None:
        """Move to `ts` if that is later; an earlier instant is ignored, because late data must not turn time back."""
        self._now = max(self._now, ts)

    async def sleep(self, seconds: float) -> None:
        """Yield once to the loop: a tape has nothing to wait for, only its own next frame."""
        await asyncio.sleep(0)


def monotonic_ns() -> int:
    """Answer the machine's monotonic nanoseconds, for measuring how long something took."""
    return time.monotonic_ns()


def ist(ts: int) -> datetime:
    """Show an instant (ns UTC) as an aware datetime in Asia/Kolkata, whole microseconds."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ts // 1000)).astimezone(IST)


def ist_day(ts: int) -> date:
    """Answer the Indian calendar day an instant falls on."""
    return ist(ts).date()


def instant(day: date, at: clock_time) -> int:
    """Answer the ns UTC of an Indian wall-clock time on a day."""
    if at.tzinfo is not None:
        raise BadInput(f"time {at} carries a zone; give plain Indian wall-clock time")
    return to_ns(datetime.combine(day, at, tzinfo=IST))


def to_ns(moment: datetime) -> int:
    """Turn an aware datetime into ns UTC.

    Errors: BadInput when `moment` is naive, because a naive time has already lost its zone.
    """
    if moment.tzinfo is None:
        raise BadInput(f"naive time {moment!r} given, an aware one expected: attach the zone where the value enters")
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * NS + delta.microseconds * 1000


def hhmmss(ts: int) -> str:
    """Show an instant as Indian wall-clock time, `09:15:00`."""
    return ist(ts).strftime("%H:%M:%S")
