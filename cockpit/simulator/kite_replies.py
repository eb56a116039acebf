"""The envelope of every answer, the errors it can carry, and how times and prices are written on Kite's wire."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from cockpit.clock import ist


class WireError(Exception):
    """The exchange's no, with its HTTP status, Kite's name for the kind, and words a trader can read."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def bad_input(message: str) -> WireError:
    """Refuse parameters that cannot be right."""
    return WireError(400, "InputException", message)


def token_dead() -> WireError:
    """Refuse a key or token that is not valid now."""
    return WireError(403, "TokenException", "Incorrect `api_key` or `access_token`.")


def too_many() -> WireError:
    """Refuse a request beyond its class's limit."""
    return WireError(429, "NetworkException", "Too many requests")


def success(value: Any) -> web.Response:
    """Answer `value` in the success envelope."""
    return _answer(200, {"status": "success", "data": value})


def failure(error: WireError) -> web.Response:
    """Answer an error in its envelope."""
    body = {"status": "error", "message": str(error), "error_type": error.kind, "data": None}
    return _answer(error.status, body)


def _answer(status: int, body: Any) -> web.Response:
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")


def stamp(ts: int) -> str:
    """Write an instant as Kite does: Indian wall-clock time, whole seconds, no zone."""
    return ist(ts).strftime("%Y-%m-%d %H:%M:%S")


def rupees_of(paise: int) -> float:
    """Write a price as Kite does: a JSON number in rupees."""
    return paise / 100
