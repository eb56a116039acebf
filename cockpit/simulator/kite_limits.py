"""How many requests of each class the exchange answers in how long, counted on the exchange's own clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from cockpit.simulator.kite_replies import WireError, too_many

LIMITS: Final[dict[str, tuple[tuple[int, float], ...]]] = {
    "quote": ((1, 1.0),),
    "historical": ((3, 1.0),),
    "order": ((10, 1.0), (400, 60.0), (5_000, 86_400.0)),
    "other": ((10, 1.0),),
}
"""(requests, seconds) by class; a request must fit into every window of its class."""


def limit_class(method: str, path: str) -> str:
    """Answer the class a request is counted in."""
    if path == "/quote" or path.startswith("/quote/"):
        return "quote"
    if path.startswith("/instruments/historical/"):
        return "historical"
    if method == "POST" and path.startswith("/orders/"):
        return "order"
    return "other"


class RequestLimits:
    """Count requests by key and class; `pace` tells the exchange's seconds."""

    def __init__(self, pace: Callable[[], float]) -> None:
        self._pace = pace
        self._seen: dict[tuple[str, str, int], deque[float]] = {}

    def count(self, key: str, kind: str) -> None:
        """Count one request; WireError 429 when it does not fit, and then it is not counted."""
        now = self._pace()
        windows = [(self._seen.setdefault((key, kind, k), deque()), *LIMITS[kind][k]) for k in range(len(LIMITS[kind]))]
        for seen, most, seconds in windows:
            while seen and seen[0] <= now - seconds:
                seen.popleft()
            if len(seen) >= most:
                raise self._refusal(kind, most, seconds)
        for seen, _, _ in windows:
            seen.append(now)

    @staticmethod
    def _refusal(kind: str, most: int, seconds: float) -> WireError:
        if kind == "order" and seconds > 60:
            return WireError(429, "NetworkException", f"Maximum allowed orders exceeded: {most} a day")
        return too_many()
