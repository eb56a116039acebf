"""A feed that plays recorded frames: at the pace they were seen, faster, or as fast as the flow can take them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import NS, WallClock
from cockpit.errors import BadInput
from cockpit.facts import FeedMoved, FeedState
from cockpit.market import BAR
from cockpit.ports import Frame

BREATH: Final = 32
"""Playing flat out, the loop gets a breath after so many frames, so that a screen can paint and a person can stop."""


class ReplayFeed:
    """Yield `frames` in order, `speed` times as fast as they were seen; speed 0 is as fast as they are taken."""

    def __init__(self, frames: Iterator[NDArray[Any]], start_ns: int, speed: float = 0.0) -> None:
        if not speed >= 0:
            raise BadInput(f"replay speed {speed} given; 0 (flat out) or a positive multiple expected")
        self._frames = frames
        self._start = start_ns
        self._speed = speed
        self._tokens: NDArray[Any] | None = None
        self._is_open = True

    async def stream(self) -> AsyncIterator[Frame]:
        """Yield LIVE, every frame, then ENDED."""
        pace = WallClock(self._start, self._speed) if self._speed else None
        yield FeedMoved(self._start, FeedState.LIVE, "the tape is running")
        ts = self._start
        for n, taken in enumerate(self._frames):
            frame = taken
            if not self._is_open:
                return
            ts = _instant_of(frame)
            if pace is not None:
                await pace.sleep(max(0, ts - pace.now()) / NS)
            elif n % BREATH == 0:
                await asyncio.sleep(0)
            if self._tokens is not None:
                frame = frame[np.isin(frame["token"], self._tokens)]
            if len(frame):
                yield frame
        yield FeedMoved(ts, FeedState.ENDED, "the tape is over")

    async def watch(self, tokens: Sequence[int]) -> None:
        """Let only `tokens` pass; before the first call everything recorded does."""
        self._tokens = np.array(sorted(set(tokens)), dtype=np.int64)

    async def close(self) -> None:
        """Stop at the next frame."""
        self._is_open = False


def _instant_of(frame: NDArray[Any]) -> int:
    if frame.dtype == BAR:
        return int(frame["ts_open"][0] + frame["interval_s"][0] * NS)
    return int(np.where(frame["ts_event"] > 0, frame["ts_event"], frame["ts_seen"]).max())
