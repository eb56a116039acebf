"""What the clock demands of an open position: squared off on time, asked again each minute, and overdue at the end."""

from __future__ import annotations

from enum import StrEnum

from cockpit.clock import NS
from cockpit.market import Session


class Due(StrEnum):
    """What is due now."""

    SQUARE_OFF = "square off"
    OVERDUE = "square off, and say that it is overdue"


class Timetable:
    """Answer once when the square-off is due, then each minute while positions are open, OVERDUE past the hard time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next = session.square_off

    def due(self, now: int, *, flat: bool, blind_ns: int = 0) -> tuple[Due, ...]:
        """Answer what is due at `now`; nothing once everything is flat after the first call of the square-off.

        `blind_ns` is how long a tape of ready-made bars says nothing after `now`: what would fall due past the hard
        time within it is due now, while there is still a bar to leave in.
        """
        too_late_next = blind_ns and now < self._session.square_off_hard < now + blind_ns
        if now < self._next and not too_late_next:
            return ()
        first = self._next == self._session.square_off
        self._next = now + 60 * NS
        if flat and not first:
            return ()
        return (Due.OVERDUE if not flat and now >= self._session.square_off_hard else Due.SQUARE_OFF,)
