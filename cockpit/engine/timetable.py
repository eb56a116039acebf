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

    def due(self, now: int, *, flat: bool) -> tuple[Due, ...]:
        """Answer what is due at `now`; nothing once everything is flat after the first call of the square-off."""
        if now < self._next:
            return ()
        first = self._next == self._session.square_off
        self._next = now + 60 * NS
        if flat and not first:
            return ()
        return (Due.OVERDUE if not flat and now >= self._session.square_off_hard else Due.SQUARE_OFF,)
