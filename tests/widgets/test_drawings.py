"""What a trader draws: two keys and a click make a trend line, and labels step aside for the crosshair."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from cockpit.clock import DAY_NS
from cockpit.widgets.overlays import TimeMark, Trend
from tests.widgets.made import OPEN, chart_of, walk

ALT = Qt.KeyboardModifier.AltModifier


def test_a_trend_line_runs_from_the_key_to_the_click_on_ticks(qtbot: QtBot) -> None:
    bars = walk()
    chart = chart_of(qtbot, bars)
    drawn: list[Any] = []
    chart.trend_wanted.connect(drawn.append)
    px = chart.study.scale.px
    chart.view.pointed.emit(QPointF(float(px(60.0)), 200.0))
    qtbot.keyClick(chart.view, Qt.Key.Key_T, ALT)
    end = QPointF(float(px(90.0)), 150.0)
    chart.view.pointed.emit(end)
    chart.view.clicked.emit(end, False)
    starts, low, ends, high = drawn[0]
    assert (starts, ends) == (int(bars["ts_open"][60]), int(bars["ts_open"][90]))
    assert high > low
    assert low % 5 == high % 5 == 0


def test_escape_and_the_same_bar_make_no_trend_line(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk())
    drawn: list[Any] = []
    chart.trend_wanted.connect(drawn.append)
    chart.view.pointed.emit(QPointF(300.0, 200.0))
    qtbot.keyClick(chart.view, Qt.Key.Key_T, ALT)
    qtbot.keyClick(chart.view, Qt.Key.Key_T, ALT)
    qtbot.keyClick(chart.view, Qt.Key.Key_T, ALT)
    qtbot.keyClick(chart.view, Qt.Key.Key_Escape)
    chart.view.clicked.emit(QPointF(500.0, 100.0), False)
    assert drawn == []


def test_drawings_show_and_go_with_their_instrument(qtbot: QtBot) -> None:
    bars = walk()
    chart = chart_of(qtbot, bars)
    plain = chart.picture().toImage()
    first, last = int(bars["ts_open"][50]), int(bars["ts_open"][120])
    chart.set_drawings([Trend("a", first, 141_000, last, 141_200)], [TimeMark("b", first, "results")])
    assert chart.picture().toImage() != plain
    chart.set_drawings([])
    assert chart.picture().toImage() == plain


def test_a_time_label_hides_under_the_time_tag_and_comes_back(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk())
    label = chart.study.times[len(chart.study.times) // 2]
    chart.view.pointed.emit(QPointF(float(chart.study.scale.px(label.x)) + 8, 200.0))
    assert chart.easel.times.hidden == {label.x}
    chart.view.left.emit()
    assert chart.easel.times.hidden == frozenset()


def test_the_crosshair_reads_prices_on_a_tick(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk())
    for row in (100.0, 133.0, 217.0):
        chart.view.pointed.emit(QPointF(300.0, row))
        words = chart.easel.crosshair._price.tag.words
        assert int(words.replace(",", "").replace(".", "")) % 5 == 0


def test_the_time_tag_names_the_day_where_there_are_several(qtbot: QtBot) -> None:
    one_day = chart_of(qtbot, walk())
    one_day.go_to(OPEN)
    days = chart_of(qtbot, np.concatenate([walk(20), walk(20, opens=OPEN + DAY_NS)]))
    days.go_to(OPEN + DAY_NS)
    assert one_day.easel.crosshair._time._words == "09:15"
    assert days.easel.crosshair._time._words == "21 Nov 09:15"


def test_the_night_after_the_last_bar_is_not_labelled(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk(375))
    chart.helm.zoom_time(4.0, 375.0)
    words = [label.words for label in chart.study.times]
    assert max(words) <= "15:30"
