"""How long the whole market stops when the index has moved too far, by how far and at what time of day."""

from __future__ import annotations

from datetime import time
from typing import Final

from cockpit.clock import NS, instant, ist, ist_day

BREAKERS: Final = frozenset({"NIFTY 50", "SENSEX"})
"""Indices whose move halts the market."""
REST_OF_DAY: Final = -1

_MINUTES: Final[dict[int, tuple[tuple[time, int], ...]]] = {
    10: ((time(13, 0), 45), (time(14, 30), 15), (time(23, 59), 0)),
    15: ((time(13, 0), 105), (time(14, 0), 45), (time(23, 59), REST_OF_DAY)),
    20: ((time(23, 59), REST_OF_DAY),),
}
"""By level in percent: (before this time, minutes). Source: SEBI's index-based market-wide circuit breakers."""


def halt_minutes(level: int, at: time) -> int:
    """Answer the minutes of the halt that `level` percent brings at `at`: 0 none, -1 the rest of the day."""
    return next((minutes for before, minutes in _MINUTES[level] if at < before), _MINUTES[level][-1][1])


def halted_until(level: int, ts: int) -> int:
    """Answer until when (ns UTC) nothing trades; `ts` itself when this level no longer halts so late in the day."""
    minutes = halt_minutes(level, ist(ts).time())
    if minutes == REST_OF_DAY:
        return instant(ist_day(ts), time(23, 59))
    return ts + minutes * 60 * NS
