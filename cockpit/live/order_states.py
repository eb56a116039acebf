"""Which state may follow which: only what a broker is known to do; anything else is UNKNOWN, which blocks its name.

An order that ended may come back to life: cancelled stops were seen to execute an hour later. So every end has an edge
back, and taking it is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cockpit.orders import TERMINAL, Status

LIVE: Final = frozenset({Status.SENT, Status.OPEN, Status.TRIGGER_PENDING})
ENDS: Final = frozenset({Status.FILLED, Status.CANCELLED, Status.REJECTED, Status.LAPSED})
EDGES: Final[Mapping[Status, frozenset[Status]]] = {
    Status.INTENT: LIVE | ENDS | {Status.UNKNOWN},
    Status.SENT: LIVE | ENDS | {Status.UNKNOWN},
    Status.UNKNOWN: LIVE | ENDS | {Status.UNKNOWN},
    Status.OPEN: LIVE | ENDS | {Status.UNKNOWN},
    Status.TRIGGER_PENDING: LIVE | ENDS | {Status.UNKNOWN},
    Status.FILLED: frozenset({Status.FILLED}),
    Status.CANCELLED: LIVE | {Status.CANCELLED, Status.FILLED, Status.UNKNOWN},
    Status.REJECTED: LIVE | {Status.REJECTED, Status.FILLED, Status.CANCELLED, Status.UNKNOWN},
    Status.LAPSED: LIVE | {Status.LAPSED, Status.FILLED, Status.CANCELLED, Status.UNKNOWN},
}


def followed(before: Status, told: Status) -> tuple[Status, str]:
    """Answer the state after the broker told `told`, and what must be said about it; empty where nothing must."""
    if told not in EDGES[before]:
        return Status.UNKNOWN, f"the broker says {told.value} after {before.value}: not among what can happen"
    if before in TERMINAL and told is not before:
        return told, f"came back: it was {before.value} and is {told.value}"
    return told, ""
