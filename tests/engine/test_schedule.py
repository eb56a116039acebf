"""The evening's work begins once after each session, late or not, and what failed is tried again."""

from __future__ import annotations

import asyncio
from datetime import date
from datetime import time as clock_time

import pytest

from cockpit.clock import NS, WallClock, instant
from cockpit.engine.schedule import Evenings, due
from cockpit.errors import Abstained, CalendarExpired
from cockpit.places import resources_folder
from cockpit.venues.calendar import NseCalendar

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)


@pytest.fixture(scope="module")
def calendar() -> NseCalendar:
    return NseCalendar.load(resources_folder())


def at(day: date, hour: int, minute: int = 0) -> int:
    return instant(day, clock_time(hour, minute))


@pytest.mark.parametrize(
    ("now", "session", "next_day"),
    [
        (at(FRIDAY, 19, 44), date(2026, 11, 19), FRIDAY),  # the files are not out yet
        (at(FRIDAY, 19, 45), FRIDAY, MONDAY),
        (at(FRIDAY, 23, 59), FRIDAY, MONDAY),
        (at(SATURDAY, 12), FRIDAY, MONDAY),  # slept through Friday evening
        (at(MONDAY, 8), FRIDAY, MONDAY),
    ],
)
def test_the_newest_evening_that_has_come_is_due(
    calendar: NseCalendar, now: int, session: date, next_day: date
) -> None:
    found = due(calendar, now)
    assert found.session == session
    assert found.next_at == at(next_day, 19, 45)


def test_beyond_the_calendar_nothing_is_guessed(calendar: NseCalendar) -> None:
    with pytest.raises(CalendarExpired):
        due(calendar, at(date(2031, 1, 5), 12))


class Works:
    """Work that counts itself; it fails as often as it was told to."""

    def __init__(self, fails: int = 0) -> None:
        self.done: list[date] = []
        self.troubles: list[Exception] = []
        self.fails = fails
        self.is_done = asyncio.Event()

    async def work(self, session: date) -> None:
        if self.fails:
            self.fails -= 1
            raise Abstained("no prices yet")
        self.done.append(session)
        self.is_done.set()

    def evenings(self, calendar: NseCalendar, clock: WallClock) -> Evenings:
        return Evenings(calendar, clock, lambda day: day in self.done, self.work, self.troubles.append)


async def test_a_missed_evening_is_made_up_at_the_start_and_only_once(calendar: NseCalendar) -> None:
    works = Works()
    evenings = works.evenings(calendar, WallClock(at(SATURDAY, 12)))
    evenings.start()
    async with asyncio.timeout(20):
        await works.is_done.wait()
    await evenings.look()
    evenings.stop()
    assert works.done == [FRIDAY]
    assert works.troubles == []


async def test_work_that_failed_is_told_and_tried_again(calendar: NseCalendar) -> None:
    works = Works(fails=1)
    evenings = works.evenings(calendar, WallClock(at(FRIDAY, 21), 1.0))
    await evenings.look()
    assert (works.done, len(works.troubles)) == ([], 1)
    assert 0 < evenings.looks_at - at(FRIDAY, 21) < 1000 * NS  # a quarter of an hour, not Monday
    await evenings.look()
    assert evenings.looks_at == at(MONDAY, 19, 45)
    assert works.done == [FRIDAY]
