"""The focus chart: calm under ticks, honest about gaps, and the same keys and wheel everywhere."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cockpit.errors import BadInput
from cockpit.market import Interval
from cockpit.widgets.candles import FocusChart
from cockpit.widgets.chart_view import Part
from cockpit.widgets.overlays import Gap, Layer, LineKind, Marker, MarkerKind, OpeningRange, PriceLine, Readout
from cockpit.widgets.states import Fault, PanelState
from cockpit.widgets.tokens import DARK, LIGHT, UpDown, themed
from tests.widgets.made import MINUTE, OPEN, chart_of, moved, walk


def wheel(
    chart: FocusChart, at: QPoint, notches: int, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    viewport = chart.view.viewport()
    event = QWheelEvent(
        QPointF(at), QPointF(viewport.mapToGlobal(at)), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        held, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def shades(chart: FocusChart, colour: str, near: int = 12) -> int:
    """Count the pixels of (nearly) one colour."""
    image = chart.picture().toImage().convertToFormat(chart.picture().toImage().Format.Format_RGB32)
    pixels = (
        np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1].astype(int)
    )
    want = QColor(colour)
    away = np.abs(pixels - np.array([want.red(), want.green(), want.blue()])).max(axis=2)
    return int((away <= near).sum())


def test_a_tick_inside_the_range_moves_nothing_and_repaints_no_history(qtbot: QtBot) -> None:
    bars = walk()
    chart = chart_of(qtbot, bars[:-1])
    chart.tick(bars[-1:])
    QApplication.processEvents()
    sight, drawn = chart.sight, chart.easel.history.n_drawn
    for step in range(20):
        close = int(bars["open"][-1]) + 5 * (step % 3)
        chart.tick(moved(bars, close=close, high=max(close, int(bars["high"][-1]))))
        QApplication.processEvents()
    assert chart.sight == sight
    assert chart.easel.history.n_drawn == drawn


def test_a_price_that_leaves_the_pane_moves_the_range_at_once_and_then_waits(qtbot: QtBot) -> None:
    bars = walk()
    chart = chart_of(qtbot, bars[:-1])
    chart.tick(bars[-1:])
    far = round(chart.sight.y1) + 500
    chart.tick(moved(bars, close=far, high=far))
    first = chart.sight
    assert first.y1 > far
    chart.tick(moved(bars, close=far + 5000, high=far + 5000))
    assert chart.sight == first
    qtbot.waitUntil(lambda: chart.sight.y1 > far + 5000, timeout=3000)


def test_a_range_set_by_hand_stays_until_auto_y_is_wanted_again(qtbot: QtBot) -> None:
    bars = walk()
    chart = chart_of(qtbot, bars[:-1])
    wheel(chart, QPoint(300, 200), -3, Qt.KeyboardModifier.ControlModifier)
    assert not chart.auto_y
    mine = (chart.sight.y0, chart.sight.y1)
    far = round(chart.sight.y1) + 5000
    chart.tick(moved(bars, close=far, high=far))
    assert (chart.sight.y0, chart.sight.y1) == mine
    chart.view.reset.emit(str(Part.PRICE_AXIS))
    assert chart.auto_y
    assert chart.sight.y1 > far


def test_a_bar_that_closes_becomes_history_and_the_view_stays_with_the_newest(qtbot: QtBot) -> None:
    bars = walk(400)
    chart = chart_of(qtbot, bars[:300])
    drawn = chart.easel.history.n_drawn
    for row in range(300, 400):
        chart.tick(bars[row : row + 1])
        chart.close_bar(bars[row : row + 1])
    QApplication.processEvents()
    assert chart.study.strip.n_closed == 400
    assert chart.sight.x0 < chart.study.strip.last_x < chart.sight.x1
    assert chart.easel.history.n_drawn > drawn


def test_a_trader_who_looks_back_is_not_pulled_to_the_end(qtbot: QtBot) -> None:
    bars = walk(400)
    chart = chart_of(qtbot, bars[:300])
    wheel(chart, QPoint(300, 200), 20, Qt.KeyboardModifier.ShiftModifier)
    where = (chart.sight.x0, chart.sight.x1)
    for row in range(300, 360):
        chart.close_bar(bars[row : row + 1])
    assert (chart.sight.x0, chart.sight.x1) == where
    qtbot.keyClick(chart.view, Qt.Key.Key_End)
    assert chart.sight.x0 < chart.study.strip.last_x < chart.sight.x1


def test_a_closed_bar_is_never_rewritten_by_a_late_one(qtbot: QtBot) -> None:
    bars = walk(50)
    chart = chart_of(qtbot, bars)
    with pytest.raises(BadInput, match="closed"):
        chart.tick(bars[20:21])


def test_the_wheel_zooms_time_at_the_pointer(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk(300))
    before, at = chart.sight, chart.study.scale.x(200.0)
    wheel(chart, QPoint(200, 200), 3)
    assert chart.sight.bars < before.bars
    assert chart.study.scale.x(200.0) == pytest.approx(at)


def test_arrows_step_bar_by_bar_and_read_them_aloud(qtbot: QtBot) -> None:
    bars = walk(100)
    chart = chart_of(qtbot, bars)
    seen: list[Readout] = []
    chart.readout_changed.connect(seen.append)
    qtbot.keyClick(chart.view, Qt.Key.Key_Left)
    qtbot.keyClick(chart.view, Qt.Key.Key_Left)
    qtbot.keyClick(chart.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert [int(r.bar["ts_open"][0]) for r in seen] == [int(bars["ts_open"][i]) for i in (99, 98, 83)]
    assert seen[-1].previous_close == int(bars["close"][82])
    assert "close" in chart.view.accessibleDescription()
    qtbot.keyClick(chart.view, Qt.Key.Key_Escape)
    assert not seen[-1].pinned


def test_stepping_out_of_view_brings_the_bar_in(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk(400))
    for _ in range(20):
        qtbot.keyClick(chart.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert chart.sight.x0 <= 400 - 20 * 15 <= chart.sight.x1


def test_the_level_key_wishes_for_the_price_under_the_pointer_on_a_tick(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk())
    chart.view.pointed.emit(QPointF(300.0, 150.0))
    with qtbot.waitSignal(chart.level_wanted) as level:
        qtbot.keyClick(chart.view, Qt.Key.Key_H, Qt.KeyboardModifier.AltModifier)
    assert level.args is not None
    assert level.args[0] % 5 == 0
    assert level.args[0] == pytest.approx(chart.study.scale.price(150.0), abs=5)


def test_delete_removes_only_what_the_trader_drew(qtbot: QtBot) -> None:
    bars = walk()
    chart = chart_of(qtbot, bars)
    price = int(bars["close"][-1])
    gone: list[str] = []
    chart.line_removal_wanted.connect(gone.append)
    for kind in (LineKind.STOP, LineKind.LEVEL):
        chart.set_levels([PriceLine(f"t1:{kind}", price, "line", kind)])
        chart.view.pointed.emit(QPointF(300.0, float(chart.study.scale.py(price))))
        qtbot.keyClick(chart.view, Qt.Key.Key_Delete)
    assert gone == ["t1:level"]


def test_letters_and_digits_are_passed_on_as_the_start_of_a_search(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk())
    typed: list[str] = []
    chart.typed.connect(typed.append)
    qtbot.keyClicks(chart.view, "i5")
    assert typed == ["I", "5"]


def test_shift_click_measures_bars_and_price(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk())
    spans: list[Any] = []
    chart.measured.connect(spans.append)
    chart.view.clicked.emit(QPointF(200.0, 200.0), True)
    chart.view.pointed.emit(QPointF(200.0 + 10 * chart.study.scale.step, 150.0))
    assert spans[-1].bars == 10
    assert spans[-1].seconds == 600
    assert spans[-1].move > 0
    assert "10 bars" in spans[-1].words(100)


def test_tags_push_apart_and_axis_labels_hide_under_them(qtbot: QtBot) -> None:
    bars = walk()
    chart = chart_of(qtbot, bars)
    price = int(bars["close"][-1])
    kinds = (LineKind.ENTRY, LineKind.STOP, LineKind.TARGET, LineKind.LEVEL, LineKind.ALERT)
    chart.set_levels([PriceLine(f"t:{kind}", price + 5 * i, str(kind), kind) for i, kind in enumerate(kinds)])
    spans = sorted(chart.easel.tags.spans)
    assert len(spans) == 6
    assert all(upper[1] <= lower[0] + 0.5 for upper, lower in pairwise(spans))
    shown = [p for p in chart.study.prices if p not in chart.easel.prices.hidden]
    rows = [float(chart.study.scale.py(p)) for p in shown]
    assert not any(top < row < low for row in rows for top, low in spans)


def test_a_far_stop_does_not_flatten_the_candles(qtbot: QtBot) -> None:
    bars = walk()
    chart = chart_of(qtbot, bars)
    before = chart.sight
    chart.set_levels([PriceLine("t:stop", int(bars["low"].min()) // 2, "SL", LineKind.STOP)])
    assert chart.sight == before


def test_a_gap_is_hatched_and_no_line_bridges_it(qtbot: QtBot) -> None:
    bars = np.delete(walk(), slice(100, 106))
    chart = chart_of(qtbot, bars)
    plain = chart.picture().toImage()
    chart.set_gaps([Gap(OPEN + 100 * MINUTE, OPEN + 106 * MINUTE, "feed lost 10:55-11:01")])
    hatched = chart.picture().toImage()
    scale = chart.study.scale
    inside, outside = int(scale.px(102.5)), int(scale.px(130.0))

    def changed(x: int) -> int:
        return sum(plain.pixel(x, y) != hatched.pixel(x, y) for y in range(20, 380))

    assert changed(inside) > 300
    assert changed(outside) == 0


@pytest.mark.parametrize("layer", [Layer.VWAP, Layer.VOLUME])
def test_a_layer_can_be_switched_off_and_on(qtbot: QtBot, layer: Layer) -> None:
    chart = chart_of(qtbot, walk())
    code = DARK.vwap if layer is Layer.VWAP else DARK.up
    with_it = shades(chart, code, 60)
    tall = chart.study.scale.area.height
    chart.show_layer(layer, False)
    if layer is Layer.VOLUME:
        assert chart.study.scale.area.height > tall
    else:
        assert shades(chart, code, 60) < with_it / 4
    chart.show_layer(layer, True)
    assert chart.study.scale.area.height == tall


def test_up_candles_are_hollow_and_down_candles_filled_in_every_colour_set(qtbot: QtBot) -> None:
    bars = walk(40)
    bars["vwap"] = np.nan
    bars["volume"] = 0
    bars["open"], bars["close"] = 140_000, 142_000
    bars["low"], bars["high"] = 140_000, 142_000
    for colours in UpDown:
        look = themed("dark", colours)
        chart = chart_of(qtbot, bars)
        chart.set_tokens(look)
        hollow = shades(chart, look.up)
        falling = bars.copy()
        falling["open"], falling["close"] = bars["close"], bars["open"]
        chart.set_bars(falling, Interval.M1)
        assert 0 < hollow < shades(chart, look.down) * 0.7


def test_the_readout_follows_the_newest_bar_until_one_is_pinned(qtbot: QtBot) -> None:
    bars = walk()
    chart = chart_of(qtbot, bars[:-1])
    seen: list[Readout] = []
    chart.readout_changed.connect(seen.append)
    chart.tick(bars[-1:])
    assert int(seen[-1].bar["ts_open"][0]) == int(bars["ts_open"][-1])
    chart.view.pointed.emit(QPointF(float(chart.study.scale.px(60.0)), 200.0))
    assert int(seen[-1].bar["ts_open"][0]) == int(bars["ts_open"][60])
    n_seen = len(seen)
    chart.tick(bars[-1:])
    assert len(seen) == n_seen
    chart.view.left.emit()
    assert int(seen[-1].bar["ts_open"][0]) == int(bars["ts_open"][-1])


def test_states_cover_and_give_back_and_stale_keeps_the_values(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk())
    bright = shades(chart, DARK.down)
    chart.set_stale("25s")
    assert chart.cover.state is PanelState.STALE
    assert not chart.cover.isVisible()
    assert shades(chart, DARK.down) < bright / 4
    chart.set_stale("")
    assert shades(chart, DARK.down) == bright
    chart.show_empty("No bars for today yet.", "Load yesterday")
    assert chart.cover.isVisible()
    with qtbot.waitSignal(chart.wished) as wished:
        qtbot.mouseClick(chart.cover._buttons["act"], Qt.MouseButton.LeftButton)
    assert wished.args == ["act"]
    chart.show_error(Fault("The bar store cannot be read", "11:42:16", "live ticks"))
    assert chart.cover.state is PanelState.ERROR
    chart.set_bars(walk(), Interval.M1)
    assert chart.cover.state is PanelState.READY


def test_an_empty_chart_takes_every_key_and_gesture_quietly(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk(0))
    for key in (Qt.Key.Key_Left, Qt.Key.Key_End, Qt.Key.Key_Home, Qt.Key.Key_Plus, Qt.Key.Key_Escape):
        qtbot.keyClick(chart.view, key)
    wheel(chart, QPoint(200, 200), 2)
    chart.view.pointed.emit(QPointF(100, 100))
    chart.set_opening_range(OpeningRange(1, 2, 0, 1, 2))
    chart.set_markers([Marker(OPEN, 1, MarkerKind.ENTRY, "orb")])
    chart.picture()
    assert len(chart.study.strip) == 0


def test_markers_stand_below_what_bought_and_above_what_sold() -> None:
    ups = [Marker(0, 1, kind, "orb", long=long).points_up for long in (True, False) for kind in MarkerKind]
    assert ups == [True, False, False, True]


def test_a_new_look_repaints_all_without_moving_the_view(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, walk())
    sight = chart.sight
    chart.set_tokens(LIGHT)
    assert chart.sight == sight
    assert shades(chart, LIGHT.panel, 2) > 100_000
    assert shades(chart, DARK.panel, 2) == 0


def test_going_to_an_instant_puts_it_in_the_middle_and_reads_it(qtbot: QtBot) -> None:
    bars = walk(370)
    chart = chart_of(qtbot, bars)
    with qtbot.waitSignal(chart.readout_changed) as read:
        chart.go_to(int(bars["ts_open"][50]))
    assert read.args is not None
    assert (chart.sight.x0 + chart.sight.x1) / 2 == pytest.approx(50.0)
    assert chart.hand._pin == 50


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("bars_in_view", [20.0, 140.0, 900.0])
def test_a_live_bar_looks_just_as_it_will_when_it_has_closed(qtbot: QtBot, up: bool, bars_in_view: float) -> None:
    bars = walk()
    bars["open"][-1], bars["close"][-1] = (bars["low"][-1], bars["high"][-1])[:: 1 if up else -1]
    bars["high"][-1] += 100
    bars["low"][-1] -= 100
    chart = chart_of(qtbot, bars[:-1])
    chart.helm.zoom_time(bars_in_view / chart.sight.bars, 149.0)
    chart.tick(bars[-1:])
    chart.set_auto_y(True)
    live = chart.picture().toImage()
    chart.close_bar(bars[-1:])
    closed = chart.picture().toImage()
    x = int(chart.study.scale.px(149.0))
    reach = range(max(x - 30, 0), min(x + 31, int(chart.study.scale.area.width)))
    away = [(px, y) for px in reach for y in range(live.height() - 30) if live.pixel(px, y) != closed.pixel(px, y)]
    assert len(away) < 12  # the joint of the antialiased VWAP line may differ by a shade
