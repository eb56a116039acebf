"""Kite's stream of ticks: connect, subscribe, notice silence, reconnect, and never ask again with a refused token.

The official ticker cannot see a dead feed and cannot be started twice in a process, so the socket is our own. Frames
are taken from it only when the flow asks for the next one: a slow flow slows the sender, and nothing is dropped or
queued without bound.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, TypeAlias
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from cockpit.clock import Clock, WallClock
from cockpit.errors import BadInput
from cockpit.facts import FeedMoved, FeedState
from cockpit.ports import Frame
from cockpit.settings import FeedSettings
from cockpit.venues.kite_reader import Ears, FeedCounts, Reader
from cockpit.venues.kite_wire import MOST_TOKENS, mode_message, subscribe_message, unsubscribe_message
from cockpit.venues.roots import checked_root

ROOT: Final = "wss://ws.kite.trade"
FORBIDDEN: Final = (401, 403)
CLEAN: Final = (1000, 1001)
TRIES_A_TOKEN: Final = 2
PING_S: Final = 5.0
PEER_S: Final = 60.0
"""Out of session a link without frame and pong for so long is taken for dead."""
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0
OPEN_S: Final = 8.0
LOOK_S: Final = 2.0
"""How often a feed whose token was refused looks for another one."""

Step: TypeAlias = Callable[[], Awaitable[Frame | None]]

# The library writes request lines to its log when that is at DEBUG, and ours carry the token.
_quiet = logging.getLogger("cockpit.kite.socket")
_quiet.setLevel(logging.ERROR)


class KiteFeed:
    """Stream ticks of the watched tokens in mode full, over every loss of the link, until closed or over.

    `token` is asked at each connect, so a new login brings ticks back without a restart. `clock` stamps ticks and
    facts; `wall` measures pauses and must be one that moves by itself. `expects_ticks` says whether silence at an
    instant is worth noticing.
    """

    def __init__(
        self,
        api_key: str,
        token: Callable[[], str | None],
        clock: Clock,
        expects_ticks: Callable[[int], bool],
        *,
        root: str = ROOT,
        settings: FeedSettings | None = None,
        ears: Ears | None = None,
        wall: Clock | None = None,
        seed: int = 0,
    ) -> None:
        self.counts = FeedCounts()
        self._root = checked_root(root, "wss", "ws")
        self._api_key = api_key
        self._token = token
        self._clock = clock
        self._expects_ticks = expects_ticks
        self._settings = settings or FeedSettings()
        self._reader = Reader(ears or Ears(), self.counts)
        self._wall = wall or WallClock()
        self._jitter = random.Random(seed)
        self._wanted: frozenset[int] = frozenset()
        self._subscribed: frozenset[int] = frozenset()
        self._subscribing = asyncio.Lock()
        self._link: ClientConnection | None = None
        self._pinger: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._step: Step = self._approach
        self._state = FeedState.CONNECTING
        self._held: str | bytes | None = None
        self._is_streaming = False
        self._is_closed = False
        self._asked_with: str | None = None
        self._refusals = self._failures = 0
        self._silent_s = 0.0
        self._pong_s = 0.0
        self._pause_s = 0.0

    # -- the port ------------------------------------------------------------------------------------------------------

    async def stream(self) -> AsyncIterator[Frame]:
        """Yield frames and the feed's own news in order until the day is over or `close`.

        Errors: BadInput when it is streamed twice; a lost link is news, never an error.
        """
        if self._is_streaming:
            raise BadInput("this feed is streaming already: build another one")
        self._is_streaming = True
        try:
            while not self._is_closed:
                frame = await self._step()
                if frame is not None:
                    yield frame
                if self._state is FeedState.ENDED:
                    return
        finally:
            await self.close()

    async def watch(self, tokens: Sequence[int]) -> None:
        """Make exactly `tokens` the watched set; a reconnect restores it.

        Errors: BadInput beyond what one connection may carry.
        """
        wanted = frozenset(int(token) for token in tokens)
        if len(wanted) > MOST_TOKENS:
            raise BadInput(f"{len(wanted)} tokens given, at most {MOST_TOKENS} a connection: shorten the watchlist")
        self._wanted = wanted
        if self._link is not None:
            await self._subscribe(self._link)

    async def close(self) -> None:
        """End the stream and give back the socket and the ping task."""
        self._is_closed = True
        self._woken.set()
        await self._hang_up(politely=True)

    def token_renewed(self) -> None:
        """Try again at once after a new login, without waiting to find it; call it on the loop's thread."""
        self._refusals = 0
        self._failures = 0
        self._woken.set()

    # -- the steps: each answers a frame or None, and sets the one that follows ----------------------------------------

    async def _approach(self) -> FeedMoved:
        self._woken.clear()
        if self._token() is None:
            self._step = self._await_login
            return self._moved(FeedState.TOKEN_DEAD, "no login today: log in once")
        if self._refusals >= TRIES_A_TOKEN:
            self._step = self._await_login
            return self._moved(FeedState.TOKEN_DEAD, f"the broker refused the token {self._refusals} times: log in")
        self._step = self._open
        return self._moved(FeedState.CONNECTING, urlsplit(self._root).hostname or "")

    async def _await_login(self) -> None:
        """Wait for another token than the refused one: who logs in, in a terminal perhaps, need not know this feed."""
        while not self._woken.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()
            if self._token() not in (None, self._asked_with):
                self.token_renewed()
        self._step = self._approach

    async def _open(self) -> FeedMoved | None:
        """Connect and subscribe; a failure is told in words that carry no secret."""
        token = self._asked_with = self._token()
        query = urlencode({"api_key": self._api_key, "access_token": token or ""})
        try:
            self._link = await connect(
                f"{self._root}/?{query}",
                additional_headers={"X-Kite-Version": "3"},
                compression=None,
                proxy=None,
                open_timeout=OPEN_S,
                ping_interval=None,  # its pong check fails when the flow is slow; silence is judged here instead
                close_timeout=1.0,
                max_size=2**22,
                logger=_quiet,
            )
        except InvalidStatus as refusal:
            return await self._refused(refusal.response.status_code)
        except (OSError, TimeoutError, WebSocketException) as fault:
            return await self._lost(f"no link ({type(fault).__name__})")
        self.counts.connections += 1
        self._subscribed = frozenset()
        self._reader.begin_link()
        self._refusals, self._silent_s, self._pong_s = 0, 0.0, self._wall.monotonic()
        self._pinger = asyncio.create_task(self._keep_pinging(self._link), name="kite feed ping")
        self._step = self._receive
        await self._subscribe(self._link)
        return None

    async def _refused(self, status: int) -> FeedMoved | None:
        if status not in FORBIDDEN:
            return await self._lost(f"the server answered HTTP {status} instead of opening the stream")
        self._refusals += 1
        if self._refusals < TRIES_A_TOKEN:
            return await self._lost(f"the broker refused the token (HTTP {status})")
        self._step = self._approach
        return None

    async def _receive(self) -> Frame | None:
        """Take the next message of the open link; news of silence and of life come before what they announce."""
        message = self._held
        if message is None:
            link = self._link
            if link is None:
                return None  # closed between two steps
            try:
                async with asyncio.timeout(self._patience_s()):
                    message = await link.recv()
            except TimeoutError:
                return await self._waited()
            except ConnectionClosed as ending:
                return await self._ended(ending)
            self._silent_s = 0.0
            if self._state is not FeedState.LIVE:
                self._held = message
                self._failures = 0
                return self._moved(FeedState.LIVE, f"{len(self._wanted)} names watched")
        self._held = None
        ticks = self._reader.read(message, self._clock.now())
        if self._reader.is_storm:
            return await self._lost(f"a storm of malformed frames ({self.counts.malformed} so far)")
        return ticks

    async def _rest(self) -> None:
        """Wait out a pause, unless a new login or `close` ends it."""
        pauses = {asyncio.create_task(self._wall.sleep(self._pause_s)), asyncio.create_task(self._woken.wait())}
        try:
            await asyncio.wait(pauses, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pause in pauses:
                pause.cancel()
            await asyncio.gather(*pauses, return_exceptions=True)
        self._step = self._approach

    # -- silence and loss ----------------------------------------------------------------------------------------------

    def _patience_s(self) -> float:
        if self._silent_s == 0.0:
            return self._settings.silent_s
        return max(self._settings.reconnect_s - self._silent_s, 0.001)

    async def _waited(self) -> FeedMoved | None:
        """Judge a wait in vain: out of session it is nothing, in session first news and then the end of the link."""
        waited = self._patience_s()
        if not self._expects_ticks(self._clock.now()):
            self._silent_s = 0.0
            age_s = self._wall.monotonic() - self._pong_s
            return await self._lost(f"no frame and no pong for {age_s:.0f} s") if age_s >= PEER_S else None
        self._silent_s += waited
        reason = f"silent for {self._silent_s:g} s in market hours"
        if self._silent_s >= self._settings.reconnect_s:
            return await self._lost(reason)
        return self._moved(FeedState.SILENT, reason)

    async def _ended(self, ending: ConnectionClosed) -> FeedMoved:
        code = None if ending.rcvd is None else ending.rcvd.code
        if self._reader.said_over and code in CLEAN:  # the words alone do not end a day: something may have cut it
            await self._hang_up(politely=False)
            return self._moved(FeedState.ENDED, "the practice day is over")
        return await self._lost("the link broke" if code is None else f"the server closed the link (code {code})")

    async def _lost(self, reason: str) -> FeedMoved:
        """Hang up and plan the next try: doubling from one second, capped, spread by a seeded fifth."""
        await self._hang_up(politely=False)
        self._pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**self._failures) * self._jitter.uniform(0.8, 1.2)
        self._failures = min(self._failures + 1, 10)
        self._step = self._rest
        return self._moved(FeedState.LOST, f"{reason}; next try in {self._pause_s:.1f} s")

    # -- the link's own life -------------------------------------------------------------------------------------------

    async def _subscribe(self, link: ClientConnection) -> None:
        """Bring the server to the wanted set, by difference; on a link that has ended the next connect does it."""
        async with self._subscribing:
            wanted = self._wanted
            removed, added = sorted(self._subscribed - wanted), sorted(wanted - self._subscribed)
            with contextlib.suppress(ConnectionClosed):
                if removed:
                    await link.send(unsubscribe_message(removed))
                if added:
                    await link.send(subscribe_message(added))
                    await link.send(mode_message("full", added))
                self._subscribed = wanted

    async def _keep_pinging(self, link: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                pong = await link.ping()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PING_S):
                        await pong
                        self._pong_s = self._wall.monotonic()
                await asyncio.sleep(PING_S)

    async def _hang_up(self, *, politely: bool) -> None:
        link, self._link = self._link, None
        pinger, self._pinger = self._pinger, None
        if pinger is not None:
            pinger.cancel()
            await asyncio.gather(pinger, return_exceptions=True)
        if link is not None:
            if not politely:
                link.transport.abort()  # a silent peer would not answer a closing handshake
            try:
                await link.close()
            finally:
                link.transport.abort()  # also where the closing was cancelled half-way

    def _moved(self, state: FeedState, reason: str) -> FeedMoved:
        self._state = state
        return FeedMoved(self._clock.now(), state, reason)
