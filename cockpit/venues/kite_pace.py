"""Keeps requests under the broker's limits: by class, in sliding windows, on the clock it is given."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cockpit.clock import Clock
from cockpit.errors import BadSetting, RateLimited

SLACK: Final = 1.05
"""Windows are kept a little longer than the broker's, because requests may bunch up on their way."""


class Lane(StrEnum):
    """The classes in which the broker counts requests."""

    QUOTE = "quote"
    HISTORY = "history"
    ORDER = "order"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` requests in any `seconds`."""

    most: int
    seconds: float


LIMITS: Final[Mapping[Lane, tuple[Limit, ...]]] = MappingProxyType(
    {
        # Kite Connect documentation, "API rate limit", 2026-07: quote 1/s, historical 3/s, all else 10/s.
        Lane.QUOTE: (Limit(1, 1.0),),
        Lane.HISTORY: (Limit(3, 1.0),),
        Lane.REST: (Limit(10, 1.0),),
        # Orders 10/s and 400/min a client account; ours stay under that, so that exits keep their headroom.
        Lane.ORDER: (Limit(8, 1.0), Limit(300, 60.0)),
    }
)
LONGEST_ORDER_WAIT_S: Final = 1.5
"""An order that would wait longer is refused instead: it was decided on another market."""


class Pace:
    """Let requests of each lane through in order, no more than its limits allow. One `Pace` an account."""

    def __init__(self, clock: Clock, limits: Mapping[Lane, tuple[Limit, ...]] = LIMITS) -> None:
        self._clock = clock
        self._limits = limits
        self._sent: dict[Lane, deque[float]] = {
            lane: deque(maxlen=max(limit.most for limit in those)) for lane, those in limits.items()
        }
        self._turn: dict[Lane, asyncio.Lock] = {lane: asyncio.Lock() for lane in limits}

    async def wait(self, lane: Lane) -> None:
        """Wait for this lane's turn and count the request.

        Errors: RateLimited, with nothing sent, for an order that would wait too long; BadSetting for a clock that does
        not move by itself.
        """
        async with self._turn[lane]:
            while (delay := self.delay_s(lane)) > 0.0:
                if lane is Lane.ORDER and delay > LONGEST_ORDER_WAIT_S:
                    raise RateLimited(f"an order would wait {delay:.1f} s for our own limit; it was not sent")
                before = self._clock.monotonic()
                await self._clock.sleep(delay)
                if self._clock.monotonic() <= before:
                    raise BadSetting("the pace was given a clock that only data moves; give it a wall clock")
            self._sent[lane].append(self._clock.monotonic())

    def delay_s(self, lane: Lane) -> float:
        """Answer how long a request of `lane` would have to wait now."""
        sent, now = self._sent[lane], self._clock.monotonic()
        waits = [
            sent[-limit.most] + limit.seconds * SLACK - now for limit in self._limits[lane] if len(sent) >= limit.most
        ]
        return max(waits, default=0.0)
