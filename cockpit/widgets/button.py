"""The push button of the house: plain, primary or dangerous, with a focus ring and room for a finger."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QWidget

from cockpit.widgets.paint import CENTRE, colour, focus_ring, pill, text, width_of
from cockpit.widgets.tokens import DARK, HIT, Radius, Tokens, Type, mixed


class Tone(StrEnum):
    """What pressing it means."""

    PLAIN = "plain"
    QUIET = "quiet"  # no box until the pointer is there
    PRIMARY = "primary"
    GOOD = "good"
    DANGER = "danger"


class Button(QPushButton):
    """Offer one action; `tone` says how much it matters."""

    def __init__(
        self, words: str, parent: QWidget | None = None, *, tone: Tone = Tone.PLAIN, tokens: Tokens = DARK
    ) -> None:
        super().__init__(words, parent)
        self.tokens, self.tone = tokens, tone
        self.setAccessibleName(words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        wide = width_of(self.tokens, Type.NUMBER, self.text()) + 24 + (22 if not self.icon().isNull() else 0)
        return QSize(int(wide) + 1, max(HIT, round(28 * self.tokens.text_scale)))

    def minimumSizeHint(self) -> QSize:
        return QSize(HIT, HIT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter, QRectF(self.rect()))
        finally:
            painter.end()

    def _paint(self, painter: QPainter, rect: QRectF) -> None:
        fill, edge, ink = self._colours()
        box = rect.adjusted(0.5, 0.5, -0.5, -0.5)
        pill(painter, box, colour(fill), Radius.FIELD, QPen(colour(edge), 1.0))
        if not self.icon().isNull():
            pixmap = self.icon().pixmap(QSize(16, 16), self.devicePixelRatioF())
            painter.drawPixmap(int(rect.left() + 8), int(rect.center().y() - 7), pixmap)
            rect = rect.adjusted(20, 0, 0, 0)
        text(painter, rect.adjusted(6, 0, -6, 0), self.text(), (self.tokens, Type.NUMBER), ink, CENTRE)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), self.tokens, Radius.FIELD)

    def _colours(self) -> tuple[str, str, str]:
        """Answer fill, edge and ink for what the button is and what is done to it."""
        t = self.tokens
        fill, edge, ink = {
            Tone.PLAIN: (t.raised, t.line2, t.text),
            Tone.QUIET: (t.panel, t.panel, t.dim),
            Tone.PRIMARY: (t.accent, t.accent, t.ink_on(t.accent)),
            Tone.GOOD: (t.ok_bg, t.ok, t.ok),
            Tone.DANGER: (t.danger_bg, t.danger, t.danger),
        }[self.tone]
        if not self.isEnabled():
            return t.inset, t.line, t.faint
        if self.isDown() or self.isChecked():
            return mixed(fill, t.hi, 0.14), edge, ink
        if self.underMouse():
            return mixed(fill, t.hi, 0.07), edge, ink
        return fill, edge, ink
