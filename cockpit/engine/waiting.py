"""What waits before it is sent: exits that cannot leave yet, and any order for its place in the second."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cockpit.clock import NS, Clock
from cockpit.engine.risk.order_rate import MOST_A_SECOND

FIRST_NS: Final = 2 * NS
LONGEST_NS: Final = 16 * NS
"""An exit whose way is not clear is tried again at least so often."""
LONGEST_BROKEN_NS: Final = 60 * NS
"""One that the broker would not take (no login, no room, no connection) is tried more seldom."""
SECOND_NS: Final = 21 * NS // 20
"""A little longer than the broker's second, because orders may bunch up on their way."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An exit that is still wanted."""

    by: str
    reason: str
    due: int


class WaitingExits:
    """The names whose exits wait, in the order they were put off; a restart forgets them, a halt asks for them anew."""

    def __init__(self) -> None:
        self._names: dict[int, Waiting] = {}
        self._tries: dict[int, int] = {}

    def put_off(self, token: int, by: str, reason: str, now: int, *, is_broken: bool = False) -> bool:
        """Let an exit wait, each time longer, and answer whether it is put off for the first time."""
        tries = self._tries.get(token, 0)
        self._tries[token] = tries + 1
        due = now + min(FIRST_NS << min(tries, 8), LONGEST_BROKEN_NS if is_broken else LONGEST_NS)
        self._names[token] = Waiting(by, reason, due)
        return tries == 0

    def sent(self, token: int) -> None:
        """Begin to count anew for a name whose exit was sent and not put off again."""
        if token not in self._names:
            self._tries.pop(token, None)

    def done(self, token: int) -> None:
        """Forget a name: there is nothing left to close, or an exit of it is on its way."""
        self._names.pop(token, None)
        self._tries.pop(token, None)

    def taken(self, now: int) -> list[tuple[int, Waiting]]:
        """Take the exits that are due."""
        due = [(token, waiting) for token, waiting in self._names.items() if waiting.due <= now]
        for token, _ in due:
            del self._names[token]
        return due


class Pace:
    """Let no more orders leave in a second than allowed; `sent` are the instants of those before a restart, ns UTC."""

    def __init__(self, clock: Clock, sent: Iterable[int]) -> None:
        self._clock = clock
        self._sent = deque(sorted(sent), maxlen=MOST_A_SECOND)

    async def turn(self) -> None:
        """Wait for a place in the second. A tape, whose time stands still, has nothing to wait for."""
        if len(self._sent) == MOST_A_SECOND:
            wait = self._sent[0] + SECOND_NS - self._clock.now()
            if wait > 0:
                await self._clock.sleep(wait / NS)
        self._sent.append(self._clock.now())
