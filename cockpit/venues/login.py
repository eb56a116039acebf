"""The broker's login on this desk: the page to open, and a loopback listener that takes the way back, once.

Any web page can send a browser to our listener, so a request counts only with the state that this login was opened
with; it listens on 127.0.0.1 alone, for two minutes at most, and never logs what it was given.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import secrets
from typing import Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from cockpit.errors import BadInput, DeadlinePassed

LOGIN_PAGE: Final = "https://kite.zerodha.com/connect/login"
LISTEN_S: Final = 120.0
LONGEST_REQUEST: Final = 8192
READ_S: Final = 5.0
STATE: Final = "state"

DONE: Final = "<!doctype html><title>Cockpit</title><p>Logged in. You can close this page and go back to the cockpit."
REFUSED: Final = "<!doctype html><title>Cockpit</title><p>This page does not belong to a login that the cockpit opened."
PAGE: Final = (
    "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n"
    "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{body}"
)


def new_state() -> str:
    """Answer 128 random bits that tie the way back to this login."""
    return secrets.token_hex(16)


def login_url(api_key: str, state: str, page: str = LOGIN_PAGE) -> str:
    """Answer the address to open in the browser; the broker hands `state` back beside the request token."""
    query = urlencode({"v": "3", "api_key": api_key})
    return f"{page}?{query}&redirect_params={quote(urlencode({STATE: state}), safe='')}"


def request_token_of(address: str, state: str) -> str:
    """Answer the request token in the address that the browser was sent back to (also one pasted by hand).

    Errors: BadInput for another login's address, a login that failed, or an address without a token; the address itself
    is never shown, because it carries the token.
    """
    given = parse_qs(urlsplit(address.strip()).query)
    if not given:
        raise BadInput("the address has no parameters: paste the whole line of the browser, from http:// to its end")
    if not hmac.compare_digest(_only(given, STATE), state):
        raise BadInput("the address belongs to another login: open the login page from here again")
    if _only(given, "status") != "success":
        raise BadInput("the broker reports a login that failed: open the login page again")
    token = _only(given, "request_token")
    if not token.isalnum():
        raise BadInput("the address carries no request token: log in again and paste the address you end up at")
    return token


def _only(given: dict[str, list[str]], name: str) -> str:
    values = given.get(name, [])
    return values[0] if len(values) == 1 else ""


class LoginListener:
    """Wait on 127.0.0.1 for the browser's way back from one login.

    Use as an async context manager: it listens from entering to leaving, and `request_token` waits in between.
    """

    def __init__(self, state: str, *, port: int, path: str = "/", listen_s: float = LISTEN_S) -> None:
        self._state = state
        self._port = port
        self._path = path
        self._listen_s = listen_s
        self._server: asyncio.Server | None = None
        self._found: asyncio.Future[str] | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.n_refused = 0
        """Requests that did not belong to this login."""

    async def __aenter__(self) -> LoginListener:
        self._found = asyncio.get_running_loop().create_future()
        self._server = await asyncio.start_server(self._greet, "127.0.0.1", self._port, limit=LONGEST_REQUEST)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *fault: object) -> None:
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    @property
    def address(self) -> str:
        """Answer the redirect address to register with the broker."""
        return f"http://127.0.0.1:{self._port}{self._path}"

    async def request_token(self) -> str:
        """Wait for the way back and answer its request token.

        Errors: DeadlinePassed when nobody came in time; BadInput for a listener that is not open.
        """
        if self._found is None:
            raise BadInput("the login listener is not open: use it in `async with`")
        try:
            async with asyncio.timeout(self._listen_s):
                return await asyncio.shield(self._found)
        except TimeoutError:
            raise DeadlinePassed(f"no login within {self._listen_s:g} s: open the login page again") from None

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                async with asyncio.timeout(READ_S):
                    request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    writer.write(self._answer(request).encode())
                    await writer.drain()
        finally:
            self._talks.discard(talk)
            writer.close()

    def _answer(self, request: str) -> str:
        token = self._token_in(request)
        if token is None:
            self.n_refused += 1
            return _page("403 Forbidden", REFUSED)
        assert self._found is not None
        self._found.set_result(token)
        return _page("200 OK", DONE)

    def _token_in(self, request: str) -> str | None:
        """Answer the token of a request that may come from the login we opened, None for any other."""
        first, *rest = request.split("\r\n")
        method, _, target = first.rpartition(" HTTP/")[0].partition(" ")
        headers = dict(line.lower().split(": ", 1) for line in rest if ": " in line)
        if self._found is None or self._found.done() or method != "GET":
            return None
        if headers.get("host") not in (f"127.0.0.1:{self._port}", f"localhost:{self._port}"):
            return None
        if urlsplit(target).path != self._path:
            return None
        try:
            return request_token_of(target, self._state)
        except BadInput:
            return None


def _page(status: str, body: str) -> str:
    return PAGE.format(status=status, length=len(body.encode()), body=body)
