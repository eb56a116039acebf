"""Reads what comes over Kite's socket: ticks for the flow, words for whoever listens, and a count of what is broken."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cockpit.errors import BadFrame, BadInput, FeedLost
from cockpit.market import Ticks
from cockpit.venues.kite_wire import Notice, OrderHint, ServerError, decode, parsed_text

DAY_OVER: Final = "PRACTICE DAY OVER"
"""The practice exchange's last words."""
STORM: Final = 50
"""A malformed frame adds 10, a good one takes 1 away; at this level the link is not to be trusted."""

Ear = Callable[[Any], None]


def _deaf(news: Any) -> None:
    """Hear nothing."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears what is not a tick. An ear that raises is counted and logged; the stream goes on."""

    order: Ear = _deaf
    """Takes the raw row of a pushed order update: a hint to read the order book, never a fact."""
    notice: Ear = _deaf
    """Takes the broker's messages to its users, as text."""
    trouble: Ear = _deaf
    """Takes a `CockpitError` for each malformed frame, each with packets of unknown size, each error of the server."""


@dataclass(slots=True)
class FeedCounts:
    """What a feed has met since it was built."""

    frames: int = 0
    ticks: int = 0
    malformed: int = 0
    unknown_packets: int = 0
    connections: int = 0
    ear_faults: int = 0


class Reader:
    """Turn messages into ticks, tell words to the ears, and keep count."""

    def __init__(self, ears: Ears, counts: FeedCounts) -> None:
        self._ears = ears
        self._counts = counts
        self._storm = 0
        self.said_over = False
        """The practice exchange has said its last words."""

    @property
    def is_storm(self) -> bool:
        """Tell whether so much is malformed that the link is not to be trusted."""
        return self._storm >= STORM

    def begin_link(self) -> None:
        """Forget the troubles of the link before."""
        self._storm = 0
        self.said_over = False

    def read(self, message: str | bytes, ts_seen: int) -> Ticks | None:
        """Answer the ticks of a message, None when it brought none; what is malformed is dropped, counted and told."""
        self._counts.frames += 1
        try:
            if isinstance(message, str):
                self._hear(message)
                return None
            ticks, n_unknown = decode(message, ts_seen)
        except BadFrame as fault:
            self._counts.malformed += 1
            self._storm += 10
            self._tell(self._ears.trouble, fault)
            return None
        self._storm = max(0, self._storm - 1)
        if n_unknown:
            self._counts.unknown_packets += n_unknown
            self._tell(self._ears.trouble, _unknown(n_unknown, len(message)))
        self._counts.ticks += len(ticks)
        return ticks if len(ticks) else None

    def _hear(self, text: str) -> None:
        match parsed_text(text):
            case OrderHint(row):
                self._tell(self._ears.order, row)
            case ServerError(words):
                self._tell(self._ears.trouble, FeedLost(f"the stream's server said: {words}"))
            case Notice("message", words) if words == DAY_OVER:
                self.said_over = True
            case Notice(_, words):
                self._tell(self._ears.notice, words)

    def _tell(self, ear: Ear, news: object) -> None:
        try:
            ear(news)
        except Exception:
            self._counts.ear_faults += 1
            logging.getLogger(__name__).exception("an ear of the feed raised; the stream goes on")


def _unknown(n_packets: int, size: int) -> BadInput:
    return BadInput(
        f"{n_packets} packets of an unknown size in a frame of {size} bytes; the rest of the frame was taken",
        remedy="None needed today; if it lasts, the broker's format has grown: look for a newer cockpit.",
    )
