"""The web-socket door: one frame a second of what each client subscribed to, heartbeats, order updates, and the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from cockpit.clock import NS, monotonic_ns
from cockpit.simulator.day_clock import DayClock
from cockpit.simulator.faults import Faults
from cockpit.simulator.grid import Grid
from cockpit.simulator.kite_packets import Tape, WireMode, frames, snapshot

MOST_CONNECTIONS: Final = 3
MOST_TOKENS: Final = 3000
HEARTBEAT: Final = b"\x00"
HEARTBEAT_S: Final = 2.0
QUIET_S: Final = 0.25
"""The day begins when somebody has subscribed and then said nothing for so long: its first frame misses nobody."""
BLOCK_S: Final = 300
"""Seconds encoded at a time."""
BACKLOG: Final = 4_000_000
"""Bytes a slow reader of a paced day may be behind before frames are left out for it; a fast day waits instead."""
OVER: Final = "PRACTICE DAY OVER"
GREETING: Final = "PRACTICE MARKET: invented prices"

Authorised = Callable[[str, str], bool]
TapeOf = Callable[[int], Tape | None]
Second = Callable[[int], Sequence[Mapping[str, Any]]]
"""Called as the tape reaches a second; answers order updates to send."""


class Subscriber:
    """One connection: what it subscribed to, and the next block of its frames."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.modes: dict[int, WireMode] = {}
        self.spoke_ns = 0
        self.sent_ns = monotonic_ns()
        self._block: list[bytes] = []
        self._block_from = 0

    def change(self) -> None:
        """Forget the block: what is subscribed has changed."""
        self._block = []

    def frame(self, second: int, tape_of: TapeOf, start_s: int, end: int) -> bytes:
        """Answer this connection's frame of a second, b"" when nothing it watches moved."""
        if not self.modes:
            return b""
        if not self._block_from <= second < self._block_from + len(self._block):
            tapes = [tape for token in sorted(self.modes) if (tape := tape_of(token)) is not None]
            self._block_from = second
            self._block = frames(tapes, self.modes, start_s, second, min(second + BLOCK_S, end))
        return self._block[second - self._block_from]

    async def send(self, message: bytes | str, *, wait: bool) -> None:
        """Send, waiting for a slow reader only if told to; a reader who has gone is nobody's fault."""
        transport = self.socket.transport
        if not wait and transport.get_write_buffer_size() > BACKLOG:
            return
        try:
            await self.socket.send(message)
            self.sent_ns = monotonic_ns()
        except ConnectionClosed:
            return


