"""Bars keep their places: a lost minute is a hole, a night is none, and a closed bar is never rewritten."""

from __future__ import annotations

import numpy as np
import pytest

from cockpit.clock import DAY_NS
from cockpit.errors import BadInput
from cockpit.market import Interval
from cockpit.widgets.barstrip import BarStrip
from tests.widgets.made import MINUTE, OPEN, moved, walk


def test_a_lost_minute_keeps_its_empty_place() -> None:
    bars = np.delete(walk(20), [5, 6])
    strip = BarStrip(bars, Interval.M1)
    assert strip.x[4] == 4
    assert strip.x[5] == 7
    assert not strip.joined(slice(4, 6))[0]


def test_a_night_takes_one_place_and_no_line_crosses_it() -> None:
    bars = np.concatenate([walk(10), walk(10, opens=OPEN + DAY_NS)])
    strip = BarStrip(bars, Interval.M1)
    assert strip.x[10] - strip.x[9] == 1
    assert strip.joined(slice(0, 20)).tolist() == [True] * 9 + [False] + [True] * 9


def test_daily_bars_are_counted_one_by_one_over_weekends() -> None:
    bars = walk(4, interval=Interval.D1)
    bars["ts_open"] = OPEN + np.array([0, 1, 4, 5]) * DAY_NS
    assert BarStrip(bars, Interval.D1).x.tolist() == [0, 1, 2, 3]


def test_places_and_instants_are_each_others_inverse() -> None:
    strip = BarStrip(np.delete(walk(60), slice(20, 30)), Interval.M1)
    for place in (0.0, 3.5, 25.0, 59.0, 70.0):
        assert strip.x_of(strip.ts_of(place)) == pytest.approx(place)


def test_a_tick_moves_the_live_bar_and_a_new_minute_starts_another() -> None:
    bars = walk(12)
    strip = BarStrip(bars[:10], Interval.M1)
    assert strip.tick(bars[10])
    assert not strip.tick(moved(bars, 10, close=1)[0])
    assert (len(strip), strip.n_closed) == (11, 10)
    assert strip.tick(bars[11])
    assert (len(strip), strip.n_closed) == (12, 11)


def test_a_late_tick_never_rewrites_a_closed_bar() -> None:
    bars = walk(10)
    strip = BarStrip(bars, Interval.M1)
    for index in (3, 9):
        with pytest.raises(BadInput, match="closed"):
            strip.tick(bars[index])
    assert strip.rows.tobytes() == bars.tobytes()


def test_the_strip_grows_past_its_first_room() -> None:
    bars = walk(1400)
    strip = BarStrip(bars[:0], Interval.M1)
    for row in bars:
        strip.close(row)
    assert strip.rows.tobytes() == bars.tobytes()
    assert strip.last_x == 1399


@pytest.mark.parametrize("order", [[0, 2, 1], [0, 1, 1]])
def test_bars_out_of_order_are_refused(order: list[int]) -> None:
    with pytest.raises(BadInput, match="order"):
        BarStrip(walk(3)[order], Interval.M1)


def test_an_instant_before_the_first_bar_lies_left_of_it() -> None:
    assert BarStrip(walk(5), Interval.M1).x_of(OPEN - 2 * MINUTE) == -2
