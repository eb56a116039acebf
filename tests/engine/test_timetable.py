"""The square-off comes on time, comes again each minute while anything is open, and says when it is overdue."""

from __future__ import annotations

from cockpit.clock import NS
from cockpit.engine.timetable import Due, Timetable
from tests.engine.made_days import at, made_session

MINUTE = 60 * NS


def test_nothing_is_due_before_the_square_off_and_the_square_off_is_due_on_time() -> None:
    table = Timetable(made_session())
    assert table.due(at("15:10") - 1, flat=False) == ()
    assert table.due(at("15:10"), flat=False) == (Due.SQUARE_OFF,)


def test_the_first_square_off_is_due_even_when_flat_because_entries_may_be_resting() -> None:
    table = Timetable(made_session())
    assert table.due(at("15:10"), flat=True) == (Due.SQUARE_OFF,)
    assert table.due(at("15:11"), flat=True) == ()


def test_it_is_asked_again_each_minute_and_not_more_often() -> None:
    table = Timetable(made_session())
    asked = [second for second in range(181) if table.due(at("15:10") + second * NS, flat=False)]
    assert asked == [0, 60, 120, 180]


def test_past_the_hard_time_every_minute_is_overdue_while_positions_are_open() -> None:
    table = Timetable(made_session())
    seen = [table.due(at("15:10") + n * MINUTE, flat=False) for n in range(14)]
    assert seen == [(Due.SQUARE_OFF,)] * 10 + [(Due.OVERDUE,)] * 4


def test_what_opens_again_after_a_flat_minute_is_squared_off_again() -> None:
    table = Timetable(made_session())
    assert [table.due(at("15:10") + n * MINUTE, flat=flat) for n, flat in enumerate((False, True, False))] == [
        (Due.SQUARE_OFF,),
        (),
        (Due.SQUARE_OFF,),
    ]


def test_a_first_frame_after_the_hard_time_is_overdue_at_once() -> None:
    assert Timetable(made_session()).due(at("15:25"), flat=False) == (Due.OVERDUE,)
    assert Timetable(made_session()).due(at("15:25"), flat=True) == (Due.SQUARE_OFF,)
