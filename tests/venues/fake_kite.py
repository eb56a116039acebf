"""A Kite of our own on the loopback, hostile on request: a socket that follows scripts, and HTTP that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import json
import logging
import struct
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Request, Response, Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

_silent = logging.getLogger("fake kite")
_silent.setLevel(logging.ERROR)

Script = Callable[[ServerConnection, "FakeStream"], Awaitable[None]]


def frame_of(*packets: bytes) -> bytes:
    """Put packets into a container."""
    return struct.pack(">H", len(packets)) + b"".join(struct.pack(">H", len(p)) + p for p in packets)


def ltp(token: int, price: int) -> bytes:
    """Encode a last-price packet."""
    return struct.pack(">II", token, price)


def full(token: int, price: int, at: int = 1_763_600_000) -> bytes:
    """Encode a full packet of one price."""
    head = struct.pack(">11I", token, price, 1, price, 100, 1, 1, price, price, price, price)
    return head + struct.pack(">5I", at, 0, 0, 0, at) + struct.pack(">IIHxx", 5, price, 1) * 10


@dataclass
class FakeStream:
    """Serve the socket: each connection follows the next script, the last one for ever after."""

    scripts: list[Script]
    refusals: list[int] = field(default_factory=list)
    """HTTP answers to give instead of opening, one a request."""
    tokens: list[str] = field(default_factory=list)
    """The access token of each request, refused ones included."""
    heard: list[list[dict[str, object]]] = field(default_factory=list)
    """What each connection's client said."""
    root: str = ""
    _server: Server | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> FakeStream:
        self._server = await serve(
            self._talk, "127.0.0.1", 0, process_request=self._greet, compression=None, logger=_silent
        )
        self.root = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, kind: type | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        self.tokens.append(parse_qs(urlsplit(request.path).query)["access_token"][0])
        return connection.respond(self.refusals.pop(0), "no\n") if self.refusals else None

    async def _talk(self, connection: ServerConnection) -> None:
        number = len(self.heard)
        self.heard.append([])
        listening = asyncio.create_task(self._listen(connection, self.heard[number]))
        script = self.scripts[min(number, len(self.scripts) - 1)]
        try:
            with contextlib.suppress(ConnectionClosed):  # a client that hangs up in mid-script is what many tests want
                await script(connection, self)
        finally:
            await connection.close()
            await listening

    async def _listen(self, connection: ServerConnection, heard: list[dict[str, object]]) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                heard.append(json.loads(message))
                async with self.changed:
                    self.changed.notify_all()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until what clients said makes `is_so` true."""
        async with self.changed:
            await self.changed.wait_for(is_so)

    def subscribed(self, number: int) -> tuple[set[int], set[int]]:
        """Answer the tokens that connection `number` has subscribed, and those of them in mode full."""
        tokens: set[int] = set()
        in_full: set[int] = set()
        for said in self.heard[number]:
            match said:
                case {"a": "subscribe", "v": list(given)}:
                    tokens |= set(given)
                case {"a": "unsubscribe", "v": list(given)}:
                    tokens -= set(given)
                case {"a": "mode", "v": ["full", list(given)]}:
                    in_full |= set(given)
        return tokens, in_full & tokens


@dataclass
class Reply:
    """One HTTP answer, or the lack of one."""

    status: int = 200
    body: bytes = b""
    kind: str | None = "application/json"
    shape: str = "whole"
    """`whole`, `stall` (never answer), `drip` (a byte at a time), `drop` (close without a word), `truncated`."""
    headers: dict[str, str] = field(default_factory=dict)


def ok(value: object) -> Reply:
    """Answer a success envelope."""
    return Reply(body=json.dumps({"status": "success", "data": value}).encode())


def error(status: int, error_type: str, message: str = "no") -> Reply:
    """Answer an error envelope."""
    told = {"status": "error", "message": message, "error_type": error_type, "data": None}
    return Reply(status, json.dumps(told).encode())


@dataclass
class Asked:
    """One request as the server saw it."""

    method: str
    path: str
    query: str
    body: str
    headers: dict[str, str]


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


class FakeRest:
    """Serve HTTP on a thread: by route a list of replies, of which the last one is given for ever after."""

    def __init__(self, routes: dict[str, list[Reply]] | None = None) -> None:
        self.routes = routes or {}
        self.asked: list[Asked] = []
        self.released = threading.Event()
        fake = self

        class Door(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                fake.answer(self)

            do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the library's names

            def log_message(self, *words: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Door)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.root = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeRest:
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, door: http.server.BaseHTTPRequestHandler) -> None:
        """Note a request and give the route's next reply, in its shape."""
        parts = urlsplit(door.path)
        body = door.rfile.read(int(door.headers.get("Content-Length", 0))).decode()
        asked = Asked(door.command, parts.path, parts.query, body, dict(door.headers))
        self.asked.append(asked)
        reply = self.reply_to(asked)
        if reply.shape == "stall":
            self.released.wait()
        if reply.shape in ("stall", "drop"):
            door.close_connection = True
            return
        try:
            self._send(door, reply)
        except OSError:
            door.close_connection = True

    def reply_to(self, asked: Asked) -> Reply:
        """Answer what to reply: the route's next one."""
        replies = self.routes.get(asked.path) or self.routes.get("*") or [error(404, "GeneralException", "no route")]
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def _send(self, door: http.server.BaseHTTPRequestHandler, reply: Reply) -> None:
        door.send_response(reply.status)
        if reply.kind is not None:
            door.send_header("Content-Type", reply.kind)
        for name, value in reply.headers.items():
            door.send_header(name, value)
        door.send_header("Content-Length", str(len(reply.body) + (10 if reply.shape == "truncated" else 0)))
        door.end_headers()
        if reply.shape == "drip":
            for octet in reply.body:
                if self.released.is_set():
                    break
                door.wfile.write(bytes([octet]))
                door.wfile.flush()
                time.sleep(0.05)
        else:
            door.wfile.write(reply.body)
        if reply.shape == "truncated":
            door.close_connection = True
