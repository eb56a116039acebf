"""How the machine stands, once a second: feed age and rate, names gone quiet, loop lag and the ledger's pace."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import Final

from cockpit.clock import NS, monotonic_ns
from cockpit.engine.flow import Flow
from cockpit.facts import HealthSeen

BEAT_S: Final = 1.0
PROBE_S: Final = 0.05
"""Loop lag is how late a sleep of this length ends; the worst of a beat is told."""
NAME_STALE_S: Final = 10.0


class Health:
    """Watch a running flow from beside it. It reads, measures and tells; it never touches the lane."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._ticks = 0

    async def watch(self) -> None:
        """Tell a `HealthSeen` once a second until cancelled."""
        while True:
            began = monotonic_ns()
            lag_ms = await self._probe(BEAT_S)
            self._flow.plugs.bus.tell(self.seen(lag_ms, (monotonic_ns() - began) / NS))

    def seen(self, loop_lag_ms: float, seconds: float) -> HealthSeen:
        """Answer how things stand after `seconds` of watching."""
        flow = self._flow
        now = flow.plugs.clock.now()
        rate = (flow.n_ticks - self._ticks) / seconds
        self._ticks = flow.n_ticks
        return HealthSeen(
            ts=now,
            feed_age_s=flow.watch.feed_age_s(now),
            feed_p95_ms=_p95(flow.watch.gaps_ms),
            ticks_per_s=rate,
            stale_names=self._stale(now),
            loop_lag_ms=loop_lag_ms,
            ledger_ms=flow.dealer.ledger_ms,
        )

    def _stale(self, now: int) -> int:
        if not self._flow.watch.newest_frame:
            return 0
        prices = self._flow.trust.last()
        traded = [i.token for i in self._flow.day.instruments if not i.is_index]
        return sum((now - prices[t][1]) / NS > NAME_STALE_S if t in prices else True for t in traded)

    async def _probe(self, seconds: float) -> float:
        worst = 0.0
        for _ in range(round(seconds / PROBE_S)):
            began = monotonic_ns()
            await asyncio.sleep(PROBE_S)
            worst = max(worst, (monotonic_ns() - began) / NS - PROBE_S)
        return worst * 1000


def _p95(values: deque[float]) -> float:
    if not values:
        return math.nan
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]
