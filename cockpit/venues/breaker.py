"""A breaker for one source: after failures in a row it is left alone for a while, then tried once."""

from __future__ import annotations

import threading
from typing import Final

from cockpit.clock import Clock

FAILURES: Final = 3
COOL_S: Final = 60.0


class Breaker:
    """Say whether a source may be asked. Many threads may ask at once; when it is half open only one is let through."""

    def __init__(self, clock: Clock, *, failures: int = FAILURES, cool_s: float = COOL_S) -> None:
        self._clock = clock
        self._limit = failures
        self._cool_s = cool_s
        self._failed = 0
        self._opened = 0.0
        self._reason = ""
        self._is_probing = False
        self._lock = threading.Lock()

    def refusal(self) -> str | None:
        """Answer why the source is not to be asked now, None when it may be; then tell what became of it."""
        with self._lock:
            if self._failed < self._limit:
                return None
            left = self._opened + self._cool_s - self._clock.monotonic()
            if left > 0:
                return f"left alone for {left:.0f} s more after {self._failed} failures, the last: {self._reason}"
            if self._is_probing:
                return f"being tried again after {self._failed} failures, the last: {self._reason}"
            self._is_probing = True
            return None

    def worked(self) -> None:
        """Take note that the source answered."""
        with self._lock:
            self._failed, self._is_probing = 0, False

    def failed(self, reason: str) -> None:
        """Take note that it did not."""
        with self._lock:
            self._failed += 1
            self._opened, self._reason, self._is_probing = self._clock.monotonic(), reason, False

    def let_go(self) -> None:
        """Take note that whoever asked left before there was an answer."""
        with self._lock:
            self._is_probing = False
