"""Time: ns UTC inside, India at the edges, naive times refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from datetime import time as clock_time

import pytest

from cockpit.clock import IST_OFFSET_NS, NS, TapeClock, WallClock, hhmmss, instant, ist, ist_day, to_ns
from cockpit.errors import BadInput

OPEN = instant(date(2026, 11, 20), clock_time(9, 15))


def test_the_opening_is_three_forty_five_in_utc() -> None:
    assert to_ns(datetime(2026, 11, 20, 3, 45, tzinfo=UTC)) == OPEN


def test_an_instant_shows_as_indian_wall_time_whatever_the_machine_says(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    for zone in ("UTC", "America/New_York", "Pacific/Chatham"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert hhmmss(OPEN) == "09:15:00"
        assert ist(OPEN).isoformat() == "2026-11-20T09:15:00+05:30"
    monkeypatch.undo()
    time.tzset()


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(BadInput, match="naive"):
        to_ns(datetime(2026, 11, 20, 9, 15))  # noqa: DTZ001


def test_the_indian_day_turns_at_half_past_six_in_the_evening_utc() -> None:
    assert ist_day(to_ns(datetime(2026, 11, 19, 18, 29, tzinfo=UTC))) == date(2026, 11, 19)
    assert ist_day(to_ns(datetime(2026, 11, 19, 18, 30, tzinfo=UTC))) == date(2026, 11, 20)


def test_india_has_one_offset_all_year() -> None:
    for month in range(1, 13):
        moment = ist(instant(date(2026, month, 15), clock_time(12)))
        offset = moment.utcoffset()
        assert offset is not None
        assert offset.total_seconds() * NS == IST_OFFSET_NS


def test_late_data_never_turns_the_tape_back() -> None:
    tape = TapeClock(OPEN)
    tape.advance(OPEN + 5)
    tape.advance(OPEN + 3)
    assert tape.now() == OPEN + 5


async def test_a_tape_sleeps_without_moving() -> None:
    tape = TapeClock(OPEN)
    await tape.sleep(3600)
    assert tape.now() == OPEN


def test_a_fast_wall_clock_starts_where_it_is_told_and_only_rises() -> None:
    wall = WallClock(OPEN, speed=1000)
    first, second = wall.now(), wall.now()
    assert OPEN <= first <= second


def test_a_clock_that_stands_still_is_refused() -> None:
    with pytest.raises(BadInput, match="speed"):
        WallClock(OPEN, speed=0)
