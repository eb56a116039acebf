"""What the tests of the REST door share: a door to a fake server, paced fast."""

from __future__ import annotations

from typing import Any

from cockpit.clock import WallClock
from cockpit.venues.kite_rest import KiteRest
from tests.venues.fake_kite import FakeRest, Reply

SECRET = "sesame-open-sesame"
FAST = 1000.0
"""Speed of the clock that paces: a second of the broker's limits takes a millisecond."""


def rest_to(server: FakeRest, **changes: Any) -> KiteRest:
    token = changes.pop("token", lambda: SECRET)
    return KiteRest("key", token, WallClock(0, FAST), root=server.root, **changes)


def html(status: int) -> Reply:
    return Reply(status, b"<html>Bad gateway</html>", "text/html")
