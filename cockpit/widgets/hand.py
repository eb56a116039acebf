"""The trader's hand on a chart: pointer, crosshair, keys and ruler, turned into moves of the view and into wishes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QToolTip

from cockpit.money import Price
from cockpit.widgets.chart_view import ChartView, Key, Part
from cockpit.widgets.easel import Easel
from cockpit.widgets.helm import Helm
from cockpit.widgets.marks import marker_at
from cockpit.widgets.overlays import LineKind, PriceLine, Readout
from cockpit.widgets.study import Study

FAR: Final = 15
"""Bars that Ctrl and an arrow jump."""
REACH: Final = 6.0
"""How near the pointer must be to a line to mean it, px."""
ZOOM: Final = 0.86
"""How much of the view one notch of the wheel leaves."""
STEPS: Final = {Key.BACK: -1, Key.ON: 1, Key.FAR_BACK: -FAR, Key.FAR_ON: FAR}
REMOVABLE: Final = frozenset({LineKind.LEVEL, LineKind.ALERT})


class Hand(QObject):
    """Listen to one chart's view; steer its helm, move its crosshair and say what is wished."""

    readout_changed = Signal(object)
    level_wanted = Signal(int)
    alert_wanted = Signal(int)
    time_mark_wanted = Signal(object)
    line_removal_wanted = Signal(str)
    undo_wanted = Signal()
    measured = Signal(object)
    trend_wanted = Signal(object)

    def __init__(self, study: Study, easel: Easel, view: ChartView, helm: Helm) -> None:
        super().__init__(view)
        self._study, self._easel, self._view, self._helm = study, easel, view, helm
        self._pin = -1
        self._at: QPointF | None = None
        self._anchor: tuple[float, float] | None = None
        self._trend: tuple[int, Price] | None = None
        view.wheeled.connect(self._wheel)
        view.dragged.connect(self._drag)
        view.pointed.connect(self._point)
        view.left.connect(self.let_go)
        view.clicked.connect(self._click)
        view.reset.connect(self._double_click)
        view.pressed_key.connect(lambda name: self._press(Key(name)))
        helm.view_changed.connect(self._keep_place)

    def drop(self) -> None:
        """Forget crosshair and ruler, for another instrument."""
        self._anchor, self._trend, self._at, self._pin = None, None, None, -1
        self._easel.ruler.drop()
        self._easel.crosshair.hide()

    def tell(self) -> None:
        """Say which bar is read: the pinned one, else the newest."""
        rows = self._study.strip.rows
        if not len(rows):
            self.readout_changed.emit(None)
            return
        index = self._pin if 0 <= self._pin < len(rows) else len(rows) - 1
        before = self._study.previous_close if index == 0 else int(rows["close"][index - 1])
        self.readout_changed.emit(Readout(rows[index : index + 1].copy(), before, pinned=self._pin >= 0))

    @property
    def is_reading(self) -> bool:
        """Tell whether a bar is pinned by crosshair or keyboard."""
        return self._pin >= 0

    def pin(self, index: int, y: float | None = None) -> None:
        """Read the bar at `index`, the crosshair on its column and, for a pointer, on row `y`."""
        strip = self._study.strip
        self._pin = index
        x = float(self._study.scale.px(strip.x[index]))
        self._easel.crosshair.stand(x, int(strip.rows["ts_open"][index]), y)
        self._easel.clear_labels()
        self.tell()

    def let_go(self) -> None:
        """Take the crosshair away and read the newest bar again."""
        self._at, self._pin = None, -1
        self._easel.crosshair.hide()
        self._easel.clear_labels()
        self.tell()

    def line_at(self, y: float) -> PriceLine | None:
        """Answer the removable line nearest to row `y` within reach."""
        py = self._study.scale.py
        near = [o for o in self._study.lines if o.kind in REMOVABLE and abs(float(py(o.price)) - y) <= REACH]
        return min(near, key=lambda o: abs(float(py(o.price)) - y), default=None)

    def _wheel(self, at: QPointF, notches: float, held: Qt.KeyboardModifier) -> None:
        scale = self._study.scale
        if held & Qt.KeyboardModifier.ControlModifier:
            self._helm.zoom_price(ZOOM**notches, scale.price(at.y()))
        elif held & Qt.KeyboardModifier.ShiftModifier:
            self._helm.pan(notches * 60, 0.0)
        else:
            self._helm.zoom_time(ZOOM**notches, scale.x(min(at.x(), scale.area.width)))

    def _drag(self, part: str, dx: float, dy: float) -> None:
        sight = self._helm.sight
        if part == Part.PANE:
            self._helm.pan(dx, dy)
        elif part == Part.PRICE_AXIS:
            self._helm.zoom_price(1.006**dy, (sight.y0 + sight.y1) / 2)
        else:
            self._helm.zoom_time(1.006**-dx, sight.x1)

    def _double_click(self, part: str) -> None:
        if part == Part.PRICE_AXIS:
            self._helm.set_auto_y(True)
        elif part == Part.TIME_AXIS:
            self._helm.reset()

    def _point(self, at: QPointF) -> None:
        if not len(self._study.strip) or self._view.part_at(at) is not Part.PANE:
            self.let_go()
            return
        self._at = at
        if self._anchor is not None:
            self._stretch(at)
        self.pin(self._study.strip.nearest(self._study.scale.x(at.x())), at.y())
        marker = marker_at(self._study, at)
        if marker is not None:
            QToolTip.showText(self._global(at), f"{marker.rule} · {marker.words}".strip(" ·"), self._view)
        else:
            QToolTip.hideText()

    def _click(self, at: QPointF, with_shift: bool) -> None:
        self._view.setFocus(Qt.FocusReason.MouseFocusReason)
        if with_shift and len(self._study.strip):
            scale = self._study.scale
            self._anchor = (scale.x(at.x()), scale.price(at.y()))
            self._stretch(at)
        elif self._trend is not None:
            self._end_trend()
        elif self._anchor is not None:
            self._anchor = None  # the second click leaves the measured rectangle standing
        else:
            self._easel.ruler.drop()

    def _stretch(self, at: QPointF) -> None:
        scale = self._study.scale
        if self._anchor is not None:
            self._easel.ruler.stretch(self._anchor, (scale.x(at.x()), scale.price(at.y())))
            self.measured.emit(self._easel.ruler.span)

    def _press(self, key: Key) -> None:
        if not len(self._study.strip):
            return
        if key in STEPS:
            self._step(STEPS[key])
        elif key in (Key.CLOSER, Key.WIDER):
            self._helm.zoom_time(ZOOM ** (1 if key is Key.CLOSER else -1), self._middle())
        elif key in (Key.END, Key.START, Key.RESET):
            self._travel(key)
        elif key is Key.ESCAPE:
            self._anchor, self._trend = None, None
            self._easel.ruler.drop()
            self.let_go()
        else:
            self._wish(key)

    def _travel(self, key: Key) -> None:
        if key is Key.START:
            self._helm.centre(float(self._study.strip.x[0]) + self._helm.sight.bars / 2 - 1)
            return
        self.let_go()
        (self._helm.go_to_end if key is Key.END else self._helm.reset)()

    def _wish(self, key: Key) -> None:
        if key is Key.LEVEL:
            self.level_wanted.emit(self.price())
        elif key is Key.ALERT:
            self.alert_wanted.emit(self.price())
        elif key is Key.UNDO:
            self.undo_wanted.emit()
        elif key is Key.TIME_MARK:
            self.time_mark_wanted.emit(self._ts())
        elif key is Key.TREND:
            if self._trend is None:
                self._trend = (self._ts(), self.price())
            else:
                self._end_trend()
        elif key is Key.REMOVE:
            line = self.line_at(self._at.y()) if self._at is not None else None
            if line is not None:
                self.line_removal_wanted.emit(line.key)

    def price(self) -> Price:
        """Answer the price the hand is at, on a tick: under the pointer, else the close of the bar read."""
        rows = self._study.strip.rows
        raw = float(rows["close"][self._pin])  # -1 is the newest
        if self._at is not None:
            raw = self._study.scale.price(self._at.y())
        return self._study.on_tick(raw)

    def _ts(self) -> int:
        index = self._pin if self._pin >= 0 else len(self._study.strip) - 1
        return int(self._study.strip.rows["ts_open"][index])

    def _end_trend(self) -> None:
        """End the trend line that Alt+T began, at the bar and price the hand is at; two points on one bar are none."""
        start, self._trend = self._trend, None
        if start is not None and start[0] != self._ts():
            self.trend_wanted.emit((*start, self._ts(), self.price()))

    def _step(self, bars: int) -> None:
        last = len(self._study.strip) - 1
        start = self._pin if self._pin >= 0 else last + (bars < 0)
        index = min(max(start + bars, 0), last)
        self._at = None
        self._pin = index
        self._helm.bring_in(float(self._study.strip.x[index]))
        self.pin(index)

    def _keep_place(self) -> None:
        if 0 <= self._pin < len(self._study.strip):
            self.pin(self._pin, self._at.y() if self._at is not None else None)

    def _middle(self) -> float:
        sight = self._helm.sight
        return float(self._study.strip.x[self._pin]) if self._pin >= 0 else (sight.x0 + sight.x1) / 2

    def _global(self, at: QPointF) -> QPoint:
        return self._view.viewport().mapToGlobal(at.toPoint())
