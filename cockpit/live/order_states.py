"""What in an order book is news: states move one way, and an order that ended is changed by fills alone.

A book may lag and show an older state than the one that is known; that is no news. A word that nobody knows is
UNKNOWN, which blocks its name. An order that ended is not brought back by a word, only by a fill, which is then said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cockpit.orders import TERMINAL, Status

RANK: Final[Mapping[Status, int]] = {
    Status.INTENT: 0,
    Status.UNKNOWN: 0,
    Status.SENT: 1,
    Status.TRIGGER_PENDING: 2,
    Status.OPEN: 3,
    **dict.fromkeys(TERMINAL, 4),
}


def followed(before: Status, told: Status, *, filled_more: bool, may_wait_again: bool = False) -> Status | None:
    """Answer the state after the book told `told`, None where that is no news.

    `filled_more` tells whether the book has more filled than is known; `may_wait_again` whether the order is one that
    we changed from a limit back into a stop.
    """
    if before in TERMINAL:
        if not filled_more:
            return None
        return Status.FILLED if told is Status.FILLED else before
    if told is Status.UNKNOWN:
        return Status.UNKNOWN
    is_back = may_wait_again and before is Status.OPEN and told is Status.TRIGGER_PENDING
    if RANK[told] < RANK[before] and not is_back:
        return before if filled_more else None
    return told if told is not before or filled_more else None
