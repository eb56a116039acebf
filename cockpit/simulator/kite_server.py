"""The practice exchange as a whole: one day, one clock, one ledger behind Kite's HTTP and web-socket doors."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from cockpit.errors import BadInput
from cockpit.paper.costs import ChargeTable
from cockpit.simulator.day_clock import DayClock
from cockpit.simulator.exchange import Exchange
from cockpit.simulator.faults import REST, Fault, Faults, parsed_faults
from cockpit.simulator.kite_limits import RequestLimits, limit_class
from cockpit.simulator.kite_money import KiteMoney
from cockpit.simulator.kite_orders import KiteOrders
from cockpit.simulator.kite_quotes import KiteQuotes
from cockpit.simulator.kite_replies import WireError, failure, success, too_many
from cockpit.simulator.kite_session import Credentials, KiteSessions
from cockpit.simulator.kite_stream import Stream
from cockpit.simulator.practice_day import PracticeDay

HOST: Final = "127.0.0.1"
OPEN_DOORS: Final = ("/connect/", "/practice/")
"""Paths that are no part of Kite's API and not counted."""
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
GATEWAY_PAGE: Final = "<html><head><title>502 Bad Gateway</title></head><body>PRACTICE fault</body></html>"
TIMED_OUT: Final = "Order request timed out. Please check the order book and confirm before placing again."
"""After a thread of Kite's forum (35732): the order may be live all the same."""
UNREGISTERED: Final = "PRACTICE fault: 203.0.113.7 is not a registered static IP address for orders"


class KiteServer:
    """Serve one practice day. Python holds `faults` and `exchange` in its hand; others use POST /practice/faults."""

    def __init__(
        self,
        day: PracticeDay,
        clock: DayClock,
        costs: ChargeTable | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self.day = day
        self.clock = clock
        self.faults = Faults()
        self.exchange = Exchange(day, clock, self.faults.is_halted)
        self.sessions = KiteSessions(credentials or Credentials(), clock, day.market.seed)
        self.stream = Stream(day.grid, clock, day.tape, self.sessions.authorised, self._on_second, self.faults)
        self._limits = RequestLimits(clock.pace)
        self._costs = costs
        self._runner: web.AppRunner | None = None

    async def open(self, http_port: int = 0, ws_port: int = 0) -> tuple[int, int]:
        """Open both doors on this machine only; answer their ports."""
        self._runner = web.AppRunner(self._app(), access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, http_port)
        await site.start()
        return int(self._runner.addresses[0][1]), await self.stream.open(HOST, ws_port)

    async def close(self) -> None:
        """Close both doors and give back sockets and tasks."""
        await self.stream.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def switch_faults(self, faults: Sequence[Fault]) -> None:
        """Switch faults on; those that happen at once happen now."""
        for fault in faults:
            if fault.kind == "token_death":
                self.sessions.kill_token()
            elif fault.kind == "leap":
                self.clock.leap(fault.seconds)
            else:
                self.faults.switch([fault])

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._at_the_door])
        orders = KiteOrders(self.exchange, self.sessions.admit, self.faults, self.stream.tell_orders)
        for part in (
            self.sessions,
            KiteQuotes(self.day, self.clock, self.sessions.admit),
            orders,
            KiteMoney(self.exchange, self.sessions.admit, self._costs),
        ):
            app.add_routes(part.routes())
        app.add_routes(
            [
                web.get("/practice/state", self._state),
                web.get("/practice/faults", self._show_faults),
                web.post("/practice/faults", self._take_faults),
                web.delete("/practice/faults", self._clear_faults),
            ]
        )
        return app

    def _on_second(self, second: int) -> Sequence[Mapping[str, Any]]:
        return self.exchange.reach(second)

    @web.middleware
    async def _at_the_door(self, request: web.Request, handler: Answer) -> web.StreamResponse:
        """Count the request, let faults happen, and put every no into Kite's envelope."""
        try:
            if request.path.startswith(OPEN_DOORS):
                return await handler(request)
            if request.headers.get("X-Kite-Version") != "3":
                raise WireError(400, "InputException", "Invalid or missing `X-Kite-Version`; 3 expected.")
            self._limits.count(request.headers.get("Authorization", ""), limit_class(request.method, request.path))
            fault = self.faults.take(*REST, path=request.path, method=request.method)
            return await (self._faulty(fault, request, handler) if fault else handler(request))
        except WireError as error:
            return failure(error)
        except web.HTTPNotFound:
            return failure(WireError(404, "GeneralException", "Route not found"))
        except web.HTTPMethodNotAllowed:
            return failure(WireError(405, "GeneralException", "Method not allowed"))

    async def _faulty(self, fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
        if fault.kind == "limit":
            raise too_many()
        if fault.kind == "forbidden_ip":
            raise WireError(403, "PermissionException", UNREGISTERED)
        reply = await answer(request) if fault.placed else None
        if fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "cut":
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if fault.kind == "timeout_400":
            raise WireError(400, "OrderException", TIMED_OUT)
        if fault.kind in ("cut_short", "drip"):
            return await _in_pieces(fault, request, reply)
        if fault.kind == "html":
            return web.Response(status=502, text=GATEWAY_PAGE, content_type="text/html")
        if fault.kind == "no_envelope":
            return web.json_response({"status": "success"})
        if reply is None:
            raise WireError(503, "NetworkException", "PRACTICE fault: the order system did not take the request")
        if fault.kind == "no_content_type":
            assert isinstance(reply, web.Response)
            return _Untyped(reply)
        return reply

    async def _state(self, request: web.Request) -> web.Response:
        return success(
            {
                "day": self.day.day.isoformat(),
                "market": f"PRACTICE seed {self.day.market.seed}",
                "second": self.clock.second,
                "n_seconds": self.day.grid.n_seconds,
                "speed": self.clock.speed,
                "connections": self.stream.n_connections,
            }
        )

    async def _show_faults(self, request: web.Request) -> web.Response:
        return success([{"kind": f.kind, "times": f.times, "sentence": f.sentence} for f in self.faults.on])

    async def _take_faults(self, request: web.Request) -> web.Response:
        try:
            faults = parsed_faults(json.loads(await request.text()))
        except (BadInput, ValueError) as fault:
            raise WireError(400, "InputException", str(fault)) from fault
        self.switch_faults(faults)
        return success(len(faults))

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self.faults.clear()
        return success(True)


async def _in_pieces(fault: Fault, request: web.Request, reply: web.StreamResponse | None) -> web.StreamResponse:
    """Send an answer byte by byte, or stop in its middle; an answer that was never made reads like one that was."""
    body = reply.body if isinstance(reply, web.Response) and isinstance(reply.body, bytes) else b'{"status": "success"}'
    pieces = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await pieces.prepare(request)
    if fault.kind == "cut_short":
        await pieces.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.close()
        return pieces
    with contextlib.suppress(ConnectionError):  # whoever waits for it may go away before its end
        for octet in body:
            await pieces.write(bytes([octet]))
            await asyncio.sleep(fault.seconds)
    return pieces


class _Untyped(web.Response):
    """An answer whose content type was lost on the way."""

    def __init__(self, reply: web.Response) -> None:
        super().__init__(status=reply.status, body=reply.body)

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall("Content-Type", None)
