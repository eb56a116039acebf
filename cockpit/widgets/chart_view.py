"""The window onto a chart's scene: it turns wheel, drags, clicks and keys into a few plain wishes."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from cockpit.widgets.sight import Area

NOTCH: Final = 120.0
"""Wheel angle of one notch; touch pads send fractions of it."""


class Part(StrEnum):
    """Where in the chart the pointer is."""

    PANE = "pane"
    PRICE_AXIS = "price axis"
    TIME_AXIS = "time axis"


class Key(StrEnum):
    """What a key asks of the chart."""

    BACK = "back"
    ON = "on"
    FAR_BACK = "far back"
    FAR_ON = "far on"
    CLOSER = "closer"
    WIDER = "wider"
    END = "end"
    START = "start"
    RESET = "reset"
    LEVEL = "level"
    TREND = "trend"
    TIME_MARK = "time mark"
    ALERT = "alert"
    ESCAPE = "escape"
    REMOVE = "remove"
    UNDO = "undo"


_NO, _CTRL, _ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
KEYS: Final = {
    (_NO, Qt.Key.Key_Left): Key.BACK,
    (_NO, Qt.Key.Key_Right): Key.ON,
    (_CTRL, Qt.Key.Key_Left): Key.FAR_BACK,
    (_CTRL, Qt.Key.Key_Right): Key.FAR_ON,
    (_NO, Qt.Key.Key_Plus): Key.CLOSER,
    (_NO, Qt.Key.Key_Equal): Key.CLOSER,
    (_NO, Qt.Key.Key_Minus): Key.WIDER,
    (_NO, Qt.Key.Key_End): Key.END,
    (_NO, Qt.Key.Key_Home): Key.START,
    (_ALT, Qt.Key.Key_R): Key.RESET,
    (_ALT, Qt.Key.Key_H): Key.LEVEL,
    (_ALT, Qt.Key.Key_T): Key.TREND,
    (_ALT, Qt.Key.Key_V): Key.TIME_MARK,
    (_ALT, Qt.Key.Key_A): Key.ALERT,
    (_NO, Qt.Key.Key_Escape): Key.ESCAPE,
    (_NO, Qt.Key.Key_Delete): Key.REMOVE,
    (_CTRL, Qt.Key.Key_Z): Key.UNDO,
}


class ChartView(QGraphicsView):
    """Show the scene and say what the user does to it; it decides nothing."""

    resized = Signal()
    wheeled = Signal(QPointF, float, Qt.KeyboardModifier)
    """Where, how many notches (up is positive), and the keys held."""
    pointed = Signal(QPointF)
    left = Signal()
    dragged = Signal(str, float, float)
    """The `Part` that was grabbed and how far the pointer moved, px."""
    clicked = Signal(QPointF, bool)
    """Where in the pane, and whether Shift was held."""
    reset = Signal(str)
    """The `Part` that was double-clicked."""
    pressed_key = Signal(str)
    """A `Key`."""
    typed = Signal(str)
    """A letter or a digit: the start of a symbol or of an interval."""

    def __init__(self, scene: QGraphicsScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.area = Area(100, 4, 80, 84, 10, 60, 20)
        self._grabbed: Part | None = None
        self._from = QPointF()
        self._moved = 0.0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        flags = QGraphicsView.OptimizationFlag
        self.setOptimizationFlags(flags.DontSavePainterState | flags.DontAdjustForAntialiasing)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def part_at(self, at: QPointF) -> Part:
        """Answer which part of the chart lies under a point."""
        if at.y() > self.area.bottom:
            return Part.TIME_AXIS
        return Part.PRICE_AXIS if at.x() > self.area.width else Part.PANE

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setSceneRect(QRectF(0, 0, self.viewport().width(), self.viewport().height()))
        self.resized.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        angle = event.angleDelta()
        # Qt turns Alt+wheel, and some systems Shift+wheel, into a sideways wheel.
        notches = (angle.y() or angle.x()) / NOTCH
        if notches:
            self.wheeled.emit(event.position(), notches, event.modifiers())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._grabbed, self._from, self._moved = self.part_at(event.position()), event.position(), 0.0
            event.accept()
            return
        event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._grabbed is not None:
            step = at - self._from
            self._moved += abs(step.x()) + abs(step.y())
            self._from = at
            # A hand is never quite still: the first few pixels are still a click.
            if self._moved > 4 and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.dragged.emit(str(self._grabbed), step.x(), step.y())
        self._shape(at)
        self.pointed.emit(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is Part.PANE and self._moved <= 4:
            self.clicked.emit(event.position(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit(str(self.part_at(event.position())))

    def leaveEvent(self, event: QEvent) -> None:
        self.left.emit()
        super().leaveEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._shape(event.position())
        super().enterEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        wish = KEYS.get((held, Qt.Key(event.key())))
        if wish is not None:
            self.pressed_key.emit(str(wish))
        elif held == _NO and event.text().isalnum():
            self.typed.emit(event.text().upper())
        else:
            event.ignore()

    def _shape(self, at: QPointF) -> None:
        shapes = {
            Part.PANE: Qt.CursorShape.CrossCursor,
            Part.PRICE_AXIS: Qt.CursorShape.SizeVerCursor,
            Part.TIME_AXIS: Qt.CursorShape.SizeHorCursor,
        }
        self.viewport().setCursor(shapes[self.part_at(at)])
