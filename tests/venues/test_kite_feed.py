"""The feed notices silence, survives every loss of its link, and restores what was watched."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from cockpit.clock import TapeClock
from cockpit.facts import FeedMoved, FeedState
from cockpit.venues import kite_feed
from cockpit.venues.kite_feed import LONGEST_PAUSE_S, KiteFeed
from tests.venues.fake_kite import FakeStream, frame_of, full, ltp
from tests.venues.feed_day import (
    QUICK,
    SECRET,
    TOKENS,
    Patience,
    Wall,
    after_subscription,
    everything,
    feed_to,
    over,
    says,
    silence,
    silent_after_heartbeat,
    states,
    until,
)


async def test_a_day_streams_from_connect_to_its_end() -> None:
    frames = [frame_of(full(738561, 141915), ltp(256265, 2600000)), b"\x00", frame_of(full(738561, 141920))]

    async def day(connection: ServerConnection, stream: FakeStream) -> None:
        await after_subscription(connection, stream)
        await says(*frames)(connection, stream)
        await over(connection, stream)

    async with FakeStream([day]) as stream:
        feed = feed_to(stream)
        await feed.watch(TOKENS)
        news, ticks = await everything(feed)
    assert states(news) == [FeedState.CONNECTING, FeedState.LIVE, FeedState.ENDED]
    assert [list(frame["last_price"]) for frame in ticks] == [[141915, 2600000], [141920]]
    assert {int(stamp) for frame in ticks for stamp in frame["ts_seen"]} == {77}
    assert stream.subscribed(0) == (set(TOKENS), set(TOKENS))
    assert (feed.counts.ticks, feed.counts.frames) == (3, 4)


async def test_every_reconnect_restores_exactly_what_was_watched() -> None:
    async def drop(connection: ServerConnection, stream: FakeStream) -> None:
        await after_subscription(connection, stream)
        connection.transport.abort()

    async def last(connection: ServerConnection, stream: FakeStream) -> None:
        await after_subscription(connection, stream)
        await over(connection, stream)

    async with FakeStream([drop, drop, last]) as stream:
        feed = feed_to(stream)
        await feed.watch(TOKENS)
        news, _ = await everything(feed)
    assert [stream.subscribed(number) for number in range(3)] == [(set(TOKENS), set(TOKENS))] * 3
    assert states(news).count(FeedState.LOST) == 2


async def test_a_change_of_the_watchlist_sends_only_the_difference() -> None:
    async def hold(connection: ServerConnection, stream: FakeStream) -> None:
        await connection.send(b"\x00")
        await stream.until(lambda: {"a": "unsubscribe", "v": [1]} in stream.heard[0] and len(stream.heard[0]) >= 5)
        await over(connection, stream)

    async with FakeStream([hold]) as stream:
        feed = feed_to(stream)
        await feed.watch([1, 2])
        frames = feed.stream()
        await until(frames, lambda f: isinstance(f, FeedMoved) and f.state is FeedState.LIVE)
        await feed.watch([2, 3])
        await until(frames, lambda f: isinstance(f, FeedMoved) and f.state is FeedState.ENDED)
        await feed.close()
    assert [said["v"] for said in stream.heard[0]] == [[1, 2], ["full", [1, 2]], [1], [3], ["full", [3]]]


async def test_silence_in_market_hours_is_told_and_then_reconnects() -> None:
    patience = Patience({FeedState.LIVE: 0.02, FeedState.LOST: 20.0})
    async with FakeStream([silent_after_heartbeat, over]) as stream:
        news, _ = await everything(feed_to(stream, settings=patience), patience.hear)
    expected = [FeedState.CONNECTING, FeedState.LIVE, FeedState.SILENT, FeedState.LOST]
    assert states(news)[:4] == expected
    assert states(news)[-1] is FeedState.ENDED
    assert "silent for 0.02 s" in news[2].reason
    assert "silent for 0.04 s" in news[3].reason


async def test_a_frame_after_silence_is_announced_as_life() -> None:
    told = asyncio.Event()
    patience = Patience({FeedState.LIVE: 0.02, FeedState.SILENT: 20.0})

    async def pause(connection: ServerConnection, stream: FakeStream) -> None:
        await connection.send(b"\x00")
        await told.wait()
        await connection.send(frame_of(ltp(1, 5)))
        await over(connection, stream)

    async with FakeStream([pause]) as stream:
        seen: list[Any] = []
        async for frame in feed_to(stream, settings=patience).stream():
            seen.append(frame.state if isinstance(frame, FeedMoved) else int(frame["last_price"][0]))
            if isinstance(frame, FeedMoved) and not told.is_set():
                patience.hear(frame)
            if seen[-1] is FeedState.SILENT:
                told.set()
    assert seen[1:] == [FeedState.LIVE, FeedState.SILENT, FeedState.LIVE, 5, FeedState.ENDED]


async def test_silence_out_of_session_is_nothing_while_the_peer_answers_pings() -> None:
    waits: list[int] = []
    waited_thrice = asyncio.Event()

    def expects_ticks(ts: int) -> bool:
        waits.append(ts)
        if len(waits) == 3:
            waited_thrice.set()
        return False

    async def wait(connection: ServerConnection, stream: FakeStream) -> None:
        await waited_thrice.wait()
        await over(connection, stream)

    async with FakeStream([wait]) as stream:
        news, _ = await everything(feed_to(stream, settings=QUICK, expects_ticks=expects_ticks))
    assert states(news) == [FeedState.CONNECTING, FeedState.LIVE, FeedState.ENDED]


async def test_a_peer_that_answers_nothing_out_of_session_is_left() -> None:
    wall = Wall()

    def expects_ticks(ts: int) -> bool:
        wall.seconds += 100.0
        return False

    async with FakeStream([silence, over]) as stream:
        news, _ = await everything(feed_to(stream, settings=QUICK, expects_ticks=expects_ticks, wall=wall))
    assert FeedState.LOST in states(news)
    assert "no frame and no pong for 100 s" in next(m.reason for m in news if m.state is FeedState.LOST)


async def test_a_refused_token_is_asked_with_twice_and_then_waits_for_a_login() -> None:
    tokens = ["dead"]
    async with FakeStream([over], refusals=[403, 403]) as stream:
        feed = feed_to(stream, token=lambda: tokens[-1])
        frames = feed.stream()
        dead = await until(frames, lambda f: f.state is FeedState.TOKEN_DEAD)
        waiting = asyncio.ensure_future(anext(frames))
        for _ in range(20):
            await asyncio.sleep(0)
        assert stream.tokens == ["dead", "dead"]
        assert not waiting.done()
        tokens.append("fresh")
        feed.token_renewed()
        assert (await waiting).state is FeedState.CONNECTING
        await until(frames, lambda f: f.state is FeedState.ENDED)
        await feed.close()
    assert stream.tokens == ["dead", "dead", "fresh"]
    assert "log in" in dead.reason


async def test_a_login_made_elsewhere_is_found_by_the_feed_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kite_feed, "LOOK_S", 0.01)
    tokens: list[str | None] = ["dead"]
    async with FakeStream([over], refusals=[403, 403]) as stream:
        news: list[FeedMoved] = []
        feed = feed_to(stream, token=lambda: tokens[-1])
        async for frame in feed.stream():
            assert isinstance(frame, FeedMoved)
            news.append(frame)
            if frame.state is FeedState.TOKEN_DEAD:
                tokens += [None, "fresh"]
    assert states(news)[-3:] == [FeedState.CONNECTING, FeedState.LIVE, FeedState.ENDED]
    assert stream.tokens == ["dead", "dead", "fresh"]


async def test_without_a_login_nothing_is_asked() -> None:
    token: list[str | None] = [None]
    async with FakeStream([over]) as stream:
        feed = feed_to(stream, token=lambda: token[-1])
        frames = feed.stream()
        assert (await anext(frames)).state is FeedState.TOKEN_DEAD
        assert stream.tokens == []
        token.append(SECRET)
        feed.token_renewed()
        news = [f async for f in frames]
    assert states(news)[-1] is FeedState.ENDED
    assert stream.tokens == [SECRET]


async def test_the_token_is_asked_for_at_each_connect() -> None:
    tokens = iter(["one", "one", "two", "two"])
    async with FakeStream([says(b"\x00"), over]) as stream:
        await everything(feed_to(stream, token=lambda: next(tokens)))
    assert stream.tokens == ["one", "two"]


async def test_pauses_double_up_to_a_cap_and_are_the_same_for_the_same_seed() -> None:
    walls = [Wall(), Wall(), Wall()]
    for wall, seed in zip(walls, (1, 1, 2), strict=True):
        async with FakeStream([over], refusals=[502] * 9) as stream:
            await everything(feed_to(stream, wall=wall, seed=seed))
    assert walls[0].pauses == walls[1].pauses != walls[2].pauses
    plain = [min(LONGEST_PAUSE_S, 2.0**n) for n in range(9)]
    assert all(0.8 * p <= pause <= 1.2 * p for pause, p in zip(walls[0].pauses, plain, strict=True))


async def test_a_server_that_is_not_there_is_told_and_asked_again() -> None:
    wall = Wall()
    async with FakeStream([over]) as stream:
        gone = stream.root
    feed = KiteFeed("key", lambda: SECRET, TapeClock(0), lambda ts: True, root=gone, wall=wall)
    frames = feed.stream()
    for _ in range(2):
        lost = await until(frames, lambda f: f.state is FeedState.LOST)
        assert "no link" in lost.reason
    await feed.close()
