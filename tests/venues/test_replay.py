"""A replay yields what was recorded, in order, only what is watched, at the pace that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cockpit.clock import NS
from cockpit.errors import BadInput
from cockpit.facts import FeedMoved, FeedState
from cockpit.venues import replay
from cockpit.venues.replay import ReplayFeed
from tests.engine.made_days import at, made_bars, made_ticks

START = at("09:15")


def made_frames(n: int = 5) -> list[Any]:
    return [made_ticks([(101, START + s * NS, 1000, s), (102, START + s * NS, 2000, s)]) for s in range(n)]


async def played(feed: ReplayFeed) -> list[Any]:
    return [frame async for frame in feed.stream()]


async def test_the_tape_begins_live_and_ends_ended_with_every_frame_between() -> None:
    frames = made_frames()
    first, *middle, last = await played(ReplayFeed(iter(frames), START))
    assert first == FeedMoved(START, FeedState.LIVE, "the tape is running")
    assert all(a is b for a, b in zip(middle, frames, strict=True))
    assert last == FeedMoved(START + 4 * NS, FeedState.ENDED, "the tape is over")


async def test_an_empty_tape_ends_at_its_start() -> None:
    assert [frame.state for frame in await played(ReplayFeed(iter([]), START))] == [FeedState.LIVE, FeedState.ENDED]


async def test_only_what_is_watched_is_played_and_empty_frames_are_not() -> None:
    frames = [*made_frames(2), made_ticks([(101, START + 2 * NS, 1000, 5)])]
    feed = ReplayFeed(iter(frames), START)
    await feed.watch([102, 999])
    tokens = [frame["token"].tolist() for frame in await played(feed) if isinstance(frame, np.ndarray)]
    assert tokens == [[102], [102]]


async def test_a_closed_feed_stops_at_the_next_frame_and_does_not_say_that_the_day_is_over() -> None:
    feed = ReplayFeed(iter(made_frames()), START)
    seen: list[Any] = []
    async for frame in feed.stream():
        seen.append(frame)
        if len(seen) == 3:
            await feed.close()
    assert len(seen) == 3


@pytest.mark.parametrize("speed", [-1.0, -0.001, float("nan")])
def test_a_speed_that_makes_no_sense_is_refused(speed: float) -> None:
    with pytest.raises(BadInput, match="replay speed"):
        ReplayFeed(iter([]), START, speed)


class HandClock:
    """A clock that only sleeping moves, and that keeps how long it slept."""

    slept: list[float]

    def __init__(self, start: int, speed: float) -> None:
        self.ts, self.speed, self.slept = start, speed, []

    def now(self) -> int:
        return self.ts

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ts += round(seconds * NS)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> list[HandClock]:
    made: list[HandClock] = []

    def build(start: int, speed: float) -> HandClock:
        made.append(HandClock(start, speed))
        return made[-1]

    wall: Callable[[int, float], HandClock] = build
    monkeypatch.setattr(replay, "WallClock", wall)
    return made


async def test_frames_wait_for_their_instant_on_a_clock_of_the_wished_speed(clocks: list[HandClock]) -> None:
    frames = [made_ticks([(101, START + s * NS, 1000, s)]) for s in (0, 1, 4)]
    await played(ReplayFeed(iter(frames), START, 20.0))
    (clock,) = clocks
    assert (clock.speed, clock.slept) == (20.0, [0.0, 1.0, 3.0])


async def test_a_frame_that_is_already_late_does_not_wait(clocks: list[HandClock]) -> None:
    frames = [made_ticks([(101, START + s * NS, 1000, s)]) for s in (5, 2)]
    await played(ReplayFeed(iter(frames), START, 1.0))
    assert clocks[0].slept == [5.0, 0.0]


async def test_a_bar_is_played_when_it_closes_not_when_it_opens(clocks: list[HandClock]) -> None:
    bars = made_bars(101, [(1000, 1000, 1000, 1000, 5)])
    *_, last = await played(ReplayFeed(iter([bars]), START, 1.0))
    assert clocks[0].slept == [60.0]
    assert last.ts == at("09:16")


async def test_packets_without_exchange_time_are_paced_by_when_they_were_seen(clocks: list[HandClock]) -> None:
    frame = made_ticks([(101, START + 7 * NS, 1000, 1)])
    frame["ts_event"] = 0
    await played(ReplayFeed(iter([frame]), START, 1.0))
    assert clocks[0].slept == [7.0]


async def test_flat_out_no_clock_is_asked(clocks: list[HandClock]) -> None:
    await played(ReplayFeed(iter(made_frames(100)), START))
    assert clocks == []
