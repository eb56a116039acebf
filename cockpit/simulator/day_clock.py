"""The exchange's own clock: it waits before the open for the first subscriber, then moves with the tape, then stops."""

from __future__ import annotations

from datetime import time as clock_time
from datetime import timedelta
from typing import Final

from cockpit.clock import NS, WallClock, instant, ist
from cockpit.errors import BadInput
from cockpit.simulator.grid import Grid

FAST: Final = 0.0
"""As quickly as the client reads."""
FAST_PACE: Final = 1000.0
"""How fast exchange time runs for request limits when the day is as fast as it can be."""
DOORS_OPEN: Final = clock_time(8, 30)
"""When the exchange's day begins for those who log in and read instruments."""
TOKENS_DIE: Final = clock_time(6, 0)


class DayClock:
    """Tell the time of the practice exchange. `speed` is a multiple of real time; `FAST` has none.

    Up to the instant `hurry_until` (ns UTC) even a paced day goes as quickly as the client reads: a client that starts
    again at noon need not sit through its morning a second time.
    """

    def __init__(self, grid: Grid, speed: float, hurry_until: int = 0) -> None:
        if speed < 0:
            raise BadInput(f"speed {speed} given; a multiple of real time, or 0 for as fast as the client reads")
        self.speed = speed
        self._hurry_until = hurry_until
        self._grid = grid
        self._wall = WallClock(instant(grid.session.day, DOORS_OPEN), speed or FAST_PACE)
        self._second = -1
        self._leap = 0

    @property
    def is_fast(self) -> bool:
        """Tell whether the day now goes as quickly as the client reads."""
        return self.speed == FAST or self._grid.ts(self._second) < self._hurry_until

    @property
    def second(self) -> int:
        """Answer the tape's present second; -1 before the tape runs."""
        return self._second

    @property
    def is_over(self) -> bool:
        """Tell whether the tape has run to its end."""
        return self._second >= self._grid.n_seconds

    def now(self) -> int:
        """Answer the exchange's instant, ns UTC. Before the tape runs it comes no further than the second before it."""
        if self._second >= 0:
            return self._grid.ts(min(self._second, self._grid.n_seconds)) + self._leap
        return min(self._wall.now(), self._grid.start - NS) + self._leap

    def pace(self) -> float:
        """Answer seconds on a scale that never stops: what request limits count in."""
        return self._wall.monotonic()

    def reach(self, second: int) -> None:
        """Move to a second of the tape."""
        self._second = second

    def leap(self, seconds: float) -> None:
        """Let the exchange believe it is later than the tape says; a fault, to see tokens die."""
        self._leap += int(seconds * NS)

    def tokens_die(self) -> int:
        """Answer when an access token made now dies: the next 06:00 in India."""
        now = ist(self.now())
        day = now.date() if now.time() < TOKENS_DIE else now.date() + timedelta(days=1)
        return instant(day, TOKENS_DIE)