class Stream:
    """Serve the web-socket and run the tape for whoever is subscribed."""

    def __init__(
        self, grid: Grid, clock: DayClock, tape_of: TapeOf, authorised: Authorised, on_second: Second, faults: Faults
    ) -> None:
        self._grid = grid
        self._clock = clock
        self._tape_of = tape_of
        self._authorised = authorised
        self._on_second = on_second
        self._faults = faults
        self._subscribers: list[Subscriber] = []
        self._server: Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.over = asyncio.Event()

    async def open(self, host: str, port: int) -> int:
        """Listen and start the tape's waiting; answer the port."""
        # No pings and no unasked pongs of ours: the official client would take one as a promise of more.
        self._server = await serve(
            self._serve, host, port, process_request=self._greet, compression=None, ping_interval=None,
            write_limit=1_000_000,
        )  # fmt: skip
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._beat())]
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def close(self) -> None:
        """Stop the tape and close every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @property
    def n_connections(self) -> int:
        """Answer how many clients are connected."""
        return len(self._subscribers)

    def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        asked = parse_qs(urlsplit(request.path).query)
        key, token = (asked.get(name, [""])[0] for name in ("api_key", "access_token"))
        if not self._authorised(key, token):
            return connection.respond(HTTPStatus.FORBIDDEN, "Incorrect `api_key` or `access_token`.\n")
        if self.n_connections >= MOST_CONNECTIONS:
            return connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "Too many connections for this api_key.\n")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        subscriber = Subscriber(socket)
        self._subscribers.append(subscriber)
        try:
            await subscriber.send(json.dumps({"type": "message", "data": GREETING}), wait=True)
            if self._clock.is_over:
                await self._finish(subscriber)
            async for message in socket:
                if isinstance(message, str):
                    await self._take(subscriber, message)
        except ConnectionClosed:
            return
        finally:
            self._subscribers.remove(subscriber)

    async def _take(self, subscriber: Subscriber, message: str) -> None:
        try:
            said = json.loads(message)
            verb, value = said["a"], said["v"]
            mode = WireMode.QUOTE
            if verb == "mode":
                mode, value = WireMode(value[0]), value[1]
            tokens = [token for token in value if isinstance(token, int)]
        except (ValueError, KeyError, TypeError, IndexError):
            await subscriber.send(json.dumps({"type": "error", "data": "Invalid message"}), wait=True)
            return
        known = [token for token in tokens if self._tape_of(token) is not None]
        if verb == "unsubscribe":
            for token in known:
                subscriber.modes.pop(token, None)
        elif verb in ("subscribe", "mode"):
            await self._subscribe(subscriber, known, mode)
        subscriber.change()
        subscriber.spoke_ns = monotonic_ns()

    async def _subscribe(self, subscriber: Subscriber, tokens: list[int], mode: WireMode) -> None:
        room = MOST_TOKENS - len(subscriber.modes)
        fresh = [token for token in tokens if token not in subscriber.modes]
        if len(fresh) > room:
            text = f"Subscription limit of {MOST_TOKENS} instruments exceeded; {len(fresh) - room} left out"
            await subscriber.send(json.dumps({"type": "error", "data": text}), wait=True)
            tokens = [token for token in tokens if token in subscriber.modes or token in set(fresh[:room])]
        subscriber.modes |= dict.fromkeys(tokens, mode)
        if self._clock.second >= 0:
            tapes = [tape for token in sorted(set(tokens)) if (tape := self._tape_of(token)) is not None]
            state = snapshot(tapes, subscriber.modes, self._start_s, self._clock.second)
            if state:
                await subscriber.send(state, wait=True)

    @property
    def _start_s(self) -> int:
        return self._grid.start // NS + self._faults.skew_s

    async def _run(self) -> None:
        await self._first_subscription()
        loop = asyncio.get_running_loop()
        began, first = loop.time(), 0
        for second in range(self._grid.n_seconds):
            if self._clock.is_fast:
                began, first = loop.time(), second
                if second % 8 == 0:
                    await asyncio.sleep(0)
            else:
                await asyncio.sleep(max(0.0, began + (second - first) / self._clock.speed - loop.time()))
            self._clock.reach(second)
            self._faults.reach(second)
            await self.tell_orders(self._on_second(second))
            await self._send_second(second)
        self._clock.reach(self._grid.n_seconds)
        self.over.set()
        await asyncio.gather(*(self._finish(s) for s in tuple(self._subscribers)))

    async def _first_subscription(self) -> None:
        while True:
            await asyncio.sleep(0.02)
            newest = max((s.spoke_ns for s in self._subscribers if s.modes), default=0)
            if newest and monotonic_ns() - newest > QUIET_S * NS:
                return

    async def _send_second(self, second: int) -> None:
        for subscriber in tuple(self._subscribers):
            frame = subscriber.frame(second, self._tape_of, self._start_s, self._grid.n_seconds)
            for part in self._faults.bent_frames(frame, second):
                await subscriber.send(part, wait=self._clock.is_fast)
            if self._faults.drops_socket(second):
                subscriber.socket.transport.abort()

    async def tell_orders(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Send order updates to every connection, as the faults bend them."""
        for row in self._faults.bent_updates(rows):
            text = json.dumps({"type": "order", "id": "", "data": row})
            for subscriber in tuple(self._subscribers):
                await subscriber.send(text, wait=True)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S / 4)
            idle_since = monotonic_ns() - HEARTBEAT_S * NS
            for subscriber in tuple(self._subscribers):
                if subscriber.sent_ns < idle_since and not self._faults.is_mute:
                    await subscriber.send(HEARTBEAT, wait=False)

    async def _finish(self, subscriber: Subscriber) -> None:
        await subscriber.send(json.dumps({"type": "message", "data": OVER}), wait=True)
        await subscriber.socket.close(1000, "the practice day is over")
