"""The feed notices silence, survives every loss of its link, and restores what was watched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from cockpit.clock import TapeClock
from cockpit.errors import BadFrame, BadInput, BadSetting, FeedLost
from cockpit.facts import FeedMoved, FeedState
from cockpit.market import Ticks
from cockpit.settings import FeedSettings
from cockpit.venues.kite_feed import LONGEST_PAUSE_S, KiteFeed
from cockpit.venues.kite_reader import DAY_OVER, Ears
from tests.venues.fake_kite import FakeStream, Script, frame_of, full, ltp

SECRET = "sesame-open-sesame"
TOKENS = [738561, 256265, 408065]
OVER = f'{{"type":"message","data":"{DAY_OVER}"}}'
QUICK = FeedSettings(silent_s=0.05, reconnect_s=0.1)
PATIENT = FeedSettings(silent_s=20.0, reconnect_s=40.0)


class Wall:
    """A wall clock that notes pauses instead of waiting them out."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.seconds = 0.0

    def now(self) -> int:
        return 0

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, ts: int) -> None:
        pass

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)


def feed_to(stream: FakeStream, **changes: Any) -> KiteFeed:
    token: Callable[[], str | None] = changes.pop("token", lambda: SECRET)
    expects: Callable[[int], bool] = changes.pop("expects_ticks", lambda ts: True)
    settings = {"root": stream.root, "settings": PATIENT, "wall": Wall()} | changes
    return KiteFeed("key", token, TapeClock(77), expects, **settings)


async def over(connection: ServerConnection, stream: FakeStream) -> None:
    await connection.send(OVER)
    await connection.close(1000)


def says(*messages: str | bytes) -> Script:
    async def script(connection: ServerConnection, stream: FakeStream) -> None:
        for message in messages:
            await connection.send(message)

    return script


async def silence(connection: ServerConnection, stream: FakeStream) -> None:
    await connection.wait_closed()


async def after_subscription(connection: ServerConnection, stream: FakeStream) -> None:
    number = len(stream.heard) - 1
    await stream.until(lambda: any(said["a"] == "mode" for said in stream.heard[number]))


async def everything(feed: KiteFeed) -> tuple[list[FeedMoved], list[Ticks]]:
    """Take the whole stream, news apart from ticks."""
    news: list[FeedMoved] = []
    ticks: list[Ticks] = []
    async with aclosing(feed.stream()) as frames:  # type: ignore[type-var]
        async for frame in frames:
            if isinstance(frame, FeedMoved):
                news.append(frame)
            else:
                ticks.append(frame)
    return news, ticks


def states(news: list[FeedMoved]) -> list[FeedState]:
    return [moved.state for moved in news]


async def until(frames: AsyncIterator[Any], is_it: Callable[[Any], bool]) -> Any:
    async for frame in frames:
        if is_it(frame):
            return frame
    raise AssertionError("the stream ended before that")


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
    async with FakeStream([says(b"\x00"), over]) as stream:
        stream.scripts[0] = silent_after_heartbeat
        news, _ = await everything(feed_to(stream, settings=QUICK))
    expected = [FeedState.CONNECTING, FeedState.LIVE, FeedState.SILENT, FeedState.LOST]
    assert states(news) == [*expected, FeedState.CONNECTING, FeedState.LIVE, FeedState.ENDED]
    assert "silent for 0.05 s" in news[2].reason


async def silent_after_heartbeat(connection: ServerConnection, stream: FakeStream) -> None:
    await connection.send(b"\x00")
    await silence(connection, stream)


async def test_a_frame_after_silence_is_announced_as_life() -> None:
    told = asyncio.Event()

    async def pause(connection: ServerConnection, stream: FakeStream) -> None:
        await connection.send(b"\x00")
        await told.wait()
        await connection.send(frame_of(ltp(1, 5)))
        await over(connection, stream)

    async with FakeStream([pause]) as stream:
        feed = feed_to(stream, settings=FeedSettings(silent_s=0.05, reconnect_s=60.0))
        seen: list[Any] = []
        async for frame in feed.stream():
            seen.append(frame.state if isinstance(frame, FeedMoved) else int(frame["last_price"][0]))
            if seen[-1] is FeedState.SILENT:
                told.set()
    assert seen[2:] == [FeedState.SILENT, FeedState.LIVE, 5, FeedState.ENDED]


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


async def test_a_malformed_frame_is_dropped_counted_and_told_and_the_stream_goes_on() -> None:
    troubles: list[Exception] = []
    bad = frame_of(ltp(1, 2))[:-1]
    async with FakeStream([says(bad, "[]", frame_of(ltp(1, 2), bytes(9)), OVER)]) as stream:
        feed = feed_to(stream, ears=Ears(trouble=troubles.append))
        news, ticks = await everything(feed)
    assert (feed.counts.malformed, feed.counts.unknown_packets, len(ticks)) == (2, 1, 1)
    assert [type(trouble) for trouble in troubles] == [BadFrame, BadFrame]
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


def test_it_streams_under_the_screens_loop_too(qapp: Any) -> None:
    from qasync import QEventLoop

    async def day() -> list[FeedMoved]:
        async with FakeStream([silent_after_heartbeat, says(frame_of(ltp(1, 2))), over]) as stream:
            feed = feed_to(stream, settings=QUICK)
            await feed.watch([1])
            news, ticks = await everything(feed)
            assert len(ticks) == 1
            return news

    with QEventLoop(qapp) as loop:
        news = loop.run_until_complete(asyncio.wait_for(day(), 20))
    assert states(news)[-1] is FeedState.ENDED
