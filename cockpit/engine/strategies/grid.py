"""The session as rules see it: bars numbered from the open, and times of day as instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from cockpit.clock import NS, instant
from cockpit.errors import BadInput, BadSetting
from cockpit.market import Bars, TradingDay


@dataclass(frozen=True, slots=True)
class Grid:
    """Number the base bars of a session from 0, and turn settings in minutes or wall-clock time into it."""

    day: TradingDay

    @property
    def opens(self) -> int:
        """Answer when bar 0 opens, ns UTC."""
        return self.day.session.opens

    @property
    def step(self) -> int:
        """Answer how long a base bar is, ns."""
        return int(self.day.interval) * NS

    @property
    def n_bars(self) -> int:
        """Answer how many bars the session can have, the one that the close cuts short included."""
        return -((self.opens - self.day.session.closes) // self.step)

    def at(self, clock: str) -> int:
        """Answer the instant of an `HH:MM` setting on this day."""
        return instant(self.day.session.day, time.fromisoformat(clock))

    def closing_of(self, bars: Bars) -> int:
        """Answer when `bars` closed, ns UTC.

        Errors: BadInput when they are not base bars of this day: a rule would count them wrongly.
        """
        interval = int(bars["interval_s"][0])
        if interval != int(self.day.interval):
            raise BadInput(f"bars of {interval} s given to a rule, the day's {int(self.day.interval)} s expected")
        return int(bars["ts_open"][0]) + self.step

    def bars_in(self, minutes: int, setting: str) -> int:
        """Answer how many base bars `minutes` are.

        Errors: BadSetting naming `setting` when they are no whole number of bars, because half a bar cannot be read.
        """
        bars, rest = divmod(minutes * 60, int(self.day.interval))
        if rest or not bars:
            raise BadSetting(
                f"{setting} = {minutes} min is no whole number of the day's {self.day.interval.label} bars; "
                f"a multiple of {int(self.day.interval) // 60} expected"
            )
        return bars
