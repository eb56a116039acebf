"""When an evening's work begins: once after each session, and at the start for the one that was slept through.

APScheduler is the trigger and nothing more. What is due is asked of the calendar and of the notebook, so a machine
that slept, a missed timer or a second trigger changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any, Final
from zoneinfo import ZoneInfo

from cockpit.clock import Clock, instant, ist
from cockpit.errors import CalendarExpired
from cockpit.ports import Calendar

INDIA: Final = ZoneInfo("Asia/Kolkata")
EVENING: Final = clock_time(19, 45)
"""After the participants' positions, the last of the day, are out at half past seven: earlier an evening would lack
what its brains were taught with. Before eight, as of which it is judged: headlines count from when they are seen."""
LOOK_AGAIN_S: Final = 900
"""A work that failed is tried again after so long, while its evening lasts."""


@dataclass(frozen=True, slots=True)
class Due:
    """The newest evening whose work may begin now, and when the next one may."""

    session: date | None
    next_at: int


def due(calendar: Calendar, now: int, evening: clock_time = EVENING) -> Due:
    """Answer the newest session whose evening has come by `now`, and the instant of the next evening, ns UTC.

    Errors: CalendarExpired when the table does not reach.
    """
    today = ist(now).date()
    session = calendar.session(today)
    if session is not None and now >= instant(today, evening):
        return Due(today, instant(calendar.following(today).day, evening))
    newest = calendar.preceding(today).day
    upcoming = today if session is not None else calendar.following(today).day
    return Due(newest, instant(upcoming, evening))


class Evenings:
    """Begin each evening's work on the running loop, one at a time, and the missed one at once."""

    def __init__(
        self,
        calendar: Calendar,
        clock: Clock,
        is_done: Callable[[date], bool],
        work: Callable[[date], Awaitable[None]],
        trouble: Callable[[Exception], None],
    ) -> None:
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        self._calendar, self._clock = calendar, clock
        self._is_done, self._work, self._trouble = is_done, work, trouble
        # Late is never too late, and two timers that fell due in a sleep are one piece of work.
        rules: dict[str, Any] = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=INDIA, job_defaults=rules)
        self.looks_at = 0
        """When it looks again, ns UTC."""

    def start(self) -> None:
        """Look at once, then at every evening."""
        self._scheduler.start()
        self._at(self._clock.now())

    def stop(self) -> None:
        """Begin nothing more; work that is under way is its owner's to end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def look(self) -> None:
        """Do what is due and set the next timer; a fault is told, and tried again in a quarter of an hour."""
        now = self._clock.now()
        try:
            found = due(self._calendar, now)
        except CalendarExpired as fault:
            self._trouble(fault)
            return
        again = found.next_at
        try:
            if found.session is not None and not self._is_done(found.session):
                await self._work(found.session)
        except Exception as fault:
            self._trouble(fault)
            again = min(again, self._clock.now() + LOOK_AGAIN_S * 1_000_000_000)
        self._at(again)

    def _at(self, ts: int) -> None:
        self.looks_at = ts
        when: datetime = ist(ts)
        self._scheduler.add_job(self.look, "date", run_date=when, id="evening", replace_existing=True)
