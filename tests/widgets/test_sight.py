"""The view as a value: zoom keeps the point under the pointer, tags keep apart, labels keep their distance."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.clock import DAY_NS, ist
from cockpit.market import Interval
from cockpit.widgets.barstrip import BarStrip
from cockpit.widgets.sight import FEWEST, Area, Scale, Sight, pushed_apart
from cockpit.widgets.ticks import LABEL_GAP, PRICE_GAP, price_labels, price_step, time_labels
from tests.widgets.made import OPEN, walk

AREA = Area(900.0, 6.0, 380.0, 392.0, 80.0, 64.0, 22.0)
SIGHT = Sight(0.0, 150.0, 140_000.0, 142_000.0)

rows = st.lists(st.floats(-50, 550), max_size=14)


@given(rows)
def test_tags_never_overlap_and_stay_inside_while_there_is_room(wanted: list[float]) -> None:
    placed = pushed_apart(wanted, 18.0, 0.0, 500.0)
    order = sorted(placed)
    assert all(b - a >= 18.0 - 1e-6 for a, b in pairwise(order))
    assert all(9.0 - 1e-6 <= row <= 491.0 + 1e-6 for row in placed)


@given(rows)
def test_tags_keep_the_order_of_their_prices(wanted: list[float]) -> None:
    placed = pushed_apart(wanted, 18.0, 0.0, 500.0)
    for (w1, p1), (w2, p2) in pairwise(sorted(zip(wanted, placed, strict=True))):
        assert w1 == w2 or p1 < p2


def test_a_tag_with_room_around_it_does_not_move() -> None:
    assert pushed_apart([100.0, 300.0], 18.0, 0.0, 500.0) == [100.0, 300.0]


def test_more_tags_than_room_share_the_room_evenly() -> None:
    placed = sorted(pushed_apart([50.0] * 10, 18.0, 0.0, 100.0))
    assert [round(b - a, 6) for a, b in pairwise(placed)] == [10.0] * 9


@given(st.floats(0.2, 5.0), st.floats(0, 150))
def test_zoom_keeps_the_bar_under_the_pointer(factor: float, at: float) -> None:
    before, after = Scale(SIGHT, AREA), Scale(SIGHT.zoomed_time(factor, at), AREA)
    assert after.px(at) == pytest.approx(before.px(at), abs=1e-6)


def test_zoom_stops_at_the_fewest_bars() -> None:
    assert SIGHT.zoomed_time(0.0001, 10.0).bars == pytest.approx(FEWEST)


def test_pixels_and_prices_are_each_others_inverse() -> None:
    scale = Scale(SIGHT, AREA)
    assert scale.price(scale.py(141_234.0)) == pytest.approx(141_234.0)
    assert scale.x(scale.px(77.25)) == pytest.approx(77.25)


def test_the_range_holds_still_between_its_two_limits() -> None:
    fitted = SIGHT.fitted(140_500.0, 141_500.0)
    assert not fitted.needs_fit(140_500.0, 141_530.0)
    assert fitted.needs_fit(140_500.0, 141_700.0)
    assert fitted.needs_fit(140_900.0, 141_100.0)


def test_one_lone_price_still_has_a_range() -> None:
    assert SIGHT.fitted(141_000.0, 141_000.0).y0 < 141_000.0 < SIGHT.fitted(141_000.0, 141_000.0).y1


@given(st.floats(10.0, 1e7))
def test_price_labels_are_round_and_keep_their_distance(span: float) -> None:
    step = price_step(span, 380.0)
    assert str(step).rstrip("0") in {"1", "2", "5"}
    assert step * 380.0 / span >= PRICE_GAP - 1e-6


def test_price_labels_lie_in_the_pane() -> None:
    labels = price_labels(Scale(SIGHT, AREA))
    assert len(labels) >= 4
    assert all(SIGHT.y0 <= price <= SIGHT.y1 for price in labels)


def test_time_labels_are_round_indian_times() -> None:
    labels = time_labels(BarStrip(walk(150), Interval.M1), Scale(SIGHT, AREA))
    assert [label.words for label in labels][:4] == ["09:15", "09:30", "09:45", "10:00"]


def test_time_labels_of_many_days_name_the_days() -> None:
    bars = np.concatenate([walk(25, opens=OPEN + day * DAY_NS, interval=Interval.M15) for day in (0, 3, 4)])
    strip = BarStrip(bars, Interval.M15)
    labels = time_labels(strip, Scale(Sight(-1.0, 76.0, 0.0, 1.0), AREA))
    assert [label.words for label in labels if ":" not in label.words] == ["20 Nov", "23 Nov", "24 Nov"]


@pytest.mark.parametrize("interval", [Interval.M1, Interval.M15, Interval.D1])
@pytest.mark.parametrize("bars", [10, 60, 400])
def test_time_labels_keep_their_distance_at_every_zoom(interval: Interval, bars: int) -> None:
    strip = BarStrip(walk(300, interval=interval), interval)
    scale = Scale(Sight(20.0, 20.0 + bars, 0.0, 1.0), AREA)
    columns = [scale.px(label.x) for label in time_labels(strip, scale)]
    assert columns
    assert all(b - a >= 0.7 * LABEL_GAP for a, b in pairwise(columns))


def test_daily_bars_are_labelled_by_date() -> None:
    strip = BarStrip(walk(90, interval=Interval.D1), Interval.D1)
    labels = time_labels(strip, Scale(Sight(0.0, 90.0, 0.0, 1.0), AREA))
    assert all(ist(strip.ts_of(label.x)).strftime("%d %b").lstrip("0") == label.words for label in labels)
