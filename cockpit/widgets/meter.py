"""Flat bars with limit marks: one meter, and the row of a kill switch with its value, headroom and state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from cockpit.widgets.badge import Sign, paint_pill, pill_width
from cockpit.widgets.paint import LEFT, RIGHT, colour, focus_ring, pill, text
from cockpit.widgets.painted import Painted
from cockpit.widgets.tokens import DARK, HIT, Radius, Tokens, Type


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter says: a label, words on the right, the filled share 0..1 (None unknown), marks 0..1 and its tone."""

    label: str
    words: str
    share: float | None
    marks: tuple[float, ...] = ()
    tone: str = "ok"
    """A `Tokens` field."""


class Meter(Painted):
    """Show one reading: label left, words right, a bar with limit marks under them."""

    def __init__(self, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens)
        self._shown = Reading("", "?", None)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_reading(self, reading: Reading) -> None:
        """Show a reading."""
        if reading != self._shown:
            self._shown = reading
            self.setAccessibleName(reading.label)
            self.refresh()

    def _spoken(self) -> str:
        r = self._shown
        return f"{r.label} {r.words}" + (f", {r.share:.0%}" if r.share is not None else ", unknown")

    def sizeHint(self) -> QSize:
        return QSize(220, round(28 * self.tokens.text_scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, round(28 * self.tokens.text_scale))

    def _paint(self, painter: QPainter) -> None:
        tokens, r, wide = self.tokens, self._shown, float(self.width())
        line = QRectF(0, 0, wide, round(16 * tokens.text_scale))
        text(painter, line, r.label, (tokens, Type.LABEL), tokens.text, LEFT)
        text(painter, line, r.words, (tokens, Type.NUMBER), tokens.hi, RIGHT)
        paint_bar(painter, QRectF(0, line.bottom() + 4, wide, 6), r, tokens)


def paint_bar(painter: QPainter, track: QRectF, reading: Reading, tokens: Tokens) -> None:
    """Draw a reading's bar: track, filled share, marks; where the share is unknown the track is dashed, not empty."""
    pill(painter, track, colour(tokens.line), track.height() / 2)
    if reading.share is None:
        for nth in range(int(track.width() // 8)):
            painter.fillRect(QRectF(track.left() + nth * 8, track.top(), 4, track.height()), colour(tokens.line2))
        return
    share = min(max(reading.share, 0.0), 1.0)
    if share > 0:
        filled = QRectF(track.left(), track.top(), max(track.width() * share, track.height()), track.height())
        pill(painter, filled, colour(getattr(tokens, reading.tone)), track.height() / 2)
    for mark in reading.marks:
        x = track.left() + track.width() * min(max(mark, 0.0), 1.0)
        painter.fillRect(QRectF(x - 1, track.top() - 3, 2, track.height() + 6), colour(tokens.hi))


class SwitchState(StrEnum):
    """What a kill switch is in; UNKNOWN counts as tripped for new entries."""

    ARMED = "armed"
    WATCH = "watch"
    TRIPPED = "tripped"
    UNKNOWN = "unknown"


SIGNS = {
    SwitchState.ARMED: Sign("✓", "ARMED", "ok"),
    SwitchState.WATCH: Sign("▲", "WATCH", "warn"),
    SwitchState.TRIPPED: Sign("■", "TRIPPED", "danger"),
    SwitchState.UNKNOWN: Sign("◌", "UNKNOWN", "danger"),
}


@dataclass(frozen=True, slots=True)
class Switch:
    """One kill switch: its name, its value and limit in words, how much of the limit is used 0..1, and its state."""

    name: str
    value: str
    limit: str
    used: float | None
    state: SwitchState


class SwitchRow(Painted):
    """Show one kill switch in a row; a click or Enter asks for its card."""

    chosen = Signal(str)
    """The switch's name."""

    def __init__(self, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens)
        self._shown = Switch("", "?", "", None, SwitchState.UNKNOWN)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_switch(self, switch: Switch) -> None:
        """Show a switch."""
        if switch != self._shown:
            self._shown = switch
            self.setAccessibleName(f"Kill switch {switch.name}")
            self.refresh()

    def _spoken(self) -> str:
        s = self._shown
        return f"{s.name} {s.value}, {s.limit}, {SIGNS[s.state].word.lower()}"

    def sizeHint(self) -> QSize:
        return QSize(380, max(HIT, round(26 * self.tokens.text_scale)))

    def minimumSizeHint(self) -> QSize:
        return QSize(280, max(HIT, round(26 * self.tokens.text_scale)))

    def _paint(self, painter: QPainter) -> None:
        tokens, s, rect = self.tokens, self._shown, QRectF(self.rect())
        sign = SIGNS[s.state]
        is_down = s.state in (SwitchState.TRIPPED, SwitchState.UNKNOWN)
        if is_down:
            pill(painter, rect, colour(tokens.danger_bg), Radius.BADGE)
        ink = getattr(tokens, sign.tone) if s.state is not SwitchState.ARMED else tokens.text
        name = QRectF(6, 0, rect.width() * 0.24, rect.height())
        value = QRectF(name.right() + 6, 0, rect.width() * 0.2, rect.height())
        text(painter, name, s.name, (tokens, Type.NUMBER if is_down else Type.LABEL), ink, LEFT)
        value_ink = ink if s.state is not SwitchState.ARMED else tokens.hi
        text(painter, value, s.value, (tokens, Type.NUMBER), value_ink, LEFT)
        wide = pill_width(tokens, sign)
        right = rect.right() - wide - 6
        track = QRectF(value.right() + 6, rect.center().y() - 7, right - value.right() - 16, 4)
        paint_bar(painter, track, Reading("", "", s.used, tone=sign.tone), tokens)
        limit = QRectF(track.left(), track.bottom() + 1, track.width(), 12)
        text(painter, limit, s.limit, (tokens, Type.BADGE), tokens.dim, LEFT)
        paint_pill(painter, QRectF(right, rect.center().y() - 9, wide, 18), sign, tokens)
        if self.hasFocus():
            focus_ring(painter, rect, tokens, Radius.BADGE)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self._shown.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._shown.name)
        else:
            event.ignore()
