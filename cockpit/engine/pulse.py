"""The pulse: wall clock, monotonic clock and the exchange's time held against each other, beat by beat.

A machine that slept, a clock that was set, a loop that stood still: each is noticed at the first beat or frame after.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from cockpit.clock import NS, Clock, hhmmss
from cockpit.market import Ticks

JUMP_S: Final = 3.0
SKEW_S: Final = 2.0
GRAVE_S: Final = 10.0
"""Beyond this nothing is opened until the books were found equal again."""


@dataclass(frozen=True, slots=True)
class Irregular:
    """One thing that time did and should not have done."""

    seconds: float
    sentence: str

    @property
    def is_grave(self) -> bool:
        """Tell whether entries must wait for the books."""
        return abs(self.seconds) > GRAVE_S


class Pulse:
    """Feel how time goes on a clock that moves by itself. It says nothing before its first beat."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall = 0
        self._mono = 0.0
        self.is_beating = False
        """Whether this clock is felt at all; a tape's is not."""
        self._lag_s = math.nan
        self._is_skewed = False

    def saw(self, ticks: Ticks) -> None:
        """Note how far our clock was from the exchange's when the freshest tick of a frame came in."""
        event = int(ticks["ts_event"].max())
        if self.is_beating and event > 0:
            lag = (int(ticks["ts_seen"].max()) - event) / NS
            if math.isnan(self._lag_s) or abs(lag) < abs(self._lag_s):
                self._lag_s = lag

    def beat(self, *, judges_skew: bool) -> list[Irregular]:
        """Answer what was irregular since the last time; skew is told once, until it is gone.

        `judges_skew` is false out of session, when even the freshest tick is old.
        """
        found = self.felt()
        self.is_beating = True
        lag, self._lag_s = self._lag_s, math.nan
        if not judges_skew or math.isnan(lag):
            return found
        was_skewed, self._is_skewed = self._is_skewed, abs(lag) > SKEW_S
        if self._is_skewed and (not was_skewed or abs(lag) > GRAVE_S):
            ahead = "ahead of" if lag > 0 else "behind"
            found.append(Irregular(lag, f"this clock is {abs(lag):.1f} s {ahead} the exchange, or ticks come late"))
        return found

    def felt(self) -> list[Irregular]:
        """Answer whether the time since the last call went by as it should."""
        wall, mono = self._clock.now(), self._clock.monotonic()
        before, stood = self._wall, mono - self._mono
        jumped = (wall - before) / NS - stood
        self._wall, self._mono = wall, mono
        if not self.is_beating:
            return []
        if abs(jumped) > JUMP_S:
            said = f"the clock went from {hhmmss(before)} to {hhmmss(wall)} while {stood:.1f} s passed: slept, or set"
            return [Irregular(jumped, said)]
        if stood > JUMP_S:
            return [Irregular(stood, f"nothing was done for {stood:.1f} s, from {hhmmss(before)} to {hhmmss(wall)}")]
        return []
