"""Requests stay under the broker's limits in every window, whatever the burst."""

from __future__ import annotations

import asyncio

import pytest

from cockpit.errors import RateLimited
from cockpit.venues.kite_pace import LIMITS, Lane, Pace


class Clock:
    """A clock that moves by sleeping, at once."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> int:
        return int(self.seconds * 1e9)

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, ts: int) -> None:
        pass

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


async def sent(lane: Lane, count: int) -> list[float]:
    """Send a burst and answer when each request went out."""
    clock = Clock()
    pace = Pace(clock)
    times: list[float] = []

    async def send() -> None:
        await pace.wait(lane)
        times.append(clock.seconds)

    await asyncio.gather(*(send() for _ in range(count)))
    return times


@pytest.mark.parametrize(("lane", "most"), [(Lane.QUOTE, 1), (Lane.HISTORY, 3), (Lane.REST, 10), (Lane.ORDER, 8)])
async def test_no_second_holds_more_than_the_lane_allows(lane: Lane, most: int) -> None:
    times = await sent(lane, 40)
    assert all(sum(1 for t in times if begin <= t < begin + 1.0) <= most for begin in times)
    assert max(sum(1 for t in times if begin <= t < begin + 1.0) for begin in times) == most


async def test_an_order_that_would_wait_too_long_is_refused_unsent() -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(300):
        await pace.wait(Lane.ORDER)
    with pytest.raises(RateLimited, match="it was not sent"):
        await pace.wait(Lane.ORDER)
    clock.seconds += 63.0
    await pace.wait(Lane.ORDER)


async def test_a_slow_lane_does_not_hold_another_up() -> None:
    clock = Clock()
    pace = Pace(clock)
    await pace.wait(Lane.QUOTE)
    assert pace.delay_s(Lane.QUOTE) > 1.0
    assert pace.delay_s(Lane.REST) == 0.0


def test_our_order_limits_leave_headroom_under_the_brokers() -> None:
    assert [(limit.most, limit.seconds) for limit in LIMITS[Lane.ORDER]] == [(8, 1.0), (300, 60.0)]
