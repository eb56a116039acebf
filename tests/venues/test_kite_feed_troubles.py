"""What is malformed, rude or endless on the stream is survived, told and never leaks the token."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from cockpit.clock import TapeClock
from cockpit.errors import BadFrame, BadInput, BadSetting, FeedLost
from cockpit.facts import FeedMoved, FeedState
from cockpit.venues.kite_feed import KiteFeed
from cockpit.venues.kite_reader import Ears
from tests.venues.fake_kite import FakeStream, frame_of, full, ltp
from tests.venues.feed_day import (
    OVER,
    SECRET,
    everything,
    feed_to,
    over,
    says,
    silence,
    states,
)


async def test_a_malformed_frame_is_dropped_counted_and_told_and_the_stream_goes_on() -> None:
    troubles: list[Exception] = []
    bad = frame_of(ltp(1, 2))[:-1]
    async with FakeStream([says(bad, "[]", frame_of(ltp(1, 2), bytes(9)), OVER)]) as stream:
        feed = feed_to(stream, ears=Ears(trouble=troubles.append))
        news, ticks = await everything(feed)
    assert (feed.counts.malformed, feed.counts.unknown_packets, len(ticks)) == (2, 1, 1)
    assert [type(trouble) for trouble in troubles] == [BadFrame, BadFrame, BadInput]
    assert "1 packets of an unknown size" in str(troubles[2])
    assert FeedState.LOST not in states(news)


async def test_a_storm_of_malformed_frames_reconnects() -> None:
    async with FakeStream([says(*[b"\x00\x01"] * 9), over]) as stream:
        feed = feed_to(stream)
        news, _ = await everything(feed)
    assert "a storm of malformed frames (5 so far)" in next(m.reason for m in news if m.state is FeedState.LOST)


async def test_words_of_the_server_reach_their_ears_and_an_ear_that_raises_stops_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    orders: list[Any] = []
    troubles: list[Any] = []

    def broken(news: Any) -> None:
        raise RuntimeError("deaf")

    said = ['{"type":"order","data":{"order_id":"9"}}', '{"type":"error","data":"too many"}']
    async with FakeStream([says(*said, '{"type":"message","data":"hello"}', frame_of(ltp(1, 2)), OVER)]) as stream:
        feed = feed_to(stream, ears=Ears(order=orders.append, trouble=troubles.append, notice=broken))
        _, ticks = await everything(feed)
    assert orders == [{"order_id": "9"}]
    assert isinstance(troubles[0], FeedLost)
    assert "too many" in str(troubles[0])
    assert (feed.counts.ear_faults, len(ticks)) == (1, 1)
    assert "the stream goes on" in caplog.text


async def test_last_words_without_a_clean_close_do_not_end_the_day() -> None:
    async def cut(connection: ServerConnection, stream: FakeStream) -> None:
        await connection.send(OVER)
        await asyncio.sleep(0.05)
        connection.transport.abort()

    async with FakeStream([cut, over]) as stream:
        news, _ = await everything(feed_to(stream))
    assert states(news).count(FeedState.LOST) == 1
    assert states(news)[-1] is FeedState.ENDED


async def test_a_clean_close_without_last_words_reconnects() -> None:
    async with FakeStream([says(b"\x00"), over]) as stream:
        news, _ = await everything(feed_to(stream))
    assert "the server closed the link (code 1000)" in next(m.reason for m in news if m.state is FeedState.LOST)


async def test_close_frees_every_task_and_socket_even_while_waiting() -> None:
    before = asyncio.all_tasks()
    async with FakeStream([silence]) as stream:
        feed = feed_to(stream)
        await feed.watch([1])
        taking = asyncio.create_task(everything(feed))
        await stream.until(lambda: len(stream.heard) == 1 and len(stream.heard[0]) == 2)
        await feed.close()
        await taking
    assert asyncio.all_tasks() == before


async def until_still(count: Callable[[], int]) -> None:
    """Wait until a count has stopped growing."""
    before = -1
    while before != count():
        before = count()
        await asyncio.sleep(0.1)


async def test_no_frame_is_dropped_and_none_is_queued_without_bound_when_the_flow_is_slow() -> None:
    n_frames, frame = 2000, frame_of(*(full(token << 8 | 1, 100) for token in range(50)))
    sent = 0

    async def flood(connection: ServerConnection, stream: FakeStream) -> None:
        nonlocal sent
        for _ in range(n_frames):
            await connection.send(frame)
            sent += 1
        await over(connection, stream)

    async with FakeStream([flood]) as stream:
        feed = feed_to(stream)
        taken = 0
        async for ticks in feed.stream():
            if isinstance(ticks, FeedMoved):
                continue
            taken += 1
            if taken == 1:
                await until_still(lambda: sent)
                assert sent < n_frames, "the sender was never held back"
    assert feed.counts.ticks == 50 * n_frames
    assert taken == n_frames


async def test_the_token_is_in_no_log_and_no_news(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with FakeStream([says(b"\x00"), over], refusals=[403, 500]) as stream:
        news, _ = await everything(feed_to(stream))
    assert SECRET not in caplog.text + "".join(moved.reason for moved in news)


async def test_a_feed_streams_once() -> None:
    async with FakeStream([over]) as stream:
        feed = feed_to(stream)
        await everything(feed)
        with pytest.raises(BadInput, match="streaming already"):
            await anext(feed.stream())


async def test_more_names_than_a_connection_carries_are_refused() -> None:
    feed = KiteFeed("key", lambda: SECRET, TapeClock(0), lambda ts: True)
    with pytest.raises(BadInput, match="3001 tokens given, at most 3000"):
        await feed.watch(range(3001))


@pytest.mark.parametrize("root", ["ws://kite.example", "https://kite.example", "wss://kite.example/path", "wss://"])
def test_a_root_that_would_give_the_token_away_is_refused(root: str) -> None:
    with pytest.raises(BadSetting, match="root"):
        KiteFeed("key", lambda: SECRET, TapeClock(0), lambda ts: True, root=root)


UNDER_QT = """
import asyncio
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop
from cockpit.settings import FeedSettings
from tests.venues.fake_kite import FakeStream, frame_of, ltp
from tests.venues.feed_day import everything, feed_to, over, says, silent_after_heartbeat

async def day():
    async with FakeStream([silent_after_heartbeat, says(frame_of(ltp(1, 2))), over]) as stream:
        feed = feed_to(stream, settings=FeedSettings(silent_s=0.4, reconnect_s=0.8))
        await feed.watch([1])
        news, ticks = await everything(feed)
    print(*[moved.state.name for moved in news], len(ticks))

with QEventLoop(QApplication([])) as loop:
    loop.run_until_complete(day())
"""


def test_it_streams_under_the_screens_loop_too() -> None:
    """In a process of its own: a Qt loop that was closed must not haunt the tests that come after."""
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run([sys.executable, "-c", UNDER_QT], cwd=root, capture_output=True, text=True, check=True)
    assert told.stdout.split() == (
        ["CONNECTING", "LIVE", "SILENT", "LOST", "CONNECTING", "LIVE", "LOST", "CONNECTING", "LIVE", "ENDED", "1"]
    ), told.stderr
