"""What the tests of the feed share: a feed on a fake stream, the scripts its server follows, and what was yielded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from websockets.asyncio.server import ServerConnection

from cockpit.clock import TapeClock
from cockpit.facts import FeedMoved, FeedState
from cockpit.market import Ticks
from cockpit.settings import FeedSettings
from cockpit.venues.kite_feed import KiteFeed
from cockpit.venues.kite_reader import DAY_OVER
from tests.venues.fake_kite import FakeStream, Script

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


class Patience:
    """Feed settings that a test shortens only while silence is what it wants, so that a busy machine adds none."""

    def __init__(self, then: dict[FeedState, float]) -> None:
        self.silent_s, self.reconnect_s = PATIENT.silent_s, PATIENT.reconnect_s
        self._then = then

    def hear(self, moved: FeedMoved) -> None:
        """Change to the patience that follows this news."""
        if moved.state in self._then:
            self.silent_s = self._then[moved.state]
            self.reconnect_s = 2 * self.silent_s


async def everything(
    feed: KiteFeed, hear: Callable[[FeedMoved], None] = lambda moved: None
) -> tuple[list[FeedMoved], list[Ticks]]:
    """Take the whole stream, news apart from ticks."""
    news: list[FeedMoved] = []
    ticks: list[Ticks] = []
    async with aclosing(feed.stream()) as frames:  # type: ignore[type-var]
        async for frame in frames:
            if isinstance(frame, FeedMoved):
                news.append(frame)
                hear(frame)
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


async def silent_after_heartbeat(connection: ServerConnection, stream: FakeStream) -> None:
    await connection.send(b"\x00")
    await silence(connection, stream)
